#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The library's patches, applied by python3-jsonpatch, give the library's documents.

First those of the program patch-cases, then differences of random documents made here by way of the
public API. Documents are compared as text with sorted members, so that 1, 1.0 and true are different.

Usage: patches.py PATCH-CASES    SS_TEST_SEED and SS_TEST_CASES (in per cent) are read from the environment
"""

import json
import os
import random
import subprocess
import sys

try:
    import jsonpatch
except ImportError:
    print('SKIP: python3-jsonpatch is not here')
    sys.exit(77)

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Json', '1.0')
from gi.repository import Json, ServerSignal

PERCENT = float(os.environ.get('SS_TEST_CASES', 100)) / 100
SEED = int(os.environ.get('SS_TEST_SEED', random.randrange(2 ** 31)))


def text(document):
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def beyond_theirs(patch):
    """That library takes a member with the name "-" for the end of a list, wherever it is, and has its troubles where
    the whole document is added, moved or copied. Differences of ours have none of these but the name."""
    return any('-' in op.get(pointer, '').split('/') for op in patch for pointer in ('path', 'from')) \
        or any(op['op'] in ('add', 'move', 'copy') and '' in (op['path'], op.get('from')) for op in patch)


def check(before, patch, after):
    try:
        result = jsonpatch.apply_patch(before, patch)
    except Exception as problem:  # any exception is a failure
        sys.exit(f'{problem!r}: {json.dumps(patch)} on {json.dumps(before)}')
    if text(result) != text(after):
        sys.exit(f'{json.dumps(patch)} on {json.dumps(before)} gives\n{text(result)}, not\n{text(after)}')


def from_cases(program, number):
    lines = subprocess.run([program, str(SEED), str(number)], check=True, capture_output=True,
                           encoding='utf-8').stdout.split('\n')
    lines = [line for line in lines if line.startswith('{')]
    assert len(lines) == number
    checked = 0
    for line in lines:
        case = json.loads(line)
        if 'to' in case and not beyond_theirs(case['patch']):
            check(case['from'], case['patch'], case['to'])
            checked += 1
    assert checked > number / 3
    return checked


def value(r, depth):
    kind = r.random()
    if depth == 0 or kind < 0.3:
        return r.choice([None, True, False, 0, 1, 1.0, -0.0, 2 ** 53 + 1, 0.1, 1e300, '', 'a', 'ä"\\\n', 'text ' * 9])
    if kind < 0.6:
        return {r.choice(['a', 'b', 'c', '', '/', '~', 'ä', '0']): value(r, depth - 1) for _ in range(r.randrange(6))}
    return [value(r, depth - 1) for _ in range(r.randrange(6))]


def edited(r, document):
    """A copy with a few places changed."""
    new = json.loads(json.dumps(document))
    for _ in range(r.randrange(1, 4)):
        here = new
        while isinstance(here, (list, dict)) and here and r.random() < 0.7:
            key = r.randrange(len(here)) if isinstance(here, list) else r.choice(list(here))
            if not isinstance(here[key], (list, dict)):
                break
            here = here[key]
        if isinstance(here, dict):
            here[r.choice(['a', 'b', 'n'])] = value(r, 1)
        elif isinstance(here, list) and here and r.random() < 0.3:
            here.insert(r.randrange(len(here)), here.pop(r.randrange(len(here))))
        elif isinstance(here, list) and here and r.random() < 0.5:
            del here[r.randrange(len(here))]
        elif isinstance(here, list):
            here.insert(r.randrange(len(here) + 1), value(r, 1))
    return new


def node(document):
    return ServerSignal.Signal.new_from_json('document', json.dumps(document)).dup_value('')


def from_here(number):
    r = random.Random(SEED)
    for _ in range(number):
        before = value(r, 4)
        after = value(r, 4) if r.random() < 0.2 else edited(r, before)
        patch = ServerSignal.SignalPatch.new_diff(node(before), node(after))
        check(before, json.loads(patch.to_json()), after)
        # And the way back over nodes.
        again = ServerSignal.Signal.new('again', patch.apply(node(before))).dup_json('')
        assert text(json.loads(again)) == text(after), again
    return number


def main():
    print(f'SS_TEST_SEED={SEED}')
    print(f'{from_cases(sys.argv[1], max(100, int(30000 * PERCENT)))} patches of patch-cases applied alike')
    print(f'{from_here(max(10, int(2000 * PERCENT)))} differences of random documents applied alike')


if __name__ == '__main__':
    main()
