// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

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
const INBOX_CHARACTERS = FRAME_BYTES; // of frames that wait to be applied, …
const WAITING_CHARACTERS = 128; // … for each of which there are so many more
const NAMES = 65536; // of signals that the server has; the others are not remembered
const WORDS = 256; // characters of the server's that stand in an error
// Plain: what is kept for names that nobody has asked for yet.
const KEPT_CHARACTERS = 8 * 1024 * 1024;
const KEPT_NAMES = 4096;
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
const CALL_BYTES = 128 * 1024; // of a call: a hub takes no more
const CALLS = 1024; // that may wait, for a connection or their answers
const CALL_HELLO_MS = 5000; // how long a call waits on a plain connection, for it may yet greet
const GAP_LIMIT = 20; // snapshots that a connection may have to repeat before it counts as broken

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

/* Trees. */

const isContainer = value => typeof value === 'object' && value !== null;
const isObject = value => isContainer(value) && !Array.isArray(value);
const isRevision = value => Number.isSafeInteger(value) && value >= 0;

// Members may have any name, "__proto__" and "constructor" included: only own properties count, and
// new ones are defined, never assigned.
const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

function define(object, key, value) {
  Object.defineProperty(object, key, {
    value, writable: true, enumerable: true, configurable: true,
  });
}

/* Gives an object a member of whatever name. */
function put(object, key, value) {
  if (key in object && !hasOwn(object, key))
    define(object, key, value);
  else
    object[key] = value;
}

const EMPTY = {};

/* Copies as three dots do, faster where there are many members. */
function copyLarge(object, keys) {
  const copy = {};
  for (const key of keys) {
    if (key in EMPTY)
      define(copy, key, object[key]);
    else
      copy[key] = object[key];
  }
  return copy;
}

/* A pointer as it stands in a message. It may be as long as a frame. */
const quote = pointer =>
  `“${pointer.length > SHOWN ? `${pointer.slice(0, SHOWN)}…` : pointer}”`;

function tooDeep(pointer) {
  const where = pointer === undefined ? {} : { pointer };
  return new ServerSignalError('limit',
    `A document may nest ${DOCUMENT_DEPTH} deep at most`, where);
}

function tooLong(limit) {
  return new ServerSignalError('limit',
    `Parts that stand in several places make more than ${limit} characters of text`);
}

function tooLarge(limit) {
  return new ServerSignalError('limit', `The document would have more than ${limit} characters`);
}

/* Control characters, line ends, and marks that turn the direction of text. */
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/* The words of a server may be shown to people. */
const quoteServer = text => text.slice(0, WORDS).replace(UNFIT, ' ');

function tooMuchWork(pointer) {
  return new ServerSignalError('limit',
    `A patch moves more than ${MOVED_ELEMENTS} elements of lists along`, { pointer });
}

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

/*
 * Copying shares: from then on a part of a document may stand in several places, and a patch of a
 * few copies, each of all that was there before, makes a document that nobody could write down.
 * Nothing here may walk such a document place by place. Code that looks at a whole one remembers
 * the parts that it has seen, and the text that a document with copies would have is limited.
 */

/* The length of a scalar's text. */
const scalarText = value =>
  (typeof value === 'string' ? value.length + 2 : String(value).length);

/*
 * How long the text of a value is, in characters and without spaces, and how deep it nests; escapes
 * do not count. The parts in `seen` have been measured before, those in `owned` may change, and are
 * measured anew.
 */
function measure(value, seen = new Map(), owned = undefined, room = DOCUMENT_DEPTH) {
  if (!isContainer(value))
    return { text: scalarText(value), depth: 0 };
  const known = seen.get(value);
  if (known)
    return known;
  if (room <= 0)
    throw tooDeep();
  let text = 2;
  let depth = 0;
  const take = part => {
    if (isContainer(part)) {
      const measured = measure(part, seen, owned, room - 1);
      text += measured.text;
      depth = Math.max(depth, measured.depth);
    } else {
      text += scalarText(part);
    }
  };
  if (Array.isArray(value)) {
    text += Math.max(value.length - 1, 0);
    for (let i = 0; i < value.length; i++)
      take(value[i]);
  } else {
    const keys = Object.keys(value);
    text += Math.max(keys.length - 1, 0);
    for (const key of keys) {
      text += key.length + 3;
      take(value[key]);
    }
  }
  const measured = { text, depth: depth + 1 };
  if (!owned?.has(value))
    seen.set(value, measured);
  return measured;
}

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
 * Makes a frozen copy of an application's value. A part that JSON cannot say is refused, never
 * dropped or made into something else. Each part is read once, so that it is the same that was
 * looked at; one that stands in several places is copied once.
 */
class Copier {
  constructor(tokens) {
    this.tokens = tokens; // where in the document
    this.copies = new Map(); // null while one is made
    this.seen = undefined; // those of them that were measured
    this.shared = false;
  }

  copy(value) {
    const { length } = this.tokens;
    try {
      return this.take(value);
    } catch (error) {
      // A getter or a proxy may throw what it likes.
      throw isOurs(error) ? error : new ValueError(this.tokens,
        `cannot be read: ${error?.message ?? String(error)}`, { cause: error });
    } finally {
      this.tokens.length = length;
    }
  }

  measure(copy) {
    this.seen ??= new Map();
    return measure(copy, this.seen);
  }

  take(value) {
    if (isScalar(value))
      return value;
    if (!isContainer(value))
      throw refuse(this.tokens, value);
    const known = this.copies.get(value);
    if (known === null)
      throw new ValueError(this.tokens, 'contains itself', { code: 'limit' });
    if (this.tokens.length + (known ? this.measure(known).depth : 1) > DOCUMENT_DEPTH)
      throw tooDeep(formatPointer(this.tokens));
    if (known) {
      this.shared = true;
      return known;
    }
    if (!isPlain(value))
      throw refuse(this.tokens, value);

    this.copies.set(value, null);
    const copy = Array.isArray(value) ? this.takeList(value) : this.takeObject(value);
    seal(copy);
    this.copies.set(value, copy);
    return copy;
  }

  takePart(value, key) {
    this.tokens.push(key);
    const part = this.take(value[key]);
    this.tokens.pop();
    return part;
  }

  takeList(value) {
    const copy = [];
    const { length } = value;
    for (let i = 0; i < length; i++)
      copy.push(this.takePart(value, i));
    // None of the numbers is missing now, and names come behind them.
    const names = Object.keys(value);
    if (names.length > length)
      throw new ValueError(this.tokens, `is an array with a member ${quote(names[length])}`);
    this.checkSymbols(value);
    return copy;
  }

  takeObject(value) {
    const copy = {};
    for (const key of Object.keys(value)) {
      const part = this.takePart(value, key);
      if (HALF.test(key))
        throw new ValueError([...this.tokens, key], 'is named with half of a surrogate pair');
      put(copy, key, part);
    }
    this.checkSymbols(value);
    return copy;
  }

  /* Members that are named by symbols would be lost. */
  checkSymbols(value) {
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      if (Object.prototype.propertyIsEnumerable.call(value, symbol))
        throw new ValueError(this.tokens, `has a member named by ${String(symbol)}`);
    }
  }
}

/* A frozen copy of a value that is an application's, and stands by itself. */
function copyFrozen(value) {
  const copier = new Copier([]);
  const copy = copier.copy(value);
  if (copier.shared && copier.measure(copy).text > DOCUMENT_TEXT)
    throw tooLong(DOCUMENT_TEXT);
  return copy;
}

/*
 * Whether two values are the same JSON. Pairs of parts that were found equal count as one part from
 * then on, which `same` remembers: each is looked at once in however many places it stands.
 */
function equal(a, b, same = new Map()) {
  if (a === b)
    return true;
  if (!isContainer(a) || !isContainer(b))
    return false;
  const one = representative(a, same);
  const other = representative(b, same);
  if (one === other)
    return true;
  if (Array.isArray(a) !== Array.isArray(b) || !isPlain(a) || !isPlain(b))
    return false;
  if (Array.isArray(a)) {
    if (a.length !== b.length)
      return false;
    for (let i = 0; i < a.length; i++) {
      if (!equal(a[i], b[i], same))
        return false;
    }
  } else {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length ||
        !keys.every(key => hasOwn(b, key) && equal(a[key], b[key], same)))
      return false;
  }
  same.set(one, other); // which are still what they were: parts are smaller than the whole
  return true;
}

/* Which of the parts that are equal stands for them all. The way there gets shorter each time. */
function representative(value, same) {
  let found = value;
  for (;;) {
    const next = same.get(found);
    if (next === undefined)
      return found;
    const further = same.get(next);
    if (further === undefined)
      return next;
    same.set(found, further);
    found = further;
  }
}

/* Whether a value of ours is the same as one that was just read, which shares nothing. */
function alike(old, fresh) {
  if (!isContainer(old) || !isContainer(fresh))
    return old === fresh;
  if (Array.isArray(old) !== Array.isArray(fresh))
    return false;
  if (Array.isArray(fresh))
    return old.length === fresh.length && fresh.every((part, i) => alike(old[i], part));
  const keys = Object.keys(fresh);
  return keys.length === Object.keys(old).length &&
    keys.every(key => hasOwn(old, key) && alike(old[key], fresh[key]));
}

/* By which an element of a list is known again when it stands elsewhere: its `id`, or all of it. */
function identify(element) {
  if (!isContainer(element))
    return undefined; // it has no identity that would have to be kept
  const id = hasOwn(element, 'id') ? element.id : undefined;
  return typeof id === 'string' || typeof id === 'number'
    ? `${typeof id} ${id}` : JSON.stringify(element);
}

/* For each element of `fresh` from `start` to `freshEnd` that one of `old` which it was before, if
 * any: the k-th with the same identity, otherwise what followed on the neighbour before it. */
function pair(old, fresh, start, oldEnd, freshEnd) {
  const places = new Map();
  for (let i = oldEnd - 1; i >= start; i--) {
    const identity = identify(old[i]);
    if (identity !== undefined) {
      const same = places.get(identity);
      if (same)
        same.push(i);
      else
        places.set(identity, [i]);
    }
  }
  const taken = new Set();
  const from = [];
  for (let i = start; i < freshEnd; i++) {
    const place = places.get(identify(fresh[i]))?.pop();
    from.push(place);
    taken.add(place);
  }
  let before = start - 1;
  return from.map(place => {
    if (place === undefined && before + 1 < oldEnd && !taken.has(before + 1)) {
      place = before + 1;
      taken.add(place);
    }
    before = place ?? before;
    return place;
  });
}

/* Gives the value of `fresh`, which was just read and shares nothing, made of the parts of `old`
 * wherever they are equal. The rest is sealed. */
function reconcile(old, fresh, room = DOCUMENT_DEPTH) {
  if (!isContainer(old) || !isContainer(fresh) || Array.isArray(old) !== Array.isArray(fresh))
    return freeze(fresh, room);
  if (room <= 0)
    throw tooDeep();
  let same;
  if (Array.isArray(fresh)) {
    let start = 0;
    let oldEnd = old.length;
    let freshEnd = fresh.length;
    while (start < oldEnd && start < freshEnd && alike(old[start], fresh[start])) {
      fresh[start] = old[start];
      start++;
    }
    while (oldEnd > start && freshEnd > start && alike(old[oldEnd - 1], fresh[freshEnd - 1]))
      fresh[--freshEnd] = old[--oldEnd];
    same = start === oldEnd && start === freshEnd;
    const from = same ? [] : pair(old, fresh, start, oldEnd, freshEnd);
    for (const [i, place] of from.entries())
      fresh[start + i] = reconcile(old[place], fresh[start + i], room - 1);
  } else {
    const keys = Object.keys(fresh);
    same = keys.length === Object.keys(old).length;
    for (const key of keys) {
      const had = hasOwn(old, key);
      fresh[key] = reconcile(had ? old[key] : undefined, fresh[key], room - 1);
      same = same && had && fresh[key] === old[key];
    }
  }
  return same ? old : seal(fresh);
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

function missing(container, token, pointer) {
  if (!isContainer(container))
    return new ServerSignalError('patch-failed',
      `${quote(pointer)} leads into a value that has no parts`, { pointer });
  if (!Array.isArray(container))
    return new ServerSignalError('not-found',
      `There is no member ${quote(token)} at ${quote(pointer)}`, { pointer });
  if (token !== '-' && parseIndex(token) < 0)
    return new ServerSignalError('invalid-pointer',
      `${quote(token)} in ${quote(pointer)} is no index`, { pointer });
  return new ServerSignalError('not-found',
    `Index ${token} at ${quote(pointer)} is past the end of a list of ${container.length}`,
    { pointer });
}

function find(root, path, pointer) {
  let value = root;
  for (const token of path) {
    if (!has(value, token))
      throw missing(value, token, pointer);
    value = value[token];
  }
  return value;
}

const blame = (error, index) =>
  Object.assign(error, { index, message: `Operation ${index}: ${error.message}` });

// How much text a document has at most, for those whose parts were copied.
const texts = new WeakMap();

function textMember(operation, member) {
  const text = hasOwn(operation, member) ? operation[member] : undefined;
  if (typeof text !== 'string')
    throw new ServerSignalError('invalid-patch', `An operation needs “${member}”, a string`);
  return text;
}

/*
 * A document that patches are applied to, one after the other. Containers that it has copied and
 * nobody has seen yet are its own, and edited in place: one copy of a list is enough for a thousand
 * inserts, in however many patches, and a document that is looked at in parts only is not copied.
 */
class Draft {
  constructor(document, limit = DOCUMENT_TEXT, foreign = false) {
    this.root = document;
    this.foreign = foreign; // document and patch are an application's
    this.limit = limit; // of text
    this.owned = new Map(); // each with whether it came from a large one
    this.undo = []; // the changes made by the patch that is applied
    this.fixed = []; // the containers that are to be sealed, after it
    this.trace = null; // the paths that were changed, for who wants them, and whether others moved
    this.edited = false; // by it
    this.seen = undefined; // the containers that were measured
    // How much text there is at most, once something was copied.
    this.text = isContainer(document) ? texts.get(document) : undefined;
    this.copied = 0; // of text
    this.grown = 0; // text that patches have brought since the document was measured
    this.moved = 0; // elements of lists, by it
    this.index = 0; // of the operation …
    this.shareIndex = 0; // … and of the last one that copied
  }

  /* Applies a patch, all of it or nothing. size: the length of its text, where it is a server's. */
  apply(patch, size = 0) {
    if (!Array.isArray(patch))
      throw new ServerSignalError('invalid-patch', 'A JSON Patch is a list of operations');
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
      this.check();
      this.grown = this.checkGrowth(size);
      this.sealFixed();
    } catch (error) {
      while (this.undo.length > 0)
        this.undo.pop()();
      Object.assign(this, { root, text, fixed: [] });
      throw isOurs(error) ? blame(error, this.index) : error;
    }
    this.undo.length = 0;
  }

  sealFixed() {
    if (this.fixed.length > 0)
      this.fixed.splice(0).forEach(seal);
  }

  /* A copy to edit, unless that has been made. One of a list comes with the element that is
   * inserted: engines are much faster with both at once. */
  own(value, path, length, insertion) {
    if (!isContainer(value) || this.owned.has(value))
      return value;
    // A document may be an application's: its copy would be something else.
    if (this.foreign && !isPlain(value))
      throw refuse(path.slice(0, length), value);
    let copy;
    let large = false;
    if (Object.isFrozen(value)) {
      copy = Array.isArray(value) ? [...value] : { ...value }; // slice() would take its time
    } else if (Array.isArray(value)) {
      large = value.length > LARGE;
      copy = insertion?.into(value) ?? value.slice();
    } else {
      const keys = Object.keys(value);
      large = keys.length > LARGE;
      copy = large ? copyLarge(value, keys) : { ...value };
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
    for (const [value, large] of this.owned) {
      if (!large)
        seal(value);
    }
    this.owned.clear();
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

  /* Elements of a list move along. An application's own patch may take its time, a server's not:
   * the frame is refused, and the whole document asked for. */
  shift(count, pointer) {
    this.moved += count;
    if (this.moved > MOVED_ELEMENTS && !this.foreign)
      throw tooMuchWork(pointer);
  }

  replaceRoot(value) {
    this.root = value;
    this.edited = true;
  }

  /* Calls `change` with an editable parent of `path` and the last token. */
  edit(path, pointer, change, insertion) {
    const last = path.length - 1;
    const top = this.own(this.root, path, 0, last === 0 ? insertion : undefined);
    let parent = top;
    for (let i = 0; i < last; i++) {
      if (!has(parent, path[i]))
        throw missing(parent, path[i], pointer);
      const part = parent[path[i]];
      const own = this.own(part, path, i + 1, i + 1 === last ? insertion : undefined);
      if (own !== part)
        parent[path[i]] = own;
      parent = own;
    }
    if (!isContainer(parent))
      throw missing(parent, path[last], pointer);
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
        this.undo.push(() => (before ? put(parent, token, before[0]) : delete parent[token]));
        put(parent, token, value);
        return;
      }
      const index = indexIn(parent);
      if (index < 0 || index > parent.length)
        throw missing(parent, token, pointer);
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
        throw missing(parent, token, pointer);
      const before = parent[token];
      this.undo.push(() => { parent[token] = before; });
      parent[token] = value;
    });
  }

  remove(path, pointer) {
    if (path.length === 0)
      throw new ServerSignalError('patch-failed', 'A whole document cannot be removed',
        { pointer });
    this.edit(path, pointer, (parent, token) => {
      if (!has(parent, token))
        throw missing(parent, token, pointer);
      const before = parent[token];
      if (Array.isArray(parent)) {
        this.shift(parent.length - Number(token), pointer);
        this.undo.push(() => parent.splice(Number(token), 0, before));
        parent.splice(Number(token), 1);
      } else {
        this.undo.push(() => put(parent, token, before));
        delete parent[token];
      }
    });
  }

  measure(value) {
    this.seen ??= new Map();
    return measure(value, this.seen, this.owned);
  }

  /* The value at `from`, to be put at `path`: deeper down it might get too deep. */
  fetch(from, pointer, path) {
    const value = find(this.root, from, pointer);
    if (path.length > from.length && isContainer(value) &&
        path.length + this.measure(value).depth > DOCUMENT_DEPTH)
      throw tooDeep();
    return value;
  }

  /* The value will stand in one place more. */
  share(value) {
    this.text ??= this.measure(this.root).text;
    this.disown(value);
    const { text } = this.measure(value);
    this.copied += text;
    this.text += text;
    this.shareIndex = this.index;
    if (this.copied > this.limit)
      throw tooLong(this.limit);
  }

  /* A value of the patch, for the place `path`. */
  taken(operation, path) {
    if (!hasOwn(operation, 'value'))
      throw new ServerSignalError('invalid-patch', `“${operation.op}” needs a value`);
    const value = this.foreign ? this.copy(operation.value, path)
      : freeze(operation.value, DOCUMENT_DEPTH - path.length);
    if (this.text !== undefined)
      this.text += this.measure(value).text;
    return value;
  }

  copy(value, path) {
    if (isScalar(value))
      return value;
    const copier = new Copier([...path]);
    const copy = copier.copy(value);
    if (copier.shared)
      this.share(copy);
    return copy;
  }

  operate(operation) {
    if (!isObject(operation))
      throw new ServerSignalError('invalid-patch', 'An operation is an object');
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
          throw new ServerSignalError('patch-failed',
            `${quote(from)} cannot be moved into itself`, { pointer });
        const steps = parsePointer(from);
        const value = this.fetch(steps, from, path);
        this.trace?.push([steps, true]);
        if (from !== pointer) {
          this.remove(steps, from);
          this.add(path, pointer, value);
        }
        break;
      }
      case 'copy': {
        const from = textMember(operation, 'from');
        const value = this.fetch(parsePointer(from), from, path);
        if (isContainer(value))
          this.share(value);
        this.add(path, pointer, value);
        break;
      }
      case 'test':
        if (!equal(find(this.root, path, pointer), this.taken(operation, path)))
          throw new ServerSignalError('test-failed',
            `The value at ${quote(pointer)} is another`, { pointer });
        break;
      default:
        throw new ServerSignalError('invalid-patch', `There is no operation ${quote(kind)}`);
    }
  }

  /* The sum forgets what was removed. */
  check() {
    if (this.copied === 0 || this.text <= this.limit)
      return;
    this.text = this.measure(this.root).text;
    if (this.text > this.limit) {
      this.index = this.shareIndex;
      throw tooLong(this.limit);
    }
  }

  /* A document that only ever grows would take all the memory there is. To look at it takes its time,
   * so that much has to have come before it is looked at again. Gives what has come since. */
  checkGrowth(size) {
    const grown = this.grown + size;
    if (grown <= this.limit / GROWN_SHARE)
      return grown;
    if (measure(this.root, new Map(), this.owned).text > this.limit) {
      this.index--;
      throw tooLarge(this.limit);
    }
    return 0;
  }
}

/**
 * Applies an RFC 6902 JSON Patch, all of it or nothing, and gives the new document. Neither
 * argument is changed: parts that the patch does not touch are shared with `document`, new ones are
 * copies. A value that JSON does not have, such as a Date, is a TypeError whose `pointer`
 * says where.
 *
 * @param {*} document
 * @param {object[]} patch
 */
export function applyPatch(document, patch) {
  if (isContainer(document) ? !isPlain(document) : !isScalar(document))
    throw refuse([], document);
  const draft = new Draft(document, DOCUMENT_TEXT, true);
  draft.apply(patch);
  if (draft.text !== undefined && isContainer(draft.root))
    texts.set(draft.root, draft.text);
  return draft.settle();
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
    this.plainValue = null; // plain: the document of this connection …
    this.plainData = false; // … not shown before its first frame
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
    if (!this.plainData)
      this.plainValue = initial;
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

  /* The values one after the other, for who takes them one by one: the last one there is, each time.
   * That a signal has not had one yet is none. */
  async* values() {
    let fresh = this.data || this.initial !== undefined;
    let ended = null;
    let wake = () => {};
    const [, stop] = this.listen(this.listeners, () => {
      fresh = true;
      wake();
    });
    const end = error => {
      ended = { error };
      wake();
    };
    this.ends.add(end);
    try {
      for (;;) {
        if (fresh) {
          fresh = false;
          yield this.value;
        } else if (ended?.error) {
          throw ended.error;
        } else if (ended || this.gone) {
          return;
        } else {
          await new Promise(resolve => { wake = resolve; });
        }
      }
    } finally {
      this.ends.delete(end);
      stop();
    }
  }

  lost() {
    clearTimeout(this.timer);
    this.due = false;
    this.asked = false;
    this.live = false;
    this.switched = false;
    this.probe = null;
    this.leavePlain();
    this.set({ doubted: true, disowned: false });
  }

  leavePlain() {
    this.plainValue = this.initial === undefined ? null : this.initial;
    this.plainData = false;
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
  [Symbol.asyncIterator]() { return this[SELF].values(); }

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

/* The promise, or a rejected one as soon as the AbortSignal aborts. */
function unlessAborted(promise, abort) {
  if (!abort)
    return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(abort.reason ??
      new ServerSignalError('aborted', 'It was not waited for any longer'));
    const settle = settled => value => {
      abort.removeEventListener('abort', stop);
      settled(value);
    };
    promise.then(settle(resolve), settle(reject));
    if (abort.aborted)
      stop();
    else
      abort.addEventListener('abort', stop);
  });
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

/* The calls of a client that are not answered: those that the server has heard of, and those that wait
 * for a connection. */
class Calls {
  constructor(link) {
    this.link = link;
    this.lastId = 0;
    this.sent = new Map(); // id → call
    this.waiting = new Set();
    this.outcomes = []; // functions that tell the application, when all frames are applied
    this.greetTimer = undefined;
    this.plain = false; // the server has shown that it is
  }

  get ready() { return this.link.state === 'open' && this.link.protocol === PROTOCOL; }

  make(method, args, { signal, onprogress, idempotent = false } = {}) {
    return new Promise((resolve, reject) => {
      if (!isName(method) || method === '')
        throw new TypeError(`A method’s name is a string of 1 to ${NAME_BYTES} bytes of UTF-8`);
      if (onprogress !== undefined && typeof onprogress !== 'function')
        throw new TypeError('The option onprogress is a function');
      const given = args === undefined ? undefined : copyFrozen(args);
      if (signal?.aborted)
        throw this.aborted(signal);
      if (this.link.state === 'idle' || this.link.state === 'closed')
        throw new ServerSignalError('not-connected', 'The call was not made: the client has ended');
      if (this.sent.size + this.waiting.size >= CALLS)
        throw new ServerSignalError('limit', `${CALLS} calls are waiting already`);
      if (this.plain)
        throw this.unsupported();

      const id = ++this.lastId;
      const { max } = this.link.options;
      const text = JSON.stringify({
        call: method, id, args: given, key: idempotent ? makeKey() : undefined,
        max: max < FRAME_BYTES ? max : undefined,
      });
      if (text.length > CALL_BYTES || new TextEncoder().encode(text).length > CALL_BYTES)
        throw new ServerSignalError('limit', `A call may have ${CALL_BYTES} bytes at most`);

      const call = { id, text, idempotent, made: false, resolve, reject, onprogress, signal };
      call.abort = () => this.cancel(call);
      signal?.addEventListener('abort', call.abort);
      if (this.ready) {
        this.send(call);
      } else {
        this.waiting.add(call);
        this.awaitGreeting();
      }
    });
  }

  aborted(signal) {
    return signal.reason ?? new ServerSignalError('cancelled', 'The call was cancelled');
  }

  unsupported() {
    return new ServerSignalError('not-supported', 'The server does not speak v1, and takes no calls');
  }

  send(call) {
    call.made = true;
    this.sent.set(call.id, call);
    this.link.transmit(call.text);
  }

  /* Tells the application. */
  end(call, error, value) {
    call.signal?.removeEventListener('abort', call.abort);
    if (error)
      call.reject(error);
    else
      call.resolve(value);
  }

  cancel(call) {
    if (!this.waiting.delete(call)) {
      // The answer comes all the same; until then the id is in use.
      this.sent.set(call.id, null);
      this.link.send({ cancel: call.id });
    }
    this.end(call, this.aborted(call.signal));
  }

  /* A plain server may be silent for ever. */
  awaitGreeting() {
    if (this.link.protocol !== 'plain' || this.greetTimer !== undefined || this.waiting.size === 0)
      return;
    this.greetTimer = later(() => this.isPlain(), this.link.offered ? CALL_HELLO_MS : 0);
  }

  /* The server is known to be plain, or taken to be. */
  isPlain() {
    clearTimeout(this.greetTimer);
    this.greetTimer = undefined;
    this.plain = true;
    this.failWaiting(() => this.unsupported());
  }

  /* The connection can be used. */
  open() {
    if (!this.ready) {
      this.awaitGreeting();
      return;
    }
    clearTimeout(this.greetTimer);
    this.greetTimer = undefined;
    this.plain = false;
    const waiting = [...this.waiting];
    this.waiting.clear();
    waiting.forEach(call => this.send(call));
  }

  failWaiting(makeError) {
    const waiting = [...this.waiting];
    this.waiting.clear();
    waiting.forEach(call => this.end(call, makeError(call)));
  }

  /* The connection is gone. */
  lost() {
    clearTimeout(this.greetTimer);
    this.greetTimer = undefined;
    this.plain = false;
    const sent = [...this.sent.values()].filter(call => call !== null);
    const waiting = [...this.waiting];
    this.sent.clear();
    this.waiting = new Set([...sent.filter(({ idempotent }) => idempotent), ...waiting]);
    for (const call of sent) {
      if (!call.idempotent)
        this.end(call, this.closed());
    }
  }

  closed() {
    return new ServerSignalError('closed',
      'The connection went before the answer came: the call may have been done, or not');
  }

  /* There will be no other connection. */
  stop() {
    this.failWaiting(({ made }) => (made ? this.closed()
      : new ServerSignalError('not-connected', 'The call was not made: the client has ended')));
  }

  take(id, frame) {
    const call = this.sent.get(id);
    this.sent.delete(id);
    if (!call)
      return;
    if (isObject(frame.error)) {
      const { code, message, data } = frame.error;
      const said = typeof code === 'string' ? code : 'failed';
      const where = { answered: true };
      if (data !== undefined)
        where.data = freeze(data, DOCUMENT_DEPTH);
      const error = new ServerSignalError(said,
        typeof message === 'string' && message !== '' ? `${said}: ${message}` : said, where);
      this.outcomes.push(() => this.end(call, error));
    } else {
      const value = freeze(frame.value, DOCUMENT_DEPTH);
      this.outcomes.push(() => this.end(call, null, value));
    }
  }

  progress(id, value) {
    const made = this.sent.get(id);
    if (!made?.onprogress)
      return;
    const told = freeze(value, DOCUMENT_DEPTH);
    this.outcomes.push(() => call(made.onprogress, told));
  }

  tell() {
    const outcomes = this.outcomes;
    this.outcomes = [];
    outcomes.forEach(outcome => outcome());
  }
}

/* The key of a call that may be made again. */
function makeKey() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/* The private side of a Client: one connection at a time, and the signals that follow it. */
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
    this.via = Object.freeze([]);
    this.replicas = new Map();
    this.seeds = readState(options.state);
    this.kept = new Map(); // plain: what came for names that nobody has asked for
    this.keptSize = 0;
    this.keptAll = true; // nothing had to be thrown away
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
    this.calls = new Calls(this);
    this.groups = new WeakMap(); // Signal → Actions
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
      const answers = [ask(this.address), ask(this.options.protocols)];
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
      socket = new WebSocket(this.url, this.offered ? [PROTOCOL, ...entries] : entries);
    } catch (error) {
      this.refused(error);
      return;
    }
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.open();
    socket.onmessage = event => this.receive(event.data);
    socket.onclose = event => this.closed(event.code, event.reason);
    socket.onerror = event => this.failed(event?.message);
    this.set({ state: 'connecting' });
  }

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
    this.opened = true;
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
      this.calls.open();
  }

  /* It is known to be v1. */
  speak() {
    plainUrls.delete(withoutQuery(this.url));
    this.protocol = PROTOCOL;
    this.heard = Date.now();
    this.beat(this.options.heartbeat);
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
    if (!this.protocol && this.offered && !plain &&
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
    this.calls.lost();
    this.forget();
    Object.assign(this, { inbox: [], taken: 0, inboxSize: 0, slice: null, lagging: false,
      quiet: false });
    this.known = new Set(); // names
    this.list = null; // of them, once somebody has asked for it
    this.via = Object.freeze([]);
    this.protocol = null;
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

  /* Drops the frames that were kept for names that nobody has asked for. */
  forget() {
    this.kept.clear();
    this.keptSize = 0;
    this.keptAll = true;
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
    this.listen('removeEventListener');
    this.detach(why);
    for (const replica of this.replicas.values()) {
      clearTimeout(replica.idleTimer);
      replica.end(error);
    }
    this.calls.stop();
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
   * get through it for long may be late with anything. To have the server send less is for here. */
  flush(ms) {
    if (this.applying)
      return;
    const until = Date.now() + ms;
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
    } finally {
      this.applying = false;
    }
    if (this.behind === 0)
      Object.assign(this, { inbox: [], taken: 0 });
    else
      this.plan();
    this.lag(this.behind > 0 && Date.now() - this.inbox[this.taken].at > LAG_MS);
    this.announceAll();
  }

  announceAll() {
    const news = [...this.news];
    this.news.clear();
    news.forEach(replica => replica.announce());
    this.announce();
    this.calls.tell();
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

  message(text) {
    if (typeof text !== 'string') {
      this.fault(new ServerSignalError('protocol', 'The server sent a binary frame'));
      return;
    }
    if (text.length > this.options.max) {
      this.fault(new ServerSignalError('limit',
        `The server sent a frame of ${text.length} characters; ${this.options.max} were allowed`));
      return;
    }
    let frame;
    try {
      frame = JSON.parse(text);
    } catch (error) {
      this.fault(new ServerSignalError('protocol', 'The server sent a frame that is not JSON'));
      return;
    }
    if (!isObject(frame)) {
      this.fault(new ServerSignalError('protocol',
        'The server sent a frame that is not an object'));
      return;
    }

    const v1 = this.protocol === PROTOCOL;
    if (hasOwn(frame, 'patch')) {
      const replica = this.replicas.get(frame.name);
      if (typeof frame.name !== 'string' || !Array.isArray(frame.patch))
        this.fault(new ServerSignalError('protocol', 'The server sent an update of a wrong form'));
      else if (!v1)
        this.takePlain(frame.name, frame.patch, text.length);
      else if (replica && hasOwn(frame, 'base'))
        this.takeUpdate(replica, frame, text.length);
      else if (replica)
        this.takeSnapshot(replica, frame);
    } else if ((v1 || this.offered) && isObject(frame.hello)) {
      this.takeHello(frame.hello);
    } else if (v1 && typeof frame.signal === 'string' && typeof frame.name === 'string') {
      if (frame.signal === 'stale' || frame.signal === 'fresh')
        this.takeStanding(frame);
      else
        this.takeSignal(frame.signal, frame.name);
    } else if (v1 && hasOwn(frame, 'via')) {
      this.takeVia(frame.via);
    } else if (v1 && (hasOwn(frame, 'reply') || hasOwn(frame, 'progress'))) {
      this.takeAnswer(frame);
    } else if (v1 && isObject(frame.error)) {
      this.takeError(frame.error);
    }
    // A greeting comes at once however slow the link is, so that not any frame will do.
    if (this.silences > 0 && ![...this.replicas.values()].some(({ due }) => due))
      this.silences = 0;
  }

  takeAnswer(frame) {
    const reply = hasOwn(frame, 'reply');
    const id = reply ? frame.reply : frame.progress;
    if (!isRevision(id) || !(hasOwn(frame, 'value') || (reply && isObject(frame.error)))) {
      this.fault(new ServerSignalError('protocol', 'The server sent an answer of a wrong form'));
      return;
    }
    try {
      if (reply)
        this.calls.take(id, frame);
      else
        this.calls.progress(id, frame.value);
    } catch (error) {
      this.fault(error);
    }
  }

  takeHello({ protocol, signals, via }) {
    if (protocol !== PROTOCOL || !areStrings(signals) || (via !== undefined && !areStrings(via))) {
      this.fault(new ServerSignalError('protocol', 'The server’s greeting has a wrong form'));
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
    this.forget();
    const plain = [...this.replicas.values()].filter(({ plainData }) => plainData);
    for (const replica of plain)
      replica.leavePlain();
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

  /* The hubs that the data come through are others now. */
  takeVia(via) {
    if (areStrings(via))
      this.learn(this.known, { via: Object.freeze([...via]) });
    else
      this.fault(new ServerSignalError('protocol', 'The server’s hubs have a wrong form'));
  }

  /* The server’s word on what it has itself: whether somebody vouches for that, and if not, for how
   * long nobody has. */
  takeStanding({ signal, name, age }) {
    const replica = this.replicas.get(name);
    if (!replica)
      return;
    if (signal === 'fresh') {
      replica.set({ disowned: false });
      return;
    }
    const { doubted, disowned, since } = replica;
    const told = isRevision(age) ? Date.now() - age : -Infinity;
    replica.set({ disowned: true });
    // A copy that is not current anyway may have been so later than the server’s.
    replica.since = doubted || disowned ? Math.max(since, told)
      : Math.min(replica.since, isRevision(age) ? told : Infinity);
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

  takeError({ code, name, message }) {
    const error = new ServerSignalError(
      typeof code === 'string' ? quoteServer(code) : 'protocol',
      typeof message === 'string' ? quoteServer(message) : 'The server reported an error');
    const replica = this.replicas.get(name);
    if (replica)
      replica.due = false;
    if (replica && code !== 'bad-message')
      Object.assign(replica, { live: false, probe: null });
    if (typeof name !== 'string')
      this.set({ error });
    else if (!replica)
      return; // released meanwhile
    else if (code === 'behind')
      this.defer(replica, error);
    else {
      replica.set({ doubted: true, error });
      replica.refuse(error);
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
      this.gap(replica, new ServerSignalError('not-current',
        `“${replica.name}”: an update from ${base} to ${rev} does not follow on ${revision}`));
      return;
    }
    try {
      replica.apply(patch, { revision: rev, doubted: false, error: null }, size);
    } catch (error) {
      error.message = `“${replica.name}”, revision ${rev}: ${error.message}`;
      this.gap(replica, error);
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
      this.gap(replica, new ServerSignalError('protocol',
        `“${replica.name}”: a snapshot of a wrong form`));
      return;
    }
    replica.live = true;
    if (epoch === replica.epoch && rev < replica.revision) {
      this.defer(replica, new ServerSignalError('behind',
        `“${replica.name}”: the server is at revision ${rev}, behind ${replica.revision}`));
      return;
    }
    let root;
    try {
      root = reconcile(replica.root, whole[0]);
    } catch (error) {
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

  /* Something is missing or wrong: asks once for a snapshot; until it comes nothing is current. */
  gap(replica, error) {
    this.gaps++;
    if (this.gaps > GAP_LIMIT) {
      this.fault(error);
      return;
    }
    replica.trusted = false;
    this.follow(replica);
    replica.set({ doubted: true, error });
  }

  /* The server's copy is older than ours: it is asked again later, and nobody goes back in time. */
  defer(replica, error) {
    const { retryMin, retryMax } = this.options;
    const bound = Math.min(retryMax, retryMin * 2 ** replica.tries);
    replica.tries++;
    clearTimeout(replica.timer);
    replica.timer = later(() => this.follow(replica), Math.random() * bound);
    replica.set({ doubted: true, error });
  }

  /* Plain. */

  takePlain(name, patch, size) {
    const replica = this.replicas.get(name);
    if (!this.calls.plain)
      this.calls.isPlain();
    if (!this.known.has(name) && this.known.size < KEPT_NAMES)
      this.learn(this.known.add(name));
    if (!replica) {
      this.keep(name, patch, size);
      return;
    }
    const whole = wholeValue(patch);
    const changes = { data: true, plainData: true, revision: null, doubted: false, error: null,
      trusted: false, epoch: null }; // no revision is of this value
    try {
      if (whole) {
        replica.set({ root: reconcile(replica.root, whole[0]), ...changes });
      } else if (replica.plainData) {
        replica.apply(patch, changes, size);
      } else {
        const draft = new Draft(replica.plainValue, this.limit);
        draft.apply(patch);
        const root = draft.settle();
        replica.set(equal(root, replica.root) ? changes : { root, ...changes });
      }
    } catch (error) {
      this.fault(this.unappliable(replica, error));
    }
  }

  unappliable(replica, error) {
    const hint = replica.plainData ? '' : ' (is the default the same as the server’s?)';
    error.message = `“${replica.name}”: ${error.message}${hint}`;
    return error;
  }

  /* Patches for a name that nobody has asked for are kept until somebody does. Once a snapshot was
   * among them they can be applied, so that a document is kept instead. */
  keep(name, patch, size) {
    let kept = this.kept.get(name);
    if (!kept) {
      if (this.kept.size >= KEPT_NAMES) {
        this.keptAll = false;
        return;
      }
      kept = { patches: [], draft: null, size: 0, lost: false };
      this.kept.set(name, kept);
    }
    const whole = wholeValue(patch);
    if (kept.lost && !whole)
      return;
    const lose = () => {
      this.keptSize -= kept.size;
      Object.assign(kept, { patches: [], draft: null, size: 0, lost: true });
    };
    try {
      if (whole) {
        this.keptSize -= kept.size;
        const draft = new Draft(freeze(whole[0], DOCUMENT_DEPTH), this.limit);
        Object.assign(kept, { patches: [], draft, size: 0, lost: false });
      } else if (kept.draft) {
        kept.draft.apply(patch);
      } else {
        kept.patches.push(patch);
      }
    } catch (error) {
      lose();
      return;
    }
    kept.size += size;
    this.keptSize += size;
    if (this.keptSize > KEPT_CHARACTERS && kept.draft) {
      const now = measure(kept.draft.root).text;
      this.keptSize += now - kept.size;
      kept.size = now;
    }
    if (this.keptSize > KEPT_CHARACTERS)
      lose();
  }

  /* A name is asked for on a plain connection: what was kept for it comes to light. */
  unkeep(replica) {
    const kept = this.kept.get(replica.name);
    if (kept) {
      this.kept.delete(replica.name);
      this.keptSize -= kept.size;
    }
    if (kept ? kept.lost : !this.keptAll) {
      // Only a new connection tells it from the start.
      this.fault(new ServerSignalError('limit',
        `“${replica.name}”: more came than could be kept before it was asked for`));
      return;
    }
    if (!kept)
      return;
    try {
      const draft = kept.draft ?? new Draft(replica.plainValue, this.limit);
      kept.patches.forEach(patch => draft.apply(patch));
      replica.set({ root: draft.settle(), data: true, plainData: true, doubted: false });
    } catch (error) {
      this.fault(this.unappliable(replica, error));
    }
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
      else
        this.unkeep(replica);
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
    const root = reconcile(replica.root, whole[0]);
    Object.assign(replica, { data: true, trusted: true, since: at });
    replica.set({ root, epoch, revision: rev });
  }

  actions(name) {
    const signal = this.want(name);
    if (!this.groups.has(signal))
      this.groups.set(signal, new Actions(this, signal));
    return this.groups.get(signal);
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

  /* Done when the signal is current, or it is known why not. */
  async fetch(name, abort) {
    const signal = this.want(name);
    const { [SELF]: replica } = signal;
    if (this.state === 'idle' || this.state === 'closed')
      this.start();
    // It may be there by now.
    else if (this.protocol === PROTOCOL && replica.error && !replica.due && !replica.live)
      this.follow(replica);
    try {
      return await unlessAborted(replica.whenReady(), abort);
    } catch (error) {
      this.release(name);
      throw error;
    }
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
    } else if (this.protocol === 'plain' && replica.plainData) {
      // The server goes on sending: somebody may ask again.
      const draft = new Draft(replica.value, this.limit);
      this.kept.set(name, { patches: [], draft, size: 0, lost: false });
    }
    replica.lost();
  }
}

/**
 * The actions of a group that the server offers: names, with a state or without, that are enabled or
 * not. All are disabled while nobody vouches for them. `Client.actions()` makes them.
 */
export class Actions {
  /** @hideconstructor */
  constructor(link, signal) {
    Object.defineProperty(this, SELF, { value: { link, signal, shown: new Map() } });
  }

  /** The signal that has their states. */
  get signal() { return this[SELF].signal; }

  /** The names of the actions. */
  get names() {
    const { value } = this[SELF].signal;
    return isObject(value) ? Object.keys(value).filter(name => isObject(value[name])) : [];
  }

  /**
   * An action as it is now, or undefined: `enabled`, `state` (null where it has none), and the types of
   * parameter and state as GVariant names them, or null. It is the same object until something of it
   * changes.
   *
   * @param {string} name
   */
  get(name) {
    const { link, signal, shown } = this[SELF];
    const { value, stale } = signal;
    const source = isObject(value) && hasOwn(value, name) ? value[name] : undefined;
    if (!isObject(source)) {
      shown.delete(name);
      return undefined;
    }
    const enabled = source.enabled === true && !stale && link.protocol === PROTOCOL;
    const known = shown.get(name);
    if (known?.source === source && known.action.enabled === enabled)
      return known.action;
    const action = Object.freeze({
      enabled, state: source.state ?? null,
      parameterType: source['parameter-type'] ?? null, stateType: source['state-type'] ?? null,
    });
    shown.set(name, { source, action });
    return action;
  }

  /**
   * Asks the server to activate an action, and gives a promise that is kept when that is done, as
   * `Client.call()` does.
   *
   * @param {string} name
   * @param {*} [parameter] where the action takes one
   * @param {{ signal?: AbortSignal }} [options]
   */
  activate(name, parameter, options) {
    return this[SELF].link.calls.make(`${this[SELF].signal.name}.${name}`,
      parameter === undefined ? undefined : { parameter }, options);
  }

  /**
   * Asks the server for another state of an action.
   *
   * @param {string} name
   * @param {*} state
   * @param {{ signal?: AbortSignal }} [options]
   */
  changeState(name, state, options) {
    return this[SELF].link.calls.make(`${this[SELF].signal.name}.${name}`, { state }, options);
  }

  /**
   * Calls `listener(actions)` at once and whenever the actions, their states or their enabled-ness may
   * have changed.
   *
   * @param {function(Actions): void} listener
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {function(): void} ends it
   */
  subscribe(listener, options) {
    return this[SELF].signal.watch(() => listener(this), options);
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
  fetch(name, { signal } = {}) { return this[SELF].fetch(name, signal); }

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
  call(method, args, options) { return this[SELF].calls.make(method, args, options); }

  /**
   * The actions of a group that the server offers. Each call counts as one of `signal()` with the same
   * name, which `release()` takes back.
   *
   * @param {string} name
   * @returns {Actions}
   */
  actions(name) { return this[SELF].actions(name); }

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
  start = true,
  state = undefined,
  cache = undefined,
  WebSocket = undefined,
} = {}) {
  const link = new Link(url, {
    protocols, plain, max, retryMin, retryMax, retryLimit, openTimeout, heartbeat, lostAfter,
    linger, start, state, cache, WebSocket,
  });
  if (start)
    link.start();
  return link.client;
}
