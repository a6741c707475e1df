/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-unfinished.h"

#include "ss-limits.h"

static void
set_bytes (SsUnfinished      *self,
           SsUnfinishedEntry *entry,
           gsize              n_bytes)
{
  if (entry->n_bytes > 0 && n_bytes == 0)
    {
      g_queue_unlink (&self->entries, &entry->link);
    }
  else if (entry->n_bytes == 0 && n_bytes > 0)
    {
      entry->link.data = entry;
      g_queue_push_tail_link (&self->entries, &entry->link);
    }

  self->n_bytes += n_bytes - entry->n_bytes;
  entry->n_bytes = n_bytes;
}

void
ss_unfinished_remove (SsUnfinished      *self,
                      SsUnfinishedEntry *entry)
{
  set_bytes (self, entry, 0);
}

void
ss_unfinished_update (SsUnfinished      *self,
                      SsUnfinishedEntry *entry,
                      gsize              n_bytes,
                      SsUnfinishedFunc   drop)
{
  set_bytes (self, entry,
             n_bytes > SS_UNFINISHED_FREE_BYTES ? n_bytes - SS_UNFINISHED_FREE_BYTES : 0);

  while (self->n_bytes > SS_UNFINISHED_BYTES)
    {
      SsUnfinishedEntry *oldest = g_queue_peek_head (&self->entries);

      set_bytes (self, oldest, 0);
      drop (oldest->object);
    }
}
