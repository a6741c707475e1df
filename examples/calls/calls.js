// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A server that answers calls, and a client that makes them, here in one process.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';

function serve() {
  const hub = new ServerSignal.Hub();
  const counter = hub.create('counter', { value: 0 });

  hub.connect('call::add', (_, call) => {
    const by = call.dup_arguments();
    // Arguments come from strangers.
    if (!Number.isInteger(by) || by < 1 || by > 10) {
      call.fail('invalid-arguments', 'A number from 1 to 10 is needed');
      return true;
    }
    counter['/value'] += by;
    call.return(counter['/value']);
    return true;
  });

  hub.connect('call::tick', (_, call) => {
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 10, () => {
      try {
        call.cancellable.set_error_if_cancelled();
        call.progress();
        return GLib.SOURCE_CONTINUE;
      } catch (error) {
        call.return_error(error);
        return GLib.SOURCE_REMOVE;
      }
    });
    return true;
  });

  hub.listen(null, 0);
  return hub;
}

async function ask(client, counter) {
  for (const by of [3, 1000000]) {
    try {
      const answer = await client.call('add', by);
      print(`The answer is ${answer}, the replica has ${counter['/value']}`);
    } catch (error) {
      const refused = error.matches(ServerSignal.Error, ServerSignal.Error.CALL_FAILED);
      print(`${refused ? 'Refused' : 'Not answered'}: ${error.message}`);
    }
  }

  const cancellable = new Gio.Cancellable();
  try {
    await client.call('tick', null, { cancellable, onprogress: () => cancellable.cancel() });
  } catch (error) {
    if (error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
      print('Cancelled');
  }
}

const loop = new GLib.MainLoop(null, false);
const hub = serve();
const client = ServerSignal.Client.new(hub.dup_uri());
const counter = client.get_signal('counter');
client.start();
ask(client, counter).catch(logError).finally(() => loop.quit());
loop.run();
client.stop();
hub.close();
