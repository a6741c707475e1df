// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Documents and patches by chance, the same for the same seed.

import { getPointer } from '../../server-signal/web/server-signal.js';

const escaped = name => name.replace(/~/g, '~0').replace(/\//g, '~1');
const names = ['a', 'b', 'c/d', 'e~f', 'é', '"', '', '0', '-', 'constructor', '~1', ' '];

/** Every pointer into a document. */
export function pointers(value, prefix = '') {
  const all = [prefix];
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value))
      all.push(...pointers(value[key], `${prefix}/${escaped(key)}`));
  }
  return all;
}

export function random(seed) {
  let state = seed;

  /* A number below n; mulberry32. */
  function below(n) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  const pick = list => list[below(list.length)];

  function value(depth) {
    switch (below(depth > 0 ? 7 : 5)) {
      case 0: return below(10);
      case 1: return below(1000) / 8;
      case 2: return pick(['', 'x', 'ünï', '\u0000', '\u{1f600}']);
      case 3: return pick([true, false]);
      case 4: return null;
      case 5: return Array.from({ length: below(6) }, () => value(depth - 1));
      default: {
        const object = {};
        for (let i = below(5); i > 0; i--)
          object[pick(names)] = value(depth - 1);
        return object;
      }
    }
  }

  /* Somewhere to add at. */
  function target(document) {
    const parent = pick(pointers(document));
    const container = getPointer(document, parent);
    if (Array.isArray(container))
      return `${parent}/${pick(['-', below(container.length + 1)])}`;
    if (typeof container === 'object' && container !== null)
      return `${parent}/${escaped(pick(names))}`;
    return parent;
  }

  /** An operation on a document; not all apply. */
  function operation(document) {
    const path = pick(pointers(document));
    switch (below(8)) {
      case 0: return { op: 'replace', path, value: value(2) };
      case 1: return path === '' ? { op: 'add', path, value: {} } : { op: 'remove', path };
      case 2: return { op: 'test', path, value: below(4) ? getPointer(document, path) : value(1) };
      case 3: return { op: 'copy', from: path, path: target(document) };
      case 4: return { op: 'move', from: path, path: target(document) };
      case 5: return { op: 'replace', path: `${path}/nowhere/at/all`, value: 0 };
      default: return { op: 'add', path: target(document), value: value(2) };
    }
  }

  return { below, pick, value, operation };
}
