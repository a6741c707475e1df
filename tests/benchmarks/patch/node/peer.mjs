// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The engines of npm, measured as README.md in the folder above says. Usage: peer.mjs ENGINE FOLDER NUMBER

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const [engine, folder, number] = process.argv.slice(2);
const read = which => readFileSync(`${folder}/${number}.${which}.json`, 'utf8');

function best(call) {
  let repeat = 1, least = Infinity;
  const started = performance.now();
  for (let batches = 0; batches < 5 && (batches === 0 || performance.now() - started < 20000);) {
    const start = performance.now();
    for (let i = 0; i < repeat; i++)
      call();
    const took = performance.now() - start;
    if (took < 20) {
      repeat *= took < 2 ? 10 : 2;
      continue;
    }
    least = Math.min(least, took * 1000 / repeat);
    batches++;
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
const took = best(() => JSON.stringify(diff(older, newer)));
const copied = best(() => structuredClone(older));
const applied = exact ? Math.max(0, best(() => apply(structuredClone(older), patch)) - copied) : NaN;
console.log(['diff', took, text.length, patch.length, applied, exact].join('\t'));
const whole = best(() => JSON.stringify(diff(JSON.parse(texts[0]), JSON.parse(texts[1]))));
console.log(['text to text', whole, text.length, patch.length, 0, exact].join('\t'));
console.log(['parse', best(() => JSON.parse(texts[0])), texts[0].length, 0, 0, true].join('\t'));
console.log(['print', best(() => JSON.stringify(older)), texts[0].length, 0, 0, true].join('\t'));
