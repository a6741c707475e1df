// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const MAX = 64 * 1024 * 1024;
const random = Math.random;
const sockets = FakeWebSocket.all;
let clock;
let number = 0;
let client;

/* The frames of protocol.md. */
const hello = (...signals) => ({ hello: { protocol: 'server-signal.v1', signals, via: ['hub'] } });
const snapshot = (name, value, rev, epoch = 'E') =>
  ({ name, patch: [{ op: 'replace', path: '', value }], epoch, rev });
const update = (name, base, rev, ...patch) => ({ name, patch, base, rev });
const plain = (name, ...patch) => ({ name, patch });
const set = (path, value) => ({ op: 'replace', path, value });
const error = (code, name) => ({ error: { code, name, message: `that is ${code}` } });

/* Each test has a URL of its own: what the module remembers of one must not leak into another. */
function begin(options = {}) {
  client = connect(`ws://test.invalid/${++number}`,
    { WebSocket: FakeWebSocket, heartbeat: 20000, ...options });
  return client;
}

/* Every call of a listener, as a list. */
function record(subscribe) {
  const calls = [];
  const stop = subscribe((...values) => calls.push(values));
  Object.defineProperty(calls, 'stop', { value: stop });
  return calls;
}

/* A client that speaks v1 and follows "counter", at { value: 1 }, revision 7. */
function following(options) {
  begin(options);
  const signal = client.signal('counter', { value: 0 });
  const [socket] = sockets;
  socket.accept();
  socket.say(hello('counter'), snapshot('counter', { value: 1 }, 7));
  socket.take();
  return { signal, socket };
}

/* Lets the attempt that the back-off waits for happen; Math.random is 0.5. */
function reconnect() {
  const before = sockets.length;
  assert.equal(client.state, 'waiting');
  while (sockets.length === before)
    clock.pass(1);
  FakeWebSocket.last.accept();
  return FakeWebSocket.last;
}

beforeEach(() => {
  clock = new FakeClock();
  Math.random = () => 0.5;
  sockets.length = 0;
});

afterEach(() => {
  client?.close();
  assert.equal(clock.timers.size, 0, 'a closed client leaves no timer');
  clock.restore();
  Math.random = random;
  delete globalThis.document;
  delete globalThis.location;
});

describe('addresses', () => {
  const address = (url, location) => {
    if (location)
      globalThis.location = { href: location };
    client = connect(url, { WebSocket: FakeWebSocket });
    client.close();
    return client.url;
  };

  it('takes ws and http alike', () => {
    assert.equal(address('ws://host:3000/ws'), 'ws://host:3000/ws');
    assert.equal(address('https://host/ws?room=1#x'), 'wss://host/ws?room=1');
    assert.equal(address(new URL('http://host/ws')), 'ws://host/ws');
  });

  it('resolves against the page', () => {
    assert.equal(address('ws', 'https://host/app/page.html'), 'wss://host/app/ws');
    assert.equal(address('/ws', 'http://host:8080/app/page.html'), 'ws://host:8080/ws');
  });

  it('throws for what is none', () => {
    assert.throws(() => connect('nonsense', { WebSocket: FakeWebSocket }), TypeError);
  });
});

describe('values', () => {
  it('shows the default, frozen, until data comes', () => {
    begin();
    const initial = { value: 0, list: [] };
    const signal = client.signal('counter', initial);
    assert.deepEqual(signal.value, initial);
    assert.notEqual(signal.value, initial);
    assert.ok(Object.isFrozen(signal.value.list));
    assert.equal(signal.stale, true);
    assert.equal(signal.revision, null);
    assert.equal(signal.get('/value'), 0);
    assert.equal(client.signal('other').value, null);
  });

  it('gives one object for one name, and takes the first default that comes', () => {
    begin();
    const signal = client.signal('counter');
    const calls = record(listener => signal.subscribe(listener));
    assert.equal(client.signal('counter', 5), signal);
    assert.equal(client.signal('counter', 6), signal);
    assert.equal(signal.value, 5);
    assert.deepEqual(calls, [[null, null], [5, null]]);
  });

  it('refuses names that are none, and defaults that are not JSON', () => {
    begin();
    assert.throws(() => client.signal(7), TypeError);
    assert.throws(() => client.signal('é'.repeat(513)), TypeError);
    assert.throws(() => client.signal('a', { f: () => 0 }), { code: 'invalid-json' });
    assert.equal(client.signal('a').value, null, 'nothing was left behind');
  });

  it('calls subscribers at once and after every change, with the patch', () => {
    const { signal, socket } = following();
    const calls = record(listener => signal.subscribe(listener));
    const patch = [set('/value', 2)];
    socket.say(update('counter', 7, 8, ...patch));
    assert.deepEqual(calls, [[{ value: 1 }, null], [{ value: 2 }, patch]]);
    assert.ok(Object.isFrozen(calls[1][0]) && Object.isFrozen(calls[1][1][0]));
    assert.equal(signal.revision, 8);
    calls.stop();
    socket.say(update('counter', 8, 9, set('/value', 3)));
    assert.equal(calls.length, 2);
    assert.equal(signal.value.value, 3);
  });

  it('does not let a listener that throws disturb the others', () => {
    const { signal, socket } = following();
    const reported = [];
    globalThis.reportError = problem => reported.push(problem.message);
    try {
      signal.subscribe(() => { throw new Error('mine'); });
      const calls = record(listener => signal.subscribe(listener));
      socket.say(update('counter', 7, 8, set('/value', 2)));
      assert.deepEqual(reported, ['mine', 'mine']);
      assert.equal(calls.length, 2);
    } finally {
      delete globalThis.reportError;
    }
  });

  it('lets a listener stop another, release and close', () => {
    const { signal, socket } = following();
    let others = 0;
    let stop = () => {};
    signal.subscribe((value, patch) => {
      if (patch) {
        stop();
        client.release('counter');
        client.close();
      }
    });
    stop = signal.subscribe(() => others++);
    socket.say(update('counter', 7, 8, set('/value', 2)));
    assert.equal(others, 1);
    assert.equal(client.state, 'idle');
  });

  it('keeps the identity of what a snapshot does not change', () => {
    const { signal, socket } = following();
    socket.say(snapshot('counter', { rows: [{ id: 1 }, { id: 2 }] }, 8));
    const before = signal.value;
    const calls = record(listener => signal.subscribe(listener));
    socket.say(snapshot('counter', { rows: [{ id: 1 }, { id: 2 }] }, 9));
    assert.equal(signal.value, before);
    assert.equal(signal.revision, 9);
    assert.equal(calls.length, 1, 'nothing changed');
    socket.say(snapshot('counter', { rows: [{ id: 1 }, { id: 3 }, { id: 2 }] }, 10));
    assert.equal(signal.value.rows[0], before.rows[0]);
    assert.deepEqual(signal.value, { rows: [{ id: 1 }, { id: 3 }, { id: 2 }] });
    assert.equal(calls.length, 2);
  });

  it('watches everything about a signal', () => {
    const { signal, socket } = following();
    const calls = [];
    signal.watch(({ value, revision, stale }) => calls.push([value.value, revision, stale]));
    socket.say(update('counter', 7, 8), update('counter', 8, 9, set('/value', 2)));
    socket.lose();
    assert.deepEqual(calls, [[1, 7, false], [2, 9, false], [2, 9, true]].flatMap(
      (call, i) => (i === 1 ? [[1, 8, false], call] : [call])));
  });

  it('takes names like __proto__', () => {
    begin();
    const signal = client.signal('__proto__');
    const [socket] = sockets;
    socket.accept();
    socket.say('{"name":"__proto__","epoch":"E","rev":0,' +
      '"patch":[{"op":"replace","path":"","value":{"__proto__":{"x":1}}}]}');
    assert.equal(signal.get('/__proto__/x'), 1);
    assert.equal({}.x, undefined);
  });
});

describe('server-signal.v1', () => {
  it('offers itself, and the entries of the application after it', () => {
    begin({ protocols: ['token.abc'] });
    assert.deepEqual(sockets[0].offer, ['server-signal.v1', 'token.abc']);
  });

  it('asks for the entries of the application at every attempt', () => {
    let token = 0;
    begin({ protocols: () => [`token.${++token}`] });
    sockets[0].accept();
    sockets[0].lose();
    clock.pass(500);
    assert.deepEqual(sockets[1].offer, ['server-signal.v1', 'token.2']);
  });

  it('subscribes to what is asked for, before and after it is open', () => {
    begin({ max: 1000 });
    client.signal('a');
    sockets[0].accept();
    assert.equal(client.state, 'open');
    assert.equal(client.protocol, 'server-signal.v1');
    client.signal('b');
    client.signal('b');
    assert.deepEqual(sockets[0].take(),
      [{ subscribe: 'a', max: 1000 }, { subscribe: 'b', max: 1000 }]);
  });

  it('lists what the server offers', () => {
    begin();
    const calls = [];
    client.subscribe((state, { names, via }) => calls.push([state, ...names, ...via]));
    sockets[0].accept();
    sockets[0].say(hello('a', 'b'), { signal: 'added', name: 'c' },
      { signal: 'removed', name: 'a' });
    assert.deepEqual(calls, [['connecting'], ['open'], ['open', 'a', 'b', 'hub'],
      ['open', 'a', 'b', 'c', 'hub'], ['open', 'b', 'c', 'hub']]);
    sockets[0].lose();
    assert.deepEqual(client.names, []);
  });

  it('takes merged commits and confirmations', () => {
    const { signal, socket } = following();
    socket.say(update('counter', 7, 12, set('/value', 5)), update('counter', 12, 12));
    assert.deepEqual(signal.value, { value: 5 });
    assert.equal(signal.revision, 12);
    assert.deepEqual(socket.take(), []);
  });

  it('resumes with epoch and revision, stale until confirmed', () => {
    const { signal, socket } = following();
    const calls = record(listener => signal.subscribe(listener));
    socket.lose();
    assert.equal(signal.stale, true);
    assert.deepEqual(signal.value, { value: 1 });
    const next = reconnect();
    assert.deepEqual(next.take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
    assert.equal(signal.stale, true);
    next.say(hello('counter'), update('counter', 7, 7));
    assert.equal(signal.stale, false);
    next.say(update('counter', 7, 9, set('/value', 3)));
    assert.deepEqual(calls, [[{ value: 1 }, null], [{ value: 3 }, [set('/value', 3)]]]);
  });

  it('resumes from revision 0', () => {
    begin();
    client.signal('a');
    sockets[0].accept();
    sockets[0].say(snapshot('a', null, 0));
    sockets[0].lose();
    assert.deepEqual(reconnect().take(), [{ subscribe: 'a', epoch: 'E', rev: 0, max: MAX }]);
  });

  it('takes a new life of the signal, with a lower revision', () => {
    const { signal, socket } = following();
    socket.lose();
    const next = reconnect();
    next.say(snapshot('counter', { value: 0 }, 0, 'F'));
    assert.equal(signal.revision, 0);
    assert.equal(signal.stale, false);
    next.say(update('counter', 0, 1, set('/value', 1)));
    assert.deepEqual(signal.value, { value: 1 });
  });

  it('asks once for a snapshot after a gap, and ignores updates until it comes', () => {
    const { signal, socket } = following();
    socket.say(update('counter', 8, 9, set('/value', 3)),
      update('counter', 9, 10, set('/value', 4)), update('counter', 7, 8, set('/value', 5)));
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', max: MAX }]);
    assert.deepEqual(signal.value, { value: 1 });
    assert.equal(signal.stale, true);
    assert.equal(signal.error.code, 'not-current');
    socket.say(snapshot('counter', { value: 4 }, 10), update('counter', 10, 11, set('/value', 6)));
    assert.deepEqual(signal.value, { value: 6 });
    assert.equal(signal.stale, false);
    assert.equal(signal.error, null);
    assert.deepEqual(socket.take(), []);
  });

  it('asks for a snapshot after a patch that does not apply, and keeps its document whole', () => {
    const { signal, socket } = following();
    socket.say(update('counter', 7, 8, set('/value', 2), set('/gone', 3)));
    assert.deepEqual(signal.value, { value: 1 });
    assert.equal(signal.stale, true);
    assert.equal(signal.error.code, 'not-found');
    assert.match(signal.error.message, /“counter”, revision 8: Operation 1: .*\/gone/);
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', max: MAX }]);
    socket.lose();
    const next = reconnect();
    assert.deepEqual(next.take(), [{ subscribe: 'counter', max: MAX }], 'still wanted');
    assert.equal(client.state, 'open');
  });

  for (const [what, frame] of Object.entries({
    'a revision that is no integer': update('counter', 7, 7.5),
    'a revision past 2^53 - 1': update('counter', 7, 2 ** 53),
    'a negative revision': update('counter', -1, 8),
    'a revision that is a string': update('counter', 7, '8'),
    'a revision below its base': update('counter', 7, 6),
    'changes without a new revision': update('counter', 7, 7, set('/value', 2)),
    'a base of null': update('counter', null, 8),
    'a snapshot without epoch': { name: 'counter', patch: [set('', 1)], rev: 9 },
    'a snapshot without revision': { name: 'counter', patch: [set('', 1)], epoch: 'E' },
    'an update without base': { name: 'counter', patch: [set('/value', 1)], epoch: 'E', rev: 9 },
  })) {
    it(`does not trust ${what}`, () => {
      const { signal, socket } = following();
      socket.say(frame);
      assert.deepEqual(signal.value, { value: 1 });
      assert.equal(signal.stale, true);
      assert.deepEqual(socket.take(), [{ subscribe: 'counter', max: MAX }]);
      assert.equal(client.state, 'open');
    });
  }

  it('gives up a connection on which nothing but gaps comes', () => {
    const { socket } = following();
    for (let i = 0; i < 20; i++)
      socket.say(update('counter', 1000, 1001), snapshot('counter', i, 10 + i));
    assert.equal(client.state, 'open');
    socket.say(update('counter', 1000, 1001));
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'not-current');
  });

  it('ignores updates for a name that is not followed', () => {
    const { socket } = following();
    socket.say(update('other', 1, 2, set('/x', 1)), snapshot('other', 5, 9),
      error('unknown-signal', 'other'));
    assert.equal(client.error, null);
    assert.deepEqual(socket.take(), []);
  });

  it('releases', () => {
    const { signal, socket } = following();
    client.release('counter');
    client.release('counter');
    assert.deepEqual(socket.take(), [{ unsubscribe: 'counter' }]);
    assert.equal(signal.stale, true);
    socket.say(update('counter', 7, 8, set('/value', 2)));
    assert.deepEqual(signal.value, { value: 1 });
    const again = client.signal('counter');
    assert.notEqual(again, signal);
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', max: MAX }]);
    socket.say(update('counter', 8, 9, set('/value', 3)));
    assert.deepEqual(socket.take(), [], 'what is on its way from the old subscription is no gap');
    socket.say(snapshot('counter', { value: 3 }, 9));
    assert.deepEqual(again.value, { value: 3 });
    assert.deepEqual(signal.value, { value: 1 });
  });

  it('shows why a signal is not to be had, and tries again when it is added', () => {
    begin();
    const signal = client.signal('secret', 1);
    sockets[0].accept();
    sockets[0].say(hello(), error('unknown-signal', 'secret'));
    assert.equal(signal.error.code, 'unknown-signal');
    assert.equal(signal.error.message, 'that is unknown-signal');
    assert.equal(client.error, null);
    assert.equal(signal.value, 1);
    sockets[0].take();
    clock.pass(15000);
    assert.deepEqual(sockets[0].take(), []);
    sockets[0].say({ signal: 'added', name: 'secret' });
    assert.deepEqual(sockets[0].take(), [{ subscribe: 'secret', max: MAX }]);
    sockets[0].say(snapshot('secret', 2, 0));
    assert.equal(signal.error, null);
    assert.equal(signal.value, 2);
  });

  it('is stale when the signal is removed, and subscribes again when it is added', () => {
    const { signal, socket } = following();
    socket.say({ signal: 'removed', name: 'counter' });
    assert.equal(signal.stale, true);
    assert.equal(signal.error.code, 'unknown-signal');
    socket.say({ signal: 'added', name: 'counter' });
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
    socket.say(snapshot('counter', { value: 50 }, 3, 'F'));
    assert.deepEqual(signal.value, { value: 50 });
    assert.equal(signal.stale, false);
  });

  it('leaves what is added to the answer that is under way', () => {
    const { socket } = following();
    socket.lose();
    const next = reconnect();
    next.take();
    next.say({ signal: 'added', name: 'counter' });
    assert.deepEqual(next.take(), []);
    next.say({ signal: 'removed', name: 'counter' }, { signal: 'added', name: 'counter' });
    assert.equal(next.take().length, 1);
  });

  it('lists very many names that come one by one', () => {
    const { socket } = following();
    const n = 50000;
    for (let i = 0; i < n; i++)
      socket.say({ signal: 'added', name: `signal ${i}` });
    assert.equal(client.names.length, n + 1);
    assert.equal(client.names.at(-1), `signal ${n - 1}`);
    assert.equal(client.names, client.names);
  });

  it('takes no answer for one life of a signal for one of another', () => {
    const { signal, socket } = following();
    const change = { signal: 'removed', name: 'counter' };
    const back = { signal: 'added', name: 'counter' };
    // Both questions are under way when the first is answered by another signal of that name.
    socket.say(change, back, change, back);
    assert.deepEqual(socket.take(), Array(2).fill(
      { subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }));
    socket.say(snapshot('counter', { value: 50, other: true }, 7, 'F'));
    // That goes, and the second is answered by the one that was there before.
    socket.say(change, back);
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', max: MAX }]);
    socket.say(update('counter', 7, 8, set('/value', 2)));
    assert.deepEqual(signal.value, { value: 50, other: true });
    assert.equal(signal.revision, 7);
    assert.equal(signal.stale, true);
    socket.say(snapshot('counter', { value: 2 }, 8));
    assert.deepEqual(signal.value, { value: 2 });
    assert.equal(signal.stale, false);
  });

  it('waits for a server that is behind, and does not go back in time', () => {
    const { signal, socket } = following();
    socket.lose();
    const next = reconnect();
    next.take();
    next.say(error('behind', 'counter'));
    assert.equal(signal.stale, true);
    assert.equal(signal.error.code, 'behind');
    clock.pass(500);
    assert.deepEqual(next.take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
    next.say(snapshot('counter', { value: 0 }, 5));
    assert.deepEqual(signal.value, { value: 1 });
    assert.equal(signal.stale, true);
    clock.pass(1000);
    assert.equal(next.take().length, 1);
    next.say(snapshot('counter', { value: 8 }, 8));
    assert.deepEqual(signal.value, { value: 8 });
    assert.equal(signal.stale, false);
  });

  for (const code of ['too-large', 'too-many']) {
    it(`shows ${code}`, () => {
      const { signal, socket } = following();
      socket.say(error(code, 'counter'));
      assert.equal(signal.error.code, code);
      assert.equal(signal.stale, true);
      assert.equal(client.state, 'open');
    });
  }

  it('shows an error that is about no signal', () => {
    const { socket } = following();
    socket.say(error('bad-message'));
    assert.equal(client.error.code, 'bad-message');
    assert.equal(client.state, 'open');
  });

  it('ignores members and frames that it does not know', () => {
    const { signal, socket } = following();
    socket.say({ news: 1 }, {}, { signal: 'renamed', name: 'counter' }, { hello: 1 },
      { error: 'x' }, { ...update('counter', 7, 8, set('/value', 2)), more: true });
    assert.deepEqual(signal.value, { value: 2 });
    assert.equal(client.state, 'open');
  });

  it('probes a silent connection, and notices a dead one', () => {
    const { signal, socket } = following();
    clock.pass(20000);
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
    assert.equal(signal.stale, false);
    socket.say(update('counter', 7, 7));
    clock.pass(19999);
    assert.deepEqual(socket.take(), []);
    clock.pass(1);
    assert.equal(socket.take().length, 1);
    clock.pass(10000);
    assert.equal(client.state, 'waiting');
    assert.match(client.error.message, /silent/);
    assert.equal(signal.stale, true);
  });

  it('probes one that never said what was asked for', () => {
    begin();
    const signal = client.signal('counter');
    const socket = sockets[0];
    socket.accept();
    socket.say(hello());
    socket.take();
    clock.pass(20000);
    const [{ subscribe }] = socket.take();
    assert.notEqual(subscribe, 'counter');
    clock.pass(9999);
    assert.equal(client.state, 'open');
    clock.pass(1);
    assert.equal(client.state, 'waiting');
    assert.match(client.error.message, /silent/);
    assert.equal(signal.stale, true);
  });

  it('probes one that nothing is asked of', () => {
    begin();
    const socket = sockets[0];
    socket.accept();
    socket.say(hello());
    for (let i = 0; i < 3; i++) {
      clock.pass(20000);
      const [{ subscribe }] = socket.take();
      socket.say(error('unknown-signal', subscribe));
      assert.equal(client.state, 'open');
      assert.equal(client.error, null);
    }
    clock.pass(20000);
    assert.equal(socket.take().length, 1);
    clock.pass(10000);
    assert.equal(client.state, 'waiting');
  });

  it('probes before proxies cut what is silent for 30 s, whenever something came last', () => {
    const { signal, socket } = following();
    for (const [index, wait] of [1, 19999, 5000, 10000, 0, 20000 - 1].entries()) {
      clock.pass(wait);
      socket.say(update('counter', 7 + index, 8 + index, set('/value', index)));
      socket.take();
      clock.pass(19999);
      assert.equal(socket.take().length, 0);
      clock.pass(1);
      assert.equal(socket.take().length, 1, `${wait} ms after the probe before`);
      socket.say(update('counter', 8 + index, 8 + index));
    }
    assert.equal(signal.stale, false);
    // A clock that is set back costs one time of silence at most.
    Date.now = () => clock.now - 1e9;
    clock.pass(40000);
    assert.equal(socket.take().length, 1);
    socket.say(update('counter', signal.revision, signal.revision));
    Date.now = () => clock.now + 1e9;
    clock.pass(20000);
    assert.equal(socket.take().length, 1);
  });

  /* How long the connection stays open when nothing more comes. */
  function silence(socket) {
    const start = clock.now;
    while (client.state === 'open')
      clock.pass(1000);
    assert.match(client.error.message, /silent/);
    assert.deepEqual(socket.closeCalls, [{ code: 4400, reason: 'silent' }]);
    return clock.now - start;
  }

  it('gives a large snapshot more time with each connection that falls silent', () => {
    begin();
    const small = client.signal('small');
    const large = client.signal('large');
    let socket = sockets[0];
    socket.accept();
    // The small document is there at once, also on the connections that follow.
    socket.say(hello('small', 'large'), snapshot('small', 1, 7));
    const times = [silence(socket)];
    for (let i = 0; i < 7; i++) {
      socket = reconnect();
      socket.say(hello('small', 'large'), update('small', 7, 7));
      times.push(silence(socket));
    }
    assert.deepEqual(times,
      [10, 20, 40, 80, 160, 300, 300, 300].map(seconds => 20000 + seconds * 1000));
    socket = reconnect();
    socket.say(hello('small', 'large'), update('small', 7, 7));
    clock.pass(319000);
    socket.say(snapshot('large', 'x', 3), update('small', 7, 7));
    assert.equal(client.state, 'open');
    assert.equal(large.stale, false);
    assert.equal(small.stale, false);
    assert.equal(silence(socket), 30000, 'nothing is due any more');
  });

  it('notices in the usual time again when all that was asked is answered', () => {
    const { socket } = following();
    assert.equal(silence(socket), 30000);
    let next = reconnect();
    next.say(hello('counter'));
    assert.equal(silence(next), 40000, 'a greeting is no answer');
    for (const answer of [update('counter', 7, 7), error('too-large', 'counter'),
      { signal: 'removed', name: 'counter' }, snapshot('counter', { value: 2 }, 8)]) {
      next = reconnect();
      next.say(hello('counter'), answer);
      assert.equal(silence(next), 30000, JSON.stringify(answer));
      next = reconnect();
      next.say(hello('counter'));
      assert.equal(silence(next), 40000);
    }
    next = reconnect();
    client.release('counter');
    next.say(hello('counter'));
    assert.equal(silence(next), 30000, 'nothing is asked any more');
  });

  it('takes an answer to a probe that updates have overtaken', () => {
    const { signal, socket } = following();
    clock.pass(20000);
    assert.equal(socket.take().length, 1);
    const overtaking = update('counter', 7, 8, set('/value', 2));
    socket.say(overtaking, overtaking);
    assert.equal(signal.stale, false);
    assert.deepEqual(signal.value, { value: 2 });
    assert.deepEqual(socket.take(), []);
  });

  it('takes no answer to a probe for one of a life that came meanwhile', () => {
    for (const answer of [update('counter', 7, 7), update('counter', 7, 8, set('/value', 2))]) {
      const { signal, socket } = following();
      clock.pass(20000);
      assert.deepEqual(socket.take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
      socket.say(snapshot('counter', { value: 50, other: true }, 7, 'F'));
      assert.deepEqual(socket.take(), [{ subscribe: 'counter', max: MAX }]);
      assert.equal(signal.stale, true);
      socket.say(answer, update('counter', 8, 9, set('/value', 3)));
      assert.deepEqual(signal.value, { value: 50, other: true });
      assert.equal(signal.revision, 7);
      assert.equal(signal.stale, true);
      assert.deepEqual(socket.take(), [], 'once');
      socket.say(snapshot('counter', { value: 3 }, 9));
      assert.deepEqual(signal.value, { value: 3 });
      assert.equal(signal.stale, false);
      assert.deepEqual(socket.take(), []);
      client.close();
      sockets.length = 0;
    }
  });

  it('asks no more than it has to when another life comes', () => {
    const { signal, socket } = following();
    clock.pass(20000);
    socket.say(update('counter', 7, 7));
    socket.take();
    socket.say(snapshot('counter', { value: 50 }, 7, 'F'));
    assert.equal(signal.stale, false, 'the probe was answered');
    socket.lose();
    const next = reconnect();
    assert.deepEqual(next.take(), [{ subscribe: 'counter', epoch: 'F', rev: 7, max: MAX }]);
    next.say(snapshot('counter', { value: 60 }, 7, 'G'));
    assert.equal(signal.stale, false, 'that is the answer');
    assert.deepEqual(next.take(), []);
  });

  it('takes no answer to any question of a live subscription for one of another life', () => {
    const { signal, socket } = following();
    // The server goes back, and is asked again later.
    socket.say(snapshot('counter', { value: 0 }, 5));
    clock.pass(500);
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
    socket.say(snapshot('counter', { value: 50 }, 7, 'F'), update('counter', 7, 7));
    assert.deepEqual(socket.take(), [{ subscribe: 'counter', max: MAX }]);
    assert.equal(signal.stale, true);
    socket.say(snapshot('counter', { value: 1 }, 7));
    assert.deepEqual(signal.value, { value: 1 });
    assert.equal(signal.stale, false);
  });

  it('does not probe when told not to', () => {
    const { socket } = following({ heartbeat: 0 });
    clock.pass(1e6);
    assert.deepEqual(socket.take(), []);
    assert.equal(client.state, 'open');
  });
});

describe('plain', () => {
  function plainly(initial, ...frames) {
    begin({ plain: true });
    const signal = client.signal('counter', initial);
    sockets[0].accept('');
    sockets[0].say(...frames);
    return { signal, socket: sockets[0] };
  }

  it('is tried once without an offer when the first attempt ends before it was open', () => {
    begin({ protocols: ['token.abc'] });
    const states = record(listener => client.subscribe(listener)).map(([state]) => state);
    sockets[0].lose();
    assert.equal(sockets.length, 2);
    assert.deepEqual(sockets[1].offer, ['token.abc'], 'the application’s entries are kept');
    sockets[1].accept('');
    assert.equal(client.protocol, 'plain');
    assert.equal(client.state, 'open');
    assert.deepEqual(sockets[1].take(), [], 'a plain client sends nothing');
    assert.deepEqual(states, ['connecting']);
  });

  it('is remembered for the URL', () => {
    begin();
    sockets[0].lose();
    sockets[1].accept('');
    sockets[1].lose();
    clock.pass(500);
    // Once may have been chance.
    assert.deepEqual(sockets[2].offer, ['server-signal.v1']);
    sockets[2].lose();
    assert.deepEqual(sockets[3].offer, []);
    sockets[3].accept('');
    sockets[3].lose();
    clock.pass(500);
    assert.deepEqual(sockets[4].offer, []);
    const other = connect(client.url, { WebSocket: FakeWebSocket });
    assert.deepEqual(sockets[5].offer, []);
    other.close();
  });

  it('is given up when the server takes the offer after all', () => {
    // It came up between the two attempts.
    begin();
    sockets[0].lose();
    sockets[1].accept('');
    assert.equal(client.protocol, 'plain');
    sockets[1].lose();
    clock.pass(500);
    sockets[2].accept();
    assert.equal(client.protocol, 'server-signal.v1');
    sockets[2].lose();
    clock.pass(1000);
    assert.deepEqual(sockets[3].offer, ['server-signal.v1']);
    sockets[3].lose();
    assert.equal(sockets.length, 4, 'it is known again what the server speaks');
  });

  it('is not tried when the server was there before', () => {
    const { socket } = following();
    socket.lose();
    clock.pass(500);
    sockets[1].lose();
    assert.equal(sockets.length, 2);
    clock.pass(1000);
    assert.deepEqual(sockets[2].offer, ['server-signal.v1']);
  });

  it('is not remembered when nobody was there', () => {
    begin();
    sockets[0].lose();
    sockets[1].lose();
    assert.equal(client.state, 'waiting');
    clock.pass(500);
    assert.deepEqual(sockets[2].offer, ['server-signal.v1']);
    sockets[2].accept();
    assert.equal(client.protocol, 'server-signal.v1');
  });

  it('is what a server speaks that opens and takes another entry, or none', () => {
    begin({ protocols: ['token.abc'] });
    const signal = client.signal('counter', { value: 0 });
    sockets[0].accept('token.abc');
    assert.equal(client.protocol, 'plain');
    sockets[0].say(plain('counter', set('/value', 1)));
    assert.equal(signal.get('/value'), 1);
    sockets[0].lose();
    clock.pass(500);
    assert.deepEqual(sockets[1].offer, ['server-signal.v1', 'token.abc']);
  });

  it('applies patches to the default, and snapshots', () => {
    const { signal, socket } = plainly({ value: 0 });
    assert.equal(signal.stale, true);
    socket.say(plain('counter', set('/value', 1)));
    assert.equal(signal.stale, false);
    assert.equal(signal.revision, null);
    assert.deepEqual(signal.value, { value: 1 });
    socket.say(plain('counter', set('', { value: 5 })), plain('counter', set('/value', 6)),
      plain('counter'), plain('counter', { op: 'add', path: '', value: { value: 7 } }));
    assert.deepEqual(signal.value, { value: 7 });
    assert.deepEqual(client.names, ['counter']);
  });

  it('starts from the default again, and shows the old value until the first frame', () => {
    const { signal, socket } = plainly({ value: 0, list: [] }, plain('counter', set('/value', 41)));
    const calls = record(listener => signal.subscribe(listener));
    socket.lose();
    const next = reconnect();
    assert.equal(signal.get('/value'), 41);
    assert.equal(signal.stale, true);
    next.say(plain('counter', { op: 'add', path: '/list/-', value: 1 }));
    assert.deepEqual(signal.value, { value: 0, list: [1] });
    assert.equal(signal.stale, false);
    assert.deepEqual(calls.map(([, patch]) => patch), [null, null]);
  });

  it('announces nothing when a new connection brings the same', () => {
    const { signal, socket } = plainly({ value: 0 }, plain('counter', set('/value', 1)));
    const calls = record(listener => signal.subscribe(listener));
    const before = signal.value;
    socket.lose();
    reconnect().say(plain('counter', set('/value', 1)));
    assert.equal(signal.value, before);
    assert.equal(signal.stale, false);
    assert.equal(calls.length, 1);
  });

  it('keeps patches for a name until it is asked for', () => {
    const { socket } = plainly({ value: 0 });
    socket.say(plain('late', { op: 'add', path: '/a', value: 1 }),
      plain('whole', set('', { b: 1 })), plain('late', { op: 'add', path: '/b', value: 2 }),
      plain('whole', set('/b', 2)));
    assert.deepEqual(client.names, ['late', 'whole']);
    const late = client.signal('late', {});
    assert.deepEqual(late.value, { a: 1, b: 2 });
    assert.equal(late.stale, false);
    const whole = client.signal('whole');
    assert.deepEqual(whole.value, { b: 2 });
    socket.say(plain('late', { op: 'remove', path: '/a' }), plain('whole', set('/b', 3)));
    assert.deepEqual(late.value, { b: 2 });
    assert.deepEqual(whole.value, { b: 3 });
  });

  it('keeps following a name that was released', () => {
    const add = { op: 'add', path: '/more', value: 1 };
    const { signal, socket } = plainly({ value: 0 }, plain('counter', add));
    client.release('counter');
    socket.say(plain('counter', set('/value', 2)));
    assert.deepEqual(signal.value, { value: 0, more: 1 });
    assert.deepEqual(client.signal('counter', { value: 0 }).value, { value: 2, more: 1 });
  });

  it('keeps no more than its bound, and connects again when that is asked for', () => {
    const { socket } = plainly({ value: 0 });
    const text = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 9; i++)
      socket.say(plain('late', { op: 'add', path: '/a', value: text }));
    assert.equal(client.state, 'open');
    client.signal('other', {});
    assert.equal(client.state, 'open', 'nothing of the other was lost');
    const late = client.signal('late', {});
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'limit');
    reconnect().say(plain('late', { op: 'add', path: '/a', value: 1 }));
    assert.deepEqual(late.value, { a: 1 });
    assert.equal(late.stale, false);
  });

  it('needs no bound for a document that it knows whole', () => {
    const { socket } = plainly({ value: 0 });
    const text = 'x'.repeat(1024 * 1024);
    socket.say(plain('late', set('', { a: 0 })));
    for (let i = 0; i < 20; i++)
      socket.say(plain('late', set('/a', text)));
    assert.equal(client.signal('late').get('/a'), text);
    assert.equal(client.state, 'open');
  });

  it('connects again after a patch that does not apply, and in the end says so', () => {
    const { signal, socket } = plainly(undefined, plain('counter', set('/value', 1)));
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'patch-failed');
    assert.match(client.error.message, /“counter”: Operation 0: .*default the same/);
    assert.deepEqual(socket.closeCalls, [{ code: 4400, reason: 'patch-failed' }]);
    for (let i = 0; i < 4; i++) {
      assert.equal(client.state, 'waiting');
      reconnect().say(plain('counter', set('/value', 1)));
    }
    assert.equal(client.state, 'closed');
    assert.equal(client.error.code, 'patch-failed');
    assert.equal(signal.value, null);
    assert.equal(signal.stale, true);
  });

  it('converges after a patch that does not apply', () => {
    const { signal, socket } = plainly({ value: 0 }, plain('counter', set('/value', 1)));
    socket.say(plain('counter', set('/value', 2), set('/gone', 1)));
    assert.deepEqual(signal.value, { value: 1 });
    assert.equal(signal.stale, true);
    reconnect().say(plain('counter', set('', { value: 3 })));
    assert.deepEqual(signal.value, { value: 3 });
    assert.equal(client.error, null);
  });

  it('ignores what is no update', () => {
    const { signal, socket } = plainly({ value: 0 });
    socket.say({ news: 1 }, hello('x'), error('bad-message'), plain('counter', set('/value', 1)));
    assert.deepEqual(signal.value, { value: 1 });
    assert.equal(client.error, null);
  });
});

describe('connecting', () => {
  it('backs off exponentially with full jitter, within its bounds', () => {
    const times = [];
    for (const factor of [0, 0.5, 0.999]) {
      Math.random = () => factor;
      sockets.length = 0;
      begin({ plain: true, retryMin: 100, retryMax: 1000 });
      const waits = [];
      for (let i = 0; i < 6; i++) {
        FakeWebSocket.last.lose();
        const start = clock.now;
        while (client.state === 'waiting')
          clock.pass(1);
        waits.push(clock.now - start);
      }
      times.push(waits);
      client.close();
    }
    assert.deepEqual(times[0], [1, 1, 1, 1, 1, 1]);
    assert.deepEqual(times[1], [50, 100, 200, 400, 500, 500]);
    assert.deepEqual(times[2], [100, 200, 400, 800, 999, 999]);
  });

  it('begins anew only after a connection that lasted', () => {
    begin({ plain: true, lostAfter: 1 });
    const wait = () => {
      FakeWebSocket.last.lose();
      return Math.max(...[...clock.timers.values()].map(timer => timer.at - clock.now));
    };
    sockets[0].accept();
    assert.equal(wait(), 250);
    clock.pass(250);
    FakeWebSocket.last.accept();
    clock.pass(4999);
    assert.equal(wait(), 500);
    clock.pass(500);
    FakeWebSocket.last.accept();
    clock.pass(5000);
    assert.equal(wait(), 250);
  });

  it('gives up after so many attempts, if told so', () => {
    begin({ plain: true, retryLimit: 2 });
    for (let i = 0; i < 3; i++) {
      FakeWebSocket.last.lose();
      clock.pass(30000);
    }
    assert.equal(sockets.length, 3);
    assert.equal(client.state, 'closed');
    assert.equal(client.error.code, 'connection-lost');
  });

  it('treats a clean close like a loss', () => {
    for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 3000]) {
      begin({ plain: true });
      FakeWebSocket.last.accept();
      FakeWebSocket.last.lose(code, 'bye');
      assert.equal(client.state, 'waiting', code);
      assert.equal(client.error.closeCode, code);
      assert.match(client.error.message, /bye/);
      client.close();
    }
  });

  it('comes back after it was too slow, from what it has', () => {
    const { signal, socket } = following();
    socket.lose(1008, 'too slow: nothing was read for too long');
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'connection-lost');
    assert.match(client.error.message, /1008.*too slow/);
    assert.equal(signal.stale, true);
    clock.pass(1e6);
    assert.equal(client.state, 'connecting');
    FakeWebSocket.last.accept();
    assert.equal(client.state, 'open');
  });

  for (const code of [1008, 4000, 4401, 4999]) {
    it(`does not come back after ${code}, until told to`, () => {
      const { signal, socket } = following();
      socket.lose(code, 'not you');
      assert.equal(client.state, 'closed');
      assert.equal(client.error.code, 'closed');
      assert.equal(client.error.closeCode, code);
      assert.match(client.error.message, /not you/);
      assert.equal(signal.stale, true);
      clock.pass(1e6);
      assert.equal(sockets.length, 1);
      client.open();
      assert.equal(client.state, 'connecting');
      FakeWebSocket.last.accept();
      assert.equal(client.state, 'open');
      assert.equal(client.error, null);
    });
  }

  it('takes a close event that gives no reason', () => {
    const { signal, socket } = following();
    socket.onclose({ code: 1008 });
    assert.equal(client.state, 'closed');
    assert.equal(client.error.closeCode, 1008);
    assert.equal(signal.stale, true);
  });

  it('ends with an error when the address or an offer is refused at once', () => {
    begin({ protocols: ['not a token'] });
    assert.equal(client.state, 'closed');
    assert.match(client.error.message, /bad protocol/);
  });

  it('does not wait for ever for an answer', () => {
    begin({ plain: true, openTimeout: 3000 });
    clock.pass(3000);
    assert.equal(client.state, 'waiting');
    assert.match(client.error.message, /in time/);
    assert.equal(sockets[0].closeCalls.length, 1);
    sockets[0].accept();
    assert.equal(client.state, 'waiting', 'too late');
  });

  it('closes, and opens again', () => {
    const { signal, socket } = following();
    const states = record(listener => client.subscribe(listener));
    client.close();
    client.close();
    assert.equal(client.state, 'idle');
    assert.equal(client.protocol, null);
    assert.deepEqual(socket.closeCalls, [{ code: 1000, reason: undefined }]);
    assert.equal(signal.stale, true);
    socket.say(update('counter', 7, 8, set('/value', 2)));
    assert.deepEqual(signal.value, { value: 1 });
    client.open();
    client.open();
    assert.equal(sockets.length, 2);
    sockets[1].accept();
    assert.deepEqual(sockets[1].take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
    assert.deepEqual(states.map(([state]) => state), ['open', 'idle', 'connecting', 'open']);
  });

  it('may be closed by a listener at any moment', () => {
    for (const moment of ['connecting', 'open', 'waiting', 'closed']) {
      begin({ plain: true });
      client.subscribe(state => {
        if (state === moment)
          client.close();
      });
      if (client.state !== 'idle')
        FakeWebSocket.last.accept();
      if (client.state !== 'idle')
        FakeWebSocket.last.lose(moment === 'closed' ? 1008 : 1006);
      assert.equal(client.state, 'idle', moment);
      assert.equal(client.error, null);
      assert.equal(clock.timers.size, 0);
    }
  });

  it('may be closed by the listener of a signal when the connection is lost', () => {
    const { signal, socket } = following();
    signal.watch(({ stale }) => stale && client.close());
    const states = record(listener => client.subscribe(listener));
    socket.lose();
    assert.equal(client.state, 'idle');
    assert.deepEqual(states.map(([state]) => state), ['open', 'idle']);
  });

  it('tries at once when told to', () => {
    begin({ plain: true });
    sockets[0].lose();
    client.open();
    assert.equal(sockets.length, 2);
    assert.equal(client.state, 'connecting');
  });
});

describe('in a page', () => {
  let page;

  beforeEach(() => {
    page = new EventTarget();
    page.visibilityState = 'visible';
    globalThis.document = page;
    const target = new EventTarget();
    globalThis.addEventListener = target.addEventListener.bind(target);
    globalThis.removeEventListener = target.removeEventListener.bind(target);
    globalThis.dispatchEvent = target.dispatchEvent.bind(target);
  });

  afterEach(() => {
    client.close();
    const count = sockets.length;
    page.dispatchEvent(new Event('visibilitychange'));
    globalThis.dispatchEvent(new Event('online'));
    assert.equal(sockets.length, count, 'a closed client listens no more');
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
    delete globalThis.dispatchEvent;
  });

  it('tries at once when the network is back', () => {
    begin({ plain: true });
    sockets[0].lose();
    page.visibilityState = 'hidden';
    globalThis.dispatchEvent(new Event('online'));
    assert.equal(sockets.length, 2);
    assert.equal(clock.timers.size, 1, 'the attempt that was planned is not made as well');
  });

  it('tries at once when the page becomes visible, not when it is hidden', () => {
    begin({ plain: true });
    sockets[0].lose();
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    assert.equal(sockets.length, 1);
    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));
    assert.equal(sockets.length, 2);
  });

  it('begins the back-off anew when it tries at once', () => {
    begin({ plain: true, retryLimit: 2, openTimeout: 1e9 });
    const fail = () => {
      FakeWebSocket.last.lose();
      assert.equal(client.state, 'waiting');
      return Math.max(...[...clock.timers.values()].map(({ at }) => at - clock.now));
    };
    assert.equal(fail(), 250);
    for (let i = 0; i < 5; i++) {
      clock.pass(i > 0 ? 60001 : 1000);
      assert.equal(client.state, 'connecting');
      assert.equal(fail(), 500);
      globalThis.dispatchEvent(new Event('online'));
      assert.equal(fail(), 250);
    }
    clock.pass(250);
    fail();
    clock.pass(500);
    FakeWebSocket.last.lose();
    assert.equal(client.state, 'closed', 'the limit holds again');
  });

  it('tries less and less often, however many events come', () => {
    begin({ plain: true, retryMin: 20000 });
    sockets[0].lose();
    const times = [];
    for (let i = 0; i < 30; i++) {
      const before = sockets.length;
      page.dispatchEvent(new Event('visibilitychange'));
      globalThis.dispatchEvent(new Event('online'));
      if (client.state === 'connecting')
        FakeWebSocket.last.lose();
      clock.pass(100);
      if (client.state === 'connecting')
        FakeWebSocket.last.lose();
      if (sockets.length > before)
        times.push(clock.now);
    }
    assert.deepEqual(times, [100, 1000, 3000]);
  });

  it('waits a second at most though the clock was set back', () => {
    begin({ plain: true, retryMin: 20000 });
    clock.pass(5000);
    sockets[0].lose();
    globalThis.dispatchEvent(new Event('online'));
    FakeWebSocket.last.lose();
    Date.now = () => clock.now - 5000;
    globalThis.dispatchEvent(new Event('online'));
    clock.pass(1000);
    assert.equal(sockets.length, 3);
  });

  it('probes once, however many events come', () => {
    const { socket } = following();
    for (let i = 0; i < 5; i++)
      page.dispatchEvent(new Event('visibilitychange'));
    assert.equal(socket.take().length, 1);
    socket.say(update('counter', 7, 7));
    page.dispatchEvent(new Event('visibilitychange'));
    assert.equal(socket.take().length, 0, 'it has just been heard');
    clock.pass(1000);
    page.dispatchEvent(new Event('visibilitychange'));
    assert.equal(socket.take().length, 1);
    clock.pass(9000);
    page.dispatchEvent(new Event('visibilitychange'));
    clock.pass(1000);
    assert.equal(client.state, 'waiting', 'an event does not give it more time');
  });

  it('finds out at once whether a connection that slept is alive', () => {
    const { socket } = following();
    page.dispatchEvent(new Event('visibilitychange'));
    assert.equal(socket.take().length, 1);
    clock.pass(10000);
    assert.equal(client.state, 'waiting');
  });
});

describe('a server that is not ours', () => {
  for (const [what, text] of Object.entries({
    'text that is not JSON': 'Request served by 1c2d',
    'half a frame': '{"name":"counter","patch":[{"op":',
    'a number': '7',
    'null': 'null',
    'a list': '[]',
    'an update whose patch is no list': '{"name":"counter","patch":{}}',
    'an update whose name is no string': '{"name":7,"patch":[]}',
    '131,072 brackets': '['.repeat(131072),
    'a document nested too deep': `{"name":"counter","patch":[{"op":"replace","path":"","value":${
      '['.repeat(130)}${']'.repeat(130)}}],"epoch":"E","rev":9}`,
    'a frame past the limit': `{"name":"counter","patch":[],"x":"${'x'.repeat(5000)}"}`,
  })) {
    for (const mode of ['v1', 'plain']) {
      it(`sends ${what} (${mode})`, () => {
        begin({ plain: mode === 'plain', max: 4000 });
        const signal = client.signal('counter', { value: 0 });
        sockets[0].accept();
        sockets[0].say(snapshot('counter', { value: 1 }, 7));
        assert.equal(signal.stale, false);
        for (let i = 0; i < 5; i++) {
          assert.equal(client.state, 'open');
          FakeWebSocket.last.say(text);
          assert.equal(client.state, i < 4 ? 'waiting' : 'closed');
          assert.ok(['protocol', 'limit'].includes(client.error.code), client.error.code);
          assert.deepEqual(signal.value, { value: 1 }, 'nothing is lost');
          assert.equal(signal.stale, true);
          if (i < 4)
            reconnect();
        }
      });
    }
  }

  it('sends a binary frame', () => {
    const { socket } = following();
    socket.onmessage({ data: new ArrayBuffer(8) });
    clock.work();
    assert.equal(client.state, 'waiting');
    assert.match(client.error.message, /binary/);
  });

  it('greets in another protocol', () => {
    const { socket } = following();
    socket.say({ hello: { protocol: 'server-signal.v9', signals: [] } });
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'protocol');
  });
});
