/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"

G_BEGIN_DECLS

/**
 * ServerSignalVisitor: (skip)
 * @null_value: for null
 * @boolean: for `true` and `false`
 * @integer: for a number without a fraction
 * @number: for a number with a fraction or an exponent
 * @string: for a string, valid UTF-8 that ends with a NUL after @length bytes
 * @begin_list: for a list of @n_elements, which follow
 * @end_list: after the last element
 * @begin_object: for an object of @n_members; @name and a value follow for each
 * @name: for the name of a member, before its value. Objects of the same shape often share their
 *   names, at the same address
 * @end_object: after the last member
 *
 * Functions that are told of the values of a document one after the other, in its order.
 *
 * It is made for those who build values of their own from a document, such as the binding of a
 * language, and spares them a copy as `JsonNode`s or as text. Bindings have native values and do
 * not show it.
 *
 * A function that returns `FALSE` ends the visit. All functions have to be there. Strings are valid
 * until [method@Signal.visit] returns; a function may write to the signal, and the visit goes on
 * with the document as it was.
 *
 * Since: 1.0
 */
typedef struct
{
  gboolean (*null_value)   (gpointer user_data);
  gboolean (*boolean)      (gboolean value, gpointer user_data);
  gboolean (*integer)      (gint64 value, gpointer user_data);
  gboolean (*number)       (double value, gpointer user_data);
  gboolean (*string)       (const char *utf8, gsize length, gpointer user_data);
  gboolean (*begin_list)   (guint n_elements, gpointer user_data);
  gboolean (*end_list)     (gpointer user_data);
  gboolean (*begin_object) (guint n_members, gpointer user_data);
  gboolean (*name)         (const char *utf8, gsize length, gpointer user_data);
  gboolean (*end_object)   (gpointer user_data);
} ServerSignalVisitor;

G_END_DECLS
