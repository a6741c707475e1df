// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The patches of the library, applied by fast-json-patch and by this module, give the library's documents.
// node test-patches.mjs DIRECTORY PATCH-CASES [SEED], where DIRECTORY is where npm has installed package.json. Without
// fast-json-patch the module alone is tried, and it says so.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { applyPatch } from '../../server-signal/web/patch.js';

const [directory, program, seedText] = process.argv.slice(2);
const theirs = existsSync(join(directory, 'node_modules', 'fast-json-patch'))
  ? createRequire(resolve(directory, 'package.json'))('fast-json-patch') : null;
if (!theirs)
  console.log('fast-json-patch is not installed');

const seed = Number(seedText ?? Date.now() % 2 ** 31);
const count = Math.max(100, 30000 * Number(process.env.SS_TEST_CASES ?? 100) / 100);
console.log(`seed ${seed}`);

// A move is a removal and then an addition (RFC 6902, 4.4), and fast-json-patch looks at the target before the removal, where
// the way to it may have other indices.
function isShiftedMove({ op, from, path }) {
  if (op !== 'move')
    return false;
  const container = from.slice(0, from.lastIndexOf('/') + 1);
  return path.startsWith(container) && path.slice(container.length).includes('/');
}

const lines = execFileSync(program, [seed, count].map(String), { encoding: 'utf8', maxBuffer: 2 ** 30 })
  .split('\n').filter(line => line.startsWith('{'));
assert.equal(lines.length, count);
let applied = 0;
let refused = 0;
for (const [index, line] of lines.entries()) {
  const { from, patch, to } = JSON.parse(line);
  const canTheirs = theirs && !patch.some(isShiftedMove);

  if (to !== undefined) {
    assert.deepEqual(applyPatch(from, patch), to, line);
    if (canTheirs)
      assert.deepEqual(theirs.applyPatch(from, JSON.parse(JSON.stringify(patch)), false, false).newDocument, to, line);
    applied++;
  } else if (!patch.some(({ op }) => op === 'test')) {
    // A test may find 1 where it wants 1.0, which is the same to this language.
    assert.throws(() => applyPatch(from, patch), line);
    refused++;
  }
}
assert.ok(applied > count / 3 && refused > 0);
console.log(`${applied} patches applied alike, ${refused} refused alike`);
