// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./server-signal.d.ts"

/**
 * Follows the signals of a server-signal hub: JSON documents that a server owns and that stay
 * current here.
 *
 *     import { connect } from './server-signal.js';
 *     const client = connect('ws://localhost:3000/ws');
 *     const count = client.signal('counter', { value: 0 });
 *     const stop = count.subscribe(value => render(value));
 *
 * Values are not to be changed: they are frozen, but for lists and objects of more than a hundred
 * parts, where that would cost more than an update does. An update makes new objects only along the
 * paths that it changes; everything else keeps its identity, also over a reconnect, so that `===`
 * tells whether a part of a document changed. Frames that came together are applied together, in a
 * task of their own. Integers past 2^53 are read inexactly, as everywhere in JavaScript.
 *
 * ECMAScript 2021, no dependencies. Besides browsers it runs wherever there is a WebSocket of the
 * web's kind, a global one or one given as an option. The types are in server-signal.d.ts.
 */

/**
 * The name of the protocol that the client offers; what servers that do not take it speak is
 * "plain".
 */
export const PROTOCOL = 'server-signal.v1';

const STATE = 'server-signal-state'; // the element that a hub renders into a page

/* How the reason of a close with 1008 begins when the hub waited too long for us to read. */
const TOO_SLOW = 'too slow';

const DOCUMENT_DEPTH = 120; // nesting of a document: [] is 1, a number is 0
const FRAME_BYTES = 64 * 1024 * 1024;
const DOCUMENT_TEXT = FRAME_BYTES; // of a document that is sent in parts, in characters …
const GROWN_SHARE = 8; // … which is looked at when an eighth of that has come
/* Elements that the insertions and removals of one frame may move along in lists, which takes about
 * a tenth of a second. A whole document costs less than what goes beyond that. */
const MOVED_ELEMENTS = 2e8;
const SHOWN = 200; // characters of a pointer that stand in a message
const NAME_BYTES = 1024;
const LARGE = 100; // members of a list or an object, which is not frozen beyond that
const SLICE_MS = 8; // frames are applied for so long at a time, then the page gets its turn
const LAG_MS = 1000; // frames that wait for longer make stale what they are about
const SLOW_MS = 250; // and those that wait so long are too many
const BUSY_MS = 2000; // as are those that take so long with hardly any rest
const INBOX_CHARACTERS = FRAME_BYTES; // of frames that wait to be applied, …
const WAITING_CHARACTERS = 128; // … for each of which there are so many more
const NAMES = 65536; // of signals that the server has; the others are not remembered
const WORDS = 256; // characters of the server's that stand in an error
const STABLE_MS = 5000; // a connection that lasted so long was a good one: back-off starts anew
// Events that say that now is a good time are heeded once in so long, twice that when it was none …
const WAKE_MS = 1000;
const CALM_MS = 60000; // … and as at first after so long without any
const PROBE_NAME = 'server-signal.js: is anybody there?'; // nobody has a signal of this name
const PROBE_MS = 10000; // how long a probe of a silent connection may go unanswered,
const DOUBT_MS = 4500; // … before what it showed as current is stale …
const LATE_MS = 1000; // a timer that comes so late means that the machine, or the page, slept
const PROBE_MAX_MS = 300000; // … and at most, when connections were lost for that in a row
const UNAUTHORIZED = 3000; // the close code that asks for newer credentials …
const RENEWALS = 3; // … which are tried at once for so many times in a row
const ERROR_MS = 1000; // a connection that had an error and is not closed by then is lost
const FAULT_LIMIT = 5; // connections in a row that broke the protocol: then it is given up

/**
 * An error: `code` for programs, `message` for people, and where it was, if it was somewhere.
 */
export class ServerSignalError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ pointer?: string, index?: number, closeCode?: number, answered?: boolean,
   *   data?: * }} [where]
   */
  constructor(code, message, where = {}) {
    super(message);
    this.name = 'ServerSignalError';
    this.code = code;
    Object.assign(this, where);
  }
}

/* Files for things that not every page needs, loaded when it does. They are given the parts of this
 * one that they use, so that they belong to it whatever address it came from. */
const files = {
  calls: () => import('./calls.js'),
  events: () => import('./events.js'),
  pace: () => import('./pace.js'),
  shared: () => import('./shared.js'),
  plain: () => load('trees').then(() => import('./plain.js')),
  trees: () => import('./trees.js'),
  trouble: () => import('./trouble.js'),
  waiting: () => import('./waiting.js'),
};
const loading = {};
const absent = new Set(); // those that were not there
const parts = {};

function load(name) {
  return loading[name] ??= files[name]().then(({ default: make }) => (parts[name] = make(internals)),
    cause => {
      loading[name] = undefined;
      absent.add(name);
      throw new ServerSignalError('not-connected', `Cannot load ${name}.js`, { cause });
    });
}

/* Thrown where a file is missing: who applies frames comes back when it is there. */
class Missing extends Error {
  constructor(part) {
    super();
    this.part = part;
  }
}

function need(name) {
  if (!parts[name])
    throw new Missing(name);
  return parts[name];
}

/* A patch that cannot be applied. The words for it are in the file. */
function fail(why, ...details) {
  throw need('trees').failures[why](...details);
}

/* Trees. */

const isContainer = value => typeof value === 'object' && value !== null;
const isObject = value => isContainer(value) && !Array.isArray(value);
const isRevision = value => Number.isSafeInteger(value) && value >= 0;

// Members may have any name, "__proto__" and "constructor" included: only own properties count, and
// new ones are defined, never assigned.
const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

/* Gives an object a member of whatever name. */
function put(object, key, value) {
  if (key in object && !hasOwn(object, key))
    Object.defineProperty(object, key, {
      value, writable: true, enumerable: true, configurable: true,
    });
  else
    object[key] = value;
}

/* Copies an object of many members. Three dots are slow in V8 only, by whose traces of the stack it is
 * known; without a prototype no name there is another's. */
const copyLarge = /^Error/.test(new Error().stack) ? (object, keys) => {
  const copy = Object.create(null);
  for (const key of keys)
    copy[key] = object[key];
  return Object.setPrototypeOf(copy, Object.prototype);
} : object => ({ ...object });

/* A pointer as it stands in a message. It may be as long as a frame. */
const quote = pointer =>
  `“${pointer.length > SHOWN ? `${pointer.slice(0, SHOWN)}…` : pointer}”`;

function tooDeep(pointer) {
  const where = pointer === undefined ? {} : { pointer };
  return new ServerSignalError('limit',
    `A document may nest ${DOCUMENT_DEPTH} deep at most`, where);
}

/* Control characters, line ends, and marks that turn the direction of text. */
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/* The words of a server may be shown to people. */
const quoteServer = text => text.slice(0, WORDS).replace(UNFIT, ' ');

/* How many parts a container has. */
const sizeOf = value => (Array.isArray(value) ? value : Object.keys(value)).length;

/* Freezes one container of ours, unless it is large: engines copy and freeze those slowly. */
const seal = value => (sizeOf(value) > LARGE ? value : Object.freeze(value));

/* Seals a tree that is ours, in place. */
function freeze(value, room) {
  if (!isContainer(value) || Object.isFrozen(value))
    return value;
  if (room <= 0)
    throw tooDeep();
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++)
      freeze(value[i], room - 1);
  } else {
    for (const key of Object.keys(value))
      freeze(value[key], room - 1);
  }
  return seal(value);
}

/* The length of a scalar's text. */
const scalarText = value =>
  (typeof value === 'string' ? value.length + 2 : String(value).length);

/* The values of an application. */

/* A container that JSON has as well, of whatever realm, behind a proxy or not. */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value))
    return prototype === Array.prototype || Array.isArray(prototype);
  return (prototype === Object.prototype || prototype === null ||
    (Object.getPrototypeOf(prototype) === null && hasOwn(prototype, 'isPrototypeOf'))) &&
    Object.prototype.toString.call(value) === '[object Object]';
}

/* Half of a surrogate pair, which UTF-8 cannot carry. */
const HALF = /\p{Surrogate}/u;

const isScalar = value => (typeof value === 'string' ? !HALF.test(value)
  : value === null || typeof value === 'boolean' || Number.isFinite(value));

function describe(value) {
  switch (typeof value) {
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    case 'bigint':
      return 'a BigInt';
    case 'string':
      return 'a string with half of a surrogate pair';
    case 'object': {
      const { constructor } = value;
      const name = typeof constructor === 'function' && constructor !== Object && constructor.name;
      return `an instance of ${name || Object.prototype.toString.call(value).slice(8, -1)}`;
    }
    default:
      return String(value); // undefined, and numbers that are none
  }
}

const formatPointer = tokens =>
  tokens.map(token => `/${String(token).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');

/* The fault of an application, so a TypeError; it says where as our other errors do. */
class ValueError extends TypeError {
  constructor(tokens, what, more = {}) {
    const pointer = formatPointer(tokens);
    super(`${pointer === '' ? 'The value' : quote(pointer)} ${what}`);
    Object.assign(this, { code: 'invalid-json', pointer }, more);
  }
}

const refuse = (tokens, value) =>
  new ValueError(tokens, `is ${describe(value)}, for which JSON has no value`);

const isOurs = error => error instanceof ServerSignalError || error instanceof ValueError;

/*
 * Makes a frozen copy of an application's value, to stand at `tokens` of a document: it as `copy`,
 * with how deep it nests, how long its text is, and whether parts of it stand in several places. A
 * part that JSON cannot say is refused, never dropped or made into something else. Each part is read once, so
 * that it is the same that was looked at; one that stands in several places is copied once.
 */
function copyValue(value, tokens = []) {
  const copies = new Map(); // null while one is made
  let shared = false;
  const take = part => {
    if (isScalar(part))
      return { copy: part, depth: 0, text: scalarText(part) };
    if (!isContainer(part))
      throw refuse(tokens, part);
    const known = copies.get(part);
    if (known === null)
      throw new ValueError(tokens, 'contains itself', { code: 'limit' });
    if (tokens.length + (known?.depth ?? 1) > DOCUMENT_DEPTH)
      throw tooDeep(formatPointer(tokens));
    if (known) {
      shared = true;
      return known;
    }
    if (!isPlain(part))
      throw refuse(tokens, part);

    copies.set(part, null);
    const list = Array.isArray(part);
    const made = { copy: list ? [] : {}, depth: 1, text: 2 };
    const keys = list ? part : Object.keys(part);
    const { length } = keys;
    for (let i = 0; i < length; i++) {
      const key = list ? i : keys[i];
      tokens.push(key);
      const { copy, depth, text } = take(part[key]);
      if (!list && HALF.test(key))
        throw new ValueError(tokens, 'is named with half of a surrogate pair');
      tokens.pop();
      put(made.copy, key, copy);
      made.depth = Math.max(made.depth, depth + 1);
      made.text += text + (list ? 1 : key.length + 4);
    }
    // None of the numbers of a list is missing now; names come behind them. Members that are
    // named by symbols would be lost.
    const symbols = Object.getOwnPropertySymbols(part)
      .filter(symbol => Object.prototype.propertyIsEnumerable.call(part, symbol));
    const more = [...(list ? Object.keys(part).slice(length) : []), ...symbols];
    if (more.length > 0)
      throw new ValueError(tokens, `has a member ${quote(String(more[0]))}`);
    seal(made.copy);
    copies.set(part, made);
    return made;
  };
  const { length } = tokens;
  try {
    return { ...take(value), shared };
  } catch (error) {
    // A getter or a proxy may throw what it likes.
    throw isOurs(error) ? error : new ValueError(tokens,
      `cannot be read: ${error?.message ?? String(error)}`, { cause: error });
  } finally {
    tokens.length = length;
  }
}

/* A frozen copy of a value that is an application's, and stands by itself. */
function copyFrozen(value) {
  const { copy, text, shared } = copyValue(value);
  if (shared && text > DOCUMENT_TEXT)
    throw new ServerSignalError('limit',
      `The value makes more than ${DOCUMENT_TEXT} characters of text`);
  return copy;
}

/* JSON Pointer, RFC 6901. */

function parsePointer(pointer) {
  if (pointer === '')
    return [];
  if (typeof pointer !== 'string' || pointer[0] !== '/')
    throw new ServerSignalError('invalid-pointer',
      `A JSON Pointer is empty or begins with a slash: ${quote(String(pointer))}`, { pointer });
  const tokens = pointer.slice(1).split('/');
  if (!pointer.includes('~'))
    return tokens;
  if (/~(?![01])/.test(pointer))
    throw new ServerSignalError('invalid-pointer',
      `In a JSON Pointer “~” is followed by 0 or 1: ${quote(pointer)}`, { pointer });
  return tokens.map(token => token.replace(/~1/g, '/').replace(/~0/g, '~'));
}

/* A list's index; -1: not the number of one. */
function parseIndex(token) {
  return /^(?:0|[1-9][0-9]{0,15})$/.test(token) ? Number(token) : -1;
}

function has(container, token) {
  if (!isContainer(container))
    return false;
  if (!Array.isArray(container))
    return hasOwn(container, token);
  const index = parseIndex(token);
  return index >= 0 && index < container.length;
}

/**
 * The part of a document that a JSON Pointer names, `undefined` where there is none.
 *
 * @param {*} document
 * @param {string} [pointer]
 */
export function getPointer(document, pointer = '') {
  let value = document;
  for (const token of parsePointer(pointer)) {
    if (!has(value, token))
      return undefined;
    value = value[token];
  }
  return value;
}

/* JSON Patch, RFC 6902. */

function find(root, path, pointer) {
  let value = root;
  for (const token of path) {
    if (!has(value, token))
      fail('missing', value, token, pointer);
    value = value[token];
  }
  return value;
}

const blame = (error, index) =>
  Object.assign(error, { index, message: `Operation ${index}: ${error.message}` });

function textMember(operation, member) {
  const text = hasOwn(operation, member) ? operation[member] : undefined;
  if (typeof text !== 'string')
    fail('member', member);
  return text;
}

/*
 * A document that patches are applied to, one after the other. Containers that it has copied and
 * nobody has seen yet are its own, and edited in place: one copy of a list is enough for a thousand
 * inserts, in however many patches, and a document that is looked at in parts only is not copied.
 */
class Draft {
  constructor(document, limit) {
    this.root = document;
    this.limit = limit; // of text
    this.owned = new Map(); // each with whether it came from a large one
    this.named = null; // the last large object that was copied, …
    this.names = null; // … and its names, which take as long to list as to copy
    this.undo = []; // the changes made by the patch that is applied
    this.fixed = []; // the containers that are to be sealed, after it
    this.trace = null; // the paths that were changed, for who wants them, and whether others moved
    this.edited = false; // by it
    this.seen = undefined; // the containers that were measured
    this.text = undefined; // how much there is at most, once something was copied
    this.copied = 0; // of text
    this.grown = 0; // text that patches have brought since the document was measured
    this.moved = 0; // elements of lists, by it
    this.index = 0; // of the operation …
    this.shareIndex = 0; // … and of the last one that copied
  }

  /* Applies a patch, all of it or nothing. size: the length of its text, where it is a server's. */
  apply(patch, size = 0) {
    if (!Array.isArray(patch))
      fail('patch');
    const { root, text } = this;
    this.edited = false;
    this.seen = undefined;
    this.copied = 0;
    this.moved = 0;
    this.index = 0;
    try {
      for (const operation of patch) {
        this.operate(operation);
        this.index++;
      }
      if (this.copied > 0)
        need('trees').checkCopies(this);
      // To look at a document takes its time, so that much has to have come before it is done again.
      const grown = this.grown + size;
      const enough = grown > this.limit / GROWN_SHARE;
      if (enough) {
        this.index--; // the last one's
        need('trees').checkGrowth(this);
      }
      this.grown = enough ? 0 : grown;
      this.sealFixed();
    } catch (error) {
      while (this.undo.length > 0)
        this.undo.pop()();
      Object.assign(this, { root, text, fixed: [] });
      throw isOurs(error) ? blame(error, this.index) : error;
    }
    this.undo = [];
  }

  sealFixed() {
    if (this.fixed.length > 0)
      this.fixed.splice(0).forEach(seal);
  }

  /* A copy to edit, unless that has been made. One of a list comes with the element that is
   * inserted: engines are much faster with both at once. */
  own(value, insertion) {
    if (!isContainer(value) || this.owned.has(value))
      return value;
    let copy;
    let large = false;
    if (Object.isFrozen(value)) {
      copy = Array.isArray(value) ? [...value] : { ...value }; // slice() would take its time
    } else if (Array.isArray(value)) {
      large = value.length > LARGE;
      copy = insertion?.into(value) ?? value.slice();
    } else {
      const keys = this.named === value ? this.names : Object.keys(value);
      large = keys.length > LARGE;
      copy = large ? copyLarge(value, keys) : { ...value };
      if (large)
        Object.assign(this, { named: copy, names: keys });
    }
    this.owned.set(copy, large);
    return copy;
  }

  /* The value stays as it is from now on: it is in two places, or will be seen. */
  disown(value) {
    if (!this.owned.delete(value))
      return;
    this.fixed.push(value);
    for (const key of Object.keys(value))
      this.disown(value[key]);
  }

  /* All of it stays as it is. */
  settle() {
    if (this.owned.size > 0) {
      for (const [value, large] of this.owned) {
        if (!large)
          seal(value);
      }
      // A map that is cleared may leave what it had to the collector's old generation, list by list.
      this.owned = new Map();
    }
    return this.root;
  }

  /* The application will see the value, which is a part. */
  expose(value) {
    if (!isContainer(value) || !this.owned.has(value))
      return value;
    if (value === this.root || sizeOf(value) > LARGE)
      this.settle();
    else
      this.disown(value);
    this.sealFixed();
    return value;
  }

  /* Elements of a list move along. Where there are too many, the whole document is asked for. */
  shift(count, pointer) {
    this.moved += count;
    if (this.moved > MOVED_ELEMENTS)
      fail('work', pointer);
  }

  replaceRoot(value) {
    this.root = value;
    this.edited = true;
  }

  /* Calls `change` with an editable parent of `path` and the last token. */
  edit(path, pointer, change, insertion) {
    const last = path.length - 1;
    const top = this.own(this.root, last === 0 ? insertion : undefined, path, 0);
    let parent = top;
    for (let i = 0; i < last; i++) {
      if (!has(parent, path[i]))
        fail('missing', parent, path[i], pointer);
      const part = parent[path[i]];
      const own = this.own(part, i + 1 === last ? insertion : undefined, path, i + 1);
      if (own !== part)
        parent[path[i]] = own;
      parent = own;
    }
    if (!isContainer(parent))
      fail('missing', parent, path[last], pointer);
    change(parent, path[last]);
    this.root = top;
    this.edited = true;
  }

  add(path, pointer, value) {
    if (path.length === 0) {
      this.replaceRoot(value);
      return;
    }
    const last = path[path.length - 1];
    const indexIn = list => (last === '-' ? list.length : parseIndex(last));
    let inserted = false;
    const insertion = { into(list) {
      const index = indexIn(list);
      inserted = index >= 0 && index < list.length;
      return !inserted ? null : index === 0 ? [value].concat(list)
        : list.slice(0, index).concat([value], list.slice(index));
    } };
    if (this.text !== undefined)
      this.text += last.length + 4; // a name, its quotes, a colon and a comma
    this.edit(path, pointer, (parent, token) => {
      if (!Array.isArray(parent)) {
        const before = hasOwn(parent, token) ? [parent[token]] : null;
        if (!before && parent === this.named)
          this.named = null;
        this.undo.push(() => (before ? put(parent, token, before[0]) : delete parent[token]));
        put(parent, token, value);
        return;
      }
      const index = indexIn(parent);
      if (index < 0 || index > parent.length)
        fail('missing', parent, token, pointer);
      if (!inserted)
        this.shift(parent.length - index, pointer);
      this.undo.push(() => parent.splice(index, 1));
      if (!inserted)
        parent.splice(index, 0, value);
    }, insertion);
  }

  replace(path, pointer, value) {
    if (path.length === 0) {
      this.replaceRoot(value);
      return;
    }
    this.edit(path, pointer, (parent, token) => {
      if (!has(parent, token))
        fail('missing', parent, token, pointer);
      const before = parent[token];
      this.undo.push(() => { parent[token] = before; });
      parent[token] = value;
    });
  }

  remove(path, pointer) {
    if (path.length === 0)
      fail('root', pointer);
    this.edit(path, pointer, (parent, token) => {
      if (!has(parent, token))
        fail('missing', parent, token, pointer);
      const before = parent[token];
      if (Array.isArray(parent)) {
        this.shift(parent.length - Number(token), pointer);
        this.undo.push(() => parent.splice(Number(token), 0, before));
        parent.splice(Number(token), 1);
      } else {
        this.undo.push(() => put(parent, token, before));
        if (parent === this.named)
          this.named = null;
        delete parent[token];
      }
    });
  }

  measure(value) {
    this.seen ??= new Map();
    return need('trees').measure(value, this.seen, this.owned);
  }

  /* A value of the patch, for the place `path`. */
  taken(operation, path) {
    if (!hasOwn(operation, 'value'))
      fail('value', operation.op);
    const value = this.take(operation.value, path);
    if (this.text !== undefined)
      this.text += this.measure(value).text;
    return value;
  }

  take(value, path) { return freeze(value, DOCUMENT_DEPTH - path.length); }

  operate(operation) {
    if (!isObject(operation))
      fail('operation');
    const kind = textMember(operation, 'op');
    const pointer = textMember(operation, 'path');
    const path = parsePointer(pointer);
    this.trace?.push([path, kind !== 'replace']);

    switch (kind) {
      case 'add':
        this.add(path, pointer, this.taken(operation, path));
        break;
      case 'replace':
        this.replace(path, pointer, this.taken(operation, path));
        break;
      case 'remove':
        this.remove(path, pointer);
        break;
      case 'move': {
        const from = textMember(operation, 'from');
        if (pointer.startsWith(`${from}/`))
          fail('itself', from, pointer);
        const steps = parsePointer(from);
        const value = find(this.root, steps, from);
        if (path.length > steps.length && isContainer(value))
          need('trees').checkDepth(this, value, path);
        this.trace?.push([steps, true]);
        if (from !== pointer) {
          this.remove(steps, from);
          this.add(path, pointer, value);
        }
        break;
      }
      case 'copy':
      case 'test':
        need('trees').operations[kind](this, operation, path, pointer);
        break;
      default:
        fail('kind', kind);
    }
  }

}

/* The value of a patch that sets the whole document, in a list of one; otherwise null. */
function wholeValue(patch) {
  const only = patch.length === 1 && isObject(patch[0]) ? patch[0] : {};
  return (only.op === 'replace' || only.op === 'add') && only.path === '' && hasOwn(only, 'value')
    ? [only.value] : null;
}

/* A listener that throws is reported like any uncaught error and disturbs nobody else. */
function call(listener, ...values) {
  try {
    listener(...values);
  } catch (error) {
    if (typeof globalThis.reportError === 'function')
      globalThis.reportError(error);
    else
      queueMicrotask(() => { throw error; });
  }
}

/* Where `signal`, an AbortSignal, has aborted there is no entry. `stopped` is called once. */
function listen(listeners, listener, { signal } = {}, stopped = () => {}) {
  if (typeof listener !== 'function')
    throw new TypeError('A listener is a function');
  if (signal?.aborted)
    return [null, () => {}];
  const entry = (...values) => listener(...values); // so that one function may listen twice
  const stop = () => {
    if (!entry.alive)
      return;
    entry.alive = false;
    listeners.delete(entry);
    signal?.removeEventListener('abort', stop);
    stopped();
  };
  entry.alive = true;
  listeners.add(entry);
  signal?.addEventListener('abort', stop);
  return [entry, stop];
}

function announce(listeners, ...values) {
  for (const listener of [...listeners]) {
    if (listener.alive)
      call(listener, ...values);
  }
}

/* Calls back in a task of its own, behind those that are due already. */
const tasks = [];
let taskPort = null;
function soon(callback) {
  if (typeof globalThis.setImmediate === 'function') {
    globalThis.setImmediate(callback);
    return;
  }
  if (!taskPort) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => tasks.shift()();
    taskPort = port2;
  }
  tasks.push(callback);
  taskPort.postMessage(null);
}

/* A place in a document that somebody listens to, or that leads to one. */
class Place {
  constructor() {
    this.parts = new Map(); // places, by token
    this.listeners = new Set();
    this.last = undefined; // that they were told
  }

  /* The places that are told of a value which is another now: this one and those below. */
  changed(value, draft, found) {
    if (this.listeners.size > 0 && value !== this.last) {
      this.last = draft.expose(value);
      found.push(this);
    }
    for (const [token, place] of this.parts)
      place.changed(has(value, token) ? value[token] : undefined, draft, found);
  }

  /* Those that an operation at `path` may have changed, `at` steps of which lead here. Behind it in
   * a list there are those that it moves, if it does. */
  touched(path, at, moves, value, draft, found) {
    if (at === path.length) {
      this.changed(value, draft, found);
      return;
    }
    if (this.listeners.size > 0 && value !== this.last) {
      this.last = draft.expose(value);
      found.push(this);
    }
    const token = path[at];
    const list = moves && at === path.length - 1 && Array.isArray(value);
    const next = this.parts.get(token);
    const part = key => (has(value, key) ? value[key] : undefined);
    if (!list) {
      next?.touched(path, at + 1, moves, part(token), draft, found);
      return;
    }
    const index = token === '-' ? 0 : parseIndex(token);
    for (const [key, place] of this.parts) {
      if (parseIndex(key) >= index)
        place.changed(part(key), draft, found);
    }
  }

  get empty() { return this.parts.size === 0 && this.listeners.size === 0; }
}

/* The private side of a Signal: the document, and where it stands in the two protocols. */
class Replica {
  constructor(name, link) {
    this.name = name;
    this.link = link;
    this.initial = undefined; // the default that the application gave
    this.draft = new Draft(null, link.limit); // the document
    this.news = undefined; // the patches that listeners do not know yet; null: another document
    this.changed = false; // something that watchers do not know yet
    this.places = new Place(); // that are listened to
    this.revision = null;
    this.epoch = null;
    this.doubted = true; // it is not known to be what the server has
    this.disowned = false; // the server says that nobody vouches for what it has
    this.error = null;
    this.data = false; // something came from a server, on any connection
    this.trusted = false; // v1: `value` is `revision` of life `epoch`, and may be resumed from
    this.due = false; // v1: the server has yet to answer
    this.asked = false; // v1: a snapshot is on its way, updates are ignored until it is here
    this.live = false; // v1: the server sends it, on this connection
    this.switched = false; // v1: `epoch` was another before, on this connection
    this.probe = null; // v1: the revision that was told the server while it was sending
    this.plainData = false; // plain: something came on this connection
    this.tries = 0; // of answers "behind" in a row
    this.timer = undefined;
    this.listeners = new Set();
    this.watchers = new Set();
    this.users = 0; // calls of signal() without one of release()
    this.held = 0; // listeners of all kinds
    this.idle = false; // nobody listens any more: it is not followed until somebody does
    this.idleTimer = undefined;
    this.since = -Infinity; // when it was known to be current
    this.ready = null; // a promise, and how to settle it
    this.gone = null; // the error of those who want it now that it is released
    this.ends = new Set(); // called when it is released, or the client ends
    this.shot = null; // the last snapshot
    this.signal = new Signal(this);
  }

  get value() { return this.draft.settle(); }

  /* Whether the value may be out of date, as the application is told. */
  get stale() {
    return this.doubted || this.disowned || this.link.lagging || this.link.quiet;
  }

  /* For how long it is not known to be current. */
  get age() {
    const { doubted, disowned, since, link } = this;
    if (!this.stale)
      return 0;
    const last = doubted || disowned ? since : link.quiet ? link.heard : link.inbox[link.taken].at;
    return Math.max(Date.now() - last, 0);
  }

  get snapshot() {
    const { value, stale, error, shot } = this;
    if (!shot || shot.value !== value || shot.stale !== stale || shot.error !== error) {
      const replica = this;
      this.shot = Object.freeze({ value, stale, error, get age() { return replica.age; } });
    }
    return this.shot;
  }

  /* Somebody listens: it is followed for as long, and a little longer. */
  listen(listeners, listener, options, stopped = () => {}) {
    const [entry, stop] = listen(listeners, listener, options, () => {
      this.held--;
      stopped();
      if (this.held === 0)
        this.link.linger(this);
    });
    if (entry) {
      this.held++;
      clearTimeout(this.idleTimer);
      this.link.rejoin(this);
    }
    return [entry, stop];
  }

  whenReady() {
    if (!this.stale)
      return Promise.resolve(this.signal);
    if (!this.ready) {
      const ready = {};
      ready.promise = new Promise((resolve, reject) => Object.assign(ready, { resolve, reject }));
      this.ready = ready;
      this.link.rejoin(this);
      const { promise } = ready;
      if (this.gone || this.link.state === 'closed')
        this.refuse(this.gone || this.link.error);
      return promise;
    }
    return this.ready.promise;
  }

  /* It will not become current for now. */
  refuse(error) {
    this.ready?.reject(error);
    this.ready = null;
  }

  /* It is not followed any more, for good; `error` unless that was asked for. */
  end(error) {
    this.refuse(error ?? new ServerSignalError('closed',
      `“${this.name}” is not followed any more`));
    for (const ended of [...this.ends])
      ended(error);
  }

  part(pointer) { return this.draft.expose(getPointer(this.draft.root, pointer)); }

  setInitial(initial) {
    this.initial = initial;
    if (!this.data)
      this.set({ root: initial });
  }

  /* Where something changes, `patch` being what led to it, it is announced with everything else
   * that happens now. Another document comes as `root`. */
  set(changes, patch) {
    if (patch && this.draft.edited && this.news !== null)
      (this.news ??= []).push(patch);
    if ((changes.doubted || changes.disowned) && !this.doubted && !this.disowned)
      this.since = this.link.heard;
    for (const key in changes) { // an object of ours
      if (this[key] !== changes[key]) {
        this.changed = true;
        this[key] = changes[key];
      }
    }
    this.link.notify(this);
  }

  /* A whole document that has come, made of the parts of the one before. */
  adopt(root) {
    const alike = isContainer(root) && isContainer(this.root) && this.data && !absent.has('trees');
    return alike ? need('trees').reconcile(this.root, root) : freeze(root, DOCUMENT_DEPTH);
  }

  get root() { return this.draft.root; }

  set root(root) {
    this.draft = new Draft(root, this.link.limit);
    this.news = null;
  }

  /* Applies a patch and tells of it. When it does not apply, nothing has happened. */
  apply(patch, changes, size) {
    const { draft } = this;
    draft.trace = this.places.empty ? null : draft.trace ?? [];
    draft.apply(patch, size);
    this.set(changes, patch);
  }

  announce() {
    const { news, changed, listeners, watchers, places } = this;
    const { cache } = this.link.options;
    this.news = undefined;
    this.changed = false;
    if (news !== undefined) {
      const told = [];
      const { draft } = this;
      if (news === null)
        places.changed(draft.root, draft, told);
      else
        draft.trace?.forEach(([path, moves]) =>
          places.touched(path, 0, moves, draft.root, draft, told));
      draft.trace = null;
      if (listeners.size > 0)
        announce(listeners, this.value, news && this.freezePatch(news));
      for (const place of told)
        announce(place.listeners, place.last);
    }
    if (changed || news !== undefined)
      announce(watchers, this.signal);
    if (cache && (changed || news !== undefined) && this.trusted && !this.doubted)
      call(signal => cache.save(signal), this.signal);
    if (this.ready && !this.stale) {
      this.ready.resolve(this.signal);
      this.ready = null;
    }
  }

  /* One patch of those that came together. Their values are frozen already. */
  freezePatch(news) {
    const patch = news.length === 1 ? news[0] : news.flat();
    patch.forEach(Object.freeze);
    return Object.freeze(patch);
  }

  /* Listens to one part. */
  listenAt(path, listener, options) {
    const places = [this.places];
    for (const token of path) {
      const { parts } = places[places.length - 1];
      if (!parts.has(token))
        parts.set(token, new Place());
      places.push(parts.get(token));
    }
    const place = places[path.length];
    const prune = () => {
      for (let i = path.length; i > 0 && places[i].empty; i--) {
        if (places[i - 1].parts.get(path[i - 1]) === places[i])
          places[i - 1].parts.delete(path[i - 1]);
      }
    };
    const [entry, stop] = this.listen(place.listeners, listener, options, prune);
    if (!entry) {
      prune();
      return stop;
    }
    if (place.listeners.size === 1)
      place.last = this.part(formatPointer(path));
    call(entry, place.last);
    return stop;
  }

  lost() {
    this.forget();
    this.set({ doubted: true, disowned: false });
  }

  /* Begins a connection: the one before does not count. */
  forget() {
    clearTimeout(this.timer);
    Object.assign(this, { due: false, asked: false, live: false, switched: false, probe: null,
      plainData: false });
    this.set({ disowned: false });
  }
}

/* A frame that waits takes more than its text, and may be binary, of whatever kind. */
const costOf = data =>
  WAITING_CHARACTERS + (data.length ?? data.byteLength ?? data.size ?? 0);

const SELF = Symbol('self');

/** A read-only replica of a signal. `client.signal()` makes them. */
export class Signal {
  /** @hideconstructor */
  constructor(replica) {
    Object.defineProperty(this, SELF, { value: replica });
  }

  /** Its name on the server. */
  get name() { return this[SELF].name; }

  /** The document, which is not to be changed; the default, or null, until data comes. */
  get value() { return this[SELF].value; }

  /** The server's revision of the value; null where it is not known. */
  get revision() { return this[SELF].revision; }

  /** The life of the document on the server that the revision is of; null where it is not known. */
  get epoch() { return this[SELF].epoch; }

  /**
   * Whether the value may be out of date, or is a default: true until the server has vouched for
   * it, and while the server says that nobody does, as one that serves another’s signals on and has
   * lost it.
   */
  get stale() { return this[SELF].stale; }

  /** Why the server does not send this signal, a ServerSignalError or null. */
  get error() { return this[SELF].error; }

  /** For how many milliseconds it is not known to be current; 0: it is, Infinity: it never was. */
  get age() { return this[SELF].age; }

  /**
   * All of that as one object `{ value, stale, error, age }`, another one whenever the value, `stale` or
   * `error` changed.
   */
  get snapshot() { return this[SELF].snapshot; }

  /**
   * A promise of this signal, current. It is rejected when the server does not send it, the
   * connection ends for good, or the signal is released.
   */
  get ready() { return this[SELF].whenReady(); }

  /**
   * `for await (const value of signal)`: the value, or the default if there is one, and what it
   * becomes; for who takes his time, the last one each time. It ends with the client, or when the
   * signal is released.
   */
  async* [Symbol.asyncIterator]() {
    yield* (parts.waiting ?? await load('waiting')).values(this[SELF]);
  }

  /** The part of the value that a JSON Pointer names, `undefined` where there is none. */
  get(pointer = '') { return this[SELF].part(pointer); }

  /**
   * One part of the document, whose listeners are told of that part only. Where nothing else is
   * read, an update costs what it changes, however large the document is.
   *
   * @param {string} pointer
   * @returns {Part}
   */
  at(pointer) { return new Part(this[SELF], pointer); }

  /**
   * Calls `listener(value, patch)` at once and after every change of the value. The patch is what
   * led from the value before to this one; null at first, and when the whole document may be
   * another.
   *
   * @param {function(*, ?object[]): void} listener
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {function(): void} ends it
   */
  subscribe(listener, options) {
    const replica = this[SELF];
    const [entry, stop] = replica.listen(replica.listeners, listener, options);
    if (entry)
      call(entry, replica.value, null);
    return stop;
  }

  /**
   * Calls `listener(signal)` at once and whenever the value, its revision, `stale` or `error`
   * changed.
   *
   * @param {function(Signal): void} listener
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {function(): void} ends it
   */
  watch(listener, options) {
    const replica = this[SELF];
    const [entry, stop] = replica.listen(replica.watchers, listener, options);
    if (entry)
      call(entry, this);
    return stop;
  }
}

/** One part of a signal, there or not. `signal.at()` makes them. */
export class Part {
  /** @hideconstructor */
  constructor(replica, pointer) {
    Object.defineProperty(this, SELF, { value: { replica, pointer, path: parsePointer(pointer) } });
  }

  /** The signal that it is of. */
  get signal() { return this[SELF].replica.signal; }

  /** Where in the document it is. */
  get pointer() { return this[SELF].pointer; }

  /** Its value, which is not to be changed; `undefined` where there is none. */
  get value() {
    const { replica, pointer } = this[SELF];
    return replica.part(pointer);
  }

  /** A part of this one. */
  at(pointer) {
    parsePointer(pointer);
    return new Part(this[SELF].replica, this[SELF].pointer + pointer);
  }

  /**
   * Calls `listener(value)` at once and after every change of this part.
   *
   * @param {function(*): void} listener
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {function(): void} ends it
   */
  subscribe(listener, options) {
    const { replica, path } = this[SELF];
    return replica.listenAt(path, listener, options);
  }
}

// How often in a row the server of an address was found not to know our protocol. Once may be chance,
// when it came up between an attempt with an offer and one without; after that no attempt is wasted
// on it again.
const plainUrls = new Map();
const PLAIN_TIMES = 2;
const PLAIN_URLS = 100;

/* The address as a key there: a query may hold a token, and be another each time. */
const withoutQuery = url => url.replace(/\?.*/s, '');

/* An absolute address of a WebSocket; relative ones start where those of the page’s links do. */
function resolveAddress(url) {
  const text = typeof url === 'string' ? url : url?.href;
  if (typeof text !== 'string')
    throw new TypeError(`An address is a string or a URL, and not ${String(url)}`);
  const base = globalThis.document?.baseURI || globalThis.location?.href;
  const address = base ? new URL(text, base) : new URL(text);
  address.protocol = address.protocol.replace(/^http/, 'ws');
  address.hash = '';
  return address.href;
}

/* The entries of an application for the list of subprotocols: several, one, or none. */
function listEntries(given) {
  if (given === undefined || given === null)
    return [];
  if (typeof given !== 'string' && typeof given[Symbol.iterator] !== 'function')
    throw new TypeError(`The protocols are a list of strings, or one, and not ${String(given)}`);
  const entries = typeof given === 'string' ? [given] : [...given];
  for (const entry of entries) {
    if (typeof entry !== 'string')
      throw new TypeError(`An entry of the protocols is a string, and not ${String(entry)}`);
  }
  return entries;
}

const NONE = Object.freeze([]);

const areStrings = list => Array.isArray(list) && list.every(item => typeof item === 'string');

const isPromise = value => typeof value?.then === 'function';

/* Takes what an application has given, or its function gives this time: now, or as a promise. */
function ask(given) {
  const answer = typeof given === 'function' ? given() : given;
  if (!isPromise(answer))
    return answer;
  const promise = Promise.resolve(answer);
  promise.catch(() => {}); // that nobody waits for it any more is no error
  return promise;
}

/* Timers take no time beyond this, and run at once. */
const TIMER_MAX = 2 ** 31 - 1;
const later = (callback, ms) => setTimeout(callback, Math.min(ms, TIMER_MAX));

const isName = name => typeof name === 'string' && !HALF.test(name) &&
  new TextEncoder().encode(name).length <= NAME_BYTES;

/* The snapshots that the page was served with, or that the application gives, by name. */
function readState(given = globalThis.document?.getElementById?.(STATE)) {
  let frames = given ?? [];
  try {
    if (typeof frames.textContent === 'string')
      frames = JSON.parse(frames.textContent);
    return new Map(frames.map(frame => [frame.name, frame]));
  } catch (error) {
    throw new TypeError(`The state is not an array of snapshots: ${error.message}`);
  }
}

/* The private side of a Client: one connection at a time, and the signals that follow it. */
class Link {
  constructor(url, options) {
    this.options = options;
    this.given = url;
    this.address = null; // or a function that gives one
    this.url = '';
    // Where nothing is connected, as when a page is rendered on a server, nothing is relative to it.
    if (options.start)
      this.resolve();
    this.limit = Math.max(options.max, DOCUMENT_TEXT); // of a document’s text
    this.state = 'idle';
    this.error = null;
    this.protocol = null;
    this.known = new Set(); // names
    this.list = null; // of them, once somebody has asked for it
    this.via = NONE;
    this.replicas = new Map();
    this.seeds = readState(options.state);
    this.spokePlain = false; // the server has shown that it is plain
    this.kept = null; // plain: what came for names that nobody has asked for
    this.turn = null; // of an attempt that waits for the application
    this.socket = null;
    this.offered = false; // the connection, or the attempt under way, was offered our protocol
    this.bare = false; // the next attempt does not
    this.opened = false; // some connection was open, so it is known what the server speaks
    this.attempts = 0; // failed ones in a row
    this.woken = -Infinity; // when an event was heeded last …
    this.wakes = 0; // … and how many were, to no avail
    this.stirred = -Infinity; // when one came
    this.nextAt = 0; // when the next attempt is due, while waiting
    this.faults = 0; // connections in a row that broke the protocol
    this.renewals = 0; // attempts in a row with newer credentials
    this.gaps = 0;
    this.heard = 0; // when something came last
    this.inbox = []; // frames that are not applied yet, with when they came …
    this.taken = 0; // … but for the first of them
    this.interval = options.interval; // between updates that the server is asked for
    this.pace = null; // sets it, once the page did not keep up
    this.rested = 0; // when frames were applied last, and listeners told …
    this.busy = 0; // … and how much of the time that has taken of late, less four times the rest
    this.inboxSize = 0;
    this.slice = null; // in which the next are applied
    this.applying = false;
    this.lagging = false; // they wait for too long
    this.quiet = false; // the connection may be dead
    this.connected = false; // there was one since `start()`
    this.lost = false; // there is none for so long that people should know
    this.news = new Set(); // replicas that have something to announce
    this.told = true; // listeners of the client know its state
    this.probing = false;
    this.silences = 0; // connections in a row that fell silent before they had answered everything
    this.timer = undefined; // of the next attempt, of the one under way, or of the greeting
    this.stableTimer = undefined;
    this.beatTimer = undefined;
    this.doubtTimer = undefined;
    this.lostTimer = undefined;
    this.errorTimer = undefined;
    this.listeners = new Set();
    this.calls = null;
    this.early = []; // calls that wait until there is that
    this.client = new Client(this);
    this.wake = this.wake.bind(this);
  }

  set(changes) {
    const changed = Object.keys(changes).some(key => this[key] !== changes[key]);
    Object.assign(this, changes);
    if (changed)
      this.tell();
  }

  /* The changes of frames that are applied together are announced once, when all are applied. */

  notify(replica) {
    if (this.applying)
      this.news.add(replica);
    else
      replica.announce();
  }

  tell() {
    this.told = false;
    if (!this.applying)
      this.announce();
  }

  announce() {
    if (this.told)
      return;
    this.told = true;
    announce(this.listeners, this.state, this.client);
  }

  /* The life of the connection. */

  start() {
    if (this.state === 'waiting') {
      this.attempt();
    } else if (this.state === 'idle' || this.state === 'closed') {
      if (!this.address)
        this.resolve();
      this.attempts = 0;
      this.faults = 0;
      this.renewals = 0;
      this.wakes = 0;
      this.connected = false;
      this.lost = false;
      this.listen('addEventListener');
      this.attempt();
    }
  }

  resolve() {
    if (typeof this.given === 'function') {
      this.address = this.given;
    } else {
      this.address = resolveAddress(this.given);
      this.url = this.address;
    }
  }

  listen(how) {
    for (const type of ['online', 'offline', 'pagehide', 'pageshow'])
      globalThis[how]?.(type, this.wake);
    for (const type of ['visibilitychange', 'resume'])
      globalThis.document?.[how](type, this.wake);
  }

  attempt() {
    clearTimeout(this.timer);
    this.timer = later(() => this.drop(new ServerSignalError('connection-lost',
      `${this.url || 'The server'} did not answer in time`)), this.options.openTimeout);
    const turn = {};
    this.turn = turn;
    const still = step => answer => this.turn === turn && step(answer);
    try {
      const sharing = this.options.shared && !parts.shared && load('shared').catch(() => {});
      const answers = [ask(this.address), ask(this.options.protocols), sharing];
      if (answers.some(isPromise)) {
        Promise.all(answers).then(still(given => this.dial(...given)),
          still(error => this.refused(error)));
      } else {
        this.dial(...answers);
      }
    } catch (error) {
      this.refused(error);
    }
    // A listener, or a refusal, may have changed it already.
    if (this.turn === turn)
      this.set({ state: 'connecting' });
  }

  dial(url, protocols) {
    const { plain } = this.options;
    const WebSocket = this.options.WebSocket || globalThis.WebSocket;
    if (typeof WebSocket !== 'function') {
      this.end('closed', new ServerSignalError('closed',
        'There is no WebSocket here; one may be given as an option'));
      return;
    }
    let socket;
    try {
      const entries = listEntries(protocols).filter(entry => entry !== PROTOCOL);
      this.url = resolveAddress(url);
      const known = plainUrls.get(withoutQuery(this.url)) >= PLAIN_TIMES;
      this.offered = !plain && !this.bare && !known;
      this.bare = false;
      const { shared, fallback } = this.options;
      const other = shared ? parts.shared : fallback && parts.events;
      socket = (other && other(this, this.url, entries)) ||
        new WebSocket(this.url, this.offered ? [PROTOCOL, ...entries] : entries);
      this.offered = this.offered || socket.virtual;
    } catch (error) {
      this.refused(error);
      return;
    }
    this.use(socket);
    this.set({ state: 'connecting' });
  }

  use(socket) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.open();
    socket.onmessage = event => this.receive(event.data);
    socket.onclose = event => this.closed(event.code, event.reason);
    socket.onerror = event => this.failed(event?.message);
  }

  get transport() { return this.protocol && (this.socket.transport ?? 'websocket'); }

  /* There is nothing to connect with. A value that was given once and for all will not become
   * right by trying again; a function may have something else the next time. */
  refused(error) {
    const { protocols } = this.options;
    const again = [this.address, protocols].some(given =>
      typeof given === 'function' || isPromise(given));
    const where = typeof this.address === 'function' ? '' : ` to ${this.url}`;
    const told = new ServerSignalError(again ? 'connection-lost' : 'closed',
      `Cannot connect${where}: ${error?.message ?? String(error)}`, { cause: error });
    if (again)
      this.drop(told);
    else
      this.end('closed', told);
  }

  open() {
    clearTimeout(this.timer);
    this.opened = this.opened || !this.socket.virtual;
    this.gaps = 0;
    const key = withoutQuery(this.url);
    if (!this.offered && !this.options.plain) {
      plainUrls.set(key, (plainUrls.get(key) ?? 0) + 1);
      if (plainUrls.size > PLAIN_URLS)
        plainUrls.delete(plainUrls.keys().next().value);
    }
    if (this.socket.protocol === PROTOCOL) {
      // A server may take any offer, as one does that sends back whatever comes.
      this.timer = later(() => this.drop(new ServerSignalError('protocol',
        `${this.url} has taken the protocol, and did not greet in time`), 'protocol'),
      this.options.openTimeout);
      this.speak();
    } else {
      this.protocol = 'plain';
      this.ready();
    }
  }

  /* The server can be talked to, and has told what there is. */
  ready() {
    clearTimeout(this.timer);
    clearTimeout(this.lostTimer);
    this.lostTimer = undefined;
    this.connected = true;
    this.steady();
    const { socket } = this;
    this.set({ state: 'open', error: null, lost: false });
    if (this.socket === socket)
      this.calls?.open();
  }

  /* It is known to be v1. */
  speak() {
    plainUrls.delete(withoutQuery(this.url));
    this.protocol = PROTOCOL;
    this.heard = Date.now();
    this.beat(this.options.heartbeat);
    if (this.interval > 0)
      this.askInterval();
    for (const replica of this.replicas.values()) {
      if (!replica.idle)
        this.follow(replica);
    }
  }

  /* Nothing is missing any more: if it lasts, it was a good connection. */
  steady() {
    clearTimeout(this.stableTimer);
    this.stableTimer = later(() => {
      this.attempts = 0;
      this.faults = 0;
      this.renewals = 0;
      this.wakes = 0;
    }, STABLE_MS);
  }

  /* There was an error. The close event that belongs to it follows at once in browsers; elsewhere
   * late, or never where there was no connection yet. */
  failed(reason) {
    if (!this.protocol)
      this.closed(1006, reason);
    else
      this.errorTimer ??= later(() => this.closed(1006, reason), ERROR_MS);
  }

  closed(code, reason) {
    const { socket } = this;
    this.flush(Infinity);
    if (this.socket !== socket)
      return;
    const said = reason ? `: ${quoteServer(reason)}` : '';
    // A page that was asleep was too slow for the hub, and is awake now: that is not for good.
    if ((code === 1008 && !reason?.startsWith(TOO_SLOW)) || (code >= 4000 && code <= 4999)) {
      this.end('closed', new ServerSignalError('closed',
        `The server closed the connection for good (${code})${said}`, { closeCode: code }));
      return;
    }
    const { plain } = this.options;
    if (!this.protocol && this.offered && !plain && !socket.virtual &&
        (!this.opened || plainUrls.has(withoutQuery(this.url)))) {
      // Browsers refuse a server that does not answer the offer, and do not tell that from one that
      // is not there: one attempt without an offer finds out.
      this.detach();
      this.bare = true;
      this.attempt();
      return;
    }
    const error = new ServerSignalError('connection-lost', this.protocol
      ? `The connection to ${this.url} was lost (${code})${said}`
      : `Cannot connect to ${this.url} (${code})${said}`, { closeCode: code });
    // Functions may have something newer at once. Nothing else will.
    if (code === UNAUTHORIZED && this.asks() && this.renewals < RENEWALS) {
      this.renewals++;
      this.detach();
      this.wait(0, error);
    } else {
      this.drop(error);
    }
  }

  /* The address or the entries are asked for at every attempt. */
  asks() {
    return [this.address, this.options.protocols].some(given => typeof given === 'function');
  }

  /* Forgets the connection, without a word to anybody. */
  detach(why) {
    const socket = this.socket;
    clearTimeout(this.timer);
    clearTimeout(this.stableTimer);
    clearTimeout(this.beatTimer);
    clearTimeout(this.errorTimer);
    clearTimeout(this.doubtTimer);
    this.errorTimer = undefined;
    this.turn = null;
    this.socket = null;
    this.probing = false;
    this.calls?.lost();
    Object.assign(this, { inbox: [], taken: 0, inboxSize: 0, slice: null, lagging: false,
      quiet: false, spokePlain: false, kept: null, known: new Set(), list: null, via: NONE,
      protocol: null });
    if (!socket)
      return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // some throw what nobody listens to
    if (socket.readyState < 2) {
      try {
        if (why)
          socket.close(4400, why);
        else
          socket.close(1000);
      } catch (error) {
        // Some implementations throw while they are connecting; then there is nothing to close.
      }
    }
  }

  /* The state is announced last, when everything else is as it should be; a listener may undo it
   * all. */
  settle(state, error) {
    this.bare = false;
    this.state = state;
    this.error = error;
    if (state === 'waiting' && this.connected && !this.lost) {
      this.lostTimer ??= later(() => this.set({ lost: true }), this.options.lostAfter);
    } else {
      clearTimeout(this.lostTimer);
      this.lostTimer = undefined;
      this.lost = state !== 'idle' && this.connected;
    }
    for (const replica of [...this.replicas.values()])
      replica.lost();
    if (this.state === state && this.error === error)
      this.tell();
  }

  /* The connection is gone, or has to go: another attempt follows. */
  drop(error, why) {
    const { retryMin, retryMax, retryLimit } = this.options;
    this.detach(why);
    this.attempts++;
    // Where a WebSocket has been had, its server is away most likely, with the file.
    if (this.options.fallback && !parts.events && (!this.opened || this.attempts > 3))
      load('events').catch(() => {});
    if (this.attempts > retryLimit) {
      this.end('closed', error);
      return;
    }
    const bound = Math.min(retryMax, retryMin * 2 ** (this.attempts - 1));
    this.wait(Math.random() * bound, error);
  }

  wait(ms, error) {
    this.nextAt = Date.now() + ms;
    this.timer = later(() => this.attempt(), ms);
    this.settle('waiting', error);
  }

  /* The server did what it must not: again from the start, but not for ever. */
  fault(error) {
    this.faults++;
    if (this.faults >= FAULT_LIMIT)
      this.end('closed', error, error.code);
    else
      this.drop(error, error.code);
  }

  end(state, error, why) {
    this.pace?.end();
    this.pace = null;
    this.listen('removeEventListener');
    this.detach(why);
    for (const replica of this.replicas.values()) {
      clearTimeout(replica.idleTimer);
      replica.end(error);
    }
    this.calls?.stop();
    this.settle(state, error);
  }

  /* Something has happened to the network, the page or the machine. An open connection is asked
   * whether it is alive. While the client waits, it is a good time to try, and what failed before
   * counts no more, unless such events come in numbers, as they do where a network comes and goes. */
  wake({ type, persisted }) {
    if (type === 'visibilitychange' && globalThis.document.visibilityState !== 'visible')
      return;
    if (type === 'pagehide' || type === 'pageshow') {
      if (persisted)
        this.sleep(type === 'pagehide');
      return;
    }
    const now = Date.now();
    const calm = Math.abs(now - this.stirred) > CALM_MS;
    this.stirred = now;
    if (calm)
      this.wakes = 0;
    if (this.state === 'waiting' && type !== 'offline') {
      const pause = Math.min(WAKE_MS * 2 ** Math.max(this.wakes - 1, 0), this.options.retryMax);
      const rest = this.wakes === 0 ? 0 : Math.min(pause, this.woken + pause - now); // set back?
      if (this.wakes === 0)
        this.attempts = 0;
      if (rest <= 0) {
        this.rouse();
      } else if (this.nextAt > now + rest) {
        clearTimeout(this.timer);
        this.nextAt = now + rest;
        this.timer = later(() => this.rouse(), rest);
      }
    } else if (this.protocol === PROTOCOL) {
      const rest = Math.min(WAKE_MS, this.woken + WAKE_MS - now);
      if (type !== 'offline')
        this.socket.upgrade?.();
      if (!this.probing && (rest <= 0 || type === 'offline')) {
        this.woken = now;
        this.probe();
      }
      this.listenFor(now);
    } else if (this.protocol && type === 'offline') {
      this.hush(true); // nobody can be asked
    } else if (this.protocol && type === 'online' && this.quiet) {
      this.drop(new ServerSignalError('connection-lost', 'The network was gone'), 'silent');
      this.attempt();
    }
  }

  /* A page that is put away may be kept, without a connection, and is shown again. */
  sleep(away) {
    if (away && this.state !== 'idle' && this.state !== 'closed') {
      this.detach();
      this.settle('waiting', new ServerSignalError('connection-lost', 'The page was put away'));
    } else if (!away && this.state === 'waiting') {
      this.attempt();
    }
  }

  /* A message so old that another should have been asked for by now vouches for nothing. */
  listenFor(now) {
    const { heartbeat } = this.options;
    if (heartbeat > 0 && now - this.heard > heartbeat + LATE_MS)
      this.hush(true);
  }

  /* Whether what is shown as current may be out of date, because nothing is heard. */
  hush(quiet) {
    if (quiet === this.quiet)
      return;
    this.quiet = quiet;
    this.doubt();
    if (!this.applying)
      this.announceAll();
  }

  rouse() {
    this.woken = Date.now();
    this.wakes++;
    this.attempt();
  }

  /* A browser cannot ping. On a silent connection the client repeats a subscription with the
   * revision that it holds, which the server confirms, or asks for what is not there; if nothing
   * comes at all, the connection is dead. A plain server cannot be asked anything.
   *
   * Nor does a page see a frame before all of it is here: a large one on a slow link is silence. So
   * each connection that falls silent gives the next one twice the time, until everything that was
   * asked is answered. */
  beat(after) {
    const { heartbeat } = this.options;
    clearTimeout(this.beatTimer);
    if (!(heartbeat > 0))
      return;
    this.beatTimer = later(() => {
      this.heard = Math.min(this.heard, Date.now()); // a clock may be set back
      const rest = this.heard + heartbeat - Date.now();
      if (this.probing) {
        this.silences++;
        this.drop(new ServerSignalError('connection-lost',
          `${this.url} has fallen silent`), 'silent');
      } else if (rest > 0) {
        this.beat(rest);
      } else {
        this.probe();
        this.listenFor(Date.now());
      }
    }, after);
  }

  probe() {
    const current = [...this.replicas.values()].find(({ trusted, doubted }) => trusted && !doubted);
    // Where nothing is held that could be confirmed: that there is no such signal is an answer too.
    if (current)
      this.follow(current);
    else
      this.send({ subscribe: PROBE_NAME, max: 1 });
    this.probing = true;
    clearTimeout(this.doubtTimer);
    this.doubtTimer = later(() => this.hush(true), DOUBT_MS);
    this.beat(Math.min(PROBE_MAX_MS, PROBE_MS * 2 ** this.silences));
  }

  send(frame) { this.transmit(JSON.stringify(frame)); }

  transmit(text) {
    if (this.socket && this.socket.readyState === 1)
      this.socket.send(text);
  }

  /* Asks for a signal: for what came after the revision that we hold, or for a snapshot. */
  follow(replica) {
    const { name, epoch, revision } = replica;
    clearTimeout(replica.timer);
    replica.due = true;
    replica.asked = !replica.trusted;
    if (replica.trusted)
      replica.probe = replica.live ? revision : null;
    this.send(replica.trusted
      ? { subscribe: name, epoch, rev: revision, max: this.options.max }
      : { subscribe: name, max: this.options.max });
  }

  /* Messages from the server. */

  receive(data) {
    this.heard = Date.now();
    if (this.probing) {
      this.probing = false;
      clearTimeout(this.doubtTimer);
      this.beat(this.options.heartbeat);
    }
    this.hush(false);
    if (this.behind > 0 && this.inboxSize > INBOX_CHARACTERS) {
      // The next connection goes on from what is applied.
      this.drop(new ServerSignalError('behind',
        `${this.behind} frames came faster than they could be applied`));
      return;
    }
    this.inbox.push({ data, at: this.heard });
    this.inboxSize += costOf(data);
    this.plan();
  }

  /* How many frames wait to be applied. */
  get behind() { return this.inbox.length - this.taken; }

  plan() {
    if (this.slice)
      return;
    const slice = {};
    this.slice = slice;
    soon(() => {
      if (this.slice !== slice)
        return;
      this.slice = null;
      this.flush(SLICE_MS);
    });
  }

  /* Applies what has come, for so many milliseconds at most, and tells of it. A page that does not
   * get through it for long may be late with anything. */
  flush(ms) {
    if (this.applying)
      return;
    const began = Date.now();
    const until = began + ms;
    this.applying = true;
    try {
      while (this.behind > 0) {
        const { data } = this.inbox[this.taken];
        this.taken++;
        this.inboxSize -= costOf(data);
        this.message(data);
        if (Date.now() >= until)
          break;
      }
    } catch (error) {
      if (!(error instanceof Missing))
        throw error;
      this.taken--;
      this.inboxSize += costOf(this.inbox[this.taken].data);
      this.bring(error.part);
    } finally {
      this.applying = false;
    }
    if (this.behind === 0) {
      this.inbox = [];
      this.taken = 0;
    } else {
      this.plan();
    }
    const late = this.behind > 0 ? Date.now() - this.inbox[this.taken].at : 0;
    this.lag(late > LAG_MS);
    this.announceAll();
    const now = Date.now();
    this.busy = Math.max(this.busy - 4 * Math.max(began - this.rested, 0), 0) + now - began;
    this.rested = now;
    if (late > SLOW_MS || this.busy > BUSY_MS)
      this.slow(late);
  }

  /* The server is asked for less. */
  slow(late) {
    if (this.pace)
      this.pace.slow(late);
    else if (parts.pace)
      (this.pace = parts.pace(this)).slow(late);
    else
      load('pace').catch(() => {}); // it will be late again
  }

  askInterval() {
    if (this.protocol === PROTOCOL)
      this.send({ interval: this.interval });
  }

  /* Nothing is applied until a file is here. */
  bring(part) {
    const slice = {};
    this.slice = slice;
    const anew = !absent.has(part); // a whole document can do without
    const brought = error => {
      if (this.slice !== slice)
        return;
      this.slice = null;
      if (error && !anew)
        this.drop(error);
      else
        this.plan();
    };
    load(part).then(() => brought(), brought);
  }

  announceAll() {
    const { news } = this;
    this.news = new Set();
    news.forEach(replica => replica.announce());
    this.announce();
    this.calls?.tell();
  }

  lag(lagging) {
    if (lagging === this.lagging)
      return;
    this.lagging = lagging;
    this.told = false;
    this.doubt();
  }

  /* All that was current may not be, or is again. */
  doubt() {
    for (const replica of this.replicas.values()) {
      replica.changed = replica.changed || !(replica.doubted || replica.disowned);
      this.news.add(replica);
    }
  }

  /* The server broke the protocol. */
  malformed(what, code = 'protocol') {
    this.fault(new ServerSignalError(code, `The server sent ${what}`));
  }

  message(text) {
    if (typeof text !== 'string') {
      this.malformed('a binary frame');
      return;
    }
    if (text.length > this.options.max) {
      this.malformed(`a frame of ${text.length} characters; ${this.options.max} were allowed`,
        'limit');
      return;
    }
    let frame;
    try {
      frame = JSON.parse(text);
    } catch (error) {
      // It is none.
    }
    if (!isObject(frame)) {
      this.malformed('a frame that is not a JSON object');
      return;
    }

    const v1 = this.protocol === PROTOCOL;
    if (hasOwn(frame, 'patch')) {
      const replica = this.replicas.get(frame.name);
      if (typeof frame.name !== 'string' || !Array.isArray(frame.patch))
        this.malformed('an update of a wrong form');
      else if (!v1)
        need('plain').take(this, frame.name, frame.patch, text.length);
      else if (replica && hasOwn(frame, 'base'))
        this.takeUpdate(replica, frame, text.length);
      else if (replica)
        this.takeSnapshot(replica, frame);
    } else if ((v1 || this.offered) && isObject(frame.hello)) {
      this.takeHello(frame.hello);
    } else if (v1 && typeof frame.signal === 'string' && typeof frame.name === 'string') {
      if (frame.signal === 'stale' || frame.signal === 'fresh')
        need('trouble').takeStanding(this, frame);
      else
        this.takeSignal(frame.signal, frame.name);
    } else if (v1 && hasOwn(frame, 'via')) {
      need('trouble').takeVia(this, frame.via);
    } else if (v1 && (hasOwn(frame, 'reply') || hasOwn(frame, 'progress'))) {
      this.calls?.answer(frame);
    } else if (v1 && isObject(frame.error) &&
        (typeof frame.error.name !== 'string' || this.replicas.has(frame.error.name))) {
      need('trouble').takeError(this, frame.error);
    }
    // A greeting comes at once however slow the link is, so that not any frame will do.
    if (this.silences > 0 && ![...this.replicas.values()].some(({ due }) => due))
      this.silences = 0;
  }

  takeHello({ protocol, signals, via }) {
    if (protocol !== PROTOCOL || !areStrings(signals) || (via !== undefined && !areStrings(via))) {
      this.malformed('a greeting of a wrong form');
      return;
    }
    if (this.protocol !== PROTOCOL)
      this.discover();
    this.learn(new Set(signals.slice(0, NAMES)), { via: Object.freeze([...(via || [])]) });
    this.ready();
  }

  /* The greeting tells that the server has taken our offer. Its answer to that was lost on the way:
   * proxies let only those headers pass that they know. */
  discover() {
    this.kept = null;
    const plain = [...this.replicas.values()].filter(({ plainData }) => plainData);
    for (const replica of plain)
      replica.plainData = false;
    this.speak();
    for (const replica of plain)
      replica.set({ doubted: true });
  }

  get names() { return this.list ??= Object.freeze([...this.known]); }

  /* The names, and whatever else, are others now. There may be very many, which come one by one. */
  learn(known, changes = {}) {
    Object.assign(this, changes, { known, list: null });
    this.tell();
  }

  takeSignal(event, name) {
    const replica = this.replicas.get(name);
    this.known.delete(name);
    if (event === 'added') {
      // Where a question is under way its answer comes behind this.
      if (replica && !replica.due && !replica.idle) {
        // Another signal may stand behind the name now. Updates do not tell of which life they are:
        // where two lives were held on this connection, an answer that is still on its way may
        // follow on the other, and only a snapshot helps.
        replica.trusted = replica.trusted && !replica.switched;
        Object.assign(replica, { live: false, probe: null });
        this.follow(replica);
        replica.set({ doubted: true, error: null });
      }
      if (this.known.size < NAMES)
        this.known.add(name);
      this.learn(this.known);
    } else if (event === 'removed') {
      if (replica) {
        clearTimeout(replica.timer);
        Object.assign(replica, { due: false, live: false });
        const error = new ServerSignalError('unknown-signal',
          `The server has removed the signal “${name}”`);
        replica.set({ doubted: true, disowned: false, error });
        replica.refuse(error);
      }
      this.learn(this.known);
    }
  }

  takeUpdate(replica, { patch, base, rev }, size) {
    const { probe, revision } = replica;
    if (replica.asked || replica.idle)
      return;
    replica.due = false;
    if (base === probe && rev === revision) {
      // The answer to a probe: the confirmation, or overtaken by what had been on its way.
      replica.probe = null;
      if (base !== revision)
        return;
    }
    if (!replica.trusted || !isRevision(base) || base !== revision ||
        !isRevision(rev) || rev < base || (rev === base && patch.length > 0)) {
      need('trouble').gap(this, replica, new ServerSignalError('not-current',
        `“${replica.name}”: an update from ${base} to ${rev} does not follow on ${revision}`));
      return;
    }
    try {
      replica.apply(patch, { revision: rev, doubted: false, error: null }, size);
    } catch (error) {
      if (error instanceof Missing)
        throw error;
      error.message = `“${replica.name}”, revision ${rev}: ${error.message}`;
      need('trouble').gap(this, replica, error);
      return;
    }
    replica.live = true;
    replica.tries = 0;
  }

  takeSnapshot(replica, { patch, epoch, rev }) {
    if (replica.idle)
      return;
    replica.due = false;
    const whole = wholeValue(patch);
    if (!whole || typeof epoch !== 'string' || !isRevision(rev)) {
      need('trouble').gap(this, replica, new ServerSignalError('protocol',
        `“${replica.name}”: a snapshot of a wrong form`));
      return;
    }
    replica.live = true;
    if (epoch === replica.epoch && rev < replica.revision) {
      need('trouble').defer(this, replica, new ServerSignalError('behind',
        `“${replica.name}”: the server is at revision ${rev}, behind ${replica.revision}`));
      return;
    }
    let root;
    try {
      root = replica.adopt(whole[0]);
    } catch (error) {
      if (error instanceof Missing)
        throw error;
      this.fault(error);
      return;
    }
    const other = replica.epoch !== null && replica.epoch !== epoch;
    const switched = replica.switched || other;
    // A probe of the life before may be answered yet: again only a snapshot helps.
    const doubted = other && replica.probe !== null;
    Object.assign(replica, { data: true, trusted: !doubted, asked: false, switched, tries: 0 });
    clearTimeout(replica.timer);
    if (doubted) {
      replica.probe = null;
      this.follow(replica);
    }
    replica.set({ root, epoch, revision: rev, doubted, error: null });
  }

  /* Requests of the application. */

  want(name, initial) {
    let replica = this.replicas.get(name);
    const fresh = !replica;
    if (fresh && !isName(name))
      throw new TypeError(`A signal’s name is a string of at most ${NAME_BYTES} bytes of UTF-8`);
    const given = initial === undefined ? undefined : copyFrozen(initial);
    if (fresh) {
      replica = new Replica(name, this);
      this.replicas.set(name, replica);
    }
    replica.users++;
    if (given !== undefined && replica.initial === undefined)
      replica.setInitial(given);
    if (fresh)
      this.recall(replica);
    if (fresh && this.protocol) {
      if (this.protocol === PROTOCOL)
        this.follow(replica);
      else if (this.kept)
        parts.plain.unkeep(this, replica);
    }
    return replica.signal;
  }

  /* A new replica begins with what the page was served with, or what was kept of an earlier visit. */
  recall(replica) {
    const { name } = replica;
    const seed = this.seeds.get(name);
    this.seeds.delete(name);
    if (seed)
      this.seed(replica, seed);
    else
      this.options.cache?.load(name).then(kept => kept && this.seed(replica, kept)).catch(() => {});
  }

  seed(replica, { patch, epoch, rev, at = performance.timeOrigin }) {
    const whole = Array.isArray(patch) && wholeValue(patch);
    if (replica.data || replica.gone || !whole || typeof epoch !== 'string' || !isRevision(rev))
      return;
    const root = replica.adopt(whole[0]);
    Object.assign(replica, { data: true, trusted: true, since: at });
    replica.set({ root, epoch, revision: rev });
  }

  /* Nobody listens any more. Somebody may again, as when one part of a page takes another's place. */
  linger(replica) {
    if (this.replicas.get(replica.name) !== replica || !(this.options.linger < Infinity))
      return;
    if (this.state === 'idle' || this.state === 'closed') {
      replica.idle = true;
      return;
    }
    clearTimeout(replica.idleTimer);
    replica.idleTimer = later(() => {
      // A plain server sends everything to everybody.
      if (replica.ready || (this.protocol !== PROTOCOL && this.protocol !== null))
        return;
      replica.idle = true;
      clearTimeout(replica.timer);
      replica.due = false;
      this.send({ unsubscribe: replica.name });
      replica.set({ doubted: true });
    }, this.options.linger);
  }

  /* The first one has to wait for the file, and so do those that come meanwhile. */
  call(method, args, options) {
    return new Promise((resolve, reject) => {
      const given = args === undefined ? undefined : copyFrozen(args); // as it is now
      if (!this.calls && parts.calls)
        this.calls = parts.calls(this);
      const make = error => (error ? reject(error) : resolve(this.calls.make(method, given, options)));
      if (this.calls)
        make();
      else if (this.early.push(make) === 1)
        load('calls').then(() => this.makeEarly(), error => this.makeEarly(error));
    });
  }

  makeEarly(error) {
    this.calls ??= parts.calls?.(this);
    this.early.splice(0).forEach(make => make(error));
  }

  rejoin(replica) {
    if (!replica.idle)
      return;
    replica.idle = false;
    if (this.protocol === PROTOCOL)
      this.follow(replica);
  }

  release(name) {
    const replica = this.replicas.get(name);
    if (!replica)
      return;
    replica.users--;
    if (replica.users > 0)
      return;
    this.replicas.delete(name);
    clearTimeout(replica.idleTimer);
    replica.end(null);
    replica.gone = new ServerSignalError('closed', `“${name}” was released`);
    if (this.protocol === PROTOCOL) {
      if (!replica.idle)
        this.send({ unsubscribe: name });
    } else if (replica.plainData) {
      parts.plain.release(this, replica);
    }
    replica.lost();
  }
}

/** One connection to a hub, made anew whenever it is lost. `connect()` makes them. */
export class Client {
  /** @hideconstructor */
  constructor(link) {
    Object.defineProperty(this, SELF, { value: link });
  }

  /**
   * The address, as `ws:` or `wss:`. Where a function gives it, that of the last attempt, and empty
   * before the first.
   */
  get url() { return this[SELF].url; }

  /**
   * 'connecting', 'open', 'waiting' (for the next attempt), 'closed' (for good, see `error`) or
   * 'idle' (by `close()`).
   */
  get state() { return this[SELF].state; }

  /**
   * Whether there was a connection, and is none for so long that people should know: longer than the
   * option `lostAfter`, or for good.
   */
  get lost() { return this[SELF].lost; }

  /** Why there is no connection, a ServerSignalError; null while there is one. */
  get error() { return this[SELF].error; }

  /** 'server-signal.v1' or 'plain'; null while there is no connection. */
  get protocol() { return this[SELF].protocol; }

  /** The names that the server offers; on a plain connection those that were seen so far. */
  get names() { return this[SELF].names; }

  /** How many frames were received and are not applied yet. */
  get behind() { return this[SELF].behind; }

  /**
   * The least time between two updates that the server is asked for, in milliseconds: that of the
   * option, or more while the page does not keep up.
   */
  get interval() { return this[SELF].interval; }

  /** 'websocket', 'events' (server-sent events by HTTP), or null while there is no connection. */
  get transport() { return this[SELF].transport; }

  /** The ids of the hubs that the data came through; listeners are told when they change. */
  get via() { return this[SELF].via; }

  /**
   * The replica of a signal, always the same object until it is released. It follows the server
   * from now on; when it had listeners, and has none for `linger` milliseconds, it rests until it has
   * one.
   *
   * @param {string} name
   * @param {*} [initial] what it shows until data comes. Servers of the plain protocol may send
   *   changes of their own default only; then it has to be the same. The first one given counts.
   * @returns {Signal}
   */
  signal(name, initial) { return this[SELF].want(name, initial); }

  /**
   * The replica of a signal as soon as it is current: `(await client.fetch('counter')).value` is one
   * value of the server. Starts the client where that has not begun or has ended. It is rejected, and
   * the call taken back, when the server does not send the signal, the connection ends for good, the
   * signal is released, or `signal`, an AbortSignal, aborts.
   *
   * @param {string} name
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Signal>} counts as a call of `signal()`
   */
  async fetch(name, { signal } = {}) {
    const { [SELF]: replica } = this.signal(name);
    try {
      return await (parts.waiting ?? await load('waiting')).fetch(this[SELF], replica, signal);
    } catch (error) {
      this.release(name);
      throw error;
    }
  }

  /**
   * Takes back one call of `signal()`. With the last one the signal is not followed any more; its replica
   * keeps its value and is stale for ever.
   */
  release(name) { this[SELF].release(name); }

  /**
   * Asks the server for something, and gives a promise of its answer, which is frozen like a signal's
   * value. The commits that the server made before it are in the signals then, and their listeners were
   * told.
   *
   * While there is no connection the call waits for one. It is made once at most: when the connection
   * goes before the answer comes it fails with the code 'closed', and may have been done or not; with
   * `idempotent` it is made again instead, with a key by which the hub does it once and gives the first
   * answer for as long as it remembers.
   *
   * @param {string} method
   * @param {*} [args]
   * @param {{ signal?: AbortSignal, onprogress?: function(*): void, idempotent?: boolean }} [options]
   *   `signal` cancels it: the wait ends at once, and the server is told
   * @returns {Promise<*>}
   */
  call(method, args, options) { return this[SELF].call(method, args, options); }

  /**
   * Calls `listener(state, client)` at once and whenever the state, `lost`, the error or the names
   * changed.
   *
   * @param {function(string, Client): void} listener
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {function(): void} ends it
   */
  subscribe(listener, options) {
    const [entry, stop] = listen(this[SELF].listeners, listener, options);
    if (entry)
      call(entry, this[SELF].state, this);
    return stop;
  }

  /** Tries at once instead of waiting, or starts again after `close()` or an end. */
  open() { this[SELF].start(); }

  /** Ends the connection and makes no other. */
  close() {
    if (this[SELF].state !== 'idle')
      this[SELF].end('idle', null);
  }
}

/**
 * Connects to a hub, and again whenever the connection is lost, until `close()`. A server that ends
 * the connection with 1008 or a code from 4000 on is not tried again, unless it says with 1008 that
 * the page was too slow.
 *
 * @param {string | URL | function} url `ws:`, `wss:`, `http:` or `https:`, or relative to the page;
 *   or a function that gives such an address, or a promise of one, and is asked at every attempt
 * @param {import('./server-signal.d.ts').Options} [options]
 * @returns {Client}
 */
export function connect(url, {
  protocols = [],
  plain = false,
  max = FRAME_BYTES,
  retryMin = 500,
  retryMax = 30000,
  retryLimit = Infinity,
  openTimeout = 20000,
  heartbeat = 5000,
  lostAfter = 3000,
  linger = 10000,
  interval = 0,
  fallback = true,
  shared = false,
  start = true,
  state = undefined,
  cache = undefined,
  WebSocket = undefined,
} = {}) {
  const link = new Link(url, {
    protocols, plain, max, retryMin, retryMax, retryLimit, openTimeout, heartbeat, lostAfter,
    linger, interval, fallback: fallback && !plain && !WebSocket, shared, start, state, cache,
    WebSocket,
  });
  if (start)
    link.start();
  return link.client;
}

/* No part of the API: for the files that belong to this one. */
export const internals = {
  DOCUMENT_DEPTH, DOCUMENT_TEXT, FRAME_BYTES, MOVED_ELEMENTS, PROBE_NAME, PROTOCOL, SELF, Draft,
  ServerSignalError, areStrings, call, connect, copyValue, find, freeze, hasOwn, isContainer, isName,
  isObject, isPlain, isRevision, isScalar, later, load, parseIndex, parsePointer, parts, plainUrls,
  quote, quoteServer, refuse, scalarText, seal, textMember, tooDeep, wholeValue, withoutQuery,
};
