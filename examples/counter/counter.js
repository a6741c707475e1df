#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A counter that every client sees, and the page that shows it.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import Soup from 'gi://Soup?version=3.0';
import System from 'system';

const directory = Gio.File.new_for_uri(import.meta.url).get_parent();

// The page; the module that it imports is the hub's.
function servePage(server, message, path) {
  if (path !== '/') {
    message.set_status(Soup.Status.NOT_FOUND, null);
    return;
  }
  const [, page] = directory.get_child('counter.html').load_contents(null);
  message.set_status(Soup.Status.OK, null);
  message.set_response('text/html; charset=utf-8', Soup.MemoryUse.COPY, page);
}

const at = System.programArgs.findIndex(word => word === '--port' || word === '-p');
const port = at < 0 ? 3000 : Number.parseInt(System.programArgs[at + 1], 10);

const hub = new ServerSignal.Hub();
const counter = hub.create('counter', { value: 0 });

const server = new Soup.Server();
hub.attach(server, '/ws');
hub.serve(server, '/server-signal');
server.add_handler(null, servePage);
server.listen_local(port, Soup.ServerListenOptions.IPV4_ONLY);
print(`Open http://localhost:${server.get_uris()[0].get_port()}/`);

GLib.timeout_add(GLib.PRIORITY_DEFAULT, 10, () => {
  counter['/value']++;
  return GLib.SOURCE_CONTINUE;
});

const loop = new GLib.MainLoop(null, false);
for (const number of [2, 15])       // SIGINT, SIGTERM
  GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, () => loop.quit());
loop.run();

// The clients are told, and come back when there is a server again.
hub.close_async(2000, null, () => loop.quit());
loop.run();
