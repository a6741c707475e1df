# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Awaiting the library: on GLib's main loop alone, in asyncio on GLib's main loop, and from asyncio in another thread."""

import asyncio
import collections
import concurrent.futures
import inspect
import math
import selectors
import signal
import sys
import threading
import weakref

from gi.repository import Gio, GLib

#: Patches that wait for an iteration that is slow.
MAX_PATCHES = 10_000


class Operation:
    """Something that ends later, in a GLib main context: await it, once or several times."""

    def __init__(self, cancellable=None):
        self.cancellable = cancellable
        self._callbacks = []
        self._done = False
        self._is_known = False
        self._result = None
        self._error = None

    def done(self):
        """Whether it has ended."""
        return self._done

    def result(self):
        """How it has ended; raises when that was an error."""
        if not self._done:
            raise asyncio.InvalidStateError('It has not ended')
        self._is_known = True
        if self._error is not None:
            raise self._error
        return self._result

    def cancel(self):
        """Asks it to end; it fails with Gio.IOErrorEnum.CANCELLED unless it has ended already."""
        if self.cancellable is not None:
            self.cancellable.cancel()

    def add_done_callback(self, callback):
        """Calls callback (operation) when it has ended."""
        if self._done:
            callback(self)
        else:
            self._callbacks.append(callback)

    def end(self, result=None, error=None):
        if self._done:
            return
        self._done, self._result, self._error = True, result, error
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def __await__(self):
        if not self._done:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                # A Task goes on from here.
                yield self
            else:
                yield from self._wait(loop).__await__()
        return self.result()

    async def _wait(self, loop):
        future = loop.create_future()

        def wake():
            if not future.done():
                future.set_result(None)

        # GLib's loop need not be asyncio's.
        self.add_done_callback(lambda _: loop.is_closed() or loop.call_soon_threadsafe(wake))
        try:
            await future
        except asyncio.CancelledError:
            self.cancel()
            raise


class Task(Operation):
    """Runs a coroutine on GLib's main loop alone; it may await Operations only."""

    def __init__(self, coroutine):
        super().__init__()
        self._coroutine = coroutine
        self._waiting = None
        self._step(None)

    def __del__(self):
        if self._error is not None and not self._is_known:
            sys.excepthook(type(self._error), self._error, self._error.__traceback__)

    def cancel(self):
        if self._waiting is not None:
            self._waiting.cancel()

    def _step(self, _):
        self._waiting = None
        try:
            waiting = self._coroutine.send(None)
        except StopIteration as stop:
            self.end(stop.value)
        except BaseException as error:
            self.end(error=error)
        else:
            if isinstance(waiting, Operation):
                self._waiting = waiting
                waiting.add_done_callback(self._step)
            else:
                self._coroutine.close()
                self.end(error=TypeError(f'{waiting!r} can be awaited only in asyncio: see ServerSignal.run()'))


def spawn(coroutine):
    """Runs a coroutine on GLib's main loop, in a program without asyncio; it may await what the library gives.

    The result can be awaited. An error that nobody asks for is reported as one of a callback is."""
    return Task(as_coroutine(coroutine))


async def as_coroutine(awaitable):
    return await awaitable


def awaitable(call, finish, names):
    """A function NAME_async that gives an Operation where no callback is given."""
    # self is first.
    cancellable_at = names.index('cancellable') + 1 if 'cancellable' in names else None
    callback_at = names.index('callback') + 1

    def begin(*args, **keywords):
        if len(args) > callback_at or keywords.get('callback') is not None:
            return call(*args, **keywords)

        args = list(args)
        cancellable = None
        if cancellable_at is not None:
            cancellable = keywords.get('cancellable')
            if len(args) > cancellable_at:
                cancellable = args[cancellable_at]
            if cancellable is None:
                cancellable = Gio.Cancellable()
                if len(args) > cancellable_at:
                    args[cancellable_at] = cancellable
                else:
                    keywords['cancellable'] = cancellable
        operation = Operation(cancellable)

        def callback(source, result, *data):
            try:
                value = getattr(source, finish)(result)
            except Exception as error:
                operation.end(error=error)
            else:
                operation.end(value)

        keywords['callback'] = callback
        call(*args, **keywords)
        return operation

    return begin


# Following.

class Follower:
    """Handlers of a signal or a view that do not keep the iteration alive."""

    def __init__(self, source, signal):
        self._source = source
        self._waiting = None
        this = weakref.ref(self)

        def handler(source, argument):
            follower = this()
            if follower is not None:
                follower._take(argument)
                follower._wake()

        self._handler = source.connect(signal, handler)

    def __aiter__(self):
        return self

    def _wake(self):
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.end()

    async def _wait(self):
        if self._handler is None:
            raise StopAsyncIteration
        self._waiting = self._waiting or Operation()
        await self._waiting
        if self._handler is None:
            raise StopAsyncIteration

    def close(self):
        """Ends the iteration, also one that waits."""
        handler, self._handler = self._handler, None
        if handler is not None:
            self._source.disconnect(handler)
            self._wake()

    async def aclose(self):
        self.close()

    def __del__(self):
        if getattr(self, '_handler', None) is not None:
            self._source.disconnect(self._handler)


class Values(Follower):
    """The value now, and then after each change; of changes that come together, the last."""

    def __init__(self, source):
        self._is_new = True
        super().__init__(source, 'notify::value')

    def _take(self, argument):
        self._is_new = True

    async def __anext__(self):
        while not self._is_new:
            await self._wait()
        self._is_new = False
        return self._source.value


class Patches(Follower):
    """Each patch from now on, as a ServerSignal.Patch. An iteration that falls 10,000 patches behind ends with
    Error.LIMIT, since it could not go on without a gap."""

    def __init__(self, source):
        self._patches = collections.deque()
        self._lost = False
        super().__init__(source, 'patched')

    def _take(self, patch):
        if len(self._patches) < MAX_PATCHES:
            self._patches.append(patch)
        else:
            self._lost = True

    async def __anext__(self):
        while not self._patches:
            if self._lost:
                from gi.repository import ServerSignal
                self.close()
                raise GLib.Error(f'More than {MAX_PATCHES} patches waited',
                                 GLib.quark_to_string(ServerSignal.SignalError.quark()),
                                 int(ServerSignal.SignalError.LIMIT))
            await self._wait()
        return self._patches.popleft()


# asyncio on GLib's main loop.

class Descriptor(GLib.Source):
    """Is dispatched when a descriptor can be read."""

    def __init__(self, fd):
        super().__init__()
        self._tag = self.add_unix_fd(fd, GLib.IOCondition.IN)

    def prepare(self):
        return False, -1

    def check(self):
        return bool(self.query_unix_fd(self._tag))

    def dispatch(self, callback, args):
        return True


class Selector(selectors.DefaultSelector):
    """Asyncio waits in an iteration of a GLib main context, which serves both. The descriptor of the selector
    itself is readable as soon as one of those in it is."""

    def __init__(self, context):
        super().__init__()
        self._context = context
        self._source = Descriptor(self.fileno())
        self._source.attach(context)

    def close(self):
        self._source.destroy()
        super().close()

    def select(self, timeout=None):
        source = None
        if timeout is not None and timeout > 0:
            source = GLib.timeout_source_new(min(math.ceil(timeout * 1000), 2**31 - 1))
            source.set_callback(lambda *data: False)
            source.attach(self._context)
        # One iteration only: what GLib has dispatched may have given asyncio something to do.
        self._context.iteration(timeout is None or timeout > 0)
        if source is not None:
            source.destroy()
        return super().select(0)


def run(main):
    """Runs a coroutine as asyncio.run() does, on the GLib main context of this thread, so that the library works in it.

    Where PyGObject has gi.events (from 3.50 on) its loops serve as well."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError('asyncio runs already in this thread')

    context = GLib.MainContext.get_thread_default() or GLib.MainContext.default()
    loop = asyncio.SelectorEventLoop(Selector(context))
    try:
        asyncio.set_event_loop(loop)
        task = loop.create_task(as_coroutine(main))
        interrupts = watch_interrupts(loop, task)
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            if interrupts:
                raise KeyboardInterrupt from None
            raise
    finally:
        try:
            cancel_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def watch_interrupts(loop, task):
    """Has Ctrl-C cancel the task, so that it can end in order; the second one interrupts it at once. As an exception it
    could come up in a callback of GLib's, which would swallow it."""
    interrupts = []

    def interrupt():
        interrupts.append(True)
        if len(interrupts) > 1:
            raise KeyboardInterrupt
        task.cancel()

    if threading.current_thread() is threading.main_thread() \
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    return interrupts


def cancel_all(loop):
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


# asyncio in another thread.

class Bridge:
    """Lets a program whose loop is asyncio use the library, which lives in another thread's GLib main context.

    Without a context it starts a thread with one of its own, until close(). With a context, such as
    GLib.MainContext.default() in a program with windows, it uses that, which somebody else iterates."""

    def __init__(self, context=None):
        self._context = context
        self._loop = None
        self._thread = None
        if context is None:
            self._context = GLib.MainContext.new()
            self._loop = GLib.MainLoop.new(self._context, False)
            self._thread = threading.Thread(target=self._serve, name='server-signal', daemon=True)
            self._thread.start()

    def _serve(self):
        self._context.push_thread_default()
        self._loop.run()
        self._context.pop_thread_default()

    def submit(self, function, *args):
        """Calls function (*args) in the context, from any thread. Gives a concurrent.futures.Future, which ends when
        the function has and, where it has returned something to await, that has."""
        return self._submit(function, args, [])

    def _submit(self, function, args, tasks):
        future = concurrent.futures.Future()

        def done(task):
            try:
                result = task.result()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        def call():
            if future.set_running_or_notify_cancel():
                task = Task(self._call(function, args))
                tasks.append(task)
                task.add_done_callback(done)

        self._invoke(call)
        return future

    def _invoke(self, function):
        def dispatch(*data):
            function()
            return False

        source = GLib.idle_source_new()
        source.set_priority(GLib.PRIORITY_DEFAULT)
        source.set_callback(dispatch)
        source.attach(self._context)

    @staticmethod
    async def _call(function, args):
        result = function(*args)
        return await result if inspect.isawaitable(result) else result

    async def run(self, function, *args):
        """Calls function (*args) in the context, awaits what can be awaited there, and gives the result."""
        tasks = []
        future = self._submit(function, args, tasks)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            self._invoke(lambda: [task.cancel() for task in tasks])
            raise

    async def iterate(self, iterable):
        """The values of a signal, of its patches or of something else that is iterated in the context."""
        iterator = await self.run(aiter, iterable)
        try:
            while True:
                try:
                    value = await self.run(iterator.__anext__)
                except StopAsyncIteration:
                    return
                yield value
        finally:
            self.submit(iterator.close)

    def close(self):
        """Ends the thread, if it is the bridge's own. Hubs and clients are closed before."""
        if self._thread is not None:
            self.submit(self._loop.quit).result()
            self._thread.join()
            self._thread = None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exception):
        self.close()
