// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A page that does not keep up asks the server for fewer updates. The module loads it when that
// happens.

const LEAST_MS = 100; // between updates, at first …
const MOST_MS = 10000; // … and at most
const CALM_MS = 5000; // for so long it has kept up before it asks for more again, …
const CALM_MAX_MS = 120000; // … twice that when it was too much, up to this
const GRACE_MS = 500; // in which the server hears of it and what it has sent comes through

let PROTOCOL, later;

class Pace {
  constructor(link) {
    this.link = link;
    this.given = link.interval;
    this.calm = CALM_MS;
    this.asked = -Infinity; // when
    this.rising = false; // the last change was for more updates
    this.timer = undefined;
  }

  /* The first frame of those that are not applied has waited for so long. */
  slow(late) {
    const now = Date.now();
    // Frames that were sent before the server heard of it only say that the page is still at it.
    if (now - late < this.asked + this.link.interval + GRACE_MS) {
      this.rest();
      return;
    }
    if (this.rising)
      this.calm = Math.min(2 * this.calm, CALM_MAX_MS);
    this.rising = false;
    this.ask(Math.min(Math.max(2 * this.link.interval, LEAST_MS), MOST_MS));
    this.rest();
  }

  rest() {
    clearTimeout(this.timer);
    this.timer = later(() => this.rise(), this.calm);
  }

  /* It has kept up for long. */
  rise() {
    const half = this.link.interval / 2;
    this.rising = true;
    this.ask(half < LEAST_MS ? this.given : Math.max(half, this.given));
    if (this.link.interval > this.given)
      this.rest();
  }

  ask(interval) {
    if (interval === this.link.interval)
      return;
    this.asked = Date.now();
    this.link.set({ interval });
    if (this.link.protocol === PROTOCOL)
      this.link.send({ interval });
  }

  /* The next connection begins as the application wants it. */
  end() {
    clearTimeout(this.timer);
    this.link.interval = this.given;
  }
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({ PROTOCOL, later } = core);
  return link => new Pace(link);
};
