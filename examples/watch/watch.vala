/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Follows the counter and prints each value. */

int main (string[] args) {
    var client = new ServerSignal.SignalClient (args.length > 1 ? args[1] : "ws://localhost:3000/ws");
    var counter = client.get_signal ("counter");

    counter.notify["value"].connect (() => print ("%lld\n", counter.get_int ("/value")));
    client.start ();

    var loop = new MainLoop ();
    Unix.signal_add (ProcessSignal.INT, () => { loop.quit (); return Source.REMOVE; });
    Unix.signal_add (ProcessSignal.TERM, () => { loop.quit (); return Source.REMOVE; });
    loop.run ();
    client.stop ();

    return 0;
}
