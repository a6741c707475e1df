// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A client that says all that it shows, for model.py. gjs -m follow.js URI NAME…

import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const [uri, ...names] = System.programArgs;
const client = new ServerSignal.SignalClient({
  uri, retryMin: 1, retryMax: 50, connectTimeout: 2000, keepaliveInterval: 1000,
});
const states = ['idle', 'connecting', 'open', 'waiting', 'closed'];

for (const name of names) {
  const signal = client.get_signal(name);
  signal.connect('notify::value', () =>
    print('value', name, signal.epoch, signal.get_revision(), signal.dup_json(null)));
  signal.connect('notify::stale', () => print('stale', name, signal.stale ? 1 : 0));
}
client.connect('notify::state', () => print('state', states[client.get_state()]));
client.start();
new GLib.MainLoop(null, false).run();
