// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers
//
// The page of the to-do boards.

import { actions } from './server-signal/actions.js';
import { connect } from './server-signal/server-signal.js';

const COLUMNS = ['todo', 'doing', 'done'];
const TITLES = { todo: 'To do', doing: 'Doing', done: 'Done' };
const $ = id => document.getElementById(id);
let client;

function complain(message) {
  $('problem').textContent = message;
  $('problem').hidden = message === '';
}

async function ask(method, args) {
  try {
    await client.call(method, args);
    complain('');
    return true;
  } catch (error) {
    complain(error.message);
    return false;
  }
}

/* A card keeps its element, and with it the keyboard's focus, wherever it goes. */
function makeCard(card) {
  const item = $('card').content.cloneNode(true).firstElementChild;
  const move = step => ask('move', { card: card.id, to: COLUMNS[COLUMNS.indexOf(item.dataset.in) + step] });
  item.dataset.card = card.id;
  item.querySelector('span').textContent = card.text;
  for (const step of [-1, 1])
    item.querySelector(`[data-step="${step}"]`).addEventListener('click', () => move(step));
  const remove = item.querySelector('[data-remove]');
  remove.setAttribute('aria-label', `Remove ${card.text}`);
  remove.addEventListener('click', () => ask('remove', { card: card.id }));
  item.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Delete')
      ask('remove', { card: card.id });
    else if (step !== undefined && COLUMNS[COLUMNS.indexOf(item.dataset.in) + step] !== undefined)
      move(step);
  });
  return item;
}

function place(item, card, column) {
  const at = COLUMNS.indexOf(column);
  item.dataset.in = column;
  for (const step of [-1, 1]) {
    const to = COLUMNS[at + step];
    const control = item.querySelector(`[data-step="${step}"]`);
    control.disabled = to === undefined;
    control.setAttribute('aria-label', to ? `Move ${card.text} to ${TITLES[to]}` : 'Nowhere to move');
  }
}

function showBoard(name) {
  const section = $(name);
  section.append($('board').content.cloneNode(true));
  const form = section.querySelector('form');
  const items = new Map();
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const text = form.elements.text.value.trim();
    if (text !== '' && await ask('add', { board: name, text }))
      form.reset();
  });
  client.signal(name).subscribe(value => {
    const focused = document.activeElement;
    const left = new Set(items.keys());
    for (const column of COLUMNS) {
      const list = section.querySelector(`[data-column=${column}] ul`);
      for (const [index, card] of (value?.[column] ?? []).entries()) {
        left.delete(card.id);
        if (!items.has(card.id))
          items.set(card.id, makeCard(card));
        const item = items.get(card.id);
        place(item, card, column);
        if (list.children[index] !== item)
          list.insertBefore(item, list.children[index] ?? null);
      }
    }
    for (const id of left) {
      items.get(id).remove();
      items.delete(id);
    }
    /* Moving an element takes the focus from it, and a button may have become disabled. */
    if (focused?.closest('li')?.isConnected && document.activeElement !== focused)
      (focused.disabled ? focused.closest('li').querySelector('button:enabled') : focused).focus();
  });
}

function start() {
  $('login').hidden = true;
  document.querySelector('main').hidden = false;
  /* Whether the session has ended is looked at with each attempt. */
  client = connect('ws', { retryMax: 5000 });
  showBoard('shared');
  showBoard('mine');
  client.subscribe(async () => {
    $('away').hidden = !client.lost;
    /* A browser does not say why it was refused. A session ends with its server. */
    if (client.lost && await logIn().then(ok => !ok, () => false))
      location.reload();
  });
  const board = actions(client, 'board');
  board.subscribe(() => { $('clear').disabled = !board.get('clear')?.enabled; });
  $('clear').addEventListener('click', () => {
    board.activate('clear').then(() => complain(''), error => complain(error.message));
  });
}

/* With a name and a password, or with the cookie of an earlier time. */
async function logIn(headers = {}) {
  const { ok } = await fetch('login', { headers, cache: 'no-store' });
  return ok;
}

$('login').addEventListener('submit', async event => {
  event.preventDefault();
  const { user, password } = $('login').elements;
  const bytes = new TextEncoder().encode(`${user.value}:${password.value}`);
  try {
    if (await logIn({ Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` })) {
      complain('');
      start();
    } else {
      complain('The name or the password is not right');
    }
  } catch {
    complain('The server is away');
  }
});

if (await logIn().catch(() => false)) {
  start();
} else {
  $('login').hidden = false;
  $('login').elements.user.focus();
}
