// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A list of objects as a signal: each change of the objects is sent as it is.

import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import ServerSignal from 'gi://ServerSignal?version=1';

const { READWRITE } = GObject.ParamFlags;

const Task = GObject.registerClass({
    Properties: {
        'title': GObject.ParamSpec.string('title', null, null, READWRITE, null),
        'done': GObject.ParamSpec.boolean('done', null, null, READWRITE, false),
    },
}, class Task extends GObject.Object {});

const store = Gio.ListStore.new(Task.$gtype);
const tasks = ServerSignal.Signal.new_for_list('tasks', store);
tasks.connect('patched', (_tasks, patch) => print(patch.to_json()));

const milk = new Task({ title: 'milk' });
const bread = new Task({ title: 'bread' });
store.append(milk);
store.insert(0, bread);
milk.done = true;

tasks.freeze_notify();
bread.title = 'rye bread';
store.remove(1);
tasks.thaw_notify();

print(tasks.dup_json(null));
