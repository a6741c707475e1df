// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// ws, as its README has it, broadcasting a count; it says how it fares as subject.c does.

import fs from 'node:fs';
import readline from 'node:readline';
import { createRequire } from 'node:module';

// The folder that has node_modules.
const require = createRequire(`${process.argv[2]}/`);
const { WebSocketServer } = require('ws');

const TICK_MS = 5;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
let value = 0;
let lastTick = performance.now();
let worst = 0;
let usage = { rss_kib: 0, heap_kib: 0, fds: 0 };
const limit = Number(/^Max open files +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))[1]);

server.on('connection', client => client.on('error', () => {}));
server.on('listening', () => console.log(`ws://127.0.0.1:${server.address().port}/ws`));
setInterval(() => {
  const text = JSON.stringify({ value: value++ });
  for (const client of server.clients)
    client.send(text);
}, 50);

function tick() {
  worst = Math.max(worst, performance.now() - lastTick - TICK_MS);
  lastTick = performance.now();
}
setInterval(tick, TICK_MS);

readline.createInterface({ input: process.stdin }).on('line', line => {
  if (line === 'reset') {
    lastTick = performance.now();
    worst = 0;
    console.log('reset');
    return;
  }
  tick();
  try {
    const memory = process.memoryUsage();
    usage = {
      rss_kib: Math.round(memory.rss / 1024),
      heap_kib: Math.round((memory.heapUsed + memory.external) / 1024),
      fds: fs.readdirSync('/proc/self/fd').length,
    };
  } catch {
    // There is no descriptor left to look with.
    usage.fds = limit;
  }
  console.log(JSON.stringify({ worst_ms: worst, peers: server.clients.size, ...usage }));
}).on('close', () => process.exit(0));
