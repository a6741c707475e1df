#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The asynchronous functions awaited in asyncio, which PyGObject can from 3.50 on.

Usage: await.py [PYTHON]; where this Python has an older one, PYTHON runs it if it is there."""

import asyncio
import os
import subprocess
import sys
import unittest

import gi

if gi.version_info < (3, 50):
    other = sys.argv[1:2]
    if other and os.access(other[0], os.X_OK) and subprocess.run([*other, '-c', 'import gi'], check=False).returncode == 0:
        os.execv(other[0], [*other, __file__])
    print(f'SKIP: PyGObject {gi.__version__} cannot await; tests/run bindings has a newer one built')
    sys.exit(77)

gi.require_version('ServerSignal', '1')
from gi.events import GLibEventLoopPolicy
from gi.repository import Gio, GLib, ServerSignal


class AwaitTest(unittest.TestCase):
    def setUp(self):
        self.hub = ServerSignal.SignalHub()
        self.counter = ServerSignal.Signal.new_from_json('counter', '{"value":3}')
        self.hub.add(self.counter)
        self.hub.listen(None, 0)

    def run_in_loop(self, coroutine):
        policy = GLibEventLoopPolicy()
        asyncio.set_event_loop_policy(policy)
        try:
            return policy.get_event_loop().run_until_complete(asyncio.wait_for(coroutine, 20))
        finally:
            asyncio.set_event_loop_policy(None)

    def test_open_and_close(self):
        async def main():
            client = ServerSignal.SignalClient.new(self.hub.dup_uri())
            replica = client.get_signal('counter')
            self.assertTrue(await client.open_async())
            self.assertEqual(client.get_state(), ServerSignal.SignalClientState.OPEN)
            while replica.get_stale():
                await asyncio.sleep(0.001)
            self.assertEqual(replica.get_int('/value'), 3)
            # Queued messages go out first.
            self.counter.set_int('/value', 4)
            self.assertTrue(await self.hub.close_async(1000))
            self.assertEqual(replica.get_int('/value'), 4)
            client.stop()

        self.run_in_loop(main())

    def test_fetch(self):
        async def main():
            client = ServerSignal.SignalClient.new(self.hub.dup_uri())
            self.assertEqual((await client.fetch_async('counter')).get_int('/value'), 3)
            with self.assertRaises(GLib.Error) as caught:
                await client.fetch_async('nothing')
            self.assertTrue(caught.exception.matches(ServerSignal.SignalError.quark(),
                                                     ServerSignal.SignalError.NOT_CURRENT))
            client.stop()

        self.run_in_loop(main())

    def test_error(self):
        async def main():
            client = ServerSignal.SignalClient.new('http://[')
            with self.assertRaises(GLib.Error) as caught:
                await client.open_async()
            self.assertIn('http://[', caught.exception.message)

        self.run_in_loop(main())

    def test_timeout(self):
        async def main():
            uri = self.hub.dup_uri()
            self.hub.close()
            client = ServerSignal.SignalClient.new(uri)
            # asyncio cancels it, and PyGObject hands on how it ended.
            with self.assertRaises((TimeoutError, GLib.Error)) as caught:
                await asyncio.wait_for(client.open_async(), 0.1)
            if isinstance(caught.exception, GLib.Error):
                self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
            # The client goes on; nobody waits for it any more.
            self.assertIn(client.get_state(), (ServerSignal.SignalClientState.CONNECTING,
                                               ServerSignal.SignalClientState.WAITING))
            client.stop()

        self.run_in_loop(main())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
