/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-call.h"
#include "ss-outcome.h"

G_BEGIN_DECLS

typedef struct _SsHubCore SsHubCore;

/* The hub's side of a call. */

typedef struct
{
  /* It is answered, or was dropped unanswered. Once, and last. */
  void (*answered) (ServerSignalCall *call, SsOutcome *outcome, gpointer user_data);
  void (*progress) (ServerSignalCall *call, const SsValue *value, gpointer user_data);
} SsCallFuncs;

/* funcs and user_data must stay until answered() was called or the call is detached. Nothing of
 * those runs the application. arguments: NULL is JSON null. */
ServerSignalCall *ss_call_new         (ServerSignalPeer  *peer,
                                       SsHubCore         *core,
                                       const char        *method,
                                       SsValue           *arguments,
                                       const SsCallFuncs *funcs,
                                       gpointer           user_data);
/* Answers it, unless it is answered. The outcome is taken. */
void              ss_call_settle      (ServerSignalCall *self, SsOutcome *outcome);
gboolean          ss_call_is_answered (ServerSignalCall *self);
/* Nobody waits for the answer any more. */
void              ss_call_detach      (ServerSignalCall *self);
/* Cancels its cancellable, which runs the application. */
void              ss_call_cancel      (ServerSignalCall *self);
/* NULL or transfer none. */
const SsValue    *ss_call_peek        (ServerSignalCall *self);

G_END_DECLS
