// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Calls from GJS, at both ends.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const { SignalError } = ServerSignal;

function check(condition, what) {
  if (!condition)
    throw new Error(what);
}

function equal(a, b, what) {
  check(JSON.stringify(a) === JSON.stringify(b),
    `${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

function until(condition) {
  return new Promise((resolve, reject) => {
    const end = GLib.get_monotonic_time() + 20e6;
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
      if (!condition() && GLib.get_monotonic_time() < end)
        return GLib.SOURCE_CONTINUE;
      if (condition())
        resolve();
      else
        reject(new Error(`waited in vain for ${condition}`));
      return GLib.SOURCE_REMOVE;
    });
  });
}

async function fails(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

let hub, counter, client, replica;

function begin() {
  hub = ServerSignal.SignalHub.new();
  counter = ServerSignal.Signal.new_from_json('counter', '{"value":0}');
  hub.add(counter);
  hub.listen(null, 0);
  client = ServerSignal.SignalClient.new(hub.dup_uri());
  replica = client.get_signal('counter');
  client.start();
}

const tests = {
  async 'a call and its answer'() {
    hub.connect('call::add', (_, call) => {
      const { by } = call.dup_arguments();
      counter.set_int('/value', counter.get_int('/value') + by);
      equal([call.method, call.peer === hub.get_peers().get_item(0)], ['add', true], 'the call');
      call.return(counter.get_int('/value'));
      return true;
    });
    equal((await client.call_async('add', { by: 3 }, null)), 3, 'the answer');
    equal(replica.get_int('/value'), 3, 'the replica');
  },

  async 'an answer that comes later, and progress'() {
    const seen = [];
    hub.connect('call::slow', (_, call) => {
      GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
        call.progress(50);
        call.return(null);
        return GLib.SOURCE_REMOVE;
      });
      return true;
    });
    const answer = await client.call_full_async('slow', null,
      ServerSignal.SignalCallFlags.IDEMPOTENT, (_, told) => seen.push(told), null);
    equal([answer, seen], [null, [50]], 'the answer');

    equal(await client.call('slow', null, { onprogress: told => seen.push(told) }), null, 'shorter');
    equal(seen, [50, 50], 'what was told');
  },

  async 'errors'() {
    hub.connect('call::fail', (_, call) => {
      if (call.dup_arguments() === 'own')
        call.fail('no-such-task', 'it is gone', { left: 3 });
      else
        call.return_error(new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.PERMISSION_DENIED, 'no'));
      return true;
    });
    const own = await fails(client.call_async('fail', 'own', null));
    check(own.matches(SignalError, SignalError.CALL_FAILED), String(own));
    equal([own.message, SignalError.dup_call_code(own), SignalError.dup_call_data(own)],
      ['no-such-task: it is gone', 'no-such-task', '{"left":3}'], 'the error');
    const other = await fails(client.call_async('fail', 'other', null));
    equal(SignalError.dup_call_code(other), 'permission-denied', 'the code');
    const unknown = await fails(client.call_async('nobody', null, null));
    equal(SignalError.dup_call_code(unknown), 'unknown-method', 'the code');
  },

  async 'calls that are not allowed'() {
    hub.connect('allow-call', (_, peer, method) => method !== 'secret');
    hub.connect('call', (_, call) => {
      call.return(null);
      return true;
    });
    equal((await client.call_async('open', null, null)), null, 'the answer');
    const error = await fails(client.call_async('secret', null, null));
    equal(SignalError.dup_call_code(error), 'unknown-method', 'the code');
  },

  async 'actions'() {
    const group = new Gio.SimpleActionGroup();
    const seek = new Gio.SimpleAction({ name: 'seek', parameter_type: new GLib.VariantType('d') });
    const asked = [];
    seek.connect('activate', (_, parameter) => asked.push(parameter.deepUnpack()));
    group.add_action(seek);
    group.add_action(Gio.SimpleAction.new_stateful('mute', null, new GLib.Variant('b', false)));
    hub.add_action_group('player', group);
    const remote = client.get_action_group('player');
    await until(() => remote.get_action_enabled('seek'));
    equal(remote.list_actions().sort(), ['mute', 'seek'], 'the names');
    remote.activate_action('seek', new GLib.Variant('d', 2.5));
    remote.change_action_state('mute', new GLib.Variant('b', true));
    await until(() => remote.get_action_state('mute').deepUnpack());
    equal(asked, [2.5], 'the parameter');
    seek.enabled = false;
    await until(() => !remote.get_action_enabled('seek'));
    hub.remove_action_group('player');
    await until(() => !remote.get_action_enabled('mute'));
  },

  async 'a call that is cancelled'() {
    const cancellable = new Gio.Cancellable();
    let kept = null;
    hub.connect('call::slow', (_, call) => {
      kept = call;
      cancellable.cancel();
      return true;
    });
    const error = await fails(client.call_async('slow', null, cancellable));
    check(error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), String(error));
    kept.return(null);
  },
};

const loop = new GLib.MainLoop(null, false);
let status = 0;

async function main() {
  const names = Object.keys(tests);
  print(`1..${names.length}`);
  for (const [at, name] of names.entries()) {
    try {
      begin();
      await tests[name]();
      client.stop();
      hub.close();
      print(`ok ${at + 1} - ${name}`);
    } catch (error) {
      status = 1;
      print(`not ok ${at + 1} - ${name}\n# ${error}\n# ${error.stack?.replaceAll('\n', '\n# ')}`);
    }
  }
  loop.quit();
}

main();
loop.run();
System.exit(status);
