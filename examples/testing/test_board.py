#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Tests of an application: a hub and a client in one process, with time and faults in hand."""

import pathlib
import sys
import unittest

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from board import Board, Screen


def wait_until(condition, seconds=30):
    """Runs the main loop until the condition holds. A test that passes never waits for the time."""
    over = []
    timeout = GLib.timeout_add_seconds(seconds, over.append, True)
    while not condition() and not over:
        GLib.MainContext.default().iteration(True)
    if over:
        raise AssertionError('waited in vain')
    GLib.source_remove(timeout)


class TestBoard(unittest.TestCase):
    def setUp(self):
        self.board = Board()
        # Any free port of loopback, so that tests run side by side.
        self.board.hub.listen(None, 0)
        self.uri = self.board.hub.dup_uri()
        self.screen = Screen(self.uri)
        wait_until(lambda: not self.screen.board.get_stale())

    def tearDown(self):
        # A hub that listens and a client that was started live until they are ended.
        self.screen.client.stop()
        self.board.hub.close()

    def drop_everybody(self):
        """A fault: the connection ends. The hub still listens."""
        peers = self.board.hub.get_peers()
        for peer in [peers.get_item(n) for n in range(peers.get_n_items())]:
            peer.close(1001, None)

    def test_logic(self):
        """Without a connection: a signal is an object like others."""
        self.board.welcome('Ada')
        self.assertEqual(self.board.signal.value, {'guests': [{'name': 'Ada'}]})

    def test_follows(self):
        self.board.welcome('Ada')
        self.board.welcome('Emmy')
        wait_until(lambda: self.screen.text() == 'Ada, Emmy')

    def test_one_commit(self):
        """Nobody sees half of a change: every state that the screen sees is whole."""
        seen = []
        self.screen.board.connect('notify::value', lambda *_: seen.append(self.screen.text()))
        with self.board.signal.transaction():
            self.board.welcome('Ada')
            self.board.welcome('Emmy')
        wait_until(lambda: self.screen.text() == 'Ada, Emmy')
        self.assertEqual(seen, ['Ada, Emmy'])

    def test_a_lost_connection(self):
        """The screen says that it is lost, and catches up with what it missed."""
        self.board.welcome('Ada')
        wait_until(lambda: self.screen.text() == 'Ada')
        states = []
        self.screen.client.connect('notify::state', lambda *_: states.append(self.screen.text()))
        self.drop_everybody()
        self.board.welcome('Emmy')
        wait_until(lambda: self.screen.text() == 'Ada, Emmy')
        self.assertIn('The connection was lost', states)

    def test_a_server_that_restarts(self):
        port = int(self.uri.rsplit(':', 1)[1].split('/')[0])
        self.board.hub.close()
        wait_until(lambda: self.screen.text() == 'The connection was lost')
        self.board = Board()
        self.board.welcome('Grace')
        self.board.hub.listen(None, port)
        wait_until(lambda: self.screen.text() == 'Grace')

    def test_refused(self):
        """A client that is not let in ends, and says why."""
        self.board.hub.connect('authorize', lambda hub, message: False)
        screen = Screen(self.uri)
        wait_until(lambda: screen.client.get_state() == ServerSignal.ClientState.CLOSED)
        self.assertIn('403', screen.client.get_error().message)

    def test_a_slow_client(self):
        """The updates that it misses are merged; in the end it has the newest."""
        self.board.hub.set_max_backlog(1)
        for number in range(100):
            self.board.welcome(str(number))
        wait_until(lambda: self.screen.text().endswith('98, 99'))


if __name__ == '__main__':
    unittest.main()
