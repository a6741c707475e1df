// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Waiting for signals, and going through their values. The module loads it when it is needed.

let PROTOCOL, ServerSignalError;

/* The promise, or a rejected one as soon as the AbortSignal aborts. */
function unlessAborted(promise, abort) {
  if (!abort)
    return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(abort.reason ??
      new ServerSignalError('aborted', 'It was not waited for any longer'));
    const settle = settled => value => {
      abort.removeEventListener('abort', stop);
      settled(value);
    };
    promise.then(settle(resolve), settle(reject));
    if (abort.aborted)
      stop();
    else
      abort.addEventListener('abort', stop);
  });
}

/* Done when the signal is current, or it is known why not. */
function fetch(link, replica, abort) {
  if (link.ended)
    link.start();
  // It may be there by now.
  else if (link.protocol === PROTOCOL && replica.error && !replica.due && !replica.live)
    link.follow(replica);
  return unlessAborted(replica.whenReady(), abort);
}

/* Calls back when it is current, or that is not to be expected. */
function wait(replica, resolve, reject) {
  const { link, name, signal } = replica;
  const settle = (error, over) => {
    replica.waits.delete(settle);
    replica.ready = null;
    if (error || over)
      reject(error ?? new ServerSignalError('closed', `“${name}” is not followed any more`));
    else
      resolve(signal);
  };
  replica.waits.add(settle);
  link.rejoin(replica);
  if (replica.gone || link.state === 'closed')
    settle(replica.gone ? null : link.error, true);
  else if (!replica.stale)
    settle();
}

/* The values one after the other, for who takes them one by one: the last one there is, each time.
 * That a signal has not had one yet is none. */
async function* values(replica) {
  let fresh = replica.data || replica.initial !== undefined;
  let ended = null;
  let wake = () => {};
  const stop = replica.listen(replica.listeners, () => {
    fresh = true;
    wake();
  }, undefined, () => {});
  const end = (error, over) => {
    if (over) {
      ended = { error };
      wake();
    }
  };
  replica.waits.add(end);
  try {
    for (;;) {
      if (fresh) {
        fresh = false;
        yield replica.value;
      } else if (ended?.error) {
        throw ended.error;
      } else if (ended || replica.gone) {
        return;
      } else {
        await new Promise(resolve => { wake = resolve; });
      }
    }
  } finally {
    replica.waits.delete(end);
    stop();
  }
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({ PROTOCOL, ServerSignalError } = core);
  return { await: wait, fetch, values };
};
