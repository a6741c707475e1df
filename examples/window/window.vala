/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A window that follows the counter. Usage: window [URI] */

public class CounterWindow : Gtk.ApplicationWindow {
    /* A binding holds neither of its ends, so the window holds the view. */
    private ServerSignal.SignalView value;

    public CounterWindow (Gtk.Application application, ServerSignal.Signal counter) {
        Object (application: application, title: "Counter", default_width: 240, default_height: 120);
        var label = new Gtk.Label (null);
        value = new ServerSignal.SignalView (counter, "/value");
        value.bind_property ("int-value", label, "label", BindingFlags.SYNC_CREATE);

        /* While the server is away the number stays, greyed out. */
        counter.bind_property ("stale", label, "sensitive",
                               BindingFlags.SYNC_CREATE | BindingFlags.INVERT_BOOLEAN);
        child = label;
    }
}

int main (string[] args) {
    var client = new ServerSignal.SignalClient (args.length > 1 ? args[1] : "ws://localhost:3000/ws");
    var application = new Gtk.Application (null, ApplicationFlags.FLAGS_NONE);

    application.activate.connect (() =>
        new CounterWindow (application, client.get_signal ("counter")).present ());
    Unix.signal_add (ProcessSignal.INT, () => { application.quit (); return Source.REMOVE; });
    Unix.signal_add (ProcessSignal.TERM, () => { application.quit (); return Source.REMOVE; });

    client.start ();
    var status = application.run (null);
    client.stop ();
    return status;
}
