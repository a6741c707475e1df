#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""TLS of a hub's own server: the cost of a client, and of connections that say nothing. See README.md."""

import json
import os
import pathlib
import resource
import socket
import ssl
import subprocess
import sys
import time

CERTIFICATE = pathlib.Path(__file__).parents[2] / 'data' / 'localhost.pem'
LOGINS = 200
SILENT = 300
HOLDING = 150
HANDSHAKE = (b'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
             b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n')


def serve():
    import gi
    gi.require_version('ServerSignal', '1')
    from gi.repository import Gio, GLib, ServerSignal

    certificate = Gio.TlsCertificate.new_from_file(str(CERTIFICATE))
    hub = ServerSignal.SignalHub(tls_certificate=certificate)
    hub.listen('127.0.0.1', 0)

    def answer(**values):
        print(json.dumps(values), flush=True)

    def command_cb(channel, condition):
        if sys.stdin.readline().strip() == 'load':
            begin = time.monotonic()
            Gio.File.new_for_path('/proc/self/status').load_contents_async(
                None, lambda *args: answer(ms=(time.monotonic() - begin) * 1000))
        else:
            pages = int(pathlib.Path('/proc/self/statm').read_text().split()[1])
            answer(cpu=time.thread_time(), rss=pages * resource.getpagesize())
        return True

    answer(uri=hub.dup_uri())
    GLib.io_add_watch(0, GLib.IO_IN, command_cb)
    GLib.MainLoop().run()


class Server:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, __file__, 'serve'], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        uri = json.loads(self.process.stdout.readline())['uri']
        self.port = int(uri.rsplit(':', 1)[1].split('/')[0])

    def ask(self, command='stat'):
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.kill()
        self.process.wait()

    def connect(self):
        return socket.create_connection(('127.0.0.1', self.port))

    def login(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = context.wrap_socket(self.connect())
        connection.sendall(HANDSHAKE)
        assert connection.recv(4096).startswith(b'HTTP/1.1 101 ')
        return connection


def main():
    server = Server()
    kept = [server.login() for i in range(20)]
    before = server.ask()
    kept += [server.login() for i in range(LOGINS)]
    time.sleep(1)
    after = server.ask()
    print(f'a client: {(after["cpu"] - before["cpu"]) / LOGINS * 1000:.2f} ms of the main thread, '
          f'{(after["rss"] - before["rss"]) / LOGINS / 1024:.0f} kB')
    server.end()

    server = Server()
    kept = [server.login()]
    before = server.ask()
    kept += [server.connect() for i in range(SILENT)]
    time.sleep(2)
    after = server.ask()
    print(f'a connection that says nothing: {(after["rss"] - before["rss"]) / SILENT / 1024:.0f} kB')
    server.end()

    took = {}
    for what in ('login', 'load'):
        server = Server()
        server.login()
        kept = [server.connect() for i in range(HOLDING)]
        time.sleep(0.5)
        begin = time.monotonic()
        if what == 'login':
            kept.append(server.login())
        else:
            server.ask('load')
        took[what] = (time.monotonic() - begin) * 1000
        server.end()
    print(f'beside {HOLDING} of them: a login {took["login"]:.0f} ms, '
          f'a file of the program\'s {took["load"]:.0f} ms')


if __name__ == '__main__':
    serve() if sys.argv[1:] == ['serve'] else main()
