// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

/** How long a call takes of the processor, in milliseconds. Others may have the processor meanwhile, which a clock counts. */
export function processorTime(call) {
  const start = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
