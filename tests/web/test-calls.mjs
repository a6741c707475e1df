// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Calls of the module, with a server that does what a test says. ../vectors has the frames.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { actions } from '../../server-signal/web/actions.js';
import { connect, ServerSignalError } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const PROTOCOL = 'server-signal.v1';
const snapshot = (name, value, rev) =>
  ({ name, patch: [{ op: 'replace', path: '', value }], epoch: 'E', rev });
let clock;
let client;
let socket;

function begin(protocol = PROTOCOL, options = {}) {
  client = connect('ws://calls.test/ws', { WebSocket: FakeWebSocket, ...options });
  socket = FakeWebSocket.last;
  socket.accept(protocol);
  socket.take();
}

/* The end of a promise: what became of it, once that is known. */
function watch(promise) {
  const end = { done: false };
  promise.then(value => Object.assign(end, { done: true, value }),
    error => Object.assign(end, { done: true, error }));
  return end;
}

async function settle() {
  for (let i = 0; i < 20; i++)
    await null;
}

async function ended(promise) {
  const end = promise.done === undefined ? watch(promise) : promise;
  await settle();
  assert.ok(end.done);
  return end;
}

async function fails(promise, code) {
  const { error } = await ended(promise);
  assert.ok(error instanceof ServerSignalError, String(error));
  assert.equal(error.code, code);
  return error;
}

beforeEach(() => {
  clock = new FakeClock();
  FakeWebSocket.all.length = 0;
});

afterEach(() => {
  client?.close();
  client = undefined;
  clock.restore();
});

describe('a call', () => {
  it('has its commits in the signals, and told, before its answer', async () => {
    begin();
    const seen = [];
    const counter = client.signal('counter', 0);
    counter.subscribe(value => seen.push(value));
    socket.say(snapshot('counter', 1, 1));
    client.call('add', { by: 2 }, { onprogress: value => seen.push(['progress', value, counter.value]) })
      .then(value => seen.push(['answer', value, counter.value]));
    const [subscribe, call] = socket.take();
    assert.deepEqual([subscribe.subscribe, call], ['counter', { call: 'add', id: 1, args: { by: 2 } }]);
    socket.burst(snapshot('counter', 2, 2), { progress: 1, value: 'half' }, snapshot('counter', 3, 3),
      { reply: 1, value: 'done' });
    clock.work();
    await settle();
    assert.deepEqual(seen, [0, 1, 3, ['progress', 'half', 3], ['answer', 'done', 3]]);
  });

  it('gives answers that are not to be changed', async () => {
    begin();
    const answer = watch(client.call('m'));
    socket.say({ reply: 1, value: { list: [1] } });
    const { value } = await ended(answer);
    assert.ok(Object.isFrozen(value) && Object.isFrozen(value.list));
  });

  it('refuses arguments that are no JSON, and names that are none', async () => {
    begin();
    for (const args of [[new Date()], [undefined], { a: NaN }, () => {}]) {
      const { error } = await ended(client.call('m', args));
      assert.ok(error instanceof TypeError);
      assert.equal(error.code, 'invalid-json');
    }
    for (const method of ['', 7, undefined, 'x'.repeat(1025), '\ud800'])
      assert.ok((await ended(client.call(method))).error instanceof TypeError);
    assert.ok((await ended(client.call('m', 1, { onprogress: 1 }))).error instanceof TypeError);
    assert.deepEqual(socket.take(), []);
    client.call('x'.repeat(1024)).catch(() => {});
    assert.equal(socket.take().length, 1);
  });

  it('is limited in size and in number', async () => {
    begin();
    await fails(client.call('m', 'x'.repeat(128 * 1024)), 'limit');
    await fails(client.call('m', 'ü'.repeat(65 * 1024)), 'limit');
    assert.deepEqual(socket.take(), []);
    for (let i = 0; i < 1024; i++)
      client.call('m').catch(() => {});
    await fails(client.call('m'), 'limit');
    assert.equal(socket.take().length, 1024);
  });

  it('says how large an answer may be, where that is less than usual', () => {
    begin(PROTOCOL, { max: 1000 });
    client.call('m').catch(() => {});
    assert.deepEqual(socket.take(), [{ call: 'm', id: 1, max: 1000 }]);
  });

  it('has errors with a code, a message and data', async () => {
    begin();
    const first = watch(client.call('m'));
    const second = watch(client.call('m'));
    socket.say({ reply: 1, error: { code: 'no-such-task', message: 'gone', data: { left: [3] } } },
      { reply: 2, error: {} });
    const error = await fails(first, 'no-such-task');
    assert.equal(error.message, 'no-such-task: gone');
    assert.equal(error.answered, true);
    assert.deepEqual(error.data, { left: [3] });
    assert.ok(Object.isFrozen(error.data.left));
    assert.equal((await fails(second, 'failed')).data, undefined);
  });

  it('goes on when a function that hears of progress fails', async () => {
    begin();
    const reported = [];
    globalThis.reportError = error => reported.push(error.message);
    try {
      const answer = watch(client.call('m', 1, { onprogress() { throw new Error('mine'); } }));
      socket.say({ progress: 1, value: 1 }, { reply: 1, value: 2 });
      assert.equal((await ended(answer)).value, 2);
      assert.deepEqual(reported, ['mine']);
    } finally {
      delete globalThis.reportError;
    }
  });
});

describe('a signal of an AbortController', () => {
  it('that has aborted makes no call', async () => {
    begin();
    const reason = new Error('mine');
    const { error } = await ended(client.call('m', 1, { signal: AbortSignal.abort(reason) }));
    assert.equal(error, reason);
    assert.deepEqual(socket.take(), []);
  });

  it('ends the wait at once, and the server is told', async () => {
    begin();
    const controller = new AbortController();
    const answer = watch(client.call('m', 1, { signal: controller.signal }));
    controller.abort();
    assert.equal((await ended(answer)).error.name, 'AbortError');
    assert.deepEqual(socket.take(), [{ call: 'm', id: 1, args: 1 }, { cancel: 1 }]);
    socket.say({ progress: 1, value: 1 }, { reply: 1, value: 1 });
    assert.equal(client.state, 'open');
  });

  it('takes back a call that waits', async () => {
    client = connect('ws://calls.test/ws', { WebSocket: FakeWebSocket });
    const controller = new AbortController();
    const answer = watch(client.call('m', 1, { signal: controller.signal }));
    controller.abort();
    assert.equal((await ended(answer)).error.name, 'AbortError');
    FakeWebSocket.last.accept(PROTOCOL);
    assert.deepEqual(FakeWebSocket.last.take(), []);
  });

  it('does nothing once the answer is there', async () => {
    begin();
    const controller = new AbortController();
    const answer = watch(client.call('m', 1, { signal: controller.signal }));
    socket.say({ reply: 1, value: 5 });
    assert.equal((await ended(answer)).value, 5);
    socket.take();
    controller.abort();
    assert.deepEqual(socket.take(), []);
  });
});

describe('a connection that goes', () => {
  it('leaves in doubt whether a call was done', async () => {
    begin();
    const answer = watch(client.call('m'));
    socket.lose();
    const error = await fails(answer, 'closed');
    assert.equal(error.answered, undefined);
    clock.pass(60000);
    FakeWebSocket.last.accept(PROTOCOL);
    assert.deepEqual(FakeWebSocket.last.take(), []);
  });

  it('makes no difference to a call that was not made yet', async () => {
    begin();
    socket.lose();
    const answer = watch(client.call('m'));
    clock.pass(60000);
    FakeWebSocket.last.accept(PROTOCOL);
    FakeWebSocket.last.say({ reply: 1, value: 1 });
    assert.equal((await ended(answer)).value, 1);
  });

  it('has a call made again that may be, with its key, until the client ends', async () => {
    begin();
    const answer = watch(client.call('m', 1, { idempotent: true }));
    const other = watch(client.call('m', 2, { idempotent: true }));
    const [first, second] = socket.take();
    assert.match(first.key, /^[0-9a-f]{32}$/);
    assert.notEqual(first.key, second.key);
    socket.lose();
    clock.pass(60000);
    FakeWebSocket.last.accept(PROTOCOL);
    assert.deepEqual(FakeWebSocket.last.take(), [first, second]);
    FakeWebSocket.last.say({ reply: 1, value: 1 });
    assert.equal((await ended(answer)).value, 1);
    FakeWebSocket.last.lose();
    client.close();
    await fails(other, 'closed');
  });

  it('for good fails those that were never made', async () => {
    client = connect('ws://calls.test/ws', { WebSocket: FakeWebSocket });
    const answer = watch(client.call('m'));
    client.close();
    await fails(answer, 'not-connected');
    await fails(client.call('m'), 'not-connected');
  });
});

describe('a plain server', () => {
  it('takes no calls', async () => {
    begin('');
    socket.say({ name: 'a', patch: [{ op: 'replace', path: '', value: 1 }] });
    await fails(client.call('m'), 'not-supported');
    assert.deepEqual(socket.take(), []);
  });

  it('that is silent is given up after a while', async () => {
    begin('');
    const answer = watch(client.call('m'));
    clock.pass(4999);
    await settle();
    assert.equal(answer.done, false);
    clock.pass(1);
    await fails(answer, 'not-supported');
  });

  it('may turn out to be none', async () => {
    begin('');
    const answer = watch(client.call('m'));
    socket.say({ hello: { protocol: PROTOCOL, signals: [], via: [] } });
    assert.deepEqual(socket.take(), [{ call: 'm', id: 1 }]);
    socket.say({ reply: 1, value: 1 });
    assert.equal((await ended(answer)).value, 1);
  });

  it('that is known as one fails calls at once', async () => {
    begin('', { plain: true });
    const answer = watch(client.call('m'));
    clock.pass(0);
    await fails(answer, 'not-supported');
  });
});

describe('actions', () => {
  const group = (play, mute) => ({
    play: { enabled: play, state: null },
    mute: { enabled: true, 'state-type': 'b', state: mute },
  });

  it('have the states and the enabled-ness of the server', () => {
    begin();
    const player = actions(client, 'player');
    const seen = [];
    assert.equal(actions(client, 'player'), player);
    player.subscribe(actions => seen.push([actions.get('play')?.enabled, actions.get('mute')?.state]));
    socket.say(snapshot('player', group(true, false), 1));
    const play = player.get('play');
    assert.deepEqual(player.names, ['play', 'mute']);
    assert.deepEqual(play, { enabled: true, state: null, parameterType: null, stateType: null });
    assert.equal(player.get('mute').stateType, 'b');
    assert.equal(player.get('none'), undefined);
    assert.equal(player.get('constructor'), undefined);
    socket.say({ name: 'player', patch: [{ op: 'replace', path: '/mute/state', value: true }],
      base: 1, rev: 2 });
    assert.equal(player.get('play'), play);
    socket.say({ name: 'player', patch: [{ op: 'replace', path: '/play/enabled', value: false }],
      base: 2, rev: 3 });
    assert.deepEqual(seen, [[undefined, undefined], [true, false], [true, true], [false, true]]);
  });

  it('are disabled while the server is away', () => {
    begin();
    const player = actions(client, 'player');
    socket.say(snapshot('player', group(true, true), 1));
    assert.equal(player.get('mute').enabled, true);
    socket.lose();
    assert.deepEqual([player.get('mute').enabled, player.get('mute').state], [false, true]);
  });

  it('are activated and changed by calls', async () => {
    begin();
    const player = actions(client, 'player');
    socket.take();
    const activated = watch(player.activate('play'));
    player.activate('seek', 12).catch(() => {});
    const changed = watch(player.changeState('mute', true));
    assert.deepEqual(socket.take(), [{ call: 'player.play', id: 1 },
      { call: 'player.seek', id: 2, args: { parameter: 12 } },
      { call: 'player.mute', id: 3, args: { state: true } }]);
    socket.say({ reply: 1, value: null }, { reply: 3, error: { code: 'disabled', message: 'no' } });
    assert.equal((await ended(activated)).value, null);
    await fails(changed, 'disabled');
  });

  it('of a plain server are disabled', () => {
    begin('');
    const player = actions(client, 'player');
    socket.say({ name: 'player', patch: [{ op: 'replace', path: '', value: group(true, true) }] });
    assert.deepEqual([player.get('play').enabled, player.get('mute').state], [false, true]);
  });
});

describe('a strange server', () => {
  it('changes nothing with answers to what was not asked', async () => {
    begin();
    const answer = watch(client.call('m'));
    socket.say({ reply: 7, value: 1 }, { progress: 7, value: 1 }, { progress: 1, value: 1 });
    await settle();
    assert.equal(answer.done, false);
    assert.equal(client.state, 'open');
  });

  for (const frame of [{ reply: '1', value: 1 }, { reply: 1 }, { reply: 1, error: 7 }, { progress: 1 },
    { reply: -1, value: 1 }, { progress: 1.5, value: 1 }]) {
    it(`loses the connection with ${JSON.stringify(frame)}`, async () => {
      begin();
      const answer = watch(client.call('m'));
      socket.say(frame);
      assert.equal(client.state, 'waiting');
      assert.equal(client.error.code, 'protocol');
      await fails(answer, 'closed');
    });
  }
});
