// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A page that was pointed at a server that means no good: what it sends has its bounds.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { connect, internals } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const MIB = 2 ** 20;
const mathRandom = Math.random;
let clock;
let client;
let number = 0;

const hello = (...signals) => ({ hello: { protocol: 'server-signal.v1', signals } });
const set = (path, value) => ({ op: 'replace', path, value });
const update = (base, ...patch) => ({ name: 's', patch, base, rev: base + 1 });
const snapshot = (value, rev) => ({ name: 's', patch: [set('', value)], epoch: 'E', rev });

function begin(value, options = {}) {
  client = connect(`ws://test.invalid/hostile-${++number}`,
    { WebSocket: FakeWebSocket, ...options });
  const signal = client.signal('s');
  const socket = FakeWebSocket.last;
  socket.accept(options.plain ? '' : undefined);
  if (options.plain)
    socket.say({ name: 's', patch: [set('', value)] });
  else
    socket.say(hello('s'), snapshot(value, 0));
  socket.take();
  return { signal, socket };
}

beforeEach(() => {
  clock = new FakeClock();
  Math.random = () => 0.5;
  FakeWebSocket.all.length = 0;
});

afterEach(() => {
  client.close();
  assert.equal(clock.timers.size, 0);
  clock.restore();
  Math.random = mathRandom;
});

describe('a document that grows', () => {
  const piece = 'x'.repeat(MIB);

  /* The number of mebibytes that were taken. */
  function grow(signal, send) {
    let n = 0;
    while (n < 100 && !signal.error && client.state === 'open')
      send(n++);
    return n - 1;
  }

  it('ends within an eighth of the limit in v1, and a snapshot is asked for', () => {
    const { signal, socket } = begin([]);
    const n = grow(signal, i => socket.say(update(i, { op: 'add', path: '/-', value: piece })));
    assert.ok(n >= 63 && n <= 72, `${n}`);
    assert.equal(signal.value.length, n, 'the one that was too much is not there');
    assert.equal(signal.error.code, 'limit');
    assert.match(signal.error.message, /“s”, revision \d+: .*more than 67108864 characters/);
    assert.equal(signal.stale, true);
    assert.deepEqual(socket.take(), [{ subscribe: 's', max: 64 * MIB }]);
    socket.say(snapshot([1], 500));
    assert.equal(signal.stale, false);
  });

  it('ends in plain as well', () => {
    const { signal, socket } = begin([], { plain: true });
    const frame = { name: 's', patch: [{ op: 'add', path: '/-', value: piece }] };
    const n = grow(signal, () => socket.say(frame));
    assert.ok(n >= 63 && n <= 72, `${n}`);
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'limit');
  });

  it('may have any number of updates that do not make it longer', () => {
    const { signal, socket } = begin({ text: '' });
    for (let i = 0; i < 100; i++)
      socket.say(update(i, set('/text', piece)));
    assert.equal(signal.error, null);
    assert.equal(signal.revision, 100);
  });
});

describe('names', () => {
  const most = 65536;

  it('are not remembered beyond their bound when they come one by one', () => {
    const { signal, socket } = begin(1);
    for (let i = 0; i < most + 10; i++)
      socket.say({ signal: 'added', name: `n${i}` });
    assert.equal(client.names.length, most);
    socket.say({ signal: 'removed', name: 'n0' }, { signal: 'added', name: 'last' });
    assert.equal(client.names.length, most);
    assert.equal(client.names.at(-1), 'last');
    socket.say(update(0, set('', 2)));
    assert.equal(signal.value, 2);
  });

  it('are not remembered beyond it when they come in the greeting', () => {
    const { socket } = begin(1);
    socket.say(hello(...Array.from({ length: most + 10 }, (_, i) => `n${i}`)));
    assert.equal(client.names.length, most);
  });
});

describe('frames that come faster than they are applied', () => {
  function overflow(send) {
    const { socket } = begin(1);
    let n = 0;
    for (; n < 1e6 && client.state === 'open'; n++)
      send(socket);
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'behind');
    return n;
  }

  it('are bounded in their number', () => {
    assert.ok(overflow(socket => socket.burst({})) <= 64 * MIB / 128);
  });

  for (const data of [new ArrayBuffer(MIB), { size: MIB }]) {
    it(`are not kept when they are binary, ${Object.keys(data)[0] ?? 'a buffer'}`, () => {
      const { socket } = begin(1);
      const { [internals.SELF]: link } = client;
      for (let i = 0; i < 100; i++)
        socket.onmessage({ data });
      assert.equal(client.behind, 100);
      assert.ok(link.inbox.every(frame => !Object.values(frame).includes(data)));
      clock.work();
      assert.equal(client.error.code, 'protocol');
      assert.match(client.error.message, /binary/);
    });
  }
});

describe('the words of a server', () => {
  const hostile = `\u001b[2Jgone\r\n\u202eevil\u2028${'x'.repeat(MIB)}`;

  function assertTame(message) {
    assert.ok(message.length < 1000, `${message.length}`);
    assert.doesNotMatch(message, /[\u0000-\u001f\u202e\u2028]/);
    assert.match(message, / \[2Jgone {3}evil x/);
  }

  it('are cut and made harmless in its errors', () => {
    const { signal, socket } = begin(1);
    socket.say({ error: { code: hostile, message: hostile } });
    assertTame(client.error.message);
    assertTame(client.error.code);
    socket.say({ error: { code: 'too-large', name: 's', message: hostile } });
    assertTame(signal.error.message);
  });

  it('are cut and made harmless in the reason of a close', () => {
    const { socket } = begin(1);
    socket.lose(1001, hostile.slice(0, 60));
    assertTame(client.error.message);
  });
});
