// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const counter = ServerSignal.Signal.new_from_json('counter', '{"value":41}');
counter.set_int('/value', 42);
let caught = false;
try {
  counter.set_int('/no/parent', 1);
} catch (error) {
  caught = error.matches(ServerSignal.SignalError, ServerSignal.SignalError.NOT_FOUND);
}
if (counter.get_int('/value') !== 42 || !caught)
  System.exit(1);
