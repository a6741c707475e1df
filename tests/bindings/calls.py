#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Calls from Python, at both ends."""

import json
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, Json, ServerSignal

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
        """The value as JSON text, or the exception of the call."""
        end = []

        def done(client, result):
            try:
                end.append(Json.to_string(client.call_full_finish(result), False))
            except GLib.Error as error:
                end.append(error)

        node = Json.from_string(json.dumps(arguments)) if arguments is not None else None
        flags = ServerSignal.SignalCallFlags.NONE
        if progress is None:
            self.client.call_async(method, node, cancellable, done)
        else:
            self.client.call_full_async(method, node, flags, progress, (), cancellable, done)
        wait_until(lambda: end)
        return end[0]

    def test_return(self):
        def add(hub, call):
            arguments = call.dup_arguments().get_object()
            self.assertEqual(call.get_method(), 'add')
            self.assertEqual(call.props.peer, hub.get_peers()[0])
            value = self.counter.get_int('/value') + arguments.get_int_member('by')
            self.counter.set_int('/value', value)
            call.return_(Json.from_string(str(value)))
            return True

        self.hub.connect('call::add', add)
        self.assertEqual(self.call('add', {'by': 3}), '3')
        self.assertEqual(self.replica.get_int('/value'), 3)
        self.assertEqual(self.call('add', {'by': 4}), '7')
        self.assertEqual(self.replica.get_int('/value'), 7)

    def test_later_with_progress(self):
        kept = []
        seen = []
        self.hub.connect('call::slow', lambda hub, call: kept.append(call) or True)

        def answer():
            if not kept:
                return True
            call = kept.pop()
            call.progress(Json.from_string('50'))
            call.return_(None)
            return False

        GLib.timeout_add(1, answer)

        def progress(client, value):
            seen.append(value.get_int())

        self.assertEqual(self.call('slow', progress=progress), 'null')
        self.assertEqual(seen, [50])

    def test_errors(self):
        def fail(hub, call):
            how = call.dup_arguments().get_string()
            if how == 'own':
                call.fail('no-such-task', 'it is gone', Json.from_string('[1]'))
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
        self.assertEqual(self.call('open'), 'null')
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
