#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A thousand random commits, followed by clients that are not ours.

The server makes random commits on two signals: writes, inserts, removals, moves, whole
replacements, transactions, keys with everything in them. Clients join in the middle. After every
frame a client has to hold exactly a document that the server had, in order, none missing and none
twice, down to the type of each number. The frames that the first one read are kept for the suite "web", where another
library applies them again.

Usage: foreign.py [RECORD]    SS_TEST_SEED and SS_TEST_COMMITS are read from the environment
"""

import json
import os
import pathlib
import random
import subprocess
import sys

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Json', '1.0')
from gi.repository import GLib, Gio, Json, ServerSignal

COMMITS = int(os.environ.get('SS_TEST_COMMITS', 1000))
# Not "-": the other library takes a member of that name for the end of a list.
KEYS = ['a', 'b', '', '/', '~', '~1', 'a/b', 'm~n', '"', '\\', 'ä', '日本', '\u2028', 'key with space',
        '\x01', '0', '1', '😀']


class Walk:
    """Random documents and random writes to them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def scalar(self):
        r = self.random
        return r.choice([None, True, False, r.randint(-5, 5), r.randint(-2**63, 2**63 - 1),
                         r.random(), float(r.randint(-3, 3)), 1e300, 5e-324, 0.1, r.choice(KEYS),
                         'text ' * r.randint(0, 9)])

    def value(self, depth=3):
        r = self.random
        kind = r.random()
        if depth == 0 or kind < 0.5:
            return self.scalar()
        if kind < 0.75:
            return [self.value(depth - 1) for _ in range(r.randint(0, 5))]
        return {key: self.value(depth - 1) for key in r.sample(KEYS, r.randint(0, 5))}

    def place(self, document, pointer=''):
        """A random place in the document: its pointer, its parent, its key."""
        r = self.random
        parent, key = None, None
        here = document
        while isinstance(here, (list, dict)) and here and (not pointer or r.random() < 0.7):
            if isinstance(here, list):
                key = r.randrange(len(here))
            else:
                key = r.choice(list(here))
            parent, here = here, here[key]
            pointer += '/' + str(key).replace('~', '~0').replace('/', '~1')
        return pointer, parent, key, here

    def lists(self, document, pointer=''):
        if isinstance(document, (list, dict)):
            if isinstance(document, list) and document:
                yield pointer, document
            items = enumerate(document) if isinstance(document, list) else document.items()
            for key, value in items:
                yield from self.lists(value, pointer + '/' +
                                      str(key).replace('~', '~0').replace('/', '~1'))

    def write(self, signal):
        r = self.random
        document = json.loads(signal.dup_json(None))
        pointer, parent, _, here = self.place(document)
        lists = list(self.lists(document))
        kind = r.random()
        if kind < 0.05 or parent is None:
            signal.set_json('', json.dumps({'rows': [self.value() for _ in range(r.randint(0, 12))],
                                            **{key: self.value() for key in r.sample(KEYS, 3)}}))
        elif kind < 0.25 and lists:
            at, items = r.choice(lists)
            signal.insert_value(f'{at}/{r.randint(0, len(items))}',
                                Json.from_string(json.dumps({'new': self.scalar()})))
        elif kind < 0.40 and lists:
            at, items = r.choice(lists)
            signal.move(f'{at}/{r.randrange(len(items))}', f'{at}/{r.randrange(len(items))}')
        elif kind < 0.50:
            signal.remove(pointer)
        elif kind < 0.60 and isinstance(here, dict):
            key = r.choice(KEYS).replace('~', '~0').replace('/', '~1')
            signal.set_json(f'{pointer}/{key}', json.dumps(self.value()))
        elif kind < 0.70 and isinstance(here, list):
            r.shuffle(here)
            signal.set_json(pointer, json.dumps(here))
        elif kind < 0.80:
            signal.set_double(pointer, r.choice([r.random(), 1.0, -0.5, 1e22]))
        elif kind < 0.90:
            signal.set_int(pointer, r.randint(-2**63, 2**63 - 1))
        else:
            signal.set_string(pointer, r.choice(KEYS))


def canonical(text):
    return json.dumps(json.loads(text), sort_keys=True)


def wait_until(condition, seconds=60):
    context = GLib.MainContext.default()
    expired = []
    timeout = GLib.timeout_add_seconds(seconds, lambda: expired.append(True) or True)
    while not condition() and not expired:
        context.iteration(True)
    GLib.source_remove(timeout)
    assert not expired, 'waited too long'


def main():
    seed = int(os.environ.get('SS_TEST_SEED', random.SystemRandom().randrange(2**32)))
    print(f'# seed {seed}: SS_TEST_SEED={seed} repeats this run', flush=True)
    walk = Walk(seed)
    signals = [ServerSignal.Signal.new_from_json(name, '{"rows": []}') for name in ('one', 'two/~"')]
    states = {}
    for signal in signals:
        states[signal.get_name()] = [canonical(signal.dup_json(None))]
        signal.connect('notify::value', lambda signal, _:
                       states[signal.get_name()].append(canonical(signal.dup_json(None))))

    hub = ServerSignal.SignalHub()
    for signal in signals:
        hub.add(signal)
    hub.listen(None, 0)

    clients = []

    def join():
        clients.append(subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).with_name('foreign_client.py')),
             hub.dup_uri()], stdout=subprocess.PIPE, text=True))
        outputs.append([])
        GLib.io_add_watch(clients[-1].stdout.fileno(), GLib.PRIORITY_DEFAULT,
                          GLib.IOCondition.IN | GLib.IOCondition.HUP, read, len(clients) - 1)

    outputs = []

    def read(fd, condition, which):
        data = os.read(fd, 1 << 20)
        outputs[which].append(data)
        return bool(data)

    def commits():
        return sum(len(of) - 1 for of in states.values())

    join()
    wait_until(lambda: hub.get_peers().get_n_items() == 1)
    while commits() < COMMITS:
        signal = walk.random.choice(signals)
        try:
            if walk.random.random() < 0.2:
                with signal.freeze_notify():
                    for _ in range(walk.random.randint(1, 8)):
                        walk.write(signal)
            else:
                walk.write(signal)
        except GLib.Error as error:
            # Some of the random writes have no place to go; those change nothing.
            assert error.domain == 'server-signal-error-quark', error
        # Two clients join in the middle, while commits go on.
        if len(clients) < 3 and commits() > COMMITS * len(clients) // 3:
            join()
        GLib.MainContext.default().iteration(False)
    wait_until(lambda: hub.get_peers().get_n_items() == 3)
    for signal in signals:
        signal.set_json('', '{"done": true}')
    wait_until(lambda: all(client.poll() is not None for client in clients))
    # The rest of what they printed.
    wait_until(lambda: all(output and output[-1] == b'' for output in outputs))

    frames = None
    for number, (client, output) in enumerate(zip(clients, outputs)):
        assert client.returncode == 0, f'client {number} ended with {client.returncode}'
        seen = {}
        texts = []
        for line in b''.join(output).decode().split('\n')[:-1]:
            name, state, text = line.split('\t', 2)
            seen.setdefault(name, []).append(state)
            texts.append(text)
        frames = frames or texts
        assert set(seen) == set(states), f'client {number} saw {sorted(seen)}'
        for name, of in seen.items():
            expected = states[name][len(states[name]) - len(of):]
            for at, (got, want) in enumerate(zip(of, expected)):
                assert got == want, (f'client {number}, signal {name}, frame {at}:\n'
                                     f'  got    {got[:2000]}\n  server {want[:2000]}')
            print(f'# client {number}, {name}: {len(of)} of {len(states[name])} states, all exact')
        assert number == 0 or sum(map(len, seen.values())) < COMMITS, 'it did not join in the middle'
    assert commits() >= COMMITS

    if len(sys.argv) > 1:
        pathlib.Path(sys.argv[1]).write_text(json.dumps(
            {'frames': frames, 'documents': {name: of[-1] for name, of in states.items()},
             'states': states}))
    print(f'# {commits()} commits')


if __name__ == '__main__':
    main()
