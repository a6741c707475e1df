// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// A program that fits the types of GJS; the lines after @ts-expect-error do not.

import Gio from 'gi://Gio?version=2.0';
import GObject from 'gi://GObject?version=2.0';
import Json from 'gi://Json?version=1.0';
import ServerSignal from 'gi://ServerSignal?version=1';

export function rows(): string[] {
  const board = new ServerSignal.Signal('board', { rows: [{ id: 1, name: 'Ada' }] });
  board['/rows/0/name'] = 'Grace';
  const name: string = board['/rows/0/name'];
  board.append('/rows', { id: 2, name: 'Emmy' });
  board.set_value('/node', Json.from_string('{}'));
  board.value = [1, 'a', null, { b: [true] }];
  board.update(value => [...value, 2]);
  board.update(value => {
    value.pop();
  });
  const inside: number = board.transaction(signal => signal.length);
  const view = ServerSignal.View.new(board, '/1');
  const patch: ServerSignal.Patch = ServerSignal.Patch.from([{ op: 'remove', path: '/0' }]);
  board.apply_patch(patch);
  board.apply_patch([{ op: 'add', path: '/0', value: 7 }]);
  const [{ op }] = patch.operations;
  const applied = patch.apply([1]);
  const bag = new ServerSignal.Signal({ name: 'bag', value: 1 });
  const node: Json.Node | null = bag.dup_node();
  board.connect('patched', (signal, made) => print(signal.revision, made.length));
  for (const element of board)
    print(element);
  return [name, String(inside), view.value, op, applied[0], `${node}`, ServerSignal.Signal.new('n').name];
}

export async function follow(): Promise<number> {
  const hub = new ServerSignal.Hub({ max_peers: 5 });
  const counter: ServerSignal.Signal = hub.create('counter', 0);
  hub.listen(null, 0);
  const client = ServerSignal.Client.new(hub.dup_uri() ?? '');
  const opened: boolean = await client.open_async();
  await client.open_async(new Gio.Cancellable());
  let total = Number(opened);
  for await (const value of client.signal('counter', -1)) {
    total += value;
    if (value === 5)
      break;
    counter.set_int(null, 5);
  }
  for await (const patch of counter.patches())
    print(patch.operations.length);
  await hub.close_async(1000);
  if (client.state === ServerSignal.ClientState.OPEN)
    client.stop();
  return total;
}

export function mistakes(signal: ServerSignal.Signal, hub: ServerSignal.Hub, object: GObject.Object): void {
  // @ts-expect-error
  signal['/due'] = new Date(); signal.append('/due', new Date());
  // @ts-expect-error
  signal.append('/tags', new Set(['a']));
  // @ts-expect-error
  signal.append({ id: 1 });
  // @ts-expect-error
  signal.insert('/big', 1n);
  // @ts-expect-error
  signal.insert('/none', undefined);
  // @ts-expect-error
  signal.set_value('/object', object);
  // @ts-expect-error
  signal.set_int('/n', 'text');
  // @ts-expect-error
  signal.noSuchFunction();
  // @ts-expect-error
  signal['rows'] = 1;
  // @ts-expect-error
  hub.create(7);
  // @ts-expect-error
  hub.listen(null, 'port');
  // @ts-expect-error
  ServerSignal.Patch.from('text');
  // @ts-expect-error
  print(ServerSignal.Error.NO_SUCH);
}
