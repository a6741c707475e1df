// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A clock and a WebSocket that do what a test says.

import { webcrypto } from 'node:crypto';

import { internals } from '../../server-signal/web/server-signal.js';

// The files that the module loads on demand are here, so that nobody has to wait for them with a clock
// that does what a test says.
await Promise.all(['calls', 'pace', 'plain', 'trees', 'trouble', 'updates', 'upkeep', 'waiting'].map(internals.load));

// Browsers have it, and Node from 20 on.
globalThis.crypto ??= webcrypto;

export class FakeClock {
  constructor() {
    this.now = 0;
    this.skew = 0; // by how much the clock on the wall has jumped
    this.timers = new Map();
    this.last = 0;
    const { setTimeout, clearTimeout, setImmediate } = globalThis;
    this.real = { setTimeout, clearTimeout, setImmediate };
    this.tasks = [];
    FakeClock.current = this;
    this.date = Date.now;
    Date.now = () => this.now + this.skew;
    globalThis.setTimeout = (callback, delay = 0) => {
      this.timers.set(++this.last, { callback, at: this.now + delay });
      return this.last;
    };
    globalThis.clearTimeout = id => this.timers.delete(id);
    globalThis.setImmediate = callback => this.tasks.push(callback);
  }

  /** Runs the tasks that are due, and those that they bring about. */
  work() {
    while (this.tasks.length > 0)
      this.tasks.shift()();
  }

  /** Lets so many milliseconds pass. */
  pass(ms) {
    this.work();
    const until = this.now + ms;
    for (;;) {
      let first = null;
      for (const [id, timer] of this.timers) {
        if (timer.at <= until && (!first || timer.at < first.timer.at))
          first = { id, timer };
      }
      if (!first)
        break;
      this.timers.delete(first.id);
      this.now = first.timer.at;
      first.timer.callback();
      this.work();
    }
    this.now = until;
  }

  restore() {
    this.work();
    Object.assign(globalThis, this.real);
    Date.now = this.date;
  }
}

export class FakeWebSocket {
  static all = [];

  static get last() {
    return FakeWebSocket.all[FakeWebSocket.all.length - 1];
  }

  constructor(url, protocols) {
    this.url = url;
    this.offer = protocols;
    this.protocol = '';
    this.readyState = 0;
    this.sent = [];
    this.closeCalls = [];
    if (protocols.some(protocol => protocol.includes(' ')))
      throw new SyntaxError('bad protocol');
    FakeWebSocket.all.push(this);
  }

  send(text) {
    if (this.readyState !== 1)
      throw new Error('send on a socket that is not open');
    this.sent.push(JSON.parse(text));
  }

  close(code, reason) {
    this.closeCalls.push({ code, reason });
    this.readyState = 2;
  }

  // The server's and the network's side:

  /** Opens the connection, and greets where v1 is spoken, unless that is for the test. */
  accept(protocol = this.offer[0] === 'server-signal.v1' ? this.offer[0] : '', greet = true) {
    this.protocol = protocol;
    this.readyState = 1;
    this.onopen?.({});
    if (protocol === 'server-signal.v1' && greet)
      this.say({ hello: { protocol, signals: [] } });
  }

  say(...frames) {
    for (const frame of frames) {
      this.burst(frame);
      FakeClock.current.work();
    }
  }

  /** Frames that come together: nothing else gets its turn between them. */
  burst(...frames) {
    for (const frame of frames)
      this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  lose(code = 1006, reason = '') {
    this.readyState = 3;
    this.onerror?.({});
    this.onclose?.({ code, reason });
  }

  /** The messages sent since the last call. */
  take() {
    return this.sent.splice(0);
  }
}
