/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-server-names.h"

#include "ss-limits.h"

gboolean
ss_server_names_set (SsServerNames     *self,
                     const char *const *names)
{
  ss_server_names_clear (self);
  self->links = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    ss_server_names_add (self, names[i]);

  return TRUE;
}

gboolean
ss_server_names_add (SsServerNames *self,
                     const char    *name)
{
  char *copy;

  if (self->links == NULL || self->order.length >= SS_SERVER_NAMES ||
      g_hash_table_contains (self->links, name))
    return FALSE;

  copy = g_strdup (name);
  g_queue_push_tail (&self->order, copy);
  g_hash_table_insert (self->links, copy, self->order.tail);

  return TRUE;
}

gboolean
ss_server_names_remove (SsServerNames *self,
                        const char    *name)
{
  GList *link = self->links != NULL ? g_hash_table_lookup (self->links, name) : NULL;

  if (link == NULL)
    return FALSE;

  g_hash_table_remove (self->links, name);
  g_free (link->data);
  g_queue_delete_link (&self->order, link);

  return TRUE;
}

gboolean
ss_server_names_clear (SsServerNames *self)
{
  gboolean known = self->links != NULL;

  g_clear_pointer (&self->links, g_hash_table_unref);
  g_queue_clear_full (&self->order, g_free);

  return known;
}

GStrv
ss_server_names_dup (SsServerNames *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (self->links == NULL)
    return NULL;

  for (GList *link = self->order.head; link != NULL; link = link->next)
    g_strv_builder_add (names, link->data);

  return g_strv_builder_end (names);
}
