/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-patch.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "server-signal-error.h"
#include "ss-limits.h"
#include "ss-pointer.h"
#include "ss-text.h"
#include "ss-writer.h"

static ServerSignalPatch *
patch_alloc (guint n_ops,
             gsize extra)
{
  ServerSignalPatch *self = g_malloc (sizeof *self + n_ops * sizeof (SsOp) + extra);

  g_atomic_ref_count_init (&self->ref_count);
  self->n_ops = n_ops;
  self->owns_pointers = FALSE;
  self->text = NULL;

  return self;
}

ServerSignalPatch *
ss_patch_new_take (const SsOp *ops,
                   guint       n_ops)
{
  ServerSignalPatch *self = patch_alloc (n_ops, 0);

  if (n_ops > 0)
    memcpy (self->ops, ops, n_ops * sizeof (SsOp));
  self->owns_pointers = TRUE;

  return self;
}

ServerSignalPatch *
ss_patch_new_sized (guint   n_ops,
                    gsize   pointer_bytes,
                    SsOp  **ops,
                    char  **pointers)
{
  ServerSignalPatch *self = patch_alloc (n_ops, pointer_bytes);

  *ops = self->ops;
  *pointers = (char *) (self->ops + n_ops);

  return self;
}

void
ss_patch_free (ServerSignalPatch *self)
{
  guint i;

  for (i = 0; i < self->n_ops; i++)
    {
      if (self->owns_pointers)
        ss_op_clear (&self->ops[i]);
      else
        ss_value_clear (&self->ops[i].value);
    }
  g_free (self->text);
  g_free (self);
}

const SsOp *
ss_patch_ops (ServerSignalPatch *self,
              guint             *n_ops)
{
  *n_ops = self->n_ops;
  return self->ops;
}

#define APPEND_LITERAL(string, literal) ss_text_append (string, literal, sizeof (literal) - 1)

static void
write_op (const SsOp *op,
          GString    *text)
{
  switch (op->kind)
    {
    case SS_OP_ADD:
      APPEND_LITERAL (text, "{\"op\":\"add\",\"path\":\"");
      break;
    case SS_OP_REMOVE:
      APPEND_LITERAL (text, "{\"op\":\"remove\",\"path\":\"");
      break;
    case SS_OP_REPLACE:
      APPEND_LITERAL (text, "{\"op\":\"replace\",\"path\":\"");
      break;
    case SS_OP_MOVE:
      APPEND_LITERAL (text, "{\"op\":\"move\",\"from\":\"");
      break;
    case SS_OP_COPY:
      APPEND_LITERAL (text, "{\"op\":\"copy\",\"from\":\"");
      break;
    case SS_OP_TEST:
      APPEND_LITERAL (text, "{\"op\":\"test\",\"path\":\"");
      break;
    default:
      g_assert_not_reached ();
    }

  if (op->from != NULL)
    {
      ss_append_escaped (text, op->from, -1);
      APPEND_LITERAL (text, "\",\"path\":\"");
    }
  ss_append_escaped (text, op->path, -1);
  if (op->value != NULL)
    {
      APPEND_LITERAL (text, "\",\"value\":");
      ss_value_append_json (op->value, text);
      APPEND_LITERAL (text, "}");
    }
  else
    {
      APPEND_LITERAL (text, "\"}");
    }
}

static void
write_text (ServerSignalPatch *self,
            GString           *text)
{
  guint i;

  APPEND_LITERAL (text, "[");
  for (i = 0; i < self->n_ops; i++)
    {
      if (i > 0)
        APPEND_LITERAL (text, ",");
      write_op (&self->ops[i], text);
    }
  g_string_append_c (text, ']');
}

/* About the room that the text needs: exact for what is large, more than enough for what is not. */
static gsize
estimate_text (ServerSignalPatch *self)
{
  gsize bytes = 3;
  guint i;

  for (i = 0; i < self->n_ops; i++)
    {
      const SsOp *op = &self->ops[i];

      bytes += 64 + strlen (op->path);
      if (op->from != NULL)
        bytes += strlen (op->from);
      if (op->value != NULL && ss_value_is_string (op->value))
        bytes += ss_string_length (op->value);
      else if (op->value != NULL && ss_value_is_container (op->value))
        bytes += 16 * (gsize) ss_value_length (op->value);
    }

  return bytes;
}

void
ss_patch_append_text (ServerSignalPatch *self,
                      GString           *out)
{
  const char *text = g_atomic_pointer_get (&self->text);

  if (text != NULL)
    g_string_append_len (out, text,
                         (gssize) __atomic_load_n (&self->text_length, __ATOMIC_RELAXED));
  else
    write_text (self, out);
}

const char *
ss_patch_text (ServerSignalPatch *self,
               gsize             *length)
{
  char *text = g_atomic_pointer_get (&self->text);

  if (text == NULL)
    {
      gsize room = estimate_text (self);
      /* Not allocated itself, because every commit comes by here. */
      GString string = { .str = g_malloc (room), .allocated_len = room };

      string.str[0] = '\0';
      write_text (self, &string);
      __atomic_store_n (&self->text_length, string.len, __ATOMIC_RELAXED);
      if (g_atomic_pointer_compare_and_exchange (&self->text, NULL, string.str))
        {
          text = string.str;
        }
      else
        {
          g_free (string.str);
          text = g_atomic_pointer_get (&self->text);
        }
    }

  if (length != NULL)
    *length = __atomic_load_n (&self->text_length, __ATOMIC_RELAXED);
  return text;
}

static void G_GNUC_PRINTF (3, 4)
set_invalid (GError     **error,
             guint        index,
             const char  *format,
             ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);

  /* Translators: %u is the index of the operation, %s what is wrong with it */
  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_PATCH,
               _("Operation %u of the patch: %s"), index, problem);
}

static const SsValue *
find_member (const SsValue *object,
             const char    *name)
{
  return ss_object_get (object, name, strlen (name));
}

static gboolean
read_kind (const SsValue  *object,
           guint           index,
           SsOpKind       *kind,
           GError        **error)
{
  const SsValue *value = find_member (object, "op");
  const char *name;

  if (value == NULL || ss_value_kind (value) != SS_VALUE_STRING)
    {
      set_invalid (error, index, _("it has no string “%s”"), "op");
      return FALSE;
    }

  name = ss_value_get_string (value, NULL);
  if (ss_op_kind_from_name (name, kind))
    return TRUE;

  set_invalid (error, index, _("there is no operation “%s”"), name);
  return FALSE;
}

/* The text stays the value's. */
static const char *
read_pointer (const SsValue  *object,
              guint           index,
              const char     *name,
              gsize          *total_bytes,
              GError        **error)
{
  const SsValue *value = find_member (object, name);
  g_autoptr (GError) problem = NULL;
  const char *pointer;
  gsize length;

  if (value == NULL || ss_value_kind (value) != SS_VALUE_STRING)
    {
      set_invalid (error, index, _("it has no string “%s”"), name);
      return NULL;
    }

  pointer = ss_value_get_string (value, &length);
  if (!ss_pointer_is_valid (pointer, &problem))
    {
      set_invalid (error, index, "%s", problem->message);
      return NULL;
    }

  *total_bytes += length + 1;
  return pointer;
}

/* Fills in op, whose members still belong to the value. */
static gboolean
read_op (const SsValue  *object,
         guint           index,
         SsOp           *op,
         gsize          *pointer_bytes,
         GError        **error)
{
  op->path = NULL;
  op->from = NULL;
  op->value = NULL;

  if (ss_value_kind (object) != SS_VALUE_OBJECT)
    {
      set_invalid (error, index, _("it is not an object"));
      return FALSE;
    }

  if (!read_kind (object, index, &op->kind, error))
    return FALSE;

  op->path = (char *) read_pointer (object, index, "path", pointer_bytes, error);
  if (op->path == NULL)
    return FALSE;

  if (op->kind == SS_OP_MOVE || op->kind == SS_OP_COPY)
    {
      op->from = (char *) read_pointer (object, index, "from", pointer_bytes, error);
      return op->from != NULL;
    }

  if (op->kind != SS_OP_REMOVE)
    {
      op->value = (SsValue *) find_member (object, "value");
      if (op->value == NULL)
        {
          set_invalid (error, index, _("it has no “%s”"), "value");
          return FALSE;
        }
    }

  return TRUE;
}

static char *
store_pointer (char       **store,
               const char  *pointer)
{
  char *stored = *store;

  *store = g_stpcpy (stored, pointer) + 1;
  return stored;
}

ServerSignalPatch *
ss_patch_from_value (const SsValue  *array,
                     GError        **error)
{
  g_autofree SsOp *many = NULL;
  SsOp few[8];
  SsOp *read = few;
  ServerSignalPatch *self;
  gsize pointer_bytes = 0;
  guint n_ops;
  SsOp *ops;
  char *store;
  guint i;

  if (ss_value_kind (array) != SS_VALUE_ARRAY)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_PATCH,
                           _("A patch is a list of operations"));
      return NULL;
    }

  n_ops = ss_value_length (array);
  if (n_ops > G_N_ELEMENTS (few))
    read = many = g_new (SsOp, n_ops);

  for (i = 0; i < n_ops; i++)
    if (!read_op (ss_array_get (array, i), i, &read[i], &pointer_bytes, error))
      return NULL;

  self = ss_patch_new_sized (n_ops, pointer_bytes, &ops, &store);
  for (i = 0; i < n_ops; i++)
    {
      ops[i].kind = read[i].kind;
      ops[i].path = store_pointer (&store, read[i].path);
      ops[i].from = read[i].from != NULL ? store_pointer (&store, read[i].from) : NULL;
      ops[i].value = read[i].value != NULL ? ss_value_ref (read[i].value) : NULL;
    }

  return self;
}

/* Puts the operation's index and pointer in front of what went wrong with it. */
static void
prefix_op_error (GError     **error,
                 GError      *problem,
                 guint        index,
                 const SsOp  *op)
{
  int code = problem->code;

  if (code != SERVER_SIGNAL_ERROR_TEST_FAILED && code != SERVER_SIGNAL_ERROR_LIMIT)
    code = SERVER_SIGNAL_ERROR_PATCH_FAILED;

  g_set_error (
    error, SERVER_SIGNAL_ERROR, code,
    /* Translators: operation index, its name such as “replace”, its JSON Pointer, what went wrong */
    _("Operation %u of the patch, %s “%s”: %s"), index, ss_op_kind_get_name (op->kind), op->path,
       problem->message);
  g_error_free (problem);
}

/* A copy shares what it copies, so that a patch of a few copies, each of all that was there before,
 * would make a document that nobody could write down. */
static gboolean
take_copied (const SsValue  *root,
             const SsOp     *op,
             gsize          *budget,
             GError        **error)
{
  const SsValue *value = ss_pointer_resolve (root, op->from, NULL);
  gsize bytes = value != NULL ? ss_value_size (value) : 0;

  if (bytes > *budget)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("The copies of one patch have more than %u bytes of text"), SS_COPY_BYTES);
      return FALSE;
    }

  *budget -= bytes;
  return TRUE;
}

/* So would many patches of a few copies each. A patch's own text is only as large as somebody has
 * bothered to send, and nothing is measured for it. */
static gboolean
check_document (const SsValue  *root,
                GError        **error)
{
  if (ss_value_size (root) <= SS_DOCUMENT_BYTES)
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The document would have more than %u bytes of text with this copy"),
                  SS_DOCUMENT_BYTES);
  return FALSE;
}

gboolean
ss_patch_apply (ServerSignalPatch  *self,
                SsValue           **root,
                SsUndo             *undo,
                GError            **error)
{
  g_autoptr (SsUndo) own_undo = NULL;
  gsize copy_budget = SS_COPY_BYTES;
  /* A single operation that fails changes nothing by itself, unless it is a copy, which is measured
   * when it has been made. */
  gboolean is_logged = self->n_ops > 1 || (self->n_ops == 1 && self->ops[0].kind == SS_OP_COPY);
  guint last_copy = G_MAXUINT;
  GError *problem = NULL;
  guint mark = 0;
  guint i;

  if (is_logged)
    {
      if (undo == NULL)
        undo = own_undo = ss_undo_new ();
      mark = ss_undo_mark (undo);
    }

  for (i = 0; i < self->n_ops; i++)
    {
      const SsOp *op = &self->ops[i];

      if (op->kind == SS_OP_COPY)
        last_copy = i;
      if ((op->kind != SS_OP_COPY || take_copied (*root, op, &copy_budget, &problem)) &&
          ss_edit_apply (root, op, undo, &problem))
        continue;

      if (is_logged)
        ss_undo_rollback (undo, mark, root);
      prefix_op_error (error, problem, i, op);
      return FALSE;
    }

  if (last_copy == G_MAXUINT || check_document (*root, &problem))
    return TRUE;

  ss_undo_rollback (undo, mark, root);
  prefix_op_error (error, problem, last_copy, &self->ops[last_copy]);
  return FALSE;
}
