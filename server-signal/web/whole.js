// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./whole.d.ts"

// The module with all that it would load by itself, for where nothing can be loaded later, as in a service
// worker, or is not to be:
//
//   import { connect } from './whole.js';

import calls from './calls.js';
import events from './events.js';
import pace from './pace.js';
import plain from './plain.js';
import { internals } from './server-signal.js';
import shared from './shared.js';
import trees from './trees.js';
import trouble from './trouble.js';
import updates from './updates.js';
import upkeep from './upkeep.js';
import waiting from './waiting.js';

// One needs those before it.
const files = { trees, updates, upkeep, calls, events, pace, plain, shared, trouble, waiting };
for (const [name, make] of Object.entries(files))
  internals.parts[name] ??= make(internals);

export * from './server-signal.js';
