#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A server that answers calls, and a client that makes them, here in one process."""

import gi
gi.require_version('ServerSignal', '1')
from gi.repository import Gio, GLib, ServerSignal


def serve():
    hub = ServerSignal.Hub()
    counter = hub.create('counter', {'value': 0})

    def add(hub, call):
        by = call.arguments
        # Arguments come from strangers.
        if type(by) is not int or not 1 <= by <= 10:
            call.fail('invalid-arguments', 'A number from 1 to 10 is needed')
            return True
        counter['/value'] += by
        call.return_(counter['/value'])
        return True

    def tick(call):
        try:
            call.get_cancellable().set_error_if_cancelled()
        except GLib.Error as error:
            call.return_error(error)
            return GLib.SOURCE_REMOVE
        call.progress()
        return GLib.SOURCE_CONTINUE

    def tick_for(hub, call):
        GLib.timeout_add(10, tick, call)
        return True

    hub.connect('call::add', add)
    hub.connect('call::tick', tick_for)
    hub.listen(None, 0)
    return hub


async def ask(client, counter):
    for by in 3, 1000000:
        try:
            answer = await client.call('add', by)
            print(f'The answer is {answer}, the replica has {counter["/value"]}')
        except GLib.Error as error:
            refused = error.matches(ServerSignal.Error.quark(), ServerSignal.Error.CALL_FAILED)
            print(f'{"Refused" if refused else "Not answered"}: {error.message}')

    cancellable = Gio.Cancellable()
    try:
        await client.call('tick', cancellable=cancellable,
                          progress=lambda client, value: cancellable.cancel())
    except GLib.Error as error:
        if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            print('Cancelled')


async def main():
    hub = serve()
    client = ServerSignal.Client.new(hub.dup_uri())
    counter = client.get_signal('counter')
    client.start()
    await ask(client, counter)
    client.stop()
    await hub.close_async(1000)


ServerSignal.run(main())
