// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { ShallowRef } from 'vue';
import type { DeepReadonly, Signal, Snapshot } from '../server-signal.js';

/** A shallow ref of a signal's value, for as long as the component is there. */
export function useSignal<T>(signal: Signal<T>, pointer?: ''): Readonly<ShallowRef<DeepReadonly<T>>>;
/** The same for one part. */
export function useSignal<U = any>(
  signal: Signal,
  pointer: string,
): Readonly<ShallowRef<DeepReadonly<U> | undefined>>;
/** A shallow ref of all that is known of a signal. */
export function useSnapshot<T>(signal: Signal<T>): Readonly<ShallowRef<Snapshot<T>>>;
