#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A page that begins with data, in headless Chromium: served with it, and kept from an earlier visit.

    state.py HUB-SERVER [ARGUMENT …]
"""

import asyncio
import shutil
import sys

from browser import SKIPPED, Browser, Server

# Connects, with all frames of the connection at hand.
CONNECT = '''(async () => {
    const { connect } = await import('/server-signal.js');
    const { offline } = await import('/offline.js');
    const frames = [];
    class Recorder extends WebSocket {
        constructor(...given) {
            super(...given);
            this.addEventListener('message', ({ data }) => frames.push(JSON.parse(data)));
        }
        send(text) { frames.push(JSON.parse(text)); super.send(text); }
    }
    const cache = offline({ delay: 10 });
    const client = connect('/ws', { WebSocket: Recorder, cache });
    const signal = client.signal('document');
    const { value, revision, stale, age } = signal;
    const first = { value, revision, stale, age };
    await signal.ready;
    Object.assign(window, { cache, client, frames, first, signal });
    return { first, frames, value: signal.value, revision: signal.revision };
})()'''

# The hub is away, and what a page shows is what it has kept.
AWAY = '''(async () => {
    const { connect } = await import('/server-signal.js');
    client.close();
    await cache.flush();
    const away = connect('ws://127.0.0.1:1/', { cache, state: null });
    const kept = away.signal('document');
    for await (const value of kept) {
        const { revision, stale, age } = kept;
        away.close();
        return { value, revision, stale, age, unknown: await cache.load('unknown') ?? null };
    }
})()'''

CLEARED = '''(async () => {
    await cache.clear();
    return await cache.load('document') ?? null;
})()'''

# The number of documents is bounded; the oldest go.
BOUNDED = '''(async () => {
    const { offline } = await import('/offline.js');
    const few = offline({ database: 'few', limit: 2, delay: 60000 });
    const keep = (name, age) => few.save({ name, epoch: 'e', revision: 1, value: name, age });
    keep('old', 2000);
    keep('new', 0);
    await few.flush();
    keep('newer', 0);
    await few.flush();
    const found = [];
    for (const name of ['old', 'new', 'newer'])
        found.push((await few.load(name))?.patch[0].value ?? null);
    return found;
})()'''


async def run(command):
    server = Server([command[0], '--port', '{port}', *command[1:], '--commits', '20', '--interval', '1'])
    async with Browser() as browser:
        try:
            address = await server.start()
            await browser.open(address + 'state')
            # The document has become what it stays.
            await browser.wait_for('the last commit', '''fetch('/state').then(page => page.text())
                .then(text => /"rev":2\\d[}].*<.script>/.test(text))''')
            await browser.open(address + 'state?again')
            held = await browser.evaluate('JSON.parse(document.getElementById("server-signal-state").textContent)')
            snapshot = next(frame for frame in held if frame['name'] == 'document')

            got = await browser.evaluate(CONNECT)
            first = got['first']
            assert first['value'] == snapshot['patch'][0]['value'], first
            assert first['revision'] == snapshot['rev'], first
            assert first['stale'] is True and first['age'] >= 0, first
            assert got['value'] == first['value'] and got['revision'] == first['revision'], got
            # It resumes, and nothing comes twice.
            asked = [frame for frame in got['frames'] if frame.get('subscribe') == 'document']
            assert [(frame['epoch'], frame['rev']) for frame in asked] == [(snapshot['epoch'], snapshot['rev'])], asked
            answers = [frame for frame in got['frames'] if frame.get('name') == 'document']
            assert [frame['patch'] for frame in answers] == [[]], answers
            print('served with its data, and resumed from there')

            kept = await browser.evaluate(AWAY)
            assert kept['value'] == first['value'] and kept['revision'] == first['revision'], kept
            assert kept['stale'] is True and 0 <= kept['age'] < 3600000, kept
            assert kept['unknown'] is None, kept
            assert await browser.evaluate(CLEARED) is None
            bounded = await browser.evaluate(BOUNDED)
            assert bounded == [None, 'new', 'newer'], bounded
            print('kept from an earlier visit')
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
