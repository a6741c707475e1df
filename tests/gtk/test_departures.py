#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The departures board of examples/, edited by commands, and the windows that follow it.

    test_departures.py --screenshots DIR --server PROGRAM --probe LIBRARY
        [--window LANGUAGE=COMMAND …] [--skip NAME=REASON …]       (words split at "|")
"""

import argparse
import asyncio
import contextlib
import pathlib
import socket

from tap import Tap
from window import DEADLINE, Window


class Board:
    """The server, which does only as it is told."""

    def __init__(self, program):
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.program = program
        self.process = None

    async def start(self, *commands):
        self.process = await asyncio.create_subprocess_exec(
            self.program, '--port', str(self.port), '--interval', '0',
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        self.do(*commands)
        return (await asyncio.wait_for(self.process.stdout.readline(), DEADLINE)).decode().strip()

    def do(self, *commands):
        self.process.stdin.write(''.join(f'{command}\n' for command in commands).encode())

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


ADD = [
    'add 12:30 "R 3" "Elm Junction" 4',
    'add 12:00 "R 1" "Alder Bay" 1',
    'add 12:10 "R 2" Birchwood 2',
]
ADDED = [
    ['12:00', 'R 1', 'Alder Bay', '1', ''],
    ['12:10', 'R 2', 'Birchwood', '2', ''],
    ['12:30', 'R 3', 'Elm Junction', '4', ''],
]
CHANGE = [
    'platform "R 3" 9',
    'depart "R 1"',
    'add 12:20 "R 4" "Über See" 5',
    'remark "R 2" "10 minutes late"',
]
CHANGED = [
    ['12:10', 'R 2', 'Birchwood', '2', '10 minutes late'],
    ['12:20', 'R 4', 'Über See', '5', ''],
    ['12:30', 'R 3', 'Elm Junction', '9', ''],
]
# The board after it was started anew: one row less, the others as they were.
AGAIN = [
    'add 12:10 "R 2" Birchwood 2',
    'add 12:30 "R 3" "Elm Junction" 9',
    'remark "R 2" "10 minutes late"',
]


async def follow(window, board, screenshots):
    async def selected():
        return [row[1] for row in await window.selected()]

    await window.wait_for('what is there', ADDED, window.rows)
    await window.do('select 2')
    await window.wait_for('the selection', ['R 3'], selected)

    board.do(*CHANGE)
    await window.wait_for('what changed', CHANGED, window.rows)
    assert await selected() == ['R 3']
    colours = await window.screenshot(screenshots / 'changed.png')
    assert colours > 30, f'The screenshot has {colours} colours'

    await window.do('sort Platform')
    order = sorted(CHANGED, key=lambda row: row[3])
    await window.wait_for('the order of platforms', order, window.rows)
    board.do('platform "R 2" 7')
    order[0], order[1] = order[1], ['12:10', 'R 2', 'Birchwood', '7', '10 minutes late']
    await window.wait_for('the row to find its place', order, window.rows)
    assert await selected() == ['R 3']
    board.do('platform "R 3" 1', 'platform "R 4" 9', 'platform "R 2" 3', 'platform "R 3" 8')
    order = [[*row[:3], platform, row[4]] for row, platform in
             ((CHANGED[0], '3'), (CHANGED[2], '8'), (CHANGED[1], '9'))]
    await window.wait_for('all rows to find their places', order, window.rows)
    assert await selected() == ['R 3']

    async def away():
        seen = await window.look()
        return [not seen['sensitive'],
                any('Connection refused' in label for label in seen['labels'])]

    assert await away() == [False, False]
    await board.kill()
    await window.wait_for('the loss and its reason', [True, True], away)
    await window.screenshot(screenshots / 'away.png')
    assert await window.rows() == order
    await board.start(*AGAIN)
    await window.wait_for('the new server', [False, False], away)
    await window.wait_for('its rows', [CHANGED[0], CHANGED[2]], window.rows)
    assert await selected() == ['R 3']
    await window.screenshot(screenshots / 'again.png')
    await window.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--screenshots', type=pathlib.Path, required=True)
    parser.add_argument('--server', required=True)
    parser.add_argument('--probe', required=True)
    parser.add_argument('--window', action='append', default=[])
    parser.add_argument('--skip', action='append', default=[])
    options = parser.parse_args()
    tap = Tap()
    for name, reason in (skip.split('=', 1) for skip in options.skip):
        tap.skip(name, reason)

    for language, command in (window.split('=', 1) for window in options.window):
        with tap.case(f'window in {language}'):
            async with contextlib.AsyncExitStack() as stack:
                board = Board(options.server)
                uri = await board.start(*ADD)
                stack.push_async_callback(board.kill)
                window = await stack.enter_async_context(
                    Window(options.probe, command.split('|') + [uri]))
                await follow(window, board, options.screenshots / language)
    tap.end()


if __name__ == '__main__':
    asyncio.run(main())
