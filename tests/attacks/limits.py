#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The tables of doc/hostile.md say what is so: constants with their values, log lines, tests and attacks."""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / 'tests' / 'gtk'))
sys.argv[1:] = []

import attacks
import cases
from tap import Tap

FACTORS = {'KiB': 1024, 'MiB': 1024 ** 2, 'ms': 1e-3, 's': 1, '': 1}
UNITS = {'_MS': 1e-3, '_USEC': 1e-6}


def constants():
    """The value of each, in bytes, seconds or a number."""
    text = (ROOT / 'server-signal' / 'ss-limits.h').read_text()
    values = {}
    for name, expression in re.findall(r'^#define (SS_\w+) +(.+?) *(?:/\*.*)?$', text, re.MULTILINE):
        expression = re.sub(r'G_GUINT64_CONSTANT \((\d+)\)', r'\1', expression)
        expression = re.sub(r'\b(0x[0-9a-fA-F]+|\d+)[uU]?\b', r'\1', expression)
        # An octal number of C.
        expression = re.sub(r'\b0(\d+)\b', r'0o\1', expression)
        values[name] = eval(expression, {'__builtins__': {}}, dict(values))
    for name in values:
        for ending, factor in UNITS.items():
            if re.search(rf'{ending}(_[A-Z]+)?$', name):
                values[name] *= factor
    return values


def rows():
    text = (ROOT / 'doc' / 'hostile.md').read_text()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip('|').split('|')]
        if line.startswith('| `SS_'):
            yield cells
        elif '`SS_' in line:
            raise AssertionError(f'a constant outside of the table: {line}')


def stated(text):
    """The number at the beginning of a cell."""
    match = re.match(r'([\d,.]+) ?(KiB|MiB|ms|s)?\b', text)
    assert match, f'no number: {text!r}'
    return float(match[1].replace(',', '')) * FACTORS[match[2] or '']


def is_test(path, sources):
    """Whether a test has that path, in one piece or as a prefix and a rest."""
    cuts = [at + 1 for at, letter in enumerate(path) if letter == '/'][1:]
    return any(f'"{path}"' in text or
               any(f'"{path[:cut]}"' in text and f'"{path[cut:]}"' in text for cut in cuts) for text in sources)


def main():
    tap = Tap()
    values = constants()
    tests = [path.read_text() for path in (ROOT / 'tests').glob('test-*.c')]
    library = '\n'.join(path.read_text() for path in (ROOT / 'server-signal').rglob('*.c'))
    # A text may be in pieces.
    library = re.sub(r'"\n\s*"', '', library).replace('SS_REASON_TOO_SLOW "', '"too slow')
    numbers = {case.number for role in (cases.Hub(), cases.Client()) for case in cases.cases(role)}
    known = {*attacks.ATTACKS, *numbers}

    found = list(rows())
    with tap.case('there is a table'):
        assert len(found) > 30, len(found)
    for name, default, _, outcome, log, shown in found:
        name = name.strip('`')
        with tap.case(name):
            assert name in values, 'ss-limits.h does not have it'
            assert abs(values[name] - stated(default)) < 1e-9, f'{default}, but it is {values[name]}'
            for each in re.findall('`([^`]+)`', log):
                assert each in library, f'nothing logs {each}'
            for each in re.findall('1008 `([^`]+)`', outcome):
                assert f'"{each}' in library, f'no reason {each}'
            assert re.findall('`([^`]+)`', shown), 'no test'
            for each in re.findall('`([^`]+)`', shown):
                assert each in known or is_test(each, tests), f'no test {each}'
    tap.end()


if __name__ == '__main__':
    main()
