// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// JSON-RPC 2.0 over Node's ws.

import { WebSocketServer } from 'ws';

const methods = { add: ([number]) => number + 1 };
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

function answer(text) {
  const { method, params, id } = JSON.parse(text);
  const run = Object.hasOwn(methods, method) ? methods[method] : null;
  if (!run)
    return { jsonrpc: '2.0', error: { code: -32601, message: 'Method not found' }, id };
  return { jsonrpc: '2.0', result: run(params), id };
}

server.on('connection', client => {
  client.on('message', data => client.send(JSON.stringify(answer(data.toString()))));
  client.on('error', () => {});
});
server.on('listening', () => console.log(server.address().port));
