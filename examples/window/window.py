#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A window that follows the counter. Usage: window.py [URI]"""

import signal
import sys

import gi
gi.require_version('Gtk', '4.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, GObject, Gtk, ServerSignal


class CounterWindow(Gtk.ApplicationWindow):
    def __init__(self, application, counter):
        super().__init__(application=application, title='Counter', default_width=240, default_height=120)
        label = Gtk.Label()
        # A binding holds neither of its ends, so the window holds the view.
        self.value = ServerSignal.View.new(counter, '/value')
        self.value.bind_property('int-value', label, 'label', GObject.BindingFlags.SYNC_CREATE)

        # While the server is away the number stays, greyed out.
        counter.bind_property('stale', label, 'sensitive',
                              GObject.BindingFlags.SYNC_CREATE | GObject.BindingFlags.INVERT_BOOLEAN)
        self.set_child(label)


client = ServerSignal.Client.new(sys.argv[1] if len(sys.argv) > 1 else 'ws://localhost:3000/ws')
application = Gtk.Application()
application.connect('activate', lambda application:
                    CounterWindow(application, client.get_signal('counter')).present())
# PyGObject sees to Ctrl-C.
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, application.quit)

client.start()
status = application.run()
client.stop()
sys.exit(status)
