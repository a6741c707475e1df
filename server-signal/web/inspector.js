// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The inspector: a window into a running hub. inspector.html?ws=ADDRESS#NAME

import { clip, element, isContainer, measure, preview, Rows, sizeOf, write } from './inspector-rows.js';
import { find, toPointer, Tree } from './inspector-tree.js';
import { connect } from './server-signal.js';

const HUB = 'server-signal:hub'; // the figures of the hub, where it has any
const CHANGES = 1000; // that are kept of a signal
const COPIED = 2e6; // parts of lists and objects that earlier states may keep alive
const MEASURED = 1 << 20; // characters up to which a change is measured
const OPERATIONS = 100; // of one change that are written out
const OPERAND = 500; // characters of one of them
const TEXT = 500; // characters of a value in a row
const HITS = 10000;
const SLICE = 8; // milliseconds of a search before others have their turn, …
const REST = 32; // which they have for so long when a document is searched again, …
const AGAIN = 100; // … so long after it changed
const ANSWERS = 50;

const $ = id => document.getElementById(id);
const root = document.documentElement;
const number = new Intl.NumberFormat('en');
const client = connect(new URLSearchParams(location.search).get('ws') ?? 'ws');

const bytes = size => (size === Infinity ? '> 1 MB' : size < 1000 ? `${size} B`
  : size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`);
const clock = date => date.toTimeString().slice(0, 8);

function setHidden(node, hidden) {
  if (node.hidden !== hidden)
    node.hidden = hidden;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    write($('copied'), `Copied ${number.format(text.length)} characters`);
  } catch (error) {
    // A page that was not loaded by TLS, nor from this machine, has no clipboard.
    const area = element('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    write($('copied'), done ? `Copied ${number.format(text.length)} characters` : 'The browser does not let this page copy');
  }
}

/* Names */

class Names {
  constructor() {
    this.all = null;
    this.shown = [];
    this.rows = new Rows($('names'), {
      make: () => element('div', '', element('span')),
      update: (row, index) => {
        write(row.firstChild, this.shown[index]);
        row.setAttribute('aria-selected', String(this.shown[index] === view?.name));
        row.classList.toggle('selected', this.shown[index] === view?.name);
      },
      choose: (index, event) => choose(this.shown[index], event?.type === 'click'),
      empty: 'No signals',
    });
    $('filter').addEventListener('input', () => this.filter());
    $('names').addEventListener('keydown', event => {
      if (event.key === 'Enter' && view)
        turn('main');
    });
  }

  /* They may be very many, and come at once: they are put in order when they are others. */
  take(names) {
    if (names === this.all)
      return;
    this.all = names;
    this.sorted = [...names].sort();
    this.filter();
  }

  filter() {
    const wanted = $('filter').value.toLowerCase();
    this.shown = wanted === '' ? this.sorted ?? []
      : this.sorted.filter(name => name.toLowerCase().includes(wanted));
    this.rows.selected = this.shown.indexOf(view?.name);
    this.rows.resize(this.shown.length);
    const { length } = this.sorted ?? [];
    write($('found'), wanted === '' ? `${number.format(length)} ${length === 1 ? 'signal' : 'signals'}`
      : `${number.format(this.shown.length)} of ${number.format(length)}`);
  }
}

/* The signal that is shown, with what it was. */
class View {
  constructor(name) {
    this.name = name;
    this.signal = client.signal(name);
    this.changes = []; // { date, from, revision, patch, size, value, cost, kept }
    this.kept = 0; // of them, the newest: the states after these can be shown
    this.cost = 0; // of those states
    this.at = null; // the change after which the document is shown; null: live
    this.arrived = []; // [time, revisions, size] of the last second
    this.tree = new Tree();
    this.known = new Map(); // pointer → value of the rows that were in sight
    this.hits = [];
    this.hit = -1;
    this.search = null;
    this.revision = null;
    this.stops = [
      this.signal.subscribe((value, patch) => this.take(value, patch)),
      this.signal.watch(() => schedule()),
    ];
  }

  take(value, patch) {
    const { revision, stale } = this.signal;
    if (revision === null && stale && value === null)
      return;
    const size = measure(patch ?? value, MEASURED);
    const change = { date: new Date(), from: this.revision, revision, patch, size, value, cost: this.weigh(value, patch), kept: true };
    this.revision = revision;
    this.changes.push(change);
    this.cost += change.cost;
    this.arrived.push([performance.now(), revision !== null && change.from !== null && patch ? revision - change.from : 1, size]);
    this.kept++;
    while (this.kept > 1 && (this.kept > CHANGES || this.cost > COPIED)) {
      const gone = this.changes[this.first];
      this.cost -= gone.cost;
      Object.assign(gone, { value: null, kept: false });
      this.kept--;
      if (gone === this.at)
        this.at = this.changes[this.first];
    }
    if (this.changes.length > CHANGES)
      this.changes.shift();
  }

  /* The first change after which the document can be shown. */
  get first() {
    return this.changes.length - this.kept;
  }

  /* How many parts the state has for itself: lists and objects on the way to a change are copies. */
  weigh(value, patch) {
    if (!patch)
      return Math.min(COPIED / 2, measure(value, MEASURED));
    let weight = 1;
    for (const { path } of patch.slice(0, OPERATIONS)) {
      let part = value;
      for (const token of path.split('/').slice(1)) {
        if (!isContainer(part))
          break;
        weight += Array.isArray(part) ? part.length : 8;
        part = part[token.replace(/~1/g, '/').replace(/~0/g, '~')];
      }
    }
    return weight;
  }

  get value() {
    return this.at ? this.at.value : this.signal.value;
  }

  /* A search through a large document takes many turns. */
  seek(text) {
    clearTimeout(this.searching);
    Object.assign(this, { search: text === '' ? null : text, hits: [], found: new Set(), hit: -1, sought: false, searching: undefined });
    if (this.search === null)
      schedule();
    else
      this.scan(false);
  }

  /* The document is another now, so there may be other hits. Those that there were stay until it was
   * searched, and neither the selection nor the place in the list moves. */
  seekAgain() {
    if (this.search !== null && this.sought && this.searching === undefined && this.value !== this.searched)
      this.searching = setTimeout(() => this.scan(true), AGAIN);
  }

  scan(again) {
    const hits = again ? [] : this.hits;
    const found = again ? new Set() : this.found;
    this.searched = this.value;
    const parts = find(this.searched, this.search);
    const on = () => {
      const end = performance.now() + SLICE;
      let next;
      do {
        next = parts.next();
        if (next.value) {
          hits.push(next.value);
          found.add(toPointer(next.value));
        }
      } while (!next.done && hits.length < HITS && performance.now() < end);
      this.sought = next.done || hits.length >= HITS;
      if (!again && this.hit < 0 && hits.length > 0)
        this.go(1);
      // One that nobody waits for leaves most of the time to others.
      this.searching = this.sought ? undefined : setTimeout(on, again ? REST : 0);
      if (again && this.sought)
        this.replaceHits(hits, found);
      schedule();
    };
    on();
  }

  replaceHits(hits, found) {
    const current = this.hits[this.hit];
    const pointer = current && toPointer(current);
    const hit = current ? hits.findIndex(tokens => toPointer(tokens) === pointer) : -1;
    Object.assign(this, { hits, found, hit: current && hit < 0 ? Math.min(this.hit, hits.length - 1) : hit });
  }

  go(by) {
    const { length } = this.hits;
    if (length === 0)
      return;
    this.hit = (Math.max(this.hit, by < 0 ? 0 : -1) + by + length) % length;
    const tokens = this.hits[this.hit];
    if (tokens.length > 0)
      this.tree.open(tokens.slice(0, -1));
    documentRows.count = this.tree.count;
    documentRows.render();
    documentRows.select(this.tree.indexOf(tokens));
  }

  /* The state by so many changes earlier or later. */
  step(by) {
    const { length } = this.changes;
    const now = this.at ? this.changes.indexOf(this.at) : length - 1;
    const then = Math.max(this.first, now + by);
    this.at = then >= length - 1 ? (by > 0 ? null : this.changes[length - 1]) : this.changes[then];
    schedule();
  }

  close() {
    clearTimeout(this.searching);
    this.stops.forEach(stop => stop());
    client.release(this.name);
  }
}

let view = null;

/* The document */

const kindOf = value => (typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'word');

const documentRows = new Rows($('tree'), {
  item: 'treeitem',
  make: () => {
    const row = element('div', '', element('span', 'twist'), element('span', 'key'), element('span', 'shown'), element('span', 'preview'));
    row.firstChild.setAttribute('aria-hidden', 'true');
    return row;
  },
  update: (row, index) => {
    // A list may be scrolled between a change and its drawing.
    if (!view || index >= view.tree.count)
      return;
    const { tokens, value, open, place, size } = view.tree.row(index);
    const pointer = toPointer(tokens);
    const [twist, key, shown, more] = row.children;
    const container = isContainer(value);
    row.style.setProperty('--depth', tokens.length);
    row.setAttribute('aria-level', tokens.length + 1);
    row.setAttribute('aria-posinset', place + 1);
    row.setAttribute('aria-setsize', size);
    if (container)
      row.setAttribute('aria-expanded', String(open));
    else
      row.removeAttribute('aria-expanded');
    row.classList.toggle('hit', view.found?.has(pointer) ?? false);
    write(twist, container ? '▸' : '');
    setHidden(key, tokens.length === 0);
    write(key, tokens.length === 0 ? '' : clip(String(tokens[tokens.length - 1]), OPERAND));
    shown.className = `shown ${container ? 'count' : kindOf(value)}`;
    write(shown, container ? `${Array.isArray(value) ? '[' : '{'} ${number.format(sizeOf(value))} ${Array.isArray(value) ? ']' : '}'}`
      : preview(value, TEXT));
    write(more, container && !open ? preview(value, 120) : '');
    const before = seen.get(pointer);
    if (before !== undefined && before !== value && (!container || !open)) {
      shown.classList.remove('changed');
      void shown.offsetWidth; // begins the animation anew
      shown.classList.add('changed');
    }
    sight.set(pointer, value);
  },
  choose: (index, event) => {
    if (!view || index >= view.tree.count)
      return;
    const { tokens, value, open } = view.tree.row(index);
    view.chosen = tokens;
    if (event?.type === 'click' && isContainer(value) && (event.detail === 2 || event.target.closest('.twist')))
      toggle(tokens, open);
    schedule();
  },
});
let seen = new Map(); // pointer → value, of the rows when they were drawn last
let sight = new Map();

function toggle(tokens, open) {
  if (open)
    view.tree.close(tokens);
  else
    view.tree.open(tokens);
  documentRows.resize(view.tree.count);
}

$('tree').addEventListener('keydown', event => {
  const { selected } = documentRows;
  if (!view || selected < 0 || selected >= view.tree.count)
    return;
  const { tokens, value, open } = view.tree.row(selected);
  const forward = getComputedStyle($('tree')).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
  const backward = forward === 'ArrowLeft' ? 'ArrowRight' : 'ArrowLeft';
  if ((event.ctrlKey || event.metaKey) && event.key === 'c') {
    if (!getSelection().isCollapsed)
      return;
    copyValue();
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (event.key === forward && isContainer(value)) {
    if (open)
      documentRows.select(selected + 1, event);
    else
      toggle(tokens, false);
  } else if (event.key === backward && open) {
    toggle(tokens, true);
  } else if (event.key === backward && tokens.length > 0) {
    documentRows.select(view.tree.indexOf(tokens.slice(0, -1)), event);
  } else if ((event.key === 'Enter' || event.key === ' ') && isContainer(value)) {
    toggle(tokens, open);
  } else {
    return;
  }
  event.preventDefault();
});

function chosenRow() {
  return view && documentRows.selected >= 0 && documentRows.selected < view.tree.count
    ? view.tree.row(documentRows.selected) : { tokens: [], value: view?.value };
}

const copyValue = () => copy(JSON.stringify(chosenRow().value ?? null, null, 2));
$('copy').addEventListener('click', copyValue);
$('copy-pointer').addEventListener('click', () => copy(toPointer(chosenRow().tokens)));
$('search').addEventListener('submit', event => {
  event.preventDefault();
  view?.go(1);
  schedule();
});
$('previous').addEventListener('click', () => {
  view?.go(-1);
  schedule();
});
$('wanted').addEventListener('input', () => view?.seek($('wanted').value));
$('step-back').addEventListener('click', () => view?.step(-1));
$('step-forward').addEventListener('click', () => view?.step(1));
$('live').addEventListener('click', () => {
  if (view)
    view.at = view.at ? null : view.changes[view.changes.length - 1] ?? null;
  schedule();
});
$('moment').addEventListener('input', () => {
  if (view)
    view.at = Number($('moment').value) >= view.kept - 1 ? null : view.changes[view.first + Number($('moment').value)];
  schedule();
});

function drawDocument() {
  const { signal, changes, at } = view;
  const { revision, stale, error } = signal;
  const facts = [at ? `Revision ${at.revision === null ? 'unknown' : number.format(at.revision)} of ${clock(at.date)}`
    : revision === null ? 'No revisions' : `Revision ${number.format(revision)}`];
  if (error)
    facts.push(clip(error.message, OPERAND));
  const said = facts.join(' · ');
  const warning = stale && !at ? ' · Not current' : '';
  if ($('facts').textContent !== said + warning) {
    $('facts').replaceChildren(said);
    if (warning)
      $('facts').append(' · ', element('span', 'stale', 'Not current'));
  }
  view.tree.set(view.value);
  sight = new Map();
  const { chosen } = view;
  if (chosen && documentRows.selected >= 0)
    documentRows.selected = view.tree.indexOf(chosen);
  documentRows.resize(view.tree.count);
  seen = sight;
  write($('pointer'), toPointer(chosenRow().tokens) || '(the whole document)');
  view.seekAgain();
  const more = view.sought ? (view.hits.length >= HITS ? ' or more' : '') : ' …';
  write($('hits'), view.search === null ? '' : view.hits.length === 0 ? (view.sought ? 'Nothing found' : 'Searching …')
    : view.hit < 0 ? `${number.format(view.hits.length)}${more} found`
      : `${number.format(view.hit + 1)} of ${number.format(view.hits.length)}${more}`);
  $('moment').max = String(Math.max(0, view.kept - 1));
  const place = at ? changes.indexOf(at) : changes.length - 1;
  $('moment').value = String(place - view.first);
  $('moment').setAttribute('aria-valuetext', at ? facts[0] : 'Live');
  $('step-back').disabled = place <= view.first;
  $('step-forward').disabled = !at;
  $('live').setAttribute('aria-pressed', String(!at));
  write($('when'), at ? `${number.format(changes.length - 1 - place)} changes ago` : '');
}

/* The changes, the newest first. When they are paused the list is what it was. */

let paused = null;
let chosenChange = null;
const listed = () => paused ?? view?.changes ?? [];

const changeRows = new Rows($('changes'), {
  make: () => element('div', '', element('time'), element('span', 'revision'), element('span', 'size'), element('span', 'shown')),
  update: (row, index) => {
    const changes = listed();
    const change = changes[changes.length - 1 - index];
    const [time, revision, size, shown] = row.children;
    if (!change)
      return;
    write(time, clock(change.date));
    write(revision, change.revision === null ? '–' : change.patch && change.from !== null
      ? `${change.from} → ${change.revision}` : `→ ${change.revision}`);
    write(size, bytes(change.size));
    write(shown, !change.patch ? 'the whole document' : change.patch.length === 0 ? 'nothing'
      : `${writeOperation(change.patch[0], 120)}${change.patch.length > 1 ? ` … and ${number.format(change.patch.length - 1)} more` : ''}`);
    const mine = change === chosenChange;
    row.classList.toggle('selected', mine);
    row.setAttribute('aria-selected', String(mine));
  },
  choose: index => {
    const changes = listed();
    chosenChange = changes[changes.length - 1 - index];
    schedule();
  },
  empty: 'Nothing has changed yet',
});

function writeOperation({ op, from, path, value }, limit) {
  const more = from !== undefined ? clip(from, limit) : value !== undefined ? preview(value, limit) : '';
  return `${op} ${path === '' ? '(all)' : clip(path, limit)} ${more}`.trimEnd();
}

$('pause').addEventListener('click', () => {
  paused = paused ? null : [...view?.changes ?? []];
  schedule();
});
$('show-change').addEventListener('click', () => {
  if (view && chosenChange?.kept) {
    view.at = chosenChange;
    show('document');
  }
});

function drawChanges() {
  const now = performance.now();
  const { arrived } = view;
  while (arrived.length > 0 && arrived[0][0] < now - 1000)
    arrived.shift();
  const revisions = arrived.reduce((sum, [, n]) => sum + n, 0);
  const size = arrived.reduce((sum, [,, n]) => sum + n, 0);
  const missed = paused ? view.changes.length - 1 - view.changes.lastIndexOf(paused[paused.length - 1]) : 0;
  write($('rate'), paused ? `Paused, ${number.format(missed)} newer`
    : `${number.format(revisions)} revisions, ${bytes(size)} in the last second`);
  write($('pause'), paused ? 'Go On' : 'Pause');
  $('pause').setAttribute('aria-pressed', String(paused !== null));
  const changes = listed();
  const place = changes.lastIndexOf(chosenChange);
  changeRows.selected = place < 0 ? -1 : changes.length - 1 - place;
  changeRows.resize(changes.length);
  $('show-change').disabled = !chosenChange?.kept;
  const lines = !chosenChange ? ['Choose a change to see its operations.']
    : !chosenChange.patch ? [`The whole document${chosenChange.kept ? `: ${preview(chosenChange.value, OPERAND)}` : ''}`]
      : chosenChange.patch.slice(0, OPERATIONS).map(operation => writeOperation(operation, OPERAND));
  if (chosenChange?.patch?.length > OPERATIONS)
    lines.push(`… and ${number.format(chosenChange.patch.length - OPERATIONS)} more`);
  write($('change'), lines.join('\n'));
}

/* The hub, and who is there. Its figures are asked for while somebody looks. */

let hub = null;
let figures = null; // the last that there were

function table(id, columns) {
  const head = element('div', 'head row', ...columns.map(({ title, figure }) => {
    const cell = element('span', figure ? 'figure' : '', title);
    cell.setAttribute('role', 'columnheader');
    return cell;
  }));
  head.setAttribute('role', 'row');
  let items = [];
  const rows = new Rows($(id), {
    item: 'row',
    head,
    make: () => element('div', '', ...columns.map(({ figure }) => {
      const cell = element('span', figure ? 'figure' : '');
      cell.setAttribute('role', 'gridcell');
      return cell;
    })),
    update: (row, index) => columns.forEach(({ get }, column) => write(row.children[column], String(get(items[index] ?? {}) ?? '–'))),
    empty: 'None',
  });
  return next => {
    items = next;
    $(id).setAttribute('aria-rowcount', items.length + 1);
    rows.resize(items.length);
  };
}

const figure = key => item => number.format(item[key] ?? 0);
const setPeers = table('peers', [
  { title: 'Address', get: item => item.id },
  { title: 'User', get: item => item.user },
  { title: 'Protocol', get: item => item.protocol },
  { title: 'Waiting', figure: true, get: item => bytes(item.backlog ?? 0) },
  { title: 'Merged', figure: true, get: figure('merged') },
  { title: 'Calls', figure: true, get: figure('calls') },
]);
const setFollowed = table('followed', [
  { title: 'Name', get: item => item.id },
  { title: 'Revision', figure: true, get: figure('revision') },
  { title: 'Followers', figure: true, get: figure('followers') },
]);
const FIGURES = { 'n-peers': 'Clients', 'n-signals': 'Signals', commits: 'Commits', frames: 'Frames', bytes: 'Sent',
  merged: 'Merged commits', backlog: 'Waiting', 'dropped-peers': 'Dropped clients' };

function watchHub(wanted) {
  if (wanted === (hub !== null))
    return;
  if (wanted) {
    const signal = client.signal(HUB);
    let last = null;
    hub = { signal, rates: {}, stop: signal.subscribe(value => {
      const now = performance.now();
      if (value && last)
        for (const key of ['commits', 'bytes'])
          hub.rates[key] = Math.max(0, (value[key] - last.value[key]) / (now - last.now) * 1000);
      last = value && { value, now };
      schedule();
    }), watch: signal.watch(() => schedule()) };
  } else {
    hub.stop();
    hub.watch();
    client.release(HUB);
    hub = null;
  }
}

function drawHub() {
  const { signal, rates } = hub;
  const { error } = signal;
  const stale = signal.stale;
  if (signal.value || error?.code === 'unknown-signal')
    figures = signal.value;
  const value = figures;
  const state = $('hub-state');
  state.classList.toggle('trouble', stale);
  if (!value) {
    write(state, error?.code === 'unknown-signal'
      ? 'This hub does not tell its figures: ServerSignalHub:inspector is not set, or they are not for you.'
      : 'No figures yet.');
  } else {
    write(state, `Hub ${value.hub}, running since ${new Date(value.since).toLocaleString('en')}${stale ? ' · Not current' : ''}`);
  }
  if ($('figures').childElementCount === 0)
    $('figures').append(...Object.values(FIGURES).map(title => element('div', '', element('dt', '', title), element('dd'))));
  setHidden($('figures'), !value);
  Object.keys(FIGURES).forEach((key, index) => {
    const amount = value?.[key] ?? 0;
    const text = key === 'bytes' || key === 'backlog' ? bytes(amount) : number.format(amount);
    const rate = rates[key] === undefined ? ''
      : key === 'bytes' ? ` (${bytes(Math.round(rates[key]))}/s)` : ` (${number.format(Math.round(rates[key]))}/s)`;
    write($('figures').children[index].lastChild, text + rate);
  });
  const peers = value?.peers ?? [];
  const left = (value?.['n-peers'] ?? 0) - peers.length;
  write($('peers-title'), left > 0 ? `Clients (the first ${number.format(peers.length)})` : 'Clients');
  setPeers(peers);
  // Those that somebody follows come first.
  setFollowed([...value?.signals ?? []].sort((one, other) => other.followers - one.followers));
}

/* Calls */

let running = null;

$('call').addEventListener('submit', async event => {
  event.preventDefault();
  const text = $('arguments').value.trim();
  let argument = null;
  write($('call-error'), '');
  try {
    argument = text === '' ? null : JSON.parse(text);
  } catch (error) {
    write($('call-error'), `The arguments are no JSON: ${error.message}`);
    $('arguments').focus();
    return;
  }
  const began = performance.now();
  const controller = running = new AbortController();
  const state = element('span', '', 'waiting …');
  const body = element('pre', 'mono');
  body.dir = 'ltr';
  const item = element('li', '', element('strong', '', $('method').value), ' ', state, body);
  $('answers').prepend(item);
  while ($('answers').childElementCount > ANSWERS)
    $('answers').lastElementChild.remove();
  $('cancel').disabled = false;
  const took = () => `after ${Math.round(performance.now() - began)} ms`;
  try {
    const answer = await client.call($('method').value, argument, {
      signal: controller.signal,
      onprogress: value => write(state, `${preview(value, TEXT)} …`),
    });
    write(state, `answered ${took()}`);
    write(body, clip(isContainer(answer) && measure(answer, MEASURED) < MEASURED
      ? JSON.stringify(answer, null, 2) : preview(answer, MEASURED), MEASURED));
  } catch (error) {
    write(state, `failed ${took()}: ${clip(error.message, OPERAND)}`);
    write(body, error.data === undefined ? '' : preview(error.data, TEXT));
  }
  if (running === controller) {
    running = null;
    $('cancel').disabled = true;
  }
});
$('cancel').addEventListener('click', () => running?.abort());

/* Views */

const TABS = ['document', 'changes', 'hub', 'calls'];
let shown = 'document';

function show(name) {
  shown = name;
  for (const tab of TABS) {
    const here = tab === name;
    $(`tab-${tab}`).setAttribute('aria-selected', String(here));
    $(`tab-${tab}`).tabIndex = here ? 0 : -1;
    setHidden($(`panel-${tab}`), !here);
  }
  watchHub(name === 'hub');
  schedule();
}

for (const tab of TABS)
  $(`tab-${tab}`).addEventListener('click', () => show(tab));
$('tabs').addEventListener('keydown', event => {
  const rtl = getComputedStyle($('tabs')).direction === 'rtl';
  const by = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key];
  const to = event.key === 'Home' ? 0 : event.key === 'End' ? TABS.length - 1
    : by === undefined ? -1 : (TABS.indexOf(shown) + by + TABS.length) % TABS.length;
  if (to < 0)
    return;
  event.preventDefault();
  show(TABS[to]);
  $(`tab-${TABS[to]}`).focus();
});

function turn(pane) {
  root.dataset.pane = pane;
  schedule();
}
$('back').addEventListener('click', () => {
  turn('names');
  $('names').focus();
});

function choose(name, open) {
  if (view?.name !== name) {
    view?.close();
    view = new View(name);
    paused = null;
    chosenChange = null;
    seen = new Map();
    documentRows.selected = -1;
    $('tree').scrollTop = 0;
    write($('title'), name);
    document.title = `${name} – Signals`;
    $('wanted').value = '';
    history.replaceState(null, '', `#${encodeURIComponent(name)}`);
  }
  if (open)
    turn('main');
  schedule();
}

let begun = null;
try {
  begun = decodeURIComponent(location.hash.slice(1)) || null;
} catch (error) {
  // Then it is not of this page, and no name.
}
if (begun !== null)
  root.dataset.pane = 'main';

/* The connection. All stays in sight when it goes. */

let met = null; // when there was one

function drawConnection() {
  const { state, error, protocol, url, behind } = client;
  root.dataset.state = state;
  if (state === 'open')
    met = new Date();
  write($('connection'), state === 'open' ? `Connected to ${url} (${protocol})${behind > 0 ? `, ${number.format(behind)} frames behind` : ''}`
    : state === 'closed' ? 'Not connected' : `Connecting to ${url} …`);
  const trouble = state === 'waiting' || state === 'closed';
  if (trouble) {
    const why = error ? clip(error.message, OPERAND).replace(/\.?$/, '.') : '';
    write($('trouble'), [met ? `The hub went away at ${clock(met)}; this is its last state.` : 'There is no connection yet.', why,
      state === 'waiting' ? 'Trying again …' : 'It is not tried again.'].filter(Boolean).join(' '));
  }
  // An attempt is short; a line that comes and goes with each would not be read.
  if (trouble || state === 'open')
    setHidden($('banner'), !trouble);
}
$('retry').addEventListener('click', () => client.open());

/* Drawing. Changes may come more often than the screen is drawn. */

const names = new Names();
let frame;

function schedule() {
  frame ??= requestAnimationFrame(() => {
    frame = undefined;
    draw();
  });
}

function draw() {
  drawConnection();
  // Without a connection there are none; those that were there stay.
  if (client.state === 'open' || !names.all)
    names.take(client.names);
  if (!view && client.names.length > 0)
    choose(begun !== null && client.names.includes(begun) ? begun : names.sorted[0], false);
  names.rows.render();
  if (view && shown === 'document')
    drawDocument();
  else if (view && shown === 'changes')
    drawChanges();
  else if (shown === 'hub')
    drawHub();
}

client.subscribe(() => schedule());
// The words on the last second become old.
setInterval(() => {
  if (!document.hidden && shown === 'changes')
    schedule();
}, 1000);
if (begun !== null)
  choose(begun, true);
show('document');
