// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The adapters with their frameworks, in a browser.
// node test-adapters.mjs DIRECTORY CHROMIUM, where DIRECTORY is where npm has installed package.json.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [directory, chromium] = process.argv.slice(2);
const NEEDED = ['esbuild', 'react', 'vue', 'svelte', 'solid-js', 'lit', 'alpinejs', '@preact/signals-core'];
if (!NEEDED.every(name => existsSync(join(directory, 'node_modules', name)))) {
  console.log('SKIP: esbuild and the frameworks are not installed');
  process.exit(77);
}
const DEADLINE = 60000;
const require = createRequire(resolve(directory, 'package.json'));
const { build } = require('esbuild');
const { compile } = require('svelte/compiler');

// Where the frameworks are found, beside the package as it is installed.
const folder = resolve(directory, 'adapters');
rmSync(folder, { recursive: true, force: true });
cpSync(fileURLToPath(new URL('adapters', import.meta.url)), folder, { recursive: true });
cpSync(fileURLToPath(new URL('../../server-signal/web', import.meta.url)),
  join(folder, 'node_modules', 'server-signal'), { recursive: true });
cpSync(fileURLToPath(new URL('../../examples/pages/react.js', import.meta.url)),
  join(folder, 'example-react.js'));

const { outputFiles: [{ text }] } = await build({
  entryPoints: [join(folder, 'page.mjs')], bundle: true, write: false, format: 'esm',
  define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  plugins: [{ name: 'svelte', setup({ onLoad }) {
    onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, 'utf8'), { filename: path, dev: false }).js.code,
    }));
  } }],
});

const profile = mkdtempSync(join(tmpdir(), 'server-signal-'));
let child;
const results = await new Promise((done, fail) => {
  const server = createServer((request, response) => {
    if (request.url === '/page.js') {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(text);
    } else if (request.url === '/example.html') {
      response.end(readFileSync(new URL('../../examples/pages/element.html', import.meta.url)));
    } else if (request.url === '/results') {
      let body = '';
      request.on('data', data => { body += data; });
      request.on('end', () => {
        response.end();
        done(JSON.parse(body));
      });
    } else {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!DOCTYPE html><meta charset="utf-8"><body>' +
        '<script>onerror = onunhandledrejection = event => fetch("/results", { method: "POST", ' +
        'body: JSON.stringify({ page: String(event.reason ?? event) }) })</script>' +
        '<script type="module" src="page.js"></script>');
    }
  });
  server.listen(0, '127.0.0.1', () => {
    // A session of its own: it starts a family of processes.
    child = spawn(chromium, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
      '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--remote-debugging-port=0',
      `--user-data-dir=${profile}`, `http://127.0.0.1:${server.address().port}/`],
    { detached: true, stdio: 'ignore' });
    child.on('error', fail);
  });
  setTimeout(() => fail(new Error('the page has said nothing')), DEADLINE);
}).finally(() => {
  if (child?.pid)
    process.kill(-child.pid, 'SIGKILL');
});
await new Promise(done => setTimeout(done, 100));
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
for (const [name, result] of Object.entries(results))
  console.log(`${name}: ${result}`);
assert.ok(Object.keys(results).length >= 7);
assert.ok(Object.values(results).every(result => result === 'ok'));
process.exit(0);
