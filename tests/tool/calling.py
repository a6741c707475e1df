#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""server-signal call: answers, errors, progress, and no answer.

Usage: calling.py HUB"""

import signal
import sys
import unittest

import program
from program import Case, run

HUB = sys.argv.pop(1)


class Call(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.start(program=HUB)
        self.uri = self.hub.line()

    def test_values(self):
        for value in ('null', '7', '7.0', '"x"', '[1,{"a/b":[]}]', '9223372036854775807'):
            self.assertEqual(run('call', self.uri, 'echo', value), (0, value + '\n', ''))
        self.assertEqual(run('call', self.uri, 'echo'), (0, 'null\n', ''))
        self.assertEqual(run('call', self.uri, 'echo', '-', text='{"title":"Tea"}'), (0, '{"title":"Tea"}\n', ''))
        self.assertEqual(run('call', '--raw', self.uri, 'echo', '"Tea"')[1], 'Tea\n')
        self.assertEqual(run('call', '--indent', 1, self.uri, 'echo', '[1]')[1], '[\n 1\n]\n')

    def test_progress(self):
        self.assertEqual(run('call', self.uri, 'count'), (0, '3\n', ''))
        status, out, said = run('call', '--progress', self.uri, 'count')
        self.assertEqual((status, out), (0, '3\n'))
        self.assertEqual([line.split(': ')[-1] for line in said.splitlines()], ['1', '2'])

    def test_refused(self):
        status, out, said = run('call', self.uri, 'refuse', '{"cups":0}')
        self.assertEqual((status, out), (1, ''))
        self.assertIn('no-tea: There is none', said)
        self.assertIn('{"cups":0}', said)
        status, out, said = run('call', self.uri, 'absent')
        self.assertEqual((status, out), (1, ''))
        self.assertIn('unknown-method', said)

    def test_no_answer(self):
        status, out, said = run('call', '--timeout', '0.1', self.uri, 'hold')
        self.assertEqual((status, out), (2, ''))
        self.assertIn('in time', said)

    def test_interrupted(self):
        """The server hears that nobody waits any more."""
        call = self.start('call', '--timeout', 0, self.uri, 'hold')
        self.assertEqual(self.hub.line(), 'held')
        call.process.send_signal(signal.SIGINT)
        self.assertEqual(call.wait(), 2)
        self.assertIn('interrupted', call.message())
        self.assertEqual(self.hub.line(), 'cancelled')

    def test_dropped(self):
        """Once at most, or again where that does no harm."""
        status, out, said = run('call', self.uri, 'drop', '1')
        self.assertEqual((status, out), (2, ''))
        self.assertTrue(said.startswith('server-signal: '), said)
        self.assertEqual(self.hub.line(), 'drop')
        again = self.start(program=HUB)
        call = self.start('call', '--idempotent', again.line(), 'drop', '1')
        self.assertEqual(call.line(), '1')
        self.assertEqual(call.wait(), 0)
        again.process.stdin.close()
        self.assertEqual((again.line(), again.process.stdout.read()), ('drop', b''))

    def test_wrong(self):
        for words in (('localhost:1', 'echo'), (self.uri, ''), (self.uri, 'x' * 1025), (self.uri, 'echo', '{'),
                      (self.uri, 'echo', '1', '2'), (self.uri,), ('ftp://x', 'echo')):
            status, out, said = run('call', *words)
            self.assertEqual((status, out), (2, ''), words)
            self.assertTrue(said.startswith('server-signal: '), words)
        self.assertEqual(run('call', self.uri, 'x' * 1024)[0], 1)


if __name__ == '__main__':
    program.main()
