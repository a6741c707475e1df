/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-steps.h"

#include "ss-frame.h"

static void
clear_step (SsStep *self)
{
  g_clear_pointer (&self->patch, server_signal_patch_unref);
  for (guint i = 0; i < SS_N_PROTOCOLS; i++)
    g_clear_pointer (&self->messages[i], ss_message_unref);

  *self = (SsStep) { 0 };
}

void
ss_steps_clear (SsSteps *self)
{
  for (guint i = 0; i < SS_N_STEPS; i++)
    if (self->steps[i].patch != NULL)
      clear_step (&self->steps[i]);

  self->next = 0;
}

SsStep *
ss_steps_add (SsSteps           *self,
              guint64            base,
              ServerSignalPatch *patch,
              guint              n_commits)
{
  SsStep *step = &self->steps[self->next];

  self->next = (self->next + 1) % SS_N_STEPS;
  clear_step (step);
  step->base = base;
  step->patch = server_signal_patch_ref (patch);
  step->n_commits = n_commits;

  return step;
}

SsStep *
ss_steps_find (SsSteps   *self,
               SsHistory *history,
               guint64    base)
{
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint n_commits;

  for (guint i = 0; i < SS_N_STEPS; i++)
    if (self->steps[i].patch != NULL && self->steps[i].base == base)
      return &self->steps[i];

  patch = ss_history_join (history, base, &n_commits);

  return patch != NULL ? ss_steps_add (self, base, patch, n_commits) : NULL;
}

SsMessage *
ss_step_get_message (SsStep     *self,
                     const char *name,
                     guint       protocol,
                     guint64     revision)
{
  if (self->messages[protocol] == NULL)
    {
      if (protocol == SS_PLAIN)
        self->messages[protocol] = ss_frame_encode_plain (name, self->patch);
      else
        self->messages[protocol] = ss_frame_encode_update (name, self->patch, self->base, revision);
    }

  return self->messages[protocol];
}
