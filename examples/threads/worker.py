#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A thread works, the main context publishes how far it is."""

import threading

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

job = ServerSignal.Signal.new_from_json('job', '{"done": 0}')
loop = GLib.MainLoop()


def publish(done):
    """In the main context, where the signal was made."""
    job.set_int('/done', done)
    if done == 100:
        loop.quit()
    return GLib.SOURCE_REMOVE


def work():
    """In the thread: the signal is not touched."""
    for done in range(1, 101):
        GLib.idle_add(publish, done)


threading.Thread(target=work).start()
loop.run()
print(job.dup_json(None))
