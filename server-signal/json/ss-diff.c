/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-diff.h"

#include "ss-diff-moves.h"
#include "ss-diff-writer.h"
#include "ss-list-diff.h"

/* How much a change of one member counts: 1 when replacing the whole object around it cannot be
 * shorter. It can when many characters of the name are escaped in a pointer and not in the object,
 * where quotes, colon and braces take five bytes and a pointer's slash takes one. */
static guint
change_weight (const SsValue *key)
{
  gsize length;
  const char *name = ss_value_get_string (key, &length);
  guint n_escaped = 0;
  gsize i;

  for (i = 0; i < length; i++)
    n_escaped += name[i] == '~' || name[i] == '/';

  return n_escaped > 4 ? 2 : 1;
}

static void diff_values (SsDiff *self, const SsValue *from, const SsValue *to);

static void
diff_objects (SsDiff        *self,
              const SsValue *from,
              const SsValue *to)
{
  SsDiffMark mark = ss_diff_mark (self);
  guint n_from = ss_value_length (from);
  guint n_to = ss_value_length (to);
  guint n_changed = 0;
  guint n_found = 0;
  guint hint = 0;
  guint i;

  ss_diff_open (self, to);

  /* The members of two versions of one object mostly come in the same order: the place after the
   * one found last is where the next probably is. */
  for (i = 0; i < n_from; i++)
    {
      const SsValue *key = ss_object_key (from, i);
      guint n_ops = self->n_ops;
      int position;

      /* Most members of most objects are the same in both. */
      if (hint < n_to && ss_object_key (to, hint) == key &&
          ss_object_value (to, hint) == ss_object_value (from, i))
        {
          n_found++;
          hint++;
          continue;
        }

      position = ss_object_find_key (to, key, hint);
      ss_diff_push_key (self, key);
      if (position < 0)
        {
          ss_diff_emit (self, SS_OP_REMOVE, ss_object_value (from, i), NULL);
          /* Counted double, because a replacement may be shorter than even one of them. */
          n_changed += 2;
        }
      else
        {
          n_found++;
          hint = (guint) position + 1;
          diff_values (self, ss_object_value (from, i), ss_object_value (to, (guint) position));
          n_changed += self->n_ops > n_ops ? change_weight (key) : 0;
        }
      ss_diff_pop (self);
    }

  hint = 0;
  for (i = 0; n_found < n_to && i < n_to; i++)
    {
      const SsValue *key = ss_object_key (to, i);
      int position = ss_object_find_key (from, key, hint);

      if (position >= 0)
        {
          hint = (guint) position + 1;
          continue;
        }

      ss_diff_push_key (self, key);
      ss_diff_emit (self, SS_OP_ADD, NULL, ss_object_value (to, i));
      ss_diff_pop (self);
      n_changed += change_weight (key);
      n_found++;
    }

  if (ss_diff_close (self, &mark))
    return;

  /* When one member alone has changed, by what is the shortest for it, replacing the whole object
   * around it cannot be shorter. */
  if (n_changed > 1 || self->defers)
    ss_diff_keep_shorter (self, &mark, to, n_changed > 1);
}

static void
diff_values (SsDiff        *self,
             const SsValue *from,
             const SsValue *to)
{
  if (from == to)
    return;

  if (ss_value_is_container (from) && ss_value_is_container (to) && self->depth < SS_DOCUMENT_DEPTH)
    {
      SsValueKind kind = ss_value_kind (from);

      if (kind == ss_value_kind (to))
        {
          if (kind == SS_VALUE_OBJECT)
            {
              diff_objects (self, from, to);
            }
          else
            {
              self->list_depth++;
              ss_diff_lists (self, from, to);
              self->list_depth--;
            }
          return;
        }
    }

  if (!ss_value_equal (from, to))
    ss_diff_emit (self, SS_OP_REPLACE, from, to);
}

/* Makes the difference once more, and puts it in the place of the best so far if it is shorter. */
static void
try_with_moves (SsDiff         *self,
                const SsValue  *from,
                const SsValue  *to,
                const char     *prefix,
                const SsDiff   *plain,
                SsDiffLists     lists,
                gsize          *best,
                SsDiff        **best_diff)
{
  SsDiffMark start = {
    0,
  };
  gsize bytes;

  ss_diff_init (self, prefix, diff_values);
  self->defers = TRUE;
  self->moving = plain->moving;
  self->lists = (guint8) lists;
  diff_values (self, from, to);
  if (!ss_diff_find_moves (self))
    return;

  bytes = ss_diff_bytes_since (self, &start, *best);
  if (bytes < *best)
    {
      *best = bytes;
      *best_diff = self;
    }
}

/* A difference of which something came at one place that went at another, or in which it is open
 * whether elements of a list were edited or exchanged. */
static G_NO_INLINE ServerSignalPatch *
choose_shortest (SsDiff        *plain,
                 const SsValue *from,
                 const SsValue *to,
                 const char    *prefix,
                 gboolean       may_move)
{
  SsDiffMark start = {
    0,
  };
  SsDiff *best_diff = plain;
  gsize best = ss_diff_bytes_since (plain, &start, G_MAXSIZE);
  ServerSignalPatch *patch;
  SsDiff others[3];
  guint first = may_move ? SS_DIFF_BY_LIKENESS : SS_DIFF_BY_EQUALITY;
  guint last = plain->has_doubts ? SS_DIFF_BY_POSITION : SS_DIFF_BY_LIKENESS;
  guint i;

  for (i = first; i <= last; i++)
    try_with_moves (&others[i], from, to, prefix, plain, (SsDiffLists) i, &best, &best_diff);

  patch = ss_diff_make_patch (best_diff);
  for (i = first; i <= last; i++)
    ss_diff_clear (&others[i]);

  return patch;
}

ServerSignalPatch *
ss_diff (const SsValue *from,
         const SsValue *to,
         const char    *prefix)
{
  ServerSignalPatch *patch;
  gboolean may_move;
  SsDiff self;

  ss_diff_init (&self, prefix, diff_values);
  diff_values (&self, from, to);
  may_move = self.gone.length > 0 && self.come.length > 0 && ss_diff_may_move (&self);
  if (may_move || self.has_doubts)
    patch = choose_shortest (&self, from, to, prefix, may_move);
  else
    patch = ss_diff_make_patch (&self);
  ss_diff_clear (&self);

  return patch;
}

ServerSignalPatch *
ss_diff_list (const SsValue *from,
              const SsValue *to)
{
  ServerSignalPatch *patch;
  SsDiff self;

  g_assert (ss_value_kind (from) == SS_VALUE_ARRAY && ss_value_kind (to) == SS_VALUE_ARRAY);

  ss_diff_init (&self, NULL, diff_values);
  self.keeps_list = TRUE;
  diff_values (&self, from, to);
  patch = ss_diff_make_patch (&self);
  ss_diff_clear (&self);

  return patch;
}
