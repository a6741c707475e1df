#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A to-do board that all users share, and one that each has alone. Usage: server.py [PORT]"""

import secrets
import signal
import sys

import gi
gi.require_versions({'ServerSignal': '1', 'Soup': '3.0'})
from gi.repository import Gio, GLib, ServerSignal, Soup

# The passwords, sesame and poppy, are here as the scheme Basic writes them.
USERS = {'Basic YW5uYTpzZXNhbWU=': 'anna', 'Basic YmVuOnBvcHB5': 'ben'}
FILES = {path: GLib.file_get_contents(sys.path[0] + path)[1] for path in ('/board.html', '/board.css', '/board.js')}

hub = ServerSignal.Hub(serve_path='/server-signal')
sessions = {user: secrets.token_hex() for user in USERS.values()}
boards = {user: ServerSignal.Signal('mine', {'todo': [], 'doing': [], 'done': []}) for user in USERS.values()}
shared = hub.create('shared', {'todo': [], 'doing': [], 'done': [{'id': 'start', 'text': 'Start the server'}]})
actions = Gio.SimpleActionGroup()
actions.add_action_entries([('clear', lambda *_: shared.set_value('/done', []))])
shared.connect('notify::value', lambda *_: actions.lookup_action('clear').set_enabled(bool(shared['/done'])))


def user_of(headers):
    cookies, login = headers.get_list('Cookie') or '', headers.get_one('Authorization')
    return USERS.get(login) or next((user for user, key in sessions.items() if f'session={key}' in cookies), None)


def answer_request(hub, message, path):
    if user := path == '/login' and user_of(message.get_request_headers()):
        message.get_response_headers().append('Set-Cookie', f'session={sessions[user]}; HttpOnly; SameSite=Strict')
    elif path in FILES:
        message.set_response('text/' + path.split('.')[1].replace('js', 'javascript'), Soup.MemoryUse.COPY, FILES[path])
    return path in ('/login', *FILES) and (message.set_status(200 if user or path in FILES else 401) or True)


def answer_call(hub, call):
    # Both boards in one: nobody finds the cards of another user here.
    mine = boards[call.props.peer.get_user()]
    cards = {card['id']: (b, f'/{to}/{at}') for b in (mine, shared) for to in b for at, card in enumerate(b[f'/{to}'])}
    match call.get_method(), call.arguments:
        case 'add', {'board': 'mine' | 'shared' as to, 'text': str(text)} if 0 < len(text) <= 200 and len(cards) < 200:
            (mine if to == 'mine' else shared).append('/todo', {'id': secrets.token_hex(8), 'text': text})
        case 'move', {'card': str(card), 'to': 'todo' | 'doing' | 'done' as to} if card in cards:
            cards[card][0].move(cards[card][1], f'/{to}/-')
        case 'remove', {'card': str(card)} if card in cards:
            cards[card][0].remove(cards[card][1])
        case _:
            return call.fail('invalid-call', 'There is no such card or column, or no room', None) or True
    return call.return_(None) or True


hub.add_action_group('board', actions)
# Strangers end here; the others are let in under their names.
hub.connect('authorize', lambda hub, message: user_of(message.get_request_headers()) is not None)
hub.connect('handshake', lambda hub, handshake: handshake.accept(user_of(handshake.get_headers())) or True)
hub.connect('peer-added', lambda hub, peer: peer.add(boards[peer.get_user()]))
hub.connect('request', answer_request)
hub.connect('call', answer_call)
hub.listen('127.0.0.1', int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
print('Open ' + hub.dup_uri().replace('ws:', 'http:').replace('/ws', '/board.html'), flush=True)

loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    # The clients are told, and come back when there is a server again.
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, hub.close_async, 2000, None, lambda *_: loop.quit())
loop.run()
