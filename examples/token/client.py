#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Connects with a token, in a coroutine. Usage: client.py URI TOKEN"""

import sys

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import GLib, ServerSignal, Soup

uri, token = sys.argv[1:]


class Call:
    """An asynchronous function and its finish function, to be awaited."""

    def __init__(self, begin, finish):
        self.begin = begin
        self.finish = finish

    def __await__(self):
        result = yield self
        return self.finish(result)


def run(coroutine, result=None):
    try:
        call = coroutine.send(result)
    except StopIteration:
        return
    call.begin(None, lambda source, result: run(coroutine, result))


def request_queued(session, message):
    message.get_request_headers().replace('Authorization', f'Bearer {token}')


async def main():
    session = Soup.Session()
    session.connect('request-queued', request_queued)
    client = ServerSignal.SignalClient(uri=uri, session=session)
    try:
        await Call(client.open_async, client.open_finish)
        print('open', flush=True)
        client.stop()
    except GLib.Error as error:
        print(error.message, flush=True)
    loop.quit()


loop = GLib.MainLoop()
GLib.idle_add(run, main())
loop.run()
