// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The engines of npm, measured as README.md in the folder above says. Usage: peer.mjs ENGINE FOLDER NUMBER

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const [engine, folder, number] = process.argv.slice(2);
const read = which => readFileSync(`${folder}/${number}.${which}.json`, 'utf8');

const BATCH = 2, TOTAL = 300, MOST = 5000;

function best(call) {
  let repeat = 1, least = Infinity;
  const started = performance.now();
  while (performance.now() - started < TOTAL || (least === Infinity && performance.now() - started < MOST)) {
    const start = performance.now();
    for (let i = 0; i < repeat; i++)
      call();
    const took = performance.now() - start;
    if (took < BATCH)
      repeat *= took < BATCH / 10 ? 10 : 2;
    else
      least = Math.min(least, took * 1000 / repeat);
  }
  return least;
}

// Each turn has a document of its own, made before the clock starts.
function bestApply(apply, older, patch, bytes) {
  const count = Math.max(1, Math.min(4096, Math.floor(65536 / (2 * bytes + 64))));
  let least = Infinity;
  const started = performance.now();
  while (performance.now() - started < 3 * TOTAL) {
    const documents = Array.from({ length: count }, () => structuredClone(older));
    const start = performance.now();
    for (const document of documents)
      apply(document, patch);
    least = Math.min(least, (performance.now() - start) * 1000 / count);
  }
  return least;
}

const engines = {
  async 'fast-json-patch'() {
    const { default: jsonpatch } = await import('fast-json-patch');
    return {
      diff: (a, b) => jsonpatch.compare(a, b),
      apply: (document, patch) => jsonpatch.applyPatch(document, patch).newDocument,
    };
  },
  async rfc6902() {
    const { createPatch, applyPatch } = await import('rfc6902');
    return {
      diff: createPatch,
      apply(document, patch) {
        applyPatch(document, patch);
        return document;
      },
    };
  },
  async jsondiffpatch() {
    const { create } = await import('jsondiffpatch');
    const format = await import('jsondiffpatch/formatters/jsonpatch');
    const { default: jsonpatch } = await import('fast-json-patch');
    // Rows are matched by their id, as its documentation advises.
    const differ = create({ objectHash: row => row.id ?? JSON.stringify(row) });
    return {
      diff: (a, b) => format.format(differ.diff(a, b)) ?? [],
      apply: (document, patch) => jsonpatch.applyPatch(document, patch).newDocument,
    };
  },
};

const { diff, apply } = await engines[engine]();
const texts = ['old', 'new'].map(read);
const [older, newer] = texts.map(text => JSON.parse(text));
const patch = diff(older, newer);
const text = JSON.stringify(patch);
const fresh = () => JSON.parse(texts[0]);
let exact = false;
try {
  exact = isDeepStrictEqual(apply(fresh(), JSON.parse(text)), newer);
} catch {
  exact = false;
}
const say = (kind, took, bytes = 0, operations = 0, applied = 0, is = true) =>
  console.log([kind, took, bytes, operations, applied, is].join('\t'));

if (globalThis.gc) {
  gc();
  const count = Math.max(1, Math.min(10000, Math.floor(1e6 / texts[0].length)));
  const before = process.memoryUsage().heapUsed;
  globalThis.kept = Array.from({ length: count }, fresh);
  gc();
  say('memory', Math.max(0, process.memoryUsage().heapUsed - before) / count / texts[0].length);
  globalThis.kept = null;
}
const took = best(() => JSON.stringify(diff(older, newer)));
say('diff', took, Buffer.byteLength(text), patch.length, exact ? bestApply(apply, older, patch, texts[0].length) : NaN,
    exact);
say('diff alone', best(() => diff(older, newer)));
const whole = best(() => JSON.stringify(diff(JSON.parse(texts[0]), JSON.parse(texts[1]))));
say('text to text', whole, Buffer.byteLength(text), patch.length, 0, exact);
say('parse', best(() => JSON.parse(texts[0])), texts[0].length);
say('print', best(() => JSON.stringify(older)), texts[0].length);
