// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The rows of table.json in GJS, with native values; see table.py. Usage: table.js TABLE URI

import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const [path, uri] = ARGV;
const [, bytes] = GLib.file_get_contents(path);
const text = new TextDecoder().decode(bytes);
// Numbers that a double cannot carry come by the library's own functions.
const rows = ServerSignal.Signal.new_from_json('table', text);
const table = JSON.parse(text);

// GJS warns of integers that it has to round.
function getInt(document, pointer) {
  const value = document.get(pointer, 0);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value : document.get_int(pointer);
}

const read = (document, pointer) => ({
  has: document.has(pointer), int: getInt(document, pointer), double: document.get_double(pointer),
  boolean: document.get_boolean(pointer), string: document.dup_string(pointer),
  n: document.get_n_elements(pointer), members: document.list_members(pointer),
  value: document.get(pointer, null),
});

class Discarded extends Error {}

function carryOut(signal, row, at) {
  const { op, pointer, value = null } = row;
  switch (op) {
    case 'set_int':
      signal.set_json(pointer, rows.dup_json(`${at}/value`));
      break;
    case 'set_double':
    case 'set_boolean':
    case 'set_string':
    case 'set_json':
    case 'insert_json':
    case 'insert_value':
      signal[op](pointer, value);
      break;
    case 'set_value':
      if (pointer === '')
        signal.value = value;
      else
        signal[pointer] = value;
      break;
    case 'append':
      signal.append(pointer, value);
      break;
    case 'remove':
      signal.remove(pointer);
      break;
    case 'move':
      signal.move(row.from, pointer);
      break;
    case 'apply_patch':
      signal.apply_patch(value);
      break;
    case 'update':
      signal.update(() => value);
      break;
    default:
      try {
        signal.transaction(() => {
          signal[pointer] = value;
          signal.append('/l', value);
          if (op === 'discard')
            throw new Discarded();
        });
      } catch (error) {
        if (!(error instanceof Discarded))
          throw error;
      }
  }
}

function write(row, index) {
  const at = `/writes/${index}`;
  const signal = ServerSignal.Signal.new_from_json('row', rows.dup_json(`${at}/start`));
  const patches = [];
  let error = null;
  signal.connect('patched', (_, patch) => patches.push(patch.operations));
  try {
    carryOut(signal, row, at);
  } catch (caught) {
    if (!(caught instanceof GLib.Error) || caught.domain !== ServerSignal.Error.quark())
      throw caught;
    error = caught.code;
  }
  return { value: signal.value, revision: signal.revision, patches, error };
}

const loop = new GLib.MainLoop(null, false);
let status = 0;

async function main() {
  const client = ServerSignal.Client.new(uri);
  const document = client.signal('document');
  await client.open_async();
  for await (const value of document) {
    if (value !== null)
      break;
  }
  print(JSON.stringify({
    reads: table.reads.map(row => read(document, row.pointer)),
    writes: table.writes.map(write),
  }));
  client.stop();
}

main().catch(error => {
  status = 1;
  logError(error);
}).finally(() => loop.quit());
loop.run();
System.exit(status);
