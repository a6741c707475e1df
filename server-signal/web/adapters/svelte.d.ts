// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { DeepReadonly, Signal, Snapshot } from '../server-signal.js';

export interface Current<T> {
  /** The present value. Code that reads it runs again when it changes. */
  readonly current: T;
}

/** The value of a signal; it is not wrapped. */
export function fromSignal<T>(signal: Signal<T>, pointer?: ''): Current<DeepReadonly<T>>;
/** The value of one part. */
export function fromSignal<U = any>(
  signal: Signal,
  pointer: string,
): Current<DeepReadonly<U> | undefined>;
/** All that is known of a signal. */
export function fromSnapshot<T>(signal: Signal<T>): Current<Snapshot<T>>;
