/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The shortest client. */

void main () {
    var client = new ServerSignal.SignalClient ("ws://127.0.0.1:3000/ws");
    var counter = client.get_signal ("counter");
    counter.notify["value"].connect (() => print ("%lld\n", counter.get_int ("/value")));
    client.start ();

    var loop = new MainLoop ();
    Unix.signal_add (ProcessSignal.INT, () => { loop.quit (); return Source.REMOVE; });
    Unix.signal_add (ProcessSignal.TERM, () => { loop.quit (); return Source.REMOVE; });
    loop.run ();
    client.stop ();
}
