// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Shows one price of a list, and whether the page keeps up.

export function showPrice(client, element) {
  const rows = client.signal('rows', []);
  const price = rows.at('/3/price');

  const stop = price.subscribe(value => { element.textContent = value ?? '–'; });
  rows.watch(({ stale }) => element.classList.toggle('stale', stale));
  client.subscribe(() => { element.title = `${client.behind} updates behind`; });
  return stop;
}
