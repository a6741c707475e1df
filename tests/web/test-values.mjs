// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Values that an application hands in are copied as they are, or refused with the place.

import assert from 'node:assert/strict';
import test from 'node:test';
import { runInNewContext } from 'node:vm';

import { applyPatch } from '../../server-signal/web/patch.js';
import { connect, ServerSignalError } from '../../server-signal/web/server-signal.js';
import { FakeWebSocket } from './fake.mjs';

class Point {
  constructor() {
    this.x = 1;
  }
}

class Row extends Array {}

const hidden = (object, key, value) => Object.defineProperty(object, key, { value });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const throwing = { get a() { throw new Error('not today'); } };

/* Values that JSON does not have, and how the message calls them. */
const strangers = {
  'a Date': [new Date(0), /Date/],
  'a Map': [new Map([['a', 1]]), /Map/],
  'a Set': [new Set([1]), /Set/],
  'a WeakMap': [new WeakMap(), /WeakMap/],
  'a RegExp': [/x/, /RegExp/],
  'an Error': [new Error('x'), /Error/],
  'a Promise': [Promise.resolve(), /Promise/],
  'a URL': [new URL('http://a/'), /URL/],
  'a boxed string': [new String('x'), /String/],
  'a boxed number': [new Number(1), /Number/],
  'a boxed boolean': [new Boolean(false), /Boolean/],
  'a boxed symbol': [Object(Symbol('x')), /Symbol/],
  'a boxed BigInt': [Object(1n), /BigInt/],
  'a typed array': [new Uint8Array(2), /Uint8Array/],
  'a Buffer': [Buffer.from('x'), /Buffer/],
  'an ArrayBuffer': [new ArrayBuffer(2), /ArrayBuffer/],
  'a DataView': [new DataView(new ArrayBuffer(2)), /DataView/],
  'a function': [() => 0, /function/],
  'a class': [Point, /function/],
  'a symbol': [Symbol('s'), /symbol/],
  'a BigInt': [1n, /bigint/],
  'undefined': [undefined, /undefined/],
  'NaN': [NaN, /NaN/],
  'Infinity': [Infinity, /Infinity/],
  '-Infinity': [-Infinity, /-Infinity/],
  'an instance of a class': [new Point(), /Point/],
  'an object with toJSON in its prototype': [Object.create({ toJSON: () => 1 }), /instance/],
  'an object that inherits': [Object.create({ a: 1 }), /instance/],
  'an instance of a class without ancestors': [
    Object.create(class { static { Object.setPrototypeOf(this.prototype, null); } }.prototype),
    /instance/],
  'an instance of a kind of array': [Row.of(1, 2), /Row/],
  'arguments': [(function () { return arguments; })(1, 2), /Arguments/],
  'Math': [Math, /Math/],
  'JSON': [JSON, /JSON/],
  'a Date in disguise': [Object.setPrototypeOf(new Date(0), Object.prototype), /Date/],
  'a Date of another realm': [runInNewContext('new Date(0)'), /Date/],
  'a Map of another realm': [runInNewContext('new Map()'), /Map/],
  'a proxy of a Date': [new Proxy(new Date(0), {}), /Date/],
  'a proxy that is revoked': [revoked(), /revoked/],
  'a generator': [(function* () { yield 1; })(), /instance/],
  'half of a surrogate pair': ['a\ud800b', /surrogate/],
  'the other half': ['\udc00', /surrogate/],
};

/* Each way for a value into the module; "at" is where it stands in the document. */
const ways = {
  'a default': ({ value }) => {
    const client = connect('ws://test.invalid/values', { WebSocket: FakeWebSocket });
    try {
      return client.signal('a', value).value;
    } finally {
      client.close();
    }
  },
  'the value of add': ({ value }) => applyPatch(null, [{ op: 'add', path: '', value }]),
  'the value of replace': ({ value }) => applyPatch({}, [{ op: 'replace', path: '', value }]),
  'the value of test': ({ value }) => {
    applyPatch(null, [{ op: 'test', path: '', value }]);
  },
};

function refused(call, pointer, message) {
  assert.throws(call, error => {
    assert.ok(error instanceof TypeError, String(error));
    assert.equal(error.name, 'TypeError');
    assert.equal(error.pointer, pointer);
    assert.match(error.message, message);
    if (pointer)
      assert.ok(error.message.includes(`“${pointer}”`), error.message);
    return true;
  });
}

for (const [way, take] of Object.entries(ways)) {
  for (const [name, [stranger, message]] of Object.entries(strangers)) {
    test(`${name} is refused as ${way}, with the place`, () => {
      if (way !== 'a default' || stranger !== undefined)
        refused(() => take({ value: stranger }), '', message);
      refused(() => take({ value: { 'a/b': { c: stranger } } }), '/a~1b/c', message);
      refused(() => take({ value: [0, [1, stranger]] }), '/1/1', message);
    });
  }

  test(`what has more than JSON can say is refused as ${way}`, () => {
    refused(() => take({ value: { list: [1, , 3] } }), '/list/1', /undefined/);
    refused(() => take({ value: { list: new Array(3) } }), '/list/0', /undefined/);
    refused(() => take({ value: [Object.assign([1], { more: 2 })] }), '/0', /more/);
    refused(() => take({ value: { a: 'xay'.match(/a/) } }), '/a', /index/);
    refused(() => take({ value: { a: { [Symbol('tag')]: 1 } } }), '/a', /Symbol\(tag\)/);
    refused(() => take({ value: { toJSON: () => 1 } }), '/toJSON', /function/);
    refused(() => take({ value: { a: { 'x\ud800': 1 } } }), '/a/x\ud800', /surrogate/);
    refused(() => take({ value: { a: throwing } }), '/a/a', /not today/);
    const cycle = { list: [] };
    cycle.list.push({ cycle });
    refused(() => take({ value: cycle }), '/list/0/cycle', /itself/);
  });
}

test('the place of an operation’s value begins with that of the operation', () => {
  const document = { rows: [{}] };
  refused(() => applyPatch(document, [
    { op: 'add', path: '/rows/-', value: {} },
    { op: 'add', path: '/rows/0/when', value: [new Date(0)] },
  ]), '/rows/0/when/0', /^Operation 1: .*Date/);
  assert.throws(() => applyPatch(document, [{ op: 'add', path: '/a', value: new Date(0) }]),
    { code: 'invalid-json', index: 0, pointer: '/a' });
});

test('a part of a document that JSON does not have is not edited, and equals nothing', () => {
  const when = new Date(0);
  const document = { when, n: 1 };
  assert.equal(applyPatch(document, [{ op: 'replace', path: '/n', value: 2 }]).when, when);
  refused(() => applyPatch(document, [{ op: 'add', path: '/when/x', value: 2 }]), '/when', /Date/);
  for (const value of [{}, []]) {
    assert.throws(() => applyPatch(document, [{ op: 'test', path: '/when', value }]),
      { code: 'test-failed' });
  }
  for (const whole of [when, new Map(), new Point(), undefined, NaN, () => 0]) {
    refused(() => applyPatch(whole, []), '', /./);
    refused(() => applyPatch(whole, [{ op: 'add', path: '/x', value: 2 }]), '', /./);
  }
});

test('a patch with holes is none', () => {
  assert.throws(() => applyPatch({}, [, { op: 'add', path: '/a', value: 1 }]),
    { code: 'invalid-patch', index: 0 });
});

/* These are as good as ordinary values. */
const alright = {
  'an object without prototype': [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  'an object of another realm': [runInNewContext('({ a: [{ b: null }] })'), '{"a":[{"b":null}]}'],
  'an array of another realm': [runInNewContext('[1, [2]]'), '[1,[2]]'],
  'a proxy of an object': [new Proxy({ a: 1 }, {}), '{"a":1}'],
  'a proxy of an array': [new Proxy([1, 2], {}), '[1,2]'],
  'frozen things': [Object.freeze({ a: Object.freeze([1]) }), '{"a":[1]}'],
  'what is hidden': [hidden(hidden({ a: 1 }, 'b', 2), Symbol('c'), 3), '{"a":1}'],
  'a member __proto__': [JSON.parse('{"__proto__":{"x":1},"y":2}'), '{"__proto__":{"x":1},"y":2}'],
  'members of every object’s': [{ constructor: 1, toString: 2 }, '{"constructor":1,"toString":2}'],
  'a whole surrogate pair': ['\u{1f600}', '"\u{1f600}"'],
  'zeros': [[0, -0, 0.0], '[0,0,0]'],
  'large numbers': [[2 ** 53, 1e308, 5e-324], '[9007199254740992,1e+308,5e-324]'],
  'a member without a name': [{ '': 1 }, '{"":1}'],
};

for (const [way, take] of Object.entries(ways)) {
  if (way === 'the value of test')
    continue;
  for (const [name, [value, text]] of Object.entries(alright)) {
    test(`${name}: taken as ${way}`, () => {
      const copy = take({ value });
      assert.equal(JSON.stringify(copy), text);
      assert.ok(Object.isFrozen(copy));
      assert.equal({}.x, undefined);
    });
  }
}

test('a getter is read once', () => {
  let reads = 0;
  const value = { get n() { return ++reads === 1 ? 1 : NaN; } };
  assert.deepEqual(applyPatch(null, [{ op: 'add', path: '', value }]), { n: 1 });
  assert.equal(reads, 1);
  let asked = 0;
  const operation = { op: 'add', get path() { return ++asked === 1 ? '/a' : 7; }, value: 1 };
  assert.deepEqual(applyPatch({}, [operation]), { a: 1 });
});

test('-0 is a number as 0 is', () => {
  assert.ok(Object.is(applyPatch(null, [{ op: 'add', path: '', value: [-0] }])[0], -0));
  applyPatch([0], [{ op: 'test', path: '/0', value: -0 }]);
  applyPatch([-0], [{ op: 'test', path: '', value: [0] }]);
});

test('what nests too deep says where', () => {
  let value = 0;
  for (let i = 0; i < 121; i++)
    value = { a: value };
  assert.throws(() => applyPatch(null, [{ op: 'add', path: '', value }]),
    error => error instanceof ServerSignalError && error.code === 'limit' &&
      error.pointer === '/a'.repeat(120));
  // A part that is all right where it stands first may be too deep further down.
  const part = [[[]]];
  let deep = part;
  for (let i = 0; i < 118; i++)
    deep = [deep];
  assert.throws(() => applyPatch(null, [{ op: 'add', path: '', value: { part, deep } }]),
    { code: 'limit' });
});

test('names of signals are text that UTF-8 can carry', () => {
  const client = connect('ws://test.invalid/names', { WebSocket: FakeWebSocket });
  try {
    assert.throws(() => client.signal('a\ud800'), TypeError);
    assert.throws(() => client.signal(new String('a')), TypeError);
    assert.equal(client.signal('\u{1f600}').value, null);
  } finally {
    client.close();
  }
});
