/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-server-errors.h"

typedef struct
{
  char   *name;
  char   *code;
  GError *error;
} ServerError;

static void
server_error_free (gpointer data)
{
  ServerError *entry = data;

  g_free (entry->name);
  g_free (entry->code);
  g_error_free (entry->error);
  g_free (entry);
}

static GList *
find (SsServerErrors *self,
      const char     *name)
{
  return self->links != NULL ? g_hash_table_lookup (self->links, name) : NULL;
}

static void
drop (SsServerErrors *self,
      GList          *link)
{
  ServerError *entry = link->data;

  g_hash_table_remove (self->links, entry->name);
  g_queue_delete_link (&self->queue, link);
  server_error_free (entry);
}

void
ss_server_errors_clear (SsServerErrors *self)
{
  g_clear_pointer (&self->links, g_hash_table_unref);
  g_queue_clear_full (&self->queue, server_error_free);
}

gboolean
ss_server_errors_add (SsServerErrors *self,
                      const char     *name,
                      const char     *code,
                      GError         *error)
{
  const char *key = name != NULL ? name : "";
  GList *link = find (self, key);
  ServerError *entry;

  /* A subscription that is tried again and again gets the same answer each time. An error without
   * a name is no such answer. */
  if (name != NULL && link != NULL && g_str_equal (((ServerError *) link->data)->code, code))
    {
      g_error_free (error);
      return FALSE;
    }

  if (link != NULL)
    drop (self, link);

  entry = g_new0 (ServerError, 1);
  entry->name = g_strdup (key);
  entry->code = g_strdup (code);
  entry->error = error;
  g_queue_push_head (&self->queue, entry);
  if (self->links == NULL)
    self->links = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (self->links, entry->name, self->queue.head);

  return TRUE;
}

gboolean
ss_server_errors_remove (SsServerErrors *self,
                         const char     *name)
{
  GList *link = find (self, name);
  gboolean newest = link != NULL && link == self->queue.head;

  if (link != NULL)
    drop (self, link);

  return newest;
}

const GError *
ss_server_errors_get_newest (SsServerErrors *self)
{
  const ServerError *entry = g_queue_peek_head (&self->queue);

  return entry != NULL ? entry->error : NULL;
}
