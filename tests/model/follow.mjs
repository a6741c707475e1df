// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The browser module as a client that says all that it shows, for model.py.
// node follow.mjs DIRECTORY URI NAME…, DIRECTORY being where npm has installed ws, or "events": then no WebSocket gets through.
// In a browser model.py calls follow().

/** Says what a signal shows. "-" stands for the epoch of a plain server. */
export function watch(client, name, say) {
  let shown = null, stale = null;
  client.signal(name).watch(signal => {
    if (!signal.stale && signal.revision !== null && (signal.value !== shown || stale)) {
      shown = signal.value;
      say(`value ${name} ${signal.epoch ?? '-'} ${signal.revision} ${JSON.stringify(shown)}`);
    }
    if (signal.stale !== stale) {
      ({ stale } = signal);
      say(`stale ${name} ${Number(stale)}`);
    }
  });
}

export function follow(connect, url, names, say, options = {}) {
  const client = connect(url, {
    retryMin: 1, retryMax: 50, openTimeout: 2000, heartbeat: 500, ...options,
  });
  let state = null;

  for (const name of names)
    watch(client, name, say);
  client.subscribe(now => {
    if (now !== state) {
      state = now;
      say(`state ${state}`);
    }
  });
  return client;
}

if (globalThis.process?.argv[1]?.endsWith('follow.mjs')) {
  const { createRequire } = await import('node:module');
  const { resolve } = await import('node:path');
  const { connect } = await import('../../server-signal/web/server-signal.js');
  const [directory, url, ...names] = process.argv.slice(2);
  const say = line => process.stdout.write(`${line}\n`);

  if (directory === 'events') {
    globalThis.WebSocket = class {
      constructor() { setTimeout(() => this.onclose?.({ code: 1006, reason: '' })); }

      close() {}
    };
    follow(connect, url, names, say);
  } else {
    const { WebSocket } = createRequire(resolve(directory, 'package.json'))('ws');
    follow(connect, url, names, say, { WebSocket });
  }
}
