// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The whole API from GJS, as a program would use it.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Json from 'gi://Json?version=1.0';
import Soup from 'gi://Soup?version=3.0';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const SignalError = ServerSignal.SignalError;

function check(condition, what) {
  if (!condition)
    throw new Error(`not so: ${what}`);
}

function equal(a, b, what) {
  check(JSON.stringify(a) === JSON.stringify(b),
    `${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

function fails(code, callback) {
  try {
    callback();
  } catch (error) {
    check(error.matches(SignalError, code), `error ${error.code} is not ${code}: ${error.message}`);
    return error.message;
  }
  throw new Error('no error was thrown');
}

function until(condition) {
  return new Promise((resolve, reject) => {
    const end = GLib.get_monotonic_time() + 20e6;
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 2, () => {
      if (!condition() && GLib.get_monotonic_time() < end)
        return GLib.SOURCE_CONTINUE;
      condition() ? resolve() : reject(new Error('waited too long'));
      return GLib.SOURCE_REMOVE;
    });
  });
}

const create = (json = '{"value":0}', name = 'counter') =>
  ServerSignal.Signal.new_from_json(name, json);

const tests = {
  'constructors and properties'() {
    equal(ServerSignal.Signal.new('a', null).dup_json(null), 'null', 'null');
    const signal = create('{"a":[1,2]}');
    equal([signal.name, signal.revision, signal.writable, signal.stale],
      ['counter', 0, true, false], 'properties');
    check(signal.epoch !== create().epoch, 'each has its epoch');
    signal.value.a = 5;
    equal(signal.dup_json(null), '{"a":[1,2]}', 'a copy was handed out');
    check(fails(SignalError.INVALID_JSON, () => create('{"a":}')).includes('Line 1, column 6'), 'place');
  },

  'getters'() {
    const signal = create('{"i":-7,"d":2.75,"b":true,"s":"text","l":[{"x":1}]}');
    equal([signal.has('/l/0/x'), signal.has('/l/1')], [true, false], 'has');
    equal([signal.get_int('/i'), signal.get_int('/d'), signal.get_double('/d'),
      signal.get_boolean('/b'), signal.dup_string('/s'), signal.dup_string('/i'),
      signal.dup_json('/nothing'), signal.dup_value('/nothing')],
    [-7, 2, 2.75, true, 'text', null, null, null], 'getters');
  },

  'writers and errors'() {
    const signal = create('{}');
    signal.set_int('/i', 3);
    signal.set_double('/d', 0.1);
    signal.set_boolean('/b', true);
    signal.set_string('/s', 'é');
    signal.set_string('/n', null);
    signal.set_json('/l', '[1,3]');
    signal.insert_json('/l/1', '2');
    equal(`${signal.get_n_elements('/l')} ${signal.list_members(null)}`, '3 i,d,b,s,n,l', 'members');
    signal.set_value('/l/-', Json.from_string('4'));
    signal.move('/l/0', '/l/3');
    signal.remove('/b');
    equal(signal.dup_json(''), '{"i":3,"d":0.1,"s":"é","n":null,"l":[2,3,4,1]}', 'written');
    equal(signal.revision, 10, 'revision');
    fails(SignalError.INVALID_POINTER, () => signal.set_int('no slash', 1));
    check(fails(SignalError.NOT_FOUND, () => signal.set_int('/no/parent', 1))
      .includes('/no/parent'), 'the message has the pointer');
    fails(SignalError.INVALID_JSON, () => signal.set_double('/d', NaN));
    fails(SignalError.LIMIT, () => signal.set_json('', '['.repeat(121) + ']'.repeat(121)));
    equal(signal.revision, 10, 'errors change nothing');
  },

  'a transaction, discarded and not'() {
    const signal = create();
    const seen = [], patches = [];
    signal.connect('notify::value', () => seen.push(signal.dup_json(null)));
    signal.connect('patched', (_, patch) => patches.push(patch.to_json()));
    signal.freeze_notify();
    signal.set_int('/value', 1);
    signal.set_string('/by', 'me');
    equal(seen, [], 'nothing yet');
    signal.thaw_notify();
    equal(seen, ['{"value":1,"by":"me"}'], 'one notify');
    equal(patches.length, 1, 'one patch');
    signal.freeze_notify();
    signal.set_int('/value', 5);
    signal.discard();
    signal.thaw_notify();
    equal([signal.get_int('/value'), signal.revision, seen.length], [1, 1, 1], 'discarded');
  },

  'update'() {
    const signal = create('{"rows":[1,2,3]}');
    signal.update(copy => {
      copy.rows.shift();
      return copy;
    });
    equal(signal.dup_json(null), '{"rows":[2,3]}', 'updated');
    signal.update(copy => copy);
    equal(signal.revision, 1, 'the copy as it is commits nothing');
    let caught = null;
    try {
      signal.update(copy => {
        copy.rows = [];
        throw caught = new Error('mine');
      });
    } catch (error) {
      check(error === caught, 'the error of the function comes to the caller');
    }
    equal([caught !== null, signal.revision], [true, 1], 'an error commits nothing');
  },

  'a view and a binding'() {
    const signal = create('{"a":{"b":1},"c":0}');
    const view = ServerSignal.SignalView.new(signal, '/a/b');
    const counts = [];
    view.connect('notify::int-value', () => counts.push(view.int_value));
    signal.set_int('/c', 1);
    signal.set_int('/a/b', 2);
    signal.set_json('/a', '{"b":3}');
    equal(counts, [2, 3], 'only its own part');
    const other = create('{"value":0}');
    const Label = GObject.registerClass({
      Properties: {
        text: GObject.ParamSpec.int64('text', null, null, GObject.ParamFlags.READWRITE,
          -1000, 1000, 0),
      },
    }, class Label extends GObject.Object {});
    const label = new Label();
    view.bind_property('int-value', label, 'text', GObject.BindingFlags.SYNC_CREATE);
    signal.set_int('/a/b', 4);
    equal(label.text, 4, 'bound');
    equal(other.revision, 0, 'another signal');
  },

  'patches'() {
    const patch = ServerSignal.SignalPatch.new_diff(Json.from_string('[1,2,3]'),
      Json.from_string('[0,1,2,3]'));
    equal(patch.to_json(), '[{"op":"add","path":"/0","value":0}]', 'minimal');
    equal(patch.apply(Json.from_string('[1,2,3]')), [0, 1, 2, 3], 'applied');
    fails(SignalError.INVALID_PATCH, () => ServerSignal.SignalPatch.new_from_json('[{"op":"add"}]'));
  },

  async 'limits and figures of a hub'() {
    const counter = create();
    const hub = new ServerSignal.SignalHub({
      flush_interval: 50, max_backlog: 100000, stall_timeout: 7000,
      keepalive_interval: 5000, keepalive_timeout: 3000, max_handshakes: 10,
    });
    equal(`${hub.flush_interval} ${hub.max_backlog} ${hub.stall_timeout} ${hub.keepalive_interval} `
      + `${hub.keepalive_timeout} ${hub.max_handshakes}`, '50 100000 7000 5000 3000 10', 'limits');
    hub.set_keepalive_interval(0);
    equal(hub.get_keepalive_interval(), 0, 'set');
    hub.add(counter);
    hub.listen(null, 0);
    const client = ServerSignal.SignalClient.new(hub.dup_uri());
    const replica = client.get_signal('counter');
    check(await client.open_async(null), 'open');
    await until(() => !replica.stale);
    equal(`${client.dup_names()} ${client.names}`, 'counter counter', 'names');
    check(hub.dup_state(['counter', 'x']).includes('"value":{"value":0}') &&
      !hub.dup_state([]).includes('counter') && hub.dup_state(null).includes('counter'), 'state');
    check(hub.dup_metrics().includes('\nserver_signal_peers 1\n'), 'metrics');
    for (let value = 1; value <= 20; value++)
      counter.set_int('/value', value);
    await until(() => replica.get_int('/value') === 20);
    equal(`${hub.commits} ${hub.merged} ${hub.frames} ${hub.backlog} ${hub.dropped_peers}`,
      '20 19 3 0 0', 'figures');
    check(hub.bytes > 100, 'bytes');
    client.stop();
    check(await hub.close_async(1000, null), 'closed');
  },

  async 'a signal that is waited for, and one whose origin is away'() {
    const counter = create();
    const hub = new ServerSignal.SignalHub();
    hub.add(counter);
    hub.listen(null, 0);
    const upstream = ServerSignal.SignalClient.new(hub.dup_uri());
    const edge = new ServerSignal.SignalHub();
    edge.add(await upstream.fetch_async('counter', null));
    edge.listen(null, 0);
    const client = ServerSignal.SignalClient.new(edge.dup_uri());
    const replica = await client.fetch_async('counter', null);
    equal(replica, client.get_signal('counter'), 'replica');
    equal(`${replica.stale} ${replica.age} ${replica.get_int('/value')}`, 'false 0 0', 'current');
    let error = null;
    try {
      await client.fetch_async('nothing', null);
    } catch (e) {
      error = e;
    }
    check(error?.matches(ServerSignal.SignalError, ServerSignal.SignalError.NOT_CURRENT), 'nothing');
    equal(client.get_via().join(), [hub.id, edge.id].join(), 'via');
    upstream.stop();
    await until(() => replica.stale);
    check(replica.get_age() > 0 && replica.age < 60000, 'age');
    upstream.start();
    await until(() => !replica.stale);
    client.stop();
    upstream.stop();
  },

  async 'signals on demand'() {
    const hub = new ServerSignal.SignalHub({
      linger: 0, announce: ServerSignal.SignalAnnounce.NONE,
    });
    const news = [];
    hub.connect('resolve', (_, peer, name) =>
      (name.startsWith('rooms/') ? ServerSignal.Signal.new_from_json(name, '{"value":7}') : null));
    hub.connect('followed', (_, signal, peer) => news.push(`+${signal.name}`));
    hub.connect('unfollowed', (_, signal, peer) => news.push(`-${signal.name}`));
    hub.listen(null, 0);
    const upstream = ServerSignal.SignalClient.new(hub.dup_uri());
    const edge = new ServerSignal.SignalHub({ origin: upstream, linger: 0 });
    edge.listen(null, 0);
    equal(`${hub.get_linger()} ${hub.get_announce()} ${edge.get_origin() === upstream}`,
      `0 ${ServerSignal.SignalAnnounce.NONE} true`, 'properties');
    const client = ServerSignal.SignalClient.new(edge.dup_uri());
    upstream.start();
    const room = await client.fetch_async('rooms/42?since=7', null);
    equal(room.get_int('/value'), 7, 'room');
    equal(hub.get_n_followers(hub.lookup('rooms/42?since=7')), 1, 'followers');
    let error = null;
    try {
      await client.fetch_async('halls/1', null);
    } catch (e) {
      error = e;
    }
    check(error?.matches(ServerSignal.SignalError, ServerSignal.SignalError.NOT_CURRENT), 'none');
    client.release('rooms/42?since=7');
    await until(() => hub.lookup('rooms/42?since=7') === null);
    await until(() => news.length === 2);
    equal(news.join(), '+rooms/42?since=7,-rooms/42?since=7', 'news');
    client.stop();
    upstream.stop();
    edge.close();
    hub.close();
  },

  async 'signals without a name, and lists that are read only'() {
    const hub = new ServerSignal.SignalHub();
    GLib.test_expect_message('ServerSignal', GLib.LogLevelFlags.LEVEL_CRITICAL, '*name*');
    const nameless = new ServerSignal.Signal();
    let error = null;
    try {
      hub.add(nameless);
    } catch (e) {
      error = e;
    }
    check(error?.matches(ServerSignal.SignalError, ServerSignal.SignalError.INVALID_NAME), 'no name');
    const signals = hub.get_signals();
    equal(signals.get_n_items(), 0, 'items');
    equal(signals.append, undefined, 'append');
    equal(signals.remove_all, undefined, 'remove_all');
    equal(ServerSignal.SignalClient.new('ws://127.0.0.1:1/ws').get_signals().append, undefined,
      'append to a client');
  },

  async 'pages of other origins'() {
    const hub = new ServerSignal.SignalHub({allowed_origins: ['https://example.org']});
    equal(hub.allowed_origins.join(' '), 'https://example.org', 'property');
    hub.listen(null, 0);
    const ask = origin => new Promise(resolve => {
      const session = new Soup.Session();
      const message = Soup.Message.new('GET', hub.dup_uri().replace('ws:', 'http:'));
      session.websocket_connect_async(message, origin, null, GLib.PRIORITY_DEFAULT, null, (_, result) => {
        try {
          session.websocket_connect_finish(result).close(1000, null);
        } catch {
        }
        resolve(message.get_status());
      });
    });
    equal(await ask('https://example.org'), 101, 'listed');
    equal(await ask('http://127.0.0.1'), 101, 'same host');
    equal(await ask('https://example.com'), 403, 'other');
    hub.set_allowed_origins(['*']);
    equal(await ask('https://example.com'), 101, 'all');
    hub.set_allowed_origins(null);
    equal(hub.get_allowed_origins()?.length ?? 0, 0, 'none');
    equal(await ask('https://example.org'), 403, 'no longer listed');
    check(await hub.close_async(1000, null), 'closed');
  },

  async 'a stream that is there'() {
    const hub = new ServerSignal.SignalHub({max_peers_per_address: 5});
    equal(hub.get_max_peers_per_address(), 5, 'for each address');
    hub.add(create());
    const listener = new Gio.SocketListener();
    const port = listener.add_any_inet_port(null);
    const far = new Gio.SocketClient().connect_to_host('127.0.0.1', port, null);
    const [near] = listener.accept(null);
    const client = Soup.WebsocketConnection.new(far, GLib.Uri.parse('ws://localhost/', GLib.UriFlags.NONE),
      Soup.WebsocketConnectionType.CLIENT, null, null, []);
    const texts = [];
    client.connect('message', (_, kind, message) => texts.push(new TextDecoder().decode(message.toArray())));
    const peer = hub.accept_stream(near, null);
    await until(() => texts.length > 0);
    check(texts[0].startsWith('{"name":"counter"'), 'plain');
    peer.close(1001, null);
    await until(() => client.get_state() === Soup.WebsocketState.CLOSED);
    listener.close();
  },

  async 'how a hub refuses'() {
    const hub = new ServerSignal.SignalHub({health_path: '/health', http: false});
    equal(hub.http, false, 'http');
    hub.set_http(true);
    equal(hub.get_http(), true, 'http again');
    equal(hub.health_path, '/health', 'health path');
    hub.set_health_path(null);
    equal(hub.get_health_path(), null, 'no health path');
    equal(hub.serve_path, null, 'serve path');
    hub.set_serve_path('/lib');
    hub.inspector = true;
    check(hub.get_inspector() && hub.get_serve_path() === '/lib' && /^[0-9a-f]{20}$/.test(hub.module_version), 'files');
    const server = new Soup.Server();
    hub.serve(server, '/x');
    server.listen_local(0, Soup.ServerListenOptions.IPV4_ONLY);
    hub.listen(null, 0);
    hub.connect('request', (_, message, path) => {
      if (path === '/page')
        message.set_status(204, null);
      return path === '/page';
    });
    for (const [path, expected] of [['/page', 204], ['/other', 404]]) {
      const page = Soup.Message.new('GET', hub.dup_uri().replace('ws:', 'http:').replace('/ws', path));
      let done = false;
      new Soup.Session().send_and_read_async(page, 0, null, () => done = true);
      await until(() => done);
      equal(page.get_status(), expected, path);
    }
    for (const uri of [`${hub.dup_uri().slice(0, -'/ws'.length)}/lib`,
      `ws://127.0.0.1:${server.get_uris()[0].get_port()}/x`]) {
      const module = Soup.Message.new('GET', `${uri.replace('ws:', 'http:')}/server-signal.js`);
      let done = false;
      new Soup.Session().send_and_read_async(module, 0, null, () => done = true);
      await until(() => done);
      equal(module.get_response_headers().get_content_type()[0], 'text/javascript', uri);
    }
    server.disconnect();
    let status = 0;
    hub.connect('authorize', (_, message) => {
      message.set_status(401, null);
      message.get_response_headers().append('WWW-Authenticate', 'Bearer');
      return false;
    });
    const client = ServerSignal.SignalClient.new(hub.dup_uri());
    const session = new Soup.Session();
    session.connect('request-queued', (_, message) => {
      message.connect('finished', () => {
        status = message.get_status();
        equal(message.get_response_headers().get_one('WWW-Authenticate'), 'Bearer', 'header');
      });
    });
    client.session = session;
    client.start();
    await until(() => client.state === ServerSignal.SignalClientState.CLOSED);
    equal(status, 401, 'status');
    check(await hub.close_async(1000, null), 'closed');
  },

  'the properties of a client'() {
    const client = ServerSignal.SignalClient.new('ws://localhost/ws');
    const defaults = {
      retry_min: 500, retry_max: 30000, retry_limit: 0, connect_timeout: 30000,
      keepalive_interval: 20000, max_frame_size: 64 * 1024 * 1024, max_document: 0, interval: 0,
    };
    for (const [name, value] of Object.entries(defaults)) {
      equal(client[`get_${name}`](), value, name);
      client[`set_${name}`](4321);
      equal(client[name], 4321, `set_${name}`);
      client[name] = 1234;
      equal(client[`get_${name}`](), 1234, `${name}, set`);
    }
  },

  async 'a hub and a client'() {
    const counter = create();
    const hub = ServerSignal.SignalHub.new();
    hub.add(counter);
    fails(SignalError.EXISTS, () => hub.add(create()));
    hub.listen(null, 0);
    const client = ServerSignal.SignalClient.new(hub.dup_uri());
    const replica = client.get_signal('counter');
    check(!replica.writable && replica.stale, 'a replica before its data');
    check(await client.open_async(null), 'open');
    await until(() => !replica.stale);
    counter.set_int('/value', 7);
    await until(() => replica.get_int('/value') === 7);
    fails(SignalError.READ_ONLY, () => replica.set_int('/value', 8));

    let own = null;
    hub.connect('peer-added', (_, peer) => {
      own = create('{"value":99}');
      peer.add(own);
    });
    const second = ServerSignal.SignalClient.new(hub.dup_uri());
    const other = second.get_signal('counter');
    second.start();
    await until(() => other.get_int('/value') === 99);
    equal(replica.get_int('/value'), 7, 'the first one sees the shared one');
    client.stop();
    second.stop();
    check(await hub.close_async(1000, null), 'closed');
  },
};

const loop = new GLib.MainLoop(null, false);
let status = 0;

async function main() {
  const names = Object.keys(tests);
  print(`1..${names.length}`);
  for (const [at, name] of names.entries()) {
    try {
      await tests[name]();
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
