#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Values of Python from a signal, and back, beside the other ways; see README.md. Usage: run.py [ROWS]"""

import json
import sys
import timeit

import gi
gi.require_version('Json', '1.0')
gi.require_version('ServerSignal', '1')
from gi.repository import Json, ServerSignal

try:
    import orjson
except ImportError:
    orjson = None

REPEATS = 15


def milliseconds(function, number=1):
    function()
    return min(timeit.repeat(function, number=number, repeat=REPEATS)) / number * 1000


def flatten(value, operations, arguments):
    """The arrays that an introspected function could give: a kind for each value, and the value or the length."""
    if isinstance(value, dict):
        operations.append(1)
        arguments.append(len(value))
        for name, member in value.items():
            operations.append(3)
            arguments.append(name)
            flatten(member, operations, arguments)
    elif isinstance(value, list):
        operations.append(2)
        arguments.append(len(value))
        for element in value:
            flatten(element, operations, arguments)
    else:
        operations.append(0)
        arguments.append(value)


def build(operations, arguments):
    root = []
    stack, into, left, is_dict, name = [], root, 1, False, None
    for operation, argument in zip(operations, arguments):
        if operation == 3:
            name = argument
            continue
        value = argument if operation == 0 else {} if operation == 1 else []
        if is_dict:
            into[name] = value
        else:
            into.append(value)
        left -= 1
        if operation and argument:
            stack.append((into, left, is_dict))
            into, left, is_dict = value, argument, operation == 1
        while not left and stack:
            into, left, is_dict = stack.pop()
    return root[0]


def from_node(node):
    """The value of a Json.Node by PyGObject's calls alone."""
    kind = node.get_node_type()
    if kind == Json.NodeType.OBJECT:
        item = node.get_object()
        return {name: from_node(item.get_member(name)) for name in item.get_members()}
    if kind == Json.NodeType.ARRAY:
        return [from_node(element) for element in node.get_array().get_elements()]
    return node.get_value() if kind == Json.NodeType.VALUE else None


def main():
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows = [{'id': index, 'name': f'Row number {index}', 'price': index * 1.25, 'done': index % 3 == 0, 'tags': ['a', 'b']}
            for index in range(n_rows)]
    signal = ServerSignal.Signal('rows', {'rows': rows})
    text = signal.dup_json('')
    operations, arguments = [], []
    flatten({'rows': rows}, operations, arguments)
    assert signal.value == json.loads(text) == build(operations, arguments)

    print(f'{n_rows} rows, {len(text)} bytes of text\n')
    reference = milliseconds(lambda: json.loads(signal.dup_json('')))
    lines = [('signal.value', milliseconds(lambda: signal.value)),
             ('json.loads (signal.dup_json ())', reference),
             ('json.loads (text), the text being there', milliseconds(lambda: json.loads(text)))]
    if orjson is not None:
        lines.append(('orjson.loads (signal.dup_json ())', milliseconds(lambda: orjson.loads(signal.dup_json('')))))
    lines.append(('flat arrays, in Python already', milliseconds(lambda: build(operations, arguments))))
    small = signal.props.value if n_rows <= 1000 else ServerSignal.Signal('some', {'rows': rows[:1000]}).props.value
    lines.append((f'Json.Node by PyGObject, {min(n_rows, 1000)} rows only', milliseconds(lambda: from_node(small))))
    for name, time in lines:
        print(f'{name:45} {time:9.3f} ms {time / reference:7.2f}')

    pointer = f'/rows/{n_rows // 2}/name'
    member = milliseconds(lambda: signal[pointer], 10_000)
    print()
    for name, time in [('signal["/rows/N/name"]', member),
                       ('signal.dup_string ("/rows/N/name")', milliseconds(lambda: signal.dup_string(pointer), 10_000)),
                       ('json.loads (signal.dup_json ("/rows/N/name"))',
                        milliseconds(lambda: json.loads(signal.dup_json(pointer)), 10_000))]:
        print(f'{name:45} {time * 1000:9.3f} µs {time / member:7.2f}')

    # Written in turn, so that each writes something.
    other = [{**row, 'price': row['price'] + 1} for row in rows]
    print()
    for name, write in [('signal["/rows"] = rows', lambda rows: signal.__setitem__('/rows', rows)),
                        ('signal.set_json ("/rows", json.dumps (rows))',
                         lambda rows: signal.set_json('/rows', json.dumps(rows)))]:
        time = milliseconds(lambda: (write(other), write(rows))) / 2
        print(f'{name:45} {time:9.3f} ms')
    # The two figures that are promised.
    sys.exit(lines[0][1] > 0.6 * reference or member > 0.002)


if __name__ == '__main__':
    main()
