// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import type { Patch } from './server-signal.js';

/**
 * Applies a JSON Patch, all of it or nothing, and gives the new document. Neither argument is
 * changed: parts that the patch does not touch are shared with `document`, new ones are copies.
 * Throws a ServerSignalError, or a ValueError for a value that is no JSON.
 */
export function applyPatch(document: any, patch: Patch): any;
