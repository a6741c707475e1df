// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The module follows the Axum server of the Rust crate leptos_server_signal.
// node test-axum.mjs PACKAGES PROGRAM, PACKAGES being where npm has installed tests/web/package.json.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { connect } from '../../server-signal/web/server-signal.js';

const [packages, program] = process.argv.slice(2);
if (!existsSync(program)) {
  console.log('SKIP: the Rust programs were not built: no cargo, or none of its packages');
  process.exit(77);
}
if (!existsSync(join(packages, 'node_modules', 'ws'))) {
  console.log('SKIP: ws is not installed');
  process.exit(77);
}
const { WebSocket } = createRequire(resolve(packages, 'package.json'))('ws');

const DEADLINE = 30000;

async function until(what, condition) {
  const deadline = Date.now() + DEADLINE;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited for ${what}`);
    await new Promise(done => setTimeout(done, 5));
  }
}

const probe = createServer();
await new Promise(done => probe.listen(0, '127.0.0.1', done));
const { port } = probe.address();
await new Promise(done => probe.close(done));

let server;
let lines;

function start() {
  server = spawn(program, [port], { stdio: ['ignore', 'pipe', 'inherit'] });
  lines = [];
  createInterface({ input: server.stdout }).on('line', line => lines.push(line));
}

async function kill() {
  server.kill('SIGKILL');
  await new Promise(done => server.on('exit', done));
}

process.on('exit', () => server.kill('SIGKILL'));
process.on('SIGTERM', () => process.exit(1));
start();
await until('the server', () => lines.length > 0);

// The README's counter: from the default on, and again after the server was killed. Frames that have come together,
// as the first ones have while plain.js is loaded, are shown together.
const client = connect(`ws://127.0.0.1:${port}/ws`, { WebSocket, retryMin: 20, retryMax: 50 });
const counter = client.signal('counter', { value: 0 });
assert.deepEqual(counter.value, { value: 0 });
assert.ok(counter.stale);
for (let life = 0; life < 2; life++) {
  const seen = [];
  const stop = counter.watch(({ stale, value }) => stale || seen.push(value.value));
  await until('a hundred', () => seen.length > 0 && seen[seen.length - 1] >= 100);
  stop();
  assert.equal(client.protocol, 'plain');
  assert.equal(client.error, null);
  assert.ok(seen.every((value, i) => value > (i > 0 ? seen[i - 1] : 0)), `${seen}`);

  await kill();
  await until('the loss', () => client.state === 'waiting');
  assert.ok(counter.stale);
  assert.ok(counter.value.value >= 100);
  start();
}
client.close();
await until('the server', () => lines.length > 0);

// A signal that is asked for when patches of it have come already.
const other = connect(`ws://127.0.0.1:${port}/table`, { WebSocket });
const first = other.signal('counter', { value: 0 });
await until('patches', () => first.value.value > 50);
const table = other.signal('table', { steps: 0, rows: [] });
assert.equal(table.stale, false);
assert.ok(table.value.steps >= 50);
await until('the end', () => lines[lines.length - 1].startsWith('table '));
const end = JSON.parse(lines[lines.length - 1].slice('table '.length));
await until('it to arrive', () => table.value.steps === end.steps);
assert.deepEqual(table.value, end);
assert.equal(other.error, null);
console.log(`${end.steps} steps, ${end.rows.length} rows`);
other.close();

// Without the default nothing can be patched, which is told.
const without = connect(`ws://127.0.0.1:${port}/table`, { WebSocket, retryMin: 1, retryMax: 1 });
const lost = without.signal('table');
await until('an end', () => without.state === 'closed');
assert.match(without.error.message, /default/);
assert.ok(lost.stale);
await kill();
