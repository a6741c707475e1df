// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Runs ../vectors/client.json against the module; the README there says what the steps mean.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const vectors = JSON.parse(readFileSync(new URL('../vectors/client.json', import.meta.url)));

/* deepEqual sets members of a copy, so "__proto__" is compared as text. */
function canonical(value) {
  if (Array.isArray(value))
    return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null)
    return JSON.stringify(value);
  return `{${Object.keys(value).sort().map(key => `${JSON.stringify(key)}:${canonical(value[key])}`)}}`;
}

class Run {
  constructor() {
    this.asked = [];
    this.calls = new Map(); // label → call
    this.client = null;
  }

  /* A signal that is asked for before there is a connection is asked for when there is a client. */
  ask(name, { default: initial }) {
    if (this.client)
      this.client.signal(name, initial);
    else
      this.asked.push([name, initial]);
  }

  release(name) {
    this.client.release(name);
  }

  connect(protocol, step, clock) {
    if (!this.client) {
      this.client = connect('ws://hub.test/ws', { WebSocket: FakeWebSocket, protocols: () => [] });
      this.asked.forEach(([name, initial]) => this.client.signal(name, initial));
    } else {
      if (this.client.state !== 'waiting')
        FakeWebSocket.last.lose();
      assert.equal(this.client.state, 'waiting');
      const before = FakeWebSocket.all.length;
      for (let waited = 0; FakeWebSocket.all.length === before && waited < 60000; waited += 10)
        clock.pass(10);
    }
    FakeWebSocket.last.accept(protocol === 'plain' ? '' : protocol, false);
    assert.equal(this.client.protocol, protocol);
  }

  in(frames) {
    FakeWebSocket.last.say(...frames.map(frame => this.fill(frame)));
  }

  /* Puts ids and keys in the place of <id LABEL> and <key LABEL>; those that are not known yet are the
   * ones of the frame that has come. */
  fill(frame, come) {
    let text = JSON.stringify(frame);
    for (const [label, known] of this.calls) {
      if (come && text.includes(`<id ${label}>`))
        known.id ??= come.call && come.id;
      if (come && text.includes(`<key ${label}>`))
        known.key ??= come.key;
      text = text.replaceAll(`"<id ${label}>"`, known.id).replaceAll(`<key ${label}>`, known.key);
    }
    return JSON.parse(text);
  }

  call(method, { as, args, idempotent }) {
    const call = { progress: [], abort: new AbortController() };
    this.calls.set(as, call);
    const { signal } = call.abort;
    const onprogress = value => call.progress.push(value);
    this.client.call(method, args, { signal, onprogress, idempotent }).then(
      value => { call.value = value; call.done = true; },
      error => { call.error = error; call.done = true; });
  }

  cancel(label) {
    this.calls.get(label).abort.abort();
  }

  async ends(label, { value, code, data, closed, cancelled, unsupported, progress }, clock) {
    const call = this.calls.get(label);
    for (let waited = 0; !call.done && waited < 100; waited++) {
      clock.pass(0);
      await null;
    }
    assert.ok(call.done);
    if (progress)
      assert.deepEqual(call.progress, progress);
    if (code) {
      assert.deepEqual([call.error.code, call.error.answered, call.error.data], [code, true, data]);
    } else if (closed) {
      assert.equal(call.error.code, 'closed');
      assert.equal(call.error.answered, undefined);
    } else if (cancelled) {
      assert.equal(call.error.name, 'AbortError');
    } else if (unsupported) {
      assert.equal(call.error.code, 'not-supported');
    } else {
      assert.equal(call.error, undefined);
      assert.deepEqual(call.value, value);
    }
  }

  'in-text'(text) {
    FakeWebSocket.last.say(text);
  }

  out(frames) {
    const sent = FakeWebSocket.last.take().map(({ max, ...frame }) => {
      assert.ok(max > 0 || !frame.subscribe);
      return frame;
    });
    assert.deepEqual(sent, frames.map((frame, index) => this.fill(frame, sent[index])));
  }

  'out-later'(frames, step, clock) {
    for (let waited = 0; FakeWebSocket.last.sent.length === 0 && waited < 20000; waited += 10)
      clock.pass(10);
    this.out(frames);
  }

  shows(names) {
    for (const [name, expected] of Object.entries(names)) {
      const { value, revision, stale } = this.client ? this.client.signal(name)
        : { value: null, stale: true };
      if ('value' in expected)
        assert.equal(canonical(value), canonical(expected.value));
      if ('revision' in expected)
        assert.equal(revision, expected.revision);
      if ('current' in expected)
        assert.equal(!stale, expected.current);
    }
  }

  expire(expired, step, clock) {
    FakeWebSocket.last.lose(3000);
    clock.pass(0);
    FakeWebSocket.last.accept();
    assert.equal(this.client.state, 'open');
  }

  'gives-up'() {
    assert.notEqual(this.client.state, 'open');
    assert.ok(this.client.error);
  }
}

assert.ok(vectors.length > 10);
for (const { name, says, steps } of vectors) {
  test(`${name}: ${says}`, async () => {
    const clock = new FakeClock();
    const run = new Run();
    FakeWebSocket.all = [];
    try {
      for (const [index, step] of steps.entries()) {
        const [[kind, value]] = Object.entries(step);
        try {
          await run[kind](value, step, clock);
        } catch (error) {
          error.message = `step ${index}, ${JSON.stringify(step)}: ${error.message}`;
          throw error;
        }
      }
    } finally {
      run.client?.close();
      clock.restore();
    }
  });
}
