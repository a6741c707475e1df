// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./offline.d.ts"

// Documents that are kept in the browser (IndexedDB) from one visit of a page to the next:
//
//   import { offline } from './offline.js';
//   const client = connect('ws', { cache: offline() });
//
// A page shows them at once, stale, whether or not there is a network.

import { internals } from './server-signal.js';

const { SELF } = internals;
const STORE = 'documents';

/* The document of the server's, whatever is shown on top of it. */
const documentOf = signal => signal[SELF]?.draft.settle() ?? signal.value;

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class Offline {
  constructor({ database = 'server-signal', limit = 1000, delay = 1000 } = {}) {
    this.database = database;
    this.limit = limit;
    this.delay = delay;
    this.signals = new Map(); // that have changed, by name
    this.timer = undefined;
    this.opening = null;
    this.listening = false;
    this.flush = this.flush.bind(this);
  }

  open() {
    this.opening ??= new Promise((resolve, reject) => {
      const request = globalThis.indexedDB.open(this.database, 1);
      request.onupgradeneeded = () =>
        request.result.createObjectStore(STORE, { keyPath: 'name' }).createIndex('at', 'at');
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        // Another tab may want to delete it.
        request.result.onversionchange = () => {
          request.result.close();
          this.opening = null;
        };
        resolve(request.result);
      };
    });
    this.opening.catch(() => { this.opening = null; });
    return this.opening;
  }

  async store(mode) { return (await this.open()).transaction(STORE, mode).objectStore(STORE); }

  async load(name) { return settled((await this.store('readonly')).get(name)); }

  save(signal) {
    this.signals.set(signal.name, signal);
    this.timer ??= setTimeout(this.flush, this.delay);
    if (!this.listening && globalThis.addEventListener) {
      this.listening = true;
      // A page that is left may not come back.
      globalThis.addEventListener('pagehide', this.flush);
      globalThis.document?.addEventListener('visibilitychange', this.flush);
    }
  }

  /* Where there is no room, or the browser does not allow it, nothing is kept. */
  async flush() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const entries = [...this.signals.values()].filter(({ epoch }) => epoch !== null)
      .map(signal => ({ name: signal.name, epoch: signal.epoch, rev: signal.revision,
        patch: [{ op: 'replace', path: '', value: documentOf(signal) }], at: Date.now() - signal.age }));
    this.signals.clear();
    if (entries.length === 0)
      return;
    try {
      const store = await this.store('readwrite');
      await Promise.all(entries.map(entry => settled(store.put(entry))));
      const excess = await settled(store.count()) - this.limit;
      const oldest = excess > 0 ? await settled(store.index('at').getAll(null, excess)) : [];
      await Promise.all(oldest.map(({ name }) => settled(store.delete(name))));
    } catch (error) {
      this.signals.clear();
    }
  }

  async clear() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.signals.clear();
    await settled((await this.store('readwrite')).clear());
  }
}

/**
 * Keeps the documents of a client from one visit to the next.
 *
 * @param {import('./offline.d.ts').OfflineOptions} [options]
 * @returns {import('./offline.d.ts').Offline}
 */
export function offline(options) { return new Offline(options); }
