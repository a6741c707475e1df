// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Servers that speak the plain protocol. The module loads it with the first frame of one.

const KEPT_CHARACTERS = 8 * 1024 * 1024; // of what came for names that nobody has asked for yet
const KEPT_NAMES = 4096;

const PLAIN_TIMES = 2;
const ADDRESSES = 100; // that are remembered

let DOCUMENT_DEPTH, ServerSignalError;
let freeze, parts, wholeIn;

/* How often in a row the server of an address was found not to know our protocol. Once may be chance,
 * when it came up between an attempt with an offer and one without. */
const counts = new Map();

/* The address as a key there: a query may hold a token, and be another each time. */
const withoutQuery = url => url.replace(/\?.*/s, '');

const times = url => counts.get(withoutQuery(url)) ?? 0;

/* After that no attempt is wasted on it again. */
const isPlain = url => times(url) >= PLAIN_TIMES;

/* The server is plain, or is not. */
function count(url, plain) {
  const address = withoutQuery(url);
  if (plain)
    counts.set(address, times(url) + 1);
  else
    counts.delete(address);
  if (counts.size > ADDRESSES)
    counts.delete(counts.keys().next().value);
}

const firstOf = replica => replica.initial ?? null;

/* Drops the frames of a name. */
function lose(kept, entry) {
  kept.size -= entry.size;
  Object.assign(entry, { patches: [], draft: null, size: 0, lost: true });
}

/* Patches for a name that nobody has asked for are kept until somebody does. Once a snapshot was
 * among them they can be applied, so that a document is kept instead. */
function keep(link, name, patch, size) {
  const kept = link.kept ??= makeKept();
  let entry = kept.names.get(name);
  if (!entry) {
    if (kept.names.size >= KEPT_NAMES) {
      kept.all = false;
      return;
    }
    entry = makeEntry(null);
    kept.names.set(name, entry);
  }
  const whole = wholeIn(patch);
  if (entry.lost && !whole)
    return;
  try {
    if (whole) {
      kept.size -= entry.size;
      Object.assign(entry, makeEntry(new parts.updates.Draft(freeze(whole.value, DOCUMENT_DEPTH), link.limit)));
    } else if (entry.draft) {
      entry.draft.apply(patch);
    } else {
      entry.patches.push(patch);
    }
  } catch (error) {
    lose(kept, entry);
    return;
  }
  entry.size += size;
  kept.size += size;
  if (kept.size > KEPT_CHARACTERS && entry.draft) {
    const now = parts.trees.measure(entry.draft.root).text;
    kept.size += now - entry.size;
    entry.size = now;
  }
  if (kept.size > KEPT_CHARACTERS)
    lose(kept, entry);
}

/* Of what came for names that nobody has asked for; `all`: nothing had to be thrown away. */
const makeKept = () => ({ names: new Map(), size: 0, all: true });

const makeEntry = draft => ({ patches: [], draft, size: 0, lost: false });

/* A name is asked for on a plain connection: what was kept for it comes to light. */
function unkeep(link, replica) {
  const { kept } = link;
  const entry = kept.names.get(replica.name);
  if (entry) {
    kept.names.delete(replica.name);
    kept.size -= entry.size;
  }
  if (entry ? entry.lost : !kept.all) {
    // Only a new connection tells it from the start.
    link.fault(new ServerSignalError('limit',
      `“${replica.name}”: more came than could be kept before it was asked for`));
    return;
  }
  if (!entry)
    return;
  try {
    const draft = entry.draft ?? new parts.updates.Draft(firstOf(replica), link.limit);
    entry.patches.forEach(patch => draft.apply(patch));
    replica.set({ root: draft.settle(), data: true, plainData: true, doubted: false });
  } catch (error) {
    link.fault(unappliable(replica, error));
  }
}

/* Nobody wants the signal any more, but the server goes on sending: somebody may ask again. */
function release(link, replica) {
  const { names } = link.kept ??= makeKept();
  names.set(replica.name, makeEntry(new parts.updates.Draft(replica.value, link.limit)));
}

function unappliable(replica, error) {
  const hint = replica.plainData ? '' : ' (is the default the same as the server’s?)';
  error.message = `“${replica.name}”: ${error.message}${hint}`;
  return error;
}

/* An update. */
function take(link, name, patch, size) {
  const replica = link.replicas.get(name);
  if (!link.spokePlain) {
    link.spokePlain = true;
    link.calls?.isPlain();
  }
  if (!link.known.has(name) && link.known.size < KEPT_NAMES)
    link.learn(link.known.add(name));
  if (!replica) {
    keep(link, name, patch, size);
    return;
  }
  const whole = wholeIn(patch);
  const changes = { data: true, plainData: true, revision: null, doubted: false, error: null,
    trusted: false, epoch: null }; // no revision is of this value
  try {
    if (whole) {
      replica.set({ root: parts.trees.reconcile(replica.root, whole.value), ...changes });
    } else if (replica.plainData) {
      replica.apply(patch, changes, size);
    } else {
      const draft = new parts.updates.Draft(firstOf(replica), link.limit);
      draft.apply(patch);
      const root = draft.settle();
      replica.set(parts.trees.equal(root, replica.root) ? changes : { root, ...changes });
    }
  } catch (error) {
    link.fault(unappliable(replica, error));
  }
}

/* The greeting tells that the server has taken our offer. Its answer to that was lost on the way:
 * proxies let only those headers pass that they know. */
function discover(link) {
  link.kept = null;
  for (const replica of link.replicas.values()) {
    if (replica.plainData)
      replica.set({ plainData: false, doubted: true });
  }
  link.speak();
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({ DOCUMENT_DEPTH, ServerSignalError, freeze, parts, wholeIn } = core);
  const part = { count, discover, isPlain, release, take, times, unkeep };
  return parts.trees && parts.updates ? part
    : Promise.all([core.load('trees'), core.load('updates')]).then(() => part);
};
