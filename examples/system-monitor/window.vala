/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A window that follows a system monitor. Usage: system-monitor-window [URI] */

/* A core as the window shows it; the properties are named as the server's are. */
class Core : Object {
    public double processor { get; set; }
}

/* A process as the window shows it. */
class Process : Object {
    public int pid { get; set; }
    public string name { get; set; }
    public double processor { get; set; }
    public int64 memory { get; set; }
    public int threads { get; set; }
}

delegate string Text (Value value);

string plain (Value value) {
    var text = Value (typeof (string));
    value.transform (ref text);
    return (string) text;
}

string percent (Value value) {
    return "%.1f %%".printf ((double) value);
}

string load (Value value) {
    return "%.2f".printf ((double) value);
}

string size (Value value) {
    var number = Value (typeof (double));
    value.transform (ref number);
    var mebibytes = (double) number / 1048576;
    return mebibytes < 1024 ? "%.1f MiB".printf (mebibytes) : "%.1f GiB".printf (mebibytes / 1024);
}

Binding bind_text (Object source, string name, Gtk.Label label, Text text) {
    return source.bind_property (name, label, "label", BindingFlags.SYNC_CREATE,
                                 (binding, from, ref to) => {
                                     to.set_string (text (from));
                                     return true;
                                 });
}

/* A column that shows one property, and by which the rows can be sorted. */
Gtk.ColumnViewColumn column (string title, string name, Gtk.Sorter sorter, Text text = plain,
                             float xalign = 1) {
    var factory = new Gtk.SignalListItemFactory ();

    factory.setup.connect ((object) => {
        var label = new Gtk.Label (null) { xalign = xalign, ellipsize = Pango.EllipsizeMode.END };
        label.add_css_class ("numeric");
        ((Gtk.ListItem) object).child = label;
    });
    factory.bind.connect ((object) => {
        var cell = (Gtk.ListItem) object;
        var label = (Gtk.Label) cell.child;
        cell.set_data<Binding> ("binding", bind_text (cell.item, name, label, text));
    });
    factory.unbind.connect ((object) => object.get_data<Binding> ("binding").unbind ());

    return new Gtk.ColumnViewColumn (title, factory) { sorter = sorter, resizable = true };
}

Gtk.Sorter by_number (string name) {
    return new Gtk.NumericSorter (new Gtk.PropertyExpression (typeof (Process), null, name));
}

class Window : Gtk.ApplicationWindow {
    private ServerSignal.Signal signal;

    public Window (Gtk.Application application, ServerSignal.SignalClient client) {
        Object (application: application, title: "System Monitor",
                default_width: 720, default_height: 560);
        signal = client.get_signal ("system");
        titlebar = new Gtk.HeaderBar ();

        var meters = new Gtk.Box (Gtk.Orientation.HORIZONTAL, 24) {
            margin_top = 12, margin_bottom = 12, margin_start = 18, margin_end = 18,
            homogeneous = true
        };
        meters.append (meter ("Processor", "/processor", percent, cores ()));
        meters.append (meter ("Memory", "/memory-used", size, memory ()));
        meters.append (meter ("Load", "/load", load, null));

        var content = new Gtk.Box (Gtk.Orientation.VERTICAL, 0);
        content.append (meters);
        content.append (new Gtk.Separator (Gtk.Orientation.HORIZONTAL));
        content.append (new Gtk.ScrolledWindow () {
            child = processes (), vexpand = true, overlay_scrolling = false
        });
        /* While the server is away the window keeps its contents, greyed out. */
        signal.bind_property ("stale", content, "sensitive",
                              BindingFlags.SYNC_CREATE | BindingFlags.INVERT_BOOLEAN);

        var overlay = new Gtk.Overlay () { child = content };
        overlay.add_overlay (banner (client));
        child = overlay;
    }

    /* The reason why the server is away, while it is. */
    private Gtk.Widget banner (ServerSignal.SignalClient client) {
        var message = new Gtk.Label (null) { wrap = true };
        var banner = new Gtk.InfoBar () {
            message_type = Gtk.MessageType.WARNING, revealed = false, valign = Gtk.Align.END
        };

        banner.add_child (message);
        client.notify["error"].connect (() => {
            if (client.error != null)
                message.label = client.error.message;
            banner.revealed = client.error != null;
        });
        return banner;
    }

    /* A part of the signal to bind to. The widget that shows it keeps it. */
    private ServerSignal.SignalView view (string pointer, Gtk.Widget widget) {
        var view = new ServerSignal.SignalView (signal, pointer);
        widget.set_data<Object> (pointer, view);
        return view;
    }

    private Gtk.Widget meter (string title, string pointer, Text text, Gtk.Widget? bar) {
        var box = new Gtk.Box (Gtk.Orientation.VERTICAL, 6);
        var head = new Gtk.Label (title) { xalign = 0 };
        var label = new Gtk.Label (null) { xalign = 0 };

        head.add_css_class ("dim-label");
        label.add_css_class ("title-2");
        bind_text (view (pointer, label), "double-value", label, text);
        box.append (head);
        box.append (label);
        if (bar != null)
            box.append (bar);
        return box;
    }

    private Gtk.Widget cores () {
        var cores = new ServerSignal.SignalList (signal, "/cores", typeof (Core));
        var box = new Gtk.FlowBox () { selection_mode = Gtk.SelectionMode.NONE };

        box.bind_model (cores, (core) => {
            var bar = new Gtk.LevelBar () { max_value = 100, hexpand = true };
            core.bind_property ("processor", bar, "value", BindingFlags.SYNC_CREATE);
            return bar;
        });
        cores.bind_property ("n-items", box, "max-children-per-line", BindingFlags.SYNC_CREATE);
        return box;
    }

    private Gtk.Widget memory () {
        var bar = new Gtk.LevelBar ();

        view ("/memory-total", bar).bind_property ("double-value", bar, "max-value",
                                                   BindingFlags.SYNC_CREATE);
        view ("/memory-used", bar).bind_property ("double-value", bar, "value",
                                                  BindingFlags.SYNC_CREATE);
        return bar;
    }

    private Gtk.Widget processes () {
        var columns = new Gtk.ColumnView (null);
        var processor = column ("Processor", "processor", by_number ("processor"), percent);
        var name = column ("Name", "name", new Gtk.StringSorter (
            new Gtk.PropertyExpression (typeof (Process), null, "name")), plain, 0);

        name.expand = true;
        columns.append_column (column ("PID", "pid", by_number ("pid")));
        columns.append_column (name);
        columns.append_column (processor);
        columns.append_column (column ("Memory", "memory", by_number ("memory"), size));
        columns.append_column (column ("Threads", "threads", by_number ("threads")));

        /* A process keeps its item, so the selection stays with it wherever it is sorted to. */
        var processes = new ServerSignal.SignalList (signal, "/processes", typeof (Process));
        var sorted = new Gtk.SortListModel (processes, columns.sorter);
        columns.model = new Gtk.SingleSelection (sorted) {
            autoselect = false, can_unselect = true
        };
        columns.sort_by_column (processor, Gtk.SortType.DESCENDING);

        /* GTK sorts an item when it comes, not when its properties change. Here most of them change
         * at once, so they are sorted again once a commit. */
        signal.notify["value"].connect (() => sort_again (columns));
        return columns;
    }

    private void sort_again (Gtk.ColumnView columns) {
        var adjustment = columns.vadjustment;
        var top = adjustment.value <= adjustment.step_increment;
        columns.sorter.changed (Gtk.SorterChange.DIFFERENT);

        /* The list follows the row that was first. A list at its top is to stay there, which can be
         * set only once the rows have been laid out, and before they are drawn. */
        if (top && columns.get_mapped ()) {
            ulong handler = 0;
            handler = columns.get_frame_clock ().layout.connect ((clock) => {
                clock.disconnect (handler);
                adjustment.value = 0;
            });
        }
    }
}

int main (string[] args) {
    var uri = args.length > 1 ? args[1] : "ws://localhost:3000/ws";
    var client = new ServerSignal.SignalClient (uri);
    var application = new Gtk.Application (null, ApplicationFlags.FLAGS_NONE);

    application.activate.connect (() => {
        new Window (application, client).present ();
    });
    Unix.signal_add (ProcessSignal.INT, () => { application.quit (); return Source.REMOVE; });
    Unix.signal_add (ProcessSignal.TERM, () => { application.quit (); return Source.REMOVE; });
    client.start ();
    var status = application.run (null);
    client.stop ();
    return status;
}
