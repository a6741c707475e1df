#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""server-signal serve --state: killed at random moments, it goes on with everything that a client was shown.

SS_TEST_SEED, SS_TEST_CASES (in per cent of ten moments) are read from the environment."""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import threading
import time
import unittest

import program
from program import Case, run

CASES = max(1, int(10 * float(os.environ.get('SS_TEST_CASES', 100)) / 100))
SEED = int(os.environ.get('SS_TEST_SEED', random.randrange(2 ** 31)))


class Writer(threading.Thread):
    """Writes numbers until its reader is gone."""

    def __init__(self, stream, begin):
        super().__init__()
        self.stream = stream
        self.number = begin

    def run(self):
        try:
            while True:
                self.number += 1
                self.stream.write(json.dumps({'n': self.number, 'text': 'x' * (self.number % 300)}).encode() + b'\n')
                self.stream.flush()
        except BrokenPipeError:
            pass
        with contextlib.suppress(BrokenPipeError):
            self.stream.close()


class Keep(Case):
    def serve(self):
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--stdin', 'in', '--state', self.path('state'))
        return hub, hub.line()

    def test_killed(self):
        rng = random.Random(SEED)
        print(f'# random seed: {SEED}', flush=True)
        shown = written = 0
        for case in range(CASES):
            hub, uri = self.serve()
            value = json.loads(run('get', uri, 'in')[1])
            if case > 0:
                # Not less than a client has seen, not more than was written, and whole.
                self.assertGreaterEqual(value['n'], shown, f'case {case}, seed {SEED}')
                self.assertLessEqual(value['n'], written, f'case {case}, seed {SEED}')
                self.assertEqual(value['text'], 'x' * (value['n'] % 300))
            watch = self.start('watch', uri, 'in')
            watch.line()
            writer = Writer(hub.process.stdin, written)
            writer.start()
            for _ in range(rng.randrange(1, 60)):
                shown = json.loads(watch.line())['n']
            time.sleep(rng.random() * 0.02)
            hub.process.kill()
            hub.wait()
            writer.join()
            written = writer.number
            watch.process.terminate()
            rest = watch.pending[watch.process.stdout] + watch.process.stdout.read()
            watch.wait()
            for line in rest.split(b'\n')[:-1]:
                shown = json.loads(line)['n']

    def test_ended(self):
        hub, uri = self.serve()
        hub.write('{"n":1}\n')
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'in/n', '1')[0], 0)
        hub.process.terminate()
        self.assertEqual(hub.wait(), 0)
        hub, uri = self.serve()
        self.assertEqual(run('get', uri, 'in')[1], '{"n":1}\n')

    def test_same_life(self):
        """Life and revision, for which the entity tag stands, are those of before the hub was killed."""
        hub, uri = self.serve()

        def tag():
            with program.open_uri(uri.replace('ws:', 'http:') + '?name=in', Accept='application/json') as answer:
                return answer.headers['ETag'], json.load(answer)
        first = tag()
        hub.write('{"n":1}\n')
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'in/n', '1')[0], 0)
        second = tag()
        self.assertNotEqual(first[0], second[0])
        hub.process.kill()
        hub.wait()
        hub, uri = self.serve()
        self.assertEqual(tag(), second)

    def test_folder(self):
        """A file that goes and comes back is the same signal, which is neither lost nor locked."""
        os.mkdir(self.path('files'))
        self.write('files/a.json', '[1]')
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--state', self.path('state'), self.path('files'))
        uri = hub.line()
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'a', '[1]')[0], 0)
        os.remove(self.path('files/a.json'))
        hub.message('is gone')
        self.write('new', '[1,2]')
        os.rename(self.path('new'), self.path('files/a.json'))
        hub.message('is served as')
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'a', '[1,2]')[0], 0)

    def test_standby(self):
        """A second process waits for the first one."""
        hub, uri = self.serve()
        hub.write('7\n')
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'in', '7')[0], 0)
        second = self.start('serve', '--listen', 'localhost:0', '--no-page', '--stdin', 'in', '--state', self.path('state'))
        second.message('Waiting for “in”')
        hub.process.terminate()
        self.assertEqual(hub.wait(), 0)
        self.assertEqual(run('get', second.line(), 'in')[1], '7\n')
        third = self.start('serve', '--listen', 'localhost:0', '--no-page', '--stdin', 'in', '--state', self.path('state'))
        third.message('Waiting for “in”')
        third.process.terminate()
        self.assertEqual(third.wait(), 0)

    def test_standby_of_a_service(self):
        """The service manager is told that it waits, in time, and that it is ready when it serves."""
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(self.path('notify'))
        notify.settimeout(program.DEADLINE)
        hub, _ = self.serve()
        second = self.start('serve', '--listen', 'localhost:0', '--no-page', '--stdin', 'in', '--state', self.path('state'),
                            env={'NOTIFY_SOCKET': self.path('notify')})
        self.assertEqual(notify.recv(200).decode(), 'EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Waiting for “in”, which another process has')
        hub.process.terminate()
        self.assertEqual(hub.wait(), 0)
        second.line()
        self.assertEqual(notify.recv(200), b'READY=1\nSTATUS=')
        second.process.terminate()
        self.assertEqual(notify.recv(200), b'STOPPING=1')

    @unittest.skipUnless(shutil.which('redis-server'), 'missing: redis-server')
    def test_redis(self):
        """A server that comes later is waited for; a hub that ends is followed by the one that stands by."""
        def serve():
            return self.start('serve', '--listen', 'localhost:0', '--no-page', '--stdin', 'in', '--store',
                              f'unix:{self.path("redis")}')
        hub = serve()
        hub.message('The store: ')
        redis = subprocess.Popen(['redis-server', '--port', '0', '--unixsocket', self.path('redis'), '--dir', self.folder,
                                  '--save', '', '--appendonly', 'yes'], stdout=subprocess.DEVNULL)
        self.addCleanup(redis.wait, program.DEADLINE)
        self.addCleanup(redis.terminate)
        uri = hub.line()
        hub.write('[1]\n')
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'in/0', '1')[0], 0)
        second = serve()
        second.message('Waiting for “in”')
        hub.process.terminate()
        self.assertEqual(hub.wait(), 0)
        uri = second.line()
        self.assertEqual(run('get', uri, 'in')[1], '[1]\n')
        # Another one takes the signal, as if this one had not been heard of.
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(self.path('redis'))
            link.sendall(b'SET server-signal:{in}:lease other\r\nHSET server-signal:{in} o other g 99\r\n')
            answers = b''
            while answers.count(b'\n') < 2:
                answers += link.recv(100)
            self.assertTrue(answers.startswith(b'+OK'), answers)
            second.write('[2]\n')
            self.assertEqual(second.wait(), 2)
        second.message('server-signal: in: ')

    def test_wrong(self):
        self.assertEqual(run('serve', '--proc', 'p', '--state', self.write('file', ''))[0], 2)
        self.assertEqual(run('serve', '--proc', 'p', '--state', self.path('s'), '--store', 'redis://localhost')[0], 2)
        self.assertEqual(run('serve', '--proc', 'p', '--store', 'nonsense://x')[0], 2)


if __name__ == '__main__':
    program.main()
