/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "tool-client.h"
#include "tool-follow.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-screen.h"
#include "tool-stats.h"

#define INTERVAL_MS 1000
/* A server may tell no names. */
#define FIRST_SECONDS 10

static int count_option;
static char *name_option;

static const GOptionEntry entries[] = {
  { "name", 0, 0, G_OPTION_ARG_STRING, &name_option,
    N_("The signal with the figures of the hub (default: hub)"), N_("NAME") },
  { "count", 'n', 0, G_OPTION_ARG_INT, &count_option, N_("End after N looks; 0 for never (the default)"), N_("N") },
  G_OPTION_ENTRY_NULL,
};

/* Of one signal that is followed, where the hub does not tell its own figures. */
typedef struct
{
  guint64 updates; /* since the last look */
  guint64 size;    /* of the value, in bytes of text */
} Traffic;

typedef struct
{
  ServerSignalClient *client;
  ToolScreen         *screen;   /* NULL: lines are printed */
  ToolFollow         *follow;
  ServerSignal       *figures;  /* NULL: the hub does not tell them */
  gint64              time;
  gint64              before[3]; /* of the figures below */
  int                 n_looks;
} Top;

/* That are shown as rates. */
static const char *const counters[] = { "/commits", "/frames", "/bytes" };

static char *
format_size (guint64 bytes)
{
  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static void add_line (GPtrArray *lines, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add_line (GPtrArray  *lines,
          const char *format,
          ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (lines, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

typedef struct
{
  char  *address;
  char  *protocol;
  gint64 backlog;
} Peer;

static void
peer_free (gpointer data)
{
  Peer *self = data;

  g_free (self->address);
  g_free (self->protocol);
  g_free (self);
}

/* Those for which most waits come first. */
static int
compare_peers (gconstpointer a,
               gconstpointer b)
{
  const Peer *first = *(Peer *const *) a;
  const Peer *second = *(Peer *const *) b;

  if (first->backlog != second->backlog)
    return first->backlog < second->backlog ? 1 : -1;

  return g_strcmp0 (first->address, second->address);
}

/* The hub may be anybody's. */
static char *
dup_text (ServerSignal *figures,
          const char   *pointer)
{
  g_autofree char *text = server_signal_dup_string (figures, pointer);

  return tool_make_printable (text != NULL ? text : "", "");
}

static GPtrArray *
read_peers (ServerSignal *figures)
{
  GPtrArray *peers = g_ptr_array_new_with_free_func (peer_free);

  for (guint i = 0;; i++)
    {
      g_autofree char *place = g_strdup_printf ("/peers/%u", i);
      g_autofree char *address = g_strconcat (place, "/address", NULL);
      g_autofree char *protocol = g_strconcat (place, "/protocol", NULL);
      g_autofree char *backlog = g_strconcat (place, "/backlog", NULL);
      Peer *peer;

      if (!server_signal_has (figures, place))
        break;
      peer = g_new0 (Peer, 1);
      peer->address = dup_text (figures, address);
      peer->protocol = dup_text (figures, protocol);
      peer->backlog = server_signal_get_int (figures, backlog);
      g_ptr_array_add (peers, peer);
    }
  g_ptr_array_sort (peers, compare_peers);

  return peers;
}

static void
add_figures (Top       *self,
             GPtrArray *lines,
             double     seconds)
{
  g_autoptr (GPtrArray) peers = read_peers (self->figures);
  g_autofree char *backlog =
    format_size ((guint64) MAX (server_signal_get_int (self->figures, "/backlog"), 0));
  g_autofree char *rate = NULL;
  double rates[G_N_ELEMENTS (counters)];

  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      gint64 now = server_signal_get_int (self->figures, counters[i]);

      rates[i] = seconds > 0 ? (double) MAX (now - self->before[i], 0) / seconds : 0;
      self->before[i] = now;
    }
  rate = format_size ((guint64) rates[2]);

  add_line (lines, _("clients %ld  signals %ld  up %ld s"),
                      (long) server_signal_get_int (self->figures, "/n-peers"),
                      (long) server_signal_get_int (self->figures, "/n-signals"),
                      (long) server_signal_get_int (self->figures, "/uptime"));
  add_line (lines, _("commits/s %.1f  frames/s %.1f  sent/s %s"), rates[0], rates[1], rate);
  add_line (lines, _("waiting %s  merged %ld  dropped clients %ld"), backlog,
                      (long) server_signal_get_int (self->figures, "/merged"),
                      (long) server_signal_get_int (self->figures, "/dropped-peers"));
  add_line (lines, "\033[1m%-40s %-18s %12s\033[0m", _("CLIENT"), _("PROTOCOL"), _("WAITING"));
  for (guint i = 0; i < peers->len; i++)
    {
      const Peer *peer = peers->pdata[i];
      g_autofree char *waiting = format_size ((guint64) MAX (peer->backlog, 0));

      add_line (lines, "%-40s %-18s %12s", peer->address, peer->protocol, waiting);
    }
}

static int
compare_traffic (gconstpointer a,
                 gconstpointer b)
{
  const Traffic *first =
    g_object_get_data (G_OBJECT (((ToolFollowed *const *) a)[0]->signal), "traffic");
  const Traffic *second =
    g_object_get_data (G_OBJECT (((ToolFollowed *const *) b)[0]->signal), "traffic");

  if (first->updates != second->updates)
    return first->updates < second->updates ? 1 : -1;

  return g_strcmp0 (((ToolFollowed *const *) a)[0]->target->name,
                    ((ToolFollowed *const *) b)[0]->target->name);
}

static Traffic *
get_traffic (ToolFollowed *followed)
{
  Traffic *traffic = g_object_get_data (G_OBJECT (followed->signal), "traffic");

  if (traffic == NULL)
    {
      traffic = g_new0 (Traffic, 1);
      g_object_set_data_full (G_OBJECT (followed->signal), "traffic", traffic, g_free);
    }

  return traffic;
}

/* The signals and how often they change, as a client sees them. */
static void
add_traffic (Top       *self,
             GPtrArray *lines,
             double     seconds)
{
  GPtrArray *all = tool_follow_get_all (self->follow);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    {
      get_traffic (all->pdata[i]);
      g_ptr_array_add (sorted, all->pdata[i]);
    }
  g_ptr_array_sort (sorted, compare_traffic);

  add_line (lines, _("signals %u  (“serve --stats hub” tells more)"), all->len);
  add_line (lines, "\033[1m%-40s %12s %12s\033[0m", _("SIGNAL"), _("UPDATES/S"), _("SIZE"));
  for (guint i = 0; i < sorted->len; i++)
    {
      ToolFollowed *followed = sorted->pdata[i];
      Traffic *traffic = get_traffic (followed);
      g_autofree char *size = format_size (traffic->size);
      g_autofree char *name = tool_make_printable (followed->target->name, "");

      add_line (lines, "%-40s %12.1f %12s", name,
                seconds > 0 ? (double) traffic->updates / seconds : 0, size);
      traffic->updates = 0;
    }
}

static gboolean
look_cb (gpointer user_data)
{
  Top *self = user_data;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  gint64 now = g_get_monotonic_time ();
  double seconds = self->time > 0 ? (double) (now - self->time) / G_USEC_PER_SEC : 0;

  if (server_signal_client_get_state (self->client) != SERVER_SIGNAL_CLIENT_STATE_OPEN)
    return G_SOURCE_CONTINUE;

  self->time = now;
  if (!server_signal_get_stale (self->figures))
    add_figures (self, lines, seconds);
  else
    add_traffic (self, lines, seconds);

  if (self->screen != NULL)
    tool_screen_set_lines (self->screen, lines);
  else
    tool_screen_print_lines (lines);

  self->n_looks++;
  if (count_option > 0 && self->n_looks >= count_option)
    tool_quit (TOOL_DONE);

  return G_SOURCE_CONTINUE;
}

static void
changed_cb (ToolFollowed *followed,
            const char   *json,
            const char   *patch,
            gpointer      user_data)
{
  Traffic *traffic = get_traffic (followed);

  traffic->updates++;
  traffic->size = json != NULL ? strlen (json) : 0;
}

static const ToolFollowFuncs funcs = {
  .changed = changed_cb,
};

static void
state_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          Top                *self)
{
  const GError *error = server_signal_client_get_error (client);
  gboolean is_open = server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN;

  if (self->screen != NULL)
    tool_screen_set_status (self->screen, server_signal_client_get_uri (client), is_open,
                            is_open || error == NULL ? NULL : error->message);
  if (tool_client_is_over (client))
    tool_quit (TOOL_TROUBLE);
}

/* The first look comes as soon as there is something to see. */
static gboolean
is_there (gpointer user_data)
{
  Top *self = user_data;
  g_auto (GStrv) names = server_signal_client_dup_names (self->client);
  GPtrArray *all = tool_follow_get_all (self->follow);

  if (tool_client_is_over (self->client))
    return TRUE;
  if (names == NULL)
    return FALSE;
  if (g_strv_contains ((const char *const *) names, server_signal_get_name (self->figures)))
    return !server_signal_get_stale (self->figures);

  for (guint i = 0; i < all->len; i++)
    if (server_signal_get_stale (((const ToolFollowed *) all->pdata[i])->signal))
      return FALSE;

  return TRUE;
}

static ToolStatus
top (Top *self)
{
  ToolStatus status;
  guint timeout;

  if (tool_is_screen (STDOUT_FILENO))
    self->screen = tool_screen_new ();
  g_signal_connect (self->client, "notify::state", G_CALLBACK (state_cb), self);
  self->figures = g_object_ref (
    server_signal_client_get_signal (self->client,
                                     name_option != NULL ? name_option : TOOL_STATS_NAME));
  self->follow = tool_follow_new (self->client, g_ptr_array_new (), FALSE, &funcs, self);
  server_signal_client_start (self->client);
  tool_output_watch ();

  tool_wait_until (is_there, self, FIRST_SECONDS);
  look_cb (self);
  timeout = g_timeout_add (INTERVAL_MS, look_cb, self);
  status = tool_run ();
  g_source_remove (timeout);

  g_clear_pointer (&self->screen, tool_screen_free);
  if (tool_client_is_over (self->client))
    tool_client_complain (self->client);
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_pointer (&self->follow, tool_follow_free);
  g_object_unref (self->figures);

  return status;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (GError) error = NULL;
  Top self = { 0 };

  if (tool_count_check (count_option, &error) &&
      (name_option == NULL || tool_name_check (name_option, &error)))
    client = tool_client_new (arguments->words[0], TRUE, &error);
  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  self.client = client;

  return top (&self);
}

const ToolCommand tool_top = {
  .name = "top",
  .usage = N_("URI"),
  .summary = N_("Show what a running hub is doing, once a second"),
  .description = N_("A hub of “serve --stats hub” tells its clients, what waits for each, and its rates. "
                    "Of any other one the signals are shown, and how often they change."),
  .min_words = 1,
  .max_words = 1,
  .groups = { entries, tool_client_entries },
  .run = run,
};
