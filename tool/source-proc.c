/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#include "tool-source.h"

/* The load of this machine, of /proc: processors, memory, network, at an interval. */

#define MAX_DEVICES 256
#define MAX_CPUS 4096

typedef struct
{
  guint64 busy;
  guint64 total;
} Ticks;

typedef struct
{
  ServerSignal *signal;
  GArray       *ticks;    /* of Ticks: of all processors together, then of each */
  GHashTable   *received; /* the name of a device → bytes, boxed */
  GHashTable   *sent;
  gint64        time;
  guint         timeout;
} Machine;

static char **
read_lines (const char *name)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (name, &text, NULL, NULL))
    return g_new0 (char *, 1);

  return g_strsplit (text, "\n", -1);
}

static void
add_int (JsonObject *object,
         const char *name,
         guint64     value)
{
  json_object_set_int_member (object, name, (gint64) MIN (value, G_MAXINT64));
}

/* One digit behind the point, so that noise is no change. */
static double
round_to_tenth (double value)
{
  return (double) (gint64) (value * 10 + 0.5) / 10;
}

static Ticks
parse_ticks (const char *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " ", -1);
  Ticks ticks = { 0, 0 };
  guint field = 0;

  for (guint i = 1; words[i] != NULL && field < 8; i++)
    if (words[i][0] != '\0')
      {
        guint64 value = g_ascii_strtoull (words[i], NULL, 10);

        ticks.total += value;
        /* idle and iowait */
        if (field != 3 && field != 4)
          ticks.busy += value;
        field++;
      }

  return ticks;
}

static void
add_cpu (Machine    *self,
         JsonObject *root)
{
  g_auto (GStrv) lines = read_lines ("/proc/stat");
  g_autoptr (GArray) ticks = g_array_new (FALSE, FALSE, sizeof (Ticks));
  JsonArray *each = json_array_new ();
  JsonObject *cpu = json_object_new ();

  for (guint i = 0; lines[i] != NULL && g_str_has_prefix (lines[i], "cpu") && i <= MAX_CPUS; i++)
    {
      Ticks now = parse_ticks (lines[i]);
      double percent = 0;

      if (i < self->ticks->len)
        {
          const Ticks *before = &g_array_index (self->ticks, Ticks, i);
          guint64 total = now.total > before->total ? now.total - before->total : 0;
          guint64 busy = now.busy > before->busy ? now.busy - before->busy : 0;

          percent = total > 0 ? round_to_tenth (100.0 * (double) busy / (double) total) : 0;
        }
      if (i == 0)
        json_object_set_double_member (cpu, "percent", percent);
      else
        json_array_add_double_element (each, percent);
      g_array_append_val (ticks, now);
    }
  g_array_unref (self->ticks);
  self->ticks = g_steal_pointer (&ticks);
  json_object_set_array_member (cpu, "each", each);
  json_object_set_object_member (root, "cpu", cpu);
}

static void
add_load (JsonObject *root)
{
  g_auto (GStrv) lines = read_lines ("/proc/loadavg");
  g_auto (GStrv) words = g_strsplit (lines[0] != NULL ? lines[0] : "", " ", -1);
  JsonArray *load = json_array_new ();

  for (guint i = 0; i < 3 && words[i] != NULL; i++)
    json_array_add_double_element (load, g_ascii_strtod (words[i], NULL));
  json_object_set_array_member (root, "load", load);
}

static void
add_memory (JsonObject *root)
{
  static const char *const names[][2] = {
    { "MemTotal:", "total" },
    { "MemAvailable:", "available" },
    { "SwapTotal:", "swap-total" },
    { "SwapFree:", "swap-free" },
  };
  g_auto (GStrv) lines = read_lines ("/proc/meminfo");
  JsonObject *memory = json_object_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    for (guint k = 0; k < G_N_ELEMENTS (names); k++)
      if (g_str_has_prefix (lines[i], names[k][0]))
        add_int (memory, names[k][1],
                 g_ascii_strtoull (lines[i] + strlen (names[k][0]), NULL, 10) * 1024);
  json_object_set_object_member (root, "memory", memory);
}

/* Bytes a second since the last time. */
static guint64
get_rate (GHashTable *before,
          const char *device,
          guint64     now,
          double      seconds)
{
  guint64 *known = g_hash_table_lookup (before, device);
  guint64 rate = 0;

  if (known != NULL)
    {
      rate = now >= *known && seconds > 0 ? (guint64) ((double) (now - *known) / seconds) : 0;
      *known = now;
    }
  else if (g_hash_table_size (before) < MAX_DEVICES)
    {
      g_hash_table_insert (before, g_strdup (device), g_memdup2 (&now, sizeof now));
    }

  return rate;
}

static void
add_network (Machine    *self,
             JsonObject *root,
             double      seconds)
{
  g_auto (GStrv) lines = read_lines ("/proc/net/dev");
  JsonObject *network = json_object_new ();

  for (guint i = 0; lines[i] != NULL && i < MAX_DEVICES; i++)
    {
      char *colon = strchr (lines[i], ':');
      guint64 received;
      guint64 sent;
      JsonObject *device;

      /* received bytes and seven more, then sent bytes */
      if (colon == NULL ||
          sscanf (colon + 1, "%" G_GUINT64_FORMAT " %*s %*s %*s %*s %*s %*s %*s %" G_GUINT64_FORMAT,
                  &received, &sent) != 2)
        continue;

      *colon = '\0';
      g_strstrip (lines[i]);
      device = json_object_new ();
      add_int (device, "received", received);
      add_int (device, "sent", sent);
      add_int (device, "receiving", get_rate (self->received, lines[i], received, seconds));
      add_int (device, "sending", get_rate (self->sent, lines[i], sent, seconds));
      json_object_set_object_member (network, lines[i], device);
    }
  json_object_set_object_member (root, "network", network);
}

static void
add_uptime (JsonObject *root)
{
  g_auto (GStrv) lines = read_lines ("/proc/uptime");

  add_int (root, "uptime", lines[0] != NULL ? g_ascii_strtoull (lines[0], NULL, 10) : 0);
}

static gboolean
update_cb (gpointer user_data)
{
  Machine *self = user_data;
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) root = json_object_new ();
  gint64 now = g_get_monotonic_time ();
  double seconds = self->time > 0 ? (double) (now - self->time) / G_USEC_PER_SEC : 0;

  self->time = now;
  add_uptime (root);
  add_load (root);
  add_cpu (self, root);
  add_memory (root);
  add_network (self, root, seconds);
  json_node_set_object (node, root);
  server_signal_set_value (self->signal, NULL, node, NULL);

  return G_SOURCE_CONTINUE;
}

static void
machine_free (gpointer data)
{
  Machine *self = data;

  if (self->timeout != 0)
    g_source_remove (self->timeout);
  g_array_unref (self->ticks);
  g_hash_table_unref (self->received);
  g_hash_table_unref (self->sent);
  g_object_unref (self->signal);
  g_free (self);
}

gboolean
tool_source_proc (ToolSources  *self,
                  const char   *spec,
                  GError      **error)
{
  g_autoptr (ServerSignal) signal = NULL;
  Machine *machine;

  if (!g_file_test ("/proc/stat", G_FILE_TEST_EXISTS))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _("There is no /proc here"));
      return FALSE;
    }

  signal = tool_sources_add (self, spec, error);
  if (signal == NULL)
    return FALSE;

  machine = g_new0 (Machine, 1);
  machine->signal = g_steal_pointer (&signal);
  machine->ticks = g_array_new (FALSE, FALSE, sizeof (Ticks));
  machine->received = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  machine->sent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  tool_sources_keep (self, machine, machine_free);
  update_cb (machine);
  machine->timeout = g_timeout_add ((guint) (self->interval * 1000), update_cb, machine);

  return TRUE;
}
