// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Shows the rows in sight, which move on by one in each frame, or with minute.html?all each row in an element of its own. Takes
// the whole list in any case, and measures itself meanwhile.

import { connect } from '/server-signal/server-signal.js';

const POST_MS = 100; // between two messages that stand for an input
const IN_SIGHT = 20; // rows

const all = location.search === '?all';
const client = connect('/ws');
const rows = client.signal('rows');
const list = document.querySelector('ol');
const output = document.querySelector('output');
let texts = [];
let before = [];
let first = 0;
let measured = null;

/* The row that stands in the place i. */
const rowAt = (list_, i) => list_[(first + i) % list_.length];

function build(count) {
  texts = Array.from({ length: count }, () => document.createTextNode(''));
  list.append(...texts.map(text => {
    const element = document.createElement('li');
    element.append(text);
    return element;
  }));
}

rows.subscribe(value => {
  if (!value)
    return;
  if (!texts.length)
    build(all ? value.rows.length : IN_SIGHT);
  texts.forEach((text, i) => {
    const row = rowAt(value.rows, i);
    if (row !== rowAt(before, i))
      text.data = row.price;
  });
  before = value.rows;
  output.textContent = value.time;
  measured?.lags.push(Date.now() - value.time);
});

function moveOn() {
  first = (first + 1) % before.length;
  texts.forEach((text, i) => { text.data = rowAt(before, i).price; });
}

client.subscribe((_, { behind, interval, state }) => {
  if (measured) {
    measured.behind = Math.max(measured.behind, behind);
    measured.interval = Math.max(measured.interval, interval);
    measured.losses += state !== 'open';
  }
});

const at = (sorted, part) => sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? null;

/* From a message that is posted to itself, in line with the frames of the server, to the task after the next frame. */
function timePaints(paints) {
  const channel = new MessageChannel();
  const after = new MessageChannel();
  channel.port2.onmessage = ({ data }) => requestAnimationFrame(() => after.port1.postMessage(data));
  after.port2.onmessage = ({ data }) => paints.push(performance.now() - data);
  const timer = setInterval(() => channel.port1.postMessage(performance.now()), POST_MS);
  return () => clearInterval(timer);
}

function measure(ms) {
  measured = { lags: [], behind: 0, interval: client.interval, losses: 0 };
  const paints = [];
  const stop = timePaints(paints);
  const from = rows.revision;
  let frames = 0, began, last, gap = 0;
  window.figures = new Promise(resolve => {
    const frame = now => {
      began ??= now;
      gap = Math.max(gap, now - (last ?? now));
      last = now;
      if (!all)
        moveOn();
      if (now - began < ms) {
        frames++;
        requestAnimationFrame(frame);
        return;
      }
      stop();
      const { lags, ...others } = measured;
      measured = null;
      lags.sort((a, b) => a - b);
      paints.sort((a, b) => a - b);
      resolve({
        ...others, gap, fps: frames * 1000 / (now - began), changes: (rows.revision - from) * 1000 / (now - began),
        updates: lags.length * 1000 / (now - began), paint: at(paints, 0.5), paintP98: at(paints, 0.98), paintMax: at(paints, 1),
        lag: at(lags, 0.5), lagP99: at(lags, 0.99), lagMax: at(lags, 1),
      });
    };
    requestAnimationFrame(frame);
  });
}

/* Whether the page has, in the document and on the screen, what the server has. */
async function same() {
  const revision = await client.call('stop');
  const answer = await fetch('/ws?name=rows', { headers: { Accept: 'application/json' } });
  const text = JSON.stringify(await answer.json());
  return rows.revision === revision && JSON.stringify(rows.value) === text &&
    texts.every(({ data }, i) => data === String(rowAt(rows.value.rows, i).price));
}

Object.assign(window, { client, rows, measure, same });
