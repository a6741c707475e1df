#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A service on the session bus with devices that come and go, told by lines on standard input.

Usage: service.py managed|introspected: with an ObjectManager, or with a signal of its own as UPower has it"""

import os
import sys

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib

DEVICE = '''<node><interface name="org.example.Device"><property name="Name" type="s" access="read"/>
<property name="Level" type="d" access="read"/><property name="Next" type="t" access="read"/></interface></node>'''
MANAGER = '''<node><interface name="org.freedesktop.DBus.ObjectManager"><method name="GetManagedObjects">
<arg type="a{oa{sa{sv}}}" direction="out"/></method></interface></node>'''
ROOT = '/org/example'
TYPES = {'Name': 's', 'Level': 'd', 'Next': 't'}

managed = sys.argv[1] == 'managed'
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
device_interface = Gio.DBusNodeInfo.new_for_xml(DEVICE).interfaces[0]
devices = {}


def variants(device):
    return {name: GLib.Variant(TYPES[name], device[name]) for name in TYPES}


def all_objects():
    return {f'{ROOT}/dev/{number}': {'org.example.Device': variants(device)} for number, device in devices.items()}


def add(number):
    device = {'Name': f'dev{number}', 'Level': 0.5, 'Next': 2 ** 64 - 1}
    devices[number] = device
    path = f'{ROOT}/dev/{number}'
    device['id'] = bus.register_object(path, device_interface, None,
                                       lambda *args: GLib.Variant(TYPES[args[4]], device[args[4]]), None)
    if managed:
        bus.emit_signal(None, ROOT, 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded',
                        GLib.Variant('(oa{sa{sv}})', (path, {'org.example.Device': variants(device)})))
    else:
        bus.emit_signal(None, ROOT, 'org.example.Devices', 'DeviceAdded', GLib.Variant('(o)', (path,)))


def remove(number):
    bus.unregister_object(devices.pop(number)['id'])
    path = f'{ROOT}/dev/{number}'
    if managed:
        bus.emit_signal(None, ROOT, 'org.freedesktop.DBus.ObjectManager', 'InterfacesRemoved',
                        GLib.Variant('(oas)', (path, ['org.example.Device'])))
    else:
        bus.emit_signal(None, ROOT, 'org.example.Devices', 'DeviceRemoved', GLib.Variant('(o)', (path,)))


def change(number, name, value):
    devices[number][name] = value
    bus.emit_signal(None, f'{ROOT}/dev/{number}', 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
                    GLib.Variant('(sa{sv}as)', ('org.example.Device', {name: GLib.Variant(TYPES[name], value)}, [])))


rest = b''


def input_cb(_channel, _condition):
    global rest  # pylint: disable=global-statement
    data = os.read(0, 65536)
    if not data:
        loop.quit()
        return False
    *lines, rest = (rest + data).split(b'\n')
    for line in lines:
        command, number, *words = line.decode().split()
        {'add': lambda: add(number), 'remove': lambda: remove(number),
         'level': lambda: change(number, 'Level', float(words[0])),
         'next': lambda: change(number, 'Next', int(words[0]))}[command]()
    return True


def named(*_args):
    print('ready', flush=True)


if managed:
    bus.register_object(ROOT, Gio.DBusNodeInfo.new_for_xml(MANAGER).interfaces[0],
                        lambda *args: args[6].return_value(GLib.Variant('(a{oa{sa{sv}}})', (all_objects(),))), None, None)
add('0')
loop = GLib.MainLoop()
Gio.bus_own_name_on_connection(bus, 'org.example.Devices', Gio.BusNameOwnerFlags.NONE, named, None)
GLib.io_add_watch(0, GLib.IO_IN | GLib.IO_HUP, input_cb)
loop.run()
