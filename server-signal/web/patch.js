// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
// @ts-self-types="./patch.d.ts"

// JSON Patch for documents of an application:
//
//   import { applyPatch } from './patch.js';

import { internals } from './server-signal.js';
import trees from './trees.js';
import updates from './updates.js';

const { DOCUMENT_TEXT, copyValue, isContainer, isPlain, isScalar, parts, refuse } = internals;
parts.trees ??= trees(internals);
parts.updates ??= updates(internals);

/* How much text a document has at most, for those whose parts were copied. */
const texts = new WeakMap();

/* Document and patch are an application's: both may have anything in them, and nobody hurries. */
class Foreign extends parts.updates.Draft {
  constructor(document) {
    super(document, DOCUMENT_TEXT);
    this.text = isContainer(document) ? texts.get(document) : undefined;
  }

  own(value, insert, path, length) {
    // A copy would be something else.
    if (isContainer(value) && !this.owned.has(value) && !isPlain(value))
      throw refuse(path.slice(0, length), value);
    return super.own(value, insert);
  }

  take(value, path) {
    const { copy, shared } = copyValue(value, [...path]);
    if (shared)
      parts.trees.share(this, copy);
    return copy;
  }

  shift() {}
}

/**
 * Applies an RFC 6902 JSON Patch, all of it or nothing, and gives the new document. Neither
 * argument is changed: parts that the patch does not touch are shared with `document`, new ones are
 * copies. A value that JSON does not have, such as a Date, is a TypeError whose `pointer`
 * says where.
 *
 * @param {*} document
 * @param {object[]} patch
 */
export function applyPatch(document, patch) {
  if (isContainer(document) ? !isPlain(document) : !isScalar(document))
    throw refuse([], document);
  const draft = new Foreign(document);
  draft.apply(patch);
  if (draft.text !== undefined && isContainer(draft.root))
    texts.set(draft.root, draft.text);
  return draft.settle();
}
