// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

export * from './server-signal.js';
