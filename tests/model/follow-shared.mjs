// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Several tabs that share one connection, and say all that they show, for model.py.
// node follow-shared.mjs DIRECTORY SEED URI NAME…, DIRECTORY being where npm has installed ws.
//
// Each tab is a thread with a module of its own; channels between them are Node's, and the locks are here. On "wild" the
// worst is done to them until "calm", after which all are there and follow everything. Lines are those of follow.mjs
// behind the number of the tab, and:
//
//   join N, gone N     a tab has come, or was closed
//   sockets N          so many connections are there now
//   did WHAT           something was done
//   calm               nothing more will be

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { random } from '../web/random.mjs';

const TABS = 4;
const MOST = 6;
const PAUSE_MS = 400; // between two things that are done, at most
const CLOSE_MS = 1000;
const STALL_MS = 600; // for so long a tab is stalled, at most

/* The main thread is the browser: it has the tabs and the locks. */
function browser(directory, seed, url, names) {
  const { below } = random(seed);
  const tabs = new Map(); // number → { worker, sockets, locks }
  const queues = new Map(); // of each lock: its holder, and those who wait
  let number = 0;
  let wild = false;
  const say = line => process.stdout.write(`${line}\n`);
  const sockets = () => say(`sockets ${[...tabs.values()].reduce((sum, tab) => sum + tab.sockets, 0)}`);

  function grant(name) {
    const [head] = queues.get(name);
    if (head && !head.granted) {
      head.granted = true;
      head.tab.worker.postMessage({ granted: head.id });
    }
  }

  function leave(name, gone) {
    const queue = queues.get(name).filter(entry => !gone(entry));
    queues.set(name, queue);
    grant(name);
  }

  function join() {
    const mine = ++number;
    const worker = new Worker(new URL(import.meta.url), { workerData: { directory, url, names } });
    const tab = { worker, sockets: 0, number: mine };
    tabs.set(mine, tab);
    say(`join ${mine}`);
    worker.on('message', ({ say: line, lock, id, unlock, socket }) => {
      if (!tabs.has(mine))
        return; // it was closed while that was on its way
      if (line) {
        say(`${mine} ${line}`);
      } else if (lock) {
        queues.set(lock, [...queues.get(lock) ?? [], { tab, id, granted: false }]);
        grant(lock);
      } else if (unlock) {
        leave(unlock, entry => entry.tab === tab && entry.id === id);
      } else {
        tab.sockets += socket;
        sockets();
      }
    });
    worker.on('error', error => { throw error; });
  }

  /* A tab is gone at once, whatever it was about, and its locks are free. */
  function close(tab) {
    tabs.delete(tab.number);
    say(`gone ${tab.number}`);
    tab.worker.terminate().then(() => {
      [...queues.keys()].forEach(name => leave(name, entry => entry.tab === tab));
      sockets();
    });
  }

  const any = () => [...tabs.values()][below(tabs.size)];
  const leader = () => [...queues].find(([name]) => name.startsWith('server-signal '))?.[1][0]?.tab;
  const mischief = {
    leader: () => close(leader() ?? any()),
    close: () => close(any()),
    stall: () => any().worker.postMessage({ stall: below(STALL_MS) }),
    deaf: () => (leader() ?? any()).worker.postMessage({ stall: below(STALL_MS) }),
    freeze: () => any().worker.postMessage({ away: 'freeze', back: 'resume', ms: below(STALL_MS) }),
    cache: () => any().worker.postMessage({ away: 'pagehide', back: 'pageshow', ms: below(STALL_MS) }),
    forget: () => any().worker.postMessage({ forget: names[below(names.length)] }),
    reopen: () => any().worker.postMessage({ reopen: true }),
    join: () => tabs.size < MOST && join(),
  };
  let left = [];

  function step() {
    if (left.length === 0) {
      left = Object.keys(mischief).map(what => [below(1000), what]).sort().map(([, what]) => what);
      if (!wild) {
        while (tabs.size < TABS)
          join();
        while (tabs.size > TABS)
          close(any());
        tabs.forEach(({ worker }) => worker.postMessage({ settle: true }));
        say('calm');
        return;
      }
    }
    const what = left.pop();
    mischief[what]();
    while (tabs.size < 2)
      join();
    say(`did ${what}`);
    setTimeout(step, 1 + below(PAUSE_MS));
  }

  for (let i = 0; i < TABS; i++)
    join();
  createInterface(process.stdin).on('line', line => {
    const begins = line === 'wild' && !wild;
    wild = line === 'wild';
    if (begins)
      step();
  }).on('close', () => process.exit(0));
}

/* Web Locks, kept by the main thread. */
function makeLocks() {
  const waiting = new Map();
  let last = 0;
  parentPort.on('message', ({ granted }) => waiting.get(granted)?.());
  return {
    request(name, ...rest) {
      const callback = rest.pop();
      const signal = rest[0]?.signal;
      const id = ++last;
      return new Promise((done, fail) => {
        const end = () => {
          waiting.delete(id);
          parentPort.postMessage({ unlock: name, id });
        };
        const stop = () => {
          end();
          fail(new Error('AbortError'));
        };
        waiting.set(id, () => {
          signal?.removeEventListener('abort', stop);
          waiting.delete(id);
          Promise.resolve(callback({ name })).finally(end).then(done, fail);
        });
        if (signal?.aborted) {
          stop();
        } else {
          signal?.addEventListener('abort', stop);
          parentPort.postMessage({ lock: name, id });
        }
      });
    },
  };
}

/* Each other thread is a tab. */
async function tab({ directory, url, names }) {
  const events = new EventTarget();
  for (const how of ['addEventListener', 'removeEventListener'])
    globalThis[how] = events[how].bind(events);
  globalThis.document = new EventTarget();
  Object.defineProperty(globalThis, 'navigator', { value: { locks: makeLocks() }, configurable: true });
  const { WebSocket } = createRequire(resolve(directory, 'package.json'))('ws');
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      parentPort.postMessage({ socket: 1 });
      this.on('error', () => {}); // of one that is closed before it was open
      this.on('close', () => parentPort.postMessage({ socket: -1 }));
    }

    /* A browser does not wait for the other end for long. */
    close(...how) {
      super.close(...how);
      setTimeout(() => this.terminate(), CLOSE_MS);
    }
  };
  const { connect } = await import('../../server-signal/web/server-signal.js');
  const { follow, watch } = await import('./follow.mjs');
  const say = line => parentPort.postMessage({ say: line });
  const client = follow(connect, url, names, say, { shared: true });
  const forgotten = new Set();
  const stall = ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  const tell = (type, more) => {
    const event = Object.assign(new Event(type), more);
    (type === 'freeze' || type === 'resume' ? globalThis.document : events).dispatchEvent(event);
  };

  parentPort.on('message', ({ stall: ms, away, back, ms: long, forget, reopen, settle }) => {
    if (ms !== undefined) {
      stall(ms);
    } else if (away) {
      tell(away, { persisted: true });
      stall(long);
      tell(back, { persisted: true });
    } else if (forget && !forgotten.has(forget)) {
      forgotten.add(forget);
      client.release(forget);
    } else if (reopen) {
      client.close();
      client.open();
    } else if (forget || settle) {
      [...forgotten].forEach(name => watch(client, name, say));
      forgotten.clear();
    }
  });
}

if (isMainThread) {
  const [directory, seed, url, ...names] = process.argv.slice(2);
  browser(directory, Number(seed), url, names);
} else {
  await tab(workerData);
}
