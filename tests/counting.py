#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Tests that tests/run counts right: programs of every fate, as meson test logs them, run once and once more."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'gtk'))

from tap import Tap

COUNT = pathlib.Path(__file__).resolve().parent / 'count.py'

# A program's suite and name, its result, and its cases: P passed, F failed, S skipped. Without any it
# is a case itself.
GOOD = ('unit', 'good', 'OK', 'PPS')
WRONG = ('unit', 'wrong', 'FAIL', 'PF')
DEAD = ('net', 'dead', 'ERROR', 'PP')
SLOW = ('net', 'slow', 'TIMEOUT', '')
ABSENT = ('net', 'absent', 'SKIP', '')
FUZZ = ('fuzz', 'fuzz-x', 'FAIL', '')


def write(folder, stage, programs):
    lines, suites = [], []
    for suite, name, result, cases in programs:
        full = f'toy:{suite} / {name}'
        lines.append(json.dumps({'name': full, 'result': result,
                                 'stdout': f'# libsoup-DEBUG: nothing\n{name} said\n'}))
        kinds = {'P': '', 'F': '<failure/>', 'S': '<skipped/>'}
        if cases:
            inner = ''.join(f'<testcase name="{n} - case" classname="toy.{full}">{kinds[kind]}</testcase>'
                            for n, kind in enumerate(cases, 1))
            suites.append(f'<testsuite name="toy.{full}">{inner}<system-out>\x01</system-out></testsuite>')
        else:
            kind = {'FAIL': 'F', 'SKIP': 'S'}.get(result, 'P')
            suites.append(f'<testsuite name="toy"><testcase name="{full}" classname="toy">{kinds[kind]}'
                          '</testcase></testsuite>')
    (folder / f'{stage}.json').write_text('\n'.join(lines) + '\n')
    (folder / f'{stage}.xml').write_text('<testsuites>' + ''.join(suites) + '</testsuites>')


def count(*arguments, **stages):
    """The lines that are printed, and the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        for stage, programs in stages.items():
            write(pathlib.Path(folder), stage.replace('_', '-'), programs)
        done = subprocess.run([sys.executable, COUNT, folder, *arguments], text=True,
                              stdout=subprocess.PIPE, check=False)
    return done.stdout.splitlines(), done.returncode


def again(*programs):
    with tempfile.TemporaryDirectory() as folder:
        write(pathlib.Path(folder), 'suites', programs)
        done = subprocess.run([sys.executable, COUNT, '--again', pathlib.Path(folder) / 'suites.json'],
                              text=True, stdout=subprocess.PIPE, check=True)
    return done.stdout.split()


def main():
    tap = Tap()

    with tap.case('all is well'):
        assert count(suites=[GOOD, ABSENT]) == (
            ['skipped: suites: toy:unit / good 3 - case', 'skipped: suites: toy:net / absent',
             '2 passed, 0 failed, 2 skipped'], 0)
    with tap.case('each that fails is counted and named'):
        assert count(suites=[GOOD, WRONG], valgrind=[DEAD, SLOW, FUZZ]) == (
            ['skipped: suites: toy:unit / good 3 - case', 'failed: suites: toy:unit / wrong 2 - case',
             '    wrong said', 'failed: valgrind: toy:net / dead error', '    dead said',
             'failed: valgrind: toy:net / slow timeout', '    slow said',
             'failed: valgrind: toy:fuzz / fuzz-x', '    fuzz-x said', '5 passed, 4 failed, 1 skipped'], 1)
    with tap.case('nothing that ran is a failure, and so is anything else that went wrong'):
        assert count() == (['0 passed, 1 failed, 0 skipped'], 1)
        assert count(suites=[ABSENT]) == (
            ['skipped: suites: toy:net / absent', '0 passed, 1 failed, 1 skipped'], 1)
        assert count('--failed', suites=[GOOD])[1] == 1

    with tap.case('few that fail are worth another run, a finding is not'):
        assert again(GOOD, WRONG, DEAD, SLOW) == ['wrong', 'dead', 'slow']
        assert again(GOOD, ABSENT) == []
        assert again(WRONG, DEAD, SLOW, ('unit', 'more', 'FAIL', 'F')) == []
        assert again(WRONG, FUZZ) == []
    with tap.case('the second run counts where it passed, and is named'):
        assert count(suites=[GOOD, DEAD, WRONG],
                     suites_alone=[('net', 'dead', 'OK', 'PPP'), ('unit', 'wrong', 'FAIL', 'FF')]) == (
            ['passed only alone: suites: toy:net / dead', '    dead said',
             'skipped: suites: toy:unit / good 3 - case', 'failed: suites: toy:unit / wrong 2 - case',
             '    wrong said', '6 passed, 1 failed, 1 skipped'], 1)
        assert count(suites=[GOOD, SLOW], suites_alone=[('net', 'slow', 'OK', '')])[1] == 0

    tap.end()


if __name__ == '__main__':
    main()
