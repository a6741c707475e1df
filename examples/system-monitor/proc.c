/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Reads the files of the kernel that proc(5) describes. */

#include "proc.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *
read_file (const char  *directory,
           const char  *name,
           GError     **error)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;

  return g_steal_pointer (&text);
}

/* All processors together, then each: an array of ProcTime. */
GArray *
proc_read_processors (const char  *directory,
                      GError     **error)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (ProcTime));
  g_autofree char *text = read_file (directory, "stat", error);
  g_auto (GStrv) lines = NULL;

  if (text == NULL)
    return NULL;

  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL && g_str_has_prefix (*line, "cpu"); line++)
    {
      guint64 user, nice, system, idle, iowait, irq, softirq, steal;
      ProcTime time;

      /* After the name, "cpu" or "cpu0". */
      if (sscanf (*line + strcspn (*line, " "),
                  "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                  " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                  " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                  &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal) != 8)
        continue;

      time.busy = user + nice + system + irq + softirq + steal;
      time.total = time.busy + idle + iowait;
      g_array_append_val (times, time);
    }

  if (times->len < 2)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s/stat names no processor",
                   directory);
      return NULL;
    }

  return g_steal_pointer (&times);
}

gboolean
proc_read_memory (const char  *directory,
                  gint64      *total,
                  gint64      *available,
                  GError     **error)
{
  const struct
  {
    const char *name;
    gint64 *bytes;
  } wanted[] = {
    { "MemTotal:", total },
    { "MemAvailable:", available },
  };
  g_autofree char *text = read_file (directory, "meminfo", error);

  if (text == NULL)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      const char *line = strstr (text, wanted[i].name);

      if (line == NULL)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s/meminfo has no “%s”",
                       directory, wanted[i].name);
          return FALSE;
        }
      *wanted[i].bytes = g_ascii_strtoll (line + strlen (wanted[i].name), NULL, 10) * 1024;
    }

  return TRUE;
}

gboolean
proc_read_load (const char  *directory,
                double      *load,
                GError     **error)
{
  g_autofree char *text = read_file (directory, "loadavg", error);

  if (text == NULL)
    return FALSE;

  *load = g_ascii_strtod (text, NULL);
  return TRUE;
}

/* FALSE is not an error: processes end while they are looked at. */
static gboolean
read_process (const char  *directory,
              const char  *entry,
              ProcProcess *process)
{
  g_autofree char *name = g_build_filename (entry, "stat", NULL);
  g_autofree char *text = read_file (directory, name, NULL);
  g_autofree char *valid = NULL;
  guint64 user, system;
  gint64 pages;
  char *begin, *end;

  if (text == NULL)
    return FALSE;

  /* The name is the second field, in parentheses, and may have parentheses in it as well. */
  begin = strchr (text, '(');
  end = strrchr (text, ')');
  if (begin == NULL || end == NULL || end < begin)
    return FALSE;

  *end = '\0';
  if (sscanf (end + 1,
              " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" G_GUINT64_FORMAT
              " %" G_GUINT64_FORMAT " %*s %*s %*s %*s %d %*s %" G_GUINT64_FORMAT
              " %*s %" G_GINT64_FORMAT,
              &user, &system, &process->threads, &process->started, &pages) != 5)
    return FALSE;

  valid = g_utf8_make_valid (begin + 1, -1);
  g_strlcpy (process->name, valid, sizeof process->name);
  process->pid = (int) g_ascii_strtoll (entry, NULL, 10);
  process->ticks = user + system;
  process->memory = pages * sysconf (_SC_PAGESIZE);

  return TRUE;
}

static int
compare_pids (gconstpointer a,
              gconstpointer b)
{
  return ((const ProcProcess *) a)->pid - ((const ProcProcess *) b)->pid;
}

/* By number: an array of ProcProcess. */
GArray *
proc_read_processes (const char  *directory,
                     GError     **error)
{
  g_autoptr (GArray) processes = g_array_new (FALSE, FALSE, sizeof (ProcProcess));
  g_autoptr (GDir) dir = g_dir_open (directory, 0, error);
  const char *entry;

  if (dir == NULL)
    return NULL;

  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      ProcProcess process;

      if (g_ascii_isdigit (entry[0]) && read_process (directory, entry, &process))
        g_array_append_val (processes, process);
    }
  g_array_sort (processes, compare_pids);

  return g_steal_pointer (&processes);
}
