#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Signals on real Redis servers, and everything that can go wrong with them.

Two processes stand by for each other as the owners of two signals, two count up two others without a
lease, three hubs publish all four, and fifty clients go from hub to hub. All connections to the server go
through a proxy, which cuts them at any byte, delays them, lets them trickle, and goes silent. Meanwhile
scripts, keys and whole databases are lost, memory and disk are full, processes and servers are killed
or stopped for longer than a lease, and a replica that was behind takes the place of its primary.

After each round everything is held and must come to rest: each hub and each client shows what the
server has, the histories there are single chains, nothing that peers were shown is gone within one
life, and where nothing could be lost the counters have what was counted, no less and no more.

Usage: store.py WORKER PROXY [--rounds N] [--faults N] [--seconds N] [--count N]
  --count N  only counting: eight processes make N updates, with faults of the network
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import queue
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 60
LEASE = 0.8
OWNED = ['a', 'b']
COUNTED = ['u', 'v']
NAMES = OWNED + COUNTED


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


class Failed(AssertionError):
    pass


def wait_until(what, condition, seconds=DEADLINE):
    end = time.monotonic() + seconds * float(os.environ.get('SS_TEST_SLOW', 1))
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.005)
    raise Failed(f'waited in vain for {what}')


class Redis:
    """A server, and a connection to it that speaks as much of its protocol as is needed."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.port = free_port()
        self.process = None
        self.file = None
        self.start()

    def start(self):
        # A server that is killed has written everything: "everysec" puts writing off while the disk is
        # busy.
        self.process = subprocess.Popen(
            ['redis-server', '--port', str(self.port), '--bind', '127.0.0.1', '--dir', str(self.folder),
             '--appendonly', 'yes', '--appendfsync', 'no', '--save', '', '--repl-diskless-sync-delay', '0'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            # A file that is too large is an error then, as it is where the disk is full.
            restore_signals=False)
        self.file = None
        wait_until('a server', self.is_ready)

    def is_ready(self):
        with contextlib.suppress(OSError):
            if self.file is None:
                sock = socket.create_connection(('127.0.0.1', self.port))
                self.file = sock.makefile('rwb')
            return self('PING') == b'PONG'
        self.file = None
        return False

    def __call__(self, *args):
        args = [arg if isinstance(arg, bytes) else str(arg).encode() for arg in args]
        self.file.write(b'*%d\r\n' % len(args) + b''.join(b'$%d\r\n%s\r\n' % (len(a), a) for a in args))
        self.file.flush()
        return self.read()

    def read(self):
        line = self.file.readline()
        if not line:
            raise OSError('closed')
        kind, rest = line[:1], line[1:-2]
        if kind == b'+':
            return rest
        if kind == b'-':
            return Exception(rest.decode())
        if kind == b':':
            return int(rest)
        if kind == b'$':
            return None if rest == b'-1' else self.file.read(int(rest) + 2)[:-2]
        return [self.read() for _ in range(int(rest))]

    def has_log(self):
        info = self('INFO', 'persistence')
        return all(part in info for part in (b'aof_enabled:1', b'aof_rewrite_in_progress:0',
                                             b'aof_rewrite_scheduled:0'))

    def limit_files(self, size):
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def log_size(self):
        return max(path.stat().st_size for path in self.folder.glob('appendonlydir/*.incr.aof'))

    def kill(self):
        self.process.kill()
        self.process.wait()


class Proxy:
    """The network between the processes and the server."""

    def __init__(self, program, server):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        _, self.host, port = self.process.stdout.readline().split()
        self.port = int(port)
        self('upstream', server.port)

    def __call__(self, *words):
        """Whether there was a connection to do that to."""
        self.process.stdin.write(' '.join(str(word) for word in words) + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline() == 'done\n'


class Sentinel(threading.Thread):
    """Names the proxy to all who ask for the primary."""

    def __init__(self, proxy):
        super().__init__(daemon=True)
        self.proxy = proxy
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            sock, _ = self.listener.accept()
            with sock, contextlib.suppress(OSError):
                sock.recv(4096)
                place = self.proxy.host.encode(), str(self.proxy.port).encode()
                sock.sendall(b'*2\r\n' + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in place))
                sock.recv(1)


class Worker:
    def __init__(self, model, role, where, names):
        self.model, self.role, self.args = model, role, [role, where, *names]
        self.inflight = 0
        self.start()

    def start(self):
        self.stated, self.states, self.running, self.port = 0, [], 0, None
        self.process = subprocess.Popen([self.model.program, *self.args], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding='utf-8',
                                        env=self.model.env)
        self.reader = threading.Thread(target=self.read, args=(self.process,), daemon=True)
        self.reader.start()

    def read(self, process):
        states = []
        for line in process.stdout:
            word, _, rest = line.rstrip('\n').partition(' ')
            if word == 'state':
                states.append(json.loads(rest))
            elif word == 'stated':
                self.states, states = states, []
                self.running = int(rest)
                self.stated += 1
            elif word == 'port':
                self.port = int(rest)
            else:
                self.model.hear(self, word, rest)

    def tell(self, line):
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(line + '\n')
            self.process.stdin.flush()

    def kill(self):
        self.process.kill()
        self.process.wait()
        # Everything that it had said is counted before anything is compared with it.
        self.reader.join()

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)


class Model:
    def __init__(self, program, proxy, folder, rand):
        self.program, self.rand, self.folder = program, rand, pathlib.Path(folder)
        self.env = dict(os.environ, G_DEBUG='fatal-criticals')
        self.lock = threading.Lock()
        self.shown = {}        # (name, epoch): the newest revision that peers were shown
        self.counted = dict.fromkeys(COUNTED, 0)
        self.unknown = dict.fromkeys(COUNTED, 0)
        self.said = {}
        self.truth = None
        self.faults = []       # of this round
        self.done = {}         # kind of fault: how many
        self.n_servers = 0
        self.server = self.new_server()
        self.proxy = Proxy(proxy, self.server)
        self.sentinel = Sentinel(self.proxy)
        self.workers = []

    def new_server(self):
        self.n_servers += 1
        return Redis(self.folder / f'redis-{self.n_servers}')

    def uri(self):
        return f'redis+sentinel://127.0.0.1:{self.sentinel.port}/main?prefix=t'

    def begin(self):
        self.owners = [Worker(self, 'own', self.uri(), OWNED) for _ in range(2)]
        self.updaters = [Worker(self, 'update', self.uri(), COUNTED) for _ in range(2)]
        self.hubs = [Worker(self, 'hub', self.uri(), NAMES) for _ in range(3)]
        self.clients = Worker(self, 'clients', '50', NAMES)
        self.workers = self.owners + self.updaters + self.hubs + [self.clients]
        self.tell_ports()

    def tell_ports(self):
        wait_until('the hubs', lambda: all(hub.port for hub in self.hubs))
        self.clients.tell('ports ' + ' '.join(str(hub.port) for hub in self.hubs))

    def hear(self, worker, word, rest):
        with self.lock:
            name, _, rest = rest.partition(' ')
            if word == 'shown':
                epoch, revision = rest.split()
                key = name, epoch
                self.shown[key] = max(self.shown.get(key, 0), int(revision))
            elif word == 'counted':
                self.counted[name] += 1
            elif word == 'refused' and name in self.unknown:
                self.unknown[name] += 1
            if word == 'refused':
                word = f'refused: {rest}'
            self.said[word] = self.said.get(word, 0) + 1

    # Faults. Those that may lose commits say so.

    def kill_client(self):
        self.server('CLIENT', 'KILL', 'TYPE', self.rand.choice(['normal', 'pubsub']), 'SKIPME', 'yes')

    def on_the_way(self, kind, *words):
        return self.proxy(kind, self.rand.randrange(1000), self.rand.randrange(2), *words)

    def cut(self):
        """Before, within or behind a command or a reply."""
        self.on_the_way('cut', self.rand.choice([0, 1, self.rand.randrange(500), self.rand.randrange(20000)]),
                        self.rand.randrange(2))

    def delay(self):
        self.on_the_way('delay', self.rand.randrange(1, 100))

    def dribble(self):
        self.on_the_way('dribble', self.rand.randrange(1, 300))

    def hold(self):
        self.on_the_way('hold', self.rand.randrange(1, 100))

    def refuse(self):
        self.proxy('refuse', self.rand.randrange(1, 4))

    def break_all(self):
        self.proxy('break')

    def go_silent(self):
        """Nobody is told, so it takes the time of three looks at the connection."""
        self.on_the_way('stall')

    def flush_scripts(self):
        self.server('SCRIPT', 'FLUSH')

    def fill(self):
        self.server('CONFIG', 'SET', 'maxmemory', '1')
        time.sleep(0.02)
        self.server('CONFIG', 'SET', 'maxmemory', '0')

    def fill_disk(self):
        server = self.server
        if server('CONFIG', 'GET', 'appendonly')[1] != b'yes':
            return
        server.limit_files(server.log_size())
        time.sleep(0.1)
        server.limit_files(resource.RLIM_INFINITY)
        # Everything that it has confirmed is on the disk again before anything else happens.
        wait_until('the disk', lambda: b'aof_last_write_status:ok' in server('INFO', 'persistence'))

    def stall(self):
        self.server.process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        self.server.process.send_signal(signal.SIGCONT)

    def kill_owner(self):
        self.restart(self.rand.choice(self.owners))

    def kill_updater(self):
        worker = self.rand.choice(self.updaters)
        with self.lock:
            for name in COUNTED:
                self.unknown[name] += 2
        self.restart(worker)

    def kill_hub(self):
        self.restart(self.rand.choice(self.hubs))
        self.tell_ports()

    def restart(self, worker):
        worker.kill()
        worker.start()
        worker.tell('go')

    def pause_owner(self):
        self.rand.choice(self.owners).pause(LEASE * 1.5)

    def kill_server(self):
        self.server.kill()
        self.server.start()

    def flush_all(self):
        self.server('FLUSHALL')

    def shrink(self):
        """The server throws keys away by its own choice."""
        used = int(self.server('INFO', 'memory').split(b'used_memory:')[1].split(b'\r')[0])
        self.server('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random')
        self.server('CONFIG', 'SET', 'maxmemory', used - 1000)
        time.sleep(0.02)
        self.server('CONFIG', 'SET', 'maxmemory', '0')
        self.server('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')

    def evict(self):
        name = self.rand.choice(NAMES)
        self.server('DEL', self.rand.choice([f't:{{{name}}}', f't:{{{name}}}:log']))

    def fail_over(self):
        """To a replica that is some commits behind."""
        other = self.new_server()
        other('REPLICAOF', '127.0.0.1', self.server.port)
        wait_until('a replica', lambda: b'master_link_status:up' in other('INFO', 'replication'))
        other('REPLICAOF', 'NO', 'ONE')
        # Its log begins anew with what it has got.
        wait_until('a log', lambda: other.has_log())
        time.sleep(0.05)
        old, self.server = self.server, other
        self.proxy('upstream', other.port)
        old.kill()

    HARMLESS = ['cut'] * 18 + ['kill_client'] * 8 + ['delay'] * 4 + ['dribble'] * 4 + ['hold'] * 3 + \
        ['refuse', 'refuse', 'break_all'] + ['flush_scripts'] * 5 + ['fill'] * 3 + ['stall'] * 3 + \
        ['kill_owner', 'kill_updater', 'kill_hub', 'kill_server']
    LOSSY = ['flush_all', 'evict', 'shrink', 'fail_over']
    # Once in so many rounds, as they take seconds.
    SLOW = {'pause_owner': 3, 'fill_disk': 4, 'go_silent': 10}

    def round(self, number, n_faults, lossy):
        for worker in self.workers:
            worker.tell('go')
        time.sleep(0.1)
        self.faults = faults = [self.rand.choice(self.HARMLESS) for _ in range(n_faults)]
        if lossy:
            for kind in self.LOSSY:
                faults[self.rand.randrange(len(faults))] = kind
        for at, (kind, rounds) in enumerate(self.SLOW.items(), 1):
            if number % rounds == 1:
                faults[-at] = kind
        for kind in faults:
            getattr(self, kind)()
            self.done[kind] = self.done.get(kind, 0) + 1
            time.sleep(self.rand.random() * 0.02)
        for worker in self.workers:
            worker.tell('hold')
        self.proxy('calm')
        self.settle(lossy)

    # Checks

    def ask(self, worker):
        before = worker.stated
        worker.tell('state')
        wait_until(f'the state of {worker.role}', lambda: worker.stated > before)
        return worker.states

    def read_server(self, name):
        """The signal as the server has it, and whether it is one chain."""
        head = f't:{{{name}}}'
        fields = self.server('HMGET', head, 'e', 'r', 'c', 's', 'sr', 'sc')
        if isinstance(fields, Exception) or fields[0] is None:
            return None
        epoch, revision, chain, text, at, at_chain = fields
        document, at = json.loads(text), int(at)
        before = None
        for id_, (_, meta, _, patch) in self.server('XRANGE', head + ':log', '-', '+'):
            number = int(id_.partition(b'-')[0])
            base, mark, writer = meta.split(b' ', 2)
            digest = hashlib.sha256(struct.pack('>QQ', number - 1, int(base, 16)) + writer + b'\0' + patch)
            if digest.hexdigest()[:16].encode() != mark:
                raise Failed(f'{name}: revision {number} does not follow on its base')
            if before not in (None, (number - 1, base)):
                raise Failed(f'{name}: two chains at revision {number}')
            before = number, mark
            if number == at + 1:
                if base != at_chain:
                    raise Failed(f'{name}: the snapshot is of another chain')
                document = jsonpatch.apply_patch(document, json.loads(patch))
                at, at_chain = number, mark
        if (at, at_chain) != (int(revision), chain):
            return 'gap'
        return {'name': name, 'epoch': epoch.decode(), 'rev': at, 'stale': False, 'value': document}

    def differences(self):
        truth = {}
        # First, as the server is not the same after them.
        for worker in self.updaters:
            self.ask(worker)
            if worker.running > 0:
                return 'updates are under way'
        for name in NAMES:
            truth[name] = self.read_server(name)
            if not isinstance(truth[name], dict):
                return f'{name} on the server: {truth[name]}'
        for worker in self.hubs + [self.clients]:
            for state in self.ask(worker):
                if state != truth[state['name']]:
                    return f'{worker.role}: {json.dumps(state)[:300]} and not {json.dumps(truth[state["name"]])[:300]}'
        # A command of a process that was killed may still have been on its way.
        if truth != self.truth:
            self.truth = truth
            return 'the server has changed'
        return None

    def settle(self, lossy):
        end = time.monotonic() + DEADLINE * float(os.environ.get('SS_TEST_SLOW', 1))
        while True:
            found = self.differences()
            if found is None:
                break
            # Nobody but the updaters makes these anew.
            if lossy and any(self.read_server(name) is None for name in COUNTED):
                for worker in self.updaters:
                    worker.tell('go')
                time.sleep(0.05)
                for worker in self.updaters:
                    worker.tell('hold')
            if time.monotonic() > end:
                raise Failed(found)
            time.sleep(0.02)

        with self.lock:
            for name in OWNED:
                state = self.truth[name]
                shown = self.shown.get((name, state['epoch']), 0)
                if shown > state['rev']:
                    raise Failed(f'{name}: peers were shown {shown}, the server has {state["rev"]}')
            for name in COUNTED:
                count = self.truth[name]['value']['count']
                if not lossy:
                    least, most = self.counted[name], self.counted[name] + self.unknown[name]
                    if not least <= count <= most:
                        raise Failed(f'{name}: {count} on the server, {least} to {most} were counted')
                self.counted[name], self.unknown[name] = count, 0

    def describe(self):
        """For a failure."""
        print(f'# the last round: {" ".join(self.faults)}')
        for name in NAMES:
            print(f'# server: {name}: {json.dumps(self.read_server(name))[:200]}')
        print(f'# server: {self.server("KEYS", "*")}')
        print(f'# server: {self.server("CLIENT", "LIST").decode()}'.replace('\n', '\n# '))
        for worker in self.hubs + self.owners + self.updaters:
            print(f'# {worker.role}: {worker.process.poll()}')
            with contextlib.suppress(Failed):
                for state in self.ask(worker):
                    print(f'# {worker.role}: {json.dumps(state)[:200]}')

    def end(self):
        for worker in self.workers:
            worker.tell('quit')
        for worker in self.workers:
            try:
                status = worker.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                worker.kill()
                raise Failed(f'{worker.role} does not end') from None
            if status != 0:
                raise Failed(f'{worker.role} ended with {status}')

    def clear(self):
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()
        if self.server.process.poll() is None:
            self.server.kill()
        self.proxy.process.kill()
        self.proxy.process.wait()


def count_only(model, n):
    """Eight processes, nothing but updates, and a bad network."""
    model.workers = model.updaters = [Worker(model, 'update', model.uri(), ['u']) for _ in range(8)]
    model.hubs, model.clients = [], None
    for worker in model.workers:
        worker.tell('go')
    while True:
        with model.lock:
            if model.counted['u'] >= n:
                break
        kind = model.rand.choice(['cut', 'cut', 'kill_client', 'delay', 'dribble', 'hold', 'refuse', 'flush_scripts'])
        getattr(model, kind)()
        model.done[kind] = model.done.get(kind, 0) + 1
        time.sleep(0.05)
    for worker in model.workers:
        worker.tell('hold')
    model.proxy('calm')

    def count():
        # Its parts are read one after the other.
        while not isinstance(state := model.read_server('u'), dict):
            time.sleep(0.05)
        return state['value']['count']

    def at_rest():
        with model.lock:
            return model.counted['u'] + model.unknown['u'] >= count()

    before = -1
    while before != (before := count()):
        time.sleep(0.5)
    wait_until('the answers', at_rest)
    with model.lock:
        if not model.counted['u'] <= before <= model.counted['u'] + model.unknown['u']:
            raise Failed(f'{before} on the server, {model.counted["u"]} were counted, '
                         f'{model.unknown["u"]} are not known')
        print(f'# {before} on the server, {model.counted["u"]} counted, {model.unknown["u"]} not known')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('worker')
    parser.add_argument('proxy')
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--faults', type=int, default=50)
    parser.add_argument('--seconds', type=int, default=int(os.environ.get('SS_TEST_SECONDS', 0)))
    parser.add_argument('--count', type=int)
    args = parser.parse_args()

    print('1..1')
    global jsonpatch
    try:
        import jsonpatch
    except ImportError:
        jsonpatch = None
    if jsonpatch is None or shutil.which('redis-server') is None:
        print('ok 1 - stores # SKIP redis-server or python3-jsonpatch is missing')
        return 0

    seed = int(os.environ.get('SS_TEST_SEED', random.randrange(2 ** 31)))
    print(f'# SS_TEST_SEED={seed}', flush=True)
    good = False
    with tempfile.TemporaryDirectory(prefix='server-signal-') as folder:
        model = Model(args.worker, args.proxy, folder, random.Random(seed))
        try:
            if args.count:
                count_only(model, args.count)
            else:
                model.begin()
                end = time.monotonic() + args.seconds
                number = 0
                while number < args.rounds or time.monotonic() < end:
                    number += 1
                    model.round(number, args.faults, lossy=number % 3 == 0)
            model.end()
            good = True
        except Failed as error:
            print(f'# {error}')
            if not args.count:
                model.describe()
        finally:
            model.clear()
            print(f'# faults: {sum(model.done.values())} {model.done}')
            for word, number in model.said.items():
                print(f'# {number} × {word}')
    print('ok 1 - stores' if good else 'not ok 1 - stores')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
