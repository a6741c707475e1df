#!/usr/bin/env -S gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Connects with a token, and waits for it. Usage: client.js URI TOKEN

import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import Soup from 'gi://Soup?version=3.0';
import System from 'system';

const [uri, token] = System.programArgs;
const loop = new GLib.MainLoop(null, false);

async function main() {
  const session = new Soup.Session();
  session.connect('request-queued', (_, message) =>
    message.get_request_headers().replace('Authorization', `Bearer ${token}`));
  const client = new ServerSignal.Client({ uri, session });

  try {
    await client.open_async();
    print('open');
    client.stop();
  } catch (error) {
    print(error.message);
  }
  loop.quit();
}

main();
loop.run();
