#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Checks that the library is built as doc/architecture.md draws it.

- A file includes only headers of its own room and of the rooms below it, and where the page names
  the files of a room that another one may use, only those.
- No files include each other in a circle; a class, its public header and its private one count as
  one file.
- A function that X.h declares is defined in X.c.
- No type has two definitions under one name.
- Every file belongs to a room.
- The command in tool/ uses the library as any application does, by its umbrella header.

The order of the rooms is read from the table under "## Rooms" in doc/architecture.md, so that the
page and the check cannot differ.

Usage: rooms.py SOURCE [--list]
"""

import os
import pathlib
import re
import sys

LIBRARY = 'server-signal'
TOOL = 'tool'
ROW = re.compile(r'^\| `(?P<room>[a-z]*/)` \|(?P<below>[^|]*)\|', re.MULTILINE)
# With angle brackets a header of ours is found as well.
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">]', re.MULTILINE)
# "`client/` uses two files of `transport/`, and no others: `ss-a.h` …"
ONLY = re.compile(r'^`(?P<room>[a-z]+/)` uses [a-z]+ files of `(?P<other>[a-z]+/)`, and no\s+others:'
                  r'(?P<files>.*?)\n\n', re.MULTILINE | re.DOTALL)
UMBRELLA = 'libserver-signal.h'
# A prototype, once comments, directives and bodies are gone.
PROTOTYPE = re.compile(r'\b((?:ss|server_signal)_\w+)\s*\(')
TYPE = re.compile(r'^(?:typedef\s+)?(?:struct|union|enum)\s+_?((?:Ss|ServerSignal)\w*)\s*\{'
                  r'|^\}\s*((?:Ss|ServerSignal)\w*)\s*;', re.MULTILINE)


def strip(text):
    """Without comments, strings, characters, directives and their continuation lines."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*|("|\')(?:\\.|(?!\1)[^\\\n])*\1', ' ', text, flags=re.DOTALL)
    return re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', '', text, flags=re.MULTILINE)


def outermost(text):
    """The text without the contents of braces, so that bodies are gone."""
    out, depth = [], 0
    for char in text:
        if char == '{':
            depth += 1
            if depth == 1:
                out.append('{')
        elif char == '}':
            depth = max(depth - 1, 0)
            if depth == 0:
                out.append('}')
        elif depth == 0:
            out.append(char)
    return ''.join(out)


def statements(text):
    text = outermost(strip(text)).replace('G_BEGIN_DECLS', '').replace('G_END_DECLS', '')
    return re.split(r'(?<=[;}])', text)


def declared(text):
    """The functions that a header declares without defining them."""
    for statement in statements(text):
        head = statement.strip()
        if not head.endswith(';') or head.startswith('typedef') or '{' in head:
            continue
        if re.match(r'(?:static|G_D|G_STATIC|extern\b[^(]*;)', head):
            # A macro of GObject's that declares or defines a type may stand before a prototype.
            head = re.sub(r'^(?:G_DE\w+|G_STATIC_ASSERT)\s*\((?:[^()]|\([^()]*\))*\)\s*;?', '', head)
            if head.startswith('static') or not head:
                continue
        match = PROTOTYPE.search(head)
        if match and not re.search(r'\(\s*\*', head[:match.start() + 1]):
            yield match.group(1)


def defined(text):
    """The functions that a source file defines, by hand or by a macro that makes several."""
    flat = outermost(strip(text))
    for match in re.finditer(r'^((?:ss|server_signal)_\w+)\s*\((?:[^;{}]*)\)\s*\{', flat, re.MULTILINE):
        yield match.group(1)
    for match in re.finditer(r'G_DEFINE_\w+\s*\(\s*([\w-]+)\s*,\s*(\w+)', flat):
        for end in ('_get_type', '_quark', '_copy', '_free'):
            yield match.group(2) + end
    # #define FUNC(name) …: a macro that writes functions names them by its arguments.
    for name in re.findall(r'^[A-Z][A-Z_]+ \(\s*((?:ss|server_signal)_\w+)', flat, re.MULTILINE):
        yield name


class House:
    def __init__(self, source):
        self.source = source
        self.library = source / LIBRARY
        page = (source / 'doc' / 'architecture.md').read_text()
        start = page.index('## Rooms')
        table = page[start:page.index('\n## ', start + 1)]
        self.below = {}
        for row in ROW.finditer(table):
            names = set(re.findall(r'`([a-z]*/)`', row['below']))
            self.below[row['room']] = names.union(*(self.below[name] for name in names), {row['room']})
        self.only = {(match['room'], match['other']): set(re.findall(r'`([\w-]+\.h)`', match['files']))
                     for match in ONLY.finditer(page)}
        self.files = sorted(path for path in self.library.rglob('*.[ch]'))

    def room(self, path):
        parts = path.relative_to(self.library).parts
        return parts[0] + '/' if len(parts) > 1 else '/'

    @staticmethod
    def unit(path):
        return re.sub(r'-private$', '', path.with_suffix('').as_posix())

    def header(self, name, includer):
        for base in (includer.parent, self.source, self.library, *{path.parent for path in self.files}):
            header = pathlib.Path(os.path.normpath(base / name))
            if header.is_file() and header.is_relative_to(self.library):
                return header
        return None

    def includes(self):
        for path in self.files:
            for name in INCLUDE.findall(path.read_text()):
                header = self.header(name, path)
                if header is not None:
                    yield path, header

    def without_room(self):
        return [f'{path.relative_to(self.source)} is in no room of doc/architecture.md'
                for path in self.files
                if self.room(path) != '/' and self.room(path) not in self.below]

    def upwards(self):
        found = []
        for path, header in self.includes():
            mine, other = self.room(path), self.room(header)
            # Headers beside the rooms are for all of them, but for the umbrella.
            if path.name == UMBRELLA or (other == '/' and header.name != UMBRELLA):
                continue
            said = f'{path.relative_to(self.source)} includes {header.relative_to(self.library)}'
            if other not in self.below.get(mine, ()):
                below = 'the ground floor' if mine == '/' else mine
                found.append(f'{said}, which is not below {below}')
            elif header.name not in self.only.get((mine, other), {header.name}):
                found.append(f'{said}, which is none of the files of {other} that {mine} may use')
        return found

    def private(self):
        """Headers of the library that the command includes beside the umbrella."""
        return [f'{path.relative_to(self.source)} includes {name}'
                for path in sorted((self.source / TOOL).rglob('*.[ch]'))
                for name in INCLUDE.findall(path.read_text())
                if name != UMBRELLA and self.header(name, path) is not None]

    def circles(self):
        """Tarjan's strongly connected components, over files."""
        graph = {}
        for path, header in self.includes():
            if path.name == UMBRELLA:
                continue
            graph.setdefault(self.unit(path), set()).add(self.unit(header))
        index, low, stack, found = {}, {}, [], []

        def visit(unit):
            index[unit] = low[unit] = len(index)
            stack.append(unit)
            for other in graph.get(unit, ()):
                if other not in index:
                    visit(other)
                    low[unit] = min(low[unit], low[other])
                elif other in stack:
                    low[unit] = min(low[unit], index[other])
            if low[unit] == index[unit]:
                members = []
                while not members or members[-1] != unit:
                    members.append(stack.pop())
                if len(members) > 1:
                    found.append(sorted(members))

        sys.setrecursionlimit(10000)
        for unit in sorted(graph):
            if unit not in index:
                visit(unit)
        return ['a circle: ' + ' includes '.join(self.shortest(graph, members)) for members in found]

    def shortest(self, graph, members):
        """The shortest way from the first of the members back to it."""
        ways = [[members[0]]]
        for way in ways:
            for unit in sorted(graph.get(way[-1], ())):
                if unit == members[0] and len(way) > 1:
                    return [pathlib.Path(u).relative_to(self.library).as_posix() for u in [*way, unit]]
                if unit in members and unit not in way:
                    ways.append([*way, unit])
        return []

    def elsewhere(self):
        """Functions that are not in the file that their header says, and how many there are."""
        places, total, found = {}, 0, []
        for path in self.files:
            if path.suffix == '.c':
                for name in defined(path.read_text()):
                    places.setdefault(name, path)
        for path in self.files:
            if path.suffix != '.h':
                continue
            for name in declared(path.read_text()):
                total += 1
                place = places.get(name)
                if place is None:
                    found.append(f'{name}(), which {path.relative_to(self.library)} declares, is nowhere')
                elif self.unit(place) != self.unit(path):
                    found.append(f'{name}(), which {path.relative_to(self.library)} declares, '
                                 f'is in {place.relative_to(self.library)}')
        return found, total

    def twice(self):
        places = {}
        for path in self.files:
            for match in TYPE.finditer(strip(path.read_text())):
                name = match.group(1) or match.group(2)
                places.setdefault(name, set()).add(path.relative_to(self.library).as_posix())
        return [f'{name} is a type in {" and in ".join(sorted(files))}'
                for name, files in sorted(places.items()) if len(files) > 1]


def main():
    house = House(pathlib.Path(sys.argv[1]).resolve())
    if not house.below or not house.files:
        print('Bail out! no rooms, or no files')
        return 1
    elsewhere, total = house.elsewhere()
    if total < 100:
        print(f'Bail out! only {total} functions were found')
        return 1
    checks = [
        ('every file is in a room', house.without_room()),
        ('no file includes a header of a room that is not below its own', house.upwards()),
        ('no files include each other in a circle', house.circles()),
        ('what X.h declares is defined in X.c', elsewhere),
        ('no type name stands for two types', house.twice()),
        ('the command includes no header of the library but the umbrella', house.private()),
    ]
    print(f'1..{len(checks)}')
    for number, (name, found) in enumerate(checks, 1):
        print(f'{"not ok" if found else "ok"} {number} - {name}')
        for line in found:
            print(f'# {line}')
    print(f'# {total} functions are declared, {len(elsewhere)} elsewhere')
    return 1 if any(found for _, found in checks) else 0


if __name__ == '__main__':
    sys.exit(main())
