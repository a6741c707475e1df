// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Each adapter with its framework: fifty rows, of which one changes, and one comes at the head.
// test-adapters.mjs bundles this for a browser.

import { effect } from '@preact/signals-core';
import Alpine from 'alpinejs';
import { html as litHtml, LitElement } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { createElement, memo } from 'react';
import { createRoot } from 'react-dom/client';
import { createEffect, createRoot as createSolidRoot, For } from 'solid-js';
import { insert } from 'solid-js/web';
import { mount, unmount } from 'svelte';
import * as vue from 'vue';

import { connect } from 'server-signal';
import * as forAlpine from 'server-signal/alpine';
import * as forLit from 'server-signal/lit';
import * as forPreact from 'server-signal/preact-signals';
import * as forReact from 'server-signal/react';
import * as forSolid from 'server-signal/solid';
import * as forSvelte from 'server-signal/svelte';
import * as forVue from 'server-signal/vue';
import { App as Example } from './example-react.js';
import List from './List.svelte';

const ROWS = 50;
const row = id => ({ id, price: id * 10 });
const wait = ms => new Promise(done => setTimeout(done, ms));

class Socket {
  constructor() {
    Socket.last = this;
    this.protocol = 'server-signal.v1';
    this.readyState = 1;
  }

  say(frame) { this.onmessage({ data: JSON.stringify(frame) }); }

  send(text) { this.sent = JSON.parse(text); }

  close() {}
}

function assert(condition, what) {
  if (!condition)
    throw new Error(what);
}

function equal(actual, expected, what) {
  assert(JSON.stringify(actual) === JSON.stringify(expected),
    `${what}: ${JSON.stringify(actual)}, and not ${JSON.stringify(expected)}`);
}

/* The page as it has to be; `render` shows it in an element, calls `count (row)` for each row that it
 * renders, and gives a function that ends it. */
async function tryOut(render, { inserted = 1 } = {}) {
  const client = connect('ws://localhost/', { WebSocket: Socket, linger: 0 });
  const socket = Socket.last;
  socket.onopen();
  const signal = client.signal('rows', []);
  socket.say({ hello: { protocol: 'server-signal.v1', signals: ['rows'] } });
  socket.say({ name: 'rows', epoch: 'E', rev: 0,
    patch: [{ op: 'replace', path: '', value: Array.from({ length: ROWS }, (_, i) => row(i)) }] });
  await wait(5);
  const element = document.body.appendChild(document.createElement('ul'));
  let rendered = [];
  const count = shown => {
    rendered.push(shown.id);
    return shown;
  };
  const texts = () => [...element.querySelectorAll('li')].map(item => item.textContent);
  const expected = signal.value;
  const end = await render({ client, signal, element, count });
  await wait(20);
  equal(texts(), expected.map(({ price }) => String(price)), 'the rows at first');

  rendered = [];
  socket.say({ name: 'rows', base: 0, rev: 1,
    patch: [{ op: 'replace', path: '/7/price', value: 999 }] });
  await wait(20);
  equal(texts()[7], '999', 'the row that changed');
  equal(rendered, [7], 'rows rendered for a change of one');

  rendered = [];
  socket.say({ name: 'rows', base: 1, rev: 2,
    patch: [{ op: 'add', path: '/0', value: row(1000) }] });
  await wait(20);
  equal(texts().slice(0, 2), ['10000', '0'], 'the row that was inserted');
  if (inserted !== null)
    equal(rendered.length, inserted, 'rows rendered for one that was inserted');

  // What is taken away listens no more.
  await end();
  await wait(20);
  equal(socket.sent, { unsubscribe: 'rows' }, 'the subscription');
  element.remove();
  client.close();
}

const frameworks = {
  async react() {
    const Row = memo(({ shown, count }) => createElement('li', null, count(shown).price));
    let others = 0;
    let parts = 0;
    const Part = memo(({ signal }) => {
      parts++;
      return createElement('p', null, forReact.useSignal(signal, '/3/price'));
    });
    const Rows = ({ signal, count }) => forReact.useSignal(signal)
      .map(shown => createElement(Row, { key: shown.id, shown, count }));
    const Other = memo(({ client, signal }) => {
      others++;
      const { stale } = forReact.useSnapshot(signal);
      const { state, lost } = forReact.useConnection(client);
      return createElement('b', null, `${state} ${lost} ${stale}`);
    });
    const App = memo(properties => [createElement(Rows, { key: 0, ...properties }),
      createElement(Part, { key: 1, signal: properties.signal }),
      createElement(Other, { key: 2, ...properties })]);
    let shown;
    await tryOut(({ element, ...properties }) => {
      const root = createRoot(element);
      root.render(createElement(App, properties));
      return () => {
        shown = [element.querySelector('p').textContent, element.querySelector('b').textContent];
        root.unmount();
      };
    });
    equal(shown, ['20', 'open false false'], 'the other parts');
    const root = createRoot(document.body.appendChild(document.createElement('div')));
    const rows = connect('ws://localhost/', { WebSocket: Socket }).signal('rows',
      [1, 2, 3, 4].map(row));
    root.render(createElement(Example, { rows }));
    await wait(20);
    equal(document.body.lastChild.textContent, '1020304040', 'the example');
    root.unmount();
    equal(parts, 2, 'the part is rendered when it changes only');
    assert(others > 0, 'the snapshot is rendered');
  },

  async 'preact-signals'() {
    await tryOut(({ signal, element, count }) => {
      const ends = [];
      for (let i = 0; i < ROWS; i++) {
        const item = element.appendChild(document.createElement('li'));
        const mirror = forPreact.fromSignal(signal, `/${i}`);
        ends.push(effect(() => { item.textContent = count(mirror.value).price; }));
      }
      return () => ends.forEach(end => end());
    }, { inserted: ROWS }); // they are places
  },

  async vue() {
    const Row = { props: ['shown', 'count'],
      render() { return vue.h('li', this.count(this.shown).price); } };
    await tryOut(({ signal, element, count }) => {
      const app = vue.createApp({
        setup() {
          const rows = forVue.useSignal(signal);
          const shot = forVue.useSnapshot(signal);
          const part = forVue.useSignal(signal, '/0/id');
          return () => [vue.h('p', `${shot.value.stale} ${part.value}`),
            rows.value.map(shown => vue.h(Row, { key: shown.id, shown, count }))];
        },
      });
      app.mount(element);
      return () => app.unmount();
    });
  },

  async svelte() {
    await tryOut(({ signal, element, count }) => {
      const component = mount(List, { target: element, props: { signal, count } });
      return () => unmount(component);
    });
    equal(typeof forSvelte.fromSignal, 'function', 'it is exported');
  },

  async solid() {
    await tryOut(({ signal, element, count }) => createSolidRoot(dispose => {
      const store = forSolid.createSignalStore(signal);
      insert(element, For({ get each() { return store.value; }, children: shown => {
        const item = document.createElement('li');
        createEffect(() => {
          const { id, price } = shown;
          item.textContent = count({ id, price }).price;
        });
        return item;
      } }));
      return dispose;
    }));
    // The store is what the value is, whatever the patch.
    const client = connect('ws://localhost/', { WebSocket: Socket });
    const socket = Socket.last;
    socket.onopen();
    const signal = client.signal('rows', { 'a/b': [1, { x: [] }], '~': null });
    socket.say({ hello: { protocol: 'server-signal.v1', signals: ['rows'] } });
    socket.say({ name: 'rows', epoch: 'E', rev: 0,
      patch: [{ op: 'replace', path: '', value: signal.value }] });
    await wait(5);
    const store = forSolid.createSignalStore(signal);
    const patches = [
      [{ op: 'add', path: '/a~1b/0', value: { y: 1 } }, { op: 'copy', from: '/a~1b/2', path: '/c' }],
      [{ op: 'move', from: '/c/x', path: '/a~1b/-' }, { op: 'remove', path: '/~0' }],
      [{ op: 'test', path: '', value: { 'a/b': [{ y: 1 }, 1, { x: [] }, []], c: {} } }],
      [{ op: 'add', path: '/a~1b/3/0', value: 7 }, { op: 'remove', path: '/a~1b/1' }],
      [{ op: 'replace', path: '', value: { z: [1] } }, { op: 'copy', from: '/z', path: '' }],
    ];
    for (const [base, patch] of patches.entries()) {
      socket.say({ name: 'rows', base, rev: base + 1, patch });
      await wait(5);
      equal(signal.stale, false, 'the patch applies');
      equal(store.value, signal.value, 'the store');
    }
    client.close();
  },

  async lit() {
    class LitRow extends LitElement {
      static properties = { shown: {}, count: {} };

      createRenderRoot() { return this; }

      render() { return litHtml`<li>${this.count(this.shown).price}</li>`; }
    }
    class LitList extends LitElement {
      createRenderRoot() { return this; }

      render() {
        const { count, rows } = this;
        return litHtml`<p>${rows.stale}</p>${repeat(rows.value, ({ id }) => id,
          shown => litHtml`<lit-row .shown=${shown} .count=${count}></lit-row>`)}`;
      }
    }
    customElements.define('lit-row', LitRow);
    customElements.define('lit-list', LitList);
    await tryOut(({ signal, element, count }) => {
      const list = document.createElement('lit-list');
      list.count = count;
      list.rows = new forLit.SignalController(list, signal);
      element.append(list);
      return () => list.remove();
    });
  },

  async alpine() {
    let started = false;
    await tryOut(async ({ client, signal, element, count }) => {
      window.count = count;
      Alpine.plugin(forAlpine.signals(client));
      element.innerHTML = `<div x-data><template x-for="row in $signal('rows')" :key="row.id">
        <li x-text="count(row).price"></li></template><p x-text="$signal('rows', '/3/price')"></p></div>`;
      if (!started)
        Alpine.start();
      started = true;
      await wait(20);
      equal(element.querySelector('p').textContent, '30', 'a part');
      // It belongs to the page, and is never taken away.
      return () => {
        Socket.last.sent = { unsubscribe: 'rows' };
        equal(signal.stale, false, 'it follows');
      };
    });
  },
};

const results = {};
for (const [name, run] of Object.entries(frameworks)) {
  try {
    await run();
    results[name] = 'ok';
  } catch (error) {
    results[name] = error.stack;
  }
}
await fetch('/results', { method: 'POST', body: JSON.stringify(results) });
