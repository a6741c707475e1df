/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Patches on their own: no hub, no client. */

int main () {
    try {
        var before = Json.from_string ("""{"title":"Guests","rows":[{"id":1,"name":"Alice","table":4},
            {"id":2,"name":"Bob","table":4}]}""");
        var after = Json.from_string ("""{"title":"Guests","rows":[{"id":3,"name":"Carol","table":1},
            {"id":1,"name":"Alice","table":4},{"id":2,"name":"Bob","table":7}]}""");

        // The difference, as text to store or to send.
        var text = new ServerSignal.SignalPatch.diff (before, after).to_json ();
        print ("%s\n", text);

        // On the other side.
        var patch = new ServerSignal.SignalPatch.from_json (text);
        print ("%s\n", Json.to_string (patch.apply (before), false));

        // A patch that does not apply changes nothing, and the error names the operation.
        var guard = new ServerSignal.SignalPatch.from_json (
            """[{"op":"test","path":"/rows/0/id","value":3},{"op":"remove","path":"/rows/0"}]""");
        guard.apply (before);
        return 1;
    } catch (ServerSignal.SignalError.TEST_FAILED e) {
        print ("Carol is not the first\n");
        return 0;
    } catch (Error e) {
        printerr ("%s\n", e.message);
        return 1;
    }
}
