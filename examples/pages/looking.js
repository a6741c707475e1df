// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Ways to look at a counter until it has reached ten.

export function showAndStop(counter, element) {
  const controller = new AbortController();
  counter.subscribe(({ value }) => { element.textContent = value; }, { signal: controller.signal });
  controller.abort();
}

export async function countToTen(counter) {
  const { value } = await counter.ready;
  for await (const next of counter) {
    if (next.value >= 10)
      return next.value - value.value;
  }
  return 0;
}
