#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The window of the guides, in four languages: it shows the counter, and greys it out while the server is away.

    test_window.py --screenshots DIR --server PROGRAM --probe LIBRARY
        [--window LANGUAGE=COMMAND …] [--skip NAME=REASON …]       (words split at "|")
"""

import argparse
import asyncio
import contextlib
import pathlib
import re
import signal
import socket

from tap import Tap
from window import DEADLINE, Window


class Counter:
    def __init__(self, program):
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            self.port = probe.getsockname()[1]
        self.program = program

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            self.program, '--port', str(self.port), stdout=asyncio.subprocess.PIPE)
        await asyncio.wait_for(self.process.stdout.readline(), DEADLINE)
        return f'ws://localhost:{self.port}/ws'

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def follow(window, counter, screenshots):
    async def number():
        labels = [label for label in (await window.look())['labels'] if re.fullmatch(r'\d+', label)]
        return int(labels[0]) if labels else -1

    async def counts():
        return await number() > first

    async def greyed():
        return not (await window.look())['sensitive']

    first = 0
    await window.wait_for('a number', True, counts)
    first = await number()
    await window.wait_for('the next', True, counts)
    assert not await greyed()
    await window.screenshot(screenshots / 'window.png')
    await counter.kill()
    await window.wait_for('the loss', True, greyed)
    last = await number()
    assert last >= first, last
    await counter.start()
    await window.wait_for('the server', False, greyed)
    # It ends as every program does.
    window.process.send_signal(signal.SIGTERM)
    status = await asyncio.wait_for(window.process.wait(), DEADLINE)
    assert status == 0, f'The window ended with {status}'


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
                counter = Counter(options.server)
                uri = await counter.start()
                stack.push_async_callback(counter.kill)
                window = await stack.enter_async_context(
                    Window(options.probe, command.split('|') + [uri]))
                await follow(window, counter, options.screenshots / language)
    tap.end()


if __name__ == '__main__':
    asyncio.run(main())
