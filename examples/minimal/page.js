// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The shortest page: <h1></h1><script type="module" src="page.js"></script>

import { connect } from './server-signal/server-signal.js';

const client = connect('ws://127.0.0.1:3000/ws');
const counter = client.signal('counter', { value: 0 });
counter.subscribe(({ value }) => { document.querySelector('h1').textContent = value; });
