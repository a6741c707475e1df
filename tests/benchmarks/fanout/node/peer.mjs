// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// ws: a message is made once and sent to each client, as its README's broadcast does.

import net from 'node:net';
import { WebSocketServer } from 'ws';

const FILLING = 'x'.repeat(10000);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
let active = null;
let value = 100000;
let single = 100000;

const update = (name, path, content) =>
  Buffer.from(JSON.stringify({ name, patch: [{ op: 'replace', path, value: content }] }));

function broadcast(data) {
  for (const client of server.clients)
    client.send(data, { binary: false });
}

function take(byte) {
  if (byte === 'b')
    broadcast(update('counter', '/value', ++value));
  else if (byte === 'l')
    broadcast(update('page', '/text', `${++value}${FILLING}`));
  else
    active?.send(update('single', '/value', ++single), { binary: false });
}

server.on('connection', client => {
  active ??= client;
  client.on('error', () => {});
});

const control = net.createServer(connection => {
  connection.setEncoding('latin1');
  connection.on('data', bytes => [...bytes].forEach(take));
  connection.on('error', () => {});
});

server.on('listening', () => control.listen(0, '127.0.0.1', () =>
  console.log(server.address().port, control.address().port)));
