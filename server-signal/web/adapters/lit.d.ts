// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { DeepReadonly, Signal } from '../server-signal.js';

/** The needed part of an element, as ReactiveElement has it. */
export interface Host {
  addController(controller: SignalController<any>): void;
  requestUpdate(): void;
}

/** Has an element updated when a signal, or a part of it, has changed, or is stale or current again. */
export class SignalController<T = any> {
  constructor(host: Host, signal: Signal<any>, pointer?: string);
  readonly value: DeepReadonly<T> | undefined;
  readonly stale: boolean;
  hostConnected(): void;
  hostDisconnected(): void;
}
