// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// The names of the other languages. Vala has no aliases, so these are the same types once more.
namespace ServerSignal {
	[CCode (cheader_filename = "libserver-signal.h", cname = "ServerSignalClient", lower_case_cprefix = "server_signal_client_", type_id = "server_signal_client_get_type ()")]
	public class SignalClient : Client {
		[CCode (cname = "server_signal_client_new", has_construct_function = false)]
		public SignalClient (string uri);
	}
	[CCode (cheader_filename = "libserver-signal.h", cname = "ServerSignalHub", lower_case_cprefix = "server_signal_hub_", type_id = "server_signal_hub_get_type ()")]
	public class SignalHub : Hub {
		[CCode (cname = "server_signal_hub_new", has_construct_function = false)]
		public SignalHub ();
	}
	[CCode (cheader_filename = "libserver-signal.h", cname = "ServerSignalHandshake", lower_case_cprefix = "server_signal_handshake_", type_id = "server_signal_handshake_get_type ()", has_construct_function = false)]
	public class SignalHandshake : Handshake {
		private SignalHandshake ();
	}
	[CCode (cheader_filename = "libserver-signal.h", cname = "ServerSignalList", lower_case_cprefix = "server_signal_list_", type_id = "server_signal_list_get_type ()")]
	public class SignalList : List {
		[CCode (cname = "server_signal_list_new", has_construct_function = false)]
		public SignalList (ServerSignal.Signal @signal, string? pointer, GLib.Type item_type);
	}
	[CCode (cheader_filename = "libserver-signal.h", cname = "ServerSignalPeer", lower_case_cprefix = "server_signal_peer_", type_id = "server_signal_peer_get_type ()", has_construct_function = false)]
	public class SignalPeer : Peer {
		private SignalPeer ();
	}
	[CCode (cheader_filename = "libserver-signal.h", cname = "ServerSignalView", lower_case_cprefix = "server_signal_view_", type_id = "server_signal_view_get_type ()")]
	public class SignalView : View {
		[CCode (cname = "server_signal_view_new", has_construct_function = false)]
		public SignalView (ServerSignal.Signal @signal, string? pointer);
	}
	[CCode (cheader_filename = "libserver-signal.h", cname = "ServerSignalPatch", copy_function = "server_signal_patch_ref", free_function = "server_signal_patch_unref", ref_function = "server_signal_patch_ref", unref_function = "server_signal_patch_unref", type_id = "server_signal_patch_get_type ()")]
	[Compact]
	public class SignalPatch : Patch {
		[CCode (cname = "server_signal_patch_new_diff", has_construct_function = false)]
		public SignalPatch.diff (Json.Node? from, Json.Node? to);
		[CCode (cname = "server_signal_patch_new_from_json", has_construct_function = false)]
		public SignalPatch.from_json (string json) throws GLib.Error;
		[CCode (cname = "server_signal_patch_new_from_node", has_construct_function = false)]
		public SignalPatch.from_node (Json.Node node) throws GLib.Error;
	}
	// foreach, and list[0].
	public class List : GLib.Object {
		[CCode (cname = "g_list_model_get_item")]
		public GLib.Object @get (int position);
		public int size { [CCode (cname = "g_list_model_get_n_items")] get; }
	}
}
