/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A window that follows a departures board. Usage: departures-window [URI] */

/* A row; its properties are named as the server's are. */
public class Departure : Object {
    public string time { get; set; }
    public string train { get; set; }
    public string destination { get; set; }
    public string platform { get; set; }
    public string remarks { get; set; }
}

[GtkTemplate (ui = "/departures/window.ui")]
public class DeparturesWindow : Gtk.ApplicationWindow {
    [GtkChild] private unowned Gtk.InfoBar banner;
    [GtkChild] private unowned Gtk.Label message;
    [GtkChild] private unowned Gtk.Widget content;
    [GtkChild] private unowned Gtk.SortListModel sorted;

    static construct {
        typeof (Departure).ensure ();
    }

    public DeparturesWindow (Gtk.Application application, ServerSignal.SignalClient client) {
        Object (application: application);
        var departures = client.get_signal ("departures");
        /* GTK sorts an item when it is added, not when its properties change: announce edits. */
        sorted.model = new ServerSignal.SignalList (departures, "", typeof (Departure)) {
            announces_edits = true
        };

        /* While the server is away the window keeps its contents, greyed out. */
        departures.bind_property ("stale", content, "sensitive",
                                  BindingFlags.SYNC_CREATE | BindingFlags.INVERT_BOOLEAN);
        client.notify["error"].connect (() => {
            if (client.error != null)
                message.label = client.error.message;
            banner.revealed = client.error != null;
        });
    }
}

int main (string[] args) {
    var uri = args.length > 1 ? args[1] : "ws://localhost:3000/ws";
    var client = new ServerSignal.SignalClient (uri);
    var application = new Gtk.Application (null, ApplicationFlags.FLAGS_NONE);

    application.activate.connect (() => new DeparturesWindow (application, client).present ());
    Unix.signal_add (ProcessSignal.INT, () => { application.quit (); return Source.REMOVE; });
    Unix.signal_add (ProcessSignal.TERM, () => { application.quit (); return Source.REMOVE; });
    client.start ();
    var status = application.run (null);
    client.stop ();
    return status;
}
