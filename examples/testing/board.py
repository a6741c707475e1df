# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""An application to be tested: a board of guests, and what a window shows of it."""

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal


class Board:
    """The server's part."""

    def __init__(self):
        self.hub = ServerSignal.Hub()
        self.signal = self.hub.create('board', {'guests': []})

    def welcome(self, name):
        self.signal.append('/guests', {'name': name})


class Screen:
    """The client's part."""

    def __init__(self, uri):
        self.client = ServerSignal.Client(uri=uri, retry_min=1, retry_max=1)
        self.board = self.client.get_signal('board')
        self.client.start()

    def text(self):
        if self.board.get_stale():
            return 'The connection was lost'
        return ', '.join(guest['name'] for guest in self.board['/guests'])
