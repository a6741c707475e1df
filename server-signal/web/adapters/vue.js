// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./vue.d.ts"

// Refs for Vue 3.

import { getCurrentScope, onScopeDispose, shallowRef } from 'vue';

function follow(value, listen) {
  const ref = shallowRef(value);
  const stop = listen(now => { ref.value = now; });
  if (getCurrentScope())
    onScopeDispose(stop);
  return ref;
}

/** A shallow ref of a signal's value, or of a part of it, for as long as the component is there. */
export function useSignal(signal, pointer = '') {
  const part = signal.at(pointer);
  return follow(part.value, set => part.subscribe(set));
}

/** A shallow ref of all that is known of a signal: { value, stale, error, age }. */
export function useSnapshot(signal) {
  return follow(signal.snapshot, set => signal.watch(() => set(signal.snapshot)));
}
