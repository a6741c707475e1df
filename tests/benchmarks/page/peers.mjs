// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The module and those that do the same, each made ready with a document, and then given one frame
// after the other: the hub’s JSON text for all that read it, bytes for yjs and Colyseus. After each frame the
// application has the new value.

import * as colyseus from '@colyseus/schema';
import fastJsonPatch from 'fast-json-patch';
import * as immer from 'immer';
import { immutableJSONPatch } from 'immutable-json-patch';
import * as mutative from 'mutative';
import * as rfc6902 from 'rfc6902';
import * as yjs from 'yjs';

import { connect, internals } from '../../../server-signal/web/server-signal.js';

const clone = value => JSON.parse(JSON.stringify(value));
const tokens = path => path.split('/').slice(1).map(token => (/^\d+$/.test(token) ? +token
  : token));
const paths = patch => patch.map(({ op, path, value }) => ({ op, path: tokens(path), value }));

/* The frames of a hub, which are read whole for the patch in one. */
function frames() {
  let revision = 0;
  return patch => `{"name":"rows","patch":${JSON.stringify(patch)},` +
    `"base":${revision},"rev":${++revision}}`;
}

/* A connection on which the benchmark is the server. Tasks are run when it says so. */
class Socket {
  constructor() {
    Socket.last = this;
    this.protocol = 'server-signal.v1';
    this.readyState = 1;
  }

  send() {}

  close() {}
}

function ours(document, take, each = 1) {
  let task = () => {};
  const real = globalThis.setImmediate;
  globalThis.setImmediate = callback => { task = callback; };
  const client = connect('ws://localhost/', { WebSocket: Socket, heartbeat: 0 });
  const signal = client.signal('rows');
  const socket = Socket.last;
  socket.onopen();
  socket.onmessage({ data: JSON.stringify({ name: 'rows', epoch: 'E', rev: 0,
    patch: [{ op: 'replace', path: '', value: document }] }) });
  task();
  task = () => {};
  take(signal);
  return {
    each,
    frame: frames(),
    apply(data) {
      socket.onmessage({ data });
      if (client.behind < each)
        return;
      while (client.behind > 0) // a slice may have ended before
        task();
    },
    value: () => signal.value,
    end() {
      client.close();
      globalThis.setImmediate = real;
    },
  };
}

const text = (keep, apply) => document => {
  let current = document;
  return {
    frame: frames(),
    apply(data) { current = apply(current, JSON.parse(data).patch); },
    value: () => current,
    keep,
  };
};

/* yjs and Colyseus have documents of their own kind, and a server that changes them. */
function ofYjs(document) {
  const toShared = value => {
    if (Array.isArray(value))
      return yjs.Array.from(value.map(toShared));
    return typeof value === 'object' ? new yjs.Map(Object.entries(value).map(
      ([key, part]) => [key, toShared(part)])) : value;
  };
  const server = new yjs.Doc();
  server.getMap('root').set('document', toShared(document));
  const replica = new yjs.Doc();
  yjs.applyUpdate(replica, yjs.encodeStateAsUpdate(server));
  let updates = [];
  server.on('update', update => updates.push(update));
  return {
    frame(patch) {
      updates = [];
      server.transact(() => {
        for (const { op, path, value } of patch) {
          const steps = tokens(path);
          const last = steps.pop();
          const parent = steps.reduce((part, step) => part.get(step),
            server.getMap('root').get('document'));
          if (op === 'add')
            parent.insert(last, [toShared(value)]);
          else
            parent.set(last, value);
        }
      });
      return updates[0];
    },
    apply(update) { yjs.applyUpdate(replica, update); },
    value: () => replica.getMap('root').get('document').toJSON(),
  };
}

function ofColyseus(document) {
  const { t } = colyseus;
  const Row = colyseus.schema({ id: t.number(), name: t.string(), price: t.number(),
    amount: t.number() });
  const State = colyseus.schema({ list: t.array(Row), map: t.map(Row) });
  const toRow = value => new Row().assign(value);
  const state = new State();
  colyseus.Encoder.BUFFER_SIZE = 8 * 1024 * 1024;
  const list = Array.isArray(document);
  if (list)
    document.forEach(row => state.list.push(toRow(row)));
  else
    Object.entries(document).forEach(([key, row]) => state.map.set(key, toRow(row)));
  const encoder = new colyseus.Encoder(state);
  const replica = new State();
  const decoder = new colyseus.Decoder(replica);
  decoder.decode(encoder.encodeAll());
  encoder.discardChanges();
  return {
    frame(patch) {
      for (const { op, path, value } of patch) {
        const [key, member] = tokens(path);
        if (op === 'add')
          state.list.unshift(toRow(value));
        else
          (list ? state.list[key] : state.map.get(key))[member] = value;
      }
      const bytes = encoder.encode().slice();
      encoder.discardChanges();
      return bytes;
    },
    apply(bytes) { decoder.decode(bytes); },
    value: () => (list ? replica.list : replica.map).toJSON(),
  };
}

let shown;
const part = document => (Array.isArray(document) ? '/7/price' : '/key7/price');

/** Each gives what applies frames; those that say `keep` leave the value before as it was. */
export const peers = {
  'server-signal, value': document => ({ keep: true,
    ...ours(document, signal => signal.subscribe(value => { shown = value; })) }),
  'server-signal, 10 frames a task': document => ({ keep: true,
    ...ours(document, signal => signal.subscribe(value => { shown = value; }), 10) }),
  'server-signal, part': document => ({ keep: true,
    ...ours(document,
      signal => signal.at(part(document)).subscribe(value => { shown = value; })) }),
  'fast-json-patch, kept': text(true,
    (document, patch) => fastJsonPatch.applyPatch(document, patch, false, false).newDocument),
  'fast-json-patch, mutating': text(false,
    (document, patch) => fastJsonPatch.applyPatch(document, patch, false, true).newDocument),
  'rfc6902, mutating': text(false, (document, patch) => {
    rfc6902.applyPatch(document, patch);
    return document;
  }),
  'immer': text(true, (document, patch) => immer.applyPatches(document, paths(patch))),
  'mutative': text(true, (document, patch) => mutative.apply(document, paths(patch))),
  'immutable-json-patch': text(true, immutableJSONPatch),
  'yjs, mutating': ofYjs,
  'Colyseus schema, mutating': ofColyseus,
};
immer.enablePatches();
export const prepare = (name, document) => peers[name](clone(document));
export const last = () => shown;

// The benchmark does not wait for what the module loads by itself.
await Promise.all(['trees', 'updates', 'upkeep'].map(internals.load));
