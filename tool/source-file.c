/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "tool-output.h"
#include "tool-source.h"
#include "tool-toml.h"
#include "tool-yaml.h"

/* Files as signals, and all files of a folder. The library follows each file; here the folder is
 * followed, through links that are swapped on the way to it as well. */

/* Between two looks at a folder. Its events come at once, but say nothing when a link on the way to
 * it is swapped. */
#define LOOK_MS 500
#define MAX_FILES 4096

typedef struct
{
  ToolSources  *sources;
  char         *path;
  GFileMonitor *monitor;
  guint         timeout;
  guint         soon;
  GHashTable   *signals; /* the name of a file → ServerSignal */
  GHashTable   *failed;  /* the name of a file → Failure */
  struct stat   seen;
  gboolean      is_looking;
  gboolean      is_missed; /* something has changed meanwhile */
} Folder;

/* Why a file is no signal. It is said once, and not of one that is just being written. */
typedef struct
{
  char    *message;
  gint64   since;
  gboolean is_said;
} Failure;

static const char *const suffixes[] = { ".json", ".toml", ".yaml", ".yml" };

static const char *
get_suffix (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (name, suffixes[i]) && strlen (name) > strlen (suffixes[i]))
      return suffixes[i];

  return NULL;
}

/* NULL: it is JSON. */
static ServerSignalParseFunc
get_parser (const char *path)
{
  const char *suffix = get_suffix (path);

  if (suffix == NULL || g_str_equal (suffix, ".json"))
    return NULL;

  return g_str_equal (suffix, ".toml") ? tool_toml_parse : tool_yaml_parse;
}

static gboolean
track (ServerSignal  *signal,
       const char    *path,
       GError       **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ServerSignalParseFunc parser = get_parser (path);

  if (parser != NULL)
    return server_signal_track_parsed_file (signal, NULL, file, parser, NULL, NULL, error);

  return server_signal_track_file (signal, NULL, file, error);
}

/* It is published when it has a value. */
static ServerSignal *
add_file (ToolSources  *sources,
          const char   *name,
          const char   *path,
          GError      **error)
{
  g_autoptr (ServerSignal) signal = tool_sources_make (sources, name, error);

  if (signal == NULL || !track (signal, path, error) || !tool_hub_add (sources->hub, signal, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }

  return g_steal_pointer (&signal);
}

static char *
make_name (const char *file)
{
  g_autofree char *base = g_path_get_basename (file);
  const char *suffix = get_suffix (base);

  return g_strndup (base, strlen (base) - (suffix != NULL ? strlen (suffix) : 0));
}

static void
failure_free (gpointer data)
{
  Failure *self = data;

  g_free (self->message);
  g_free (self);
}

static void
note_failure (Folder       *self,
              const char   *file,
              const GError *error)
{
  Failure *failure = g_hash_table_lookup (self->failed, file);

  if (failure == NULL || !g_str_equal (failure->message, error->message))
    {
      failure = g_new0 (Failure, 1);
      failure->message = g_strdup (error->message);
      failure->since = g_get_monotonic_time ();
      g_hash_table_insert (self->failed, g_strdup (file), failure);
    }
  else if (!failure->is_said && g_get_monotonic_time () - failure->since >= LOOK_MS * 1000 / 2)
    {
      failure->is_said = TRUE;
      tool_complain ("%s", failure->message);
    }
}

/* A file that fails is tried again at each look, as it may be half written. */
static void
look_at_file (Folder     *self,
              const char *file)
{
  g_autofree char *path = g_build_filename (self->path, file, NULL);
  g_autofree char *name = make_name (file);
  g_autoptr (GError) error = NULL;
  ServerSignal *signal;

  if (g_hash_table_contains (self->signals, file) || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return;

  if (g_hash_table_size (self->signals) >= MAX_FILES)
    {
      g_set_error (&error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("%s: more than %d files of a folder are not served"), self->path, MAX_FILES);
      note_failure (self, "", error);
      return;
    }

  signal = add_file (self->sources, name, path, &error);
  if (signal == NULL)
    {
      note_failure (self, file, error);
      return;
    }

  tool_note (_("%s is served as “%s”"), path, name);
  g_hash_table_insert (self->signals, g_strdup (file), signal);
  g_hash_table_remove (self->failed, file);
}

static void
look (Folder *self)
{
  g_autoptr (GDir) dir = NULL;
  GHashTableIter iter;
  const char *file;
  gpointer key;
  gpointer signal;

  /* The main loop runs while a store gives a signal. */
  if (self->is_looking)
    {
      self->is_missed = TRUE;
      return;
    }

  self->is_looking = TRUE;
  self->is_missed = FALSE;
  if (g_hash_table_size (self->signals) < MAX_FILES)
    g_hash_table_remove (self->failed, "");
  dir = g_dir_open (self->path, 0, NULL);
  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    if (file[0] != '.' && get_suffix (file) != NULL)
      look_at_file (self, file);

  g_hash_table_iter_init (&iter, self->signals);
  while (g_hash_table_iter_next (&iter, &key, &signal))
    {
      g_autofree char *path = g_build_filename (self->path, key, NULL);
      struct stat buffer;

      /* While a link on the way is exchanged there may be no folder for a moment. */
      if (dir != NULL && g_lstat (path, &buffer) != 0)
        {
          tool_note (_("%s is gone, and “%s” with it"), path, server_signal_get_name (signal));
          tool_hub_remove (self->sources->hub, signal);
          g_hash_table_iter_remove (&iter);
        }
    }

  g_hash_table_iter_init (&iter, self->failed);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      g_autofree char *path = g_build_filename (self->path, key, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        g_hash_table_iter_remove (&iter);
    }
  self->is_looking = FALSE;
}

static gboolean
changed_soon_cb (gpointer user_data)
{
  Folder *self = user_data;

  self->soon = 0;
  look (self);

  return G_SOURCE_REMOVE;
}

/* Once for all events that have come, of which there may be thousands. */
static void
changed_cb (Folder *self)
{
  if (self->soon == 0)
    self->soon = g_idle_add (changed_soon_cb, self);
}

static void
watch (Folder *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);

  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  self->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_swapped (self->monitor, "changed", G_CALLBACK (changed_cb), self);
}

static gboolean
look_cb (gpointer user_data)
{
  Folder *self = user_data;
  struct stat now;

  if (g_stat (self->path, &now) != 0)
    return G_SOURCE_CONTINUE;

  if (now.st_dev != self->seen.st_dev || now.st_ino != self->seen.st_ino)
    watch (self);
  if (now.st_dev != self->seen.st_dev || now.st_ino != self->seen.st_ino ||
      now.st_mtim.tv_sec != self->seen.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != self->seen.st_mtim.tv_nsec || self->is_missed ||
      g_hash_table_size (self->failed) > 0)
    look (self);
  self->seen = now;

  return G_SOURCE_CONTINUE;
}

static void
folder_free (gpointer data)
{
  Folder *self = data;

  g_source_remove (self->timeout);
  if (self->soon != 0)
    g_source_remove (self->soon);
  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  g_hash_table_unref (self->signals);
  g_hash_table_unref (self->failed);
  g_free (self->path);
  g_free (self);
}

static gboolean
add_folder (ToolSources *sources,
            const char  *path)
{
  Folder *self = g_new0 (Folder, 1);

  self->sources = sources;
  self->path = g_strdup (path);
  self->signals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, failure_free);
  tool_sources_keep (sources, self, folder_free);

  g_stat (self->path, &self->seen);
  watch (self);
  look (self);
  self->timeout = g_timeout_add (LOOK_MS, look_cb, self);

  return TRUE;
}

gboolean
tool_source_file (ToolSources  *self,
                  const char   *spec,
                  GError      **error)
{
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  ServerSignal *signal;

  if (g_file_test (spec, G_FILE_TEST_IS_DIR))
    return add_folder (self, spec);

  if (spec[0] == '\0')
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("The name of a file is empty"));
      return FALSE;
    }

  if (!g_file_test (spec, G_FILE_TEST_EXISTS) && strchr (spec, '=') != NULL)
    {
      if (!tool_sources_split (spec, &name, &path, error))
        return FALSE;
    }
  else
    {
      name = make_name (spec);
      path = g_strdup (spec);
    }

  signal = add_file (self, name, path, error);
  if (signal == NULL)
    return FALSE;
  tool_sources_keep (self, signal, g_object_unref);

  return TRUE;
}
