// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The same patches, applied by this module and by fast-json-patch, give the same documents.
// node test-compare.mjs DIRECTORY [SEED], where DIRECTORY is where npm has installed package.json.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { applyPatch, getPointer } from '../../server-signal/web/server-signal.js';

const [directory, seedText] = process.argv.slice(2);
if (!existsSync(join(directory, 'node_modules', 'fast-json-patch'))) {
  console.log('SKIP: fast-json-patch is not installed');
  process.exit(77);
}
const theirs = createRequire(resolve(directory, 'package.json'))('fast-json-patch');

const seed = Number(seedText ?? Date.now() % 2 ** 31);
console.log(`seed ${seed}`);
let state = seed;

/* A number below n; mulberry32. */
function below(n) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % n;
}

const pick = list => list[below(list.length)];
const names = ['a', 'b', 'c/d', 'e~f', 'é', '"', '', '0', '-', 'constructor', '~1', ' '];

function randomValue(depth) {
  switch (below(depth > 0 ? 7 : 5)) {
    case 0: return below(10);
    case 1: return below(1000) / 8;
    case 2: return pick(['', 'x', 'ünï', '\u0000', '\u{1f600}']);
    case 3: return pick([true, false]);
    case 4: return null;
    case 5: return Array.from({ length: below(6) }, () => randomValue(depth - 1));
    default: {
      const object = {};
      for (let i = below(5); i > 0; i--)
        object[pick(names)] = randomValue(depth - 1);
      return object;
    }
  }
}

/* Every pointer into a document. */
function pointers(value, prefix = '') {
  const all = [prefix];
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value))
      all.push(...pointers(value[key], `${prefix}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`));
  }
  return all;
}

/* Somewhere to add at. */
function target(document) {
  const parent = pick(pointers(document));
  const value = getPointer(document, parent);
  if (Array.isArray(value))
    return `${parent}/${pick(['-', below(value.length + 1)])}`;
  if (typeof value === 'object' && value !== null)
    return `${parent}/${pick(names).replace(/~/g, '~0').replace(/\//g, '~1')}`;
  return parent;
}

function randomOperation(document) {
  const path = pick(pointers(document));
  switch (below(7)) {
    case 0: return { op: 'replace', path, value: randomValue(2) };
    case 1: return path === '' ? { op: 'add', path, value: {} } : { op: 'remove', path };
    case 2: return { op: 'test', path, value: below(4) ? getPointer(document, path) : randomValue(1) };
    case 3: return { op: 'copy', from: path, path: target(document) };
    case 4: return { op: 'replace', path: `${path}/nowhere/at/all`, value: 0 };
    default: return { op: 'add', path: target(document), value: randomValue(2) };
  }
}

let applied = 0;
let refused = 0;
for (let round = 0; round < 3000; round++) {
  const document = randomValue(4);
  const text = JSON.stringify(document);

  // A patch that they made.
  const other = randomValue(4);
  if (typeof document === 'object' && document && typeof other === 'object' && other &&
      Array.isArray(document) === Array.isArray(other)) {
    const patch = JSON.parse(JSON.stringify(theirs.compare(document, other)));
    assert.deepEqual(applyPatch(document, patch), other);
    applied++;
  }

  // Operations of all kinds, one after the other.
  let current = document;
  for (let i = below(8); i > 0; i--) {
    const patch = [randomOperation(current)];
    let mine;
    let expected;
    try {
      expected = theirs.applyPatch(current, JSON.parse(JSON.stringify(patch)), true, false).newDocument;
    } catch (error) {
      expected = error;
    }
    try {
      mine = applyPatch(current, patch);
    } catch (error) {
      mine = error;
    }
    const told = `seed ${seed}, round ${round}: ${JSON.stringify(patch)} on ${JSON.stringify(current)}`;
    if (mine instanceof Error || expected instanceof Error) {
      assert.ok(mine instanceof Error && expected instanceof Error, `${told}: ${mine} / ${expected}`);
      refused++;
      break;
    }
    assert.deepEqual(mine, expected, told);
    current = mine;
    applied++;
    if (pointers(current).length > 2000)
      break;
  }
  assert.equal(JSON.stringify(document), text, 'the document is unchanged');
}
console.log(`${applied} patches applied alike, ${refused} refused alike`);
