// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The package of npm: whole, of the version of the library, in the language that it says, and small.
// node test-package.mjs DIRECTORY VERSION, where DIRECTORY is where npm has installed package.json.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const [directory, version] = process.argv.slice(2);
if (!existsSync(join(directory, 'node_modules', 'esbuild'))) {
  console.log('SKIP: esbuild is not installed');
  process.exit(77);
}
// Bytes, minified and compressed by gzip. The core is what a page loads before its first data: the connection and
// snapshots. Files of their own have all that follows it at once in each page, and all that few need, or only when
// something is not as it should be. The zlib that Node brings and that of a system give different sizes, by one percent; each
// has to do.
const CORE = 8 * 1024;
const PAGE = 13 * 1024; // the core and what follows it
const FOLLOWING = ['updates.js', 'upkeep.js'];
const PART = 2.8 * 1024;
const ADAPTER = 1024;
const web = fileURLToPath(new URL('../../server-signal/web/', import.meta.url));
const read = name => readFileSync(join(web, name), 'utf8');
const { transformSync } = createRequire(resolve(directory, 'package.json'))('esbuild');

// npm puts these in, and all that is exported is there.
const folder = resolve(directory, 'package');
rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, 'node_modules', 'server-signal'), { recursive: true });
const [{ filename, files }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--offline',
  '--cache', join(folder, 'cache'), '--pack-destination', folder, web], { encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'] }));
const packed = files.map(({ path }) => path).sort();
const { exports, version: said, main, types } = JSON.parse(read('package.json'));
assert.equal(said, version, 'the version is that of the library');
const wanted = [main, types, ...Object.values(exports).flatMap(
  target => (typeof target === 'string' ? [target] : Object.values(target)))]
  .map(path => path.replace('./', ''));
assert.deepEqual(wanted.filter(path => !packed.includes(path)), [], 'all that is exported is packed');
assert.ok(packed.includes('README.md') && packed.includes('inspector.html'));
const adapters = readdirSync(join(web, 'adapters')).filter(name => name.endsWith('.js'));
for (const name of adapters)
  assert.ok(`./${name.replace('.js', '')}` in exports, `${name} is exported`);

// The library carries and installs the same files.
const [, list] = read('meson.build').match(/^web_names = \[\n(.*?)^\]$/ms);
const carried = [...list.matchAll(/'(.*?)'/g)].map(([, name]) => name);
assert.deepEqual(carried, [...carried].sort(), 'the list is in order');
assert.deepEqual(packed.filter(name => !['README.md', 'package.json'].includes(name)), carried);

// JSR has the same, and finds the types by a line in each file.
const jsr = JSON.parse(read('jsr.json'));
const { peerDependencies, typesVersions } = JSON.parse(read('package.json'));
assert.equal(jsr.version, version);
assert.deepEqual({ ...jsr.exports, './package.json': './package.json' },
  Object.fromEntries(Object.entries(exports).map(([name, target]) => [name, target.default ?? target])));
for (const [name, target] of Object.entries(jsr.exports)) {
  const [, declared] = read(target).match(/^\/\/ @ts-self-types="(.*)"$/m) ?? [];
  assert.equal(declared && join(dirname(target), declared), join(exports[name].types), target);
}
assert.deepEqual(jsr.publish.include.filter(name => name !== 'jsr.json' && name !== 'README.md'),
  JSON.parse(read('package.json')).files, 'both registries get the same files');
for (const name of adapters) {
  for (const [, from] of read(`adapters/${name}`).matchAll(/ from '([^.'][^']*)'/g)) {
    const [, peer] = from.match(/^(@[^/]*\/[^/]*|[^/]*)/);
    assert.equal(jsr.imports[from], `npm:${peer}@${peerDependencies[peer]}${from.slice(peer.length)}`, from);
  }
}
// Compilers that do not look at exports find the types all the same.
assert.deepEqual(typesVersions, { '*': Object.fromEntries(Object.entries(exports)
  .filter(([name]) => name !== '.' && name !== './package.json')
  .map(([name, target]) => [name.slice(2), [target.types]])) });

// Installed, it is found by its names. Those of frameworks need these.
execFileSync('tar', ['-xzf', join(folder, filename), '-C',
  join(folder, 'node_modules', 'server-signal'), '--strip-components=1']);
execFileSync(process.execPath, ['--input-type=module', '-e', `
  import { connect } from 'server-signal';
  import { ServerSignalElement } from 'server-signal/element';
  import { SignalController } from 'server-signal/lit';
  import { offline } from 'server-signal/offline';
  import { signals } from 'server-signal/alpine';
  import { actions } from 'server-signal/actions';
  import { optimistic } from 'server-signal/optimistic';
  import { applyPatch } from 'server-signal/patch';
  import { useSignal } from 'server-signal/react';
  import { useSignal as forVue } from 'server-signal/vue';
  import { fromSignal } from 'server-signal/preact-signals';
  if ([connect, actions, applyPatch, optimistic, ServerSignalElement, SignalController, offline, signals, useSignal, forVue, fromSignal]
    .some(exported => typeof exported !== 'function'))
    throw new Error('something is not exported');`], { cwd: folder });

// ES2021 is what they are written in: nothing newer has to be taken apart.
const scripts = readdirSync(web).filter(name => name.endsWith('.js'));
// The inspector is no part of an application's page.
const modules = scripts.filter(name => !name.startsWith('inspector'));
const sources = [...modules, ...adapters.map(name => `adapters/${name}`)];
for (const name of [...sources, ...scripts]) {
  const [old, now] = ['es2021', 'esnext'].map(
    target => transformSync(read(name), { target, format: 'esm' }).code);
  assert.equal(old, now, `${name} is ES2021`);
}

const limit = name => (name === 'server-signal.js' ? CORE : modules.includes(name) ? PART : ADAPTER);
let all = 0;
let page = 0;
for (const name of sources) {
  const { code } = transformSync(read(name), { minify: true, treeShaking: true, target: 'es2021', format: 'esm' });
  const size = gzipSync(code, { level: 9 }).length;
  console.log(`${name}: ${size} bytes`);
  assert.ok(size <= limit(name), `${name} is larger than ${limit(name)}`);
  if (modules.includes(name))
    all += size;
  if (name === 'server-signal.js' || FOLLOWING.includes(name))
    page += size;
}
console.log(`what a page loads: ${page} bytes`);
assert.ok(page <= PAGE, `what a page loads is larger than ${PAGE}`);
console.log(`all but the adapters: ${all} bytes`);
