# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""websockets, with its own broadcast(), broadcasting a count; it says how it fares as subject.c does."""

import asyncio
import contextlib
import json
import logging
import os
import resource
import sys
import time

try:
    from websockets.asyncio.server import broadcast, serve
except ImportError:
    from websockets import broadcast, serve

TICK = 0.005
logging.disable()
peers = set()
last_tick, worst = time.monotonic(), 0.0


# There may be no descriptor left to look with.
statm = os.open('/proc/self/statm', os.O_RDONLY)


def count_descriptors():
    n = 0
    for number in range(resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
        with contextlib.suppress(OSError):
            os.fstat(number)
            n += 1
    return n


def tick():
    global last_tick, worst
    now = time.monotonic()
    worst, last_tick = max(worst, now - last_tick - TICK), now


async def ticking():
    while True:
        await asyncio.sleep(TICK)
        tick()


async def broadcasting():
    value = 0
    while True:
        await asyncio.sleep(0.05)
        broadcast(peers, json.dumps({'value': value}))
        value += 1


async def handle(peer, path=None):
    peers.add(peer)
    try:
        async for _ in peer:
            pass
    finally:
        peers.discard(peer)


def answer(line, ended):
    global last_tick, worst
    if not line:
        ended.set()
    elif line.strip() == 'reset':
        last_tick, worst = time.monotonic(), 0.0
        print('reset', flush=True)
    else:
        tick()
        resident = int(os.pread(statm, 100, 0).split()[1]) * os.sysconf('SC_PAGESIZE') // 1024
        print(json.dumps({'worst_ms': worst * 1000, 'rss_kib': resident, 'heap_kib': resident, 'peers': len(peers),
                          'fds': count_descriptors()}), flush=True)


async def main():
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), lambda: answer(sys.stdin.readline(), ended))
    async with serve(handle, '127.0.0.1', 0) as server:
        print(f'ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws', flush=True)
        tasks = [asyncio.ensure_future(ticking()), asyncio.ensure_future(broadcasting())]
        await ended.wait()
        for task in tasks:
            task.cancel()
    os._exit(0)


asyncio.run(main())
