#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The things that come with the command: manual pages, completion for three shells, the unit, the dashboard; and the
subcommands that look into a hub, top and bench.

Usage: shipping.py SOURCE BUILD"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import program
from program import Case, run

SOURCE, BUILD = map(pathlib.Path, sys.argv[1:3])
del sys.argv[1:3]
TOOL = SOURCE / 'tool'


def command_names():
    block = run('--help')[1].split('Commands:\n')[1].split('\n\n')[0]
    return [line.split()[0] for line in block.splitlines()]


def options(command):
    return set(re.findall(r'^  .*?(--[a-z][a-z-]*)', run(command, '--help')[1], re.MULTILINE))


class Pages(Case):
    def test_every_option(self):
        names = command_names()
        self.assertGreater(len(names), 8)
        self.assertEqual({f'server-signal-{name}.1' for name in names} | {'server-signal.1', 'server-signal-types.1'},
                         {path.name for path in (TOOL / 'man').iterdir()})
        whole = (TOOL / 'man' / 'server-signal.1').read_text(encoding='utf-8').replace('\\-', '-')
        for name in names:
            page = (TOOL / 'man' / f'server-signal-{name}.1').read_text(encoding='utf-8').replace('\\-', '-')
            self.assertIn(f'server-signal-{name} (1)', whole)
            found = options(name)
            self.assertIn('--color', found)
            for option in found:
                self.assertIn(f'{option}\\fR', page, f'{name} {option}')
            for section in ('NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES'):
                self.assertIn(f'.SH {section}\n', page)
            # Options of the page that there are not.
            for option in re.findall(r'\\fB(?:-\w, )?(--[a-z-]+)\\fR', page):
                self.assertIn(option, found | {'--help'}, f'{name} {option}')

    @unittest.skipUnless(shutil.which('man'), 'missing: man')
    def test_formats(self):
        for path in (TOOL / 'man').iterdir():
            done = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', path], capture_output=True,
                                  encoding='utf-8', env={**os.environ, 'MANWIDTH': '80', 'MANROFFOPT': ''}, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ''), path)


class Completion(Case):
    def setUp(self):
        super().setUp()
        self.hub = self.start('serve', '--listen', 'localhost:0', '--no-page', self.write('counter.json', '1'),
                              self.write('country.json', '1'), self.write('other.json', '1'))
        self.uri = self.hub.line().removeprefix('ws://').removesuffix('/ws')
        bin_folder = self.path('bin')
        os.mkdir(bin_folder)
        os.symlink(program.PROGRAM, os.path.join(bin_folder, 'server-signal'))
        self.env = {**os.environ, 'PATH': bin_folder + ':' + os.environ['PATH'], 'HOME': self.folder}

    def check(self, complete):
        for name in command_names():
            self.assertIn(name, complete('server-signal', ''))
        self.assertEqual(set(complete('server-signal', 'wa')), {'watch', 'wait'})
        found = complete('server-signal', 'watch', '--')
        for option in ('--patches', '--exec', '--token', '--no-such-option'):
            self.assertEqual(option in found, option != '--no-such-option', option)
        self.assertEqual(set(complete('server-signal', 'get', self.uri, 'coun')), {'counter', 'country'})
        self.assertEqual(complete('server-signal', 'get', 'localhost:1', 'coun'), [])
        # Behind options with values, of which a token is needed to ask.
        self.assertEqual(complete('server-signal', 'wait', '--timeout', '5', '--not', self.uri, 'oth'), ['other'])
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--token', 'x', self.path('counter.json'))
        uri = hub.line().removeprefix('ws://').removesuffix('/ws')
        self.assertEqual(complete('server-signal', 'get', uri, 'coun'), [])
        self.assertEqual(complete('server-signal', 'get', '--token', 'x', uri, 'coun'), ['counter'])
        self.assertEqual(complete('server-signal', 'watch', '-t', 'x', '-n', '1', uri, 'coun'), ['counter'])

    @unittest.skipUnless(os.path.exists('/usr/share/bash-completion/bash_completion'), 'missing: bash-completion')
    def test_bash(self):
        script = f'''. /usr/share/bash-completion/bash_completion
. {TOOL}/completions/server-signal.bash
COMP_LINE=$1; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9
_server_signal; printf '%s\\n' "${{COMPREPLY[@]}}"'''

        def complete(*words):
            # As readline has it, which breaks words at colons.
            split = [part for word in words for part in re.split('(:)', word)]
            done = subprocess.run(['bash', '-c', script, 'bash', ' '.join(words), *split], capture_output=True, encoding='utf-8', env=self.env,
                                  timeout=program.DEADLINE, check=False)
            self.assertEqual(done.stderr, '')
            return done.stdout.split()
        self.check(complete)
        # Names that are several words to the shell, or one that readline has broken.
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', f'a b={self.path("other.json")}', f'c:d={self.path("other.json")}')
        uri = hub.line().removeprefix('ws://').removesuffix('/ws')
        self.assertEqual(complete('server-signal', 'get', uri, 'a'), ['a\\', 'b'])
        self.assertEqual(complete('server-signal', 'get', uri, 'c:'), ['d'])

    @unittest.skipUnless(shutil.which('fish'), 'missing: fish')
    def test_fish(self):
        def complete(*words):
            line = ' '.join(words)
            script = f"source {TOOL}/completions/server-signal.fish; complete -C '{line}'"
            done = subprocess.run(['fish', '--no-config', '-c', script], capture_output=True, encoding='utf-8', env=self.env,
                                  timeout=program.DEADLINE, check=False)
            self.assertEqual(done.stderr, '')
            return [found.split('\t')[0] for found in done.stdout.splitlines()]
        self.check(complete)

    @unittest.skipUnless(shutil.which('zsh'), 'missing: zsh')
    def test_zsh(self):
        """The functions that a completion calls take down what they are given."""
        script = f'''_describe () {{ local -a all; all=(${{(P)2}}); print -l -- ${{all%%:*}} }}
compadd () {{ while [[ $1 != -- ]]; do shift; done; shift; print -l -- $@ }}
_files () {{ : }}
words=("$@"); CURRENT=$#
found=$(. {TOOL}/completions/_server-signal)
for word in ${{(f)found}}; do [[ $word == "$words[CURRENT]"* ]] && print -r -- $word; done; true'''

        def complete(*words):
            done = subprocess.run(['zsh', '-f', '-c', script, 'zsh', *words], capture_output=True, encoding='utf-8', env=self.env,
                                  timeout=program.DEADLINE, check=False)
            self.assertEqual(done.stderr, '')
            return done.stdout.split()
        self.check(complete)


class Service(Case):
    @unittest.skipUnless(shutil.which('systemd-analyze'), 'missing: systemd-analyze')
    def test_unit(self):
        done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=20', '--no-pager',
                               BUILD / 'tool' / 'server-signal.service'], capture_output=True, encoding='utf-8', check=False)
        if 'unrecognized option' in done.stderr:
            self.skipTest('missing: a systemd-analyze that needs no running systemd')
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r'exposure level for server-signal\.service: [01]\.\d OK')

    def test_dashboard(self):
        """It asks for figures that there are."""
        dashboard = (SOURCE / 'doc' / 'grafana-dashboard.json').read_text(encoding='utf-8')
        source = (SOURCE / 'server-signal' / 'server' / 'server-signal-hub.c').read_text(encoding='utf-8')
        known = {f'server_signal_{name}{suffix}' for name, suffix in re.findall(r'\{ "(\w+)", "(?:gauge|counter)", "(\w*)"', source)}
        self.assertGreater(len(known), 5)
        asked = set(re.findall(r'server_signal_\w+', ' '.join(target['expr'] for panel in json.loads(dashboard)['panels']
                                                             for target in panel['targets'])))
        self.assertEqual(asked, known)


class Look(Case):
    def test_top(self):
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--stats', 'hub', self.write('a.json', '1'))
        uri = hub.line()
        watch = self.start('watch', uri, 'a')
        watch.line()
        top = self.start('top', uri)
        while True:
            line = top.line()
            if line.startswith('clients 2'):
                break
        self.assertRegex(line, r'^clients 2  signals 2  up \d+ s$')
        self.assertRegex(top.line(), r'^commits/s [\d.]+  frames/s [\d.]+  sent/s \d')
        self.assertRegex(top.line(), r'^waiting 0 bytes  merged 0  dropped clients 0$')
        self.assertRegex(top.line(), r'^CLIENT +PROTOCOL +WAITING$')
        for _ in range(2):
            self.assertRegex(top.line(), r'^\S+:\d+ +server-signal\.v1 +0 bytes$')
        self.assertEqual(run('top', '-n', '1', uri)[0], 0)

    def test_top_without_figures(self):
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--stdin', 'in', self.write('a.json', '"xyz"'))
        uri = hub.line()
        status, out, _ = run('top', '-n', '1', uri)
        self.assertEqual(status, 0)
        self.assertIn('signals 2', out)
        self.assertRegex(out, r'\na +[\d.]+ +5 bytes\n')
        top = self.start('top', '--name', 'absent', uri)
        while not re.match(r'in +[1-9]', top.line()):
            hub.write('1\n2\n')
        self.assertEqual(run('top', '--name', '', uri)[0], 2)

    def test_bench(self):
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--proc', 'machine', '--interval', '0.02')
        uri = hub.line()
        status, out, said = run('bench', '--clients', 7, '--time', '0.5', '--json', uri)
        self.assertEqual((status, said), (0, ''))
        figures = json.loads(out)
        self.assertEqual((figures['signal'], figures['clients'], figures['failed']), ('machine', 7, 0))
        self.assertGreaterEqual(figures['seconds'], 0.5)
        self.assertGreaterEqual(figures['updates'], figures['revisions'])
        self.assertGreater(figures['revisions'], 0)
        for name in ('joining', 'spread'):
            times = figures[name]
            self.assertTrue(0 <= times['p50'] <= times['p90'] <= times['p99'] <= times['max'], times)
        status, out, _ = run('bench', '--time', '0.1', '--stamp', '/uptime', uri, 'machine')
        self.assertEqual(status, 0)
        self.assertRegex(out, r'(?s)^signal +machine\nclients +10 joined, 0 failed\nupdates .*joining +p50 ')

    def test_bench_refused(self):
        hub = self.start('serve', '--listen', 'localhost:0', '--no-page', '--token', 'x', self.write('a.json', '1'))
        uri = hub.line()
        self.assertEqual(run('bench', '--time', '0.1', uri, 'a')[0], 2)
        self.assertEqual(run('bench', '--time', '0.1', '--token', 'x', uri)[0], 0)
        self.assertEqual(run('bench', '--time', '0.1', '--token', 'x', uri, 'absent')[0], 2)
        for words in (('--clients', '0'), ('--clients', '20001'), ('--time', '0'), ('--stamp', 'x')):
            self.assertEqual(run('bench', *words, uri)[0], 2)


if __name__ == '__main__':
    program.main()
