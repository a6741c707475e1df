#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""One of any number of processes that serve the same signal.

Usage: process.py STORE PORT, such as process.py redis://localhost 3001
"""

import signal
import sys

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, Json, ServerSignal

uri, port = sys.argv[1], int(sys.argv[2])
loop = GLib.MainLoop()

store = ServerSignal.SignalRedis.new(uri)
store.set_lease(2000)
hub = ServerSignal.SignalHub()
board = store.get_signal('board')
hub.add(board)
hub.listen(None, port)


def write():
    """The owner alone does this."""
    if store.mine is None:
        return GLib.SOURCE_REMOVE
    store.mine.set_int('/served', store.mine.get_int('/served') + 1)
    return GLib.SOURCE_CONTINUE


def owned(store, result):
    store.mine = store.own_finish(result)
    GLib.timeout_add(200, write)


def stand_by(*_):
    store.mine = None
    store.own_async('board', Json.from_string('{"served":0}'), None, owned)


def end():
    store.close_async(None, lambda *_: loop.quit())
    return GLib.SOURCE_REMOVE


store.connect('lost', stand_by)
stand_by()
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, end)
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, end)
print(hub.dup_uri(), flush=True)
loop.run()
