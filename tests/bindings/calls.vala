/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Calls from Vala, at both ends. */

ServerSignal.SignalHub hub;
ServerSignal.Signal counter;
ServerSignal.SignalClient client;
ServerSignal.Signal replica;

Json.Node node (string json) {
    try {
        return Json.from_string (json);
    } catch (Error error) {
        assert_not_reached ();
    }
}

void begin () {
    hub = new ServerSignal.SignalHub ();
    try {
        counter = new ServerSignal.Signal.from_json ("counter", "{\"value\":0}");
        hub.add (counter);
        hub.listen (null, 0);
    } catch (Error error) {
        assert_not_reached ();
    }
    client = new ServerSignal.SignalClient (hub.dup_uri ());
    replica = client.get_signal ("counter");
    client.start ();
}

void end () {
    client.stop ();
    hub.close ();
}

async void check_return (MainLoop loop) {
    hub.call["add"].connect ((call) => {
        assert_cmpstr (call.method, CompareOperator.EQ, "add");
        assert_true (call.peer == hub.peers.get_item (0));
        try {
            counter.set_int ("/value", counter.get_int ("/value") + call.dup_arguments ().get_int ());
        } catch (Error error) {
            assert_not_reached ();
        }
        call.@return (node (counter.get_int ("/value").to_string ()));
        return true;
    });
    try {
        var answer = yield client.call_async ("add", node ("3"), null);
        assert_true (answer.get_int () == 3);
        assert_true (replica.get_int ("/value") == 3);
    } catch (Error error) {
        assert_not_reached ();
    }
    loop.quit ();
}

async void check_progress (MainLoop loop) {
    int64 seen = 0;
    hub.call["slow"].connect ((call) => {
        Idle.add (() => {
            call.progress (node ("50"));
            call.@return (null);
            return Source.REMOVE;
        });
        return true;
    });
    try {
        var answer = yield client.call_full_async ("slow", null, ServerSignal.SignalCallFlags.NONE,
                                             (told, value) => { seen = value.get_int (); }, null);
        assert_true (answer.is_null ());
        assert_true (seen == 50);
    } catch (Error error) {
        assert_not_reached ();
    }
    loop.quit ();
}

async void check_errors (MainLoop loop) {
    hub.call["fail"].connect ((call) => {
        if (call.dup_arguments ().is_null ())
            call.return_error (new IOError.PERMISSION_DENIED ("no"));
        else
            call.fail ("no-such-task", "it is gone", node ("[1]"));
        return true;
    });
    try {
        yield client.call_async ("fail", null, null);
        assert_not_reached ();
    } catch (Error error) {
        assert_true (error is ServerSignal.SignalError.CALL_FAILED);
        assert_cmpstr (ServerSignal.SignalError.dup_call_code (error), CompareOperator.EQ,
                       "permission-denied");
    }
    try {
        yield client.call_async ("fail", node ("1"), null);
        assert_not_reached ();
    } catch (Error error) {
        assert_cmpstr (error.message, CompareOperator.EQ, "no-such-task: it is gone");
        assert_cmpstr (ServerSignal.SignalError.dup_call_data (error), CompareOperator.EQ, "[1]");
    }
    hub.allow_call.connect ((peer, method) => method != "fail");
    try {
        yield client.call_async ("fail", null, null);
        assert_not_reached ();
    } catch (Error error) {
        assert_cmpstr (ServerSignal.SignalError.dup_call_code (error), CompareOperator.EQ,
                       "unknown-method");
    }
    loop.quit ();
}

async void check_cancel (MainLoop loop) {
    var cancellable = new Cancellable ();
    ServerSignal.SignalCall? kept = null;

    hub.call["slow"].connect ((call) => {
        kept = call;
        cancellable.cancel ();
        return true;
    });
    try {
        yield client.call_async ("slow", null, cancellable);
        assert_not_reached ();
    } catch (Error error) {
        assert_true (error is IOError.CANCELLED);
    }
    kept.@return (null);
    loop.quit ();
}

void wait_for (owned SourceFunc condition) {
    bool late = false;
    var timeout = Timeout.add_seconds (20, () => { late = true; return Source.CONTINUE; });

    while (!condition ()) {
        assert_false (late);
        MainContext.@default ().iteration (true);
    }
    Source.remove (timeout);
}

void test_actions () {
    var group = new SimpleActionGroup ();
    var seek = new SimpleAction ("seek", VariantType.DOUBLE);
    double asked = 0;

    begin ();
    seek.activate.connect ((parameter) => { asked = parameter.get_double (); });
    group.add_action (seek);
    group.add_action (new SimpleAction.stateful ("mute", null, new Variant.boolean (false)));
    hub.add_action_group ("player", group);
    unowned ActionGroup remote = client.get_action_group ("player");
    wait_for (() => remote.get_action_enabled ("seek"));
    assert_true (remote is RemoteActionGroup);
    assert_true (remote.list_actions ().length == 2);
    assert_true (remote.get_action_parameter_type ("seek").equal (VariantType.DOUBLE));
    remote.activate_action ("seek", new Variant.double (2.5));
    remote.change_action_state ("mute", new Variant.boolean (true));
    wait_for (() => remote.get_action_state ("mute").get_boolean ());
    assert_true (asked == 2.5);
    seek.set_enabled (false);
    wait_for (() => !remote.get_action_enabled ("seek"));
    hub.remove_action_group ("player");
    wait_for (() => !remote.get_action_enabled ("mute"));
    end ();
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/call/return", () => {
        var loop = new MainLoop ();
        begin ();
        check_return.begin (loop);
        loop.run ();
        end ();
    });
    Test.add_func ("/vala/call/progress", () => {
        var loop = new MainLoop ();
        begin ();
        check_progress.begin (loop);
        loop.run ();
        end ();
    });
    Test.add_func ("/vala/call/errors", () => {
        var loop = new MainLoop ();
        begin ();
        check_errors.begin (loop);
        loop.run ();
        end ();
    });
    Test.add_func ("/vala/call/cancel", () => {
        var loop = new MainLoop ();
        begin ();
        check_cancel.begin (loop);
        loop.run ();
        end ();
    });
    Test.add_func ("/vala/call/actions", test_actions);
    return Test.run ();
}
