#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The processes of doc/stores.md, on a Redis server: one is killed, one ends, and clients go on.

Usage: stores.py PROCESS
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

PROCESS = sys.argv.pop(1)


def wait_until(condition, seconds=30):
    late = []
    source = GLib.timeout_add_seconds(seconds, lambda: late.append(1) or GLib.SOURCE_CONTINUE)
    while not condition() and not late:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(source)
    assert condition(), 'waited in vain'


@unittest.skipIf(shutil.which('redis-server') is None, 'redis-server is not installed')
class StoresTest(unittest.TestCase):
    def start(self, *args, **more):
        process = subprocess.Popen(args, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def start_process(self):
        env = dict(os.environ, G_DEBUG='fatal-criticals')
        process = self.start(sys.executable, PROCESS, f'unix:{self.socket}', '0', stdout=subprocess.PIPE,
                             text=True, env=env)
        process.uri = process.stdout.readline().strip()
        process.stdout.close()
        return process

    def follow(self, process):
        self.client.stop()
        self.client.set_uri(process.uri)
        self.client.start()
        before = self.board.get_int('/served')
        wait_until(lambda: not self.board.get_stale() and self.board.get_int('/served') > before + 1)

    def test_processes(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.socket = f'{folder}/socket'
        self.start('redis-server', '--port', '0', '--unixsocket', self.socket, '--dir', folder, '--save', '',
                   '--appendonly', 'yes', stdout=subprocess.DEVNULL)
        while not os.path.exists(self.socket):
            time.sleep(0.005)
        one, two, three = (self.start_process() for _ in range(3))
        self.client = ServerSignal.SignalClient.new(two.uri)
        self.board = self.client.get_signal('board')
        self.follow(two)
        epoch = self.board.props.epoch

        # The owner, whichever it is: another one goes on with the count, in the same life.
        one.kill()
        self.follow(three)
        two.send_signal(signal.SIGTERM)
        self.assertEqual(two.wait(30), 0)
        self.follow(three)
        self.assertEqual(self.board.props.epoch, epoch)
        self.assertEqual(self.board.props.revision, self.board.get_int('/served'))
        three.send_signal(signal.SIGTERM)
        self.assertEqual(three.wait(30), 0)


if __name__ == '__main__':
    unittest.main()
