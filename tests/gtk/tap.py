# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The Test Anything Protocol, as much of it as is needed here."""

import contextlib
import sys
import traceback


class Tap:
    def __init__(self):
        self.number = 0
        self.failed = False

    @contextlib.contextmanager
    def case(self, name):
        """A case: it fails by raising anything."""
        self.number += 1
        try:
            yield
        except Exception:
            self.failed = True
            print(f'not ok {self.number} - {name}', flush=True)
            for line in traceback.format_exc().splitlines():
                print(f'# {line}', flush=True)
        else:
            print(f'ok {self.number} - {name}', flush=True)

    def skip(self, name, reason):
        self.number += 1
        print(f'ok {self.number} - {name} # SKIP {reason}', flush=True)

    def end(self):
        print(f'1..{self.number}', flush=True)
        sys.exit(1 if self.failed else 0)
