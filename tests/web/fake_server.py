#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A server that is not ours: python3-websockets, and protocol.md by hand.

    fake_server.py [--port PORT] [--mode v1|plain|axum|text|heavy] [--interval MS] [--root DIR …]

It owns "counter" and "rooms". "plain" knows no subprotocol and begins with snapshots; "axum" begins with
changes to the default, as servers of leptos_server_signal do, a count of its own for each socket; "text"
sends what is no frame; "heavy" is v1 and owns "heavy" alone, of which everything is large. GET requests get the files of the roots. It prints its address when it listens.
"""

import argparse
import asyncio
import json
import mimetypes
import pathlib
import random
import signal
import uuid
from http import HTTPStatus

import websockets

PROTOCOL = 'server-signal.v1'
HISTORY = 1000

mimetypes.add_type('text/javascript', '.js')


class Signal:
    """A document with a history to resume from."""

    def __init__(self, name, document):
        self.name = name
        self.document = document
        self.epoch = uuid.uuid4().hex
        self.history = []
        self.first = 0  # the revision before the oldest patch of the history
        self.subscribers = {}

    @property
    def revision(self):
        return self.first + len(self.history)

    def commit(self, patch):
        self.history.append(patch)
        if len(self.history) > HISTORY:
            self.history.pop(0)
            self.first += 1
        for queue, plain in self.subscribers.items():
            frame = {'name': self.name, 'patch': patch}
            if not plain:
                frame.update(base=self.revision - 1, rev=self.revision)
            queue.put_nowait(frame)

    def join(self, queue, plain, epoch=None, rev=None):
        """Subscribing and the first frame are one step."""
        self.subscribers[queue] = plain
        frame = {'name': self.name}
        if not plain and epoch == self.epoch and isinstance(rev, int) and self.first <= rev <= self.revision:
            missed = self.history[rev - self.first:]
            frame.update(patch=sum(missed, []), base=rev, rev=self.revision)
        else:
            # A copy: the document will have changed when the frame is written.
            value = json.loads(json.dumps(self.document))
            frame.update(patch=[{'op': 'replace', 'path': '', 'value': value}])
            if not plain:
                frame.update(epoch=self.epoch, rev=self.revision)
        queue.put_nowait(frame)


class Counter(Signal):
    def __init__(self):
        super().__init__('counter', {'value': 0})

    def step(self):
        self.document['value'] += 1
        self.commit([{'op': 'replace', 'path': '/value', 'value': self.document['value']}])


class Rooms(Signal):
    def __init__(self):
        names = ['Library', 'Kitchen', 'Server room', 'Greenhouse', 'Cellar']
        super().__init__('rooms', {
            'house': 'Elm Street 7',
            'rooms': [{'name': name, 'temperature': 20.0, 'window': False, 'alarm': None} for name in names],
        })

    def step(self):
        index = random.randrange(len(self.document['rooms']))
        room = self.document['rooms'][index]
        if random.random() < 0.7:
            member, value = 'temperature', round(room['temperature'] + random.uniform(-0.5, 0.5), 1)
        else:
            member, value = 'window', not room['window']
        room[member] = value
        self.commit([{'op': 'replace', 'path': f'/rooms/{index}/{member}', 'value': value}])


class System(Signal):
    """The document that the page of the system monitor shows."""

    def __init__(self):
        names = ['init', 'a-process-with-a-name-that-is-longer-than-a-telephone-is-wide', 'shell']
        super().__init__('system', {
            'processor': 12.5, 'memory-used': 3 * 2 ** 30, 'memory-total': 2 ** 33, 'load': 0.5,
            'cores': [{'processor': 25 * core} for core in range(4)],
            'processes': [{'pid': 1000 + index, 'name': name, 'processor': float(index), 'memory': 2 ** (28 - index),
                           'threads': index + 1} for index, name in enumerate(names)],
        })

    def step(self):
        self.commit([{'op': 'replace', 'path': '/load', 'value': round(random.random(), 2)}])


class Heavy(Signal):
    """Long texts and lists, long patches, and copies of copies. It never says what it is after them."""

    def __init__(self):
        super().__init__('heavy', {'text': 'x' * 20_000_000, 'list': [0] * 2_000_000, 'a': [0], 'b': []})
        self.patches = [
            [{'op': 'copy', 'from': '/a', 'path': '/a/-'}] * 18,
            [{'op': 'add', 'path': '/b/0', 'value': number} for number in range(20_000)],
            [{'op': 'replace', 'path': '/text', 'value': ['y' * 20_000_000, [[0] * 1000] * 1000]}],
        ]

    def step(self):
        if self.subscribers and self.patches:
            self.commit(self.patches.pop(0))


async def every(interval, step):
    while True:
        await asyncio.sleep(interval / 1000)
        step()


async def receive(socket, signals, queue):
    async for text in socket:
        frame = json.loads(text)
        if socket.subprotocol != PROTOCOL:
            raise ValueError('a plain client sends nothing')
        if found := signals.get(frame.get('subscribe')):
            found.join(queue, False, frame.get('epoch'), frame.get('rev'))
        elif 'subscribe' in frame:
            queue.put_nowait({'error': {'code': 'unknown-signal', 'name': frame['subscribe'],
                                        'message': 'There is no such signal'}})
        elif found := signals.get(frame.get('unsubscribe')):
            found.subscribers.pop(queue, None)


async def serve(socket, signals, options):
    queue = asyncio.Queue()
    tasks = [asyncio.create_task(receive(socket, signals, queue))]
    if options.mode == 'text':
        await socket.send('welcome')
    elif options.mode == 'axum':
        own = Counter()
        own.subscribers[queue] = True
        tasks.append(asyncio.create_task(every(options.interval, own.step)))
    elif socket.subprotocol == PROTOCOL:
        queue.put_nowait({'hello': {'protocol': PROTOCOL, 'signals': [*signals], 'via': ['fake']}})
    else:
        for each in signals.values():
            each.join(queue, True)

    try:
        while True:
            await socket.send(json.dumps(await queue.get()))
    except websockets.ConnectionClosed:
        pass
    finally:
        for each in signals.values():
            each.subscribers.pop(queue, None)
        for task in tasks:
            task.cancel()


def page(options):
    async def process_request(path, headers):
        path = path.split('?')[0]
        if headers.get('Upgrade', '').lower() == 'websocket':
            return None if path == '/ws' else (HTTPStatus.NOT_FOUND, [], b'')
        # The module is where a hub serves it.
        name = path.lstrip('/').removeprefix('server-signal/') or 'counter.html'
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
    parser.add_argument('--mode', choices=['v1', 'plain', 'axum', 'text', 'heavy', 'system'], default='v1')
    parser.add_argument('--interval', type=float, default=10)
    parser.add_argument('--root', action='append', default=[])
    options = parser.parse_args()

    kinds = {'heavy': [Heavy], 'system': [Counter, System]}.get(options.mode, [Counter, Rooms])
    owned = [kind() for kind in kinds]
    signals = {each.name: each for each in owned}
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set_result, None)
    async with websockets.serve(
            lambda socket: serve(socket, signals, options), '127.0.0.1', options.port,
            subprotocols=[PROTOCOL] if options.mode in ('v1', 'heavy', 'system') else None,
            compression=None, process_request=page(options)) as server:
        print(f'http://127.0.0.1:{server.sockets[0].getsockname()[1]}/', flush=True)
        tasks = [asyncio.create_task(every(options.interval * (1 if each.name == 'counter' else 20), each.step))
                 for each in owned]
        await stop
        for task in tasks:
            task.cancel()


if __name__ == '__main__':
    asyncio.run(main())
