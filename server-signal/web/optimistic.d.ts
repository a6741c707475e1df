// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { DeepReadonly, Signal } from './server-signal.js';

/**
 * Shows another value of a signal until a promise is settled, as that of a call: `change` makes it of the
 * server's, each time that this changes, and must not change its argument. The result is frozen. When the
 * call has failed, the server's value is shown as if nothing had been. An update of the server's may come
 * before its answer: a change that finds itself done gives its argument back. Gives the promise.
 */
export function optimistic<P extends PromiseLike<any>, T>(
  promise: P,
  signal: Signal<T>,
  change: (value: DeepReadonly<T>) => DeepReadonly<T>,
): P;
