// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The types of overrides/ServerSignal.js. generate.mjs puts them among those that ts-for-gir makes from the
// GIR; a member here takes the place of the ones of that name there.

/** A value that comes out: null, a boolean, a number, a string, an array or an object. */
type Value = any;

/** A value that goes in. JSON has no others; a Json.Node stands for its value. */
type Input = null | boolean | number | string | Json.Node | readonly Input[] | { readonly [name: string]: Input };

/** A JSON Pointer to a part of a document: "/rows/0/name". */
type Pointer = `/${string}`;

type Operations = readonly { readonly op: string; readonly path: string; readonly from?: string; readonly value?: Input }[];

interface Follower<T> extends AsyncIterableIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  return(value?: any): Promise<IteratorResult<T, undefined>>;
}

class Signal {
  constructor(name: string, value?: Input);
  constructor(properties?: { name?: string; value?: Input });
  static ['new'](name: string, initial?: Input): Signal;
  get value(): Value;
  set value(value: Input);
  [pointer: Pointer]: Value;
  readonly length: number;
  [Symbol.iterator](): IterableIterator<Value>;
  [Symbol.asyncIterator](): Follower<Value>;
  toJSON(): Value;
  get(pointer: string, missing?: Value): Value;
  insert(pointer: string, value: Input): boolean;
  append(pointer: string, value: Input): boolean;
  update(func: (value: Value) => Input | void): boolean;
  transaction<T>(func: (signal: this) => T): T;
  patches(): Follower<SignalPatch>;
  dup_node(pointer?: string | null): Json.Node | null;
  dup_value(pointer?: string | null): Value;
  apply_patch(patch: SignalPatch | Operations): boolean;
}

class SignalView {
  get value(): Value;
  readonly length: number;
  [Symbol.iterator](): IterableIterator<Value>;
  [Symbol.asyncIterator](): Follower<Value>;
  toJSON(): Value;
  get(pointer: string, missing?: Value): Value;
}

class SignalList {
  [Symbol.iterator](): IterableIterator<any>;
}

class SignalPatch {
  static from(patch: SignalPatch | Operations): SignalPatch;
  static new_from_node(node: Operations | Json.Node): SignalPatch;
  readonly operations: { op: string; path: string; from?: string; value?: Value }[];
  readonly length: number;
  [Symbol.iterator](): IterableIterator<{ op: string; path: string; from?: string; value?: Value }>;
  toJSON(): Value;
}

class SignalHub {
  create(name: string, value?: Input): Signal;
}

class SignalClient {
  signal(name: string, value?: Input): Signal;
  call(method: string, value?: Input, options?: {
    cancellable?: Gio.Cancellable | null;
    onprogress?: ((told: Value) => void) | null;
    idempotent?: boolean;
  }): Promise<Value>;
}
