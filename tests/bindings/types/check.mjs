// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The types for GJS, made anew and checked with usage.ts by TypeScript, strict.
//
// node check.mjs SOURCE GIR_FOLDER FOLDER, where npm has installed package.json into FOLDER.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import util from 'node:util';

const [source, girs, folder] = process.argv.slice(2).map(path => resolve(path));
const generator = join(folder, 'node_modules', '.bin', 'ts-for-gir');
if (!existsSync(generator)) {
  console.log('SKIP: ts-for-gir is not there; tests/run bindings installs it');
  process.exit(77);
}
if (!('styleText' in util)) {
  console.log(`SKIP: ts-for-gir needs Node 20.12 or later, and this is ${process.version}`);
  process.exit(77);
}

const output = join(folder, 'types-gjs');
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
execFileSync(process.execPath, [join(source, 'bindings/gjs/types/generate.mjs'), generator, girs, output],
  { stdio: ['ignore', 'ignore', 'inherit'] });
cpSync(join(source, 'tests/bindings/types/usage.ts'), join(output, 'usage.ts'));

const typescript = createRequire(join(folder, 'package.json'))('typescript');
const program = typescript.createProgram([join(output, 'index.d.ts'), join(output, 'usage.ts')], {
  strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2023.d.ts'],
  target: typescript.ScriptTarget.ES2022, module: typescript.ModuleKind.ESNext,
  moduleResolution: typescript.ModuleResolutionKind.Bundler,
});
const ours = ['usage.ts', 'serversignal-1.d.ts'];
const problems = ours.flatMap(name => {
  const file = program.getSourceFile(join(output, name));
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
});
process.stdout.write(typescript.formatDiagnostics(problems, {
  getCanonicalFileName: name => name, getCurrentDirectory: () => output, getNewLine: () => '\n',
}));
// Each class has its short name.
const types = readFileSync(join(output, 'serversignal-1.d.ts'), 'utf8');
for (const name of ['Client', 'Hub', 'List', 'Patch', 'Peer', 'View']) {
  if (!types.includes(`export import ${name} = ServerSignal.Signal${name};`)) {
    console.log(`${name} is missing`);
    problems.push(name);
  }
}
process.exit(problems.length > 0 ? 1 : 0);
