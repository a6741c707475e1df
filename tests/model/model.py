#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The model test with clients in other languages: see test-model.c.

Usage: model.py SERVER NAME=COMMAND…   (words split at "|"; the command of "chromium" is the module's file)

The server (model-server.c) writes at random and does the worst to the connections of its clients; each client says
what it shows. At every quiet point each has to show what the server has, whatever it showed must have been the
server's, in order, and it lost a connection as often as something was done to one.

SS_TEST_SEED repeats the choices, SS_TEST_CASES makes it longer, in per cent, and so does SS_TEST_SECONDS. "shared" is several tabs of a
browser, which come and go and stand still (follow-shared.mjs).
"""

import asyncio
import base64
import importlib.util
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import sys
import time

NAMES = ['s0', 's1', 's2', 's3', 's4', 's5', 'own', 'nothing']
EACH = 2            # clients of a kind
FAULTS_EACH = 6     # in a round
ROUNDS = 3
DEADLINE = 60
HARD = [json.dumps(dict.fromkeys(names, 0)) for names in itertools.permutations(['"', '\\', '\n', '\t', '~', 'a'], 3)]


def canonical(text, exact):
    """The same text for equal documents. Numbers of a browser are all of one kind."""
    document = json.loads(text) if exact else json.loads(text, parse_int=float)
    return json.dumps(document, sort_keys=True)


class Client:
    exact = True
    counts = True  # its losses are those of its connections
    known = True   # the server knows it by its last connection

    def __init__(self, number, kind, command):
        self.number, self.kind, self.command = number, kind, command
        self.shown = []             # since the last quiet point
        self.values = {}            # name → (epoch, revision, text)
        self.stale = dict.fromkeys(NAMES, True)
        self.state = None
        self.losses = self.revisions = 0

    def take(self, line):
        what, *words = line.split(' ', 4)
        if what == 'value':
            name, epoch, revision, text = words
            before = self.values.get(name)
            self.values[name] = epoch, int(revision), text
            self.shown.append((name, epoch, int(revision), text))
            self.revisions += 1
            # The module says again what has become current again.
            again = not self.exact and before and before[1:] == (int(revision), text)
            assert not before or before[0] != epoch or before[1] < int(revision) or again, \
                f'{self.kind}: {name} shows {revision} after {before[1]} of {epoch}'
        elif what == 'stale':
            self.stale[words[0]] = words[1] == '1'
        elif what == 'state':
            self.state = words[0]
            self.losses += self.state == 'waiting'
            assert self.state != 'closed', f'{self.kind} gave up'

    async def start(self, uri):
        self.process = await asyncio.create_subprocess_exec(
            *self.command, uri, *NAMES, stdout=asyncio.subprocess.PIPE, limit=1 << 24)
        self.task = asyncio.create_task(self.read())

    async def read(self):
        while line := await self.process.stdout.readline():
            self.take(line.decode().rstrip('\n'))
        raise RuntimeError(f'{self.kind} has ended')

    async def stop(self):
        self.task.cancel()
        self.process.kill()
        await self.process.wait()


class ModuleClient(Client):
    exact = False


class EventsClient(ModuleClient):
    """The module to which no WebSocket gets through. It makes requests beside its stream, and attempts in vain."""

    counts = known = False


class Tab(ModuleClient):
    counts = False


class SharedClient(ModuleClient):
    """Tabs with one connection for all. Each shows values of its own."""

    counts = False

    def __init__(self, number, kind, command):
        super().__init__(number, kind, [*command, os.environ.get('SS_TEST_SEED') or str(random.randrange(1 << 31))])
        print(f'# the seed of {kind} is {self.command[-1]}')
        self.tabs = {}
        self.gone = []
        self.sockets = 0
        self.done = {}
        self.calm = asyncio.Event()
        self.calm.set()

    def take(self, line):
        what, _, rest = line.partition(' ')
        if what == 'join':
            self.tabs[rest] = Tab(self.number, f'tab {rest}', [])
        elif what == 'gone':
            self.gone.append(self.tabs.pop(rest))
        elif what == 'sockets':
            self.sockets = int(rest)
        elif what == 'did':
            self.done[rest] = self.done.get(rest, 0) + 1
        elif what == 'calm':
            self.calm.set()
        elif what in self.tabs:
            self.tabs[what].take(rest)

    async def start(self, uri):
        self.process = await asyncio.create_subprocess_exec(
            *self.command, uri, *NAMES, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24)
        self.task = asyncio.create_task(self.read())

    def begin(self):
        self.calm.clear()
        self.process.stdin.write(b'wild\n')

    async def rest(self):
        self.process.stdin.write(b'calm\n')
        calm = asyncio.ensure_future(self.calm.wait())
        await asyncio.wait([calm, self.task], timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            self.task.result()
        assert calm.done(), f'{self.kind} does not rest: {self.done}'


class PageClient(ModuleClient):
    """The module in a page of Chromium."""

    async def open(self):
        """Why not, if this browser cannot be tried. The V8 of Chromium 150 loses members whose names have escapes."""
        sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'web'))
        from browser import Browser
        self.browser = await Browser().__aenter__()
        return None if await self.browser.evaluate(
            f'{json.dumps(HARD)}.every(text => JSON.stringify(JSON.parse(text)).length === text.replaceAll(" ", "").length)') \
            else 'its JSON.parse() loses members'

    async def start(self, uri):
        sources = [pathlib.Path(self.command[0]), pathlib.Path(__file__).with_name('follow.mjs')]
        urls = [self.pack(path) for path in sources]
        await self.browser.evaluate(
            f'(async () => {{ const [{{ connect }}, {{ follow }}] = await Promise.all({json.dumps(urls)}.map(u => import(u)));'
            f'globalThis.lines = []; follow(connect, {json.dumps(uri)}, {json.dumps(NAMES)}, l => lines.push(l)); }})()')
        self.task = asyncio.create_task(self.read())

    def pack(self, path):
        """An address that has the file, and those that it may load."""
        text = re.sub(r"(import\(|^import .* from )'\./([\w-]+\.js)'",
                      lambda found: f"{found[1]}'{self.pack(path.with_name(found[2]))}'",
                      path.read_text(encoding='utf-8'), flags=re.MULTILINE)
        return 'data:text/javascript;base64,' + base64.b64encode(text.encode()).decode()

    async def read(self):
        while True:
            for line in await self.browser.evaluate('globalThis.lines?.splice(0) ?? []'):
                self.take(line)
            await asyncio.sleep(0.02)

    async def stop(self):
        if hasattr(self, 'task'):
            self.task.cancel()
        await self.browser.__aexit__()


class Server:
    def __init__(self):
        self.truth = {}             # (name, epoch, revision) → text
        self.broken = {}
        self.places = {}
        self.events = asyncio.Queue()
        self.now = {}
        self.done = None

    async def start(self, command):
        self.process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24)
        self.task = asyncio.create_task(self.read())

    async def read(self):
        while line := await self.process.stdout.readline():
            what, *words = line.decode().rstrip('\n').split(' ', 4)
            if what == 'truth':
                name, epoch, revision, text = words
                self.truth[name, epoch, int(revision)] = text
            elif what == 'broken':
                self.broken[int(words[0])] = self.broken.get(int(words[0]), 0) + 1
            elif what == 'proxy':
                self.places[int(words[0])] = words[1]
            elif what == 'now':
                self.now.setdefault(int(words[0]), {})[words[1]] = tuple(words[2:])
            elif what in ('quiet', 'asked'):
                self.events.put_nowait(what)
            elif what == 'done':
                self.done = ' '.join(words)
            elif what == '#':
                print(line.decode(), end='')
        self.events.put_nowait('ended')

    async def expect(self, event):
        got = await asyncio.wait_for(self.events.get(), DEADLINE)
        assert got == event, f'the server says {got}, not {event}'

    def tell(self, line):
        self.process.stdin.write(f'{line}\n'.encode())

    async def ask(self):
        self.now = {}
        self.tell('ask')
        await self.expect('asked')


def unsettled(server, client, others):
    """None: the client shows exactly what it should."""
    now = server.now[client.number]
    names = NAMES
    if isinstance(client, SharedClient):
        if client.sockets != 1:
            return f'it has {client.sockets} connections'
        for tab in client.tabs.values():
            if why := unsettled(server, tab, others):
                return f'{tab.kind}: {why}'
        return None
    if not client.known:
        # The server knows a client by its last connection, which may have been a question beside the stream. Another
        # one has the same, but for signals of its own.
        now = next((server.now[other.number] for other in others if other.counts and 'gone' not in server.now[other.number]),
                   {'gone': True})
        names = [name for name in NAMES if name not in ('own', 's1')]
    if client.state != 'open' or 'gone' in now:
        return f'it is {client.state}'
    for name in names:
        if name not in now:
            if not client.stale[name]:
                return f'it takes {name} for current, which is not there'
            continue
        epoch, revision = now[name]
        shown = client.values.get(name)
        if client.stale[name] or not shown or shown[:2] != (epoch, int(revision)):
            return f'{name} is not {revision} of {epoch} but {shown and shown[:2]}'
        if canonical(shown[2], client.exact) != canonical(server.truth[name, epoch, int(revision)], client.exact):
            return f'{name} is {shown[2]} and not {server.truth[name, epoch, int(revision)]}'
    return None


def check(server, client):
    if isinstance(client, SharedClient):
        for tab in [*client.gone, *client.tabs.values()]:
            client.revisions += len(tab.shown)
            check(server, tab)
        client.gone.clear()
        return
    for name, epoch, revision, text in client.shown:
        had = {server.truth.get((name, epoch, revision), 'null and void')}
        assert any(text == other or (other != 'null and void' and
                                     canonical(text, client.exact) == canonical(other, client.exact))
                   for other in had), f'{client.kind}: {name} showed at {revision} of {epoch} {text}; there was {had}'
    client.shown.clear()
    # If the first attempt fails before it is open, the module reports only the second one.
    broken = server.broken.get(client.number, 0)
    assert not client.counts or (client.losses == broken if client.exact else broken // 4 <= client.losses <= broken), \
        f'{client.kind} lost {client.losses} connections of which {broken} were broken'


async def settle(server, clients):
    end = time.monotonic() + DEADLINE
    while True:
        await server.ask()
        why = {client: unsettled(server, client, clients) for client in clients}
        if not any(why.values()):
            return
        for client in clients:
            if client.task.done():
                client.task.result()
        assert time.monotonic() < end, '; '.join(f'{client.kind} {client.number}: {text}'
                                                 for client, text in why.items() if text)
        await asyncio.sleep(0.05)


async def main():
    rounds = max(1, int(ROUNDS * float(os.environ.get('SS_TEST_CASES', 100)) / 100))
    until = time.monotonic() + float(os.environ.get('SS_TEST_SECONDS', 0))
    clients = []
    skipped = []
    for word in sys.argv[2:]:
        kind, command = word.split('=', 1)
        command = command.split('|')
        if kind == 'chromium':
            if not (shutil.which('chromium') or shutil.which('chromium-browser')):
                skipped.append('chromium # SKIP no chromium')
                continue
            if not importlib.util.find_spec('websockets'):
                skipped.append('chromium # SKIP no python3-websockets')
                continue
            page = PageClient(len(clients), kind, command)
            why = await page.open()
            if why:
                await page.browser.__aexit__()
                skipped.append(f'chromium # SKIP {why}')
            else:
                clients.append(page)
            continue
        if kind in ('node', 'shared') and not (pathlib.Path(command[2]) / 'node_modules' / 'ws').is_dir():
            skipped.append(f'{kind} # SKIP ws is not installed')
            continue
        for _ in range(1 if kind == 'shared' else EACH):
            clients.append({'node': ModuleClient, 'events': EventsClient, 'shared': SharedClient}.get(kind, Client)(len(clients), kind, command))

    shared = [client for client in clients if isinstance(client, SharedClient)]
    server = Server()
    await server.start([sys.argv[1], str(len(clients)), str(FAULTS_EACH * len(clients)), *(['leave'] if shared else [])])
    await server.expect('quiet')
    try:
        for client in clients:
            await client.start(f'ws://{server.places[client.number]}/ws')
        number = 0
        while True:
            number += 1
            for client in shared:
                await client.rest()
            await settle(server, clients)
            for client in clients:
                check(server, client)
            # Nobody shows again what is older than this. A signal that the hub does not have now may come back as it
            # is.
            newest = {}
            for name, epoch, revision in server.truth:
                newest[name, epoch] = max(revision, newest.get((name, epoch), 0))
            server.truth = {key: text for key, text in server.truth.items()
                            if newest[key[:2]] == key[2]}
            if number > rounds and time.monotonic() > until:
                break
            for client in shared:
                client.begin()
            server.tell('go')
            await server.expect('quiet')
        server.process.stdin.close()
        await server.expect('ended')
        print(f'# {server.done}')
        print(f'1..{len(clients) + len(skipped)}')
        for client in clients:
            told = f'{client.losses} losses'
            if client in shared:
                told = ', '.join(f'{what} {times}' for what, times in client.done.items())
            print(f'ok {client.number + 1} - {client.kind}: {client.revisions} revisions shown, {told}')
            assert client in shared or client.losses > 0
        for number, name in enumerate(skipped, len(clients) + 1):
            print(f'ok {number} - {name}')
    finally:
        for client in clients:
            if hasattr(client, 'task') or hasattr(client, 'browser'):
                await client.stop()
        if server.process.returncode is None:
            server.process.kill()
            await server.process.wait()


if __name__ == '__main__':
    asyncio.run(main())
