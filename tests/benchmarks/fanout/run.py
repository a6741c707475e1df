#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Measures our hub beside other WebSocket servers, in one run and in turn.

Prints a table and writes it with a plot into the folder OUTPUT: fanout.txt and fanout.svg.

Usage: run.py OURS LIBSOUP BARE LOAD OUTPUT [options]
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import select
import shutil
import statistics
import subprocess
import sys
import time

import report

HERE = pathlib.Path(__file__).resolve().parent
DELIVERIES_A_SECOND = 20000
READERS = 10
LARGE_MESSAGES = 2000
BESIDE_MOST = 1000
BESIDE_LARGE_MESSAGES = 150
ACCEPTED = 1000
ACCEPT_SECONDS = 20


class Failed(Exception):
    pass


class Server:
    """A server program and the client that loads it, each a process that ends with this."""

    def __init__(self, name, command):
        self.name = name
        self.load = None
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, preexec_fn=raise_limit)

    def start(self, load):
        numbers = read_line(self.process, 20).split()
        if len(numbers) < 2:
            raise Failed('it does not start')
        self.high_water = int(numbers[2]) if len(numbers) > 2 else None
        self.load = subprocess.Popen([load, numbers[0], numbers[1], str(self.process.pid)], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True, preexec_fn=raise_limit)

    def ask(self, command, timeout=120):
        try:
            self.load.stdin.write(command + '\n')
            self.load.stdin.flush()
        except OSError as problem:
            raise Failed(str(problem)) from problem
        line = read_line(self.load, timeout)
        try:
            answer = json.loads(line)
        except ValueError as problem:
            raise Failed(f'no answer to {command!r}') from problem
        if 'error' in answer:
            raise Failed(answer['error'])
        return answer

    def end(self):
        for process in (self.load, self.process):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def read_line(process, timeout):
    """A line that comes whole and as the last one, or nothing."""
    if not select.select([process.stdout], [], [], timeout)[0]:
        return ''
    return process.stdout.readline()


def make_peers(folder, wanted):
    """The commands of the servers that can be had here; the others are named. The programs that are built stay in the
    folder."""
    peers = {}

    def attempt(name, what, function):
        if wanted is not None and name not in wanted:
            return
        try:
            peers[name] = function()
        except (OSError, subprocess.SubprocessError) as problem:
            detail = (getattr(problem, 'stderr', None) or str(problem)).strip() or what
            print(f'skipped: {name}: {what}: {detail.splitlines()[-1][:120]}', flush=True)

    def run(*command, **options):
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800, **options)

    def copy(name):
        shutil.copytree(HERE / name, folder / name, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns('target', 'node_modules', '__pycache__'))
        return folder / name

    def rust(name):
        work = copy(name)
        run('cargo', 'build', '--release', '--quiet', cwd=work)
        return [str(work / 'target' / 'release' / f'fanout-{name}')]

    def node():
        work = copy('node')
        run('npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', cwd=work)
        return ['node', str(work / 'peer.mjs')]

    def python():
        work = copy('python')
        run(sys.executable, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade',
            '--target', str(work / 'packages'), '--requirement', str(work / 'requirements.txt'))
        return ['env', f'PYTHONPATH={work / "packages"}', sys.executable, str(work / 'peer.py')]

    attempt('ws', 'npm', node)
    attempt('websockets', 'pip', python)
    attempt('tungstenite', 'cargo', lambda: rust('tungstenite'))
    attempt('leptos', 'cargo', lambda: rust('leptos'))
    return peers


class Results:
    """The figures: values[column, clients][server] has one value a round."""

    def __init__(self):
        self.values = {}
        self.problems = []
        self.high_water = None

    def add(self, column, clients, name, value):
        self.values.setdefault((column, clients), {}).setdefault(name, []).append(value)

    def get(self, column, clients, name):
        values = self.values.get((column, clients), {}).get(name)
        return statistics.median(values) if values else None

    def ratio(self, column, clients, name, other):
        """The median of the rounds' ratios: what slows the machine for a while slows both."""
        mine = self.values.get((column, clients), {}).get(name)
        theirs = self.values.get((column, clients), {}).get(other)
        if not mine or not theirs:
            return None
        return statistics.median(a / b for a, b in zip(mine, theirs) if b)

    def fail(self, name, where, problem):
        self.problems.append(f'{name}, {where}: {problem}')
        print(f'  failed: {self.problems[-1]}', flush=True)


@contextlib.contextmanager
def servers(commands, load, results, where):
    """All of them at once: those that are not being measured are idle."""
    running = {}
    try:
        for name, command in commands.items():
            server = Server(name, command)
            running[name] = server
            try:
                server.start(load)
            except Failed as problem:
                results.fail(name, where, problem)
                running.pop(name).end()
        yield running
    finally:
        for server in running.values():
            server.end()


def in_turn(running, number):
    """Another one is the first in each round."""
    names = list(running)
    start = number % max(len(names), 1)
    return names[start:] + names[:start]


def each(running, number, results, where, function):
    for name in in_turn(running, number):
        try:
            function(name, running[name])
        except Failed as problem:
            results.fail(name, where, problem)
            running.pop(name).end()


def measure_clients(commands, n, options, results, slow):
    """The columns that need connections which stay; slow: the slowest of them as well."""
    where = f'{n} clients'
    seconds = options.seconds
    rate = DELIVERIES_A_SECOND / n

    def open_all(name, server):
        answer = server.ask(f'open {n} 120', 200)
        # Among few connections what a server needs anyhow would be counted as theirs.
        if n == max(map(int, options.clients.split(','))):
            results.add('kb', n, name, answer['kb'])
        server.ask('flight 0.1 1')

    def one(name, server):
        results.add('one', n, name, server.ask(f'flight {seconds} 1')['us'])

    def burst(name, server):
        answer = server.ask(f'flight {seconds} 8')
        results.add('burst', n, name, answer['per_second'])
        results.add('burst us', n, name, answer['us'])
        results.add('merged', n, name, answer['merged'] / answer['messages'])

    def paced(name, server):
        answer = server.ask(f'paced {max(2 * seconds, 3 / rate)} {rate}')
        results.add('p50', n, name, answer['p50'])
        results.add('p99', n, name, answer['p99'])

    def fast_single(name, server):
        answer = server.ask(f'single {seconds} 1000')
        results.add('single 1000', n, name, answer['us'])

    def slow_single(name, server):
        results.add('single 50', n, name, server.ask(f'single {2 * seconds} 50')['us'])

    with servers(commands, options.load, results, where) as running:
        each(running, 0, results, where, open_all)
        for number in range(options.rounds):
            for phase in (one, burst, paced, fast_single) + ((slow_single,) if slow else ()):
                each(running, number, results, where, phase)


def measure_accept(commands, options, results):
    where = f'{ACCEPTED} at once'

    def accept(name, server):
        if results.values.get(('accept', ACCEPTED), {}).get(name, [0])[-1] >= ACCEPT_SECONDS:
            return
        answer = server.ask(f'accept {ACCEPTED} {ACCEPT_SECONDS}')
        results.add('accept', ACCEPTED, name, answer['seconds'] if answer['done'] else ACCEPT_SECONDS)
        if answer['done']:
            results.add('accept us', ACCEPTED, name, answer['us'])

    with servers(commands, options.load, results, where) as running:
        for number in range(options.rounds):
            each(running, number, results, where, accept)
            time.sleep(0.3)


def measure_stopped(commands, options, results):
    where = f'{READERS} readers that stop'

    def stop(name, server):
        server.ask(f'open {READERS + 1} 20')
        answer = server.ask(f'stopped {LARGE_MESSAGES}', 300)
        results.add('growth', READERS, name, answer['growth_kb'] / 1024)
        results.add('newest', READERS, name, answer['newest'])
        if server.high_water:
            results.high_water = server.high_water

    with servers(commands, options.load, results, where) as running:
        each(running, 0, results, where, stop)


def measure_beside(commands, n, options, results):
    """The latency of n clients while ten more have stopped reading, and the same without them."""
    where = f'{n} clients beside {READERS} readers that stop'
    seconds = max(4 * options.seconds, 3 * n / DELIVERIES_A_SECOND)

    def ask(server, readers):
        return server.ask(f'beside {readers} {BESIDE_LARGE_MESSAGES} {seconds} {DELIVERIES_A_SECOND / n}', 200)

    def open_all(name, server):
        server.ask(f'open {n} 120', 200)
        server.ask('flight 0.1 1')

    def beside(name, server):
        # Another state is the first in each round.
        answers = {readers: ask(server, readers) for readers in ((0, READERS) if number % 2 == 0 else (READERS, 0))}
        without, stopped = answers[0], answers[READERS]
        if stopped['left'] < READERS:
            raise Failed(f'{READERS - stopped["left"]} of the {READERS} that stopped were closed')
        if stopped['unsent_kb'] * 1024 < high_water:
            raise Failed(f'only {stopped["unsent_kb"]} kB wait for a stopped reader')
        for key in ('p50', 'p99'):
            results.add(f'without {key}', n, name, without[key])
            results.add(f'stopped {key}', n, name, stopped[key])
            results.add(f'stopped/without {key}', n, name, stopped[key] / without[key])

    with servers(commands, options.load, results, where) as running:
        high_water = max((server.high_water or 1 for server in running.values()), default=1)
        each(running, 0, results, where, open_all)
        for number in range(options.rounds):
            each(running, number, results, where, beside)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('ours', 'libsoup', 'bare', 'load', 'output'):
        parser.add_argument(name)
    parser.add_argument('--clients', default='100,1000,10000', help='numbers of clients')
    parser.add_argument('--peers', help='only these of ws,websockets,tungstenite,leptos,libsoup; "none" for none')
    parser.add_argument('--seconds', type=float, default=0.5, help='of one measurement')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--only', default='clients,accept,stopped,beside', help='parts to run')
    parser.add_argument('--also', action='append', default=[], metavar='NAME=OURS', help='another build of OURS')
    parser.add_argument('--folder', help='where the other servers are built, and stay')
    options = parser.parse_args()
    output = pathlib.Path(options.output)
    folder = pathlib.Path(options.folder or output / 'peers')
    for place in (output, folder):
        place.mkdir(parents=True, exist_ok=True)
    wanted = options.peers.split(',') if options.peers else None

    commands = {report.OURS: [options.ours]}
    for pair in options.also:
        name, program = pair.split('=', 1)
        commands[name] = [program]
    commands.update({report.BARE: [options.bare], report.JOINED: [options.bare, 'join']})
    if wanted is None or report.LIBSOUP in wanted:
        commands[report.LIBSOUP] = [options.libsoup]
    commands.update(make_peers(folder, wanted))

    results = Results()
    numbers = []
    for n in map(int, options.clients.split(',')):
        if n + 100 > resource.getrlimit(resource.RLIMIT_NOFILE)[1]:
            print(f'skipped: {n} clients: no more than {resource.getrlimit(resource.RLIMIT_NOFILE)[1]} open files here')
        else:
            numbers.append(n)

    parts = options.only.split(',')
    if 'clients' in parts:
        for n in numbers:
            print(f'{n} clients …', flush=True)
            measure_clients(commands, n, options, results, n in (min(numbers), max(numbers)))
    if 'accept' in parts:
        print('accepting …', flush=True)
        # As libsoup's own listening has it.
        measure_accept({name: command + ['local'] if name == report.LIBSOUP else command
                        for name, command in commands.items()}, options, results)
    if 'stopped' in parts:
        print('readers that stop …', flush=True)
        measure_stopped(commands, options, results)

    if 'beside' in parts:
        for n in numbers:
            if n <= BESIDE_MOST:
                print(f'{n} clients beside readers that stop …', flush=True)
                measure_beside(commands, n, options, results)

    text = report.make_table(results, list(commands), numbers, ACCEPTED, READERS)
    print(text)
    (output / 'fanout.txt').write_text(text + '\n')
    (output / 'fanout.svg').write_text(report.make_plot(results, list(commands), numbers, ACCEPTED, READERS))


if __name__ == '__main__':
    main()
