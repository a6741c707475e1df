// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Shows what the page came with before there is a connection, and what comes after that.

import { connect } from '/server-signal/server-signal.js';

const client = connect('/ws', { start: false });
const counter = client.signal('counter');
const output = document.querySelector('output');
const seen = [];

counter.subscribe((value, patch) => {
  seen.push({ value: value?.value, whole: patch === null, state: client.state });
  output.textContent = value.value;
});
Object.assign(window, { client, counter, seen });
