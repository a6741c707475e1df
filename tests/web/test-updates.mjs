// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// How updates reach a page: together, in bounds, and part by part.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { applyPatch } from '../../server-signal/web/patch.js';
import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';
import { pointers, random } from './random.mjs';

const sockets = FakeWebSocket.all;
const mathRandom = Math.random;
let clock;
let client;
let number = 0;

const hello = (...signals) => ({ hello: { protocol: 'server-signal.v1', signals } });
const snapshot = (value, rev, epoch = 'E', name = 'rows') =>
  ({ name, patch: [{ op: 'replace', path: '', value }], epoch, rev });
const update = (base, ...patch) => ({ name: 'rows', patch, base, rev: base + 1 });
const set = (path, value) => ({ op: 'replace', path, value });
const rows = n => Array.from({ length: n }, (_, id) => ({ id, price: id, tags: ['a'] }));

/* A client that follows "rows", which is this at revision 0. */
function following(value, options = {}) {
  client = connect(`ws://test.invalid/updates-${++number}`,
    { WebSocket: FakeWebSocket, ...options });
  const signal = client.signal('rows');
  const socket = FakeWebSocket.last;
  socket.accept(options.plain ? '' : undefined);
  if (options.plain)
    socket.say({ name: 'rows', patch: [set('', value)] });
  else
    socket.say(hello('rows'), snapshot(value, 0));
  socket.take();
  return { signal, socket };
}

function record(subscribe) {
  const calls = [];
  const stop = subscribe((...values) => calls.push(values));
  return Object.defineProperty(calls, 'stop', { value: stop });
}

beforeEach(() => {
  clock = new FakeClock();
  Math.random = () => 0.5;
  sockets.length = 0;
});

afterEach(() => {
  client.close();
  assert.equal(clock.timers.size, 0);
  clock.restore();
  Math.random = mathRandom;
});

describe('the work of one frame', () => {
  const many = (n, make) => Array.from({ length: n }, (_, i) => make(i));
  const numbers = n => Array.from({ length: n }, (_, i) => i);

  for (const [name, make] of [
    ['inserts', i => ({ op: 'add', path: '/0', value: i })],
    ['removals', () => ({ op: 'remove', path: '/0' })],
    ['moves', () => ({ op: 'move', from: '/99999', path: '/0' })],
  ]) {
    it(`is bounded: ${name} that move too many elements ask for the document instead`, () => {
      const { signal, socket } = following(numbers(200_000));
      socket.burst(update(0, ...many(3000, make)));
      clock.work();
      assert.equal(signal.revision, 0);
      assert.equal(signal.value.length, 200_000);
      const asked = socket.take();
      assert.equal(asked.length, 1);
      assert.equal(asked[0].subscribe, 'rows');
      assert.equal(asked[0].rev, undefined);
      socket.say(snapshot([1, 2], 1));
      clock.work();
      assert.deepEqual(signal.value, [1, 2]);
      assert.equal(signal.stale, false);
    });
  }

  it('is plenty for what people do', () => {
    const { signal, socket } = following(numbers(100_000));
    socket.burst(update(0, ...many(1000, i => ({ op: 'add', path: '/0', value: -i }))));
    clock.work();
    assert.equal(signal.revision, 1);
    assert.equal(signal.value.length, 101_000);
    assert.deepEqual(signal.value.slice(0, 2), [-999, -998]);
  });

  it('is not bounded where an application asks for it itself', () => {
    const list = applyPatch(numbers(200_000), many(1500, i => ({ op: 'add', path: '/0', value: i })));
    assert.equal(list.length, 201_500);
  });
});

describe('frames that come together', () => {
  it('are applied together, in a task of their own, and told once with one patch', () => {
    const { signal, socket } = following(rows(3));
    const values = record(listener => signal.subscribe(listener));
    const watched = record(listener => signal.watch(listener));
    const before = signal.value;
    const patches = [[set('/0/price', 7)], [set('/1/price', 8), set('/0/price', 9)]];
    socket.burst(...patches.map((patch, i) => update(i, ...patch)));
    assert.equal(signal.value, before);
    assert.equal(client.behind, 2);
    clock.work();
    assert.equal(client.behind, 0);
    assert.deepEqual(values.map(([value]) => value.map(({ price }) => price)),
      [[0, 1, 2], [9, 8, 2]]);
    assert.deepEqual(values[1][1], patches.flat());
    assert.ok(Object.isFrozen(values[1][1]) && Object.isFrozen(values[1][1][0]));
    assert.equal(watched.length, 2);
    assert.equal(signal.revision, 2);
    assert.deepEqual(before, rows(3));
    assert.equal(signal.value[2], before[2]);
    assert.deepEqual(applyPatch(before, values[1][1]), signal.value);
  });

  it('make one copy of a list', () => {
    const { signal, socket } = following(rows(5000));
    const slice = Array.prototype.slice;
    let copied = 0;
    Array.prototype.slice = function counted(...range) {
      copied += this.length;
      return slice.apply(this, range);
    };
    try {
      assert.equal(signal.value.length, 5000);
      socket.burst(...Array.from({ length: 100 }, (_, i) => update(i, set(`/${i}/price`, -1))));
      clock.work();
      assert.equal(signal.value.filter(({ price }) => price < 0).length, 100);
    } finally {
      Array.prototype.slice = slice;
    }
    assert.ok(copied < 2 * 5000, `${copied} elements were copied`);
  });

  it('stay whole when one in the middle does not apply', () => {
    for (const seen of [true, false]) {
      const { signal, socket } = following(rows(3));
      const kept = seen ? signal.value : null;
      socket.burst(update(0, set('/0/price', 7), { op: 'add', path: '/0', value: { id: 9 } },
        { op: 'remove', path: '/1/tags' }, { op: 'add', path: '/1/x', value: 1 }),
      update(1, set('/1/price', 8), { op: 'add', path: '/0', value: 5 },
        { op: 'remove', path: '/2/id' }, { op: 'move', from: '/3', path: '/0' },
        { op: 'copy', from: '/1', path: '/-' }, { op: 'add', path: '/2/x', value: [] },
        { op: 'add', path: '/2/x/-', value: 4 }, { op: 'copy', from: '/2', path: '/0' },
        { op: 'remove', path: '/gone' }),
      update(2, set('/0/id', 10)));
      clock.work();
      assert.deepEqual(signal.value,
        [{ id: 9 }, { id: 0, price: 7, x: 1 }, ...rows(3).slice(1)]);
      assert.equal(signal.stale, true);
      assert.equal(signal.revision, 1);
      assert.equal(socket.take().length, 1, 'a snapshot is asked for');
      if (seen)
        assert.deepEqual(kept, rows(3));
      client.close();
    }
  });

  it('reach the page before the close that follows on them', () => {
    const { signal, socket } = following(rows(1));
    socket.burst(update(0, set('/0/price', 7)));
    socket.lose(1001);
    assert.equal(signal.value[0].price, 7);
    assert.equal(client.state, 'waiting');
  });

  it('are forgotten by close()', () => {
    const { signal, socket } = following(rows(1));
    socket.burst(update(0, set('/0/price', 7)));
    client.close();
    clock.work();
    assert.equal(signal.value[0].price, 0);
    assert.equal(client.behind, 0);
  });

  it('say nothing of what stood between', () => {
    const { socket } = following(rows(1));
    const states = record(listener => client.subscribe(listener));
    socket.burst({ signal: 'added', name: 'a' }, { signal: 'removed', name: 'a' },
      { signal: 'added', name: 'b' });
    clock.work();
    assert.equal(states.length, 2);
    assert.deepEqual(client.names, ['rows', 'b']);
  });

  it('are applied in plain as well', () => {
    const { signal, socket } = following(rows(2), { plain: true });
    const values = record(listener => signal.subscribe(listener));
    socket.burst({ name: 'rows', patch: [set('/0/price', 7)] },
      { name: 'rows', patch: [set('/1/price', 8)] });
    clock.work();
    assert.equal(values.length, 2);
    assert.deepEqual(signal.value.map(({ price }) => price), [7, 8]);
  });
});

describe('a page that cannot keep up', () => {
  /* Each frame takes so long to be read. */
  function slowly(ms, run) {
    const { parse } = JSON;
    JSON.parse = text => {
      clock.now += ms;
      return parse(text);
    };
    try {
      run();
    } finally {
      JSON.parse = parse;
    }
  }

  it('gets its turn between, says that it is behind, and catches up', () => {
    const { signal, socket } = following(rows(1));
    const stale = [];
    signal.watch(() => stale.push(signal.stale));
    const told = record(listener => client.subscribe(listener));
    slowly(5, () => {
      socket.burst(...Array.from({ length: 300 }, (_, i) => update(i, set('/0/price', i))));
      assert.equal(client.behind, 300);
      clock.tasks.shift()();
      assert.equal(client.behind, 298, 'a slice of 8 ms');
      assert.equal(signal.value[0].price, 1);
      assert.equal(signal.stale, false);
      while (client.behind > 80)
        clock.tasks.shift()();
      assert.equal(signal.stale, true, 'it shows what was so a second ago');
      assert.ok(stale.includes(true));
      const { length } = told;
      assert.equal(length, 3, 'the listeners of the client are told, and that less is asked for');
      clock.work();
    });
    assert.equal(client.behind, 0);
    assert.equal(signal.stale, false);
    assert.equal(stale[stale.length - 1], false);
    assert.equal(told.length, 4);
    assert.equal(signal.value[0].price, 299);
  });

  it('asks the server for less, and for all again when it has kept up', () => {
    const { signal, socket } = following(rows(1), { heartbeat: 0 });
    const told = [];
    client.subscribe(() => told.push(client.interval));
    let rev = 0;
    const burst = count => {
      const list = Array.from({ length: count }, () => update(rev++, set('/0/price', rev)));
      slowly(5, () => {
        socket.burst(...list);
        clock.work();
      });
      return socket.take();
    };
    assert.deepEqual(burst(40), [], 'a moment is nothing');
    assert.deepEqual(burst(130), [{ interval: 100 }]);
    assert.equal(client.interval, 100);
    assert.equal(signal.value[0].price, rev);
    assert.deepEqual(burst(80), [], 'what was on its way says nothing');
    clock.pass(1000);
    assert.deepEqual(burst(80), [{ interval: 200 }]);
    clock.pass(4000);
    assert.deepEqual(socket.take(), []);
    clock.pass(1000);
    assert.deepEqual(socket.take(), [{ interval: 100 }], 'half as much');
    clock.pass(5000);
    assert.deepEqual(socket.take(), [{ interval: 0 }]);
    clock.pass(60000);
    assert.deepEqual(socket.take().filter(frame => 'interval' in frame), []);
    // It was too much: twice as long until the next try.
    assert.deepEqual(burst(80), [{ interval: 100 }]);
    clock.pass(9000);
    assert.equal(client.interval, 100);
    clock.pass(1000);
    assert.equal(client.interval, 0);
    assert.deepEqual(told.filter((value, i) => value !== told[i - 1]), [0, 100, 200, 100, 0, 100, 0]);
    for (let i = 0; i < 10; i++) {
      burst(80);
      clock.pass(client.interval + 1000);
    }
    assert.equal(client.interval, 10000, 'the most');

    // The next connection is asked the same; one after close() is not.
    socket.lose();
    clock.pass(500);
    FakeWebSocket.last.accept();
    assert.deepEqual(FakeWebSocket.last.take()[0], { interval: 10000 });
    client.close();
    client.open();
    FakeWebSocket.last.accept();
    assert.equal(FakeWebSocket.last.take().some(frame => 'interval' in frame), false);
  });

  it('asks for less as well when its listeners hardly let it rest', () => {
    const { signal, socket } = following(rows(1), { heartbeat: 0 });
    let takes = 90;
    signal.subscribe(() => { clock.now += takes; });
    const run = (frames, pause) => {
      for (let i = 0; i < frames; i++) {
        clock.pass(pause);
        socket.say(update(signal.revision, set('/0/price', i)));
      }
      return socket.take();
    };
    assert.deepEqual(run(100, 30), [], 'a quarter of the time is enough');
    assert.deepEqual(run(50, 10), [{ interval: 100 }], 'a tenth is not');
    takes = 1;
    assert.deepEqual(run(10, 1000), [{ interval: 0 }]);
  });

  it('keeps to what the application wants at least', () => {
    const { socket } = following(rows(1), { heartbeat: 0, interval: 150 });
    slowly(5, () => {
      socket.burst(...Array.from({ length: 100 }, (_, i) => update(i, set('/0/price', i))));
      clock.work();
    });
    assert.deepEqual(socket.take(), [{ interval: 300 }]);
    clock.pass(5000);
    assert.deepEqual(socket.take(), [{ interval: 150 }]);
    clock.pass(60000);
    assert.equal(client.interval, 150);
  });

  it('connects again when more waits than it may keep, and goes on from what it has', () => {
    const { signal, socket } = following(rows(1));
    socket.say(update(0, set('/0/price', 1)));
    const text = 'x'.repeat(2 ** 24);
    for (let i = 0; i < 4; i++)
      socket.burst(update(1 + i, set('/0/price', text)));
    assert.equal(client.state, 'open');
    socket.burst(update(5, set('/0/price', 'last')));
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'behind');
    assert.equal(client.behind, 0);
    assert.equal(signal.stale, true);
    clock.pass(500);
    FakeWebSocket.last.accept();
    const [{ rev }] = FakeWebSocket.last.take();
    assert.equal(rev, 1);
  });
});

describe('a part', () => {
  it('is told of what becomes of it only', () => {
    const { signal, socket } = following(rows(5));
    const part = signal.at('/3/price');
    assert.equal(part.pointer, '/3/price');
    assert.equal(part.signal, signal);
    const calls = record(listener => part.subscribe(listener));
    socket.say(update(0, set('/2/price', 7)), update(1, set('/3/id', 7)),
      update(2, set('/3/price', 8)), update(3, set('/3/price', 8)));
    assert.deepEqual(calls, [[3], [8]]);
    assert.equal(part.value, 8);
    calls.stop();
    socket.say(update(4, set('/3/price', 9)));
    assert.equal(calls.length, 2);
    assert.equal(part.value, 9);
  });

  it('is a place, into which others may move, and which may go', () => {
    const { signal, socket } = following(rows(5));
    const calls = record(listener => signal.at('/3/price').subscribe(listener));
    const other = record(listener => signal.at('/1').at('/price').subscribe(listener));
    const list = record(listener => signal.at('').subscribe(listener));
    socket.say(update(0, { op: 'remove', path: '/2' }),
      update(1, { op: 'move', from: '/0', path: '/3' }),
      update(2, { op: 'copy', from: '/1', path: '/3' }),
      update(3, { op: 'add', path: '/0', value: {} }),
      update(4, set('', null)), update(5, set('', rows(5))));
    assert.deepEqual(calls.flat(), [3, 4, 0, 3, 4, undefined, 3]);
    assert.deepEqual(other.flat(), [1, 3, 1, undefined, 1]);
    assert.equal(list.length, 7);
  });

  it('that is a list or an object is another one after each change, and the old is kept', () => {
    const { signal, socket } = following({ a: { list: [1], more: {} }, b: {} });
    const calls = record(listener => signal.at('/a').subscribe(listener));
    const more = signal.at('/a/more').value;
    for (let i = 0; i < 3; i++)
      socket.say(update(i, { op: 'add', path: '/a/list/-', value: i }));
    assert.deepEqual(calls.map(([{ list }]) => list.length), [1, 2, 3, 4]);
    assert.equal(signal.at('/a/more').value, more);
    socket.say(update(3, set('/b', 1)));
    assert.equal(calls.length, 4);
    assert.throws(() => signal.at('a'), { code: 'invalid-pointer' });
    assert.throws(() => signal.at('/a').at('~'), { code: 'invalid-pointer' });
  });

  it('tells one listener, though another throws', () => {
    const { signal, socket } = following(rows(1));
    globalThis.reportError = () => {};
    try {
      signal.at('/0').subscribe(() => { throw new Error('mine'); });
      const calls = record(listener => signal.at('/0').subscribe(listener));
      socket.say(update(0, set('/0/id', 5)));
      assert.equal(calls.length, 2);
    } finally {
      delete globalThis.reportError;
    }
  });

  it('of a document nobody reads as a whole costs no copy of it', () => {
    const { signal, socket } = following(rows(5000));
    const calls = record(listener => signal.at('/7/price').subscribe(listener));
    socket.say(update(0, set('/7/price', -1)));
    const slice = Array.prototype.slice;
    Array.prototype.slice = function refused(...range) {
      assert.ok(this.length < 5000);
      return slice.apply(this, range);
    };
    try {
      for (let i = 1; i < 50; i++)
        socket.say(update(i, set('/7/price', i)));
    } finally {
      Array.prototype.slice = slice;
    }
    assert.equal(calls.length, 51);
    const { value } = signal;
    socket.say(update(50, set('/7/price', 50)));
    assert.equal(value[7].price, 49, 'what was read stays as it was');
  });

  /* All listeners together see what one would who compares everything. */
  it('is right after whatever operations', () => {
    const { below, operation, value } = random(7);
    for (let round = 0; round < 60; round++) {
      let document = value(4);
      const { signal, socket } = following(document);
      const seen = new Map();
      const listened = [...pointers(document), '/0', '/1', '/a', '/-'];
      for (const pointer of listened)
        signal.at(pointer).subscribe(part => seen.set(pointer, JSON.stringify(part)));
      for (let revision = 0, i = 0; i < 30; i++) {
        const frames = [];
        for (let j = 1 + below(3); j > 0; j--) {
          const patch = [operation(document)];
          try {
            document = applyPatch(document, patch);
            frames.push(update(revision++, ...patch));
          } catch (error) {
            // Not everything applies.
          }
        }
        if (below(3) === 0)
          assert.deepEqual(signal.value, signal.value);
        socket.burst(...frames);
        clock.work();
        for (const pointer of listened)
          assert.equal(seen.get(pointer), JSON.stringify(signal.get(pointer)), pointer);
        assert.deepEqual(signal.value, document);
        if (JSON.stringify(document).length > 3000)
          break;
      }
      client.close();
    }
  });
});

describe('identity', () => {
  const reconnected = (before, after) => {
    const { signal, socket } = following(before);
    const old = signal.value;
    socket.lose();
    clock.pass(500);
    FakeWebSocket.last.accept();
    FakeWebSocket.last.say(hello('rows'), snapshot(after, 0, 'F'));
    assert.deepEqual(signal.value, after);
    assert.equal(signal.stale, false);
    client.close();
    return [old, signal.value];
  };

  it('is kept over a reconnect with rows inserted at the head, moved and removed', () => {
    const all = rows(300);
    const moved = [{ id: 'new', price: 1 }, ...all.slice(200), ...all.slice(0, 100)];
    for (const [before, after] of [[all, [{ id: 'new' }, { id: 'newer' }, ...all]],
      [all, moved], [moved, all], [all, all.slice(7)], [all.slice(7), all]]) {
      const [old, now] = reconnected(before, after);
      for (const row of now) {
        const was = old.find(({ id }) => id === row.id);
        if (was)
          assert.equal(row, was);
      }
    }
  });

  it('is kept by equality where there is no id', () => {
    const plain = rows(20).map(({ price, tags }) => ({ price, tags: [price, ...tags] }));
    const [old, now] = reconnected(plain, [{ price: -1 }, ...plain.slice(0, 10), [5], 'x',
      { ...plain[11], price: 99 }, ...plain.slice(12)]);
    for (let i = 0; i < 10; i++)
      assert.equal(now[i + 1], old[i]);
    assert.equal(now[19], old[17]);
    const [same] = [reconnected({ a: [[1], [2]] }, { a: [[1], [2]] })];
    assert.equal(same[0], same[1]);
  });

  it('is kept for the parts of a row that changed, known by its id', () => {
    const all = rows(20);
    const after = [{ id: 'new' }, ...all.map(row => ({ ...row, price: row.price + 1 }))];
    const [old, now] = reconnected(all, after);
    assert.ok(old.every(({ tags }, i) => now[i + 1].tags === tags));
  });

  it('is not mistaken where ids stand twice, or for something else', () => {
    const strange = [{ id: 1 }, { id: '1' }, { id: 1, x: 1 }, { id: null }, { id: { a: 1 } }, [1],
      1, '1', null, { id: 1 }];
    const [, now] = reconnected(strange, [...strange].reverse());
    assert.deepEqual(now, [...strange].reverse());
    reconnected([], strange);
    reconnected(strange, []);
    reconnected(strange, [...strange, ...strange]);
  });
});

describe('freezing', () => {
  it('does not matter to objects of many members, whatever their names', () => {
    const names = ['__proto__', 'constructor', 'toString',
      ...Array.from({ length: 200 }, (_, i) => `key${i}`)];
    const text = `{${names.map((name, i) => `"${name}":{"n":${i}}`).join()}}`;
    const { signal, socket } = following(JSON.parse(text));
    const before = signal.value;
    socket.say(update(0, set('/key7/n', -1), { op: 'add', path: '/valueOf', value: 5 }));
    assert.deepEqual(Object.keys(signal.value), [...names, 'valueOf']);
    assert.equal(Object.getPrototypeOf(signal.value), Object.prototype);
    assert.equal(signal.value.key7.n, -1);
    assert.equal(signal.get('/__proto__/n'), 0);
    assert.equal(JSON.stringify(before), text);
  });

  it('does not matter to those whose members come and go', () => {
    const large = () => Object.fromEntries(rows(200).map(row => [`key${row.id}`, row]));
    const { signal, socket } = following({ a: large(), b: large() });
    let expected = { a: large(), b: large() };
    const steps = [[set('/a/key1/price', 9)], [{ op: 'add', path: '/a/new', value: 1 }],
      [set('/a/key2/price', 8)], [{ op: 'remove', path: '/a/key3' }], [set('/a/new', 2)],
      [{ op: 'move', from: '/a/key4', path: '/b/moved' }], [set('/b/moved', 4), set('/a/key5', 5)],
      [{ op: 'remove', path: '/b/moved' }, { op: 'add', path: '/b/moved', value: 6 }]];
    steps.forEach((patch, i) => {
      const before = signal.value;
      const text = JSON.stringify(before);
      socket.say(update(i, ...patch));
      expected = applyPatch(expected, patch);
      assert.equal(JSON.stringify(signal.value), JSON.stringify(expected));
      assert.equal(JSON.stringify(before), text);
    });
    // One that does not apply leaves nothing of itself, names neither.
    socket.say(update(steps.length, { op: 'add', path: '/a/other', value: 1 },
      { op: 'remove', path: '/a/key6' }, { op: 'remove', path: '/nothing' }));
    socket.say(snapshot({ ...expected, c: 1 }, 20));
    assert.deepEqual(signal.value, { ...expected, c: 1 });
    socket.say({ name: 'rows', patch: [set('/a/key7', 7)], base: 20, rev: 21 });
    expected.a.key7 = 7;
    assert.equal(JSON.stringify(signal.value.a), JSON.stringify(expected.a));
  });

  it('is for what is small', () => {
    const { signal, socket } = following({ small: [{}], large: rows(1000) });
    assert.ok(Object.isFrozen(signal.value) && Object.isFrozen(signal.value.small));
    assert.ok(!Object.isFrozen(signal.value.large));
    assert.ok(signal.value.large.every(Object.isFrozen));
    socket.say(update(0, set('/small/0', { x: [1] }), set('/large/5/price', 7)));
    assert.ok(Object.isFrozen(signal.value.small[0].x) && Object.isFrozen(signal.value.small));
    assert.ok(Object.isFrozen(signal.value.large[5]) && !Object.isFrozen(signal.value.large));
    for (let i = 1; i < 200; i++)
      socket.say(update(i, { op: 'add', path: '/small/-', value: i }));
    assert.ok(!Object.isFrozen(signal.value.small), 'which it is no more');
  });
});
