#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The window of the to-do boards of examples/.

    test_board.py --screenshots DIR --server COMMAND --probe LIBRARY --window COMMAND     (words split at "|")
"""

import argparse
import asyncio
import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'web'))

import browser
from tap import Tap
from window import Window

CARD = 'Start the server'


async def run(options, tap, stack):
    server = browser.Server([*options.server.split('|'), '{port}'])
    stack.push_async_callback(server.kill)
    url = (await server.start()).removesuffix('board.html')
    command = [*options.window.split('|'), url]

    with tap.case('a wrong password is refused'):
        async with Window(options.probe, [*command, 'anna', 'poppy']) as window:
            async def labels():
                return 'The name or the password is not right' in (await window.look())['labels']
            await window.wait_for('the refusal', True, labels)
            await window.close()

    async with Window(options.probe, [*command, 'anna', 'sesame']) as window:
        async def has_card():
            return CARD in (await window.look())['labels']

        async def can_clear():
            return [action['sensitive'] for action in (await window.look())['actions']
                    if action['name'] == 'board.clear']

        with tap.case('the window shows the board'):
            await window.wait_for('the card', True, has_card)
            await window.wait_for('that it can be cleared', [True], can_clear)
        with tap.case('it has been drawn'):
            colours = await window.screenshot(options.screenshots / 'window.png')
            assert colours > 10, f'The screenshot has {colours} colours'
        with tap.case('its button clears what is done, and is grey then'):
            await window.do('press board.clear')
            await window.wait_for('that the card is gone', False, has_card)
            await window.wait_for('that there is nothing to clear', [False], can_clear)
        with tap.case('it asks for the password again when its session has ended'):
            await server.kill()
            await server.start()

            async def labels():
                return 'Log in again' in (await window.look())['labels']
            await window.wait_for('the login', True, labels)
        with tap.case('it ends well when it is closed'):
            await window.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--screenshots', type=pathlib.Path, required=True)
    for name in 'server', 'probe', 'window':
        parser.add_argument(f'--{name}', required=True)
    options = parser.parse_args()
    tap = Tap()
    async with contextlib.AsyncExitStack() as stack:
        await run(options, tap, stack)
    tap.end()


if __name__ == '__main__':
    asyncio.run(main())
