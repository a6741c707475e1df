/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-call-private.h"

G_BEGIN_DECLS

/* The calls that a hub's application works on, and the answers to those that may be made again. A run
 * is one call to the application; an ask is one peer that waits for its answer. A run with a key is
 * remembered: the same call, made again on another connection, is another ask of the same run, and gets
 * the answer at once where there is one. */

typedef struct _SsCallRuns SsCallRuns;
typedef struct _SsCallRun SsCallRun;
typedef struct _SsCallAsk SsCallAsk;

/* Neither runs the application. */
typedef struct
{
  /* The ask is out of its run, and is the callee's to free. */
  void (*answered) (SsCallAsk *ask, SsOutcome *outcome);
  void (*progress) (SsCallAsk *ask, const SsValue *value);
} SsCallAskFuncs;

/* Embedded in what its owner keeps of it. */
struct _SsCallAsk
{
  GList                 link;
  SsCallRun            *run;   /* NULL: none */
  const SsCallAskFuncs *funcs;
};

SsCallRuns       *ss_call_runs_new    (void);
/* Nobody asks any more. Calls that are being worked on end in nothing. */
void              ss_call_runs_free   (SsCallRuns *self);
/* The run that has the key, or NULL. */
SsCallRun        *ss_call_runs_find   (SsCallRuns *self, const char *key);
/* A new run, with the call that the application is to get, and its first ask. key NULL: it is not
 * remembered. */
ServerSignalCall *ss_call_runs_start  (SsCallRuns *self, const char *key, ServerSignalPeer *peer,
                                       SsHubCore *core, const char *method, SsValue *arguments,
                                       SsCallAsk *ask);
/* Waits for the answer of a run that goes on; answered() may be called at once. */
void              ss_call_run_join    (SsCallRun *self, SsCallAsk *ask);
/* Does not wait any longer. Gives the call if nobody else does, to be cancelled: transfer full. */
ServerSignalCall *ss_call_ask_leave   (SsCallAsk *ask);
/* The call, if it is not answered: transfer full, or NULL. */
ServerSignalCall *ss_call_ask_get     (SsCallAsk *ask);
/* The run of a call that nobody has taken is not remembered. */
void              ss_call_runs_forget (SsCallRuns *self, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsCallRuns, ss_call_runs_free)

G_END_DECLS
