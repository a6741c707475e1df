#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The library awaited: in asyncio on GLib's main loop, without asyncio, and from asyncio in another thread."""

import asyncio
import gc
import os
import signal as signals
import sys
import threading
import time
import unittest
import weakref

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, ServerSignal


def published(value):
    hub = ServerSignal.Hub()
    signal = hub.create('counter', value)
    hub.listen(None, 0)
    return hub, signal


async def limited(coroutine):
    return await asyncio.wait_for(coroutine, 30)


def wait_until(condition, seconds=30):
    expired = []
    timeout = GLib.timeout_add_seconds(seconds, lambda: expired.append(True) or True)
    while not condition() and not expired:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(timeout)
    if expired:
        raise AssertionError('waited too long')


async def follow_and_close(hub, signal):
    """The same coroutine is run in each way."""
    client = ServerSignal.Client.new(hub.dup_uri())
    replica = client.signal('counter', {'value': -1})
    assert await client.open_async()
    seen = []
    async for value in replica:
        seen.append(value['value'])
        if seen[-1] == 3:
            break
        signal['/value'] = seen[-1] + 1
    patches = replica.patches()
    signal['/value'] = 10
    signal['/more'] = [1.5]
    operations = []
    async for patch in patches:
        operations += patch
        if len(operations) == 2:
            break
    assert await hub.close_async(1000)
    client.stop()
    return seen, operations


class RunTest(unittest.TestCase):
    def check(self, result):
        seen, operations = result
        self.assertEqual((seen[0], seen[-1]), (-1, 3))
        self.assertEqual(operations, [{'op': 'replace', 'path': '/value', 'value': 10},
                                      {'op': 'add', 'path': '/more', 'value': [1.5]}])

    def test_run(self):
        self.check(ServerSignal.run(limited(follow_and_close(*published({'value': 0})))))

    def test_asyncio_as_a_whole(self):
        """Timers, descriptors, threads and signals of asyncio work beside GLib's sources."""
        async def echo(reader, writer):
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()

        async def main():
            ticks = []
            source = GLib.timeout_add(1, lambda: ticks.append(1) or True)
            server = await asyncio.start_server(echo, '127.0.0.1', 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b'hello\n')
            line = await reader.readline()
            writer.close()
            server.close()
            started = time.monotonic()
            await asyncio.sleep(0.05)
            slept = time.monotonic() - started
            from_thread = await asyncio.to_thread(threading.get_ident)
            came = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signals.SIGUSR1, came.set)
            os.kill(os.getpid(), signals.SIGUSR1)
            await came.wait()
            # A callback of GLib's that gives asyncio something to do, while asyncio waits for nothing else.
            future = asyncio.get_running_loop().create_future()
            GLib.idle_add(lambda: future.set_result('from GLib') and False)
            got = await future
            while not ticks:
                await asyncio.sleep(0)
            GLib.source_remove(source)
            return line, slept >= 0.05, from_thread != threading.get_ident(), got

        self.assertEqual(ServerSignal.run(limited(main())), (b'hello\n', True, True, 'from GLib'))

    def test_end_of_run(self):
        ended = []

        async def other():
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        async def main():
            asyncio.create_task(other())
            await asyncio.sleep(0)
            with self.assertRaises(RuntimeError):
                ServerSignal.run(unused)
            raise ZeroDivisionError

        unused = main()
        with self.assertRaises(ZeroDivisionError):
            ServerSignal.run(main())
        unused.close()
        self.assertEqual(ended, [True])
        # And again, in the same thread.
        self.assertEqual(ServerSignal.run(asyncio.sleep(0, 5)), 5)

    def test_interrupt(self):
        ended = []

        async def main():
            try:
                GLib.timeout_add(1, lambda: os.kill(os.getpid(), signals.SIGINT))
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        with self.assertRaises(KeyboardInterrupt):
            ServerSignal.run(main())
        self.assertEqual(ended, [True])

    def test_error(self):
        async def main():
            with self.assertRaises(GLib.Error) as caught:
                await ServerSignal.Client.new('http://[').open_async()
            self.assertIn('http://[', caught.exception.message)

        ServerSignal.run(limited(main()))

    def test_cancel(self):
        async def main():
            # A port that nobody listens on: the client would wait for the next attempt.
            hub, _ = published(1)
            uri = hub.dup_uri()
            hub.close()
            client = ServerSignal.Client.new(uri)
            operation = client.open_async()
            self.assertFalse(operation.done())
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(operation, 0.05)
            with self.assertRaises(GLib.Error) as caught:
                await operation
            self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
            # Its own cancellable, by name and by place.
            for give in (lambda c: client.open_async(cancellable=c), lambda c: client.open_async(c)):
                cancellable = Gio.Cancellable()
                operation = give(cancellable)
                cancellable.cancel()
                with self.assertRaises(GLib.Error):
                    await operation
            client.stop()

        ServerSignal.run(limited(main()))

    def test_callback_as_before(self):
        hub, _ = published(1)
        client = ServerSignal.Client.new(hub.dup_uri())
        results = []
        self.assertIsNone(client.open_async(None, lambda client, result: results.append(client.open_finish(result))))
        wait_until(lambda: results)
        self.assertIsNone(hub.close_async(timeout_ms=100, callback=lambda hub, result: results.append(hub.close_finish(result))))
        wait_until(lambda: len(results) == 2)
        self.assertEqual(results, [True, True])
        client.stop()

    def test_spawn(self):
        task = ServerSignal.spawn(follow_and_close(*published({'value': 0})))
        wait_until(task.done)
        self.check(task.result())

    def test_spawn_error(self):
        async def fail():
            await ServerSignal.Client.new('http://[').open_async()

        task = ServerSignal.spawn(fail())
        wait_until(task.done)
        with self.assertRaises(GLib.Error):
            task.result()

        async def asks_asyncio():
            await asyncio.sleep(0.01)

        with self.assertRaises((RuntimeError, TypeError)):
            ServerSignal.spawn(asks_asyncio()).result()

        # An error that nobody asks for is told all the same.
        told = []
        hook, sys.excepthook = sys.excepthook, lambda *error: told.append(error[0])
        try:
            task = ServerSignal.spawn(fail())
            wait_until(task.done)
            del task
            gc.collect()
        finally:
            sys.excepthook = hook
        self.assertEqual(told, [GLib.Error])

    def test_iterations_end(self):
        signal = ServerSignal.Signal('n', 0)
        values = aiter(signal)
        there = weakref.ref(values)
        del values
        gc.collect()
        self.assertIsNone(there(), 'a handler does not keep it')

        async def main():
            values = aiter(signal)
            self.assertEqual(await anext(values), 0)
            waiting = asyncio.ensure_future(anext(values))
            await asyncio.sleep(0)
            values.close()
            with self.assertRaises(StopAsyncIteration):
                await waiting

        ServerSignal.run(limited(main()))

    def test_patches_that_nobody_takes(self):
        signal = ServerSignal.Signal('n', 0)
        patches = signal.patches()
        for number in range(1, 10_003):
            signal.set_int('', number)

        async def main():
            taken = 0
            with self.assertRaises(GLib.Error) as caught:
                async for patch in patches:
                    taken += len(patch)
            self.assertTrue(caught.exception.matches(ServerSignal.Error.quark(), ServerSignal.Error.LIMIT))
            return taken

        self.assertEqual(ServerSignal.run(limited(main())), 10_000)

    def test_view(self):
        signal = ServerSignal.Signal('n', {'a': 1, 'b': 2})
        view = ServerSignal.View.new(signal, '/b')

        async def main():
            seen = []
            async for value in view:
                seen.append(value)
                if value == 3:
                    return seen
                signal['/a'] = 9
                signal['/b'] = 3

        self.assertEqual(ServerSignal.run(limited(main())), [2, 3])


class BridgeTest(unittest.TestCase):
    """asyncio.run() is in this thread and knows nothing of GLib."""

    def test_thread_of_its_own(self):
        async def main():
            async with ServerSignal.Bridge() as bridge:
                hub, signal = await bridge.run(published, {'value': 0})
                self.assertEqual(await bridge.run(lambda: signal['/value']), 0)
                result = await bridge.run(follow_and_close, hub, signal)
                with self.assertRaises(ZeroDivisionError):
                    await bridge.run(lambda: 1 / 0)
                return result

        RunTest.check(self, asyncio.run(limited(main())))

    def test_iterate(self):
        async def main():
            async with ServerSignal.Bridge() as bridge:
                signal = await bridge.run(ServerSignal.Signal, 'n', 0)
                seen = []
                async for value in bridge.iterate(signal):
                    seen.append(value)
                    if value == 3:
                        break
                    await bridge.run(signal.set_int, '', value + 1)
                return seen

        self.assertEqual(asyncio.run(limited(main())), [0, 1, 2, 3])

    def test_cancel(self):
        async def main():
            async with ServerSignal.Bridge() as bridge:
                hub, _ = await bridge.run(published, 1)
                uri = await bridge.run(hub.dup_uri)
                await bridge.run(hub.close)
                client = await bridge.run(ServerSignal.Client.new, uri)
                ended = []

                async def open_client():
                    try:
                        await client.open_async()
                    except GLib.Error as error:
                        ended.append(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(bridge.run(open_client), 0.05)
                while not await bridge.run(lambda: list(ended)):
                    await asyncio.sleep(0.001)
                await bridge.run(client.stop)
                return ended

        self.assertEqual(asyncio.run(limited(main())), [True])

    def test_main_loop_of_the_program(self):
        """GLib's main loop is in this thread, as in a program with windows, and asyncio in another."""
        signal = ServerSignal.Signal('n', 0)
        bridge = ServerSignal.Bridge(GLib.MainContext.default())
        results = []

        async def main():
            await bridge.run(signal.set_int, '', 7)
            return await bridge.run(lambda: (signal.value, threading.get_ident()))

        def run():
            results.append(asyncio.run(limited(main())))
            GLib.MainContext.default().wakeup()

        thread = threading.Thread(target=run)
        thread.start()
        wait_until(lambda: results)
        thread.join()
        bridge.close()
        self.assertEqual(results, [(7, threading.get_ident())])


if __name__ == '__main__':
    unittest.main()
