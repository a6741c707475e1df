// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A program that leaves; see leave.py.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const [way] = ARGV;
const loop = new GLib.MainLoop(null, false);
const counter = ServerSignal.Signal.new_from_json('counter', '{"rows":[{"n":1},{"n":2}]}');
const own = ServerSignal.Signal.new_from_json('own', '1');
const hub = new ServerSignal.SignalHub();

function listenTo(source, ...names) {
  for (const name of names)
    source.connect(name, () => printerr(`heard ${name}`));
}

hub.add(counter);
hub.connect('peer-added', (_hub, peer) => {
  peer.add(own);
  listenTo(peer, 'notify');
  listenTo(peer.get_signals(), 'items-changed');
});
hub.listen(null, 0);
const client = ServerSignal.SignalClient.new(hub.dup_uri());
const replica = client.get_signal('counter');
const rows = ServerSignal.SignalList.new(replica, '/rows', ServerSignal.SignalView.$gtype);
const view = ServerSignal.SignalView.new(replica, '/rows/0/n');

GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, () => {
  listenTo(hub, 'peer-removed', 'notify');
  listenTo(hub.get_peers(), 'items-changed');
  listenTo(hub.get_signals(), 'items-changed');
  listenTo(counter, 'notify', 'patched');
  listenTo(client, 'notify');
  listenTo(client.get_signals(), 'items-changed');
  listenTo(replica, 'notify', 'patched');
  listenTo(rows, 'notify', 'items-changed');
  listenTo(rows.get_item(0), 'notify');
  listenTo(view, 'notify');
  if (way === 'handler')
    System.exit(0);
  loop.quit();
  return GLib.SOURCE_REMOVE;
});
GLib.timeout_add(GLib.PRIORITY_DEFAULT, 10, () => {
  if (replica.stale)
    return GLib.SOURCE_CONTINUE;
  // print() keeps it until the end where nobody sits in front.
  Gio.UnixOutputStream.new(1, false).write('ready\n', null);
  return GLib.SOURCE_REMOVE;
});
client.start();
loop.run();
