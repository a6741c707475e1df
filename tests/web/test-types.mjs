// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// server-signal.d.ts declares all that server-signal.js has and nothing else, and usage.ts fits it.
// node test-types.mjs DIRECTORY, where DIRECTORY is where npm has installed package.json.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = new URL('../../server-signal/web/server-signal.d.ts', import.meta.url);
const web = new URL('./', file);
const read = name => readFileSync(new URL(name, web), 'utf8').replace(/\/\*[^]*?\*\//g, '');
const declarations = read('server-signal.d.ts');

const modules = {};
for (const name of ['server-signal', 'actions', 'offline', 'optimistic', 'patch']) {
  const module = await import(new URL(`${name}.js`, web));
  const declared = [...read(`${name}.d.ts`).matchAll(/^export (?:class|function|const) (\w+)/gm)];
  // That is for the files of the module only.
  assert.deepEqual(declared.map(match => match[1]).sort(),
    Object.keys(module).filter(exported => exported !== 'internals').sort(), name);
  Object.assign(modules, module);
}

for (const [, name, body] of (declarations + read('actions.d.ts')).matchAll(/^export class (\w+)[^{]*\{\n([^]*?)^\}/gm)) {
  // Some are declared more than once.
  const members = [...new Set([...body.matchAll(/^  (?:readonly )?(\w+)\??(?:<[^>]*>)?[:(]/gm)]
    .map(match => match[1]).filter(member => member !== 'constructor'))];
  const { prototype } = modules[name];
  if (prototype instanceof Error) {
    const where = { pointer: '', index: 0, closeCode: 1000, answered: true, data: null };
    const error = new modules[name]('limit', '', where);
    assert.deepEqual(members.sort(), Object.keys(error).filter(key => key !== 'name').sort());
  } else {
    const own = Object.getOwnPropertyNames(prototype).filter(member => member !== 'constructor');
    assert.deepEqual(members.sort(), own.sort(), name);
  }
}

const source = readFileSync(new URL('server-signal.js', file), 'utf8');
const options = /^const DEFAULTS = \{\n([^]*?)^\};/m.exec(source)[1];
const interfaceBody = /export interface Options \{\n([^]*?)^\}/m.exec(declarations)[1];
assert.deepEqual([...interfaceBody.matchAll(/^  (\w+)\?:/gm)].map(match => match[1]).sort(),
  [...options.matchAll(/^  (\w+): /gm)].map(match => match[1]).sort());

const [directory] = process.argv.slice(2);
if (!existsSync(join(directory, 'node_modules', 'typescript'))) {
  console.log('the declarations fit, but typescript is not installed');
  process.exit(0);
}
const typescript = createRequire(resolve(directory, 'package.json'))('typescript');
const { ModuleKind, ModuleResolutionKind } = typescript;

function check(path, options) {
  const program = typescript.createProgram([path], {
    strict: true, noEmit: true, types: [], skipLibCheck: false,
    target: typescript.ScriptTarget.ES2022, ...options,
  });
  const problems = typescript.getPreEmitDiagnostics(program);
  assert.equal(problems.length, 0, typescript.formatDiagnostics(problems, {
    getCanonicalFileName: name => name, getCurrentDirectory: () => '.', getNewLine: () => '\n',
  }));
  assert.ok(program.getSourceFiles().some(
    ({ fileName }) => fileName.endsWith('server-signal.d.ts')));
}

check(fileURLToPath(new URL('usage.ts', import.meta.url)), {
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler,
});

// Installed as a package, with each way to find modules, and where there is no DOM.
const folder = resolve(directory, 'types');
try {
  const installed = join(folder, 'node_modules', 'server-signal');
  mkdirSync(installed, { recursive: true });
  cpSync(new URL('.', file), installed, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const program = from => `import { connect, type Signal } from '${from}';
const client = connect<{ counter: { value: number } }>('ws', { start: false });
const counter: Signal<{ value: number }> = client.signal('counter', { value: 0 });
export const value: number = counter.value.value;
// @ts-expect-error: it is found, and is not just anything
counter.nothing;
`;
  const ways = {
    bundler: [ModuleKind.ESNext, ModuleResolutionKind.Bundler],
    node16: [ModuleKind.Node16, ModuleResolutionKind.Node16],
    nodenext: [ModuleKind.NodeNext, ModuleResolutionKind.NodeNext],
    node10: [ModuleKind.ESNext, ModuleResolutionKind.Node10],
    // That knows no packages.
    classic: [ModuleKind.ESNext, ModuleResolutionKind.Classic, './node_modules/server-signal/server-signal.js'],
  };
  for (const [way, [module, moduleResolution, from = 'server-signal']] of Object.entries(ways)) {
    const path = join(folder, `${way}.ts`);
    writeFileSync(path, program(from));
    check(path, { module, moduleResolution, lib: ['lib.es2021.d.ts'] });
  }

  // Its parts as well, also where the compiler does not know of exports.
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const moduleResolution of [ModuleResolutionKind.Node10, ModuleResolutionKind.Node16, ModuleResolutionKind.Bundler]) {
    for (const [name, target] of Object.entries(exports).filter(([, { types }]) => types)) {
      const { resolvedModule } = typescript.resolveModuleName(join('server-signal', name), join(folder, 'some.ts'),
        { moduleResolution }, typescript.sys);
      assert.equal(resolvedModule?.resolvedFileName, join(installed, target.types), name);
    }
  }

  // The adapters, with the types of their frameworks.
  const adapters = fileURLToPath(new URL('adapters/usage.ts', import.meta.url));
  cpSync(adapters, join(folder, 'adapters.ts'));
  check(join(folder, 'adapters.ts'), { module: ModuleKind.ESNext, skipLibCheck: true,
    moduleResolution: ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'] });
} finally {
  rmSync(folder, { recursive: true });
}
console.log('the declarations fit, and the compiler takes them');
