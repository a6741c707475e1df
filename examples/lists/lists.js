// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A list of a signal as a list model.

import GObject from 'gi://GObject';
import ServerSignal from 'gi://ServerSignal?version=1';

const { READWRITE } = GObject.ParamFlags;

const Task = GObject.registerClass({
  Properties: {
    'title': GObject.ParamSpec.string('title', null, null, READWRITE, null),
    'done': GObject.ParamSpec.boolean('done', null, null, READWRITE, false),
    'effort': GObject.ParamSpec.int('effort', null, null, READWRITE, 1, 5, 1),
  },
}, class Task extends GObject.Object {});

const signal = new ServerSignal.Signal('tasks', {
  tasks: [{ title: 'Wash up', effort: 2 }, { title: 'Sweep' }],
});

const tasks = ServerSignal.List.new(signal, '/tasks', Task.$gtype);
tasks.connect('items-changed', (_tasks, position, removed, added) =>
  print(`at ${position}: ${removed} went, ${added} came`));
tasks.get_item(0).connect('notify::done', task =>
  print(`${task.title}: ${task.done ? 'done' : 'to be done'}`));

signal['/tasks/0/done'] = true;
signal.insert('/tasks/0', { title: 'Shop' });
signal.move('/tasks/1', '/tasks/2');

const titles = [];
for (let i = 0; i < tasks.get_n_items(); i++)
  titles.push(tasks.get_item(i).title);
print(titles.join(', '));
print(`${tasks.get_item(2).title} takes ${tasks.get_item(2).effort} of 5`);

// Without a class the items are views, which go where their elements go.
const views = ServerSignal.List.new(signal, '/tasks', GObject.TYPE_NONE);
const view = views.get_item(2);
signal.remove('/tasks/0');
print(`${view.pointer}: ${view.value.title}`);
