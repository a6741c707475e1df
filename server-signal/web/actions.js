// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./actions.d.ts"

// Groups of actions that a server offers:
//
//   import { actions } from './actions.js';
//   const player = actions(client, 'player');

import { PROTOCOL } from './server-signal.js';

const SELF = Symbol('self');
const groups = new WeakMap(); // Signal → Actions

const isObject = value => typeof value === 'object' && value !== null && !Array.isArray(value);
const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

/**
 * The actions of a group that the server offers: names, with a state or without, that are enabled or
 * not. All are disabled while nobody vouches for them. `actions()` makes them.
 */
export class Actions {
  /** @hideconstructor */
  constructor(client, signal) {
    Object.defineProperty(this, SELF, { value: { client, signal, shown: new Map() } });
  }

  /** The signal that has their states. */
  get signal() { return this[SELF].signal; }

  /** The names of the actions. */
  get names() {
    const { value } = this[SELF].signal;
    return isObject(value) ? Object.keys(value).filter(name => isObject(value[name])) : [];
  }

  /**
   * An action as it is now, or undefined: `enabled`, `state` (null where it has none), and the types of
   * parameter and state as GVariant names them, or null. It is the same object until something of it
   * changes.
   *
   * @param {string} name
   */
  get(name) {
    const { client, signal, shown } = this[SELF];
    const { value, stale } = signal;
    const source = isObject(value) && hasOwn(value, name) ? value[name] : undefined;
    if (!isObject(source)) {
      shown.delete(name);
      return undefined;
    }
    const enabled = source.enabled === true && !stale && client.protocol === PROTOCOL;
    const known = shown.get(name);
    if (known?.source === source && known.action.enabled === enabled)
      return known.action;
    const action = Object.freeze({
      enabled, state: source.state ?? null,
      parameterType: source['parameter-type'] ?? null, stateType: source['state-type'] ?? null,
    });
    shown.set(name, { source, action });
    return action;
  }

  /**
   * Asks the server to activate an action, and gives a promise that is kept when that is done, as
   * `Client.call()` does.
   *
   * @param {string} name
   * @param {*} [parameter] where the action takes one
   * @param {{ signal?: AbortSignal }} [options]
   */
  activate(name, parameter, options) {
    return this[SELF].client.call(`${this[SELF].signal.name}.${name}`,
      parameter === undefined ? undefined : { parameter }, options);
  }

  /**
   * Asks the server for another state of an action.
   *
   * @param {string} name
   * @param {*} state
   * @param {{ signal?: AbortSignal }} [options]
   */
  changeState(name, state, options) {
    return this[SELF].client.call(`${this[SELF].signal.name}.${name}`, { state }, options);
  }

  /**
   * Calls `listener(actions)` at once and whenever the actions, their states or their enabled-ness may
   * have changed.
   *
   * @param {function(Actions): void} listener
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {function(): void} ends it
   */
  subscribe(listener, options) {
    return this[SELF].signal.watch(() => listener(this), options);
  }
}

/**
 * The actions of a group that the server of a client offers. Each call counts as one of
 * `client.signal()` with the same name, which `client.release()` takes back.
 *
 * @param {import('./server-signal.js').Client} client
 * @param {string} name
 * @returns {Actions}
 */
export function actions(client, name) {
  const signal = client.signal(name);
  if (!groups.has(signal))
    groups.set(signal, new Actions(client, signal));
  return groups.get(signal);
}
