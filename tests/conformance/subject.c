/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The subject of the conformance suite and of the attacks: a hub as an application has it, or
 * clients, in a program that says how it fares.
 *
 * On standard output: the address of the hub, or "ready". Then for each line of standard input:
 *   stats   a line of JSON: the longest gap between two turns of the main loop, and the processor's
 *           time within one, memory, peers
 *   reset   forgets the gaps; answers "reset"
 *   pause   commits no more to the signals of --load; answers with a line of their numbers
 *   resume  commits again; answers "resume"
 *   beside  the port of a second hub with TLS, where --certificate-beside has been given
 *   heap    gives back what can be given back first, so that what is left is held; answers as stats
 * It ends when standard input does. */

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <gio/gio.h>
#include <libserver-signal.h>

#define TICK_MS 5
/* The numbers of a signal of --load, beside their count. */
#define LOAD_RING 16

static char *mode = NULL;
static char *address = NULL;
static char *certificate_file = NULL;
static char *uri = NULL;
static int n_clients = 1;
static int document_bytes = 0;
static int history = 0;
static int interval = 50;
static int handshakes = 0;
static int n_loads = 0;
static int load_interval = 100;
static char *certificate_beside = NULL;

static const GOptionEntry entries[] = {
  { "mode", 0, 0, G_OPTION_ARG_STRING, &mode, "How: listen, attach, accept, client, or soup without a hub", "MODE" },
  { "address", 0, 0, G_OPTION_ARG_STRING, &address, "Where listen does", "ADDRESS" },
  { "certificate", 0, 0, G_OPTION_ARG_FILENAME, &certificate_file, "For TLS", "FILE" },
  { "uri", 0, 0, G_OPTION_ARG_STRING, &uri, "Of the server, less a number", "URI" },
  { "clients", 0, 0, G_OPTION_ARG_INT, &n_clients, "How many clients", "N" },
  { "document", 0, 0, G_OPTION_ARG_INT, &document_bytes, "Publish a large document", "BYTES" },
  { "history", 0, 0, G_OPTION_ARG_INT, &history, "Commits to “log” at the start", "N" },
  { "interval", 0, 0, G_OPTION_ARG_INT, &interval, "Between commits, or 0", "MS" },
  { "handshakes", 0, 0, G_OPTION_ARG_INT, &handshakes, "Its max-handshakes", "N" },
  { "load", 0, 0, G_OPTION_ARG_INT, &n_loads, "Signals “load-0” and so on", "N" },
  { "load-interval", 0, 0, G_OPTION_ARG_INT, &load_interval, "Between commits to one of them", "MS" },
  { "certificate-beside", 0, 0, G_OPTION_ARG_FILENAME, &certificate_beside,
    "For TLS of a second hub", "FILE" },
  { NULL }
};

/* A signal whose document says itself whether it is whole: "sum" is that of its numbers, each times
 * its place. "t" is the time of the commit. */
typedef struct
{
  ServerSignal *signal;
  gint64        n;
  gint64        ring[LOAD_RING];
} Load;

typedef struct
{
  GMainLoop       *loop;
  ServerSignalHub *hub;
  GPtrArray       *clients;     /* or the connections of soup */
  ServerSignalHub *beside;
  Load            *loads;
  gboolean         paused;
  int              next_load;
  gint64           last_tick;
  gint64           worst_gap;
  gint64           last_processor;
  gint64           worst_processor;
} Subject;

static gint64
get_processor_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);

  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gboolean
tick_cb (gpointer user_data)
{
  Subject *self = user_data;
  gint64 now = g_get_monotonic_time ();

  self->worst_gap = MAX (self->worst_gap, now - self->last_tick - TICK_MS * 1000);
  self->last_tick = now;

  /* On a machine that others use as well this part is the program's own. */
  now = get_processor_time ();
  self->worst_processor = MAX (self->worst_processor, now - self->last_processor);
  self->last_processor = now;

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
  printf ("{\"worst_ms\": %.1f, \"worst_cpu_ms\": %.1f, \"rss_kib\": %ld, \"heap_kib\": %zu,"
          " \"peers\": %u, \"fds\": %u}\n",
          (double) self->worst_gap / 1000, (double) self->worst_processor / 1000,
          get_resident_kib (), (info.uordblks + info.hblkhd) / 1024,
          self->hub != NULL ? g_list_model_get_n_items (server_signal_hub_get_peers (self->hub))
                            : self->clients->len,
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
      self->last_processor = get_processor_time ();
      self->worst_processor = 0;
      printf ("reset\n");
    }
  else if (g_str_equal (line, "pause") || g_str_equal (line, "resume"))
    {
      self->paused = g_str_equal (line, "pause");
      printf ("%s", line);
      for (int i = 0; i < n_loads; i++)
        printf (" %" G_GINT64_FORMAT, self->loads[i].n);
      printf ("\n");
    }
  else if (g_str_equal (line, "beside"))
    {
      g_autofree char *beside_uri = server_signal_hub_dup_uri (self->beside);

      printf ("%s\n", beside_uri);
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

static void
update_load (Load *load)
{
  gint64 place = load->n % LOAD_RING;
  gint64 sum;
  g_autofree char *json = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GError) error = NULL;

  load->ring[place] = load->n * 7919 % 1000003;
  load->n++;
  sum = load->n;
  for (int i = 0; i < LOAD_RING; i++)
    sum += (i + 1) * load->ring[i];

  json =
    g_strdup_printf ("[{\"op\":\"replace\",\"path\":\"/ring/%d\",\"value\":%d},"
                     "{\"op\":\"replace\",\"path\":\"/n\",\"value\":%" G_GINT64_FORMAT "},"
                     "{\"op\":\"replace\",\"path\":\"/sum\",\"value\":%" G_GINT64_FORMAT "},"
                     "{\"op\":\"replace\",\"path\":\"/t\",\"value\":%" G_GINT64_FORMAT "}]",
                     (int) place, (int) load->ring[place], load->n, sum, g_get_monotonic_time ());
  patch = server_signal_patch_new_from_json (json, &error);
  if (patch == NULL || !server_signal_apply_patch (load->signal, patch, &error))
    g_error ("%s", error->message);
}

/* One signal after the other, so that no turn has the peers of all. */
static gboolean
load_cb (gpointer user_data)
{
  Subject *self = user_data;
  Load *load = &self->loads[self->next_load];

  if (!self->paused)
    {
      update_load (load);
      self->next_load = (self->next_load + 1) % n_loads;
    }

  return G_SOURCE_CONTINUE;
}

static void
add_loads (Subject *self)
{
  self->loads = g_new0 (Load, n_loads);
  for (int i = 0; i < n_loads; i++)
    {
      g_autofree char *name = g_strdup_printf ("load-%d", i);

      self->loads[i].signal = server_signal_new_from_json (name,
                                                           "{\"n\":0,\"t\":0,\"sum\":0,\"ring\":"
                                                           "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}",
                                                           NULL);
      server_signal_hub_add (self->hub, self->loads[i].signal, NULL);
    }
  self->paused = TRUE;
  g_timeout_add ((guint) MAX (load_interval / n_loads, 1), load_cb, self);
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

/* Without a hub */

static void
closed_cb (SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  g_ptr_array_remove (user_data, connection);
}

static void
plain_websocket_cb (SoupServer              *server,
                    SoupServerMessage       *message,
                    const char              *path,
                    SoupWebsocketConnection *connection,
                    gpointer                 user_data)
{
  g_ptr_array_add (user_data, g_object_ref (connection));
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), user_data);
}

static gboolean
broadcast_cb (gpointer user_data)
{
  static int value;
  GPtrArray *connections = user_data;
  g_autofree char *text = g_strdup_printf ("{\"value\":%d}", value++);

  for (guint i = 0; i < connections->len; i++)
    {
      SoupWebsocketConnection *connection = g_ptr_array_index (connections, i);

      if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_send_text (connection, text);
    }

  return G_SOURCE_CONTINUE;
}

static SoupServer *
serve_plain (GPtrArray  *connections,
             GError    **error)
{
  static const char *protocols[] = { "server-signal.v1", NULL };
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  GSList *uris;

  soup_server_add_websocket_handler (server, "/ws", NULL, (char **) protocols, plain_websocket_cb,
                                     connections, NULL);
  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, error))
    return NULL;

  uris = soup_server_get_uris (server);
  printf ("ws://127.0.0.1:%d/ws\n", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_timeout_add ((guint) interval, broadcast_cb, connections);

  return g_steal_pointer (&server);
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
  else if (g_strcmp0 (mode, "soup") == 0)
    {
      server = serve_plain (self.clients, &error);
      if (server == NULL)
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
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
      if (n_loads > 0)
        add_loads (&self);
      if (certificate_beside != NULL)
        {
          g_autoptr (GTlsCertificate) certificate =
            g_tls_certificate_new_from_file (certificate_beside, &error);

          self.beside = server_signal_hub_new ();
          if (certificate != NULL)
            server_signal_hub_set_tls_certificate (self.beside, certificate);
          if (certificate == NULL || !server_signal_hub_listen (self.beside, NULL, 0, &error))
            {
              g_printerr ("%s\n", error->message);
              return 1;
            }
        }
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
      server_signal_hub_detach (self.hub);
      g_object_unref (self.hub);
    }
  g_clear_object (&self.beside);
  for (int i = 0; i < n_loads && self.loads != NULL; i++)
    g_object_unref (self.loads[i].signal);
  g_free (self.loads);
  g_ptr_array_unref (self.clients);
  g_main_loop_unref (self.loop);

  return 0;
}
