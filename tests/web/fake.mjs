// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A clock and a WebSocket that do what a test says.

export class FakeClock {
  constructor() {
    this.now = 0;
    this.timers = new Map();
    this.last = 0;
    this.real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
    this.date = Date.now;
    Date.now = () => this.now;
    globalThis.setTimeout = (callback, delay = 0) => {
      this.timers.set(++this.last, { callback, at: this.now + delay });
      return this.last;
    };
    globalThis.clearTimeout = id => this.timers.delete(id);
  }

  /** Lets so many milliseconds pass. */
  pass(ms) {
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
    }
    this.now = until;
  }

  restore() {
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

  accept(protocol = this.offer[0] === 'server-signal.v1' ? this.offer[0] : '') {
    this.protocol = protocol;
    this.readyState = 1;
    this.onopen?.({});
  }

  say(...frames) {
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
