/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-complaints.h"

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

static int
compare_name (gconstpointer complaint,
              gconstpointer name)
{
  return g_strcmp0 (((const Complaint *) complaint)->name, name);
}

/* FALSE: there is none. */
static gboolean
drop (SsComplaints *self,
      const char   *name)
{
  GList *link = g_queue_find_custom (self, name, compare_name);

  if (link == NULL)
    return FALSE;

  complaint_free (link->data);
  g_queue_delete_link (self, link);

  return TRUE;
}

void
ss_complaints_clear (SsComplaints *self)
{
  g_queue_clear_full (self, complaint_free);
}

gboolean
ss_complaints_add (SsComplaints *self,
                   const char   *name,
                   const char   *code,
                   GError       *error)
{
  GList *link = g_queue_find_custom (self, name, compare_name);
  Complaint *complaint;

  /* The answer to a question that is asked again and again. What is about no name answers
   * nothing. */
  if (name != NULL && link != NULL && g_str_equal (((Complaint *) link->data)->code, code))
    {
      g_error_free (error);
      return FALSE;
    }

  drop (self, name);

  complaint = g_new0 (Complaint, 1);
  complaint->name = g_strdup (name);
  complaint->code = g_strdup (code);
  complaint->error = error;
  g_queue_push_head (self, complaint);

  return TRUE;
}

gboolean
ss_complaints_withdraw (SsComplaints *self,
                        const char   *name)
{
  const GError *newest = ss_complaints_get_newest (self);

  return drop (self, name) && ss_complaints_get_newest (self) != newest;
}

const GError *
ss_complaints_get_newest (SsComplaints *self)
{
  const Complaint *complaint = g_queue_peek_head (self);

  return complaint != NULL ? complaint->error : NULL;
}
