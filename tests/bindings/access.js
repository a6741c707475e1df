// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Access to a hub and to its signals, from GJS.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import Soup from 'gi://Soup?version=3.0';
import system from 'system';

const { CLOSED } = ServerSignal.SignalClientState;
Gio._promisify(ServerSignal.SignalHub.prototype, 'close_async', 'close_finish');

function check(condition, text) {
  if (!condition)
    throw new Error(text);
}

function equal(value, expected, text = '') {
  check(value === expected, `${text}: ${value}, not ${expected}`);
}

function waitUntil(condition, seconds = 20) {
  let expired = false;
  const timeout = GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, seconds, () => {
    expired = true;
    return GLib.SOURCE_CONTINUE;
  });
  while (!condition() && !expired)
    GLib.MainContext.default().iteration(true);
  GLib.source_remove(timeout);
  check(!expired, 'waited too long');
}

function create(name = 'counter', json = '{"value":0}') {
  return ServerSignal.Signal.new_from_json(name, json);
}

function open(...signals) {
  const hub = new ServerSignal.SignalHub();
  for (const signal of signals)
    hub.add(signal);
  hub.listen(null, 0);
  return hub;
}

function connect(hub, credentials = null) {
  const client = ServerSignal.SignalClient.new(hub.dup_uri());
  client.session = new Soup.Session();
  client.session.connect('request-queued', (_, message) => {
    if (credentials)
      message.get_request_headers().replace('Authorization', `Bearer ${credentials.token}`);
  });
  return client;
}

const tests = {
  async 'a handshake that is answered now or later'() {
    const hub = open(create());
    const late = [];
    const peers = [];
    hub.connect('peer-added', (_, peer) => peers.push(peer));
    hub.connect('handshake', (_, handshake) => {
      const token = handshake.headers.get_one('Authorization');
      if (token === 'Bearer late')
        late.push(handshake);
      else if (token === 'Bearer anna')
        handshake.accept('anna');
      else
        handshake.reject(401, 'No such session');
      return true;
    });

    const anna = connect(hub, { token: 'anna' });
    anna.start();
    waitUntil(() => peers.length === 1);
    const { handshake } = peers[0];
    equal(peers[0].user, 'anna', 'user');
    equal(handshake.user, 'anna', 'user of the handshake');
    equal(handshake.uri.get_path(), '/ws', 'path');
    equal(handshake.protocols.join(), 'server-signal.v1', 'protocols');
    equal(handshake.origin, null, 'origin');
    check(handshake.remote_address.get_address().get_is_loopback(), 'address');
    equal(handshake.tls_peer_certificate, null, 'certificate');
    equal(handshake.credentials, null, 'credentials');
    equal(handshake.get_response_headers(), null, 'answered');

    const bert = connect(hub, { token: 'bert' });
    bert.start();
    waitUntil(() => bert.state === CLOSED);
    check(bert.error.message.includes('401 No such session'), bert.error.message);

    const carla = connect(hub, { token: 'late' });
    carla.start();
    waitUntil(() => late.length === 1);
    late.pop().accept('carla');
    waitUntil(() => peers.length === 2);
    equal(peers[1].get_user(), 'carla', 'late');
    let seen = '';
    peers[1].connect('notify::user', peer => (seen += `${peer.user} `));
    peers[1].user = 'dora';
    peers[1].set_user(null);
    equal(seen, 'dora null ', 'notified');

    anna.stop();
    carla.stop();
    check(await hub.close_async(1000, null), 'closed');
  },

  async 'signals that not every peer may see'() {
    const hub = open(create(), create('staff/pay'));
    const peers = [];
    hub.connect('peer-added', (_, peer) => peers.push(peer));
    hub.connect('allow', (_, peer, signal) => !signal.name.startsWith('staff/') || peer.user === 'anna');
    hub.connect('handshake', (_, handshake) => {
      handshake.accept('guest');
      return true;
    });
    const client = connect(hub);
    const counter = client.get_signal('counter');
    const pay = client.get_signal('staff/pay');
    client.start();
    waitUntil(() => !counter.stale && client.error);
    check(pay.stale && client.error.message.includes('staff/pay'), 'hidden');
    peers[0].user = 'anna';
    peers[0].review();
    waitUntil(() => !pay.stale);
    peers[0].user = 'bert';
    hub.review();
    waitUntil(() => pay.stale);
    client.stop();
    check(await hub.close_async(1000, null), 'closed');
  },

  async 'credentials that expire'() {
    const hub = open(create());
    const peers = [];
    let token = 'first';
    hub.connect('peer-added', (_, peer) => peers.push(peer));
    hub.connect('handshake', (_, handshake) => {
      if (handshake.headers.get_one('Authorization') === `Bearer ${token}`)
        handshake.accept(null);
      else
        handshake.reject(401, null);
      return true;
    });
    const credentials = { token: 'too old' };
    const client = connect(hub, credentials);
    const counter = client.get_signal('counter');
    let asked = '';
    client.connect('unauthorized', (_, attempt) => {
      asked += `${attempt} ${client.error.message}; `;
      credentials.token = token;
      return true;
    });
    client.start();
    waitUntil(() => !counter.stale);
    token = 'second';
    peers[0].expires = GLib.DateTime.new_now_utc();
    waitUntil(() => peers.length === 2 && !counter.stale);
    check(/^1 .*401.*; \d .*3000: the credentials have expired.*; $/.test(asked), asked);
    peers[1].set_expires(GLib.DateTime.new_now_utc().add_years(1));
    check(peers[1].get_expires().get_year() > 2020, 'later');
    peers[1].expires = null;
    equal(peers[1].expires, null, 'never');
    client.stop();
    check(await hub.close_async(1000, null), 'closed');
  },

  // Each way in has a handler that throws: nobody comes in, sees or does anything because of that.
  async 'handlers that throw'() {
    const hub = open(create());
    const peers = [];
    let thrown = 0;
    hub.connect('peer-added', (_, peer) => peers.push(peer));

    // GJS warns of each exception.
    const fatal = GLib.log_set_always_fatal(GLib.LogLevelFlags.LEVEL_ERROR);
    const throwing = (signal, func, source = hub) => {
      thrown = 0;
      const id = source.connect(signal, () => {
        thrown++;
        throw new Error(`thrown on purpose by a handler of ${signal}`);
      });
      func();
      source.disconnect(id);
      equal(thrown, 1, signal);
    };
    const refused = () => {
      const client = connect(hub);
      client.start();
      waitUntil(() => client.state === CLOSED);
      check(peers.length === 0 && client.error.message.includes('403'), client.error.message);
    };
    const follow = name => {
      const client = connect(hub);
      const replica = client.get_signal(name);
      client.start();
      waitUntil(() => !replica.stale || client.error);
      return [client, replica];
    };
    const call = client => {
      let code = null;
      client.call_async('clear', null, null, (_, result) => {
        try {
          client.call_finish(result);
          code = 'done';
        } catch (error) {
          code = ServerSignal.SignalError.dup_call_code(error);
        }
      });
      waitUntil(() => code !== null);
      return code;
    };

    throwing('authorize', refused);
    throwing('handshake', refused);
    // One that has forgotten to say so is no better; an answer is an answer.
    let id = hub.connect('handshake', () => {});
    refused();
    hub.disconnect(id);
    id = hub.connect('handshake', (_, handshake) => handshake.accept('anna'));
    const [client] = follow('counter');
    equal(peers[0].user, 'anna', 'accepted');
    hub.disconnect(id);

    throwing('allow', () => {
      const [hidden, replica] = follow('counter');
      check(replica.stale && hidden.error.message.includes('counter'), 'hidden');
      hidden.stop();
    });
    throwing('resolve', () => {
      const [asking, replica] = follow('other');
      check(replica.stale && asking.error.message.includes('other'), 'unknown');
      asking.stop();
    });
    throwing('call::clear', () => equal(call(client), 'unknown-method', 'call'));
    let done = 0;
    hub.connect('call', (_, asked) => {
      done++;
      asked.return(null);
      return true;
    });
    throwing('allow-call', () => equal(call(client), 'unknown-method', 'not allowed'));
    equal(done, 0, 'not done');
    equal(call(client), 'done', 'allowed');

    throwing('request', () => {
      const message = Soup.Message.new('GET', hub.dup_uri().replace('ws:', 'http:').replace('/ws', '/page'));
      let ended = false;
      new Soup.Session().send_and_read_async(message, 0, null, () => (ended = true));
      waitUntil(() => ended);
      equal(message.get_status(), 404, 'request');
    });

    hub.connect('handshake', (_, handshake) => {
      handshake.reject(401, null);
      return true;
    });
    const rejected = connect(hub);
    throwing('unauthorized', () => {
      rejected.start();
      waitUntil(() => rejected.state === CLOSED);
    }, rejected);
    check(rejected.error.message.includes('401'), rejected.error.message);

    GLib.log_set_always_fatal(fatal);
    client.stop();
    check(await hub.close_async(1000, null), 'closed');
  },
};

let failed = 0;
let number = 0;
const loop = new GLib.MainLoop(null, false);
print(`1..${Object.keys(tests).length}`);
for (const [name, test] of Object.entries(tests)) {
  number++;
  test().then(() => print(`ok ${number} ${name}`), error => {
    failed++;
    print(`not ok ${number} ${name}\n# ${error}\n# ${error.stack.replaceAll('\n', '\n# ')}`);
  }).finally(() => loop.quit());
  loop.run();
}
system.exit(failed > 0 ? 1 : 0);
