// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// One connection for all tabs of an origin: in a SharedWorker, else in one of the tabs, which is
// known by a lock. The module loads it for the option `shared`.

import makeRelay from './shared-relay.js';

const STARTED_MS = 5000; // for a worker to say something before it counts as none
const PING_MS = 5000; // between questions whether the other end is there, and for the answer

let PROTOCOL, ServerSignalError, internals, later;

const refused = new Map(); // keys for which there is no sharing, with whether the server seemed plain
const known = new Set(); // keys of servers that are not plain
const proving = new WeakSet(); // links that may find that out
let workers = typeof SharedWorker === 'function';

const randomId = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

/* The two ways to the relay: a port of a worker, … */
function openPort(key, heard, failed) {
  const worker = new SharedWorker(new URL('./shared-worker.js', import.meta.url),
    { type: 'module', name: key });
  let timer = later(failed, STARTED_MS);
  worker.onerror = failed;
  worker.port.onmessage = ({ data }) => {
    clearTimeout(timer);
    timer = undefined;
    heard(data);
  };
  return {
    post: message => worker.port.postMessage(message),
    close() {
      clearTimeout(timer);
      worker.onerror = worker.port.onmessage = null;
      worker.port.close();
    },
  };
}

/* … or a channel, at which one of the tabs answers. */
function openChannel(key, heard) {
  const id = randomId();
  const channel = new BroadcastChannel(key);
  const stand = standFor(key);
  let leader = null;
  channel.onmessage = ({ data }) => {
    if (data.leader !== undefined && data.leader !== leader) {
      // Another one: nothing is known of what was said to the one before.
      if (leader !== null)
        heard({ closed: { code: 1006, reason: 'the tab that had the connection has gone' },
          again: true });
      else
        heard({ leader: true });
      ({ leader } = data);
    } else if (data.to === id) {
      heard(data.message);
    }
  };
  const post = message => channel.postMessage({ from: id, message });
  post({ who: true });
  return {
    post,
    close() {
      channel.close();
      stand();
    },
  };
}

/* A page stands for leader, once for each key, for as long as it has a client of it. Gives a
 * function that takes it back. */
const stands = new Map();

function standFor(key) {
  let stand = stands.get(key);
  if (!stand) {
    stand = new Stand(key);
    stands.set(key, stand);
  }
  stand.users++;
  let stood = true;
  return () => {
    stand.users -= stood ? 1 : 0;
    stood = false;
    // The client may just be about to connect again.
    later(() => stand.users === 0 && stand.end(), PING_MS);
  };
}

class Stand {
  constructor(key) {
    this.key = key;
    this.users = 0;
    this.abort = null;
    this.leave = () => {};
    this.wake = this.wake.bind(this);
    for (const type of ['pagehide', 'pageshow'])
      globalThis.addEventListener?.(type, this.wake);
    for (const type of ['freeze', 'resume'])
      globalThis.document?.addEventListener(type, this.wake);
    this.begin();
  }

  begin() {
    if (this.abort)
      return;
    this.abort = new AbortController();
    const { signal } = this.abort;
    navigator.locks.request(this.key, { signal }, () => signal.aborted || new Promise(resolve => {
      const channel = new BroadcastChannel(this.key);
      const leader = randomId();
      const relay = makeRelay(internals);
      const ports = new Map();
      channel.onmessage = ({ data: { from, message } }) => {
        if (message?.who)
          channel.postMessage({ leader });
        else if (from !== undefined)
          relay.hear(ports, from, message,
            answer => channel.postMessage({ to: from, message: answer }));
      };
      channel.postMessage({ leader });
      this.leave = () => {
        channel.onmessage = null;
        relay.end();
        channel.close();
        resolve();
      };
    })).catch(() => {});
  }

  /* A page that is put away answers nobody. */
  wake({ type }) {
    if (type === 'pagehide' || type === 'freeze')
      this.retire();
    else if (this.users > 0)
      this.begin();
  }

  retire() {
    this.abort?.abort();
    this.abort = null;
    this.leave();
    this.leave = () => {};
  }

  end() {
    this.retire();
    stands.delete(this.key);
    for (const type of ['pagehide', 'pageshow'])
      globalThis.removeEventListener?.(type, this.wake);
    for (const type of ['freeze', 'resume'])
      globalThis.document?.removeEventListener(type, this.wake);
  }
}

/* Does for a client what a WebSocket does. */
class Shared {
  constructor(link, url, entries, key) {
    this.link = link;
    this.virtual = true;
    this.transport = null;
    this.readyState = 0;
    this.protocol = '';
    this.onopen = this.onmessage = this.onclose = this.onerror = null;
    this.key = key;
    this.alive = randomId();
    this.release = () => {};
    this.pinged = false;
    this.timer = undefined;
    const { max, retryMin, retryMax, openTimeout, heartbeat, fallback } = link.options;
    const options = { max, retryMin, retryMax, openTimeout, heartbeat, fallback };
    this.opening = { open: { url, entries, alive: this.alive, options, known: known.has(key) } };
    // The one who has the connection tries for as long as it takes.
    link.cancel('attempt');
    this.begin();
  }

  get oneWay() { return this.transport === 'events'; }

  async begin() {
    // The other end has it when this page is gone.
    if (globalThis.navigator?.locks) {
      await new Promise(resolve => {
        navigator.locks.request(this.alive, () => {
          resolve();
          return new Promise(released => { this.release = released; });
        }).catch(resolve);
      });
    }
    if (this.readyState !== 0) {
      this.release();
      return;
    }
    const heard = message => this.hear(message);
    try {
      this.way = workers ? openPort(this.key, heard, () => this.noWorker())
        : openChannel(this.key, heard);
    } catch (error) {
      this.noWorker();
      return;
    }
    // At a channel that waits for the one who answers.
    if (workers)
      this.way.post(this.opening);
    this.ping();
  }

  /* Where there is none, or none of this address. */
  noWorker() {
    if (this.readyState === 3)
      return;
    if (workers && canLead())
      workers = false;
    else
      refused.set(this.key, false);
    this.fail(1006, 'the connection cannot be shared so');
  }

  hear({ leader, open, frame, closed, again, pong, plain, transport }) {
    if (this.readyState === 3)
      return;
    this.pinged = this.pinged && pong === undefined;
    if (leader) {
      this.way?.post(this.opening);
    } else if (plain) {
      refused.set(this.key, true);
      this.fail(1006, 'a plain connection cannot be shared');
    } else if (open) {
      known.add(this.key);
      this.readyState = 1;
      this.protocol = PROTOCOL;
      this.transport = open.transport;
      this.onopen?.();
    } else if (frame !== undefined) {
      this.onmessage?.({ data: frame });
    } else if (closed) {
      this.fail(closed.code, closed.reason);
      if (again && this.link.state === 'waiting')
        this.link.start();
    } else if (transport) {
      this.transport = transport;
      this.link.tell();
    }
  }

  ping() {
    this.timer = later(() => {
      if (this.pinged) {
        this.fail(1006, 'the tab or the worker that has the connection does not answer');
        return;
      }
      this.pinged = true;
      this.way.post({ ping: true });
      this.ping();
    }, PING_MS);
  }

  send(text) { this.way.post({ frame: text }); }

  close() {
    if (this.readyState === 3)
      return;
    this.readyState = 3;
    clearTimeout(this.timer);
    this.way?.post({ bye: true });
    this.way?.close();
    this.release();
  }

  fail(code, reason) {
    this.close();
    this.onclose?.({ code, reason });
  }
}

/* A server may have seemed plain only, as one does that is there for the second of two attempts. When a
 * connection of our own is not, it is shared after all. */
function prove(link, key) {
  if (proving.has(link))
    return;
  proving.add(link);
  const stop = link.client.subscribe(state => {
    if (state !== 'open' || link.protocol !== PROTOCOL || link.socket.virtual)
      return;
    stop();
    proving.delete(link);
    refused.delete(key);
    known.add(key);
    link.drop(new ServerSignalError('connection-lost', 'The connection can be shared'), 'shared');
    link.attempt();
  });
}

const canLead = () =>
  Boolean(globalThis.navigator?.locks) && typeof BroadcastChannel === 'function';

/** @param {object} core the internals of the module that loads this */
export default core => {
  internals = core;
  ({ PROTOCOL, ServerSignalError, later } = core);
  return (link, url, entries) => {
    const { shared } = link.options;
    const key = `server-signal ${shared === true ? '' : shared} ${url.replace(/\?.*/s, '')}`;
    if (refused.get(key))
      prove(link, key);
    return refused.has(key) || !(workers || canLead()) ? null : new Shared(link, url, entries, key);
  };
};
