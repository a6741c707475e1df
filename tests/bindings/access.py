#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Access to a hub and to its signals, from Python."""

import contextlib
import socket
import sys
import unittest

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import Gio, GLib, ServerSignal, Soup

CLOSED = ServerSignal.SignalClientState.CLOSED


def wait_until(condition, seconds=20):
    expired = []
    timeout = GLib.timeout_add_seconds(seconds, lambda: expired.append(True) or True)
    while not condition() and not expired:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(timeout)
    if expired:
        raise AssertionError('waited too long')


def new(name='counter', json='{"value":0}'):
    return ServerSignal.Signal.new_from_json(name, json)


class AccessTest(unittest.TestCase):
    def setUp(self):
        self.hub = ServerSignal.SignalHub()
        self.signal = new()
        self.hub.add(self.signal)
        self.hub.listen(None, 0)
        self.peers = []
        self.hub.connect('peer-added', lambda hub, peer: self.peers.append(peer))
        self.clients = []

    def tearDown(self):
        for client in self.clients:
            client.stop()
        closed = []
        self.hub.close_async(2000, None, lambda hub, result: closed.append(True))
        wait_until(lambda: closed)

    def client(self, token=None, path=''):
        client = ServerSignal.SignalClient.new(self.hub.dup_uri() + path)
        session = Soup.Session()
        client.set_session(session)
        client.token = token
        if token is not None:
            session.connect('request-queued', lambda session, message: message.get_request_headers()
                            .replace('Authorization', 'Bearer ' + client.token))
        self.clients.append(client)
        return client


class HandshakeTest(AccessTest):
    def test_now(self):
        def handshake(hub, handshake):
            token = handshake.get_headers().get_one('Authorization')
            if token != 'Bearer anna':
                handshake.get_response_headers().append('WWW-Authenticate', 'Bearer')
                handshake.reject(401, 'No such session')
            else:
                handshake.accept(token.removeprefix('Bearer '))
            return True

        self.hub.connect('handshake', handshake)
        client = self.client('anna', '?since=4')
        replica = client.get_signal('counter')
        client.start()
        wait_until(lambda: not replica.props.stale)
        peer = self.peers[0]
        self.assertEqual(peer.props.user, 'anna')
        shown = peer.props.handshake
        self.assertEqual(shown.props.user, 'anna')
        self.assertEqual(shown.props.uri.get_query(), 'since=4')
        self.assertEqual(shown.props.uri.get_scheme(), 'ws')
        self.assertEqual(shown.props.protocols, ['server-signal.v1'])
        self.assertEqual(shown.props.headers.get_one('Upgrade'), 'websocket')
        self.assertTrue(shown.props.remote_address.get_address().get_is_loopback())
        self.assertIsNone(shown.props.tls_peer_certificate)
        self.assertEqual(shown.get_tls_peer_certificate_errors(), 0)
        self.assertIsNone(shown.props.credentials)
        self.assertIsNone(shown.get_response_headers())

        refused = self.client('bert')
        refused.start()
        wait_until(lambda: refused.get_state() == CLOSED)
        self.assertIn('401 No such session', refused.props.error.message)

    def test_later(self):
        asked = []
        self.hub.connect('handshake', lambda hub, handshake: asked.append(handshake) or True)
        client = self.client()
        replica = client.get_signal('counter')
        client.start()
        wait_until(lambda: asked)
        GLib.timeout_add(1, asked.pop().accept, 'carla')
        wait_until(lambda: not replica.props.stale)
        self.assertEqual(self.peers[0].get_user(), 'carla')

        # One that nobody keeps is refused.
        dropped = self.client()
        dropped.start()
        wait_until(lambda: asked)
        asked.clear()
        wait_until(lambda: dropped.get_state() == CLOSED)
        self.assertIn('403', dropped.props.error.message)

    def test_user(self):
        ends = [Gio.Socket.new_from_fd(end.detach()).connection_factory_create_connection()
                for end in socket.socketpair()]
        peer = self.hub.accept_stream_with_user(ends[0], 'server-signal.v1', 'dora')
        self.assertEqual(peer.props.user, 'dora')
        self.assertIsNone(peer.get_handshake())
        seen = []
        peer.connect('notify::user', lambda peer, pspec: seen.append(peer.props.user))
        peer.props.user = 'emil'
        peer.set_user(None)
        self.assertEqual(seen, ['emil', None])


class AllowTest(AccessTest):
    def test_review(self):
        secret = new('staff/pay')
        staff = set()
        asked = []

        def allow(hub, peer, signal):
            asked.append(signal.get_name())
            return not signal.get_name().startswith('staff/') or peer.get_user() in staff

        self.hub.connect('allow', allow)
        self.hub.connect('handshake', lambda hub, handshake: handshake.accept('anna') or True)
        self.hub.add(secret)
        client = self.client()
        counter, pay = client.get_signal('counter'), client.get_signal('staff/pay')
        client.start()
        wait_until(lambda: not counter.props.stale and client.props.error)
        self.assertEqual(sorted(asked), ['counter', 'staff/pay'])
        self.assertTrue(pay.props.stale)
        self.assertIn('staff/pay', client.props.error.message)

        staff.add('anna')
        self.peers[0].review()
        wait_until(lambda: not pay.props.stale)
        self.assertIsNone(client.props.error)
        staff.clear()
        self.hub.review()
        wait_until(lambda: pay.props.stale)
        self.assertEqual(pay.get_int('/value'), 0)


class ExpiryTest(AccessTest):
    def setUp(self):
        super().setUp()
        self.token = 'first'

        def handshake(hub, handshake):
            if handshake.get_headers().get_one('Authorization') == 'Bearer ' + self.token:
                handshake.accept(None)
            else:
                handshake.reject(401, None)
            return True

        self.hub.connect('handshake', handshake)

    def test_renew(self):
        attempts = []

        def unauthorized(client, attempt):
            attempts.append((attempt, client.props.error.message))
            client.token = self.token
            return True

        client = self.client('too old')
        client.connect('unauthorized', unauthorized)
        replica = client.get_signal('counter')
        client.start()
        wait_until(lambda: not replica.props.stale)
        self.assertEqual(len(attempts), 1)
        self.assertIn('401', attempts[0][1])

        self.token = 'second'
        now = GLib.DateTime.new_now_utc()
        peer = self.peers[0]
        peer.props.expires = now
        self.assertEqual(peer.get_expires().format_iso8601(), now.format_iso8601())
        wait_until(lambda: len(self.peers) == 2 and not replica.props.stale)
        self.assertIn('3000: the credentials have expired', attempts[1][1])
        peer = self.peers[1]
        peer.set_expires(now.add_years(1))
        peer.set_expires(None)
        self.assertIsNone(peer.props.expires)

    def test_nothing_newer(self):
        asked = []
        client = self.client('wrong')
        client.connect('unauthorized', lambda client, attempt: asked.append(attempt) or True)
        client.start()
        wait_until(lambda: client.get_state() == CLOSED)
        self.assertEqual(asked, [1, 2, 3])


class Oops(Exception):
    pass


def oops(*arguments):
    raise Oops


class RaisingTest(AccessTest):
    """Each way in has a handler that raises: nobody comes in, sees or does anything because of that."""

    @contextlib.contextmanager
    def raising(self, signal, n, source=None):
        """A handler that raises, n times in all while this lasts."""
        source = source or self.hub
        raised = []
        hook, sys.excepthook = sys.excepthook, lambda kind, *rest: raised.append(kind)
        handler = source.connect(signal, oops)
        try:
            yield
        finally:
            sys.excepthook = hook
            source.disconnect(handler)
        self.assertEqual(raised, [Oops] * n)

    def refused(self):
        client = self.client()
        client.start()
        wait_until(lambda: client.get_state() == CLOSED)
        self.assertEqual(self.peers, [])
        return client.props.error.message

    def follow(self, name='counter'):
        client = self.client()
        replica = client.get_signal(name)
        client.start()
        wait_until(lambda: not replica.props.stale or client.props.error)
        return client, replica

    def test_handshake(self):
        with self.raising('handshake', 1):
            self.assertIn('403', self.refused())
        # One that has forgotten to say so is no better.
        kept = []
        handler = self.hub.connect('handshake', lambda hub, handshake: kept.append(handshake))
        self.assertIn('403', self.refused())
        self.hub.disconnect(handler)
        # The next one may take it over, and an answer is an answer.
        handler = self.hub.connect('handshake', lambda hub, handshake: handshake.accept('anna'))
        self.follow()
        self.assertEqual(self.peers[0].get_user(), 'anna')
        self.hub.disconnect(handler)
        # Where nobody asks, all come in.
        self.follow()
        self.assertIsNone(self.peers[1].get_user())

    def test_authorize(self):
        with self.raising('authorize', 1):
            self.assertIn('403', self.refused())

    def test_allow(self):
        with self.raising('allow', 1):
            client, replica = self.follow()
        self.assertTrue(replica.props.stale)
        self.assertIn('counter', client.props.error.message)
        self.peers[0].review()
        wait_until(lambda: not replica.props.stale)
        # One that could be seen, too.
        with self.raising('allow', 1):
            self.hub.review()
            wait_until(lambda: replica.props.stale)

    def test_resolve(self):
        with self.raising('resolve', 1):
            client, replica = self.follow('other')
        self.assertTrue(replica.props.stale)
        self.assertIn('other', client.props.error.message)

    def test_calls(self):
        done = []
        self.hub.connect('call', lambda hub, call: done.append(call.get_method()) or call.return_(None) or True)
        client, _ = self.follow()

        def call():
            end = []
            client.call_async('clear', None, None, lambda client, result: end.append(result))
            wait_until(lambda: end)
            try:
                client.call_finish(end[0])
            except GLib.Error as error:
                return ServerSignal.SignalError.dup_call_code(error)

        with self.raising('allow-call', 1):
            self.assertEqual(call(), 'unknown-method')
        self.assertEqual(done, [])
        self.assertIsNone(call())
        self.assertEqual(done, ['clear'])

    def test_call(self):
        client, _ = self.follow()
        end = []
        with self.raising('call::clear', 1):
            client.call_async('clear', None, None, lambda client, result: end.append(result))
            wait_until(lambda: end)
        with self.assertRaises(GLib.Error) as caught:
            client.call_finish(end[0])
        self.assertEqual(ServerSignal.SignalError.dup_call_code(caught.exception), 'unknown-method')

    def test_request(self):
        uri = self.hub.dup_uri().replace('ws:', 'http:').replace('/ws', '/page')
        message = Soup.Message.new('GET', uri)
        end = []
        with self.raising('request', 1):
            Soup.Session().send_and_read_async(message, 0, None, lambda session, result: end.append(result))
            wait_until(lambda: end)
        self.assertEqual(message.get_status(), Soup.Status.NOT_FOUND)

    def test_unauthorized(self):
        handler = self.hub.connect('handshake', lambda hub, handshake: handshake.reject(401, None) or True)
        client = self.client()
        with self.raising('unauthorized', 1, client):
            client.start()
            wait_until(lambda: client.get_state() == CLOSED)
        self.assertIn('401', client.props.error.message)
        self.hub.disconnect(handler)


if __name__ == '__main__':
    unittest.main()
