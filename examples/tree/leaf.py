#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Follows the counter from whichever of several servers is there. leaf.py URI…"""

import itertools
import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

uris = itertools.cycle(sys.argv[1:])
client = ServerSignal.SignalClient.new(next(uris))
counter = client.get_signal('counter')


def value_changed(counter, _):
    print(client.get_uri(), counter.get_int('/value'), flush=True)


def state_changed(client, _):
    # Lost one edge: the next attempt is at another. The replica keeps its revision.
    if client.get_state() == ServerSignal.SignalClientState.WAITING:
        client.set_uri(next(uris))


counter.connect('notify::value', value_changed)
client.connect('notify::state', state_changed)
client.start()

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()
client.stop()
