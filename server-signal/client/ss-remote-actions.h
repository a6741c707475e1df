/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "signal/server-signal-private.h"

G_BEGIN_DECLS

/* The actions of a server as a GRemoteActionGroup: their state is a replica, an activation a call. While
 * nobody vouches for the replica, or the server takes no calls, all are disabled. */
#define SS_TYPE_REMOTE_ACTIONS (ss_remote_actions_get_type ())
G_DECLARE_FINAL_TYPE (SsRemoteActions, ss_remote_actions, SS, REMOTE_ACTIONS, GObject)

typedef struct
{
  /* Whether the server takes calls, asked when the replica changes. */
  gboolean (*is_ready) (gpointer user_data);
  /* arguments: taken. */
  void     (*call)     (const char *method, SsValue *arguments, gpointer user_data);
} SsRemoteActionsFuncs;

/* funcs and user_data must stay until ss_remote_actions_leave(). */
SsRemoteActions *ss_remote_actions_new     (const char *name, ServerSignal *replica,
                                            const SsRemoteActionsFuncs *funcs, gpointer user_data);
/* The client goes: the actions stay as they are, and nothing is called any more. */
void             ss_remote_actions_leave   (SsRemoteActions *self);

G_END_DECLS
