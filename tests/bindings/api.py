#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The whole API from Python, as a script would use it."""

import json
import socket
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import Gio, GLib, GObject, Json, ServerSignal, Soup

Error = ServerSignal.SignalError


def wait_until(condition, seconds=20):
    expired = []
    timeout = GLib.timeout_add_seconds(seconds, lambda: expired.append(True) or True)
    while not condition() and not expired:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(timeout)
    if expired:
        raise AssertionError('waited too long')


def new(json='{"value":0}', name='counter'):
    return ServerSignal.Signal.new_from_json(name, json)


class SignalTest(unittest.TestCase):
    def fails(self, code, function, *args):
        with self.assertRaises(GLib.Error) as caught:
            function(*args)
        self.assertTrue(caught.exception.matches(Error.quark(), code), caught.exception)
        return caught.exception.message

    def test_constructors(self):
        self.assertEqual(ServerSignal.Signal.new('a', None).dup_json(None), 'null')
        self.assertEqual(ServerSignal.Signal.new('a', Json.from_string('[1]')).dup_json(None), '[1]')
        self.assertEqual(ServerSignal.Signal(name='b').get_name(), 'b')
        self.assertIn('Line 1, column 6', self.fails(Error.INVALID_JSON, new, '{"a":}'))

    def test_properties(self):
        signal = new('{"a":[1,2]}')
        self.assertEqual((signal.props.name, signal.props.revision, signal.props.writable,
                          signal.props.stale), ('counter', 0, True, False))
        self.assertTrue(signal.props.epoch)
        self.assertNotEqual(signal.props.epoch, new().props.epoch)
        # The property hands out a copy.
        signal.props.value.get_object().set_int_member('a', 5)
        self.assertEqual(signal.dup_json(None), '{"a":[1,2]}')

    def test_getters(self):
        signal = new('{"i":-7,"d":2.75,"b":true,"s":"text","n":null,"l":[{"x":1}]}')
        self.assertTrue(signal.has('/l/0/x'))
        self.assertFalse(signal.has('/l/1'))
        self.assertEqual(signal.get_int('/i'), -7)
        self.assertEqual(signal.get_int('/d'), 2)
        self.assertEqual(signal.get_double('/d'), 2.75)
        self.assertTrue(signal.get_boolean('/b'))
        self.assertEqual(signal.dup_string('/s'), 'text')
        self.assertIsNone(signal.dup_string('/i'))
        self.assertIsNone(signal.dup_json('/nothing'))
        self.assertIsNone(signal.dup_value('/nothing'))
        self.assertEqual(signal.dup_value('/l'), [{'x': 1}])
        self.assertEqual([signal.get_n_elements(p) for p in (None, '/l', '/i')], [6, 1, 0])
        self.assertEqual(signal.list_members(None), ['i', 'd', 'b', 's', 'n', 'l'])
        self.assertEqual(signal.list_members('/l'), [])

    def test_writers(self):
        signal = new('{}')
        signal.set_int('/i', 2**63 - 1)
        signal.set_double('/d', 0.1)
        signal.set_boolean('/b', True)
        signal.set_string('/s', 'é')
        signal.set_string('/n', None)
        signal.set_json('/l', '[1,3]')
        signal.insert_json('/l/1', '2')
        signal.set_value('/l/-', Json.from_string('4'))
        signal.move('/l/0', '/l/3')
        signal.remove('/b')
        self.assertEqual(signal.dup_json(''),
                         '{"i":9223372036854775807,"d":0.1,"s":"é","n":null,"l":[2,3,4,1]}')
        self.assertEqual(signal.get_revision(), 10)
        signal.set_json('/l', '[2,3,4,1]')
        self.assertEqual(signal.get_revision(), 10, 'equal already: no commit')

    def test_errors(self):
        signal = new('{"l":[1]}')
        for code, function, args in [
                (Error.INVALID_POINTER, signal.set_int, ('no slash', 1)),
                (Error.NOT_FOUND, signal.set_int, ('/no/parent', 1)),
                (Error.NOT_FOUND, signal.insert_value, ('/l/5', Json.from_string('1'))),
                (Error.NOT_FOUND, signal.remove, ('/gone',)),
                (Error.NOT_FOUND, signal.move, ('/gone', '/l/0')),
                (Error.INVALID_JSON, signal.set_json, ('', '[')),
                (Error.INVALID_JSON, signal.set_double, ('/l/0', float('nan'))),
                (Error.LIMIT, signal.set_json, ('', '[' * 121 + ']' * 121))]:
            self.fails(code, function, *args)
            self.assertEqual((signal.dup_json(None), signal.get_revision()), ('{"l":[1]}', 0))
        self.assertIn('/no/parent', self.fails(Error.NOT_FOUND, signal.set_int, '/no/parent', 1))

    def test_transaction(self):
        signal = new()
        seen, patches = [], []
        signal.connect('notify::value', lambda s, _: seen.append(s.dup_json(None)))
        signal.connect('patched', lambda s, patch: patches.append(patch.to_json()))
        with signal.freeze_notify():
            signal.set_int('/value', 1)
            signal.set_string('/by', 'me')
            self.assertEqual(seen, [])
            self.assertEqual(signal.get_int('/value'), 1)
        self.assertEqual(seen, ['{"value":1,"by":"me"}'])
        self.assertEqual(len(patches), 1)
        self.assertEqual(signal.get_revision(), 1)
        with signal.freeze_notify():
            signal.set_int('/value', 5)
            signal.discard()
        self.assertEqual((signal.get_int('/value'), signal.get_revision(), len(seen)), (1, 1, 1))

    def test_update(self):
        signal = new('{"rows":[1,2,3]}')

        def shorter(copy):
            del copy['rows'][0]
            return copy

        self.assertTrue(signal.update(shorter))
        self.assertEqual(signal.dup_json(None), '{"rows":[2,3]}')
        self.assertTrue(signal.update(lambda copy: copy))
        self.assertEqual(signal.get_revision(), 1)
        # Nothing is committed, and the caller is told.
        for function, error in ((lambda copy: copy.clear() or 1 / 0, ZeroDivisionError),
                                (lambda copy: {'rows': {2}}, TypeError)):
            with self.assertRaises(error):
                signal.update(function)
        self.assertEqual((signal.dup_json(None), signal.get_revision()), ('{"rows":[2,3]}', 1))

    def test_view(self):
        signal = new('{"a":{"b":1},"c":0}')
        view = ServerSignal.SignalView.new(signal, '/a/b')
        counts = []
        view.connect('notify::int-value', lambda v, _: counts.append(v.props.int_value))
        signal.set_int('/c', 1)
        signal.set_int('/a/b', 2)
        signal.set_json('/a', '{"b":3}')
        self.assertEqual(counts, [2, 3])

        class Label(GObject.Object):
            text = GObject.Property(type=int)

        label = Label()
        view.bind_property('int-value', label, 'text', GObject.BindingFlags.SYNC_CREATE)
        signal.set_int('/a/b', 4)
        self.assertEqual(label.text, 4)

    def test_patch(self):
        patch = ServerSignal.SignalPatch.new_diff(Json.from_string('[1,2,3]'),
                                                  Json.from_string('[0,1,2,3]'))
        self.assertEqual(patch.get_n_operations(), 1)
        self.assertEqual(patch.to_json(), '[{"op":"add","path":"/0","value":0}]')
        result = patch.apply(Json.from_string('[1,2,3]'))
        self.assertEqual(result, [0, 1, 2, 3])
        self.assertEqual(patch.to_node(), [{'op': 'add', 'path': '/0', 'value': 0}])
        signal = new('{"a":1}')
        bad = ServerSignal.SignalPatch.new_from_json(
            '[{"op":"replace","path":"/a","value":2},{"op":"remove","path":"/b"}]')
        self.assertIn('/b', self.fails(Error.PATCH_FAILED, signal.apply_patch, bad))
        self.assertEqual(signal.get_int('/a'), 1)
        wrong = ServerSignal.SignalPatch.new_from_json('[{"op":"test","path":"/a","value":2}]')
        self.fails(Error.TEST_FAILED, signal.apply_patch, wrong)
        signal.apply_patch(ServerSignal.SignalPatch.new_from_json('[{"op":"test","path":"/a","value":1.0}]'))
        self.fails(Error.INVALID_PATCH, ServerSignal.SignalPatch.new_from_json, '[{"op":"add"}]')


class LinkTest(unittest.TestCase):
    def setUp(self):
        self.counter = new()
        self.hub = ServerSignal.SignalHub()
        self.hub.add(self.counter)
        self.assertTrue(self.hub.listen(None, 0))
        self.client = ServerSignal.SignalClient.new(self.hub.dup_uri())

    def tearDown(self):
        self.client.stop()
        self.hub.close()
        wait_until(lambda: self.hub.get_peers().get_n_items() == 0)

    def test_follow(self):
        replica = self.client.get_signal('counter')
        self.assertFalse(replica.get_writable())
        self.assertTrue(replica.get_stale())
        self.client.start()
        wait_until(lambda: not replica.get_stale())
        self.assertEqual(self.client.get_state(), ServerSignal.SignalClientState.OPEN)
        self.counter.set_int('/value', 7)
        wait_until(lambda: replica.get_int('/value') == 7)
        with self.assertRaises(GLib.Error) as caught:
            replica.set_int('/value', 8)
        self.assertTrue(caught.exception.matches(Error.quark(), Error.READ_ONLY))
        self.assertEqual(self.client.get_signals().get_n_items(), 1)
        self.assertEqual(self.client.dup_names(), ['counter'])
        self.hub.add(new('1', 'other'))
        wait_until(lambda: self.client.props.names == ['counter', 'other'])
        self.assertEqual(self.hub.get_signals().get_n_items(), 2)

    def test_interval(self):
        def expect(name):
            """The hub has heard all that was sent before this: a signal that is new comes at once."""
            self.hub.add(new('1', name))
            replica = self.client.get_signal(name)
            wait_until(lambda: not replica.get_stale())

        replica = self.client.get_signal('counter')
        self.client.props.interval = 60000
        self.client.start()
        wait_until(lambda: not replica.get_stale())
        expect('one')
        for value in range(1, 4):
            self.counter.set_int('/value', value)
        expect('two')
        # The first update came at once, if the one of the signal before did not.
        self.assertIn(replica.get_int('/value'), (0, 1))
        self.client.props.interval = 0
        wait_until(lambda: replica.get_int('/value') == 3)
        self.assertGreater(self.hub.get_merged(), 0)

    def test_properties_of_a_client(self):
        defaults = {'retry_min': 500, 'retry_max': 30000, 'retry_limit': 0, 'connect_timeout': 30000,
                    'keepalive_interval': 20000, 'max_frame_size': 64 * 1024 * 1024, 'max_document': 0, 'interval': 0}
        for name, default in defaults.items():
            notified = []
            handler = self.client.connect('notify::' + name.replace('_', '-'),
                                          lambda *args: notified.append(args))
            self.assertEqual(getattr(self.client, 'get_' + name)(), default)
            getattr(self.client, 'set_' + name)(4321)
            self.assertEqual(getattr(self.client.props, name), 4321)
            setattr(self.client.props, name, 1234)
            self.assertEqual(getattr(self.client, 'get_' + name)(), 1234)
            self.assertEqual(len(notified), 2)
            self.client.disconnect(handler)
    def test_accept_stream(self):
        ends = [Gio.SocketConnection, Gio.SocketConnection]
        for index, end in enumerate(socket.socketpair()):
            ends[index] = Gio.Socket.new_from_fd(end.detach()).connection_factory_create_connection()
        client = Soup.WebsocketConnection.new(ends[1], GLib.Uri.parse('ws://localhost/', GLib.UriFlags.NONE),
                                              Soup.WebsocketConnectionType.CLIENT, None, None, [])
        texts = []
        client.connect('message', lambda _, kind, message: texts.append(message.get_data().decode()))
        peer = self.hub.accept_stream(ends[0], 'server-signal.v1')
        self.assertEqual(peer.get_protocol(), 'server-signal.v1')
        wait_until(lambda: texts)
        self.assertIn('"hello"', texts[0])
        self.hub.set_max_peers_per_address(5)
        self.assertEqual(self.hub.props.max_peers_per_address, 5)
        peer.close(1001, None)
        wait_until(lambda: client.get_state() == Soup.WebsocketState.CLOSED)

    def test_listen_again(self):
        """A hub that was closed, at once or waiting, listens again, and its client goes on where it was."""
        replica = self.client.get_signal('counter')
        self.client.start()
        wait_until(lambda: not replica.get_stale())
        epoch = replica.get_epoch()
        for value in 1, 2:
            if value == 1:
                self.hub.close()
            else:
                closed = []
                self.hub.close_async(5000, None, lambda hub, result: closed.append(hub.close_finish(result)))
                wait_until(lambda: closed)
                self.assertEqual(closed, [True])
            self.assertIsNone(self.hub.dup_uri())
            wait_until(lambda: replica.get_stale() and self.hub.get_peers().get_n_items() == 0)
            self.counter.set_int('/value', value)
            self.assertTrue(self.hub.listen(None, 0))
            self.client.set_uri(self.hub.dup_uri())
            wait_until(lambda: not replica.get_stale())
            self.assertEqual(replica.get_int('/value'), value)
        self.assertEqual((replica.get_epoch(), self.counter.get_epoch()), (epoch, epoch))

    def test_default(self):
        replica = self.client.get_signal_with_default('other', Json.from_string('{"value":-1}'))
        self.assertEqual(replica.get_int('/value'), -1)
        self.client.start()
        self.hub.add(new('{"value":3}', 'other'))
        wait_until(lambda: replica.get_int('/value') == 3)

    def test_own_signal_of_a_peer(self):
        own = new('{"value":99}')
        self.hub.connect('peer-added', lambda hub, peer: peer.add(own))
        replica = self.client.get_signal('counter')
        self.client.start()
        wait_until(lambda: replica.get_int('/value') == 99)

    def test_authorize(self):
        asked = []
        self.hub.connect('authorize', lambda hub, message: asked.append(message) or False)
        self.client.get_signal('counter')
        self.client.start()
        wait_until(lambda: asked and self.client.get_state() in (
            ServerSignal.SignalClientState.WAITING, ServerSignal.SignalClientState.CLOSED))
        self.assertIsNotNone(self.client.props.error)

    def test_documents_by_http(self):
        uri = 'http' + self.hub.dup_uri()[2:] + '?name=counter&pointer=/value'
        session = Soup.Session()
        message = Soup.Message.new('GET', uri)
        message.get_request_headers().append('Accept', 'application/json')
        answers = []
        session.send_and_read_async(message, 0, None, lambda session, result: answers.append(
            session.send_and_read_finish(result).get_data().decode()))
        wait_until(lambda: answers)
        self.assertEqual((message.get_status(), answers), (200, ['0']))

    def test_refuse(self):
        def authorize(hub, message):
            message.set_status(429, None)
            message.get_response_headers().replace('Retry-After', '120')
            return False

        self.hub.connect('authorize', authorize)
        self.assertTrue(self.hub.props.http)
        self.hub.set_http(False)
        self.assertFalse(self.hub.get_http())
        self.hub.props.http = True
        self.hub.props.health_path = '/health'
        self.assertEqual(self.hub.get_health_path(), '/health')
        http = 'http' + self.hub.dup_uri()[2:]
        session = Soup.Session()

        def ask(uri, upgrade=False):
            message = Soup.Message.new('GET', uri)
            if upgrade:
                for name, value in (('Upgrade', 'websocket'), ('Connection', 'Upgrade'),
                                    ('Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='),
                                    ('Sec-WebSocket-Version', '13')):
                    message.get_request_headers().append(name, value)
            answers = []
            session.send_and_read_async(message, 0, None, lambda session, result: answers.append(
                session.send_and_read_finish(result).get_data().decode()))
            wait_until(lambda: answers)
            headers = message.get_response_headers()
            return (message.get_status(), message.get_reason_phrase(),
                    headers.get_one('Retry-After'), answers[0])

        self.assertEqual(ask(http, True)[:3], (429, 'Too Many Requests', '120'))
        status, reason, _, text = ask(http)
        self.assertEqual((status, reason), (426, 'Upgrade Required'))
        self.assertIn(self.hub.dup_uri(), text)
        self.assertEqual(ask(http[:-len('/ws')] + '/health')[0], 200)
        self.hub.props.health_path = None
        self.assertEqual(ask(http[:-len('/ws')] + '/health')[0], 404)

        self.assertIsNone(self.hub.get_serve_path())
        self.hub.props.serve_path = '/lib'
        module, version = http[:-len('/ws')] + '/lib', self.hub.props.module_version
        self.assertEqual(ask(module + '/server-signal.js')[0], 200)
        self.assertEqual(ask(f'{module}/{version}/server-signal.js')[0], 200)
        self.assertEqual(ask(module + '/inspector.html?ws=x')[0], 404)
        self.hub.set_inspector(True)
        self.assertTrue(self.hub.props.inspector)
        self.assertEqual(ask(module + '/inspector.html?ws=x')[0], 200)
        server = Soup.Server()
        self.hub.serve(server, None)
        server.listen_local(0, Soup.ServerListenOptions.IPV4_ONLY)
        served = f'http://127.0.0.1:{server.get_uris()[0].get_port()}/server-signal/server-signal.js'
        self.assertIn('export', ask(served)[3])
        server.disconnect()

        def request(hub, message, path):
            if path != '/metrics':
                return False
            message.set_status(200, None)
            message.set_response(ServerSignal.SIGNAL_METRICS_TYPE, Soup.MemoryUse.COPY, hub.dup_metrics().encode())
            return True

        self.hub.connect('request', request)
        self.assertEqual(ask(http[:-len('/ws')] + '/else')[0], 404)
        status, _, _, text = ask(http[:-len('/ws')] + '/metrics')
        self.assertEqual(status, 200)
        self.assertIn('\nserver_signal_signals 1\n', text)

        name = self.counter.props.name
        start, end = '<script type="application/json" id="server-signal-state">', '</script>'
        for names, expected in (None, [name]), ([name, 'x'], [name]), ([], []):
            state = self.hub.dup_state(names)
            self.assertTrue(state.startswith(start) and state.endswith(end))
            frames = json.loads(state[len(start):-len(end)])
            self.assertEqual([frame['name'] for frame in frames], expected)

    def test_open_async(self):
        results = []
        self.client.open_async(None, lambda client, result:
                               results.append(client.open_finish(result)))
        wait_until(lambda: results)
        self.assertEqual(results, [True])

    def fetch(self, client, name, cancellable=None):
        ended = []

        def done(source, result):
            try:
                ended.append(source.fetch_finish(result))
            except GLib.Error as error:
                ended.append(error)

        client.fetch_async(name, cancellable, done)
        wait_until(lambda: ended)
        return ended[0]

    def test_fetch_async(self):
        client = ServerSignal.SignalClient(uri=self.hub.dup_uri())
        fetched = self.fetch(client, 'counter')
        self.assertEqual((fetched.get_stale(), fetched.get_int('/value')), (False, 0))
        self.assertIs(fetched, client.get_signal('counter'))
        self.assertTrue(self.fetch(client, 'nothing').matches(Error.quark(), Error.NOT_CURRENT))
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        self.assertTrue(self.fetch(client, 'other', cancellable).matches(
            Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        client.stop()

    def test_stale_through_an_edge(self):
        upstream = ServerSignal.SignalClient(uri=self.hub.dup_uri())
        edge = ServerSignal.SignalHub()
        edge.add(upstream.get_signal('counter'))
        edge.listen(None, 0)
        leaf = ServerSignal.SignalClient(uri=edge.dup_uri())
        replica = leaf.get_signal('counter')
        changes = []
        replica.connect('notify::stale', lambda signal, _: changes.append(signal.get_stale()))
        self.assertEqual(replica.props.age, GLib.MAXINT64)
        leaf.start()
        upstream.start()
        wait_until(lambda: not replica.get_stale())
        self.assertEqual((replica.get_age(), self.counter.get_age()), (0, 0))
        self.assertEqual(leaf.get_via(), [self.hub.get_id(), edge.get_id()])
        upstream.stop()
        wait_until(replica.get_stale)
        self.assertEqual(leaf.get_state(), ServerSignal.SignalClientState.OPEN)
        self.assertTrue(0 < replica.props.age < 60000)
        upstream.start()
        wait_until(lambda: not replica.get_stale())
        self.assertEqual(changes, [False, True, False])
        leaf.stop()
        upstream.stop()

    def test_signals_on_demand(self):
        asked, news = [], []

        def resolve(hub, peer, name):
            asked.append(name)
            return new('{"value":7}', name) if name.startswith('rooms/') else None

        self.hub.connect('resolve', resolve)
        self.hub.connect('followed', lambda hub, signal, peer: news.append('+' + signal.get_name()))
        self.hub.connect('unfollowed', lambda hub, signal, peer: news.append('-' + signal.get_name()))
        self.hub.props.linger = 0
        self.hub.props.announce = ServerSignal.SignalAnnounce.NONE
        self.assertEqual((self.hub.get_linger(), self.hub.get_announce(), self.hub.get_origin()),
                         (0, ServerSignal.SignalAnnounce.NONE, None))
        upstream = ServerSignal.SignalClient(uri=self.hub.dup_uri())
        edge = ServerSignal.SignalHub(origin=upstream, linger=0)
        edge.listen(None, 0)
        client = ServerSignal.SignalClient(uri=edge.dup_uri())
        upstream.start()
        room = self.fetch(client, 'rooms/42?since=7')
        self.assertEqual(room.get_int('/value'), 7)
        self.assertTrue(self.fetch(client, 'halls/1').matches(Error.quark(), Error.NOT_CURRENT))
        self.assertEqual(asked, ['rooms/42?since=7', 'halls/1'])
        served = self.hub.lookup('rooms/42?since=7')
        self.assertEqual(self.hub.get_n_followers(served), 1)
        client.release('rooms/42?since=7')
        wait_until(lambda: news == ['+rooms/42?since=7', '-rooms/42?since=7'])
        wait_until(lambda: self.hub.lookup('rooms/42?since=7') is None)
        client.stop()
        upstream.stop()
        edge.close()

    def test_origin_of_ones_own(self):
        class Origin(GObject.Object, ServerSignal.SignalOrigin):
            unfollowed = None

            def do_follow(self, name):
                return new('5', name)

            def do_unfollow(self, name):
                self.unfollowed = name

        origin = Origin()
        self.hub.props.origin = origin
        self.hub.props.linger = 0
        client = ServerSignal.SignalClient(uri=self.hub.dup_uri())
        self.assertEqual(self.fetch(client, 'any').get_int(None), 5)
        client.release('any')
        wait_until(lambda: origin.unfollowed == 'any')
        client.stop()
        self.hub.props.origin = None

    def test_limits(self):
        limits = {'max_peers': 7, 'max_subscriptions': 8, 'history_bytes': 9, 'max_handshakes': 10,
                  'max_backlog': 2**40, 'stall_timeout': 0, 'flush_interval': 12,
                  'keepalive_interval': 1300, 'keepalive_timeout': 140}
        hub = ServerSignal.SignalHub(**limits)
        for name, value in limits.items():
            self.assertEqual(hub.get_property(name.replace('_', '-')), value, name)
            self.assertEqual(getattr(hub, 'get_' + name)(), value, name)
            getattr(hub, 'set_' + name)(value + 1)
            self.assertEqual(getattr(hub.props, name), value + 1, name)

    def test_flush_interval_and_figures(self):
        self.hub.props.flush_interval = 50
        replica = self.client.get_signal('counter')
        revisions = []
        replica.connect('patched', lambda signal, patch: revisions.append(signal.get_revision()))
        self.client.start()
        wait_until(lambda: not replica.get_stale())
        del revisions[:]
        for value in range(1, 31):
            self.counter.set_int('/value', value)
        wait_until(lambda: replica.get_int('/value') == 30)
        self.assertEqual(revisions, [30])
        figures = [self.hub.get_property(name) for name in (
            'n-peers', 'n-signals', 'commits', 'merged', 'backlog', 'dropped-peers')]
        self.assertEqual(figures, [1, 1, 30, 29, 0, 0])
        # The hello, the document and the update.
        self.assertEqual(self.hub.get_frames(), 3)
        self.assertGreater(self.hub.get_bytes(), 100)

    def test_lookup_and_exists(self):
        self.assertEqual(self.hub.lookup('counter'), self.counter)
        self.assertIsNone(self.hub.lookup('nothing'))
        with self.assertRaises(GLib.Error) as caught:
            self.hub.add(new())
        self.assertTrue(caught.exception.matches(Error.quark(), Error.EXISTS))
        self.hub.remove(self.counter)
        self.assertIsNone(self.hub.lookup('counter'))

    def test_nameless(self):
        GLib.test_expect_message('ServerSignal', GLib.LogLevelFlags.LEVEL_CRITICAL, '*name*')
        nameless = ServerSignal.Signal()
        with self.assertRaises(GLib.Error) as caught:
            self.hub.add(nameless)
        self.assertTrue(caught.exception.matches(Error.quark(), Error.INVALID_NAME))
        self.client.start()
        wait_until(lambda: self.hub.get_peers().get_n_items() == 1)
        with self.assertRaises(GLib.Error) as caught:
            self.hub.get_peers().get_item(0).add(nameless)
        self.assertTrue(caught.exception.matches(Error.quark(), Error.INVALID_NAME))

    def shake_hands(self, origin):
        """The status with which a page of this origin is answered."""
        session = Soup.Session()
        message = Soup.Message.new('GET', self.hub.dup_uri().replace('ws:', 'http:'))
        results = []

        def done(session, result):
            try:
                session.websocket_connect_finish(result).close(1000, None)
            except GLib.Error:
                pass
            results.append(message.get_status())

        session.websocket_connect_async(message, origin, None, GLib.PRIORITY_DEFAULT, None, done)
        wait_until(lambda: results)
        return results[0]

    def test_allowed_origins(self):
        self.assertFalse(self.hub.get_allowed_origins())
        self.assertEqual(self.shake_hands(None), 101)
        self.assertEqual(self.shake_hands('http://127.0.0.1:1'), 101)
        self.assertEqual(self.shake_hands('https://example.org'), 403)
        self.assertEqual(self.shake_hands('null'), 403)
        self.hub.set_allowed_origins(['https://example.org', 'null'])
        self.assertEqual(self.hub.get_allowed_origins(), ['https://example.org', 'null'])
        self.assertEqual(self.shake_hands('https://example.org'), 101)
        self.assertEqual(self.shake_hands('null'), 101)
        self.assertEqual(self.shake_hands('https://example.org:1'), 403)
        GLib.test_expect_message('ServerSignal', GLib.LogLevelFlags.LEVEL_CRITICAL, '*"https://example.org/"*')
        self.hub.props.allowed_origins = ['https://example.org/']
        self.assertEqual(self.hub.props.allowed_origins, ['https://example.org', 'null'])
        self.hub.set_allowed_origins(None)
        self.assertEqual(self.shake_hands('null'), 403)
        self.assertEqual(ServerSignal.SignalHub(allowed_origins=['*']).get_allowed_origins(), ['*'])

    def test_lists_are_read_only(self):
        self.client.start()
        wait_until(lambda: self.hub.get_peers().get_n_items() == 1)
        peer = self.hub.get_peers().get_item(0)
        for owner in (self.hub, peer, self.client):
            signals = owner.get_signals()
            before = signals.get_n_items()
            self.assertIsInstance(signals, Gio.ListModel)
            for method in ('append', 'insert', 'splice', 'remove', 'remove_all'):
                self.assertFalse(hasattr(signals, method), method)
            self.assertEqual(signals.get_n_items(), before)


if __name__ == '__main__':
    unittest.main()
