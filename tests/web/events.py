#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A page to which no WebSocket gets through, in headless Chromium: it goes on by server-sent events, and by a WebSocket as soon as
that works.

    events.py HUB-SERVER [ARGUMENT …]
"""

import asyncio
import pathlib
import shutil
import sys
import tempfile
import urllib.parse

from browser import SKIPPED, Browser, Server
from gate import Gate

PAGE = '''<!DOCTYPE html><title>A page</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; img-src data:">'''

CONNECT = '''(async () => {
    const { connect } = await import('/server-signal.js');
    const client = connect('/ws', { retryMin: 20, retryMax: 50 });
    const counter = client.signal('counter');
    const seen = [];
    const states = [];
    client.subscribe(state => states.push(state));
    counter.watch(({ epoch, revision, value, stale }) => {
        seen.push({ epoch, revision, value: value?.value, stale, transport: client.transport, state: client.state });
    });
    Object.assign(window, { client, counter, seen, states });
    return true;
})()'''

# The number is the revision, so that a change that is missing or comes twice is seen.
FAULTS = '''seen.filter(({ epoch, revision, value }, i) => revision !== null && (value !== revision ||
    (i > 0 && epoch === seen[i - 1].epoch && revision < seen[i - 1].revision)))'''


async def follows(browser, transport):
    """The page gets the newest by this, and goes on getting it."""
    await browser.wait_for(f'{transport}', f'client.transport === "{transport}" && !counter.stale')
    last = await browser.evaluate('counter.revision')
    await browser.wait_for('the next', f'!counter.stale && counter.revision > {last + 5}')
    assert await browser.evaluate(FAULTS) == []


async def run(command):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'page.html').write_text(PAGE, encoding='utf-8')
        server = Server([command[0], '--port', '{port}', *command[1:], '--root', folder])
        async with Browser() as browser:
            try:
                gate = Gate(urllib.parse.urlsplit(await server.start()).port)
                address = f'http://127.0.0.1:{await gate.start()}/'
                gate.closed = True
                await browser.open(address + 'page.html')
                await browser.evaluate(CONNECT)
                await follows(browser, 'events')

                # Another signal, and one that is not there; then the one stream has both.
                await browser.evaluate('''(async () => {
                    const document = client.signal('document');
                    await document.ready;
                    Object.assign(window, { document_: document });
                    const error = await client.fetch('nothing').catch(({ code }) => code);
                    if (error !== 'unknown-signal')
                        throw new Error(error);
                    return client.call('add').then(() => { throw new Error('called'); }, ({ code }) => {
                        if (code !== 'not-supported')
                            throw new Error(code);
                    }).then(() => true);
                })()''')
                await follows(browser, 'events')
                await browser.wait_for('the other signal', '!document_.stale')
                streams = gate.streams
                await browser.evaluate('client.release("document"); document_.stale')
                await follows(browser, 'events')
                print(f'by events, with {streams} streams')

                # Another life of the server.
                await server.kill()
                await browser.wait_for('a loss', 'counter.stale')
                await server.start()
                await follows(browser, 'events')

                # WebSockets get through again: nobody sees the change.
                await browser.evaluate('seen.splice(0), states.splice(0), true')
                gate.closed = False
                await browser.wait_for('a WebSocket', '''client.transport === 'websocket' ||
                    void dispatchEvent(new Event('online'))''')
                await follows(browser, 'websocket')
                assert await browser.evaluate('seen.filter(({ stale, state }) => stale || state !== "open")') == []
                assert set(await browser.evaluate('states')) <= {'open'}
                print('by a WebSocket again')

                # And not any more.
                gate.closed = True
                gate.cut()
                await follows(browser, 'events')
                await browser.evaluate('client.close(); true')
                assert await browser.evaluate('client.transport') is None
                problems = [problem for problem in browser.problems
                            if 'WebSocket' not in problem and '403' not in problem and 'ERR_' not in problem]
                assert not problems, problems
            finally:
                await server.kill()


async def main():
    if not shutil.which('chromium') and not shutil.which('chromium-browser'):
        print('SKIP: no chromium')
        return SKIPPED
    await run(sys.argv[1:])
    return 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
