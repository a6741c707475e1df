#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""WebKitGTK with a view for each tab, driven over a socket by engines.py: a JSON object a line, each way.

    webkit.py SOCKET
"""

import json
import sys

import gi
gi.require_versions({'Gtk': '4.0', 'WebKit': '6.0'})
from gi.repository import Gio, GLib, Gtk, WebKit


class Driver:
    def __init__(self, path, loop):
        self.loop = loop
        self.network = WebKit.NetworkSession.new_ephemeral()
        self.views = {}
        self.connection = Gio.SocketClient().connect(Gio.UnixSocketAddress.new(path), None)
        self.lines = Gio.DataInputStream.new(self.connection.get_input_stream())
        self.next()

    def next(self):
        self.lines.read_line_async(GLib.PRIORITY_DEFAULT, None, self.heard)

    def heard(self, lines, result):
        line, _ = lines.read_line_finish_utf8(result)
        if line is None:
            self.loop.quit()
            return
        message = json.loads(line)
        number = message.pop('id')
        page, method = message.pop('page'), message.pop('method')

        def answer(function, *arguments):
            try:
                self.say({'id': number, 'result': function(*arguments)})
            except GLib.Error as error:
                self.say({'id': number, 'error': error.message})

        try:
            getattr(self, method)(page, answer, **message)
        except GLib.Error as error:
            self.say({'id': number, 'error': error.message})
        self.next()

    def say(self, message):
        try:
            self.connection.get_output_stream().write_all(json.dumps(message).encode() + b'\n', None)
        except GLib.Error:
            self.loop.quit()

    def tab(self, page, answer, report):
        scripts = WebKit.UserContentManager()
        scripts.add_script(WebKit.UserScript.new(
            report, WebKit.UserContentInjectedFrames.TOP_FRAME, WebKit.UserScriptInjectionTime.START, None, None))
        scripts.register_script_message_handler('problem', None)
        scripts.connect('script-message-received::problem', lambda _, value: self.say({'problem': value.to_string()}))
        view = self.views[page] = WebKit.WebView(network_session=self.network, user_content_manager=scripts)
        view.opened = None
        view.connect('load-changed', self.load_changed)
        view.connect('load-failed', self.load_failed)
        view.connect('web-process-terminated', lambda _, why: self.say({'problem': f'the web process has ended: {why.value_nick}'}))
        window = Gtk.Window(child=view, default_width=480, default_height=640)
        window.present()
        answer(lambda: None)

    def close(self, page, answer):
        self.views.pop(page).get_root().destroy()
        answer(lambda: None)

    def look(self, page, answer, width, height):
        self.views[page].get_root().set_default_size(width, height)
        answer(lambda: None)

    def open(self, page, answer, url):
        view = self.views[page]
        view.opened = answer
        view.load_uri(url)

    def load_changed(self, view, event):
        if event == WebKit.LoadEvent.FINISHED and view.opened:
            answer, view.opened = view.opened, None
            answer(lambda: None)

    def load_failed(self, view, event, uri, error):
        self.say({'problem': f'{uri}: {error.message}'})
        return False

    def evaluate(self, page, answer, expression):
        self.views[page].call_async_javascript_function(
            expression, -1, None, None, None, None,
            lambda view, result: answer(lambda: view.call_async_javascript_function_finish(result).to_string()))

    def screenshot(self, page, answer, file):
        self.views[page].get_snapshot(
            WebKit.SnapshotRegion.VISIBLE, WebKit.SnapshotOptions.NONE, None,
            lambda view, result: answer(lambda: view.get_snapshot_finish(result).save_to_png(file)))

    def version(self, page, answer):
        answer(lambda: '.'.join(str(part()) for part in (
            WebKit.get_major_version, WebKit.get_minor_version, WebKit.get_micro_version)))


def main():
    loop = GLib.MainLoop()
    driver = Driver(sys.argv[1], loop)
    loop.run()
    for view in driver.views.values():
        view.get_root().destroy()


if __name__ == '__main__':
    main()
