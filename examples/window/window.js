#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A window that follows the counter. Usage: window.js [URI]

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Gtk from 'gi://Gtk?version=4.0';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const CounterWindow = GObject.registerClass(
class CounterWindow extends Gtk.ApplicationWindow {
  _init(application, counter) {
    super._init({ application, title: 'Counter', default_width: 240, default_height: 120 });
    const label = new Gtk.Label();
    // A binding holds neither of its ends, so the window holds the view.
    this._value = ServerSignal.View.new(counter, '/value');
    this._value.bind_property('int-value', label, 'label', GObject.BindingFlags.SYNC_CREATE);

    // While the server is away the number stays, greyed out.
    counter.bind_property('stale', label, 'sensitive',
      GObject.BindingFlags.SYNC_CREATE | GObject.BindingFlags.INVERT_BOOLEAN);
    this.set_child(label);
  }
});

const client = ServerSignal.Client.new(System.programArgs[0] ?? 'ws://localhost:3000/ws');
const application = new Gtk.Application();
application.connect('activate', () =>
  new CounterWindow(application, client.get_signal('counter')).present());
for (const number of [2, 15])       // SIGINT, SIGTERM
  GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, () => application.quit());

client.start();
application.run([]);
client.stop();
