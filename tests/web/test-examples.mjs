// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The examples that doc/pages.md shows.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';

import { showBanner } from '../../examples/pages/banner.js';
import { countToTen, showAndStop } from '../../examples/pages/looking.js';
import { showPrice } from '../../examples/pages/parts.js';
import { connect } from '../../server-signal/web/server-signal.js';
import { FakeClock, FakeWebSocket } from './fake.mjs';

const set = (path, value) => ({ op: 'replace', path, value });
let clock;
let client;

function begin() {
  client = connect('ws://test.invalid/examples', { WebSocket: FakeWebSocket });
  const socket = FakeWebSocket.last;
  socket.accept();
  socket.say({ hello: { protocol: 'server-signal.v1', signals: ['rows'] } });
  return socket;
}

function element() {
  const classes = new Set();
  return { textContent: '', title: '', classes, classList: {
    toggle: (name, on) => (on ? classes.add(name) : classes.delete(name)),
  } };
}

beforeEach(() => { clock = new FakeClock(); });

afterEach(() => {
  client.close();
  clock.restore();
});

it('shows one price', () => {
  const socket = begin();
  const shown = element();
  const stop = showPrice(client, shown);
  assert.equal(shown.textContent, '–');
  assert.ok(shown.classes.has('stale'));
  const rows = [1, 2, 3, 4].map(price => ({ price }));
  socket.say({ name: 'rows', patch: [set('', rows)], epoch: 'E', rev: 0 });
  assert.equal(shown.textContent, 4);
  assert.ok(!shown.classes.has('stale'));
  assert.equal(shown.title, '0 updates behind');
  stop();
  socket.say({ name: 'rows', patch: [set('/3/price', 5)], base: 0, rev: 1 });
  assert.equal(shown.textContent, 4);
});

it('says when the connection is lost', () => {
  const socket = begin();
  const banner = { hidden: false, textContent: '' };
  showBanner(client, banner);
  assert.ok(banner.hidden);
  socket.lose();
  assert.ok(banner.hidden);
  clock.pass(3000);
  assert.ok(!banner.hidden);
  assert.match(banner.textContent, /Trying again/);
  FakeWebSocket.last.accept();
  assert.ok(banner.hidden);
  FakeWebSocket.last.lose(4000, 'moved');
  assert.ok(!banner.hidden);
  assert.match(banner.textContent, /moved/);
});

it('looks at a counter, and stops', async () => {
  const socket = begin();
  const counter = client.signal('counter', { value: 0 });
  const shown = element();
  showAndStop(counter, shown);
  assert.equal(shown.textContent, 0);
  const counted = countToTen(counter);
  socket.say({ name: 'counter', patch: [set('', { value: 3 })], epoch: 'E', rev: 0 });
  for (let i = 0; i < 20; i++)
    await null;
  socket.say({ name: 'counter', patch: [set('/value', 12)], base: 0, rev: 1 });
  assert.equal(await counted, 9);
  assert.equal(shown.textContent, 0);
});
