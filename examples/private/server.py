#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A shared board, and an inbox for each user who has logged in. Usage: server.py [PORT]

Users who log in get the cookie "session" from the application's pages; here there are two sessions."""

import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

SESSIONS = {'s1': 'anna', 's2': 'ben'}
inboxes = {}


def inbox_of(user):
    """One for each user, in however many windows."""
    if user not in inboxes:
        inboxes[user] = ServerSignal.Signal('inbox', {'user': user, 'messages': [f'Hello {user}']})
    return inboxes[user]


def get_cookie(header, name):
    """Takes any header; a handler that raises an exception refuses with 403."""
    pairs = (pair.strip().partition('=') for pair in header.split(';'))
    return next((value for key, _, value in pairs if key == name), None)


def handshake(hub, handshake):
    header = handshake.get_headers().get_list('Cookie') or ''
    user = SESSIONS.get(get_cookie(header, 'session'))
    if user:
        handshake.accept(user)
    else:
        handshake.reject(401, 'Log in first')
    return True


def peer_added(hub, peer):
    peer.add(inbox_of(peer.get_user()))


hub = ServerSignal.Hub()
hub.connect('handshake', handshake)
hub.connect('peer-added', peer_added)
hub.create('board', {'title': 'For all'})
hub.listen(None, int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
print(hub.dup_uri(), flush=True)

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()

# The clients are told, and come back when there is a server again.
hub.close_async(2000, None, lambda hub, result: loop.quit())
loop.run()
