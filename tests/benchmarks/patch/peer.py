#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Debian's jsonpatch, measured as README.md says."""

import copy
import json
import sys
import time
import tracemalloc

import jsonpatch


BATCH, TOTAL, MOST = 0.002, 0.3, 5


def best(call):
    repeat, least = 1, float('inf')
    started = time.perf_counter()
    while (time.perf_counter() - started < TOTAL
           or (least == float('inf') and time.perf_counter() - started < MOST)):
        start = time.perf_counter()
        for _ in range(repeat):
            call()
        took = time.perf_counter() - start
        if took < BATCH:
            repeat *= 10 if took < BATCH / 10 else 2
        else:
            least = min(least, took * 1e6 / repeat)
    return least


def best_apply(patch, old, size):
    """Each turn has a document of its own, made before the clock starts."""
    count = max(1, min(4096, 65536 // (2 * size + 64)))
    least = float('inf')
    started = time.perf_counter()
    while time.perf_counter() - started < 3 * TOTAL:
        documents = [copy.deepcopy(old) for _ in range(count)]
        start = time.perf_counter()
        for document in documents:
            patch.apply(document, in_place=True)
        least = min(least, (time.perf_counter() - start) * 1e6 / count)
    return least


def main():
    folder, number = sys.argv[1:]
    texts = [open(f'{folder}/{number}.{which}.json').read() for which in ('old', 'new')]
    tracemalloc.start()
    count = max(1, min(10000, 1000000 // len(texts[0])))
    kept = [json.loads(texts[0]) for _ in range(count)]
    print('memory', tracemalloc.get_traced_memory()[0] / count / len(texts[0]), 0, 0, 0, 'true', sep='\t')
    tracemalloc.stop()
    del kept
    old, new = map(json.loads, texts)

    def diff(a, b):
        return jsonpatch.JsonPatch.from_diff(a, b)

    patch = diff(old, new)
    text = json.dumps(patch.patch, separators=(',', ':'))
    exact = jsonpatch.apply_patch(old, json.loads(text)) == new
    took = best(lambda: json.dumps(diff(old, new).patch, separators=(',', ':')))
    print('diff', took, len(text), len(patch.patch), best_apply(patch, old, len(texts[0])), str(exact).lower(),
          sep='\t', flush=True)
    print('diff alone', best(lambda: diff(old, new)), 0, 0, 0, 'true', sep='\t', flush=True)
    whole = best(lambda: json.dumps(diff(*map(json.loads, texts)).patch, separators=(',', ':')))
    print('text to text', whole, len(text), len(patch.patch), 0, str(exact).lower(), sep='\t')


if __name__ == '__main__':
    main()
