#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Runs gi-docgen, and gives the types their names in C.

gi-docgen makes a name of the namespace and the type's name in it. Both have "Signal" here, so that it
writes ServerSignalSignalHubClass and ServerSignal.SignalHub::authorize, which do not exist in C.

Usage: generate.py OUTPUT COMMAND…
"""

import pathlib
import re
import subprocess
import sys


def main():
    output = pathlib.Path(sys.argv[1])
    status = subprocess.run(sys.argv[2:], check=False).returncode
    if status != 0:
        return status
    for page in output.glob('*.html'):
        text = page.read_text()
        fixed = re.sub(r'\bServerSignalSignal(?=[A-Z]|\b)', 'ServerSignal', text)
        fixed = re.sub(r'\bServerSignal\.Signal(\w*)(?=::?[a-z])', r'ServerSignal\1', fixed)
        if fixed != text:
            page.write_text(fixed)
    return 0


if __name__ == '__main__':
    sys.exit(main())
