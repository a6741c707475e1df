// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// How a connection is made: addresses, the entries of the application, failures, greetings.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers'; // not the clock’s

import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';
import { processorTime } from './processor.mjs';

const MAX = 64 * 1024 * 1024;
const PROTOCOL = 'server-signal.v1';
const random = Math.random;
const sockets = FakeWebSocket.all;
let clock;
let number = 0;
let client;

const hello = (...signals) => ({ hello: { protocol: PROTOCOL, signals, via: ['hub'] } });
const snapshot = (name, value, rev, epoch = 'E') =>
  ({ name, patch: [{ op: 'replace', path: '', value }], epoch, rev });
const plain = (name, ...patch) => ({ name, patch });
const set = (path, value) => ({ op: 'replace', path, value });

const freshUrl = () => `ws://test.invalid/attempt-${++number}`;

function begin(options = {}, url = freshUrl()) {
  client = connect(url, { WebSocket: FakeWebSocket, heartbeat: 20000, ...options });
  return client;
}

/* Lets everything happen that waits for promises only. */
async function settle() {
  for (let i = 0; i < 20; i++)
    await null;
}

/* As in Node 20 and 22: an attempt that fails has an error and no close event, stays CONNECTING,
 * and has another error when it is closed. */
class SilentWebSocket extends FakeWebSocket {
  fail(message = 'Received network error or non-101 status code.') {
    this.onerror?.({ message });
  }

  close(...values) {
    super.close(...values);
    if (!this.protocol && this.onopen !== undefined)
      this.onerror({ message: 'Connection was closed before it was established.' });
  }
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

describe('an error without a close event', () => {
  it('is a failed attempt at once', () => {
    begin({ WebSocket: SilentWebSocket, plain: true });
    sockets[0].fail();
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'connection-lost');
    assert.match(client.error.message, /Cannot connect to ws:.*non-101/);
    clock.pass(250);
    assert.equal(sockets.length, 2);
    sockets[1].accept('');
    assert.equal(client.state, 'open');
  });

  it('costs no time where an attempt without an offer follows', () => {
    begin({ WebSocket: SilentWebSocket });
    sockets[0].fail('Server did not respond with sent protocols.');
    assert.equal(sockets.length, 2);
    assert.deepEqual(sockets[1].offer, []);
    assert.equal(client.state, 'connecting');
    sockets[1].fail();
    assert.equal(client.state, 'waiting');
    assert.equal(clock.now, 0);
  });

  it('counts towards the limit', () => {
    begin({ WebSocket: SilentWebSocket, plain: true, retryLimit: 2 });
    for (let i = 0; i < 3; i++) {
      FakeWebSocket.last.fail();
      clock.pass(1000);
    }
    assert.equal(client.state, 'closed');
    assert.equal(sockets.length, 3);
  });

  it('counts once where the close event comes after all, and loses no code that was sent', () => {
    begin({ plain: true });
    sockets[0].lose();
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.closeCode, 1006);
    clock.pass(250);
    sockets[1].accept('');
    sockets[1].lose(4001, 'gone');
    assert.equal(client.state, 'closed');
    assert.equal(client.error.closeCode, 4001);
  });

  it('ends an open connection soon', () => {
    begin();
    const signal = client.signal('counter');
    sockets[0].accept();
    sockets[0].say(hello('counter'), snapshot('counter', 1, 7));
    sockets[0].onerror({ message: 'Invalid frame' });
    sockets[0].onerror({});
    clock.pass(1000);
    assert.equal(client.state, 'waiting');
    assert.match(client.error.message, /Invalid frame/);
    assert.equal(signal.stale, true);
    clock.pass(250);
    sockets[1].accept();
    sockets[1].say(hello('counter'));
    clock.pass(5000);
    assert.equal(client.state, 'open', 'the error was of the connection before');
  });
});

describe('the entries of the application', () => {
  it('are a list, a string, or none', () => {
    for (const [given, entries] of [
      [['a', 'b'], ['a', 'b']], ['token.a', ['token.a']], [[], []], [undefined, []], [null, []],
      [new Set(['a', 'a']), ['a']], [[PROTOCOL, 'a'], ['a']], [PROTOCOL, []],
    ]) {
      for (const protocols of [given, () => given]) {
        begin({ protocols });
        assert.deepEqual(FakeWebSocket.last.offer, [PROTOCOL, ...entries]);
        FakeWebSocket.last.lose();
        assert.deepEqual(FakeWebSocket.last.offer, entries, 'without an offer of ours');
        client.close();
        begin({ protocols, plain: true });
        assert.deepEqual(FakeWebSocket.last.offer, entries);
        client.close();
      }
    }
  });

  it('may come later', async () => {
    let tell;
    begin({ protocols: () => new Promise(resolve => { tell = resolve; }) });
    assert.equal(client.state, 'connecting');
    assert.equal(sockets.length, 0);
    tell('token.1');
    await settle();
    assert.deepEqual(sockets[0].offer, [PROTOCOL, 'token.1']);
    sockets[0].accept();
    sockets[0].say(hello());
    assert.equal(client.state, 'open');
    sockets[0].lose();
    clock.pass(250);
    tell(['token.2', 'room']);
    await settle();
    assert.deepEqual(sockets[1].offer, [PROTOCOL, 'token.2', 'room']);
  });

  it('may be a promise, or what is like one', async () => {
    let asked = 0;
    const lazy = { then(resolve) { asked++; resolve('token.lazy'); } };
    for (const [protocols, token] of [[Promise.resolve('token.1'), 'token.1'],
      [() => lazy, 'token.lazy']]) {
      begin({ protocols });
      await settle();
      assert.deepEqual(FakeWebSocket.last.offer, [PROTOCOL, token]);
      client.close();
    }
    assert.equal(asked, 1);
  });

  it('that cannot be had are a failed attempt, which tells the error', async () => {
    const failures = {
      'throws': () => { throw new Error('no token'); },
      'rejects': async () => { throw new Error('no token'); },
      'throws no error': () => { throw 'no token'; },
      'rejects with nothing': () => Promise.reject(),
      'gives a number': () => 7,
      'gives an object': () => ({ token: 1 }),
      'gives a list with nothing in it': () => [undefined],
      'gives no list later': async () => 7,
      'gives what no entry may be': () => 'not a token',
      'gives that later': async () => ['not a token'],
    };
    for (const [how, failing] of Object.entries(failures)) {
      let good = false;
      begin({ protocols: () => (good ? 'token.good' : failing()) });
      await settle();
      assert.equal(client.state, 'waiting', how);
      assert.equal(client.error.code, 'connection-lost');
      assert.match(client.error.message,
        /no token|undefined|not 7|not an instance of (Object|Array)|bad protocol/, how);
      assert.equal(sockets.length, 0);
      assert.equal(clock.timers.size, 1);
      clock.pass(250);
      await settle();
      assert.equal(client.state, 'waiting', `${how} again`);
      good = true;
      clock.pass(500);
      await settle();
      assert.deepEqual(sockets[0].offer, [PROTOCOL, 'token.good']);
      sockets[0].accept();
      assert.equal(client.state, 'open');
      assert.equal(client.error, null);
      client.close();
      sockets.length = 0;
    }
  });

  it('that cannot be had keep their error as the cause, and count towards the limit', () => {
    const problem = new Error('no token');
    begin({ protocols: () => { throw problem; }, retryLimit: 1 });
    assert.equal(client.error.cause, problem);
    clock.pass(250);
    assert.equal(client.state, 'closed');
    assert.match(client.error.message, /no token/);
    assert.equal(sockets.length, 0);
  });

  it('that never come end an attempt in its time', async () => {
    begin({ protocols: () => new Promise(() => {}), openTimeout: 3000 });
    clock.pass(2999);
    assert.equal(client.state, 'connecting');
    clock.pass(1);
    assert.equal(client.state, 'waiting');
    assert.match(client.error.message, /in time/);
  });

  it('that come too late are for nothing', async () => {
    const tells = [];
    begin({ protocols: () => new Promise((...both) => tells.push(both)), openTimeout: 3000 });
    clock.pass(3000);
    tells[0][0]('token.late');
    await settle();
    assert.equal(sockets.length, 0);
    clock.pass(250);
    client.close();
    tells[1][1](new Error('nobody waits for it'));
    await settle();
    assert.equal(client.state, 'idle');
    client.open();
    client.close();
    client.open();
    tells[2][0]('token.2');
    await settle();
    assert.equal(sockets.length, 0);
    tells[3][0]('token.3');
    await settle();
    assert.deepEqual(sockets[0].offer, [PROTOCOL, 'token.3']);
  });

  it('that are wrong for ever end it, with the error told', () => {
    for (const protocols of [7, {}, [undefined], ['not a token'], 'not a token']) {
      begin({ protocols });
      assert.equal(client.state, 'closed');
      assert.equal(client.error.code, 'closed');
      assert.match(client.error.message, /not|bad/);
      client.close();
    }
  });

  it('are asked for again by the attempt without an offer', () => {
    let token = 0;
    begin({ protocols: () => `token.${++token}` });
    sockets[0].lose();
    assert.deepEqual(sockets[1].offer, ['token.2']);
  });
});

describe('an address', () => {
  const address = url => {
    begin({}, url);
    client.close();
    return client.url;
  };

  it('is relative to where the page’s links are', () => {
    globalThis.location = { href: 'https://host/app/page.html' };
    assert.equal(address('ws'), 'wss://host/app/ws');
    globalThis.document = { baseURI: 'http://other:8080/base/', removeEventListener() {},
      addEventListener() {} };
    assert.equal(address('ws'), 'ws://other:8080/base/ws');
    assert.equal(address('/ws#part'), 'ws://other:8080/ws');
    assert.equal(address('//third/ws'), 'ws://third/ws');
    assert.equal(address('HTTPS://Host/WS?a=b#c'), 'wss://host/WS?a=b');
    globalThis.document.baseURI = 'about:blank';
    assert.equal(address('wss://host/ws'), 'wss://host/ws');
    assert.throws(() => connect('ws', { WebSocket: FakeWebSocket }), TypeError);
  });

  it('is what has the address of something', () => {
    assert.equal(address({ href: 'http://host/page#x' }), 'ws://host/page');
    for (const nothing of [undefined, null, 7, {}, ['ws://host/']])
      assert.throws(() => connect(nothing, { WebSocket: FakeWebSocket }), TypeError);
  });

  it('may be a function’s, which is asked at every attempt', () => {
    let token = 0;
    begin({}, () => `http://host/ws?token=${++token}#x`);
    assert.equal(sockets[0].url, 'ws://host/ws?token=1');
    assert.equal(client.url, 'ws://host/ws?token=1');
    sockets[0].accept();
    sockets[0].lose();
    clock.pass(250);
    assert.equal(sockets[1].url, 'ws://host/ws?token=2');
    client.close();
    client.open();
    assert.equal(sockets[2].url, 'ws://host/ws?token=3');
  });

  it('may come later, and with it entries', async () => {
    begin({ protocols: async () => 'token.a' }, async () => new URL('ws://host/ws?later'));
    assert.equal(client.url, '');
    assert.equal(client.state, 'connecting');
    await settle();
    assert.equal(sockets[0].url, 'ws://host/ws?later');
    assert.deepEqual(sockets[0].offer, [PROTOCOL, 'token.a']);
  });

  it('and the entries, are asked for again at once when they have expired', async () => {
    let token = 0;
    begin({ protocols: async () => `token.${++token}` });
    const signal = client.signal('a');
    await settle();
    sockets[0].accept();
    sockets[0].say(hello('a'), snapshot('a', 7, 1));
    sockets[0].lose(3000, 'the credentials have expired');
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.closeCode, 3000);
    assert.match(client.error.message, /3000.*: the credentials have expired/);
    assert.equal(signal.stale, true);
    clock.pass(0);
    await settle();
    assert.deepEqual(sockets[1].offer, [PROTOCOL, 'token.2']);
    sockets[1].accept();
    sockets[1].say(hello('a'));
    assert.deepEqual(sockets[1].take(), [{ subscribe: 'a', epoch: 'E', rev: 1, max: MAX }]);
    sockets[1].say({ name: 'a', patch: [], base: 1, rev: 1 });
    assert.equal(signal.stale, false);
    assert.equal(clock.now, 0);
  });

  it('are asked for at once a few times in a row, and as often after connections that last', () => {
    let asked = 0;
    begin({}, () => `ws://host/ws?token=${++asked}`);
    const expire = () => {
      FakeWebSocket.last.accept();
      FakeWebSocket.last.say(hello());
      FakeWebSocket.last.lose(3000);
      clock.pass(0);
    };
    for (let i = 0; i < 3; i++) {
      expire();
      assert.equal(asked, i + 2);
    }
    expire();
    assert.equal(asked, 4, 'then it waits, as after any other loss');
    assert.equal(client.state, 'waiting');
    clock.pass(250);
    assert.equal(asked, 5);
    for (let i = 0; i < 7; i++) {
      FakeWebSocket.last.accept();
      FakeWebSocket.last.say(hello());
      clock.pass(6000);
      FakeWebSocket.last.lose(3000);
      clock.pass(0);
      assert.equal(asked, 6 + i);
    }
  });

  it('that are given once and for all are tried again after a wait', () => {
    begin({ protocols: ['token.a'] });
    sockets[0].accept();
    sockets[0].lose(3000);
    clock.pass(0);
    assert.equal(sockets.length, 1);
    clock.pass(250);
    assert.equal(sockets.length, 2);
  });

  it('that cannot be had is a failed attempt, which tells the error', async () => {
    const failures = [() => { throw new Error('no address'); }, () => undefined, () => 'nonsense',
      async () => { throw new Error('no address'); }, async () => null, () => ''];
    for (const failing of failures) {
      let good = false;
      begin({}, () => (good ? 'ws://host/good' : failing()));
      await settle();
      assert.equal(client.state, 'waiting', String(failing));
      assert.match(client.error.message, /no address|undefined|null|Invalid URL/);
      good = true;
      clock.pass(250);
      await settle();
      assert.equal(FakeWebSocket.last.url, 'ws://host/good');
      client.close();
    }
  });

  it('and entries that fail together leave nothing unhandled', async () => {
    const seen = [];
    const note = reason => seen.push(reason);
    process.on('unhandledRejection', note);
    begin({ protocols: () => { throw new Error('second'); } },
      () => Promise.reject(new Error('first')));
    assert.match(client.error.message, /second/);
    client.close();
    begin({ protocols: async () => { throw new Error('second'); } },
      async () => { throw new Error('first'); });
    client.close();
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', note);
    assert.deepEqual(seen, []);
  });

  it('with a token in it is remembered as plain without that', () => {
    let token = 0;
    const url = freshUrl();
    begin({}, () => `${url}?token=${++token}`);
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(FakeWebSocket.last.offer, [PROTOCOL]);
      FakeWebSocket.last.lose();
      FakeWebSocket.last.accept('');
      FakeWebSocket.last.lose();
      clock.pass(500);
    }
    assert.deepEqual(FakeWebSocket.last.offer, []);
  });
});

it('says where there is no WebSocket', () => {
  const { WebSocket } = globalThis;
  delete globalThis.WebSocket;
  try {
    begin({ WebSocket: null, protocols: () => [] });
    assert.equal(client.state, 'closed');
    assert.match(client.error.message, /no WebSocket/);
  } finally {
    if (WebSocket)
      globalThis.WebSocket = WebSocket;
  }
});

describe('a greeting', () => {
  it('tells of v1 where a proxy has dropped the answer to the offer', () => {
    begin({ protocols: ['token.a'] });
    const signal = client.signal('counter', 0);
    const states = [];
    client.subscribe((state, { protocol, names }) => states.push([state, protocol, ...names]));
    sockets[0].accept('');
    assert.deepEqual(sockets[0].take(), []);
    sockets[0].say(hello('counter', 'other'));
    assert.equal(client.protocol, PROTOCOL);
    assert.deepEqual(client.names, ['counter', 'other']);
    assert.deepEqual(client.via, ['hub']);
    assert.deepEqual(sockets[0].take(), [{ subscribe: 'counter', max: MAX }]);
    sockets[0].say(snapshot('counter', 1, 7));
    assert.equal(signal.value, 1);
    assert.equal(signal.revision, 7);
    assert.equal(signal.stale, false);
    client.signal('other');
    assert.deepEqual(sockets[0].take(), [{ subscribe: 'other', max: MAX }]);
    clock.pass(20000);
    assert.equal(sockets[0].take().length, 1, 'it is probed');
    assert.deepEqual(states, [['connecting', null], ['open', 'plain'],
      ['open', PROTOCOL, 'counter', 'other']]);
  });

  it('resumes then, from what a connection before had', () => {
    begin();
    const signal = client.signal('counter');
    sockets[0].accept();
    sockets[0].say(hello('counter'), snapshot('counter', { n: 1 }, 7));
    sockets[0].lose();
    clock.pass(250);
    const { value } = signal;
    sockets[1].accept('');
    sockets[1].say(hello('counter'));
    assert.deepEqual(sockets[1].take(), [{ subscribe: 'counter', epoch: 'E', rev: 7, max: MAX }]);
    sockets[1].say({ name: 'counter', patch: [], base: 7, rev: 7 });
    assert.equal(signal.stale, false);
    assert.equal(signal.value, value);
  });

  it('counts though plain frames came before', () => {
    begin();
    const signal = client.signal('counter', { n: 0 });
    sockets[0].accept('');
    sockets[0].say(plain('counter', set('/n', 1)), plain('other', set('', 5)));
    assert.equal(signal.stale, false);
    sockets[0].say(hello('counter'));
    assert.equal(signal.stale, true);
    assert.deepEqual(sockets[0].take(), [{ subscribe: 'counter', max: MAX }]);
    sockets[0].say(snapshot('counter', { n: 2 }, 7));
    assert.deepEqual(signal.value, { n: 2 });
    assert.equal(client.signal('other').stale, true, 'what was kept is not of v1');
  });

  it('in another protocol is an error then', () => {
    begin();
    sockets[0].accept('');
    sockets[0].say({ hello: { protocol: 'server-signal.v9', signals: [] } });
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'protocol');
  });

  it('means nothing where nothing was offered', () => {
    begin({ plain: true });
    sockets[0].accept('');
    sockets[0].say(hello('counter'));
    assert.equal(client.protocol, 'plain');
    assert.deepEqual(sockets[0].take(), []);
  });

  it('takes no plain frame for an answer of v1', () => {
    begin();
    const signal = client.signal('counter', { n: 0 });
    sockets[0].accept();
    for (let i = 0; i < 22 && client.state === 'open'; i++)
      sockets[0].say(plain('counter', set('/n', i)));
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'protocol');
    assert.equal(signal.stale, true);
  });

  it('has to come in time where the offer was taken', () => {
    for (const heartbeat of [0, 20000, 1e6]) {
      begin({ heartbeat });
      const signal = client.signal('counter', 0);
      const times = [];
      const errors = [];
      client.subscribe((state, { error }) => state === 'waiting' && errors.push(error.code));
      for (let i = 0; i < 8; i++) {
        const start = clock.now;
        const socket = FakeWebSocket.last;
        socket.accept(PROTOCOL, false);
        // It sends back whatever comes, or something of its own.
        while (client.state === 'connecting') {
          clock.pass(1000);
          if (client.state === 'connecting')
            socket.say(...socket.take(), { type: 'ping' });
        }
        assert.deepEqual(socket.closeCalls, [{ code: 4400, reason: 'protocol' }]);
        times.push(clock.now - start);
        assert.equal(client.state, 'waiting');
        assert.match(client.error.message, /did not greet/);
        assert.equal(signal.stale, true);
        const waiting = clock.now;
        while (client.state === 'waiting')
          clock.pass(1);
        if (i === 7)
          assert.ok(clock.now - waiting >= 15000, 'it is tried less and less often');
      }
      assert.deepEqual(times, Array(8).fill(20000));
      assert.deepEqual(errors, Array(8).fill('protocol'));
      client.close();
    }
  });

  it('in time is enough, and opens the connection', () => {
    begin();
    sockets[0].accept(PROTOCOL, false);
    assert.equal(client.state, 'connecting');
    clock.pass(19999);
    sockets[0].say(hello());
    clock.pass(10000);
    sockets[0].say({});
    clock.pass(10000);
    assert.equal(client.state, 'open');
  });
});

it('takes times without end', () => {
  begin({ openTimeout: Infinity, heartbeat: Infinity, retryMin: 1e12, retryMax: Infinity });
  clock.pass(1e6);
  assert.equal(client.state, 'connecting');
  sockets[0].accept();
  sockets[0].say(hello());
  clock.pass(1e6);
  assert.deepEqual(sockets[0].take(), []);
  assert.equal(client.state, 'open');
  sockets[0].lose();
  assert.ok([...clock.timers.values()].every(({ at }) => at - clock.now < 2 ** 31));
  clock.pass(1e6);
  assert.equal(client.state, 'waiting');
});

describe('what is shared', () => {
  const doubling = { op: 'copy', from: '/a', path: '/a/-' };
  const MOMENT = 3000;

  function atOnce(call) {
    const took = processorTime(call);
    assert.ok(took < MOMENT, `${took} ms`);
  }

  /* One patch a frame, until something changes. */
  function flood(socket, frame) {
    let i = 0;
    atOnce(() => {
      for (; i < 100 && FakeWebSocket.last === socket && client.state === 'open'; i++) {
        socket.say(frame(i));
        if (client.signal('s').error)
          break;
      }
    });
    return i;
  }

  it('ends at the limit in v1, and a snapshot is asked for', () => {
    begin();
    const signal = client.signal('s');
    sockets[0].accept();
    sockets[0].say(hello('s'), snapshot('s', { a: [0] }, 0));
    sockets[0].take();
    const n = flood(sockets[0], i => ({ name: 's', patch: [doubling], base: i, rev: i + 1 }));
    assert.equal(n, 23);
    assert.equal(signal.error.code, 'limit');
    assert.match(signal.error.message, /“s”, revision 24: Operation 0: /);
    assert.equal(signal.stale, true);
    assert.deepEqual(sockets[0].take(), [{ subscribe: 's', max: MAX }]);
    assert.equal(signal.value.a.length, 24);
    sockets[0].say(snapshot('s', { a: [1] }, 50));
    assert.equal(signal.stale, false);
  });

  it('ends at the limit in plain', () => {
    begin({ plain: true });
    client.signal('s', { a: [0] });
    sockets[0].accept('');
    const n = flood(sockets[0], () => plain('s', doubling));
    assert.equal(n, 24);
    assert.equal(client.state, 'waiting');
    assert.equal(client.error.code, 'limit');
  });

  it('is compared at once with what was there before', () => {
    begin({ plain: true });
    const signal = client.signal('s', { a: [0] });
    sockets[0].accept('');
    const all = plain('s', ...Array(23).fill(doubling));
    sockets[0].say(all);
    const { value } = signal;
    atOnce(() => {
      for (let i = 0; i < 8; i++) {
        FakeWebSocket.last.lose();
        clock.pass(30000);
        FakeWebSocket.last.accept('');
        FakeWebSocket.last.say(all);
        assert.equal(signal.value, value);
      }
    });
  });

  it('is kept for names that nobody has asked for, or given up, at once', () => {
    begin({ plain: true });
    sockets[0].accept('');
    atOnce(() => {
      for (let name = 0; name < 8; name++) {
        sockets[0].say(plain(`s${name}`, set('', { a: [0], b: '' })));
        sockets[0].say(plain(`s${name}`, ...Array(22).fill(doubling)));
        for (let i = 0; i < 10; i++)
          sockets[0].say(plain(`s${name}`, set('/b', 'x'.repeat(2 ** 20))));
      }
    });
    client.signal('s0');
    assert.equal(client.error.code, 'limit');
  });

  it('is no more in a default', () => {
    begin();
    let value = [0];
    for (let i = 0; i < 100; i++)
      value = [value, value];
    assert.throws(() => client.signal('s', value), { code: 'limit' });
    assert.equal(client.signal('s').value, null);
  });
});
