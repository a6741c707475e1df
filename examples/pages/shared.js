// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A client that has one connection for all tabs of its pages, and says by what it comes.

import { connect } from './server-signal.js';

export const client = connect('ws', { shared: true });

export const describe = () => (client.transport === 'events' ? 'Connected by HTTP' : client.state);
