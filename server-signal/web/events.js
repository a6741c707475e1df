// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Frames by HTTP, as server-sent events, where WebSockets do not get through. The module loads it
// when its first attempt has failed.

import { PROBE_NAME } from './upkeep.js';

const NAMES_CHARACTERS = 6000; // of the names in an address; for more all signals are asked for
const SILENT_MS = 50000; // a hub says something every 20 seconds
const UNFOLLOW_MS = 1000; // names that go are left out of the next stream, which comes then
const UPGRADE_MS = 10000; // until a WebSocket is tried again, …
const UPGRADE_MAX_MS = 300000; // … twice that each time, up to this

let PROTOCOL, later;

/* Does for a connection what a WebSocket does. */
class Events {
  constructor(link, url, entries) {
    this.link = link;
    this.url = url.replace(/^ws/, 'http');
    this.entries = entries;
    this.virtual = true;
    this.oneWay = true;
    this.transport = 'events';
    this.readyState = 0;
    this.protocol = '';
    this.onopen = this.onmessage = this.onclose = this.onerror = null;
    this.wanted = new Map(); // by name, where the client is: { epoch, rev, fresh, live, disowned }
    this.stream = null; // an AbortController, which ends it
    this.timer = undefined; // until the next stream
    this.silence = undefined;
    this.upgradeTimer = undefined;
    this.upgradeMs = link.opened ? 0 : UPGRADE_MS;
    this.test = null; // a WebSocket
    for (const { name, idle, trusted, epoch, revision } of link.replicas.values()) {
      if (!idle)
        this.want(name, trusted ? epoch : undefined, revision);
    }
    this.begin();
  }

  want(name, epoch, rev) {
    const disowned = this.wanted.get(name)?.disowned ?? false;
    this.wanted.set(name, { epoch, rev, fresh: true, live: false, disowned });
  }

  /* WebSocket. */

  send(text) {
    const frame = JSON.parse(text);
    const { subscribe, unsubscribe } = frame;
    if (subscribe !== undefined)
      this.subscribe(frame);
    else if (unsubscribe !== undefined && this.wanted.delete(unsubscribe))
      this.plan(UNFOLLOW_MS);
  }

  close() {
    this.readyState = 3;
    this.stream?.abort();
    [this.timer, this.silence, this.upgradeTimer].forEach(clearTimeout);
    if (this.test) {
      this.test.onopen = this.test.onclose = this.test.onerror = null;
      this.test.close();
    }
  }

  subscribe({ subscribe: name, epoch, rev }) {
    const known = this.wanted.get(name);
    if (known?.fresh && known.epoch === epoch && (epoch === undefined || known.rev === rev)) {
      known.fresh = false; // the stream was begun with it
      return;
    }
    // The client wants to know whether anybody is there. Only another stream can tell of this one.
    const asks = name === PROBE_NAME || (known?.live && known.epoch === epoch && known.rev === rev);
    if (!asks)
      this.want(name, epoch, rev);
    this.plan(0);
  }

  /* The stream. */

  /* Begins another one, which goes on from where this one has come to. */
  plan(ms) {
    clearTimeout(this.timer);
    this.timer = later(() => this.begin(), ms);
  }

  address() {
    const names = new URL(this.url);
    for (const [name, { epoch, rev }] of this.wanted) {
      names.searchParams.append('name', name);
      if (epoch !== undefined)
        names.searchParams.append('since', `${encodeURIComponent(epoch)}:${rev}`);
    }
    if (this.wanted.size === 0)
      names.searchParams.append('name', PROBE_NAME);
    return names.search.length > NAMES_CHARACTERS ? this.url : names.href;
  }

  async begin() {
    const stream = new AbortController();
    this.stream?.abort();
    this.stream = stream;
    this.listen();
    try {
      const { body, ok, status, headers } = await fetch(this.address(), { cache: 'no-store',
        credentials: 'include', headers: { Accept: 'text/event-stream' }, signal: stream.signal });
      if (!ok || !headers.get('Content-Type')?.startsWith('text/event-stream'))
        throw new Error(`HTTP gives ${status}, and no events`);
      if (this.readyState === 0) {
        this.readyState = 1;
        this.protocol = PROTOCOL;
        this.planUpgrade();
        this.onopen();
      }
      this.renew();
      await this.read(body.getReader(), stream);
      throw new Error('the stream of events has ended');
    } catch (error) {
      if (this.stream === stream)
        this.fail(1006, error.message);
    }
  }

  /* It says anew which signals are stale. */
  renew() {
    for (const [name, known] of this.wanted) {
      if (known.disowned)
        this.say({ signal: 'fresh', name });
    }
  }

  async read(reader, stream) {
    const decoder = new TextDecoder();
    let rest = '';
    let type = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.stream !== stream)
        return;
      this.listen();
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop();
      if (rest.length > this.link.options.max)
        throw new Error('an event is too large');
      if (lines.every(line => line === '' || line[0] === ':'))
        this.say({}); // it is there
      for (const line of lines) {
        if (line.startsWith('event: '))
          type = line.slice(7);
        else if (line === '')
          type = '';
        else if (line.startsWith('data: '))
          this.take(type, line.slice(6));
        if (this.stream !== stream)
          return;
      }
    }
  }

  /* Some time without a word: another stream, or none. */
  listen() {
    clearTimeout(this.silence);
    this.silence = later(() => this.begin(), SILENT_MS);
  }

  take(type, data) {
    if (type === 'close') {
      this.fail(JSON.parse(data).code, '');
      return;
    }
    if (!this.follow(data))
      return;
    this.onmessage({ data });
  }

  /* Where the client is after that frame. FALSE: it is of a signal that nobody wants. */
  follow(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch (error) {
      return true; // the client says so
    }
    const { epoch, rev, base, signal, error } = frame ?? {};
    const name = error?.name ?? frame?.name;
    if (typeof name !== 'string')
      return true;
    const known = this.wanted.get(name);
    if (signal === undefined && error === undefined && !known)
      return false;
    if (signal === 'stale' || signal === 'fresh') {
      if (known)
        known.disowned = signal === 'stale';
    } else if (known && rev === undefined) {
      Object.assign(known, { fresh: false, live: false }); // an error, or it was removed
    } else if (known) {
      Object.assign(known, { fresh: false, live: true });
      known.rev = rev;
      if (base === undefined)
        known.epoch = epoch;
    }
    return true;
  }

  say(frame) {
    if (this.readyState === 1)
      this.onmessage?.({ data: JSON.stringify(frame) });
  }

  fail(code, reason) {
    if (this.readyState === 3)
      return;
    this.close();
    this.onclose?.({ code, reason });
  }

  /* Back to a WebSocket. */

  planUpgrade() {
    this.upgradeTimer = later(() => this.upgrade(), this.upgradeMs);
    this.upgradeMs = Math.min(2 * (this.upgradeMs || UPGRADE_MS / 2), UPGRADE_MAX_MS);
  }

  upgrade() {
    if (this.readyState !== 1 || this.test)
      return;
    clearTimeout(this.upgradeTimer);
    const { WebSocket } = globalThis;
    let socket;
    try {
      socket = new WebSocket(this.url.replace(/^http/, 'ws'), [PROTOCOL, ...this.entries]);
    } catch (error) {
      return;
    }
    this.test = socket;
    const failed = () => {
      socket.onopen = socket.onclose = socket.onerror = null;
      this.test = null;
      socket.close();
      if (this.readyState === 1)
        this.planUpgrade();
    };
    socket.onclose = socket.onerror = failed;
    socket.onopen = () => {
      if (socket.protocol !== PROTOCOL) {
        failed();
        return;
      }
      this.test = null;
      this.adopt(socket);
    };
  }

  /* The WebSocket takes the place of this. Nothing is missed, and signals that are current stay so. */
  adopt(socket) {
    const { link } = this;
    link.flush(Infinity);
    if (link.socket !== this) {
      socket.close(1000);
      return;
    }
    const { known } = link;
    link.detach();
    link.known = known;
    for (const replica of link.replicas.values())
      replica.forget();
    link.use(socket);
    link.offered = true;
    link.open();
  }
}

/* Every other attempt, after the first few have failed. */
function isTurn({ attempts, opened }) {
  const least = opened ? 4 : 1;
  return attempts >= least && (attempts - least) % 2 === 0;
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({ PROTOCOL, later } = core);
  return (link, url, entries) => (isTurn(link) ? new Events(link, url, entries) : null);
};
