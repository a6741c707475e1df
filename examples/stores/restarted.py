#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A server that can be restarted: its signal is in the files of a folder.

Usage: restarted.py FOLDER PORT, such as restarted.py /var/lib/board 3000
"""

import asyncio
import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal


async def main(folder, port):
    # Another process that has the folder is waited for.
    store = ServerSignal.FileStore.new(folder)
    board = await store.own_async('board', {'starts': 0})

    ended = asyncio.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        asyncio.get_running_loop().add_signal_handler(number, ended.set)

    hub = ServerSignal.Hub()
    hub.add(board)
    board['/starts'] += 1
    hub.listen(None, port)
    print(hub.dup_uri(), flush=True)
    await ended.wait()

    try:
        # The clients are told, and come back when there is a server again.
        await hub.close_async(2000)
    except GLib.Error as error:
        print(error.message, file=sys.stderr)
    # With this the last commits are on the disk, and another process may have the folder.
    await store.close_async()


ServerSignal.run(main(sys.argv[1], int(sys.argv[2])))
