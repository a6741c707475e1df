#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""One table of the API in every language, against one hub.

Usage: run.py TABLE LANGUAGE=COMMAND…   (words split at "|"), where COMMAND TABLE URI is one of the programs table.*"""

import asyncio
import json
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal

DEFAULTS = {'has': True, 'int': 0, 'double': 0.0, 'boolean': False, 'string': None, 'n': 0, 'members': []}


def canonical(value, language):
    """Members in one order, and 1 is not 1.0; GJS has doubles only."""
    if isinstance(value, dict):
        return {name: canonical(value[name], language) for name in sorted(value)}
    if isinstance(value, list):
        return [canonical(element, language) for element in value]
    if language == 'GJS' and isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(float(value))
    return repr(value)


def expected_read(table, row):
    signal = ServerSignal.Signal('document', table['document'])
    return {**DEFAULTS, **{name: row[name] for name in row if name != 'pointer'}, 'value': signal.get(row['pointer'])}


def expected_write(row):
    end = row['start']
    if 'patch' in row:
        end = ServerSignal.Patch(row['patch']).apply(end)
    code = int(getattr(ServerSignal.Error, row['error'])) if 'error' in row else None
    return {'value': end, 'revision': int('patch' in row), 'patches': [row['patch']] if 'patch' in row else [], 'error': code}


async def run(command, path, uri):
    program = await asyncio.create_subprocess_exec(*command, path, uri, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(program.communicate(), 90)
    if program.returncode != 0:
        raise AssertionError(f'{command[-1]} ended with {program.returncode}')
    return json.loads(output)


def compare(language, kind, rows, got, expected):
    """The number of rows that differ; each is printed."""
    bad = abs(len(got) - len(expected))
    for row, a, b in zip(rows, got, expected):
        if canonical(a, language) != canonical(b, language):
            bad += 1
            print(f'# {kind} {json.dumps(row)}\n#   {json.dumps(a)}\n#   is not {json.dumps(b)}')
    return bad


async def main(path, programs):
    with open(path, encoding='utf-8') as file:
        table = json.load(file)
    hub = ServerSignal.Hub()
    hub.create('document', table['document'])
    hub.listen(None, 0)
    expected = {'reads': [expected_read(table, row) for row in table['reads']],
                'writes': [expected_write(row) for row in table['writes']]}
    print(f'1..{len(programs)}')
    failed = False
    for number, (language, command) in enumerate(programs, 1):
        try:
            got = await run(command.split('|'), path, hub.dup_uri())
            bad = sum(compare(language, kind, table[kind], got[kind], expected[kind]) for kind in expected)
        except (AssertionError, asyncio.TimeoutError, ValueError) as error:
            print(f'# {error!r}')
            bad = 1
        failed = failed or bad > 0
        print(f'{"not ok" if bad else "ok"} {number} - {language}', flush=True)
    await hub.close_async(1000)
    return failed


if __name__ == '__main__':
    sys.exit(ServerSignal.run(main(sys.argv[1], [word.split('=', 1) for word in sys.argv[2:]])))
