#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The programs of doc/stores.md. One that keeps its signal in files is started anew, and clients resume; of many on a Redis
server one is killed, one ends, and clients go on.

Usage: stores.py PROCESS RESTARTED
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

PROCESS, RESTARTED = sys.argv.pop(1), sys.argv.pop(1)


def wait_until(condition, seconds=30):
    late = []
    source = GLib.timeout_add_seconds(seconds, lambda: late.append(1) or GLib.SOURCE_CONTINUE)
    while not condition() and not late:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(source)
    assert condition(), 'waited in vain'


class ProgramCase(unittest.TestCase):
    def start(self, *args, **more):
        process = subprocess.Popen(args, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def start_server(self, *args):
        env = dict(os.environ, G_DEBUG='fatal-criticals')
        process = self.start(sys.executable, *args, '0', stdout=subprocess.PIPE, text=True, env=env)
        process.uri = process.stdout.readline().strip()
        process.stdout.close()
        return process

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        # A client that is told has to listen.
        tick = GLib.timeout_add(20, lambda: GLib.SOURCE_CONTINUE)
        wait_until(lambda: process.poll() is not None)
        GLib.source_remove(tick)
        self.assertEqual(process.returncode, 0)


class FilesTest(ProgramCase):
    def test_restart(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        client, epochs = None, set()
        for starts in 1, 2, 3:
            process = self.start_server(RESTARTED, folder)
            client = client or ServerSignal.SignalClient.new(process.uri)
            client.stop()
            client.set_uri(process.uri)
            board = client.get_signal('board')
            client.start()
            wait_until(lambda: not board.get_stale() and board.get_int('/starts') == starts)
            epochs.add(board.props.epoch)
            self.end(process)
        client.stop()
        self.assertEqual(len(epochs), 1)


@unittest.skipIf(shutil.which('redis-server') is None, 'redis-server is not installed')
class StoresTest(ProgramCase):
    def follow(self, process):
        self.client.stop()
        self.client.set_uri(process.uri)
        self.client.start()
        before = self.board.get_int('/served')
        wait_until(lambda: not self.board.get_stale() and self.board.get_int('/served') > before + 1)

    def test_processes(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        socket = f'{folder}/socket'
        self.start('redis-server', '--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '',
                   '--appendonly', 'yes', stdout=subprocess.DEVNULL)
        while not os.path.exists(socket):
            time.sleep(0.005)
        one, two, three = (self.start_server(PROCESS, f'unix:{socket}') for _ in range(3))
        self.client = ServerSignal.SignalClient.new(two.uri)
        self.board = self.client.get_signal('board')
        self.follow(two)
        epoch = self.board.props.epoch

        # The owner, whichever it is: another one goes on with the count, in the same life.
        one.kill()
        self.follow(three)
        self.end(two)
        self.follow(three)
        self.assertEqual(self.board.props.epoch, epoch)
        self.assertEqual(self.board.props.revision, self.board.get_int('/served'))
        self.end(three)


if __name__ == '__main__':
    unittest.main()
