#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Stores from Python."""

import json
import os
import tempfile
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, Json, ServerSignal

Error = ServerSignal.SignalError


def wait_until(condition, seconds=20):
    late = []
    source = GLib.timeout_add_seconds(seconds, lambda: late.append(1) or GLib.SOURCE_CONTINUE)
    while not condition() and not late:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(source)
    assert condition(), 'waited in vain'


def finish(store, name, *args):
    """Calls NAME_async and gives the result of NAME_finish."""
    results = []
    getattr(store, f'{name}_async')(*args, None, lambda source, result: results.append(result))
    wait_until(lambda: results)
    return getattr(store, f'{name}_finish')(results[0])


def value(signal):
    return json.loads(signal.dup_json(None))


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.store = ServerSignal.SignalMemoryStore.new()
        self.other = self.store.share()

    def tearDown(self):
        finish(self.store, 'close')
        finish(self.other, 'close')

    def test_own_and_follow(self):
        signal = finish(self.store, 'own', 'count', Json.from_string('{"n":0}'))
        replica = self.other.get_signal('count')
        self.assertTrue(signal.props.writable)
        self.assertTrue(self.store.props.durable)
        signal.set_int('/n', 5)
        wait_until(lambda: replica.get_int('/n') == 5)
        self.assertEqual(replica.props.epoch, signal.props.epoch)
        with self.assertRaises(GLib.Error) as caught:
            finish(self.store, 'own', 'count', None)
        self.assertTrue(caught.exception.matches(Error.quark(), Error.EXISTS))
        self.store.release(signal)
        wait_until(lambda: not signal.props.writable)
        again = finish(self.other, 'own', 'count', None)
        self.assertEqual(value(again), {'n': 5})

    def test_update(self):
        def count_up(value):
            return (value or 0) + 2

        replica = self.store.get_signal('n')
        for store in self.store, self.other, self.store:
            self.assertTrue(finish(store, 'update', 'n', count_up, ()))
        wait_until(lambda: value(replica) == 6)
        patch = ServerSignal.SignalPatch.new_from_json(
            '[{"op":"test","path":"","value":6},{"op":"replace","path":"","value":7}]')
        self.assertTrue(finish(self.other, 'patch', 'n', patch))
        with self.assertRaises(GLib.Error):
            finish(self.other, 'patch', 'n', patch)
        wait_until(lambda: value(replica) == 7)

    def test_names(self):
        for name in 'b', 'a', 'c/d':
            finish(self.store, 'own', name, Json.from_string('[1]'))
        self.assertEqual(finish(self.other, 'list', None), ['a', 'b', 'c/d'])
        self.assertEqual(finish(self.other, 'list', 'c/'), ['c/d'])
        with tempfile.TemporaryDirectory() as folder:
            file = Gio.File.new_for_path(os.path.join(folder, 'copy'))
            self.assertEqual(finish(self.store, 'copy', None, file), 3)
            fresh = ServerSignal.SignalMemoryStore.new()
            self.assertEqual(finish(fresh, 'restore', file), 3)
            self.assertTrue(finish(fresh, 'expire', 'a', 1000))
            self.assertTrue(finish(fresh, 'remove', 'a'))
            self.assertEqual(finish(fresh, 'list', None), ['b', 'c/d'])
            finish(fresh, 'close')


class FilesTest(unittest.TestCase):
    def test_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            epochs = set()
            for number in range(3):
                store = ServerSignal.SignalFileStore.new(folder)
                store.set_sync_interval(1)
                self.assertEqual(store.props.folder, folder)
                signal = finish(store, 'own', 'count', Json.from_string('{"n":0}'))
                self.assertEqual(signal.get_int('/n'), number)
                self.assertEqual(signal.props.revision, number)
                epochs.add(signal.props.epoch)
                signal.set_int('/n', number + 1)
                finish(store, 'close')
                del store
            self.assertEqual(len(epochs), 1)

    def test_redis_address(self):
        with self.assertRaises(GLib.Error) as caught:
            ServerSignal.SignalRedis.new('http://localhost')
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT) or
                        caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_SUPPORTED))

    def test_native(self):
        """Values go in and come out, and everything can be awaited."""
        async def use():
            store = ServerSignal.MemoryStore()
            signal = await store.own_async('count', {'n': 0})
            signal['/n'] = 3
            self.assertEqual(signal.value, {'n': 3})
            await store.update_async('free', lambda value: [value])
            # With data, and a cancellable in its place.
            await store.update_async('data', lambda value, *data: [value, *data], (1, 2), Gio.Cancellable())
            data = store.get_signal('data')
            wait_until(lambda: data.value == [None, 1, 2])
            await store.remove_async('data')
            await store.patch_async('free', [{'op': 'add', 'path': '/0', 'value': {'a': 1}}])
            free = store.get_signal('free')
            wait_until(lambda: free.value == [{'a': 1}, None])
            self.assertEqual(sorted(await store.list_async()), ['count', 'free'])
            await store.close_async()

        ServerSignal.run(use())


if __name__ == '__main__':
    unittest.main()
