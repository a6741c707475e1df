// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// What server-signal.d.ts declares is what server-signal.js has, no more and no less.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import * as module from '../../server-signal/web/server-signal.js';

const file = new URL('../../server-signal/web/server-signal.d.ts', import.meta.url);
const declarations = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, '');

const declared = [...declarations.matchAll(/^export (?:class|function|const) (\w+)/gm)];
assert.deepEqual(declared.map(match => match[1]).sort(), Object.keys(module).sort());

for (const [, name, body] of declarations.matchAll(/^export class (\w+)[^{]*\{\n([^]*?)^\}/gm)) {
  const members = [...body.matchAll(/^  (?:readonly )?(\w+)\??(?:<[^>]*>)?[:(]/gm)]
    .map(match => match[1]).filter(member => member !== 'constructor');
  const { prototype } = module[name];
  if (prototype instanceof Error) {
    const where = { pointer: '', index: 0, closeCode: 1000 };
    const error = new module[name]('limit', '', where);
    assert.deepEqual(members.sort(), Object.keys(error).filter(key => key !== 'name').sort());
  } else {
    const own = Object.getOwnPropertyNames(prototype).filter(member => member !== 'constructor');
    assert.deepEqual(members.sort(), own.sort(), name);
  }
}

const source = readFileSync(new URL('server-signal.js', file), 'utf8');
const options = /export function connect\(url, \{\n([^]*?)\n\} = \{\}\)/.exec(source)[1];
const interfaceBody = /export interface Options \{\n([^]*?)^\}/m.exec(declarations)[1];
assert.deepEqual([...interfaceBody.matchAll(/^  (\w+)\?:/gm)].map(match => match[1]).sort(),
  [...options.matchAll(/^  (\w+) =/gm)].map(match => match[1]).sort());
console.log('the declarations fit');
