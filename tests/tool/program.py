# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Runs the command for the tests of this folder."""

import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

# Long, because machines are slow and valgrind is slower: it only bounds a test that has failed.
DEADLINE = 60
PROGRAM = os.environ.get('SERVER_SIGNAL', 'server-signal')


def run(*words, text='', **options):
    """The status, the output and the messages."""
    done = subprocess.run([PROGRAM, *map(str, words)], input=text, capture_output=True, encoding='utf-8',
                          timeout=DEADLINE, **options)
    return done.returncode, done.stdout, done.stderr


def open_uri(uri, **headers):
    """The answer to a request. A small system has no file that says where "localhost" is, which GLib knows without one."""
    request = urllib.request.Request(uri.replace('//localhost:', '//127.0.0.1:'), headers=headers)
    return urllib.request.urlopen(request, timeout=DEADLINE)


class Process:
    """A subcommand that goes on; its output is awaited line by line."""

    def __init__(self, *words, env=None, program=PROGRAM, **options):
        self.process = subprocess.Popen([program, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, **options)
        self.pending = {self.process.stdout: b'', self.process.stderr: b''}

    def _line(self, stream):
        end = time.monotonic() + DEADLINE
        while b'\n' not in self.pending[stream]:
            ready, _, _ = select.select([stream], [], [], max(0, end - time.monotonic()))
            data = os.read(stream.fileno(), 65536) if ready else b''
            if not data:
                raise AssertionError(f'no line came, only {self.pending[stream]!r}')
            self.pending[stream] += data
        line, self.pending[stream] = self.pending[stream].split(b'\n', 1)
        return line.decode()

    def line(self):
        return self._line(self.process.stdout)

    def message(self, words=''):
        """The next message that has these words."""
        while True:
            line = self._line(self.process.stderr)
            if words in line:
                return line

    def write(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def wait(self):
        return self.process.wait(DEADLINE)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, *words, **options):
        process = Process(*words, **options)
        self.addCleanup(process.end)
        return process

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return self.path(name)


def main():
    unittest.main(module=sys.modules['__main__'], verbosity=2)
