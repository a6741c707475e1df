// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// A server by the book, a client, and everything that can happen between them, from a seed.
// node test-model.mjs [SEED [STEPS]]
//
// At all times: what a replica shows as current is a document that its signal had at that revision,
// and revisions of one life never go back. After each quiet point every replica equals its signal.

import assert from 'node:assert/strict';

import { applyPatch } from '../../server-signal/web/patch.js';
import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';
import { random } from './random.mjs';

const [seedText, stepsText] = process.argv.slice(2);
const firstSeed = Number(seedText ?? Date.now() % 2 ** 31);
const steps = Number(stepsText ?? 20000);
const HISTORY = 20;
const NAMES = ['one', 'two', 'three'];

function model(seed, plain) {
  const { below, operation, value } = random(seed);
  const clock = new FakeClock();
  const mathRandom = Math.random;
  Math.random = () => below(1000) / 1000;
  FakeWebSocket.all.length = 0;
  const count = { opened: 0, commits: 0, faults: 0, shown: 0, quiet: 0, resumed: 0 };

  let lives = 0;
  let signals = new Map(); // of the server
  let wires = new Map(); // socket → { queue, subscribed }
  const had = new Map(); // "epoch/revision" → the document's text

  function remember(signal) {
    had.set(`${signal.name}/${signal.epoch}/${signal.revision}`, JSON.stringify(signal.document));
  }

  function create(name) {
    const signal = {
      name, document: value(3), epoch: `life-${++lives}`, revision: 0, history: [],
    };
    signals.set(name, signal);
    remember(signal);
    return signal;
  }

  const whole = signal => [{ op: 'replace', path: '', value: signal.document }];

  function subscribe(wire, { subscribe: name, epoch, rev }) {
    const signal = signals.get(name);
    if (!signal) {
      wire.queue.push({ error: { code: 'unknown-signal', name, message: 'no such signal' } });
      return;
    }
    wire.subscribed.add(name);
    const missed = signal.revision - rev;
    if (epoch === signal.epoch && missed >= 0 && missed <= signal.history.length) {
      count.resumed++;
      const patches = missed ? signal.history.slice(-missed) : [];
      wire.queue.push({ name, patch: patches.flat(), base: rev, rev: signal.revision });
    } else {
      wire.queue.push({ name, patch: whole(signal), epoch: signal.epoch, rev: signal.revision });
    }
  }

  function commit() {
    const signal = signals.get(NAMES[below(NAMES.length)]);
    if (!signal)
      return;
    let document = signal.document;
    const patch = [];
    for (let i = 1 + below(3); i > 0; i--) {
      const step = operation(document);
      try {
        document = applyPatch(document, [step]);
        patch.push(step);
      } catch (error) {
        // Not everything applies.
      }
    }
    if (JSON.stringify(document).length > 5000) {
      document = {};
      patch.splice(0, patch.length, { op: 'replace', path: '', value: {} });
    }
    count.commits++;
    signal.document = document;
    signal.revision++;
    signal.history.push(patch);
    signal.history.splice(0, signal.history.length - HISTORY);
    remember(signal);
    for (const wire of wires.values()) {
      if (plain)
        wire.queue.push({ name: signal.name, patch });
      else if (wire.subscribed.has(signal.name))
        wire.queue.push({ name: signal.name, patch, base: signal.revision - 1,
          rev: signal.revision });
    }
  }

  /* A slow peer's updates become one. */
  function merge() {
    for (const { queue } of wires.values()) {
      for (let i = queue.length - 1; i > 0; i--) {
        const [first, second] = queue.slice(i - 1, i + 1);
        if (first.name === second.name && 'base' in first && second.base === first.rev)
          queue.splice(i - 1, 2,
            { ...first, patch: [...first.patch, ...second.patch], rev: second.rev });
      }
    }
  }

  /* The server takes what the client has said. */
  function listen() {
    for (const [socket, wire] of wires) {
      for (const frame of socket.take()) {
        if ('subscribe' in frame)
          subscribe(wire, frame);
        else if ('unsubscribe' in frame)
          wire.subscribed.delete(frame.unsubscribe);
      }
    }
  }

  function deliver(frames) {
    for (const [socket, { queue }] of wires) {
      // Some come together, some one by one.
      const together = below(2) === 0;
      for (let i = 0; i < frames && queue.length > 0; i++) {
        if (together)
          socket.burst(queue.shift());
        else
          socket.say(queue.shift());
      }
      clock.work();
    }
  }

  function answer() {
    const socket = FakeWebSocket.last;
    if (client.state !== 'connecting' || wires.has(socket))
      return;
    // The very first attempt has to succeed, or the client would believe that this server is plain.
    if (count.opened > 0 && below(4) === 0) {
      count.faults++;
      socket.lose();
      return;
    }
    count.opened++;
    const wire = { queue: [], subscribed: new Set() };
    wires.set(socket, wire);
    if (plain) {
      for (const signal of signals.values())
        wire.queue.push({ name: signal.name, patch: whole(signal) });
    } else {
      wire.queue.push({ hello: { protocol: 'server-signal.v1', signals: [...signals.keys()] } });
    }
    socket.accept();
  }

  function lose() {
    for (const socket of wires.keys()) {
      count.faults++;
      wires = new Map();
      socket.lose([1000, 1001, 1006, 1012][below(4)]);
    }
  }

  /* An edge gets another life of a signal from where it has it, and passes that on. */
  function renew(name) {
    if (!signals.has(name))
      return;
    const signal = create(name);
    for (const { queue, subscribed } of wires.values()) {
      if (subscribed.has(name))
        queue.push({ name, patch: whole(signal), epoch: signal.epoch, rev: 0 });
    }
  }

  function announce(name, event) {
    for (const wire of wires.values()) {
      if (event === 'removed')
        wire.queue = wire.queue.filter(frame => frame.name !== name);
      wire.subscribed.delete(name);
      wire.queue.push({ signal: event, name });
    }
  }

  function spoil() {
    count.faults++;
    const frames = [...wires.values()].map(({ queue }) => queue).find(({ length }) => length > 0);
    if (!frames)
      return;
    const at = below(frames.length);
    const { name, base } = frames[at];
    if (base === undefined)
      return;
    // A lost frame is missed only when another follows it.
    const followed = frames.slice(at + 1).some(frame => frame.name === name && 'base' in frame);
    if (below(3) === 0 && followed)
      frames.splice(at, 1);
    else if (below(2) === 0)
      frames.splice(at, 0, frames[at]);
    else
      frames[at] = { ...frames[at], patch: [{ op: 'remove', path: '/not/there' }] };
  }

  /* The client's side: replicas and their values. */
  const client = connect(`ws://test.invalid/model-${seed}-${plain}`, {
    WebSocket: FakeWebSocket, plain, retryMin: 10, retryMax: 100, heartbeat: plain ? 0 : 1000,
  });
  const replicas = new Map();

  function follow(name) {
    const signal = client.signal(name);
    if (replicas.get(name) === signal)
      return;
    replicas.set(name, signal);
    const seen = new Map(); // epoch → revision
    signal.watch(({ value, revision, stale }) => {
      if (stale)
        return;
      count.shown++;
      const text = JSON.stringify(value);
      // The replica does not tell its epoch: some life of the signal has to have had this.
      const lives = [...had].filter(([key, document]) =>
        key.startsWith(`${name}/`) && (plain || key.endsWith(`/${revision}`)) && document === text);
      assert.ok(lives.length > 0, `${name} was never ${text} at revision ${revision}`);
      if (lives.length === 1 && !plain) {
        const epoch = lives[0][0].split('/')[1];
        assert.ok(revision >= (seen.get(epoch) ?? 0), `${name} goes back to ${revision}`);
        seen.set(epoch, revision);
      }
    });
  }

  function quiet() {
    count.quiet++;
    for (let i = 0; i < 200; i++) {
      if (client.state === 'closed')
        client.open();
      clock.pass(100);
      answer();
      listen();
      deliver(Infinity);
    }
    assert.equal(client.state, 'open');
    for (const [name, replica] of replicas) {
      const signal = signals.get(name);
      if (!signal) {
        assert.equal(replica.stale, true);
        continue;
      }
      assert.equal(JSON.stringify(replica.value), JSON.stringify(signal.document), name);
      assert.equal(replica.stale, false, `${name} is current`);
      assert.equal(replica.revision, plain ? null : signal.revision);
    }
    // Old lives need not be remembered, and cost time to look through.
    had.clear();
    signals.forEach(remember);
  }

  try {
    NAMES.forEach(create);
    follow('one');
    for (let step = 0; step < steps; step++) {
      switch (below(plain ? 9 : 14)) {
        case 0: case 1: case 2: case 3: commit(); break;
        case 4: deliver(1 + below(5)); break;
        case 5: listen(); deliver(2); break;
        case 6: clock.pass(below(100)); answer(); break;
        case 7: if (below(5) === 0) lose(); break;
        case 8:
          if (below(10) === 0) {
            const name = NAMES[below(NAMES.length)];
            if (below(2)) {
              client.release(name);
              replicas.delete(name);
            } else {
              follow(name);
            }
          }
          break;
        case 9: if (below(3) === 0) merge(); break;
        case 10: if (below(5) === 0) spoil(); break;
        case 11:
          if (below(30) === 0) { // the server starts again, with new lives of its signals
            lose();
            signals = new Map();
            NAMES.forEach(create);
          } else if (!plain && below(10) === 0) {
            renew(NAMES[below(NAMES.length)]);
          }
          break;
        case 12:
          if (below(10) === 0) {
            const name = NAMES[below(NAMES.length)];
            if (signals.delete(name)) {
              announce(name, 'removed');
            } else {
              create(name);
              announce(name, 'added');
            }
          }
          break;
        case 13: if (below(5) === 0) clock.pass(below(3000)); break;
      }
      if (below(200) === 0)
        quiet();
    }
    quiet();
  } catch (error) {
    error.message = `seed ${seed}, ${plain ? 'plain' : 'v1'}: ${error.message}`;
    throw error;
  } finally {
    client.close();
    clock.restore();
    Math.random = mathRandom;
  }
  return count;
}

console.log(`seed ${firstSeed}`);
for (const plain of [false, true])
  console.log(plain ? 'plain' : 'server-signal.v1', model(firstSeed, plain));
