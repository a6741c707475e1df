// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Peers of the benchmark of stores: node peers.mjs socketio|colyseus SOCKET. Prints JSON: medians in
// microseconds of 2,000, one at a time, between this process and a child of it, and a rate.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';

const TIMES = 2000;
const BURST = 5000;
const [peer, socket, role] = process.argv.slice(2);

function startChild() {
  return fork(import.meta.filename ?? new URL(import.meta.url).pathname, [peer, socket, 'child']);
}

/* The median time from `ask(i)` until `answered` is called. */
async function measure(ask, whenAnswered) {
  const times = [];
  for (let i = 0; i < TIMES; i++) {
    const answered = whenAnswered();
    const start = performance.now();
    ask(i);
    await answered;
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[TIMES / 2] * 1000;
}

async function makeServer() {
  const { createClient } = await import('redis');
  const { createAdapter } = await import('@socket.io/redis-streams-adapter');
  const { Server } = await import('socket.io');
  const redis = createClient({ socket: { path: socket } });
  await redis.connect();
  const http = createServer();
  const io = new Server(http, { adapter: createAdapter(redis) });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return { io, port: http.address().port };
}

/* From an emit here to a client of the child's server, which is in this process. */
async function socketio() {
  if (role === 'child') {
    process.send((await makeServer()).port);
    return;
  }

  const { io } = await makeServer();
  const child = startChild();
  const [port] = await once(child, 'message');
  const { io: connect } = await import('socket.io-client');
  const client = connect(`ws://127.0.0.1:${port}`, { transports: ['websocket'] });
  await once(client, 'connect');
  const latency = await measure(i => io.emit('n', i), () => once(client, 'n'));
  const start = performance.now();
  const last = new Promise(resolve => client.on('n', i => i === BURST && resolve()));
  for (let i = 1; i <= BURST; i++)
    io.emit('n', i);
  await last;
  const rate = BURST / (performance.now() - start) * 1000;
  console.log(JSON.stringify({
    'socket.io with Redis streams, an emit to a client of another process, µs': latency,
    'socket.io with Redis streams, emits a second until that client has the last': rate,
  }));
  child.kill();
  process.exit(0);
}

/* From a publish here to its callback in the child, as a half of the way there and back. */
async function colyseus() {
  const { RedisPresence } = await import('@colyseus/redis-presence');
  const presence = new RedisPresence({ path: socket });
  if (role === 'child') {
    await presence.subscribe('there', i => presence.publish('back', i));
    process.send('ready');
    return;
  }

  let answer;
  await presence.subscribe('back', i => answer(i));
  const child = startChild();
  await once(child, 'message');
  const latency = await measure(i => presence.publish('there', i), () => new Promise(resolve => { answer = resolve; }));
  console.log(JSON.stringify({ 'Colyseus, a publish to its callback in another process, µs': latency / 2 }));
  child.kill();
  process.exit(0);
}

await { socketio, colyseus }[peer]();
