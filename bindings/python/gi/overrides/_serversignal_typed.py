# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Documents as dataclasses, TypedDicts and what they are made of."""

import dataclasses
import enum
import functools
import types
import typing

NoneType = type(None)


def refuse(pointer, wanted, value):
    name = getattr(wanted, '__name__', None) or str(wanted)
    raise TypeError(f'At "{pointer}": not {name} but {value!r:.80}')


def step(pointer, token):
    return f'{pointer}/{str(token).replace("~", "~0").replace("/", "~1")}'


@functools.lru_cache(maxsize=None)
def hints_of(cls):
    return typing.get_type_hints(cls)


def decode_dataclass(cls, value, pointer):
    if not isinstance(value, dict):
        refuse(pointer, cls, value)
    hints = hints_of(cls)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}
    for name in value.keys() - fields.keys():
        # Written back it would be gone.
        raise TypeError(f'At "{step(pointer, name)}": {cls.__name__} has no such field')
    for name, field in fields.items():
        if name not in value and field.default is dataclasses.MISSING \
                and field.default_factory is dataclasses.MISSING:
            raise TypeError(f'At "{step(pointer, name)}": missing, and {cls.__name__} has no default')
    return cls(**{name: decode(hints[name], member, step(pointer, name)) for name, member in value.items()})


def decode_typed_dict(cls, value, pointer):
    if not isinstance(value, dict):
        refuse(pointer, cls, value)
    hints = hints_of(cls)
    for name in cls.__required_keys__ - value.keys():
        raise TypeError(f'At "{step(pointer, name)}": missing in {cls.__name__}')
    return {name: decode(hints.get(name, object), member, step(pointer, name)) for name, member in value.items()}


def decode_union(options, cls, value, pointer):
    for option in options:
        try:
            return decode(option, value, pointer)
        except TypeError as error:
            last = error
    # Of one type and None the error of that type says more.
    if sum(option is not NoneType for option in options) == 1 and value is not None:
        raise last if options[-1] is not NoneType else decode_error(options[0], value, pointer)
    refuse(pointer, cls, value)


def decode_error(cls, value, pointer):
    try:
        decode(cls, value, pointer)
    except TypeError as error:
        return error


def decode_scalar(cls, value, pointer):
    # A bool is an int for Python, and 1 is a number for JSON.
    if cls is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, bool) and cls is not bool or not isinstance(value, cls):
        refuse(pointer, cls, value)
    return value


def decode(cls, value, pointer=''):
    """A value as cls; a TypeError names the place of what does not fit."""
    origin, arguments = typing.get_origin(cls), typing.get_args(cls)
    if cls is object or cls is typing.Any:
        return value
    if cls is None or cls is NoneType:
        return value if value is None else refuse(pointer, NoneType, value)
    if origin in (typing.Union, types.UnionType):
        return decode_union(arguments, cls, value, pointer)
    if origin is typing.Literal:
        return value if any(value == choice and type(value) is type(choice) for choice in arguments) \
            else refuse(pointer, cls, value)
    if origin in (typing.Annotated, typing.Required, typing.NotRequired) if hasattr(typing, 'Required') \
            else origin is typing.Annotated:
        return decode(arguments[0], value, pointer)
    if origin is list or origin is tuple and arguments[1:] == (...,):
        if not isinstance(value, list):
            refuse(pointer, cls, value)
        return origin(decode(arguments[0], element, step(pointer, index)) for index, element in enumerate(value))
    if origin is tuple:
        if not isinstance(value, list) or len(value) != len(arguments):
            refuse(pointer, cls, value)
        return tuple(decode(kind, element, step(pointer, index))
                     for index, (kind, element) in enumerate(zip(arguments, value)))
    if origin is dict:
        if not isinstance(value, dict) or arguments[0] is not str:
            refuse(pointer, cls, value)
        return {name: decode(arguments[1], member, step(pointer, name)) for name, member in value.items()}
    if dataclasses.is_dataclass(cls):
        return decode_dataclass(cls, value, pointer)
    if typing.is_typeddict(cls):
        return decode_typed_dict(cls, value, pointer)
    if isinstance(cls, type) and issubclass(cls, enum.Enum):
        try:
            return cls(value)
        except ValueError:
            refuse(pointer, cls, value)
    if cls in (bool, int, float, str, list, dict):
        return decode_scalar(cls, value, pointer)
    raise TypeError(f'{cls!r} is not made of the types of JSON')


def encode(value):
    """A value in which dataclasses are dicts, and members of an enum what they stand for."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
    if isinstance(value, dict):
        return {name: encode(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(element) for element in value]
    if isinstance(value, enum.Enum):
        return value.value
    return value


class Typed:
    """A part of a signal as a class, for those who want types: signal.typed (Class)."""

    def __init__(self, signal, cls, pointer):
        self.signal = signal
        self.pointer = pointer
        self._class = cls

    def __repr__(self):
        return f'<ServerSignal.Typed {self.pointer!r} of {self.signal!r}>'

    @property
    def value(self):
        """The part; a TypeError names the place of what does not fit the class."""
        return decode(self._class, self.signal[self.pointer], self.pointer)

    @value.setter
    def value(self, value):
        self.signal[self.pointer] = encode(value)

    def update(self, function):
        """Gives function the part; what it returns, or the part that it has changed when it returns None, is written."""
        value = self.value
        result = function(value)
        self.value = value if result is None else result

    async def __aiter__(self):
        """The part now, and then after each change of the signal."""
        async for _ in self.signal:
            yield self.value
