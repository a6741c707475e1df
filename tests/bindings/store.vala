// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// Stores from Vala.

delegate bool Condition ();

void wait_until (Condition condition) {
    bool late = false;
    var id = Timeout.add_seconds (20, () => { late = true; return Source.CONTINUE; });

    while (!condition () && !late)
        MainContext.default ().iteration (true);
    Source.remove (id);
    assert_true (condition ());
}

async void use_store () throws Error {
    var store = new ServerSignal.SignalMemoryStore ();
    var other = (ServerSignal.SignalStore) store.share ();
    var replica = other.get_signal ("count");
    var count = yield store.own_async ("count", Json.from_string ("{\"n\":0}"), null);
    bool refused = false;

    count.set_int ("/n", 2);
    wait_until (() => replica.get_int ("/n") == 2);
    assert_true (count.writable && !replica.writable);

    try {
        yield other.update_async ("count", (copy) => copy, null);
    } catch (ServerSignal.SignalError.READ_ONLY e) {
        refused = true;
    }
    assert_true (refused);

    store.release (count);
    wait_until (() => !count.writable);
    int by = 5;
    yield other.update_async ("count", (copy) => {
        copy.get_object ().set_int_member ("n", copy.get_object ().get_int_member ("n") + by);
        return copy;
    }, null);
    wait_until (() => count.get_int ("/n") == 7);

    var patch = new ServerSignal.SignalPatch.from_json ("[{\"op\":\"replace\",\"path\":\"/n\",\"value\":9}]");
    yield other.patch_async ("count", patch, null);
    wait_until (() => replica.get_int ("/n") == 9);

    var names = yield store.list_async (null, null);
    assert_cmpint (names.length, CompareOperator.EQ, 1);
    assert_cmpstr (names[0], CompareOperator.EQ, "count");
    yield store.remove_async ("count", null);
    wait_until (() => replica.stale);
    yield store.close_async (null);
    yield other.close_async (null);

    var folder = DirUtils.make_tmp ("server-signal-XXXXXX");
    var files = new ServerSignal.SignalFileStore (folder);
    var kept = yield files.own_async ("kept", Json.from_string ("1"), null);
    kept.set_int (null, 2);
    yield files.close_async (null);
    assert_cmpstr (((ServerSignal.SignalFileStore) files).get_folder (), CompareOperator.EQ, folder);
    assert_true (FileUtils.test (folder + "/kept.signal", FileTest.EXISTS));
    FileUtils.unlink (folder + "/kept.signal");
    FileUtils.unlink (folder + "/.lock");
    DirUtils.remove (folder);
}

void test_store () {
    bool done = false;

    use_store.begin ((object, result) => {
        try {
            use_store.end (result);
        } catch (Error e) {
            error ("%s", e.message);
        }
        done = true;
    });
    wait_until (() => done);
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/store/vala", test_store);
    return Test.run ();
}
