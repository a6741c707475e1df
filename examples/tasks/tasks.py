#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A list of objects as a signal: each change of the objects is sent as it is."""

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GObject, ServerSignal


class Task(GObject.Object):
    title = GObject.Property(type=str)
    done = GObject.Property(type=bool, default=False)


store = Gio.ListStore(item_type=Task)
tasks = ServerSignal.Signal.new_for_list('tasks', store)
tasks.connect('patched', lambda tasks, patch: print(patch.to_json()))

milk = Task(title='milk')
bread = Task(title='bread')
store.append(milk)
store.insert(0, bread)
milk.done = True

with tasks.freeze_notify():
    bread.title = 'rye bread'
    store.remove(1)

print(tasks.dup_json(None))
