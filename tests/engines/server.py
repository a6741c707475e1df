#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A hub that listens by itself, with the pages of run.py.

    server.py --port N [--rows N] [--rate N]

"counter" has its revision as value, "rows" a list, of which one field is changed so many times a second, with the time beside it.
"""

import argparse
import mimetypes
import pathlib
import time

import gi
gi.require_versions({'ServerSignal': '1', 'Soup': '3.0'})
from gi.repository import GLib, ServerSignal, Soup

FOLDER = pathlib.Path(__file__).resolve().parent / 'pages'
POLICY = "default-src 'self'"


def now():
    return time.time_ns() // 1_000_000


class Rows:
    """The rows, and their source of changes."""

    def __init__(self, hub, count, rate):
        self.signal = hub.create('rows', {'time': now(), 'rows': [
            {'id': i, 'name': f'Row {i}', 'price': 0} for i in range(count)]})
        self.count, self.rate = count, rate
        self.began = time.monotonic()
        self.changes = 0
        self.source = GLib.timeout_add(1, self.change) if rate else None

    def change(self):
        # A source that comes late makes up for it, so that the rate is what it is said to be.
        due = int((time.monotonic() - self.began) * self.rate)
        while self.changes < due:
            self.changes += 1
            with self.signal.transaction():
                self.signal['/time'] = now()
                self.signal[f'/rows/{self.changes * 7919 % self.count}/price'] = self.changes
        return GLib.SOURCE_CONTINUE

    def stop(self):
        if self.source:
            GLib.source_remove(self.source)
            self.source = None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--rows', type=int, default=100)
    parser.add_argument('--rate', type=int, default=0)
    options = parser.parse_args()

    hub = ServerSignal.Hub(serve_path='/server-signal', inspector=True)
    counter = hub.create('counter', {'value': 0})
    rows = Rows(hub, options.rows, options.rate)

    def answer_request(hub, message, path):
        file = FOLDER / path[1:]
        if path == '/favicon.ico':
            message.set_status(204)
            return True
        if '/' in path[1:] or not file.is_file():
            return False
        data = file.read_bytes().replace(b'<!-- state -->', hub.dup_state(['counter']).encode())
        message.set_response(mimetypes.guess_type(path)[0], Soup.MemoryUse.COPY, data)
        message.get_response_headers().append('Content-Security-Policy', POLICY)
        message.set_status(200)
        return True

    def answer_call(hub, call):
        match call.get_method(), call.arguments:
            case 'set', {'pointer': str(pointer), 'value': value}:
                rows.signal[pointer] = value
                call.return_(None)
            case 'stop', _:
                rows.stop()
                call.return_(rows.signal.get_revision())
            case _:
                return False
        return True

    def count():
        counter['/value'] += 1
        return GLib.SOURCE_CONTINUE

    hub.connect('request', answer_request)
    hub.connect('call', answer_call)
    hub.listen('127.0.0.1', options.port)
    GLib.timeout_add(10, count)
    print(hub.dup_uri().replace('ws:', 'http:').removesuffix('ws'), flush=True)
    GLib.MainLoop().run()


if __name__ == '__main__':
    main()
