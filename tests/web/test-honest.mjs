// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A page says of its connection only what is so, or takes it back soon.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const PROTOCOL = 'server-signal.v1';
const sockets = FakeWebSocket.all;
const random = Math.random;
const globals = ['addEventListener', 'removeEventListener', 'dispatchEvent'];
let clock;
let client;
let number = 0;
let page;

const hello = { hello: { protocol: PROTOCOL, signals: ['counter'] } };
const snapshot = { name: 'counter', patch: [{ op: 'replace', path: '', value: 1 }], epoch: 'E',
  rev: 7 };
const confirmation = { name: 'counter', patch: [], base: 7, rev: 7 };
const happen = (type, more = {}) =>
  globalThis.dispatchEvent(Object.assign(new Event(type), more));

function begin(options = {}) {
  client = connect(`ws://test.invalid/honest-${++number}`,
    { WebSocket: FakeWebSocket, ...options });
  return client.signal('counter');
}

/* With the defaults, and the first data. */
function following(options) {
  const signal = begin(options);
  const socket = FakeWebSocket.last;
  socket.accept(undefined, false);
  socket.say(hello, snapshot);
  socket.take();
  assert.equal(signal.stale, false);
  return { signal, socket };
}

/* For how long something is so, in milliseconds. */
function lasts(condition, limit = 100000) {
  const start = clock.now;
  while (condition() && clock.now - start < limit)
    clock.pass(100);
  return clock.now - start;
}

beforeEach(() => {
  clock = new FakeClock();
  Math.random = () => 0.5;
  sockets.length = 0;
  page = new EventTarget();
  page.visibilityState = 'visible';
  globalThis.document = page;
  const target = new EventTarget();
  for (const name of globals)
    globalThis[name] = target[name].bind(target);
});

afterEach(() => {
  client.close();
  assert.equal(clock.timers.size, 0);
  clock.restore();
  Math.random = random;
  delete globalThis.document;
  globals.forEach(name => delete globalThis[name]);
});

describe('what is shown as current', () => {
  it('is not for more than ten seconds after the network has gone', () => {
    for (const busy of [0, 100, 1000, 4999]) {
      const { signal, socket } = following();
      for (let i = 0; busy && i < 20000; i += busy) {
        clock.pass(busy);
        socket.say(confirmation);
      }
      const told = [];
      signal.watch(({ stale }) => told.push(stale));
      assert.ok(lasts(() => !signal.stale) <= 10000);
      assert.deepEqual(told, [false, true]);
      assert.ok(lasts(() => client.state === 'open') <= 10000);
      client.close();
    }
  });

  it('is so again with whatever comes', () => {
    const { signal, socket } = following();
    clock.pass(9500);
    assert.equal(signal.stale, true);
    assert.equal(client.state, 'open', 'it may be slow');
    socket.say(confirmation);
    assert.equal(signal.stale, false);
    for (let i = 0; i < 10; i++) {
      clock.pass(5000);
      socket.say(confirmation);
      assert.equal(signal.stale, false);
    }
  });

  it('is not while the server says that nobody vouches for it', () => {
    const { signal, socket } = following();
    const told = [];
    signal.watch(({ stale, value }) => told.push([stale, value]));
    clock.pass(1000);
    socket.say({ signal: 'stale', name: 'counter', age: 60000 });
    assert.equal(signal.stale, true);
    assert.equal(signal.age, 60000);
    clock.pass(500);
    assert.equal(signal.age, 60500);
    socket.say({ name: 'counter', patch: [{ op: 'replace', path: '', value: 2 }], base: 7, rev: 8 });
    assert.equal(signal.stale, true);
    socket.say({ signal: 'fresh', name: 'counter' });
    assert.equal(signal.stale, false);
    assert.equal(signal.age, 0);
    assert.deepEqual(told, [[false, 1], [true, 1], [true, 2], [false, 2]]);
    assert.deepEqual(socket.take(), [], 'nothing is asked for that');
    assert.deepEqual(client.names, ['counter']);
  });

  it('is never where the word comes before the document', () => {
    const signal = begin();
    const socket = FakeWebSocket.last;
    const told = [];
    signal.watch(({ stale, age }) => told.push([stale, age]));
    socket.accept(undefined, false);
    socket.say(hello, { signal: 'stale', name: 'counter', age: 4000 }, snapshot);
    assert.ok(told.every(([stale]) => stale));
    assert.deepEqual(told[0], [true, Infinity]);
    assert.deepEqual(told.pop(), [true, 4000]);
    const ready = [];
    signal.ready.then(() => ready.push(signal.stale));
    socket.say({ signal: 'fresh', name: 'counter' });
    return Promise.resolve().then(() => assert.deepEqual(ready, [false]));
  });

  it('does not get older by what another server says', () => {
    const { signal, socket } = following();
    clock.pass(3000);
    socket.lose();
    clock.pass(2000);
    const next = FakeWebSocket.last;
    next.accept(undefined, false);
    next.say(hello, { signal: 'stale', name: 'counter', age: 3600000 }, confirmation);
    assert.equal(signal.stale, true);
    assert.equal(signal.age, 5000);
    next.say({ signal: 'fresh', name: 'counter' });
    assert.equal(signal.stale, false);
  });

  it('is not told of signals that were taken away, or of an earlier connection', () => {
    const { signal, socket } = following();
    socket.say({ signal: 'stale', name: 'counter' }, { signal: 'removed', name: 'counter' },
      { signal: 'added', name: 'counter' }, { ...snapshot, epoch: 'F' });
    assert.equal(signal.stale, false);
    socket.say({ signal: 'stale', name: 'counter' });
    assert.equal(signal.stale, true);
    socket.lose();
    clock.pass(2000);
    FakeWebSocket.last.accept(undefined, false);
    FakeWebSocket.last.say(hello, { name: 'counter', patch: [], base: 7, rev: 7 });
    assert.equal(signal.stale, false);
  });

  it('comes through the hubs that the server names now', () => {
    const { socket } = following();
    const told = [];
    client.subscribe(() => told.push(client.via.join()));
    socket.say({ via: ['a', 'b'] });
    assert.deepEqual(told, ['', 'a,b']);
    assert.ok(Object.isFrozen(client.via));
    socket.say({ via: 'a' });
    assert.equal(client.error.code, 'protocol');
  });

  it('does not make current what is not', () => {
    const { signal, socket } = following();
    const other = client.signal('other');
    clock.pass(9500);
    socket.say(confirmation);
    assert.equal(other.stale, true);
    assert.equal(signal.stale, false);
  });

  it('is asked for at once when the network is said to be gone', () => {
    const { signal, socket } = following();
    clock.pass(100);
    happen('offline');
    assert.equal(socket.take().length, 1);
    assert.ok(lasts(() => !signal.stale) <= 5000);
    client.close();
    const local = following();
    happen('offline');
    local.socket.say(confirmation);
    clock.pass(4900);
    assert.equal(local.signal.stale, false, 'a server on this machine is there all the same');
  });

  it('is stale at once when the machine has slept', () => {
    for (const wake of [() => clock.pass(5000), () => page.dispatchEvent(new Event('visibilitychange')),
      () => page.dispatchEvent(new Event('resume')), () => happen('online')]) {
      const { signal, socket } = following();
      clock.skew += 3600 * 1000;
      wake();
      assert.equal(signal.stale, true);
      assert.equal(socket.take().length, 1);
      socket.say(confirmation);
      assert.equal(signal.stale, false);
      client.close();
    }
  });

  it('is not asked of a plain server, and comes anew', () => {
    const signal = begin({ plain: true });
    FakeWebSocket.last.accept('');
    FakeWebSocket.last.say({ name: 'counter', patch: snapshot.patch });
    happen('offline');
    assert.equal(signal.stale, true);
    happen('online');
    assert.equal(client.state, 'connecting');
    FakeWebSocket.last.accept('');
    FakeWebSocket.last.say({ name: 'counter', patch: snapshot.patch });
    assert.equal(signal.stale, false);
  });
});

describe('a page that is put away', () => {
  it('has no connection meanwhile, and connects when it is shown', () => {
    const { signal, socket } = following();
    happen('pagehide', { persisted: true });
    assert.equal(client.state, 'waiting');
    assert.equal(signal.stale, true);
    assert.equal(socket.closeCalls.length, 1);
    clock.pass(1e6);
    assert.equal(sockets.length, 1);
    happen('pageshow', { persisted: true });
    assert.equal(client.state, 'connecting');
    FakeWebSocket.last.accept();
    assert.equal(FakeWebSocket.last.take()[0].rev, 7);
  });

  it('for good is left alone, and so is one that was closed', () => {
    const { socket } = following();
    happen('pagehide', { persisted: false });
    happen('pageshow', { persisted: false });
    assert.equal(client.state, 'open');
    assert.equal(socket.closeCalls.length, 0);
    client.close();
    happen('pagehide', { persisted: true });
    happen('pageshow', { persisted: true });
    assert.equal(client.state, 'idle');
    assert.equal(sockets.length, 1);
  });
});

describe('a connection', () => {
  it('is open when its names are there', () => {
    begin();
    const told = [];
    client.subscribe((state, { names }) => told.push([state, ...names]));
    FakeWebSocket.last.accept(undefined, false);
    assert.equal(FakeWebSocket.last.take().length, 1, 'what is wanted is asked for at once');
    FakeWebSocket.last.say(hello, snapshot);
    assert.deepEqual(told, [['connecting'], ['open', 'counter']]);
  });

  it('that never was is not lost', () => {
    begin();
    const told = [];
    client.subscribe((state, { lost }) => told.push(lost));
    for (let i = 0; i < 5; i++) {
      FakeWebSocket.last.lose();
      clock.pass(30000);
    }
    assert.ok(told.length > 5 && !told.includes(true));
  });

  it('is lost when it stays away, told once', () => {
    following();
    const told = [];
    client.subscribe((state, { lost }) => told.push(lost));
    FakeWebSocket.last.lose();
    clock.pass(1000);
    FakeWebSocket.last.accept();
    clock.pass(5000);
    assert.ok(!told.includes(true), 'it was back soon');
    FakeWebSocket.last.lose();
    clock.pass(2999);
    assert.equal(client.lost, false);
    clock.pass(1);
    assert.equal(client.lost, true);
    assert.ok(told.includes(true));
    clock.pass(1e5);
    FakeWebSocket.last.accept();
    assert.equal(client.lost, false);
  });

  it('is lost at once when it ends for good, and not by close()', () => {
    following();
    FakeWebSocket.last.lose(4000);
    assert.equal(client.lost, true);
    client.open();
    assert.equal(client.lost, false);
    client.close();
    assert.equal(client.lost, false);
    following({ lostAfter: 10 });
    FakeWebSocket.last.lose();
    clock.pass(10);
    assert.equal(client.lost, true);
  });
});

it('a network that comes and goes does not begin the back-off anew', () => {
  following();
  FakeWebSocket.last.lose();
  let attempts = 0;
  for (let i = 0; i < 600; i++) { // for five minutes, twice a second
    happen('offline');
    happen('online');
    clock.pass(500);
    if (client.state === 'connecting') {
      attempts++;
      FakeWebSocket.last.lose();
    }
    if (client.state === 'connecting')
      FakeWebSocket.last.lose();
  }
  assert.ok(attempts < 40, `${attempts} attempts`);
});
