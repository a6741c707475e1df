/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The errors that a server has sent on a connection and that still hold: one for each name that it
 * does not serve, and one that concerns no name. The application is told the newest. */
typedef struct
{
  GQueue      queue; /* ServerError, the newest first */
  GHashTable *links; /* name, "" for none → GList of the queue; NULL until there is an error */
} SsServerErrors;

void          ss_server_errors_clear      (SsServerErrors *self);
/* Takes the error. name: NULL for none; code: the server's word. FALSE: it was told before. */
gboolean      ss_server_errors_add        (SsServerErrors *self, const char *name, const char *code,
                                           GError *error);
/* TRUE: it was the newest, so that another one is now. */
gboolean      ss_server_errors_remove     (SsServerErrors *self, const char *name);
const GError *ss_server_errors_get_newest (SsServerErrors *self);  /* NULL: there is none */

G_END_DECLS
