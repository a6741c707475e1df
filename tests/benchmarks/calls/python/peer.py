# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""JSON-RPC 2.0 over Python's websockets."""

import asyncio
import json

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

METHODS = {'add': lambda params: params[0] + 1}


def answer(text):
    request = json.loads(text)
    method = METHODS.get(request['method'])
    if method is None:
        end = {'error': {'code': -32601, 'message': 'Method not found'}}
    else:
        end = {'result': method(request['params'])}
    return json.dumps({'jsonrpc': '2.0', **end, 'id': request['id']}, separators=(',', ':'))


async def handle(client):
    try:
        async for message in client:
            await client.send(answer(message))
    except ConnectionClosed:
        pass  # the load ends without a close frame


async def main():
    async with serve(handle, '127.0.0.1', 0, compression=None, ping_interval=None, backlog=1024) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.wait_closed()


asyncio.run(main())
