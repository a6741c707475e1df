// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The override for GJS: values in and out, items, transactions, promises and iterations.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Json from 'gi://Json?version=1.0';
import ServerSignal from 'gi://ServerSignal?version=1';
import System from 'system';

const { Error: SignalError, Patch, Signal, View } = ServerSignal;
const BOARD = { title: 'Tea', rows: [{ id: 1, name: 'Ada' }, { id: 2, name: 'Grace' }], rest: null };

const board = () => new Signal('board', BOARD);

function check(condition, what) {
  if (!condition)
    throw new Error(`not so: ${what}`);
}

function equal(a, b, what = '') {
  check(JSON.stringify(a) === JSON.stringify(b),
    `${what}: ${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

function caught(callback) {
  try {
    callback();
  } catch (error) {
    return error;
  }
  throw new Error('no error was thrown');
}

const nested = depth => depth === 0 ? 0 : [nested(depth - 1)];

const tests = {
  'values there and back'() {
    const signal = new Signal('any');
    equal(signal.value, null);
    for (const value of [true, false, 0, -1.5, 2 ** 53, 1e21, 5e-324, '', 'é😀"\\\n', [], {}, { a: { '/': [null] } },
      [[1], [2.25]], nested(120), null]) {
      signal.value = value;
      equal([signal.value, new Signal('new', value).value, signal.dup_value(''), JSON.parse(signal.dup_json('')),
        Signal.new('new', value).value, new Signal({ name: 'bag', value }).value],
      [value, value, value, value, value, value]);
    }
    const row = Object.assign(Object.create(null), { a: 1 });
    signal.value = [row, row];
    equal(signal.value, [{ a: 1 }, { a: 1 }], 'the same object twice is no cycle');
    equal(new Signal({ name: 'x' }).value, null, 'without a value');
  },

  'values that JSON cannot carry'() {
    const cycle = { a: [1] };
    cycle.a.push(cycle);
    class Mine {}
    for (const [value, pointer, kind, words] of [
      [new Date(), '', TypeError, 'Date'], [{ due: { on: new Date() } }, '/due/on', TypeError, 'Date'],
      [NaN, '', RangeError, 'not finite'], [[0, [-Infinity]], '/1/0', RangeError, 'not finite'],
      [{ n: 2n }, '/n', TypeError, 'BigInt'], [{ 'a/b': { '~': new Set() } }, '/a~1b/~0', TypeError, 'Set'],
      [cycle, '/a/1', RangeError, 'cycle'], [nested(121), '/0'.repeat(120), RangeError, '120 levels'],
      [{ s: '\ud800' }, '/s', RangeError, 'surrogate'], [{ s: 'a\0b' }, '/s', RangeError, 'NUL'],
      [{ '\ud800': 1 }, '', RangeError, 'surrogate'], [[undefined], '/0', TypeError, 'undefined'],
      // eslint-disable-next-line no-sparse-arrays
      [[1, , 2], '/1', TypeError, 'undefined'], [{ f() {} }, '/f', TypeError, 'function'],
      [{ m: new Mine() }, '/m', TypeError, 'Mine'], [{ g: new Gio.Cancellable() }, '/g', TypeError, ''],
      [Symbol('s'), '', TypeError, 'symbol']]) {
      const signal = board();
      for (const [prefix, write] of [
        ['', () => (signal.value = value)], ['/rows/0', () => (signal['/rows/0'] = value)],
        ['/rows/-', () => signal.append('/rows', value)], ['/rows/1', () => signal.insert_value('/rows/1', value)],
        ['', () => signal.update(() => [value][0] ?? NaN)], ['', () => new Signal('bad', value)],
        ['', () => Patch.new_diff(null, value)]]) {
        const error = caught(write);
        check(error instanceof kind, `${error} is a ${kind.name}`);
        check(error.message.startsWith(`At "${prefix}${pointer}": `), `${error.message} has ${prefix}${pointer}`);
        check(error.message.includes(words), `${error.message} has ${words}`);
      }
      equal([signal.value, signal.revision], [BOARD, 0], 'as it was');
    }
  },

  'nodes go in as well'() {
    const signal = Signal.new('board', Json.from_string('{"a":1}'));
    signal.set_value('/b', Json.from_string('[2]'));
    signal['/c'] = Json.from_string('null');
    equal(signal.value, { a: 1, b: [2], c: null });
    signal.update(() => Json.from_string('[3]'));
    equal([signal.value, new Signal('n', Json.from_string('4')).value], [[3], 4]);
    check(signal.dup_node('') instanceof Json.Node, 'a node');
  },

  'items'() {
    const signal = board();
    equal([signal['/rows/0/name'], signal['/rest'], signal.get(''), signal.get('/rows/1')],
      ['Ada', null, BOARD, BOARD.rows[1]]);
    check(signal['/nothing'] === undefined && signal.get('/nothing', 7) === 7 && signal.get('/rest', 7) === null, 'missing');
    equal([signal.length, [...signal], [...new Signal('l', [1, [2]])]],
      [3, Object.entries(BOARD), [1, [2]]]);
    signal['/rows/0'] = { id: 9 };
    signal['/rows/-'] = 'last';
    signal['/rows/0/id'] += 1;
    signal.append('/rows', null);
    signal.insert('/rows/0', [1.5]);
    signal.remove('/rest');
    equal(signal.value, { title: 'Tea', rows: [[1.5], { id: 10 }, { id: 2, name: 'Grace' }, 'last', null] });
    check(caught(() => (signal['/no/parent'] = 1)).matches(SignalError, SignalError.NOT_FOUND), 'no parent');
    check(caught(() => '/rows' in signal) instanceof TypeError, 'in');
    for (const pointer of ['rows', '/a~', '/a~2'])
      check(caught(() => signal.get(pointer)).message.includes('JSON Pointer'), pointer);
    check(caught(() => new Signal('n', 1).length) instanceof TypeError, 'no length');
    // Other names are as they were.
    check(signal instanceof Signal && signal instanceof GObject.Object && signal.nothing === undefined &&
      !('nothing' in signal) && 'connect' in signal && signal.name === 'board', 'an object');
    signal.mine = 1;
    equal([signal.mine, Object.keys(signal)], [1, ['mine']]);
  },

  'appending'() {
    const signal = new Signal('x', { list: [], object: {}, full: { '-': 1 }, text: '[]', number: 1, nothing: null });
    const { value } = signal;
    const patches = [];
    signal.connect('patched', (_, patch) => patches.push(patch.operations));
    for (const pointer of ['', '/object', '/full', '/text', '/number', '/nothing']) {
      const error = caught(() => signal.append(pointer, 1));
      check(error instanceof TypeError && error.message.includes(`No list is at "${pointer}"`), `${pointer}: ${error}`);
    }
    for (const [pointer, code] of [['/gone', 'NOT_FOUND'], ['/list/0', 'NOT_FOUND'], ['list', 'INVALID_POINTER'],
      ['/a~', 'INVALID_POINTER']]) {
      const error = caught(() => signal.append(pointer, 1));
      check(error instanceof GLib.Error && error.matches(SignalError, SignalError[code]) &&
        error.message.includes(pointer), `${pointer}: ${error}`);
    }
    equal([signal.value, patches, signal.revision], [value, [], 0], 'as it was');
    signal.append('/list', 'a');
    signal.append('/list', ['b']);
    equal(patches, [[{ op: 'add', path: '/list/-', value: 'a' }], [{ op: 'add', path: '/list/-', value: ['b'] }]]);
    // RFC 6901 knows a member of this name.
    signal['/object/-'] = 2;
    equal([signal['/list'], signal['/object']], [['a', ['b']], { '-': 2 }]);
  },

  'as text'() {
    const signal = board();
    equal([`${signal}`, JSON.stringify({ signal })], [JSON.stringify(BOARD), JSON.stringify({ signal: BOARD })]);
    equal([`${View.new(signal, '/title')}`, `${View.new(signal, '/rows/0/id')}`], ['Tea', '1']);
    equal(`${ServerSignal.List.new(signal, '/rows', View.$gtype)}`, JSON.stringify(BOARD.rows).replace('},{', '}, {'));
  },

  'views'() {
    const signal = board();
    const view = View.new(signal, '/rows');
    equal([view.value, view.length, [...view], view.get('/0/name'), view.get('/2', 3), view.dup_value()],
      [BOARD.rows, 2, BOARD.rows, 'Ada', 3, BOARD.rows]);
    signal.remove('/rows');
    equal(view.value, null);
  },

  'transactions'() {
    const signal = board();
    const seen = [];
    signal.connect('notify::value', () => seen.push(signal['/title']));
    equal(signal.transaction(inside => {
      inside['/title'] = 'Coffee';
      signal.transaction(() => (signal['/title'] = 'Cocoa'));
      return seen.length;
    }), 0, 'nothing seen inside');
    equal([seen, signal.revision], [['Cocoa'], 1]);
    const error = new Error('mine');
    check(caught(() => signal.transaction(() => {
      signal['/title'] = 'Milk';
      throw error;
    })) === error, 'the error');
    equal([signal['/title'], seen, signal.revision], ['Cocoa', ['Cocoa'], 1], 'discarded');
    signal['/title'] = 'Water';
    equal(seen, ['Cocoa', 'Water']);
  },

  'update'() {
    const signal = new Signal('n', { n: 1 });
    signal.update(value => ({ ...value, m: 2 }));
    signal.update(value => {
      value.n = 3;
    });
    equal(signal.value, { n: 3, m: 2 });
    signal.update(() => null);
    equal(signal.value, null);
  },

  'patches'() {
    const signal = board();
    const patches = [];
    signal.connect('patched', (_, patch) => patches.push(...patch));
    signal['/title'] = 'Coffee';
    equal(patches, [{ op: 'replace', path: '/title', value: 'Coffee' }]);
    const operations = [{ op: 'add', path: '/rows/0', value: { id: 0 } }, { op: 'remove', path: '/rest' }];
    const patch = Patch.from(operations);
    equal([patch.length, [...patch], patch.operations, patch.to_node(), JSON.parse(JSON.stringify(patch))],
      [2, operations, operations, operations, operations]);
    equal(patch.apply({ rows: [], rest: 0 }), { rows: [{ id: 0 }] });
    signal.apply_patch(patch);
    signal.apply_patch([{ op: 'remove', path: '/rows/0' }]);
    equal(signal.value, { title: 'Coffee', rows: BOARD.rows });
    equal(Patch.new_diff([1], [1, 2]).operations, [{ op: 'add', path: '/1', value: 2 }]);
    equal(Patch.new_from_node(operations).operations, operations);
    equal(Patch.new_from_node(Json.from_string('[]')).operations, []);
    caught(() => Patch.from([{ op: 'jump' }]));
  },

  async 'promises and iterations'() {
    const hub = new ServerSignal.Hub();
    const signal = hub.create('rows', [1]);
    equal(hub.lookup('rows') === signal, true);
    hub.listen(null, 0);
    const client = ServerSignal.Client.new(hub.dup_uri());
    const replica = client.signal('rows', [0]);
    equal(client.signal('other').value, null);
    equal(await client.open_async(), true);
    const seen = [];
    for await (const value of replica) {
      seen.push(value);
      if (value.length === 3)
        break;
      if (value[0] !== 0)
        signal.append('', value.length + 1);
    }
    // The last of those that come together is enough.
    equal([seen[0], seen.at(-1)], [[0], [1, 2, 3]]);

    const patches = replica.patches();
    signal['/0'] = 'a';
    signal['/1'] = 'b';
    const operations = [];
    for await (const patch of patches) {
      operations.push(...patch);
      if (operations.length === 2)
        break;
    }
    equal(operations.map(({ path, value }) => [path, value]), [['/0', 'a'], ['/1', 'b']]);

    const waiting = replica[Symbol.asyncIterator]();
    await waiting.next();
    const next = waiting.next();
    await waiting.return();
    equal([await next, await waiting.next()], [{ done: true }, { done: true }], 'ended while it waited');

    let done = null;
    await new Promise(resolve => hub.close_async(1000, null, (source, result) => {
      done = source.close_finish(result);
      resolve();
    }));
    equal(done, true, 'with a callback as before');
    client.stop();
    const bad = ServerSignal.Client.new('http://[');
    const error = await bad.open_async(null).then(() => null, reason => reason);
    check(error instanceof GLib.Error && error.message.includes('http://['), `rejected: ${error}`);
  },

  async 'patches that nobody takes'() {
    const signal = new Signal('n', 0);
    const patches = signal.patches();
    for (let n = 1; n <= 10002; n++)
      signal.set_int('', n);
    let taken = 0;
    let error = null;
    try {
      for await (const patch of patches)
        taken += patch.length;
    } catch (reason) {
      error = reason;
    }
    equal(taken, 10000);
    check(error?.matches(SignalError, SignalError.LIMIT), `the limit: ${error}`);
  },
};

const loop = new GLib.MainLoop(null, false);
let status = 0;

async function main() {
  const names = Object.keys(tests);
  print(`1..${names.length}`);
  for (const [at, name] of names.entries()) {
    try {
      await tests[name]();
      print(`ok ${at + 1} - ${name}`);
    } catch (error) {
      status = 1;
      print(`not ok ${at + 1} - ${name}\n# ${error}\n# ${error.stack?.replaceAll('\n', '\n# ')}`);
    }
  }
  loop.quit();
}

main();
loop.run();
System.exit(status);
