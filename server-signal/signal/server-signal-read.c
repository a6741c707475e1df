/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-struct.h"

#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-writer.h"
#include "json/ss-read.h"

/* Reading a signal. A pointer that is none, and one to nothing, are the same here: there is
 * nothing. */

static const SsValue *
find (ServerSignal *self,
      const char   *pointer)
{
  return ss_pointer_resolve (self->transaction.root, pointer, NULL);
}

/**
 * server_signal_has:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Checks whether there is something at a place of the document.
 *
 * JSON null is something.
 *
 * Returns: `TRUE` if the place exists
 *
 * Since: 1.0
 */
gboolean
server_signal_has (ServerSignal *self,
                   const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);

  return find (self, pointer) != NULL;
}

/**
 * server_signal_dup_value:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a part of the document as a deep copy.
 *
 * The caller may change the copy; the signal does not follow. What is only a number, a string or a
 * boolean is had for less with [method@Signal.get_int] and its siblings.
 *
 * Returns: (transfer full) (nullable): the copy, or `NULL` if there is nothing at @pointer
 *
 * Since: 1.0
 */
JsonNode *
server_signal_dup_value (ServerSignal *self,
                         const char   *pointer)
{
  const SsValue *value;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);

  value = find (self, pointer);
  return value != NULL ? ss_value_to_node (value) : NULL;
}

/**
 * server_signal_dup_json:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a part of the document as JSON text without white space.
 *
 * Doubles are written in the shortest form that reads back the same, and always with a fraction or
 * an exponent.
 *
 * Returns: (transfer full) (nullable): the text, or `NULL` if there is nothing at @pointer
 *
 * Since: 1.0
 */
char *
server_signal_dup_json (ServerSignal *self,
                        const char   *pointer)
{
  const SsValue *value;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);

  value = find (self, pointer);
  return value != NULL ? ss_value_to_json (value, NULL) : NULL;
}

/**
 * server_signal_get_int:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a number as an integer.
 *
 * A number with a fraction is truncated towards zero; one that is too large for 64 bits gives the
 * nearest that is not.
 *
 * Returns: the integer, or 0 if there is no number at @pointer
 *
 * Since: 1.0
 */
gint64
server_signal_get_int (ServerSignal *self,
                       const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), 0);

  return ss_read_int (find (self, pointer));
}

/**
 * server_signal_get_double:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a number as a double.
 *
 * Returns: the number, or 0.0 if there is none at @pointer
 *
 * Since: 1.0
 */
double
server_signal_get_double (ServerSignal *self,
                          const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), 0.0);

  return ss_read_double (find (self, pointer));
}

/**
 * server_signal_get_boolean:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a boolean.
 *
 * Returns: `TRUE` if JSON true is at @pointer, `FALSE` for all else
 *
 * Since: 1.0
 */
gboolean
server_signal_get_boolean (ServerSignal *self,
                           const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);

  return ss_read_boolean (find (self, pointer));
}

/**
 * server_signal_dup_string:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a string.
 *
 * Returns: (transfer full) (nullable): the string, or `NULL` if there is none at @pointer
 *
 * Since: 1.0
 */
char *
server_signal_dup_string (ServerSignal *self,
                          const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);

  return g_strdup (ss_read_string (find (self, pointer)));
}
