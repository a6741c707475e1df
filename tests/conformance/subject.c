/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The subject of the conformance suite and of the attacks: a hub as an application has it, or
 * clients, in a program that says how it fares.
 *
 * On standard output: the address of the hub, or "ready". Then for each line of standard input:
 *   stats   a line of JSON: the longest gap between two turns of the main loop, memory, peers
 *   reset   forgets the gap; answers "reset"
 *   heap    gives back what can be given back first, so that what is left is held; answers as stats
 * It ends when standard input does. */

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>
#include <libserver-signal.h>

#define TICK_MS 5

static char *mode = NULL;
static char *address = NULL;
static char *certificate_file = NULL;
static char *uri = NULL;
static int n_clients = 1;
static int document_bytes = 0;
static int history = 0;
static int interval = 50;
static int handshakes = 0;

static const GOptionEntry entries[] = {
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode, "How: listen, attach, accept or client", "MODE" },
  { "address", 0, 0, G_OPTION_ARG_STRING, &address, "Where listen does", "ADDRESS" },
  { "certificate", 0, 0, G_OPTION_ARG_FILENAME, &certificate_file, "For TLS", "FILE" },
  { "uri", 0, 0, G_OPTION_ARG_STRING, &uri, "Of the server, less a number", "URI" },
  { "clients", 0, 0, G_OPTION_ARG_INT, &n_clients, "How many clients", "N" },
  { "document", 0, 0, G_OPTION_ARG_INT, &document_bytes, "Publish a large document", "BYTES" },
  { "history", 0, 0, G_OPTION_ARG_INT, &history, "Commits to “log” at the start", "N" },
  { "interval", 0, 0, G_OPTION_ARG_INT, &interval, "Between commits, or 0", "MS" },
  { "handshakes", 0, 0, G_OPTION_ARG_INT, &handshakes, "Its max-handshakes", "N" },
  { NULL }
};

typedef struct
{
  GMainLoop       *loop;
  ServerSignalHub *hub;
  GPtrArray       *clients;
  gint64           last_tick;
  gint64           worst_gap;
} Subject;

static gboolean
tick_cb (gpointer user_data)
{
  Subject *self = user_data;
  gint64 now = g_get_monotonic_time ();

  self->worst_gap = MAX (self->worst_gap, now - self->last_tick - TICK_MS * 1000);
  self->last_tick = now;

  return G_SOURCE_CONTINUE;
}

/* Without opening any, for there may be none left. */
static guint
count_descriptors (void)
{
  int most = MIN (getdtablesize (), 65536);
  guint n = 0;

  for (int fd = 0; fd < most; fd++)
    n += fcntl (fd, F_GETFD) >= 0 ? 1 : 0;

  return n;
}

static long
get_resident_kib (void)
{
  g_autofree char *text = NULL;
  long pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%*d %ld", &pages);

  return pages * (sysconf (_SC_PAGESIZE) / 1024);
}

static void
print_stats (Subject *self)
{
  struct mallinfo2 info = mallinfo2 ();

  tick_cb (self);
  printf ("{\"worst_ms\": %.1f, \"rss_kib\": %ld, \"heap_kib\": %zu, \"peers\": %u, \"fds\": %u}\n",
          (double) self->worst_gap / 1000, get_resident_kib (),
          (info.uordblks + info.hblkhd) / 1024,
          self->hub != NULL ? g_list_model_get_n_items (server_signal_hub_get_peers (self->hub))
                            : 0,
          count_descriptors ());
}

static gboolean
command_cb (GIOChannel   *channel,
            GIOCondition  condition,
            gpointer      user_data)
{
  Subject *self = user_data;
  g_autofree char *line = NULL;

  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }

  g_strchomp (line);
  if (g_str_equal (line, "reset"))
    {
      self->last_tick = g_get_monotonic_time ();
      self->worst_gap = 0;
      printf ("reset\n");
    }
  else
    {
      if (g_str_equal (line, "heap"))
        malloc_trim (0);
      print_stats (self);
    }
  fflush (stdout);

  return G_SOURCE_CONTINUE;
}

static gboolean
count_cb (gpointer user_data)
{
  ServerSignal *counter = user_data;

  server_signal_set_int (counter, "/value", server_signal_get_int (counter, "/value") + 1, NULL);

  return G_SOURCE_CONTINUE;
}

/* A hub */

static void
websocket_cb (SoupServer              *server,
              SoupServerMessage       *message,
              const char              *path,
              SoupWebsocketConnection *connection,
              gpointer                 user_data)
{
  server_signal_hub_accept (user_data, connection);
}

/* Of numbers, which are the most work to measure. */
static void
add_document (ServerSignalHub *hub)
{
  g_autoptr (ServerSignal) document = server_signal_new ("document", NULL);
  g_autoptr (GString) json = g_string_sized_new ((gsize) document_bytes + 64);

  g_string_append_c (json, '[');
  while (json->len + 2 < (gsize) document_bytes)
    g_string_append (json, json->len > 1 ? ",0.123456789012345" : "0.123456789012345");
  g_string_append_c (json, ']');
  server_signal_set_json (document, NULL, json->str, NULL);
  server_signal_hub_add (hub, document, NULL);
}

static void
add_history (ServerSignalHub *hub)
{
  g_autoptr (ServerSignal) log = server_signal_new_from_json ("log", "{\"n\":0}", NULL);

  server_signal_hub_add (hub, log, NULL);
  for (int i = 1; i <= history; i++)
    {
      g_autofree char *member = g_strdup_printf ("/entry-%d", i);

      server_signal_set_int (log, member, i, NULL);
    }
}

static SoupServer *
serve_hub (ServerSignalHub  *hub,
           GError          **error)
{
  g_autoptr (SoupServer) server = NULL;
  g_autofree char *hub_uri = NULL;
  GSList *uris;

  if (g_str_equal (mode, "listen"))
    {
      if (!server_signal_hub_listen (hub, address, 0, error))
        return NULL;

      hub_uri = server_signal_hub_dup_uri (hub);
      /* A unix socket has none. */
      printf ("%s\n", hub_uri != NULL ? hub_uri : "ready");
      return soup_server_new (NULL, NULL);
    }

  server = soup_server_new (NULL, NULL);
  if (g_str_equal (mode, "attach"))
    {
      server_signal_hub_attach (hub, server, "/ws");
    }
  else
    {
      static const char *protocols[] = { "server-signal.v1", NULL };

      soup_server_add_websocket_handler (server, "/ws", NULL, (char **) protocols, websocket_cb,
                                         hub, NULL);
    }
  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, error))
    return NULL;

  uris = soup_server_get_uris (server);
  printf ("ws://127.0.0.1:%d/ws\n", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  return g_steal_pointer (&server);
}

/* Clients */

/* The server sees what has arrived, because the client asks for a signal of that name. */
static void
echo_cb (ServerSignal *echo,
         GParamSpec   *pspec,
         gpointer      user_data)
{
  ServerSignalClient *client = user_data;
  g_autofree char *name = server_signal_dup_string (echo, NULL);

  if (name == NULL || *name == '\0' || strlen (name) > 1024)
    return;

  server_signal_client_get_signal (client, name);
  server_signal_client_release (client, name);
}

static void
state_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          gpointer            user_data)
{
  const GError *error = server_signal_client_get_error (client);
  ServerSignalClientState state = server_signal_client_get_state (client);

  if (state != SERVER_SIGNAL_CLIENT_STATE_WAITING && state != SERVER_SIGNAL_CLIENT_STATE_CLOSED)
    return;

  if (error != NULL)
    {
      g_autofree char *escaped = g_strescape (error->message, NULL);

      printf ("lost %d: %s\n", GPOINTER_TO_INT (user_data), escaped);
      fflush (stdout);
    }
}

static void
add_client (Subject *self,
            int      number)
{
  g_autofree char *own_uri = g_strdup_printf ("%s%d", uri, number);
  ServerSignalClient *client = server_signal_client_new (own_uri);
  ServerSignal *echo = server_signal_client_get_signal (client, "echo");

  g_object_set (client, "retry-limit", 1u, "retry-min", 20u, "retry-max", 100u, NULL);
  g_signal_connect (echo, "notify::value", G_CALLBACK (echo_cb), client);
  g_signal_connect (client, "notify::state", G_CALLBACK (state_cb), GINT_TO_POINTER (number));
  g_ptr_array_add (self->clients, client);
  server_signal_client_start (client);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (ServerSignal) counter = NULL;
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (STDIN_FILENO);
  Subject self = { .last_tick = g_get_monotonic_time () };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  self.loop = g_main_loop_new (NULL, FALSE);
  self.clients = g_ptr_array_new_with_free_func (g_object_unref);
  if (g_strcmp0 (mode, "client") == 0)
    {
      printf ("ready\n");
      for (int i = 0; i < n_clients; i++)
        add_client (&self, i);
    }
  else
    {
      self.hub = server_signal_hub_new ();
      counter = server_signal_new_from_json ("counter", "{\"value\":0}", NULL);
      server_signal_hub_add (self.hub, counter, NULL);
      if (document_bytes > 0)
        add_document (self.hub);
      if (history > 0)
        add_history (self.hub);
      if (handshakes > 0)
        server_signal_hub_set_max_handshakes (self.hub, (guint) handshakes);
      if (certificate_file != NULL)
        {
          g_autoptr (GTlsCertificate) certificate =
            g_tls_certificate_new_from_file (certificate_file, &error);

          if (certificate == NULL)
            {
              g_printerr ("%s\n", error->message);
              return 1;
            }
          server_signal_hub_set_tls_certificate (self.hub, certificate);
        }
      server = serve_hub (self.hub, &error);
      if (server == NULL)
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      if (interval > 0)
        g_timeout_add ((guint) interval, count_cb, counter);
    }
  fflush (stdout);

  g_io_add_watch_full (channel, G_PRIORITY_HIGH, G_IO_IN | G_IO_HUP, command_cb, &self, NULL);
  g_timeout_add (TICK_MS, tick_cb, &self);
  g_main_loop_run (self.loop);

  if (self.hub != NULL)
    {
      server_signal_hub_close (self.hub);
      g_object_unref (self.hub);
    }
  g_ptr_array_unref (self.clients);
  g_main_loop_unref (self.loop);

  return 0;
}
