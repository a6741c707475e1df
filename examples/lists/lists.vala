/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A list of a signal as a list model. */

class Task : Object {
    public string title { get; set; }
    public bool done { get; set; }
    public int effort { get; set; default = 1; }
}

int main () {
    try {
        var signal = new ServerSignal.Signal.from_json ("tasks", """{"tasks": [
            {"title": "Wash up", "effort": 2},
            {"title": "Sweep"}]}""");

        var tasks = new ServerSignal.SignalList (signal, "/tasks", typeof (Task));
        tasks.items_changed.connect ((position, removed, added) => {
            print ("at %u: %u went, %u came\n", position, removed, added);
        });
        ((Task) tasks.get_item (0)).notify["done"].connect ((task, pspec) => {
            print ("%s: %s\n", ((Task) task).title, ((Task) task).done ? "done" : "to be done");
        });

        signal.set_boolean ("/tasks/0/done", true);
        signal.insert_value ("/tasks/0", Json.from_string ("{\"title\": \"Shop\"}"));
        signal.move ("/tasks/1", "/tasks/2");

        string[] titles = {};
        for (uint i = 0; i < tasks.n_items; i++)
            titles += ((Task) tasks.get_item (i)).title;
        print ("%s\n", string.joinv (", ", titles));
        var last = (Task) tasks.get_item (2);
        print ("%s takes %d of 5\n", last.title, last.effort);

        // Without a class the items are views, which go where their elements go.
        var views = new ServerSignal.SignalList (signal, "/tasks", Type.NONE);
        var view = (ServerSignal.SignalView) views.get_item (2);
        signal.remove ("/tasks/0");
        print ("%s: %s\n", view.pointer, view.dup_value ().get_object ().get_string_member ("title"));
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }

    return 0;
}
