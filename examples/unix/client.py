#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Follows the counter on a Unix socket. Usage: client.py PATH"""

import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import Gio, GLib, ServerSignal, Soup

# The session says where to connect; the host of the address is only a name then.
session = Soup.Session(remote_connectable=Gio.UnixSocketAddress.new(sys.argv[1]))
client = ServerSignal.Client(uri='ws://localhost/ws', session=session)
counter = client.get_signal('counter')
counter.connect('notify::value',
                lambda counter, _: print(counter['/value'], flush=True))
client.start()

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()
client.stop()
