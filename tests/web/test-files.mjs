// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The files that the module loads when it needs them: in order, once, and also where they are missing.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = fileURLToPath(new URL('../../server-signal/web/', import.meta.url));
const PROTOCOL = 'server-signal.v1';
const ATONCE = ['updates', 'upkeep']; // that the module loads while it connects

/* A copy of the module, which nobody has loaded a file of yet. */
const copy = async (t, wanted) => (await copyTo(t, wanted)).module;

async function copyTo(t, wanted = name => name.endsWith('.js')) {
  const folder = mkdtempSync(join(tmpdir(), 'server-signal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of readdirSync(web).filter(wanted))
    cpSync(join(web, name), join(folder, name));
  // Older Nodes take a file without it for CommonJS.
  cpSync(join(web, 'package.json'), join(folder, 'package.json'));
  return { folder, module: await import(pathToFileURL(join(folder, 'server-signal.js'))) };
}

class Socket {
  constructor(url, protocols) {
    this.readyState = 0;
    this.protocol = '';
    this.offer = protocols;
    this.sent = [];
    Socket.last = this;
  }

  accept(protocol) {
    this.protocol = protocol;
    this.readyState = 1;
    this.onopen();
    if (protocol)
      this.say({ hello: { protocol, signals: [] } });
  }

  say(...frames) { frames.forEach(frame => this.onmessage({ data: JSON.stringify(frame) })); }

  send(text) { this.sent.push(JSON.parse(text)); }

  close() { this.readyState = 3; }
}

const snapshot = (value, rev, epoch = 'e') =>
  ({ name: 'a', patch: [{ op: 'replace', path: '', value }], epoch, rev });

const update = (operation, rev) => ({ name: 'a', patch: [operation], base: rev - 1, rev });

/* The signal, when it is at that revision. */
const at = (signal, revision) => new Promise(resolve => {
  const stop = signal.watch(() => signal.revision === revision && setImmediate(() => {
    stop();
    resolve(signal);
  }));
});

function start(t, { connect }) {
  const client = connect('ws://test.invalid/files', { WebSocket: Socket, heartbeat: 0, retryMin: 1, retryMax: 1 });
  t.after(() => client.close());
  return client;
}

test('frames wait in their order for the file that the first of them needs', async t => {
  const module = await copy(t);
  const { parts } = module.internals;
  const client = start(t, module);
  const a = client.signal('a');
  Socket.last.accept(PROTOCOL);
  const told = [];
  a.subscribe((value, patch) => told.push([value, patch?.length]));
  Socket.last.say(snapshot({ list: [{ id: 1 }] }, 1), update({ op: 'replace', path: '/list/0/id', value: 2 }, 2));
  await at(a, 2);
  while (Object.keys(parts).length < 2)
    await new Promise(setImmediate);
  assert.deepEqual(Object.keys(parts).sort(), ATONCE);
  const { list } = a.value;
  Socket.last.say(update({ op: 'copy', from: '/list/0', path: '/list/-' }, 3),
    update({ op: 'replace', path: '/list/1/id', value: 3 }, 4));
  assert.equal(a.revision, 2);
  await at(a, 4);
  assert.deepEqual(a.value, { list: [{ id: 2 }, { id: 3 }] });
  assert.equal(a.value.list[0], list[0]);
  assert.deepEqual(Object.keys(parts).sort(), ['trees', ...ATONCE]);
  assert.deepEqual(told.at(-1), [{ list: [{ id: 2 }, { id: 3 }] }, 2]);

  // A part stays what it was, in another life of the document too.
  Socket.last.say(snapshot({ list: [{ id: 0 }, { id: 2 }] }, 0, 'f'));
  await at(a, 0);
  assert.equal(a.value.list[1], list[0]);
  Socket.last.say({ signal: 'stale', name: 'a', age: 5 }, update({ op: 'remove', path: '/list/1' }, 1));
  await at(a, 1);
  assert.equal(a.stale, true);
  assert.deepEqual(Object.keys(parts).sort(), ['trees', 'trouble', ...ATONCE]);
});

test('calls keep their order, and take their arguments as they are', async t => {
  const module = await copy(t);
  const client = start(t, module);
  const args = { n: 1 };
  const first = client.call('add', args);
  args.n = 2;
  const second = client.call('add', args);
  await assert.rejects(client.call('add', new Date(0)), TypeError);
  Socket.last.accept(PROTOCOL);
  const third = client.call('add', args);
  const sent = () => Socket.last.sent.map(frame => frame.args?.n);
  while (sent().length < 3)
    await new Promise(setImmediate);
  assert.deepEqual(sent(), [1, 2, 2]);
  Socket.last.sent.forEach(({ id }, i) => Socket.last.say({ reply: id, value: i }));
  assert.deepEqual(await Promise.all([first, second, third]), [0, 1, 2]);
});

test('a plain server is understood', async t => {
  const client = start(t, await copy(t));
  Socket.last.accept('');
  Socket.last.say({ name: 'a', patch: [{ op: 'replace', path: '', value: { n: 1 } }] },
    { name: 'b', patch: [{ op: 'replace', path: '/n', value: 2 }] });
  const a = client.signal('a');
  const b = client.signal('b', { n: 0 });
  await Promise.all([a.ready, b.ready]);
  assert.deepEqual([a.value, b.value], [{ n: 1 }, { n: 2 }]);
  await assert.rejects(client.call('add'), { code: 'not-supported' });
});

test('with the files that each page loads documents and updates are shown', async t => {
  const module = await copy(t, name => ['server-signal', ...ATONCE].some(file => name === `${file}.js`));
  const client = start(t, module);
  const a = client.signal('a', { n: 0 });
  Socket.last.accept(PROTOCOL);
  Socket.last.say(snapshot({ n: 1, list: [1] }, 1), update({ op: 'add', path: '/list/0', value: 0 }, 2));
  await at(a, 2);
  // Nothing keeps its identity, but the document is right.
  Socket.last.say(snapshot({ n: 1, list: [0, 2] }, 5, 'f'));
  await at(a, 5);
  assert.deepEqual(a.value, { n: 1, list: [0, 2] });
  await assert.rejects(client.call('add'), ({ code, message, cause }) =>
    code === 'not-connected' && /calls\.js/.test(message) && cause instanceof Error);
  await assert.rejects(client.fetch('b'), { code: 'not-connected' });
  assert.equal(client.state, 'open');
  // In the place of a patch that cannot be applied without one the document is asked for.
  await withoutPatch(a, update({ op: 'copy', from: '/n', path: '/m' }, 6), snapshot({ n: 1, m: 1 }, 6, 'f'));
  // The words of an error are not to be had: the connection is made anew.
  const socket = Socket.last;
  Socket.last.say({ error: { code: 'other', name: 'a', message: 'no' } });
  while (Socket.last === socket)
    await new Promise(setImmediate);
  assert.match(client.error.message, /trouble\.js/);
  assert.deepEqual([a.value, a.stale], [{ n: 1, m: 1 }, true]);
});

/* The signal is given the update, asks for the document, and is given that. */
async function withoutPatch(signal, given, document) {
  Socket.last.sent = [];
  Socket.last.say(given);
  while (Socket.last.sent.length === 0)
    await new Promise(setImmediate);
  const [{ subscribe, epoch, rev }] = Socket.last.sent;
  assert.deepEqual([subscribe, epoch, rev, signal.stale], ['a', undefined, undefined, true]);
  Socket.last.say(document);
  await at(signal, document.rev);
  assert.equal(signal.stale, false);
}

test('the module alone shows documents, and has its files when they are there again', async t => {
  const { folder, module } = await copyTo(t, name => name === 'server-signal.js');
  const { parts } = module.internals;
  const client = start(t, module);
  const a = client.signal('a', { n: 0 });
  Socket.last.accept(PROTOCOL);
  const socket = Socket.last;
  socket.say(snapshot({ n: 1 }, 1));
  await at(a, 1);
  for (const rev of [2, 3])
    await withoutPatch(a, update({ op: 'replace', path: '/n', value: rev }, rev), snapshot({ n: rev }, rev));
  assert.deepEqual([a.value, client.state, Socket.last], [{ n: 3 }, 'open', socket]);
  assert.deepEqual(parts, {});
  for (const name of ATONCE)
    cpSync(join(web, `${name}.js`), join(folder, `${name}.js`));
  client.close();
  client.open();
  Socket.last.accept(PROTOCOL);
  while (Object.keys(parts).length < 2)
    await new Promise(setImmediate);
  assert.deepEqual(Object.keys(parts).sort(), ATONCE);
  Socket.last.say(update({ op: 'replace', path: '/n', value: 4 }, 4));
  await at(a, 4);
  assert.deepEqual([a.value, a.stale], [{ n: 4 }, false]);
});

test('the whole module needs to load nothing', async t => {
  const { folder } = await copyTo(t);
  const module = await import(pathToFileURL(join(folder, 'whole.js')));
  const own = await import(pathToFileURL(join(folder, 'server-signal.js')));
  assert.deepEqual({ ...module }, { ...own });
  for (const name of readdirSync(folder).filter(file => file.endsWith('.js') && file !== 'whole.js'))
    rmSync(join(folder, name));
  const client = start(t, module);
  const a = client.signal('a');
  Socket.last.accept(PROTOCOL);
  Socket.last.say(snapshot({ n: 1 }, 1), update({ op: 'copy', from: '/n', path: '/m' }, 2),
    { signal: 'stale', name: 'a', age: 5 });
  await at(a, 2);
  assert.deepEqual([a.value, a.stale], [{ n: 1, m: 1 }, true]);
  const sum = client.call('add');
  const { id } = Socket.last.sent.find(frame => frame.call);
  Socket.last.say({ reply: id, value: 3 });
  assert.equal(await sum, 3);
  const source = readFileSync(join(web, 'server-signal.js'), 'utf8');
  const files = [...source.matchAll(/^  (\w+): \(\) => import\(/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(own.internals.parts).sort(), files.sort());
});

test('a module whose address nothing is relative to goes on trying', async t => {
  const text = readFileSync(join(web, 'server-signal.js')).toString('base64');
  const { connect } = await import(`data:text/javascript;base64,${text}`);
  const { WebSocket } = globalThis;
  globalThis.WebSocket = Socket;
  t.after(() => Object.assign(globalThis, { WebSocket }));
  const client = connect('ws://test.invalid/files', { heartbeat: 0, retryMin: 1, retryMax: 1 });
  t.after(() => client.close());
  for (let i = 0; i < 8; i++) {
    const before = Socket.last;
    before.onclose({ code: 1006, reason: '' });
    while (Socket.last === before)
      await new Promise(done => setTimeout(done, 1));
  }
  assert.equal(client.state, 'connecting');
});
