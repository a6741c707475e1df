// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Rows of which only those render that changed, and one price.

import { createElement as h, memo } from 'react';
import { useSignal } from 'server-signal/react';

const Row = memo(({ row }) => h('li', null, row.price));

function Rows({ rows }) {
  return useSignal(rows).map(row => h(Row, { key: row.id, row }));
}

function Price({ rows }) {
  return h('output', null, useSignal(rows, '/3/price'));
}

export function App({ rows }) {
  return h('div', null, h('ul', null, h(Rows, { rows })), h(Price, { rows }));
}
