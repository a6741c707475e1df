// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The same patches, applied by this module and by fast-json-patch, give the same documents.
// node test-compare.mjs DIRECTORY [SEED], where DIRECTORY is where npm has installed package.json.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { applyPatch } from '../../server-signal/web/patch.js';
import { pointers, random } from './random.mjs';

const [directory, seedText] = process.argv.slice(2);
if (!existsSync(join(directory, 'node_modules', 'fast-json-patch'))) {
  console.log('SKIP: fast-json-patch is not installed');
  process.exit(77);
}
const theirs = createRequire(resolve(directory, 'package.json'))('fast-json-patch');

const seed = Number(seedText ?? Date.now() % 2 ** 31);
console.log(`seed ${seed}`);
const { below, operation, value: randomValue } = random(seed);

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
    const patch = [operation(current)];
    let mine;
    let expected;
    try {
      const copy = JSON.parse(JSON.stringify(patch));
      expected = theirs.applyPatch(current, copy, true, false).newDocument;
    } catch (error) {
      expected = error;
    }
    try {
      mine = applyPatch(current, patch);
    } catch (error) {
      mine = error;
    }
    const told = `round ${round}: ${JSON.stringify(patch)} on ${JSON.stringify(current)}`;
    // A move is a removal and then an addition (RFC 6902, 4.4), never into itself; fast-json-patch
    // looks whether the target is there before the removal, and does not refuse all that it should.
    if (mine instanceof Error && patch[0].op === 'move')
      break;
    if (mine instanceof Error || expected instanceof Error) {
      assert.ok(mine instanceof Error && expected instanceof Error,
        `${told}: ${mine} / ${expected}`);
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
