// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// node bench.mjs [ROUNDS]: the benchmark in this engine, its results as JSON. run.py does it in all.

import { peers, prepare } from './peers.mjs';

const ROWS = 10000;
const FRAMES = 2000; // of a measurement at most: a list is not to grow much …
const MS = 60; // … nor a slow one to take long
const BATCH_MS = 0.5; // between two looks at the clock, which is a coarse one in pages
const WARM = 20; // frames before it
const SETTLE_MS = 20; // in which a page has its turn, and its heap may be cleaned
const ROUNDS = 15;

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
  for (let i = 0; i < 20; i++) {
    expected.apply(expected.frame(patch(i)));
    tried.apply(tried.frame(patch(i)));
  }
  const right = text(tried.value()) === text(expected.value()) &&
    (!before || JSON.stringify(before) === kept);
  tried.end?.();
  if (!right)
    throw new Error(`${name} gives another document for “${workload}”`);
}

/* Microseconds a frame: of batches without the slowest quarter, as machines do other things as well. Frames
 * are made beforehand. */
function measure(name, [document, patch]) {
  const peer = prepare(name, document());
  let number = 0;
  const batch = count => {
    const frames = Array.from({ length: count }, () => peer.frame(patch(number++)));
    const start = performance.now();
    for (const frame of frames)
      peer.apply(frame);
    return performance.now() - start;
  };
  let warm = 0;
  while (number < WARM && warm < MS)
    warm += batch(peer.each ?? 1);
  const each = warm / number;
  const wanted = Math.min(Math.max(BATCH_MS / Math.max(each, 1e-3), 1), FRAMES / 10);
  const count = Math.ceil(wanted / (peer.each ?? 1)) * (peer.each ?? 1);
  const times = [];
  for (let left = MS; left > 0 && number < FRAMES;) {
    const took = batch(count);
    left -= took;
    times.push(took);
  }
  peer.end?.();
  const most = times.sort((a, b) => a - b).slice(0, Math.ceil(times.length * 3 / 4));
  return most.reduce((sum, time) => sum + time, 0) * 1000 / count / most.length;
}

function shuffle(items) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

/**
 * Each round measures each peer with each workload, on a document made anew, in an order by chance.
 * Gives the times by workload and name, one a round but for the first, which is for compilers.
 */
export async function run(rounds = ROUNDS, report = () => {}) {
  const results = {};
  const pairs = [];
  for (const workload of Object.keys(workloads)) {
    results[workload] = {};
    for (const name of Object.keys(peers)) {
      check(name, workload, workloads[workload]);
      results[workload][name] = [];
      pairs.push([workload, name]);
    }
  }
  for (let round = 0; round <= rounds; round++) {
    for (const [workload, name] of shuffle(pairs)) {
      await new Promise(done => setTimeout(done, SETTLE_MS));
      const time = measure(name, workloads[workload]);
      if (round > 0)
        results[workload][name].push(time);
    }
    report(round);
  }
  return results;
}

if (typeof process === 'object') {
  console.log(JSON.stringify(await run(Number(process.argv[2] ?? ROUNDS))));
  process.exit(0);
}
