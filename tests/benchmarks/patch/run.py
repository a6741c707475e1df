#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Measures our patches beside those of other engines, in one run on the same documents.

Prints a table and writes it with a plot into the folder OUTPUT: patch.txt and patch.svg.

Usage: run.py OURS OUTPUT [--only WORD] [--json-glib PROGRAM] [--peers FOLDER] [--timeout SECONDS]
"""

import argparse
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import workloads

HERE = pathlib.Path(__file__).resolve().parent
SERDE = 'json-patch (Rust)'


def make_peers(folder):
    """The commands of the engines that can be had here; the others are named."""
    peers = {}

    def attempt(names, what, function):
        try:
            peers.update(function())
        except (OSError, subprocess.SubprocessError) as problem:
            detail = getattr(problem, 'stderr', None) or str(problem)
            print(f'skipped: {", ".join(names)}: {what}: {detail.strip().splitlines()[-1][:120]}')

    def run(*command, **options):
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600, **options)

    def rust():
        work = folder / 'rust'
        shutil.copytree(HERE / 'rust', work, ignore=shutil.ignore_patterns('target'), dirs_exist_ok=True)
        run('cargo', 'build', '--release', '--quiet', cwd=work)
        return {SERDE: [str(work / 'target' / 'release' / 'patch-peer')]}

    def node():
        work = folder / 'node'
        shutil.copytree(HERE / 'node', work, ignore=shutil.ignore_patterns('node_modules'), dirs_exist_ok=True)
        run('npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', cwd=work)
        return {f'{engine} (npm)': ['node', '--expose-gc', str(work / 'peer.mjs'), engine]
                for engine in ('fast-json-patch', 'rfc6902', 'jsondiffpatch')}

    def nlohmann():
        program = folder / 'nlohmann'
        run('g++', '-O2', '-std=c++17', '-o', str(program), str(HERE / 'peer.cpp'))
        return {'nlohmann (C++)': [str(program)]}

    def python():
        for candidate in (sys.executable, '/usr/bin/python3'):
            if subprocess.run([candidate, '-c', 'import jsonpatch'], capture_output=True).returncode == 0:
                return {'jsonpatch (Python)': [candidate, str(HERE / 'peer.py')]}
        raise OSError('the module jsonpatch is not here')

    attempt([SERDE], 'cargo', rust)
    attempt(['fast-json-patch', 'rfc6902', 'jsondiffpatch'], 'npm', node)
    attempt(['nlohmann (C++)'], 'g++', nlohmann)
    attempt(['jsonpatch (Python)'], 'python3', python)
    return peers


def measure(command, folder, number, timeout):
    try:
        result = subprocess.run(command + [str(folder), str(number)], capture_output=True, text=True, timeout=timeout)
        return parse(result.stdout)
    except subprocess.TimeoutExpired as expired:
        partial = expired.stdout or b''
        return parse(partial.decode() if isinstance(partial, bytes) else partial)


def parse(text):
    lines = {}
    for line in text.splitlines():
        kind, took, size, ops, applied, exact = line.split('\t')
        lines[kind] = (float(took), int(size), int(ops), float(applied), exact == 'true')
    return lines


def ratio(ours, others):
    """Of one number to the least of the others; not a number when there are none."""
    others = [other for other in others if other]
    return ours / min(others) if ours is not None and others else math.nan


def ratios(results):
    """Ours over the best peer that is exact, for everything that was measured."""
    ours = results['server-signal']
    peers = [result for engine, result in results.items() if engine != 'server-signal']
    exact = [peer for peer in peers if peer.get('diff') and peer['diff'][4]]
    serde = results.get(SERDE, {})

    def mine(kind, column=0):
        return ours[kind][column] if kind in ours else None

    def theirs(kind, column=0, among=peers):
        return [peer[kind][column] for peer in among if kind in peer]

    found = {
        'diff': ratio(mine('diff'), theirs('diff', among=exact)),
        # Our time with the text of the patch over theirs without.
        'diff/alone': ratio(mine('diff'), theirs('diff alone', among=exact)),
        'bytes': ratio(mine('diff', 1), theirs('diff', 1, exact)),
        'ops': ratio(mine('diff', 2), theirs('diff', 2, exact)) if mine('diff', 2) else math.nan,
        'apply': ratio(mine('diff', 3), theirs('diff', 3, exact)),
        'shared': ratio(mine('shared'), theirs('diff', among=exact)),
        'text': ratio(mine('text to text'), theirs('text to text', among=exact)),
        'frame': ratio(mine('frame'), theirs('frame')),
        # To the crate's diff of the counter and its text, or the best diff where there are rows.
        'write int': ratio(mine('write int'), theirs('write int') or theirs('diff', among=exact)),
        'write double': ratio(mine('write double'), theirs('write int') or theirs('diff', among=exact)),
        'parse': ratio(mine('parse'), theirs('parse', among=[serde])),
        'print': ratio(mine('print'), theirs('print', among=[serde])),
        'memory': mine('memory'),
    }
    return {name: value for name, value in found.items() if value is not None and not math.isnan(value)}


def plot(rows, path):
    """A bar for each workload: our time over the best peer's, on a logarithmic scale."""
    left, width, line = 260, 560, 22
    height = line * (len(rows) + 3)
    low, high = 0.001, 10

    def x(value):
        value = min(max(value, low), high)
        return left + width * (math.log10(value) - math.log10(low)) / (math.log10(high) - math.log10(low))

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 80}" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{left}" y="16" font-weight="bold">Time of diff with its text, ours over the best '
           'peer (left of 1 is faster)</text>']
    for tick in (0.001, 0.01, 0.1, 1, 10):
        colour = '#c01c28' if tick == 1 else '#deddda'
        out.append(f'<line x1="{x(tick)}" x2="{x(tick)}" y1="{line * 1.3}" y2="{height - line * 1.2}" stroke="{colour}"/>'
                   f'<text x="{x(tick)}" y="{height - 8}" text-anchor="middle">{tick:g}</text>')
    for number, (name, value) in enumerate(rows):
        y = line * (number + 1.6)
        out.append(f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{name}</text>')
        if not math.isnan(value):
            out.append(f'<rect x="{left}" y="{y}" width="{max(x(value) - left, 1):.1f}" height="{line - 6}" fill="#3584e4"/>'
                       f'<text x="{x(value) + 4:.1f}" y="{y + 12}">{value:.3g}</text>')
    out.append('</svg>')
    path.write_text('\n'.join(out))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('ours')
    parser.add_argument('output')
    parser.add_argument('--only', default='', help='workloads whose name has this in it')
    parser.add_argument('--json-glib', help='the program that measures json-glib')
    parser.add_argument('--peers', help='a folder to build the other engines in, and to find them built')
    parser.add_argument('--timeout', type=float, default=60, help='seconds for one engine and one pair')
    options = parser.parse_args()
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    table = []

    def say(text=''):
        print(text, flush=True)
        table.append(text)

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        names = workloads.write(folder)
        built = pathlib.Path(options.peers or scratch)
        built.mkdir(parents=True, exist_ok=True)
        engines = {'server-signal': [options.ours], **make_peers(built)}
        if options.json_glib:
            engines['json-glib'] = [options.json_glib]
        all_ratios = {}
        for number, name in enumerate(names):
            if options.only not in name:
                continue
            results = {engine: measure(command, folder, number, options.timeout)
                       for engine, command in engines.items()}
            say(f'\n{name} (times in µs, memory in bytes for each byte of text)')
            say(f'  {"":24} {"diff":>12} {"alone":>12} {"bytes":>9} {"ops":>6} {"apply":>11}  exact'
                f' {"text to text":>12} {"parse":>10} {"print":>10} {"memory":>7}')
            for engine, result in results.items():
                diff = result.get('diff')

                def cell(kind, width, digits=2):
                    return f'{result[kind][0]:{width}.{digits}f}' if kind in result else f'{"-":>{width}}'

                left = (f'{diff[0]:12.2f} {cell("diff alone", 12)} {diff[1]:9} {diff[2]:6} {diff[3]:11.2f}  '
                        f'{"yes  " if diff[4] else "NO   "}' if diff else
                        f'{"-" if "parse" in result else f"over {options.timeout:g} s":>12} {"":>12} {"":>9} {"":>6} '
                        f'{"":>11}  {"":5}')
                say(f'  {engine:24} {left} {cell("text to text", 12)} {cell("parse", 10)} {cell("print", 10)} '
                    f'{cell("memory", 7)}')
            ours = results['server-signal']
            for kind in ('shared', 'frame', 'write int', 'write double'):
                if kind in ours:
                    others = [f'{engine} {result[kind][0]:.3f}' for engine, result in results.items()
                              if engine != 'server-signal' and kind in result]
                    say(f'  {kind}: {ours[kind][0]:.3f} µs' + (f' ({", ".join(others)})' if others else ''))
            all_ratios[name] = ratios(results)

    say('\nOurs over the best peer that is exact; parse and print over serde_json; memory as it is')
    columns = ['diff', 'diff/alone', 'bytes', 'ops', 'apply', 'shared', 'text', 'parse', 'print', 'memory']
    say(f'  {"":26}' + ''.join(f'{column:>11}' for column in columns))
    for name, found in all_ratios.items():
        say(f'  {name:26}' + ''.join(f'{found[column]:11.3g}' if column in found else f'{"-":>11}'
                                     for column in columns))
        for kind in ('frame', 'write int', 'write double'):
            if kind in found:
                say(f'    {kind}: {found[kind]:.3f}')
    plot([(name, found.get('diff', math.nan)) for name, found in all_ratios.items()], output / 'patch.svg')
    (output / 'patch.txt').write_text('\n'.join(table) + '\n')


if __name__ == '__main__':
    main()
