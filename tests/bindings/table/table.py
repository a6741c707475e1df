#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The rows of table.json in Python, with native values. Usage: table.py TABLE URI

Prints {"reads": […], "writes": […]}: of each row of "reads" all that is there in the replica of "document" at URI, of each
row of "writes" its end, its patch and its error. table.c, table.vala and table.js do the same."""

import json
import sys

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, ServerSignal


class Discarded(Exception):
    pass


def read(document, pointer):
    return {'has': pointer in document, 'int': document.get_int(pointer), 'double': document.get_double(pointer),
            'boolean': document.get_boolean(pointer), 'string': document.dup_string(pointer),
            'n': document.get_n_elements(pointer), 'members': document.list_members(pointer),
            'value': document.get(pointer)}


def carry_out(signal, row):
    op, pointer, value = row['op'], row['pointer'], row.get('value')
    if op in ('set_int', 'set_double', 'set_boolean', 'set_string', 'set_json', 'insert_json', 'insert_value'):
        getattr(signal, op)(pointer, value)
    elif op == 'set_value':
        signal[pointer] = value
    elif op == 'append':
        signal.append(pointer, value)
    elif op == 'remove':
        signal.remove(pointer)
    elif op == 'move':
        signal.move(row['from'], pointer)
    elif op == 'apply_patch':
        signal.apply_patch(value)
    elif op == 'update':
        signal.update(lambda _: value)
    elif op in ('transaction', 'discard'):
        try:
            with signal.transaction():
                signal[pointer] = value
                signal.append('/l', value)
                if op == 'discard':
                    raise Discarded
        except Discarded:
            pass


def write(row):
    signal = ServerSignal.Signal('row', row['start'])
    patches = []
    error = None
    signal.connect('patched', lambda _, patch: patches.append(list(patch)))
    try:
        carry_out(signal, row)
    except GLib.Error as caught:
        assert caught.domain == GLib.quark_to_string(ServerSignal.Error.quark())
        error = caught.code
    return {'value': signal.value, 'revision': signal.get_revision(), 'patches': patches, 'error': error}


async def main(table, uri):
    client = ServerSignal.Client.new(uri)
    document = client.signal('document')
    await client.open_async()
    async for value in document:
        if value is not None:
            break
    print(json.dumps({'reads': [read(document, row['pointer']) for row in table['reads']],
                      'writes': [write(row) for row in table['writes']]}))
    client.stop()


if __name__ == '__main__':
    with open(sys.argv[1], encoding='utf-8') as file:
        ServerSignal.run(main(json.load(file), sys.argv[2]))
