#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""An edge: serves the counter of another server on. edge.py URI [PORT]"""

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
GLib.MainLoop().run()
