// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const counter = new ServerSignal.Signal('counter', { value: 41 });
counter['/value'] += 1;
let caught = false;
try {
  counter.set_int('/no/parent', 1);
} catch (error) {
  caught = error.matches(ServerSignal.SignalError, ServerSignal.SignalError.NOT_FOUND);
}
if (new ServerSignal.Hub().create('rows', [1.5]).value[0] !== 1.5)
  System.exit(1);
if (counter.get_int('/value') !== 42 || !caught)
  System.exit(1);
