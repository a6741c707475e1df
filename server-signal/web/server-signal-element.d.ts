// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { Client } from './server-signal.js';

/** Connects to what `src` names for as long as it is in a document, and binds what it contains. */
export class ServerSignalElement extends HTMLElement {
  /** The client, while it is in a document. */
  readonly client: Client | null;
}

/** Says how the connection is: its attributes have the texts, such as `lost="…"`. */
export class SignalStatusElement extends HTMLElement {}
