#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The player of examples/, and the window and the page that drive its actions.

    test_player.py --screenshots DIR --server COMMAND [--probe LIBRARY] [--window COMMAND] [--page]
        [--skip NAME=REASON …]       (words split at "|")
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'web'))

import browser
from tap import Tap
from window import Window

ACTIONS = ('play', 'pause', 'next', 'seek', 'mute')


class WindowDriver:
    def __init__(self, window, screenshots):
        self.window = window
        self.screenshots = screenshots

    async def enabled(self):
        actions = {action['name']: action for action in (await self.window.look())['actions']}
        return [name for name in ACTIONS if actions[f'player.{name}']['sensitive']]

    async def expect(self, what, enabled):
        await self.window.wait_for(what, enabled, self.enabled)

    async def expect_title(self, title):
        async def look():
            return title in (await self.window.look())['labels']
        await self.window.wait_for(title, True, look)

    async def expect_mute(self, mute):
        async def look():
            return [action['active'] for action in (await self.window.look())['actions']
                    if action['name'] == 'player.mute']
        await self.window.wait_for('mute', [mute], look)

    async def press(self, name):
        await self.window.do(f'press player.{name}')

    async def picture(self, name):
        colours = await self.window.screenshot(self.screenshots / f'window-{name}.png')
        assert colours > 10, f'The screenshot has {colours} colours'


class PageDriver:
    def __init__(self, page, screenshots):
        self.page = page
        self.screenshots = screenshots

    async def expect(self, what, enabled):
        await self.page.wait_for(
            what, f'JSON.stringify({json.dumps(ACTIONS)}.filter(name => '
            '!document.querySelector(`[data-action=${name}]`).disabled))'
            f' === JSON.stringify({json.dumps(enabled)})')

    async def expect_title(self, title):
        await self.page.wait_for(title, f'document.getElementById("title").textContent === {json.dumps(title)}')

    async def expect_mute(self, mute):
        await self.page.wait_for('mute', f'document.querySelector("[data-action=mute]").checked === {json.dumps(mute)}')

    async def press(self, name):
        await self.page.evaluate(f'document.querySelector("[data-action={name}]").click()')

    async def picture(self, name):
        self.screenshots.mkdir(parents=True, exist_ok=True)
        await self.page.look(520, 320, False)
        await self.page.screenshot(self.screenshots / f'page-{name}.png')


async def run(options, tap, stack):
    server = browser.Server([*options.server.split('|'), '{port}', '0'])
    stack.push_async_callback(server.kill)
    url = await server.start()
    uri = url.replace('http', 'ws').replace('//localhost', '//127.0.0.1') + 'ws'
    drivers = {}
    if options.window:
        window = await stack.enter_async_context(Window(options.probe, [*options.window.split('|'), uri]))
        drivers['window'] = WindowDriver(window, options.screenshots)
    if options.page:
        page = await stack.enter_async_context(browser.Browser())
        await page.open(url)
        drivers['page'] = PageDriver(page, options.screenshots)

    async def each(what, method, *arguments):
        """A case for each; one that has failed is asked no more."""
        for name, driver in list(drivers.items()):
            with tap.case(f'{name}: {what}'):
                try:
                    await getattr(driver, method)(*arguments)
                except BaseException:
                    del drivers[name]
                    raise

    stopped = ['play', 'next', 'seek', 'mute']
    await each('has the actions of the player', 'expect', 'the actions', stopped)
    await each('shows the first track', 'expect_title', 'Harbour Lights')
    for name, driver in list(drivers.items()):
        with tap.case(f'{name}: plays and pauses'):
            await driver.press('play')
            for other in drivers.values():
                await other.expect('that it plays', ['pause', 'next', 'seek', 'mute'])
            await driver.press('pause')
            for other in drivers.values():
                await other.expect('that it pauses', stopped)
    for index, (name, driver) in enumerate(drivers.items()):
        with tap.case(f'{name}: goes to the next track'):
            await driver.press('next')
            for other in drivers.values():
                await other.expect_title(('Slow Train', 'The Long Way Round')[index])
    for index, (name, driver) in enumerate(drivers.items()):
        with tap.case(f'{name}: mutes, or not'):
            await driver.press('mute')
            for other in drivers.values():
                await other.expect_mute(index == 0)
    await each('has been drawn', 'picture', 'there')

    await server.kill()
    await each('is grey while the player is away', 'expect', 'that all is grey', [])
    await each('has been drawn meanwhile', 'picture', 'away')
    await server.start()
    await each('is there again', 'expect', 'the actions', stopped)
    await each('shows the new player', 'expect_title', 'Harbour Lights')
    if 'window' in drivers:
        with tap.case('window: ends well when it is closed'):
            await drivers['window'].window.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--screenshots', type=pathlib.Path, required=True)
    parser.add_argument('--server', required=True)
    parser.add_argument('--page', action='store_true')
    parser.add_argument('--probe')
    parser.add_argument('--window')
    parser.add_argument('--skip', action='append', default=[])
    options = parser.parse_args()
    tap = Tap()
    for name, reason in (skip.split('=', 1) for skip in options.skip):
        tap.skip(name, reason)
    async with contextlib.AsyncExitStack() as stack:
        await run(options, tap, stack)
    tap.end()


if __name__ == '__main__':
    asyncio.run(main())
