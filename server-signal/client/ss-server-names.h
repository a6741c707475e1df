/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The names of the signals that the server of a connection has, as it has said them: in hello, and by
 * "added" and "removed". SS_SERVER_NAMES of them are kept. */
typedef struct
{
  GHashTable *links; /* name → its link; NULL: nothing is known */
  GQueue      order;
} SsServerNames;

/* Each of the following tells whether that has changed anything. */
gboolean ss_server_names_set    (SsServerNames     *self,
                                 const char *const *names);
gboolean ss_server_names_add    (SsServerNames     *self,
                                 const char        *name);
gboolean ss_server_names_remove (SsServerNames     *self,
                                 const char        *name);
/* Nothing is known any more. */
gboolean ss_server_names_clear  (SsServerNames     *self);
/* NULL: nothing is known. */
GStrv    ss_server_names_dup    (SsServerNames     *self);

G_END_DECLS
