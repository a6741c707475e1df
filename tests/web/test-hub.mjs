// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The module, and a plain client that knows nothing but fast-json-patch, follow a real hub.
// node test-hub.mjs DIRECTORY SERVER [SEED], DIRECTORY being where npm has installed package.json.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { connect } from '../../server-signal/web/server-signal.js';

const [directory, program, seedText] = process.argv.slice(2);
if (!existsSync(join(directory, 'node_modules', 'ws'))) {
  console.log('SKIP: ws and fast-json-patch are not installed');
  process.exit(77);
}
const require = createRequire(resolve(directory, 'package.json'));
const { WebSocket } = require('ws');
const { applyPatch } = require('fast-json-patch');

const COMMITS = 1000;
const DEADLINE = 60000;
const seed = Number(seedText ?? Date.now() % 2 ** 31);
console.log(`seed ${seed}`);

/* JSON with the members in the order of their names; -0 and 0 are the same to JSON.stringify. */
function canonical(value) {
  if (Array.isArray(value))
    return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null)
    return JSON.stringify(value);
  const members = Object.keys(value).sort()
    .map(key => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join()}}`;
}

async function until(what, condition) {
  const deadline = Date.now() + DEADLINE;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited for ${what}`);
    await new Promise(done => setTimeout(done, 5));
  }
}

/* The server: what it had at each revision. */
class Server {
  static async freePort() {
    const probe = createServer();
    await new Promise(done => probe.listen(0, '127.0.0.1', done));
    const { port } = probe.address();
    await new Promise(done => probe.close(done));
    return port;
  }

  constructor(port, ...options) {
    this.documents = [];
    this.process = spawn(program, ['--port', port, '--tell', ...options],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    this.url = null;
    createInterface({ input: this.process.stdout }).on('line', line => {
      const space = line.indexOf(' ');
      if (space < 0)
        this.url = `${line.replace('http', 'ws')}ws`;
      else
        this.documents[Number(line.slice(0, space))] = canonical(JSON.parse(line.slice(space + 1)));
    });
  }

  async kill() {
    this.process.kill('SIGKILL');
    await new Promise(done => this.process.on('exit', done));
  }
}

/* A plain client that does nothing but apply patches. */
function bare(url, shown) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let document = null;
  socket.on('message', (data, binary) => {
    assert.equal(binary, false);
    const { name, patch, ...more } = JSON.parse(data);
    assert.deepEqual(more, {}, 'plain has no other members');
    if (name === 'document') {
      document = applyPatch(document, patch, true, false).newDocument;
      shown.push(canonical(document));
    }
  });
  return socket;
}

/* A plain client showed the server's documents, in this order, perhaps with some left out. */
function checkOrder(shown, documents) {
  let revision = -1;
  for (const document of shown) {
    revision = documents.indexOf(document, Math.max(revision, 0));
    assert.ok(revision >= 0, `shown, but not there: ${document}`);
  }
}

const port = await Server.freePort();
let server = new Server(port, '--seed', seed, '--interval', 2, '--commits', COMMITS);
process.on('exit', () => server.process.kill('SIGKILL'));
process.on('SIGTERM', () => process.exit(1));
await until('the server', () => server.url);

const followed = [];
const clients = [];

function follow(options) {
  const client = connect(server.url, { WebSocket, ...options });
  const signal = client.signal('document');
  const shown = [];
  signal.watch(({ value, revision, stale }) => {
    if (stale)
      return;
    if (revision === null) {
      shown.push(canonical(value));
      return;
    }
    assert.ok(revision >= (shown.revision ?? 0), 'revisions do not go back');
    shown.revision = revision;
    followed.push([server, revision, canonical(value)]);
  });
  clients.push(client);
  return { client, signal, shown };
}

const first = follow();
const plain = follow({ plain: true });
const others = [];
const bares = [];
const bareShown = [[], [], []];

// Some join in the middle.
for (let i = 0; i < 3; i++) {
  bares.push(bare(server.url, bareShown[i]));
  others.push(follow());
  await until('more commits', () => server.documents.length > (i + 1) * COMMITS / 5);
}
await until('the last commit', () => server.documents.length > COMMITS);
const end = server.documents[COMMITS];
for (const { client, signal } of [first, ...others]) {
  await until('everything to arrive', () => signal.revision === COMMITS);
  assert.equal(client.protocol, 'server-signal.v1');
  assert.equal(client.error, null);
}
await until('everything to arrive', () => plain.shown[plain.shown.length - 1] === end);
for (const shown of bareShown)
  await until('everything to arrive', () => shown[shown.length - 1] === end);
assert.equal(plain.client.protocol, 'plain');
checkOrder(plain.shown, server.documents);
bareShown.forEach(shown => checkOrder(shown, server.documents));
for (const [{ documents }, revision, text] of followed)
  assert.equal(text, documents[revision], `revision ${revision}`);
console.log(`${followed.length} revisions followed, in plain ${plain.shown.length}, ` +
  `by fast-json-patch ${bareShown.map(({ length }) => length).join(', ')}; ` +
  `${server.documents.filter(Boolean).length} there were`);
assert.ok(followed.length > COMMITS / 2);

// One that wants less than there is, and nothing between what it has and the end.
const seldom = connect(server.url, { WebSocket, interval: 60000 });
const held = seldom.signal('counter');
const free = connect(server.url, { WebSocket });
const running = free.signal('counter');
await Promise.all([held.ready, running.ready]);
const from = held.revision;
await until('the other', () => running.revision > from + 30);
assert.equal(held.revision, from);
assert.equal(held.stale, false);
seldom.close();
free.close();

// A connection that is lost is taken up where it was.
const { signal, client } = first;
const counter = client.signal('counter');
await until('a count', () => counter.get('/value') > 0);
const { value } = signal;
client.close();
assert.equal(signal.stale, true);
client.open();
await until('the document to be confirmed', () => !signal.stale);
assert.equal(signal.value, value);
const before = counter.revision;
await until('the counter to go on', () => counter.revision > before);

// A token goes with the offer. A silent connection is probed, which changes nothing.
class Counting extends WebSocket {
  send(text) {
    Counting.sent = (Counting.sent ?? 0) + 1;
    super.send(text);
  }
}
const probing = follow({ WebSocket: Counting, heartbeat: 20, protocols: ['token.abc'] });
let watched = 0;
await until('the document', () => !probing.signal.stale);
probing.signal.watch(() => watched++);
await until('probes', () => Counting.sent > 10);
assert.equal(probing.client.protocol, 'server-signal.v1');
assert.equal(probing.client.error, null);
assert.equal(probing.signal.revision, COMMITS);
assert.equal(watched, 1);
others.push(probing);

// A signal that is not there, or that nobody may see, is an error of that signal only.
const nothing = client.signal('nothing');
await until('an error', () => nothing.error !== null);
assert.equal(nothing.error.code, 'unknown-signal');
assert.equal(client.state, 'open');

// A server that is killed and comes back with a new life of its signals.
const calls = [];
first.client.subscribe(state => calls.push(state));
await server.kill();
await until('the loss to be noticed', () => clients.every(({ state }) => state !== 'open'));
assert.ok(signal.stale);
server = new Server(port, '--seed', seed + 1, '--interval', 2, '--commits', 100,
  '--prototypes');
first.shown.revision = 0;
others.forEach(({ shown }) => {
  shown.revision = 0;
});
await until('the document to be whole again', () =>
  clients.every(({ state }) => state === 'open') && [first, ...others].every(other => other.signal.revision === 100 && !other.signal.stale));
assert.equal(canonical(signal.value), server.documents[100]);
await until('the plain one as well', () => canonical(plain.signal.value) === server.documents[100]);
for (const [{ documents }, revision, text] of followed)
  assert.equal(text, documents[revision], `revision ${revision}`);
assert.ok(calls.includes('waiting'));

clients.forEach(each => each.close());
bares.forEach(socket => socket.terminate());
await server.kill();
console.log('killed and followed again');

// A snapshot as large as the client takes, and one that is larger.
server = new Server(port, '--interval', 1000, '--large', 64 * 1024 * 1024);
await until('the server', () => server.url);
const roomy = connect(server.url, { WebSocket });
const large = roomy.signal('large');
await until('the large document', () => !large.stale);
assert.ok(large.value.length > 67000000);
const careful = connect(server.url, { WebSocket, max: 64 * 1024 * 1024 - 1 });
const tooLarge = careful.signal('large');
await until('an error', () => tooLarge.error !== null);
assert.equal(tooLarge.error.code, 'too-large');
assert.equal(careful.state, 'open');
roomy.close();
careful.close();
await server.kill();
