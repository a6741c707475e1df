// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

import assert from 'node:assert/strict';
import test from 'node:test';

import { applyPatch } from '../../server-signal/web/patch.js';
import { getPointer, ServerSignalError } from '../../server-signal/web/server-signal.js';
import { processorTime } from './processor.mjs';

const parse = JSON.parse;

/* name, document, patch, and the result: a document, or the code of an error */
const rfc6902 = [
  ['A.1 add a member', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]',
    '{"baz":"qux","foo":"bar"}'],
  ['A.2 add an element', '{"foo":["bar","baz"]}', '[{"op":"add","path":"/foo/1","value":"qux"}]',
    '{"foo":["bar","qux","baz"]}'],
  ['A.3 remove a member', '{"baz":"qux","foo":"bar"}',
    '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'],
  ['A.4 remove an element', '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]',
    '{"foo":["bar","baz"]}'],
  ['A.5 replace a value', '{"baz":"qux","foo":"bar"}',
    '[{"op":"replace","path":"/baz","value":"boo"}]',
    '{"baz":"boo","foo":"bar"}'],
  ['A.6 move a value', '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
    '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
    '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}'],
  ['A.7 move an element', '{"foo":["all","grass","cows","eat"]}',
    '[{"op":"move","from":"/foo/1","path":"/foo/3"}]', '{"foo":["all","cows","eat","grass"]}'],
  ['A.8 test: success', '{"baz":"qux","foo":["a",2,"c"]}',
    '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]',
    '{"baz":"qux","foo":["a",2,"c"]}'],
  ['A.9 test: error', '{"baz":"qux"}',
    '[{"op":"test","path":"/baz","value":"bar"}]', 'test-failed'],
  ['A.10 add a nested member', '{"foo":"bar"}',
    '[{"op":"add","path":"/child","value":{"grandchild":{}}}]',
    '{"foo":"bar","child":{"grandchild":{}}}'],
  ['A.11 ignore unrecognized elements', '{"foo":"bar"}',
    '[{"op":"add","path":"/baz","value":"qux","xyz":123}]', '{"foo":"bar","baz":"qux"}'],
  ['A.12 add to a nonexistent target', '{"foo":"bar"}',
    '[{"op":"add","path":"/baz/bat","value":"qux"}]',
    'not-found'],
  ['A.14 escape ordering', '{"/":9,"~1":10}',
    '[{"op":"test","path":"/~01","value":10}]', '{"/":9,"~1":10}'],
  ['A.15 comparing strings and numbers', '{"/":9,"~1":10}',
    '[{"op":"test","path":"/~01","value":"10"}]',
    'test-failed'],
  ['A.16 add an array value', '{"foo":["bar"]}',
    '[{"op":"add","path":"/foo/-","value":["abc","def"]}]',
    '{"foo":["bar",["abc","def"]]}'],
];

const more = [
  ['nothing', '[1]', '[]', '[1]'],
  ['add replaces a member', '{"a":1}', '[{"op":"add","path":"/a","value":2}]', '{"a":2}'],
  ['add at the root', '{"a":1}', '[{"op":"add","path":"","value":[]}]', '[]'],
  ['replace the root by null', '{"a":1}', '[{"op":"replace","path":"","value":null}]', 'null'],
  ['a member without a name', '{"":1}', '[{"op":"replace","path":"/","value":2}]', '{"":2}'],
  ['members with slashes, tildes and accents', '{"a/b":{"m~n":1},"é":{"\\"":0}}',
    '[{"op":"replace","path":"/a~1b/m~0n","value":2},{"op":"remove","path":"/é/\\""}]',
    '{"a/b":{"m~n":2},"é":{}}'],
  ['replace keeps the place of a member', '{"a":1,"b":2}',
    '[{"op":"replace","path":"/a","value":3}]',
    '{"a":3,"b":2}'],
  ['add past the end', '[1]', '[{"op":"add","path":"/2","value":0}]', 'not-found'],
  ['add at the end', '[1]', '[{"op":"add","path":"/1","value":0}]', '[1,0]'],
  ['an index with a leading zero', '[1,2]',
    '[{"op":"replace","path":"/01","value":0}]', 'invalid-pointer'],
  ['a negative index', '[1,2]', '[{"op":"remove","path":"/-1"}]', 'invalid-pointer'],
  ['an index that is a word', '[1,2]', '[{"op":"remove","path":"/length"}]', 'invalid-pointer'],
  ['an index in exponent form', '[1,2]', '[{"op":"remove","path":"/1e0"}]', 'invalid-pointer'],
  ['an empty index', '[1,2]', '[{"op":"remove","path":"/"}]', 'invalid-pointer'],
  ['remove at -', '[1]', '[{"op":"remove","path":"/-"}]', 'not-found'],
  ['replace at -', '[1]', '[{"op":"replace","path":"/-","value":0}]', 'not-found'],
  ['- is a member of objects', '{}', '[{"op":"add","path":"/-","value":0}]', '{"-":0}'],
  ['remove past the end', '[1]', '[{"op":"remove","path":"/1"}]', 'not-found'],
  ['replace what is not there', '{}', '[{"op":"replace","path":"/a","value":0}]', 'not-found'],
  ['remove what is not there', '{}', '[{"op":"remove","path":"/a"}]', 'not-found'],
  ['remove the root', '{}', '[{"op":"remove","path":""}]', 'patch-failed'],
  ['into a number', '{"a":1}', '[{"op":"add","path":"/a/b","value":0}]', 'patch-failed'],
  ['into a string', '{"a":"xyz"}', '[{"op":"replace","path":"/a/0","value":0}]', 'patch-failed'],
  ['into null', 'null', '[{"op":"add","path":"/a","value":0}]', 'patch-failed'],
  ['move to where it is', '{"a":1,"b":2}',
    '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1,"b":2}'],
  ['move nothing', '{}', '[{"op":"move","from":"/a","path":"/a"}]', 'not-found'],
  ['move into itself', '{"a":{"b":{}}}',
    '[{"op":"move","from":"/a","path":"/a/b"}]', 'patch-failed'],
  ['move the root into itself', '{"a":{}}',
    '[{"op":"move","from":"","path":"/a"}]', 'patch-failed'],
  ['move to a name that begins alike', '{"a":1}',
    '[{"op":"move","from":"/a","path":"/ab"}]', '{"ab":1}'],
  ['move to the root', '{"a":{"b":1}}', '[{"op":"move","from":"/a","path":""}]', '{"b":1}'],
  ['move down a list', '[1,2,3]', '[{"op":"move","from":"/2","path":"/0"}]', '[3,1,2]'],
  ['move past the end after removal', '[1,2,3]',
    '[{"op":"move","from":"/0","path":"/3"}]', 'not-found'],
  ['move to the end', '[1,2,3]', '[{"op":"move","from":"/0","path":"/-"}]', '[2,3,1]'],
  ['move in and edit', '{"a":{"x":1},"b":[]}',
    '[{"op":"move","from":"/a","path":"/b/0"},{"op":"replace","path":"/b/0/x","value":2}]',
    '{"b":[{"x":2}]}'],
  ['copy', '{"a":[1]}', '[{"op":"copy","from":"/a","path":"/b"}]', '{"a":[1],"b":[1]}'],
  ['copy the root into itself', '{"a":1}',
    '[{"op":"copy","from":"","path":"/b"}]', '{"a":1,"b":{"a":1}}'],
  ['copy what was edited, then edit both', '{"a":{"x":1}}',
    '[{"op":"replace","path":"/a/x","value":2},{"op":"copy","from":"/a","path":"/b"},' +
    '{"op":"replace","path":"/a/x","value":3},{"op":"replace","path":"/b/x","value":4}]',
    '{"a":{"x":3},"b":{"x":4}}'],
  ['test compares numbers by value', '{"a":1.0}',
    '[{"op":"test","path":"/a","value":1e0}]', '{"a":1}'],
  ['test does not mind the order of members', '{"a":1,"b":[{}]}',
    '[{"op":"test","path":"","value":{"b":[{}],"a":1}}]', '{"a":1,"b":[{}]}'],
  ['test minds the order of elements', '[1,2]',
    '[{"op":"test","path":"","value":[2,1]}]', 'test-failed'],
  ['test tells null from nothing', '{}', '[{"op":"test","path":"/a","value":null}]', 'not-found'],
  ['test tells [] from {}', '[]', '[{"op":"test","path":"","value":{}}]', 'test-failed'],
  ['test tells false from null', 'false', '[{"op":"test","path":"","value":null}]', 'test-failed'],
  ['a pointer without slash', '{"a":1}', '[{"op":"remove","path":"a"}]', 'invalid-pointer'],
  ['a lone tilde', '{"a~":1}', '[{"op":"remove","path":"/a~"}]', 'invalid-pointer'],
  ['a tilde and another digit', '{"a~2":1}', '[{"op":"remove","path":"/a~2"}]', 'invalid-pointer'],
  ['no operation', '{}', '[{"path":"/a","value":1}]', 'invalid-patch'],
  ['an unknown operation', '{}', '[{"op":"spam","path":"/a","value":1}]', 'invalid-patch'],
  ['an inherited operation', '{}', '[{"op":"toString","path":"/a","value":1}]', 'invalid-patch'],
  ['no path', '{}', '[{"op":"add","value":1}]', 'invalid-patch'],
  ['a path that is a number', '{}', '[{"op":"add","path":1,"value":1}]', 'invalid-patch'],
  ['no value', '{}', '[{"op":"add","path":"/a"}]', 'invalid-patch'],
  ['a value of null', '{}', '[{"op":"add","path":"/a","value":null}]', '{"a":null}'],
  ['no from', '{}', '[{"op":"copy","path":"/a"}]', 'invalid-patch'],
  ['an operation that is no object', '{}', '[[]]', 'invalid-patch'],
  ['an operation that is null', '{}', '[null]', 'invalid-patch'],
  ['a patch that is no list', '{}', '{"op":"remove","path":"/a"}', 'invalid-patch'],
  ['no member of a prototype is found', '{"a":{}}',
    '[{"op":"remove","path":"/a/constructor"}]', 'not-found'],
  ['no prototype is walked', '{}',
    '[{"op":"add","path":"/__proto__/polluted","value":1}]', 'not-found'],
  ['nor a constructor’s', '{}',
    '[{"op":"add","path":"/constructor/prototype/polluted","value":1}]',
    'not-found'],
  ['__proto__ is a member like any other', '{"__proto__":{"a":1}}',
    '[{"op":"replace","path":"/__proto__/a","value":2},' +
    '{"op":"add","path":"/__proto__/b","value":3}]',
    '{"__proto__":{"a":2,"b":3}}'],
  ['__proto__ is added, copied, moved', '{"o":{}}',
    '[{"op":"add","path":"/o/__proto__","value":{"x":1}},{"op":"copy","from":"/o","path":"/p"},' +
    '{"op":"move","from":"/p/__proto__","path":"/__proto__"}]',
    '{"o":{"__proto__":{"x":1}},"p":{},"__proto__":{"x":1}}'],
  ['constructor is added', '{}',
    '[{"op":"add","path":"/constructor","value":1}]', '{"constructor":1}'],
];

for (const [name, document, patch, expected] of [...rfc6902, ...more]) {
  test(name, () => {
    const before = parse(document);
    const operations = parse(patch);
    if (/^[a-z]+-[a-z]+$/.test(expected)) {
      assert.throws(() => applyPatch(before, operations), error =>
        error instanceof ServerSignalError && error.code === expected);
    } else {
      const after = applyPatch(before, operations);
      assert.equal(JSON.stringify(after, sorted), JSON.stringify(parse(expected), sorted));
    }
    assert.equal(JSON.stringify(before), JSON.stringify(parse(document)), 'document unchanged');
    assert.equal(JSON.stringify(operations), JSON.stringify(parse(patch)), 'patch unchanged');
    assert.equal({}.polluted, undefined);
  });
}

/* Members in the order of their names, for comparing; defineProperty because of "__proto__". */
function sorted(key, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  const copy = {};
  for (const name of Object.keys(value).sort())
    Object.defineProperty(copy, name, { value: value[name], enumerable: true });
  return copy;
}

test('errors name the operation and the pointer', () => {
  const patch = [{ op: 'add', path: '/a', value: 1 }, { op: 'remove', path: '/b/7' }];
  assert.throws(() => applyPatch({ b: [0] }, patch), {
    name: 'ServerSignalError', code: 'not-found', index: 1, pointer: '/b/7',
    message: 'Operation 1: Index 7 at “/b/7” is past the end of a list of 1',
  });
});

test('parts that are not touched keep their identity', () => {
  const before = parse('{"rows":[{"id":0},{"id":1},{"id":2}],"other":{"x":{}}}');
  const after = applyPatch(before, [{ op: 'replace', path: '/rows/1/id', value: 9 }]);
  assert.notEqual(after, before);
  assert.notEqual(after.rows, before.rows);
  assert.notEqual(after.rows[1], before.rows[1]);
  assert.equal(after.rows[0], before.rows[0]);
  assert.equal(after.rows[2], before.rows[2]);
  assert.equal(after.other, before.other);
  assert.equal(applyPatch(before, []), before);
});

test('what is new is frozen, and a copy', () => {
  const value = { deep: [{}] };
  const after = applyPatch({ a: {} }, [{ op: 'add', path: '/a/b', value }]);
  assert.ok([after, after.a, after.a.b.deep[0]].every(Object.isFrozen));
  assert.ok(!Object.isFrozen(value));
  value.deep[0].x = 1;
  assert.deepEqual(after, { a: { b: { deep: [{}] } } });
});

test('a value that is not JSON is refused', () => {
  const cycle = {};
  cycle.cycle = cycle;
  const add = value => applyPatch({}, [{ op: 'add', path: '/a', value }]);
  for (const value of [undefined, NaN, Infinity, 1n, () => 0, Symbol('s')])
    assert.throws(() => add(value), { code: 'invalid-json' });
  assert.throws(() => add(cycle), { code: 'limit' });
});

test('a document may nest 120 deep', () => {
  const nested = depth => parse('['.repeat(depth) + ']'.repeat(depth));
  const good = (document, operation) => applyPatch(document, [operation]);
  const bad = (document, operation) =>
    assert.throws(() => applyPatch(document, [operation]), { code: 'limit' });

  good(null, { op: 'replace', path: '', value: nested(120) });
  bad(null, { op: 'replace', path: '', value: nested(121) });
  good([], { op: 'add', path: '/0', value: nested(119) });
  bad([], { op: 'add', path: '/0', value: nested(120) });
  good({ a: nested(119) }, { op: 'copy', from: '/a', path: '/b' });
  bad({ a: nested(119), b: {} }, { op: 'copy', from: '/a', path: '/b/c' });
  bad({ a: nested(119), b: {} }, { op: 'move', from: '/a', path: '/b/c' });
});

test('getPointer, RFC 6901, section 5', () => {
  const document = parse('{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,' +
    '"k\\"l":6," ":7,"m~n":8}');
  assert.equal(getPointer(document), document);
  assert.equal(getPointer(document, ''), document);
  const table = { '/foo': document.foo, '/foo/0': 'bar', '/': 0, '/a~1b': 1, '/c%d': 2, '/e^f': 3,
    '/g|h': 4, '/i\\j': 5, '/k"l': 6, '/ ': 7, '/m~0n': 8 };
  for (const [pointer, value] of Object.entries(table))
    assert.equal(getPointer(document, pointer), value, pointer);
  for (const nothing of ['/foo/2', '/foo/-', '/foo/00', '/foo/length', '/constructor',
    '/__proto__', '/foo/0/0'])
    assert.equal(getPointer(document, nothing), undefined, nothing);
  for (const bad of ['foo', '/~', '/~2', '#/foo', 7, null])
    assert.throws(() => getPointer(document, bad), { code: 'invalid-pointer' });
});

test('a thousand inserts into a list cost one copy of it', () => {
  const list = Object.freeze(Array.from({ length: 20000 }, (_, i) => i));
  const patch = Array.from({ length: 1000 }, (_, i) => ({ op: 'add', path: '/list/0', value: i }));
  let reads = 0;
  const counted = new Proxy(list, {
    get(target, key) {
      reads++;
      return target[key];
    },
  });
  assert.equal(applyPatch({ list: counted }, patch).list.length, 21000);
  assert.ok(reads < 2 * 21000, `${reads} reads`);
});

/* Where a patch copies, a part of the document stands in several places. In so many copies of all
 * that was there before, it stands in 2 ** n. */
const doubling = n => Array(n).fill({ op: 'copy', from: '/a', path: '/a/-' });
const MOMENT = 3000; // milliseconds of the processor; it takes one or two of them, or minutes if places are walked

function atOnce(call) {
  let result;
  const took = processorTime(() => { result = call(); });
  assert.ok(took < MOMENT, `${took} ms`);
  return result;
}

function limited(document, patch) {
  atOnce(() => assert.throws(() => applyPatch(document, patch),
    error => error instanceof ServerSignalError && error.code === 'limit' &&
      error.index < patch.length && /^Operation \d+: /.test(error.message)));
}

test('copies of copies end at the limit, at once', () => {
  for (const n of [24, 25, 26, 60, 100, 1000])
    limited({ a: [0] }, doubling(n));
  assert.equal(atOnce(() => applyPatch({ a: [0] }, doubling(23))).a.length, 24);
  limited({ a: { x: 0 } }, Array.from({ length: 40 },
    (_, i) => ({ op: 'copy', from: '/a', path: `/a/${i}` })));
  limited([[0]], Array(40).fill([{ op: 'copy', from: '', path: '/-' }]).flat());
  limited({ a: 0 }, Array.from({ length: 100 }, (_, i) => [
    { op: 'add', path: '/b', value: [] }, { op: 'copy', from: '/a', path: '/b/-' },
    { op: 'copy', from: '/a', path: '/b/-' }, { op: 'move', from: '/b', path: '/a' },
    ...i % 2 ? [{ op: 'replace', path: '/c', value: i }] : [{ op: 'add', path: '/c', value: i }],
  ]).flat());
});

test('a text is counted as often as it stands there', () => {
  const text = 'x'.repeat(2 ** 20);
  const copy = Array.from({ length: 80 }, (_, i) => ({ op: 'copy', from: '/a', path: `/b/${i}` }));
  limited({ a: [text], b: {} }, copy);
  // A value that is copied and removed again is counted as well, as in the library.
  limited({ a: [text], b: {} }, copy.flatMap(
    operation => [operation, { op: 'remove', path: operation.path }]));
  assert.equal(Object.keys(applyPatch({ a: [text], b: {} }, copy.slice(0, 62)).b).length, 62);
});

test('copies of copies end at the limit in however many patches they come', () => {
  for (const patch of [
    doubling(1),
    [...doubling(1), { op: 'add', path: '/b', value: [1] }],
    [{ op: 'copy', from: '/a', path: '/c' }, { op: 'move', from: '/c', path: '/a/-' }],
  ]) {
    let document = { a: [0] };
    atOnce(() => assert.throws(() => {
      for (let i = 0; i < 100; i++)
        document = applyPatch(document, patch);
    }, { code: 'limit' }));
    assert.equal(document.a.length, 24);
  }

  // Not in ever larger ones, and in the same ones again and again.
  let document = { a: ['x'.repeat(2 ** 24)], b: [] };
  let n = 0;
  assert.throws(() => {
    for (; n < 100; n++)
      document = applyPatch(document, [{ op: 'copy', from: '/a', path: '/b/-' }]);
  }, { code: 'limit' });
  assert.equal(n, 2);
  for (let i = 0; i < 100; i++) {
    document = applyPatch(document, [{ op: 'copy', from: '/a', path: '/b/0' },
      { op: 'remove', path: '/b/1' }]);
  }
  assert.equal(document.b.length, 2);
});

/* A list of lists with the same list in each place, 2 ** 60 numbers. */
function shared(leaf, n = 60) {
  let value = [leaf];
  for (let i = 0; i < n; i++)
    value = [value, value];
  return value;
}

test('values that stand in several places end at the limit, at once', () => {
  limited({}, [{ op: 'add', path: '/a', value: shared(0) }]);
  limited({}, [{ op: 'test', path: '', value: shared(0) }]);
  const value = shared(0, 18);
  limited({}, Array.from({ length: 80 }, (_, i) => ({ op: 'add', path: `/${i}`, value })));
  const { a } = applyPatch({}, [{ op: 'add', path: '/a', value: shared(0, 20) }]);
  assert.equal(a[0], a[1]);
  assert.equal(a[0][0], a[1][1]);
});

test('documents are compared, moved and measured by parts, and not by places', () => {
  const value = shared(0, 23);
  atOnce(() => applyPatch(shared(0, 23), [{ op: 'test', path: '', value }]));
  atOnce(() => assert.throws(
    () => applyPatch(shared(0, 23), [{ op: 'test', path: '', value: shared(1, 23) }]),
    { code: 'test-failed' }));
  const moved = atOnce(() => applyPatch({ a: shared(0), b: {} }, [
    { op: 'move', from: '/a', path: '/b/c' }, { op: 'move', from: '/b/c', path: '/a' },
    { op: 'add', path: '/a/0/1/0/-', value: 1 }]));
  assert.equal(moved.a[0][1][0].length, 3);
  assert.equal(moved.a[1][1][0].length, 2);
});

test('what was copied is edited in one place only', () => {
  const patch = JSON.parse('[{"op":"add","path":"/a/b/-","value":{"x":1}},' +
    '{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/a/b/0/x","value":2},' +
    '{"op":"add","path":"/c/b/-","value":3},{"op":"copy","from":"/c/b","path":"/a/d"},' +
    '{"op":"remove","path":"/c/b/0"},{"op":"add","path":"/a/d/0","value":4}]');
  const after = applyPatch({ a: { b: [] } }, patch);
  assert.deepEqual(after, { a: { b: [{ x: 2 }], d: [4, { x: 1 }, 3] }, c: { b: [3] } });
  const check = value => {
    if (typeof value !== 'object')
      return;
    assert.ok(Object.isFrozen(value));
    Object.values(value).forEach(check);
  };
  check(after);
});

test('copies into a list cost one copy of it', () => {
  const list = Array.from({ length: 20000 }, (_, i) => [i]);
  const patch = Array(10000).fill({ op: 'copy', from: '/list/7', path: '/list/0' });
  assert.equal(atOnce(() => applyPatch({ list }, patch)).list.length, 30000);
});

test('large patches and documents take their time, and not that of their squares', () => {
  const inserts = Array.from({ length: 20000 }, (_, i) => ({ op: 'add', path: '/0', value: i }));
  assert.equal(atOnce(() => applyPatch([], inserts))[0], 19999);
  const million = Array.from({ length: 1e6 }, (_, i) => i);
  assert.equal(applyPatch({ million }, [{ op: 'test', path: '/million', value: million }]).million,
    million);
  const tokens = '/x'.repeat(1e6);
  for (const op of ['add', 'remove', 'test', 'move', 'copy']) {
    atOnce(() => assert.throws(() => applyPatch({ x: {} },
      [{ op, path: tokens, from: `${tokens}/y`, value: 0 }]), error =>
      error.pointer.startsWith('/x/x') && error.message.length < 600));
  }
  const deep = `${'['.repeat(120)}${']'.repeat(120)}`;
  const bottom = '/0'.repeat(119);
  assert.throws(() => applyPatch(parse(deep), [{ op: 'add', path: `${bottom}/-`, value: [] }]),
    { code: 'limit' });
  const filled = applyPatch(parse(deep), [{ op: 'add', path: `${bottom}/-`, value: 1 }]);
  assert.equal(JSON.stringify(filled), deep.replace('[]', '[1]'));
});

test('test compares numbers by their value, RFC 6902, section 4.6', () => {
  const alike = [['1', '1.0'], ['-0', '0'], ['1e2', '100'], ['0.1', '1.0e-1'], ['21.0', '21'],
    ['9007199254740992', '9007199254740992.0'], ['{"a":[1.0,{"b":-0.0}]}', '{"a":[1,{"b":0}]}'],
    ['{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3.0,"c":2.0},"a":1.0}']];
  for (const [one, other] of alike) {
    for (const [document, value] of [[one, other], [other, one]])
      applyPatch(parse(document), [{ op: 'test', path: '', value: parse(value) }]);
  }
  for (const [document, value] of [['1', '1.5'], ['1', '"1"'], ['0', 'null'], ['0', 'false'],
    ['[0]', '0'], ['{"0":1}', '[1]'], ['1', 'true'], ['""', '0']]) {
    const patch = [{ op: 'test', path: '', value: parse(value) }];
    assert.throws(() => applyPatch(parse(document), patch), { code: 'test-failed' });
  }
});
