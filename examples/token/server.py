#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A counter for clients that know the token. Programs send it in a header; a page, which cannot set one,
in the list of subprotocols that it offers. Pages of two other hosts may try as well.
Usage: server.py PORT"""

import hmac
import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

TOKEN = 'open-sesame'


def token_of(message):
    headers = message.get_request_headers()
    bearer = headers.get_one('Authorization') or ''
    if bearer.startswith('Bearer '):
        return bearer.removeprefix('Bearer ')
    for entry in (headers.get_list('Sec-WebSocket-Protocol') or '').split(','):
        if entry.strip().startswith('token.'):
            return entry.strip().removeprefix('token.')
    return ''


def authorize(hub, message):
    return hmac.compare_digest(token_of(message), TOKEN)


counter = ServerSignal.Signal.new_from_json('counter', '{"value": 7}')
hub = ServerSignal.SignalHub()
hub.connect('authorize', authorize)
hub.set_allowed_origins(['https://example.org', 'http://localhost:5173'])
hub.add(counter)
hub.listen(None, int(sys.argv[1]))
print(hub.dup_uri(), flush=True)

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()

# The clients are told, and come back when there is a server again.
hub.close_async(2000, None, lambda hub, result: loop.quit())
loop.run()
