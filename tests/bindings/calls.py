#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Calls from Python, at both ends."""

import unittest

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, ServerSignal

Error = ServerSignal.SignalError


def wait_until(condition, seconds=20):
    expired = []
    timeout = GLib.timeout_add_seconds(seconds, lambda: expired.append(True) or True)
    while not condition() and not expired:
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(timeout)
    if expired:
        raise AssertionError('waited too long')


class CallTest(unittest.TestCase):
    def setUp(self):
        self.hub = ServerSignal.SignalHub()
        self.counter = ServerSignal.Signal.new_from_json('counter', '{"value":0}')
        self.hub.add(self.counter)
        self.hub.listen(None, 0)
        self.client = ServerSignal.SignalClient.new(self.hub.dup_uri())
        self.replica = self.client.get_signal('counter')
        self.client.start()

    def tearDown(self):
        self.client.stop()
        self.hub.close()

    def call(self, method, arguments=None, cancellable=None, progress=None):
        """The value, or the exception of the call."""
        end = []

        def done(client, result):
            try:
                end.append(client.call_full_finish(result))
            except GLib.Error as error:
                end.append(error)

        flags = ServerSignal.SignalCallFlags.NONE
        if progress is None:
            self.client.call_async(method, arguments, cancellable, done)
        else:
            self.client.call_full_async(method, arguments, flags, progress, (), cancellable, done)
        wait_until(lambda: end)
        return end[0]

    def test_return(self):
        def add(hub, call):
            arguments = call.dup_arguments()
            self.assertEqual(call.get_method(), 'add')
            self.assertEqual(call.props.peer, hub.get_peers()[0])
            value = self.counter.get_int('/value') + arguments['by']
            self.counter.set_int('/value', value)
            call.return_(value)
            return True

        self.hub.connect('call::add', add)
        self.assertEqual(self.call('add', {'by': 3}), 3)
        self.assertEqual(self.replica.get_int('/value'), 3)
        self.assertEqual(self.call('add', {'by': 4}), 7)
        self.assertEqual(self.replica.get_int('/value'), 7)

    def test_later_with_progress(self):
        kept = []
        seen = []
        self.hub.connect('call::slow', lambda hub, call: kept.append(call) or True)

        def answer():
            if not kept:
                return True
            call = kept.pop()
            call.progress({'percent': 50})
            call.return_(None)
            return False

        GLib.timeout_add(1, answer)

        def progress(client, value):
            seen.append(value['percent'])

        self.assertIsNone(self.call('slow', progress=progress))
        self.assertEqual(seen, [50])

    def test_await(self):
        async def ask():
            seen = []
            answer = await self.client.call('echo', {'a': [1]}, progress=lambda _, value: seen.append(value),
                                            idempotent=True)
            return answer, seen

        def echo(hub, call):
            call.progress(1)
            call.return_(call.arguments)
            return True

        self.hub.connect('call::echo', echo)
        self.assertEqual(ServerSignal.run(ask()), ({'a': [1]}, [1]))

    def test_errors(self):
        def fail(hub, call):
            how = call.dup_arguments()
            if how == 'own':
                call.fail('no-such-task', 'it is gone', [1])
            elif how == 'error':
                call.return_error(GLib.Error.new_literal(Gio.io_error_quark(), 'not yours',
                                                         Gio.IOErrorEnum.PERMISSION_DENIED))
            return True

        self.hub.connect('call::fail', fail)
        for how, code, message in (('own', 'no-such-task', 'no-such-task: it is gone'),
                                   ('error', 'permission-denied', 'permission-denied: not yours')):
            error = self.call('fail', how)
            self.assertTrue(error.matches(Error.quark(), Error.CALL_FAILED), error)
            self.assertEqual(error.message, message)
            self.assertEqual(Error.dup_call_code(error), code)
        self.assertEqual(Error.dup_call_code(self.call('nobody')), 'unknown-method')

    def test_allow_call(self):
        self.hub.connect('allow-call', lambda hub, peer, method: method != 'secret')
        self.hub.connect('call', lambda hub, call: call.return_(None) or True)
        self.assertIsNone(self.call('open'))
        self.assertEqual(Error.dup_call_code(self.call('secret')), 'unknown-method')

    def test_cancel(self):
        kept = []
        cancellable = Gio.Cancellable()
        self.hub.connect('call::slow', lambda hub, call: kept.append(call) or cancellable.cancel() or True)
        error = self.call('slow', cancellable=cancellable)
        self.assertTrue(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        wait_until(lambda: kept[0].get_cancellable().is_cancelled())
        kept.pop().return_(None)

    def test_actions(self):
        group = Gio.SimpleActionGroup()
        asked = []
        seek = Gio.SimpleAction.new('seek', GLib.VariantType('d'))
        seek.connect('activate', lambda _, parameter: asked.append(parameter.get_double()))
        group.add_action(seek)
        group.add_action(Gio.SimpleAction.new_stateful('mute', None, GLib.Variant('b', False)))
        self.hub.add_action_group('player', group)
        remote = self.client.get_action_group('player')
        self.assertIsInstance(remote, Gio.ActionGroup)
        wait_until(lambda: remote.get_action_enabled('seek'))
        self.assertEqual(sorted(remote.list_actions()), ['mute', 'seek'])
        self.assertEqual(remote.get_action_parameter_type('seek').dup_string(), 'd')
        remote.activate_action('seek', GLib.Variant('d', 2.5))
        remote.change_action_state('mute', GLib.Variant('b', True))
        wait_until(lambda: remote.get_action_state('mute').get_boolean())
        self.assertEqual(asked, [2.5])
        seek.set_enabled(False)
        wait_until(lambda: not remote.get_action_enabled('seek'))
        self.hub.remove_action_group('player')
        wait_until(lambda: not remote.get_action_enabled('mute'))


if __name__ == '__main__':
    unittest.main()
