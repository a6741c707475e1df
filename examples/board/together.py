#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The to-do boards on two processes and a Redis server. Kill one of them: no page notices.

Usage: together.py [PORT]

This program stands for those that an installation has: it starts the Redis server and the processes, again
when one ends, as systemd does, and gives each connection to a process that is there, as HAProxy does.
"""

import asyncio
import contextlib
import os
import pathlib
import secrets
import signal
import sys
import tempfile

PROCESSES = 2
# Redis may still read its log, and a process that cannot start is not started all the time.
PAUSE = 0.5

places = {}  # of the processes that are there: number → port


async def keep_running(number, redis):
    """One process, and another in its place when it ends."""
    script = pathlib.Path(__file__).with_name('replicated.py')
    while True:
        process = await asyncio.create_subprocess_exec(sys.executable, script, redis, '0', stdout=asyncio.subprocess.PIPE)
        try:
            if line := await process.stdout.readline():
                places[number] = int(line.decode().split(':')[2].split('/')[0])
                print(f'Process {number} is {process.pid}', flush=True)
            await process.wait()
        finally:
            places.pop(number, None)
            if process.returncode is None:
                process.terminate()
                await process.wait()
        await asyncio.sleep(PAUSE)


async def dial():
    """A connection to a process that takes it, or None."""
    for number in sorted(places, key=lambda _: secrets.randbits(32)):
        with contextlib.suppress(OSError, KeyError):
            return await asyncio.open_connection('127.0.0.1', places[number])
    return None


async def pass_on(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def take_connection(reader, writer):
    other = await dial()
    if other is None:
        writer.close()
        return
    await asyncio.gather(pass_on(reader, other[1]), pass_on(other[0], writer))


async def main(port):
    with tempfile.TemporaryDirectory(prefix='board-') as folder:
        socket = f'{folder}/redis'
        redis = await asyncio.create_subprocess_exec(
            'redis-server', '--port', '0', '--unixsocket', socket, '--dir', folder, '--appendonly', 'yes', '--save', '',
            stdout=asyncio.subprocess.DEVNULL)
        # A key that nobody else knows, and that all processes have.
        os.environ['BOARD_KEY'] = secrets.token_hex()
        keepers = [asyncio.create_task(keep_running(number, f'unix:{socket}')) for number in range(1, PROCESSES + 1)]
        ended = asyncio.Event()
        for number in signal.SIGINT, signal.SIGTERM:
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        server = await asyncio.start_server(take_connection, '127.0.0.1', port)
        while len(places) < PROCESSES and not ended.is_set():
            await asyncio.sleep(0.05)
        print(f'Open http://127.0.0.1:{server.sockets[0].getsockname()[1]}/board.html', flush=True)
        await ended.wait()
        server.close()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        redis.terminate()
        await redis.wait()


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000))
