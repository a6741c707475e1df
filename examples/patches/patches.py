#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Patches on their own: no hub, no client."""

import json

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal

before = {'title': 'Guests', 'rows': [{'id': 1, 'name': 'Alice', 'table': 4},
                                      {'id': 2, 'name': 'Bob', 'table': 4}]}
after = {'title': 'Guests', 'rows': [{'id': 3, 'name': 'Carol', 'table': 1},
                                     {'id': 1, 'name': 'Alice', 'table': 4},
                                     {'id': 2, 'name': 'Bob', 'table': 7}]}

# The difference, as text to store or to send.
text = ServerSignal.Patch.new_diff(before, after).to_json()
print(text)

# On the other side.
patch = ServerSignal.Patch.new_from_json(text)
print(json.dumps(patch.apply(before), separators=(',', ':')))

# A patch that does not apply changes nothing, and the error names the operation.
guard = ServerSignal.Patch([{'op': 'test', 'path': '/rows/0/id', 'value': 3},
                            {'op': 'remove', 'path': '/rows/0'}])
try:
    guard.apply(before)
except GLib.Error as error:
    if error.matches(ServerSignal.Error.quark(), ServerSignal.Error.TEST_FAILED):
        print('Carol is not the first')
