#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A counter that every client sees, and the page that shows it."""

import argparse
import pathlib
import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import GLib, ServerSignal, Soup

DIRECTORY = pathlib.Path(__file__).resolve().parent


def serve_page(server, message, path, query):
    """The page; the module that it imports is the hub's."""
    if path != '/':
        message.set_status(Soup.Status.NOT_FOUND, None)
        return
    message.set_status(Soup.Status.OK, None)
    message.set_response('text/html; charset=utf-8', Soup.MemoryUse.COPY, (DIRECTORY / 'counter.html').read_bytes())


def main():
    parser = argparse.ArgumentParser(description='A counter for all to see')
    parser.add_argument('-p', '--port', type=int, default=3000, help='port to listen on, 0 for any')
    options = parser.parse_args()

    hub = ServerSignal.Hub()
    counter = hub.create('counter', {'value': 0})

    server = Soup.Server()
    hub.attach(server, '/ws')
    hub.serve(server, '/server-signal')
    server.add_handler(None, serve_page)
    try:
        server.listen_local(options.port, Soup.ServerListenOptions.IPV4_ONLY)
    except GLib.Error as error:
        sys.exit(f'Port {options.port} cannot be had: {error.message}')
    print(f'Open http://localhost:{server.get_uris()[0].get_port()}/', flush=True)

    def count():
        counter['/value'] += 1
        return GLib.SOURCE_CONTINUE

    GLib.timeout_add(10, count)

    loop = GLib.MainLoop()
    for number in signal.SIGINT, signal.SIGTERM:
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
    loop.run()

    # The clients are told, and come back when there is a server again.
    hub.close_async(2000, None, lambda hub, result: loop.quit())
    loop.run()


if __name__ == '__main__':
    main()
