// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Lists whose items are of a class that is written in JavaScript.

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Json from 'gi://Json?version=1.0';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const {ParamFlags, ParamSpec} = GObject;

const Address = GObject.registerClass({
  Properties: {
    town: ParamSpec.string('town', null, null, ParamFlags.READWRITE, null),
  },
}, class Address extends GObject.Object {});

const Person = GObject.registerClass({
  Properties: {
    name: ParamSpec.string('name', null, null, ParamFlags.READWRITE, null),
    age: ParamSpec.int('age', null, null, ParamFlags.READWRITE, 0, 150, 0),
    tags: ParamSpec.boxed('tags', null, null, ParamFlags.READWRITE, GObject.type_from_name('GStrv')),
    address: ParamSpec.object('address', null, null, ParamFlags.READWRITE, Address.$gtype),
    'year-of-birth': ParamSpec.int('year-of-birth', null, null, ParamFlags.READWRITE, 0, 3000, 0),
  },
}, class Person extends GObject.Object {
  greeting() {
    return `I am ${this.name}`;
  }
});

function equal(a, b, what) {
  if (JSON.stringify(a) !== JSON.stringify(b))
    throw new Error(`${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

const people = () => ServerSignal.Signal.new_from_json('people', `[
  {"name": "Ada", "age": 36, "tags": ["a", "b"], "address": {"town": "London"}},
  {"name": "Grace", "age": 85, "year_of_birth": 1906},
  {"name": "Emmy", "age": 5000}]`);

function names(list) {
  const all = [];
  for (let i = 0; i < list.get_n_items(); i++)
    all.push(list.get_item(i).name);
  return all;
}

const tests = {
  items() {
    const signal = people();
    const list = ServerSignal.SignalList.new(signal, null, Person.$gtype);

    equal(list.n_items, 3, 'n-items');
    equal(list.get_item_type() === Person.$gtype, true, 'item type');
    equal(names(list), ['Ada', 'Grace', 'Emmy'], 'names');
    const ada = list.get_item(0);
    equal(ada instanceof Person, true, 'class');
    equal(ada.greeting(), 'I am Ada', 'method');
    equal([ada.age, ada.tags, ada.address.town], [36, ['a', 'b'], 'London'], 'values');
    equal(list.get_item(1).year_of_birth, 1906, 'underscores');
    equal(list.get_item(2).age, 150, 'range');

    const notified = [];
    ada.connect('notify', (_, pspec) => notified.push(pspec.name));
    signal.set_int('/0/age', 37);
    signal.set_string('/0/address/town', 'Marylebone');
    equal(notified, ['age'], 'notified');
    equal(ada.address.town, 'Marylebone', 'nested');
  },

  changes() {
    const signal = people();
    const list = new ServerSignal.SignalList({signal, pointer: '', item_type: Person.$gtype});
    const changes = [];
    list.connect('items-changed', (_, ...change) => changes.push(change));
    const emmy = list.get_item(2);
    signal.insert_value('/0', Json.from_string('{"name": "Rosa"}'));
    signal.move('/3', '/0');
    signal.remove('/1');
    signal.freeze_notify();
    signal.set_string('/1/name', 'ADA');
    signal.remove('/2');
    signal.thaw_notify();
    equal(changes, [[0, 0, 1], [0, 4, 4], [1, 1, 0], [2, 1, 0]], 'changes');
    equal(names(list), ['Emmy', 'ADA'], 'names');
    equal(list.get_item(0) === emmy, true, 'the same item');
  },

  views() {
    const signal = people();
    const list = ServerSignal.SignalList.new(signal, null, GObject.TYPE_NONE);
    const last = list.get_item(2);
    equal(last.get_pointer(), '/2', 'pointer');
    signal.remove('/0');
    equal(last.get_pointer(), '/1', 'pointer');
    equal(last.dup_value().name, 'Emmy', 'value');
    signal.remove('/1');
    equal(last.get_pointer(), null, 'pointer');
  },
};

print(`1..${Object.keys(tests).length}`);
let failed = false;
Object.entries(tests).forEach(([name, test], index) => {
  try {
    test();
    print(`ok ${index + 1} - ${name}`);
  } catch (error) {
    failed = true;
    print(`not ok ${index + 1} - ${name}\n# ${error}\n# ${error.stack}`);
  }
});
System.exit(failed ? 1 : 0);
