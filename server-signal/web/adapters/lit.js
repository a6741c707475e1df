// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./lit.d.ts"

// A controller for Lit 2 and later, and whatever else takes reactive controllers.

/** Has an element updated when a signal, or a part of it, has changed. */
export class SignalController {
  constructor(host, signal, pointer = '') {
    this.host = host;
    this.signal = signal;
    this.part = signal.at(pointer);
    host.addController(this);
  }

  get value() { return this.part.value; }

  get stale() { return this.signal.stale; }

  hostConnected() {
    const update = () => this.host.requestUpdate();
    let { stale } = this.signal;
    const stops = [this.part.subscribe(update), this.signal.watch(signal => {
      if (signal.stale !== stale)
        update();
      ({ stale } = signal);
    })];
    this.stop = () => stops.forEach(stop => stop());
  }

  hostDisconnected() { this.stop(); }
}
