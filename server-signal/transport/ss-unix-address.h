/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The address of a unix socket as people write it: a path, or "@" and a name in the abstract
 * namespace, and behind a question mark options that are joined with "&". */
typedef struct
{
  char     *path;     /* or the name, without "@" */
  gboolean  abstract;
  guint     mode;     /* of the file: "mode=0660", SS_UNIX_MODE where it is not given */
  gboolean  tls;      /* "tls=1" */
} SsUnixAddress;

/* FALSE, INVALID_ARGUMENT: there is no path, or an option is wrong, which is named. */
gboolean        ss_unix_address_parse             (SsUnixAddress *self, const char *text, GError **error);
/* NULL, INVALID_ARGUMENT: the path is longer than sockets may have. */
GSocketAddress *ss_unix_address_to_socket_address (const SsUnixAddress *self, GError **error);
void            ss_unix_address_clear             (SsUnixAddress *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SsUnixAddress, ss_unix_address_clear)

G_END_DECLS
