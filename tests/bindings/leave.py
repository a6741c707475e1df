#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Programs that are told to end while a client is connected and handlers are on everything, and that
close nothing: they leave without a word, in each language.

Each of the arguments is a name, "=" and the parts of a command, which are joined with "|". A command
is given one of the ways to leave, prints "ready", and is sent SIGTERM."""

import os
import select
import signal
import subprocess
import sys
import time

WAYS = {
    'handler': 'exits in the handler of the signal',
    'end': 'quits its loop and comes to its end',
    'fork': 'has a child that exits, and then exits itself',
}


def leave(command, way):
    """Says what is wrong with the way the program leaves; None: nothing."""
    process = subprocess.Popen(command + [way], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = b''
    end = time.monotonic() + 20
    while b'ready\n' not in out and time.monotonic() < end:
        if select.select([process.stdout], [], [], 1)[0]:
            part = os.read(process.stdout.fileno(), 4096)
            if not part:
                break
            out += part
    process.send_signal(signal.SIGTERM)
    try:
        rest, errors = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return 'does not end'
    out += rest
    if process.returncode != 0 or errors or out != b'ready\n':
        return f'ends with {process.returncode}, says {out!r} and {errors!r}'
    return None


def main():
    cases = []
    for argument in sys.argv[1:]:
        name, _, command = argument.partition('=')
        for way in WAYS:
            # GJS has no fork().
            if not (way == 'fork' and name.startswith('GJS')):
                cases.append((name, command.split('|'), way))
    print(f'1..{len(cases)}')
    failed = False
    for number, (name, command, way) in enumerate(cases, 1):
        wrong = leave(command, way)
        failed = failed or wrong is not None
        print(f'{"not ok" if wrong else "ok"} {number} {name} {WAYS[way]}')
        if wrong:
            print(f'# it {wrong}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
