#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A page that is served with its data, and goes on from there."""

import argparse
import signal

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import GLib, ServerSignal, Soup

PAGE = """<!DOCTYPE html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Counter</title>
<output></output>
{state}
<script type="module">
import { connect } from './server-signal/server-signal.js';
const output = document.querySelector('output');
connect('ws').signal('counter').subscribe(({ value }) => { output.textContent = value; });
</script>"""


def answer(hub, message, path):
    if path != '/':
        return False
    page = PAGE.replace('{state}', hub.dup_state(['counter']))
    message.set_response('text/html', Soup.MemoryUse.COPY, page.encode())
    message.set_status(Soup.Status.OK, None)
    return True


def main():
    parser = argparse.ArgumentParser(description='A counter that is there at once')
    parser.add_argument('-p', '--port', type=int, default=3000, help='port to listen on, 0 for any')
    options = parser.parse_args()

    counter = ServerSignal.Signal.new_from_json('counter', '{"value": 0}')
    hub = ServerSignal.SignalHub()
    hub.add(counter)
    hub.connect('request', answer)
    hub.set_serve_path('/server-signal')
    hub.set_inspector(True)
    hub.listen('127.0.0.1', options.port)
    print('Open ' + hub.dup_uri().replace('ws:', 'http:').replace('/ws', '/'), flush=True)

    def count():
        counter.set_int('/value', counter.get_int('/value') + 1)
        return GLib.SOURCE_CONTINUE

    GLib.timeout_add(100, count)
    loop = GLib.MainLoop()
    for number in signal.SIGINT, signal.SIGTERM:
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
    loop.run()

    # The clients are told, and come back when there is a server again.
    hub.close_async(2000, None, lambda hub, result: loop.quit())
    loop.run()


if __name__ == '__main__':
    main()
