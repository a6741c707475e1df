#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A window of the to-do boards. Usage: window.py [URI [USER PASSWORD]]"""

import base64
import signal
import sys

import gi
gi.require_version('Gtk', '4.0')
gi.require_version('ServerSignal', '1')
gi.require_version('Soup', '3.0')
from gi.repository import Gio, GLib, GObject, Gtk, ServerSignal, Soup

COLUMNS = {'todo': 'To do', 'doing': 'Doing', 'done': 'Done'}


class Card(GObject.Object):
    __gtype_name__ = 'Card'

    id = GObject.Property(type=str)
    text = GObject.Property(type=str)


class Board(Gtk.Box):
    """One signal: an entry for new cards, and a list of each column."""

    def __init__(self, replica, title, ask):
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.name, self.ask = replica.get_name(), ask
        self.append(Gtk.Label(label=title, xalign=0, css_classes=['title-3']))
        self.entry = Gtk.Entry(placeholder_text='New card', max_length=200)
        self.entry.connect('activate', self.add_card)
        self.append(self.entry)
        columns = Gtk.Box(spacing=12, homogeneous=True, vexpand=True)
        for column, heading in COLUMNS.items():
            columns.append(self.make_column(replica, column, heading))
        self.append(columns)
        # A board that nobody vouches for is grey.
        replica.bind_property('stale', self, 'sensitive',
                              GObject.BindingFlags.SYNC_CREATE | GObject.BindingFlags.INVERT_BOOLEAN)

    def make_column(self, replica, column, heading):
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        box.append(Gtk.Label(label=heading, xalign=0, css_classes=['heading']))
        rows = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE, css_classes=['boxed-list'])
        cards = ServerSignal.SignalList.new(replica, f'/{column}', Card)
        rows.bind_model(cards, self.make_row, column)
        box.append(Gtk.ScrolledWindow(child=rows, vexpand=True, hscrollbar_policy=Gtk.PolicyType.NEVER))
        return box

    def make_row(self, card, column):
        row = Gtk.Box(margin_start=6)
        label = Gtk.Label(xalign=0, hexpand=True, wrap=True, width_chars=8)
        card.bind_property('text', label, 'label', GObject.BindingFlags.SYNC_CREATE)
        row.append(label)
        names = list(COLUMNS)
        for step, icon in (-1, 'go-previous-symbolic'), (1, 'go-next-symbolic'):
            at = names.index(column) + step
            if 0 <= at < len(names):
                self.add_button(row, icon, f'Move to {COLUMNS[names[at]]}', 'move', card, to=names[at])
        self.add_button(row, 'edit-delete-symbolic', 'Remove', 'remove', card)
        return row

    def add_button(self, row, icon, tooltip, method, card, **arguments):
        button = Gtk.Button(icon_name=icon, tooltip_text=tooltip, has_frame=False)
        button.connect('clicked', lambda _: self.ask(method, {'card': card.id, **arguments}))
        row.append(button)

    def add_card(self, entry):
        text = entry.get_text().strip()
        if text:
            self.ask('add', {'board': self.name, 'text': text}, lambda: entry.set_text(''))


class BoardWindow(Gtk.ApplicationWindow):
    def __init__(self, application, uri):
        super().__init__(application=application, title='To-do boards', default_width=680, default_height=520)
        self.uri, self.client = uri, None
        # The cookie of the login stays here, and goes along with the WebSocket.
        self.session = Soup.Session()
        self.session.add_feature(Soup.CookieJar())
        self.clear = Gtk.Button(label='Clear Done', action_name='board.clear', visible=False)
        header = Gtk.HeaderBar()
        header.pack_end(self.clear)
        self.set_titlebar(header)

        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        self.problem = Gtk.InfoBar(message_type=Gtk.MessageType.WARNING, revealed=False)
        self.message = Gtk.Label(wrap=True)
        self.problem.add_child(self.message)
        box.append(self.problem)
        self.stack = Gtk.Stack()
        box.append(self.stack)
        self.set_child(box)

        self.user = Gtk.Entry(placeholder_text='Name', activates_default=True)
        self.password = Gtk.PasswordEntry(placeholder_text='Password', activates_default=True)
        button = Gtk.Button(label='Log In', css_classes=['suggested-action'])
        button.connect('clicked', lambda _: self.log_in(self.user.get_text(), self.password.get_text()))
        login = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, valign=Gtk.Align.CENTER,
                        halign=Gtk.Align.CENTER, margin_top=48, margin_bottom=48)
        for widget in self.user, self.password, button:
            login.append(widget)
        self.stack.add_named(login, 'login')
        self.set_default_widget(button)

    def log_in(self, user, password):
        message = Soup.Message.new('GET', GLib.Uri.resolve_relative(self.uri, 'login', GLib.UriFlags.NONE))
        credentials = base64.b64encode(f'{user}:{password}'.encode()).decode()
        message.get_request_headers().append('Authorization', f'Basic {credentials}')
        self.session.send_and_read_async(message, GLib.PRIORITY_DEFAULT, None, self.logged_in, message)

    def logged_in(self, session, result, message):
        try:
            session.send_and_read_finish(result)
        except GLib.Error as error:
            self.complain(error.message)
            return
        if message.get_status() != Soup.Status.OK:
            self.complain('The name or the password is not right')
            return
        self.complain('')
        uri = GLib.Uri.resolve_relative(self.uri, 'ws', GLib.UriFlags.NONE).replace('http', 'ws', 1)
        self.client = ServerSignal.SignalClient(uri=uri, session=session)
        self.insert_action_group('board', self.client.get_action_group('board'))
        self.clear.set_visible(True)
        boards = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=18, margin_top=12, margin_bottom=12,
                         margin_start=12, margin_end=12)
        boards.append(Board(self.client.get_signal('shared'), 'Everybody’s board', self.ask))
        boards.append(Board(self.client.get_signal('mine'), 'Only mine', self.ask))
        self.stack.add_named(boards, 'boards')
        self.stack.set_visible_child_name('boards')
        self.client.connect('unauthorized', self.unauthorized)
        self.client.start()

    def unauthorized(self, client, attempt):
        # The session has ended, as all do with the server. The handler goes on before the client is stopped.
        GLib.idle_add(self.log_out)
        return False

    def log_out(self):
        if self.client:
            self.client.stop()
            self.client = None
            self.clear.set_visible(False)
            self.insert_action_group('board', None)
            self.stack.remove(self.stack.get_child_by_name('boards'))
            self.complain('Log in again')
        return GLib.SOURCE_REMOVE

    def ask(self, method, arguments, done=lambda: None):
        def answered(client, result):
            try:
                client.call_finish(result)
            except GLib.Error as error:
                self.complain(error.message)
            else:
                self.complain('')
                done()

        self.client.call_async(method, arguments, None, answered)

    def complain(self, message):
        self.message.set_label(message)
        self.problem.set_revealed(message != '')


def main():
    if not Gtk.init_check():
        sys.exit('There is no display to open a window on')
    uri, *credentials = sys.argv[1:] or ['http://127.0.0.1:3000/']
    application = Gtk.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)

    def activate(application):
        window = BoardWindow(application, uri)
        window.present()
        if credentials:
            window.log_in(*credentials)

    application.connect('activate', activate)
    # PyGObject sees to Ctrl-C.
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, application.quit)
    return application.run()


if __name__ == '__main__':
    sys.exit(main())
