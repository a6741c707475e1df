#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A window that follows a departures board. Usage: window.py [URI]"""

import pathlib
import signal
import sys

import gi
gi.require_version('Gtk', '4.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, GObject, Gtk, ServerSignal

UI = pathlib.Path(__file__).resolve().parent / 'window.ui'


class Departure(GObject.Object):
    """A row; its properties are named as the server's are."""
    __gtype_name__ = 'Departure'

    time = GObject.Property(type=str)
    train = GObject.Property(type=str)
    destination = GObject.Property(type=str)
    platform = GObject.Property(type=str)
    remarks = GObject.Property(type=str)


@Gtk.Template(filename=str(UI))
class DeparturesWindow(Gtk.ApplicationWindow):
    __gtype_name__ = 'DeparturesWindow'

    banner = Gtk.Template.Child()
    message = Gtk.Template.Child()
    content = Gtk.Template.Child()
    sorted = Gtk.Template.Child()

    def __init__(self, application, client):
        super().__init__(application=application)
        departures = client.get_signal('departures')
        rows = ServerSignal.SignalList.new(departures, '', Departure)
        # GTK sorts an item when it is added, not when its properties change: announce edits.
        rows.set_announces_edits(True)
        self.sorted.set_model(rows)

        # While the server is away the window keeps its contents, greyed out.
        departures.bind_property('stale', self.content, 'sensitive',
                                 GObject.BindingFlags.SYNC_CREATE
                                 | GObject.BindingFlags.INVERT_BOOLEAN)
        client.connect('notify::error', self.error_changed)

    def error_changed(self, client, _):
        error = client.get_error()
        if error:
            self.message.set_label(error.message)
        self.banner.set_revealed(error is not None)


def main():
    if not Gtk.init_check():
        sys.exit('There is no display to open a window on')
    client = ServerSignal.SignalClient.new(
        sys.argv[1] if len(sys.argv) > 1 else 'ws://localhost:3000/ws')
    application = Gtk.Application()
    application.connect('activate', lambda _: DeparturesWindow(application, client).present())
    # PyGObject sees to Ctrl-C.
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, application.quit)
    client.start()
    status = application.run()
    client.stop()
    return status


if __name__ == '__main__':
    sys.exit(main())
