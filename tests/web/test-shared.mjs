// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The relay of shared tabs: to each tab it is what a hub would be. Tabs in a browser are in shared.py.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { connect, internals } from '../../server-signal/web/server-signal.js';
import makeRelay from '../../server-signal/web/shared-relay.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const PROTOCOL = 'server-signal.v1';
const mathRandom = Math.random;
let clock;
let relay;
let ports;

const snapshot = (value, rev, epoch = 'E') =>
  ({ name: 'a', patch: [{ op: 'replace', path: '', value }], epoch, rev });
const set = (path, value) => ({ op: 'replace', path, value });
const update = (base, rev, ...patch) => ({ name: 'a', patch, base, rev });

/* A tab: all that it was sent, and its frames. */
function tab(id, url = 'ws://test.invalid/shared', entries = [], known = false) {
  const told = [];
  const hear = message => relay.hear(ports, id, message, answer => told.push(answer));
  hear({ open: { url, entries, alive: id, known,
    options: { heartbeat: 0, retryMin: 10, retryMax: 10 } } });
  return {
    hear,
    say: (...frames) => frames.forEach(frame => hear({ frame: JSON.stringify(frame) })),
    take: () => told.splice(0).map(({ frame, ...rest }) => (frame ? JSON.parse(frame) : rest)),
  };
}

/* One that is connected, and follows "a". */
function following(id, asked = {}) {
  const made = tab(id);
  if (FakeWebSocket.last.readyState === 0)
    FakeWebSocket.last.accept();
  made.say({ subscribe: 'a', ...asked });
  return made;
}

beforeEach(() => {
  clock = new FakeClock();
  Math.random = () => 0.5;
  FakeWebSocket.all.length = 0;
  ports = new Map();
  relay = makeRelay({ ...internals,
    connect: (url, options) => connect(url, { ...options, WebSocket: FakeWebSocket }) });
});

afterEach(() => {
  relay.end();
  clock.pass(400000);
  assert.equal(clock.timers.size, 0);
  clock.restore();
  Math.random = mathRandom;
});

describe('tabs', () => {
  it('have one connection, and each its document and its updates', () => {
    const one = tab('one');
    assert.deepEqual(one.take(), [{ pong: true }], 'it is there, and not connected yet');
    FakeWebSocket.last.accept(PROTOCOL, false);
    FakeWebSocket.last.say({ hello: { protocol: PROTOCOL, signals: ['a'], via: ['h'] } });
    assert.deepEqual(one.take(), [{ open: { transport: 'websocket' } },
      { hello: { protocol: PROTOCOL, signals: ['a'], via: ['h'] } }]);
    one.say({ subscribe: 'a' });
    FakeWebSocket.last.say(snapshot({ n: 1, m: 0 }, 1));
    assert.deepEqual(one.take(), [snapshot({ n: 1, m: 0 }, 1)]);

    const two = tab('two');
    assert.equal(FakeWebSocket.all.length, 1);
    two.say({ subscribe: 'a' });
    assert.deepEqual(two.take().slice(3), [snapshot({ n: 1, m: 0 }, 1)]);
    const three = following('three', { epoch: 'E', rev: 1 });
    assert.deepEqual(three.take().slice(3), [update(1, 1)], 'it has everything');
    FakeWebSocket.last.burst(update(1, 2, set('/n', 2)), update(2, 3, set('/m', 3)));
    clock.work();
    for (const each of [one, two, three])
      assert.deepEqual(each.take(), [update(1, 3, set('/n', 2), set('/m', 3))]);
    assert.deepEqual(FakeWebSocket.last.sent.map(({ subscribe }) => subscribe), ['a'], 'the server is asked once');

    // One that asks for another revision gets the document, and so does everybody in another life.
    two.say({ subscribe: 'a', epoch: 'E', rev: 2 });
    assert.deepEqual(two.take(), [snapshot({ n: 2, m: 3 }, 3)]);
    FakeWebSocket.last.say(snapshot({ n: 0 }, 0, 'F'));
    for (const each of [one, two, three])
      assert.deepEqual(each.take(), [snapshot({ n: 0 }, 0, 'F')]);
    three.say({ unsubscribe: 'a' });
    FakeWebSocket.last.say(update(0, 1, set('/n', 1)));
    assert.deepEqual([one.take().length, two.take().length, three.take().length], [1, 1, 0]);
  });

  it('are told what the server says', () => {
    const one = following('one');
    one.take();
    one.say({ subscribe: 'b' });
    FakeWebSocket.last.say(snapshot(1, 1), { signal: 'stale', name: 'a', age: 5 },
      { error: { code: 'unknown-signal', name: 'b', message: 'no' } },
      { signal: 'added', name: 'c' }, { via: ['x', 'y'] });
    const told = one.take();
    const { age } = told.find(({ signal }) => signal === 'stale');
    assert.ok(age >= 5, age);
    assert.deepEqual(told, [snapshot(1, 1), { signal: 'stale', name: 'a', age },
      { error: { code: 'unknown-signal', name: 'b', message: 'no' } }, { signal: 'added', name: 'c' }, { via: ['x', 'y'] }]);
    const two = following('two');
    assert.deepEqual(two.take().slice(3).map(({ signal, rev }) => signal ?? rev), ['stale', 1]);
    FakeWebSocket.last.say({ signal: 'fresh', name: 'a' }, { signal: 'removed', name: 'c' });
    assert.deepEqual(one.take(), [{ signal: 'fresh', name: 'a' }, { signal: 'removed', name: 'c' }]);
  });

  it('get as little as they want', () => {
    const one = following('one');
    const two = following('two');
    FakeWebSocket.last.say(snapshot({ n: 0 }, 0));
    one.take();
    two.take();
    two.say({ interval: 1000 });
    for (let rev = 1; rev <= 3; rev++)
      FakeWebSocket.last.say(update(rev - 1, rev, set('/n', rev)));
    assert.equal(one.take().length, 3);
    assert.deepEqual(two.take(), [update(0, 1, set('/n', 1))]);
    clock.pass(1000);
    assert.deepEqual(two.take(), [update(1, 3, set('/n', 2), set('/n', 3))]);
    clock.pass(5000);
    assert.deepEqual(two.take(), []);
  });

  it('call, with the key of their own', async () => {
    const one = following('one');
    one.take();
    one.say({ call: 'add', id: 7, args: { n: 1 }, key: 'k' });
    const [{ id, ...call }] = FakeWebSocket.last.take().filter(frame => 'call' in frame);
    assert.deepEqual(call, { call: 'add', args: { n: 1 }, key: 'k' });
    FakeWebSocket.last.say({ progress: id, value: 1 });
    assert.deepEqual(one.take(), [{ progress: 7, value: 1 }]);
    FakeWebSocket.last.say({ reply: id, error: { code: 'full', message: 'no room', data: 2 } });
    await new Promise(clock.real.setImmediate);
    assert.deepEqual(one.take(), [{ reply: 7, error: { code: 'full', message: 'no room', data: 2 } }]);
    one.say({ call: 'add', id: 8 }, { cancel: 8 });
    assert.deepEqual(FakeWebSocket.last.take().map(frame => Object.keys(frame)[0]), ['call', 'cancel']);
    await new Promise(clock.real.setImmediate);
    assert.equal(one.take()[0].reply, 8);
  });

  it('go, and come back after a loss to the documents that there are', () => {
    const one = following('one');
    FakeWebSocket.last.say(snapshot({ n: 0 }, 4));
    one.take();
    FakeWebSocket.last.lose();
    assert.equal(one.take().pop().closed.code, 1006);
    clock.pass(10);
    FakeWebSocket.last.accept();
    assert.deepEqual(FakeWebSocket.last.take(), [{ subscribe: 'a', epoch: 'E', rev: 4, max: 64 * 1024 * 1024 }]);
    const again = following('one', { epoch: 'E', rev: 4 });
    const [stale, ...confirmed] = again.take().slice(3);
    assert.deepEqual([stale.signal, confirmed], ['stale', [update(4, 4)]], 'nobody vouches for it yet');
    FakeWebSocket.last.say(update(4, 4));
    assert.deepEqual(again.take(), [{ signal: 'fresh', name: 'a' }]);
    again.hear({ bye: true });
    clock.pass(9000);
    assert.equal(FakeWebSocket.last.readyState, 1);
    clock.pass(1000);
    assert.equal(FakeWebSocket.last.readyState, 2, 'nobody is there');
  });

  it('do not take a server for plain that one of them knows', () => {
    const url = 'ws://test.invalid/known';
    const one = tab('one', url);
    FakeWebSocket.last.lose();
    assert.deepEqual(FakeWebSocket.last.offer, [], 'an attempt without an offer');
    const two = tab('two', url, [], true);
    FakeWebSocket.last.accept('');
    assert.deepEqual(FakeWebSocket.last.offer, [PROTOCOL], 'and another one with it');
    FakeWebSocket.last.lose();
    clock.pass(10);
    assert.deepEqual(FakeWebSocket.last.offer, [PROTOCOL]);
    FakeWebSocket.last.accept();
    for (const each of [one, two])
      assert.deepEqual(each.take().map(message => Object.keys(message)[0]), ['pong', 'open', 'hello']);

    // Where nobody knew, whoever comes later may.
    const other = 'ws://test.invalid/unknown';
    relay.end();
    const three = tab('three', other);
    FakeWebSocket.last.lose();
    FakeWebSocket.last.accept('');
    assert.deepEqual(three.take(), [{ pong: true }, { plain: true }]);
    const again = tab('three', other, [], true);
    assert.deepEqual(FakeWebSocket.last.offer, [PROTOCOL]);
    FakeWebSocket.last.accept();
    assert.equal(again.take()[1].open.transport, 'websocket');
  });

  it('get nothing that was written for another life', () => {
    const one = following('one');
    FakeWebSocket.last.say(snapshot({ n: 0 }, 0), update(0, 1, set('/n', 1)));
    one.hear({ bye: true });
    FakeWebSocket.last.say(snapshot({ n: 5 }, 0, 'F'));
    const two = following('two', { epoch: 'F', rev: 0 });
    FakeWebSocket.last.say(update(0, 1, set('/n', 6)));
    assert.deepEqual(two.take().pop(), update(0, 1, set('/n', 6)));
  });

  it('are sent away from a plain server, and when it is over', () => {
    const one = tab('one');
    FakeWebSocket.last.accept('');
    assert.deepEqual(one.take(), [{ pong: true }, { plain: true }]);
    relay.end();
    const two = tab('two');
    FakeWebSocket.last.accept();
    FakeWebSocket.last.lose(4001, 'gone');
    assert.equal(two.take().pop().closed.code, 4001);
    // Newer credentials are tried at once.
    const three = tab('three', 'ws://test.invalid/shared', ['new']);
    assert.deepEqual(FakeWebSocket.last.offer, [PROTOCOL, 'new']);
    three.hear({ ping: true });
    assert.deepEqual(three.take(), [{ pong: true }, { pong: true }]);
  });
});
