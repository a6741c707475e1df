/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Access to a hub and to its signals, from Vala. */

ServerSignal.Signal create (string name = "counter", string json = "{\"value\":0}") {
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

ServerSignal.Hub open () {
    var hub = new ServerSignal.Hub ();

    try {
        hub.listen (null, 0);
    } catch (Error error) {
        assert_not_reached ();
    }

    return hub;
}

void test_handshake () {
    var hub = open ();
    var client = new ServerSignal.Client (hub.dup_uri ());
    ServerSignal.Handshake? late = null;
    ServerSignal.Peer? peer = null;

    hub.handshake.connect ((handshake) => {
        late = handshake;
        return true;
    });
    hub.peer_added.connect ((added) => { peer = added; });
    client.start ();
    wait_until (() => late != null);
    assert_cmpstr (late.uri.get_path (), CompareOperator.EQ, "/ws");
    assert_cmpstr (late.protocols[0], CompareOperator.EQ, "server-signal.v1");
    assert_cmpstr (late.headers.get_one ("Upgrade"), CompareOperator.EQ, "websocket");
    assert_null (late.origin);
    assert_null (late.tls_peer_certificate);
    assert_null (late.credentials);
    assert_true (((InetSocketAddress) late.remote_address).address.is_loopback);
    late.get_response_headers ().append ("Set-Cookie", "a=b");
    late.accept ("anna");
    assert_null (late.get_response_headers ());
    wait_until (() => peer != null);
    assert_true (peer.handshake == late);
    assert_cmpstr (peer.user, CompareOperator.EQ, "anna");
    uint n = 0;
    peer.notify["user"].connect (() => { n++; });
    peer.user = null;
    assert_true (n == 1 && peer.user == null);
    client.stop ();

    late = null;
    var refused = new ServerSignal.Client (hub.dup_uri ());
    refused.start ();
    wait_until (() => late != null);
    late.reject (403, "Not today");
    wait_until (() => refused.state == ServerSignal.SignalClientState.CLOSED);
    assert_true ("403 Not today" in refused.error.message);
    hub.close ();
}

void test_allow () {
    var hub = open ();
    ServerSignal.Peer? peer = null;

    try {
        hub.add (create ());
        hub.add (create ("secret"));
    } catch (Error error) {
        assert_not_reached ();
    }
    hub.peer_added.connect ((added) => { peer = added; });
    hub.allow.connect ((asked, what) => what.name != "secret" || asked.user == "anna");
    var client = new ServerSignal.Client (hub.dup_uri ());
    var counter = client.get_signal ("counter");
    var secret = client.get_signal ("secret");
    client.start ();
    wait_until (() => !counter.stale && client.error != null);
    assert_true (secret.stale && "secret" in client.error.message);
    peer.user = "anna";
    peer.review ();
    wait_until (() => !secret.stale);
    peer.user = null;
    hub.review ();
    wait_until (() => secret.stale);
    client.stop ();
    hub.close ();
}

void test_expires () {
    var hub = open ();
    var token = "first";
    ServerSignal.Peer? peer = null;
    uint n = 0, asked = 0;

    hub.peer_added.connect ((added) => { peer = added; n++; });
    hub.handshake.connect ((handshake) => {
        if (handshake.uri.get_query () == token)
            handshake.accept (null);
        else
            handshake.reject (403, null);
        return true;
    });
    var client = new ServerSignal.Client (hub.dup_uri () + "?old");
    client.unauthorized.connect ((attempt) => {
        assert_true (attempt >= 1 && client.error != null);
        asked++;
        client.uri = hub.dup_uri () + "?" + token;
        return true;
    });
    client.start ();
    wait_until (() => n == 1);
    assert_null (peer.expires);
    token = "second";
    peer.expires = new DateTime.now_utc ();
    wait_until (() => n == 2);
    assert_true (asked == 2);
    peer.expires = null;
    client.stop ();
    hub.close ();
}

int main (string[] args) {
    Test.init (ref args);
    Test.add_func ("/vala/handshake", test_handshake);
    Test.add_func ("/vala/allow", test_allow);
    Test.add_func ("/vala/expires", test_expires);
    return Test.run ();
}
