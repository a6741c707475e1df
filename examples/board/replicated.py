#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The to-do boards of server.py in one of several processes, which keep them on a Redis server.

Usage: replicated.py REDIS PORT, with a key for the sessions in BOARD_KEY that all processes share.
together.py starts two of them.
"""

import asyncio
import hmac
import os
import secrets
import signal
import sys

import gi
gi.require_versions({'ServerSignal': '1', 'Soup': '3.0'})
from gi.repository import Gio, GLib, ServerSignal, Soup

# The passwords, sesame and poppy, are here as the scheme Basic writes them.
USERS = {'Basic YW5uYTpzZXNhbWU=': 'anna', 'Basic YmVuOnBvcHB5': 'ben'}
COLUMNS = 'todo', 'doing', 'done'
FILES = {path: GLib.file_get_contents(sys.path[0] + path)[1] for path in ('/board.html', '/board.css', '/board.js')}

# A session is good in all processes, as each can work out its key.
sessions = {user: hmac.digest(os.environ['BOARD_KEY'].encode(), user.encode(), 'sha256').hex() for user in USERS.values()}


class Board:
    """A signal that no process owns: whoever is asked changes it in the store, and all follow."""

    def __init__(self, prefix, name):
        self.store, self.name = ServerSignal.Redis.new(f'{sys.argv[1]}?prefix={prefix}'), name
        self.signal = self.store.get_signal(name)

    async def update(self, change, *arguments):
        """change is given the newest document, again where another process was faster."""
        def make(document):
            document = document or {column: [] for column in COLUMNS}
            change(document, *arguments)
            return document
        await self.store.update_async(self.name, make)

    def has(self, card):
        return any(item['id'] == card for column in COLUMNS for item in self.signal[f'/{column}'])

    def count(self):
        return sum(len(self.signal[f'/{column}']) for column in COLUMNS)


def add(document, text):
    document['todo'].append({'id': secrets.token_hex(8), 'text': text})


def take(document, card):
    for column in COLUMNS:
        for at, item in enumerate(document[column]):
            if item['id'] == card:
                return document[column].pop(at)
    return None


def move(document, card, to):
    if item := take(document, card):
        document[to].append(item)


def user_of(headers):
    cookies, login = headers.get_list('Cookie') or '', headers.get_one('Authorization')
    return USERS.get(login) or next((user for user, key in sessions.items() if f'session={key}' in cookies), None)


def answer_request(hub, message, path):
    if user := path == '/login' and user_of(message.get_request_headers()):
        message.get_response_headers().append('Set-Cookie', f'session={sessions[user]}; HttpOnly; SameSite=Strict')
    elif path in FILES:
        message.set_response('text/' + path.split('.')[1].replace('js', 'javascript'), Soup.MemoryUse.COPY, FILES[path])
    return path in ('/login', *FILES) and (message.set_status(200 if user or path in FILES else 401) or True)


async def answer_call(call, shared, mine):
    boards = {'shared': shared, 'mine': mine}
    match call.get_method(), call.arguments:
        case 'add', {'board': 'mine' | 'shared' as to, 'text': str(text)} if 0 < len(text) <= 200 and boards[to].count() < 200:
            await boards[to].update(add, text)
        case 'move', {'card': str(card), 'to': 'todo' | 'doing' | 'done' as to} if mine.has(card) or shared.has(card):
            await (mine if mine.has(card) else shared).update(move, card, to)
        case 'remove', {'card': str(card)} if mine.has(card) or shared.has(card):
            await (mine if mine.has(card) else shared).update(take, card)
        case _:
            return call.fail('invalid-call', 'There is no such card or column, or no room', None)
    call.return_(None)


async def main():
    shared = Board('board', 'shared')
    # Each user has a prefix, and in it a signal that is called “mine”.
    boards = {user: Board(f'board-{user}', 'mine') for user in USERS.values()}
    await asyncio.gather(*(board.update(lambda document: None) for board in [shared, *boards.values()]))
    tasks = set()

    def later(coroutine):
        tasks.add(task := asyncio.ensure_future(coroutine))
        task.add_done_callback(tasks.discard)
        return True

    hub = ServerSignal.Hub(serve_path='/server-signal')
    hub.add(shared.signal)
    actions = Gio.SimpleActionGroup()
    actions.add_action_entries([('clear', lambda *_: later(shared.update(lambda document: document['done'].clear())))])
    shared.signal.connect('notify::value', lambda *_: actions.lookup_action('clear').set_enabled(bool(shared.signal['/done'])))
    hub.add_action_group('board', actions)
    hub.connect('authorize', lambda hub, message: user_of(message.get_request_headers()) is not None)
    hub.connect('handshake', lambda hub, handshake: handshake.accept(user_of(handshake.get_headers())) or True)
    hub.connect('peer-added', lambda hub, peer: peer.add(boards[peer.get_user()].signal))
    hub.connect('request', answer_request)
    hub.connect('call', lambda hub, call: later(answer_call(call, shared, boards[call.props.peer.get_user()])))
    hub.listen('127.0.0.1', int(sys.argv[2]))
    print(hub.dup_uri(), flush=True)

    ended = asyncio.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    # The clients are told, and go to another process.
    await hub.close_async(2000)
    await asyncio.gather(*(board.store.close_async() for board in [shared, *boards.values()]))


ServerSignal.run(main())
