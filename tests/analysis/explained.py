#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Passes on the findings that README.md does not explain.

The analyser of clang does not know `__attribute__ ((cleanup))`, and so takes everything that g_autofree and its
siblings free for leaked. A finding is explained where its variable is declared so, in the function of the finding.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
LEAK = re.compile(r"^(\S+?):(\d+):\d+: warning: Potential leak of memory pointed to by '(\w+)'")
FINDING = re.compile(r'\b(?:warning|error):|cc1: ')


def single_findings():
    for check, file in re.findall(r'^- `clang-analyzer-([\w.-]+)` in `([\w.-]+)`:', (HERE / 'README.md').read_text(), re.MULTILINE):
        yield re.compile(rf'{re.escape(file)}:.*{re.escape(check)}\]$')


def is_freed(path, number, name):
    """Whether the variable is declared to be freed, in the function around that line."""
    lines = pathlib.Path(path).read_text().splitlines()[:number]
    begin = max((at for at, line in enumerate(lines) if line == '{'), default=0)
    declaration = re.compile(rf'^ +g_auto(?:free|list|slist|ptr|queue)? .*\b{name}\b')
    return any(declaration.match(line) for line in lines[begin:])


def main():
    explained, found = list(single_findings()), False
    for line in sys.stdin:
        line = line.rstrip('\n')
        if not FINDING.search(line) or any(each.search(line) for each in explained):
            continue
        leak = LEAK.match(line)
        if leak and is_freed(leak[1], int(leak[2]), leak[3]):
            continue
        print(line)
        found = True
    # As grep: whether there is something left.
    sys.exit(0 if found else 1)


main()
