#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Checks that every test that protocol.md names exists, and that quotations of doc/protocol.md in comments of the tests
stand in it.

Usage: protocol.py SOURCE BUILD; SOURCE is the folder of the tests, BUILD where their programs are."""

import json
import os
import pathlib
import re
import subprocess
import sys

source, build = map(pathlib.Path, sys.argv[1:])


def cases():
    """The paths of all test programs, and the titles of the browser module's tests."""
    environment = {**os.environ, 'G_TEST_SRCDIR': str(source)}
    for file in source.glob('test-*.c'):
        program = build / file.stem
        if program.exists():
            listed = subprocess.run([program, '-l'], capture_output=True, text=True, timeout=60,
                                    env=environment, check=True).stdout
            yield from re.findall(r'^(?:# )?(/\S+)$', listed, re.MULTILINE)
    # Does not list anything where there is no cargo.
    yield from re.findall(r'g_test_add_func \("([^"]+)"', (source / 'interop' / 'test-interop.c').read_text())
    for file in (source / 'web').glob('test-*.mjs'):
        yield from re.findall(r"\bit\('([^']+)'", file.read_text())
    for side in ('client', 'server'):
        for vector in json.loads((source / 'vectors' / f'{side}.json').read_text()):
            yield f'/vectors/{side}/{vector["name"]}'


def quotations():
    """Where a comment quotes doc/protocol.md, and the words."""
    for file in sorted(source.glob('test-*.c')):
        for comment in re.finditer(r'/\* protocol\.md(.*?)\*/', file.read_text(), re.DOTALL):
            text = re.sub(r'\s*\n \* ', ' ', comment.group(1))
            for quoted in re.findall('"([^"]+)"', text):
                # An ellipsis leaves something out.
                for words in quoted.split(' … '):
                    yield file.name, words


def main():
    known = set(cases())
    page = ' '.join((source.parent / 'doc' / 'protocol.md').read_text().replace('`', '').split()).lower()
    quoted = list(quotations())
    promises = [line for line in (source / 'protocol.md').read_text().splitlines()
                if line.startswith('- ')]
    failed = False
    print(f'1..{len(promises) + len(quoted)}')
    for number, line in enumerate(promises, 1):
        promise, _, _ = line.removeprefix('- ').rpartition(': `')
        named = re.findall(r'`([^`]+)`', line[len(promise) + 2:])
        missing = [name for name in named if name not in known]
        good = promise and named and not missing
        failed = failed or not good
        # A number sign would begin a directive.
        print(f'{"ok" if good else "not ok"} {number} - {promise.replace("#", "no.")}')
        if not good:
            print(f'# no such test: {", ".join(missing) or "none is named"}')
    for number, (file, words) in enumerate(quoted, len(promises) + 1):
        good = words.lower() in page
        failed = failed or not good
        print(f'{"ok" if good else "not ok"} {number} - {file} quotes: {words}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
