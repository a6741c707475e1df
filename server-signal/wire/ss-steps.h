/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-history.h"
#include "ss-message.h"

G_BEGIN_DECLS

/* Subscribers that are not all at the same revision, after a hold, share what is made for them
 * as long as they are at one of so many. */
#define SS_N_STEPS 4

enum
{
  SS_V1,
  SS_PLAIN,
  SS_N_PROTOCOLS
};

/* What leads from one revision to the newest, made once for all who are there. */
typedef struct
{
  guint64            base;
  ServerSignalPatch *patch;
  SsMessage         *messages[SS_N_PROTOCOLS];
  guint              n_commits;

  /* For the owner, who asks for the snapshot's size once, because it is not known for nothing. */
  gboolean           compared[SS_N_PROTOCOLS];
  gboolean           beaten[SS_N_PROTOCOLS];
} SsStep;

/* All zero: none. Cleared at each commit. */
typedef struct
{
  SsStep steps[SS_N_STEPS];
  guint  next;   /* which one is given up next */
} SsSteps;

void       ss_steps_clear      (SsSteps *self);
/* Good until as many more have been added. */
SsStep    *ss_steps_add        (SsSteps *self, guint64 base, ServerSignalPatch *patch, guint n_commits);
/* NULL: only a snapshot leads on from there. */
SsStep    *ss_steps_find       (SsSteps *self, SsHistory *history, guint64 base);
/* revision: the newest. Transfer none. */
SsMessage *ss_step_get_message (SsStep *self, const char *name, guint protocol, guint64 revision);

G_END_DECLS
