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

const DOCUMENT_DEPTH = 120; // nesting of a document: [] is 1, a number is 0
const FRAME_BYTES = 64 * 1024 * 1024;
const DOCUMENT_TEXT = FRAME_BYTES; // of a document that is sent in parts, in characters
const SHOWN = 200; // characters of a pointer that stand in a message
const NAME_BYTES = 1024;
const LARGE = 100; // members of a list or an object, which is not frozen beyond that
const SLICE_MS = 8; // frames are applied for so long at a time, then the page gets its turn
const WAITING_CHARACTERS = 128; // that a frame takes which waits to be applied, beside its own
const NAMES = 65536; // of signals that the server has; the others are not remembered
const WORDS = ['signal', 'error', 'reply', 'progress', 'via']; // frames that are not about a document
const FILES_MS = 5000; // until files that an open connection should have are asked for again
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

/* Files for things that not every page needs, or only behind the first data. They are given the parts of
 * this one that they use, so that they belong to it whatever address it came from. */
const files = {
  calls: () => import('./calls.js'),
  events: () => import('./events.js'),
  pace: () => import('./pace.js'),
  plain: () => import('./plain.js'),
  shared: () => import('./shared.js'),
  trees: () => import('./trees.js'),
  trouble: () => import('./trouble.js'),
  updates: () => import('./updates.js'),
  upkeep: () => import('./upkeep.js'),
  waiting: () => import('./waiting.js'),
};
const loading = {};
const absent = new Set(); // those that were not there
const parts = {};

/* A browser may remember what it did not get from an address. Bundlers need not look at the other, which
 * cannot be made where this file has an address that nothing is relative to. */
const again = async other =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ new URL(other, import.meta.url));

function load(name) {
  if (!loading[name]) {
    const file = absent.has(name) ? again(`${name}.js?${Date.now()}`) : files[name]();
    loading[name] = file.then(({ default: make }) => make(internals), cause => {
      delete loading[name];
      absent.add(name);
      throw new ServerSignalError('not-connected', `Cannot load ${name}.js`, { cause });
    });
    // Those who wait for it go on before anybody who finds it here.
    loading[name].then(part => {
      parts[name] = part;
      absent.delete(name);
    }, () => {});
  }
  return loading[name];
}

/* Uses what a file gives, at once if it is here. */
function using(name, use, failed = () => {}) {
  if (parts[name])
    use(parts[name]);
  else
    load(name).then(use, failed);
}

/* Where a file is missing, this throws an error that has its name as `part`; who applies frames comes back
 * when it is there. */
function need(name) {
  if (!parts[name])
    throw Object.assign(new Error(`${name}.js`), { part: name });
  return parts[name];
}

/* Trees. */

const { hasOwnProperty, propertyIsEnumerable, toString } = Object.prototype;

const isContainer = value => typeof value === 'object' && value !== null;
const isObject = value => isContainer(value) && !Array.isArray(value);
const isRevision = value => Number.isSafeInteger(value) && value >= 0;

// Members may have any name, "__proto__" and "constructor" included: only own properties count, and
// new ones are defined, never assigned.
const hasOwn = (object, key) => hasOwnProperty.call(object, key);

/* Gives an object a member of whatever name. */
function put(object, key, value) {
  if (key in object && !hasOwn(object, key))
    Object.defineProperty(object, key, {
      value, writable: true, enumerable: true, configurable: true,
    });
  else
    object[key] = value;
}

/* A pointer as it stands in a message. It may be as long as a frame. */
const quote = pointer =>
  `“${pointer.length > SHOWN ? `${pointer.slice(0, SHOWN)}…` : pointer}”`;

const tooDeep = pointer => new ServerSignalError('limit',
  `A document may nest ${DOCUMENT_DEPTH} deep at most`, { pointer });

/* Freezes one container of ours, unless it is large: engines copy and freeze those slowly. */
const seal = value =>
  ((Array.isArray(value) ? value : Object.keys(value)).length > LARGE ? value : Object.freeze(value));

/* Seals a tree that is ours, in place. */
function freeze(value, room) {
  if (!isContainer(value) || Object.isFrozen(value))
    return value;
  if (room <= 0)
    throw tooDeep();
  const parts = Array.isArray(value) ? value : Object.values(value);
  for (let i = 0; i < parts.length; i++)
    freeze(parts[i], room - 1);
  return seal(value);
}

/* The values of an application. */

const kindOf = value => toString.call(value).slice(8, -1);

/* A container that JSON has as well, of whatever realm, behind a proxy or not. */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value))
    return Array.isArray(prototype);
  return (prototype === null ||
    (Object.getPrototypeOf(prototype) === null && hasOwn(prototype, 'isPrototypeOf'))) &&
    kindOf(value) === 'Object';
}

/* Half of a surrogate pair, which UTF-8 cannot carry. */
const HALF = /\p{Surrogate}/u;

const isScalar = value => (typeof value === 'string' ? !HALF.test(value)
  : value === null || typeof value === 'boolean' || Number.isFinite(value));

function describe(value) {
  if (isContainer(value)) {
    const name = value.constructor?.name;
    return `an instance of ${!name || name === 'Object' ? kindOf(value) : name}`;
  }
  const type = typeof value;
  if (type === 'string')
    return 'a string with half of a surrogate pair';
  return type === 'number' || type === 'undefined' ? String(value) : `a ${type}`;
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
 * and whether parts of it stand in several places. A
 * part that JSON cannot say is refused, never dropped or made into something else. Each part is read once, so
 * that it is the same that was looked at; one that stands in several places is copied once.
 */
function copyValue(value, tokens = []) {
  const copies = new Map(); // null while one is made
  let shared = false;
  const take = part => {
    if (isScalar(part))
      return { copy: part, depth: 0, size: 1 };
    const known = copies.get(part);
    if (known === null)
      throw new ValueError(tokens, 'contains itself', { code: 'limit' });
    if (!known && !(isContainer(part) && isPlain(part)))
      throw refuse(tokens, part);
    if (tokens.length + (known?.depth ?? 1) > DOCUMENT_DEPTH)
      throw tooDeep(formatPointer(tokens));
    if (known) {
      shared = true;
      return known;
    }

    copies.set(part, null);
    const list = Array.isArray(part);
    const made = { copy: list ? [] : {}, depth: 1, size: 1 };
    const keys = list ? [...part.keys()] : Object.keys(part);
    for (const key of keys) {
      tokens.push(key);
      const { copy, depth, size } = take(part[key]);
      if (!isScalar(key))
        throw refuse(tokens, key);
      tokens.pop();
      put(made.copy, key, copy);
      made.depth = Math.max(made.depth, depth + 1);
      made.size += size;
    }
    // None of the numbers of a list is missing now; names come behind them. Members that are
    // named by symbols would be lost.
    const [more] = [...Object.keys(part).slice(keys.length),
      ...Object.getOwnPropertySymbols(part).filter(symbol => propertyIsEnumerable.call(part, symbol))];
    if (more !== undefined)
      throw new ValueError(tokens, `has a member ${quote(String(more))}`);
    seal(made.copy);
    copies.set(part, made);
    return made;
  };
  try {
    const { copy, size } = take(value);
    if (size > DOCUMENT_TEXT)
      throw new ServerSignalError('limit', `A value has at most ${DOCUMENT_TEXT} parts`);
    return { copy, shared };
  } catch (error) {
    // A getter or a proxy may throw what it likes.
    throw isOurs(error) ? error : new ValueError(tokens,
      `cannot be read: ${error?.message ?? String(error)}`, { cause: error });
  }
}

/* JSON Pointer, RFC 6901. */

function parsePointer(pointer) {
  if (pointer === '')
    return [];
  if (typeof pointer !== 'string' || pointer[0] !== '/' || /~(?![01])/.test(pointer))
    throw new ServerSignalError('invalid-pointer',
      `A JSON Pointer begins with a slash, and has 0 or 1 behind “~”: ${quote(String(pointer))}`, { pointer });
  const tokens = pointer.slice(1).split('/');
  return pointer.includes('~')
    ? tokens.map(token => token.replace(/~1/g, '/').replace(/~0/g, '~')) : tokens;
}

/* A list's index; -1: not the number of one. */
function parseIndex(token) {
  const index = Number(token);
  return index >= 0 && Number.isSafeInteger(index) && String(index) === token ? index : -1;
}

function has(container, token) {
  if (!isContainer(container))
    return false;
  if (!Array.isArray(container))
    return hasOwn(container, token);
  const index = parseIndex(token);
  return index >= 0 && index < container.length;
}

const partOf = (value, token) => (has(value, token) ? value[token] : undefined);

/**
 * The part of a document that a JSON Pointer names, `undefined` where there is none.
 *
 * @param {*} document
 * @param {string} [pointer]
 */
export function getPointer(document, pointer = '') {
  return parsePointer(pointer).reduce(partOf, document);
}

/* The operation of a snapshot, null where it is none. */
const wholeOf = ({ patch, epoch, rev }) => (Array.isArray(patch) && typeof epoch === 'string' &&
  isRevision(rev) ? wholeIn(patch) : null);

/* The operation of a patch that sets the whole document, otherwise null. */
function wholeIn(patch) {
  const [only] = patch;
  return patch.length === 1 && isObject(only) && (only.op === 'replace' || only.op === 'add') &&
    only.path === '' && hasOwn(only, 'value') ? only : null;
}

/* A listener that throws is reported like any uncaught error and disturbs nobody else. */
function call(listener, ...values) {
  try {
    listener(...values);
  } catch (error) {
    const { reportError = problem => queueMicrotask(() => { throw problem; }) } = globalThis;
    reportError(error);
  }
}

/* Adds a listener, unless `signal`, an AbortSignal, has aborted. `started` is called with it, and `stopped`
 * once. Gives a function that removes it. */
function listen(listeners, listener, { signal } = {}, started, stopped = () => {}) {
  if (typeof listener !== 'function')
    throw new TypeError('A listener is a function');
  const entry = (...values) => listener(...values); // so that one function may listen twice
  const stop = () => {
    if (!entry.alive)
      return;
    entry.alive = false;
    listeners.delete(entry);
    signal?.removeEventListener('abort', stop);
    stopped();
  };
  if (!signal?.aborted) {
    entry.alive = true;
    listeners.add(entry);
    signal?.addEventListener('abort', stop);
    started(entry);
  }
  return stop;
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

  /* Whether the value is another now: then the place is told. */
  look(value, draft, found) {
    if (this.listeners.size > 0 && value !== this.last) {
      this.last = draft.expose(value);
      found.push(this);
    }
  }

  /* The same for this place and those below. */
  changed(value, draft, found) {
    this.look(value, draft, found);
    for (const [token, place] of this.parts)
      place.changed(partOf(value, token), draft, found);
  }

  get empty() { return this.parts.size === 0 && this.listeners.size === 0; }
}

/* A document that came as a whole. That of updates.js takes patches. */
class Document {
  constructor(root) {
    this.root = root;
  }

  settle() { return this.root; }

  expose(part) { return part; }
}

/* The state of a signal at the start of a connection. */
const UNHEARD = {
  due: false, // v1: the server has yet to answer
  asked: false, // v1: a snapshot is on its way, updates are ignored until it is here
  live: false, // v1: the server sends it, on this connection
  switched: false, // v1: `epoch` was another before, on this connection
  probe: null, // v1: the revision that was told the server while it was sending
  plainData: false, // plain: something came on this connection
};

/* The private side of a Signal: the document, and where it stands in the two protocols. */
class Replica {
  constructor(name, link) {
    this.name = name;
    this.link = link;
    this.initial = undefined; // the default that the application gave
    this.draft = new Document(null);
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
    Object.assign(this, UNHEARD);
    this.tries = 0; // of answers "behind" in a row
    this.listeners = new Set();
    this.watchers = new Set();
    this.users = 0; // calls of signal() without one of release()
    this.held = null; // listeners of all kinds; null: there was none yet
    this.idle = false; // nobody listens any more: it is not followed until somebody does
    this.idleTimer = undefined;
    this.since = -Infinity; // when it was known to be current
    this.ready = null; // a promise
    this.waits = new Set(); // called when it is current, or will not be
    this.gone = false; // released
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
    const last = doubted || disowned ? since : link.quiet ? link.heard : link.inbox[0].at;
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
  listen(listeners, listener, options, started, stopped = () => {}) {
    return listen(listeners, listener, options, entry => {
      this.held++;
      clearTimeout(this.idleTimer);
      this.link.rejoin(this);
      started(entry);
    }, () => {
      this.held--;
      stopped();
      if (this.held === 0)
        this.link.upkeep?.linger(this);
    });
  }

  /* A promise that it becomes current. */
  whenReady() {
    if (!this.stale)
      return Promise.resolve(this.signal);
    this.ready ??= new Promise((resolve, reject) => using('waiting', ({ await: wait }) =>
      wait(this, resolve, reject), reject));
    return this.ready;
  }

  /* It is current, or will not be for now; `over`: it is not followed any more. */
  tell(error, over) { this.waits.forEach(wait => wait(error, over)); }

  part(pointer) { return this.draft.expose(getPointer(this.draft.root, pointer)); }

  /* Where something changes, `patch` being what led to it, it is announced with everything else
   * that happens now. Another document comes as `root`. */
  set(changes, patch) {
    if (patch && this.news !== null)
      (this.news ??= []).push(patch);
    if ((changes.doubted || changes.disowned) && !this.doubted && !this.disowned)
      this.since = this.link.heard;
    this.changed = change(this, changes) || this.changed;
    this.link.notify(this);
  }

  /* A whole document that has come, made of the parts of the one before. */
  adopt(root) {
    const alike = isContainer(root) && isContainer(this.root) && this.data && !absent.has('trees');
    return alike ? need('trees').reconcile(this.root, root) : freeze(root, DOCUMENT_DEPTH);
  }

  get root() { return this.draft.root; }

  set root(root) {
    this.draft = new Document(root);
    this.news = null;
  }

  /* Applies a patch and tells of it. When it does not apply, nothing has happened. */
  apply(patch, changes, size) {
    this.set(changes, need('updates').apply(this, patch, size) ? patch : undefined);
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
        parts.updates.touch(places, draft, told);
      if (listeners.size > 0)
        announce(listeners, this.value, news && parts.updates.join(news));
      for (const place of told)
        announce(place.listeners, place.last);
    }
    if (changed || news !== undefined) {
      announce(watchers, this.signal);
      if (cache && this.trusted && !this.doubted)
        call(() => cache.save(this.signal));
    }
    if (!this.stale)
      this.tell();
  }

  /* Listens to one part. */
  listenAt(path, listener, options) {
    let place = this.places;
    for (const token of path) {
      if (!place.parts.has(token))
        place.parts.set(token, new Place());
      place = place.parts.get(token);
    }
    const prune = () => parts.updates?.prune(this.places, path);
    const stop = this.listen(place.listeners, listener, options, entry => {
      if (place.listeners.size === 1)
        place.last = this.part(formatPointer(path));
      call(entry, place.last);
    }, prune);
    prune(); // where there is none
    return stop;
  }

  lost() {
    this.forget();
    this.set({ doubted: true, disowned: false });
  }

  /* Begins a connection: the one before does not count. */
  forget() {
    this.link.cancel(this);
    Object.assign(this, UNHEARD);
    this.set({ disowned: false });
  }
}

/* Gives an object these members, and tells whether one of them was another. */
function change(object, members) {
  let changed = false;
  for (const key in members) { // an object of ours
    if (object[key] !== members[key]) {
      object[key] = members[key];
      changed = true;
    }
  }
  return changed;
}

const SELF = Symbol('self');

/* An object that an application holds has its private side behind a symbol. */
class Handle {
  constructor(self) {
    Object.defineProperty(this, SELF, { value: self });
  }
}

/** A read-only replica of a signal. `client.signal()` makes them. */
export class Signal extends Handle {
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
  at(pointer) { return partAt(this[SELF], pointer); }

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
    return replica.listen(replica.listeners, listener, options,
      entry => call(entry, replica.value, null));
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
    return replica.listen(replica.watchers, listener, options, entry => call(entry, this));
  }
}

const partAt = (replica, pointer) => new Part({ replica, pointer, path: parsePointer(pointer) });

/** One part of a signal, there or not. `signal.at()` makes them. */
export class Part extends Handle {
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
    return partAt(this[SELF].replica, this[SELF].pointer + pointer);
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

/* An absolute address of a WebSocket; relative ones start where those of the page’s links do. */
function resolveAddress(url) {
  const text = typeof url === 'string' ? url : url?.href;
  if (typeof text !== 'string')
    throw new TypeError(`An address is a string or a URL, and not ${String(url)}`);
  const base = globalThis.document?.baseURI || globalThis.location?.href;
  const address = new URL(text, base || undefined);
  address.protocol = address.protocol.replace(/^http/, 'ws');
  address.hash = '';
  return address.href;
}

/* The entries of an application for the list of subprotocols: several, one, or none. */
function listEntries(given) {
  const list = typeof given === 'string' ? [given] : given ?? [];
  const entries = typeof list[Symbol.iterator] === 'function' ? [...list] : null;
  if (!areStrings(entries))
    throw new TypeError(`The protocols are strings, and not ${describe(given)}`);
  return entries;
}

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

const NONE = Object.freeze([]);

/* The state of a link at the start of a connection. */
const unconnected = () => ({
  timers: new Map(), // by what they are for
  turn: null, // of an attempt that waits for the application
  socket: null,
  protocol: null,
  known: new Set(), // names
  list: null, // of them, once somebody has asked for it
  via: NONE,
  spokePlain: false, // the server has shown that it is plain
  kept: null, // plain: what came for names that nobody has asked for
  probing: false, // nothing was heard since the server was asked whether it is there
  quiet: false, // it may not be
  inbox: [], // frames that are not applied yet, with when they came
  received: 0, // characters on this connection
  slice: null, // in which the next are applied
  lagging: false, // they wait for too long
  gaps: 0, // snapshots that had to be repeated
});

/* How often in a row something went wrong. A connection that lasts makes up for it. */
const UNTROUBLED = {
  attempts: 0, // failed
  faults: 0, // a connection broke the protocol
  renewals: 0, // an attempt was made with newer credentials
  wakes: 0, // one was made because of an event
};

/* The private side of a Client: one connection at a time, and the signals that follow it. */
class Link {
  constructor(url, options) {
    Object.assign(this, unconnected(), UNTROUBLED);
    this.options = options;
    this.given = url;
    this.address = null; // or a function that gives one
    this.url = '';
    this.limit = Math.max(options.max, DOCUMENT_TEXT); // of a document’s text
    this.state = 'idle';
    this.error = null;
    this.replicas = new Map();
    this.seeds = readState(options.state);
    this.offered = false; // the connection, or the attempt under way, was offered our protocol
    this.bare = false; // the next attempt does not
    this.opened = false; // some connection was open, so it is known what the server speaks
    this.connected = false; // there was one since `start()`
    this.lost = false; // there is none for so long that people should know
    this.nextAt = 0; // when the next attempt is due, while waiting
    this.heard = 0; // when something came last
    this.interval = options.interval; // between updates that the server is asked for
    this.applying = false;
    this.news = new Set(); // replicas that have something to announce
    this.told = true; // listeners of the client know its state
    this.listeners = new Set();
    // Parts of other files, once they are needed:
    this.upkeep = null;
    this.calls = null;
    this.client = new Client(this);
  }

  /* Calls back, unless the connection goes before, or the same is set anew. */
  after(what, ms, callback) {
    this.cancel(what);
    this.timers.set(what, later(callback, ms));
  }

  cancel(what) { clearTimeout(this.timers.get(what)); }

  set(changes) {
    if (change(this, changes))
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

  /* It was not started, or has ended. */
  get ended() { return this.state === 'idle' || this.state === 'closed'; }

  start() {
    if (this.state === 'waiting') {
      this.attempt();
    } else if (this.ended) {
      // Where nothing is connected, as when a page is rendered on a server, nothing is relative to it.
      this.address = this.given;
      if (typeof this.given !== 'function') {
        this.url = resolveAddress(this.given);
        this.address = this.url;
      }
      Object.assign(this, UNTROUBLED, { connected: false, lost: false });
      this.attempt();
      this.tend();
    }
  }

  /* The files for what comes behind the first data come while the client connects. */
  tend() {
    const again = () => this.protocol && this.after('files', FILES_MS, () => this.tend());
    using('updates', () => {}, again);
    using('upkeep', ({ make }) => {
      this.upkeep ??= make(this);
      this.upkeep.begin();
    }, again);
  }

  attempt() {
    const turn = {};
    this.turn = turn;
    this.after('attempt', this.options.openTimeout,
      () => this.lose(`${this.url || 'The server'} did not answer in time`));
    const still = step => given => this.turn === turn && step(given);
    const refused = still(error => using('trouble', still(({ refuse }) => refuse(this, error))));
    const dial = still(given => this.dial(...given));
    try {
      const sharing = this.options.shared && !parts.shared && load('shared').catch(() => {});
      const answers = [ask(this.address), ask(this.options.protocols), sharing];
      if (answers.some(isPromise))
        Promise.all(answers).then(dial).catch(refused);
      else
        dial(answers);
    } catch (error) {
      refused(error);
    }
    // A listener, or a refusal, may have changed it already.
    if (this.turn === turn)
      this.set({ state: 'connecting' });
  }

  dial(url, protocols) {
    const { plain, shared, fallback } = this.options;
    const WebSocket = this.options.WebSocket || globalThis.WebSocket;
    const entries = listEntries(protocols).filter(entry => entry !== PROTOCOL);
    this.url = resolveAddress(url);
    this.offered = !plain && !this.bare && !parts.plain?.isPlain(this.url);
    this.bare = false;
    const other = shared ? parts.shared : fallback && parts.events;
    const socket = (other && other(this, this.url, entries)) ||
      new WebSocket(this.url, this.offered ? [PROTOCOL, ...entries] : entries);
    this.offered ||= socket.virtual;
    this.use(socket);
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

  open() {
    const { url, options: { openTimeout, plain } } = this;
    this.opened ||= !this.socket.virtual;
    if (this.socket.protocol === PROTOCOL) {
      // A server may take any offer, as one does that sends back whatever comes.
      this.after('attempt', openTimeout, () => this.drop(new ServerSignalError('protocol',
        `${url} did not greet in time`), 'protocol'));
      this.speak();
    } else {
      this.protocol = 'plain';
      if (!this.offered && !plain)
        using('plain', ({ count }) => count(url, true));
      this.ready();
    }
  }

  /* The server can be talked to, and has told what there is. */
  ready() {
    const { socket } = this;
    this.cancel('attempt');
    this.connected = true;
    this.set({ state: 'open', error: null, lost: false });
    if (this.socket !== socket)
      return;
    this.tend();
    this.calls?.open();
  }

  /* It is known to be v1. */
  speak() {
    parts.plain?.count(this.url, false);
    this.protocol = PROTOCOL;
    this.heard = Date.now();
    if (this.interval > 0)
      this.send({ interval: this.interval });
    for (const replica of this.replicas.values()) {
      if (!replica.idle)
        this.follow(replica);
    }
  }

  /* There was an error. The close event that belongs to it follows at once in browsers; elsewhere
   * late, or never where there was no connection yet. */
  failed(reason) {
    if (this.protocol)
      this.upkeep?.failed(reason);
    else
      this.closed(1006, reason);
  }

  closed(code, reason) {
    const { socket } = this;
    this.flush(Infinity);
    const still = step => () => this.socket === socket && step();
    const lost = still(() => this.lose(`The connection to ${this.url} was lost (${code})`));
    // Nothing may be shown as current for longer.
    if (this.protocol && !this.upkeep)
      lost();
    else
      using('upkeep', still(() => this.upkeep.closed(code, reason)), lost);
  }

  /* Forgets the connection, without a word to anybody. */
  detach(why) {
    const { socket } = this;
    [...this.timers.values()].forEach(clearTimeout);
    this.calls?.lost();
    Object.assign(this, unconnected());
    if (!socket)
      return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {}; // some throw what nobody listens to
    if (socket.readyState < 2) {
      try {
        socket.close(why ? 4400 : 1000, why);
      } catch (error) {
        // Some implementations throw while they are connecting; then there is nothing to close.
      }
    }
  }

  /* The state is announced last, when everything else is as it should be; a listener may undo it
   * all. */
  settle(state, error) {
    if (!this.upkeep?.waits(state))
      this.lost = state !== 'idle' && this.connected;
    Object.assign(this, { bare: false, state, error });
    for (const replica of [...this.replicas.values()])
      replica.lost();
    if (this.state === state && this.error === error)
      this.tell();
  }

  lose(message, why) { this.drop(new ServerSignalError('connection-lost', message), why); }

  /* The connection is gone, or has to go: another attempt follows. */
  drop(error, why) {
    const { retryLimit, fallback } = this.options;
    this.detach(why);
    this.attempts++;
    // Where a WebSocket has been had, its server is away most likely, with the file.
    if (fallback && (!this.opened || this.attempts > 3))
      using('events', () => {});
    if (this.attempts > retryLimit)
      this.end('closed', error);
    else
      this.wait(this.backOff(this.attempts - 1), error);
  }

  backOff(times) {
    const { retryMin, retryMax } = this.options;
    return Math.random() * Math.min(retryMax, retryMin * 2 ** times);
  }

  wait(ms, error) {
    this.nextAt = Date.now() + ms;
    this.after('attempt', ms, () => this.attempt());
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
    this.upkeep?.end();
    this.detach(why);
    for (const replica of this.replicas.values()) {
      clearTimeout(replica.idleTimer);
      replica.tell(error, true);
    }
    this.calls?.stop();
    this.settle(state, error);
  }

  send(frame) { this.transmit(JSON.stringify(frame)); }

  transmit(text) {
    if (this.socket?.readyState === 1)
      this.socket.send(text);
  }

  /* Asks for a signal: for what came after the revision that we hold, or for a snapshot. */
  follow(replica) {
    const { name, epoch, revision, trusted, live } = replica;
    this.cancel(replica);
    replica.due = true;
    replica.asked = !trusted;
    if (trusted)
      replica.probe = live ? revision : null;
    this.send({ subscribe: name, ...trusted ? { epoch, rev: revision } : {}, max: this.options.max });
  }

  /* Messages from the server. */

  receive(data) {
    const text = typeof data === 'string' ? data : null; // binary frames are none of ours
    this.heard = Date.now();
    this.inbox.push({ text, at: this.heard, received: this.received });
    this.received += WAITING_CHARACTERS + (text?.length ?? 0);
    this.upkeep?.received();
    if (this.behind > 0 && !this.slice)
      this.plan();
  }

  /* How many frames wait to be applied. */
  get behind() { return this.inbox.length; }

  /* Applies them as soon as `begin` calls back. */
  plan(begin = soon) {
    const slice = {};
    this.slice = slice;
    begin(error => {
      if (this.slice !== slice)
        return;
      this.slice = null;
      if (error)
        this.drop(error);
      else
        this.flush(SLICE_MS);
    });
  }

  /* Applies what has come, for so many milliseconds at most, and tells of it. */
  flush(ms) {
    if (this.applying)
      return;
    const { inbox } = this;
    const began = Date.now();
    let taken = 0;
    this.applying = true;
    try {
      // A frame may end the connection.
      while (taken < inbox.length && this.inbox === inbox) {
        this.message(inbox[taken++].text);
        if (Date.now() >= began + ms)
          break;
      }
    } catch (error) {
      if (!error.part)
        throw error;
      taken--;
      this.bring(error.part);
    } finally {
      this.applying = false;
      inbox.splice(0, taken);
    }
    if (this.behind > 0 && !this.slice)
      this.plan();
    this.upkeep?.applied();
    this.announceAll();
    this.upkeep?.told(began);
  }

  /* Nothing is applied until a file is here. A whole document can do without. */
  bring(part) {
    const again = absent.has(part);
    this.plan(begin => load(part).then(() => begin(), error => begin(again && error)));
  }

  announceAll() {
    const { news } = this;
    this.news = new Set();
    news.forEach(replica => replica.announce());
    this.announce();
    this.calls?.tell();
  }

  /* The server broke the protocol. */
  malformed(what, how = 'of a wrong form', code = 'protocol') {
    this.fault(new ServerSignalError(code, `The server sent ${what} ${how}`));
  }

  message(text) {
    let frame;
    try {
      frame = text.length <= this.options.max && JSON.parse(text);
    } catch (error) {
      // It is none.
    }
    if (!isObject(frame)) {
      need('trouble').unreadable(this, text);
      return;
    }

    const v1 = this.protocol === PROTOCOL;
    if (hasOwn(frame, 'patch')) {
      const replica = this.replicas.get(frame.name);
      if (typeof frame.name !== 'string' || !Array.isArray(frame.patch))
        this.malformed('an update');
      else if (!v1)
        need('plain').take(this, frame.name, frame.patch, text.length);
      else if (replica && hasOwn(frame, 'base'))
        this.takeUpdate(replica, frame, text.length);
      else if (replica)
        this.takeSnapshot(replica, frame);
    } else if ((v1 || this.offered) && isObject(frame.hello)) {
      this.takeHello(frame.hello);
    } else if (v1 && WORDS.some(word => hasOwn(frame, word))) {
      need('updates').takeWord(this, frame);
    }
  }

  takeHello({ protocol, signals, via = [] }) {
    if (protocol !== PROTOCOL || !areStrings(signals) || !areStrings(via)) {
      this.malformed('a greeting');
      return;
    }
    if (this.protocol !== PROTOCOL)
      need('plain').discover(this);
    this.learn(new Set(signals.slice(0, NAMES)), { via: Object.freeze(via) });
    this.ready();
  }

  get names() { return this.list ??= Object.freeze([...this.known]); }

  /* The names, and whatever else, are others now. There may be very many, which come one by one. */
  learn(known, changes = {}) {
    Object.assign(this, changes, { known, list: null });
    this.tell();
  }

  /* Where a file that it takes is not to be had, the document comes instead. */
  takeUpdate(replica, frame, size) {
    if (replica.asked || replica.idle)
      return;
    try {
      need('updates').take(this, replica, frame, size);
    } catch (error) {
      if (!absent.has(error.part))
        throw error;
      replica.trusted = false;
      this.follow(replica);
      replica.set({ doubted: true });
    }
  }

  takeSnapshot(replica, frame) {
    if (replica.idle)
      return;
    replica.due = false;
    const whole = wholeOf(frame);
    const { epoch, rev } = frame;
    replica.live ||= whole !== null;
    if (!whole || (epoch === replica.epoch && rev < replica.revision)) {
      need('trouble').deny(this, replica, whole && rev);
      return;
    }
    let root;
    try {
      root = replica.adopt(whole.value);
    } catch (error) {
      if (!isOurs(error))
        throw error;
      this.fault(error);
      return;
    }
    const other = replica.epoch !== null && replica.epoch !== epoch;
    const switched = replica.switched || other;
    // A probe of the life before may be answered yet: again only a snapshot helps.
    const doubted = other && replica.probe !== null;
    Object.assign(replica, { data: true, trusted: !doubted, asked: false, switched, tries: 0 });
    this.cancel(replica);
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
    const given = initial === undefined ? undefined : copyValue(initial).copy;
    if (fresh) {
      replica = new Replica(name, this);
      this.replicas.set(name, replica);
    }
    replica.users++;
    if (given !== undefined && replica.initial === undefined) {
      replica.initial = given;
      if (!replica.data)
        replica.set({ root: given });
    }
    if (fresh) {
      this.recall(replica);
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

  seed(replica, frame) {
    const { epoch, rev, at = performance.timeOrigin } = frame;
    const whole = wholeOf(frame);
    if (replica.data || replica.gone || !whole)
      return;
    const root = replica.adopt(whole.value);
    Object.assign(replica, { data: true, trusted: true, since: at });
    replica.set({ root, epoch, revision: rev });
  }

  /* The first one has to wait for the file, and so do those that come meanwhile. */
  call(method, args, options) {
    return new Promise((resolve, reject) => {
      const given = args === undefined ? undefined : copyValue(args).copy; // as it is now
      using('calls', make => {
        this.calls ??= make(this);
        resolve(this.calls.make(method, given, options));
      }, reject);
    });
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
    replica.gone = true;
    replica.tell(null, true);
    const { plainData } = replica;
    replica.lost();
    using('upkeep', ({ release }) => release(this, replica, plainData));
  }
}

/** One connection to a hub, made anew whenever it is lost. `connect()` makes them. */
export class Client extends Handle {
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
    const { listeners, state } = this[SELF];
    return listen(listeners, listener, options, entry => call(entry, state, this));
  }

  /** Tries at once instead of waiting, or starts again after `close()` or an end. */
  open() { this[SELF].start(); }

  /** Ends the connection and makes no other. */
  close() {
    if (this[SELF].state !== 'idle')
      this[SELF].end('idle', null);
  }
}

/* The options of connect(). */
const DEFAULTS = {
  protocols: [],
  plain: false,
  max: FRAME_BYTES,
  retryMin: 500,
  retryMax: 30000,
  retryLimit: Infinity,
  openTimeout: 20000,
  heartbeat: 5000,
  lostAfter: 3000,
  linger: 10000,
  interval: 0,
  fallback: true,
  shared: false,
  start: true,
  state: undefined,
  cache: undefined,
  WebSocket: undefined,
};

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
export function connect(url, given = {}) {
  const options = { ...DEFAULTS };
  for (const name in given) {
    if (given[name] !== undefined)
      options[name] = given[name];
  }
  options.fallback &&= !options.plain && !options.WebSocket;
  const link = new Link(url, options);
  if (options.start)
    link.start();
  return link.client;
}

/* No part of the API: for the files that belong to this one. */
export const internals = {
  DOCUMENT_DEPTH, DOCUMENT_TEXT, FRAME_BYTES, LARGE, NAMES, PROTOCOL, SELF, UNTROUBLED, ServerSignalError,
  areStrings, call, connect, copyValue, freeze, has, hasOwn, isContainer, isName, isObject, isOurs, isPlain,
  isPromise, isRevision, isScalar, later, load, need, parseIndex, parsePointer, parts, put, quote, refuse,
  seal, tooDeep, wholeIn,
};
