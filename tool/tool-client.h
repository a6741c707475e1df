/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libserver-signal.h>

#include "tool-target.h"
#include "tool.h"

G_BEGIN_DECLS

/* --token and --ca, and the environment variable SERVER_SIGNAL_TOKEN. */
extern const GOptionEntry tool_client_entries[];

/* A token travels in a header, which has one line. token: NULL for none. */
gboolean tool_token_check (const char  *token,
                           GError     **error);

/* The address as it may be written on the command line: that of a WebSocket, with http: or without
 * a scheme as well, HOST:PORT, :PORT, or unix: and a path. The path is /ws where there is none.
 *
 * A patient client tries again for ever; the other gives up at the first failure. It is not started.
 * With --verbose it says what happens to the connection. */
ServerSignalClient *tool_client_new          (const char          *uri,
                                              gboolean             patient,
                                              GError             **error);
/* Whether it will not try again. */
gboolean            tool_client_is_over      (ServerSignalClient  *client);
/* Says why. */
void                tool_client_complain     (ServerSignalClient  *client);
/* Starts it, and waits for the names of the server's signals. NULL: there were none in time, and it was
 * said why. seconds: 0 for as long as it takes. */
char              **tool_client_wait_names   (ServerSignalClient  *client,
                                              double               seconds);
/* Has it said that the server does not tell names, for those who follow all of them. */
void                tool_client_expect_names (ServerSignalClient  *client);

G_END_DECLS
