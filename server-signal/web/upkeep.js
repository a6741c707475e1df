// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Looks after a connection: asks whether anybody is there when nothing is heard, heeds what happens to the
// network, the page and the machine, and lets go what nobody listens to. The module loads it while it
// connects.

// Events that say that now is a good time are heeded once in so long, twice that when it was none …
const WAKE_MS = 1000;
const CALM_MS = 60000; // … and as at first after so long without any
const PROBE_MS = 10000; // how long a probe of a silent connection may go unanswered, …
const DOUBT_MS = 4500; // … before what it showed as current is stale …
const PROBE_MAX_MS = 300000; // … and at most, when connections were lost for that in a row
const LATE_MS = 1000; // a timer that comes so late means that the machine, or the page, slept

const ERROR_MS = 1000; // a connection that had an error and is not closed by then is lost
const STABLE_MS = 5000; // a connection that lasted so long was a good one: back-off starts anew
const LAG_MS = 1000; // frames that wait for longer make stale what they are about
const SLOW_MS = 250; // and those that wait so long are too many
const BUSY_MS = 2000; // as are those that take so long with hardly any rest

const UNAUTHORIZED = 3000; // the close code that asks for newer credentials …
const RENEWALS = 3; // … which are tried at once for so many times in a row
/* How the reason of a close with 1008 begins when the hub waited too long for us to read. */
const TOO_SLOW = 'too slow';
const INBOX_CHARACTERS = 64 * 1024 * 1024; // of frames that wait to be applied
const SAID = 256; // characters of the server's that stand in an error

export const PROBE_NAME = 'server-signal.js: is anybody there?'; // nobody has a signal of this name

let PROTOCOL, ServerSignalError, UNTROUBLED, later, load, parts;

/* Control characters, line ends, and marks that turn the direction of text. */
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/* The words of a server may be shown to people. */
const quoteServer = text => text.slice(0, SAID).replace(UNFIT, ' ');

class Upkeep {
  constructor(link) {
    this.link = link;
    this.woken = -Infinity; // when an event was heeded last …
    this.stirred = -Infinity; // … and when one came
    this.silences = 0; // connections in a row that fell silent before they had answered everything
    this.late = 0; // for how long the first frame that is not applied has waited
    this.rested = 0; // when frames were applied last, and listeners told …
    this.busy = 0; // … and how much of the time that has taken of late, less four times the rest
    this.lostTimer = undefined;
    this.pace = null; // sets the interval, once the page did not keep up
    this.wake = this.wake.bind(this);
    for (const replica of link.replicas.values()) {
      if (replica.held === 0)
        this.linger(replica);
    }
  }

  /* The client has started, or the server has shown what it speaks. */
  begin() {
    if (this.link.ended)
      return;
    this.listen('addEventListener');
    if (this.link.state === 'open')
      this.opened();
  }

  opened() {
    const { link } = this;
    this.waits('open');
    // Nothing is missing any more: if it lasts, it was a good connection.
    link.after('stable', STABLE_MS, () => Object.assign(link, UNTROUBLED));
    if (link.protocol === PROTOCOL)
      this.beat(link.options.heartbeat);
  }

  end() {
    this.pace?.end();
    this.pace = null;
    this.listen('removeEventListener');
  }

  listen(how) {
    for (const type of ['online', 'offline', 'pagehide', 'pageshow'])
      globalThis[how]?.(type, this.wake);
    for (const type of ['visibilitychange', 'resume'])
      globalThis.document?.[how](type, this.wake);
  }

  /* The connection is closed, or there was none. */
  closed(code, reason) {
    const { link } = this;
    const { address, url, protocol, options: { protocols, plain } } = link;
    const said = `(${code})${reason ? `: ${quoteServer(reason)}` : ''}`;
    // A page that was asleep was too slow for the hub, and is awake now: that is not for good.
    if ((code === 1008 && !reason?.startsWith(TOO_SLOW)) || (code >= 4000 && code <= 4999)) {
      link.end('closed', new ServerSignalError('closed',
        `The server closed the connection for good ${said}`, { closeCode: code }));
      return;
    }
    if (!protocol && link.offered && !plain && !link.socket.virtual &&
        (!link.opened || parts.plain?.times(url) > 0)) {
      // Browsers refuse a server that does not answer the offer, and do not tell that from one that
      // is not there: one attempt without an offer finds out.
      link.detach();
      link.bare = true;
      link.attempt();
      return;
    }
    const error = new ServerSignalError('connection-lost', protocol
      ? `The connection to ${url} was lost ${said}`
      : `Cannot connect to ${url} ${said}`, { closeCode: code });
    // Functions, which are asked at every attempt, may have something newer at once.
    const asks = [address, protocols].some(given => typeof given === 'function');
    if (code === UNAUTHORIZED && asks && link.renewals < RENEWALS) {
      link.renewals++;
      link.detach();
      link.wait(0, error);
    } else {
      link.drop(error);
    }
  }

  /* There was an error on an open connection. */
  failed(reason) {
    const { link } = this;
    if (!link.timers.has('error'))
      link.after('error', ERROR_MS, () => link.closed(1006, reason));
  }

  /* Something has happened to the network, the page or the machine. An open connection is asked
   * whether it is alive. While the client waits, it is a good time to try, and what failed before
   * counts no more, unless such events come in numbers, as they do where a network comes and goes. */
  wake({ type, persisted }) {
    const { link } = this;
    if (type === 'visibilitychange' && globalThis.document.visibilityState !== 'visible')
      return;
    if (type === 'pagehide' || type === 'pageshow') {
      if (persisted)
        this.sleep(type === 'pagehide');
      return;
    }
    const now = Date.now();
    const calm = Math.abs(now - this.stirred) > CALM_MS;
    this.stirred = now;
    if (calm)
      link.wakes = 0;
    if (link.state === 'waiting' && type !== 'offline') {
      const pause = Math.min(WAKE_MS * 2 ** Math.max(link.wakes - 1, 0), link.options.retryMax);
      const rest = link.wakes === 0 ? 0 : Math.min(pause, this.woken + pause - now); // set back?
      if (link.wakes === 0)
        link.attempts = 0;
      if (rest <= 0) {
        this.rouse();
      } else if (link.nextAt > now + rest) {
        link.nextAt = now + rest;
        link.after('attempt', rest, () => this.rouse());
      }
    } else if (link.protocol === PROTOCOL) {
      const rest = Math.min(WAKE_MS, this.woken + WAKE_MS - now);
      if (type !== 'offline')
        link.socket.upgrade?.();
      if (!link.probing && (rest <= 0 || type === 'offline')) {
        this.woken = now;
        this.probe();
      }
      this.listenFor(now);
    } else if (link.protocol && type === 'offline') {
      this.doubt('quiet', true); // nobody can be asked
    } else if (link.protocol && type === 'online' && link.quiet) {
      link.lose('The network was gone', 'silent');
      link.attempt();
    }
  }

  rouse() {
    this.woken = Date.now();
    this.link.wakes++;
    this.link.attempt();
  }

  /* A page that is put away may be kept, without a connection, and is shown again. */
  sleep(away) {
    const { link } = this;
    if (away && !link.ended) {
      link.detach();
      link.settle('waiting', new ServerSignalError('connection-lost', 'The page was put away'));
    } else if (!away && link.state === 'waiting') {
      link.attempt();
    }
  }

  /* A message so old that another should have been asked for by now vouches for nothing. */
  listenFor(now) {
    const { heard, options: { heartbeat } } = this.link;
    if (heartbeat > 0 && now - heard > heartbeat + LATE_MS)
      this.doubt('quiet', true);
  }

  /* A browser cannot ping. On a silent connection the client repeats a subscription with the
   * revision that it holds, which the server confirms, or asks for what is not there; if nothing
   * comes at all, the connection is dead. A plain server cannot be asked anything.
   *
   * Nor does a page see a frame before all of it is here: a large one on a slow link is silence. So
   * each connection that falls silent gives the next one twice the time, until everything that was
   * asked is answered. */
  beat(after) {
    const { link } = this;
    const { heartbeat } = link.options;
    if (!(heartbeat > 0))
      return;
    link.after('beat', after, () => {
      link.heard = Math.min(link.heard, Date.now()); // a clock may be set back
      const rest = link.heard + heartbeat - Date.now();
      if (link.probing) {
        this.silences++;
        link.lose(`${link.url} has fallen silent`, 'silent');
      } else if (rest > 0) {
        this.beat(rest);
      } else {
        this.probe();
        this.listenFor(Date.now());
      }
    });
  }

  probe() {
    const { link } = this;
    const replicas = [...link.replicas.values()];
    // A greeting comes at once however slow the link is, so that it alone is no answer.
    if (link.state === 'open' && !replicas.some(({ due }) => due))
      this.silences = 0;
    const current = replicas.find(({ trusted, doubted }) => trusted && !doubted);
    // Where nothing is held that could be confirmed: that there is no such signal is an answer too.
    if (current)
      link.follow(current);
    else
      link.send({ subscribe: PROBE_NAME, max: 1 });
    link.probing = true;
    link.after('doubt', DOUBT_MS, () => this.doubt('quiet', true));
    this.beat(Math.min(PROBE_MAX_MS, PROBE_MS * 2 ** this.silences));
  }

  /* A frame has come, which waits to be applied. */
  received() {
    const { link } = this;
    const { behind, inbox } = link;
    if (link.probing) {
      link.probing = false;
      link.cancel('doubt');
      this.beat(link.options.heartbeat);
    }
    this.doubt('quiet', false);
    // The next connection goes on from what is applied.
    if (inbox[behind - 1].received - inbox[0].received > INBOX_CHARACTERS)
      link.drop(new ServerSignalError('behind',
        `${behind} frames came faster than they could be applied`));
  }

  /* All that was current may not be, for this reason, or is again. */
  doubt(reason, doubtful) {
    const { link } = this;
    if (doubtful === link[reason])
      return;
    link[reason] = doubtful;
    for (const replica of link.replicas.values()) {
      replica.changed = replica.changed || !(replica.doubted || replica.disowned);
      link.news.add(replica);
    }
    if (!link.applying)
      link.announceAll();
  }

  /* Some frames were applied, and perhaps not all. */
  applied() {
    const { link } = this;
    this.late = link.behind > 0 ? Date.now() - link.inbox[0].at : 0;
    const lagging = this.late > LAG_MS;
    link.told = link.told && lagging === link.lagging;
    this.doubt('lagging', lagging);
  }

  /* Listeners know. A page that does not get through it for long may be late with anything: the server is
   * asked for less. */
  told(began) {
    const { link, late } = this;
    const now = Date.now();
    this.busy = Math.max(this.busy - 4 * Math.max(began - this.rested, 0), 0) + now - began;
    this.rested = now;
    if (late <= SLOW_MS && this.busy <= BUSY_MS)
      return;
    if (parts.pace) {
      this.busy = 0;
      (this.pace ??= parts.pace(link)).slow(late);
    } else {
      load('pace').catch(() => {}); // it will be late again
    }
  }

  /* Whether that there is no connection does not count yet. */
  waits(state) {
    const { link } = this;
    const waits = state === 'waiting' && link.connected && !link.lost;
    if (waits) {
      this.lostTimer ??= later(() => link.set({ lost: true }), link.options.lostAfter);
    } else {
      clearTimeout(this.lostTimer);
      this.lostTimer = undefined;
    }
    return waits;
  }

  /* Nobody listens any more. Somebody may again, as when one part of a page takes another's place. */
  linger(replica) {
    const { link } = this;
    if (link.replicas.get(replica.name) !== replica || !(link.options.linger < Infinity))
      return;
    if (link.ended) {
      replica.idle = true;
      return;
    }
    clearTimeout(replica.idleTimer);
    replica.idleTimer = later(() => {
      // A plain server sends everything to everybody.
      if (replica.ready || (link.protocol !== PROTOCOL && link.protocol !== null))
        return;
      replica.idle = true;
      link.cancel(replica);
      replica.due = false;
      link.send({ unsubscribe: replica.name });
      replica.set({ doubted: true });
    }, link.options.linger);
  }
}

/* Nobody wants a signal any more. Somebody may again by now. */
function release(link, replica, plainData) {
  const { name, idle } = replica;
  const again = link.replicas.has(name);
  clearTimeout(replica.idleTimer);
  if (link.protocol === PROTOCOL) {
    if (!idle && !again)
      link.send({ unsubscribe: name });
  } else if (plainData && !again) {
    parts.plain.release(link, replica);
  }
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({ PROTOCOL, ServerSignalError, UNTROUBLED, later, load, parts } = core);
  return { make: link => new Upkeep(link), quoteServer, release };
};
