/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A list of objects as a signal: each change of the objects is sent as it is. */

class Task : Object {
    public string title { get; set; }
    public bool done { get; set; }

    public Task (string title) {
        Object (title: title);
    }
}

void follow () throws Error {
    var store = new ListStore (typeof (Task));
    var tasks = new ServerSignal.Signal.for_list ("tasks", store);
    tasks.patched.connect ((patch) => print ("%s\n", patch.to_json ()));

    var milk = new Task ("milk");
    var bread = new Task ("bread");
    store.append (milk);
    store.insert (0, bread);
    milk.done = true;

    tasks.freeze_notify ();
    bread.title = "rye bread";
    store.remove (1);
    tasks.thaw_notify ();

    print ("%s\n", tasks.dup_json (null));
}

void main () {
    try {
        follow ();
    } catch (Error error) {
        critical ("%s", error.message);
    }
}
