// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A list of tasks that is there at once, also without a network, until somebody logs out.

import { connect } from './server-signal.js';
import { offline } from './offline.js';

const cache = offline();
const client = connect('ws', { cache });

const list = document.querySelector('ul');
const tasks = client.signal('tasks', []);
tasks.watch(({ value, stale, age }) => {
  list.replaceChildren(...value.map(({ text }) => Object.assign(document.createElement('li'), { textContent: text })));
  list.title = stale ? `As of ${Math.round(age / 1000)} seconds ago` : '';
});

document.querySelector('button').addEventListener('click', async () => {
  client.close();
  await cache.clear();
  location.assign('logout');
});
