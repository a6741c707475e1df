/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-file-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "server-signal-error.h"

/* Linux follows as many. */
#define MAX_LINKS 40

/* Each of them is watched. */
#define MAX_STEPS 1024

#define READ_BYTES 1048576

/* A path that ends nowhere is resolved so often. */
#define MAX_TURNS 3

static void
step_free (gpointer data)
{
  SsFileStep *step = data;

  g_object_unref (step->file);
  g_free (step);
}

void
ss_file_reading_free (SsFileReading *self)
{
  g_ptr_array_unref (self->steps);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self->state);
  g_free (self);
}

/* file is taken. */
static void
add_step (SsFileReading     *self,
          GFile             *file,
          const struct stat *directory)
{
  SsFileStep *step = g_new0 (SsFileStep, 1);

  step->file = file;
  if (directory != NULL)
    {
      step->device = directory->st_dev;
      step->inode = directory->st_ino;
    }
  g_ptr_array_add (self->steps, step);
}

static void
fail (SsFileReading *self,
      const char    *path,
      int            saved_errno)
{
  g_autofree char *name = g_filename_display_name (path);

  if (self->error == NULL)
    g_set_error (&self->error, G_IO_ERROR, (int) g_io_error_from_errno (saved_errno),
                 /* Translators: the name of a file, and why. */
                 _("“%s” cannot be read: %s"), name, g_strerror (saved_errno));
}

static void
fail_kind (SsFileReading *self,
           GFile         *file,
           gboolean       is_directory)
{
  g_autofree char *name = g_file_get_parse_name (file);

  if (self->error == NULL)
    g_set_error (&self->error, G_IO_ERROR,
                 is_directory ? G_IO_ERROR_IS_DIRECTORY : G_IO_ERROR_NOT_REGULAR_FILE,
                 is_directory ? _("“%s” is a directory") : _("“%s” is not a regular file"), name);
}

static void
fail_length (SsFileReading *self,
             gsize          max_length)
{
  if (self->error == NULL)
    g_set_error (&self->error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                 _("The file is larger than %zu bytes"), max_length);
}

/* Puts the names of a path before those that are left to resolve. */
static void
push_names (GQueue     *names,
            const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (guint i = g_strv_length (parts); i > 0; i--)
    if (parts[i - 1][0] != '\0' && !g_str_equal (parts[i - 1], "."))
      g_queue_push_head (names, g_strdup (parts[i - 1]));
}

/* Resolves a path as the kernel does, and notes each name on it. FALSE and an error where it does
 * not lead to a regular file. */
static gboolean
resolve (SsFileReading *self,
         const char    *path,
         struct stat   *found)
{
  g_autoptr (GHashTable) met = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GQueue) names = g_queue_new ();
  g_autofree char *here = g_strdup ("/");
  struct stat directory;
  guint n_links = 0;

  if (g_lstat (here, &directory) != 0)
    {
      fail (self, here, errno);
      return FALSE;
    }
  *found = directory;

  push_names (names, path);
  while (!g_queue_is_empty (names) && self->error == NULL)
    {
      g_autofree char *name = g_queue_pop_head (names);
      g_autofree char *there = NULL;

      /* A link that was resolved is no part of here, so this is the directory above. */
      if (g_str_equal (name, ".."))
        {
          there = g_path_get_dirname (here);
          if (g_lstat (there, found) != 0)
            fail (self, there, errno);
        }
      else
        {
          there = g_build_filename (here, name, NULL);
          if (self->steps->len == MAX_STEPS)
            fail (self, there, ENAMETOOLONG);
          else if (g_hash_table_add (met, g_strdup (there)))
            add_step (self, g_file_new_for_path (there), &directory);
          if (self->error == NULL && g_lstat (there, found) != 0)
            fail (self, there, errno);
        }

      if (self->error == NULL && S_ISLNK (found->st_mode))
        {
          g_autofree char *target = g_file_read_link (there, NULL);

          if (target == NULL)
            /* It was one a moment ago. */
            self->has_moved = TRUE;
          if (target == NULL || ++n_links > MAX_LINKS)
            {
              fail (self, there, target == NULL ? ENOENT : ELOOP);
            }
          else
            {
              push_names (names, target);
              if (g_path_is_absolute (target))
                {
                  g_free (here);
                  here = g_strdup ("/");
                  if (g_lstat (here, &directory) != 0)
                    fail (self, here, errno);
                }
              *found = directory;
            }
        }
      else if (self->error == NULL && S_ISDIR (found->st_mode))
        {
          g_free (here);
          here = g_steal_pointer (&there);
          directory = *found;
        }
      else if (self->error == NULL && !g_queue_is_empty (names))
        {
          fail (self, there, ENOTDIR);
        }
    }
  g_queue_clear_full (names, g_free);

  if (self->error == NULL && !S_ISREG (found->st_mode))
    {
      g_autoptr (GFile) file = g_file_new_for_path (path);

      fail_kind (self, file, S_ISDIR (found->st_mode));
    }

  return self->error == NULL;
}

/* size: it has as many bytes, unless it is being written. */
static void
read_all (SsFileReading *self,
          const char    *path,
          int            fd,
          gsize          size,
          gsize          max_length,
          GCancellable  *cancellable)
{
  /* With room for the read that finds the end. */
  gsize capacity = size + 1;
  g_autofree char *text = g_malloc (capacity);
  gsize length = 0;

  for (;;)
    {
      gssize n;

      if (length == capacity)
        text = g_realloc (text, capacity *= 2);
      n = read (fd, text + length, MIN (capacity - length, READ_BYTES));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        fail (self, path, errno);
      if (n <= 0 || g_cancellable_set_error_if_cancelled (cancellable, &self->error))
        break;

      length += (gsize) n;
      if (length > max_length)
        {
          fail_length (self, max_length);
          break;
        }
    }

  if (self->error == NULL)
    self->text = g_bytes_new_take (g_steal_pointer (&text), length);
}

static void
read_path (SsFileReading *self,
           const char    *path,
           const char    *known,
           gsize          max_length,
           GCancellable  *cancellable)
{
  struct stat found;
  struct stat opened;
  int fd;

  if (!resolve (self, path, &found))
    return;

  /* The file of a moment ago may be a FIFO by now. */
  fd = g_open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
  if (fd < 0)
    {
      fail (self, path, errno);
      return;
    }

  if (fstat (fd, &opened) != 0)
    {
      fail (self, path, errno);
    }
  else if (!S_ISREG (opened.st_mode))
    {
      g_autoptr (GFile) file = g_file_new_for_path (path);

      self->has_moved = TRUE;
      fail_kind (self, file, S_ISDIR (opened.st_mode));
    }
  else
    {
      self->has_moved =
        self->has_moved || opened.st_dev != found.st_dev || opened.st_ino != found.st_ino;
      self->state =
        g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT
                         " %" G_GINT64_FORMAT ".%09ld",
                         (guint64) opened.st_dev, (guint64) opened.st_ino, (gint64) opened.st_size,
                         (gint64) opened.st_mtim.tv_sec, opened.st_mtim.tv_nsec);
      if (known != NULL && g_str_equal (known, self->state))
        self->is_known = TRUE;
      else if (opened.st_size > 0 && (guint64) opened.st_size > max_length)
        fail_length (self, max_length);
      else
        read_all (self, path, fd, (gsize) MAX (opened.st_size, 0), max_length, cancellable);
    }
  close (fd);
}

/* A file that only GIO can reach. */
static void
read_elsewhere (SsFileReading *self,
                GFile         *file,
                const char    *known,
                gsize          max_length,
                GCancellable  *cancellable)
{
  g_autoptr (GFileInfo) info = NULL;
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  GFileType type;

  add_step (self, g_object_ref (file), NULL);
  info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_ETAG_VALUE,
                            G_FILE_QUERY_INFO_NONE, cancellable, &self->error);
  if (info == NULL)
    return;

  type = (GFileType) g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_STANDARD_TYPE);
  if (type != G_FILE_TYPE_REGULAR && type != G_FILE_TYPE_UNKNOWN)
    {
      fail_kind (self, file, type == G_FILE_TYPE_DIRECTORY);
      return;
    }

  self->state = g_strdup (g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_ETAG_VALUE));
  if (known != NULL && g_strcmp0 (known, self->state) == 0)
    {
      self->is_known = TRUE;
      return;
    }

  stream = g_file_read (file, cancellable, &self->error);
  while (stream != NULL && self->error == NULL)
    {
      g_autoptr (GBytes) bytes =
        g_input_stream_read_bytes (G_INPUT_STREAM (stream), READ_BYTES, cancellable, &self->error);

      if (bytes == NULL || g_bytes_get_size (bytes) == 0)
        break;
      if (text->len + g_bytes_get_size (bytes) > max_length)
        fail_length (self, max_length);
      else
        g_byte_array_append (text, g_bytes_get_data (bytes, NULL),
                             (guint) g_bytes_get_size (bytes));
    }

  if (self->error == NULL)
    self->text = g_byte_array_free_to_bytes (g_steal_pointer (&text));
}

SsFileReading *
ss_file_read (GFile        *file,
              const char   *known,
              gsize         max_length,
              GCancellable *cancellable)
{
  g_autofree char *path = g_file_is_native (file) ? g_file_get_path (file) : NULL;
  SsFileReading *self = NULL;

  /* Where a link was exchanged after it was resolved, and its target deleted, the path ends.
   * Resolved once more, it leads to the new file, without a failure in between. */
  for (guint turn = 0; turn < MAX_TURNS && (self == NULL || self->error != NULL); turn++)
    {
      g_clear_pointer (&self, ss_file_reading_free);
      self = g_new0 (SsFileReading, 1);
      self->steps = g_ptr_array_new_with_free_func (step_free);
      if (path == NULL)
        {
          read_elsewhere (self, file, known, max_length, cancellable);
          break;
        }
      read_path (self, path, known, max_length, cancellable);
      if (g_cancellable_is_cancelled (cancellable))
        break;
    }

  return self;
}
