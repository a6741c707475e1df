# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Mistakes: the checkers of types have to refuse each line that ends in "# wrong", and no other."""

import datetime

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal


def mistakes(signal: ServerSignal.Signal, hub: ServerSignal.Hub, client: ServerSignal.Client) -> None:
    signal['/due'] = datetime.date(2026, 1, 1)  # wrong
    signal['/tags'] = {'a', 'b'}  # wrong
    signal['/raw'] = b'bytes'  # wrong
    signal[0]  # wrong
    signal.append({'id': 1})  # wrong
    signal.set_int('/n', 'text')  # wrong
    signal.no_such_function()  # wrong
    signal.props.revision = 7  # wrong
    hub.create(7)  # wrong
    hub.listen(None, 'port')  # wrong
    hub.props.max_peers = 'many'  # wrong
    client.open_async(callback=7)  # wrong
    number: int = client.open_async()  # wrong
    text: str = signal.typed(int).value  # wrong
    ServerSignal.Patch('text')  # wrong
    ServerSignal.Error.NO_SUCH  # wrong
    signal['/fine'] = [1, {'a': None}]
    print(number, text)
