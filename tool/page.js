// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Every signal of the server, as it is and becomes.

import { connect } from './server-signal.js';

const PARTS = 200; // of one list or object that are shown
const TEXT = 2000; // characters of one string that are shown

const main = document.querySelector('main');
const state = document.getElementById('state');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
// An entry of a subprotocol list takes few characters as they are.
const entry = `token.${encodeURIComponent(token ?? '').replace(/[()]/g, c => `%${c.charCodeAt(0).toString(16)}`)}`;
const client = connect('ws', token === null ? {} : { protocols: entry });
const sections = new Map();

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

const isContainer = value => typeof value === 'object' && value !== null;
const kind = value => (typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'word');

function light(node) {
  node.classList.remove('lit');
  void node.offsetWidth; // begins the animation anew
  node.classList.add('lit');
}

/* Parts that did not change are the same objects, so that drawing ends there. */
class Part {
  constructor(key, value) {
    this.node = element('li', '');
    if (key !== null)
      this.node.append(element('span', 'key', key));
    this.draw(value);
  }

  draw(value) {
    this.value = value;
    this.parts = new Map();
    this.shown?.remove();
    this.list?.remove();
    this.list = null;
    if (isContainer(value)) {
      this.shown = element('span', 'shape');
      this.list = element('ul', Array.isArray(value) ? 'list' : '');
      this.node.append(this.shown, this.list);
      this.fill();
    } else {
      this.shown = element('span', kind(value),
        typeof value === 'string' ? value.slice(0, TEXT) : JSON.stringify(value));
      this.node.append(this.shown);
    }
  }

  fill() {
    const list = Array.isArray(this.value);
    const keys = list ? [...this.value.keys()].map(String) : Object.keys(this.value);
    const shown = keys.slice(0, PARTS);
    const wanted = new Set(shown);
    this.shown.textContent = keys.length === 0 ? (list ? '[ ]' : '{ }')
      : keys.length > PARTS ? `the first ${PARTS} of ${keys.length}` : '';
    for (const [key, part] of this.parts) {
      if (!wanted.has(key)) {
        part.node.remove();
        this.parts.delete(key);
      }
    }
    shown.forEach((key, index) => {
      let part = this.parts.get(key);
      if (part)
        part.update(this.value[key]);
      else {
        part = new Part(list ? null : key, this.value[key]);
        this.parts.set(key, part);
      }
      if (this.list.children[index] !== part.node)
        this.list.insertBefore(part.node, this.list.children[index] ?? null);
    });
  }

  update(value) {
    if (value === this.value)
      return;
    if (isContainer(value) && isContainer(this.value) && Array.isArray(value) === Array.isArray(this.value)) {
      this.value = value;
      this.fill();
    } else {
      this.draw(value);
      light(this.shown);
    }
  }
}

/* One signal. Changes may come more often than the screen is drawn. */
class Section {
  constructor(name) {
    this.name = name;
    this.signal = client.signal(name);
    this.part = null;
    this.node = element('section', 'stale');
    this.revision = element('small', '');
    this.list = element('ul', '');
    const title = element('h2', '');
    title.append(element('span', '', name), this.revision);
    this.node.append(title, this.list);
    this.stops = [
      this.signal.subscribe(() => {}), // without a listener of the value the signal rests
      this.signal.watch(() => {
        this.frame ??= requestAnimationFrame(() => this.draw());
      }),
    ];
  }

  draw() {
    const { value, revision, stale, error } = this.signal;
    this.frame = undefined;
    this.node.classList.toggle('stale', stale);
    this.revision.textContent = error ? error.message : revision === null ? '' : `revision ${revision}`;
    if (this.part) {
      this.part.update(value);
    } else if (!stale) {
      this.part = new Part(null, value);
      this.list.append(this.part.node);
    }
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.stops.forEach(stop => stop());
    client.release(this.name);
    this.node.remove();
  }
}

function list() {
  const names = [...client.names].sort().slice(0, PARTS);
  for (const [name, section] of sections) {
    if (client.state === 'open' && !names.includes(name)) {
      section.close();
      sections.delete(name);
    }
  }
  names.forEach((name, index) => {
    let section = sections.get(name);
    if (!section) {
      section = new Section(name);
      sections.set(name, section);
    }
    if (client.state === 'open' && main.children[index] !== section.node)
      main.insertBefore(section.node, main.children[index] ?? null);
  });
}

let listing;
client.subscribe(now => {
  state.textContent = now === 'open' ? 'live' : client.error ? `${now}: ${client.error.message}` : `${now} …`;
  state.classList.toggle('lost', now !== 'open');
  listing ??= requestAnimationFrame(() => {
    listing = undefined;
    list();
  });
});
