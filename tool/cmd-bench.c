/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "tool-client.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-target.h"

#define DEFAULT_CLIENTS 10
#define MAX_CLIENTS 20000
#define DEFAULT_SECONDS 10.0
/* So many connect at a time. */
#define BATCH 50
#define JOIN_SECONDS 60
#define NAMES_SECONDS 10
/* Of the times that are kept the oldest make room for the newest. */
#define MAX_SAMPLES 1000000
#define MAX_REVISIONS 4096

static int clients_option = DEFAULT_CLIENTS;
static double time_option = DEFAULT_SECONDS;
static gboolean json_option;
static char *stamp_option;

static const GOptionEntry entries[] = {
  { "clients", 'c', 0, G_OPTION_ARG_INT, &clients_option, N_("How many clients to connect (default: 10)"),
    N_("N") },
  { "time", 0, 0, G_OPTION_ARG_DOUBLE, &time_option,
    N_("For how many seconds to count updates once they are connected (default: 10)"), N_("SECONDS") },
  { "stamp", 0, 0, G_OPTION_ARG_STRING, &stamp_option,
    N_("Where the signal has the time of its change, in milliseconds since 1970 by this machine’s "
       "clock"),
    N_("POINTER") },
  { "json", 0, 0, G_OPTION_ARG_NONE, &json_option, N_("Print the figures as JSON"), NULL },
  G_OPTION_ENTRY_NULL,
};

/* Times in microseconds. */
typedef struct
{
  GArray *samples;
  guint   next; /* that is written over */
} Times;

typedef struct
{
  guint64 revision;
  gint64  time; /* when the first client had it */
} Arrival;

typedef struct
{
  const char *uri;
  const char *name;
  GPtrArray  *clients;    /* of Client */
  guint       n_started;
  guint       n_joined;
  guint       n_failed;
  GError     *error;      /* the first one */
  gboolean    is_counting;
  guint64     n_updates;
  guint64     n_revisions;
  Arrival     arrivals[MAX_REVISIONS];
  Times       joining;    /* from the beginning of a connection to the first value */
  Times       spread;     /* from the first client that has a revision to each other one */
  Times       latency;    /* from the stamp to each client */
  gint64      begin;
} Bench;

typedef struct
{
  Bench              *bench;
  ServerSignalClient *client;
  ServerSignal       *signal;
  gint64              begin;
  gboolean            is_joined;
} Client;

static void start_more (Bench *self);

static void
times_add (Times  *self,
           gint64  time)
{
  if (self->samples->len < MAX_SAMPLES)
    {
      g_array_append_val (self->samples, time);
      return;
    }

  g_array_index (self->samples, gint64, self->next) = time;
  self->next = (self->next + 1) % MAX_SAMPLES;
}

static int
compare_times (gconstpointer a,
               gconstpointer b)
{
  gint64 first = *(const gint64 *) a;
  gint64 second = *(const gint64 *) b;

  return (first > second) - (first < second);
}

/* In milliseconds; the samples are sorted. */
static double
times_get (const Times *self,
           double       part)
{
  guint index = (guint) (part * (self->samples->len - 1) + 0.5);

  return self->samples->len > 0 ? (double) g_array_index (self->samples, gint64, index) / 1000 : 0;
}

static void
client_free (gpointer data)
{
  Client *self = data;

  g_signal_handlers_disconnect_by_data (self->signal, self);
  g_signal_handlers_disconnect_by_data (self->client, self);
  server_signal_client_stop (self->client);
  g_object_unref (self->signal);
  g_object_unref (self->client);
  g_free (self);
}

static void
note_arrival (Bench   *self,
              guint64  revision,
              gint64   now)
{
  Arrival *arrival = &self->arrivals[revision % MAX_REVISIONS];

  if (arrival->time != 0 && arrival->revision == revision)
    {
      times_add (&self->spread, now - arrival->time);
    }
  else if (arrival->time == 0 || arrival->revision < revision)
    {
      arrival->revision = revision;
      arrival->time = now;
      self->n_revisions++;
      times_add (&self->spread, 0);
    }
}

static void
value_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          Client       *self)
{
  Bench *bench = self->bench;
  gint64 now = g_get_monotonic_time ();

  if (!bench->is_counting)
    return;

  bench->n_updates++;
  note_arrival (bench, server_signal_get_revision (signal), now);
  if (stamp_option != NULL && server_signal_has (signal, stamp_option))
    times_add (&bench->latency,
               g_get_real_time () -
                 (gint64) (server_signal_get_double (signal, stamp_option) * 1000));
}

static void
stale_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          Client       *self)
{
  Bench *bench = self->bench;

  if (self->is_joined || server_signal_get_stale (signal))
    return;

  self->is_joined = TRUE;
  bench->n_joined++;
  times_add (&bench->joining, g_get_monotonic_time () - self->begin);
  start_more (bench);
}

static void
state_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          Client             *self)
{
  Bench *bench = self->bench;
  const GError *error = server_signal_client_get_error (client);

  if (error == NULL || (self->is_joined && !tool_client_is_over (client)))
    return;

  if (bench->error == NULL)
    bench->error = g_error_copy (error);
  bench->n_failed++;
  g_signal_handlers_disconnect_by_data (self->signal, self);
  g_signal_handlers_disconnect_by_data (client, self);
  start_more (bench);
}

static void
start_more (Bench *self)
{
  while (self->n_started < (guint) clients_option &&
         self->n_started < self->n_joined + self->n_failed + BATCH)
    {
      Client *client = g_new0 (Client, 1);

      /* The address was good before. */
      client->client = tool_client_new (self->uri, FALSE, NULL);
      client->bench = self;
      client->signal = g_object_ref (server_signal_client_get_signal (client->client, self->name));
      client->begin = g_get_monotonic_time ();
      g_signal_connect (client->signal, "notify::value", G_CALLBACK (value_cb), client);
      g_signal_connect (client->signal, "notify::stale", G_CALLBACK (stale_cb), client);
      g_signal_connect (client->client, "notify::error", G_CALLBACK (state_cb), client);
      g_ptr_array_add (self->clients, client);
      self->n_started++;
      server_signal_client_start (client->client);
    }
}

static gboolean
are_decided (gpointer user_data)
{
  const Bench *self = user_data;

  return self->n_joined + self->n_failed >= (guint) clients_option;
}

static gboolean
progress_cb (gpointer user_data)
{
  const Bench *self = user_data;
  double part = (double) self->n_joined / clients_option;
  char bar[41];

  if (self->is_counting)
    part = (double) (g_get_monotonic_time () - self->begin) / G_USEC_PER_SEC / time_option;
  memset (bar, ' ', sizeof bar - 1);
  memset (bar, '#', (gsize) (CLAMP (part, 0, 1) * (sizeof bar - 1)));
  bar[sizeof bar - 1] = '\0';
  fprintf (stderr, "\r[%s] %s\033[K", bar, self->is_counting ? _("counting") : _("connecting"));

  return G_SOURCE_CONTINUE;
}

static gboolean
never (gpointer user_data)
{
  return FALSE;
}

/* The first signal that there is. */
static char *
find_name (const char *uri)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ServerSignalClient) client = tool_client_new (uri, FALSE, &error);
  g_auto (GStrv) names = NULL;

  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return NULL;
    }

  names = tool_client_wait_names (client, NAMES_SECONDS);
  if (names != NULL && names[0] == NULL)
    tool_complain (_("%s: the server has no signals"), server_signal_client_get_uri (client));
  server_signal_client_stop (client);

  return names != NULL ? g_strdup (names[0]) : NULL;
}

static void
raise_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;

  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static const struct
{
  const char *label;
  const char *member;
  double      part;
} parts[] = {
  { "p50", "p50", 0.5 }, { "p90", "p90", 0.9 }, { "p99", "p99", 0.99 }, { "max", "max", 1 },
};

static void
print_times (const char  *label,
             const Times *times)
{
  g_autoptr (GString) line = g_string_new (NULL);

  if (times->samples->len == 0)
    return;

  g_string_append_printf (line, "%-10s", label);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    g_string_append_printf (line, " %s %9.2f ms ", parts[i].label,
                            times_get (times, parts[i].part));
  g_string_append_c (line, '\n');
  tool_print (line->str);
}

static void
add_times (GString     *json,
           const char  *name,
           const Times *times)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (times->samples->len == 0)
    return;

  g_string_append_printf (json, ",\"%s\":{", name);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    g_string_append_printf (json, "%s\"%s\":%s", i > 0 ? "," : "", parts[i].member,
                            g_ascii_formatd (number, sizeof number, "%.3f",
                                             times_get (times, parts[i].part)));
  g_string_append_c (json, '}');
}

static void
print_json (const Bench *self,
            double       seconds)
{
  g_autoptr (GString) json = g_string_new (NULL);
  g_autofree char *name = tool_quote (self->name);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (json,
                          "{\"signal\":%s,\"clients\":%u,\"failed\":%u,\"seconds\":%s,"
                          "\"updates\":%" G_GUINT64_FORMAT ",\"revisions\":%" G_GUINT64_FORMAT,
                          name, self->n_joined, self->n_failed,
                          g_ascii_formatd (number, sizeof number, "%.3f", seconds), self->n_updates,
                          self->n_revisions);
  add_times (json, "joining", &self->joining);
  add_times (json, "spread", &self->spread);
  add_times (json, "latency", &self->latency);
  g_string_append_c (json, '}');
  tool_print (json->str);
  tool_print ("\n");
}

static void
print_table (const Bench *self,
             double       seconds)
{
  g_autofree char *name = tool_make_shown (self->name, "");
  g_autofree char *text =
    g_strdup_printf (_("%-10s %s\n"
      "%-10s %u joined, %u failed\n"
      "%-10s %.1f a second, %.1f for each client\n"
      "%-10s %.1f a second\n"),
                        _("signal"), name,
                           _("clients"), self->n_joined, self->n_failed,
                              _("updates"), (double) self->n_updates / seconds,
                                 (double) self->n_updates / seconds / MAX (self->n_joined, 1),
                                 _("revisions"), (double) self->n_revisions / seconds);

  tool_print (text);
  print_times (_("joining"), &self->joining);
  print_times (_("spread"), &self->spread);
  print_times (_("latency"), &self->latency);
}

static ToolStatus
bench (Bench *self)
{
  gboolean has_bar = tool_is_screen (STDERR_FILENO) && !tool_is_quiet ();
  guint progress = has_bar ? g_timeout_add (100, progress_cb, self) : 0;
  double seconds;

  start_more (self);
  tool_wait_until (are_decided, self, JOIN_SECONDS);
  self->is_counting = TRUE;
  self->begin = g_get_monotonic_time ();
  if (self->n_joined > 0)
    tool_wait_until (never, NULL, time_option);
  self->is_counting = FALSE;
  seconds = MAX ((double) (g_get_monotonic_time () - self->begin) / G_USEC_PER_SEC, 1e-3);

  if (has_bar)
    {
      g_source_remove (progress);
      fprintf (stderr, "\r\033[K");
    }
  if (tool_is_quitting ())
    {
      tool_complain (_("Interrupted"));
      return TOOL_TROUBLE;
    }
  if (self->error != NULL)
    tool_complain ("%s: %s", self->uri, self->error->message);
  if (self->n_joined == 0)
    return TOOL_TROUBLE;

  g_array_sort (self->joining.samples, compare_times);
  g_array_sort (self->spread.samples, compare_times);
  g_array_sort (self->latency.samples, compare_times);
  if (json_option)
    print_json (self, seconds);
  else
    print_table (self, seconds);
  tool_flush ();

  return self->n_joined < (guint) clients_option ? TOOL_NO : TOOL_DONE;
}

static gboolean
check (const ToolArguments  *arguments,
       GError              **error)
{
  if (clients_option < 1 || clients_option > MAX_CLIENTS)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _("--clients takes 1 to %d"), MAX_CLIENTS);
  else if (!(time_option > 0 && time_option <= 86400))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _("--time takes seconds, of a day at most"));
  else
    return (stamp_option == NULL || tool_pointer_check (stamp_option, error)) &&
           (arguments->n_words < 2 || tool_name_check (arguments->words[1], error));

  return FALSE;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autofree Bench *self = g_new0 (Bench, 1);
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  ToolStatus status;

  if (!check (arguments, &error))
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  name = arguments->n_words > 1 ? g_strdup (arguments->words[1]) : find_name (arguments->words[0]);
  if (name == NULL)
    return TOOL_TROUBLE;

  raise_limit ();
  self->uri = arguments->words[0];
  self->name = name;
  self->clients = g_ptr_array_new_with_free_func (client_free);
  self->joining.samples = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->spread.samples = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->latency.samples = g_array_new (FALSE, FALSE, sizeof (gint64));
  status = bench (self);

  g_ptr_array_unref (self->clients);
  g_array_unref (self->joining.samples);
  g_array_unref (self->spread.samples);
  g_array_unref (self->latency.samples);
  g_clear_error (&self->error);

  return status;
}

const ToolCommand tool_bench = {
  .name = "bench",
  .usage = N_("URI [NAME]"),
  .summary = N_("Measure a hub with many clients of one signal"),
  .description = N_("Without NAME it is the first signal of the server.\n"
                    "Joining is the time from a connection’s beginning to the first value; spread is the "
                    "time from the first client that has a revision to each of the others; latency needs "
                    "--stamp. The clients share one process, so of the figures a part is their own.\n"
                    "The exit status is 1 if not all clients could join, and 2 if none could."),
  .min_words = 1,
  .max_words = 2,
  .groups = { entries, tool_client_entries },
  .run = run,
};
