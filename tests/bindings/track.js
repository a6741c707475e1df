// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Classes written in JavaScript as sources of signals.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Json from 'gi://Json?version=1.0';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const { READWRITE } = GObject.ParamFlags;

const Row = GObject.registerClass({
    GTypeName: 'JsRow',
    Properties: {
        'name': GObject.ParamSpec.string('name', null, null, READWRITE, ''),
        'row-count': GObject.ParamSpec.int('row-count', null, null, READWRITE, 0, 1000, 0),
        'inner': GObject.ParamSpec.object('inner', null, null, READWRITE, GObject.Object.$gtype),
        'level': GObject.ParamSpec.double('level', null, null, READWRITE,
            -Number.MAX_VALUE, Number.MAX_VALUE, 0),
    },
}, class extends GObject.Object {
    get name() {
        return this._name ?? null;
    }

    set name(name) {
        if (name !== this._name) {
            this._name = name;
            this.notify('name');
        }
    }
});

const Rows = GObject.registerClass({
    GTypeName: 'JsRows',
    Implements: [Gio.ListModel],
}, class extends GObject.Object {
    _init() {
        super._init();
        this.rows = [];
    }

    vfunc_get_item_type() {
        return Row.$gtype;
    }

    vfunc_get_n_items() {
        return this.rows.length;
    }

    vfunc_get_item(position) {
        return this.rows[position] ?? null;
    }

    insert(position, row) {
        this.rows.splice(position, 0, row);
        this.items_changed(position, 0, 1);
    }
});

let number = 0;
let failed = false;

function test(name, func) {
    number++;
    try {
        func();
        print(`ok ${number} - ${name}`);
    } catch (error) {
        failed = true;
        print(`not ok ${number} - ${name}\n# ${error}\n# ${error.stack}`);
    }
}

function same(is, expected) {
    is = JSON.stringify(is);
    expected = JSON.stringify(expected);
    if (is !== expected)
        throw new Error(`${is} instead of ${expected}`);
}

const value = (signal, pointer = null) => JSON.parse(signal.dup_json(pointer));

function follow(signal) {
    const patches = [];
    signal.connect('patched', (_signal, patch) => patches.push(JSON.parse(patch.to_json())));
    return patches;
}

test('object', () => {
    const row = new Row({ name: 'a', row_count: 2 });
    const signal = ServerSignal.Signal.new_for_object('row', row);
    same(value(signal), { 'name': 'a', 'row-count': 2, 'inner': null, 'level': 0 });
    const patches = follow(signal);
    row.name = 'b';
    same(patches.pop(), [{ op: 'replace', path: '/name', value: 'b' }]);
    row.row_count = 3;
    same(patches.pop(), [{ op: 'replace', path: '/row-count', value: 3 }]);
    row.inner = new Row({ name: 'in' });
    row.inner.name = 'inside';
    same(patches.pop(), [{ op: 'replace', path: '/inner/name', value: 'inside' }]);
    same(patches.length, 1);
});

test('list', () => {
    const store = Gio.ListStore.new(Row.$gtype);
    const signal = ServerSignal.Signal.new_for_list('rows', store);
    const patches = follow(signal);
    store.append(new Row({ name: 'a' }));
    store.insert(0, new Row({ name: 'b' }));
    store.get_item(1).row_count = 9;
    same(patches.at(-1), [{ op: 'replace', path: '/1/row-count', value: 9 }]);
    store.remove(0);
    same(value(signal).map(row => row.name), ['a']);
    same(patches.length, 4);
});

test('a list model of its own', () => {
    const rows = new Rows();
    const signal = ServerSignal.Signal.new_from_json('own', '{}');
    signal.track_list_properties('/rows', rows, ['name', 'inner/name']);
    rows.insert(0, new Row({ name: 'a' }));
    rows.insert(0, new Row({ name: 'b', inner: new Row({ name: 'c' }) }));
    same(value(signal, '/rows'),
        [{ name: 'b', inner: { name: 'c' } }, { name: 'a', inner: null }]);
    rows.rows[0].inner.name = 'd';
    same(signal.dup_string('/rows/0/inner/name'), 'd');
});

test('errors', () => {
    const row = new Row({ name: 'a' });
    const signal = ServerSignal.Signal.new_from_json('e', '{}');
    signal.track_object('/row', row);
    for (const [code, func] of [
        ['READ_ONLY', () => signal.set_string('/row/name', 'b')],
        ['EXISTS', () => signal.track_object('/row', row)],
        ['NOT_FOUND', () => signal.track_properties('/x', row, ['colour'])],
    ]) {
        let error = null;
        try {
            func();
        } catch (e) {
            error = e;
        }
        same([code, error?.matches(ServerSignal.SignalError, ServerSignal.SignalError[code])],
            [code, true]);
    }
    signal.untrack('/row');
    signal.set_string('/row/name', 'mine');
});

test('failure', () => {
    const row = new Row({ name: 'a', level: 1 });
    const signal = ServerSignal.Signal.new_for_object('row', row);
    const failures = [];
    signal.connect('source-failed', (_signal, pointer, error) => failures.push([pointer, error.message]));
    row.inner = row;
    same(failures.length, 1);
    same(failures[0][0], '/inner');
    row.inner = null;
    same(value(signal, '/inner'), null);
});

test('a D-Bus proxy', () => {
    if (GLib.find_program_in_path('dbus-daemon') === null)
        return;

    const bus = Gio.Subprocess.new(['dbus-daemon', '--session', '--nofork', '--print-address'],
        Gio.SubprocessFlags.STDOUT_PIPE);
    const [address] = Gio.DataInputStream.new(bus.get_stdout_pipe()).read_line_utf8(null);
    const connection = Gio.DBusConnection.new_for_address_sync(address,
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
        Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, null, null);
    const proxy = Gio.DBusProxy.new_sync(connection, Gio.DBusProxyFlags.DO_NOT_LOAD_PROPERTIES,
        null, 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', null);
    proxy.set_cached_property('Ratio', new GLib.Variant('d', NaN));
    proxy.set_cached_property('Name', new GLib.Variant('s', 'a'));

    const signal = ServerSignal.Signal.new_from_json('s', '{}');
    const failures = [];
    signal.connect('source-failed', (_signal, pointer) => failures.push(pointer));
    signal.track_dbus_proxy_properties('/some', proxy, ['Name', 'Late']);
    same(value(signal, '/some'), { Name: 'a' });
    same(failures, []);
    signal.track_dbus_proxy('/all', proxy);
    same(value(signal, '/all'), { Name: 'a', Ratio: null });
    same(failures, ['/all/Ratio']);

    const late = new GLib.Variant('i', 1);
    proxy.set_cached_property('Late', late);
    proxy.emit('g-properties-changed', new GLib.Variant('a{sv}', { Late: late }), ['Name']);
    same(value(signal, '/some'), { Name: 'a', Late: 1 });

    connection.close_sync(null);
    bus.force_exit();
    bus.wait(null);
});

test('a file of another format', () => {
    const [file, stream] = Gio.File.new_tmp(null);
    stream.output_stream.write_all('a=1', null);
    stream.close(null);
    const signal = ServerSignal.Signal.new_from_json('s', '{}');
    signal.track_parsed_file('/file', file, bytes => {
      const [name, number] = new TextDecoder().decode(bytes.toArray()).split('=');
      return Json.from_string(JSON.stringify({ [name]: Number(number) }));
    });
    same(value(signal, '/file'), { a: 1 });
    signal.untrack('/file');
    file.delete(null);
});

test('lifetimes', () => {
    let store = Gio.ListStore.new(Row.$gtype);
    store.append(new Row({ name: 'a' }));
    const signal = ServerSignal.Signal.new_for_list('rows', store);
    store = null;
    System.gc();
    GLib.MainContext.default().iteration(false);
    System.gc();
    same(value(signal)[0].name, 'a');
    signal.set_json(null, '1');
});

print(`1..${number}`);
System.exit(failed ? 1 : 0);
