#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The attacks of attacks.py that any WebSocket server can be put to, on ours and on others.

    others.py SUBJECT NODE-FOLDER [NAME …]

NODE-FOLDER has node_modules with ws: _build/tests/web after tests/run web; the Python that runs this needs websockets. Each
server broadcasts a number every 50 ms and ignores messages. Theirs are used as their documentation does,
with the limits that they have by default. A table for each attack: the longest stall of the main loop, the
largest growth of memory and that afterwards, the longest time that a good client heard nothing.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

import attacks
from arena import Result

HERE = pathlib.Path(__file__).resolve().parent / 'others'
NAMES = ['chunked-body-listen', 'post-elsewhere-listen', 'endless-head', 'leaking-requests', 'ambiguous-heads',
         'ping-flood', 'empty-fragments', 'large-fragments-listen', 'unfinished-messages', 'silent-1100']


def main():
    program, folder, *names = sys.argv[1:]
    servers = {
        'server-signal': program,
        'libsoup': [program, '--mode', 'soup'],
        'ws': ['node', str(HERE / 'peer.mjs'), folder],
        'websockets': [sys.executable, str(HERE / 'peer.py')],
    }
    print(Result.HEADING)
    for name in names or NAMES:
        run, about, _ = attacks.ATTACKS[name]
        print(f'{name}: {about}')
        for server, command in servers.items():
            result = run(command)
            result.name = f'  {server}'
            print(result.row(), flush=True)
            for remark in result.remarks:
                print(f'      {remark}', flush=True)


if __name__ == '__main__':
    main()
