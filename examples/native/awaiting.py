#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A hub and a client in one coroutine."""

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal


async def main():
    hub = ServerSignal.Hub()
    counter = hub.create('counter', {'value': 0})
    hub.listen(None, 0)
    client = ServerSignal.Client.new(hub.dup_uri())
    await client.open_async()
    async for value in client.signal('counter', {'value': -1}):
        print(value['value'])
        if value['value'] == 3:
            break
        if value['value'] == 0:
            counter['/value'] = 3
    client.stop()
    await hub.close_async(1000)


ServerSignal.run(main())
