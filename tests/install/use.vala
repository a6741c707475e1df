/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

int main () {
    try {
        var counter = new ServerSignal.Signal.from_json ("counter", "{\"value\":41}");
        counter.set_int ("/value", 42);
        try {
            counter.set_int ("/no/parent", 1);
            return 1;
        } catch (ServerSignal.SignalError.NOT_FOUND error) {
            return counter.get_int ("/value") == 42 ? 0 : 1;
        }
    } catch (Error error) {
        return 1;
    }
}
