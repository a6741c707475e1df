#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Counts the results of tests/run, case by case.

    count.py --again STAGE.json      the names of the programs that are worth another run, alone
    count.py FOLDER [--failed]       "N passed, N failed, N skipped"; --failed: something else went wrong

The folder has for each stage what meson test has logged: STAGE.json, a program a line, and STAGE.xml,
with the cases; STAGE-alone.json and STAGE-alone.xml are of those that were run again. STAGE.tap is of a
stage that is one program.
"""

import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

BAD = {'FAIL', 'ERROR', 'TIMEOUT', 'INTERRUPT', 'UNEXPECTEDPASS'}
# More than these do not fail for want of a processor.
AGAIN = 3
# So much of what a failed program has printed stands beside the count.
LAST, WIDTH = 12, 240


def read_log(path):
    """The log of the programs, by their names."""
    if not path.exists():
        return {}
    with path.open(errors='replace') as lines:
        logged = [json.loads(line) for line in lines]
    return {program['name']: program for program in logged}


def read_programs(path):
    """The results of the programs by their names."""
    return {name: program['result'] for name, program in read_log(path).items()}


def last_words(program):
    """The end of what a program has printed, but for chatter."""
    lines = '\n'.join([program.get('stdout', ''), program.get('stderr', '')]).splitlines()
    return [f'    {line[:WIDTH]}' for line in lines if line.strip() and 'DEBUG' not in line][-LAST:]


def read_cases(path):
    """The programs' cases, as pairs of a name and a result."""
    cases = collections.defaultdict(list)
    if not path.exists():
        return cases
    # The output of tests is in there as it was, control characters that XML forbids included.
    text = re.sub('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]', '?',
                  path.read_text(errors='replace'))
    for case in ET.fromstring(text.encode()).iter('testcase'):
        name, group = case.get('name'), case.get('classname')
        kinds = {child.tag for child in case}
        result = 'failed' if kinds & {'failure', 'error'} else 'skipped' if 'skipped' in kinds else 'passed'
        # A program that tells of no cases is one itself.
        program = group.partition('.')[2] if ' / ' in group else name
        cases[program].append(('' if program == name else name, result))
    return cases


def worth_another_run(programs):
    """Those whose clock may have been the machine's; a finding of a fuzz target is a finding."""
    bad = [name for name, result in programs.items() if result in BAD]
    if len(bad) > AGAIN or any(':fuzz / ' in name for name in bad):
        return []
    return [name.rpartition(' / ')[2] for name in bad]


def count(folder, failed_otherwise):
    totals = collections.Counter()
    stages = [path for path in sorted(folder.glob('*.json')) if not path.stem.endswith('-alone')]
    for path in stages:
        stage = path.stem
        log, programs = read_log(path), read_programs(path)
        cases = read_cases(path.with_suffix('.xml'))
        alone = folder / f'{stage}-alone.json'
        cases_alone = read_cases(alone.with_suffix('.xml'))
        for name, result in read_programs(alone).items():
            if result not in BAD:
                print(f'passed only alone: {stage}: {name}')
                print(*last_words(log[name]), sep='\n')
                programs[name], cases[name] = result, cases_alone[name]
        for name, result in programs.items():
            results = collections.Counter(result for _, result in cases[name])
            if result in BAD and results['failed'] == 0:
                # It died, or was ended; of a program without cases the log may say that it passed.
                if cases[name] and cases[name][0][0] == '':
                    results['passed'] = 0
                results['failed'] = 1
                print(f'failed: {stage}: {name} {result.lower()}')
            for case, kind in cases[name]:
                if kind != 'passed':
                    print(f'{kind}: {stage}: {name} {case}'.rstrip())
            if results['failed']:
                print(*last_words(log[name]), sep='\n')
            totals.update(results)
    for path in sorted(folder.glob('*.tap')):
        for line in path.read_text(errors='replace').splitlines():
            found = re.match(r'(not )?ok \d+(?: - )?(.*)', line)
            if not found:
                continue
            kind = 'failed' if found[1] else 'skipped' if '# SKIP' in line else 'passed'
            totals[kind] += 1
            if kind != 'passed':
                print(f'{kind}: {path.stem}: {found[2].strip()}')
    if totals['failed'] == 0 and (failed_otherwise or totals['passed'] == 0):
        totals['failed'] = 1
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if totals['failed'] else 0


def main():
    if sys.argv[1] == '--again':
        print('\n'.join(worth_another_run(read_programs(pathlib.Path(sys.argv[2])))))
        return 0
    return count(pathlib.Path(sys.argv[1]), '--failed' in sys.argv[2:])


if __name__ == '__main__':
    sys.exit(main())
