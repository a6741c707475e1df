# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The documents that the patch benchmark compares: pairs of an old and a new one, always the same."""

import json
import pathlib
import random


def row(number):
    r = random.Random(number)
    return {'id': number, 'name': f'row {number}', 'price': round(r.random() * 1000, 2),
            'count': r.randrange(10000), 'active': r.random() < 0.5,
            'group': r.choice(['north', 'south', 'east', 'west']),
            'note': 'x' * r.randrange(24), 'score': r.random()}


def rows(n):
    return {'rows': [row(number) for number in range(n)]}


def copy(document):
    return json.loads(json.dumps(document))


def one_field(document):
    new = copy(document)
    new['rows'][len(new['rows']) // 2]['price'] += 1
    return new


def head_insert(document):
    new = copy(document)
    new['rows'].insert(0, row(10 ** 6))
    return new


def middle_remove(document):
    new = copy(document)
    del new['rows'][len(new['rows']) // 2]
    return new


def move(document):
    new = copy(document)
    n = len(new['rows'])
    new['rows'].insert(3 * n // 4, new['rows'].pop(n // 4))
    return new


def shuffle(document):
    new = copy(document)
    random.Random(1).shuffle(new['rows'])
    return new


def mixed(document):
    """20 edits, 5 inserts, 5 removes, 3 moves."""
    r = random.Random(2)
    new = copy(document)
    listed = new['rows']
    for number in r.sample(range(len(listed)), 20):
        listed[number][r.choice(['price', 'count', 'score'])] = r.randrange(10000)
    for number in range(5):
        listed.insert(r.randrange(len(listed)), row(2 * 10 ** 6 + number))
    for _ in range(5):
        del listed[r.randrange(len(listed))]
    for _ in range(3):
        listed.insert(r.randrange(len(listed)), listed.pop(r.randrange(len(listed))))
    return new


def deep(levels, leaf):
    document = leaf
    for level in range(levels):
        document = {'child': document} if level % 2 else [level, document]
    return document


def workloads():
    fields = {f'field {number}': number * 1.5 if number % 3 else f'value {number}'
              for number in range(200)}
    changed = dict(fields)
    for number in (3, 50, 99, 140, 198):
        changed[f'field {number}'] = number + 0.25
    text = ''.join(random.Random(3).choices('abcdefgh ijklmnop\n', k=65536))
    million = rows(1)
    while len(json.dumps(million, separators=(',', ':'))) < 10 ** 6:
        million['rows'] += [row(number) for number in
                            range(len(million['rows']), len(million['rows']) + 200)]

    yield 'counter', {'value': 41}, {'value': 42}
    yield 'object of 200, 5 changed', fields, changed
    for n in (1000, 10000):
        document = rows(n)
        for name, change in (('one field', one_field), ('head insert', head_insert),
                             ('middle remove', middle_remove), ('move', move),
                             ('shuffle', shuffle), ('mixed', mixed)):
            yield f'{n} rows, {name}', document, change(document)
    yield '100 levels, the leaf', deep(100, 1), deep(100, 2)
    yield '64 KiB of text', {'text': text}, {'text': text[:30000] + '!' + text[30001:]}
    yield '1 MB, no change', million, copy(million)


def write(folder):
    """Writes NUMBER.old.json and NUMBER.new.json; gives the names in order."""
    names = []
    for number, (name, old, new) in enumerate(workloads()):
        names.append(name)
        for which, document in (('old', old), ('new', new)):
            (pathlib.Path(folder) / f'{number}.{which}.json').write_text(
                json.dumps(document, separators=(',', ':'), ensure_ascii=False))
    return names
