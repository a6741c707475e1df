#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Runs benchmark-store on a Redis server of its own, and peers beside it. See README.md."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PARTS = ['commits', 'latency', 'kill', 'memory', 'peers']
HERE = pathlib.Path(__file__).resolve().parent


def run(program, worker, part, socket, commits):
    output = subprocess.run([program, socket, worker, part, str(commits)], check=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def run_peers(socket):
    """socket.io with its adapter of Redis streams, and Colyseus with its presence on Redis."""
    if shutil.which('node') is None or not (HERE / 'node_modules').exists():
        print(f'peers: skipped, there is no node or no {HERE.name}/node_modules (npm install in {HERE})')
        return {}
    found = {}
    for peer in 'socketio', 'colyseus':
        process = subprocess.run(['node', str(HERE / 'peers.mjs'), peer, socket], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, timeout=120)
        if process.returncode != 0:
            print(f'peers: {peer} skipped: {(process.stderr.strip() or "it failed").splitlines()[-1]}')
        else:
            found.update(json.loads(process.stdout))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('program', help='benchmark-store of a release build')
    parser.add_argument('worker', help='store-worker of that build')
    parser.add_argument('--also', action='append', default=[], metavar='NAME=PROGRAM,WORKER', help='another build')
    parser.add_argument('--only', default=','.join(PARTS), help='some of ' + ', '.join(PARTS))
    parser.add_argument('--rounds', type=int, default=3, help='the builds take turns; figures are medians')
    parser.add_argument('--commits', type=int, default=50000)
    args = parser.parse_args()
    builds = {'ours': f'{args.program},{args.worker}'}
    builds.update(text.split('=', 1) for text in args.also)
    parts = args.only.split(',')

    results = {name: {} for name in [*builds, 'peers']}
    for _ in range(args.rounds):
        for name, where in {**builds, 'peers': ''}.items():
            with tempfile.TemporaryDirectory() as folder:
                socket = os.path.join(folder, 'socket')
                server = subprocess.Popen(['redis-server', '--port', '0', '--unixsocket', socket, '--dir', folder,
                                           '--save', ''], stdout=subprocess.DEVNULL)
                try:
                    while not os.path.exists(socket):
                        time.sleep(0.01)
                    figures = {}
                    if where:
                        for part in parts:
                            if part != 'peers':
                                figures.update(run(*where.split(','), part, socket, args.commits))
                    elif 'peers' in parts:
                        figures = run_peers(socket)
                finally:
                    server.kill()
                    server.wait()
            for key, value in figures.items():
                results[name].setdefault(key, []).append(value)

    print(f'medians of {args.rounds} rounds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors')
    for name in builds:
        got = {key: statistics.median(values) for key, values in results[name].items()}
        if 'commits' in parts:
            ratio = statistics.median(a / b for a, b in zip(results[name]['commits'], results[name]['script']))
            print(f'{name}: {got["commits"]:,.0f} commits a second of one owner, {ratio:.2f} of the bare script in a '
                  f'pipeline ({got["script"]:,.0f}); bare XADD {got["xadd"]:,.0f}')
            print(f'{name}: a commit takes {got["owner-usec"]:.1f} µs of the owner’s processor and '
                  f'{got["server-usec"]:.1f} µs of the server’s (bare script {got["script-usec"]:.1f} µs), '
                  f'{got["bytes-to"]:.0f} bytes to it, {got["bytes-from"]:.0f} back, {got["operations"]:.1f} operations')
        if 'latency' in parts:
            print(f'{name}: {got["latency"]:.0f} µs from a commit to a client of a hub in another process, '
                  f'{got["latency"] / got["publish"]:.1f} × a bare PUBLISH ({got["publish"]:.0f} µs), '
                  f'{got["latency"] / got["relay"]:.1f} × the script, its message and a bare relay '
                  f'({got["relay"]:.0f} µs)')
        if 'kill' in parts:
            print(f'{name}: 1,000 clients of a hub that was killed are in step after {got["kill"]:.0f} ms')
        if 'memory' in parts:
            print(f'{name}: a document of {got["document"]:.2f} MB after 10,000 small commits takes '
                  f'{got["head"] + got["log"]:.2f} MB of memory, of which log {got["log"]:.2f} MB')
    for key, values in results['peers'].items():
        print(f'{key}: {statistics.median(values):,.0f}')


if __name__ == '__main__':
    sys.exit(main())
