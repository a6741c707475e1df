#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A list of a signal as a list model."""

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GObject, Json, ServerSignal


class Task(GObject.Object):
    __gtype_name__ = 'Task'

    title = GObject.Property(type=str)
    done = GObject.Property(type=bool, default=False)
    effort = GObject.Property(type=int, minimum=1, maximum=5, default=1)


def items_changed(model, position, removed, added):
    print(f'at {position}: {removed} went, {added} came')


def notify_done(task, pspec):
    print(f'{task.title}: {"done" if task.done else "to be done"}')


signal = ServerSignal.Signal.new_from_json('tasks', '''{"tasks": [
    {"title": "Wash up", "effort": 2},
    {"title": "Sweep"}]}''')

tasks = ServerSignal.SignalList.new(signal, '/tasks', Task)
tasks.connect('items-changed', items_changed)
tasks[0].connect('notify::done', notify_done)

signal.set_boolean('/tasks/0/done', True)
signal.insert_value('/tasks/0', Json.from_string('{"title": "Shop"}'))
signal.move('/tasks/1', '/tasks/2')

print(', '.join(task.title for task in tasks))
print(f'{tasks[2].title} takes {tasks[2].effort} of 5')

# Without a class the items are views, which go where their elements go.
views = ServerSignal.SignalList.new(signal, '/tasks', GObject.TYPE_NONE)
view = views[2]
signal.remove('/tasks/0')
print(f'{view.get_pointer()}: {view.value["title"]}')
