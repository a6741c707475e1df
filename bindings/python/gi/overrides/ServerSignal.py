# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The library as it reads in Python: native values, short names, and functions to await.

A value is what json.loads() gives: None, a bool, an int, a float, a str, a list or a dict with names that are str. Every
function of the library that takes a Json.Node takes values (and a Json.Node still), and every function that gives one
gives a value. A TypeError or a ValueError refuses values that JSON cannot carry; its message has the JSON Pointer.
"""

import contextlib
import keyword
import reprlib

from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import GLib

from gi.overrides import _serversignal as native
from gi._gi import FunctionInfo
from gi.overrides import _serversignal_async as awaiting
from gi.overrides._serversignal_typed import Typed

ServerSignal = get_introspection_module('ServerSignal')

__all__ = []

ERROR = GLib.quark_to_string(ServerSignal.SignalError.quark())
#: Stands where None is a value.
MISSING = object()


class NotFoundError(GLib.Error, KeyError):
    """Nothing is there: a KeyError, and a GLib.Error that matches Error.NOT_FOUND."""

    __str__ = GLib.Error.__str__


__all__.append('NotFoundError')


@contextlib.contextmanager
def items(pointer):
    """In the syntax of items, a missing place is a KeyError."""
    native.pointer(pointer)
    try:
        yield
    except GLib.Error as error:
        if not error.matches(ServerSignal.SignalError.quark(), ServerSignal.SignalError.NOT_FOUND):
            raise
        raise NotFoundError(error.message, error.domain, error.code) from None


def not_found(pointer):
    return NotFoundError(f'Nothing is at "{pointer}"', ERROR, int(ServerSignal.SignalError.NOT_FOUND))


def resolve(value, pointer):
    """The part of a value that a pointer leads to, or MISSING."""
    for token in native.pointer(pointer).split('/')[1:]:
        token = token.replace('~1', '/').replace('~0', '~')
        if isinstance(value, dict):
            value = value.get(token, MISSING)
        elif isinstance(value, list) and token.isascii() and token.isdigit() and str(int(token)) == token:
            value = value[int(token)] if int(token) < len(value) else MISSING
        else:
            return MISSING
    return value


def name_of(function):
    return f'ServerSignal.{type(function).__name__.removeprefix("Signal") or "Signal"}'


class Document:
    """Signals and views have a value, and ways to look into it."""

    def __str__(self):
        return str(self.value)

    def __format__(self, spec):
        """The value, so that f'{view:.2f}' shows a number."""
        return format(self.value, spec) if spec else str(self)

    def __bool__(self):
        """A signal of an empty list is a signal all the same."""
        return True

    def __contains__(self, pointer):
        return self.get(pointer, MISSING) is not MISSING

    def __getitem__(self, pointer):
        value = self.get(pointer, MISSING)
        if value is MISSING:
            raise not_found(pointer)
        return value

    def __iter__(self):
        """The elements of a list, or the names of the members of an object."""
        return iter(self._container('iterate'))

    def __aiter__(self):
        """The value now, and then after each change; changes that come together give one."""
        return awaiting.Values(self)

    def _container(self, verb):
        value = self.value
        if not isinstance(value, (list, dict)):
            raise TypeError(f'{self!r} is no list and no object to {verb}')
        return value


@override
class Signal(Document, ServerSignal.Signal):
    def __init__(self, name=MISSING, value=None, **properties):
        if name is not MISSING:
            properties['name'] = name
        super().__init__(value=native.node(value, ''), **properties)

    def __repr__(self):
        return f'<ServerSignal.Signal {self.get_name()!r} {reprlib.repr(self.value)}>'

    @property
    def value(self):
        """The document. Give a new one, or write to a part by its pointer."""
        value = native.read(self, '', MISSING)
        if value is MISSING:
            raise RuntimeError('A signal is read only in the thread in which it was made')
        return value

    @value.setter
    def value(self, value):
        self.set_value('', value)

    def get(self, pointer, default=None):
        """The value at a JSON Pointer, or default when nothing is there."""
        return native.read(self, pointer, default)

    # Much faster than by get().
    def __getitem__(self, pointer):
        value = native.read(self, pointer, MISSING)
        if value is MISSING:
            raise not_found(pointer)
        return value

    def __setitem__(self, pointer, value):
        with items(pointer):
            self.set_value(pointer, value)

    def __delitem__(self, pointer):
        with items(pointer):
            self.remove(pointer)

    def __contains__(self, pointer):
        return native.length(self, pointer) is not None

    def __len__(self):
        length = native.length(self, '')
        if length < 0:
            raise TypeError(f'{self!r} is no list and no object that has a length')
        return length

    def insert(self, pointer, value):
        """Inserts into a list before the index at the end of the pointer, or adds a member."""
        self.insert_value(pointer, value)

    def append(self, pointer, value):
        """Appends to the list at the pointer."""
        # insert_value() says what is wrong with a pointer, and adds a member "-" to an object.
        try:
            is_list = native.is_list(self, pointer)
        except ValueError:
            is_list = None
        if is_list is False:
            raise TypeError(f'No list is at "{pointer}", to which a value could be appended')
        self.insert_value(pointer + '/-', value)

    def update(self, function):
        """Gives function a copy of the document; what it returns, or the copy that it has changed when it returns None,
        is the new document. Nothing is written when it raises."""
        value = self.value
        result = function(value)
        return self.set_value('', value if result is None else result)

    @contextlib.contextmanager
    def transaction(self):
        """One commit for all that is written in it; nothing of it remains when an exception leaves it. Those that are
        within another are one transaction with it."""
        with self.freeze_notify():
            try:
                yield self
            except BaseException:
                self.discard()
                raise

    def typed(self, cls, pointer=''):
        """The part at a pointer as a dataclass, a TypedDict or another type made of JSON's."""
        return Typed(self, cls, native.pointer(pointer))

    def patches(self):
        """An asynchronous iterator over the patches of the commits from now on."""
        return awaiting.Patches(self)


@override
class SignalView(Document, ServerSignal.SignalView):
    def __repr__(self):
        return f'<ServerSignal.View {self.get_pointer()!r} {reprlib.repr(self.value)}>'

    @property
    def value(self):
        """The value that is shown; None too when nothing is there."""
        return self.dup_value()

    def get(self, pointer, default=None):
        """The value at a JSON Pointer within the part that is shown."""
        value = resolve(self.value, pointer)
        return default if value is MISSING else value

    def __len__(self):
        return len(self._container('measure'))


@override
class SignalList(ServerSignal.SignalList):
    """A Gio.ListModel, which PyGObject makes a sequence."""

    def __repr__(self):
        return f'<ServerSignal.List {self.get_pointer()!r} of {self.get_n_items()} items>'

    def __str__(self):
        return str(list(self))

    def __format__(self, spec):
        return format(str(self), spec)

    def __bool__(self):
        return True


@override
class SignalPatch(ServerSignal.SignalPatch):
    def __new__(cls, operations):
        """A patch from a list of operations."""
        return cls.new_from_node(operations)

    def __init__(self, operations):
        super().__init__()

    def __repr__(self):
        return f'<ServerSignal.Patch {reprlib.repr(self.operations)}>'

    def __str__(self):
        return str(self.operations)

    def __bool__(self):
        return True

    @property
    def operations(self):
        """The operations as a list of dicts."""
        return self.to_node()

    def __len__(self):
        return self.get_n_operations()

    def __iter__(self):
        return iter(self.operations)

    def __getitem__(self, index):
        return self.operations[index]


@override
class SignalHub(ServerSignal.SignalHub):
    def __repr__(self):
        signals, peers = self.get_signals().get_n_items(), self.get_peers().get_n_items()
        return f'<ServerSignal.Hub {self.dup_uri() or "that does not listen"}, {signals} signals, {peers} peers>'

    def create(self, name, value=None):
        """Makes a signal and publishes it."""
        signal = Signal(name, value)
        self.add(signal)
        return signal


@override
class SignalClient(ServerSignal.SignalClient):
    def __repr__(self):
        return f'<ServerSignal.Client {self.get_uri()} {self.get_state().value_nick}>'

    def signal(self, name, value=None):
        """The replica of a signal, with a value until data comes."""
        return self.get_signal(name) if value is None else self.get_signal_with_default(name, value)

    def call(self, method, arguments=None, progress=None, idempotent=False, cancellable=None):
        """Asks the server, and gives an operation to be awaited, whose result is the answer, a value.

        progress is called with the client and a value. A call that is idempotent is made again when the connection goes.
        """
        flags = ServerSignal.SignalCallFlags.IDEMPOTENT if idempotent else ServerSignal.SignalCallFlags.NONE

        def begin(client, cancellable, callback):
            client.call_full_async(method, arguments, flags, progress, (), cancellable, callback)

        return awaiting.awaitable(begin, 'call_full_finish', ['cancellable', 'callback'])(self, cancellable)


@override
class SignalCall(ServerSignal.SignalCall):
    def __repr__(self):
        return f'<ServerSignal.Call {self.get_method()!r}>'

    arguments = property(lambda self: self.dup_arguments(), doc='The arguments, a value.')


__all__ += ['Signal', 'SignalView', 'SignalList', 'SignalPatch', 'SignalHub', 'SignalClient', 'SignalCall']


# Functions that take or give a Json.Node.

def interface(info):
    """The name of the type of an argument or a result, such as Json.Node, or None."""
    kind = info.get_type_info() if hasattr(info, 'get_type_info') else info.get_type()
    return type_name(kind)


def type_name(kind):
    kind = kind.get_interface() if kind is not None else None
    return f'{kind.get_namespace()}.{kind.get_name()}' if kind is not None else None


def to_patch(value, pointer):
    return value if value is None or isinstance(value, ServerSignal.SignalPatch) \
        else SignalPatch.new_from_node(value)


def to_update(function, pointer):
    return lambda value, *data: native.node(function(native.native(value), *data), '')


def to_progress(function, pointer):
    return function and (lambda client, value, *data: function(client, native.native(value), *data))


#: Each makes an argument from a native value and the pointer where it will be, if the function has one.
CONVERTERS = {
    'Json.Node': native.node,
    'ServerSignal.SignalPatch': to_patch,
    'ServerSignal.SignalUpdateFunc': to_update,
    'ServerSignal.SignalProgressFunc': to_progress,
}


def visible(info):
    """The arguments that a caller gives: the data of a callback too, which PyGObject takes in its place."""
    arguments = info.get_arguments()
    hidden = {argument.get_destroy() for argument in arguments}
    return [argument for index, argument in enumerate(arguments) if index not in hidden]


def python_name(info):
    """Words of the language have an underscore behind them."""
    name = info.get_name()
    return f'{name}_' if keyword.iskeyword(name) else name


def wrap(cls, info, methods):
    """A function of the library that takes and gives native values, or None where it has none."""
    name = python_name(info)
    arguments = visible(info)
    converters = [(argument.get_name(), CONVERTERS.get(interface(argument))) for argument in arguments]
    gives_node = type_name(info.get_return_type()) == 'Json.Node'
    is_async = any(kind == 'Gio.AsyncReadyCallback' for kind in map(interface, arguments)) \
        and name.removesuffix('_async') + '_finish' in methods
    if not gives_node and not is_async and not any(convert for _, convert in converters):
        return None
    function = getattr(cls, name)
    offset = int(info.is_method())
    positions = [(index + offset, convert) for index, (_, convert) in enumerate(converters) if convert]
    names = {name: convert for name, convert in converters if convert}
    # Without them PyGObject would call the function with one more argument, None.
    data = {index + offset: argument.get_name() for index, argument in enumerate(arguments)
            if any(callback.get_closure() >= 0 and convert and
                   info.get_arguments()[callback.get_closure()].get_name() == argument.get_name()
                   for callback, (_, convert) in zip(arguments, converters, strict=True) if callback is not argument)}
    pointer_at = next((index + offset for index, (name, _) in enumerate(converters) if name == 'pointer'), None)

    def call(*args, **keywords):
        if positions:
            args = list(args)
            pointer = keywords.get('pointer')
            if pointer_at is not None and pointer_at < len(args):
                pointer = args[pointer_at]
            for position, convert in positions:
                if position < len(args):
                    args[position] = convert(args[position], pointer)
            for keyword in names.keys() & keywords.keys():
                keywords[keyword] = names[keyword](keywords[keyword], pointer)
            for position, keyword in data.items():
                if position >= len(args):
                    keywords.setdefault(keyword, ())
        result = function(*args, **keywords)
        return native.native(result) if gives_node else result

    result = call
    if is_async:
        result = awaiting.awaitable(call, name.removesuffix('_async') + '_finish',
                                    [argument.get_name() for argument in arguments])
    result.__name__ = name
    result.__qualname__ = f'{cls.__name__}.{name}'
    result.__doc__ = getattr(function, '__doc__', None)
    return result if info.is_method() else staticmethod(result)


def wrap_all():
    for name in dir(ServerSignal):
        cls = globals().get(name) or getattr(ServerSignal, name)
        methods = getattr(getattr(cls, '__info__', None), 'get_methods', None)
        if methods is None:
            continue
        methods = {info.get_name(): info for info in methods()}
        for info in methods.values():
            # The class may have something better under this name.
            if not isinstance(getattr(cls, python_name(info), None), FunctionInfo):
                continue
            wrapped = wrap(cls, info, methods)
            if wrapped is not None:
                setattr(cls, python_name(info), wrapped)


wrap_all()


# The short names. The library's own say “signal” twice, since the namespace is named after its class.

def short_names():
    for name in dir(ServerSignal):
        short = name.removeprefix('Signal')
        # A structure of a class is nothing that a program sees.
        if short and short != name and short[0].isupper() and not short.endswith('Class'):
            yield short, globals().get(name) or getattr(ServerSignal, name)


for short, thing in short_names():
    globals()[short] = thing
    __all__.append(short)

# For those who await.
run, spawn, Bridge = awaiting.run, awaiting.spawn, awaiting.Bridge
__all__ += ['run', 'spawn', 'Bridge', 'Typed']
