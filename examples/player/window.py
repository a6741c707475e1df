#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A window that drives the player. Usage: window.py [URI]"""

import pathlib
import signal
import sys

import gi
gi.require_version('Gtk', '4.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, Gtk, ServerSignal

UI = pathlib.Path(__file__).resolve().parent / 'window.ui'


@Gtk.Template(filename=str(UI))
class PlayerWindow(Gtk.ApplicationWindow):
    __gtype_name__ = 'PlayerWindow'

    title_label = Gtk.Template.Child()
    time_label = Gtk.Template.Child()
    level = Gtk.Template.Child()
    banner = Gtk.Template.Child()

    def __init__(self, application, client):
        super().__init__(application=application)
        # The buttons of window.ui have action names: they grey out, follow and ask by themselves.
        self.insert_action_group('player', client.get_action_group('player'))
        self.now = client.get_signal('now')
        self.now.connect('notify::value', self.now_changed)
        self.now.connect('notify::stale', self.stale_changed)
        self.stale_changed(self.now, None)

    def now_changed(self, now, _):
        position, length = now.get_double('/position'), now.get_int('/length')
        self.title_label.set_label(now.dup_string('/title') or '')
        self.time_label.set_label(f'{clock(position)} of {clock(length)}')
        self.level.set_max_value(max(length, 1))
        self.level.set_value(position)

    def stale_changed(self, now, _):
        self.banner.set_revealed(now.get_stale())


def clock(seconds):
    return f'{int(seconds) // 60}:{int(seconds) % 60:02}'


def main():
    if not Gtk.init_check():
        sys.exit('There is no display to open a window on')
    client = ServerSignal.SignalClient.new(
        sys.argv[1] if len(sys.argv) > 1 else 'ws://localhost:3000/ws')
    application = Gtk.Application()
    application.connect('activate', lambda _: PlayerWindow(application, client).present())
    # PyGObject sees to Ctrl-C.
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, application.quit)
    client.start()
    status = application.run()
    client.stop()
    return status


if __name__ == '__main__':
    sys.exit(main())
