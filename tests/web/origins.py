#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Pages of several origins that connect to a hub on loopback, in headless Chromium.

    origins.py HUB-SERVER [ARGUMENT …]

Chromium takes evil.example, and all names below it, for this machine, as if their owner had said so
in the DNS.
"""

import asyncio
import http.server
import json
import pathlib
import shutil
import sys
import tempfile
import threading
import urllib.parse

from browser import SKIPPED, Browser, Server

PAGE = b'<!DOCTYPE html><title>A page</title>'


class Pages(http.server.BaseHTTPRequestHandler):
    """A web server of somebody else's, on this machine."""

    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length', str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


async def enters(browser, uri):
    """Whether the page that is open gets anything from the WebSocket."""
    return await browser.evaluate(f'''new Promise(done => {{
        const socket = new WebSocket({json.dumps(uri)}, ["server-signal.v1"]);
        socket.onmessage = () => {{ done(true); socket.close(); }};
        socket.onclose = () => done(false);
    }})''')


async def check(browser, page, cases):
    await browser.open(page)
    for uri, expected in cases.items():
        found = await enters(browser, uri)
        assert found == expected, f'A page of {page} is {"in" if found else "out"} at {uri}'
        print(f'{page} at {uri}: {"in" if found else "out"}')


async def run(command, pages, file):
    def start(*arguments):
        return Server([command[0], '--port', '{port}', *command[1:], *arguments])

    async with Browser('--host-resolver-rules=MAP evil.example 127.0.0.1,MAP *.evil.example 127.0.0.1') as browser:
        server = start()
        try:
            hub = urllib.parse.urlsplit(await server.start()).port
            by_address, by_name, by_evil = (f'ws://{host}:{hub}/ws' for host in
                                            ('127.0.0.1', 'localhost', 'evil.example'))
            # Ports do not matter, and names do.
            await check(browser, f'http://127.0.0.1:{hub}/', {by_address: True, by_name: False, by_evil: False})
            await check(browser, f'http://127.0.0.1:{pages}/', {by_address: True, by_name: False, by_evil: False})
            await check(browser, f'http://localhost:{pages}/', {by_address: False, by_name: True, by_evil: False})
            await check(browser, f'http://app.localhost:{pages}/',
                        {by_address: False, by_name: False, f'ws://app.localhost:{hub}/ws': True})
            # A stranger's page, also one that has come from this very port by a name that changed its
            # address (DNS rebinding).
            for port in (pages, hub):
                await check(browser, f'http://evil.example:{port}/',
                            {by_address: False, by_name: False, by_evil: False})
            await check(browser, file, {by_address: False, by_name: False})
        finally:
            await server.kill()

        # They come in where the property has them.
        server = start('--allow', 'null', '--allow', f'http://evil.example:{pages}', '--allow', 'http://localhost')
        try:
            hub = urllib.parse.urlsplit(await server.start()).port
            by_address, by_evil = f'ws://127.0.0.1:{hub}/ws', f'ws://evil.example:{hub}/ws'
            await check(browser, file, {by_address: True})
            await check(browser, f'http://evil.example:{pages}/', {by_address: True, by_evil: True})
            await check(browser, f'http://more.evil.example:{pages}/', {by_address: False, by_evil: False})
            # The port is another.
            await check(browser, f'http://localhost:{pages}/', {by_address: False})
        finally:
            await server.kill()


async def main():
    if not shutil.which('chromium') and not shutil.which('chromium-browser'):
        print('SKIP: no chromium')
        return SKIPPED

    pages = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Pages)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, 'page.html')
        file.write_bytes(PAGE)
        try:
            await run(sys.argv[1:], pages.server_address[1], file.as_uri())
        finally:
            pages.shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
