#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A counter as a service: on a socket of systemd's, behind a proxy, or with a certificate of its own."""

import argparse
import signal

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, ServerSignal

parser = argparse.ArgumentParser(description='A counter as a service')
parser.add_argument('address', nargs='?', default='systemd:',
                    help='an address, unix:PATH or systemd:')
parser.add_argument('port', nargs='?', type=int, default=0)
parser.add_argument('--allow', action='append', help='an origin or a host that may connect')
parser.add_argument('--ping', type=int, default=20000, help='milliseconds between pings')
parser.add_argument('--certificate', help='a file with the certificate and its chain')
parser.add_argument('--key', help='a file with the private key')
options = parser.parse_args()

hub = ServerSignal.Hub()
counter = hub.create('counter', {'value': 0})
hub.set_health_path('/health')
hub.set_allowed_origins(options.allow)
hub.set_keepalive_interval(options.ping)


def load_certificate():
    hub.set_tls_certificate(Gio.TlsCertificate.new_from_files(options.certificate, options.key))
    return GLib.SOURCE_CONTINUE


if options.certificate:
    load_certificate()
    # SIGHUP says that the certificate was renewed; the clients stay connected.
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGHUP, load_certificate)

hub.listen(options.address, options.port)
print(hub.dup_uri() or options.address, flush=True)


def count():
    counter['/value'] += 1
    return GLib.SOURCE_CONTINUE


GLib.timeout_add(1000, count)
loop = GLib.MainLoop()
for number in signal.SIGINT, signal.SIGTERM:
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
loop.run()

# The clients are told, and come back when there is a server again.
hub.close_async(2000, None, lambda hub, result: loop.quit())
loop.run()
