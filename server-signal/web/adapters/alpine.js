// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./alpine.d.ts"

// A plugin for Alpine 3: Alpine.plugin(signals(client)).

/** Gives expressions $signal('name', '/pointer', default) of the signals of a client. */
export function signals(client) {
  return Alpine => {
    const parts = new Map();
    Alpine.magic('signal', () => (name, pointer = '', initial) => {
      const key = JSON.stringify([name, pointer]);
      if (!parts.has(key)) {
        const part = client.signal(name, initial).at(pointer);
        const changes = Alpine.reactive({ count: 0 });
        parts.set(key, { part, changes });
        part.subscribe(() => { changes.count++; });
      }
      const { part, changes } = parts.get(key);
      return changes.count && part.value; // to read the one is to depend on it
    });
  };
}
