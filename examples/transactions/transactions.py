#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Many writes, one commit."""

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal

counter = ServerSignal.Signal('counter', {'value': 0})
counter.connect('patched', lambda counter, patch:
                print(counter.get_revision(), patch.to_json()))

with counter.transaction():
    counter['/value'] = 1
    counter['/by'] = 'me'

with counter.transaction():
    counter['/value'] = 2
    counter.discard()

print(counter.dup_json(None))
