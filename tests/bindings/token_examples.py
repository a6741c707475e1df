#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The examples with a token: who knows it gets in, who does not is told so and does not try again.

Usage: token_examples.py EXAMPLES MODULE PACKAGES; MODULE is the browser's, PACKAGES where npm has installed ws."""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

examples, module, packages = map(pathlib.Path, sys.argv[1:])
TOKEN = 'open-sesame'
REFUSED = 'The server refused the connection: 403 Forbidden'

PAGE = '''
import { createRequire } from 'node:module';
import { open } from './page.js';

const [url, token, packages] = process.argv.slice(2);
const { WebSocket } = createRequire(packages)('ws');
const tokens = ['too-old', token];
const client = open(url, () => tokens.shift() ?? token, { WebSocket, retryMin: 1, retryMax: 1, retryLimit: 5 });
const counter = client.signal('counter');

client.subscribe(state => {
  if (state === 'closed') {
    console.log('closed');
  }
});
counter.watch(({ stale, value }) => {
  if (!stale) {
    console.log(client.protocol, value.value);
    client.close();
  }
});
'''


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()


def main():
    cases = [('Python', [sys.executable, examples / 'client.py'], 'open', REFUSED)]
    if shutil.which('gjs'):
        cases.append(('GJS', ['gjs', '-m', examples / 'client.js'], 'open', REFUSED))

    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        if shutil.which('node') and (packages / 'node_modules' / 'ws').is_dir():
            for file in (module, module.with_name('package.json'), examples / 'page.js'):
                shutil.copy(file, place)
            (place / 'test.mjs').write_text(PAGE)
            cases.append(('a page', ['node', place / 'test.mjs'], 'server-signal.v1 7', 'closed'))

        server = subprocess.Popen([sys.executable, examples / 'server.py', str(free_port())],
                                  stdout=subprocess.PIPE, text=True)
        failed = False
        try:
            uri = server.stdout.readline().strip()
            print(f'1..{2 * len(cases)}')
            number = 0
            for name, command, good, bad in cases:
                for token, expected in ((TOKEN, good), ('wrong', bad)):
                    more = [(packages / 'package.json').resolve()] if name == 'a page' else []
                    said = run(*command, uri, token, *more)
                    number += 1
                    verdict = 'ok' if said == expected else 'not ok'
                    failed = failed or said != expected
                    print(f'{verdict} {number} - {name}, token {token}', flush=True)
                    if said != expected:
                        print(f'# it said {said!r}', flush=True)
        finally:
            server.kill()
            server.wait()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
