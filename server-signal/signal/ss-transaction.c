/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-transaction.h"

#include "json/ss-diff.h"
#include "json/ss-pointer.h"
#include "server-signal-error.h"
#include "ss-limits.h"

/* More different places than this in one transaction, and it is committed without looking
 * whether it ended where it began: the list is searched for each write. */
#define MAX_ORIGINS 16

typedef struct
{
  char    *pointer;
  SsValue *value;    /* NULL: nothing was there */
} Origin;

static void
origin_clear (Origin *origin)
{
  g_clear_pointer (&origin->pointer, g_free);
  if (origin->value != NULL)
    ss_value_clear (&origin->value);
}

static gboolean
is_scalar (const SsValue *value)
{
  SsValueKind kind = ss_value_kind (value);

  return kind != SS_VALUE_ARRAY && kind != SS_VALUE_OBJECT;
}

static void
lose_origins (SsTransaction *self)
{
  g_array_set_size (self->origins, 0);
  self->origins_lost = TRUE;
}

/* Whether the pointer ends in what may be a place in a list, where others move when something comes
 * or goes. */
static gboolean
may_be_in_list (const char *pointer)
{
  const char *slash = strrchr (pointer, '/');

  return slash == NULL || g_ascii_isdigit (slash[1]) || slash[1] == '-';
}

/* A scalar in the place of another, or a member that was not there. */
static gboolean
has_origin (SsTransaction *self,
            const SsOp    *op,
            const SsValue *old)
{
  if (op->kind == SS_OP_REPLACE)
    return old != NULL && is_scalar (old) && is_scalar (op->value);

  return op->kind == SS_OP_ADD && !may_be_in_list (op->path) &&
         ss_pointer_resolve (self->root, op->path, NULL) == NULL;
}

/* All writes to a member that was not there, or within it, come to nothing if it is not there in
 * the end. */
static gboolean
is_within_new (SsTransaction *self,
               const char    *pointer)
{
  for (guint i = 0; i < self->origins->len; i++)
    {
      Origin *origin = &g_array_index (self->origins, Origin, i);

      if (origin->value == NULL && ss_pointer_is_within (pointer, origin->pointer))
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_covered (SsTransaction *self,
            const SsOp    *op)
{
  if (op->kind == SS_OP_REPLACE && is_scalar (op->value))
    for (guint i = 0; i < self->origins->len; i++)
      if (g_str_equal (g_array_index (self->origins, Origin, i).pointer, op->path))
        return TRUE;

  return (op->kind == SS_OP_REPLACE || op->kind == SS_OP_ADD || op->kind == SS_OP_REMOVE) &&
         is_within_new (self, op->path);
}

/* Called before the operation is applied. old is what it replaces, NULL for other operations. */
static void
keep_origin (SsTransaction *self,
             const SsOp    *op,
             const SsValue *old)
{
  Origin origin;

  if (self->origins_lost || is_covered (self, op))
    return;

  if (!has_origin (self, op, old) || self->origins->len == MAX_ORIGINS)
    {
      lose_origins (self);
      return;
    }

  origin.pointer = g_strdup (op->path);
  origin.value = old != NULL ? ss_value_ref (old) : NULL;
  g_array_append_val (self->origins, origin);
}

static gboolean
is_back_at_origins (SsTransaction *self)
{
  /* A single write has changed something, or it would not have been made. */
  if (self->origins_lost || self->n_writes < 2)
    return FALSE;

  for (guint i = 0; i < self->origins->len; i++)
    {
      Origin *origin = &g_array_index (self->origins, Origin, i);
      const SsValue *now = ss_pointer_resolve (self->root, origin->pointer, NULL);

      if (origin->value == NULL ? now != NULL : now == NULL || !ss_value_equal (now, origin->value))
        return FALSE;
    }

  return TRUE;
}

void
ss_transaction_init (SsTransaction *self,
                     SsValue       *root)
{
  memset (self, 0, sizeof *self);
  self->root = root;
  self->undo = ss_undo_new ();
  self->open = ss_recorder_new ();
  self->origins = g_array_new (FALSE, FALSE, sizeof (Origin));
  g_array_set_clear_func (self->origins, (GDestroyNotify) origin_clear);
}

void
ss_transaction_clear (SsTransaction *self)
{
  g_clear_pointer (&self->origins, g_array_unref);
  g_clear_pointer (&self->settled, ss_recorder_free);
  g_clear_pointer (&self->open, ss_recorder_free);
  g_clear_pointer (&self->undo, ss_undo_free);
  ss_value_clear (&self->base);
  ss_value_clear (&self->root);
}

static gboolean
apply (SsTransaction  *self,
       SsOp           *op,
       const SsValue  *old,
       GError        **error)
{
  keep_origin (self, op, old);

  if (!ss_edit_apply (&self->root, op, self->undo, error))
    {
      ss_op_clear (op);
      return FALSE;
    }

  /* Moving between equal elements moves nothing. */
  self->has_idle |= op->kind == SS_OP_MOVE;
  ss_recorder_take (self->open, op);
  self->n_recorded++;
  self->n_writes++;
  return TRUE;
}

gboolean
ss_transaction_apply (SsTransaction  *self,
                      SsOp           *op,
                      GError        **error)
{
  g_assert (op->kind != SS_OP_TEST && op->kind != SS_OP_REPLACE);

  return apply (self, op, NULL, error);
}

/* Looks at a patch's operation before any of them is applied. */
static gboolean
may_be_idle (const SsOp    *op,
             guint          n_ops,
             const SsValue *old)
{
  if (op->kind == SS_OP_REPLACE)
    return old == NULL || ss_value_equal (old, op->value);

  return n_ops > 1 || op->kind != SS_OP_REMOVE;
}

static const SsValue *
find_replaced (SsTransaction *self,
               const SsOp    *op)
{
  return op->kind == SS_OP_REPLACE ? ss_pointer_resolve (self->root, op->path, NULL) : NULL;
}

static void
record_without_tests (SsTransaction *self,
                      const SsOp    *ops,
                      guint          n_ops)
{
  for (guint i = 0; i < n_ops; i++)
    {
      SsOp copy;

      if (ops[i].kind == SS_OP_TEST)
        continue;

      copy.kind = ops[i].kind;
      copy.path = g_strdup (ops[i].path);
      copy.from = g_strdup (ops[i].from);
      copy.value = ops[i].value != NULL ? ss_value_ref (ops[i].value) : NULL;
      ss_recorder_take (self->open, &copy);
    }
}

gboolean
ss_transaction_apply_patch (SsTransaction      *self,
                            ServerSignalPatch  *patch,
                            GError            **error)
{
  guint n_ops = 0;
  guint n_tests = 0;
  const SsOp *ops = ss_patch_ops (patch, &n_ops);
  gboolean has_idle = FALSE;

  for (guint i = 0; i < n_ops; i++)
    {
      const SsValue *old = find_replaced (self, &ops[i]);

      if (ops[i].kind == SS_OP_TEST)
        n_tests++;
      else
        keep_origin (self, &ops[i], old);
      has_idle |= may_be_idle (&ops[i], n_ops, old);
    }

  if (!ss_patch_apply (patch, &self->root, self->undo, error))
    return FALSE;

  self->has_idle |= has_idle;
  self->n_recorded += n_ops - n_tests;
  if (n_tests > 0)
    record_without_tests (self, ops, n_ops);
  else
    ss_recorder_append (self->open, patch);

  /* Nothing has checked whether a patch's operations change anything. */
  self->n_writes += 2;
  return TRUE;
}

gboolean
ss_transaction_replace (SsTransaction  *self,
                        const char     *pointer,
                        const SsValue  *old,
                        const SsValue  *value,
                        GError        **error)
{
  g_autoptr (ServerSignalPatch) patch = NULL;
  SsOp op = { SS_OP_REPLACE, NULL, NULL, NULL };
  gboolean applied;

  if (ss_value_equal (old, value))
    return TRUE;

  op.path = g_strdup (pointer);
  op.value = ss_value_ref (value);

  if (is_scalar (old) || is_scalar (value))
    return apply (self, &op, old, error);

  /* The new value itself is put in place rather than the patch applied: that is one step, and
   * keeps the order of members that the caller gave. */
  patch = ss_diff (old, value, op.path);
  applied = ss_edit_apply (&self->root, &op, self->undo, error);
  ss_op_clear (&op);
  if (!applied)
    return FALSE;

  if (!is_within_new (self, pointer))
    lose_origins (self);
  ss_recorder_append (self->open, patch);
  self->n_recorded += server_signal_patch_get_n_operations (patch);
  self->n_writes++;
  return TRUE;
}

gboolean
ss_transaction_put (SsTransaction  *self,
                    const char     *pointer,
                    const SsValue  *value,
                    GError        **error)
{
  const SsValue *old = ss_pointer_resolve (self->root, pointer, NULL);
  SsOp op = { SS_OP_ADD, NULL, NULL, NULL };

  if (old != NULL && ss_value_equal (old, value))
    return TRUE;

  if (old != NULL)
    op.kind = SS_OP_REPLACE;
  op.path = g_strdup (pointer);
  op.value = ss_value_ref (value);

  return apply (self, &op, old, error);
}

gboolean
ss_transaction_put_list (SsTransaction  *self,
                         const char     *pointer,
                         const SsValue  *value,
                         SsOp           *ops,
                         guint           n_ops,
                         GError        **error)
{
  SsOp op = { SS_OP_REPLACE, g_strdup (pointer), NULL, ss_value_ref (value) };
  gboolean applied = ss_edit_apply (&self->root, &op, self->undo, error);

  ss_op_clear (&op);
  if (!applied)
    {
      for (guint i = 0; i < n_ops; i++)
        ss_op_clear (&ops[i]);
      return FALSE;
    }

  if (!is_within_new (self, pointer))
    lose_origins (self);
  for (guint i = 0; i < n_ops; i++)
    ss_recorder_take (self->open, &ops[i]);
  self->n_recorded += n_ops;
  self->n_writes++;
  return TRUE;
}

gboolean
ss_transaction_is_pending (SsTransaction *self)
{
  return self->base != NULL || !ss_recorder_is_empty (self->open) ||
         (self->settled != NULL && !ss_recorder_is_empty (self->settled));
}

void
ss_transaction_collapse (SsTransaction *self)
{
  if (self->base == NULL)
    self->base = ss_transaction_ref_committed (self);

  ss_undo_reset (self->undo);
  ss_recorder_reset (self->open);
  if (self->settled != NULL)
    ss_recorder_reset (self->settled);
  self->settled_mark = 0;
  self->n_recorded = 0;
  self->has_idle = TRUE;
  lose_origins (self);
}

void
ss_transaction_settle (SsTransaction *self)
{
  if (ss_recorder_is_empty (self->open))
    return;

  if (self->settled == NULL)
    self->settled = ss_recorder_new ();

  if (ss_recorder_is_empty (self->settled))
    {
      SsRecorder *empty = self->settled;

      self->settled = self->open;
      self->open = empty;
    }
  else
    {
      g_autoptr (ServerSignalPatch) patch = ss_recorder_finish (self->open);

      ss_recorder_append (self->settled, patch);
    }

  self->settled_mark = ss_undo_mark (self->undo);
}

void
ss_transaction_discard (SsTransaction *self)
{
  if (ss_recorder_is_empty (self->open))
    return;

  ss_undo_rollback (self->undo, self->settled_mark, &self->root);
  ss_recorder_reset (self->open);
  self->has_idle = TRUE;

  /* The origins of settled writes stay true; those of discarded ones are the present values
   * again. */
  if (self->settled_mark == 0)
    {
      g_array_set_size (self->origins, 0);
      self->origins_lost = FALSE;
      self->n_writes = 0;
      self->n_recorded = 0;
      self->has_idle = FALSE;
    }
}

SsValue *
ss_transaction_ref_committed (SsTransaction *self)
{
  SsValue *root;

  if (self->base != NULL)
    return ss_value_ref (self->base);

  root = ss_value_ref (self->root);
  if (!ss_undo_is_empty (self->undo))
    ss_undo_revert (self->undo, &root);

  return root;
}

ServerSignalPatch *
ss_transaction_finish (SsTransaction *self)
{
  g_autoptr (ServerSignalPatch) patch = NULL;

  if (!ss_transaction_is_pending (self))
    return NULL;

  if (self->base != NULL)
    {
      self->is_exact = FALSE;
      if (ss_value_equal (self->base, self->root))
        return NULL;

      return ss_diff (self->base, self->root, NULL);
    }

  patch = ss_recorder_finish (self->open);
  if (self->settled != NULL && !ss_recorder_is_empty (self->settled))
    {
      ss_recorder_append (self->settled, patch);
      g_clear_pointer (&patch, server_signal_patch_unref);
      patch = ss_recorder_finish (self->settled);
    }

  self->is_exact =
    !self->has_idle && self->n_recorded == server_signal_patch_get_n_operations (patch);

  return is_back_at_origins (self) ? NULL : g_steal_pointer (&patch);
}

void
ss_transaction_close (SsTransaction *self)
{
  ss_undo_reset (self->undo);
  ss_recorder_reset (self->open);
  /* Where there was a base the patch did not come from it. */
  if (self->settled != NULL)
    ss_recorder_reset (self->settled);
  ss_value_clear (&self->base);
  g_array_set_size (self->origins, 0);
  self->origins_lost = FALSE;
  self->settled_mark = 0;
  self->n_writes = 0;
  self->n_recorded = 0;
  self->has_idle = FALSE;
}
