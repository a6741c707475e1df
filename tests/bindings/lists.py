#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Lists whose items are of a class that is written in Python."""

import gc
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, GObject, Json, ServerSignal


class Address(GObject.Object):
    town = GObject.Property(type=str)


class Person(GObject.Object):
    name = GObject.Property(type=str)
    age = GObject.Property(type=int, minimum=0, maximum=150)
    tags = GObject.Property(type=GObject.TYPE_STRV)
    address = GObject.Property(type=Address)
    made = 0

    def __init__(self, **properties):
        super().__init__(**properties)
        Person.made += 1
        self.notified = []
        self.connect('notify', lambda _, pspec: self.notified.append(pspec.name))

    @GObject.Property(type=int)
    def year_of_birth(self):
        return getattr(self, 'year', 0)

    @year_of_birth.setter
    def set_year_of_birth(self, year):
        self.year = year


def people():
    return ServerSignal.Signal.new_from_json('people', '''[
        {"name": "Ada", "age": 36, "tags": ["a", "b"], "address": {"town": "London"}},
        {"name": "Grace", "age": 85, "year_of_birth": 1906},
        {"name": "Emmy", "age": 5000}]''')


class ListTest(unittest.TestCase):
    def test_items(self):
        signal = people()
        people_list = ServerSignal.SignalList.new(signal, None, Person)
        self.assertEqual(people_list.get_item_type(), Person.__gtype__)
        self.assertEqual(people_list.props.item_type, Person.__gtype__)
        self.assertEqual(people_list.props.n_items, 3)
        self.assertEqual(len(people_list), 3)
        self.assertEqual([person.name for person in people_list], ['Ada', 'Grace', 'Emmy'])

        ada = people_list[0]
        self.assertIsInstance(ada, Person)
        self.assertEqual((ada.age, ada.tags, ada.address.town), (36, ['a', 'b'], 'London'))
        self.assertEqual(people_list[1].year_of_birth, 1906)
        self.assertEqual(people_list[2].age, 150)

        # The class's own constructor has run, before anything was set, and its objects stay.
        self.assertEqual(sorted(ada.notified), ['address', 'age', 'name', 'tags'])
        ada.notified.clear()
        signal.set_int('/0/age', 37)
        signal.set_string('/0/address/town', 'Marylebone')
        self.assertEqual(ada.notified, ['age'])
        self.assertEqual(ada.address.town, 'Marylebone')
        ada.mine = 'kept by nobody but the list'
        del ada
        self.assertEqual(people_list[0].mine, 'kept by nobody but the list')

    def test_changes(self):
        signal = people()
        people_list = ServerSignal.SignalList(signal=signal, pointer='', item_type=Person)
        changes = []
        people_list.connect('items-changed', lambda model, *change: changes.append(change))
        emmy = people_list[2]
        signal.insert_value('/0', Json.from_string('{"name": "Rosa"}'))
        signal.move('/3', '/0')
        signal.remove('/1')
        with signal.freeze_notify():
            signal.set_string('/1/name', 'ADA')
            signal.remove('/2')
        self.assertEqual(changes, [(0, 0, 1), (0, 4, 4), (1, 1, 0), (2, 1, 0)])
        self.assertEqual([person.name for person in people_list], ['Emmy', 'ADA'])
        self.assertIs(people_list[0], emmy)

    def test_views(self):
        signal = people()
        views = ServerSignal.SignalList.new(signal, None, GObject.TYPE_NONE)
        self.assertEqual(views.get_item_type(), ServerSignal.SignalView.__gtype__)
        ages = ServerSignal.SignalView.new(signal, '/1/age')
        last = views[2]
        self.assertEqual(last.get_pointer(), '/2')
        signal.remove('/0')
        self.assertEqual(last.get_pointer(), '/1')
        self.assertEqual(last.dup_value()['name'], 'Emmy')
        self.assertEqual(ages.get_int_value(), 5000)
        signal.remove('/1')
        self.assertIsNone(last.get_pointer())
        self.assertIsNone(last.dup_value())

    def test_binding(self):
        signal = people()
        people_list = ServerSignal.SignalList.new(signal, None, Person)
        label = Address()
        people_list[1].bind_property('name', label, 'town', GObject.BindingFlags.SYNC_CREATE)
        self.assertEqual(label.town, 'Grace')
        signal.set_string('/1/name', 'Amazing Grace')
        self.assertEqual(label.town, 'Amazing Grace')

    def test_sorted_edits(self):
        """Compared as they are, while several are edited in one commit."""
        signal = people()
        people_list = ServerSignal.SignalList(signal=signal, pointer='', item_type=Person,
                                              announces_edits=True)
        ages = [person.age for person in people_list]
        seen = []

        def changed(model, position, removed, added):
            ages[position:position + removed] = [
                model[i].age for i in range(position, position + added)]
            seen.append([person.age for person in model] == ages)

        people_list.connect('items-changed', changed)
        with signal.freeze_notify():
            signal.set_int('/2/age', 1)
            signal.set_int('/0/age', 3)
            signal.move('/1', '/0')
        self.assertEqual(ages, [85, 3, 1])
        self.assertEqual(seen, [True, True])

    def test_set_by_hand(self):
        signal = people()
        people_list = ServerSignal.SignalList.new(signal, None, Person)
        GLib.test_expect_message('ServerSignal', GLib.LogLevelFlags.LEVEL_WARNING,
                                 '*"name"*"people"*"/1/name"*')
        people_list[1].name = 'Somebody'
        people_list[0].name = 'Nobody'
        GLib.test_assert_expected_messages_internal('server-signal', __file__, 0, 'test_set_by_hand')
        self.assertEqual(people_list[1].name, 'Somebody')
        signal.set_string('/1/name', 'Grace Hopper')
        self.assertEqual(people_list[1].name, 'Grace Hopper')

    def test_collected(self):
        signal = people()
        people_list = ServerSignal.SignalList.new(signal, None, Person)
        gone = []
        people_list[0].weak_ref(lambda: gone.append('item'))
        people_list.weak_ref(lambda: gone.append('list'))
        self.assertEqual(gone, [])
        del people_list
        gc.collect()
        self.assertEqual(sorted(gone), ['item', 'list'])


if __name__ == '__main__':
    unittest.main()
