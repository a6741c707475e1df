#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Measures calls to our hub beside JSON-RPC over other WebSocket servers and beside D-Bus, in one run and in turn.

Usage: run.py OURS LOAD DBUS OUTPUT [--rounds N] [--seconds S] [--connections N]
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Connections, and calls of each under way at a time.
WAYS = (('one connection, one at a time', 1, 1), ('one connection, 64 at a time', 1, 64), ('{} connections', None, 1))


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Server:
    def __init__(self, command, load):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=raise_limit)
        self.load = load(self.process.stdout.readline().strip())

    def measure(self, connections, depth, seconds):
        text = subprocess.run([*self.load, str(connections), str(depth), str(seconds)], capture_output=True, text=True,
                              preexec_fn=raise_limit, timeout=seconds * 10 + 60).stdout
        answer = json.loads(text or '{"error": "nothing"}')
        if 'error' in answer:
            raise RuntimeError(answer['error'])
        return answer

    def end(self):
        self.process.terminate()
        self.process.wait()


def make_servers(options, folder):
    def copy(name):
        shutil.copytree(HERE / name, folder / name, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns('node_modules', 'packages', '__pycache__'))
        return folder / name

    def run(*command, **more):
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600, **more)

    def websocket(kind):
        return lambda port: [options.load, kind, port]

    def ours():
        return Server([options.ours], websocket('ours'))

    def node():
        work = copy('node')
        run('npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', cwd=work)
        return Server(['node', str(work / 'peer.mjs')], websocket('rpc'))

    def python():
        work = copy('python')
        run(sys.executable, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade',
            '--target', str(work / 'packages'), '--requirement', str(work / 'requirements.txt'))
        return Server(['env', f'PYTHONPATH={work / "packages"}', sys.executable, str(work / 'peer.py')],
                      websocket('rpc'))

    def dbus():
        path = os.path.join(tempfile.mkdtemp(dir=folder), 'bus')
        return Server([options.dbus, 'serve', path], lambda _: [options.dbus, 'load', path])

    servers = {}
    for name, make in (('server-signal', ours), ('ws', node), ('websockets', python), ('GDBus', dbus)):
        try:
            servers[name] = make()
        except (OSError, subprocess.SubprocessError) as problem:
            print(f'skipped: {name}: {problem}', flush=True)
    return servers


def measure(servers, options):
    lines = []
    for title, connections, depth in WAYS:
        connections = connections or options.connections
        found = {name: [] for name in servers}
        for _ in range(options.rounds):
            for name, server in servers.items():
                try:
                    found[name].append(server.measure(connections, depth, options.seconds))
                except (RuntimeError, subprocess.SubprocessError) as problem:
                    print(f'failed: {name}: {problem}', flush=True)
        lines += ['', title.format(connections)]
        ours = [answer['calls'] / answer['seconds'] for answer in found['server-signal']]
        for name, answers in found.items():
            if not answers:
                continue
            rates = [answer['calls'] / answer['seconds'] for answer in answers]
            p99 = statistics.median(answer['p99'] for answer in answers)
            ratio = statistics.median(one / other for one, other in zip(ours, rates))
            lines.append(f'  {name:14} {statistics.median(rates):9,.0f} calls/s   p99 {p99 / 1000:8.2f} ms'
                         f'   {ratio:5.2f} times of it are ours')
    return lines


def measure_cpu(server, options):
    answers = []
    for _ in range(options.rounds):
        text = subprocess.run([options.load, 'cpu', server.load[2]], capture_output=True, text=True, check=True,
                              timeout=300).stdout
        answers.append(json.loads(text))
    lines = ['', 'the processor of our hub']
    for title, end in (('one in a turn', ''), ('64 in a turn', '-together')):
        call, update = (statistics.median(answer[key + end] for answer in answers) for key in ('call', 'update'))
        ratio = statistics.median(answer['call' + end] / answer['update' + end] for answer in answers)
        lines.append(f'  {title:14} a call {call:6.2f} µs, an update of one client {update:6.2f} µs, {ratio:.2f} times')
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('ours', 'load', 'dbus', 'output'):
        parser.add_argument(name)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=2)
    parser.add_argument('--connections', type=int, default=1000)
    options = parser.parse_args()

    folder = pathlib.Path(options.output) / 'calls-peers'
    folder.mkdir(parents=True, exist_ok=True)
    servers = make_servers(options, folder)
    try:
        lines = measure(servers, options) + measure_cpu(servers['server-signal'], options)
    finally:
        for server in servers.values():
            server.end()
    text = '\n'.join(lines[1:]) + '\n'
    print(text, end='')
    (pathlib.Path(options.output) / 'calls.txt').write_text(text)


if __name__ == '__main__':
    main()
