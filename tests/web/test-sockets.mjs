// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The module over the WebSockets of other makers: undici, which Node has, ws, and Node's own where it has one.
// node test-sockets.mjs DIRECTORY, where DIRECTORY is where npm has installed package.json.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

import { connect } from '../../server-signal/web/server-signal.js';

const [directory] = process.argv.slice(2);
if (!['undici', 'ws'].every(name => existsSync(join(directory, 'node_modules', name)))) {
  console.log('SKIP: undici and ws are not installed');
  process.exit(77);
}
const require = createRequire(resolve(directory, 'package.json'));
const ws = require('ws');
const kinds = { undici: require('undici').WebSocket, ws: ws.WebSocket };
if (globalThis.WebSocket)
  kinds.node = globalThis.WebSocket;

const PROTOCOL = 'server-signal.v1';
const DEADLINE = 10000; // each attempt would take twice that where a failure is not noticed
const snapshot = [{ op: 'replace', path: '', value: { n: 1 } }];

async function until(what, condition) {
  const deadline = Date.now() + DEADLINE;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited for ${what}`);
    await new Promise(done => setTimeout(done, 5));
  }
}

async function listening(server) {
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return server.address().port;
}

const nobody = createServer();
const freePort = await listening(nobody);
await new Promise(done => nobody.close(done));

/* Refuses at /403; at /dropped it takes v1, as a hub does, and a proxy drops the header that says so. */
const offers = [];
const server = createHttpServer();
const sockets = new ws.WebSocketServer({ noServer: true,
  handleProtocols: (all, { url }) => (url === '/v1' && all.has(PROTOCOL) ? PROTOCOL : false) });
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {}); // the other end may be gone
  const offer = (request.headers['sec-websocket-protocol'] ?? '').split(/, */);
  offers.push(offer.join());
  if (request.url === '/403') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, peer => {
    const say = frame => peer.send(JSON.stringify(frame));
    if (request.url === '/broken') {
      socket.write(Buffer.from([0xff, 0])); // reserved bits, and an operation that there is not
      return;
    }
    if (!offer.includes(PROTOCOL)) {
      say({ name: 'counter', patch: snapshot });
      return;
    }
    say({ hello: { protocol: PROTOCOL, signals: ['counter'] } });
    peer.on('message', () => say({ name: 'counter', patch: snapshot, epoch: 'E', rev: 7 }));
  });
});
const port = await listening(server);

for (const [kind, WebSocket] of Object.entries(kinds)) {
  const begin = (url, options) => connect(url, { WebSocket, retryMin: 20, retryMax: 40, ...options });
  const note = client => {
    const errors = [];
    client.subscribe((state, { error }) => state === 'waiting' && errors.push(error.message));
    return errors;
  };

  for (const plain of [false, true]) {
    for (const [what, url] of [['nobody', `ws://127.0.0.1:${freePort}/`],
      ['a refusal', `ws://127.0.0.1:${port}/403`]]) {
      const client = begin(url, { plain });
      const errors = note(client);
      await until(`${kind} to fail at ${what}`, () => errors.length >= 3);
      assert.match(errors[0], /Cannot connect/);
      client.close();
    }
  }

  const v1 = begin(`http://127.0.0.1:${port}/v1#part`);
  const current = v1.signal('counter');
  await until(`${kind} to follow`, () => !current.stale);
  assert.equal(v1.protocol, PROTOCOL);
  assert.equal(current.revision, 7);
  v1.close();

  // An attempt without an offer finds out what is spoken, at once.
  const dropped = begin(`ws://127.0.0.1:${port}/dropped`);
  const signal = dropped.signal('counter');
  await until(`${kind} to get through`, () => !signal.stale);
  assert.deepEqual(signal.value, { n: 1 });
  dropped.close();

  // It keeps the entries of the application.
  offers.length = 0;
  const token = begin(`ws://127.0.0.1:${port}/403`, { protocols: async () => 'token.a' });
  await until(`${kind} to try both`, () => offers.length >= 2);
  assert.deepEqual(offers.slice(0, 2), [`${PROTOCOL},token.a`, 'token.a']);
  token.close();

  const broken = begin(`ws://127.0.0.1:${port}/broken`, { plain: true });
  const errors = note(broken);
  await until(`${kind} to lose a broken connection`, () => errors.length >= 1);
  broken.close();
  console.log(`${kind} connects, and notices when it does not`);
}
server.close();
process.exit(0);
