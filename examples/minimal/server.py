#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The shortest server: a counter on port 3000."""

import signal

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

hub = ServerSignal.Hub()
counter = hub.create('counter', {'value': 0})
hub.listen(None, 3000)                      # ws://127.0.0.1:3000/ws

def count():
    counter['/value'] += 1
    return GLib.SOURCE_CONTINUE

GLib.timeout_add(10, count)

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()

# The clients are told, and come back when there is a server again.
hub.close_async(2000, None, lambda hub, result: loop.quit())
loop.run()
