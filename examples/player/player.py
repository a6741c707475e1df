#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A player without sound, whose actions windows and pages drive. Usage: player.py [PORT [MILLISECONDS]]"""

import pathlib
import signal
import sys

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import Gio, GLib, ServerSignal, Soup

PAGE = pathlib.Path(__file__).resolve().parent / 'player.html'
TRACKS = [('Harbour Lights', 214), ('Slow Train', 187), ('The Long Way Round', 251)]


class Player:
    def __init__(self):
        self.group = Gio.SimpleActionGroup()
        self.now = ServerSignal.Signal.new_from_json('now', '{}')
        self.track = self.position = 0
        self.playing = False
        self.add('play', lambda *_: self.set_playing(True))
        self.add('pause', lambda *_: self.set_playing(False))
        self.add('next', lambda *_: self.skip(1))
        self.add('seek', lambda _, seconds: self.seek(seconds.get_double()), 'd')
        # Without a handler of "activate", a state is set as clients ask for it.
        self.group.add_action(Gio.SimpleAction.new_stateful('mute', None, GLib.Variant('b', False)))
        self.group.add_action(Gio.SimpleAction.new_stateful('repeat', GLib.VariantType('s'),
                                                            GLib.Variant('s', 'all')))
        self.show()

    def add(self, name, callback, parameter=None):
        action = Gio.SimpleAction.new(name, GLib.VariantType(parameter) if parameter else None)
        action.connect('activate', callback)
        self.group.add_action(action)

    def set_playing(self, playing):
        self.playing = playing
        self.show()

    def skip(self, by):
        self.track = (self.track + by) % len(TRACKS)
        self.seek(0)

    def seek(self, seconds):
        self.position = min(max(seconds, 0), TRACKS[self.track][1])
        self.show()

    def tick(self):
        if self.playing and self.position + 1 >= TRACKS[self.track][1]:
            self.skip(0 if self.group.get_action_state('repeat').get_string() == 'one' else 1)
        elif self.playing:
            self.seek(self.position + 1)
        return GLib.SOURCE_CONTINUE

    def show(self):
        title, length = TRACKS[self.track]
        self.group.lookup_action('play').set_enabled(not self.playing)
        self.group.lookup_action('pause').set_enabled(self.playing)
        self.now.freeze_notify()
        self.now.set_string('/title', title)
        self.now.set_int('/length', length)
        self.now.set_double('/position', self.position)
        self.now.thaw_notify()


def serve(server, message, path, query):
    message.set_status(Soup.Status.OK if path == '/' else Soup.Status.NOT_FOUND, None)
    if path == '/':
        message.set_response('text/html; charset=utf-8', Soup.MemoryUse.COPY, PAGE.read_bytes())


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    interval = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    loop = GLib.MainLoop()
    player = Player()
    hub = ServerSignal.SignalHub()
    hub.add(player.now)
    hub.add_action_group('player', player.group)
    server = Soup.Server()
    server.add_handler('/', serve)
    hub.attach(server, '/ws')
    hub.serve(server, '/server-signal')
    server.listen_local(port, Soup.ServerListenOptions.IPV4_ONLY)
    print(f'Open http://localhost:{server.get_uris()[0].get_port()}/', flush=True)
    if interval > 0:
        GLib.timeout_add(interval, player.tick)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, loop.quit)
    loop.run()
    hub.close_async(2000, None, lambda *_: loop.quit())
    loop.run()


if __name__ == '__main__':
    main()
