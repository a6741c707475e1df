/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The rows of table.json in Vala; see table.py. Usage: table TABLE URI */

ServerSignal.Signal table;
ServerSignal.Signal output;

void put (string at, string name, Json.Node? node) throws Error {
    output.set_value (at + "/" + name, node);
}

Json.Node int_node (int64 value) {
    return new Json.Node.alloc ().init_int (value);
}

void read_row (ServerSignal.Signal document, string pointer, string at) throws Error {
    var members = new Json.Array ();
    string? text = document.dup_string (pointer);

    output.set_boolean (at + "/has", document.has (pointer));
    output.set_int (at + "/int", document.get_int (pointer));
    output.set_double (at + "/double", document.get_double (pointer));
    output.set_boolean (at + "/boolean", document.get_boolean (pointer));
    output.set_string (at + "/string", text);
    output.set_int (at + "/n", document.get_n_elements (pointer));
    foreach (unowned string member in document.list_members (pointer))
        members.add_string_element (member);
    put (at, "members", new Json.Node.alloc ().init_array (members));
    put (at, "value", document.dup_value (pointer));
}

void carry_out (ServerSignal.Signal target, string row) throws Error {
    string op = table.dup_string (row + "/op");
    string pointer = table.dup_string (row + "/pointer");
    string at = row + "/value";
    Json.Node? value = table.dup_value (at);

    switch (op) {
    case "set_int":
        target.set_int (pointer, table.get_int (at));
        break;
    case "set_double":
        target.set_double (pointer, table.get_double (at));
        break;
    case "set_boolean":
        target.set_boolean (pointer, table.get_boolean (at));
        break;
    case "set_string":
        target.set_string (pointer, table.dup_string (at));
        break;
    case "set_json":
        target.set_json (pointer, table.dup_string (at));
        break;
    case "insert_json":
        target.insert_json (pointer, table.dup_string (at));
        break;
    case "set_value":
        target.set_value (pointer, value);
        break;
    case "insert_value":
        target.insert_value (pointer, value);
        break;
    case "append":
        target.insert_value (pointer + "/-", value);
        break;
    case "remove":
        target.remove (pointer);
        break;
    case "move":
        target.move (table.dup_string (row + "/from"), pointer);
        break;
    case "apply_patch":
        target.apply_patch (new ServerSignal.Patch.from_node (value));
        break;
    case "update":
        target.update ((copy) => value.copy ());
        break;
    default:
        target.freeze_notify ();
        target.set_value (pointer, value);
        target.insert_value ("/l/-", value);
        if (op == "discard")
            target.discard ();
        target.thaw_notify ();
        break;
    }
}

void write_row (string row) throws Error {
    var target = new ServerSignal.Signal ("row", table.dup_value (row + "/start"));
    var patches = new Json.Array ();
    Json.Node code = new Json.Node.alloc ().init_null ();

    target.patched.connect ((patch) => patches.add_element (patch.to_node ()));
    try {
        carry_out (target, row);
    } catch (ServerSignal.SignalError error) {
        code = int_node (error.code);
    }
    put (row, "value", target.dup_value (null));
    put (row, "revision", int_node ((int64) target.revision));
    put (row, "patches", new Json.Node.alloc ().init_array (patches));
    put (row, "error", code);
}

async void run (string uri) throws Error {
    var client = new ServerSignal.Client (uri);
    unowned ServerSignal.Signal document = client.get_signal ("document");

    yield client.open_async (null);
    if (document.stale) {
        SourceFunc resume = run.callback;
        ulong handler = document.notify["stale"].connect (() => { resume (); });

        yield;
        document.disconnect (handler);
    }

    for (uint i = 0; i < table.get_n_elements ("/reads"); i++) {
        output.insert_json ("/reads/-", "{}");
        read_row (document, table.dup_string (@"/reads/$i/pointer"), @"/reads/$i");
    }
    for (uint i = 0; i < table.get_n_elements ("/writes"); i++) {
        output.insert_json ("/writes/-", "{}");
        write_row (@"/writes/$i");
    }
    client.stop ();
}

int main (string[] args) {
    try {
        string text;
        var loop = new MainLoop ();

        FileUtils.get_contents (args[1], out text);
        table = new ServerSignal.Signal.from_json ("table", text);
        output = new ServerSignal.Signal.from_json ("output", "{\"reads\":[],\"writes\":[]}");
        run.begin (args[2], (object, answer) => {
            try {
                run.end (answer);
            } catch (Error error) {
                printerr ("%s\n", error.message);
            }
            loop.quit ();
        });
        loop.run ();
        stdout.puts (output.dup_json (null) + "\n");
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
    return 0;
}
