# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A program that the checkers of types have to accept as it is, and that runs."""

import dataclasses
from typing import Any, TypedDict

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, ServerSignal


@dataclasses.dataclass
class Row:
    id: int
    name: str


class Board(TypedDict):
    rows: list[Any]
    title: str


def rows() -> list[str]:
    board = ServerSignal.Signal('board', {'rows': [{'id': 1, 'name': 'Ada'}], 'title': 'Tea'})
    board['/rows/0/name'] = 'Grace'
    board.append('/rows', {'id': 2, 'name': 'Emmy'})
    board.insert('/rows/0', {'id': 0, 'name': 'Ada'})
    board['/rows/0/id'] += 10
    del board['/rows/1']
    board.set_value('/title', 'Coffee')
    board.update(lambda value: {**value, 'more': (1, 2.5, None)})
    with board.transaction() as inside:
        inside['/title'] = 'Cocoa'
    row: Row = board.typed(Row, '/rows/0').value
    typed = board.typed(Row, '/rows/1')
    typed.value = dataclasses.replace(typed.value, name='Emmy Noether')
    revision: int = board.get_revision()
    name: str = board.props.name
    patch: ServerSignal.Patch = ServerSignal.Patch([{'op': 'remove', 'path': '/more'}])
    board.apply_patch(patch)
    board.apply_patch([{'op': 'add', 'path': '/more', 'value': 1}])
    first: dict[str, Any] = patch[0]
    view = ServerSignal.View.new(board, '/more')
    lines: list[str] = [f'{row.name} {typed.value.name} {name} {revision} {len(board)} {"/more" in board}',
                        f'{first["op"]} {view:.1f}', str(view.get_int_value())]
    board_type: Board = board.value
    lines.append(board_type['title'])
    try:
        board['/none']
    except ServerSignal.NotFoundError as error:
        lines.append(str(error.matches(ServerSignal.Error.quark(), ServerSignal.Error.NOT_FOUND)))
    return lines


async def follow() -> int:
    hub = ServerSignal.Hub(max_peers=5)
    counter: ServerSignal.Signal = hub.create('counter', 0)
    hub.listen(None, 0)
    hub.props.flush_interval = 0
    client = ServerSignal.Client.new(hub.dup_uri() or '')
    cancellable = Gio.Cancellable()
    opened: bool = await client.open_async(cancellable)
    assert opened
    total: int = 0
    async for value in client.signal('counter', -1):
        total += value
        if value == 0:
            counter.set_int(None, 5)
        if value == 5:
            break
    await hub.close_async(1000)
    client.stop()
    return total


async def from_elsewhere() -> Any:
    async with ServerSignal.Bridge() as bridge:
        signal: ServerSignal.Signal = await bridge.run(ServerSignal.Signal, 'n', 1)
        return await bridge.run(lambda: signal.value)


def main() -> None:
    for line in rows():
        print(line)
    print(ServerSignal.run(follow()))
    print(ServerSignal.run(from_elsewhere()))
    print(GLib.Error.__name__)


if __name__ == '__main__':
    main()
