// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Makes serversignal-1.d.ts, the types of the library for GJS: those that ts-for-gir makes from the GIR, with native
// values, the short names, and what the override adds.
//
// node generate.mjs TS_FOR_GIR FOLDER OUTPUT [GIR_FOLDER]…, where FOLDER has ServerSignal-1.gir. OUTPUT gets the types of the
// namespaces that it needs as well.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [generator, folder, output, ...others] = process.argv.slice(2);
const girs = [folder, ...others, '/usr/share/gir-1.0', '/usr/local/share/gir-1.0'];

execFileSync(generator, ['generate', 'ServerSignal-1', ...girs.flatMap(gir => ['-g', gir]), '-o', output,
  '--ignoreVersionConflicts'], { stdio: ['ignore', 'ignore', 'inherit'], cwd: output });

const path = join(output, 'serversignal-1.d.ts');
let types = readFileSync(path, 'utf8');
const additions = readFileSync(fileURLToPath(new URL('additions.d.ts', import.meta.url)), 'utf8');

// Values instead of nodes: what is given to a function may be any value, what it gives is one.
types = types.replace(/\bJson\.Node( \| null)?(?=[^()]*\)\s*(?::|=>))/g, 'Input')
  .replace(/(\)\s*(?::|=>)\s*)Json\.Node( \| null)?/g, '$1Value')
  .replace(/Promise<Json\.Node( \| null)?>/g, 'Promise<Value>')
  .replace(/\((\w+): SignalPatch\): boolean/g, '($1: SignalPatch | Operations): boolean');

// A promise needs no cancellable.
types = types.replace(/cancellable: (Gio\.Cancellable \| null\): globalThis\.Promise)/g, 'cancellable?: $1');

// The name of a member, by which one takes the place of another.
function nameOf(line) {
  const found = /^\s*(?:static |readonly |get |set )*(\["new"\]|\['new'\]|\[[\w.]+[^\]]*\]|\w+)/.exec(line);
  return found && `${/^\s*static /.test(line) ? 'static ' : ''}${found[1].replaceAll('"', '\'')}`;
}

const counted = (text, pattern) => (text.match(pattern) ?? []).length;

// Members one after the other, each with the comments before it.
function members(body) {
  const found = [];
  let text = '';
  let depth = 0;
  let inComment = false;
  for (const line of body.split('\n')) {
    text += `${line}\n`;
    if (inComment || line.trim().startsWith('/*')) {
      inComment = !line.includes('*/');
      continue;
    }
    depth += counted(line, /[{(]/g) - counted(line, /[})]/g);
    if (depth === 0 && line.trim().endsWith(';') || depth === 0 && line.trim().endsWith('}')) {
      const declaration = text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '').trim();
      found.push({ name: nameOf(declaration), text });
      text = '';
    }
  }
  return { found, rest: text };
}

const indent = '        ';
for (const [, name, body] of additions.matchAll(/^class (\w+) \{\n([^]*?)^\}/gm)) {
  const added = members(body).found;
  const names = new Set(added.map(member => member.name));
  const start = types.search(new RegExp(`^    class ${name}[ <]`, 'm'));
  if (start < 0)
    throw new Error(`ts-for-gir has no class ${name}`);
  const begin = types.indexOf('{\n', start) + 2;
  const end = types.indexOf('\n    }\n', begin) + 1;
  const { found, rest } = members(types.slice(begin, end));
  const kept = found.filter(member => !names.has(member.name)).map(member => member.text).join('');
  const own = added.map(member => member.text.replace(/^ {2}/gm, indent)).join('');
  types = `${types.slice(0, begin)}${own}${kept}${rest}${types.slice(end)}`;
}

// The other declarations, and the short names.
const declarations = additions.replace(/^class \w+ \{\n[^]*?^\}\n/gm, '').replace(/^\/\/.*\n/gm, '').trim();
const long = [...types.matchAll(/^    (?:export )?(?:class|namespace|enum) (Signal[A-Z]\w*)/gm)].map(([, name]) => name);
const shorts = [...new Set(long)].filter(name => !name.endsWith('Class') && !/Func$/.test(name))
  .map(name => `    export import ${name.slice('Signal'.length)} = ServerSignal.${name};`);
types = types.replace(/^export namespace ServerSignal \{\n/m, head =>
  `${head}\n${declarations.replace(/^(?=.)/gm, '    ')}\n\n${shorts.join('\n')}\n`);

writeFileSync(path, types);
