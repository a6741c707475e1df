// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Operations that few documents need: finding the parts of an older document in a newer one,
// copies, tests. The module loads it by itself.

let DOCUMENT_DEPTH, ServerSignalError;
let freeze, hasOwn, isContainer, isPlain, parseIndex, parsePointer, quote, seal, tooDeep;

/* The length of a scalar's text. */
const scalarText = value =>
  (typeof value === 'string' ? value.length + 2 : String(value).length);

/*
 * Copying shares: from then on a part of a document may stand in several places, and a patch of a
 * few copies, each of all that was there before, makes a document that nobody could write down.
 * Nothing here may walk such a document place by place. Code that looks at a whole one remembers
 * the parts that it has seen, and the text that a document with copies would have is limited.
 */

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

function tooLong(limit) {
  return new ServerSignalError('limit',
    `Parts that stand in several places make more than ${limit} characters of text`);
}

/* The value at `from`, to be put at `path`: deeper down it might get too deep. */
function checkDepth(draft, value, path) {
  if (path.length + draft.measure(value).depth > DOCUMENT_DEPTH)
    throw tooDeep();
}

/* The value will stand in one place more. */
function share(draft, value) {
  draft.text ??= draft.measure(draft.root).text;
  draft.disown(value);
  const { text } = draft.measure(value);
  draft.copied += text;
  draft.text += text;
  draft.shareIndex = draft.index;
  if (draft.copied > draft.limit)
    throw tooLong(draft.limit);
}

/* The sum forgets what was removed. */
function checkCopies(draft) {
  if (draft.text <= draft.limit)
    return;
  draft.text = draft.measure(draft.root).text;
  if (draft.text > draft.limit) {
    draft.index = draft.shareIndex;
    throw tooLong(draft.limit);
  }
}

/* A document that only ever grows would take all the memory there is. */
function checkGrowth({ root, owned, limit }) {
  if (measure(root, new Map(), owned).text > limit)
    throw new ServerSignalError('limit', `The document would have more than ${limit} characters`);
}

function copy(draft, from, path, pointer) {
  const steps = parsePointer(from);
  const value = draft.find(steps, from);
  if (isContainer(value)) {
    if (path.length > steps.length)
      checkDepth(draft, value, path);
    share(draft, value);
  }
  draft.edit('add', path, pointer, value);
}

function test(draft, operation, path, pointer) {
  if (!equal(draft.find(path, pointer), draft.taken(operation, path)))
    throw new ServerSignalError('test-failed',
      `The value at ${quote(pointer)} is another`, { pointer });
}

/* Why a patch cannot be applied. */
const failures = {
  missing(container, token, pointer) {
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
  },
  patch: () => invalid('A JSON Patch is a list of operations'),
  operation: () => invalid('An operation is an object'),
  kind: kind => invalid(`There is no operation ${quote(kind)}`),
  member: member => invalid(`An operation needs “${member}”, a string`),
  value: kind => invalid(`“${kind}” needs a value`),
  root: pointer => new ServerSignalError('patch-failed',
    'A whole document cannot be removed', { pointer }),
  itself: (from, pointer) => new ServerSignalError('patch-failed',
    `${quote(from)} cannot be moved into itself`, { pointer }),
  work: (pointer, most) => new ServerSignalError('limit',
    `A patch moves more than ${most} elements of lists along`, { pointer }),
};

const invalid = message => new ServerSignalError('invalid-patch', message);

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({
    DOCUMENT_DEPTH, ServerSignalError, freeze, hasOwn, isContainer, isPlain, parseIndex, parsePointer, quote,
    seal, tooDeep,
  } = core);
  return {
    measure, equal, reconcile, share, checkDepth, checkCopies, checkGrowth, copy, test, failures,
  };
};
