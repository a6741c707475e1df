#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A program that leaves; see leave.py."""

import os
import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

WAY = sys.argv[1]


def heard(*args):
    sys.stderr.write(f'heard {args!r}\n')


def listen_to(source, *names):
    for name in names:
        source.connect(name, heard)


def added(hub, peer):
    peer.add(own)
    listen_to(peer, 'notify')
    listen_to(peer.get_signals(), 'items-changed')


counter = ServerSignal.Signal.new_from_json('counter', '{"rows":[{"n":1},{"n":2}]}')
own = ServerSignal.Signal.new_from_json('own', '1')
hub = ServerSignal.SignalHub()
hub.add(counter)
hub.connect('peer-added', added)
hub.listen(None, 0)
client = ServerSignal.SignalClient.new(hub.dup_uri())
replica = client.get_signal('counter')
rows = ServerSignal.SignalList.new(replica, '/rows', ServerSignal.SignalView)
view = ServerSignal.SignalView.new(replica, '/rows/0/n')
loop = GLib.MainLoop()


def leave():
    listen_to(hub, 'peer-removed', 'notify')
    listen_to(hub.get_peers(), 'items-changed')
    listen_to(hub.get_signals(), 'items-changed')
    listen_to(counter, 'notify', 'patched')
    listen_to(client, 'notify')
    listen_to(client.get_signals(), 'items-changed')
    listen_to(replica, 'notify', 'patched')
    listen_to(rows, 'notify', 'items-changed')
    listen_to(rows.get_item(0), 'notify')
    listen_to(view, 'notify')
    if WAY == 'fork':
        child = os.fork()
        if child == 0:
            sys.exit(0)
        if os.waitpid(child, 0)[1] != 0:
            heard('the child failed')
        GLib.timeout_add(100, check)
        return False
    if WAY == 'handler':
        sys.exit(0)
    loop.quit()
    return False


def check():
    """Nobody has noticed the child."""
    if replica.get_stale() or hub.get_peers().get_n_items() != 1:
        heard('the child was noticed')
    sys.exit(0)


def up():
    if replica.get_stale():
        return True
    print('ready', flush=True)
    return False


def terminated():
    """GLib's own thread, which has taken the signal, holds a lock of the main context for a moment."""
    GLib.timeout_add(50, leave)
    return False


GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, terminated)
GLib.timeout_add(10, up)
client.start()
loop.run()
