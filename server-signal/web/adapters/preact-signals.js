// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./preact-signals.d.ts"

// Signals of Preact, @preact/signals-core 1.11 and later.

import { signal as makeSignal } from '@preact/signals-core';

/** A signal of Preact that follows one of a hub, or a part of it, while something depends on it. */
export function fromSignal(source, pointer = '') {
  const part = source.at(pointer);
  let stop;
  const mirror = makeSignal(part.value, {
    watched() {
      stop = part.subscribe(value => { mirror.value = value; });
    },
    unwatched() {
      stop();
    },
  });
  return mirror;
}
