// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The compiler has to pass this, but for the lines that expect an error. test-types.mjs asks it.

import { connect } from 'server-signal';
import { signals } from 'server-signal/alpine';
import type { ServerSignalElement } from 'server-signal/element';
import { SignalController } from 'server-signal/lit';
import { fromSignal as forPreact } from 'server-signal/preact-signals';
import { useConnection, useSignal, useSnapshot } from 'server-signal/react';
import { createSignalStore } from 'server-signal/solid';
import { fromSignal as forSvelte, fromSnapshot } from 'server-signal/svelte';
import { useSignal as forVue } from 'server-signal/vue';

const client = connect<{ rows: { price: number }[] }>('ws', { start: false });
const rows = client.signal('rows', []);
const prices: number[] = [
  useSignal(rows)[0].price, useSignal<number>(rows, '/0/price') ?? 0,
  useSnapshot(rows).value[0].price, forPreact(rows).value[0].price, forVue(rows).value[0].price,
  forVue<number>(rows, '/0/price').value ?? 0, createSignalStore(rows).value[0].price,
  forSvelte(rows).current[0].price, fromSnapshot(rows).current.value[0].price,
];
const state: string = useConnection(client).state;
declare const element: ServerSignalElement;
declare const host: ConstructorParameters<typeof SignalController>[0];
const controller = new SignalController<{ price: number }>(host, rows, '/0');
export const all = [prices, state, controller.value?.price, signals(client), element.client?.state];
// @ts-expect-error: a value is not to be changed
useSignal(rows)[0].price = 1;
// @ts-expect-error: there is no such member
forVue(rows).value[0].prize;
