#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Checks that the code in README.md and doc/*.md stands in examples/, where it is built and run.

Each fenced block has to be a run of lines of one file there, indentation aside, whether it is code or the file of a
proxy; but for commands and for output, which has no language. README.md names each package that tests/run installs.

Usage: snippets.py SOURCE
"""

import pathlib
import re
import subprocess
import sys

ENDINGS = {'c': ['.c'], 'vala': ['.vala'], 'python': ['.py'], 'js': ['.js'], 'javascript': ['.js'],
           'html': ['.html'], 'xml': ['.ui'], 'css': ['.css'], 'rust': ['.rs'], 'blueprint': ['.blp'],
           'ini': ['.service', '.socket'], 'nginx': ['.conf'], 'apache': ['.conf'], 'haproxy': ['.cfg'],
           'caddy': ['Caddyfile'], 'meson': ['meson.build']}
# Commands for a shell are read by people; output and documents are what the examples print.
OTHERS = ['sh', 'json', '']
FENCE = re.compile(r'^```(\w*)\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def stands_in(block, text):
    block, text = lines(block), lines(text)
    return any(text[at:at + len(block)] == block for at in range(len(text) - len(block) + 1))


def packages(source):
    """Those of Debian that it takes to build and to test, as build-aux/packages.sh has them."""
    words = subprocess.run(['bash', '-c', '. build-aux/packages.sh; echo $PACKAGES_TEST'], cwd=source, check=True,
                           capture_output=True, encoding='utf-8').stdout.split()
    # Other packages bring these.
    return [word.partition(':')[0] for word in words if word not in ('python3', 'ca-certificates', 'gobject-introspection')]


def main():
    source = pathlib.Path(sys.argv[1])
    examples = {}
    # The Rust of the interoperation tests is built with the crate itself.
    for path in sorted([*(source / 'examples').rglob('*'), *(source / 'tests' / 'interop').rglob('*.rs')]):
        examples.setdefault(path.suffix or path.name, []).append(path)
        examples.setdefault(path.name, []).append(path)

    number = 0
    failed = False
    for page in [source / 'README.md', *sorted((source / 'doc').glob('*.md'))]:
        for match in FENCE.finditer(page.read_text()):
            language, block = match.groups()
            if language in OTHERS:
                continue
            number += 1
            at = page.read_text()[:match.start()].count('\n') + 1
            name = f'{page.relative_to(source)}:{at} ({language})'
            found = any(stands_in(block, path.read_text()) for ending in ENDINGS.get(language, [])
                        for path in examples.get(ending, []))
            print(f'{"ok" if found else "not ok"} {number} - {name}')
            failed = failed or not found
    named = ' '.join(re.findall('`(.*?)`', (source / 'README.md').read_text(), re.DOTALL)).split()
    absent = [name for name in packages(source) if name not in named]
    number += 1
    print(f'{"not ok" if absent else "ok"} {number} - README.md names the packages {" ".join(absent)}')
    failed = failed or bool(absent)
    print(f'1..{number}')
    return 1 if failed or number == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
