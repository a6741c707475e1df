#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Follows the counter and prints each value."""

import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

client = ServerSignal.Client.new(sys.argv[1] if len(sys.argv) > 1
                                 else 'ws://localhost:3000/ws')
counter = client.get_signal('counter')
counter.connect('notify::value',
                lambda counter, _: print(counter['/value'], flush=True))
client.start()

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()
client.stop()
