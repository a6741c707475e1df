// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Classes written in Vala as sources of signals.

enum Kind {
    SMALL,
    VERY_LARGE;
}

class Address : Object {
    public string town { get; set; }
}

class Row : Object {
    public string? name { get; set; }
    public int row_count { get; set; }
    public Kind kind { get; set; }
    public string[] tags { get; set; default = {}; }
    public Address? address { get; set; }
    public DateTime? since { get; set; }
}

class Own : Object, Json.Serializable {
    public int celsius { get; set; }
    public int secret { get; set; }

    public Json.Node serialize_property (string name, Value value, ParamSpec pspec) {
        var node = new Json.Node (Json.NodeType.VALUE);

        if (name == "celsius")
            node.set_string ("%d °C".printf (value.get_int ()));
        else
            node.set_string ("***");
        return node;
    }
}

string? last_patch = null;

ServerSignal.Signal follow (owned ServerSignal.Signal signal) {
    signal.patched.connect ((patch) => { last_patch = patch.to_json (); });
    return signal;
}

void assert_patch (string expected) {
    assert_cmpstr (last_patch, CompareOperator.EQ, expected);
}

void test_object () {
    try {
        var row = new Row () { name = "a", tags = { "x" }, kind = Kind.VERY_LARGE };
        var signal = follow (new ServerSignal.Signal.for_object ("row", row));

        assert_cmpstr (signal.dup_json (null), CompareOperator.EQ,
            """{"name":"a","row-count":0,"kind":"very-large","tags":["x"],"address":null,"since":null}""");
        row.row_count++;
        assert_patch ("""[{"op":"replace","path":"/row-count","value":1}]""");
        row.address = new Address () { town = "Mond" };
        row.address.town = "Sonne";
        assert_patch ("""[{"op":"replace","path":"/address/town","value":"Sonne"}]""");
        row.tags = { "x", "y" };
        assert_patch ("""[{"op":"replace","path":"/tags","value":["x","y"]}]""");
        row.since = new DateTime.utc (2026, 11, 26, 15, 0, 0);
        assert_patch ("""[{"op":"replace","path":"/since","value":"2026-11-26T15:00:00Z"}]""");
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_list () {
    try {
        var store = new ListStore (typeof (Row));
        var signal = follow (new ServerSignal.Signal.from_json ("rows", "{}"));

        signal.track_list_properties ("/rows", store, { "name", "address/town" });
        store.append (new Row () { name = "a" });
        store.insert (0, new Row () { name = "b", address = new Address () { town = "t" } });
        assert_patch ("""[{"op":"add","path":"/rows/0","value":{"name":"b","address":{"town":"t"}}}]""");
        ((Row) store.get_item (1)).name = "c";
        assert_patch ("""[{"op":"replace","path":"/rows/1/name","value":"c"}]""");
        store.remove (0);
        assert_patch ("""[{"op":"remove","path":"/rows/0"}]""");
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_serializable () {
    try {
        var own = new Own () { celsius = 20, secret = 5 };
        var signal = follow (new ServerSignal.Signal.for_object ("own", own));

        assert_cmpstr (signal.dup_json (null), CompareOperator.EQ,
            """{"celsius":"20 °C","secret":"***"}""");
        own.celsius = 21;
        assert_patch ("""[{"op":"replace","path":"/celsius","value":"21 °C"}]""");
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_errors () {
    var row = new Row () { name = "a" };
    var signal = new ServerSignal.Signal ("e", null);
    string? failed = null;

    try {
        signal.track_object (null, row);
        signal.set_int ("/row-count", 5);
        assert_not_reached ();
    } catch (ServerSignal.SignalError.READ_ONLY error) {
        assert_nonnull (error.message);
    } catch (Error error) {
        assert_not_reached ();
    }

    signal.source_failed.connect ((pointer, error) => {
        assert_true (error is ServerSignal.SignalError.INVALID_JSON);
        failed = pointer;
    });
    row.name = "\xff";
    assert_cmpstr (failed, CompareOperator.EQ, "/name");
    assert_cmpstr (signal.dup_string ("/name"), CompareOperator.EQ, "a");

    signal.untrack (null);
    row.name = "b";
    assert_cmpstr (signal.dup_string ("/name"), CompareOperator.EQ, "a");
}

void test_parsed_file () {
    try {
        FileIOStream stream;
        var file = File.new_tmp (null, out stream);
        size_t written;
        stream.output_stream.write_all ("abc".data, out written);
        stream.close ();
        var signal = new ServerSignal.Signal.from_json ("s", "{}");
        signal.track_parsed_file ("/length", file, (bytes) => Json.from_string (bytes.get_size ().to_string ()));
        assert_true (signal.get_int ("/length") == 3);
        signal.untrack ("/length");
        file.delete ();
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_dbus_proxy () {
    if (Environment.find_program_in_path ("dbus-daemon") == null) {
        Test.skip ("missing: dbus-daemon");
        return;
    }

    var bus = new TestDBus (TestDBusFlags.NONE);
    bus.up ();
    try {
        var connection = new DBusConnection.for_address_sync (bus.get_bus_address (),
            DBusConnectionFlags.AUTHENTICATION_CLIENT | DBusConnectionFlags.MESSAGE_BUS_CONNECTION);
        var proxy = new DBusProxy.sync (connection, DBusProxyFlags.DO_NOT_LOAD_PROPERTIES, null,
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
        proxy.set_cached_property ("Limit", new Variant.uint64 (uint64.MAX));
        proxy.set_cached_property ("Name", new Variant.string ("a"));

        var signal = new ServerSignal.Signal.from_json ("s", "{}");
        string? failed = null;
        signal.source_failed.connect ((pointer, error) => { failed = pointer; });
        signal.track_dbus_proxy_properties ("/some", proxy, { "Name", "Late" });
        assert_null (failed);
        signal.track_dbus_proxy ("/all", proxy);
        assert_cmpstr (failed, CompareOperator.EQ, "/all/Limit");
        assert_cmpstr (signal.dup_json (null), CompareOperator.EQ,
            """{"some":{"Name":"a"},"all":{"Limit":null,"Name":"a"}}""");
        connection.close_sync ();
    } catch (Error error) {
        assert_not_reached ();
    }
    bus.down ();
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/track/vala/object", test_object);
    Test.add_func ("/track/vala/list", test_list);
    Test.add_func ("/track/vala/serializable", test_serializable);
    Test.add_func ("/track/vala/errors", test_errors);
    Test.add_func ("/track/vala/parsed-file", test_parsed_file);
    Test.add_func ("/track/vala/dbus-proxy", test_dbus_proxy);
    return Test.run ();
}
