// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A page that connects with a token.

import { connect } from './server-signal.js';

export function open(url, getToken, options = {}) {
  // Called at each attempt, so an expired token can be replaced.
  return connect(url, { protocols: () => [`token.${getToken()}`], ...options });
}
