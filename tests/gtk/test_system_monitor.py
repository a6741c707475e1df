#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The system monitor of examples/: its windows and its page, all following one hub.

    test_system_monitor.py --screenshots DIR --server PROGRAM [--page] [--probe LIBRARY]
        [--window LANGUAGE=COMMAND …] [--skip NAME=REASON …]       (words split at "|")

The machine that is monitored is made of files that this test writes, so that what has to be shown
is known to the letter. With --page the page is looked at as well.
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import re
import sys
import tempfile

import websockets

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'web'))

import browser
from fake_proc import GIB, MIB, Proc
from tap import Tap
from window import Window

# After the first second: by processor, and those that are idle in the order of their numbers.
FIRST = [
    ['30', 'compiler', '75.5 %', '1.5 GiB', '4'],
    ['7', 'a (strange) name', '20.0 %', '0.5 MiB', '1'],
    ['1', 'init', '0.0 %', '12.0 MiB', '1'],
    ['200', 'idler', '0.0 %', '3.0 MiB', '2'],
]
# Then one ended, one began, the number of a third was given to another, …
CHANGED = [
    ['30', 'compiler', '75.5 %', '1.2 GiB', '3'],
    ['1', 'init', '0.0 %', '12.0 MiB', '1'],
    ['7', 'newcomer', '0.0 %', '2.0 MiB', '1'],
    ['99', 'another', '0.0 %', '8.0 MiB', '1'],
]
# … and in the second that followed they changed places.
SECOND = [
    ['7', 'newcomer', '90.0 %', '2.0 MiB', '1'],
    ['30', 'compiler', '10.0 %', '1.2 GiB', '3'],
    ['1', 'init', '0.1 %', '12.0 MiB', '1'],
    ['99', 'another', '0.0 %', '8.0 MiB', '1'],
]
# A server that was just started has nothing to tell of the processor, until a second went by.
THIRD = [
    ['99', 'another', '50.0 %', '8.0 MiB', '1'],
    ['30', 'compiler', '25.0 %', '1.2 GiB', '3'],
    ['1', 'init', '0.0 %', '12.0 MiB', '1'],
    ['7', 'newcomer', '0.0 %', '2.0 MiB', '1'],
]
# Below them stand so many others that the list has to be scrolled.
SLEEPERS = [[str(pid), f'sleeper {pid}', '0.0 %', '1.0 MiB', '1'] for pid in range(300, 340)]
AT_THE_TOP = 12


def by_name(rows):
    return sorted(rows, key=lambda row: row[1])


def by_number_and_idle(rows):
    return sorted((row[:2] + ['0.0 %'] + row[3:] for row in rows), key=lambda row: int(row[0]))


class WindowFollower:
    def __init__(self, window, screenshots):
        self.window = window
        self.screenshots = screenshots
        self.order = list

    async def expect(self, rows):
        async def look():
            return (await self.window.rows())[:AT_THE_TOP]
        await self.window.wait_for('rows', self.order(rows + SLEEPERS)[:AT_THE_TOP], look)
        scrolled = (await self.window.look())['scrolled']
        assert scrolled == 0, f'The list moved to {scrolled}'

    async def expect_meters(self, texts, levels):
        seen = await self.window.look()
        assert set(texts) <= set(seen['labels']), seen['labels']
        assert [round(level, 4) for level in seen['levels']] == levels, seen['levels']

    async def expect_stale(self, stale):
        async def look():
            return not (await self.window.look())['sensitive']
        await self.window.wait_for('stale', stale, look)

    async def picture(self, name):
        colours = await self.window.screenshot(self.screenshots / f'{name}.png')
        assert colours > 30, f'The screenshot has {colours} colours'

    async def select(self):
        rows = await self.window.rows()
        await self.window.do(f'select {[row[1] for row in rows].index("compiler")}')
        await self.window.wait_for('the selection', ['compiler'], self.selected)

    async def selected(self):
        return [row[1] for row in await self.window.selected()]

    async def expect_selected(self):
        selected = await self.selected()
        assert selected == ['compiler'], selected

    async def sort(self):
        await self.window.do('sort Name')
        self.order = by_name


class PageFollower:
    ROWS = ('[...document.querySelectorAll("tbody tr")]'
            '.map(row => [...row.cells].map(cell => cell.innerText))')

    def __init__(self, page, screenshots):
        self.page = page
        self.screenshots = screenshots

    async def expect(self, rows):
        # Its rows that are alike stand by their memory.
        rows = sorted(rows + SLEEPERS, key=lambda row: (-float(row[2][:-2]), 'GiB' not in row[3],
                                             -float(row[3][:-4])))
        await self.page.wait_for(f'rows {rows}', f'JSON.stringify({self.ROWS}) === '
                                 f'JSON.stringify({json.dumps(rows)})')

    async def expect_meters(self, texts, levels):
        text = await self.page.evaluate('document.getElementById("meters").innerText')
        assert set(texts) <= set(text.split('\n')), text
        seen = await self.page.evaluate(
            '[...document.querySelectorAll(".bar")]'
            '.map(bar => Number(bar.style.getPropertyValue("--percent")))')
        assert [round(level / 100, 4) for level in seen] == levels, seen

    async def expect_stale(self, stale):
        await self.page.wait_for(f'stale: {stale}', '(document.documentElement.hasAttribute('
                                 f'"data-stale") === {json.dumps(stale)})')

    async def picture(self, name):
        self.screenshots.mkdir(parents=True, exist_ok=True)
        await browser.show(self.page, self.screenshots, name, 900, 640)
        await self.page.look(400, 640, False)
        await self.page.screenshot(self.screenshots / f'{name}-narrow.png')
        assert not [problem for problem in self.page.problems if 'WebSocket' not in problem
                    and 'events.js' not in problem], \
            self.page.problems

    async def sort(self):
        await self.page.evaluate('document.querySelector("th[data-key=name] button").click()')
        await self.page.wait_for('the order of names', 'document.querySelector("tbody tr").cells[1]'
                                 '.innerText === "sleeper 339"')
        await self.page.evaluate('document.querySelector("th[data-key=processor] button").click()')


@contextlib.asynccontextmanager
async def listen(url):
    """A client that only counts: at rest nothing comes, and of a change only what changed."""
    # The smallest systems have no file that says where localhost is.
    uri = url.replace('http', 'ws').replace('//localhost', '//127.0.0.1') + 'ws'
    async with websockets.connect(uri, subprotocols=['server-signal.v1'], max_size=None) as socket:
        await socket.send('{"subscribe":"system"}')
        while '"epoch"' not in (text := await asyncio.wait_for(socket.recv(), browser.DEADLINE)):
            pass
        document = json.loads(text)['patch'][0]['value']

        async def frames(deadline):
            # The frames until the deadline, or until half a second of silence after they began.
            patches = []
            with contextlib.suppress(asyncio.TimeoutError):
                while True:
                    text = await asyncio.wait_for(socket.recv(), 0.5 if patches else deadline)
                    patches.append(json.loads(text)['patch'])
            return patches

        yield document, frames


async def this_machine(program):
    """The files of this machine's own kernel can be read as well."""
    server = browser.Server([program, '--port', '{port}'])
    try:
        async with listen(await server.start()) as (document, _):
            own = [process for process in document['processes']
                   if process['pid'] == server.process.pid]
            assert len(own) == 1 and own[0]['name'] == pathlib.Path(program).name[:15], own
            assert own[0]['memory'] > MIB and own[0]['threads'] >= 1, own
            cores = re.findall('^cpu[0-9]', pathlib.Path('/proc/stat').read_text(), re.MULTILINE)
            assert len(document['cores']) == len(cores), document['cores']
            assert 0 < document['memory-used'] < document['memory-total'], document
    finally:
        await server.kill()


async def run(options, tap, stack, folder):
    with tap.case('server: reads this machine'):
        await this_machine(options.server)

    proc = Proc(folder)
    proc.put(1, 'init', 12 * MIB)
    proc.put(7, 'a (strange) name', MIB // 2)
    proc.put(30, 'compiler', GIB * 3 // 2, threads=4)
    proc.put(200, 'idler', 3 * MIB, threads=2)
    for pid, name, *_ in SLEEPERS:
        proc.put(int(pid), name, MIB)

    server = browser.Server([options.server, '--port', '{port}', '--interval', '25',
                             '--proc', folder])
    stack.push_async_callback(server.kill)
    url = await server.start()
    # The smallest systems have no file that says where localhost is.
    uri = url.replace('http', 'ws').replace('//localhost', '//127.0.0.1') + 'ws'

    followers = {}
    for language, command in (window.split('=', 1) for window in options.window):
        window = await stack.enter_async_context(Window(options.probe, command.split('|') + [uri]))
        followers[f'window in {language}'] = WindowFollower(window, options.screenshots / language)
    if options.page:
        page = await stack.enter_async_context(browser.Browser())
        await page.open(url)
        followers['page'] = PageFollower(page, options.screenshots / 'page')

    async def each(what, method, *arguments):
        """A case for each of them; who failed is asked no more."""
        for name, follower in list(followers.items()):
            if not hasattr(follower, method):
                continue
            with tap.case(f'{name}: {what}'):
                try:
                    await getattr(follower, method)(*arguments)
                except BaseException:
                    del followers[name]
                    raise

    await each('shows what is there', 'expect', by_number_and_idle(FIRST))
    proc.advance([900, 50], used=3 * GIB, load=1.25, ran={30: 755, 7: 200})
    await each('shows the first second', 'expect', FIRST)
    await each('shows the meters', 'expect_meters',
               ['47.5 %', '3.0 GiB', '1.25'], [0.9, 0.05, 0.375])
    await each('has been drawn', 'picture', 'first')
    await each('selects a row', 'select')

    proc.end(200)
    proc.put(99, 'another', 8 * MIB)
    proc.put(30, 'compiler', GIB * 6 // 5, threads=3, ticks=755)
    proc.put(7, 'newcomer', 2 * MIB, started=5000)
    await each('shows who came and went', 'expect', CHANGED)
    proc.advance([1000, 1], used=2 * GIB, load=2, ran={30: 100, 7: 900, 1: 1})
    await each('shows the second second', 'expect', SECOND)
    await each('has the row selected elsewhere', 'expect_selected')
    await each('sorts by name', 'sort')
    await each('shows the same in that order', 'expect', SECOND)
    await each('has the row still selected', 'expect_selected')

    with tap.case('server: sends nothing at rest, and then what changed'):
        async with listen(url) as (document, frames):
            processes = [process['pid'] for process in document['processes']]
            assert processes[:5] == [1, 7, 30, 99, 300], processes
            assert not (seen := await frames(0.5)), seen
            proc.put(30, 'compiler', GIB * 5 // 4, threads=3, ticks=855)
            seen = await frames(browser.DEADLINE)
            assert seen == [[{'op': 'replace', 'path': '/processes/2/memory',
                              'value': GIB * 5 // 4}]], seen

            # All that a look finds out is one commit.
            proc.advance([500, 250], used=2 * GIB, load=2, ran={30: 250, 99: 500})
            seen = [{step['path']: step['value'] for step in patch}
                    for patch in await frames(browser.DEADLINE)]
            assert seen == [{
                '/processor': 37.5, '/cores/0/processor': 50, '/cores/1/processor': 25,
                '/processes/0/processor': 0, '/processes/1/processor': 0,
                '/processes/2/processor': 25, '/processes/3/processor': 50}], seen

    await server.kill()
    await each('shows that the server is away', 'expect_stale', True)
    await each('has been drawn meanwhile', 'picture', 'away')
    proc.put(30, 'compiler', GIB * 6 // 5, threads=3, ticks=1105)
    await server.start()
    await each('shows that it is back', 'expect_stale', False)
    await each('shows the new server', 'expect', by_number_and_idle(SECOND))
    proc.advance([0, 750], used=2 * GIB, load=2, ran={30: 250, 99: 500})
    await each('follows the new server', 'expect', THIRD)
    await each('kept the selection', 'expect_selected')
    await each('has been drawn again', 'picture', 'last')
    for name, follower in followers.items():
        if isinstance(follower, WindowFollower):
            with tap.case(f'{name}: ends well when it is closed'):
                await follower.window.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--screenshots', type=pathlib.Path, required=True)
    parser.add_argument('--server', required=True)
    parser.add_argument('--page', action='store_true')
    parser.add_argument('--probe')
    parser.add_argument('--window', action='append', default=[])
    parser.add_argument('--skip', action='append', default=[])
    options = parser.parse_args()
    tap = Tap()
    for name, reason in (skip.split('=', 1) for skip in options.skip):
        tap.skip(name, reason)

    async with contextlib.AsyncExitStack() as stack:
        await run(options, tap, stack, stack.enter_context(tempfile.TemporaryDirectory()))
    tap.end()


if __name__ == '__main__':
    asyncio.run(main())
