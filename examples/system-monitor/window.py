#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A window that follows a system monitor. Usage: window.py [URI]"""

import signal
import sys

import gi
gi.require_version('Gtk', '4.0')
gi.require_version('ServerSignal', '1')
from gi.repository import GLib, GObject, Gtk, Pango, ServerSignal

SYNC = GObject.BindingFlags.SYNC_CREATE


class Core(GObject.Object):
    """A core as the window shows it; the properties are named as the server's are."""
    processor = GObject.Property(type=float)


class Process(GObject.Object):
    """A process as the window shows it."""
    pid = GObject.Property(type=int)
    name = GObject.Property(type=str)
    processor = GObject.Property(type=float)
    memory = GObject.Property(type=GObject.TYPE_INT64)
    threads = GObject.Property(type=int)


def percent(value):
    return f'{value:.1f} %'


def size(value):
    return f'{value / 2**20:.1f} MiB' if value < 2**30 else f'{value / 2**30:.1f} GiB'


def column(title, name, text=str, xalign=1.0, expand=False):
    """A column that shows one property, and by which the rows can be sorted."""
    def setup(_, cell):
        label = Gtk.Label(xalign=xalign, ellipsize=Pango.EllipsizeMode.END)
        label.add_css_class('numeric')
        cell.set_child(label)

    def bind(_, cell):
        cell.binding = cell.get_item().bind_property(
            name, cell.get_child(), 'label', SYNC, lambda _, value: text(value))

    def unbind(_, cell):
        cell.binding.unbind()

    factory = Gtk.SignalListItemFactory()
    factory.connect('setup', setup)
    factory.connect('bind', bind)
    factory.connect('unbind', unbind)

    def compare(a, b, _):
        a, b = a.get_property(name), b.get_property(name)
        return (a > b) - (a < b)

    return Gtk.ColumnViewColumn(title=title, factory=factory, expand=expand, resizable=True,
                                sorter=Gtk.CustomSorter.new(compare))


class Window(Gtk.ApplicationWindow):
    def __init__(self, application, client):
        super().__init__(application=application, title='System Monitor',
                         default_width=720, default_height=560)
        self.signal = client.get_signal('system')
        self.set_titlebar(Gtk.HeaderBar())

        meters = Gtk.Box(spacing=24, margin_top=12, margin_bottom=12, margin_start=18,
                         margin_end=18, homogeneous=True)
        meters.append(self.meter('Processor', '/processor', percent, self.cores()))
        meters.append(self.meter('Memory', '/memory-used', size, self.memory()))
        meters.append(self.meter('Load', '/load', '{:.2f}'.format))

        content = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        content.append(meters)
        content.append(Gtk.Separator())
        content.append(Gtk.ScrolledWindow(child=self.processes(), vexpand=True,
                                          overlay_scrolling=False))
        # While the server is away the window keeps its contents, greyed out.
        self.signal.bind_property('stale', content, 'sensitive',
                                  SYNC | GObject.BindingFlags.INVERT_BOOLEAN)

        overlay = Gtk.Overlay(child=content)
        overlay.add_overlay(self.banner(client))
        self.set_child(overlay)

    def banner(self, client):
        """The reason why the server is away, while it is."""
        message = Gtk.Label(wrap=True)
        banner = Gtk.InfoBar(message_type=Gtk.MessageType.WARNING, revealed=False,
                             valign=Gtk.Align.END)
        banner.add_child(message)

        def error_changed(*_):
            error = client.get_error()
            if error:
                message.set_label(error.message)
            banner.set_revealed(error is not None)

        client.connect('notify::error', error_changed)
        return banner

    def view(self, pointer):
        """A part of the signal to bind to. The widget that shows it keeps it."""
        return ServerSignal.SignalView.new(self.signal, pointer)

    def meter(self, title, pointer, text, bar=None):
        label = Gtk.Label(xalign=0)
        label.add_css_class('title-2')
        label.view = self.view(pointer)
        label.view.bind_property('double-value', label, 'label', SYNC,
                                 lambda _, value: text(value))

        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        box.append(Gtk.Label(label=title, xalign=0, css_classes=['dim-label']))
        box.append(label)
        if bar:
            box.append(bar)
        return box

    def cores(self):
        def bar(core):
            bar = Gtk.LevelBar(max_value=100, hexpand=True)
            core.bind_property('processor', bar, 'value', SYNC)
            return bar

        cores = ServerSignal.SignalList.new(self.signal, '/cores', Core)
        box = Gtk.FlowBox(selection_mode=Gtk.SelectionMode.NONE)
        box.bind_model(cores, bar)
        cores.bind_property('n-items', box, 'max-children-per-line', SYNC)
        return box

    def memory(self):
        bar = Gtk.LevelBar()
        bar.views = [self.view('/memory-total'), self.view('/memory-used')]
        for view, name in zip(bar.views, ('max-value', 'value')):
            view.bind_property('double-value', bar, name, SYNC)
        return bar

    def processes(self):
        columns = Gtk.ColumnView()
        columns.append_column(column('PID', 'pid'))
        columns.append_column(column('Name', 'name', xalign=0, expand=True))
        processor = column('Processor', 'processor', percent)
        columns.append_column(processor)
        columns.append_column(column('Memory', 'memory', size))
        columns.append_column(column('Threads', 'threads'))

        # A process keeps its item, so the selection stays with it wherever it is sorted to.
        processes = ServerSignal.SignalList.new(self.signal, '/processes', Process)
        columns.set_model(Gtk.SingleSelection(
            model=Gtk.SortListModel.new(processes, columns.get_sorter()),
            autoselect=False, can_unselect=True))
        columns.sort_by_column(processor, Gtk.SortType.DESCENDING)

        # GTK sorts an item when it comes, not when its properties change. Here most of them change
        # at once, so they are sorted again once a commit.
        self.signal.connect('notify::value', lambda *_: self.sort_again(columns))
        return columns

    def sort_again(self, columns):
        adjustment = columns.get_vadjustment()
        top = adjustment.get_value() <= adjustment.get_step_increment()
        columns.get_sorter().changed(Gtk.SorterChange.DIFFERENT)

        # The list follows the row that was first. A list at its top is to stay there, which can be set only once the
        # rows have been laid out, and before they are drawn.
        def laid_out(clock):
            clock.disconnect(handler)
            adjustment.set_value(0)

        if top and columns.get_mapped():
            handler = columns.get_frame_clock().connect('layout', laid_out)


def main():
    if not Gtk.init_check():
        sys.exit('There is no display to open a window on')
    client = ServerSignal.SignalClient.new(
        sys.argv[1] if len(sys.argv) > 1 else 'ws://localhost:3000/ws')
    application = Gtk.Application()
    application.connect('activate', lambda _: Window(application, client).present())
    # PyGObject sees to Ctrl-C.
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, application.quit)
    client.start()
    status = application.run()
    client.stop()
    return status


if __name__ == '__main__':
    sys.exit(main())
