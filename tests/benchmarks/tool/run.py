#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The command beside others that do a part of the same: diffs and patches on the same files, a large file that is edited
at one place, and a pipe that many clients follow.

Usage: run.py PROGRAM [--part diff|file|pipe|watch]… [--peers FOLDER]… [--rounds N]

FOLDER has programs of peers: jd, json-diff, json-server, wscat, websocat; those on the path are found as well.
README.md says how to get them."""

import argparse
import json
import os
import pathlib
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PARTS = ('diff', 'file', 'pipe', 'watch')
PATIENCE = 30  # seconds that a run may take


def make_rows(number, seed=1):
    rng = random.Random(seed)
    return {'rows': [{'id': i, 'name': f'row {i}', 'price': round(rng.random() * 100, 2), 'tags': ['a', 'b'],
                      'note': 'x' * rng.randrange(40, 60)} for i in range(number)]}


def find(name, folders):
    for folder in folders:
        for path in (folder / name, folder / 'bin' / name, folder / 'node_modules' / '.bin' / name):
            if path.exists():
                return str(path)
    return shutil.which(name)


def timed(words, rounds, ok=(0, 1), text=None):
    """The best of some runs, in seconds of the processor and of the clock, and the output."""
    best = None
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        try:
            done = subprocess.run(words, capture_output=True, check=False, input=text, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return None
        wall = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in ok:
            return None
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if best is None or cpu < best[0]:
            best = (cpu, wall, done.stdout)
    return best


def show(label, best, note=''):
    if best is None:
        print(f'  {label:34} failed, or took more than {PATIENCE} s')
    else:
        print(f'  {label:34} {best[0] * 1000:9.1f} ms cpu {best[1] * 1000:9.1f} ms {len(best[2]):>12,} bytes {note}')


def part_diff(options, folder):
    number = options.rows
    rows = make_rows(number)
    one = json.loads(json.dumps(rows))
    one['rows'][number // 2]['price'] = -1.5
    head = {'rows': [{'id': -1, 'name': 'new'}] + rows['rows']}
    moved = json.loads(json.dumps(rows))
    moved['rows'] = moved['rows'][number // 100:] + moved['rows'][:number // 100]
    for name, value in (('base', rows), ('one', one), ('head', head), ('moved', moved)):
        (folder / f'{name}.json').write_text(json.dumps(value))
    base = folder / 'base.json'
    print(f'Diff of {base.stat().st_size:,} bytes, {number:,} rows')
    for name, label in (('one', 'one field changed'), ('head', 'a row inserted at the head'), ('moved', 'a hundredth of the rows moved to the end')):
        other = folder / f'{name}.json'
        print(f' {label}')
        best = timed([options.program, 'diff', base, other], options.rounds)
        show('server-signal diff', best)
        patch = folder / f'{name}.patch'
        patch.write_bytes(best[2])
        for peer, words in (('jd', ['-f', 'patch']), ('json-diff', ['-j'])):
            program = find(peer, options.peers)
            if program:
                show(f'{peer} {" ".join(words)}', timed([program, *words, base, other], options.rounds))
        show('server-signal patch', timed([options.program, 'patch', base, patch], options.rounds))
        program = find('jd', options.peers)
        if program:
            show('jd -p -f patch', timed([program, '-p', '-f', 'patch', patch, base], options.rounds))
    print(' one part of it')
    show('server-signal pointer', timed([options.program, 'pointer', base, f'/rows/{number // 2}/price'], options.rounds))
    if find('jq', options.peers):
        show('jq', timed([find('jq', options.peers), f'.rows[{number // 2}].price', base], options.rounds))


class Hub:
    def __init__(self, options, *words):
        self.process = subprocess.Popen([options.program, 'serve', '--no-page', '--listen', 'localhost:0', *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.uri = self.process.stdout.readline().decode().strip()

    def rss(self):
        text = pathlib.Path(f'/proc/{self.process.pid}/status').read_text()
        return int(re.search(r'VmRSS:\s+(\d+)', text).group(1)) * 1024

    def cpu(self):
        fields = pathlib.Path(f'/proc/{self.process.pid}/stat').read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def end(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def spent(process):
    """Seconds of the processor, of a process that runs."""
    tasks = pathlib.Path(f'/proc/{process.pid}/task').glob('*/schedstat')
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def part_file(options, folder):
    """From the moment that the new file is in place to the client's line on standard output."""
    rows = make_rows(70000)
    path = folder / 'large.json'
    path.write_text(json.dumps(rows))
    print(f'A file of {path.stat().st_size:,} bytes, edited at one place')
    hub = Hub(options, str(path))
    client = subprocess.Popen([options.program, 'watch', '--patches', hub.uri, 'large'], stdout=subprocess.PIPE)
    client.stdout.readline()
    times = []
    work = []
    size = 0
    for n in range(options.rounds):
        rows['rows'][35000]['price'] = n + 0.5
        new = folder / 'new'
        new.write_text(json.dumps(rows))
        before = spent(hub.process) + spent(client)
        begin = time.monotonic()
        os.replace(new, path)
        line = client.stdout.readline()
        times.append(time.monotonic() - begin)
        work.append(spent(hub.process) + spent(client) - before)
        size = len(line)
    client.terminate()
    client.wait()
    client.stdout.close()

    wholes = []
    whole_work = []
    for _ in range(options.rounds):
        before = spent(hub.process)
        best = timed([options.program, 'get', hub.uri, 'large'], 1, ok=(0,))
        wholes.append(best[1])
        whole_work.append(best[0] + spent(hub.process) - before)
    size_of_whole = len(best[2])
    empty = timed([options.program, 'get', hub.uri, 'large/rows/0/id'], options.rounds)
    hub.end()
    read = timed([options.program, 'pointer', path, '/rows/0/id'], options.rounds)
    update, whole = min(times), min(wholes)
    print(f'  the update at the client            {update * 1000:9.1f} ms {size:>12,} bytes')
    print(f'  of that, reading the file           {read[1] * 1000:9.1f} ms (by “pointer”, a process of its own)')
    print(f'  the whole document at the client    {whole * 1000:9.1f} ms {size_of_whole:>12,} bytes (“get”)')
    print(f'  of that, without printing it        {empty[1] * 1000:9.1f} ms')
    print(f'  update to whole: time {update / whole:.3f}, bytes {size / size_of_whole:.6f}')
    update, whole = statistics.median(work), statistics.median(whole_work)
    print(f'  the processor, of both ends: {update * 1000:.1f} to {whole * 1000:.1f} ms, {update / whole:.3f}')
    server = find('json-server', options.peers)
    curl = find('curl', options.peers)
    if server and curl:
        port = 30000 + os.getpid() % 10000
        process = subprocess.Popen([server, '--port', str(port), '--host', '127.0.0.1', '--quiet', '--watch', path],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            uri = f'http://127.0.0.1:{port}/rows'
            for _ in range(100):
                best = timed([curl, '-s', '-f', uri], 1, ok=(0,))
                if best and len(best[2]) > 1000:
                    break
                time.sleep(0.2)
            best = timed([curl, '-s', '-f', uri], options.rounds, ok=(0,))
            show('json-server, asked again by curl', best)
        finally:
            process.terminate()
            process.wait()


def part_pipe(options, folder):
    rate, seconds, clients = 10000, 10, 100
    print(f'A pipe of {rate:,} lines a second into {clients} clients, {seconds} seconds')
    hub = Hub(options, '--stdin', 'in')
    lines = [json.dumps({'n': n, 'text': 'some text'}).encode() + b'\n' for n in range(rate * seconds)]
    bench = subprocess.Popen([options.program, 'bench', '--json', '--quiet', '--clients', str(clients),
                              '--time', str(seconds - 2), hub.uri, 'in'], stdout=subprocess.PIPE)
    time.sleep(2)
    sizes = []
    late = 0
    cpu = hub.cpu()
    begin = time.monotonic()
    for tick in range(seconds * 100):
        due = begin + tick / 100
        now = time.monotonic()
        if now < due:
            time.sleep(due - now)
        late = max(late, now - due)
        for line in lines[tick * rate // 100:(tick + 1) * rate // 100]:
            hub.process.stdin.write(line)
        hub.process.stdin.flush()
        if tick % 10 == 0:
            sizes.append(hub.rss())
    wall = time.monotonic() - begin
    last = subprocess.run([options.program, 'wait', '--timeout', '60', hub.uri, 'in/n', str(rate * seconds - 1)], check=False).returncode
    reached = time.monotonic() - begin
    figures = json.loads(bench.communicate()[0])
    half = len(sizes) // 2
    print(f'  written in {wall:.2f} s ({len(lines) / wall:,.0f} a second; the writer was late by {late * 1000:.0f} ms at most)')
    print(f'  the last line was at a client after {reached:.2f} s: {"yes" if last == 0 else "NO"}')
    print(f'  the hub took {hub.cpu() - cpu:.2f} s of the processor')
    print(f'  memory: {sizes[0] / 2**20:.1f} MiB at first, {statistics.median(sizes[:half]) / 2**20:.1f} in the first half, '
          f'{statistics.median(sizes[half:]) / 2**20:.1f} in the second, {max(sizes) / 2**20:.1f} at most')
    print(f'  {figures["clients"]} clients, {figures["updates"] / figures["seconds"]:,.0f} updates a second together, '
          f'spread p50 {figures["spread"]["p50"]:.2f} ms, p99 {figures["spread"]["p99"]:.2f} ms')
    hub.end()


def part_watch(options, folder):
    """One client of each kind; all lines of a pipe have to come out."""
    number = 20000
    print(f'{number:,} lines of a pipe, at one client of each kind')
    lines = b''.join(json.dumps({'n': n}).encode() + b'\n' for n in range(1, number + 1))
    end = f'"n":{number}}}'.encode()
    kinds = [('server-signal watch', [options.program, 'watch', '{uri}', 'in'], end),
             ('server-signal watch --patches', [options.program, 'watch', '--patches', '{uri}', 'in'], str(number).encode())]
    for peer, words in (('websocat', ['-n', '--protocol', 'none', '{uri}']), ('wscat', ['--no-color', '-c', '{uri}'])):
        program = find(peer, options.peers)
        if program:
            kinds.append((f'{peer}, plain frames', [program, *words], str(number).encode()))
    for label, words, last in kinds:
        hub = Hub(options, '--stdin', 'in')
        client = subprocess.Popen([word.format(uri=hub.uri) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        client.stdout.readline()
        begin = time.monotonic()
        writer = threading.Thread(target=lambda hub=hub: (hub.process.stdin.write(lines), hub.process.stdin.flush()))
        writer.start()
        found = 0
        for line in client.stdout:
            found += 1
            if last in line:
                break
        wall = time.monotonic() - begin
        writer.join()
        print(f'  {label:34} {wall * 1000:9.1f} ms, {found:,} lines')
        client.kill()
        client.wait()
        client.stdin.close()
        client.stdout.close()
        hub.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', maxsplit=1)[0])
    parser.add_argument('program')
    parser.add_argument('--part', action='append', choices=PARTS)
    parser.add_argument('--peers', action='append', type=pathlib.Path, default=[])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--rows', type=int, default=1000, help='of the files of the part diff')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for part in options.part or PARTS:
            globals()[f'part_{part}'](options, pathlib.Path(folder))
            sys.stdout.flush()


if __name__ == '__main__':
    main()
