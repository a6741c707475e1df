#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""server-signal serve: files, folders, links, pipes, commands, D-Bus, settings, the journal, /proc; who may come in;
pages and figures; systemd."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest
import urllib.error

import program
from program import Case, run

TESTS = pathlib.Path(__file__).resolve().parent.parent
# The python3 that has dbusmock; the first on the path may be another.
MOCK = next((path for path in (sys.executable, '/usr/bin/python3')
             if subprocess.run([path, '-c', 'import dbusmock'], capture_output=True, check=False).returncode == 0), None)
BYTES = 'abcdefghijklmnopqrstuvwxyz' * 4


def fetch(uri, **headers):
    """Status, type and body."""
    try:
        with program.open_uri(uri, **headers) as answer:
            return answer.status, answer.headers['Content-Type'], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers['Content-Type'], error.read()


class ServeCase(Case):
    def serve(self, *words, **options):
        """The process, and its address as the other subcommands take it."""
        process = self.start('serve', '--listen', 'localhost:0', *words, **options)
        return process, process.line().rstrip('/')

    def get(self, uri, *targets):
        status, out, said = run('get', uri, *targets)
        self.assertEqual(status, 0, said)
        return [json.loads(line) for line in out.splitlines()]

    def wait(self, uri, target, value):
        self.assertEqual(run('wait', '--timeout', program.DEADLINE, uri, target, json.dumps(value)), (0, '', ''))


class Files(ServeCase):
    def test_edited(self):
        rest = list(range(1000, 1020))
        path = self.write('count.json', '\ufeff' + json.dumps({'value': 1, 'rest': rest}))
        process, uri = self.serve(path, f'other={path}')
        self.assertEqual(self.get(uri, 'count', 'other/value'), [{'value': 1, 'rest': rest}, 1])
        watch = self.start('watch', '--patches', uri, 'count')
        self.assertEqual(json.loads(watch.line()), {'value': 1, 'rest': rest})
        self.write('count.json', json.dumps({'value': 2, 'rest': rest}))
        self.assertEqual(watch.line(), '[{"op":"replace","path":"/value","value":2}]')

        # Broken while an editor saves it.
        self.write('count.json', '{"value": 3,\n "rest": [1, 2')
        self.assertIn('Line 2, column 15', process.message('count: '))
        self.assertEqual(self.get(uri, 'count/value'), [2])
        self.write('new', json.dumps({'value': 3, 'rest': [0, *rest]}))
        os.replace(self.path('new'), path)
        patch = json.loads(watch.line())
        self.assertEqual(len(patch), 2)
        self.assertIn({'op': 'add', 'path': '/rest/0', 'value': 0}, patch)

    def test_link_swapped(self):
        """As Kubernetes does it: the file's own link leads through another one, which is exchanged."""
        for release in ('1', '2'):
            os.mkdir(self.path('..' + release))
            self.write(f'..{release}/config.json', f'{{"release": {release}}}')
        os.symlink('..1', self.path('..data'))
        os.symlink('..data/config.json', self.path('config.json'))
        _, single = self.serve(self.path('config.json'))
        _, folder = self.serve(self.folder)
        for uri in (single, folder):
            self.assertEqual(self.get(uri, 'config/release'), [1])
        os.symlink('..2', self.path('..new'))
        os.replace(self.path('..new'), self.path('..data'))
        for uri in (single, folder):
            self.wait(uri, 'config/release', 2)

    def test_folder(self):
        os.mkdir(self.path('one'))
        os.mkdir(self.path('two'))
        self.write('one/a.json', '1')
        self.write('one/.hidden.json', '1')
        self.write('one/readme.txt', 'x')
        self.write('two/b.json', '2')
        os.symlink('one', self.path('current'))
        process, uri = self.serve(self.path('current'))
        self.assertEqual(run('list', uri)[1], 'a\n')
        self.write('one/late.json', '{"x":')
        self.assertIn('Line 1, column 6', process.message('late.json'))
        self.assertEqual(run('list', uri)[1], 'a\n')
        self.write('one/late.json', '{"x": 1}')
        self.wait(uri, 'late/x', 1)
        os.remove(self.path('one/late.json'))
        process.message('late.json is gone')
        self.assertEqual(run('get', uri, 'late')[0], 1)

        # The folder itself is another one.
        os.symlink('two', self.path('next'))
        os.replace(self.path('next'), self.path('current'))
        self.wait(uri, 'b', 2)
        process.message('a.json is gone')
        self.assertEqual(run('list', uri)[1], 'b\n')
        self.write('two/c.json', '3')
        self.wait(uri, 'c', 3)

    def test_yaml(self):
        path = self.write('conf.yaml', 'a: [1, -2, 0x1f, 0o17, 1.5, 1e3, .5]\nb: {n: ~, t: true, s: "1", y: yes, d: 2026-01-01}\n'
                                       'base: &base {x: 1}\nagain: *base\ntext: |\n  one\n  two\nempty:\n')
        process = self.start('serve', '--listen', 'localhost:0', path)
        try:
            uri = process.line().rstrip('/')
        except AssertionError:
            if 'without libyaml' in process.message():
                self.skipTest('missing: libyaml')
            raise
        self.assertEqual(self.get(uri, 'conf'), [{
            'a': [1, -2, 31, 15, 1.5, 1000.0, 0.5],
            'b': {'n': None, 't': True, 's': '1', 'y': 'yes', 'd': '2026-01-01'},
            'base': {'x': 1}, 'again': {'x': 1}, 'text': 'one\ntwo\n', 'empty': None}])
        self.write('conf.yaml', '---\nbase: &b {x: 1, y: 2}\nmerged: {<<: *b, y: 3}\nlist: {<<: [*b, {x: 4, z: 5}]}\n"<<": m\n'
                                'tags: [!!str 1, !!float 1, !!int "2", !!bool "true", !!null "", ! 1, !own x]\n'
                                'again: &b {b: &b 7}\nlast: *b\n*b : key\nlow: -9223372036854775808\n...\n')
        self.wait(uri, 'conf', {
            'base': {'x': 1, 'y': 2}, 'merged': {'x': 1, 'y': 3}, 'list': {'x': 1, 'y': 2, 'z': 5}, '<<': 'm',
            'tags': ['1', 1.0, 2, True, None, '1', 'x'], 'again': {'b': 7}, 'last': 7, '7': 'key', 'low': -2 ** 63})
        for wrong, words in (('a: [1', 'Line '), ('a: 1\n---\nb: 2\n', 'Line 2, column 1: there is more than one'),
                             ('a: .inf\n', 'Line 1, column 4: JSON has no such number'), ('ab: -.NaN', 'Line 1, column 5: JSON has no such number'),
                             ('\na: 1e400\n', 'Line 2, column 4: JSON has no such number'), ('a: 9223372036854775808\n', '64 bits'),
                             ('ab: 0x10000000000000000\n', 'Line 1, column 5: the integer'), ('!!int x', 'its tag'), ('<<: 1\n', 'merge key'),
                             ('*a', 'Line 1, column 1: there is no such anchor'), ('? [a]\n: 1\n', 'a key is not a string'),
                             ('"\\0"', 'zero byte'), ('[' * 1000000, 'Line 1, column 122: nested too deep'),
                             ('a0: &a0 [x]\n' + ''.join(f'a{i}: &a{i} [*a{i - 1}]\n' for i in range(1, 200)), 'nested too deep')):
            self.write('new', wrong)
            os.replace(self.path('new'), self.path('conf.yaml'))
            process.message(words)
        with open(self.path('new'), 'wb') as file:
            file.write('a: ä\nb: ü\xff'.encode('latin-1').replace(b'\xe4', b'\xc3\xa4').replace(b'\xfc', b'\xc3\xbc'))
        os.replace(self.path('new'), self.path('conf.yaml'))
        process.message('Line 2, column 5: ')
        bomb = 'a: &a [x, x, x, x, x, x, x, x, x]\n'
        for i in range(1, 10):
            bomb += f'{BYTES[i]}: &{BYTES[i]} [' + ', '.join([f'*{BYTES[i - 1]}'] * 9) + ']\n'
        self.write('conf.yaml', bomb)
        process.message('aliases')
        self.write('conf.yaml', 'a: &a [*a]\n')
        process.message('alias of itself')
        self.write('conf.yaml', 'a: 1\na: 2\n')
        process.message('twice')
        self.write('conf.yaml', 'done')
        self.wait(uri, 'conf', 'done')

    def test_toml(self):
        path = self.write('conf.toml', 'z = [1, -2, 0x1f, 0o17, 0b11, 1.5, 1e3]\na = true\n[b]\ns = "\\u00e9"\n'
                                       'd = 2026-01-02\nt = 03:04:05\no = 2026-01-02T03:04:05Z\n'
                                       'deep.er.y = 1\ndeep.er.x = 9007199254740993\n[[rows]]\nid = 1\n[[rows]]\nid = 2\n')
        process = self.start('serve', '--listen', 'localhost:0', path)
        try:
            uri = process.line().rstrip('/')
        except AssertionError:
            if 'without toml++' in process.message():
                self.skipTest('missing: toml++')
            raise
        self.assertEqual(run('get', uri, 'conf')[1],
                         '{"z":[1,-2,31,15,3,1.5,1000.0],"a":true,"b":{"s":"é","d":"2026-01-02","t":"03:04:05",'
                         '"o":"2026-01-02T03:04:05Z","deep":{"er":{"y":1,"x":9007199254740993}}},"rows":[{"id":1},{"id":2}]}\n')
        for wrong, words in (('a = [1', 'Line 1, column '), ('a = 1\nb = 2\na = 3\n', 'Line 3, column '),
                             ('a = 1\nb = inf\n', 'Line 2, column 5: JSON has no such number'),
                             ('a = nan\n', 'no such number'), ('a = "\\u0000"\n', 'zero byte'),
                             ('a.' * 150 + 'a = 1\n', 'deep'), ('b = 1\n' + 'a.' * 100000 + 'a = 1\n', 'Line 2, column 242: nested too deep'),
                             ('a = { ' + 'a.' * 70 + 'b = { ' + 'a.' * 70 + 'b = 1}}', 'deep')):
            self.write('new', wrong)
            os.replace(self.path('new'), self.path('conf.toml'))
            process.message(words)
        self.write('conf.toml', 's = "' + '.' * 200 + '\\"."\n# ' + '.' * 200 + "'\nt = \'\'\'\n" + '.' * 200 + "\n'\'\'\nl = [" + '1.5, ' * 200 + ']\n')
        self.wait(uri, 'conf/l/199', 1.5)
        self.write('conf.toml', 'done = 1\n')
        self.wait(uri, 'conf/done', 1)

    def test_wrong(self):
        good = self.write('good.json', '1')
        for words in ((self.path('absent.json'),), (f'a={self.path("absent.json")}',), (f'={good}',), ('x' * 1025 + f'={good}',),
                      (self.write('bad.json', '{'),), (good, good), (), ('--listen', 'nowhere', good),
                      ('--listen', 'localhost:70000', good), ('--stdin', 'a', '--stdin', 'b'), ('--interval', '0', good),
                      ('--page', self.path('absent'), good), ('--tls', self.path('absent'), good),
                      ('--origin', 'https://a b', good), ('--command', 'a', '--', ''), ('--patch', good), ('',), ('--no-page', '--inspect', good),
                      ('--timeout', '-1', good), ('--origin', '*.', good), ('--origin', 'https://a..b', good),
                      ('--token', 'a\nb', good), ('--token', '@' + self.write('lines', 'a\nb'), good), ('--command', 'a'), (good, '--', 'true'),
                      ('--stats', '', good), ('--token', '@' + self.path('absent'), good)):
            status, out, said = run('serve', '--listen', 'localhost:0', *words)
            self.assertEqual((status, out), (2, ''), words)
            self.assertTrue(said.startswith('server-signal: '), words)


class Streams(ServeCase):
    def test_values(self):
        process, uri = self.serve('--stdin', 'in')
        self.assertEqual(self.get(uri, 'in'), [None])
        watch = self.start('watch', uri, 'in')
        self.assertEqual(watch.line(), 'null')
        process.write('\ufeff{"n":1}\n')
        self.assertEqual(watch.line(), '{"n":1}')
        process.write('{"n":\n')
        self.assertIn('Line 1, column 6', process.message('line 2 of standard input: '))
        process.write('\r\n\n{"n":2}\r\n{"n":0}\0{"n":0}\n{"n":3}')
        self.assertEqual(watch.line(), '{"n":2}')
        process.message('line 6 of standard input: a string has a zero byte')
        process.process.stdin.close()
        self.assertEqual(watch.line(), '{"n":3}')
        process.message('has ended')
        self.assertEqual(self.get(uri, 'in'), [{'n': 3}])

    def test_patches(self):
        process, uri = self.serve('--stdin', 'in', '--patch')
        process.write('[{"op":"add","path":"","value":{"rows":[]}}]\n[{"op":"add","path":"/rows/-","value":1}]\n')
        self.wait(uri, 'in', {'rows': [1]})
        process.write('[{"op":"remove","path":"/x"}]\n')
        self.assertIn('/x', process.message('line 3'))
        process.write('[{"op":"add","path":"/rows/0","value":0}]\n')
        self.wait(uri, 'in', {'rows': [0, 1]})

    def test_command(self):
        path = self.write('value', '{"a":1}')
        process, uri = self.serve('--command', 'out', '--interval', '0.05', '--', 'cat', path)
        self.wait(uri, 'out', {'a': 1})
        self.write('value', 'nonsense')
        process.message('Line 1, column 1')
        os.remove(path)
        process.message('status 1')
        self.write('value', '[2]')
        self.wait(uri, 'out', [2])
        process, uri = self.serve('--command', 'out', '--', self.path('absent'))
        process.message('out: ')

    def test_command_fails(self):
        process, _ = self.serve('--command', 'out', '--interval', '0.05', '--timeout', '0.1', '--', '/bin/sh', self.path('script'))
        for script, words in (('printf "1\\0002"', 'zero byte'), ('kill -9 $$', 'ended by a signal'),
                              ('sleep 1000 & sleep 1000', 'took more than 0.1 seconds'), ('echo "["', 'Line 1')):
            self.write('new', script)
            os.replace(self.path('new'), self.path('script'))
            process.message(words)

    def test_command_is_ended(self):
        """With all that it has started, when the server ends."""
        process, _ = self.serve('--command', 'out', '--', '/bin/sh', '-c', f'sleep 1000 & echo $! >{self.path("pid")}; wait')
        end = time.monotonic() + program.DEADLINE
        while not (os.path.exists(self.path('pid')) and os.path.getsize(self.path('pid'))) and time.monotonic() < end:
            time.sleep(0.01)
        with open(self.path('pid'), encoding='utf-8') as file:
            pid = file.read().strip()
        process.process.terminate()
        self.assertEqual(process.wait(), 0)
        # Its new parent may be slow to collect it.
        while time.monotonic() < end:
            try:
                with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
                    if file.read().rsplit(')', 1)[1].split()[0] == 'Z':
                        return
            except OSError:
                return
            time.sleep(0.01)
        self.fail('it goes on')

    def test_proc(self):
        _, uri = self.serve('--proc', 'machine', '--interval', '0.05')
        value, = self.get(uri, 'machine')
        self.assertEqual(len(value['load']), 3)
        self.assertEqual(len(value['cpu']['each']), os.cpu_count())
        with open('/proc/meminfo', encoding='utf-8') as file:
            self.assertEqual(value['memory']['total'], int(file.readline().split()[1]) * 1024)
        self.assertIn('lo', value['network'])
        watch = self.start('watch', '-n', '2', uri, 'machine')
        self.assertEqual(watch.wait(), 0)

    def test_journal(self):
        """With a stand-in for journalctl, which only a running system has."""
        script = self.write('journalctl', '#!/bin/sh\necho "$*" >"$0.words"\n'
                            'i=0; while [ $i -lt 105 ]; do i=$((i+1)); echo "{\\"MESSAGE\\":\\"m$i\\",\\"PRIORITY\\":\\"6\\",'
                            '\\"__REALTIME_TIMESTAMP\\":\\"1700000000000000\\",\\"_SYSTEMD_UNIT\\":\\"a.service\\",\\"_X\\":\\"y\\"}"; done\n'
                            'echo "{\\"MESSAGE\\":[104,195,40,0]}"; exec cat "$0.more" -\n')
        os.chmod(script, 0o755)
        self.write('journalctl.more', '')
        process, uri = self.serve('--journal', 'log=_SYSTEMD_UNIT=a.service,PRIORITY=6',
                                  env={'PATH': self.folder + ':' + os.environ['PATH']})
        self.wait(uri, 'log/entries/99/message', 'h\ufffd(?')
        entries = self.get(uri, 'log/entries')[0]
        self.assertEqual(len(entries), 100)
        self.assertEqual(entries[98], {'time': 1700000000000000, 'priority': 6, 'unit': 'a.service', 'message': 'm105'})
        with open(self.path('journalctl.words'), encoding='utf-8') as file:
            self.assertTrue(file.read().endswith('_SYSTEMD_UNIT=a.service PRIORITY=6\n'))
        for match in ('--rotate', 'unit=x', '-u=x'):
            self.assertEqual(run('serve', '--journal', f'log={match}')[0], 2)

    def test_gsettings(self):
        schemas = os.environ.get('GSETTINGS_SCHEMA_DIR')
        if not schemas or not shutil.which('gsettings'):
            self.skipTest('missing: gsettings, or the schemas of the tests')
        env = {'GSETTINGS_BACKEND': 'keyfile', 'XDG_CONFIG_HOME': self.folder}
        schema = 'test.ServerSignal'
        listed = subprocess.run(['gsettings', 'list-recursively', schema], capture_output=True, encoding='utf-8',
                                env={**os.environ, **env}, check=False).stdout
        if not listed:
            self.skipTest(f'missing: the schema {schema}')
        _, uri = self.serve('--gsettings', f'set={schema}', env=env)
        value, = self.get(uri, 'set')
        self.assertEqual(value['devices'], ['one'])
        subprocess.run(['gsettings', 'set', schema, 'volume', str(value['volume'] + 1)], check=True, env={**os.environ, **env})
        self.wait(uri, 'set/volume', value['volume'] + 1)
        for wrong in ('set=org.example.Absent', f'set={schema}:/x/', 'set'):
            self.assertEqual(run('serve', '--gsettings', wrong)[0], 2)


class Entry(ServeCase):
    def test_token(self):
        path = self.write('a.json', '1')
        self.write('token', ' geheim \n')
        for words, env in ((('--token', 'geheim'), {}), (('--token', '@' + self.path('token')), {}),
                           ((), {'SERVER_SIGNAL_TOKEN': 'geheim'})):
            _, uri = self.serve(path, *words, env=env)
            self.assertTrue(uri.endswith('/#token=geheim'))
            uri = uri.split('#')[0]
            self.assertEqual(run('get', uri, 'a')[0], 2)
            self.assertEqual(run('get', uri, 'a', '--token', 'geheim!')[0], 2)
            self.assertEqual(run('get', uri, 'a', '--token', 'gehei')[0], 2)
            self.assertEqual(run('get', uri, 'a', '--token', 'geheim')[:2], (0, '1\n'))
            self.assertEqual(run('get', uri + 'ws?token=geheim', 'a')[:2], (0, '1\n'))
            self.assertEqual(fetch(uri)[0], 200)

    def test_origin(self):
        path = self.write('a.json', '1')
        handshake = {'Connection': 'Upgrade', 'Upgrade': 'websocket', 'Sec-WebSocket-Version': '13',
                     'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Origin': 'https://example.org'}
        for words, status in (((), 403), (('--origin', 'https://example.com'), 403),
                              (('--origin', 'https://example.com', '--origin', '*.example.org', '--origin', 'example.org'), 101)):
            _, uri = self.serve(path, *words)
            host, port = re.fullmatch(r'http://(.*):(\d+)', uri).groups()
            with socket.create_connection(('127.0.0.1', int(port)), program.DEADLINE) as connection:
                lines = ['GET /ws HTTP/1.1', f'Host: {host}:{port}', *(f'{n}: {v}' for n, v in handshake.items()), '', '']
                connection.sendall('\r\n'.join(lines).encode())
                self.assertTrue(connection.recv(12).endswith(str(status).encode()))

    def test_tls(self):
        text = (TESTS / 'test-certificate.h').read_text(encoding='utf-8')
        pem = ''.join(json.loads(line) for line in re.findall(r'"(?:\\.|[^"\\])*"', text) if '\\n' in line)
        certificates = re.findall(r'-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n', pem, re.DOTALL)
        keys = re.findall(r'-----BEGIN (?:EC |RSA )?PRIVATE KEY-----.*?-----END (?:EC |RSA )?PRIVATE KEY-----\n', pem, re.DOTALL)
        self.write('cert.pem', certificates[0])
        self.write('key.pem', keys[0])
        path = self.write('a.json', '1')
        _, uri = self.serve(path, '--tls', f'{self.path("cert.pem")},{self.path("key.pem")}')
        self.assertTrue(uri.startswith('https://localhost:'))
        self.assertEqual(run('get', uri, 'a')[0], 2)
        self.assertEqual(run('get', uri, 'a', '--ca', self.path('cert.pem'))[:2], (0, '1\n'))
        self.assertEqual(run('get', uri, 'a', '--ca', self.path('absent'))[0], 2)
        self.assertEqual(run('serve', path, '--tls', self.path('cert.pem'))[0], 2)
        other = subprocess.run(['openssl', 'ecparam', '-genkey', '-name', 'prime256v1', '-noout'], capture_output=True,
                               encoding='utf-8', check=False) if shutil.which('openssl') else None
        if other:
            # Not without TLS instead.
            status, out, said = run('serve', path, '--listen', 'localhost:0', '--tls',
                                    f'{self.path("cert.pem")},{self.write("other.pem", other.stdout)}', env={**os.environ, 'G_DEBUG': ''})
            self.assertEqual((status, out), (2, ''))
            self.assertIn('does not belong to the certificate', said.splitlines()[-1])

    def test_unix(self):
        path = self.write('a.json', '1')
        process = self.start('serve', path, '--listen', f'unix:{self.path("socket")}', '--listen', '127.0.0.1:0')
        self.assertEqual(process.line(), f'unix:{self.path("socket")}')
        link = process.line()
        self.assertRegex(link, r'^http://127\.0\.0\.1:\d+/$')
        self.assertEqual(run('get', f'unix:{self.path("socket")}', 'a')[:2], (0, '1\n'))
        # Killed, it leaves its socket behind, which is no obstacle; of several ports those that are given are printed.
        process.process.kill()
        process.wait()
        process = self.start('serve', path, '--listen', '127.0.0.1:0', '--listen', link[len('http://'):-1], '--listen',
                             f'unix:{self.path("socket")}')
        process.line()
        self.assertEqual([process.line(), process.line()], [link, f'unix:{self.path("socket")}'])
        self.assertEqual(run('get', f'unix:{self.path("socket")}', 'a')[:2], (0, '1\n'))

    def test_systemd(self):
        """A socket that is handed over, and the words to the service manager."""
        path = self.write('a.json', '1')
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(self.path('notify'))
        notify.settimeout(program.DEADLINE)
        with socket.create_server(('127.0.0.1', 0)) as listener:
            port = listener.getsockname()[1]
            shell = f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" "$@"'
            process = subprocess.Popen(['/bin/sh', '-c', shell, program.PROGRAM, 'serve', path, '--listen', 'systemd:'],
                                       env={**os.environ, 'NOTIFY_SOCKET': self.path('notify')}, stdout=subprocess.PIPE,
                                       pass_fds=[listener.fileno()])
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(notify.recv(100), b'READY=1\nSTATUS=')
        self.assertEqual(run('get', f'127.0.0.1:{port}', 'a')[:2], (0, '1\n'))
        process.terminate()
        self.assertEqual(notify.recv(100), b'STOPPING=1')
        self.assertEqual(process.wait(program.DEADLINE), 0)

    def test_end(self):
        """Clients are told, and come back."""
        path = self.write('a.json', '1')
        process, uri = self.serve(path)
        watch = self.start('watch', uri, 'a')
        self.assertEqual(watch.line(), '1')
        process.process.terminate()
        self.assertEqual(process.wait(), 0)
        watch.message('Trying again')
        again = self.start('serve', '--listen', uri.removeprefix('http://'), self.write('a.json', '2'))
        again.line()
        self.assertEqual(watch.line(), '2')


class Pages(ServeCase):
    def test_own(self):
        path = self.write('a.json', '1')
        _, uri = self.serve(path)
        for name, kind, part in (('/', 'text/html', b'page.js'), ('/page.js', 'text/javascript', b'server-signal.js'),
                                 ('/page.css', 'text/css', b'body'), ('/server-signal.js', 'text/javascript', b'export')):
            status, found, body = fetch(uri + name)
            self.assertEqual((status, found.split(';')[0]), (200, kind))
            self.assertIn(part, body)
        for name in ('/inspector.html', '/absent', '//page.html'):
            self.assertEqual(fetch(uri + name)[0], 404, name)
        _, uri = self.serve(path, '--inspect')
        self.assertEqual(fetch(uri + '/inspector.html')[0], 200)
        _, uri = self.serve(path, '--no-page')
        self.assertTrue(uri.startswith('ws://'))
        self.assertEqual(fetch(uri.replace('ws:', 'http:').replace('/ws', '/'))[0], 404)

    def test_folder(self):
        path = self.write('a.json', '1')
        os.makedirs(self.path('page/sub'))
        self.write('page/index.html', '<p>')
        self.write('page/sub/index.html', '<b>')
        self.write('page/a b.svg', '<svg/>')
        self.write('page/.secret', 'x')
        self.write('page/big', 'x' * (16 * 1024 * 1024 + 1))
        self.write('outside', 'x')
        os.symlink('../outside', self.path('page/link'))
        os.symlink('..', self.path('page/up'))
        os.symlink('sub', self.path('page/inner'))
        os.symlink('page', self.path('current'))
        os.mkdir(self.path('page2'))
        self.write('page2/beside', 'x')
        os.symlink('../page2', self.path('page/beside'))
        process, uri = self.serve(path, '--page', self.path('current'))
        for name, kind, text in (('/', 'text/html; charset=utf-8', b'<p>'), ('/sub/', 'text/html; charset=utf-8', b'<b>'),
                                 ('/sub', 'text/html; charset=utf-8', b'<b>'), ('/inner/index.html', 'text/html; charset=utf-8', b'<b>'),
                                 ('/a%20b.svg', 'image/svg+xml', b'<svg/>')):
            self.assertEqual(fetch(uri + name), (200, kind, text))
        self.assertEqual(fetch(uri + '/server-signal.js')[0], 200)
        for name in ('/.secret', '/../a.json', '/%2e%2e/a.json', '/sub/..%2f..%2fa.json', '/big', '/page.js', '/link', '/up/a.json',
                     '/up', '/beside/beside', '/index.html/'):
            self.assertIn(fetch(uri + name)[0], (400, 404), name)
        process.message('big: this is more than 16 MiB')

    def test_metrics(self):
        path = self.write('a.json', '1')
        process, uri = self.serve(path, '--metrics', 'localhost:0')
        where = re.search(r'http://\S+', process.message('Figures are at')).group()
        watch = self.start('watch', uri, 'a')
        watch.line()
        status, kind, body = fetch(where)
        self.assertEqual((status, kind), (200, 'application/openmetrics-text; version=1.0.0; charset=utf-8'))
        self.assertIn(b'\nserver_signal_peers 1\n', body)
        self.assertIn(b'\nserver_signal_signals 1\n', body)
        self.assertEqual(fetch(where.replace('/metrics', '/'))[0], 404)
        self.assertEqual(run('list', where.replace('/metrics', '/ws'))[0], 2)

    def test_stats(self):
        path = self.write('a.json', '1')
        _, uri = self.serve(path, '--stats', 'hub')
        watch = self.start('watch', uri, 'hub')
        while True:
            value = json.loads(watch.line())
            if value['n-peers'] == 1:
                break
        self.assertEqual(value['n-signals'], 2)
        self.assertEqual(value['peers'][0]['protocol'], 'server-signal.v1')


@unittest.skipUnless(shutil.which('dbus-daemon'), 'missing: dbus-daemon')
class Bus(ServeCase):
    def setUp(self):
        super().setUp()
        daemon = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--print-address'], stdout=subprocess.PIPE)
        self.addCleanup(daemon.stdout.close)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        address = daemon.stdout.readline().decode().strip()
        self.env = {'DBUS_SESSION_BUS_ADDRESS': address, 'DBUS_SYSTEM_BUS_ADDRESS': address}

    def service(self, kind):
        process = subprocess.Popen([sys.executable, str(TESTS / 'tool' / 'service.py'), kind], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env={**os.environ, **self.env}, encoding='utf-8')
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), 'ready\n')

        def tell(*words):
            process.stdin.write(' '.join(words) + '\n')
            process.stdin.flush()
        return tell

    def test_interface(self):
        tell = self.service('managed')
        process, uri = self.serve('--dbus', 'dev=org.example.Devices:/org/example/dev/0:org.example.Device', env=self.env)
        # 2 ** 64 - 1, as systemd has it for "infinity", is not carried, and everything else is.
        self.assertEqual(self.get(uri, 'dev'), [{'Name': 'dev0', 'Level': 0.5, 'Next': None}])
        tell('level', '0', '0.75')
        self.wait(uri, 'dev/Level', 0.75)
        tell('next', '0', '7')
        self.wait(uri, 'dev/Next', 7)
        process.message('dev/Next')
        tell('next', '0', str(2 ** 64 - 1))
        process.message('dev/Next')
        for where, words in (('org.example.Absent:/org/example:org.example.Device', 'org.example.Absent is not on the bus'),
                             ('org.example.Devices:/org/example:org.example.Other', 'no properties of org.example.Other at'),
                             ('org.example.Devices:/org/example/none', 'no properties at “/org/example/none”')):
            other, _ = self.serve('--dbus', f'other={where}', env=self.env)
            other.message(words)
        tell('level', '0', '0.25')
        self.wait(uri, 'dev/Level', 0.25)
        self.assertEqual(self.get(uri, 'dev/Next'), [7])

    def tree(self, kind, path):
        tell = self.service(kind)
        _, uri = self.serve('--dbus', f'tree=session:org.example.Devices:{path}', env=self.env)
        value, = self.get(uri, 'tree')
        self.assertEqual(value['/org/example/dev/0'], {'org.example.Device': {'Name': 'dev0', 'Level': 0.5, 'Next': None}})
        tell('add', '1')
        self.wait(uri, 'tree#/~1org~1example~1dev~11/org.example.Device/Name', 'dev1')
        tell('level', '1', '0.125')
        self.wait(uri, 'tree#/~1org~1example~1dev~11/org.example.Device/Level', 0.125)
        tell('remove', '0')
        self.assertEqual(run('wait', '--not', '--timeout', program.DEADLINE, uri, 'tree#/~1org~1example~1dev~10')[0], 0)
        self.assertEqual([path for path in self.get(uri, 'tree')[0] if '/dev/' in path], ['/org/example/dev/1'])

    def test_object_manager(self):
        self.tree('managed', '/org/example')

    def test_introspection(self):
        self.tree('introspected', '/org/example')

    def mock(self, template, name, path):
        """python-dbusmock's copy of a service of the system; gives a function that calls its methods."""
        env = {**os.environ, **self.env, 'DBUS_SYSTEM_BUS_ADDRESS': self.env['DBUS_SESSION_BUS_ADDRESS']}
        process = subprocess.Popen([MOCK, '-m', 'dbusmock', '--template', template], env=env, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

        def call(method, *words, check=True):
            return subprocess.run(['gdbus', 'call', '--session', '-d', name, '-o', path, '-m', method, *words], env=env,
                                  capture_output=True, check=check, timeout=program.DEADLINE).returncode
        end = time.monotonic() + program.DEADLINE
        while call('org.freedesktop.DBus.Peer.Ping', check=False) != 0 and time.monotonic() < end:
            time.sleep(0.05)
        self.env = env
        return call

    @unittest.skipUnless(MOCK and shutil.which('gdbus'), 'missing: python3-dbusmock')
    def test_upower(self):
        """UPower has no ObjectManager, and signals of its own."""
        call = self.mock('upower', 'org.freedesktop.UPower', '/org/freedesktop/UPower')
        battery = '/org/freedesktop/UPower/devices/mock_BAT'
        member = battery.replace('/', '~1')
        _, uri = self.serve('--dbus', 'power=org.freedesktop.UPower:/org/freedesktop/UPower', env=self.env)
        call('org.freedesktop.DBus.Mock.AddDischargingBattery', 'mock_BAT', 'A battery', '30.5', '1200')
        self.wait(uri, f'power#/{member}/org.freedesktop.UPower.Device/Percentage', 30.5)
        self.wait(uri, f'power#/{member}/org.freedesktop.UPower.Device/Model', 'A battery')
        call('org.freedesktop.DBus.Mock.SetDeviceProperties', battery, "{'Percentage': <12.0>}")
        self.wait(uri, f'power#/{member}/org.freedesktop.UPower.Device/Percentage', 12.0)

    @unittest.skipUnless(MOCK and shutil.which('gdbus'), 'missing: python3-dbusmock')
    def test_bluez(self):
        """BlueZ has an ObjectManager at the top."""
        call = self.mock('bluez5', 'org.bluez', '/')
        _, uri = self.serve('--dbus', 'radio=org.bluez:/', env=self.env)
        call('org.bluez.Mock.AddAdapter', 'hci0', 'An adapter')
        self.wait(uri, 'radio#/~1org~1bluez~1hci0/org.bluez.Adapter1/Alias', 'An adapter')
        call('org.bluez.Mock.AddDevice', 'hci0', '11:22:33:44:55:66', 'Headset')
        self.wait(uri, 'radio#/~1org~1bluez~1hci0~1dev_11_22_33_44_55_66/org.bluez.Device1/Name', 'Headset')

    def test_wrong(self):
        for spec in ('x', 'x=', 'x=org.example', 'x=org.example:/a:b', 'x=org.example:/a/', 'x=-:/a',
                     'x=org.example.Absent:/a', 'x=other:org.example.Absent:/a'):
            status, _, said = run('serve', '--dbus', spec, '--listen', 'localhost:0', env={**os.environ, **self.env})
            self.assertEqual(status, 2, spec)
            self.assertNotEqual(said, '')


if __name__ == '__main__':
    program.main()
