// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Says when the connection is lost, and nothing of what lasts a moment.

export function showBanner(client, banner) {
  client.subscribe((state, { lost, error }) => {
    banner.hidden = !lost;
    banner.textContent = state === 'closed' ? error.message : 'The connection was lost. Trying again …';
  });
}
