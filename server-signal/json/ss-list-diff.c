/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-diff-private.h"

void
ss_diff_lists (SsDiff        *self,
               const SsValue *from,
               const SsValue *to)
{
  SsDiffMark mark = ss_diff_mark (self);
  guint n_from = ss_value_length (from);
  guint n_to = ss_value_length (to);
  guint n_common = MIN (n_from, n_to);
  guint start = 0;
  guint end = 0;
  guint i;

  while (start < n_common && ss_diff_equal (self, ss_array_get (from, start), ss_array_get (to, start)))
    start++;
  while (end < n_common - start &&
         ss_diff_equal (self, ss_array_get (from, n_from - end - 1), ss_array_get (to, n_to - end - 1)))
    end++;

  for (i = n_from - end; i > n_to - end && i > start; i--)
    ss_diff_emit_at (self, SS_OP_REMOVE, i - 1, NULL);
  for (i = start; i < MIN (n_from, n_to) - end; i++)
    {
      ss_diff_push_index (self, i);
      ss_diff_values (self, ss_array_get (from, i), ss_array_get (to, i));
      ss_diff_pop (self);
    }
  for (; i < n_to - end; i++)
    ss_diff_emit_at (self, SS_OP_ADD, i, ss_array_get (to, i));

  if (self->n_ops > mark.n_ops + 1)
    ss_diff_keep_shorter (self, &mark, to);
}
