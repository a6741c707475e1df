/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Lists whose items are of a class that is written in Vala. */

class Address : Object {
    public string? town { get; set; }
}

class Person : Object {
    public string? name { get; set; }
    public int age { get; set; default = 1; }
    public string[] tags { get; set; }
    public Address? address { get; set; }
    public int year_of_birth { get; set; }
}

ServerSignal.Signal people () {
    try {
        return new ServerSignal.Signal.from_json ("people", """[
            {"name": "Ada", "age": 36, "tags": ["a", "b"], "address": {"town": "London"}},
            {"name": "Grace", "age": 85, "year_of_birth": 1906},
            {"name": "Emmy", "age": "none"}]""");
    } catch (Error error) {
        assert_not_reached ();
    }
}

string names (ListModel list) {
    string[] all = {};

    for (uint i = 0; i < list.get_n_items (); i++)
        all += ((Person) list.get_item (i)).name;
    return string.joinv (" ", all);
}

void test_items () {
    try {
        var signal = people ();
        var list = new ServerSignal.List (signal, null, typeof (Person));
        var ada = (Person) list.get_item (0);
        var notified = "";

        assert_true (list.n_items == 3 && list.item_type == typeof (Person));
        assert_cmpstr (names (list), CompareOperator.EQ, "Ada Grace Emmy");
        string[] each = {};
        foreach (var person in list)
            each += ((Person) person).name;
        assert_true (each.length == list.size && each[2] == "Emmy" && ((Person) list[0]).name == "Ada");
        assert_true (ada.age == 36 && ada.tags.length == 2 && ada.address.town == "London");
        assert_true (((Person) list.get_item (1)).year_of_birth == 1906);
        assert_true (((Person) list.get_item (2)).age == 1);
        ada.notify.connect ((pspec) => notified += pspec.name + " ");
        signal.set_int ("/0/age", 37);
        signal.set_string ("/0/address/town", "Marylebone");
        assert_cmpstr (notified, CompareOperator.EQ, "age ");
        assert_cmpstr (ada.address.town, CompareOperator.EQ, "Marylebone");
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_changes () {
    try {
        var signal = people ();
        var list = new ServerSignal.List (signal, "", typeof (Person));
        var emmy = list.get_item (2);
        var changes = "";

        list.items_changed.connect ((position, removed, added) => {
            changes += "%u,%u,%u ".printf (position, removed, added);
        });
        signal.insert_value ("/0", Json.from_string ("{\"name\":\"Rosa\"}"));
        signal.move ("/3", "/0");
        signal.remove ("/1");
        assert_cmpstr (changes, CompareOperator.EQ, "0,0,1 0,4,4 1,1,0 ");
        assert_cmpstr (names (list), CompareOperator.EQ, "Emmy Ada Grace");
        assert_true (list.get_item (0) == emmy);
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_views () {
    try {
        var signal = people ();
        var list = new ServerSignal.List (signal, null, Type.NONE);
        var last = (ServerSignal.View) list.get_item (2);

        assert_cmpstr (last.pointer, CompareOperator.EQ, "/2");
        signal.remove ("/0");
        assert_cmpstr (last.get_pointer (), CompareOperator.EQ, "/1");
        signal.remove ("/1");
        assert_null (last.get_pointer ());
    } catch (Error error) {
        assert_not_reached ();
    }
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/lists/items", test_items);
    Test.add_func ("/vala/lists/changes", test_changes);
    Test.add_func ("/vala/lists/views", test_views);
    return Test.run ();
}
