#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The page module beside others that apply patches or keep a document in step, in Node and in three browsers.

Usage: run.py [--engine NAME]… [--rounds N] [--packages FOLDER] [--output FILE]

FOLDER is where the packages of package.json were installed, by default this one. The output has all times as JSON."""

import argparse
import asyncio
import functools
import http.server
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
PAGE = '<!DOCTYPE html><meta charset="utf-8"><title>Benchmark</title><script type="module" src="page.js"></script>'
SCRIPT = '''import { run } from './bench.mjs';
// Colyseus has its encoder, the server's part, for Node only.
globalThis.Buffer ??= {
  allocUnsafe: size => new Uint8Array(size),
  alloc: (size, from) => { const bytes = new Uint8Array(size); bytes.set(from); return bytes; },
};
globalThis.measure = rounds => {
  run(rounds, round => { globalThis.round = round; }).then(results => { globalThis.results = results; },
    error => { globalThis.failure = String(error); });
};
'''
# Rows of ours, with how the others are said to compare: to those that keep old values, or change them.
WHOLE, PART = 'server-signal, value', 'server-signal, part'
PATIENCE = 1800  # seconds


def bundle(packages, folder):
    """One script with the module, this benchmark and its peers."""
    entry = HERE / 'page.js'
    subprocess.run([packages / 'node_modules/.bin/esbuild', '--bundle', '--format=esm', f'--sourcefile={entry}',
                    f'--outfile={folder}/page.js', '--log-level=warning'], check=True, cwd=HERE,
                   input=SCRIPT.encode(), env={**os.environ, 'NODE_PATH': str(packages / 'node_modules')})
    subprocess.run([packages / 'node_modules/.bin/esbuild', 'bench.mjs', '--bundle', '--format=esm', '--platform=node',
                    f'--outfile={folder}/bench.mjs', '--log-level=warning'], check=True, cwd=HERE,
                   env={**os.environ, 'NODE_PATH': str(packages / 'node_modules')})
    (folder / 'index.html').write_text(PAGE, encoding='utf-8')


class Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self):
        # Pages that are isolated have a better clock.
        self.send_header('Cross-Origin-Opener-Policy', 'same-origin')
        self.send_header('Cross-Origin-Embedder-Policy', 'require-corp')
        super().end_headers()

    def log_message(self, *_):
        pass


class Node:
    name = 'Node'

    @classmethod
    def missing(cls):
        return None if shutil.which('node') else 'no node'

    @staticmethod
    def measure(folder, rounds):
        run = subprocess.run(['node', folder / 'bench.mjs', str(rounds)], check=True, capture_output=True, timeout=PATIENCE)
        version = subprocess.run(['node', '--version'], check=True, capture_output=True, text=True).stdout.strip()
        return f'Node {version}', json.loads(run.stdout)


async def measure_page(engine, address, rounds):
    loop = asyncio.get_running_loop()
    async with engine() as page:
        await page.open(address)
        await page.wait_for('the script', '!!globalThis.measure')
        await page.evaluate(f'void setTimeout(measure, 500, {rounds})')
        end = loop.time() + PATIENCE
        while loop.time() < end:
            # The page has one thread, which is not to be disturbed.
            await asyncio.sleep(2)
            try:
                if failure := await page.evaluate('globalThis.failure ?? null'):
                    raise RuntimeError(failure)
                if results := await page.evaluate('globalThis.results ?? null'):
                    return await page.version(), results
            except asyncio.TimeoutError:
                pass
        raise RuntimeError('The page did not finish')


def write_table(version, results):
    """Medians, and then what ratios of medians say."""
    columns = list(results)
    names = list(results[columns[0]])
    medians = {column: {name: statistics.median(results[column][name]) for name in names} for column in columns}
    print(f'\n| {version}: µs a frame | {" | ".join(columns)} |')
    print('| --- |' + ' --: |' * len(columns))
    for name in names:
        print(f'| {name} | ' + ' | '.join(f'{medians[column][name]:.1f}' for column in columns) + ' |')
    ours = [name for name in names if name.startswith('server-signal')]
    mutating = [name for name in names if 'mutating' in name]
    keeping = [name for name in names if name not in ours and name not in mutating]
    for own, others, told in ((WHOLE, keeping, 'keeps old values'), (PART, mutating, 'mutates')):
        cells = []
        for column in columns:
            best = min(others, key=lambda name: medians[column][name])
            cells.append(f'{medians[column][best] / medians[column][own]:.2f} ({best.split(",")[0]})')
        print(f'| *{own}* × the best that {told} | ' + ' | '.join(cells) + ' |')
    sys.stdout.flush()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--engine', action='append')
    parser.add_argument('--rounds', type=int, default=15)
    parser.add_argument('--packages', type=pathlib.Path, default=HERE)
    parser.add_argument('--output', type=pathlib.Path)
    options = parser.parse_args()

    if not (options.packages / 'node_modules/.bin/esbuild').exists():
        print(f'SKIP: the packages of package.json are not installed in {options.packages}')
        return SKIPPED
    sys.path.insert(0, str(HERE.parent.parent / 'engines'))
    try:
        from engines import ENGINES
    except ImportError as missing:
        print(f'Node only: {missing}')
        ENGINES = []
    everything = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        bundle(options.packages.resolve(), folder)
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Handler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f'http://127.0.0.1:{server.server_port}/'
        for engine in [Node, *ENGINES]:
            if options.engine and engine.name not in options.engine:
                continue
            if why := engine.missing():
                print(f'\n{engine.name} was left out: {why}')
                continue
            version, results = (engine.measure(folder, options.rounds) if engine is Node
                                else await measure_page(engine, address, options.rounds))
            everything[version] = results
            write_table(version, results)
        server.shutdown()
    if options.output:
        options.output.write_text(json.dumps(everything), encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
