#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Measures our patches beside those of other engines, in one run on the same documents.

Prints a table and writes it with a plot into the folder OUTPUT: patch.txt and patch.svg.

Usage: run.py OURS OUTPUT [--only WORD]
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
TIMEOUT = 60


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
        shutil.copytree(HERE / 'rust', work, ignore=shutil.ignore_patterns('target'))
        run('cargo', 'build', '--release', '--quiet', cwd=work)
        return {'json-patch (Rust)': [str(work / 'target' / 'release' / 'patch-peer')]}

    def node():
        work = folder / 'node'
        shutil.copytree(HERE / 'node', work, ignore=shutil.ignore_patterns('node_modules'))
        run('npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', cwd=work)
        return {f'{engine} (npm)': ['node', str(work / 'peer.mjs'), engine]
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

    attempt(['json-patch (Rust)'], 'cargo', rust)
    attempt(['fast-json-patch', 'rfc6902', 'jsondiffpatch'], 'npm', node)
    attempt(['nlohmann (C++)'], 'g++', nlohmann)
    attempt(['jsonpatch (Python)'], 'python3', python)
    return peers


def measure(command, folder, number):
    try:
        result = subprocess.run(command + [str(folder), str(number)], capture_output=True, text=True,
                                timeout=TIMEOUT, env={**os.environ, 'G_SLICE': 'always-malloc'})
    except subprocess.TimeoutExpired as expired:
        partial = expired.stdout or ''
        text = partial.decode() if isinstance(partial, bytes) else partial
        return parse(text) or {'diff': None}
    return parse(result.stdout) or {'diff': None}


def parse(text):
    lines = {}
    for line in text.splitlines():
        kind, took, size, ops, applied, exact = line.split('\t')
        lines[kind] = (float(took), int(size), int(ops), float(applied), exact == 'true')
    return lines


def ratio(ours, others):
    others = [other for other in others if other]
    return ours / min(others) if others else math.nan


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
        engines = {'server-signal': [options.ours], **make_peers(folder)}
        ratios = []
        for number, name in enumerate(names):
            if options.only not in name:
                continue
            results = {engine: measure(command, folder, number) for engine, command in engines.items()}
            say(f'\n{name}')
            say(f'  {"":24} {"diff µs":>12} {"bytes":>10} {"operations":>10} {"apply µs":>12}  exact')
            for engine, result in results.items():
                diff = result.get('diff')
                say(f'  {engine:24} ' + (f'{diff[0]:12.2f} {diff[1]:10} {diff[2]:10} {diff[3]:12.2f}  {"yes" if diff[4] else "NO"}'
                                         if diff else f'{"over " + str(TIMEOUT) + " s":>12}'))
            ours, peers = results['server-signal'], [result for engine, result in results.items()
                                                     if engine != 'server-signal']
            exact = [peer for peer in peers if peer.get('diff') and peer['diff'][4]]
            if not ours.get('diff'):
                say('  ours was not measured')
                continue
            time_ratio = ratio(ours['diff'][0], [peer['diff'][0] for peer in exact])
            say(f'  ours over the best exact peer: diff {time_ratio:.3f}, '
                f'bytes {ratio(ours["diff"][1], [peer["diff"][1] for peer in exact]):.3f}, '
                f'operations {ratio(ours["diff"][2], [peer["diff"][2] for peer in exact]):.3f}, '
                f'apply {ratio(ours["diff"][3], [peer["diff"][3] for peer in exact]):.3f}')
            say(f'  new document made from the old one: {ours["shared"][0]:.2f} µs, '
                f'{ratio(ours["shared"][0], [peer["diff"][0] for peer in exact]):.4f} of the best peer\'s diff')
            for kind in ('text to text', 'parse', 'print', 'frame', 'write int', 'write double'):
                others = [peer[kind][0] for peer in peers if peer.get(kind)]
                if kind in ours and others:
                    say(f'  {kind}: {ours[kind][0]:.3f} µs, {ratio(ours[kind][0], others):.3f} of the best peer')
            ratios.append((name, time_ratio))
    plot(ratios, output / 'patch.svg')
    (output / 'patch.txt').write_text('\n'.join(table) + '\n')


if __name__ == '__main__':
    main()
