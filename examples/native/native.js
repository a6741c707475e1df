// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// Documents as values of JavaScript.

import ServerSignal from 'gi://ServerSignal?version=1';

const board = new ServerSignal.Signal('board', { rows: [{ id: 1, name: 'Ada' }] });

board['/rows/0/name'] = 'Grace';
board.append('/rows', { id: 2, name: 'Emmy' });
print(board['/rows/1/name'], board.value.rows.length, board.has('/rows/2'));
board.remove('/rows/0');
board.update(value => ({ ...value, title: 'Guests' }));
print(`${board['/title']}: ${JSON.stringify(board['/rows'])}`);

// A value that JSON cannot carry is refused, and the message has the place.
try {
  board['/due'] = { on: new Date() };
} catch (error) {
  print(error.message);
}

// All of it or, when an exception leaves the function, nothing of it.
try {
  board.transaction(() => {
    board['/title'] = 'Nobody';
    board.remove('/rows/7');
  });
} catch (error) {
  print(board['/title']);
}
