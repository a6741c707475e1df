/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A thread works, the main context publishes how far it is. */

ServerSignal.Signal job;
MainLoop loop;

/* In the main context, where the signal was made. */
bool publish (int done) {
    try {
        job.set_int ("/done", done);
    } catch (Error error) {
        critical ("%s", error.message);
    }
    if (done == 100)
        loop.quit ();
    return Source.REMOVE;
}

/* In the thread: the signal is not touched. */
bool work () {
    for (int i = 1; i <= 100; i++) {
        int done = i;
        Idle.add (() => publish (done));
    }
    return true;
}

void main () {
    try {
        job = new ServerSignal.Signal.from_json ("job", "{\"done\": 0}");
    } catch (Error error) {
        return;
    }
    loop = new MainLoop ();
    var thread = new Thread<bool> ("work", work);
    loop.run ();
    thread.join ();
    print ("%s\n", job.dup_json (null));
}
