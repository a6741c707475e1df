#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The library in a program whose main loop is asyncio's."""

import asyncio

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal


async def main():
    async with ServerSignal.Bridge() as bridge:
        hub = await bridge.run(ServerSignal.Hub)
        counter = await bridge.run(hub.create, 'counter', 0)
        async for value in bridge.iterate(counter):
            print(value)
            if value == 2:
                break
            await bridge.run(counter.set_int, '', value + 1)
        await bridge.run(hub.close_async, 1000)


asyncio.run(main())
