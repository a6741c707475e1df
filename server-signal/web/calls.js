// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The calls of a client. The module loads it with the first one.

const CALL_BYTES = 128 * 1024; // of a call: a hub takes no more
const CALLS = 1024; // that may wait, for a connection or their answers
const CALL_HELLO_MS = 5000; // how long a call waits on a plain connection, for it may yet greet
const NAME_BYTES = 1024;

let DOCUMENT_DEPTH, FRAME_BYTES, PROTOCOL, ServerSignalError;
let freeze, hasOwn, isName, isObject, isRevision, later, tell;

/* The calls of a client that are not answered: those that the server has heard of, and those that wait
 * for a connection. */
class Calls {
  constructor(link) {
    this.link = link;
    this.lastId = 0;
    this.sent = new Map(); // id → call
    this.waiting = new Set();
    this.outcomes = []; // functions that tell the application, when all frames are applied
    this.greetTimer = undefined;
    this.plain = link.spokePlain; // the server has shown that it is
    this.open();
  }

  get ready() { return this.link.state === 'open' && this.link.protocol === PROTOCOL; }

  /* Nothing can be asked by it. */
  get oneWay() { return this.link.socket?.oneWay === true && this.link.protocol !== null; }

  make(method, args, { signal, onprogress, idempotent = false, key } = {}) {
    return new Promise((resolve, reject) => {
      if (!isName(method) || method === '')
        throw new TypeError(`A method’s name is a string of 1 to ${NAME_BYTES} bytes of UTF-8`);
      if (onprogress !== undefined && typeof onprogress !== 'function')
        throw new TypeError('The option onprogress is a function');
      if (signal?.aborted)
        throw this.aborted(signal);
      if (this.link.ended)
        throw new ServerSignalError('not-connected', 'The call was not made: the client has ended');
      if (this.sent.size + this.waiting.size >= CALLS)
        throw new ServerSignalError('limit', `${CALLS} calls are waiting already`);
      if (this.plain || this.oneWay)
        throw this.unsupported();

      const id = ++this.lastId;
      const { max } = this.link.options;
      const text = JSON.stringify({
        call: method, id, args, key: key ?? (idempotent ? makeKey() : undefined),
        max: max < FRAME_BYTES ? max : undefined,
      });
      if (text.length > CALL_BYTES || new TextEncoder().encode(text).length > CALL_BYTES)
        throw new ServerSignalError('limit', `A call may have ${CALL_BYTES} bytes at most`);

      const call = { id, text, idempotent, made: false, resolve, reject, onprogress, signal };
      call.abort = () => this.cancel(call);
      signal?.addEventListener('abort', call.abort);
      if (this.ready) {
        this.send(call);
      } else {
        this.waiting.add(call);
        this.awaitGreeting();
      }
    });
  }

  aborted(signal) {
    return signal.reason ?? new ServerSignalError('cancelled', 'The call was cancelled');
  }

  unsupported() {
    return new ServerSignalError('not-supported', this.oneWay
      ? 'No WebSocket gets through to the server, and calls need one'
      : 'The server does not speak v1, and takes no calls');
  }

  send(call) {
    call.made = true;
    this.sent.set(call.id, call);
    this.link.transmit(call.text);
  }

  /* Tells the application. */
  end(call, error, value) {
    call.signal?.removeEventListener('abort', call.abort);
    if (error)
      call.reject(error);
    else
      call.resolve(value);
  }

  cancel(call) {
    if (!this.waiting.delete(call)) {
      // The answer comes all the same; until then the id is in use.
      this.sent.set(call.id, null);
      this.link.send({ cancel: call.id });
    }
    this.end(call, this.aborted(call.signal));
  }

  /* A plain server may be silent for ever. */
  awaitGreeting() {
    if (this.link.protocol !== 'plain' || this.greetTimer !== undefined || this.waiting.size === 0)
      return;
    this.greetTimer = later(() => this.isPlain(), this.link.offered ? CALL_HELLO_MS : 0);
  }

  /* The server is known to be plain, or taken to be. */
  isPlain() {
    clearTimeout(this.greetTimer);
    this.greetTimer = undefined;
    this.plain = true;
    this.failWaiting(() => this.unsupported());
  }

  /* The connection can be used. */
  open() {
    if (!this.ready) {
      this.awaitGreeting();
      return;
    }
    clearTimeout(this.greetTimer);
    this.greetTimer = undefined;
    this.plain = false;
    if (this.oneWay) {
      this.failWaiting(() => this.unsupported());
      return;
    }
    const waiting = [...this.waiting];
    this.waiting.clear();
    waiting.forEach(call => this.send(call));
  }

  failWaiting(makeError) {
    const waiting = [...this.waiting];
    this.waiting.clear();
    waiting.forEach(call => this.end(call, makeError(call)));
  }

  /* The connection is gone. */
  lost() {
    clearTimeout(this.greetTimer);
    this.greetTimer = undefined;
    this.plain = false;
    const sent = [...this.sent.values()].filter(call => call !== null);
    const waiting = [...this.waiting];
    this.sent.clear();
    this.waiting = new Set([...sent.filter(({ idempotent }) => idempotent), ...waiting]);
    for (const call of sent) {
      if (!call.idempotent)
        this.end(call, this.closed());
    }
  }

  closed() {
    return new ServerSignalError('closed',
      'The connection went before the answer came: the call may have been done, or not');
  }

  /* There will be no other connection. */
  stop() {
    this.failWaiting(({ made }) => (made ? this.closed()
      : new ServerSignalError('not-connected', 'The call was not made: the client has ended')));
  }

  /* A frame with an answer, or about how far a call is. */
  answer(frame) {
    const reply = hasOwn(frame, 'reply');
    const id = reply ? frame.reply : frame.progress;
    if (!isRevision(id) || !(hasOwn(frame, 'value') || (reply && isObject(frame.error)))) {
      this.link.malformed('an answer');
      return;
    }
    try {
      if (reply)
        this.take(id, frame);
      else
        this.progress(id, frame.value);
    } catch (error) {
      this.link.fault(error);
    }
  }

  take(id, frame) {
    const call = this.sent.get(id);
    this.sent.delete(id);
    if (!call)
      return;
    if (isObject(frame.error)) {
      const { code, message, data } = frame.error;
      const said = typeof code === 'string' ? code : 'failed';
      const where = { answered: true };
      if (data !== undefined)
        where.data = freeze(data, DOCUMENT_DEPTH);
      const error = new ServerSignalError(said,
        typeof message === 'string' && message !== '' ? `${said}: ${message}` : said, where);
      this.outcomes.push(() => this.end(call, error));
    } else {
      const value = freeze(frame.value, DOCUMENT_DEPTH);
      this.outcomes.push(() => this.end(call, null, value));
    }
  }

  progress(id, value) {
    const made = this.sent.get(id);
    if (!made?.onprogress)
      return;
    const told = freeze(value, DOCUMENT_DEPTH);
    this.outcomes.push(() => tell(made.onprogress, told));
  }

  tell() {
    const outcomes = this.outcomes;
    this.outcomes = [];
    outcomes.forEach(outcome => outcome());
  }
}

/* The key of a call that may be made again. */
function makeKey() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {object} core the internals of the module that loads this */
export default core => {
  ({
    DOCUMENT_DEPTH, FRAME_BYTES, PROTOCOL, ServerSignalError, freeze, hasOwn, isName, isObject, isRevision,
    later, call: tell,
  } = core);
  return link => new Calls(link);
};
