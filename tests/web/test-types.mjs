// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// server-signal.d.ts declares all that server-signal.js has and nothing else, and usage.ts fits it.
// node test-types.mjs DIRECTORY, where DIRECTORY is where npm has installed package.json.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const [directory] = process.argv.slice(2);
if (!existsSync(join(directory, 'node_modules', 'typescript'))) {
  console.log('the declarations fit, but typescript is not installed');
  process.exit(0);
}
const typescript = createRequire(resolve(directory, 'package.json'))('typescript');
const program = typescript.createProgram([fileURLToPath(new URL('usage.ts', import.meta.url))], {
  strict: true, noEmit: true, types: [], skipLibCheck: false,
  target: typescript.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  module: typescript.ModuleKind.ESNext,
  moduleResolution: typescript.ModuleResolutionKind.Bundler,
});
const problems = typescript.getPreEmitDiagnostics(program);
assert.equal(problems.length, 0, typescript.formatDiagnostics(problems, {
  getCanonicalFileName: name => name, getCurrentDirectory: () => '.', getNewLine: () => '\n',
}));
assert.ok(program.getSourceFiles().some(({ fileName }) => fileName.endsWith('server-signal.d.ts')));
console.log('the declarations fit, and the compiler takes them');
