// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Followers of a signal, the time for which it is followed, and other ways to look at one.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const sockets = FakeWebSocket.all;
const random = Math.random;
let clock;
let client;
let number = 0;

const set = (path, value) => ({ op: 'replace', path, value });
const snapshot = (value, rev) =>
  ({ name: 'counter', patch: [set('', value)], epoch: 'E', rev });
const update = (base, ...patch) => ({ name: 'counter', patch, base, rev: base + 1 });
const unknown = { error: { code: 'unknown-signal', name: 'counter', message: 'there is none' } };

function begin(options = {}) {
  client = connect(`ws://test.invalid/counted-${++number}`,
    { WebSocket: FakeWebSocket, heartbeat: 0, ...options });
  return client.signal('counter');
}

function following(options) {
  const signal = begin(options);
  const socket = FakeWebSocket.last;
  socket.accept();
  socket.say(snapshot({ n: 0, part: { a: 1 } }, 0));
  socket.take();
  return { signal, socket };
}

function record(subscribe) {
  const calls = [];
  const stop = subscribe((...values) => calls.push(values));
  return Object.defineProperty(calls, 'stop', { value: stop });
}

/* Lets everything happen that waits for promises only. */
async function settle() {
  for (let i = 0; i < 20; i++)
    await null;
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
});

describe('signal() and release()', () => {
  it('count', () => {
    const { signal, socket } = following();
    assert.equal(client.signal('counter'), signal);
    client.signal('counter', 5);
    client.release('counter');
    client.release('counter');
    assert.deepEqual(socket.take(), []);
    assert.equal(client.signal('counter'), signal);
    client.release('counter');
    client.release('counter');
    assert.deepEqual(socket.take(), [{ unsubscribe: 'counter' }]);
    client.release('counter');
    assert.deepEqual(socket.take(), []);
    assert.notEqual(client.signal('counter'), signal);
  });
});

describe('the last listener', () => {
  const kinds = {
    'subscribe()': (signal, listener, options) => signal.subscribe(listener, options),
    'watch()': (signal, listener, options) => signal.watch(listener, options),
    'at()': (signal, listener, options) => signal.at('/n').subscribe(listener, options),
  };
  for (const [kind, listen] of Object.entries(kinds)) {
    it(`of ${kind} that goes ends the subscription after a while`, () => {
      const { signal, socket } = following();
      const stops = [listen(signal, () => {}), listen(signal, () => {})];
      stops[0]();
      stops[0]();
      clock.pass(20000);
      stops[1]();
      clock.pass(9999);
      assert.deepEqual(socket.take(), []);
      assert.equal(signal.stale, false);
      clock.pass(1);
      assert.deepEqual(socket.take(), [{ unsubscribe: 'counter' }]);
      assert.equal(signal.stale, true);
      socket.say(update(0, set('/n', 1)));
      assert.equal(signal.value.n, 0, 'what was on its way');
      listen(signal, () => {});
      const [{ subscribe, rev }] = socket.take();
      assert.deepEqual([subscribe, rev], ['counter', 0]);
      socket.say({ name: 'counter', patch: [set('/n', 7)], base: 0, rev: 7 });
      assert.equal(signal.value.n, 7);
      assert.equal(signal.stale, false);
    });

    it(`of ${kind} ends by an AbortSignal`, () => {
      const { signal, socket } = following();
      const controller = new AbortController();
      const calls = record(listener => listen(signal, listener, { signal: controller.signal }));
      controller.abort();
      socket.say(update(0, set('/n', 1)));
      assert.equal(calls.length, 1);
      clock.pass(10000);
      assert.deepEqual(socket.take(), [{ unsubscribe: 'counter' }]);
      const late = record(listener => listen(signal, listener, { signal: controller.signal }));
      assert.equal(late.length, 0);
      assert.deepEqual(socket.take(), []);
      late.stop();
    });
  }

  it('that is followed by another in time ends nothing', () => {
    const { signal, socket } = following({ linger: 100 });
    for (let i = 0; i < 5; i++) {
      signal.subscribe(() => {})();
      clock.pass(99);
    }
    signal.subscribe(() => {});
    clock.pass(1000);
    assert.deepEqual(socket.take(), []);
  });

  it('ends nothing where it was not to, nor where nobody ever listened, nor in plain', () => {
    const one = following({ linger: Infinity });
    one.signal.subscribe(() => {})();
    clock.pass(1e9);
    assert.deepEqual(one.socket.take(), []);
    client.close();
    const other = following();
    clock.pass(1e6);
    assert.deepEqual(other.socket.take(), []);
    client.close();
    const signal = begin({ plain: true });
    FakeWebSocket.last.accept('');
    signal.subscribe(() => {})();
    clock.pass(1e6);
    FakeWebSocket.last.say({ name: 'counter', patch: [set('', 5)] });
    assert.equal(signal.value, 5);
  });

  it('has gone, and the signal is not asked for by the next connection', () => {
    const { signal, socket } = following();
    signal.subscribe(() => {})();
    clock.pass(10000);
    socket.lose();
    clock.pass(500);
    FakeWebSocket.last.accept();
    assert.deepEqual(FakeWebSocket.last.take(), []);
    signal.subscribe(() => {});
    assert.equal(FakeWebSocket.last.take()[0].rev, 0);
  });

  it('of the client ends by an AbortSignal', () => {
    following();
    const controller = new AbortController();
    const calls = record(listener => client.subscribe(listener, { signal: controller.signal }));
    controller.abort();
    client.close();
    assert.equal(calls.length, 1);
  });
});

describe('ready', () => {
  it('is the signal when it is current', async () => {
    const signal = begin();
    const { ready } = signal;
    assert.equal(signal.ready, ready);
    FakeWebSocket.last.accept();
    FakeWebSocket.last.say(snapshot(5, 0));
    assert.equal(await ready, signal);
    assert.equal(await signal.ready, signal);
    FakeWebSocket.last.lose();
    let again = false;
    signal.ready.then(() => { again = true; });
    await settle();
    assert.equal(again, false);
    clock.pass(500);
    FakeWebSocket.last.accept();
    FakeWebSocket.last.say({ name: 'counter', patch: [], base: 0, rev: 0 });
    await settle();
    assert.equal(again, true);
  });

  it('is rejected where that is not to be expected', async () => {
    const ends = {
      'unknown-signal': () => FakeWebSocket.last.say(unknown),
      'closed': () => client.close(),
    };
    for (const [code, happen] of [...Object.entries(ends),
      ['closed', () => FakeWebSocket.last.lose(4000)], ['closed', () => client.release('counter')],
      ['unknown-signal', () => FakeWebSocket.last.say({ signal: 'removed', name: 'counter' })]]) {
      const signal = begin();
      FakeWebSocket.last.accept();
      const { ready } = signal;
      happen();
      await assert.rejects(ready, { code });
      client.close();
    }
    const signal = begin();
    FakeWebSocket.last.accept();
    FakeWebSocket.last.lose(4000);
    await assert.rejects(signal.ready, { code: 'closed' });
    client.open();
    client.release('counter');
    await assert.rejects(signal.ready, { code: 'closed' });
  });
});

describe('fetch', () => {
  it('is the signal as soon as it is current, and starts the client', async () => {
    client = connect(`ws://test.invalid/counted-${++number}`,
      { WebSocket: FakeWebSocket, heartbeat: 0, start: false });
    const fetched = client.fetch('counter');
    let done = false;
    fetched.then(() => { done = true; });
    assert.equal(client.state, 'connecting');
    FakeWebSocket.last.accept();
    await settle();
    assert.equal(done, false, 'open is not data');
    FakeWebSocket.last.say(snapshot(5, 0));
    const signal = await fetched;
    assert.equal(signal, client.signal('counter'));
    assert.deepEqual([signal.value, signal.stale], [5, false]);
    assert.equal(await client.fetch('counter'), signal);

    // Three calls of it, and that of signal().
    for (let i = 0; i < 2; i++)
      client.release('counter');
    assert.equal(client.signal('counter'), signal);
  });

  it('asks again for what was refused', async () => {
    const signal = begin();
    const socket = FakeWebSocket.last;
    socket.accept();
    socket.say(unknown);
    socket.take();
    const fetched = client.fetch('counter');
    assert.deepEqual(socket.take().map(({ subscribe }) => subscribe), ['counter']);
    socket.say(snapshot(6, 0));
    assert.equal((await fetched).value, 6);
    assert.equal(signal.stale, false);
  });

  it('fails when it is not to be expected, and is not followed then', async () => {
    client = connect(`ws://test.invalid/counted-${++number}`,
      { WebSocket: FakeWebSocket, heartbeat: 0 });
    const socket = FakeWebSocket.last;
    socket.accept();
    const fetched = client.fetch('counter');
    socket.take();
    socket.say(unknown);
    await assert.rejects(fetched, { code: 'unknown-signal' });
    assert.deepEqual(socket.take(), [{ unsubscribe: 'counter' }]);

    const abort = new AbortController();
    const aborted = client.fetch('counter', { signal: abort.signal });
    const other = client.fetch('counter');
    abort.abort(new Error('no time'));
    await assert.rejects(aborted, /no time/);
    await assert.rejects(client.fetch('counter', { signal: abort.signal }), /no time/);
    socket.say(snapshot(7, 0));
    assert.equal((await other).value, 7);

    // One without a reason.
    const plain = { aborted: true, addEventListener() {}, removeEventListener() {} };
    await assert.rejects(client.fetch('another', { signal: plain }), { code: 'aborted' });
    const closed = client.fetch('another');
    client.close();
    await assert.rejects(closed, { code: 'closed' });
  });
});

describe('for await', () => {
  it('gives each value, and the last of those that came meanwhile', async () => {
    const signal = begin();
    const socket = FakeWebSocket.last;
    const seen = [];
    const done = (async () => {
      for await (const value of signal) {
        seen.push(value);
        await settle();
      }
    })();
    await settle();
    assert.deepEqual(seen, [], 'there is none yet');
    socket.accept();
    socket.say(snapshot(1, 0));
    await settle();
    await settle();
    socket.say(update(0, set('', 2)));
    await settle();
    await settle();
    socket.say(update(1, set('', 3)), update(2, set('', 4)));
    await settle();
    await settle();
    client.close();
    await done;
    assert.deepEqual(seen, [1, 2, 4]);
  });

  it('begins with the default, ends with break, and fails with the connection', async () => {
    begin();
    const signal = client.signal('other', 'default');
    for await (const value of signal) {
      assert.equal(value, 'default');
      break;
    }
    FakeWebSocket.last.accept();
    FakeWebSocket.last.take();
    clock.pass(10000);
    assert.deepEqual(FakeWebSocket.last.take(), [{ unsubscribe: 'other' }]);
    const next = client.signal('counter')[Symbol.asyncIterator]().next();
    FakeWebSocket.last.lose(4000);
    await assert.rejects(next, { code: 'closed' });
  });

  it('ends when the signal is released', async () => {
    const { signal } = following();
    const values = signal[Symbol.asyncIterator]();
    assert.equal((await values.next()).value.n, 0);
    const next = values.next();
    await settle();
    client.release('counter');
    assert.deepEqual(await next, { value: undefined, done: true });
  });
});

describe('a snapshot', () => {
  it('is another one when something changed, and only then', () => {
    const { signal, socket } = following();
    const first = signal.snapshot;
    assert.deepEqual({ ...first }, { value: { n: 0, part: { a: 1 } }, stale: false, error: null,
      age: 0 });
    assert.ok(Object.isFrozen(first));
    assert.equal(signal.snapshot, first);
    socket.say({ name: 'counter', patch: [], base: 0, rev: 0 });
    assert.equal(signal.snapshot, first);
    socket.say(update(0, set('/n', 1)));
    const second = signal.snapshot;
    assert.notEqual(second, first);
    assert.equal(first.value.n, 0);
    assert.equal(second.value.n, 1);
    socket.lose();
    assert.notEqual(signal.snapshot, second);
    assert.equal(signal.snapshot.stale, true);
  });

  it('tells for how long it has not been current', () => {
    const signal = begin();
    assert.equal(signal.age, Infinity);
    FakeWebSocket.last.accept();
    FakeWebSocket.last.say(snapshot(1, 0));
    clock.pass(5000);
    assert.equal(signal.age, 0);
    const { heard } = { heard: clock.now - 5000 };
    FakeWebSocket.last.lose();
    clock.pass(100);
    const { snapshot: shot } = signal;
    assert.equal(shot.age, clock.now - heard, 'it was so when something came last');
    clock.pass(100);
    assert.equal(shot.age, clock.now - heard);
    assert.equal(signal.snapshot, shot);
  });
});

describe('without a start', () => {
  it('nothing is connected until open()', () => {
    begin({ start: false });
    assert.equal(client.state, 'idle');
    assert.equal(sockets.length, 0);
    client.open();
    assert.equal(client.state, 'connecting');
    assert.equal(sockets.length, 1);
  });

  it('nothing is relative to a page', () => {
    client = connect('ws', { start: false, WebSocket: FakeWebSocket });
    assert.equal(client.signal('counter', 5).value, 5);
    assert.throws(() => client.open(), TypeError);
    globalThis.location = { href: 'https://host/page' };
    try {
      client.open();
      assert.equal(client.url, 'wss://host/ws');
    } finally {
      delete globalThis.location;
    }
  });

  it('the module runs on a server that has none of a page', () => {
    const program = `
      for (const name of ['WebSocket', 'MessageChannel', 'addEventListener', 'document', 'navigator',
        'setImmediate'])
        delete globalThis[name];
      const { connect } = await import(process.argv[1]);
      const client = connect('ws', { start: false });
      console.log(client.signal('a', { b: 1 }).snapshot.value.b);`;
    const module = new URL('../../server-signal/web/server-signal.js', import.meta.url);
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program, module.href]);
    assert.equal(String(said), '1\n');
  });
});

describe('a page that begins with data', () => {
  const entry = (value, more = {}) => ({ name: 'counter', patch: [set('', value)], epoch: 'E', rev: 3, ...more });

  it('shows it at once, and asks for what came after it', () => {
    const signal = begin({ state: [entry({ n: 1 })] });
    assert.deepEqual([signal.value.n, signal.revision, signal.epoch, signal.stale], [1, 3, 'E', true]);
    const socket = FakeWebSocket.last;
    socket.accept();
    const [{ epoch, rev }] = socket.take();
    assert.deepEqual([epoch, rev], ['E', 3]);
    socket.say(update(3, set('/n', 2)));
    assert.deepEqual([signal.value.n, signal.revision, signal.stale], [2, 4, false]);
    client.release('counter');
    assert.equal(client.signal('counter').value, null, 'it was for the beginning only');
  });

  it('takes the snapshot of another life', () => {
    const signal = begin({ state: [entry({ n: 1 })] });
    const socket = FakeWebSocket.last;
    socket.accept();
    socket.say({ ...snapshot({ n: 7 }, 0), epoch: 'F' });
    assert.deepEqual([signal.value.n, signal.revision, signal.epoch, signal.stale], [7, 0, 'F', false]);
  });

  it('goes on in plain with the default', () => {
    const signal = begin({ state: [entry({ n: 1 })], plain: true });
    const socket = FakeWebSocket.last;
    socket.accept('');
    socket.say({ name: 'counter', patch: [set('', { n: 5 })] });
    assert.deepEqual([signal.value.n, signal.revision, signal.epoch, signal.stale], [5, null, null, false]);
  });

  it('leaves out entries of another form', () => {
    for (const more of [{ epoch: 1 }, { epoch: undefined }, { rev: -1 }, { rev: 0.5 }, { rev: '3' }, { patch: [] },
      { patch: 7 }, { patch: [set('/a', 1)] }, { name: 'other' }])
      assert.equal(begin({ start: false, state: [entry({ n: 1 }, more)] }).value, null, JSON.stringify(more));
  });

  it('says that a state is none', () => {
    const url = 'ws://test.invalid/';
    for (const state of [7, {}, [null], { textContent: '' }, { textContent: '[' }, { textContent: '{}' }])
      assert.throws(() => connect(url, { state, start: false }), /state is not an array of snapshots/,
        JSON.stringify(state));
    connect(url, { state: { textContent: '[]' }, start: false });
    connect(url, { state: null, start: false });
  });
});

describe('a cache', () => {
  it('gives what is shown until data comes, and gets what is current', async () => {
    const saved = [];
    const kept = { name: 'counter', patch: [set('', { n: 1 })], epoch: 'E', rev: 3, at: Date.now() - 5000 };
    const cache = {
      load: async name => (name === 'counter' ? kept : undefined),
      save: ({ revision, value }) => saved.push([revision, value.n]),
    };
    const signal = begin({ cache });
    await settle();
    assert.deepEqual([signal.value.n, signal.stale, signal.age], [1, true, 5000]);
    assert.deepEqual(saved, [], 'that is kept already');
    const socket = FakeWebSocket.last;
    socket.accept();
    assert.equal(socket.take()[0].rev, 3);
    socket.say({ name: 'counter', patch: [], base: 3, rev: 3 });
    socket.say(update(3, set('/n', 2)));
    socket.lose();
    assert.deepEqual(saved, [[3, 1], [4, 2]]);
  });

  it('that is slower than the server changes nothing', async () => {
    const load = async () => ({ name: 'counter', patch: [set('', { n: 1 })], epoch: 'E', rev: 3 });
    const signal = begin({ cache: { load, save() {} } });
    const socket = FakeWebSocket.last;
    socket.accept();
    socket.say(snapshot({ n: 7 }, 5));
    await settle();
    assert.deepEqual([signal.value.n, signal.revision], [7, 5]);
  });

  it('that fails is as none', async () => {
    const said = [];
    const cache = { load: () => Promise.reject(new Error('no')), save: () => said.push(1) };
    const signal = begin({ cache });
    await settle();
    assert.equal(signal.value, null);
    const socket = FakeWebSocket.last;
    socket.accept();
    socket.say(snapshot({ n: 7 }, 5));
    assert.deepEqual([signal.value.n, said], [7, [1]]);
  });
});
