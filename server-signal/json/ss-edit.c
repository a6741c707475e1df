/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-edit.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "server-signal-error.h"
#include "ss-pointer.h"
#include "ss-undo.h"

/* An operation is first followed through the tree without touching it, so that one that fails has
 * changed nothing, not even the pointers; only then is the way down made writable. */

/* Where an operation writes. The steps are those of the tree at the moment of writing. */
typedef struct
{
  SsPath     place;
  SsValue    *found;     /* the value there; NULL where one is going to be inserted */
  gboolean    in_object;
  const char *token;     /* the last one: a new member's name; in the pointer, or in scratch */
  gsize       length;
  const char *rest;      /* of the pointer, behind the token */
  GString    *scratch;
} Target;

/* Only what has to be: a place is large, and its steps are written before they are read. */
static void
target_init (Target *target)
{
  target->place.n_steps = 0;
  target->found = NULL;
  target->in_object = FALSE;
  target->token = NULL;
  target->length = 0;
  target->scratch = NULL;
}

static void
target_clear (Target *target)
{
  if (target->scratch != NULL)
    g_string_free (target->scratch, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, target_clear)

static const char * const op_kind_names[] = {
  [SS_OP_ADD] = "add",
  [SS_OP_REMOVE] = "remove",
  [SS_OP_REPLACE] = "replace",
  [SS_OP_MOVE] = "move",
  [SS_OP_COPY] = "copy",
  [SS_OP_TEST] = "test",
};

const char *
ss_op_kind_get_name (SsOpKind kind)
{
  return op_kind_names[kind];
}

gboolean
ss_op_kind_from_name (const char *name,
                      SsOpKind   *kind)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (op_kind_names); i++)
    {
      if (strcmp (name, op_kind_names[i]) == 0)
        {
          *kind = (SsOpKind) i;
          return TRUE;
        }
    }

  return FALSE;
}

void
ss_op_clear (SsOp *op)
{
  g_clear_pointer (&op->path, g_free);
  g_clear_pointer (&op->from, g_free);
  ss_value_clear (&op->value);
}

static gboolean
fail_not_found (const Target  *target,
                const char    *pointer,
                GError       **error)
{
  ss_pointer_set_not_found (error, pointer, target->rest);
  return FALSE;
}

/* One step into an object. A member that is going to be moved away (the hole) is as good as
 * gone. */
static gboolean
step_into_object (Target         *target,
                  const SsValue  *object,
                  const guint    *hole,
                  gboolean        may_insert,
                  const char     *pointer,
                  GError        **error)
{
  int position = ss_object_find (object, target->token, target->length);
  guint step;

  target->in_object = TRUE;
  target->found = NULL;

  if (position >= 0 && (hole == NULL || *hole != (guint) position))
    {
      target->found = ss_object_value (object, (guint) position);
      step = (guint) position;
    }
  else if (may_insert)
    {
      step = ss_value_length (object);
    }
  else
    {
      return fail_not_found (target, pointer, error);
    }

  if (hole != NULL && step > *hole)
    step--;
  target->place.steps[target->place.n_steps++] = step;

  return TRUE;
}

static gboolean
step_into_array (Target         *target,
                 const SsValue  *array,
                 const guint    *hole,
                 gboolean        may_insert,
                 const char     *pointer,
                 GError        **error)
{
  guint length = ss_value_length (array) - (hole != NULL ? 1 : 0);
  guint index;

  target->in_object = FALSE;
  target->found = NULL;

  if (!ss_token_to_index (target->token, target->length, &index))
    {
      if (!ss_token_check_index (target->token, target->length, pointer, error))
        return FALSE;
      /* Either the place after the last element, or a number that no list is long enough for. */
      index = *target->token == '-' ? length : G_MAXUINT;
    }

  if (index > length || (index == length && !may_insert))
    return fail_not_found (target, pointer, error);

  if (index < length)
    target->found = ss_array_get (array, hole != NULL && index >= *hole ? index + 1 : index);
  target->place.steps[target->place.n_steps++] = index;

  return TRUE;
}

/* Finds where pointer leads. may_insert: the last token may name a member that is not there yet, or
 * the place after the last element. hole: a place that will be gone by the time of the write, as if
 * it were gone now. */
static gboolean
find_target (Target        *target,
             SsValue       *root,
             const char    *pointer,
             gboolean       may_insert,
             const SsPath  *hole,
             GError       **error)
{
  gboolean along_hole = hole != NULL;

  target->found = root;
  target->rest = pointer;
  if (pointer == NULL || *pointer == '\0')
    return TRUE;

  if (!ss_pointer_is_plain (pointer))
    {
      if (!ss_pointer_is_valid (pointer, error))
        return FALSE;
      target->scratch = g_string_new (NULL);
    }

  while (ss_pointer_next (&target->rest, target->scratch, &target->token, &target->length))
    {
      const SsValue *container = target->found;
      SsValueKind kind = ss_value_kind (container);
      guint depth = target->place.n_steps;
      gboolean is_last = *target->rest == '\0';
      const guint *hole_here = NULL;

      if (along_hole && depth == hole->n_steps - 1)
        hole_here = &hole->steps[depth];

      if (kind != SS_VALUE_OBJECT && kind != SS_VALUE_ARRAY)
        {
          if (!is_last || !may_insert)
            return fail_not_found (target, pointer, error);

          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED,
                       _("Nothing can be put at “%s”: its parent is neither an object nor a list"),
                          pointer);
          return FALSE;
        }

      if (depth == SS_DOCUMENT_DEPTH)
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                       _("“%s” is nested more than %d levels deep"), pointer, SS_DOCUMENT_DEPTH);
          return FALSE;
        }

      if (kind == SS_VALUE_OBJECT)
        {
          if (!step_into_object (target, container, hole_here, is_last && may_insert, pointer,
                                 error))
            return FALSE;
        }
      else if (!step_into_array (target, container, hole_here, is_last && may_insert, pointer,
                                 error))
        {
          return FALSE;
        }

      along_hole =
        along_hole && hole_here == NULL && target->place.steps[depth] == hole->steps[depth];
    }

  return TRUE;
}

static gboolean
check_depth (const Target   *target,
             const SsValue  *value,
             const char     *pointer,
             GError        **error)
{
  if (target->place.n_steps + ss_value_depth (value) <= SS_DOCUMENT_DEPTH)
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The value for “%s” would make the document nest more than %d levels deep"),
                  pointer != NULL ? pointer : "", SS_DOCUMENT_DEPTH);
  return FALSE;
}

static void
swap_at (SsValue      **root,
         const Target  *target,
         SsValue       *value,
         SsUndo        *undo)
{
  SsValue *old_value = ss_path_swap (root, target->place.steps, target->place.n_steps, value);

  if (undo != NULL)
    ss_undo_log_swap (undo, &target->place, old_value);
  else
    ss_value_unref (old_value);
}

static SsValue *
new_key (const Target *target)
{
  return target->in_object ? ss_value_new_string (target->token, (gssize) target->length) : NULL;
}

/* The value is taken. A list gets a new element; a member or the root that is there is replaced. */
static void
add_at (SsValue      **root,
        const Target  *target,
        SsValue       *value,
        SsUndo        *undo)
{
  if (target->place.n_steps == 0 || (target->in_object && target->found != NULL))
    {
      swap_at (root, target, value, undo);
      return;
    }

  ss_path_insert (root, target->place.steps, target->place.n_steps, new_key (target), value);
  if (undo != NULL)
    ss_undo_log_insert (undo, &target->place);
}

static gboolean
apply_add (SsValue    **root,
           const SsOp  *op,
           SsUndo      *undo,
           GError     **error)
{
  g_auto (Target) target;

  target_init (&target);
  if (!find_target (&target, *root, op->path, TRUE, NULL, error) ||
      !check_depth (&target, op->value, op->path, error))
    return FALSE;

  add_at (root, &target, ss_value_ref (op->value), undo);
  return TRUE;
}

static gboolean
apply_replace (SsValue    **root,
               const SsOp  *op,
               SsUndo      *undo,
               GError     **error)
{
  g_auto (Target) target;

  target_init (&target);
  if (!find_target (&target, *root, op->path, FALSE, NULL, error) ||
      !check_depth (&target, op->value, op->path, error))
    return FALSE;

  swap_at (root, &target, ss_value_ref (op->value), undo);
  return TRUE;
}

static gboolean
apply_remove (SsValue    **root,
              const SsOp  *op,
              SsUndo      *undo,
              GError     **error)
{
  g_auto (Target) target;
  SsValue *key;
  SsValue *value;

  target_init (&target);
  if (!find_target (&target, *root, op->path, FALSE, NULL, error))
    return FALSE;

  if (target.place.n_steps == 0)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED,
                           _("The whole document, “”, cannot be removed"));
      return FALSE;
    }

  value = ss_path_steal (root, target.place.steps, target.place.n_steps, &key);
  if (undo != NULL)
    {
      ss_undo_log_steal (undo, &target.place, key, value);
    }
  else
    {
      ss_value_clear (&key);
      ss_value_unref (value);
    }

  return TRUE;
}

static gboolean
apply_move (SsValue    **root,
            const SsOp  *op,
            SsUndo      *undo,
            GError     **error)
{
  g_auto (Target) from;
  g_auto (Target) to;
  SsValue *old_value = NULL;
  SsValue *key;
  SsValue *value;

  target_init (&from);
  target_init (&to);
  if (!find_target (&from, *root, op->from, FALSE, NULL, error))
    return FALSE;
  if (g_str_equal (op->from, op->path))
    return TRUE;
  if (ss_pointer_is_within (op->path, op->from))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED,
                   _("“%s” cannot be moved into itself, to “%s”"), op->from, op->path);
      return FALSE;
    }
  if (!find_target (&to, *root, op->path, TRUE, &from.place, error))
    return FALSE;
  /* The way back up cannot make the document deeper, and need not be measured. */
  if (to.place.n_steps > from.place.n_steps && !check_depth (&to, from.found, op->path, error))
    return FALSE;

  value = ss_path_steal (root, from.place.steps, from.place.n_steps, &key);
  if (to.place.n_steps == 0 || (to.in_object && to.found != NULL))
    old_value = ss_path_swap (root, to.place.steps, to.place.n_steps, value);
  else
    ss_path_insert (root, to.place.steps, to.place.n_steps, new_key (&to), value);

  if (undo != NULL)
    {
      ss_undo_log_move (undo, &from.place, key, &to.place, old_value);
    }
  else
    {
      ss_value_clear (&key);
      ss_value_clear (&old_value);
    }

  return TRUE;
}

static gboolean
apply_copy (SsValue    **root,
            const SsOp  *op,
            SsUndo      *undo,
            GError     **error)
{
  g_auto (Target) target;
  SsValue *value;

  target_init (&target);
  value = ss_pointer_resolve (*root, op->from, error);
  if (value == NULL || !find_target (&target, *root, op->path, TRUE, NULL, error) ||
      !check_depth (&target, value, op->path, error))
    return FALSE;

  /* Referenced before the way down is made writable: a copy into its own child must not make a
   * cycle. */
  add_at (root, &target, ss_value_ref (value), undo);
  return TRUE;
}

static gboolean
apply_test (SsValue    **root,
            const SsOp  *op,
            GError     **error)
{
  SsValue *value = ss_pointer_resolve (*root, op->path, error);

  if (value == NULL)
    return FALSE;
  if (ss_value_equal_by_value (value, op->value))
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_TEST_FAILED,
               _("The value at “%s” is not the one tested for"), op->path);
  return FALSE;
}

gboolean
ss_edit_apply (SsValue    **root,
               const SsOp  *op,
               SsUndo      *undo,
               GError     **error)
{
  switch (op->kind)
    {
    case SS_OP_ADD:
      return apply_add (root, op, undo, error);
    case SS_OP_REMOVE:
      return apply_remove (root, op, undo, error);
    case SS_OP_REPLACE:
      return apply_replace (root, op, undo, error);
    case SS_OP_MOVE:
      return apply_move (root, op, undo, error);
    case SS_OP_COPY:
      return apply_copy (root, op, undo, error);
    case SS_OP_TEST:
      return apply_test (root, op, error);
    default:
      g_assert_not_reached ();
    }
}
