// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { CallOptions, Client, ListenOptions, Signal, Stop } from './server-signal.js';

/** An action as it is at a moment. */
export interface Action {
  /** False also while nobody vouches for it. */
  readonly enabled: boolean;
  /** Null where it has none. */
  readonly state: any;
  /** The types of its parameter and its state, as GVariant names them; null where it has none. */
  readonly parameterType: string | null;
  readonly stateType: string | null;
}

/** The actions of a group that the server offers. `actions()` makes them. */
export class Actions {
  private constructor();
  /** The signal that has their states. */
  readonly signal: Signal;
  /** The names of the actions. */
  readonly names: string[];
  /** An action as it is now, `undefined` where there is none; the same object until it changes. */
  get(name: string): Action | undefined;
  /** Asks the server to activate an action; as `Client.call()`. */
  activate(name: string, parameter?: any, options?: CallOptions): Promise<null>;
  /** Asks the server for another state of an action. */
  changeState(name: string, state: any, options?: CallOptions): Promise<null>;
  /**
   * Calls the listener at once and whenever the actions, their states or their enabled-ness may have
   * changed.
   */
  subscribe(listener: (actions: this) => void, options?: ListenOptions): Stop;
}

/**
 * The actions of a group that the server of a client offers. Each call counts as one of `client.signal()`
 * with the same name, which `client.release()` takes back.
 */
export function actions(client: Client<any>, name: string): Actions;
