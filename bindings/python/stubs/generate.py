#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Makes ServerSignal.pyi, the types of the library for Python.

Usage: generate.py GIR ADDITIONS OUTPUT

Functions, properties and enumerations come from the GIR, with native values where the override has them; ADDITIONS has
the types of the override itself, and each of its members takes the place of the one of that name in the GIR."""

import ast
import keyword
import sys
import xml.etree.ElementTree as ElementTree

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'

BASIC = {
    'none': 'None', 'GLib.Quark': 'int', 'gboolean': 'bool', 'utf8': 'str', 'filename': 'str', 'gpointer': 'Any', 'gconstpointer': 'Any',
    'GType': 'Any', 'gdouble': 'float', 'gfloat': 'float', 'gunichar': 'str',
    **{f'g{sign}{size}': 'int' for sign in ('', 'u') for size in ('char', 'short', 'int', 'long', 'int8', 'int16', 'int32',
                                                                  'int64', 'size', 'ssize')},
    'gsize': 'int', 'gssize': 'int', 'gushort': 'int',
}
#: Types of functions; main() adds those of the library.
CALLBACKS = {'Gio.AsyncReadyCallback'}
#: Namespaces for which there are stubs.
KNOWN = {'Gio', 'GLib', 'GObject', 'Soup'}


def type_of(element, incoming):
    """The type of a parameter, a result or a property in Python."""
    array = element.find(CORE + 'array')
    if array is not None:
        inner = array.find(CORE + 'type').get('name')
        if inner in ('guint8', 'gchar'):
            return 'bytes'
        return f'{"Sequence" if incoming else "list"}[{BASIC.get(inner, inner)}]'
    kind = element.find(CORE + 'type')
    if kind is None:
        return 'Any'
    name = kind.get('name')
    if name == 'Json.Node':
        return 'Input | Node' if incoming else 'Value'
    if name in BASIC:
        return BASIC[name]
    if name == 'SignalProgressFunc':
        return 'Callable[[SignalClient, Value], object]'
    if name == 'SignalUpdateFunc':
        return 'Callable[[Value], Input]'
    if name == 'SignalPatch' and incoming:
        return 'SignalPatch | Operations'
    if name in CALLBACKS:
        return 'Callable[..., object]'
    if '.' in name and name.split('.')[0] not in KNOWN:
        return 'Any'
    return name


def optional(kind, element):
    is_nullable = element.get('nullable') == '1' or element.get('allow-none') == '1'
    return f'{kind} | None' if is_nullable and kind not in ('Any', 'Value') and 'None' not in kind.split(' | ') else kind


def python_name(name):
    """Words of the language have an underscore behind them."""
    return f'{name}_' if keyword.iskeyword(name) else name


class Function:
    """One function, method or constructor."""

    def __init__(self, element):
        self.name = python_name(element.get('name'))
        self.element = element
        holder = element.find(CORE + 'parameters')
        parameters = holder.findall(CORE + 'parameter') if holder is not None else []
        hidden = {int(parameter.get(kind)) for parameter in parameters for kind in ('closure', 'destroy')
                  if parameter.get(kind) is not None}
        self.parameters = [parameter for index, parameter in enumerate(parameters)
                           if (index not in hidden or parameter.get('scope')) and parameter.get('direction') != 'out'
                           and parameter.find(CORE + 'type[@name="GLib.DestroyNotify"]') is None]
        self.callback = next((parameter for parameter in self.parameters if type_of(parameter, True).startswith('Callable[...')),
                             None)

    def result(self):
        value = self.element.find(CORE + 'return-value')
        return optional(type_of(value, False), value)

    def arguments(self, with_callback=True):
        """Those at the end that may be left out have a default, as PyGObject gives them."""
        texts, may_lack = [], True
        for parameter in reversed(self.parameters):
            kind = optional(type_of(parameter, True), parameter)
            is_callback = parameter is self.callback
            if is_callback and not with_callback:
                continue
            name = python_name(parameter.get('name'))
            may_lack = may_lack and ('None' in kind.split(' | ') or kind == 'Any') and not is_callback
            texts.append(f'{name}: {kind}' + (' = None' if may_lack else ''))
        return texts[::-1]

    def lines(self, kind, results):
        """results: of the functions NAME_finish of the class."""
        name = self.name
        first = {'method': ['self'], 'static': [], 'constructor': ['cls']}[kind]
        decorator = {'method': [], 'static': ['@staticmethod'], 'constructor': ['@classmethod']}[kind]
        finish = results.get(name.removesuffix('_async') + '_finish')
        if self.callback is not None and finish is not None:
            # Without a callback it can be awaited.
            awaited = ', '.join(first + self.arguments(False))
            called = self.arguments(False)
            given = [text.removesuffix(' = None') for text in called]
            callback = 'callback: Callable[..., object], *user_data: Any'
            return ['@overload', f'def {name}({awaited}) -> Operation[{finish}]: ...',
                    '@overload', f'def {name}({", ".join(first + given + [callback])}) -> None: ...']
        return [*decorator, f'def {name}({", ".join(first + self.arguments())}) -> {self.result()}: ...']


def functions_of(element):
    """The lines of each function of a class, by name."""
    found = {}
    kinds = {'constructor': 'constructor', 'method': 'method', 'function': 'static'}
    functions = [(kinds[child.tag.removeprefix(CORE)], Function(child)) for child in element
                 if child.tag.removeprefix(CORE) in kinds and child.get('introspectable') != '0' and not child.get('moved-to')]
    results = {function.name: function.result() for _, function in functions}
    for kind, function in functions:
        found[function.name] = function.lines(kind, results)
    return found


def properties_of(element, base):
    lines = []
    for child in element.findall(CORE + 'property'):
        kind = optional(type_of(child, False), child)
        kind = 'Node' if kind == 'Value' else kind
        name = child.get('name').replace('-', '_')
        if child.get('writable') == '1' and child.get('construct-only') != '1':
            lines.append(f'{name}: {kind}')
        else:
            lines += ['@property', f'def {name}(self) -> {kind}: ...']
    return [f'class Props({base}.Props):', *(f'    {line}' for line in lines or ['...'])] if base else []


def names_of(node):
    """The name that a statement of a class or a module binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name
    if isinstance(node, ast.AnnAssign):
        return node.target.id
    return None


def indented(lines):
    return [f'    {line}' for line in lines]


def class_of(element, addition):
    name = element.get('name')
    parent = element.get('parent')
    is_object = element.tag == CORE + 'class'
    own = {}
    body = []
    if addition is not None:
        for node in addition.body:
            if names_of(node):
                own.setdefault(names_of(node), []).append(ast.unparse(node))
    bases = [ast.unparse(base) for base in addition.bases] if addition is not None and addition.bases \
        else [parent, *(kind.get('name') for kind in element.findall(CORE + 'implements'))] if is_object \
        else ['GObject.GInterface' if element.tag == CORE + 'interface' else 'GObject.GBoxed']
    if is_object:
        body += properties_of(element, parent)
        body += ['@property', 'def props(self) -> Props: ...']
        if '__init__' not in own:
            body.append('def __init__(self, **properties: Any) -> None: ...')
    for texts in own.values():
        for text in texts:
            body += text.split('\n')
    for member, lines in functions_of(element).items():
        if member not in own:
            body += lines
    return [f'class {name}({", ".join(bases)}):', *indented(body or ['...'])]


def enumeration_of(element):
    base = 'GObject.GFlags' if element.tag == CORE + 'bitfield' else 'GObject.GEnum'
    members = [f'{member.get("name").upper()} = {member.get("value")}' for member in element.findall(CORE + 'member')]
    functions = [line for lines in functions_of(element).values() for line in lines]
    if element.get(GLIB + 'error-domain') and not any('def quark' in line for line in functions):
        functions += ['@staticmethod', 'def quark() -> int: ...']
    return [f'class {element.get("name")}({base}):', *indented(members + functions)]


def main():
    gir, additions_path, output = sys.argv[1:]
    namespace = ElementTree.parse(gir).getroot().find(CORE + 'namespace')
    CALLBACKS.update(element.get('name') for element in namespace.findall(CORE + 'callback'))
    with open(additions_path, encoding='utf-8') as file:
        additions = ast.parse(file.read())
    added = {names_of(node): node for node in additions.body if isinstance(node, ast.ClassDef)}

    blocks = []
    short = []
    for element in namespace:
        name = element.get('name')
        if element.get('introspectable') == '0' or element.get(GLIB + 'is-gtype-struct-for') or name is None:
            continue
        if element.tag in (CORE + 'class', CORE + 'interface', CORE + 'record'):
            blocks.append(class_of(element, added.pop(name, None)))
        elif element.tag in (CORE + 'enumeration', CORE + 'bitfield'):
            blocks.append(enumeration_of(element))
        elif element.tag == CORE + 'constant':
            blocks.append([f'{name}: {type_of(element, False)}'])
            continue
        elif element.tag == CORE + 'function':
            blocks.append(Function(element).lines('static', {})[1:])
            continue
        else:
            continue
        if name != 'Signal':
            short.append(f'{name.removeprefix("Signal")} = {name}')

    lines = ['# Made by bindings/python/stubs/generate.py.', '']
    for node in additions.body:
        # A class that the library does not have, such as one that it was built without, is left out.
        if names_of(node) in added and names_of(node).startswith('Signal'):
            continue
        if not isinstance(node, ast.ClassDef) or names_of(node) in added:
            lines.append(ast.unparse(node))
    for block in blocks:
        lines += ['', *block]
    lines += ['', *short, '']
    with open(output, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))


if __name__ == '__main__':
    main()
