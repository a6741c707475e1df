# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""websockets: its own broadcast(), which frames a message once for all clients."""

import asyncio
import json

from websockets.asyncio.server import broadcast, serve

FILLING = 'x' * 10000
clients = set()
active = None
value = single = 100000


def update(name, path, content):
    return json.dumps({'name': name, 'patch': [{'op': 'replace', 'path': path, 'value': content}]},
                      separators=(',', ':'))


async def handle(client):
    global active
    clients.add(client)
    active = active or client
    try:
        await client.wait_closed()
    finally:
        clients.discard(client)


async def control(reader, writer):
    global value, single
    while taken := await reader.read(64):
        for byte in taken.decode():
            if byte == 'b':
                value += 1
                broadcast(clients, update('counter', '/value', value))
            elif byte == 'l':
                value += 1
                broadcast(clients, update('page', '/text', f'{value}{FILLING}'))
            elif active:
                single += 1
                broadcast([active], update('single', '/value', single))


async def main():
    commands = await asyncio.start_server(control, '127.0.0.1', 0)
    async with serve(handle, '127.0.0.1', 0, compression=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], commands.sockets[0].getsockname()[1], flush=True)
        await server.wait_closed()


asyncio.run(main())
