#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The to-do boards on two processes and Redis: a page watches while the process that it has is killed.

    board_redis.py SCREENSHOTS PYTHON SERVER

All that the page shows is noted, frame by frame and change by change: no card may go and come back, no element
may be made anew, and the page may not load itself again.
"""

import asyncio
import os
import pathlib
import re
import shutil
import signal
import sys

from board import Page
from browser import DEADLINE, SKIPPED, Browser, Server

# Before anything of the page: the connections that it makes, and how long it had none.
COUNT = '''
    window.opened = 0;
    window.gaps = [];
    let closed;
    window.WebSocket = class extends WebSocket {
        constructor(...args) {
            super(...args);
            this.addEventListener('open', () => {
                window.opened++;
                if (closed !== undefined)
                    window.gaps.push(performance.now() - closed);
                closed = undefined;
            });
            this.addEventListener('close', () => { closed ??= performance.now(); });
        }
    };
'''

WATCH = '''
    window.flashes = [];
    window.watched = [...document.querySelectorAll('li')];
    const note = what => { if (!window.flashes.includes(what)) window.flashes.push(what); };
    new MutationObserver(records => {
        for (const record of records)
            for (const node of record.removedNodes)
                if (node.localName === 'li' && !node.isConnected)
                    note('a card went');
    }).observe(document.body, { subtree: true, childList: true });
    const look = () => {
        if (document.querySelector('main').hidden || !document.getElementById('login').hidden)
            note('the board went');
        if (!document.getElementById('problem').hidden)
            note(document.getElementById('problem').textContent);
        if (!document.getElementById('away').hidden)
            note('away');
        if (window.watched.some(item => !item.isConnected))
            note('a card was made anew');
        requestAnimationFrame(look);
    };
    look();
'''


class Together(Server):
    """The processes that there are, by their numbers."""

    def __init__(self, command):
        super().__init__(command)
        self.processes = {}
        self.changed = asyncio.Event()

    async def _url(self):
        found = None
        while found is None:
            line = await self.process.stdout.readline()
            if not line:
                raise RuntimeError('The server did not print its address')
            self.take(line)
            found = re.search(rb'https?://\S+', line)
        self.reading = asyncio.create_task(self.read())
        return found[0].decode()

    async def read(self):
        while line := await self.process.stdout.readline():
            self.take(line)

    def take(self, line):
        if found := re.match(rb'Process (\d+) is (\d+)', line):
            self.processes[int(found[1])] = int(found[2])
            self.changed.set()

    async def replace(self, number):
        """Kills a process and waits for the next one in its place."""
        old = self.processes[number]
        os.kill(old, signal.SIGKILL)
        while self.processes[number] == old:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), DEADLINE)

    async def end(self):
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self.process.wait(), DEADLINE)


async def main():
    folder, python, script = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which('redis-server') is None:
        print('redis-server is not installed')
        return SKIPPED
    server = Together([python, script, '{port}'])
    async with Browser() as one, Browser() as other:
        try:
            url = (await server.start()).removesuffix('board.html')
            anna, ben = Page(one), Page(other)
            await one.call('Page.addScriptToEvaluateOnNewDocument', source=COUNT)
            await anna.log_in(url, 'anna')
            await ben.log_in(url, 'ben')
            await anna.add('shared', 'Water the plants')
            await anna.add('mine', 'Buy a present for Ben')
            for page in anna, ben:
                await page.expect('shared', 'todo', ['Water the plants'])
            await anna.expect('mine', 'todo', ['Buy a present for Ben'])
            seen = await other.evaluate('document.documentElement.outerHTML')
            assert 'present' not in seen, seen

            await one.evaluate(WATCH)
            cards = ['Water the plants']
            # Each is killed once, so the one that has the page is among them.
            for number in 1, 2:
                await server.replace(number)
                cards.append(f'Call number {number}')
                await ben.add('shared', cards[-1])
                for page in anna, ben:
                    await page.expect('shared', 'todo', cards)
            await anna.press('Water the plants', 'ArrowRight')
            for page in anna, ben:
                await page.expect('shared', 'doing', ['Water the plants'])
            opened, gaps, flashes = [await one.evaluate(f'window.{name}') for name in ('opened', 'gaps', 'flashes')]
            assert opened >= 2, 'the page has always had the same process'
            # The page says that the server is away when it is so for three seconds, as on a busy machine.
            allowed = ['away'] if max(gaps) > 2500 else []
            assert all(flash in allowed for flash in flashes), flashes
            print(f'{opened} connections, {max(gaps):.0f} ms without one, and nothing was seen of it')
            await one.look(900, 900, False)
            await one.screenshot(folder / 'board-redis.png')
            await anna.expect('mine', 'todo', ['Buy a present for Ben'])
        finally:
            await server.end()
    return 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
