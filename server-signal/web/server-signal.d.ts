// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

/**
 * A JSON value. Those that this module hands out are not to be changed; lists and objects of up to
 * a hundred parts are frozen.
 */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [member: string]: Json };

/** One operation of a JSON Patch, RFC 6902. */
export type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** A JSON Patch, RFC 6902. */
export type Patch = readonly Operation[];

/** A value that is not to be changed, nor any part of it. */
export type DeepReadonly<T> = unknown extends T ? T : { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** The needed part of an AbortSignal, as browsers have it. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Any name, where a client has no schema. */
export type AnyName<S> = [keyof S] extends [never] ? string : never;

/** Ends what was begun; calling it again does nothing. */
export type Stop = () => void;

export interface ListenOptions {
  /** Ends it when it aborts; where it has aborted, the listener is not called. */
  signal?: AbortSignalLike;
}

export interface FetchOptions {
  /** Ends the waiting when it aborts. */
  signal?: AbortSignalLike & { readonly reason?: any };
}

/** All that is known of a signal: one object, another one when the value, `stale` or `error` is. */
export interface Snapshot<T = any> {
  readonly value: DeepReadonly<T>;
  readonly stale: boolean;
  readonly error: ServerSignalError | null;
  /** As that of the signal, whenever it is read. */
  readonly age: number;
}

/**
 * Where a client is in its life:
 * - `connecting`: a connection is being made
 * - `open`: connected, and the server has told its names
 * - `waiting`: the connection was lost or refused; another attempt follows
 * - `closed`: ended for good, `error` says why
 * - `idle`: ended by `close()`
 */
export type State = 'connecting' | 'open' | 'waiting' | 'closed' | 'idle';

/**
 * The kind of an error.
 *
 * - With documents and patches: `invalid-json`, `invalid-pointer`, `invalid-patch`, `not-found`,
 *   `test-failed`, `patch-failed`, `limit` (nested deeper than 120, or parts that were
 *   copied, or all that a server has added, make more than 64 Mi characters of text).
 * - With the connection: `connection-lost`, `closed`, `protocol`, `not-current`. Where a function
 *   of the application failed, its error is the `cause`.
 * - `aborted`: the application does not wait any longer.
 * - With calls: `closed` (the connection went; it may have been done), `not-connected` (it was not
 *   made), `not-supported` (by a plain server), `limit` (more than 128 KiB, or 1,024 waiting), and
 *   with `answered` set the codes of the server: `unknown-method`, `no-reply`, `cancelled`,
 *   `too-many`, `too-large`, and those of its application.
 * - Said by the server: `unknown-signal`, `behind`, `too-large`, `too-many`, `bad-message`, or
 *   whatever else a later one may say.
 */
export type ErrorCode =
  | 'invalid-json' | 'invalid-pointer' | 'invalid-patch' | 'not-found' | 'test-failed'
  | 'patch-failed' | 'limit' | 'connection-lost' | 'closed' | 'protocol' | 'not-current' | 'aborted'
  | 'unknown-signal' | 'behind' | 'too-large' | 'too-many' | 'bad-message'
  | (string & {});

/** An error of this module. */
export class ServerSignalError extends Error {
  constructor(
    code: ErrorCode,
    message: string,
    where?: {
      pointer?: string; index?: number; closeCode?: number; answered?: boolean; data?: Json;
    },
  );
  readonly code: ErrorCode;
  /** The JSON Pointer concerned. */
  readonly pointer?: string;
  /** The place in its patch of the operation that failed. */
  readonly index?: number;
  /** The code that the connection was closed with. */
  readonly closeCode?: number;
  /** Whether the server has answered a call so. */
  readonly answered?: boolean;
  /** More about it, from the server's application. */
  readonly data?: Json;
}

export interface CallOptions {
  /** Cancels the call: the wait ends at once with the signal's reason, and the server is told. */
  signal?: AbortSignalLike & { readonly reason?: any };
  /** Hears how far the call is, in words of the server's application. */
  onprogress?: (value: any) => void;
  /** The call is made again when the connection goes before the answer comes; false. Needs `crypto`, which Node has from 20 on. */
  idempotent?: boolean;
}

/**
 * A value of the application that is no JSON: anything but null, booleans, finite numbers, strings,
 * arrays and plain objects (of any realm, or proxies of them). A Date, a Map, undefined, an
 * instance of a class, an array with holes, half of a surrogate pair, and a value that contains
 * itself are refused, and never dropped or made into something else. A getter is read once.
 */
export interface ValueError extends TypeError {
  /** `limit` for what contains itself, otherwise `invalid-json`. */
  readonly code: 'invalid-json' | 'limit';
  /** Where in the document. */
  readonly pointer: string;
  /** The operation concerned, in a patch. */
  readonly index?: number;
}

/** Entries of the subprotocol list: several, one, or none. */
export type Protocols = Iterable<string> | string | null | undefined;

/** An address, or what has one. */
export type Address = string | { readonly href: string };

/** The needed part of a WebSocket, as browsers have it. */
export interface WebSocketLike {
  binaryType: any;
  readonly protocol: string;
  readonly readyState: number;
  onopen: ((event: any) => any) | null;
  onmessage: ((event: any) => any) | null;
  onclose: ((event: any) => any) | null;
  onerror: ((event: any) => any) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** A document with its revision: a snapshot of server-signal.v1. */
export interface StateEntry {
  name: string;
  patch: Patch;
  epoch: string;
  rev: number;
  /** When it was current, in milliseconds since 1970; by default when the page was loaded. */
  at?: number;
}

/** Keeps documents from one visit to the next. */
export interface Cache {
  /** Gives the document that was kept of a signal, if any. A promise that is rejected is as none. */
  load(name: string): Promise<StateEntry | undefined>;
  /** Called whenever the signal is current and something has changed. */
  save(signal: Signal): void;
}

export interface Options {
  /**
   * More entries of the subprotocol list, such as a token: browsers cannot send headers. A function
   * is asked at every attempt, and may give a promise. When the server closes the connection with
   * 3000, because the credentials have expired, it is asked again at once, for a few times in a row;
   * so is a function that gives the address. When it throws, or its promise is rejected,
   * the attempt has failed: `error` says why, and another one follows. They come after the entry of
   * this module, also stand in an attempt without that entry, and no server echoes them to it.
   */
  protocols?: Protocols | PromiseLike<Protocols> | (() => Protocols | PromiseLike<Protocols>);
  /**
   * The server is known to speak plain: nothing is offered to it. Otherwise the client finds out.
   */
  plain?: boolean;
  /** The largest frame to take, in bytes; 64 MiB. The server is told. */
  max?: number;
  /**
   * The longest wait after the first failed attempt, in milliseconds; 500. It doubles each time …
   */
  retryMin?: number;
  /** … up to this; 30000. The wait itself is random between 0 and that. */
  retryMax?: number;
  /**
   * How many failed attempts in a row are followed by another; no limit. They are counted anew when
   * the network comes back or the page becomes visible, unless that happens again and again.
   */
  retryLimit?: number;
  /**
   * How long an attempt may take, in milliseconds; 20000. A server that takes v1 has as long again
   * to greet.
   */
  openTimeout?: number;
  /**
   * After how many silent milliseconds a connection is probed; 5000, 0: never. Not in plain. When
   * no answer comes within 4.5 seconds, all signals are stale until something comes. The
   * connection ends after 10 seconds; the next one after twice that, up to 5 minutes, until
   * everything that was asked is answered.
   */
  heartbeat?: number;
  /** For how many milliseconds a connection is gone before `lost` says so; 3000. */
  lostAfter?: number;
  /**
   * For how many milliseconds a signal is followed on that had listeners and has none; 10000. Then
   * its value rests, stale, until it has one again. Infinity: as long as it is not released.
   */
  linger?: number;
  /**
   * The least time between two updates of a signal that the server is asked for, in milliseconds; 0.
   * It merges what is committed meanwhile. A page that does not keep up asks for more by itself, up
   * to 10 seconds, and goes back when it does. At most 60000; not in plain.
   */
  interval?: number;
  /**
   * Whether server-sent events by HTTP are tried at the same address where a WebSocket cannot be had;
   * true. A hub gives them with the property `http`. Not with the options `plain` and `WebSocket`.
   */
  fallback?: boolean;
  /**
   * Whether all tabs of this origin have one connection to this address, in a SharedWorker or, where
   * there is none, in one of the tabs; false. Only where both have the same credentials: the tab that
   * came last gives `protocols` and the address. A name shares with clients of the same name only.
   */
  shared?: boolean | string;
  /** Whether to connect now; true. Otherwise `open()` does. */
  start?: boolean;
  /**
   * The snapshots to begin with: an array of them, or the element that a hub renders into the page
   * (`server_signal_hub_dup_state`); by default the element of the id `server-signal-state`, if there
   * is one. They are stale until the server vouches for them, and it sends only what came after them.
   * null: none.
   */
  state?: { readonly textContent: string | null } | readonly StateEntry[] | null;
  /** Where documents are kept from one visit to the next; `offline()` makes one. */
  cache?: Cache;
  /** The class to use where there is no global one, or another than that. */
  WebSocket?: new (url: string, protocols: string[]) => WebSocketLike;
}

/** A read-only replica of a signal. `Client.signal()` makes them. */
export class Signal<T = any> {
  private constructor();
  /** Its name on the server. */
  readonly name: string;
  /** The document, which is not to be changed; the default, or null, until data comes. */
  readonly value: DeepReadonly<T>;
  /** The server's revision of the value; null where it is not known, as in plain. */
  readonly revision: number | null;
  /** The life of the document on the server that the revision is of; null where it is not known. */
  readonly epoch: string | null;
  /**
   * Whether the value may be out of date, or is a default: true until the server has vouched for
   * it, and while the server says that nobody does, as one that serves another’s signals on and has
   * lost it.
   */
  readonly stale: boolean;
  /** Why the server does not send this signal. */
  readonly error: ServerSignalError | null;
  /** For how many milliseconds it is not known to be current; 0: it is, Infinity: it never was. */
  readonly age: number;
  /** All of that as one object, another one whenever the value, `stale` or `error` changed. */
  readonly snapshot: Snapshot<T>;
  /**
   * A promise of this signal, current. It is rejected when the server does not send it, the
   * connection ends for good, or the signal is released.
   */
  readonly ready: Promise<this>;
  /**
   * The value, or the default if there is one, and what it becomes; for who takes his time, the last
   * one each time. It ends with the client, or when the signal is released.
   */
  [Symbol.asyncIterator](): AsyncGenerator<DeepReadonly<T>, void, undefined>;
  /** The part of the value that a JSON Pointer names, `undefined` where there is none. */
  get(pointer?: string): any;
  /**
   * One part of the document, whose listeners are told of that part only. Where nothing else is
   * read, an update costs what it changes, however large the document is.
   */
  at<U = any>(pointer: string): Part<U>;
  /**
   * Calls the listener at once and after every change of the value. The patch is what led from the
   * value before to this one; null at first, and when the whole document may be another. Frames that
   * came together are one change.
   */
  subscribe(
    listener: (value: DeepReadonly<T>, patch: Patch | null) => void,
    options?: ListenOptions,
  ): Stop;
  /**
   * Calls the listener at once and whenever the value, its revision, `stale` or `error` changed.
   */
  watch(listener: (signal: this) => void, options?: ListenOptions): Stop;
}

/** One part of a signal, there or not. `Signal.at()` makes them. */
export class Part<T = any> {
  private constructor();
  readonly signal: Signal;
  /** Where in the document it is. */
  readonly pointer: string;
  /** Its value, which is not to be changed; `undefined` where there is none. */
  readonly value: DeepReadonly<T> | undefined;
  /** A part of this one. */
  at<U = any>(pointer: string): Part<U>;
  /** Calls the listener at once and after every change of this part. */
  subscribe(
    listener: (value: DeepReadonly<T> | undefined) => void,
    options?: ListenOptions,
  ): Stop;
}

/**
 * One connection to a hub, made anew whenever it is lost. `connect()` makes them. `S` has the names of
 * the signals and the types of their documents; without it any name will do.
 */
export class Client<S extends object = object> {
  private constructor();
  /**
   * The address, as `ws:` or `wss:`. Where a function gives it, that of the last attempt, and empty
   * before the first.
   */
  readonly url: string;
  readonly state: State;
  /**
   * Whether there was a connection, and is none for so long that people should know: longer than
   * the option `lostAfter`, or for good.
   */
  readonly lost: boolean;
  /**
   * Why there is no connection; null while there is one, unless the server complained. A browser
   * does not say why a handshake was refused: one that is not allowed in looks like a server that
   * is away.
   */
  readonly error: ServerSignalError | null;
  /**
   * The protocol that is spoken; null while there is no connection. A greeting makes `plain` v1,
   * where a proxy has dropped the answer to the offer.
   */
  readonly protocol: 'server-signal.v1' | 'plain' | null;
  /** The names that the server offers; on a plain connection those that were seen so far. */
  readonly names: readonly string[];
  /**
   * How many frames were received and are not applied yet. Where they wait for more than a second,
   * all signals are stale until they are applied, and the client's listeners are told of both.
   */
  readonly behind: number;
  /**
   * The least time between two updates that the server is asked for, in milliseconds: that of the
   * option, or more while the page does not keep up.
   */
  readonly interval: number;
  /**
   * By what the frames come: server-sent events where WebSockets do not get through; null while there is
   * no connection. Calls fail with `not-supported` while it is `events`.
   */
  readonly transport: 'websocket' | 'events' | null;
  /** The ids of the hubs that the data came through; listeners are told when they change. */
  readonly via: readonly string[];
  /**
   * The replica of a signal, always the same object until it is released. It follows the server
   * from now on; when it had listeners, and has none for `linger` milliseconds, it rests until it
   * has one.
   * @param initial what it shows until data comes; a ValueError where that is no JSON. Servers of
   *   the plain protocol may send changes of their own default only; then it has to be the same. The
   *   first one given counts.
   */
  signal<N extends keyof S & string>(name: N): Signal<S[N] | null>;
  signal<N extends keyof S & string>(name: N, initial: S[N]): Signal<S[N]>;
  signal<T = any>(name: AnyName<S>): Signal<T | null>;
  signal<T>(name: AnyName<S>, initial: T): Signal<T>;
  /**
   * The replica of a signal as soon as it is current: `(await client.fetch('counter')).value` is one
   * value of the server. Starts the client where that has not begun or has ended. It counts as a
   * call of `signal()`. It is rejected, and the call taken back, when the server does not send the
   * signal, the connection ends for good, the signal is released, or the AbortSignal aborts (with its
   * reason, or a ServerSignalError `aborted`).
   */
  fetch<N extends keyof S & string>(name: N, options?: FetchOptions): Promise<Signal<S[N]>>;
  fetch<T = any>(name: AnyName<S>, options?: FetchOptions): Promise<Signal<T>>;
  /**
   * Takes back one call of `signal()`. With the last one the signal is not followed any more; its
   * replica keeps its value and is stale for ever.
   */
  release(name: (keyof S & string) | AnyName<S>): void;
  /**
   * Asks the server for something, and gives a promise of its answer, which is not to be changed. The
   * commits that the server made before it are in the signals then, and their listeners were told.
   *
   * While there is no connection the call waits for one. It is made once at most: when the connection
   * goes before the answer comes it fails with the code `closed`, and may have been done or not; with
   * `idempotent` it is made again instead, with a key by which the hub does it once and gives the
   * first answer for as long as it remembers.
   */
  call<T = any>(method: string, args?: any, options?: CallOptions): Promise<DeepReadonly<T>>;
  /** Calls the listener at once and whenever the state, `lost`, the error or the names changed. */
  subscribe(listener: (state: State, client: this) => void, options?: ListenOptions): Stop;
  /** Tries at once instead of waiting, or starts again after `close()` or an end. */
  open(): void;
  /** Ends the connection and makes no other. */
  close(): void;
}

/** The name of the protocol that the client offers. */
export const PROTOCOL: 'server-signal.v1';

/**
 * Connects to a hub, and again whenever the connection is lost, until `close()`. A server that ends
 * the connection with 1008 or a code from 4000 on is not tried again, unless it says with 1008 that
 * the page was too slow.
 * @param url `ws:`, `wss:`, `http:` or `https:`, or relative to the page (`document.baseURI`); the
 *   fragment does not count. A function is asked at every attempt, and may give a promise; where it
 *   fails, so has the attempt.
 */
export function connect<S extends object = object>(
  url: Address | (() => Address | PromiseLike<Address>),
  options?: Options,
): Client<S>;

/** The part of a document that a JSON Pointer names, `undefined` where there is none. */
export function getPointer(document: any, pointer?: string): any;
