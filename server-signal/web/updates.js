// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// All that comes behind the first document: patches, who is told of them, and signals that are added
// and removed. The module loads it while it connects.

const GROWN_SHARE = 8; // a document is looked at when an eighth of what it may be has come
/* Elements that the insertions and removals of one frame may move along in lists, which takes about
 * a tenth of a second. A whole document costs less than what goes beyond that. */
const MOVED_ELEMENTS = 2e8;

let DOCUMENT_DEPTH, LARGE, NAMES, ServerSignalError;
let freeze, has, hasOwn, isContainer, isObject, isOurs, isRevision, need, parseIndex, parsePointer;
let put, seal;

/* A patch that cannot be applied. The words for it are in the file. */
function fail(why, ...details) {
  throw need('trees').failures[why](...details);
}

/* Copies an object of many members. Three dots are slow in V8 only, by whose traces of the stack it is
 * known; without a prototype no name there is another's. */
const copyLarge = /^Error/.test(new Error().stack) ? (object, keys) => {
  const copy = Object.create(null);
  for (const key of keys)
    copy[key] = object[key];
  return Object.setPrototypeOf(copy, Object.prototype);
} : object => ({ ...object });

const indexIn = (list, token) => (token === '-' ? list.length : parseIndex(token));

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
  constructor(root, limit) {
    this.root = root;
    this.trace = null; // the paths that were changed, for who wants them, and whether others moved
    this.limit = limit; // of text
    this.owned = new Map(); // each with whether it came from a large one
    this.named = null; // the last large object that was copied, …
    this.names = null; // … and its names, which take as long to list as to copy
    this.undo = []; // the changes made by the patch that is applied
    this.fixed = []; // the containers that are to be sealed, after it
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
  own(value, insert) {
    if (!isContainer(value) || this.owned.has(value))
      return value;
    let copy;
    let large = false;
    if (Object.isFrozen(value)) {
      copy = Array.isArray(value) ? [...value] : { ...value }; // slice() would take its time
    } else if (Array.isArray(value)) {
      large = value.length > LARGE;
      copy = insert?.(value) ?? value.slice();
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
        if (!large && !(Array.isArray(value) && value.length > LARGE))
          Object.freeze(value);
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
    if (value === this.root || this.owned.get(value))
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
      fail('work', pointer, MOVED_ELEMENTS);
  }

  /* Adds, replaces or removes what is at a path. Containers on the way become our own. */
  edit(kind, path, pointer, value) {
    const adds = kind === 'add';
    const last = path.length - 1;
    const token = path[last];
    this.edited = true;
    if (last < 0) {
      if (kind === 'remove')
        fail('root', pointer);
      this.root = value;
      return;
    }
    let inserted = false;
    const insert = adds ? list => {
      const index = indexIn(list, token);
      inserted = index >= 0 && index < list.length;
      return !inserted ? null : index === 0 ? [value].concat(list)
        : list.slice(0, index).concat([value], list.slice(index));
    } : undefined;
    if (adds && this.text !== undefined)
      this.text += token.length + 4; // a name, its quotes, a colon and a comma

    let parent = this.own(this.root, last === 0 ? insert : undefined, path, 0);
    this.root = parent;
    for (let i = 0; i < last; i++) {
      if (!has(parent, path[i]))
        fail('missing', parent, path[i], pointer);
      const part = parent[path[i]];
      const own = this.own(part, i + 1 === last ? insert : undefined, path, i + 1);
      if (own !== part)
        parent[path[i]] = own;
      parent = own;
    }
    if (!isContainer(parent) || !(adds || has(parent, token)))
      fail('missing', parent, token, pointer);

    if (Array.isArray(parent) && kind !== 'replace') {
      const index = indexIn(parent, token);
      if (index < 0 || index > parent.length)
        fail('missing', parent, token, pointer);
      if (!inserted)
        this.shift(parent.length - index, pointer);
      if (adds) {
        this.undo.push(() => parent.splice(index, 1));
        if (!inserted)
          parent.splice(index, 0, value);
      } else {
        const [before] = parent.splice(index, 1);
        this.undo.push(() => parent.splice(index, 0, before));
      }
      return;
    }
    const before = parent[token];
    if (adds) {
      const had = hasOwn(parent, token);
      if (!had && parent === this.named)
        this.named = null;
      this.undo.push(() => (had ? put(parent, token, before) : delete parent[token]));
      put(parent, token, value);
      if (!had && !this.owned.get(parent) && Object.keys(parent).length > LARGE)
        this.owned.set(parent, true);
    } else {
      this.undo.push(() => put(parent, token, before));
      if (kind === 'remove' && parent === this.named)
        this.named = null;
      if (kind === 'remove')
        delete parent[token];
      else
        parent[token] = value;
    }
  }

  find(path, pointer) {
    let value = this.root;
    for (const token of path) {
      if (!has(value, token))
        fail('missing', value, token, pointer);
      value = value[token];
    }
    return value;
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
      case 'replace':
        this.edit(kind, path, pointer, this.taken(operation, path));
        break;
      case 'remove':
        this.edit(kind, path, pointer);
        break;
      case 'move': {
        const from = textMember(operation, 'from');
        if (pointer.startsWith(`${from}/`))
          fail('itself', from, pointer);
        const steps = parsePointer(from);
        const value = this.find(steps, from);
        if (path.length > steps.length && isContainer(value))
          need('trees').checkDepth(this, value, path);
        this.trace?.push([steps, true]);
        if (from !== pointer) {
          this.edit('remove', steps, from);
          this.edit('add', path, pointer, value);
        }
        break;
      }
      case 'copy':
        need('trees').copy(this, textMember(operation, 'from'), path, pointer);
        break;
      case 'test':
        need('trees').test(this, operation, path, pointer);
        break;
      default:
        fail('kind', kind);
    }
  }
}

const partOf = (value, token) => (has(value, token) ? value[token] : undefined);

/* The places that the operations behind `draft` may have changed. */
function touch(places, draft, found) {
  for (const [path, moves] of draft.trace ?? [])
    touched(places, path, 0, moves, draft.root, draft, found);
  draft.trace = null;
}

/* Drops the places on a path below this one that nobody listens to. */
function prune(place, path, at = 0) {
  const next = place.parts.get(path[at]);
  if (!next)
    return;
  prune(next, path, at + 1);
  if (next.empty)
    place.parts.delete(path[at]);
}

/* The places that an operation at `path` may have changed, `at` steps of which lead to this one. Behind
 * it in a list there are those that it moves, if it does. */
function touched(place, path, at, moves, value, draft, found) {
  if (at === path.length) {
    place.changed(value, draft, found);
    return;
  }
  place.look(value, draft, found);
  const token = path[at];
  if (!moves || at < path.length - 1 || !Array.isArray(value)) {
    const next = place.parts.get(token);
    if (next)
      touched(next, path, at + 1, moves, partOf(value, token), draft, found);
    return;
  }
  const index = token === '-' ? 0 : parseIndex(token);
  for (const [key, part] of place.parts) {
    if (parseIndex(key) >= index)
      part.changed(partOf(value, key), draft, found);
  }
}

/* Applies a patch to the document of a replica. When it does not apply, nothing has happened. */
function apply(replica, patch, size) {
  if (!(replica.draft instanceof Draft))
    replica.draft = new Draft(replica.root, replica.link.limit);
  const { draft, places } = replica;
  draft.trace = places.empty ? null : draft.trace ?? [];
  draft.apply(patch, size);
  return draft.edited;
}

/* One patch of those that came together. Their values are frozen already. */
function join(news) {
  const patch = news.length === 1 ? news[0] : news.flat();
  patch.forEach(Object.freeze);
  return Object.freeze(patch);
}

/* An update. */
function take(link, replica, { patch, base, rev }, size) {
  const { probe, revision } = replica;
  replica.due = false;
  if (base === probe && rev === revision) {
    // The answer to a probe: the confirmation, or overtaken by what had been on its way.
    replica.probe = null;
    if (base !== revision)
      return;
  }
  if (!replica.trusted || !isRevision(base) || base !== revision ||
      !isRevision(rev) || rev < base || (rev === base && patch.length > 0)) {
    need('trouble').gap(link, replica, new ServerSignalError('not-current',
      `“${replica.name}”: an update from ${base} to ${rev} does not follow on ${revision}`));
    return;
  }
  try {
    replica.apply(patch, { revision: rev, doubted: false, error: null }, size);
  } catch (error) {
    if (!isOurs(error))
      throw error;
    error.message = `“${replica.name}”, revision ${rev}: ${error.message}`;
    need('trouble').gap(link, replica, error);
    return;
  }
  replica.live = true;
  replica.tries = 0;
}

/* A signal was added or removed. */
function takeSignal(link, event, name) {
  const replica = link.replicas.get(name);
  link.known.delete(name);
  if (event === 'added') {
    // Where a question is under way its answer comes behind this.
    if (replica && !replica.due && !replica.idle) {
      // Another signal may stand behind the name now. Updates do not tell of which life they are:
      // where two lives were held on this connection, an answer that is still on its way may
      // follow on the other, and only a snapshot helps.
      replica.trusted = replica.trusted && !replica.switched;
      Object.assign(replica, { live: false, probe: null });
      link.follow(replica);
      replica.set({ doubted: true, error: null });
    }
    if (link.known.size < NAMES)
      link.known.add(name);
    link.learn(link.known);
  } else if (event === 'removed') {
    if (replica) {
      link.cancel(replica);
      Object.assign(replica, { due: false, live: false });
      const error = new ServerSignalError('unknown-signal',
        `The server has removed the signal “${name}”`);
      replica.set({ doubted: true, disowned: false, error });
      replica.tell(error);
    }
    link.learn(link.known);
  }
}

/* A frame that is not about a document. */
function takeWord(link, frame) {
  const { signal, name, error } = frame;
  if (typeof signal === 'string' && typeof name === 'string') {
    if (signal === 'stale' || signal === 'fresh')
      need('trouble').takeStanding(link, frame);
    else
      takeSignal(link, signal, name);
  } else if (hasOwn(frame, 'via')) {
    need('trouble').takeVia(link, frame.via);
  } else if (hasOwn(frame, 'reply') || hasOwn(frame, 'progress')) {
    link.calls?.answer(frame);
  } else if (isObject(error) && (typeof error.name !== 'string' || link.replicas.has(error.name))) {
    need('trouble').takeError(link, error);
  }
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({
    DOCUMENT_DEPTH, LARGE, NAMES, ServerSignalError, freeze, has, hasOwn, isContainer,
    isObject, isOurs, isRevision, need, parseIndex, parsePointer, put, seal,
  } = core);
  return { Draft, apply, join, prune, take, takeWord, touch };
};
