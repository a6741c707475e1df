#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Debian's jsonpatch, measured as README.md says."""

import json
import sys
import time

import jsonpatch


def best(call):
    repeat, least, batches = 1, float('inf'), 0
    started = time.perf_counter()
    while batches < 3 and (batches == 0 or time.perf_counter() - started < 10):
        start = time.perf_counter()
        for _ in range(repeat):
            call()
        took = time.perf_counter() - start
        if took < 0.02:
            repeat *= 10 if took < 0.002 else 2
            continue
        least = min(least, took * 1e6 / repeat)
        batches += 1
    return least


def main():
    folder, number = sys.argv[1:]
    texts = [open(f'{folder}/{number}.{which}.json').read() for which in ('old', 'new')]
    old, new = map(json.loads, texts)

    def diff(a, b):
        return jsonpatch.JsonPatch.from_diff(a, b)

    patch = diff(old, new)
    text = json.dumps(patch.patch, separators=(',', ':'))
    exact = jsonpatch.apply_patch(old, json.loads(text)) == new
    took = best(lambda: json.dumps(diff(old, new).patch, separators=(',', ':')))
    applied = best(lambda: patch.apply(old)) - best(lambda: __import__('copy').deepcopy(old))
    print('diff', took, len(text), len(patch.patch), max(0, applied), str(exact).lower(), sep='\t')
    whole = best(lambda: json.dumps(diff(*map(json.loads, texts)).patch, separators=(',', ':')))
    print('text to text', whole, len(text), len(patch.patch), 0, str(exact).lower(), sep='\t')


if __name__ == '__main__':
    main()
