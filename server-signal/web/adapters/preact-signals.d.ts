// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { ReadonlySignal } from '@preact/signals-core';
import type { DeepReadonly, Signal } from '../server-signal.js';

/** A signal of Preact that follows one of a hub while something depends on it. */
export function fromSignal<T>(source: Signal<T>, pointer?: ''): ReadonlySignal<DeepReadonly<T>>;
/** The same for one part. */
export function fromSignal<U = any>(
  source: Signal,
  pointer: string,
): ReadonlySignal<DeepReadonly<U> | undefined>;
