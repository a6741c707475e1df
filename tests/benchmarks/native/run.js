// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Values of JavaScript from a signal in GJS, beside the other ways; see README.md. Usage: run.js [ROWS]

import GLib from 'gi://GLib';
import Json from 'gi://Json?version=1.0';
import ServerSignal from 'gi://ServerSignal?version=1';

const nRows = Number(ARGV[0] ?? 10000);
const rows = Array.from({ length: nRows }, (_, id) => ({
  id, name: `Row number ${id}`, price: id * 1.25, done: id % 3 === 0, tags: ['a', 'b'],
}));
const signal = new ServerSignal.Signal('rows', { rows });
const some = new ServerSignal.Signal('some', { rows: rows.slice(0, 1000) });

// The best of 9, in milliseconds.
function milliseconds(callback, number = 1) {
  let best = Infinity;
  for (let repeat = 0; repeat < 9; repeat++) {
    const start = GLib.get_monotonic_time();
    for (let n = 0; n < number; n++)
      callback();
    best = Math.min(best, (GLib.get_monotonic_time() - start) / number / 1000);
  }
  return best;
}

// By GJS's calls alone.
function fromNode(node) {
  switch (node.get_node_type()) {
    case Json.NodeType.OBJECT: {
      const object = node.get_object();
      return Object.fromEntries(object.get_members().map(name => [name, fromNode(object.get_member(name))]));
    }
    case Json.NodeType.ARRAY:
      return node.get_array().get_elements().map(fromNode);
    case Json.NodeType.VALUE:
      return node.get_value();
    default:
      return null;
  }
}

// By the functions of a signal alone.
function walk(document, pointer) {
  const members = document.list_members(pointer);
  if (members.length > 0)
    return Object.fromEntries(members.map(name => [name, walk(document, `${pointer}/${name}`)]));
  const length = document.get_n_elements(pointer);
  if (length > 0)
    return Array.from({ length }, (_, index) => walk(document, `${pointer}/${index}`));
  return document.dup_string(pointer) ?? document.get_double(pointer);
}

const text = signal.dup_json('');
print(`${nRows} rows, ${text.length} bytes of text\n`);
for (const [name, callback, factor] of [
  ['signal.value', () => signal.value, 1],
  ['JSON.parse (text), the text being there', () => JSON.parse(text), 1],
  ['Json.Node by GJS, for all rows', () => fromNode(some.dup_node('')), nRows / Math.min(nRows, 1000)],
  ['list_members() and its siblings, for all rows', () => walk(some, ''), nRows / Math.min(nRows, 1000)],
])
  print(`${name.padEnd(46)} ${(milliseconds(callback) * factor).toFixed(3).padStart(9)} ms`);
const pointer = `/rows/${nRows >> 1}/name`;
print(`${'signal["/rows/N/name"]'.padEnd(46)} ${(milliseconds(() => signal[pointer], 10000) * 1000).toFixed(3).padStart(9)} µs`);
print(`${'signal.dup_string ("/rows/N/name")'.padEnd(46)} ${(milliseconds(() => signal.dup_string(pointer), 10000) * 1000).toFixed(3).padStart(9)} µs`);
