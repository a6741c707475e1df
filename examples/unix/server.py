#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A counter on a Unix socket, for programs of the same user. Usage: server.py PATH"""

import os
import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal


def handshake(hub, handshake):
    # The kernel says whose process is at the other end.
    user = handshake.get_credentials().get_unix_user()
    if user == os.getuid():
        handshake.accept(str(user))
    else:
        handshake.reject(403, 'This is the socket of another user')
    return True


hub = ServerSignal.Hub()
hub.connect('handshake', handshake)
counter = hub.create('counter', {'value': 0})
hub.listen(f'unix:{sys.argv[1]}?mode=0600', 0)
print('ready', flush=True)


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
