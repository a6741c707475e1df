#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Follows the counter and prints each value.

import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const client = ServerSignal.Client.new(System.programArgs[0] ?? 'ws://localhost:3000/ws');
const counter = client.get_signal('counter');
counter.connect('notify::value', () => print(counter['/value']));
client.start();

const loop = new GLib.MainLoop(null, false);
for (const number of [2, 15])       // SIGINT, SIGTERM
  GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, () => loop.quit());
loop.run();
client.stop();
