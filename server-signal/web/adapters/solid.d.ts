// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { DeepReadonly, Signal } from '../server-signal.js';

/**
 * A store whose `value` is that of a signal. Patches are applied to it, so that only what they
 * change is computed again; whole documents are merged by `id`.
 */
export function createSignalStore<T>(signal: Signal<T>): { readonly value: DeepReadonly<T> };
