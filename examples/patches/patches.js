// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Patches on their own: no hub, no client.

import Json from 'gi://Json?version=1.0';
import ServerSignal from 'gi://ServerSignal?version=1';

const before = Json.from_string(JSON.stringify({
  title: 'Guests',
  rows: [{ id: 1, name: 'Alice', table: 4 }, { id: 2, name: 'Bob', table: 4 }],
}));
const after = Json.from_string(JSON.stringify({
  title: 'Guests',
  rows: [{ id: 3, name: 'Carol', table: 1 }, { id: 1, name: 'Alice', table: 4 },
    { id: 2, name: 'Bob', table: 7 }],
}));

// The difference, as text to store or to send.
const text = ServerSignal.SignalPatch.new_diff(before, after).to_json();
print(text);

// On the other side.
const patch = ServerSignal.SignalPatch.new_from_json(text);
print(Json.to_string(patch.apply(before), false));

// A patch that does not apply changes nothing, and the error names the operation.
const guard = ServerSignal.SignalPatch.new_from_json(
  '[{"op":"test","path":"/rows/0/id","value":3},{"op":"remove","path":"/rows/0"}]');
try {
  guard.apply(before);
} catch (error) {
  if (error.matches(ServerSignal.SignalError, ServerSignal.SignalError.TEST_FAILED))
    print('Carol is not the first');
}
