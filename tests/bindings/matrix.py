#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Every counter with every watcher: the examples in four languages, run as their users run them.

In each cell a watcher sees ten values in a row, a late joiner begins with the value as it is, and
after the server was killed and started again on its port the watcher follows the new one.

Usage: matrix.py NAME=COMMAND… -- NAME=COMMAND…   (servers, then clients; words split at "|")
"""

import os
import queue
import re
import signal
import subprocess
import sys
import threading

DEADLINE = 30


class Program:
    """A program of ours and the lines that it prints."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip('\n'))
        self.lines.put(None)

    def line(self):
        line = self.lines.get(timeout=DEADLINE)
        if line is None:
            raise AssertionError(f'the program ended with {self.process.wait()}')
        return line

    def drain(self):
        try:
            while self.lines.get(timeout=0.3) is not None:
                pass
            raise AssertionError(f'the program ended with {self.process.wait()}')
        except queue.Empty:
            pass

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def start_server(command, port):
    server = Program(command + ['--port', str(port)])
    match = re.search(r'http://localhost:(\d+)/', server.line())
    assert match, 'the server did not say its address'
    return server, int(match.group(1))


def ten_in_a_row(values):
    """The values of a replica that misses nothing: each is one more than the one before."""
    return all(b == a + 1 for a, b in zip(values, values[1:]))


def cell(server_command, client_command):
    server, port = start_server(server_command, 0)
    uri = f'ws://localhost:{port}/ws'
    try:
        with Program(client_command + [uri]) as watcher:
            values = [int(watcher.line()) for _ in range(10)]
            assert ten_in_a_row(values), f'not in a row: {values}'

            with Program(client_command + [uri]) as late:
                first = int(late.line())
                assert first > values[0], f'the late joiner began at {first}, before {values[0]}'
                following = [first] + [int(late.line()) for _ in range(9)]
                assert ten_in_a_row(following), f'late joiner, not in a row: {following}'

            server.kill()
            # Lines that come now still belong to the first server, until all have been printed.
            watcher.drain()
            server, same_port = start_server(server_command, port)
            assert same_port == port
            value = int(watcher.line())
            values = [value] + [int(watcher.line()) for _ in range(9)]
            assert ten_in_a_row(values), f'after the restart, not in a row: {values}'
    finally:
        server.kill()


def main():
    words = sys.argv[1:]
    split = words.index('--')
    servers, clients = ([(name, command.split('|')) for name, command in
                         (word.split('=', 1) for word in part)]
                        for part in (words[:split], words[split + 1:]))
    failed = False
    number = 0
    print(f'1..{len(servers) * len(clients)}', flush=True)
    for server_name, server in servers:
        for client_name, client in clients:
            number += 1
            name = f'server in {server_name}, client in {client_name}'
            try:
                cell(server, client)
                print(f'ok {number} - {name}', flush=True)
            except (AssertionError, ValueError, queue.Empty) as problem:
                failed = True
                print(f'not ok {number} - {name}', flush=True)
                print(f'# {type(problem).__name__}: {problem}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    os.environ.setdefault('G_DEBUG', 'fatal-warnings')
    sys.exit(main())
