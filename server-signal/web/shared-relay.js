// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Has one connection, and is to each tab what a hub would be.

const JOINED = 1000; // operations that wait for a tab, beyond which it gets the document
const LINGER_MS = 10000; // for tabs that come back, as after a loss of the connection
const SILENT_MS = 300000; // a tab that says nothing for so long is gone

/* A tab. */
class Tab {
  constructor(relay, post, { alive }) {
    this.relay = relay;
    this.post = post;
    this.open = false;
    this.names = new Set(); // that it was told
    this.via = [];
    this.transport = null;
    this.follows = new Map(); // by name
    this.calls = new Map(); // AbortController by id
    this.interval = 0;
    this.timer = undefined;
    this.due = new Set();
    this.gone = undefined;
    this.heard();
    globalThis.navigator?.locks?.request(alive, () => this.relay.remove(this)).catch(() => {});
  }

  heard() {
    clearTimeout(this.gone);
    this.gone = setTimeout(() => {
      this.post({ closed: { code: 1006, reason: 'nothing was heard of this tab' } });
      this.relay.remove(this);
    }, SILENT_MS);
  }

  send(frame) { this.post({ frame: typeof frame === 'string' ? frame : JSON.stringify(frame) }); }

  /* Tells how the connection is. */
  tell() {
    const { state, protocol, error, names, via, transport } = this.relay.client;
    if (state === 'open' && protocol === 'plain') {
      this.post({ plain: true });
      this.relay.remove(this);
    } else if (state === 'open' && !this.open) {
      Object.assign(this, { open: true, names: new Set(names), via, transport });
      this.post({ open: { transport } });
      this.send({ hello: { protocol, signals: names, via } });
    } else if (state === 'open') {
      this.tellNames(new Set(names));
      if (via !== this.via)
        this.send({ via });
      if (transport !== this.transport)
        this.post({ transport });
      Object.assign(this, { via, transport });
    } else if (this.open || state === 'closed' || error?.closeCode === 3000) {
      this.post({ closed: { code: error?.closeCode ?? 1006, reason: error?.message ?? '' } });
      this.relay.remove(this);
    }
  }

  tellNames(names) {
    for (const name of this.names) {
      if (!names.has(name))
        this.send({ signal: 'removed', name });
    }
    for (const name of names) {
      if (!this.names.has(name))
        this.send({ signal: 'added', name });
    }
    this.names = names;
  }

  take(text) {
    const frame = JSON.parse(text);
    if (frame.subscribe !== undefined)
      this.follow(frame);
    else if (frame.unsubscribe !== undefined)
      this.unfollow(frame.unsubscribe);
    else if (frame.call !== undefined)
      this.call(frame);
    else if (frame.cancel !== undefined)
      this.calls.get(frame.cancel)?.abort();
    else if (frame.interval !== undefined)
      this.interval = frame.interval;
  }

  follow({ subscribe: name, epoch, rev }) {
    const { client } = this.relay;
    const before = this.follows.get(name);
    const signal = client.signal(name);
    const follow = { signal, epoch, rev, asked: true, patches: null, error: null,
      disowned: before?.disowned ?? false };
    this.follows.set(name, follow);
    if (before)
      this.leave(before);
    const stops = [signal.subscribe((value, patch) => {
      follow.patches = patch && follow.patches && follow.patches.length + patch.length <= JOINED
        ? follow.patches.concat(patch) : null;
    }), signal.watch(() => this.news(follow))];
    follow.stop = () => stops.forEach(stop => stop());
  }

  unfollow(name) {
    const follow = this.follows.get(name);
    if (follow && this.follows.delete(name))
      this.leave(follow);
  }

  leave(follow) {
    follow.stop();
    this.due.delete(follow);
    const { client } = this.relay;
    setTimeout(() => client.release(follow.signal.name), LINGER_MS);
  }

  /* Something is new of a signal. It waits where the tab wants less. */
  news(follow) {
    if (!follow.asked && this.interval > 0 && this.timer !== undefined) {
      this.due.add(follow);
      return;
    }
    if (this.update(follow) && this.interval > 0)
      this.rest();
  }

  rest() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const due = [...this.due];
      this.due.clear();
      if (due.filter(follow => this.update(follow)).length > 0)
        this.rest();
    }, this.interval);
  }

  /* Sends what the tab has not got. TRUE: that was something. */
  update(follow) {
    const { signal, asked } = follow;
    const { name, epoch, revision: rev, stale, error, age } = signal;
    if (error && error !== follow.error)
      this.send({ error: { code: error.code, name, message: error.message } });
    follow.error = error;
    if (epoch === null || age === Infinity || error)
      return false;
    if (stale && !follow.disowned) {
      follow.disowned = true;
      this.send({ signal: 'stale', name, age: Math.round(age) });
    }
    const same = epoch === follow.epoch;
    const changed = !same || rev !== follow.rev;
    if (asked && !changed)
      this.send({ name, patch: [], base: rev, rev });
    else if (asked || (changed && !(same && follow.patches)))
      this.send(this.relay.write(name, [{ op: 'replace', path: '', value: signal.value }],
        { epoch, rev }));
    else if (changed)
      this.send(this.relay.write(name, follow.patches, { base: follow.rev, rev }, epoch));
    Object.assign(follow, { asked: false, epoch, rev, patches: [] });
    if (!stale && follow.disowned) {
      follow.disowned = false;
      this.send({ signal: 'fresh', name });
    }
    return changed;
  }

  async call({ call: method, id, args, key }) {
    const abort = new AbortController();
    this.calls.set(id, abort);
    try {
      const value = await this.relay.client.call(method, args, { key, signal: abort.signal,
        onprogress: told => this.send({ progress: id, value: told }) });
      this.send({ reply: id, value: value ?? null });
    } catch (error) {
      const { code = 'cancelled', data, answered } = error;
      const message = error.message?.startsWith(`${code}: `)
        ? error.message.slice(code.length + 2) : error.message;
      // That the connection went the tab is told in another way.
      if (answered || code !== 'closed')
        this.send({ reply: id, error: { code, message, data } });
    } finally {
      this.calls.delete(id);
    }
  }

  end() {
    clearTimeout(this.gone);
    clearTimeout(this.timer);
    [...this.follows.keys()].forEach(name => this.unfollow(name));
    this.post = () => {};
  }
}

class Relay {
  constructor(core) {
    this.core = core;
    this.client = null;
    this.tabs = new Set();
    this.given = null; // the address and entries of the tab that came last
    this.known = false; // that the server is not plain
    this.written = new Map(); // the last text of each signal, and what of
  }

  /* A message of a tab; `ports` is where its Tab is kept, by `key`. */
  hear(ports, key, { open, frame, ping, bye }, post) {
    let tab = ports.get(key);
    if (open || ping)
      post({ pong: true });
    if (open) {
      if (tab)
        this.remove(tab);
      tab = new Tab(this, post, open);
      tab.forget = () => ports.delete(key);
      ports.set(key, tab);
      this.tabs.add(tab);
      this.begin(open);
      tab.tell();
    }
    if (!tab || !this.tabs.has(tab))
      return;
    tab.heard();
    if (frame !== undefined)
      tab.take(frame);
    else if (bye)
      this.remove(tab);
  }

  /* `known`: the tab has found that the server is not plain. */
  begin({ url, entries, options, known }) {
    const other = JSON.stringify([url, entries]) !== JSON.stringify(this.given);
    this.given = [url, entries];
    this.known = this.known || Boolean(known);
    this.trust();
    if (!this.client) {
      this.client = this.core.connect(() => this.given[0],
        { ...options, protocols: () => this.given[1], state: null, linger: Infinity });
      this.client.subscribe((state, client) => this.tell(client));
    } else if (this.client.state === 'closed' || (other && this.client.state === 'waiting')) {
      this.client.open();
    }
    this.trust();
  }

  /* Where it is known that the server is not plain no attempt is made without an offer. */
  trust() {
    const { SELF, parts } = this.core;
    if (!this.known)
      return;
    parts.plain?.count(this.given[0], false);
    if (this.client)
      this.client[SELF].opened = true;
  }

  /* A server that some tab knows is not plain, and where nobody knows, those who come later may. */
  tell(client) {
    const plain = client.protocol === 'plain';
    if (plain && this.known) {
      this.trust();
      client.close();
      client.open();
      return;
    }
    [...this.tabs].forEach(tab => tab.tell());
    if (plain && client === this.client) {
      this.client = null;
      client.close();
    }
  }

  /* Several tabs are sent the same. */
  write(name, patch, { base, epoch, rev }, life = epoch) {
    const key = `${life} ${base} ${rev}`;
    const last = this.written.get(name);
    if (last?.key === key)
      return last.text;
    const text = JSON.stringify({ name, patch, base, epoch, rev });
    this.written.set(name, { key, text });
    return text;
  }

  remove(tab) {
    if (!this.tabs.delete(tab))
      return;
    tab.forget();
    tab.end();
    if (this.tabs.size === 0)
      setTimeout(() => this.tabs.size === 0 && this.end(), LINGER_MS);
  }

  /* Nobody is here, or another relay takes over. */
  end() {
    [...this.tabs].forEach(tab => tab.end());
    this.tabs.clear();
    this.written.clear();
    this.client?.close();
    this.client = null;
    this.given = null;
    this.known = false;
  }
}

/** @param {object} core the internals of the module */
export default core => new Relay(core);
