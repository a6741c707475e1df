/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-server-errors.h"

typedef struct
{
  char   *name;
  char   *code;
  GError *error;
} Complaint;

static void
complaint_free (gpointer data)
{
  Complaint *complaint = data;

  g_free (complaint->name);
  g_free (complaint->code);
  g_error_free (complaint->error);
  g_free (complaint);
}

static GList *
find (SsComplaints *self,
      const char   *name)
{
  return self->links != NULL ? g_hash_table_lookup (self->links, name) : NULL;
}

static void
drop (SsComplaints *self,
      GList        *link)
{
  Complaint *complaint = link->data;

  g_hash_table_remove (self->links, complaint->name);
  g_queue_delete_link (&self->queue, link);
  complaint_free (complaint);
}

void
ss_complaints_clear (SsComplaints *self)
{
  g_clear_pointer (&self->links, g_hash_table_unref);
  g_queue_clear_full (&self->queue, complaint_free);
}

gboolean
ss_complaints_add (SsComplaints *self,
                   const char   *name,
                   const char   *code,
                   GError       *error)
{
  const char *key = name != NULL ? name : "";
  GList *link = find (self, key);
  Complaint *complaint;

  /* The answer to a question that is asked again and again. What is about no name answers
   * nothing. */
  if (name != NULL && link != NULL && g_str_equal (((Complaint *) link->data)->code, code))
    {
      g_error_free (error);
      return FALSE;
    }

  if (link != NULL)
    drop (self, link);

  complaint = g_new0 (Complaint, 1);
  complaint->name = g_strdup (key);
  complaint->code = g_strdup (code);
  complaint->error = error;
  g_queue_push_head (&self->queue, complaint);
  if (self->links == NULL)
    self->links = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (self->links, complaint->name, self->queue.head);

  return TRUE;
}

gboolean
ss_complaints_withdraw (SsComplaints *self,
                        const char   *name)
{
  GList *link = find (self, name);
  gboolean newest = link != NULL && link == self->queue.head;

  if (link != NULL)
    drop (self, link);

  return newest;
}

const GError *
ss_complaints_get_newest (SsComplaints *self)
{
  const Complaint *complaint = g_queue_peek_head (&self->queue);

  return complaint != NULL ? complaint->error : NULL;
}
