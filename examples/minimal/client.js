// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The shortest client.

import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';

const client = ServerSignal.Client.new('ws://127.0.0.1:3000/ws');
const counter = client.get_signal('counter');
counter.connect('notify::value', () => print(counter['/value']));
client.start();

const loop = new GLib.MainLoop(null, false);
for (const number of [2, 15])       // SIGINT, SIGTERM
  GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, () => loop.quit());
loop.run();
client.stop();
