#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""All objects that Python makes and drops are finalized, with and without toggle references.

Usage: leaks.py    SS_TEST_OBJECTS objects of each kind, 1,000 by default"""

import gc
import json
import os
import sys
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, GObject, Json, ServerSignal

NUMBER = int(os.environ.get('SS_TEST_OBJECTS', '1000'))
#: 4 kB of text each, so that one that leaks shows in the memory of the process.
ROWS = [{'id': index, 'name': f'row {index}', 'more': [None, True, 1.5]} for index in range(64)]
TEXT = json.dumps(ROWS)


def resident():
    with open('/proc/self/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


class LeakTest(unittest.TestCase):
    def check(self, make):
        """make gives the objects that it has made; none of them is there any more once they are dropped."""
        alive = 0

        def gone():
            nonlocal alive
            alive -= 1

        def repeat(times):
            nonlocal alive
            made = 0
            for index in range(times):
                for thing in make(index):
                    alive += 1
                    made += 1
                    if isinstance(thing, GObject.Object):
                        thing.weak_ref(gone)
                    else:
                        alive -= 1
                    del thing
                if index % 256 == 0:
                    gc.collect()
            gc.collect()
            while GLib.MainContext.default().iteration(False):
                pass
            gc.collect()
            return made

        # After this there is everything that is kept for the process.
        repeat(min(NUMBER, 200))
        blocks, before = sys.getallocatedblocks(), resident()
        self.assertGreaterEqual(repeat(NUMBER), NUMBER)
        self.assertEqual(alive, 0)
        self.assertLess(sys.getallocatedblocks() - blocks, NUMBER // 4 + 1000)
        self.assertLess(resident() - before, max(NUMBER * 2048, 12 * 2**20))

    def test_signals(self):
        self.check(lambda _: [ServerSignal.Signal('s', ROWS)])

    def test_values(self):
        signal = ServerSignal.Signal('s', ROWS)

        def make(index):
            signal['/3'] = {'index': [index], 'rows': ROWS}
            signal.update(lambda value: value[:64])
            # Refused halfway.
            for bad in ([ROWS, {1}], {'a': ROWS, 'b': float('nan')}):
                try:
                    signal.append('', bad)
                except (TypeError, ValueError):
                    pass
            node = Json.from_string(TEXT)
            signal.value = node
            return [signal.value, signal['/3'], signal.dup_value('/1'), signal.get('/none'), signal.props.value, node]

        self.check(make)

    def test_patches(self):
        signal = ServerSignal.Signal('s', ROWS)
        kept = []
        signal.connect('patched', lambda signal, patch: kept.append(patch))

        def make(index):
            patch = ServerSignal.Patch([{'op': 'replace', 'path': '/0/name', 'value': f'{index} {TEXT}'}])
            signal.apply_patch(patch)
            kept.clear()
            return [patch, list(patch), patch.apply(ROWS), ServerSignal.Patch.new_diff(ROWS, [index])]

        self.check(make)

    def test_with_attributes(self):
        """An attribute makes PyGObject hold the object by a toggle reference while others hold it too."""
        hub = ServerSignal.Hub()

        def make(index):
            signal = hub.create('s', ROWS)
            signal.mine = [signal, index]
            view = ServerSignal.View.new(signal, '/0/name')
            view.mine = view
            signal.connect('notify::value', lambda *_: index)
            rows = ServerSignal.List.new(signal, None, ServerSignal.View)
            rows.mine = [item for item in rows][:8]
            assert hub.lookup('s').mine[1] == index
            hub.remove(signal)
            return [signal, view, rows]

        self.check(make)

    def test_transactions(self):
        def make(index):
            signal = ServerSignal.Signal('s', ROWS)
            try:
                with signal.transaction():
                    signal['/0'] = index
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass
            with signal.transaction():
                signal['/0'] = index
            return [signal]

        self.check(make)

    def test_iterations(self):
        signal = ServerSignal.Signal('s', ROWS)

        def make(index):
            values, patches = aiter(signal), signal.patches()

            async def follow():
                await anext(values)
                await anext(values)

            task = ServerSignal.spawn(follow())
            signal['/0'] = index
            assert task.done() and len(patches._patches) == 1
            return [values, patches]

        self.check(make)

    def test_clients(self):
        """Fewer, since each has sockets."""
        global NUMBER
        number, NUMBER = NUMBER, max(NUMBER // 50, 20)
        try:
            hub = ServerSignal.Hub()
            hub.create('s', ROWS)
            hub.listen(None, 0)

            def make(index):
                client = ServerSignal.Client.new(hub.dup_uri())
                replica = client.signal('s', [index])
                client.mine, replica.mine = client, replica

                async def follow():
                    await client.open_async()
                    async for value in replica:
                        if value == ROWS:
                            break

                task = ServerSignal.spawn(follow())
                while not task.done():
                    GLib.MainContext.default().iteration(True)
                task.result()
                client.stop()
                return [client, replica]

            self.check(make)
        finally:
            NUMBER = number


if __name__ == '__main__':
    unittest.main()
