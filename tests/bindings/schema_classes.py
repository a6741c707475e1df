# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Classes with a property of each kind, for schema.py."""

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib, GObject


class Part(GObject.Object):
    size = GObject.Property(type=float)


class Thing(GObject.Object):
    flag = GObject.Property(type=bool, default=False)
    count = GObject.Property(type=int)
    large = GObject.Property(type=GObject.TYPE_INT64)
    ratio = GObject.Property(type=GObject.TYPE_FLOAT)
    display_name = GObject.Property(type=str)
    words = GObject.Property(type=GObject.TYPE_STRV)
    kind = GObject.Property(type=Gio.BusType, default=Gio.BusType.SESSION)
    options = GObject.Property(type=Gio.ApplicationFlags, default=Gio.ApplicationFlags.IS_SERVICE | Gio.ApplicationFlags.NON_UNIQUE)
    data = GObject.Property(type=GLib.Bytes)
    since = GObject.Property(type=GLib.DateTime)
    variant = GObject.Property(type=GObject.TYPE_VARIANT)
    part = GObject.Property(type=Part)
    items = GObject.Property(type=Gio.ListModel)
    secret = GObject.Property(type=str, flags=GObject.ParamFlags.WRITABLE)


def make_thing():
    items = Gio.ListStore(item_type=Part)
    items.append(Part(size=2.5))
    return Thing(flag=True, count=-3, large=2 ** 40, ratio=0.1, display_name='ä', words=['a', 'b'], data=GLib.Bytes.new(b'x'),
                 since=GLib.DateTime.new_utc(2026, 11, 30, 12, 0, 0), variant=GLib.Variant('as', ['v']), part=Part(size=1.5), items=items)
