#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A counter's server that is not ours: python3-websockets, and protocol.md by hand.

    fake_server.py [--port PORT] [--mode v1|plain|axum|text] [--interval MS] [--root DIR …]

"plain" knows no subprotocol and begins with a snapshot; "axum" begins with changes to the default, as
servers of leptos_server_signal do, a count of its own for each socket; "text" sends what is no frame.
GET requests get the files of the roots. It prints one line with its port when it listens.
"""

import argparse
import asyncio
import json
import mimetypes
import pathlib
import signal
import uuid
from http import HTTPStatus

import websockets

PROTOCOL = 'server-signal.v1'
HISTORY = 1000

mimetypes.add_type('text/javascript', '.js')


class Counter:
    """The signal, with a history to resume from."""

    def __init__(self):
        self.value = 0
        self.revision = 0
        self.epoch = uuid.uuid4().hex
        self.subscribers = {}

    def patch(self):
        return [{'op': 'replace', 'path': '/value', 'value': self.value}]

    def snapshot(self):
        return [{'op': 'replace', 'path': '', 'value': {'value': self.value}}]

    def commit(self):
        self.value += 1
        self.revision += 1
        for queue, plain in self.subscribers.items():
            frame = {'name': 'counter', 'patch': self.patch()}
            if not plain:
                frame.update(base=self.revision - 1, rev=self.revision)
            queue.put_nowait(frame)

    def join(self, queue, plain, epoch=None, rev=None):
        """Subscribing and the first frame are one step."""
        self.subscribers[queue] = plain
        frame = {'name': 'counter'}
        if plain:
            frame.update(patch=self.snapshot())
        elif epoch == self.epoch and isinstance(rev, int) and 0 <= self.revision - rev <= HISTORY:
            frame.update(patch=self.patch() if rev < self.revision else [], base=rev, rev=self.revision)
        else:
            frame.update(patch=self.snapshot(), epoch=self.epoch, rev=self.revision)
        queue.put_nowait(frame)


async def receive(socket, counter, queue):
    async for text in socket:
        frame = json.loads(text)
        if socket.subprotocol != PROTOCOL:
            raise ValueError('a plain client sends nothing')
        if frame.get('subscribe') == 'counter':
            counter.join(queue, False, frame.get('epoch'), frame.get('rev'))
        elif 'subscribe' in frame:
            queue.put_nowait({'error': {'code': 'unknown-signal', 'name': frame['subscribe'],
                                        'message': 'There is no such signal'}})
        elif frame.get('unsubscribe') == 'counter':
            counter.subscribers.pop(queue, None)


async def count(counter, interval):
    while True:
        await asyncio.sleep(interval / 1000)
        counter.commit()


async def serve(socket, counter, options):
    queue = asyncio.Queue()
    tasks = [asyncio.create_task(receive(socket, counter, queue))]
    if options.mode == 'text':
        await socket.send('welcome')
    elif options.mode == 'axum':
        own = Counter()
        own.subscribers[queue] = True
        tasks.append(asyncio.create_task(count(own, options.interval)))
    elif socket.subprotocol == PROTOCOL:
        queue.put_nowait({'hello': {'protocol': PROTOCOL, 'signals': ['counter'], 'via': ['fake']}})
    else:
        counter.join(queue, True)

    try:
        while True:
            await socket.send(json.dumps(await queue.get()))
    except websockets.ConnectionClosed:
        pass
    finally:
        counter.subscribers.pop(queue, None)
        for task in tasks:
            task.cancel()


def page(options):
    async def process_request(path, headers):
        if headers.get('Upgrade', '').lower() == 'websocket':
            return None if path.split('?')[0] == '/ws' else (HTTPStatus.NOT_FOUND, [], b'')
        name = path.split('?')[0].lstrip('/') or 'counter.html'
        for root in options.root:
            file = pathlib.Path(root, name)
            if '..' not in name and file.is_file():
                kind = mimetypes.guess_type(file.name)[0] or 'application/octet-stream'
                return HTTPStatus.OK, [('Content-Type', kind)], file.read_bytes()
        return HTTPStatus.NOT_FOUND, [('Content-Type', 'text/plain')], b'Not found\n'
    return process_request


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--mode', choices=['v1', 'plain', 'axum', 'text'], default='v1')
    parser.add_argument('--interval', type=float, default=10)
    parser.add_argument('--root', action='append', default=[])
    options = parser.parse_args()

    counter = Counter()
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set_result, None)
    async with websockets.serve(
            lambda socket: serve(socket, counter, options), '127.0.0.1', options.port,
            subprotocols=[PROTOCOL] if options.mode == 'v1' else None,
            compression=None, process_request=page(options)) as server:
        print(f'http://127.0.0.1:{server.sockets[0].getsockname()[1]}/', flush=True)
        counting = asyncio.create_task(count(counter, options.interval))
        await stop
        counting.cancel()


if __name__ == '__main__':
    asyncio.run(main())
