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


def request_queued(session, message):
    message.get_request_headers().replace('Authorization', f'Bearer {token}')


async def main():
    session = Soup.Session()
    session.connect('request-queued', request_queued)
    client = ServerSignal.Client(uri=uri, session=session)
    try:
        await client.open_async()
        print('open', flush=True)
        client.stop()
    except GLib.Error as error:
        print(error.message, flush=True)


ServerSignal.run(main())
