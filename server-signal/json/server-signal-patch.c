/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-patch.h"

#include "ss-diff.h"
#include "ss-limits.h"
#include "ss-node.h"
#include "ss-patch.h"
#include "ss-reader.h"

/**
 * ServerSignalPatch:
 *
 * A JSON Patch ([RFC 6902](https://www.rfc-editor.org/rfc/rfc6902)): the operations that turn one
 * JSON document into another.
 *
 * A patch is immutable and reference-counted, and may be used from any thread. Get one as the
 * difference of two documents with [ctor@SignalPatch.new_diff], from text with
 * [ctor@SignalPatch.new_from_json], or from the [signal@Signal::patched] signal; use it with
 * [method@SignalPatch.apply] or [method@Signal.apply_patch].
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (ServerSignalPatch, server_signal_patch,
                     server_signal_patch_ref, server_signal_patch_unref)

/**
 * server_signal_patch_new_diff:
 * @from: (nullable): a JSON document, or `NULL` for JSON null
 * @to: (nullable): another one, or `NULL` for JSON null
 *
 * Creates the patch that turns @from into @to.
 *
 * Applied to a document that is equal to @from it gives exactly @to: numbers keep their kind, so
 * that 1 and 1.0 are different. Only the order of an object's members may differ; it has no meaning
 * in JSON. Insertions, removals and moves of list elements are found, and an edit inside an
 * element, moved or not, is written as that edit. A value that was removed in one place and is at
 * another, such as a renamed member, is one `move`. The patch is never longer than one that
 * replaces the whole document. For equal documents it is empty.
 *
 * JSON must be able to carry both: no double that is not finite, no string that is not UTF-8, no
 * nesting deeper than 120. Anything else is a programmer error: a critical warning says where it
 * is, and the result is `NULL`. Documents from outside are read and checked with
 * [ctor@Signal.new_from_json] or [ctor@SignalPatch.new_from_json].
 *
 * Returns: (transfer full): the patch
 *
 * Since: 1.0
 */
ServerSignalPatch *
server_signal_patch_new_diff (JsonNode *from,
                              JsonNode *to)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SsValue) old_value = NULL;
  g_autoptr (SsValue) new_value = NULL;

  old_value = ss_value_from_node (from, SS_DOCUMENT_DEPTH, &error);
  if (old_value != NULL)
    new_value = ss_value_from_node_like (to, old_value, SS_DOCUMENT_DEPTH, &error);

  if (new_value == NULL)
    {
      g_critical ("%s: %s", G_STRFUNC, error->message);
      return NULL;
    }

  return ss_diff (old_value, new_value, NULL);
}

/**
 * server_signal_patch_new_from_json:
 * @json: the text of a JSON Patch: `[{"op":"replace","path":"/count","value":1}, …]`
 * @error: return location for an error
 *
 * Reads a patch from its text.
 *
 * As RFC 6902 requires, unknown members of an operation are ignored, and so is the order of
 * members.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for text that is not JSON;
 * - `SERVER_SIGNAL_ERROR_INVALID_PATCH` for JSON that is not a list of operations, each with the
 *   members that it needs;
 * - `SERVER_SIGNAL_ERROR_LIMIT` for a patch nested more than 128 levels deep.
 *
 * The message says where: by line and column, or by the operation's index.
 *
 * Returns: (transfer full): the patch
 *
 * Since: 1.0
 */
ServerSignalPatch *
server_signal_patch_new_from_json (const char  *json,
                                   GError     **error)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (json != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  value = ss_value_from_json (json, -1, SS_FRAME_DEPTH, error);
  if (value == NULL)
    return NULL;

  return ss_patch_from_value (value, error);
}

/**
 * server_signal_patch_new_from_node:
 * @node: an array of objects, each an operation of a JSON Patch
 * @error: return location for an error
 *
 * Makes a patch from a tree of JSON nodes, of which it keeps a copy.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_PATCH` if @node is not a list of operations, each with the members
 *   that it needs; the message has the operation's index;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` if @node holds a value that JSON cannot carry, such as a
 *   double that is not finite;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if @node is nested more than 128 levels deep.
 *
 * Returns: (transfer full): the patch
 *
 * Since: 1.0
 */
ServerSignalPatch *
server_signal_patch_new_from_node (JsonNode  *node,
                                   GError   **error)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (node != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  value = ss_value_from_node (node, SS_FRAME_DEPTH, error);
  if (value == NULL)
    return NULL;

  return ss_patch_from_value (value, error);
}

/**
 * server_signal_patch_ref:
 * @self: a patch
 *
 * Adds a reference to a patch.
 *
 * Returns: (transfer full): @self
 *
 * Since: 1.0
 */
ServerSignalPatch *
server_signal_patch_ref (ServerSignalPatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * server_signal_patch_unref:
 * @self: (transfer full): a patch
 *
 * Drops a reference to a patch, and frees it when that was the last one.
 *
 * Since: 1.0
 */
void
server_signal_patch_unref (ServerSignalPatch *self)
{
  g_return_if_fail (self != NULL);

  if (g_atomic_ref_count_dec (&self->ref_count))
    ss_patch_free (self);
}

/**
 * server_signal_patch_get_n_operations:
 * @self: a patch
 *
 * Gets the number of operations in a patch.
 *
 * Returns: the number, 0 for a patch that changes nothing
 *
 * Since: 1.0
 */
guint
server_signal_patch_get_n_operations (ServerSignalPatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_ops;
}

/**
 * server_signal_patch_to_json:
 * @self: a patch
 *
 * Writes a patch as JSON text, without white space.
 *
 * Returns: (transfer full): the text of a list of operations
 *
 * Since: 1.0
 */
char *
server_signal_patch_to_json (ServerSignalPatch *self)
{
  const char *text;
  gsize length;

  g_return_val_if_fail (self != NULL, NULL);

  text = ss_patch_text (self, &length);
  return g_memdup2 (text, length + 1);
}

static JsonNode *
op_to_node (const SsOp *op)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "op", ss_op_kind_get_name (op->kind));
  if (op->from != NULL)
    json_object_set_string_member (object, "from", op->from);
  json_object_set_string_member (object, "path", op->path);
  if (op->value != NULL)
    json_object_set_member (object, "value", ss_value_to_node (op->value));
  json_node_set_object (node, object);

  return node;
}

/**
 * server_signal_patch_to_node:
 * @self: a patch
 *
 * Writes a patch as a tree of JSON nodes: an array with an object for each operation.
 *
 * Returns: (transfer full): a new tree, which the caller may change
 *
 * Since: 1.0
 */
JsonNode *
server_signal_patch_to_node (ServerSignalPatch *self)
{
  g_autoptr (JsonArray) array = NULL;
  JsonNode *node;
  guint i;

  g_return_val_if_fail (self != NULL, NULL);

  array = json_array_sized_new (self->n_ops);
  for (i = 0; i < self->n_ops; i++)
    json_array_add_element (array, op_to_node (&self->ops[i]));

  node = json_node_new (JSON_NODE_ARRAY);
  json_node_set_array (node, array);

  return node;
}

/**
 * server_signal_patch_apply:
 * @self: a patch
 * @document: (nullable): a JSON document, which is left as it is; `NULL` is JSON null
 * @error: return location for an error
 *
 * Applies a patch to a copy of a document.
 *
 * All operations are done, in order, or none: if one fails there is no result. Every operation of
 * RFC 6902 is supported. As [its section 4.6](https://www.rfc-editor.org/rfc/rfc6902#section-4.6)
 * requires, `test` compares numbers by their value, so that 1, 1.0 and 1e0 are equal; nothing is
 * rounded, so that 9007199254740993 and 9007199254740992.0 are not.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_PATCH_FAILED` if an operation does not apply;
 * - `SERVER_SIGNAL_ERROR_TEST_FAILED` if a `test` finds another value;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if @document or the result is nested more than 120 levels deep, or
 *   the text of all copies together exceeds 64 MiB;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` if @document holds a value that JSON cannot carry.
 *
 * The message names the operation's index and JSON Pointer.
 *
 * Returns: (transfer full): the new document
 *
 * Since: 1.0
 */
JsonNode *
server_signal_patch_apply (ServerSignalPatch  *self,
                           JsonNode           *document,
                           GError            **error)
{
  g_autoptr (SsValue) value = NULL;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  value = ss_value_from_node (document, SS_DOCUMENT_DEPTH, error);
  if (value == NULL || !ss_patch_apply (self, &value, NULL, error))
    return NULL;

  return ss_value_to_node (value);
}
