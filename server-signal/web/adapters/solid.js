// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./solid.d.ts"

// A store for Solid 1.8 and later.

import { getOwner, onCleanup } from 'solid-js';
import { createStore, produce, reconcile } from 'solid-js/store';

// A store writes into what it is given.
const copy = value => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

function find(state, pointer) {
  const path = ['value', ...pointer.split('/').slice(1)
    .map(token => token.replace(/~1/g, '/').replace(/~0/g, '~'))];
  const key = path.pop();
  return [path.reduce((part, token) => part[token], state), key];
}

function add(state, pointer, value) {
  const [parent, key] = find(state, pointer);
  if (Array.isArray(parent))
    parent.splice(key === '-' ? parent.length : +key, 0, value);
  else
    parent[key] = value;
}

function remove(state, pointer) {
  const [parent, key] = find(state, pointer);
  if (Array.isArray(parent))
    return parent.splice(+key, 1)[0];
  const value = parent[key];
  delete parent[key];
  return value;
}

function operate(state, { op, path, from, value }) {
  if (op === 'move') {
    add(state, path, remove(state, from));
  } else if (op === 'remove') {
    remove(state, path);
  } else if (op === 'replace') {
    const [parent, key] = find(state, path);
    parent[key] = copy(value);
  } else if (op === 'copy') {
    const [parent, key] = find(state, from);
    add(state, path, copy(parent[key]));
  } else if (op === 'add') {
    add(state, path, copy(value));
  }
}

/** A store whose `value` is that of a signal. Patches are applied to it, so that only what they change
 * is computed again; whole documents are merged by `id`. */
export function createSignalStore(signal) {
  const [store, setStore] = createStore({ value: copy(signal.value) });
  const stop = signal.subscribe((value, patch) => {
    if (patch)
      setStore(produce(state => patch.forEach(operation => operate(state, operation))));
    else
      setStore('value', reconcile(copy(value), { key: 'id' }));
  });
  if (getOwner())
    onCleanup(stop);
  return store;
}
