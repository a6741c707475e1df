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

/* The page; the module that it imports is the hub's. */
void serve_page (Soup.Server server, Soup.ServerMessage message, string path,
                 HashTable<string, string>? query) {
    try {
        uint8[] text;

        if (path != "/") {
            message.set_status (Soup.Status.NOT_FOUND, null);
            return;
        }
        FileUtils.get_data (Path.build_filename (directory, "counter.html"), out text);
        message.set_status (Soup.Status.OK, null);
        message.set_response ("text/html; charset=utf-8", Soup.MemoryUse.COPY, text);
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
        hub.serve (server, "/server-signal");
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
