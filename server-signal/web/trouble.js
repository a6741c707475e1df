// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Words of a server that something is not as it should be, and asking again. The module loads it
// when that happens.

const GAP_LIMIT = 20; // snapshots that a connection may have to repeat before it counts as broken

let ServerSignalError;
let areStrings, isPromise, isRevision, need;

/* The hubs that the data come through are others now. */
function takeVia(link, via) {
  if (areStrings(via))
    link.learn(link.known, { via: Object.freeze([...via]) });
  else
    link.malformed('hubs');
}

/* The server’s word on what it has itself: whether somebody vouches for that, and if not, for how
 * long nobody has. */
function takeStanding(link, { signal, name, age }) {
  const replica = link.replicas.get(name);
  if (!replica)
    return;
  if (signal === 'fresh') {
    replica.set({ disowned: false });
    return;
  }
  const { doubted, disowned, since } = replica;
  const told = isRevision(age) ? Date.now() - age : -Infinity;
  replica.set({ disowned: true });
  // A copy that is not current anyway may have been so later than the server’s.
  replica.since = doubted || disowned ? Math.max(since, told)
    : Math.min(replica.since, isRevision(age) ? told : Infinity);
}

function takeError(link, { code, name, message }) {
  const { quoteServer } = need('upkeep');
  const error = new ServerSignalError(
    typeof code === 'string' ? quoteServer(code) : 'protocol',
    typeof message === 'string' ? quoteServer(message) : 'The server reported an error');
  const replica = link.replicas.get(name);
  if (replica)
    replica.due = false;
  if (replica && code !== 'bad-message')
    Object.assign(replica, { live: false, probe: null });
  if (typeof name !== 'string')
    link.set({ error });
  else if (!replica)
    return; // released meanwhile
  else if (code === 'behind')
    defer(link, replica, error);
  else {
    replica.set({ doubted: true, error });
    replica.tell(error);
  }
}

/* Something is missing or wrong: asks once for a snapshot; until it comes nothing is current. */
function gap(link, replica, error) {
  link.gaps++;
  if (link.gaps > GAP_LIMIT) {
    link.fault(error);
    return;
  }
  replica.trusted = false;
  link.follow(replica);
  replica.set({ doubted: true, error });
}

/* The server's copy is older than ours: it is asked again later, and nobody goes back in time. */
function defer(link, replica, error) {
  link.after(replica, link.backOff(replica.tries), () => link.follow(replica));
  replica.tries++;
  replica.set({ doubted: true, error });
}

/* A frame that is none. */
function unreadable(link, data) {
  const { max } = link.options;
  if (typeof data !== 'string')
    link.malformed('a frame', 'that is binary');
  else if (data.length > max)
    link.malformed('a frame', `of ${data.length} characters; ${max} were allowed`, 'limit');
  else
    link.malformed('a frame', 'that is not a JSON object');
}

/* A snapshot of a wrong form, or of a revision that is behind ours. */
function deny(link, replica, rev) {
  if (rev === null)
    gap(link, replica, new ServerSignalError('protocol',
      `“${replica.name}”: a snapshot of a wrong form`));
  else
    defer(link, replica, new ServerSignalError('behind',
      `“${replica.name}”: the server is at revision ${rev}, behind ${replica.revision}`));
}

/* There is nothing to connect with. A value that was given once and for all will not become right
 * by trying again; a function may have something else the next time. */
function refuse(link, error) {
  const { address, url, options: { protocols, WebSocket = globalThis.WebSocket } } = link;
  if (typeof WebSocket !== 'function') {
    link.end('closed', new ServerSignalError('closed',
      'There is no WebSocket here; one may be given as an option'));
    return;
  }
  const again = [address, protocols].some(given => typeof given === 'function' || isPromise(given));
  const where = typeof address === 'function' ? '' : ` to ${url}`;
  const told = new ServerSignalError(again ? 'connection-lost' : 'closed',
    `Cannot connect${where}: ${error?.message ?? String(error)}`, { cause: error });
  if (again)
    link.drop(told);
  else
    link.end('closed', told);
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({ ServerSignalError, areStrings, isPromise, isRevision, need } = core);
  return { deny, gap, refuse, takeError, takeStanding, takeVia, unreadable };
};
