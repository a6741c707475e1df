// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./optimistic.d.ts"

// Values that are shown before the server has answered:
//
//   import { optimistic } from './optimistic.js';
//   await optimistic(client.call('add', task), tasks, list => [...list, task]);

import { getPointer, internals } from './server-signal.js';

const { DOCUMENT_DEPTH, SELF, call, freeze } = internals;
const covers = new WeakMap(); // Replica → Cover

/* The changes that are shown on top of what the server has said. */
class Cover {
  constructor(replica) {
    this.replica = replica;
    this.changes = new Set();
    this.base = undefined; // the server's value below `shown`
    this.shown = undefined;
    const cover = this;
    const { announce, part } = replica;
    Object.defineProperty(replica, 'value', { configurable: true, get: () => cover.value });
    replica.part = pointer => (cover.changes.size > 0 ? getPointer(cover.value, pointer)
      : part.call(replica, pointer));
    replica.announce = () => cover.announce(announce);
  }

  get value() {
    const base = this.replica.draft.settle();
    if (this.changes.size === 0)
      return base;
    if (base !== this.base) {
      this.base = base;
      this.shown = base;
      for (const change of this.changes) {
        call(() => {
          this.shown = freeze(change(this.shown), DOCUMENT_DEPTH);
        });
      }
    }
    return this.shown;
  }

  /* Listeners get no patches meanwhile, for these lead to another value. */
  announce(announce) {
    const { replica } = this;
    if (this.changes.size === 0 || replica.news === undefined) {
      announce.call(replica);
      return;
    }
    const { value } = this;
    const { draft } = replica;
    const shown = { root: value, settle: () => draft.settle(), expose: part => part };
    draft.trace = null;
    replica.news = null;
    replica.draft = shown;
    try {
      announce.call(replica);
    } finally {
      if (replica.draft === shown)
        replica.draft = draft;
    }
  }

  tell() {
    this.base = undefined;
    this.replica.news = null;
    this.replica.link.notify(this.replica);
  }
}

/**
 * Shows another value of a signal until a promise is settled, as that of a call: `change(value)`
 * makes it of the server's, each time that this changes, and must not change its argument. When the
 * call has failed the server's value is shown as if nothing had been.
 *
 * @template P
 * @param {P} promise
 * @param {import('./server-signal.js').Signal} signal
 * @param {function(*): *} change
 * @returns {P} the promise
 */
export function optimistic(promise, signal, change) {
  const { [SELF]: replica } = signal;
  if (!covers.has(replica))
    covers.set(replica, new Cover(replica));
  const cover = covers.get(replica);
  const mine = value => change(value);
  cover.changes.add(mine);
  cover.tell();
  const settled = () => {
    cover.changes.delete(mine);
    cover.tell();
  };
  promise.then(settled, settled);
  return promise;
}
