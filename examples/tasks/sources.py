#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Other sources that a signal can follow, and values that it cannot."""

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, GObject, ServerSignal


class Sensor(GObject.Object):
    name = GObject.Property(type=str)
    pulses = GObject.Property(type=GObject.TYPE_UINT64)


state = ServerSignal.Signal.new_from_json('state', '{}')

actions = Gio.SimpleActionGroup()
actions.add_action(Gio.SimpleAction.new_stateful('volume', None, GLib.Variant('i', 50)))
state.track_action_group('/actions', actions)
actions.lookup_action('volume').set_state(GLib.Variant('i', 70))

sensor = Sensor(name='door', pulses=1)
state.track_properties('/sensor', sensor, ['pulses'])
state.connect('source-failed', lambda state, pointer, error: print(pointer, error.message))
sensor.pulses = 2
sensor.pulses = 2**63

try:
    state.set_int('/sensor/pulses', 0)
except GLib.Error as error:
    print(error.message)

print(state.dup_json(None))
