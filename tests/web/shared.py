#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Several tabs with one connection, in headless Chromium: in a SharedWorker, and in one of the tabs where there is none.

    shared.py HUB-SERVER [ARGUMENT …]
"""

import asyncio
import pathlib
import shutil
import sys
import tempfile
import time
import urllib.parse

from browser import SKIPPED, Browser, Server
from events import CONNECT, FAULTS, PAGE
from gate import Gate

TABS = 4
COMMITS = 60
CONNECT = CONNECT.replace('{ retry', '{ shared: true, retry').replace(
    'const seen', 'const rows = client.signal("document");\n    const seen').replace(
    'client, counter,', 'client, counter, rows,')


async def all_follow(tabs, transport):
    for tab in tabs:
        await tab.wait_for(transport, f'client.transport === "{transport}" && !counter.stale && !rows.stale')
        last = await tab.evaluate('counter.revision')
        await tab.wait_for('the next', f'!counter.stale && counter.revision > {last + 5}')
        assert await tab.evaluate(FAULTS) == []


async def all_equal(tabs):
    """The document has come to rest, and is the same in each."""
    documents = []
    for tab in tabs:
        await tab.wait_for('the last commit', f'rows.revision >= {COMMITS} && !rows.stale')
        documents.append(await tab.evaluate('JSON.stringify([rows.epoch, rows.revision, rows.value])'))
    assert len(set(documents)) == 1, documents


async def run(command, worker):
    server = None
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'page.html').write_text(PAGE, encoding='utf-8')
        server = Server([command[0], '--port', '{port}', *command[1:], '--root', folder, '--commits', str(COMMITS)])
        async with Browser() as browser:
            try:
                gate = Gate(urllib.parse.urlsplit(await server.start()).port)
                address = f'http://127.0.0.1:{await gate.start()}/'
                tabs = []
                for _ in range(TABS):
                    tab = await browser.tab()
                    if not worker:
                        await tab.call('Page.addScriptToEvaluateOnNewDocument', source='delete globalThis.SharedWorker')
                    await tab.open(address + 'page.html')
                    await tab.evaluate(CONNECT)
                    tabs.append(tab)
                await all_follow(tabs, 'websocket')
                await all_equal(tabs)
                assert len(gate.sockets) == 1, len(gate.sockets)
                code = await tabs[1].evaluate('client.call("nothing", { a: 1 }).catch(({ code, answered }) => [code, answered])')
                assert code == ['unknown-method', True], code

                # The first one, which has the connection if a tab does, is closed.
                await tabs.pop(0).close()
                began = time.monotonic()
                for tab in tabs:
                    await tab.evaluate('seen.splice(0, seen.length - 1), true')
                    await tab.wait_for('the next', 'seen.length > 3 && !counter.stale')
                print(f'all of the others had gone on after {time.monotonic() - began:.2f} s')
                await all_follow(tabs, 'websocket')
                assert len(gate.sockets) == 1, len(gate.sockets)

                # Another life of the server, and one stream for all where no WebSocket gets through.
                gate.closed = True
                await server.kill()
                for tab in tabs:
                    await tab.wait_for('a loss', 'counter.stale')
                await server.start()
                await all_follow(tabs, 'events')
                await all_equal(tabs)
                assert len(gate.events) == 1, len(gate.events)
                gate.closed = False
                gate.cut()
                await all_follow(tabs, 'websocket')
                assert len(gate.sockets) == 1 and len(gate.events) == 0, (len(gate.sockets), len(gate.events))

                # One that comes late, and the last that goes.
                late = await browser.tab()
                await late.open(address + 'page.html')
                if worker:
                    await late.evaluate(CONNECT)
                    await all_follow([*tabs, late], 'websocket')
                    await all_equal([*tabs, late])
                    assert len(gate.sockets) == 1, len(gate.sockets)
                for tab in [*tabs, late]:
                    await tab.close()
                problems = [problem for problem in browser.problems
                            if 'WebSocket' not in problem and '403' not in problem and 'ERR_' not in problem]
                assert not problems, problems
            finally:
                await server.kill()


async def main():
    if not shutil.which('chromium') and not shutil.which('chromium-browser'):
        print('SKIP: no chromium')
        return SKIPPED
    for worker in (True, False):
        await run(sys.argv[1:], worker)
        print('in a SharedWorker' if worker else 'in one of the tabs')
    return 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
