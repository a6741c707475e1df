/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * First line: a pointer, then a document. A pointer that resolves is valid, and the pointer made
 * again of its tokens is the same text and leads to the same place. */

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *pointer = take_line (&data, &size);
  g_autoptr (SsValue) root =
    ss_value_from_json ((const char *) data, size, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) scratch = g_string_new (NULL);
  g_autoptr (GString) again = g_string_new (NULL);
  const char *at = pointer;
  const char *token;
  SsValue *found;
  gsize length;
  guint n_tokens = 0;

  if (!ss_pointer_is_valid (pointer, &error))
    {
      CHECK (error != NULL && error->code == SERVER_SIGNAL_ERROR_INVALID_POINTER);
      g_clear_error (&error);
      CHECK (root == NULL || ss_pointer_resolve (root, pointer, NULL) == NULL);
      return 0;
    }

  while (ss_pointer_next (&at, scratch, &token, &length))
    {
      ss_pointer_append_token (again, token, length);
      n_tokens++;
    }
  CHECK (n_tokens == ss_pointer_depth (pointer));
  CHECK (strcmp (again->str, pointer) == 0);
  CHECK (ss_pointer_is_within (pointer, "") && ss_pointer_is_within (pointer, pointer));

  if (root == NULL)
    return 0;
  found = ss_pointer_resolve (root, pointer, &error);
  CHECK ((found == NULL) == (error != NULL));
  CHECK (found == NULL || found == ss_pointer_resolve (root, again->str, NULL));

  return 0;
}
