// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The library as it reads in GJS: native values, short names, promises.
//
// A value is what JSON.parse() gives: null, booleans, numbers, strings, arrays and plain objects.
// Every function of the library that takes a Json.Node takes values (and a Json.Node still), and
// every function that gives one gives a value. GJS has no way to make values faster than
// JSON.parse(): each call takes a microsecond, so they come through text.

const { Gio, GLib, GObject, Json } = imports.gi;

const MAX_DEPTH = 120;
const MAX_PATCHES = 10000;
const HALF_PAIR = /\p{Surrogate}/u;

const step = (pointer, token) =>
  `${pointer}/${String(token).replace(/~/g, '~0').replace(/\//g, '~1')}`;

function describe(value) {
  switch (typeof value) {
    case 'bigint':
      return 'a BigInt';
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    case 'object':
      return `an instance of ${value.constructor?.name ?? 'an unknown class'}`;
    default:
      return String(value);
  }
}

// Throws for a value that JSON cannot carry; JSON.stringify() drops such values or makes others of
// them. parents are the containers around it.
function check(value, pointer, parents) {
  switch (typeof value) {
    case 'boolean':
      return;

    case 'number':
      if (!Number.isFinite(value))
        throw new RangeError(`At "${pointer}": a number that is not finite`);
      return;

    case 'string':
      if (HALF_PAIR.test(value) || value.includes('\0'))
        throw new RangeError(`At "${pointer}": a string with a NUL or half a surrogate pair`);
      return;

    case 'object':
      if (value === null)
        return;
      break;

    default:
      throw new TypeError(`At "${pointer}": JSON cannot carry ${describe(value)}`);
  }

  if (parents.includes(value))
    throw new RangeError(`At "${pointer}": a cycle: it contains itself`);
  if (parents.length === MAX_DEPTH)
    throw new RangeError(`At "${pointer}": nested deeper than ${MAX_DEPTH} levels`);

  parents.push(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      check(value[index], step(pointer, index), parents);
  } else {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null || 'toJSON' in value)
      throw new TypeError(`At "${pointer}": JSON cannot carry ${describe(value)}`);
    for (const name of Object.keys(value)) {
      check(name, pointer, parents);
      check(value[name], step(pointer, name), parents);
    }
  }
  parents.pop();
}

function toJson(value, pointer = '') {
  check(value, pointer ?? '', []);
  return JSON.stringify(value);
}

// Of a value within another.
function resolve(value, pointer) {
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replace(/~1/g, '/').replace(/~0/g, '~');
    const isThere = Array.isArray(value)
      ? /^(0|[1-9][0-9]*)$/.test(name) && Number(name) < value.length
      : value !== null && typeof value === 'object' && Object.hasOwn(value, name);
    if (!isThere)
      return undefined;
    value = value[name];
  }
  return value;
}

const isPointer = pointer => typeof pointer === 'string' && /^(\/([^~\0]|~[01])*)?$/s.test(pointer);

function checkPointer(pointer) {
  if (!isPointer(pointer))
    throw new TypeError(`${String(pointer)} is not a JSON Pointer, such as "/rows/0"`);
  return pointer;
}

// Replaces methods by functions that get the method as it was.
function override(prototype, methods) {
  for (const [name, make] of Object.entries(methods)) {
    // Of a later version of the library.
    if (prototype[name] === undefined)
      continue;
    prototype[name] = make(prototype[name]);
  }
}

// GJS has methods that can be set but not defined anew.
function add(prototype, members) {
  for (const key of Reflect.ownKeys(members)) {
    const member = Object.getOwnPropertyDescriptor(members, key);
    if (member.get !== undefined)
      Object.defineProperty(prototype, key, { ...member, enumerable: false });
    else
      prototype[key] = member.value;
  }
}

// NAME_async gives a promise where no callback is given. nArguments: before the cancellable.
function promise(prototype, name, nArguments, convert = args => args) {
  override(prototype, {
    [`${name}_async`]: begin => function (...args) {
      const callback = args[nArguments + 1];
      args = convert(args);
      if (typeof callback === 'function')
        return begin.call(this, ...args);
      args = Array.from({ length: nArguments + 1 }, (_, index) => args[index] ?? null);
      return new Promise((resolve, reject) => {
        begin.call(this, ...args, (source, result) => {
          try {
            resolve(source[`${name}_finish`](result));
          } catch (error) {
            reject(error);
          }
        });
      });
    },
  });
}

// An asynchronous iterator over what a handler puts in. take() gives { value } of what is there.
class Follower {
  constructor(source, signal, put, take) {
    this._source = source;
    this._take = take;
    this._waiting = [];
    this._handler = source.connect(signal, (_, argument) => {
      put(argument);
      this._give();
    });
  }

  _give() {
    while (this._waiting.length > 0) {
      let taken = null;
      try {
        taken = this._take();
      } catch (error) {
        const { reject } = this._waiting.shift();
        this.return();
        reject(error);
        return;
      }
      if (taken === null)
        return;
      this._waiting.shift().resolve({ value: taken.value, done: false });
    }
  }

  next() {
    if (this._handler === 0)
      return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this._waiting.push({ resolve, reject });
      this._give();
    });
  }

  return(value) {
    if (this._handler !== 0)
      this._source.disconnect(this._handler);
    this._handler = 0;
    for (const { resolve } of this._waiting.splice(0))
      resolve({ value: undefined, done: true });
    return Promise.resolve({ value, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

// The value now, and then after each change; of changes that come together, the last.
function values(source) {
  let isNew = true;
  return new Follower(source, 'notify::value', () => {
    isNew = true;
  }, () => {
    if (!isNew)
      return null;
    isNew = false;
    return { value: source.value };
  });
}

function _init() {
  const ServerSignal = this;
  const { Signal, SignalClient, SignalError, SignalHub, SignalList, SignalPatch, SignalView } = ServerSignal;

  // json-glib's own reader and writer lose numbers and NULs.
  const toNode = (value, pointer) => value instanceof Json.Node
    ? value
    : newFromJson('value', toJson(value, pointer)).dup_node('');
  const fromNode = node => node instanceof Json.Node ? JSON.parse(newSignal('value', node).dup_json('')) : null;
  const newFromJson = Signal.new_from_json;
  const newSignal = Signal.new;

  const toPatch = patch => patch instanceof SignalPatch ? patch : newPatch(toJson(patch));
  const newPatch = SignalPatch.new_from_json;

  // Signals.

  Signal.prototype.dup_node = Signal.prototype.dup_value;
  const setJson = Signal.prototype.set_json;
  const init = Signal.prototype._init;

  // new ServerSignal.Signal(name, value), beside the properties that each object takes.
  Signal.prototype._init = function (name, value) {
    if (typeof name === 'string')
      init.call(this, { name, value: toNode(value ?? null) });
    else if (name?.value !== undefined)
      init.call(this, { ...name, value: toNode(name.value) });
    else
      init.call(this, ...arguments);
  };
  Signal.new = (name, value) => newSignal(name, toNode(value ?? null));

  override(Signal.prototype, {
    dup_value: () => function (pointer = '') {
      return this.get(pointer, null);
    },
    set_value: setNode => function (pointer, value) {
      return value instanceof Json.Node
        ? setNode.call(this, pointer, value)
        : setJson.call(this, pointer, toJson(value, pointer));
    },
    insert_value: insertNode => function (pointer, value) {
      return value instanceof Json.Node
        ? insertNode.call(this, pointer, value)
        : this.insert_json(pointer, toJson(value, pointer));
    },
    apply_patch: applyPatch => function (patch) {
      return applyPatch.call(this, toPatch(patch));
    },
    // An error of func reaches the caller, which it does not through C.
    update: () => function (func) {
      const value = this.value;
      const result = func(value);
      return this.set_value('', result === undefined ? value : result);
    },
  });

  const container = (document, verb) => {
    const { value } = document;
    if (value === null || typeof value !== 'object')
      throw new TypeError(`There is no list and no object to ${verb}`);
    return value;
  };

  // Signals and views have a value, and ways to look into it.
  const look = {
    get length() {
      return Object.keys(container(this, 'measure')).length;
    },
    // The elements of a list, or [name, value] of the members of an object.
    *[Symbol.iterator]() {
      const value = container(this, 'iterate');
      yield* Array.isArray(value) ? value : Object.entries(value);
    },
    [Symbol.asyncIterator]() {
      return values(this);
    },
    toJSON() {
      return this.value;
    },
    toString() {
      const { value } = this;
      return typeof value === 'string' ? value : JSON.stringify(value);
    },
  };

  // Of something that is there. Lists have no members, which is an empty array here.
  const isList = (signal, pointer) => signal.get_n_elements(pointer) > 0
    ? signal.list_members(pointer).length === 0
    : signal.dup_json(pointer) === '[]';

  add(Signal.prototype, look);
  add(Signal.prototype, {
    get value() {
      return JSON.parse(this.dup_json(''));
    },
    set value(value) {
      this.set_value('', value);
    },
    get(pointer, missing = undefined) {
      const text = this.dup_json(checkPointer(pointer));
      return text === null ? missing : JSON.parse(text);
    },
    insert(pointer, value) {
      return this.insert_value(pointer, value);
    },
    append(pointer, value) {
      // insert_value() says what is wrong with a pointer, and adds a member "-" to an object.
      if (isPointer(pointer) && this.has(pointer) && !isList(this, pointer))
        throw new TypeError(`No list is at "${pointer}", to which a value could be appended`);
      return this.insert_value(`${pointer}/-`, value);
    },
    // One commit for all that func writes, and nothing of it when func throws.
    transaction(func) {
      this.freeze_notify();
      try {
        return func(this);
      } catch (error) {
        this.discard();
        throw error;
      } finally {
        this.thaw_notify();
      }
    },
    // Each patch from now on. An iteration that falls 10,000 patches behind ends with LIMIT.
    patches() {
      const waiting = [];
      let isLost = false;
      return new Follower(this, 'patched', patch => {
        if (waiting.length < MAX_PATCHES)
          waiting.push(patch);
        else
          isLost = true;
      }, () => {
        if (waiting.length > 0)
          return { value: waiting.shift() };
        if (isLost)
          throw new GLib.Error(SignalError, SignalError.LIMIT, `More than ${MAX_PATCHES} patches waited`);
        return null;
      });
    },
  });

  // signal['/rows/0/name'] and signal['/rows/0'] = value: names that begin with a slash come here
  // last, since nothing else has them. A proxy that is a prototype is not told whose it is by "in",
  // and not asked at all by "delete".
  const isPlace = key => typeof key === 'string' && key[0] === '/';
  Object.setPrototypeOf(Signal.prototype, new Proxy(Object.create(Object.getPrototypeOf(Signal.prototype)), {
    get: (target, key, receiver) => isPlace(key) ? receiver.get(key) : Reflect.get(target, key, receiver),
    has(target, key) {
      if (isPlace(key))
        throw new TypeError(`Ask signal.has("${key}")`);
      return Reflect.has(target, key);
    },
    set(target, key, value, receiver) {
      if (!isPlace(key))
        return Reflect.set(target, key, value, receiver);
      receiver.set_value(key, value);
      return true;
    },
  }));

  // Views and lists.

  override(SignalView.prototype, {
    dup_value: dupNode => function () {
      return fromNode(dupNode.call(this));
    },
  });
  add(SignalView.prototype, look);
  add(SignalView.prototype, {
    get value() {
      return this.dup_value();
    },
    get(pointer, missing = undefined) {
      const found = resolve(this.value, checkPointer(pointer));
      return found === undefined ? missing : found;
    },
  });

  add(SignalList.prototype, {
    *[Symbol.iterator]() {
      for (let position = 0; position < this.get_n_items(); position++)
        yield this.get_item(position);
    },
    toString() {
      return `[${[...this].map(String).join(', ')}]`;
    },
  });

  // Patches.

  const newDiff = SignalPatch.new_diff;
  SignalPatch.new_diff = (from, to) => newDiff(toNode(from ?? null), toNode(to ?? null));
  SignalPatch.new_from_node = operations => toPatch(operations instanceof Json.Node ? fromNode(operations) : operations);
  SignalPatch.from = toPatch;
  override(SignalPatch.prototype, {
    to_node: () => function () {
      return JSON.parse(this.to_json());
    },
    apply: apply => function (value) {
      return fromNode(apply.call(this, toNode(value)));
    },
  });
  add(SignalPatch.prototype, {
    get operations() {
      return JSON.parse(this.to_json());
    },
    get length() {
      return this.get_n_operations();
    },
    [Symbol.iterator]() {
      return this.operations[Symbol.iterator]();
    },
    toJSON() {
      return this.operations;
    },
    toString() {
      return this.to_json();
    },
  });

  // Hubs and clients.

  add(SignalHub.prototype, {
    create(name, value = null) {
      const signal = new Signal(name, value);
      this.add(signal);
      return signal;
    },
  });
  promise(SignalHub.prototype, 'close', 1);

  override(SignalClient.prototype, {
    get_signal_with_default: getSignal => function (name, initial) {
      return getSignal.call(this, name, toNode(initial ?? null));
    },
  });
  add(SignalClient.prototype, {
    signal(name, initial = undefined) {
      return initial === undefined ? this.get_signal(name) : this.get_signal_with_default(name, initial);
    },
  });
  promise(SignalClient.prototype, 'open', 0);
  promise(SignalClient.prototype, 'fetch', 1);

  // Calls.

  const { SignalCall, SignalCallFlags } = ServerSignal;
  override(SignalCall.prototype, {
    dup_arguments: dupNode => function () {
      return fromNode(dupNode.call(this));
    },
    return: answer => function (value = null) {
      answer.call(this, toNode(value));
    },
    fail: answer => function (code, message = null, data = null) {
      answer.call(this, code, message, data === null ? null : toNode(data));
    },
    progress: tell => function (value = null) {
      tell.call(this, toNode(value));
    },
  });
  override(SignalClient.prototype, {
    call_finish: finish => function (result) {
      return fromNode(finish.call(this, result));
    },
    call_full_finish: finish => function (result) {
      return fromNode(finish.call(this, result));
    },
  });
  promise(SignalClient.prototype, 'call', 2, ([method, value, ...rest]) =>
    [method, toNode(value ?? null), ...rest]);
  promise(SignalClient.prototype, 'call_full', 4, ([method, value, flags, onprogress, ...rest]) =>
    [method, toNode(value ?? null), flags,
      onprogress && ((client, told) => onprogress(client, fromNode(told))), ...rest]);
  // Of an object of a class without a name here GJS finds the methods of one interface only.
  const actionMethods = ['activate_action', 'change_action_state', 'get_action_enabled',
    'get_action_parameter_type', 'get_action_state', 'get_action_state_hint', 'get_action_state_type',
    'has_action', 'list_actions', 'query_action'];
  override(SignalClient.prototype, {
    get_action_group: getGroup => function (name) {
      const group = getGroup.call(this, name);
      const prototype = Object.getPrototypeOf(group);
      for (const method of actionMethods)
        prototype[method] ??= Gio.ActionGroup.prototype[method];
      return group;
    },
  });
  add(SignalClient.prototype, {
    call(method, value = null, { cancellable = null, onprogress = null, idempotent = false } = {}) {
      return this.call_full_async(method, value,
        idempotent ? SignalCallFlags.IDEMPOTENT : SignalCallFlags.NONE,
        onprogress && ((_, told) => onprogress(told)), cancellable);
    },
  });

  // Stores.

  const { SignalStore } = ServerSignal;
  const nArguments = { list: 1, remove: 1, expire: 2, copy: 2, restore: 1, close: 0 };
  for (const [name, n] of Object.entries(nArguments))
    promise(SignalStore.prototype, name, n);
  promise(SignalStore.prototype, 'own', 2, ([name, initial, ...rest]) => [name, toNode(initial ?? null), ...rest]);
  promise(SignalStore.prototype, 'patch', 2, ([name, patch, ...rest]) => [name, toPatch(patch), ...rest]);
  promise(SignalStore.prototype, 'update', 2, ([name, func, ...rest]) => [name, node => {
    const value = fromNode(node);
    const result = func(value);
    return toNode(result === undefined ? value : result);
  }, ...rest]);

  // The short names. The library's own say "signal" twice, since the namespace is named after its
  // class.
  for (const name of ['Announce', 'Call', 'CallFlags', 'Client', 'ClientState', 'Error', 'FileStore', 'Handshake', 'Hub', 'List',
    'MemoryStore', 'Origin', 'Patch', 'Peer', 'Redis', 'Store', 'View']) {
    // The library may be built without it.
    if (!(`Signal${name}` in ServerSignal))
      continue;
    Object.defineProperty(ServerSignal, name, {
      value: ServerSignal[`Signal${name}`], writable: true, configurable: true, enumerable: true,
    });
  }
}
