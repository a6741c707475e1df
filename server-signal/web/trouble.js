// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Words of a server that something is not as it should be, and asking again. The module loads it
// when that happens.

const GAP_LIMIT = 20; // snapshots that a connection may have to repeat before it counts as broken

let ServerSignalError;
let areStrings, isRevision, later, quoteServer;

/* The hubs that the data come through are others now. */
function takeVia(link, via) {
  if (areStrings(via))
    link.learn(link.known, { via: Object.freeze([...via]) });
  else
    link.malformed('hubs of a wrong form');
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
    replica.refuse(error);
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
  const { retryMin, retryMax } = link.options;
  const bound = Math.min(retryMax, retryMin * 2 ** replica.tries);
  replica.tries++;
  clearTimeout(replica.timer);
  replica.timer = later(() => link.follow(replica), Math.random() * bound);
  replica.set({ doubted: true, error });
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({ ServerSignalError, areStrings, isRevision, later, quoteServer } = core);
  return { defer, gap, takeError, takeStanding, takeVia };
};
