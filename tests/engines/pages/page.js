// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Follows the counter, and says what it has seen of it. page.html?shared: one connection for all tabs,
// page.html?locks: without a SharedWorker.

import { connect } from '/server-signal/server-signal.js';

if (location.search === '?locks')
  delete globalThis.SharedWorker;
const shared = location.search !== '';
const client = connect('/ws', { retryMin: 20, retryMax: 50, shared });
const counter = client.signal('counter');
const rows = client.signal('rows');
const output = document.querySelector('output');
const seen = [];

counter.watch(({ epoch, revision, value, stale }) => {
  seen.push({ epoch, revision, value: value?.value, stale });
  output.textContent = value ? value.value : '';
});

/* The number is the revision, so that a change that is missing or comes twice is seen. */
const faults = () => seen.filter(({ epoch, revision, value }, i) => revision !== null &&
  (value !== revision || (i > 0 && epoch === seen[i - 1].epoch && revision < seen[i - 1].revision)));

/* How often the listeners of two parts and of the whole were told when one field was set. */
async function parts() {
  await rows.ready;
  const told = { here: [], there: [], row: 0 };
  const stops = [
    rows.at('/rows/3/price').subscribe(value => told.here.push(value)),
    rows.at('/rows/4').subscribe(() => told.row++),
    rows.at('/rows/4/price').subscribe(value => told.there.push(value)),
  ];
  const { price } = rows.value.rows[3];
  await client.call('set', { pointer: '/rows/3/price', value: price + 1 });
  await client.call('set', { pointer: '/rows/3/name', value: `after ${price}` });
  await client.call('set', { pointer: '/rows/3/price', value: price + 2 });
  stops.forEach(stop => stop());
  await client.call('set', { pointer: '/rows/3/price', value: price + 3 });
  return { here: told.here.map(value => value - price), there: told.there.length, row: told.row };
}

Object.assign(window, { client, counter, rows, seen, faults, parts });
