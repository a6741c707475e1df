#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Formats the C of the project, or checks that it is formatted.

The bodies of functions are clang-format's (.clang-format). Their heads have one parameter to a line,
with types, asterisks and names in columns of their own. All else, such as the tables of prototypes
in headers, is laid out by hand within 120 columns, without tabs or spaces at the end of a line.
In the comments that gi-docgen reads, an empty line stands before a list; it is none without.

Usage: format.py [--check] [FILE…]; without files, all of server-signal/, tool/, examples/
and tests/.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ('server-signal', 'tool', 'examples', 'tests')
# Versions differ in what they make of the same style; this is Debian 12's.
VERSION = 14
# Of what is laid out by hand. Annotations of gtk-doc and texts stand on one line, however long.
COLUMNS = 120
UNBREAKABLE = re.compile(r'\(attributes |"')
HEAD = re.compile(r'^(?P<name>[A-Za-z_]\w*) \((?P<parameters>[^;{}()]*(?:\([^;{}()]*\)[^;{}()]*)*)\)\n(?=\{$)',
                  re.MULTILINE)
PARAMETER = re.compile(r'^(?P<type>.*?[\w)])\s*(?P<stars>\**)\s*(?P<rest>(?:const\s+)?\w+(?:\[[^]]*\])*)$', re.DOTALL)


REFERENCE = re.compile(r'^([ ]*)/\*\*\n.*?\*/', re.MULTILINE | re.DOTALL)
LIST = re.compile(r'^([ ]*\*)( (?!- )\S.*)\n(?=[ ]*\* - )', re.MULTILINE)
# The head of a function on one line with its type or its brace, which is neither a head nor a body to
# what follows here.
RUN_TOGETHER = re.compile(r'^(?!typedef\b|#)[A-Za-z_][\w \t]*[ \t*]\w+ ?\([^;={}()]*(?:\([^()]*\)[^;={}()]*)*\)\n?[ \t]*\{$'
                          r'|^\w+ \([^;={}()]*(?:\([^()]*\)[^;={}()]*)*\)[ \t]*\{$', re.MULTILINE)


def find_formatter():
    for name in (f'clang-format-{VERSION}', 'clang-format'):
        program = shutil.which(name)
        if program is None:
            continue
        said = subprocess.run([program, '--version'], capture_output=True, text=True, check=True).stdout
        if re.search(rf'version {VERSION}\.', said):
            return program
    return None


def split(parameters):
    """At the commas that are in no parentheses."""
    depth, part = 0, ''
    for char in parameters:
        if char == ',' and depth == 0:
            yield part.strip()
            part = ''
            continue
        depth += (char == '(') - (char == ')')
        part += char
    yield part.strip()


def line_up(match):
    name = match['name']
    parts = [' '.join(part.split()) for part in split(match['parameters'])]
    if parts == ['void'] or parts == ['']:
        return f'{name} (void)\n'
    matches = [PARAMETER.match(part) for part in parts]
    # A pointer to a function, or a variable number of arguments: by hand.
    if any(found is None and part != '...' for found, part in zip(matches, parts)) \
            or any('(' in part for part in parts):
        return match[0]
    types = [found['type'].strip() if found else '' for found in matches]
    stars = [found['stars'] if found else '' for found in matches]
    width = max(map(len, types)) + 1
    depth = max(map(len, stars))
    indent = ' ' * (len(name) + 2)
    lines = []
    for part, found, kind, star in zip(parts, matches, types, stars):
        lines.append(f'{kind:<{width}}{star:>{depth}}{found["rest"]}' if found else part)
    return f'{name} (' + f',\n{indent}'.join(lines) + ')\n'


def bodies(text):
    """The lines of each function's body, counted from 1."""
    start = None
    previous = ''
    for number, line in enumerate(text.split('\n'), 1):
        if line == '{' and previous.endswith(')'):
            start = number
        elif line == '}' and start is not None:
            yield start, number
            start = None
        previous = line


def format_text(formatter, path, text):
    text = REFERENCE.sub(lambda found: LIST.sub(r'\1\2\n\1\n', found[0]), text)
    if path.suffix == '.c':
        text = HEAD.sub(line_up, text)
        ranges = [f'--lines={start}:{end}' for start, end in bodies(text)]
        if ranges:
            text = subprocess.run([formatter, f'--style=file:{SOURCE / ".clang-format"}',
                                   f'--assume-filename={path.name}', *ranges],
                                  input=text, capture_output=True, text=True, check=True).stdout
    lines = [line.rstrip() for line in text.split('\n')]
    return '\n'.join(lines)


def main():
    check = '--check' in sys.argv[1:]
    files = [pathlib.Path(name) for name in sys.argv[1:] if name != '--check']
    if not files:
        for folder in FOLDERS:
            files += sorted(path for path in (SOURCE / folder).rglob('*.[ch]')
                            if 'node_modules' not in path.parts and 'target' not in path.parts)

    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        print(f'No such file: {", ".join(missing)}', file=sys.stderr)
        return 1

    formatter = find_formatter()
    if formatter is None:
        if check:
            print(f'1..0 # SKIP no clang-format {VERSION}')
            return 0
        print(f'clang-format {VERSION} is needed.', file=sys.stderr)
        return 1

    failed = False

    def one(path):
        before = path.read_text()
        return path, before, format_text(formatter, path, before)

    if check:
        print(f'1..{len(files)}')
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (path, before, after) in enumerate(pool.map(one, files), 1):
            if not check:
                if after != before:
                    path.write_text(after)
                continue
            found = list(difflib.unified_diff(before.splitlines(), after.splitlines(),
                                              'as it is', 'as it should be', lineterm='', n=1))
            found += [f'line {at} has {len(line)} columns or a tab' for at, line in enumerate(before.split('\n'), 1)
                      if '\t' in line or (len(line) > COLUMNS and not UNBREAKABLE.search(line))]
            if path.suffix == '.c':
                found += [f'line {before.count(chr(10), 0, match.start()) + 1}: type, head and brace of a function '
                          'have lines of their own' for match in RUN_TOGETHER.finditer(before)]
            failed = failed or bool(found)
            print(f'{"not ok" if found else "ok"} {number} - {os.path.relpath(path, SOURCE)}')
            for line in found[:40]:
                print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
