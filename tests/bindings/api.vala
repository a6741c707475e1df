/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The whole API from Vala, as a program would use it. */

ServerSignal.Signal create (string json = "{\"value\":0}", string name = "counter") {
    try {
        return new ServerSignal.Signal.from_json (name, json);
    } catch (Error error) {
        assert_not_reached ();
    }
}

delegate bool Condition ();

void wait_until (Condition condition) {
    bool expired = false;
    var timeout = Timeout.add_seconds (20, () => { expired = true; return Source.CONTINUE; });

    while (!condition () && !expired)
        MainContext.default ().iteration (true);
    Source.remove (timeout);
    assert_false (expired);
}

void test_getters () {
    var signal = create ("{\"i\":-7,\"d\":2.75,\"b\":true,\"s\":\"text\",\"l\":[{\"x\":1}]}");

    assert_cmpstr (signal.name, CompareOperator.EQ, "counter");
    assert_true (signal.revision == 0 && signal.writable && !signal.stale);
    assert_true (signal.has ("/l/0/x") && !signal.has ("/l/1"));
    assert_true (signal.get_int ("/i") == -7 && signal.get_int ("/d") == 2);
    assert_true (signal.get_double ("/d") == 2.75 && signal.get_boolean ("/b"));
    assert_cmpstr (signal.dup_string ("/s"), CompareOperator.EQ, "text");
    assert_null (signal.dup_string ("/i"));
    assert_null (signal.dup_json ("/nothing"));
    assert_null (signal.dup_value ("/nothing"));
    assert_cmpstr (new ServerSignal.Signal ("a", null).dup_json (null), CompareOperator.EQ, "null");
}

void test_writers () {
    try {
        var signal = create ("{}");
        signal.set_int ("/i", int64.MAX);
        signal.set_double ("/d", 0.1);
        signal.set_boolean ("/b", true);
        signal.set_string ("/s", "é");
        signal.set_string ("/n", null);
        signal.set_json ("/l", "[1,3]");
        signal.insert_json ("/l/1", "2");
        assert_true (signal.get_n_elements ("/l") == 3);
        assert_cmpstr (string.joinv (",", signal.list_members (null)), CompareOperator.EQ, "i,d,b,s,n,l");
        signal.set_value ("/l/-", Json.from_string ("4"));
        signal.move ("/l/0", "/l/3");
        signal.remove ("/b");
        assert_cmpstr (signal.dup_json (""), CompareOperator.EQ,
                       "{\"i\":9223372036854775807,\"d\":0.1,\"s\":\"é\",\"n\":null,\"l\":[2,3,4,1]}");
        assert_true (signal.revision == 10);
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_errors () {
    var signal = create ();

    try {
        signal.set_int ("no slash", 1);
        assert_not_reached ();
    } catch (ServerSignal.SignalError.INVALID_POINTER error) {
        assert_true ("no slash" in error.message);
    } catch (Error error) {
        assert_not_reached ();
    }
    try {
        signal.set_int ("/no/parent", 1);
        assert_not_reached ();
    } catch (ServerSignal.SignalError.NOT_FOUND error) {
        assert_true ("/no/parent" in error.message);
    } catch (Error error) {
        assert_not_reached ();
    }
    assert_true (signal.revision == 0);
}

void test_transaction () {
    try {
        var signal = create ();
        int notified = 0, patched = 0;
        signal.notify["value"].connect (() => notified++);
        signal.patched.connect ((patch) => patched += (int) patch.get_n_operations ());
        signal.freeze_notify ();
        signal.set_int ("/value", 1);
        signal.set_string ("/by", "me");
        assert_true (notified == 0);
        signal.thaw_notify ();
        assert_true (notified == 1 && patched == 2 && signal.revision == 1);
        signal.freeze_notify ();
        signal.set_int ("/value", 5);
        signal.discard ();
        signal.thaw_notify ();
        assert_true (notified == 1 && signal.get_int ("/value") == 1);
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_update () {
    try {
        var signal = create ("{\"rows\":[1,2,3]}");
        signal.update ((copy) => {
            copy.get_object ().get_array_member ("rows").remove_element (0);
            return copy;
        });
        assert_cmpstr (signal.dup_json (null), CompareOperator.EQ, "{\"rows\":[2,3]}");
        signal.update ((copy) => copy);
        assert_true (signal.revision == 1);
        try {
            signal.update ((copy) => null);
            assert_not_reached ();
        } catch (ServerSignal.SignalError.FAILED error) {
            assert_true (signal.revision == 1);
        }
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_view_and_patch () {
    try {
        var signal = create ("{\"a\":{\"b\":1},\"c\":0}");
        var view = new ServerSignal.View (signal, "/a/b");
        int notified = 0;
        view.notify["int-value"].connect (() => notified++);
        signal.set_int ("/c", 1);
        signal.set_int ("/a/b", 2);
        assert_true (notified == 1 && view.int_value == 2);

        var patch = new ServerSignal.Patch.diff (Json.from_string ("[1,2,3]"), Json.from_string ("[0,1,2,3]"));
        assert_cmpstr (patch.to_json (), CompareOperator.EQ, "[{\"op\":\"add\",\"path\":\"/0\",\"value\":0}]");
        assert_cmpstr (Json.to_string (patch.apply (Json.from_string ("[1,2,3]")), false),
                       CompareOperator.EQ, "[0,1,2,3]");
    } catch (Error error) {
        assert_not_reached ();
    }
}

async void try_module (string folder, MainLoop loop) {
    try {
        var message = new Soup.Message ("GET", folder + "/server-signal.js");
        yield new Soup.Session ().send_and_read_async (message, Priority.DEFAULT, null);
        assert_true (message.status_code == 200 && message.response_headers.get_content_type (null) == "text/javascript");
    } catch (Error error) {
        assert_not_reached ();
    }
    loop.quit ();
}

async void follow (ServerSignal.Hub hub, ServerSignal.Signal counter, MainLoop loop) {
    try {
        var client = new ServerSignal.Client (hub.dup_uri ());
        unowned var replica = client.get_signal ("counter");
        assert_true (client.retry_min == 500 && client.retry_max == 30000 && client.retry_limit == 0);
        assert_true (client.connect_timeout == 30000 && client.keepalive_interval == 20000);
        assert_true (client.max_frame_size == 67108864 && client.max_document == 0 && client.interval == 0);
        client.set_retry_min (100);
        client.retry_max = 1000;
        client.retry_limit = 5;
        client.connect_timeout = 9000;
        client.keepalive_interval = 10000;
        client.max_frame_size = 1048576;
        client.max_document = 524288;
        client.interval = 20;
        assert_true (client.get_retry_min () == 100 && client.get_retry_max () == 1000 && client.get_retry_limit () == 5);
        assert_true (client.get_connect_timeout () == 9000 && client.get_keepalive_interval () == 10000);
        assert_true (client.get_max_frame_size () == 1048576 && client.get_max_document () == 524288 && client.get_interval () == 20);
        assert_true (yield client.open_async (null));
        counter.set_int ("/value", 7);
        wait_until (() => replica.get_int ("/value") == 7);
        ServerSignal.Signal fetched = yield client.fetch_async ("counter", null);
        assert_true (fetched == replica && !fetched.stale && fetched.age == 0);
        assert_true (client.get_signal ("nothing").get_age () == int64.MAX);
        try {
            yield client.fetch_async ("nothing", null);
            assert_not_reached ();
        } catch (ServerSignal.SignalError.NOT_CURRENT error) {
        }
        assert_true (string.joinv (" ", client.dup_names ()) == "counter");
        assert_true ("\"value\":7" in hub.dup_state ({ "counter", null }) && "counter" in hub.dup_state (null));
        assert_true ("\nserver_signal_commits_total 1\n" in hub.dup_metrics ());
        try {
            replica.set_int ("/value", 8);
            assert_not_reached ();
        } catch (ServerSignal.SignalError.READ_ONLY error) {
        }
        assert_true (hub.commits == 1 && hub.frames >= 2 && hub.bytes > 0);
        client.stop ();
        assert_true (yield hub.close_async (1000, null));
    } catch (Error error) {
        assert_not_reached ();
    }
    loop.quit ();
}

async void ask (ServerSignal.SignalHub hub, MainLoop loop) {
    try {
        var upstream = new ServerSignal.SignalClient (hub.dup_uri ());
        var edge = new ServerSignal.SignalHub ();
        edge.origin = upstream;
        edge.linger = 0;
        edge.listen (null, 0);
        assert_true (edge.get_origin () == upstream && edge.get_linger () == 0);
        var client = new ServerSignal.SignalClient (edge.dup_uri ());
        upstream.start ();
        ServerSignal.Signal room = yield client.fetch_async ("rooms/42", null);
        assert_true (room.get_int ("/value") == 0);
        assert_true (hub.get_n_followers (hub.lookup ("rooms/42")) == 1);
        client.release ("rooms/42");
        wait_until (() => hub.lookup ("rooms/42") == null);
        client.stop ();
        upstream.stop ();
        edge.close ();
        hub.close ();
    } catch (Error error) {
        assert_not_reached ();
    }
    loop.quit ();
}

void test_demand () {
    try {
        var hub = new ServerSignal.SignalHub ();
        var loop = new MainLoop ();
        var news = new StringBuilder ();
        hub.linger = 0;
        hub.announce = ServerSignal.SignalAnnounce.NONE;
        hub.resolve.connect ((peer, name) => {
            try {
                return new ServerSignal.Signal.from_json (name, "{\"value\":0}");
            } catch (Error error) {
                return null;
            }
        });
        hub.followed.connect ((found, peer) => { news.append_printf ("+%s ", found.name); });
        hub.unfollowed.connect ((found, peer) => { news.append_printf ("-%s ", found.name); });
        hub.listen (null, 0);
        ask.begin (hub, loop);
        loop.run ();
        assert_cmpstr (news.str, CompareOperator.EQ, "+rooms/42 -rooms/42 ");
    } catch (Error error) {
        assert_not_reached ();
    }
}

void test_link () {
    try {
        var counter = create ();
        var hub = new ServerSignal.Hub ();
        var loop = new MainLoop ();
        hub.add (counter);
        hub.listen (null, 0);
        hub.flush_interval = 20;
        hub.max_backlog = 100000;
        hub.stall_timeout = 7000;
        hub.keepalive_interval = 5000;
        hub.keepalive_timeout = 3000;
        hub.max_handshakes = 10;
        assert_true (hub.get_flush_interval () == 20 && hub.max_backlog == 100000 && hub.stall_timeout == 7000);
        assert_true (hub.keepalive_interval == 5000 && hub.keepalive_timeout == 3000 && hub.max_handshakes == 10);
        assert_true (hub.commits == 0 && hub.merged == 0 && hub.dropped_peers == 0 && hub.backlog == 0);
        assert_true (hub.lookup ("counter") == counter);
        assert_true (hub.http && hub.get_http ());
        hub.http = false;
        assert_false (hub.http);
        assert_null (hub.health_path);
        hub.health_path = "/health";
        assert_cmpstr (hub.get_health_path (), CompareOperator.EQ, "/health");
        assert_null (hub.serve_path);
        hub.serve_path = "/lib";
        hub.set_inspector (true);
        assert_true (hub.inspector && hub.get_serve_path () == "/lib" && hub.module_version.length == 20);
        var server = new Soup.Server ("server-header", null);
        hub.serve (server, null);
        server.listen_local (0, Soup.ServerListenOptions.IPV4_ONLY);
        try_module.begin ("http://127.0.0.1:%d/server-signal".printf (server.get_uris ().data.get_port ()), loop);
        loop.run ();
        try_module.begin (hub.dup_uri ().replace ("ws:", "http:").replace ("/ws", "/lib"), loop);
        loop.run ();
        server.disconnect ();
        follow.begin (hub, counter, loop);
        loop.run ();
    } catch (Error error) {
        assert_not_reached ();
    }
}

/* A stream on which somebody else has made the handshake. */
void test_accept_stream () {
    try {
        var hub = new ServerSignal.Hub ();
        var listener = new SocketListener ();
        uint16 port = listener.add_any_inet_port (null);
        var far = new SocketClient ().connect_to_host ("127.0.0.1", port, null);
        var near = listener.accept (null, null);
        var client = new Soup.WebsocketConnection (far, Uri.parse ("ws://localhost/", UriFlags.NONE),
                                                   Soup.WebsocketConnectionType.CLIENT, null, null,
                                                   new List<Soup.WebsocketExtension> ());
        bool greeted = false;

        hub.max_peers_per_address = 5;
        assert_true (hub.get_max_peers_per_address () == 5);
        client.message.connect ((type, message) => { greeted = true; });
        unowned ServerSignal.Peer? peer = hub.accept_stream (near, "server-signal.v1");
        assert_nonnull (peer);
        wait_until (() => greeted);
        peer.close (1001, null);
        wait_until (() => client.state == Soup.WebsocketState.CLOSED);
        listener.close ();
    } catch (Error error) {
        assert_not_reached ();
    }
}

/* How a client is refused: what a handler of authorize() says in the answer. */
async void be_refused (string uri, MainLoop loop) {
    var client = new ServerSignal.Client (uri);

    try {
        yield client.open_async (null);
        assert_not_reached ();
    } catch (Error error) {
        assert_true (client.state == ServerSignal.SignalClientState.CLOSED);
    }
    loop.quit ();
}

void test_refuse () {
    try {
        var hub = new ServerSignal.Hub ();
        var loop = new MainLoop ();
        hub.authorize.connect ((message) => {
            message.set_status (Soup.Status.UNAUTHORIZED, "Not You");
            message.get_response_headers ().append ("WWW-Authenticate", "Bearer");
            return false;
        });
        hub.request.connect ((message, path) => path == "/metrics");
        hub.listen (null, 0);
        be_refused.begin (hub.dup_uri (), loop);
        loop.run ();
    } catch (Error error) {
        assert_not_reached ();
    }
}

async uint shake_hands (ServerSignal.Hub hub, string? origin) {
    var session = new Soup.Session ();
    var message = new Soup.Message ("GET", hub.dup_uri ().replace ("ws:", "http:"));

    try {
        var connection = yield session.websocket_connect_async (message, origin, null, Priority.DEFAULT, null);
        connection.close (1000, null);
    } catch (Error error) {
    }
    return message.status_code;
}

async void visit (ServerSignal.Hub hub, MainLoop loop) {
    assert_true ((yield shake_hands (hub, null)) == 101);
    assert_true ((yield shake_hands (hub, "http://127.0.0.1")) == 101);
    assert_true ((yield shake_hands (hub, "https://example.org")) == 403);
    hub.allowed_origins = { "https://example.org", "null" };
    assert_true ((yield shake_hands (hub, "https://example.org")) == 101);
    assert_true ((yield shake_hands (hub, "null")) == 101);
    assert_true ((yield shake_hands (hub, "https://example.com")) == 403);
    loop.quit ();
}

void test_origins () {
    var hub = new ServerSignal.Hub ();
    var loop = new MainLoop ();

    assert_null (hub.get_allowed_origins ());
    try {
        hub.listen (null, 0);
    } catch (Error error) {
        assert_not_reached ();
    }
    visit.begin (hub, loop);
    loop.run ();
    assert_true (hub.get_allowed_origins ().length == 2);
    assert_cmpstr (hub.allowed_origins[0], CompareOperator.EQ, "https://example.org");
}

void test_nameless () {
    var hub = new ServerSignal.Hub ();

    Test.expect_message ("ServerSignal", LogLevelFlags.LEVEL_CRITICAL, "*name*");
    var nameless = (ServerSignal.Signal) Object.new (typeof (ServerSignal.Signal));
    Test.assert_expected_messages ();
    try {
        hub.add (nameless);
        assert_not_reached ();
    } catch (Error error) {
        assert_true (error is ServerSignal.SignalError.INVALID_NAME);
    }
    assert_false (hub.get_signals () is ListStore);
    assert_false (hub.peers is ListStore);
    assert_false (new ServerSignal.Client ("ws://127.0.0.1:1/ws").get_signals () is ListStore);
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/getters", test_getters);
    Test.add_func ("/vala/writers", test_writers);
    Test.add_func ("/vala/errors", test_errors);
    Test.add_func ("/vala/transaction", test_transaction);
    Test.add_func ("/vala/update", test_update);
    Test.add_func ("/vala/view-and-patch", test_view_and_patch);
    Test.add_func ("/vala/link", test_link);
    Test.add_func ("/vala/demand", test_demand);
    Test.add_func ("/vala/refuse", test_refuse);
    Test.add_func ("/vala/origins", test_origins);
    Test.add_func ("/vala/nameless", test_nameless);
    Test.add_func ("/vala/accept-stream", test_accept_stream);
    return Test.run ();
}
