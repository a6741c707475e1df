#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Runs gi-docgen, gives the types their names in C, and has code wrapped.

gi-docgen makes a name of the namespace and the type's name in it. Both have "Signal" here, so that it
writes ServerSignalSignalHubClass and ServerSignal.SignalHub::authorize, which do not exist in C. Its
theme cuts code at the width of the text, and breaks short names in tables anywhere. Its search knows
pages by their titles only; here it gets their sections, and the keywords that pages name in their heads.
Rows for addresses that there are none of are left out.

Usage: generate.py OUTPUT COMMAND…
       generate.py --check OUTPUT
"""

import collections
import html
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse


STYLE = """
pre {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

td code {
  word-break: normal;
  overflow-wrap: break-word;
}
"""


def find_faults(page):
    """Yields the places that gi-docgen has garbled.

    It takes “@” within code for a parameter, which ends the code there and turns the rest of the
    paragraph inside out, and of an error that is linked to it writes no more than the domain.
    """
    text = re.sub(r'<(pre|script|style)\b.*?</\1>', '', page, flags=re.DOTALL)
    for name in re.findall(r'<li>\s*(?:<a [^>]*>)?<code>((?:G\w+|Signal)Err\w+)</code>', text):
        yield f'an error of {name} is named without its code'
    for name in re.findall(r'\bSignalError\.(?:<[^>]*>)?([A-Z_]+)\b', text):
        yield f'SignalError.{name} is no name in C'
    for rest in re.findall('`[^<]{0,40}', re.sub('<code>.*?</code>', '', text, flags=re.DOTALL)):
        yield f'code ends in the wrong place: {rest!r}'


# Somebody who looks for one of these finds a place that is about it.
SOUGHT = ['cookie', 'append', 'asyncio', 'dict', 'inspector', 'nginx', 'systemd', 'thread', 'unix socket', 'token',
          'Retry-After', 'Leptos', 'window', 'test', 'call', 'request', 'RPC', 'cancel', 'action']

HEADING = re.compile(r'<h([23])[^>]*\bid="([^"]+)"[^>]*>(.*?)</h\1>', re.DOTALL)


def strip(markup):
    return ' '.join(html.unescape(re.sub(r'<[^>]+>', '', markup)).replace('\N{PILCROW SIGN}', '').split())


def sections(page):
    """The id, title and text of each section; the first is the page's own, without an id."""
    main = re.search(r'<section id="main".*?</section>\s*(?=</section>|<section|<footer|$)', page, re.DOTALL)
    text = main[0] if main else page
    found = list(HEADING.finditer(text))
    # Behind the namespace and its version.
    title = strip(re.search(r'<title>(.*?)</title>', page, re.DOTALL)[1]).partition(': ')[2]
    yield '', title, strip(text[:found[0].start()] if found else text)
    for at, match in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(text)
        yield match[2], strip(match[3]), strip(text[match.end():end])


def sentence(text, word):
    """The words around the first place of a word."""
    at = max(0, text.lower().find(word.lower()))
    return text[max(0, at - 60):at + 100]


def extend_index(output, content):
    """Adds the sections of the pages, and their keywords, to the index that the search reads."""
    path = output / 'index.json'
    index = json.loads(path.read_text())
    pages = {symbol['href']: symbol for symbol in index['symbols'] if symbol['type'] == 'content'}
    index['symbols'] = [symbol for symbol in index['symbols'] if symbol['type'] != 'content' or '#' not in symbol['href']]
    for name in pages:
        if '#' in name:
            continue
        source = content / name.replace('.html', '.md')
        keywords = re.search(r'^Keywords: (.*)$', source.read_text(), re.MULTILINE) if source.exists() else None
        parts = list(sections((output / name).read_text()))
        for anchor, title, text in parts[1:]:
            index['symbols'].append({'type': 'content', 'name': f'{title} ({parts[0][1]})', 'href': f'{name}#{anchor}',
                                     'summary': text[:120]})
        for word in keywords[1].split(', ') if keywords else []:
            # The section whose title has it, or the first that speaks of it.
            best = (next((part for part in parts if word.lower() in part[1].lower()), None)
                    or next((part for part in parts if word.lower() in part[2].lower()), parts[0]))
            place = parts[0][1] if best is parts[0] else f'{parts[0][1]}: {best[1]}'
            index['symbols'].append({'type': 'content', 'name': f'{word} ({place})',
                                     'href': f'{name}#{best[0]}' if best[0] else f'{name}#main',
                                     'summary': sentence(best[2], word)})
    path.write_text(json.dumps(index))


def find_broken_links(output):
    ids = {}
    pages = {page.name: page.read_text() for page in output.glob('*.html')}
    for name, text in pages.items():
        ids[name] = set(re.findall(r'\bid="([^"]+)"', text)) | {''}
    for name, text in sorted(pages.items()):
        text = re.sub(r'<script\b.*?</script>', '', text, flags=re.DOTALL)
        for href in sorted(set(re.findall(r'<a\b[^>]*\bhref="([^"]*)"', text))):
            if re.match(r'[a-z]+:', href):
                continue
            target, _, anchor = urllib.parse.unquote(html.unescape(href)).partition('#')
            target = target or name
            if target not in pages:
                if not (output / target).exists():
                    yield f'{name}: {href} leads nowhere'
            elif anchor not in ids[target]:
                yield f'{name}: {href} has no such place'


def find_unfound(output):
    symbols = json.loads((output / 'index.json').read_text())['symbols']
    contents = [symbol for symbol in symbols if symbol['type'] == 'content']
    for name, count in collections.Counter(symbol['name'] for symbol in contents).items():
        if count > 1:
            yield f'the search gives {count} places the name {name}'
    for word in SOUGHT:
        places = [symbol for symbol in contents if word.lower() in symbol['name'].lower()]
        if not places:
            yield f'the search finds nothing for {word}'
        for place in places:
            name, _, anchor = place['href'].partition('#')
            text = (output / name).read_text()
            if word.lower() not in strip(text).lower():
                yield f'{place["href"]} does not speak of {word}'
            if anchor and f'id="{anchor}"' not in text:
                yield f'{place["href"]} is no place'


def check(output):
    faults = [f'{page.name}: {fault}' for page in sorted(output.glob('*.html'))
              for fault in find_faults(page.read_text())]
    faults += [*find_broken_links(output), *find_unfound(output)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def main():
    if sys.argv[1] == '--check':
        return check(pathlib.Path(sys.argv[2]))
    output = pathlib.Path(sys.argv[1])
    status = subprocess.run(sys.argv[2:], check=False).returncode
    if status != 0:
        return status
    style = output / 'style.css'
    if STYLE not in style.read_text():
        style.write_text(style.read_text() + STYLE)
    for page in output.glob('*.html'):
        text = page.read_text()
        fixed = re.sub(r'\bServerSignalSignal(?=[A-Z]|\b)', 'ServerSignal', text)
        fixed = re.sub(r'\bServerSignal\.Signal(\w*)(?=::?[a-z])', r'ServerSignal\1', fixed)
        fixed = re.sub(r'\s*<tr><td><em>(?:Website|Source)</em></td><td><a href="" .*?</tr>', '', fixed)
        if fixed != text:
            page.write_text(fixed)
    extend_index(output, pathlib.Path(__file__).resolve().parent)
    return 0


if __name__ == '__main__':
    sys.exit(main())
