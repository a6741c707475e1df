#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""server-signal diff, patch and pointer, and the options that all subcommands have."""

import json
import os
import pty
import subprocess

import program
from program import Case, run

FROM = '{"a": 1, "rows": [{"id": 1}, {"id": 2}], "big": 9007199254740993}'
TO = '{"a": 2.0, "rows": [{"id": 3}, {"id": 1}, {"id": 2}], "big": 9007199254740993}'
PATCH = '[{"op":"replace","path":"/a","value":2.0},{"op":"add","path":"/rows/0","value":{"id":3}}]\n'


class Diff(Case):
    def test_status(self):
        a, b = self.write('a', FROM), self.write('b', TO)
        self.assertEqual(run('diff', a, b), (1, PATCH, ''))
        self.assertEqual(run('diff', a, a), (0, '[]\n', ''))
        self.assertEqual(run('diff', '-q', a, b), (1, '', ''))
        self.assertEqual(run('diff', a, '-', text=TO), (1, PATCH, ''))
        self.assertEqual(run('diff', '-', b, text=FROM)[0], 1)

    def test_numbers_keep_their_kind(self):
        self.assertEqual(run('diff', self.write('a', '1'), self.write('b', '1.0'))[:2],
                         (1, '[{"op":"replace","path":"","value":1.0}]\n'))

    def test_trouble(self):
        a = self.write('a', FROM)
        for text, words in (('{"a":\n 01}', 'Line 2, column 3'), ('', 'Line 1, column 1'), ('{} {}', 'Line 1, column 4'),
                            ('[' * 121, 'nested deeper'), ('"\ud800"', 'UTF-8'), ('\0', 'zero byte')):
            path = self.path('b')
            with open(path, 'wb') as file:
                file.write(text.encode('utf-8', 'surrogatepass'))
            status, out, said = run('diff', a, path)
            self.assertEqual((status, out), (2, ''))
            self.assertIn(f'server-signal: {path}: ', said)
            self.assertIn(words, said)
        self.assertEqual(run('diff', a, self.path('absent'))[0], 2)
        self.assertEqual(run('diff', a, self.folder)[0], 2)

    def test_byte_order_mark(self):
        self.assertEqual(run('diff', self.write('a', '\ufeff' + FROM), self.write('b', FROM))[0], 0)


class Patch(Case):
    def test_there_and_back(self):
        a, b = self.write('a', FROM), self.write('b', TO)
        there = run('diff', a, b)[1]
        self.assertEqual(run('patch', a, '-', text=there)[:2], (0, TO.replace(': ', ':').replace(', ', ',') + '\n'))
        back = run('diff', b, a)[1]
        self.assertEqual(json.loads(run('patch', b, '-', text=back)[1]), json.loads(FROM))

    def test_does_not_apply(self):
        a = self.write('a', FROM)
        patch = self.write('p', '[{"op":"remove","path":"/a"},{"op":"test","path":"/rows/0/id","value":7}]')
        status, out, said = run('patch', a, patch)
        self.assertEqual((status, out), (1, ''))
        self.assertIn(patch, said)

    def test_no_patch(self):
        a = self.write('a', FROM)
        for text in ('{}', '[{"op":"jump","path":""}]', '[', '[1]'):
            self.assertEqual(run('patch', a, '-', text=text)[:2], (2, ''))


class Pointer(Case):
    def test_parts(self):
        a = self.write('a', '{"a/b":[{"~":"x\\ny"}],"":null}')
        self.assertEqual(run('pointer', a, '/a~1b/0/~0', '/'), (0, '"x\\ny"\nnull\n', ''))
        self.assertEqual(run('pointer', '-r', a, '/a~1b/0/~0')[1], 'x\ny\n')
        self.assertEqual(run('pointer', a, '')[1], '{"a/b":[{"~":"x\\ny"}],"":null}\n')

    def test_absent(self):
        a = self.write('a', '{"list":[1]}')
        status, out, said = run('pointer', a, '/list/1', '/list/0')
        self.assertEqual((status, out), (1, '1\n'))
        self.assertIn('/list/1', said)
        self.assertEqual(run('pointer', '-q', a, '/x'), (1, '', ''))

    def test_not_a_pointer(self):
        a = self.write('a', '{}')
        for pointer in ('x', '/~', '/~2', '#/a'):
            status, out, said = run('pointer', a, pointer)
            self.assertEqual((status, out), (2, ''))
            self.assertIn('is not a JSON Pointer', said)


class Output(Case):
    def test_indent(self):
        a = self.write('a', '{"a":{},"b":[],"c":[1,{"d":"e\\\\"}]}')
        self.assertEqual(run('pointer', '--indent', '2', a, '')[1],
                         '{\n  "a": {},\n  "b": [],\n  "c": [\n    1,\n    {\n      "d": "e\\\\"\n    }\n  ]\n}\n')
        self.assertEqual(run('pointer', '--indent', '17', a, '')[0], 2)

    def test_colors(self):
        a = self.write('a', '{"a":["b",1,true]}')
        colored = '{\033[34m"a"\033[0m:[\033[32m"b"\033[0m,\033[36m1\033[0m,\033[35mtrue\033[0m]}\n'
        self.assertEqual(run('pointer', '--color', 'always', a, '')[1], colored)
        self.assertEqual(run('pointer', a, '')[1], '{"a":["b",1,true]}\n')
        self.assertEqual(run('pointer', '--color', 'loud', a, '')[0], 2)
        for env, colors in (({}, True), ({'NO_COLOR': '1'}, False), ({'NO_COLOR': ''}, True), ({'TERM': 'dumb'}, False)):
            self.assertEqual('\033' in self.on_terminal(env, 'pointer', a, ''), colors, env)
        self.assertNotIn('\033', self.on_terminal({}, 'pointer', '--color', 'never', a, ''))

    def on_terminal(self, env, *words):
        base = {name: value for name, value in os.environ.items() if name not in ('NO_COLOR', 'TERM')}
        master, slave = pty.openpty()
        process = subprocess.Popen([program.PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=slave,
                                   env={**base, 'TERM': 'xterm', **env})
        self.assertEqual(process.wait(program.DEADLINE), 0)
        os.close(slave)
        text = os.read(master, 65536).decode()
        os.close(master)
        return text

    def test_nobody_reads(self):
        a = self.write('a', json.dumps(['x' * 100] * 10000))
        done = subprocess.run(f'"{program.PROGRAM}" pointer {a} "" "" | head -c 10; exit ${{PIPESTATUS[0]}}', shell=True,
                              executable='/bin/bash', capture_output=True, encoding='utf-8', timeout=program.DEADLINE)
        self.assertEqual((done.stdout, done.stderr), ('["xxxxxxxx', ''))
        self.assertIn(done.returncode, (0, 141))

    def test_full_disk(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            done = subprocess.run([program.PROGRAM, 'pointer', self.write('a', '1'), ''], stdout=full,
                                  stderr=subprocess.PIPE, timeout=program.DEADLINE)
        self.assertEqual(done.returncode, 2)
        self.assertNotEqual(done.stderr, b'')
        for words in (('--help',), ('--version',), ('diff', '--help')):
            with open('/dev/full', 'w', encoding='utf-8') as full:
                self.assertEqual(subprocess.run([program.PROGRAM, *words], stdout=full, stderr=subprocess.DEVNULL,
                                                timeout=program.DEADLINE, check=False).returncode, 2, words)

    def test_closed(self):
        """Descriptors that the caller has closed do not become other files."""
        a = self.write('a', '1')

        def closed(which, *words):
            return subprocess.run(['/bin/sh', '-c', f'exec "$0" "$@" {which}', program.PROGRAM, *words], capture_output=True,
                                  encoding='utf-8', timeout=program.DEADLINE, check=False)
        done = closed('>&-', 'pointer', a, '')
        self.assertEqual((done.returncode, done.stderr), (2, 'server-signal: Bad file descriptor\n'))
        self.assertEqual(closed('2>&-', 'pointer', a, '').stdout, '1\n')
        done = closed('<&-', 'pointer', '-', '')
        self.assertEqual((done.returncode, done.stderr), (2, 'server-signal: -: Bad file descriptor\n'))
        done = closed('<&- >&- 2>&-', 'pointer', a, '')
        self.assertEqual(done.returncode, 2)

    def test_words(self):
        """Behind “--” words that begin with a dash are no options."""
        self.write('-a', '1')
        self.assertEqual(run('pointer', '-q', '--', '-a', '', cwd=self.folder)[:2], (0, '1\n'))


class Usage(Case):
    def test_help(self):
        status, out, _ = run('--help')
        self.assertEqual(status, 0)
        for line in out.split('Commands:\n')[1].split('\n\n')[0].splitlines():
            name = line.split()[0]
            for words in ((name, '--help'), ('help', name)):
                status, out, said = run(*words)
                self.assertEqual((status, said), (0, ''))
                self.assertIn(f'server-signal {name} [OPTION', out)

    def test_wrong(self):
        for words in ((), ('dance',), ('diff',), ('diff', 'a', 'b', 'c'), ('diff', '--loud', 'a', 'b'),
                      ('diff', 'a', 'b', '--', 'c'), ('help', 'dance')):
            status, _, said = run(*words)
            self.assertEqual(status, 2, words)
            self.assertTrue(said or not words, words)

    def test_version(self):
        status, out, said = run('--version')
        self.assertEqual((status, said), (0, ''))
        self.assertRegex(out, r'^server-signal \d+\.\d+\.\d+\n$')


if __name__ == '__main__':
    program.main()
