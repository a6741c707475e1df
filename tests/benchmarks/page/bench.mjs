// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Runs each workload with each peer, here or in a browser; gives microseconds a frame.

import { peers, prepare } from './peers.mjs';

const ROWS = 10000;
const row = id => ({ id, name: `row ${id}`, price: id, amount: id % 7 });
const list = () => Array.from({ length: ROWS }, (_, id) => row(id));
const map = () => Object.fromEntries(list().map(value => [`key${value.id}`, value]));
const set = (path, value) => ({ op: 'replace', path, value });

export const workloads = {
  'list field': [list, i => [set(`/${(i * 7919) % ROWS}/price`, ROWS + i)]],
  '100 fields': [list, i => Array.from({ length: 100 },
    (_, j) => set(`/${((i * 100 + j) * 7919) % ROWS}/price`, ROWS + i))],
  'head insert': [list, i => [{ op: 'add', path: '/0', value: row(ROWS + i) }]],
  'map field': [map, i => [set(`/key${(i * 7919) % ROWS}/price`, ROWS + i)]],
};

const sorted = value => (typeof value !== 'object' || value === null ? value
  : Array.isArray(value) ? value.map(sorted)
    : Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])])));
const text = value => JSON.stringify(sorted(value));

function check(name, workload, [document, patch]) {
  const expected = prepare('rfc6902, mutating', document());
  const tried = prepare(name, document());
  const before = tried.keep ? tried.value() : null;
  const kept = before && JSON.stringify(before);
  for (let i = 0; i < 10; i++) {
    expected.apply(expected.frame(patch(i)));
    tried.apply(tried.frame(patch(i)));
  }
  const right = text(tried.value()) === text(expected.value()) &&
    (!before || JSON.stringify(before) === kept);
  tried.end?.();
  if (!right)
    throw new Error(`${name} gives another document for “${workload}”`);
}

function measure(name, [document, patch], ms) {
  const times = [];
  const peer = prepare(name, document());
  let i = 0;
  const end = performance.now() + ms;
  while (performance.now() < end || times.length < 3) {
    const frames = Array.from({ length: 20 }, () => peer.frame(patch(i++)));
    const start = performance.now();
    for (const frame of frames)
      peer.apply(frame);
    times.push((performance.now() - start) * 1000 / frames.length);
  }
  peer.end?.();
  // The lower quartile: machines do other things as well.
  return times.sort((a, b) => a - b)[Math.floor(times.length / 4)];
}

/** Calls `report(name, workload, microseconds)`; null where it cannot do it. */
export async function run(report, ms = 1000) {
  for (const workload of Object.keys(workloads)) {
    for (const name of Object.keys(peers)) {
      // A page has to breathe, and its heap to be cleaned.
      await new Promise(done => setTimeout(done, 20));
      try {
        check(name, workload, workloads[workload]);
        report(name, workload, measure(name, workloads[workload], ms));
      } catch (error) {
        report(name, workload, null, error.message);
      }
    }
  }
}
