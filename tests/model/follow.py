#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A client that says all that it shows, for model.py. follow.py URI NAME…"""

import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

client = ServerSignal.SignalClient(uri=sys.argv[1], retry_min=1, retry_max=50, connect_timeout=2000,
                                   keepalive_interval=1000)


def say(*words):
    print(*words, flush=True)


def value_changed(replica, _):
    say('value', replica.get_name(), replica.props.epoch, replica.get_revision(), replica.dup_json(None))


def stale_changed(replica, _):
    say('stale', replica.get_name(), int(replica.props.stale))


for name in sys.argv[2:]:
    signal = client.get_signal(name)
    signal.connect('notify::value', value_changed)
    signal.connect('notify::stale', stale_changed)
client.connect('notify::state', lambda client, _: say('state', client.get_state().value_nick))
client.start()
GLib.MainLoop().run()
