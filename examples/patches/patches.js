// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Patches on their own: no hub, no client.

import ServerSignal from 'gi://ServerSignal?version=1';

const before = {
  title: 'Guests',
  rows: [{ id: 1, name: 'Alice', table: 4 }, { id: 2, name: 'Bob', table: 4 }],
};
const after = {
  title: 'Guests',
  rows: [{ id: 3, name: 'Carol', table: 1 }, { id: 1, name: 'Alice', table: 4 },
    { id: 2, name: 'Bob', table: 7 }],
};

// The difference, as text to store or to send.
const text = ServerSignal.Patch.new_diff(before, after).to_json();
print(text);

// On the other side.
const patch = ServerSignal.Patch.new_from_json(text);
print(JSON.stringify(patch.apply(before)));

// A patch that does not apply changes nothing, and the error names the operation.
const guard = ServerSignal.Patch.from([
  { op: 'test', path: '/rows/0/id', value: 3 }, { op: 'remove', path: '/rows/0' }]);
try {
  guard.apply(before);
} catch (error) {
  if (error.matches(ServerSignal.Error, ServerSignal.Error.TEST_FAILED))
    print('Carol is not the first');
}
