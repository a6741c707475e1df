#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Checks the prose of comments, docstrings, pages and Markdown files.

- No sentence opens with a clause such as “What is not read in time” or “Who comes too late”: it
  names the thing, “Data that is not read in time”, “A client that comes too late”. Questions are
  fine. Headings, table cells, list items and descriptions of parameters count as sentences, and
  count in lower case, too.
- The reference of a function with a GError says “Fails with”, “Fails as” or “fails as”.
- The reference of a property that can be set says “The default is …” or “There is no default”.
- A list in the reference has empty lines around it, without which Markdown has no list, or one that
  does not end.

Usage: english.py SOURCE [FILE…]; without files, the whole tree.
"""

import argparse
import ast
import html.parser
import io
import os
import pathlib
import re
import sys
import tokenize

HEADLESS = r'(?:what(?:ever|soever)?|who(?:ever|m|mever|se|soever)?)'
# Of a block the first word counts in either case; within one, a sentence has a capital.
OPENING = re.compile(rf'[\W_]*{HEADLESS}\b(?![-\'’.])', re.IGNORECASE)
WITHIN = re.compile(rf'[\W_]*{HEADLESS.replace("what", "What", 1).replace("who", "Who", 1)}\b')
SENTENCE = re.compile(r'(?<=[.!?…])["”’)*_]*\s+')

SLASHES = {'.c', '.h', '.in.h', '.vala', '.vapi', '.js', '.mjs', '.ts', '.rs', '.cpp', '.css'}
HASHES = {'.build', '.sh', '.yml', '.yaml', '.toml', '.txt', '.in', '.supp', '.po', '.ini'}
MARKUP = {'.html', '.ui', '.xml', '.svg', '.doap', '.page'}
MARKDOWN = {'.md'}
LEFT_OUT = {'.git', 'node_modules', 'target', 'LICENSES', '__pycache__', '.ruff_cache', '.pytest_cache'}

# In the order in which they are tried: strings, a regular expression of JavaScript, comments.
TOKENS = {
    False: re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(/\*.*?\*/)|(//[^\n]*)', re.DOTALL),
    True: re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`'
                     r'|(?<=[=(,:;!&|?{}\[])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+/'
                     r'|(/\*.*?\*/)|(//[^\n]*)', re.DOTALL),
}


# Each has two such openings, a question, and strings and code that have none: so it is seen that the
# check reads each language.
SAMPLES = {
    'a.c': 'int a; /* what it has */\nchar *b = "/* What is text. */";\n'
           '/* It is kept. What is kept\n * stays. What for? */\n',
    'a.h': '/**\n * a_b:\n * @c: what is given\n *\n * Who comes gets it. Why not? Whatsit is a word.\n */\n',
    'a.vala': '// Whoever asks\n// is told.\nprint ("// Who");\nint a; // whose it is\n',
    'a.mjs': 'const a = /["\'`]/; // What a is.\nconst b = `// What`; /** Whatever it is. */\n',
    'a.py': '"""Opens.\n\nWhat it opens stays."""\na = 1  # whatever it is\nb = """What is text."""\n',
    'meson.build': "a = 'it # what'\n# What it is.\nb = 1  # who it is\n",
    'a.md': '# What it is\n\n| what | it |\n\n```\nWhat is code.\n```\n\nIt says what is.\n',
    'a.html': '<p>Who is there</p><p>Is <code>what</code></p><script>// What it is.\nconst a = "What";</script>',
}


def line_at(text, position):
    return text.count('\n', 0, position) + 1


def join(lines):
    """Comments on lines of their own, one below the other, are one."""
    block, first, last = [], 0, -1
    for number, text in lines:
        if block and number != last + 1:
            yield first, '\n'.join(block)
            block = []
        if not block:
            first = number
        block.append(text)
        last = number
    if block:
        yield first, '\n'.join(block)


def slashes(text, script):
    singles = []
    for match in TOKENS[script].finditer(text):
        block, single = match.groups()
        number = line_at(text, match.end() - len(block or single or ''))
        if block:
            yield number, '\n'.join(re.sub(r'^\s*\*+ ?', '', line) for line in block[2:-2].split('\n'))
        elif single:
            alone = not text[text.rfind('\n', 0, match.start()) + 1:match.start()].strip()
            singles.append((number, single.lstrip('/!').removeprefix(' '), alone))
    alone = [(number, said) for number, said, own in singles if own]
    yield from join(alone)
    yield from ((number, said) for number, said, own in singles if not own)


def hashes(text):
    alone = []
    for number, line in enumerate(text.split('\n'), 1):
        bare = re.sub(r'"(?:\\.|[^"\\])*"|\'[^\']*\'', lambda found: ' ' * len(found[0]), line)
        match = re.search(r'(?:^|\s)#(?!!)', bare)
        if match is None:
            continue
        said = line[match.end():].removeprefix(' ')
        if bare[:match.start()].strip():
            yield number, said
        else:
            alone.append((number, said))
    yield from join(alone)


def python(text):
    alone = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            said = token.string.lstrip('#').removeprefix(' ')
            if token.line[:token.start[1]].strip():
                yield token.start[0], said
            else:
                alone.append((token.start[0], said))
    yield from join(alone)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


class Markup(html.parser.HTMLParser):
    INLINE = {'a', 'abbr', 'b', 'code', 'em', 'i', 'kbd', 'small', 'span', 'strong', 'var'}

    def __init__(self):
        super().__init__()
        self.found, self.inside, self.said, self.start = [], None, '', 0

    def flush(self):
        if self.said.strip():
            self.found.append((self.start, self.said))
        self.said = ''

    def handle_starttag(self, tag, attrs):
        if tag not in self.INLINE:
            self.flush()
            self.inside = tag
        if tag in ('code', 'kbd', 'var'):
            self.said += '`'

    def handle_endtag(self, tag):
        if tag in ('code', 'kbd', 'var'):
            self.said += '`'
        if tag not in self.INLINE:
            self.flush()
            self.inside = None

    def handle_data(self, data):
        number = self.getpos()[0]
        if self.inside in ('script', 'style'):
            self.found += [(number + at - 1, said) for at, said in slashes(data, True)]
            return
        if not self.said.strip():
            self.start = number + len(data[:len(data) - len(data.lstrip())].split('\n')) - 1
        self.said += data

    def handle_comment(self, data):
        self.found.append((self.getpos()[0], data))


def markup(text):
    reader = Markup()
    reader.feed(text)
    reader.flush()
    yield from reader.found


def comments(path, text):
    """The prose of a file: where each piece begins, and its text."""
    suffix = path.suffix
    if suffix in MARKDOWN or path.name == 'NEWS':
        yield 1, text
    elif suffix == '.py' or text.startswith('#!/usr/bin/env python'):
        yield from python(text)
    elif suffix in SLASHES or re.match(r'#!.*(?:gjs|node)', text):
        yield from slashes(text, suffix in ('.js', '.mjs', '.ts') or text.startswith('#!'))
    elif suffix in MARKUP:
        yield from markup(text)
    elif suffix in HASHES or path.name in ('meson_options.txt', 'POTFILES') or text.startswith('#!'):
        yield from hashes(text)


def paragraphs(text):
    """The blocks of a piece of prose, without code: number of the first line, and the words."""
    # Code keeps its lines, so that the numbers stay true.
    text = re.sub(r'^[ ]*```.*?^[ ]*```', lambda found: '\n' * found[0].count('\n'), text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r'\|\[.*?\]\|', lambda found: '\n' * found[0].count('\n'), text, flags=re.DOTALL)
    block, first = [], 0
    for number, line in enumerate(text.split('\n'), 1):
        bare = line.strip()
        row = bare.startswith('|') and bare.endswith('|')
        opens = re.match(r'(?:[-*+•] |\d+[.)] |#+ |@[\w.]+: ?|[\w:-]+::?[\w-]*: *\(|(?:Returns|Since|Deprecated|Title|Slug): ?|> )', bare)
        if block and (not bare or opens or row):
            yield first, ' '.join(block)
            block = []
        if row:
            for cell in re.sub(r'`[^`]*`', '`', bare).strip('|').split('|'):
                yield number, cell.strip()
            continue
        if not bare:
            continue
        if opens:
            bare = bare[opens.end():] if not opens[0].endswith('(') else bare[opens.end() - 1:]
            # Annotations of GObject Introspection: (nullable) (transfer full).
            bare = re.sub(r'^(?:\([^()]*(?:\([^()]*\))?[^()]*\)\s*)+: *', '', bare)
        if not block:
            first = number
        block.append(bare)
        # A heading ends with its line.
        if opens and opens[0].startswith('#'):
            yield first, ' '.join(block)
            block = []
    if block:
        yield first, ' '.join(block)


def headless(text):
    """The sentences of a piece of prose that open so, with the lines of their paragraphs."""
    for number, block in paragraphs(text):
        block = re.sub(r'`[^`]*`', '`x`', block)
        for at, sentence in enumerate(SENTENCE.split(block)):
            if (OPENING if at == 0 else WITHIN).match(sentence) and not sentence.rstrip('"”’)*_ ').endswith('?'):
                yield number, sentence


def reference(text):
    """The comments that gi-docgen reads: the number of the first line, and the lines."""
    for match in re.finditer(r'^[ ]*/\*\*\n(.*?)\*/', text, re.MULTILINE | re.DOTALL):
        yield line_at(text, match.start()) + 1, [re.sub(r'^\s*\* ?', '', line) for line in match[1].split('\n')]


def unlisted(text):
    """Functions whose errors are not listed as everywhere, and lists that are none in Markdown."""
    for first, lines in reference(text):
        said = '\n'.join(lines)
        following = re.split(r'/\*\*\n', text.split('\n', first + len(lines) - 1)[-1], maxsplit=1)[0]
        if re.match(r'ServerSignal\w*:[\w-]+:', said) and not re.search(r'The default is|There is no default', said) \
                and ('(setter ' in lines[0] or re.search(r'READWRITE|PARAM_WRITABLE', following)):
            yield first, f'{lines[0]} does not state its default'
        if '\n@error: return' in said and not re.search(r'\b[Ff]ails (?:with|as)\b', said):
            yield first, f'{lines[0]} does not say with which errors it fails'
        listed = False
        for number, (line, after) in enumerate(zip(lines, lines[1:]), first + 1):
            if after.startswith('- ') and line.strip() and not re.match(r'- |\s', line):
                yield number, f'no empty line before the list: {after}'
            if re.match(r'- |  \S', line) and re.match(r'[^-\s@]', after) and listed:
                yield number, f'no empty line behind the list: {after}'
            listed = re.match(r'- ', after) or listed and re.match(r'  ', after)


def files(source):
    for folder, folders, names in os.walk(source):
        # A build directory.
        if 'meson-private' in folders:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders
                            if name not in LEFT_OUT and not name.startswith('_build'))
        yield from (pathlib.Path(folder, name) for name in sorted(names))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('source', type=pathlib.Path)
    parser.add_argument('file', nargs='*', type=pathlib.Path)
    arguments = parser.parse_args()

    number, pieces, failed = 0, 0, False
    for name, text in SAMPLES.items():
        found = [sentence for _, piece in comments(pathlib.Path(name), text) for _, sentence in headless(piece)]
        number += 1
        failed = failed or len(found) != 2
        print(f'{"ok" if len(found) == 2 else "not ok"} {number} - finds two openings in a sample of {name}: {found}')
    for path in arguments.file or files(arguments.source):
        name = path.relative_to(arguments.source).as_posix()
        try:
            text = path.read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        said = list(comments(path, text))
        if not said:
            continue
        pieces += len(said)
        found = [(first + at - 1, sentence) for first, piece in said for at, sentence in headless(piece)]
        if path.suffix in ('.c', '.h'):
            found += unlisted(text)
        number += 1
        failed = failed or bool(found)
        print(f'{"not ok" if found else "ok"} {number} - {name}')
        for at, sentence in sorted(found):
            print(f'# line {at}: {sentence[:100]}')
    print(f'1..{number}')
    print(f'# {pieces} pieces of prose were read')
    return 1 if failed or pieces < 100 and not arguments.file else 0


if __name__ == '__main__':
    sys.exit(main())
