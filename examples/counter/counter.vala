/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A counter that every client sees, and the page that shows it. */

int port = 3000;
string directory;

const OptionEntry[] entries = {
    { "port", 'p', OptionFlags.NONE, OptionArg.INT, ref port, "Port to listen on, 0 for any", "PORT" },
    { "directory", 'd', OptionFlags.NONE, OptionArg.FILENAME, ref directory, "Where counter.html is", "DIRECTORY" },
    { null }
};

/* Gives out the page and the module that it imports. */
void serve_page (Soup.Server server, Soup.ServerMessage message, string path,
                 HashTable<string, string>? query) {
    try {
        Bytes body;
        string type;

        if (path == "/") {
            uint8[] text;
            FileUtils.get_data (Path.build_filename (directory, "counter.html"), out text);
            body = new Bytes (text);
            type = "text/html; charset=utf-8";
        } else if (path == "/server-signal.js") {
            body = resources_lookup_data ("/server-signal/web/server-signal.js", ResourceLookupFlags.NONE);
            type = "text/javascript; charset=utf-8";
        } else {
            message.set_status (Soup.Status.NOT_FOUND, null);
            return;
        }
        message.get_response_headers ().replace ("Content-Type", type);
        message.get_response_body ().append_bytes (body);
        message.set_status (Soup.Status.OK, null);
    } catch (Error error) {
        message.set_status (Soup.Status.NOT_FOUND, null);
    }
}

int main (string[] args) {
    directory = EXAMPLES_DIRECTORY;
    try {
        var context = new OptionContext ("- a counter for all to see");
        context.add_main_entries (entries, null);
        context.parse (ref args);

        var counter = new ServerSignal.Signal.from_json ("counter", "{\"value\": 0}");
        var hub = new ServerSignal.SignalHub ();
        var server = new Soup.Server ("server-header", null);
        hub.add (counter);
        hub.attach (server, "/ws");
        server.add_handler (null, serve_page);

        server.listen_local (port, Soup.ServerListenOptions.IPV4_ONLY);
        print ("Open http://localhost:%d/\n", server.get_uris ().data.get_port ());

        Timeout.add (10, () => {
            try {
                counter.set_int ("/value", counter.get_int ("/value") + 1);
            } catch (Error error) {
                critical ("%s", error.message);
            }
            return Source.CONTINUE;
        });

        var loop = new MainLoop ();
        Unix.signal_add (ProcessSignal.INT, () => { loop.quit (); return Source.REMOVE; });
        Unix.signal_add (ProcessSignal.TERM, () => { loop.quit (); return Source.REMOVE; });
        loop.run ();

        /* The clients are told, and come back when there is a server again. */
        hub.close_async.begin (2000, null, () => loop.quit ());
        loop.run ();
    } catch (Error error) {
        printerr ("%s\n", error.message);
        return 1;
    }
    return 0;
}
