#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Classes written in Python as sources of signals."""

import gc
import json
import os
import tempfile
import unittest
import weakref

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, GObject, Json, ServerSignal

try:
    gi.require_version('Gtk', '4.0')
    from gi.repository import Gtk
except (ImportError, ValueError):
    Gtk = None

Error = ServerSignal.SignalError


class Address(GObject.Object):
    __gtype_name__ = 'PyAddress'
    town = GObject.Property(type=str)


class Row(GObject.Object):
    __gtype_name__ = 'PyRow'
    name = GObject.Property(type=str)
    count = GObject.Property(type=int)
    ratio = GObject.Property(type=float)
    big = GObject.Property(type=GObject.TYPE_UINT64)
    done = GObject.Property(type=bool, default=False)
    tags = GObject.Property(type=GObject.TYPE_STRV)
    address = GObject.Property(type=Address)

    @GObject.Property(type=str)
    def shout(self):
        return (self.name or '').upper()


class Numbers(GObject.Object, Gio.ListModel):
    """A list model of its own."""

    __gtype_name__ = 'PyNumbers'

    def __init__(self):
        super().__init__()
        self.rows = []

    def do_get_item_type(self):
        return Row.__gtype__

    def do_get_n_items(self):
        return len(self.rows)

    def do_get_item(self, position):
        return self.rows[position] if position < len(self.rows) else None

    def insert(self, position, row):
        self.rows.insert(position, row)
        self.items_changed(position, 0, 1)


def wait_until(condition, seconds=20):
    expired = []
    timeout = GLib.timeout_add_seconds(seconds, lambda: expired.append(True) or True)
    while not condition() and not expired:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(timeout)
    if expired:
        raise AssertionError('waited too long')


def value(signal, pointer=None):
    return json.loads(signal.dup_json(pointer))


class TrackTest(unittest.TestCase):
    def follow(self, signal):
        patches = []
        signal.connect('patched', lambda s, patch: patches.append(json.loads(patch.to_json())))
        return patches

    def test_object(self):
        row = Row(name='a', count=2, ratio=0.5, tags=['x', 'y'])
        signal = ServerSignal.Signal.new_for_object('row', row)
        self.assertEqual(value(signal), {
            'name': 'a', 'count': 2, 'ratio': 0.5, 'big': 0, 'done': False, 'tags': ['x', 'y'],
            'address': None, 'shout': 'A'})
        patches = self.follow(signal)
        row.count += 1
        self.assertEqual(patches.pop(), [{'op': 'replace', 'path': '/count', 'value': 3}])
        row.address = Address(town='Mond')
        self.assertEqual(patches.pop(),
                         [{'op': 'replace', 'path': '/address', 'value': {'town': 'Mond'}}])
        row.address.town = 'Sonne'
        self.assertEqual(patches.pop(),
                         [{'op': 'replace', 'path': '/address/town', 'value': 'Sonne'}])
        with signal.freeze_notify():
            row.name = 'b'
            row.notify('shout')
        self.assertEqual(patches.pop(), [{'op': 'replace', 'path': '/name', 'value': 'b'},
                                         {'op': 'replace', 'path': '/shout', 'value': 'B'}])
        self.assertEqual(patches, [])

    def test_list(self):
        store = Gio.ListStore(item_type=Row)
        signal = ServerSignal.Signal.new_for_list('rows', store)
        patches = self.follow(signal)
        store.append(Row(name='a'))
        store.insert(0, Row(name='b'))
        self.assertEqual([row['name'] for row in value(signal)], ['b', 'a'])
        store[1].count = 5
        self.assertEqual(patches[-1], [{'op': 'replace', 'path': '/1/count', 'value': 5}])
        store.sort(lambda a, b: (a.name > b.name) - (a.name < b.name))
        self.assertEqual(patches[-1][0]['op'], 'move')
        store.remove(0)
        self.assertEqual(patches[-1], [{'op': 'remove', 'path': '/0'}])
        store.remove_all()
        self.assertEqual(value(signal), [])
        self.assertEqual(len(patches), 6)

    def test_own_model(self):
        numbers = Numbers()
        signal = ServerSignal.Signal.new_from_json('own', '{}')
        signal.track_list_properties('/numbers', numbers, ['count', 'address/town'])
        numbers.insert(0, Row(count=1))
        numbers.insert(0, Row(count=2, address=Address(town='x')))
        self.assertEqual(value(signal, '/numbers'),
                         [{'count': 2, 'address': {'town': 'x'}}, {'count': 1, 'address': None}])
        numbers.rows[1].count = 7
        self.assertEqual(signal.get_int('/numbers/1/count'), 7)

    @unittest.skipUnless(Gtk, 'GTK 4 is not here')
    def test_gtk_models(self):
        store = Gio.ListStore(item_type=Row)
        for count in [5, 3, 8, 1, 9, 2, 7]:
            store.append(Row(count=count))
        direction, least = [1], [0]
        by_count = Gtk.CustomSorter.new(
            lambda a, b, _: direction[0] * ((a.count > b.count) - (a.count < b.count)))
        wanted = Gtk.CustomFilter.new(lambda row: row.count >= least[0])
        shown = Gtk.FilterListModel.new(Gtk.SortListModel.new(store, by_count), wanted)
        signal = ServerSignal.Signal.new_from_json('shown', '{}')
        signal.track_list_properties('/rows', shown, ['count'])
        patches = self.follow(signal)

        def counts():
            return [row['count'] for row in value(signal, '/rows')]

        self.assertEqual(counts(), [1, 2, 3, 5, 7, 8, 9])
        store.append(Row(count=4))
        self.assertEqual(patches[-1], [{'op': 'add', 'path': '/rows/3', 'value': {'count': 4}}])
        least[0] = 3
        wanted.changed(Gtk.FilterChange.MORE_STRICT)
        self.assertEqual(counts(), [3, 4, 5, 7, 8, 9])
        self.assertEqual([op['op'] for op in patches[-1]], ['remove'] * 2)
        least[0] = 2
        wanted.changed(Gtk.FilterChange.LESS_STRICT)
        self.assertEqual([op['op'] for op in patches[-1]], ['add'])
        direction[0] = -1
        by_count.changed(Gtk.SorterChange.INVERTED)
        self.assertEqual(counts(), [9, 8, 7, 5, 4, 3, 2])
        self.assertEqual(len(patches[-1]), 1)
        shown[0].count = 10
        self.assertEqual(patches[-1], [{'op': 'replace', 'path': '/rows/0/count', 'value': 10}])

    def test_errors(self):
        row = Row(name='a')
        signal = ServerSignal.Signal.new_from_json('e', '{}')
        signal.track_properties('/row', row, ['name'])
        for code, function, args in [
                (Error.EXISTS, signal.track_object, ('/row', row)),
                (Error.READ_ONLY, signal.set_string, ('/row/name', 'b')),
                (Error.NOT_FOUND, signal.track_properties, ('/x', row, ['colour'])),
                (Error.NOT_FOUND, signal.track_object, ('/x/y', row))]:
            with self.assertRaises(GLib.Error) as caught:
                function(*args)
            self.assertTrue(caught.exception.matches(Error.quark(), code), caught.exception)
        signal.untrack('/row')
        row.name = 'c'
        self.assertEqual(value(signal), {'row': {'name': 'a'}})
        signal.set_string('/row/name', 'mine')

    def test_failure(self):
        failures = []
        row = Row(name='a', big=15)
        signal = ServerSignal.Signal.new_for_object('row', row)
        signal.connect('source-failed', lambda s, pointer, error: failures.append((pointer, error)))
        row.big = 2**64 - 1
        self.assertEqual(failures[0][0], '/big')
        self.assertTrue(failures[0][1].matches(Error.quark(), Error.INVALID_JSON))
        self.assertEqual(value(signal, '/big'), 15)

    def test_lifetimes(self):
        store = Gio.ListStore(item_type=Row)
        row = Row(name='a')
        store.append(row)
        signal = ServerSignal.Signal.new_for_list('rows', store)
        gone = [weakref.ref(row), weakref.ref(store)]
        del store, row
        gc.collect()
        self.assertEqual([ref() for ref in gone], [None, None])
        self.assertEqual(value(signal, '/0/name'), 'a')
        signal.set_json(None, '1')

    def test_sources(self):
        signal = ServerSignal.Signal.new_from_json('s', '{}')
        group = Gio.SimpleActionGroup()
        group.add_action(Gio.SimpleAction.new_stateful('volume', None, GLib.Variant('i', 3)))
        signal.track_action_group('/actions', group)
        group.lookup_action('volume').set_state(GLib.Variant('i', 4))
        self.assertEqual(value(signal, '/actions'), {'volume': {'enabled': True, 'state': 4}})

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'a.json')
            with open(path, 'w') as file:
                file.write('{"a":1}')
            signal.track_file('/file', Gio.File.new_for_path(path))
            self.assertEqual(signal.get_int('/file/a'), 1)
            with open(path, 'w') as file:
                file.write('{"a":2}')
            wait_until(lambda: signal.get_int('/file/a') == 2)
            signal.untrack('/file')

            def parse(contents):
                if contents.get_data() == b'bad':
                    raise ValueError('bad')
                return Json.from_string(str(len(contents.get_data())))

            signal.track_parsed_file('/length', Gio.File.new_for_path(path), parse)
            self.assertEqual(signal.get_int('/length'), 7)
            with open(path, 'w') as file:
                file.write('12345')
            wait_until(lambda: signal.get_int('/length') == 5)

    @unittest.skipUnless(GLib.find_program_in_path('dbus-daemon'), 'missing: dbus-daemon')
    def test_dbus_proxy(self):
        bus = Gio.TestDBus.new(Gio.TestDBusFlags.NONE)
        bus.up()
        self.addCleanup(bus.down)
        connection = Gio.DBusConnection.new_for_address_sync(
            bus.get_bus_address(),
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        proxy = Gio.DBusProxy.new_sync(
            connection, Gio.DBusProxyFlags.DO_NOT_LOAD_PROPERTIES, None, 'org.freedesktop.DBus',
            '/org/freedesktop/DBus', 'org.freedesktop.DBus', None)
        proxy.set_cached_property('Limit', GLib.Variant('t', 2**64 - 1))
        proxy.set_cached_property('Name', GLib.Variant('s', 'a'))

        signal = ServerSignal.Signal.new_from_json('s', '{}')
        failures = []
        signal.connect('source-failed', lambda signal, pointer, error: failures.append(pointer))
        signal.track_dbus_proxy_properties('/some', proxy, ['Name', 'Late'])
        self.assertEqual(value(signal, '/some'), {'Name': 'a'})
        self.assertEqual(failures, [])
        signal.track_dbus_proxy('/all', proxy)
        self.assertEqual(value(signal, '/all'), {'Limit': None, 'Name': 'a'})
        self.assertEqual(failures, ['/all/Limit'])

        changed = {'Late': GLib.Variant('i', 1), 'Limit': GLib.Variant('d', float('inf'))}
        for name, variant in changed.items():
            proxy.set_cached_property(name, variant)
        proxy.emit('g-properties-changed', GLib.Variant('a{sv}', changed), [])
        self.assertEqual(value(signal, '/some'), {'Name': 'a', 'Late': 1})
        self.assertEqual(failures, ['/all/Limit'] * 2)
        with self.assertRaises(GLib.Error) as caught:
            signal.track_dbus_proxy_properties('/x', proxy, ['a/b'])
        self.assertTrue(caught.exception.matches(Error.quark(), Error.INVALID_POINTER))
        connection.close_sync(None)


if __name__ == '__main__':
    unittest.main()
