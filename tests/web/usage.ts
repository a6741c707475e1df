// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The compiler has to pass this, but for the lines that expect an error. test-types.mjs asks it.

import { actions, type Actions } from '../../server-signal/web/actions.js';
import { optimistic } from '../../server-signal/web/optimistic.js';
import { applyPatch } from '../../server-signal/web/patch.js';
import {
  connect, getPointer, PROTOCOL, ServerSignalError,
  type Address, type Client, type DeepReadonly, type Json, type Options, type Part, type Patch, type Signal, type Snapshot,
  type State, type Stop, type ValueError, type WebSocketLike,
} from '../../server-signal/web/server-signal.js';
import { offline, type Offline } from '../../server-signal/web/offline.js';

declare class Socket implements WebSocketLike {
  constructor(url: string, protocols?: string | string[]);
  binaryType: 'blob' | 'arraybuffer';
  readonly protocol: string;
  readonly readyState: number;
  onopen: ((event: { type: string }) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
declare function getToken(): Promise<string>;

const options: Options = { plain: false, max: 1e6, heartbeat: 20000, lostAfter: 1, linger: 1, start: false, openTimeout: 5000, retryMin: 1,
  retryMax: 2, retryLimit: Infinity, WebSocket: Socket };
const clients: Client[] = [
  connect('ws'),
  connect(new URL('ws://host/ws'), options),
  connect({ href: 'ws://host/' }),
  connect(() => 'ws', { protocols: 'token.a' }),
  connect(async () => new URL(`wss://host/ws?token=${await getToken()}`), { protocols: ['a'] }),
  connect('ws', { protocols: async () => `token.${await getToken()}` }),
  connect('ws', { protocols: () => undefined }),
  connect('ws', { protocols: () => null }),
  connect('ws', { protocols: new Set(['a']) }),
  connect('ws', { protocols: getToken() }),
];
const [client] = clients;
const counter: Signal<{ value: number }> = client.signal('counter', { value: 0 });
const value: number = counter.value.value;
const stop: Stop = counter.subscribe((document, patch) => {
  const shown: number = document.value;
  const applied: Patch | null = patch;
  return [shown, applied];
});
counter.watch(({ stale, revision, error }) => [stale, revision?.toFixed(), error?.code]);
client.subscribe((state: State, { names, via, error, protocol, url }) =>
  [state, ...names, ...via, error?.closeCode, error?.cause, protocol === PROTOCOL, url.length]);
const part7: number | undefined = counter.at<number>('/value').value;
const row: Part<{ price: number }> = counter.at('/rows').at('/7');
row.subscribe(now => [now?.price, row.pointer, row.signal.name, part7, client.behind, client.lost]);
const aborter = new AbortController();
counter.subscribe(() => {}, { signal: aborter.signal });
client.subscribe(() => {}, { signal: aborter.signal });
const { value: { value: last }, stale, error: fault, age }: Snapshot<{ value: number }> =
  counter.snapshot;
async function iterate() {
  const { value: now } = await counter.ready;
  const fetched: Signal<{ value: number }> =
    await client.fetch<{ value: number }>('counter', { signal: aborter.signal });
  if (fetched.value.value !== now?.value)
    return [];
  for await (const { value: next } of counter)
    return [next.toFixed(), now, last, stale, fault?.code, age.toFixed()];
  return [];
}
iterate();

// Types of documents: null until data comes, unless there is a default, and read-only all through.
interface Schema {
  counter: { value: number };
  rows: { id: number; tags: string[] }[];
}
const typed = connect<Schema>('ws', { start: false });
const typedRows: Signal<Schema['rows'] | null> = typed.signal('rows');
typedRows.subscribe(rows => rows?.map(({ id, tags }) => [id.toFixed(), ...tags]));
const withDefault: Signal<{ value: number }> = typed.signal('counter', { value: 0 });
const nothing: Signal<{ a: string } | null> = client.signal<{ a: string }>('a');
const number: Signal<number> = client.signal('n', 0);
[withDefault.value.value.toFixed(), nothing.value?.a.length, number.value.toFixed()];
typed.release('rows');
const tuple: DeepReadonly<[number, { a: string[] }]> = [1, { a: ['x'] }];
const anything: DeepReadonly<any> = tuple;
[anything.whatever, tuple[1].a.length];
// @ts-expect-error: there is no signal of that name
typed.signal('row');
// @ts-expect-error: the default is of another type
typed.signal('counter', { value: 'x' });
// @ts-expect-error: there may be no data yet
typedRows.value.length;
// @ts-expect-error: no part of a value may be changed
withDefault.value.value = 1;
// @ts-expect-error: nor of a list
typedRows.value?.push({ id: 1, tags: [] });
// @ts-expect-error: nor further down
typedRows.value?.[0].tags.push('x');
// Where a page begins.
const cache: Offline = offline({ database: 'app', limit: 10, delay: 100 });
connect('ws', { start: false, cache, state: null });
connect('ws', { start: false, state: [{ name: 'a', patch: [], epoch: 'e', rev: 1 }] });
cache.load('a').then(entry => entry?.rev.toFixed());
[counter.epoch?.length, cache.flush(), cache.clear()];
// @ts-expect-error: an entry has a revision
connect('ws', { state: [{ name: 'a', patch: [], epoch: 'e' }] });
stop();
client.release(counter.name);
client.open();
client.close();
const part: unknown = getPointer(counter.value, '/value');
const json: Json = [null, true, 1, 'x', { a: [part === undefined ? null : value] }];
const address: Address = 'ws';
try {
  applyPatch({ json }, [
    { op: 'add', path: '/a', value: json }, { op: 'remove', path: '/a' },
    { op: 'move', from: '/a', path: '/b' }, { op: 'test', path: '', value: address },
  ]);
} catch (error) {
  if (error instanceof ServerSignalError)
    throw new ServerSignalError('limit', error.message, { pointer: error.pointer, index: 0 });
  const { pointer, code }: ValueError = error as ValueError;
  throw new Error(`${pointer} ${code}`);
}

// @ts-expect-error: a replica is read-only
counter.value = { value: 1 };
// @ts-expect-error: no one but the module makes a client
new Client();
// @ts-expect-error: a number is no address
connect(7);
// @ts-expect-error: nor does a function give one
connect(() => 7);
// @ts-expect-error: a number is no entry
connect('ws', { protocols: () => [7] });
// @ts-expect-error: there is no such option
connect('ws', { heartBeat: 1 });
// @ts-expect-error: an operation needs a path
applyPatch({}, [{ op: 'add', value: 1 }]);
// @ts-expect-error: an option of a call has another name
connect('ws').call('m', 1, { onProgress() {} });
// @ts-expect-error: a method has a name
connect('ws').call(7);
connect('ws').call<{ sum: number }>('add', { by: 1 }, {
  signal: new AbortController().signal, onprogress: value => value.percent, idempotent: true,
}).then(({ sum }) => sum.toFixed());
const player: Actions = actions(connect('ws'), 'player');
player.activate('seek', 10).then(() => player.get('seek')?.enabled.valueOf());
optimistic(connect('ws').call<number>('add', 3), connect('ws').signal<number[]>('list', []), list => [...list, 3])
  .then(answer => answer.toFixed());
// @ts-expect-error: it is another value of the same type
optimistic(Promise.resolve(), connect('ws').signal<number[]>('list', []), list => list.length);
