/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <gio/gio.h>
#include <glib/gi18n.h>

/* As much as a document may have. */
#define MAX_BYTES (64 * 1024 * 1024)
/* So much is read at a time; in between the clients have their turn. */
#define READ_BYTES 65536
#define BOM "\xef\xbb\xbf"

struct _ToolLines
{
  int      fd;
  guint    source;
  GString *rest;  /* of the line that is not whole */
  gboolean is_begun;
  void   (*line) (const char *line, gpointer user_data);
  void   (*end)  (const GError *error, gpointer user_data);
  gpointer user_data;
};

static void
take_line (ToolLines *self,
           char      *line,
           gsize      length)
{
  if (length > 0 && line[length - 1] == '\r')
    length--;
  line[length] = '\0';

  /* Some programs put it in front of all that they write. */
  if (!self->is_begun && g_str_has_prefix (line, BOM))
    {
      line += strlen (BOM);
      length -= strlen (BOM);
    }
  self->is_begun = TRUE;
  self->line (strlen (line) == length ? line : NULL, self->user_data);
}

static void
take (ToolLines *self,
      gsize      before)
{
  char *begin = self->rest->str;
  char *end = memchr (begin + before, '\n', self->rest->len - before);

  while (end != NULL)
    {
      take_line (self, begin, (gsize) (end - begin));
      begin = end + 1;
      end = memchr (begin, '\n', self->rest->len - (gsize) (begin - self->rest->str));
    }
  g_string_erase (self->rest, 0, begin - self->rest->str);
}

static gboolean
readable_cb (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  ToolLines *self = user_data;
  gsize before = self->rest->len;
  g_autoptr (GError) error = NULL;
  gssize n;

  g_string_set_size (self->rest, before + READ_BYTES);
  n = read (fd, self->rest->str + before, READ_BYTES);
  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    {
      g_string_set_size (self->rest, before);
      return G_SOURCE_CONTINUE;
    }

  if (n < 0)
    {
      int code = errno;

      g_set_error_literal (&error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
    }
  g_string_set_size (self->rest, before + (gsize) MAX (n, 0));

  if (n > 0)
    take (self, before);
  else if (n == 0 && self->rest->len > 0)
    take_line (self, self->rest->str, self->rest->len);

  if (self->rest->len > MAX_BYTES)
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                 _("a line is longer than %d MiB"), MAX_BYTES / 1024 / 1024);

  if (n > 0 && error == NULL)
    return G_SOURCE_CONTINUE;

  self->source = 0;
  self->end (error, self->user_data);

  return G_SOURCE_REMOVE;
}

ToolLines *
tool_lines_new (int        fd,
                void     (*line) (const char *line, gpointer user_data),
                void     (*end) (const GError *error, gpointer user_data),
                gpointer   user_data)
{
  ToolLines *self = g_new0 (ToolLines, 1);

  self->fd = fd;
  self->rest = g_string_new (NULL);
  self->line = line;
  self->end = end;
  self->user_data = user_data;
  /* After the clients, whose sockets are of the default priority. */
  self->source = g_unix_fd_add_full (G_PRIORITY_DEFAULT_IDLE, fd, G_IO_IN | G_IO_HUP | G_IO_ERR,
                                     readable_cb, self, NULL);

  return self;
}

void
tool_lines_free (ToolLines *self)
{
  if (self->source != 0)
    g_source_remove (self->source);
  g_string_free (self->rest, TRUE);
  g_free (self);
}
