# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

counter = ServerSignal.Signal('counter', {'value': 41})
counter['/value'] += 1
assert counter.get_int('/value') == 42
assert ServerSignal.Hub().create('rows', [1.5]).value == [1.5]
try:
    counter.set_int('/no/parent', 1)
    raise SystemExit('no error')
except GLib.Error as error:
    assert error.matches(ServerSignal.SignalError.quark(), ServerSignal.SignalError.NOT_FOUND), error
