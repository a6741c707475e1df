// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Values that are shown before the server has answered.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { connect } from '../../server-signal/web/server-signal.js';
import { optimistic } from '../../server-signal/web/optimistic.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const PROTOCOL = 'server-signal.v1';
let clock;
let client;
let tasks;
let seen;

const update = (base, ...patch) => ({ name: 'tasks', patch, base, rev: base + 1 });
const add = task => list => (list.some(({ id }) => id === task.id) ? list : [...list, task]);
const settle = () => new Promise(clock.real.setImmediate);

beforeEach(() => {
  clock = new FakeClock();
  client = connect('ws://test.invalid/optimistic', { WebSocket: FakeWebSocket, heartbeat: 0 });
  tasks = client.signal('tasks');
  FakeWebSocket.last.accept(PROTOCOL);
  FakeWebSocket.last.say({ name: 'tasks', epoch: 'E', rev: 0,
    patch: [{ op: 'replace', path: '', value: [{ id: 1, text: 'one' }] }] });
  FakeWebSocket.last.take();
  seen = [];
  tasks.subscribe((value, patch) => seen.push([value.map(({ id }) => id), patch && patch.length]));
});

afterEach(() => {
  client.close();
  clock.restore();
});

/* A call of which the page shows what it expects. */
function call(task = { id: 2, text: 'two' }) {
  const promise = optimistic(client.call('add', task), tasks, add(task));
  const { id } = FakeWebSocket.last.take().find(frame => 'call' in frame);
  return { promise, id };
}

describe('a value that is expected', () => {
  it('is shown at once, and replaced by the server’s', async () => {
    const before = tasks.value;
    const second = [];
    tasks.at('/1/text').subscribe(text => second.push(text));
    const { promise, id } = call();
    assert.deepEqual(seen, [[[1], null], [[1, 2], null]]);
    assert.equal(tasks.value[0], before[0], 'the rest is what it was');
    assert.equal(tasks.value, tasks.value);
    assert.equal(tasks.snapshot.value, tasks.value);
    assert.equal(tasks.get('/1/text'), 'two');
    assert.deepEqual([tasks.revision, tasks.stale, Object.isFrozen(tasks.value)], [0, false, true]);

    // Another change of the server's meanwhile, and then its own.
    FakeWebSocket.last.say(update(0, { op: 'add', path: '/0', value: { id: 0, text: 'zero' } }));
    assert.deepEqual(seen.pop(), [[0, 1, 2], null]);
    FakeWebSocket.last.say(update(1, { op: 'add', path: '/-', value: { id: 2, text: 'TWO' } }),
      { reply: id, value: true });
    assert.equal(await promise, true);
    await settle();
    assert.deepEqual(tasks.value.map(({ text }) => text), ['zero', 'one', 'TWO']);
    assert.deepEqual(second, [undefined, 'two', 'one']);
    FakeWebSocket.last.say(update(2, { op: 'remove', path: '/0' }));
    assert.deepEqual(seen.pop(), [[1, 2], 1], 'listeners get patches again');
  });

  it('is taken back when the call fails', async () => {
    const before = tasks.value;
    const { promise, id } = call();
    FakeWebSocket.last.say({ reply: id, error: { code: 'full', message: 'no room' } });
    await assert.rejects(promise, { code: 'full' });
    await settle();
    assert.equal(tasks.value, before);
    assert.deepEqual(seen.map(([ids]) => ids), [[1], [1, 2], [1]]);
    const lost = call();
    FakeWebSocket.last.lose();
    await assert.rejects(lost.promise, { code: 'closed' });
    await settle();
    assert.deepEqual([tasks.value, tasks.stale], [before, true]);
  });

  it('may be of several calls, of which each goes by itself', async () => {
    const two = call();
    const three = call({ id: 3, text: 'three' });
    assert.deepEqual(tasks.value.map(({ id }) => id), [1, 2, 3]);
    FakeWebSocket.last.say({ reply: two.id, error: { code: 'full', message: 'no room' } });
    await assert.rejects(two.promise, { code: 'full' });
    await settle();
    assert.deepEqual(tasks.value.map(({ id }) => id), [1, 3]);
    FakeWebSocket.last.say(update(0, { op: 'add', path: '/1', value: { id: 3, text: 'three' } }),
      { reply: three.id, value: null });
    await three.promise;
    await settle();
    assert.deepEqual(tasks.value.map(({ id }) => id), [1, 3]);
  });

  it('is left out where its function fails', async () => {
    const errors = [];
    globalThis.reportError = error => errors.push(error.message);
    try {
      const promise = optimistic(Promise.resolve(1), tasks, () => { throw new Error('no'); });
      assert.deepEqual(tasks.value, [{ id: 1, text: 'one' }]);
      assert.equal(await promise, 1);
    } finally {
      delete globalThis.reportError;
    }
    assert.deepEqual(errors, ['no']);
  });
});
