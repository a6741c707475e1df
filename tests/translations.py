#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Checks the messages for people and their translations.

- po/POTFILES.in has every source with a message, and no other.
- No message is cut where gettext cannot follow the compiler, at a macro that is part of a format.
- po/LINGUAS has every catalog, and msgfmt accepts each.
- No catalog has fallen behind: at least 95 of 100 messages are translated.
- With each language a message of the library comes out as its catalog has it.

Usage: translations.py SOURCE BUILD"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DOMAIN = 'server-signal-1'
MARK = re.compile(r'\b(?:_|N_|C_|NC_|ngettext|g_dngettext) ?\(')
LEAST = 95
# The message, and the values that are in it.
MESSAGE = 'Signal “%s” is a replica: only its server writes it'
PROGRAM = '''
import ctypes, sys
import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal
libc = ctypes.CDLL(None)
libc.setlocale(6, b'')
libc.bindtextdomain(sys.argv[1].encode(), sys.argv[2].encode())
client = ServerSignal.SignalClient.new('ws://127.0.0.1:9/ws')
try:
    client.get_signal('s').set_int('', 1)
except GLib.Error as error:
    print(error.message)
'''


class Tap:
    def __init__(self):
        self.number = 0
        self.failed = False

    def check(self, name, faults):
        self.number += 1
        self.failed = self.failed or bool(faults)
        print(f'{"not ok" if faults else "ok"} {self.number} - {name}')
        for fault in faults:
            print(f'# {fault}')

    def skip(self, name, why):
        self.number += 1
        print(f'ok {self.number} - {name} # SKIP {why}')

    def end(self):
        print(f'1..{self.number}')
        return 1 if self.failed else 0


def listed(path):
    return [line.strip() for line in path.read_text().splitlines()
            if line.strip() and not line.startswith('#')]


def code(path):
    """Without comments, whose examples are nobody's messages."""
    return re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.DOTALL)


def find_sources(source):
    """The sources with messages, relative to the tree."""
    return {str(path.relative_to(source)): code(path)
            for folder in ('server-signal', 'tool', 'store')
            for path in sorted((source / folder).rglob('*'))
            if path.suffix in ('.c', '.cc', '.h') and MARK.search(code(path))}


def unquote(text):
    """The text of one or more literals, one after the other."""
    return ''.join(re.sub(r'\\(.)', lambda m: {'n': '\n', 't': '\t'}.get(m[1], m[1]), part)
                   for part in re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def read_catalog(path):
    """The message for each text, of a file that msgcat has put into a plain form."""
    text = subprocess.run(['msgcat', '--no-wrap', '--no-location', path], capture_output=True,
                          text=True, check=True).stdout
    return {unquote(m[1]): unquote(m[2])
            for m in re.finditer(r'^msgid ((?:"[^\n]*\n)+)msgstr ((?:"[^\n]*\n?)+)', text,
                                 re.MULTILINE)}


def count(path, *arguments):
    """The numbers of messages: translated, fuzzy, untranslated."""
    result = subprocess.run(['msgfmt', '--statistics', '-o', os.devnull, *arguments, path],
                            capture_output=True, text=True, env=dict(os.environ, LC_ALL='C'),
                            check=False)
    numbers = [int((re.search(rf'(\d+) {word}', result.stderr) or [0, 0])[1])
               for word in ('translated message', 'fuzzy translation', 'untranslated message')]
    return numbers, '' if result.returncode == 0 else result.stderr


def say(language, build):
    env = dict(os.environ, LC_ALL='C.UTF-8', LANGUAGE=language)
    return subprocess.run([sys.executable, '-c', PROGRAM, DOMAIN, str(build / 'po')], env=env,
                          capture_output=True, text=True, check=False).stdout.strip()


def main():
    source, build = map(pathlib.Path, sys.argv[1:])
    tap = Tap()
    sources = find_sources(source)
    names = listed(source / 'po' / 'POTFILES.in')
    tap.check('POTFILES.in', [f'{name} has messages and is not listed' for name in sources
                              if name not in names]
              + [f'{name} is listed and has none' for name in names if name not in sources])
    tap.check('whole messages',
              [f'{name}: {found[0]}' for name, text in sources.items()
               for found in re.finditer(r'\b_ ?\([^;]*?" *(?:G_G\w+_FORMAT|PRI[a-zA-Z0-9]+)', text)])

    languages = listed(source / 'po' / 'LINGUAS')
    catalogs = {path.stem: path for path in sorted((source / 'po').glob('*.po'))}
    tap.check('LINGUAS', [f'{language} is not there twice' for language
                          in sorted(set(languages) ^ set(catalogs))])

    tools = all(shutil.which(tool) for tool in ('msgfmt', 'msgcat', 'msgmerge', 'xgettext'))
    if not tools:
        tap.skip('catalogs', 'gettext is not installed')
        return tap.end()

    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder) / 'template.pot'
        result = subprocess.run(
            ['xgettext', '--from-code=UTF-8', '--files-from=po/POTFILES.in', '--keyword=_',
             '--keyword=N_', '--keyword=C_:1c,2', '--keyword=NC_:1c,2', '--keyword=g_dngettext:2,3',
             '--flag=g_set_error:4:c-format', '--flag=g_error_new:3:c-format',
             '--output', template], cwd=source, capture_output=True, text=True, check=False)
        tap.check('xgettext', result.stderr.splitlines())

        for language, path in catalogs.items():
            numbers, faults = count(path, '--check')
            tap.check(f'{language}: msgfmt --check', faults.splitlines())

            merged = pathlib.Path(folder) / f'{language}.po'
            subprocess.run(['msgmerge', '--quiet', '--no-fuzzy-matching', '-o', merged, path,
                            template], check=True, capture_output=True)
            (done, fuzzy, missing), _ = count(merged)
            print(f'# {language}: {done} messages are translated, {fuzzy + missing} are not')
            share = 100 * done / max(1, done + fuzzy + missing)
            tap.check(f'{language}: has not fallen behind',
                      [] if share >= LEAST else [f'{share:.0f} % are translated'])

            expected = read_catalog(path).get(MESSAGE, '').replace('%s', 's')
            got = say(language, build)
            tap.check(f'{language}: a message',
                      [] if expected and got == expected else [f'{got!r}, not {expected!r}'])
    return tap.end()


if __name__ == '__main__':
    sys.exit(main())
