#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Runs gi-docgen, gives the types their names in C, and has code wrapped.

gi-docgen makes a name of the namespace and the type's name in it. Both have "Signal" here, so that it
writes ServerSignalSignalHubClass and ServerSignal.SignalHub::authorize, which do not exist in C. Its
theme cuts code at the width of the text, and breaks short names in tables anywhere.

Usage: generate.py OUTPUT COMMAND…
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


def main():
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
