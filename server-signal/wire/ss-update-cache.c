/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-update-cache.h"

#include "ss-frame.h"

static void
clear_update (SsUpdate *self)
{
  g_clear_pointer (&self->patch, server_signal_patch_unref);
  for (guint i = 0; i < SS_N_PROTOCOLS; i++)
    g_clear_pointer (&self->messages[i], ss_message_unref);

  *self = (SsUpdate) { 0 };
}

void
ss_update_cache_clear (SsUpdateCache *self)
{
  for (guint i = 0; i < SS_N_UPDATES; i++)
    if (self->updates[i].patch != NULL)
      clear_update (&self->updates[i]);

  self->next = 0;
}

SsUpdate *
ss_update_cache_add (SsUpdateCache     *self,
                     guint64            base,
                     ServerSignalPatch *patch,
                     guint              n_commits)
{
  SsUpdate *update = &self->updates[self->next];

  self->next = (self->next + 1) % SS_N_UPDATES;
  clear_update (update);
  update->base = base;
  update->patch = server_signal_patch_ref (patch);
  update->n_commits = n_commits;

  return update;
}

SsUpdate *
ss_update_cache_find (SsUpdateCache *self,
                      SsHistory     *history,
                      guint64        base)
{
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint n_commits;

  for (guint i = 0; i < SS_N_UPDATES; i++)
    if (self->updates[i].patch != NULL && self->updates[i].base == base)
      return &self->updates[i];

  ss_history_measure (history, base, &n_commits);
  patch = ss_history_join (history, base);

  return patch != NULL ? ss_update_cache_add (self, base, patch, n_commits) : NULL;
}

SsMessage *
ss_update_get_message (SsUpdate   *self,
                       const char *name,
                       SsProtocol  protocol,
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
