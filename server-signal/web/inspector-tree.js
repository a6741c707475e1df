// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Of the inspector: a document as rows. A part that is folded costs nothing, and one that is open its
// open parts: a list of a million elements is a number.

import { isContainer, keysOf, sizeOf } from './inspector-rows.js';

export const escapeToken = token => String(token).replace(/~/g, '~0').replace(/\//g, '~1');
export const toPointer = tokens => tokens.map(token => `/${escapeToken(token)}`).join('');

/* The places of an object's members, for objects that have open ones. */
const places = new WeakMap();

function placeOf(value, key) {
  if (Array.isArray(value))
    return Number(key);
  let known = places.get(value);
  if (!known) {
    known = new Map(Object.keys(value).map((name, index) => [name, index]));
    places.set(value, known);
  }
  return known.get(key);
}

const lists = new WeakMap();

function keyAt(value, place) {
  if (Array.isArray(value))
    return place;
  let known = lists.get(value);
  if (!known) {
    known = Object.keys(value);
    lists.set(value, known);
  }
  return known[place];
}

class Node {
  constructor(value) {
    this.value = value;
    this.parts = new Map(); // those that are open, by their keys
    this.order = []; // of them: [place, node]
    this.rows = 1;
  }

  /* A part that is no container any more is not open either. */
  set(value) {
    if (value === this.value)
      return;
    this.value = value;
    for (const [key, part] of this.parts) {
      const next = Object.hasOwn?.(value, key) ?? Object.prototype.hasOwnProperty.call(value, key)
        ? value[key] : undefined;
      if (isContainer(next) && Array.isArray(next) === Array.isArray(part.value))
        part.set(next);
      else
        this.parts.delete(key);
    }
    this.arrange();
  }

  arrange() {
    this.order = [...this.parts].map(([key, part]) => [placeOf(this.value, key), part, key])
      .sort(([one], [other]) => one - other);
    this.rows = 1 + sizeOf(this.value);
    for (const [, part] of this.order)
      this.rows += part.rows - 1;
  }
}

export class Tree {
  constructor() {
    this.value = null;
    this.root = null; // NULL: folded, or plain
    this.folded = false;
  }

  set(value) {
    this.value = value;
    if (!isContainer(value)) {
      this.root = null;
    } else if (this.root && Array.isArray(value) === Array.isArray(this.root.value)) {
      this.root.set(value);
    } else if (!this.folded) {
      this.root = new Node(value);
      this.root.arrange();
    }
  }

  get count() {
    return this.root ? this.root.rows : 1;
  }

  /* The row: its tokens, value, whether it is open, and its place among how many. */
  row(index) {
    if (index === 0)
      return { tokens: [], value: this.value, open: this.root !== null, place: 0, size: 1 };
    const tokens = [];
    let node = this.root;
    let left = index - 1;
    for (;;) {
      const size = sizeOf(node.value);
      let more = 0;
      let next = null;
      for (const [place, part, key] of node.order) {
        if (left < place + more)
          break;
        if (left === place + more)
          return { tokens: [...tokens, key], value: part.value, open: true, place, size };
        if (left < place + more + part.rows) {
          left -= place + more + 1;
          tokens.push(key);
          next = part;
          break;
        }
        more += part.rows - 1;
      }
      if (!next) {
        const place = left - more;
        const key = keyAt(node.value, place);
        return { tokens: [...tokens, key], value: node.value[key], open: false, place, size };
      }
      node = next;
    }
  }

  /* The row of a part, or the last one on the way to it that is in sight. */
  indexOf(tokens) {
    let node = this.root;
    let index = 0;
    for (const key of tokens) {
      const place = node && placeOf(node.value, key);
      if (place === undefined || place === null)
        return index;
      index += 1 + place;
      let found = null;
      for (const [other, part] of node.order) {
        if (other >= place) {
          found = other === place ? part : null;
          break;
        }
        index += part.rows - 1;
      }
      node = found;
    }
    return index;
  }

  /* Opens a part and all that it is in. */
  open(tokens) {
    if (!isContainer(this.value))
      return;
    this.folded = false;
    if (!this.root) {
      this.root = new Node(this.value);
      this.root.arrange();
    }
    const way = [this.root];
    let node = this.root;
    for (const key of tokens) {
      const value = node.value[key];
      if (!isContainer(value))
        break;
      if (!node.parts.has(key)) {
        const part = new Node(value);
        part.arrange();
        node.parts.set(key, part);
      }
      node = node.parts.get(key);
      way.push(node);
    }
    way.reverse().forEach(each => each.arrange());
  }

  close(tokens) {
    if (tokens.length === 0) {
      this.folded = true;
      this.root = null;
      return;
    }
    const way = [];
    let node = this.root;
    for (const key of tokens.slice(0, -1)) {
      way.push(node);
      node = node?.parts.get(key);
    }
    if (!node)
      return;
    way.push(node);
    node.parts.delete(tokens[tokens.length - 1]);
    way.reverse().forEach(each => each.arrange());
  }
}

/* Gives the tokens of each part that has the text in its key, in its plain value or, for a text that
 * begins with a slash, in its pointer; and null now and then, so that others may have their turn. */
export function* find(document, text) {
  const wanted = text.toLowerCase();
  const byPointer = wanted.startsWith('/');
  let turn = 0;
  function* visit(value, tokens, pointer) {
    for (const key of keysOf(value)) {
      const part = value[key];
      const here = [...tokens, key];
      const where = byPointer ? `${pointer}/${escapeToken(key).toLowerCase()}` : '';
      if (++turn % 2000 === 0)
        yield null;
      if (byPointer ? where.includes(wanted)
        : (typeof key === 'string' && key.toLowerCase().includes(wanted)) ||
          (!isContainer(part) && String(part).toLowerCase().includes(wanted)))
        yield here;
      if (isContainer(part))
        yield* visit(part, here, where);
    }
  }
  if (isContainer(document))
    yield* visit(document, [], '');
  else if (String(document).toLowerCase().includes(wanted))
    yield [];
}
