// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { Cache, Signal, StateEntry } from './server-signal.js';

export interface OfflineOptions {
  /**
   * The name of the database; 'server-signal'. Pages of one origin that follow different hubs, or are
   * of different users, need databases of their own.
   */
  database?: string;
  /** How many documents are kept, the newest; 1000. */
  limit?: number;
  /** For how many milliseconds changes are gathered; 1000. A page that is hidden keeps them at once. */
  delay?: number;
}

/** Documents in the browser's IndexedDB. `offline()` makes them. */
export interface Offline extends Cache {
  load(name: string): Promise<StateEntry | undefined>;
  save(signal: Signal): void;
  /** Keeps now what has changed. */
  flush(): Promise<void>;
  /** Forgets all documents, as when a user logs out. */
  clear(): Promise<void>;
}

/** Keeps the documents of a client from one visit to the next: `connect(url, { cache: offline() })`. */
export function offline(options?: OfflineOptions): Offline;
