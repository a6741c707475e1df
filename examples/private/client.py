#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Follows the inbox of whoever the session belongs to. Usage: client.py URI SESSION"""

import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import GLib, ServerSignal, Soup

uri, key = sys.argv[1:]

jar = Soup.CookieJar()
jar.add_cookie(Soup.Cookie.new('session', key, GLib.Uri.parse(uri, 0).get_host(), '/', -1))
session = Soup.Session()
session.add_feature(jar)

client = ServerSignal.Client(uri=uri, session=session)
inbox = client.get_signal('inbox')
loop = GLib.MainLoop()


def value_changed(inbox, _):
    print(inbox.value, flush=True)


def state_changed(client, _):
    # Refused for good: another session is needed.
    if client.get_state() == ServerSignal.ClientState.CLOSED:
        print(client.get_error().message, flush=True)
        loop.quit()


inbox.connect('notify::value', value_changed)
client.connect('notify::state', state_changed)
client.start()

for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()
client.stop()
