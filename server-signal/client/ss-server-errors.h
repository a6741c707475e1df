/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the server of a connection complains about: one for each name that it does not send, and one
 * about no name. The newest is what the application is told. */
typedef struct
{
  GQueue      queue; /* Complaint, the newest first */
  GHashTable *links; /* name, "" for none → GList of the queue; NULL: there never was one */
} SsComplaints;

void          ss_complaints_clear      (SsComplaints *self);
/* Takes the error. name: NULL for none; code: the server's word. FALSE: it was told before. */
gboolean      ss_complaints_add        (SsComplaints *self, const char *name, const char *code,
                                        GError *error);
/* FALSE: it is not the newest one, which stays. */
gboolean      ss_complaints_withdraw   (SsComplaints *self, const char *name);
const GError *ss_complaints_get_newest (SsComplaints *self);  /* NULL: there is none */

G_END_DECLS
