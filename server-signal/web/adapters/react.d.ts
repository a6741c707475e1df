// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { Client, DeepReadonly, Signal, Snapshot, State } from '../server-signal.js';

/** The value of a signal. */
export function useSignal<T>(signal: Signal<T>, pointer?: ''): DeepReadonly<T>;
/** The value of the part that a JSON Pointer names. Only what changes that renders. */
export function useSignal<U = any>(signal: Signal, pointer: string): DeepReadonly<U> | undefined;
/** All that is known of a signal. */
export function useSnapshot<T>(signal: Signal<T>): Snapshot<T>;
/** Where a client is. */
export function useConnection(client: Client<any>): { state: State; lost: boolean };
