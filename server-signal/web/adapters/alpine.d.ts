// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { Client } from '../server-signal.js';

/** A plugin that gives expressions $signal('name', '/pointer', default) of a client's signals. */
export function signals(client: Client<any>): (Alpine: any) => void;
