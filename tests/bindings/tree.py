#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The tree of examples/tree: an origin, two edges, and clients that lose one and go on at the other.

Usage: tree.py origin=COMMAND edge1=COMMAND edge2=COMMAND NAME=COMMAND…   (words split at "|")

Every further command is a client, which is given the addresses of both edges. The value that it shows has to go up with
each line, whichever edge it comes from, but where the origin begins another life.
"""

import re
import subprocess
import sys
import threading
import time

DEADLINE = 30


class Program:
    """A process whose lines are kept as they come."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))

    def first_line(self):
        wait(lambda: self.lines, f'{self.process.args} to say where it is')
        return self.lines[0]

    def kill(self):
        self.process.kill()
        self.process.wait()


class Leaf(Program):
    def shown(self, uri=None, since=0):
        """The values so far, from that edge only."""
        pairs = [line.rsplit(' ', 1) for line in self.lines[since:]]
        return [int(value) for at, value in pairs if uri in (None, at)]


def wait(condition, what):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f'waited in vain for {what}'
        time.sleep(0.01)


def rises(values):
    return all(a < b for a, b in zip(values, values[1:]))


def main():
    commands = dict((name, command.split('|')) for name, command in
                    (word.split('=', 1) for word in sys.argv[1:]))
    running = []

    def start(kind, name, *arguments):
        running.append(kind(commands[name] + list(arguments)))
        return running[-1]

    try:
        origin = start(Program, 'origin', '--port', '0')
        port = re.search(r':(\d+)/', origin.first_line())[1]
        upstream = f'ws://localhost:{port}/ws'
        edges = [start(Program, name, upstream) for name in ('edge1', 'edge2')]
        uris = [edge.first_line() for edge in edges]
        leaves = {name: start(Leaf, name, *uris) for name in commands
                  if name not in ('origin', 'edge1', 'edge2')}
        for leaf in leaves.values():
            wait(lambda: len(leaf.shown(uris[0])) > 20, 'values from the first edge')

        edges[0].kill()
        for leaf in leaves.values():
            wait(lambda: len(leaf.shown(uris[1])) > 20, 'values from the second edge')
            assert rises(leaf.shown()), leaf.lines

        # Another process in its place knows what the origin knows.
        edges[0] = start(Program, 'edge1', upstream, re.search(r':(\d+)/', uris[0])[1])
        edges[0].first_line()
        marks = {name: len(leaf.lines) for name, leaf in leaves.items()}
        edges[1].kill()
        for name, leaf in leaves.items():
            wait(lambda: len(leaf.shown(uris[0], marks[name])) > 20, 'values from the first edge again')
            assert rises(leaf.shown()), leaf.lines

        # Another life of the origin goes through the edge.
        origin.kill()
        last = {}
        for name, leaf in leaves.items():
            time.sleep(0.2)
            last[name] = len(leaf.lines)
            assert rises(leaf.shown()), leaf.lines
        origin = start(Program, 'origin', '--port', port)
        for name, leaf in leaves.items():
            wait(lambda: len(leaf.shown(None, last[name])) > 20, 'values of another life')
            values = leaf.shown(None, last[name])
            assert rises(values) and values[0] < leaf.shown()[last[name] - 1], leaf.lines
            print(f'# {name}: {len(leaf.lines)} values, from both edges and two lives')
    finally:
        for program in running:
            program.kill()
    return 0


if __name__ == '__main__':
    sys.exit(main())
