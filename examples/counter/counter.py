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
from gi.repository import Gio, GLib, ServerSignal, Soup

DIRECTORY = pathlib.Path(__file__).resolve().parent


def serve_page(server, message, path, query):
    """Gives out the page and the module that it imports."""
    if path == '/':
        body = (DIRECTORY / 'counter.html').read_bytes()
        content_type = 'text/html; charset=utf-8'
    elif path == '/server-signal.js':
        body = Gio.resources_lookup_data('/server-signal/web/server-signal.js',
                                         Gio.ResourceLookupFlags.NONE).get_data()
        content_type = 'text/javascript; charset=utf-8'
    else:
        message.set_status(Soup.Status.NOT_FOUND, None)
        return
    message.get_response_headers().replace('Content-Type', content_type)
    message.get_response_body().append(body)
    message.set_status(Soup.Status.OK, None)


def main():
    parser = argparse.ArgumentParser(description='A counter for all to see')
    parser.add_argument('-p', '--port', type=int, default=3000, help='port to listen on, 0 for any')
    options = parser.parse_args()

    hub = ServerSignal.Hub()
    counter = hub.create('counter', {'value': 0})

    server = Soup.Server()
    hub.attach(server, '/ws')
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
