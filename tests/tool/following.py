#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""server-signal get, list, wait, watch, record and replay."""

import base64
import fcntl
import hashlib
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time
import unicodedata
import unittest

import program
from program import Case, run

try:
    import pyte
except ImportError:
    pyte = None


class HubCase(Case):
    """A hub whose signal "in" is what is written to it."""

    def setUp(self):
        super().setUp()
        self.hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--stdin', 'in', self.write('other.json', '{"a":[1]}'))
        self.uri = self.hub.line()

    def put(self, value):
        self.hub.write(json.dumps(value) + '\n')

    def wait_lines(self, path, number):
        """Until the file has so many lines."""
        end = time.monotonic() + program.DEADLINE
        while time.monotonic() < end:
            if os.path.exists(path):
                with open(path, encoding='utf-8') as file:
                    if file.read().count('\n') >= number:
                        return
            time.sleep(0.01)
        self.fail(f'{path} has no {number} lines')

    def wait_for(self, target, value):
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, self.uri, target, json.dumps(value)), (0, '', ''))


class Get(HubCase):
    def test_values(self):
        self.put({'a/b': [1, {'x': 'y'}]})
        self.wait_for('in#/a~1b/0', 1)
        self.assertEqual(run('get', self.uri, 'in', 'in#/a~1b/1/x', 'other/a/0')[:2],
                         (0, '{"a/b":[1,{"x":"y"}]}\n"y"\n1\n'))
        self.assertEqual(run('get', '-r', self.uri, 'in#/a~1b/1/x')[1], 'y\n')

    def test_absent(self):
        status, out, said = run('get', self.uri, 'other', 'other/b')
        self.assertEqual((status, out), (1, '{"a":[1]}\n'))
        self.assertIn('“/b” of “other”', said)
        status, out, said = run('get', self.uri, 'nobody')
        self.assertEqual((status, out), (1, ''))
        self.assertIn('nobody', said)

    def test_addresses(self):
        authority = self.uri.removeprefix('ws://').removesuffix('/ws')
        for uri in (authority, ':' + authority.split(':')[1], 'http://' + authority + '/', self.uri):
            self.assertEqual(run('get', uri, 'other/a')[:2], (0, '[1]\n'), uri)
        for uri in ('ftp://' + authority, 'ws://' + authority + '/elsewhere', 'localhost:1', 'a b', 'unix:/absent'):
            status, out, said = run('get', uri, 'other')
            self.assertEqual((status, out), (2, ''), uri)
            self.assertTrue(said.startswith('server-signal: '), uri)

    def test_interrupted(self):
        """By a person or a service manager, while a server does not answer."""
        with socket.create_server(('127.0.0.1', 0)) as silent:
            uri = f'127.0.0.1:{silent.getsockname()[1]}'
            processes = [self.start(*words) for words in (('get', uri, 'a'), ('list', uri), ('wait', uri, 'a'), ('call', uri, 'm'),
                                                              ('bench', uri), ('bench', '-c', '1', uri, 'a'))]
            taken = [silent.accept()[0] for _ in processes]
            for process in processes:
                process.process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(), 2)
                self.assertRegex(process.message(), 'nterrupted')
            for link in taken:
                link.close()

    def test_no_names(self):
        """A server of the plain protocol does not tell them; who wants all signals learns so."""
        with socket.create_server(('127.0.0.1', 0)) as plain:
            watch = self.start('watch', f'127.0.0.1:{plain.getsockname()[1]}')
            link, _ = plain.accept()
            request = b''
            while b'\r\n\r\n' not in request:
                request += link.recv(4096)
            key = re.search(rb'Sec-WebSocket-Key: (\S+)', request).group(1)
            accept = base64.b64encode(hashlib.sha1(key + b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest())
            link.sendall(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                         b'Sec-WebSocket-Accept: ' + accept + b'\r\n\r\n')
            watch.message('plain protocol')
            link.close()

    def test_wrong(self):
        for timeout in ('-1', 'nan', 'inf', 'x'):
            for words in (('get', self.uri, 'in'), ('list', self.uri), ('wait', self.uri, 'in'), ('call', self.uri, 'm')):
                self.assertEqual(run(*words, '--timeout', timeout)[0], 2, (words, timeout))
        self.assertEqual(run('get', '--timeout', '1e300', self.uri, 'other')[0], 0)
        for words in (('watch', '-n', '-1', self.uri), ('top', '-n', '-1', self.uri), ('record', '--time', 'nan', self.uri, '-')):
            self.assertEqual(run(*words)[0], 2, words)
        self.assertEqual(run('get', '--token', 'a\r\nX: b', self.uri, 'other')[0], 2)
        for target in ('', '/', 'a/~', 'a#b', '#'):
            self.assertEqual(run('get', self.uri, target)[0], 2, target)

    def test_list(self):
        self.assertEqual(sorted(run('list', self.uri)[1].splitlines()), ['in', 'other'])
        self.assertEqual(sorted(run('list', '--json', self.uri)[1].splitlines()), ['"in"', '"other"'])
        self.assertEqual(run('list', 'localhost:1')[0], 2)


class Wait(HubCase):
    def test_there(self):
        self.assertEqual(run('wait', self.uri, 'other/a', '[1]'), (0, '', ''))
        self.assertEqual(run('wait', self.uri, 'other/a/0'), (0, '', ''))
        values = [-5, 1.5, 'x', True, None, [], {'k': [1]}]
        self.put(values)
        for index, value in enumerate(values):
            self.assertEqual(run('wait', self.uri, f'in/{index}', '--', json.dumps(value)), (0, '', ''))
        self.assertEqual(run('wait', self.uri, 'in/0', '--', '-50e-1'), (0, '', ''))

    def test_later(self):
        waiting = self.start('wait', self.uri, 'in/x', '{"b":1,"a":2.5}')
        waiting_for_any = self.start('wait', self.uri, 'in/x')
        waiting_for_none = self.start('wait', '--not', self.uri, 'in', 'null')
        self.put({'y': 1})
        self.assertEqual(waiting_for_none.wait(), 0)
        self.put({'x': 1})
        self.assertEqual(waiting_for_any.wait(), 0)
        self.assertIsNone(waiting.process.poll())
        self.put({'x': {'a': 2.5, 'b': 1}})
        self.assertEqual(waiting.wait(), 0)

    def test_server_comes_later(self):
        waiting = self.start('wait', f'unix:{self.path("socket")}', 'a', '1')
        waiting.message('Trying again')
        self.start('serve', '--listen', f'unix:{self.path("socket")}', self.write('a.json', '1'))
        self.assertEqual(waiting.wait(), 0)

    def test_timeout(self):
        self.assertEqual(run('wait', '--timeout', '0.2', self.uri, 'other', '2')[0], 1)
        self.assertEqual(run('wait', '--timeout', '0.2', 'localhost:1', 'other', '2')[0], 1)
        self.assertEqual(run('wait', self.uri, 'other', 'x')[0], 2)


class Watch(HubCase):
    def test_one(self):
        watch = self.start('watch', self.uri, 'in/x')
        watch.message('There is nothing')
        for value in (1, 'two', None):
            self.put({'x': value, 'y': 1})
            self.assertEqual(json.loads(watch.line()), value)
        self.put({'x': None, 'y': 2})
        self.put({'y': 2})
        watch.message('There is nothing')
        self.put({'x': 3})
        self.assertEqual(watch.line(), '3')
        watch.process.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(), 0)

    def test_several(self):
        watch = self.start('watch', self.uri, 'in', 'in/x', 'other/a')
        lines = [json.loads(watch.line()) for _ in range(3)]
        for line in ({'signal': 'in', 'value': None}, {'signal': 'in', 'pointer': '/x', 'absent': True},
                     {'signal': 'other', 'pointer': '/a', 'value': [1]}):
            self.assertIn(line, lines)
        self.put({'x': 1})
        lines = [json.loads(watch.line()) for _ in range(2)]
        self.assertIn({'signal': 'in', 'pointer': '/x', 'value': 1}, lines)

    def test_all(self):
        """Those that come later as well, and again."""
        os.mkdir(self.path('folder'))
        self.write('folder/a.json', '1')
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', self.path('folder'))
        watch = self.start('watch', hub.line())
        self.assertEqual(watch.line(), '{"signal":"a","value":1}')
        self.write('b.json', '2')
        os.replace(self.path('b.json'), self.path('folder/b.json'))
        self.assertEqual(watch.line(), '{"signal":"b","value":2}')
        os.remove(self.path('folder/a.json'))
        hub.message('a.json is gone')
        self.write('a.json', '3')
        os.replace(self.path('a.json'), self.path('folder/a.json'))
        self.assertEqual(watch.line(), '{"signal":"a","value":3}')

    def test_patches(self):
        rows = [{'id': n, 'text': 'some text'} for n in range(5)]
        self.put({'rows': rows})
        self.wait_for('in/rows/4/id', 4)
        whole = self.start('watch', '-p', self.uri, 'in')
        part = self.start('watch', '-p', self.uri, 'in/rows')
        both = self.start('watch', '-p', self.uri, 'in', 'other')
        self.assertEqual(json.loads(whole.line()), {'rows': rows})
        self.assertEqual(json.loads(part.line()), rows)
        both.line()
        both.line()
        self.put({'rows': rows[1:]})
        self.assertEqual(whole.line(), '[{"op":"remove","path":"/rows/0"}]')
        self.assertEqual(part.line(), '[{"op":"remove","path":"/0"}]')
        self.assertEqual(both.line(), '{"signal":"in","patch":[{"op":"remove","path":"/rows/0"}]}')

    def test_count(self):
        watch = self.start('watch', '-n', '2', self.uri, 'in')
        watch.line()
        self.put(1)
        self.assertEqual(watch.line(), '1')
        self.assertEqual(watch.wait(), 0)

    def test_template(self):
        watch = self.start('watch', '-T', '{name}: {/c} °C\\t{{{}}}{/absent}', self.uri, 'in')
        watch.line()
        self.put({'c': 21.5})
        self.assertEqual(watch.line(), 'in: 21.5 °C\t{{"c":21.5}}')
        self.put({'c': 'x\\'})
        self.assertEqual(watch.line(), 'in: x\\ °C\t{{"c":"x\\\\"}}')
        for wrong in ('{', '}', '{x}', '{/~}'):
            self.assertEqual(run('watch', '-T', wrong, self.uri, 'in')[0], 2, wrong)

    def test_exec(self):
        out = self.path('out')
        watch = self.start('watch', '-n', '2', '-e', f'echo "$SERVER_SIGNAL_NAME$SERVER_SIGNAL_POINTER" >>{out}; cat >>{out}',
                           self.uri, 'in/x')
        self.wait_lines(out, 2)
        self.put({'x': 1})
        self.assertEqual(watch.wait(), 0)
        with open(out, encoding='utf-8') as file:
            self.assertEqual(file.read(), 'in/x\nnull\nin/x\n1\n')
        watch = self.start('watch', '-n', '1', '-e', 'exit 3', self.uri, 'in')
        watch.message('status 3')
        self.assertEqual(watch.wait(), 0)

    def test_exec_ended(self):
        """A command that goes on for ever is ended with the program, and what waits for it is not begun."""
        out = self.path('out')
        watch = self.start('watch', '-e', f'echo $$ >>{out}; exec sleep 1000', self.uri, 'in', 'other')
        self.wait_lines(out, 1)
        watch.process.terminate()
        self.assertEqual(watch.wait(), 0)
        with open(out, encoding='utf-8') as file:
            pid, = file.read().split()
        self.assertFalse(os.path.exists(f'/proc/{pid}'))
        # Its input is larger than a pipe takes, and not read.
        self.put('x' * 1000000)
        watch = self.start('watch', '-n', '1', '-e', 'true', self.uri, 'in')
        self.assertEqual(watch.wait(), 0)

    def test_exec_patches(self):
        """A command that is slow gets several patches as one, and none is lost."""
        out, gate = self.path('out'), self.path('gate')
        os.mkfifo(gate)
        self.put({'list': list(range(1000)), 'x': 0})
        self.wait_for('in/x', 0)
        watch = self.start('watch', '-p', '-n', '5', '-e',
                           f'{{ echo "$SERVER_SIGNAL_INPUT"; cat; }} >>{out}; read line <{gate}', self.uri, 'in')
        self.wait_lines(out, 2)
        for x in range(1, 5):
            self.put({'list': list(range(1000)) + [x] * x, 'x': x})
        end = time.monotonic() + program.DEADLINE
        while watch.process.poll() is None and time.monotonic() < end:
            try:
                descriptor = os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody reads it now
                time.sleep(0.01)
                continue
            os.write(descriptor, b'\n')
            os.close(descriptor)
            time.sleep(0.01)
        self.assertEqual(watch.wait(), 0)
        with open(out, encoding='utf-8') as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[0], 'value')
        self.assertEqual(set(lines[2::2]), {'patch'}, lines)
        value = lines[1]
        for patch in lines[3::2]:
            value = run('patch', self.write('value', value), self.write('patch', patch))[1]
        self.assertEqual(json.loads(value), {'list': list(range(1000)) + [4] * 4, 'x': 4})

    def test_refused(self):
        """A server that does not want the client ends it."""
        hub = self.start('serve', '--listen', 'localhost:0', '--token', 'x', self.write('a.json', '1'))
        watch = self.start('watch', hub.line().split('#')[0], 'a')
        self.assertIn('401', watch.message())
        self.assertEqual(watch.wait(), 2)

    def test_reader_leaves(self):
        """Which is noticed without another change."""
        for words in (('watch', self.uri, 'in'), ('top', self.uri), ('record', '--quiet', self.uri, '-')):
            process = subprocess.Popen([program.PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual(process.wait(program.DEADLINE), 0, words)
            self.assertEqual(process.stderr.read(), b'', words)
            process.stderr.close()


class Record(HubCase):
    def test_there_and_back(self):
        path = self.path('session')
        recorder = self.start('record', self.uri, path, 'in')
        self.wait_lines(path, 2)
        expected = []
        for value in ({'n': 0, 'list': list(range(20))}, {'n': 1, 'list': list(range(20))}, [1], {'n': 2}):
            self.put(value)
            self.wait_for('in', value)
            expected.append(value)
            self.wait_lines(path, len(expected) + 2)
        recorder.process.terminate()
        self.assertEqual(recorder.wait(), 0)
        with open(path, encoding='utf-8') as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual((lines[0]['recording'], lines[0]['version']), ('server-signal', 1))
        self.assertEqual({line['signal'] for line in lines[1:]}, {'in'})
        self.assertEqual(lines[1]['value'], None)
        self.assertIn('patch', lines[3])
        times = [line['t'] for line in lines[1:]]
        self.assertEqual(times, sorted(times))

        for speed in ('0', '100'):
            replay = self.start('replay', '--no-page', '--listen', 'localhost:0', '--speed', speed, path)
            uri = replay.line()
            replay.message('has ended')
            self.assertEqual(run('get', uri, 'in')[1], '{"n":2}\n')

    def test_order(self):
        """With its own times, one after the other; nobody misses one."""
        lines = ['{"recording":"server-signal","version":1}', '{"t":0,"signal":"a","value":0}']
        lines += [json.dumps({'t': 20 * n, 'signal': 'a', 'patch': [{'op': 'replace', 'path': '', 'value': n}]}) for n in range(1, 20)]
        path = self.write('session', '\n'.join(lines) + '\n')
        replay = self.start('replay', '--no-page', '--listen', 'localhost:0', '--loop', path)
        watch = self.start('watch', replay.line(), 'a')
        seen = [int(watch.line()) for _ in range(60)]
        for before, after in zip(seen, seen[1:]):
            self.assertIn(after - before, (1, -19))
        replay = self.start('replay', '--no-page', '--listen', 'localhost:0', '--once', '--speed', '50', path)
        self.assertEqual(replay.wait(), 0)

    def test_wrong(self):
        for text, words in (('', 'not a recording'), ('{}', 'not a recording'), ('x', 'not a recording'),
                            ('{"recording":"server-signal","version":2}', 'a recording of version 2')):
            status, _, said = run('replay', '--listen', 'localhost:0', self.write('session', text))
            self.assertEqual(status, 2, text)
            self.assertIn(words, said)
        head = '{"recording":"server-signal","version":1}\n'
        for words in (('--loop', '-'), ('--speed', '-1', '-'), ('--speed', 'nan', '-')):
            self.assertEqual(run('replay', '--listen', 'localhost:0', *words, text=head)[0], 2, words)
        status, _, said = run('replay', '--once', '--listen', 'localhost:0', '-',
                              text=head + '{"t":0,"signal":"a","patch":[]}\n{"t":0,"signal":"b","value":1}\n'
                              '{"t":0,"signal":"b","patch":[{"op":"remove","path":"/x"}]}\n{"t":0,"signal":"b","removed":true}\n')
        self.assertEqual(status, 2)
        self.assertEqual(said.count('line 2 of the recording'), 1)
        self.assertEqual(said.count('line 4 of the recording'), 1)
        self.assertEqual(run('record', self.uri, self.path('s'), 'in/x')[0], 2)
        self.assertEqual(run('record', self.uri, self.path('absent/s'), 'in')[0], 2)
        self.assertEqual(run('record', '--time', '1', self.uri, '/dev/full', 'in')[0], 2)

    def test_cut_off(self):
        """A recording without the end of its last line is good up to there."""
        head = '{"recording":"server-signal","version":1}\n'
        session = self.write('session', head + '{"t":-9,"signal":"a","value":1}\n\xff\n{"t":0,"signal":"a","value":2}\n{"t":0,"sig')
        for words in ((), ('--loop',), ('--speed', '0')):
            replay = self.start('replay', '--listen', 'localhost:0', '--no-page', *words, session)
            uri = replay.line()
            replay.message('line 5 of the recording: Line 1, column 12')
            self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'a', '2')[0], 0)
        self.assertEqual(run('replay', '--listen', 'localhost:0', '--once', session)[0], 2)
        # One that has nothing to say is not read for ever.
        replay = self.start('replay', '--listen', 'localhost:0', '--no-page', '--loop', self.write('empty', head))
        replay.message('has ended')

    def test_pipe(self):
        """A session is served elsewhere while it goes on."""
        recorder = self.start('record', self.uri, '-', 'in')
        replay = self.start('replay', '--listen', 'localhost:0', '--no-page', '--speed', '0', '-')
        for value in ('one', 'two'):
            self.put(value)
            while True:
                line = recorder.line()
                replay.write(line + '\n')
                if json.dumps(value) in line:
                    break
            if value == 'one':
                uri = replay.line()
            # It has clients while its input waits.
            self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, 'in', json.dumps(value))[0], 0)
        replay.process.send_signal(signal.SIGINT)
        self.assertEqual(replay.wait(), 0)

    def test_time(self):
        path = self.path('session')
        self.assertEqual(run('record', '--time', '0.3', self.uri, path)[0], 0)
        with open(path, encoding='utf-8') as file:
            self.assertEqual(sorted(json.loads(line).get('signal', '') for line in file), ['', 'in', 'other'])


@unittest.skipUnless(pyte, 'missing: python3-pyte')
class Screen(HubCase):
    ROWS, COLUMNS = 12, 40

    def open(self, *words, env=None):
        self.screen = pyte.Screen(self.COLUMNS, self.ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b''
        self.master, slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', self.ROWS, self.COLUMNS, 0, 0))
        base = {name: value for name, value in os.environ.items() if name != 'NO_COLOR'}
        process = subprocess.Popen([program.PROGRAM, *words], stdin=slave, stdout=slave, stderr=subprocess.PIPE,
                                   env={**base, 'TERM': 'xterm', **(env or {})}, start_new_session=True)
        os.close(slave)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def read(self):
        ready, _, _ = select.select([self.master], [], [], 0.1)
        if ready:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.raw += data
            self.stream.feed(data)

    def until(self, condition):
        end = time.monotonic() + program.DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), end, '\n'.join(self.screen.display))
            self.read()

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def lit(self):
        """The text that is drawn in reverse."""
        return [''.join(row[column].data for column in range(self.COLUMNS) if row[column].reverse)
                for row in (self.screen.buffer[n] for n in range(self.ROWS)) if any(row[c].reverse for c in range(self.COLUMNS))]

    def test_watch(self):
        self.put({'name': 'Ümläut 漢字', 'rows': [1, 2]})
        self.wait_for('in/rows/1', 2)
        process = self.open('watch', self.uri, 'in')
        self.until(lambda: any(line.strip() == '}' for line in self.lines()))
        shown = [line.replace('漢 字 ', '漢字') for line in self.lines()]
        self.assertEqual(shown[0][:len(self.uri)], self.uri[:self.COLUMNS])
        self.assertEqual([line.strip() for line in shown[1:9]],
                         ['in', '{', '"name": "Ümläut 漢字",', '"rows": [', '1,', '2', ']', '}'])
        self.assertEqual(self.lit(), [])

        # Only what has changed is lit up, and not for ever.
        self.put({'name': 'Ümläut 漢字', 'rows': [1, 3]})
        self.until(lambda: self.lit() == ['3'])
        self.until(lambda: self.lit() == [])
        self.assertTrue(any(line.strip() == '3' for line in self.lines()))

        # Control characters of a server's do not reach the terminal, and long lines are cut.
        self.put({'name': '\x1b[31m\x07' + 'x' * 100, 'rows': []})
        self.until(lambda: any('xxxx' in line for line in self.lines()))
        self.assertNotIn(b'\x07', self.raw)
        self.assertNotIn(b'\x1b[31m', self.raw)
        self.assertEqual([line.strip() for line in self.lines() if 'rows' in line], ['"rows": []'])

        # More than there is room for.
        self.put(list(range(100)))
        self.until(lambda: '…' in self.lines()[-1])
        self.assertEqual(self.lines()[3].strip(), '0,')

        process.send_signal(signal.SIGINT)
        self.until(lambda: process.poll() is not None and b'\x1b[?1049l' in self.raw)
        self.assertEqual(process.returncode, 0)
        self.assertIn(b'\x1b[?25h', self.raw)

    def test_hostile(self):
        """Nothing that a server says acts on the terminal, whichever way it is shown."""
        self.ROWS = 40
        value = self.write('value.json', json.dumps({'c': '\x9b31m\x7f\x1b]0;t\x07', 'end': 'e\nf'}))
        names = ['a\x1b]0;t\x07', 'b\x1b', 'c\x9b31m', 'd\ne', 'z']
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', *(f'{name}={value}' for name in names))
        uri = hub.line()
        for words, last in ((('watch', uri), b'z'), (('top', uri), b'z '), (('list', uri), b'z\r\n'), (('get', uri, 'z'), b'}'),
                            (('list', '--json', uri), b'z"\r\n'), (('get', '-r', uri, 'z/c', 'z/end'), b'f\r\n'),
                            (('watch', '-n', '1', '-T', '{name}{/c}.', uri, 'c\x9b31m'), b'.\r\n')):
            self.open(*words, env={'NO_COLOR': '1'})
            self.until(lambda last=last: last in self.raw)
            # The rest is our own.
            rest = re.sub(r'\x1b(\[\??[\d;]*[A-Za-z])', '', self.raw.decode())
            self.assertEqual([c for c in rest if unicodedata.category(c) == 'Cc' and c not in '\r\n'], [], words)
            self.assertNotIn('31m', re.sub(r'(\ufffd|\\u009b)31m', '', self.raw.decode()), words)
        # In a pipe everything is as it is, but for messages.
        self.assertEqual(sorted(json.loads(name) for name in run('list', '--json', uri)[1].splitlines()), names)
        self.assertEqual(run('get', '-r', uri, 'z/c')[1], '\x9b31m\x7f\x1b]0;t\x07\n')
        self.assertNotIn('\x1b', run('get', uri, 'z/\x1b')[2])
        self.assertNotIn('\x1b', run('top', '-n', '1', uri)[1].replace('b\x1b ', ''))

    def test_tiny(self):
        self.ROWS, self.COLUMNS = 1, 1
        self.put({'a': '漢字'})
        for words in (('watch', self.uri), ('top', self.uri)):
            process = self.open(*words)
            self.until(lambda: self.raw.count(b'\x1b[H') > 1)
            for size in ((2, 3), (500, 500), (1, 1)):
                fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', *size, 0, 0))
                drawn = self.raw.count(b'\x1b[H')
                process.send_signal(signal.SIGWINCH)
                self.until(lambda drawn=drawn: self.raw.count(b'\x1b[H') > drawn)
            process.send_signal(signal.SIGTERM)
            self.until(lambda process=process: process.poll() is not None and b'\x1b[?1049l' in self.raw)
            self.assertEqual(process.returncode, 0)

    def test_lost(self):
        self.open('watch', self.uri)
        self.until(lambda: any(line == 'other' for line in self.lines()))
        self.hub.process.terminate()
        self.until(lambda: 'refused' in self.lines()[0] or len(self.lines()[0]) > len(self.uri))

    def test_stopped(self):
        """Ctrl-Z gives the terminal back, and fg takes it again."""
        process = self.open('watch', self.uri, 'other')
        self.until(lambda: any('"a": [' in line for line in self.lines()))
        process.send_signal(signal.SIGTSTP)
        self.until(lambda: self.raw.endswith(b'\x1b[?1049l'))
        self.assertEqual(os.waitpid(process.pid, os.WUNTRACED), (process.pid, signal.SIGSTOP << 8 | 0x7f))
        self.raw = b''
        process.send_signal(signal.SIGCONT)
        self.until(lambda: b'\x1b[?1049h' in self.raw and b'"a"' in self.raw)
        process.send_signal(signal.SIGINT)
        self.until(lambda: process.poll() is not None and b'\x1b[?1049l' in self.raw)
        self.assertEqual(process.returncode, 0)

    def test_dumb(self):
        for words in (('watch', self.uri, 'other'), ('top', self.uri), ('serve', '--listen', 'localhost:0', self.path('other.json'))):
            self.open(*words, env={'TERM': 'dumb'})
            self.until(lambda: self.raw.count(b'\n') > 0)
            self.assertNotIn(b'\x1b', self.raw, words)

    def test_no_color(self):
        self.put({'a': 1})
        self.open('watch', self.uri, 'in', env={'NO_COLOR': '1'})
        self.until(lambda: any('"a": 1' in line for line in self.lines()))
        self.assertNotIn(b'\x1b[34m', self.raw)

    def test_lines(self):
        self.open('watch', '--lines', self.uri, 'other')
        self.until(lambda: '{"a":[1]}' in self.lines())
        self.assertNotIn(b'\x1b[?1049h', self.raw)

    def test_link(self):
        """The address as a QR code, which a reader of such codes reads."""
        process = self.open('serve', '--listen', 'localhost:0', self.write('a.json', '1'))
        self.until(lambda: b'/\r\n' in self.raw)
        link = self.raw.split(b'\r\n')[0].decode()
        self.assertRegex(link, r'^http://localhost:\d+/$')
        try:
            subprocess.run(['zbarimg', '--version'], check=True, capture_output=True)
        except FileNotFoundError:
            self.skipTest('missing: zbar-tools')
        rows = 17
        self.until(lambda: self.raw.count(b'\x1b[97;40m') >= rows or process.poll() is not None)
        self.until(lambda: self.raw.count(b'\x1b[0m\r\n') >= rows)
        pixels = []
        for line in self.raw.decode().split('\x1b[97;40m')[1:]:
            cells = line.split('\x1b')[0]
            pixels.append(''.join('1' if cell in '▀█' else '0' for cell in cells))
            pixels.append(''.join('1' if cell in '▄█' else '0' for cell in cells))
        size = len(pixels[0]) * 8
        rows = [bytes(255 if bit == '1' else 0 for bit in row for _ in range(8)) for row in pixels for _ in range(8)]
        with open(self.path('code.pgm'), 'wb') as file:
            file.write(b'P5 %d %d 255\n' % (size, len(rows)) + b''.join(rows))
        done = subprocess.run(['zbarimg', '--quiet', '--raw', self.path('code.pgm')], capture_output=True, encoding='utf-8',
                              check=False)
        self.assertEqual(done.stdout, link + '\n')


if __name__ == '__main__':
    program.main()
