/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A server that answers calls, and a client that makes them, here in one process. */

ServerSignal.SignalHub serve () throws Error {
    var hub = new ServerSignal.SignalHub ();
    var counter = new ServerSignal.Signal.from_json ("counter", "{\"value\": 0}");
    hub.add (counter);
    hub.call["add"].connect ((call) => {
        var arguments = call.dup_arguments ();

        // Arguments come from strangers.
        var by = arguments.get_value_type () == typeof (int64) ? arguments.get_int () : 0;
        if (by < 1 || by > 10) {
            call.fail ("invalid-arguments", "A number from 1 to 10 is needed", null);
            return true;
        }
        try {
            counter.set_int ("/value", counter.get_int ("/value") + by);
            call.@return (counter.dup_value ("/value"));
        } catch (Error error) {
            call.return_error (error);
        }
        return true;
    });
    hub.call["tick"].connect ((call) => {
        Timeout.add (10, () => {
            try {
                call.cancellable.set_error_if_cancelled ();
                call.progress (null);
                return Source.CONTINUE;
            } catch (Error error) {
                call.return_error (error);
                return Source.REMOVE;
            }
        });
        return true;
    });
    hub.listen (null, 0);
    return hub;
}

async void ask (ServerSignal.SignalClient client, ServerSignal.Signal counter) {
    foreach (var by in new int[] { 3, 1000000 }) {
        var arguments = new Json.Node (Json.NodeType.VALUE);
        arguments.set_int (by);
        try {
            var answer = yield client.call_async ("add", arguments, null);
            print ("The answer is %lld, the replica has %lld\n",
                   answer.get_int (), counter.get_int ("/value"));
        } catch (ServerSignal.SignalError.CALL_FAILED error) {
            print ("Refused: %s\n", error.message);
        } catch (Error error) {
            print ("Not answered: %s\n", error.message);
        }
    }

    var cancellable = new Cancellable ();
    try {
        yield client.call_full_async ("tick", null, ServerSignal.SignalCallFlags.NONE,
                                      () => cancellable.cancel (), cancellable);
    } catch (IOError.CANCELLED error) {
        print ("Cancelled\n");
    } catch (Error error) {
        print ("Not answered: %s\n", error.message);
    }
}

int main () {
    try {
        var loop = new MainLoop ();
        var hub = serve ();
        var client = new ServerSignal.SignalClient (hub.dup_uri ());
        var counter = client.get_signal ("counter");
        client.start ();
        ask.begin (client, counter, () => loop.quit ());
        loop.run ();
        client.stop ();
        hub.close ();
        return 0;
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
}
