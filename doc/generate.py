#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Runs gi-docgen, gives the types their names in C, and has code wrapped.

gi-docgen makes a name of the namespace and the type's name in it. Both have "Signal" here, so that it
writes ServerSignalSignalHubClass and ServerSignal.SignalHub::authorize, which do not exist in C. Its
theme cuts code at the width of the text, and breaks short names in tables anywhere.

Usage: generate.py OUTPUT COMMAND…
       generate.py --check OUTPUT
"""

import pathlib
import re
import subprocess
import sys


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


def check(output):
    faults = [f'{page.name}: {fault}' for page in sorted(output.glob('*.html'))
              for fault in find_faults(page.read_text())]
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
        if fixed != text:
            page.write_text(fixed)
    return 0


if __name__ == '__main__':
    sys.exit(main())
