#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The override for Python: values in and out, items, transactions, types."""

import collections
import dataclasses
import datetime
import decimal
import enum
import gc
import json
import random
import typing
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, Json, ServerSignal

BOARD = {'title': 'Tea', 'rows': [{'id': 1, 'name': 'Ada', 'done': False},
                                  {'id': 2, 'name': 'Grace', 'done': True}], 'rest': None}


def board():
    return ServerSignal.Signal('board', json.loads(json.dumps(BOARD)))


def nested(depth):
    value = 0
    for _ in range(depth):
        value = [value]
    return value


def any_value(r, depth=4):
    kind = r.random()
    if depth == 0 or kind < 0.3:
        return r.choice([None, True, False, r.randrange(-2**63, 2**63), r.uniform(-1e300, 1e300), 0.1, -0.0, 1e21, 5e-324,
                         '', 'é😀', 'a/b~c', '"\\\n\x01', r.randrange(100)])
    if kind < 0.6:
        return [any_value(r, depth - 1) for _ in range(r.randrange(6))]
    return {r.choice(['a', 'b', 'long name', 'é', '', '/', '~']): any_value(r, depth - 1) for _ in range(r.randrange(6))}


def exact(value):
    """A text that tells 1, 1.0 and True, and the order of members."""
    return repr(value)


class ValueTest(unittest.TestCase):
    def test_there_and_back(self):
        r = random.Random(7)
        values = [None, True, False, 0, -2**63, 2**63 - 1, 0.1, 1.0, -0.0, 1e21, '', 'é', [], {}, [[]], {'a': {}},
                  nested(120), *(any_value(r) for _ in range(200))]
        signal = ServerSignal.Signal('any')
        self.assertIsNone(signal.value)
        for value in values:
            signal.value = value
            self.assertEqual(exact(signal.value), exact(value))
            self.assertEqual(exact(ServerSignal.Signal('new', value).value), exact(value))
            self.assertEqual(exact(signal.dup_value('')), exact(value))
            self.assertEqual(json.loads(signal.dup_json('')), value)
        self.assertEqual(exact(signal.get('')), exact(signal.value))

    def test_what_python_has_besides(self):
        class Colour(enum.IntEnum):
            RED = 3

        class Word(str):
            pass

        signal = ServerSignal.Signal('any', {'colour': Colour.RED, 'word': Word('w'), 'pair': (1, (2, 3)),
                                             'ordered': collections.OrderedDict(a=1), 'node': Json.from_string('[1.5]')})
        self.assertEqual(exact(signal.value), exact({'colour': 3, 'word': 'w', 'pair': [1, [2, 3]], 'ordered': {'a': 1},
                                                     'node': [1.5]}))
        # The same container twice is no cycle.
        row = {'a': 1}
        signal.value = [row, row]
        self.assertEqual(signal.value, [{'a': 1}, {'a': 1}])

    def test_many_rows(self):
        rows = [{'id': index, 'name': f'Row {index}', 'more': {'id': None}} for index in range(3000)]
        signal = ServerSignal.Signal('rows', rows)
        self.assertEqual(signal.value, rows)
        # Names that do not share their text, in more kinds of rows than are remembered.
        rows = [{f'{letter}{index % 97}': index for letter in 'abc'} for index in range(3000)]
        signal.set_json('', json.dumps(rows))
        self.assertEqual(signal.value, rows)

    def test_what_json_cannot_carry(self):
        cycle = {'a': [1]}
        cycle['a'].append(cycle)
        deep_cycle = []
        deep_cycle.append({'deep': [deep_cycle]})
        for value, pointer, error, words in [
                (datetime.datetime(2026, 1, 1), '', TypeError, 'datetime.datetime'),
                ({'due': datetime.date(2026, 1, 1)}, '/due', TypeError, 'datetime.date'),
                (float('nan'), '', ValueError, 'not finite'),
                ([0, [float('-inf')]], '/1/0', ValueError, 'not finite'),
                ({'n': 2**63}, '/n', ValueError, '64 bits'),
                ([-2**63 - 1], '/0', ValueError, '64 bits'),
                ({'a/b': {'~': {1}}}, '/a~1b/~0', TypeError, 'set'),
                (cycle, '/a/1', ValueError, 'cycle'),
                (deep_cycle, '/0/deep/0', ValueError, 'cycle'),
                (nested(121), '/0' * 120, ValueError, '120 levels'),
                ([{1: 'x'}], '/0', TypeError, 'int'),
                ({'s': '\ud800'}, '/s', ValueError, 'surrogate'),
                ({'a': {'\ud800': 1}}, '/a', ValueError, 'surrogate'),
                ({'s': 'a\0b'}, '/s', ValueError, 'NUL'),
                ({'a\0b': 1}, '', ValueError, 'NUL'),
                ([b'bytes'], '/0', TypeError, 'bytes'),
                ([decimal.Decimal(1)], '/0', TypeError, 'decimal.Decimal'),
                ([object], '/0', TypeError, 'type'),
                ({'a': ServerSignal.Signal('x')}, '/a', TypeError, 'Signal')]:
            signal = board()
            for prefix, write in [
                    ('', lambda value: setattr(signal, 'value', value)),
                    ('/rows/0', lambda value: signal.__setitem__('/rows/0', value)),
                    ('/rows/-', lambda value: signal.append('/rows', value)),
                    ('/rows/1', lambda value: signal.insert_value(pointer='/rows/1', value=value)),
                    ('', lambda value: signal.update(lambda _: value)),
                    ('', lambda value: ServerSignal.Signal('bad', value)),
                    ('', lambda value: ServerSignal.Patch.new_diff(None, value))]:
                with self.assertRaises(error, msg=repr(value)[:80]) as caught:
                    write(value)
                self.assertIn(f'At "{prefix}{pointer}": ', str(caught.exception))
                self.assertIn(words, str(caught.exception))
            self.assertEqual((signal.value, signal.get_revision()), (BOARD, 0))

    def test_nodes_go_in_as_well(self):
        signal = ServerSignal.Signal.new('board', Json.from_string('{"a":1}'))
        signal.set_value('/b', Json.from_string('[2]'))
        signal['/c'] = Json.from_string('null')
        signal.update(lambda value: Json.from_string('[3]') if value == {'a': 1, 'b': [2], 'c': None} else None)
        self.assertEqual(signal.value, [3])
        self.assertEqual(Json.to_string(signal.props.value, False), '[3]')
        self.assertEqual(ServerSignal.Signal(name='x', value=Json.from_string('4')).value, 4)

    def test_references(self):
        """Containers are let go of when something in them fails."""
        class Name(str):
            pass

        name = Name('n')
        count = len(gc.get_referrers(name))
        signal = ServerSignal.Signal('x')
        for _ in range(50):
            with self.assertRaises(TypeError):
                signal.value = [{name: 1}, {name: {2}}]
        self.assertEqual(len(gc.get_referrers(name)), count)


class ItemTest(unittest.TestCase):
    def test_reading(self):
        signal = board()
        self.assertEqual((signal['/rows/0/name'], signal['/rest'], signal[''], signal.get('/rows/1')),
                         ('Ada', None, BOARD, BOARD['rows'][1]))
        self.assertEqual((signal.get('/nothing'), signal.get('/nothing', 7), signal.get('/rest', 7)), (None, 7, None))
        self.assertEqual((len(signal), list(signal)), (3, ['title', 'rows', 'rest']))
        self.assertEqual((len(ServerSignal.Signal('l', [1, [2]])), list(ServerSignal.Signal('l', [1, [2]]))), (2, [1, [2]]))
        self.assertTrue('/rows/1' in signal and '/rest' in signal and '' in signal)
        self.assertFalse('/rows/2' in signal or '/title/0' in signal)
        self.assertTrue(ServerSignal.Signal('empty', []))

    def test_writing(self):
        signal = board()
        signal['/rows/0'] = {'id': 9}
        signal['/new'] = [1.5]
        signal['/rows/-'] = None
        del signal['/rows/1']
        signal.append('/rows', {'id': 4})
        signal.insert('/rows/0', 'first')
        signal['/rows/1/id'] += 1
        self.assertEqual(signal.value, {'title': 'Tea', 'rows': ['first', {'id': 10}, None, {'id': 4}], 'rest': None,
                                        'new': [1.5]})
        self.assertEqual(signal.get_revision(), 7)

    def test_appending(self):
        signal = ServerSignal.Signal('x', {'list': [], 'object': {}, 'full': {'-': 1}, 'text': '[]', 'number': 1, 'null': None})
        value, patches = signal.value, []
        signal.connect('patched', lambda signal, patch: patches.append(patch.operations))
        for pointer in '', '/object', '/full', '/text', '/number', '/null':
            with self.assertRaises(TypeError) as caught:
                signal.append(pointer, 1)
            self.assertIn(f'No list is at "{pointer}"', str(caught.exception))
        for pointer, code in [('/gone', 'NOT_FOUND'), ('/list/0', 'NOT_FOUND'), ('list', 'INVALID_POINTER'),
                              ('/a~', 'INVALID_POINTER')]:
            with self.assertRaises(GLib.Error) as caught:
                signal.append(pointer, 1)
            self.assertTrue(caught.exception.matches(ServerSignal.Error.quark(), getattr(ServerSignal.Error, code)))
            self.assertIn(pointer, str(caught.exception))
        self.assertEqual((signal.value, patches, signal.get_revision()), (value, [], 0))
        signal.append('/list', 'a')
        signal.append('/list', ['b'])
        self.assertEqual(signal['/list'], ['a', ['b']])
        self.assertEqual(patches, [[{'op': 'add', 'path': '/list/-', 'value': 'a'}],
                                   [{'op': 'add', 'path': '/list/-', 'value': ['b']}]])
        # RFC 6901 knows a member of this name.
        signal['/object/-'] = 2
        self.assertEqual(signal['/object'], {'-': 2})

    def test_missing(self):
        signal = board()
        for function, words in [(lambda: signal['/gone'], '/gone'), (lambda: signal['/rows/2'], '/rows/2'),
                                (lambda: signal.__delitem__('/gone'), '/gone'),
                                (lambda: signal.__setitem__('/no/parent', 1), '/no'),
                                (lambda: ServerSignal.View.new(signal, '/rows')['/7'], '/7')]:
            with self.assertRaises(KeyError) as caught:
                function()
            self.assertIsInstance(caught.exception, GLib.Error)
            self.assertTrue(caught.exception.matches(ServerSignal.Error.quark(), ServerSignal.Error.NOT_FOUND))
            self.assertIn(words, str(caught.exception))

    def test_no_pointer(self):
        signal = board()
        for pointer in 'rows', '/a~', '/a~2', '/a\0':
            for function in (lambda: signal[pointer], lambda: signal.get(pointer), lambda: pointer in signal,
                             lambda: signal.__setitem__(pointer, 1), lambda: signal.__delitem__(pointer)):
                with self.assertRaises(ValueError) as caught:
                    function()
                self.assertIn('JSON Pointer', str(caught.exception))
        for pointer in 0, None, b'/a':
            with self.assertRaises(TypeError):
                signal[pointer]
        for function in (lambda: len(ServerSignal.Signal('n', 1)), lambda: list(ServerSignal.Signal('n', 'text'))):
            with self.assertRaises(TypeError):
                function()

    def test_as_text(self):
        signal = board()
        self.assertEqual(f'{signal}', str(BOARD))
        self.assertEqual(repr(ServerSignal.Signal('n', [1])), "<ServerSignal.Signal 'n' [1]>")
        self.assertLess(len(repr(ServerSignal.Signal('n', list(range(100000))))), 200)
        signal['/price'] = 2.345
        view = ServerSignal.View.new(signal, '/price')
        self.assertEqual((f'{view:.2f}', f'{view}', str(view), repr(view)),
                         ('2.35', '2.345', '2.345', "<ServerSignal.View '/price' 2.345>"))
        self.assertEqual(repr(ServerSignal.List.new(signal, '/rows', ServerSignal.View)),
                         "<ServerSignal.List '/rows' of 2 items>")
        self.assertIn('Ada', f'{ServerSignal.List.new(signal, "/rows", ServerSignal.View)}')

    def test_view(self):
        signal = board()
        view = ServerSignal.View.new(signal, '/rows')
        self.assertEqual((view.value, len(view), list(view), view['/0/name'], '/1' in view, '/2' in view, view.get('/2', 3)),
                         (BOARD['rows'], 2, BOARD['rows'], 'Ada', True, False, 3))
        del signal['/rows']
        self.assertIsNone(view.value)

    def test_transaction(self):
        signal = board()
        seen = []
        signal.connect('notify::value', lambda signal, _: seen.append(signal['/title']))
        with signal.transaction() as inside:
            self.assertIs(inside, signal)
            signal['/title'] = 'Coffee'
            signal['/rest'] = 1
            with signal.transaction():
                signal['/title'] = 'Cocoa'
            self.assertEqual(seen, [])
        self.assertEqual((seen, signal.get_revision()), (['Cocoa'], 1))
        for error in ZeroDivisionError, KeyboardInterrupt:
            with self.assertRaises(error):
                with signal.transaction():
                    signal['/title'] = 'Milk'
                    raise error
        self.assertEqual((signal['/title'], signal['/rest'], seen, signal.get_revision()), ('Cocoa', 1, ['Cocoa'], 1))
        signal['/title'] = 'Water'
        self.assertEqual(seen, ['Cocoa', 'Water'])

    def test_update(self):
        signal = ServerSignal.Signal('n', {'n': 1})
        signal.update(lambda value: {**value, 'm': 2})
        signal.update(lambda value: value.update(n=3))
        self.assertEqual(signal.value, {'n': 3, 'm': 2})
        with self.assertRaises(ZeroDivisionError):
            signal.update(lambda value: value.clear() or 1 / 0)
        self.assertEqual((signal.value, signal.get_revision()), ({'n': 3, 'm': 2}, 2))

    def test_patches(self):
        signal = board()
        patches = []
        signal.connect('patched', lambda signal, patch: patches.extend(patch))
        signal['/title'] = 'Coffee'
        self.assertEqual(patches, [{'op': 'replace', 'path': '/title', 'value': 'Coffee'}])
        patch = ServerSignal.Patch([{'op': 'add', 'path': '/rows/0', 'value': {'id': 0}}, {'op': 'remove', 'path': '/rest'}])
        self.assertEqual((len(patch), patch[1]['op'], patch.operations, patch.to_node()),
                         (2, 'remove', list(patch), list(patch)))
        self.assertEqual(patch.apply({'rows': [], 'rest': 0}), {'rows': [{'id': 0}]})
        signal.apply_patch(patch)
        signal.apply_patch([{'op': 'test', 'path': '/rows/0/id', 'value': 0}, {'op': 'remove', 'path': '/rows/0'}])
        self.assertEqual(signal.value, {'title': 'Coffee', 'rows': BOARD['rows']})
        self.assertEqual(ServerSignal.Patch.new_diff([1], [1, 2]).operations, [{'op': 'add', 'path': '/1', 'value': 2}])
        with self.assertRaises(GLib.Error):
            ServerSignal.Patch([{'op': 'jump'}])

    def test_names(self):
        for short in 'Hub', 'Client', 'Peer', 'Patch', 'View', 'List', 'Error', 'ClientState':
            self.assertIs(getattr(ServerSignal, short), getattr(ServerSignal, 'Signal' + short))
            self.assertIn(short, dir(ServerSignal))
        hub = ServerSignal.Hub()
        signal = hub.create('board', BOARD)
        self.assertIs(hub.lookup('board'), signal)
        self.assertEqual(hub.create('nothing').value, None)
        with self.assertRaises(GLib.Error):
            hub.create('board', 1)
        self.assertIn('2 signals', repr(hub))
        client = ServerSignal.Client.new('ws://127.0.0.1:1/ws')
        self.assertEqual((client.signal('a', [1]).value, client.signal('b').value), ([1], None))
        self.assertIn('idle', repr(client))


@dataclasses.dataclass
class Row:
    id: int
    name: str
    done: bool = False
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Board:
    title: str
    rows: list[Row]
    rest: float | None


class RowDict(typing.TypedDict):
    id: int
    name: typing.NotRequired[str]


class Kind(enum.Enum):
    TEA = 'tea'


class TypedTest(unittest.TestCase):
    def test_dataclass(self):
        signal = board()
        typed = signal.typed(Board)
        self.assertEqual(typed.value, Board('Tea', [Row(1, 'Ada'), Row(2, 'Grace', True)], None))
        typed.update(lambda value: value.rows.append(Row(3, 'Emmy', tags=['x'])))
        self.assertEqual(signal['/rows/2'], {'id': 3, 'name': 'Emmy', 'done': False, 'tags': ['x']})
        row = signal.typed(Row, '/rows/0')
        row.value = Row(7, 'Rosa')
        self.assertEqual((signal['/rows/0/id'], row.value), (7, Row(7, 'Rosa')))
        signal['/rest'] = 2
        self.assertEqual(exact(typed.value.rest), '2.0')

    def test_typed_dict(self):
        signal = ServerSignal.Signal('rows', [{'id': 1, 'name': 'a'}, {'id': 2}])
        self.assertEqual(signal.typed(list[RowDict]).value, [{'id': 1, 'name': 'a'}, {'id': 2}])

    def test_other_types(self):
        signal = ServerSignal.Signal('any')
        for cls, value, decoded in [(dict[str, int], {'a': 1}, None), (tuple[int, ...], [1, 2], (1, 2)),
                                    (tuple[int, str], [1, 'a'], (1, 'a')), (int | str, 'a', None),
                                    (typing.Optional[int], None, None), (typing.Literal['a', 1], 1, None),
                                    (Kind, 'tea', Kind.TEA), (typing.Any, [1, {}], None), (object, 1, None), (list, [1], None)]:
            signal.value = value
            self.assertEqual(signal.typed(cls).value, value if decoded is None else decoded)
            signal.typed(cls).value = signal.typed(cls).value
            self.assertEqual(signal.value, value)

    def test_what_does_not_fit(self):
        signal = board()
        for cls, pointer, value, place in [
                (Board, '/rows/1/id', 'two', '/rows/1/id'), (Board, '/rows/1/id', True, '/rows/1/id'),
                (Board, '/rows/1', 5, '/rows/1'), (Board, '/rest', 'text', '/rest'),
                (Board, '/rows/0/other', 1, '/rows/0/other'), (Board, '/rows', {}, '/rows'),
                (Board, '/title', None, '/title')]:
            with self.subTest(pointer):
                with signal.transaction():
                    signal[pointer] = value
                    with self.assertRaises(TypeError) as caught:
                        signal.typed(cls).value
                    self.assertIn(f'At "{place}": ', str(caught.exception))
                    signal.discard()
        del signal['/rows/0/name']
        for cls in Board, typing.TypedDict('T', {'missing': int}):
            with self.assertRaises(TypeError) as caught:
                signal.typed(cls).value
            self.assertIn('missing', str(caught.exception))
        with self.assertRaises(TypeError):
            signal.typed(set).value


if __name__ == '__main__':
    unittest.main()
