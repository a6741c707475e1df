// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Adds a task, and shows it before the server has answered.

import { optimistic } from './optimistic.js';

export function addTask(client, task) {
  const tasks = client.signal('tasks', []);
  const isThere = list => list.some(({ id }) => id === task.id);

  return optimistic(client.call('add', task), tasks, list => (isThere(list) ? list : [...list, task]));
}
