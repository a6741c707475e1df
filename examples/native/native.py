#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Documents as values of Python."""

import dataclasses
import datetime

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import ServerSignal

board = ServerSignal.Signal('board', {'rows': [{'id': 1, 'name': 'Ada'}]})

board['/rows/0/name'] = 'Grace'
board.append('/rows', {'id': 2, 'name': 'Emmy'})
print(board['/rows/1/name'], len(board.value['rows']), '/rows/2' in board)
del board['/rows/0']
board.update(lambda value: {**value, 'title': 'Guests'})
print(f'{board["/title"]}: {board["/rows"]}')

# A value that JSON cannot carry is refused, and the message has the place.
try:
    board['/due'] = {'on': datetime.date(2026, 1, 1)}
except TypeError as error:
    print(error)

# All of it or, when an exception leaves the block, nothing of it.
try:
    with board.transaction():
        board['/title'] = 'Nobody'
        del board['/rows/7']
except KeyError:
    print(board['/title'])


# With types, for those who want them.
@dataclasses.dataclass
class Row:
    id: int
    name: str


row = board.typed(Row, '/rows/0')
row.update(lambda row: dataclasses.replace(row, name='Emmy Noether'))
print(row.value)
