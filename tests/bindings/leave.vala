/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A program that leaves; see leave.py. */

void heard (string what) {
    stderr.printf ("heard %s\n", what);
}

void listen_to_list (ListModel model, string name) {
    model.items_changed.connect (() => heard (name));
}

void listen_to (Object object, string name) {
    object.notify.connect (() => heard (name));
}

int main (string[] args) {
    var way = args[1];
    var loop = new MainLoop ();

    try {
        var counter = new ServerSignal.Signal.from_json ("counter", "{\"rows\":[{\"n\":1},{\"n\":2}]}");
        var own = new ServerSignal.Signal.from_json ("own", "1");
        var hub = new ServerSignal.SignalHub ();
        hub.add (counter);
        hub.peer_added.connect ((peer) => {
            try {
                peer.add (own);
            } catch (Error error) {
                heard (error.message);
            }
            listen_to (peer, "a peer");
            listen_to_list (peer.get_signals (), "a peer's signals");
        });
        hub.listen (null, 0);
        var client = new ServerSignal.SignalClient (hub.dup_uri ());
        unowned var replica = client.get_signal ("counter");
        var rows = new ServerSignal.SignalList (replica, "/rows", typeof (ServerSignal.SignalView));
        var view = new ServerSignal.SignalView (replica, "/rows/0/n");

        SourceFunc leave = () => {
            hub.peer_removed.connect (() => heard ("peer-removed"));
            listen_to (hub, "the hub");
            listen_to_list (hub.get_peers (), "peers");
            listen_to_list (hub.get_signals (), "signals");
            listen_to (counter, "the signal");
            listen_to (client, "the client");
            listen_to_list (client.get_signals (), "the client's signals");
            listen_to (replica, "the replica");
            listen_to_list (rows, "the list");
            listen_to (view, "the view");
            if (way == "handler")
                Process.exit (0);
            if (way == "fork") {
                var child = Posix.fork ();
                if (child != 0) {
                    int status;
                    Posix.waitpid (child, out status, 0);
                    if (status != 0)
                        heard ("that the child failed");
                    Timeout.add (100, () => {
                        if (replica.stale || hub.get_peers ().get_n_items () != 1)
                            heard ("that the child was there");
                        loop.quit ();
                        return Source.REMOVE;
                    });
                    return Source.REMOVE;
                }
            }
            loop.quit ();
            return Source.REMOVE;
        };
        // GLib's own thread, which has taken the signal, holds a lock of the main context for a moment.
        Unix.signal_add (Posix.Signal.TERM, () => {
            Timeout.add (50, () => leave ());
            return Source.REMOVE;
        });
        Timeout.add (10, () => {
            if (replica.stale)
                return Source.CONTINUE;
            stdout.printf ("ready\n");
            stdout.flush ();
            return Source.REMOVE;
        });
        client.start ();
        loop.run ();
    } catch (Error error) {
        heard (error.message);
    }

    return 0;
}
