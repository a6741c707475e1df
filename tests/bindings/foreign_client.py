#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A plain client with nothing of ours in it: python3-websockets reads, python3-jsonpatch applies.

Prints a line for each frame: the signal's name, a tab, and its document as canonical JSON. Ends when
every document that it has seen says so in its member "done".

Usage: foreign_client.py URI
"""

import asyncio
import json
import sys

import jsonpatch
import websockets


async def follow(uri):
    documents = {}
    async with websockets.connect(uri, max_size=None) as socket:
        async for text in socket:
            frame = json.loads(text)
            assert set(frame) == {'name', 'patch'}, f'not a plain frame: {text[:200]}'
            name = frame['name']
            if name not in documents:
                first, = frame['patch']
                assert (first['op'], first['path']) == ('replace', ''), 'no snapshot came first'
            # Not in place: this is the reference, speed is not its business.
            documents[name] = jsonpatch.JsonPatch(frame['patch']).apply(documents.get(name))
            print(name, json.dumps(documents[name], sort_keys=True), text, sep='\t', flush=True)
            if all(isinstance(document, dict) and document.get('done') is True
                   for document in documents.values()):
                return


if __name__ == '__main__':
    asyncio.run(asyncio.wait_for(follow(sys.argv[1]), 120))
