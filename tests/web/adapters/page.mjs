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

async function until(condition) {
  for (let i = 0; i < 1000 && !condition(); i++)
    await wait(20);
}

class Socket {
  constructor(url) {
    Socket.last = this;
    this.url = url;
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

  // A component that is removed no longer listens.
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

/* A page without a script, which the element binds. */
async function element() {
  const { WebSocket } = window;
  window.WebSocket = Socket;
  Socket.all = [];
  await import('server-signal/element');
  const page = document.body.appendChild(document.createElement('div'));
  page.lang = 'de';
  page.innerHTML = `<server-signal src="/ws">
    <signal-status lost="verloren"></signal-status>
    <output data-signal="counter/value" data-format="number">…</output>
    <time data-signal="counter/at" data-format="date" data-format-options='{"timeZone":"UTC"}'></time>
    <i data-signal="counter/names" data-format="list"></i>
    <input data-signal-properties="value: counter/text; disabled: counter/locked; onclick: counter/evil">
    <a data-signal-attributes="href: counter/link; title: counter/text; hidden: counter/locked;
      onclick: counter/evil; data-deep: a~1b/c~0d">x</a>
    <ol><template data-each="rows"><li data-signal-attributes="title: ./name">
      <b data-signal="./price" data-format="number" data-format-options='{"minimumFractionDigits":1}'></b>
      <template data-each="./tags"><em data-signal="."></em></template>
      <u data-signal="counter/value"></u></li></template></ol>
    <button data-call="stop" data-call-arguments='{"now":true}'><span>Stop</span></button>
    <form data-call="add"><input name="text" value="Milk"><input name="n" type="number" value="2">
      <input name="urgent" type="checkbox" checked><input name="size" type="radio" value="s">
      <input name="size" type="radio" value="l" checked><button name="go">Add</button></form></server-signal>`;
  const get = selector => page.querySelector(selector);
  const all = selector => [...page.querySelectorAll(selector)].map(found => found.textContent);
  const host = get('server-signal');
  const socket = Socket.last;
  const frame = () => wait(60);
  const say = (name, value, epoch = 'E') => socket.say({ name, epoch, rev: 0,
    patch: [{ op: 'replace', path: '', value }] });

  equal(new URL(socket.url).pathname, '/ws', 'the address');
  equal(host.getAttribute('state'), 'connecting', 'the state at first');
  equal(get('output').textContent, '…', 'what the author has written');
  socket.onopen();
  socket.say({ hello: { protocol: 'server-signal.v1', signals: ['counter', 'rows'] } });
  await frame();
  equal(host.getAttribute('state'), 'stale', 'the state without data');
  say('counter', { value: 12345.5, at: '2026-01-02T03:04:05Z', names: ['a', 'b', 'c'], text: 'tea',
    locked: true, evil: 'alert(1)', link: ' java\nscript:alert(1)' });
  say('a/b', { 'c~d': 7 });
  say('rows', [{ id: 1, name: 'one', price: 1, tags: ['x', 'y'] }, { id: 2, name: 'two', price: 2 }]);
  await frame();
  equal(host.getAttribute('state'), 'open', 'the state with data');
  equal(get('signal-status').textContent, '', 'nothing to say');
  equal(get('output').textContent, '12.345,5', 'a number');
  equal(get('time').textContent, '2.1.2026', 'a date');
  equal(get('i').textContent, 'a, b und c', 'a list');
  equal([get('input').value, get('input').disabled, get('input').onclick], ['tea', true, null],
    'properties');
  const link = get('a');
  equal([link.getAttribute('href'), link.title, link.hidden, link.hasAttribute('onclick'),
    link.dataset.deep], [null, 'tea', true, false, '7'], 'attributes');
  equal(all('li b'), ['1,0', '2,0'], 'rows');
  equal(all('li em'), ['x', 'y'], 'rows in rows');
  equal(all('li u'), ['12345.5', '12345.5'], 'another signal in rows');

  const items = [...page.querySelectorAll('li')];
  let changes = 0;
  const observer = new MutationObserver(list => { changes += list.length; });
  observer.observe(get('ol'), { subtree: true, childList: true, characterData: true,
    attributes: true });
  socket.say({ name: 'rows', base: 0, rev: 1, patch: [{ op: 'replace', path: '/0/price', value: 9 }] });
  await frame();
  equal(changes, 1, 'changes of the page for one of a row');
  socket.say({ name: 'rows', base: 1, rev: 2, patch: [
    { op: 'add', path: '/0', value: { id: 3, name: 'three', price: 3, tags: ['z'] } },
    { op: 'move', from: '/1', path: '/2' }] });
  await frame();
  observer.disconnect();
  equal(all('li b'), ['3,0', '2,0', '9,0'], 'rows that moved');
  assert(page.querySelectorAll('li')[1] === items[1] && page.querySelectorAll('li')[2] === items[0],
    'they are the same elements');
  socket.say({ name: 'rows', base: 2, rev: 3, patch: [{ op: 'remove', path: '/0' }] });
  socket.say({ name: 'counter', base: 0, rev: 1, patch: [
    { op: 'replace', path: '/locked', value: false },
    { op: 'replace', path: '/link', value: 'https://host/' },
    { op: 'replace', path: '/text', value: '<b>' }] });
  await frame();
  equal(all('li b'), ['2,0', '9,0'], 'a row that was removed');
  equal(all('li em'), ['x', 'y'], 'and its own rows');
  equal([link.getAttribute('href'), link.title, link.hidden], ['https://host/', '<b>', false],
    'attributes that changed');

  // Buttons and forms that call.
  const heard = [];
  page.addEventListener('signal-answer', ({ target, detail }) => heard.push([target.localName, detail]));
  page.addEventListener('signal-error', ({ target, detail }) => heard.push([target.localName, detail.code]));
  const button = get('button');
  const form = get('form');
  get('button span').click();
  await until(() => socket.sent.call === 'stop');
  equal([socket.sent.call, socket.sent.args, button.ariaBusy], ['stop', { now: true }, 'true'], 'a call');
  const { id } = socket.sent;
  button.click();
  await frame();
  equal(socket.sent.id, id, 'calls of a button that is pressed twice');
  form.elements.text.value = 'Tea';
  form.requestSubmit();
  await until(() => socket.sent.call === 'add');
  equal([socket.sent.call, socket.sent.args], ['add', { text: 'Tea', n: 2, urgent: true, size: 'l' }], 'a form');
  socket.say({ reply: id, error: { code: 'busy', message: 'later' } });
  socket.say({ reply: socket.sent.id, value: 7 });
  await until(() => heard.length === 2 && !button.ariaBusy);
  equal(heard, [['button', 'busy'], ['form', 7]], 'the answers');
  equal([button.dataset.callError, button.ariaBusy, form.elements.text.value], ['busy: later', null, 'Milk'],
    'the elements after the answers');

  socket.onclose({ code: 1006, reason: '' });
  await frame();
  // The wait before the first attempt is random, and may be over.
  assert(['waiting', 'connecting'].includes(host.getAttribute('state')), 'the state without a connection');
  assert(get('output').hasAttribute('data-stale'), 'it is marked as stale');
  equal(get('output').textContent, '12.345,5', 'and still shown');
  await until(() => get('signal-status').textContent === 'verloren');
  equal([host.getAttribute('state'), get('signal-status').textContent], ['lost', 'verloren'],
    'the state that lasts');
  const { client } = host;
  host.remove();
  equal([client.state, host.client], ['idle', null], 'the connection without the element');
  page.remove();

  // The example.
  const text = await (await fetch('/example.html')).text();
  const example = new DOMParser().parseFromString(text, 'text/html').querySelector('server-signal');
  document.body.append(document.adoptNode(example));
  const other = Socket.last;
  other.onopen();
  other.say({ hello: { protocol: 'server-signal.v1', signals: ['counter', 'rows'] } });
  other.say({ name: 'counter', epoch: 'E', rev: 0,
    patch: [{ op: 'replace', path: '', value: { value: 1234, percent: 40 } }] });
  other.say({ name: 'rows', epoch: 'E', rev: 0,
    patch: [{ op: 'replace', path: '', value: [{ id: 1, name: 'Tea', price: 3 }] }] });
  await frame();
  equal([example.querySelector('output').textContent, example.querySelector('progress').value,
    example.querySelector('li').title, example.querySelector('li').textContent],
  ['1,234', 40, 'Tea', 'Tea 3'], 'the example');
  example.remove();
  window.WebSocket = WebSocket;
}
frameworks.element = element;

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
