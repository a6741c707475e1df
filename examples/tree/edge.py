#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""An edge: serves the counter of another server on. edge.py URI [PORT]"""

import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

client = ServerSignal.SignalClient.new(sys.argv[1] if len(sys.argv) > 1
                                       else 'ws://localhost:3000/ws')
hub = ServerSignal.SignalHub()
hub.add(client.get_signal('counter'))
hub.listen(None, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
client.start()

print(hub.dup_uri(), flush=True)

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()

# The clients are told, and come back when there is a server again.
client.stop()
hub.close_async(2000, None, lambda hub, result: loop.quit())
loop.run()
