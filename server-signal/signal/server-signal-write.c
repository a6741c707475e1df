/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include "server-signal-struct.h"

#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "server-signal-error.h"
#include "ss-limits.h"

/* Writing a signal. Each writer changes the document through the transaction and then says so with
 * ss_signal_written(); after that the signal may be gone. */

gboolean
ss_signal_may_write (ServerSignal  *self,
                     GError       **error)
{
  if (self->is_replica)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY,
                   _("Signal “%s” is a replica: only its server writes it"), self->name);
      return FALSE;
    }

  if (self->revision >= SS_REVISION_MAX)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("Signal “%s” has reached its last revision"), self->name);
      return FALSE;
    }

  return TRUE;
}

/* What follows an object is written by that alone. */
static gboolean
may_write (ServerSignal  *self,
           const char    *pointer,
           GError       **error)
{
  return ss_signal_may_write (self, error) &&
         (self->source == NULL || self->source_funcs->may_write (self->source, pointer, error));
}

static const char *
whole_if_null (const char *pointer)
{
  return pointer != NULL ? pointer : "";
}

/* A value that cannot be written; the errors of reader and bridge know where in the value, but
 * not where it goes. */
static void
prefix_value_error (ServerSignal  *self,
                    const char    *pointer,
                    GError       **error)
{
  g_prefix_error (error, _("Value for “%s” of signal “%s”: "), whole_if_null (pointer), self->name);
}

static gboolean
apply (ServerSignal  *self,
       SsOpKind       kind,
       const char    *from,
       const char    *pointer,
       const SsValue *value,
       GError       **error)
{
  SsOp op = { kind, g_strdup (whole_if_null (pointer)), g_strdup (from), NULL };

  if (value != NULL)
    op.value = ss_value_ref (value);

  return ss_transaction_apply (&self->transaction, &op, error);
}

/* Whether what is not there yet may be added by setting it: members of objects, and the end of a
 * list as "-". Else there is nothing at the pointer, and that is the error. */
static gboolean
may_add (ServerSignal  *self,
         const char    *pointer,
         GError       **error)
{
  const char *slash = strrchr (pointer, '/');
  g_autofree char *parent = slash != NULL ? g_strndup (pointer, slash - pointer) : NULL;
  const SsValue *root = self->transaction.root;
  const SsValue *container = parent != NULL ? ss_pointer_resolve (root, parent, NULL) : NULL;

  if (container != NULL)
    {
      SsValueKind kind = ss_value_kind (container);

      if (kind == SS_VALUE_OBJECT || (kind == SS_VALUE_ARRAY && g_str_equal (slash, "/-")))
        return TRUE;
    }

  if (ss_pointer_resolve (root, pointer, error) != NULL)
    g_assert_not_reached ();

  return FALSE;
}

/* What all of set_… come to. */
static gboolean
set (ServerSignal   *self,
     const char     *pointer,
     const SsValue  *value,
     GError        **error)
{
  const SsValue *old;
  gboolean written;

  pointer = whole_if_null (pointer);
  old = ss_pointer_resolve (self->transaction.root, pointer, NULL);

  if (old != NULL)
    written = ss_transaction_replace (&self->transaction, pointer, old, value, error);
  else
    written = may_add (self, pointer, error) &&
              apply (self, SS_OP_ADD, NULL, pointer, value, error);

  if (written)
    ss_signal_written (self);

  return written;
}

/**
 * server_signal_set_value:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: (transfer none) (nullable): the new value, of which a deep copy is taken; `NULL` is JSON
 *   null
 * @error: return location for a #GError
 *
 * Makes a part of the document equal to a value.
 *
 * What is there is changed by the patch that [ctor@SignalPatch.new_diff] gives, so peers are sent
 * what has changed and not the whole; if it is equal already, nothing is written. A missing member
 * of an object is added; `/list/-` appends to a list.
 *
 * Fails with
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for what follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a value that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for a pointer that is none, or that steps into a list
 *   with what is no index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the part that it would be in is not there, or for an index
 *   past the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or the revisions are
 *   used up.
 *
 * Returns: `TRUE` if the part is equal to @value now, `FALSE` with @error set if nothing was
 *   changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_value (ServerSignal  *self,
                         const char    *pointer,
                         JsonNode      *value,
                         GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_from_node_like (value, ss_pointer_resolve (self->transaction.root, pointer, NULL),
                                  SS_DOCUMENT_DEPTH, error);
  if (tree == NULL)
    {
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_json:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @json: the new value as JSON text
 * @error: return location for a #GError
 *
 * Makes a part of the document equal to a value that is given as text.
 *
 * This is [method@Signal.set_value] with text instead of a node, and fails like it, with
 * `SERVER_SIGNAL_ERROR_INVALID_JSON` for what is not JSON (RFC 8259); the message has line and
 * column.
 *
 * Returns: `TRUE` if the part is equal to the value now, `FALSE` with @error set if nothing was
 *   changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_json (ServerSignal  *self,
                        const char    *pointer,
                        const char    *json,
                        GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (json != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_from_json (json, -1, SS_DOCUMENT_DEPTH, error);
  if (tree == NULL)
    {
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_int:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: the new value
 * @error: return location for a #GError
 *
 * Sets a part of the document to an integer.
 *
 * A missing member of an object is added; `/list/-` appends to a list; what is equal already is not
 * written. Browsers read integers beyond ±(2⁵³ − 1) inexactly.
 *
 * Fails with `SERVER_SIGNAL_ERROR_READ_ONLY`, `SERVER_SIGNAL_ERROR_INVALID_POINTER`,
 * `SERVER_SIGNAL_ERROR_NOT_FOUND` and `SERVER_SIGNAL_ERROR_LIMIT`, as [method@Signal.set_value]
 * does.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_int (ServerSignal  *self,
                       const char    *pointer,
                       gint64         value,
                       GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_new_int (value);
  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_double:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: the new value
 * @error: return location for a #GError
 *
 * Sets a part of the document to a double.
 *
 * The double 1.0 and the integer 1 are different values. A missing member of an object is added;
 * `/list/-` appends to a list; what is equal already is not written.
 *
 * Fails with `SERVER_SIGNAL_ERROR_INVALID_JSON` for infinity and what is not a number, and with
 * `SERVER_SIGNAL_ERROR_READ_ONLY`, `SERVER_SIGNAL_ERROR_INVALID_POINTER`,
 * `SERVER_SIGNAL_ERROR_NOT_FOUND` and `SERVER_SIGNAL_ERROR_LIMIT`, as [method@Signal.set_value]
 * does.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_double (ServerSignal  *self,
                          const char    *pointer,
                          double         value,
                          GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  if (!isfinite (value))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                           _("JSON has only finite numbers"));
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  tree = ss_value_new_double (value);
  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_boolean:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: the new value
 * @error: return location for a #GError
 *
 * Sets a part of the document to a boolean.
 *
 * A missing member of an object is added; `/list/-` appends to a list; what is equal already is not
 * written.
 *
 * Fails with `SERVER_SIGNAL_ERROR_READ_ONLY`, `SERVER_SIGNAL_ERROR_INVALID_POINTER`,
 * `SERVER_SIGNAL_ERROR_NOT_FOUND` and `SERVER_SIGNAL_ERROR_LIMIT`, as [method@Signal.set_value]
 * does.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_boolean (ServerSignal  *self,
                           const char    *pointer,
                           gboolean       value,
                           GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_new_boolean (value);
  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_string:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: (nullable): the new value; `NULL` is JSON null
 * @error: return location for a #GError
 *
 * Sets a part of the document to a string.
 *
 * A missing member of an object is added; `/list/-` appends to a list; what is equal already is not
 * written.
 *
 * Fails with `SERVER_SIGNAL_ERROR_INVALID_JSON` for what is not UTF-8, and with
 * `SERVER_SIGNAL_ERROR_READ_ONLY`, `SERVER_SIGNAL_ERROR_INVALID_POINTER`,
 * `SERVER_SIGNAL_ERROR_NOT_FOUND` and `SERVER_SIGNAL_ERROR_LIMIT`, as [method@Signal.set_value]
 * does.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_string (ServerSignal  *self,
                          const char    *pointer,
                          const char    *value,
                          GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  if (value != NULL && !g_utf8_validate (value, -1, NULL))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                           _("The string is not UTF-8"));
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  tree = value != NULL ? ss_value_new_string (value, -1) : ss_value_new_null ();
  return set (self, pointer, tree, error);
}

/* Operations by name */

/* PATCH_FAILED is about a patch, which the caller has never seen. What can be wrong with a
 * single operation beside what has a code of its own: it goes nowhere, or its parent holds
 * nothing. */
static gboolean
apply_and_commit (ServerSignal   *self,
                  SsOpKind        kind,
                  const char     *from,
                  const char     *pointer,
                  const SsValue  *value,
                  GError        **error)
{
  g_autoptr (GError) local_error = NULL;

  if (apply (self, kind, from, pointer, value, &local_error))
    {
      ss_signal_written (self);
      return TRUE;
    }

  if (g_error_matches (local_error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED))
    {
      gboolean leads_nowhere =
        (kind == SS_OP_REMOVE && *whole_if_null (pointer) == '\0') ||
        (kind == SS_OP_MOVE && ss_pointer_is_within (whole_if_null (pointer), from));

      local_error->code = leads_nowhere ? SERVER_SIGNAL_ERROR_INVALID_POINTER
                                        : SERVER_SIGNAL_ERROR_NOT_FOUND;
    }

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* In a list, a value that is equal to the one at its place is one more. */
static gboolean
is_member_already (ServerSignal  *self,
                   const char    *pointer,
                   const SsValue *value)
{
  const SsValue *root = self->transaction.root;
  const SsValue *old = ss_pointer_resolve (root, pointer, NULL);
  g_autofree char *parent = NULL;

  if (old == NULL || !ss_value_equal (old, value))
    return FALSE;
  if (*pointer == '\0')
    return TRUE;

  parent = g_strndup (pointer, strrchr (pointer, '/') - pointer);
  return ss_value_kind (ss_pointer_resolve (root, parent, NULL)) == SS_VALUE_OBJECT;
}

/**
 * server_signal_insert_value:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: (transfer none) (nullable): the value, of which a deep copy is taken; `NULL` is JSON null
 * @error: return location for a #GError
 *
 * Inserts a value into a list, or sets a member of an object.
 *
 * This is the operation `add` of RFC 6902: in a list, what is at the index and after it moves up;
 * the index may be the length of the list, or `-`, to append. A member that is there is replaced;
 * if it is equal to @value already, nothing is written.
 *
 * Fails with
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for what follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a value that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for a pointer that is none, or that steps into a list
 *   with what is no index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the list or object is not there, or for an index past the
 *   end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or the revisions are
 *   used up.
 *
 * Returns: `TRUE` if the value is there, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_insert_value (ServerSignal  *self,
                            const char    *pointer,
                            JsonNode      *value,
                            GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_from_node (value, SS_DOCUMENT_DEPTH, error);
  if (tree == NULL)
    {
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  if (is_member_already (self, whole_if_null (pointer), tree))
    return TRUE;

  return apply_and_commit (self, SS_OP_ADD, NULL, pointer, tree, error);
}

/**
 * server_signal_remove:
 * @self: a signal
 * @pointer: a JSON Pointer (RFC 6901) to what is removed
 * @error: return location for a #GError
 *
 * Removes a member of an object or an element of a list.
 *
 * What comes after it in a list moves down. The whole document cannot be removed: set it to null
 * instead.
 *
 * Fails with
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for what follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for a pointer that is none, or the empty one;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if there is nothing at @pointer;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the revisions are used up.
 *
 * Returns: `TRUE` if it was removed, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_remove (ServerSignal  *self,
                      const char    *pointer,
                      GError       **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return may_write (self, pointer, error) &&
         apply_and_commit (self, SS_OP_REMOVE, NULL, pointer, NULL, error);
}

/**
 * server_signal_move:
 * @self: a signal
 * @from: (nullable): a JSON Pointer (RFC 6901) to what is moved
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where it goes, as it is once @from is removed;
 *   `NULL` is the whole document
 * @error: return location for a #GError
 *
 * Moves a part of the document to another place of it.
 *
 * This is the operation `move` of RFC 6902: a removal, and then what [method@Signal.insert_value]
 * does. Moving something to where it is writes nothing.
 *
 * Fails with
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for what follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for a pointer that is none, and for moving something into
 *   itself;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if there is nothing at @from, if the list or object that it
 *   would go to is not there, or for an index past the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or the revisions are
 *   used up.
 *
 * Returns: `TRUE` if it was moved, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_move (ServerSignal  *self,
                    const char    *from,
                    const char    *pointer,
                    GError       **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, from, error) || !may_write (self, pointer, error))
    return FALSE;

  from = whole_if_null (from);
  pointer = whole_if_null (pointer);

  if (g_str_equal (from, pointer))
    return ss_pointer_resolve (self->transaction.root, from, error) != NULL;

  return apply_and_commit (self, SS_OP_MOVE, from, pointer, NULL, error);
}

/**
 * server_signal_apply_patch:
 * @self: a signal
 * @patch: a JSON Patch (RFC 6902)
 * @error: return location for a #GError
 *
 * Applies a patch, all of it or nothing.
 *
 * Its `test` operations are made here and not sent on.
 *
 * Fails with
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for what follows an object;
 * - `SERVER_SIGNAL_ERROR_TEST_FAILED` for a `test` whose value is another;
 * - `SERVER_SIGNAL_ERROR_PATCH_FAILED` for any other operation that cannot be made;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or the revisions are
 *   used up.
 *
 * The message names the operation by its index, and its pointer.
 *
 * Returns: `TRUE` if the patch was applied, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_apply_patch (ServerSignal       *self,
                           ServerSignalPatch  *patch,
                           GError            **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (patch != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!ss_signal_may_write (self, error))
    return FALSE;

  if (self->source != NULL)
    {
      guint n_ops;
      const SsOp *ops = ss_patch_ops (patch, &n_ops);

      if (!self->source_funcs->may_apply (self->source, ops, n_ops, error))
        return FALSE;
    }

  if (!ss_transaction_apply_patch (&self->transaction, patch, error))
    return FALSE;

  ss_signal_written (self);
  return TRUE;
}

/**
 * server_signal_update:
 * @self: a signal
 * @func: (scope call) (closure user_data): makes the new document
 * @user_data: data for @func
 * @error: return location for a #GError
 *
 * Changes the document by a function.
 *
 * @func is called once, with a deep copy of the document as it is. What it gives back becomes the
 * document, as with [method@Signal.set_value]: only what is different is sent. `NULL` writes
 * nothing, so an exception that is thrown in a function of another language writes nothing.
 *
 * When @func itself writes to the signal, those writes stand, and what it gives back is compared
 * with the document that they have made.
 *
 * Fails with - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and when a part of the document
 * follows an object, without calling @func; - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a document
 * that JSON cannot carry; - `SERVER_SIGNAL_ERROR_LIMIT` if it nests more than 120 deep, or the
 * revisions are used up.
 *
 * Returns: `TRUE` if the document is what @func gave, or @func gave `NULL`; `FALSE` with @error set
 *   if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_update (ServerSignal            *self,
                      ServerSignalUpdateFunc   func,
                      gpointer                 user_data,
                      GError                 **error)
{
  g_autoptr (ServerSignal) keep = NULL;
  g_autoptr (JsonNode) copy = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, NULL, error))
    return FALSE;

  keep = g_object_ref (self);
  copy = ss_value_to_node (self->transaction.root);
  node = func (copy, user_data);

  return node == NULL || server_signal_set_value (self, NULL, node, error);
}

/**
 * server_signal_discard:
 * @self: a signal
 *
 * Takes back what the transaction has written so far.
 *
 * This is for between [method@GObject.Object.freeze_notify] and
 * [method@GObject.Object.thaw_notify]: the document is again what it was at the last commit, and
 * what is written after this is still part of the transaction. If nothing is, the transaction
 * announces nothing. Outside of a transaction there is nothing to take back.
 *
 * What follows an object ([method@Signal.track_object]) goes on following it: such a place is what
 * its object is, before and after.
 *
 * Since: 1.0
 */
void
server_signal_discard (ServerSignal *self)
{
  g_return_if_fail (SERVER_IS_SIGNAL (self));

  /* What a frozen replica has pending came from its server. */
  if (self->is_replica)
    return;

  if (self->source != NULL)
    self->source_funcs->discard (self->source);
  else
    ss_transaction_discard (&self->transaction);
}
