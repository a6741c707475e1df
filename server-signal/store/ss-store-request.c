/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-store-request.h"

SsStoreRequest *
ss_store_request_new (SsStoreKind      kind,
                      const char      *name,
                      SsStoreDoneFunc  done,
                      gpointer         user_data)
{
  SsStoreRequest *self = g_new0 (SsStoreRequest, 1);

  self->kind = kind;
  self->name = g_strdup (name);
  self->done = done;
  self->user_data = user_data;
  ss_store_state_init (&self->state);

  return self;
}

void
ss_store_request_finish (SsStoreRequest *self,
                         const GError   *error)
{
  if (self->answered != NULL)
    self->answered (self, error, self->engine);
  self->done (self, error, self->user_data);

  g_clear_object (&self->engine);

  g_free (self->name);
  g_free (self->epoch);
  g_free (self->fresh);
  g_free (self->owner);
  g_clear_pointer (&self->entry, ss_log_entry_unref);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  ss_store_state_clear (&self->state);
  g_free (self);
}
