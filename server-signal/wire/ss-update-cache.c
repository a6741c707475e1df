/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-update-cache.h"

#include "ss-frame.h"
#include "ss-limits.h"

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
  if (self->newest.patch != NULL)
    clear_update (&self->newest);

  if (self->joined == NULL)
    return;

  for (guint i = 0; i < SS_N_JOINED; i++)
    clear_update (&self->joined[i]);
  g_clear_pointer (&self->joined, g_free);
  self->next = 0;
}

static SsUpdate *
fill_update (SsUpdate          *update,
             guint64            base,
             ServerSignalPatch *patch,
             guint              n_commits)
{
  clear_update (update);
  update->base = base;
  update->patch = server_signal_patch_ref (patch);
  update->n_commits = n_commits;

  return update;
}

void
ss_update_cache_push (SsUpdateCache     *self,
                      guint64            base,
                      ServerSignalPatch *patch)
{
  fill_update (&self->newest, base, patch, 1);
}

static SsUpdate *
find_joined (SsUpdateCache *self,
             guint64        base)
{
  for (guint i = 0; self->joined != NULL && i < SS_N_JOINED; i++)
    if (self->joined[i].patch != NULL && self->joined[i].base == base)
      return &self->joined[i];

  return NULL;
}

/* FALSE: the history is long, and too many of that kind were joined lately. */
static gboolean
spend_allowance (SsUpdateCache *self,
                 gsize          bytes)
{
  gint64 now = g_get_monotonic_time ();
  double seconds = (double) (now - self->allowance_time) / G_USEC_PER_SEC;

  self->allowance = MIN (self->allowance + seconds * SS_JOIN_BYTES_PER_SECOND, SS_JOIN_BYTES);
  self->allowance_time = now;

  /* One is always allowed that begins with a full allowance, however long the application wants
   * its history to be. */
  if (bytes > self->allowance && self->allowance < SS_JOIN_BYTES)
    return FALSE;

  self->allowance -= (double) bytes;

  return TRUE;
}

SsUpdate *
ss_update_cache_find (SsUpdateCache *self,
                      SsHistory     *history,
                      guint64        base,
                      gboolean       sparing)
{
  g_autoptr (ServerSignalPatch) patch = NULL;
  SsUpdate *update;
  guint n_commits;
  gsize bytes;

  if (self->newest.patch != NULL && self->newest.base == base)
    return &self->newest;

  update = find_joined (self, base);
  if (update != NULL)
    return update;

  bytes = ss_history_measure (history, base, &n_commits);
  if (bytes == 0)
    return NULL;
  if (sparing && bytes > SS_JOIN_SHORT_BYTES && !spend_allowance (self, bytes))
    return NULL;

  if (self->joined == NULL)
    self->joined = g_new0 (SsUpdate, SS_N_JOINED);
  update = &self->joined[self->next];
  self->next = (self->next + 1) % SS_N_JOINED;
  patch = ss_history_join (history, base);

  return fill_update (update, base, patch, n_commits);
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
