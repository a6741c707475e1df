#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A hub to look at with the inspector: many names, a long list, calls, users. Usage: inspected.py PORT"""

import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

NAMES, ROWS = 3000, 100000


def answer(hub, call):
    if call.get_method() == 'echo':
        call.progress({'half': 'way'})
        return call.return_(call.arguments) or True
    if call.get_method() == 'patch':
        hub.lookup('rows').apply_patch(call.arguments)
        return call.return_(None) or True
    return False


def main():
    hub = ServerSignal.Hub(inspector=True, serve_path='/server-signal')
    for number in range(NAMES):
        hub.create(f'many/{number:04}', {'number': number})
    rows = hub.create('rows', [{'id': number, 'name': f'row {number}', 'price': number / 4} for number in range(ROWS)])
    counter = hub.create('counter', {'value': 0, 'nested': {'a/b': [True, None, 'text'], 'html': '<b>&amp;</b>'}})
    hub.connect('handshake', lambda hub, handshake: handshake.accept('anna') or True)
    hub.connect('call', answer)
    hub.listen('127.0.0.1', int(sys.argv[1]))
    print('Open ' + hub.dup_uri().replace('ws:', 'http:').replace('/ws', '/server-signal/inspector.html'), flush=True)

    def count():
        counter['/value'] += 1
        rows['/7/price'] += 1
        return GLib.SOURCE_CONTINUE

    GLib.timeout_add(20, count)
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    loop.run()


if __name__ == '__main__':
    main()
