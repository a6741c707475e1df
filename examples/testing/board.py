# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""An application to be tested: a board of guests, and what a window shows of it."""

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal


class Board:
    """The server's part."""

    def __init__(self):
        self.signal = ServerSignal.Signal.new_from_json('board', '{"guests": []}')
        self.hub = ServerSignal.SignalHub()
        self.hub.add(self.signal)

    def welcome(self, name):
        index = self.signal.get_n_elements('/guests')
        self.signal.insert_json('/guests/-', '{}')
        self.signal.set_string(f'/guests/{index}/name', name)


class Screen:
    """The client's part."""

    def __init__(self, uri):
        self.client = ServerSignal.SignalClient(uri=uri, retry_min=1, retry_max=1)
        self.board = self.client.get_signal('board')
        self.client.start()

    def text(self):
        if self.board.get_stale():
            return 'The connection was lost'
        count = self.board.get_n_elements('/guests')
        return ', '.join(self.board.dup_string(f'/guests/{n}/name') or '?' for n in range(count))
