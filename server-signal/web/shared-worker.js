// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The SharedWorker that has the connection of all tabs.

import { internals } from './server-signal.js';
import makeRelay from './shared-relay.js';

const relay = makeRelay(internals);
const ports = new Map();

globalThis.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => relay.hear(ports, port, data, message => port.postMessage(message));
  port.start();
};
