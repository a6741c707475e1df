// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./server-signal-element.d.ts"

/**
 * Shows signals in a page without a script of its author's:
 *
 *     <script type="module" src="server-signal-element.js"></script>
 *     <server-signal src="ws">
 *       <signal-status></signal-status>
 *       <output data-signal="counter/value" data-format="number">0</output>
 *       <ul><template data-each="rows"><li data-signal="./name"></li></template></ul>
 *     </server-signal>
 */

import { connect, getPointer } from './server-signal.js';

const BOUND = '[data-signal], [data-signal-attributes], [data-signal-properties], [data-each]';
const TEXTS = {
  connecting: 'Connecting …', open: '', stale: 'Not up to date', waiting: 'Connecting …',
  lost: 'The connection was lost. Trying again …', closed: 'The connection was closed', idle: '',
};
/* A server's text must not become a page's script. */
const SCRIPTS = /^(on.*|srcdoc|innerhtml|outerhtml)$/i;
const ADDRESSES = /^(href|src|action|formaction|data|xlink:href)$/i;

const isContainer = value => typeof value === 'object' && value !== null;
const textOf = value => (value === null || value === undefined ? ''
  : isContainer(value) ? JSON.stringify(value) : String(value));

/* "name/pointer", or "./pointer" from what `data-each` goes through. */
function parsePath(text) {
  const path = text.trim();
  const slash = path.indexOf('/');
  const name = slash < 0 ? path : path.slice(0, slash);
  const pointer = slash < 0 ? '' : path.slice(slash);
  return { name: name === '.' ? null : name.replace(/~1/g, '/').replace(/~0/g, '~'), pointer };
}

/* "title: counter/name; lang: counter/language" */
function parsePairs(text) {
  return text.split(';').map(pair => /^\s*([^:\s]+)\s*:(.*)$/s.exec(pair)).filter(Boolean)
    .map(([, name, path]) => [name, path]);
}

/* The function that makes text of a value, as `data-format` says. A copy of a template is in no
 * document yet, and has the language of where it will be. */
function formatter(element, context) {
  const { format, formatOptions } = element.dataset;
  const language = (element.closest('[lang]') ?? context.closest('[lang]'))?.lang || undefined;
  const options = formatOptions ? JSON.parse(formatOptions) : undefined;
  switch (format) {
    case 'number': {
      const { format: write } = new Intl.NumberFormat(language, options);
      return value => (typeof value === 'number' ? write(value) : textOf(value));
    }
    case 'date': {
      const dates = new Intl.DateTimeFormat(language, options ?? { dateStyle: 'medium',
        timeStyle: 'short' });
      return value => {
        const date = new Date(value);
        return isContainer(value) || value === null || Number.isNaN(date.getTime())
          ? textOf(value) : dates.format(date);
      };
    }
    case 'list': {
      const list = new Intl.ListFormat(language, options);
      return value => (Array.isArray(value) ? list.format(value.map(textOf)) : textOf(value));
    }
    default:
      return textOf;
  }
}

function isSafe(name, value) {
  // Browsers skip such characters.
  const text = textOf(value).replace(/[\u0000-\u0020]/g, '');
  return !SCRIPTS.test(name) && !(ADDRESSES.test(name) && /^(javascript|vbscript|data(?!:image\/)):/i.test(text));
}

function writeAttribute(element, name, value) {
  if (!isSafe(name, value) || value === null || value === undefined || value === false)
    element.removeAttribute(name);
  else
    element.setAttribute(name, value === true ? '' : textOf(value));
}

function writeProperty(element, name, value) {
  if (isSafe(name, value) && element[name] !== value)
    element[name] = value;
}

/* The bindings below a node: each with the element, the path, and a function to write a value. */
function findBindings(root, context = root) {
  const found = [];
  const elements = [...root.querySelectorAll(BOUND)];
  if (root.matches?.(BOUND))
    elements.unshift(root);
  for (const element of elements) {
    // One in another has its own.
    const { signal, signalAttributes, signalProperties, each } = element.dataset;
    const add = (path, write) => found.push({ element, ...parsePath(path), write });
    if (each !== undefined && element.localName === 'template') {
      const rows = new Rows(element, context);
      found.push({ element, ...parsePath(each), rows, write: value => rows.write(value) });
    }
    if (signal !== undefined) {
      const format = formatter(element, context);
      add(signal, value => {
        const text = format(value);
        if (element.textContent !== text)
          element.textContent = text;
      });
    }
    for (const [name, path] of parsePairs(signalAttributes ?? ''))
      add(path, value => writeAttribute(element, name, value));
    for (const [name, path] of parsePairs(signalProperties ?? ''))
      add(path, value => writeProperty(element, name, value));
  }
  return found;
}

/* The arguments of a call: as they are written, or the fields of a form. */
function argumentsOf(element) {
  const { callArguments } = element.dataset;
  if (callArguments !== undefined || element.localName !== 'form')
    return callArguments ? JSON.parse(callArguments) : undefined;
  const fields = [...element.elements].filter(({ name, type, checked }) =>
    name && !['button', 'submit', 'reset', 'file'].includes(type) && (type !== 'radio' || checked));
  return Object.fromEntries(fields.map(({ name, type, value, valueAsNumber, checked }) =>
    [name, type === 'checkbox' ? checked
      : type === 'number' || type === 'range' ? valueAsNumber : value]));
}

/* The copies of a template, one for each element of a list or member of an object. */
class Rows {
  constructor(template, context) {
    this.template = template;
    this.context = context;
    this.key = template.dataset.key ?? 'id';
    this.rows = new Map(); // by key
    this.follow = () => () => {}; // binds what is no part of the list
  }

  write(value) {
    const list = Array.isArray(value);
    const members = list ? value.map((item, index) => [index, item])
      : isContainer(value) ? Object.entries(value) : [];
    const before = this.rows;
    this.rows = new Map();
    for (const [at, item] of members) {
      let key = list && isContainer(item) ? item[this.key] ?? `#${at}` : `#${at}`;
      if (this.rows.has(key))
        key = `#${at} ${key}`;
      const row = before.get(key) ?? this.make();
      before.delete(key);
      this.rows.set(key, row);
      this.update(row, item);
    }
    before.forEach(row => this.remove(row));
    let last = this.template;
    for (const { nodes } of this.rows.values()) {
      if (nodes.length > 0 && last.nextSibling !== nodes[0])
        last.after(...nodes);
      last = nodes[nodes.length - 1] ?? last;
    }
  }

  make() {
    const fragment = this.template.content.cloneNode(true);
    const bindings = findBindings(fragment, this.context);
    const row = { nodes: [...fragment.childNodes], value: undefined, stops: [],
      own: bindings.filter(({ name }) => name === null) };
    for (const binding of bindings) {
      if (binding.rows)
        binding.rows.follow = this.follow;
      if (binding.name !== null)
        row.stops.push(this.follow(binding));
    }
    return row;
  }

  update(row, value) {
    if (row.value === value)
      return;
    row.value = value;
    for (const binding of row.own) {
      const part = getPointer(value, binding.pointer);
      if (part !== binding.last || !('last' in binding))
        binding.write(part);
      binding.last = part;
    }
  }

  remove(row) {
    row.stops.forEach(stop => stop());
    row.own.forEach(({ rows }) => rows?.clear());
    row.nodes.forEach(node => node.remove());
  }

  clear() {
    this.rows.forEach(row => this.remove(row));
    this.rows.clear();
  }
}

const Base = globalThis.HTMLElement ?? class {};

/** Connects to what `src` names for as long as it is in a document, and binds what it contains. */
export class ServerSignalElement extends Base {
  static get observedAttributes() { return ['src']; }

  constructor() {
    super();
    /** The client, while it is in a document. */
    this.client = null;
    this.stops = [];
    this.bindings = [];
    this.due = new Set();
    this.frame = undefined;
    this.tell = this.tell.bind(this);
    this.addEventListener('click', event => this.called(event, ':not(form)'));
    this.addEventListener('submit', event => this.called(event, 'form'));
  }

  connectedCallback() {
    this.begin();
  }

  disconnectedCallback() {
    this.end();
  }

  attributeChangedCallback(name, before, now) {
    if (this.client && before !== now) {
      this.end();
      this.begin();
    }
  }

  begin() {
    const client = connect(this.getAttribute('src') ?? 'ws');
    this.client = client;
    this.bindings = findBindings(this)
      .filter(({ element }) => element.closest('server-signal') === this);
    for (const binding of this.bindings) {
      if (binding.rows)
        binding.rows.follow = inner => this.follow(inner);
      if (binding.name !== null)
        this.stops.push(this.follow(binding));
    }
    this.stops.push(client.subscribe(() => this.later(this.tell)));
    this.tell();
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.due.clear();
    this.stops.splice(0).forEach(stop => stop());
    this.bindings.forEach(({ rows }) => rows?.clear());
    this.client?.close();
    this.client = null;
  }

  /* Binds one thing to a signal. The author's text stays until there is a value. */
  follow(binding) {
    const { element, name, pointer, write, rows } = binding;
    const signal = this.client.signal(name);
    binding.followed = signal;
    const part = signal.at(pointer);
    const show = () => {
      if (signal.age < Infinity)
        write(part.value);
    };
    const tell = () => {
      element.toggleAttribute('data-stale', signal.stale);
      show();
      this.tell();
    };
    let { stale } = signal;
    const stops = [part.subscribe(() => this.later(show)), signal.watch(() => {
      if (signal.stale !== stale)
        this.later(tell);
      ({ stale } = signal);
    })];
    element.toggleAttribute('data-stale', stale);
    return () => {
      stops.forEach(stop => stop());
      rows?.clear();
    };
  }

  /* Somebody has clicked on what calls, or sent a form that does. It does not call twice at a
   * time. */
  async called(event, kind) {
    const { client } = this;
    const element = event.target.closest(`${kind}[data-call]`);
    if (!client || !element || element.closest('server-signal') !== this)
      return;
    event.preventDefault();
    if (element.getAttribute('aria-busy') === 'true')
      return;
    element.setAttribute('aria-busy', 'true');
    element.removeAttribute('data-call-error');
    const say = (type, detail) =>
      element.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
    try {
      const answer = await client.call(element.dataset.call, argumentsOf(element));
      element.reset?.();
      say('signal-answer', answer);
    } catch (error) {
      element.setAttribute('data-call-error', error.message);
      say('signal-error', error);
    } finally {
      element.removeAttribute('aria-busy');
    }
  }

  /* The values may change more often than the screen is drawn. */
  later(work) {
    this.due.add(work);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      const due = [...this.due];
      this.due.clear();
      due.forEach(each => each());
    });
  }

  tell() {
    const { client } = this;
    if (!client)
      return;
    const stale = this.bindings.some(({ followed }) => followed?.stale);
    const state = client.lost && client.state !== 'closed' ? 'lost'
      : client.state === 'open' && stale ? 'stale' : client.state;
    this.setAttribute('state', state);
    for (const element of this.querySelectorAll('signal-status'))
      element.show?.(state, client.error);
  }
}

/** Says how the connection is: its attributes have the texts, such as `lost="…"`. */
export class SignalStatusElement extends Base {
  connectedCallback() {
    if (!this.hasAttribute('role'))
      this.setAttribute('role', 'status');
  }

  show(state) {
    const text = this.getAttribute(state) ?? TEXTS[state];
    this.setAttribute('state', state);
    if (this.textContent !== text)
      this.textContent = text;
  }
}

if (globalThis.customElements) {
  customElements.define('signal-status', SignalStatusElement);
  customElements.define('server-signal', ServerSignalElement);
}
