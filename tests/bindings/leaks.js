// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The objects that GJS makes and drops are collected, with and without toggle references.
//
// Usage: leaks.js [KIND]    SS_TEST_OBJECTS objects of each kind, 250 by default; each kind has a process
// of its own, since memory that one has freed hides a leak of the next.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const NUMBER = Number(GLib.getenv('SS_TEST_OBJECTS') ?? 250);
// 2 kB of text each, so that one that leaks shows in the memory of the process.
const ROWS = Array.from({ length: 32 }, (_, id) => ({ id, name: `row ${id}`, more: [null, true, 1.5] }));

const loop = new GLib.MainLoop(null, false);
const decoder = new TextDecoder();

function resident() {
  const [, bytes] = GLib.file_get_contents('/proc/self/statm');
  return Number(decoder.decode(bytes).split(' ')[1]) * 4096;
}

// A turn of the main loop, in which GJS drops what the collector has found.
const turn = () => new Promise(resolve => GLib.idle_add(GLib.PRIORITY_LOW, () => {
  resolve();
  return GLib.SOURCE_REMOVE;
}));

async function collect() {
  for (let round = 0; round < 4; round++) {
    System.gc();
    await turn();
  }
}

const hub = new ServerSignal.Hub();
const shared = new ServerSignal.Signal('shared', ROWS);

function refused(callback) {
  try {
    callback();
  } catch {
    return;
  }
  throw new Error('nothing was thrown');
}

// Each gives the objects that it has made.
const kinds = {
  'signals'() {
    return [new ServerSignal.Signal('s', ROWS)];
  },

  'values'(index) {
    shared['/3'] = { index: [index], rows: ROWS };
    refused(() => shared.append('', [ROWS, new Date()]));
    shared.update(value => value.slice(0, 32));
    return [shared.value, shared['/3'], shared.dup_node('')];
  },

  'patches'(index) {
    const patch = ServerSignal.Patch.from([{ op: 'replace', path: '/0', value: { index, rows: ROWS } }]);
    shared.apply_patch(patch);
    return [patch, patch.operations, patch.apply(ROWS), ServerSignal.Patch.new_diff(ROWS, [index])];
  },

  // A property of the program's makes GJS hold the object by a toggle reference while others hold it too.
  'with properties'(index) {
    const signal = hub.create('s', ROWS);
    signal.mine = [signal, index];
    const view = ServerSignal.View.new(signal, '/0/name');
    view.mine = view;
    signal.connect('notify::value', () => index);
    const rows = ServerSignal.List.new(signal, null, ServerSignal.View.$gtype);
    rows.mine = [...rows].slice(0, 8);
    if (hub.lookup('s').mine[1] !== index)
      throw new Error('the property has gone');
    hub.remove(signal);
    return [signal, view, rows];
  },

  'transactions'(index) {
    const signal = new ServerSignal.Signal('s', ROWS);
    refused(() => signal.transaction(() => {
      signal['/0'] = index;
      throw new Error('mine');
    }));
    return [signal];
  },

  async 'iterations'(index) {
    const signal = new ServerSignal.Signal('s', ROWS);
    const patches = signal.patches();
    for await (const value of signal) {
      if (value[0] === index)
        break;
      signal['/0'] = index;
    }
    await patches.return();
    return [signal, patches];
  },
};

// The memory that the process has more of afterwards, of which it keeps what kept holds.
async function grown(make, times, kept) {
  await collect();
  const before = resident();
  for (let index = 0; index < times; index++) {
    const made = await make(index);
    kept?.push(made);
    if (index % 64 === 0)
      await collect();
  }
  await collect();
  return resident() - before;
}

// GJS tells nobody when it collects something. So the same is done without keeping what is made
// and then keeping it, which is what a leak would look like.
async function check(make) {
  await grown(make, Math.min(NUMBER, 300));
  const dropped = await grown(make, NUMBER);
  const kept = [];
  const sample = Math.min(NUMBER, 250);
  const leaked = await grown(make, sample, kept) * NUMBER / sample;
  if (leaked < NUMBER * 512 || kept.length !== sample)
    throw new Error(`nothing is shown by ${leaked} bytes for ${NUMBER}`);
  if (dropped > leaked / 4)
    throw new Error(`${dropped} bytes more are in use, where ${leaked} would be all`);
  print(`${dropped} bytes more are in use; ${leaked} would be all`);
}

let status = 0;

async function main() {
  if (ARGV.length === 1) {
    await check(kinds[ARGV[0]]);
    return;
  }
  const names = Object.keys(kinds);
  print(`1..${names.length}`);
  for (const [at, name] of names.entries()) {
    const child = Gio.Subprocess.new(['gjs', '-m', System.programPath, name],
      Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_MERGE);
    const [, text] = child.communicate_utf8(null, null);
    const isGood = child.get_successful();
    print(`${text.trimEnd().replace(/^/gm, '# ')}\n${isGood ? 'ok' : 'not ok'} ${at + 1} - ${name}`);
    status ||= isGood ? 0 : 1;
  }
}

main().catch(error => {
  status = 1;
  printerr(`${error}\n${error.stack}`);
}).finally(() => loop.quit());
loop.run();
System.exit(status);
