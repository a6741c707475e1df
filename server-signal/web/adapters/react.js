// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./react.d.ts"

// Hooks for React 18 and later.

import { useCallback, useSyncExternalStore } from 'react';

/** The value of a signal, or of the part that a JSON Pointer names. Only what changes that renders. */
export function useSignal(signal, pointer = '') {
  const subscribe = useCallback(
    listener => signal.at(pointer).subscribe(listener), [signal, pointer]);
  const read = () => signal.get(pointer);
  return useSyncExternalStore(subscribe, read, read);
}

/** All that is known of a signal: { value, stale, error, age }. */
export function useSnapshot(signal) {
  const subscribe = useCallback(listener => signal.watch(listener), [signal]);
  const read = () => signal.snapshot;
  return useSyncExternalStore(subscribe, read, read);
}

/** Where a client is: { state, lost }. */
export function useConnection(client) {
  const subscribe = useCallback(listener => client.subscribe(listener), [client]);
  const use = read => useSyncExternalStore(subscribe, read, read);
  return { state: use(() => client.state), lost: use(() => client.lost) };
}
