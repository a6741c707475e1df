// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./svelte.d.ts"

// For Svelte 5.7 and later.

import { createSubscriber } from 'svelte/reactivity';

/* A new listener is called at once, which is no change. */
function follow(listen, read) {
  const subscribe = createSubscriber(update => {
    let first = true;
    return listen(() => {
      if (!first)
        update();
      first = false;
    });
  });
  return {
    get current() {
      subscribe();
      return read();
    },
  };
}

/** Has the value of a signal, or of a part of it, as `current`; it is not wrapped. */
export function fromSignal(signal, pointer = '') {
  const part = signal.at(pointer);
  return follow(listener => part.subscribe(listener), () => part.value);
}

/** Has all that is known of a signal as `current`: { value, stale, error, age }. */
export function fromSnapshot(signal) {
  return follow(listener => signal.watch(listener), () => signal.snapshot);
}
