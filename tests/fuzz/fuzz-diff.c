/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * First line: a document, then another. The patch between them gives exactly the second one, also after
 * the way over its text, and is not larger than a replacement plus a few bytes. */

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *first = take_line (&data, &size);
  g_autoptr (SsValue) from = ss_value_from_json (first, -1, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (SsValue) to = ss_value_from_json ((const char *) data, size, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (ServerSignalPatch) again = NULL;
  g_autoptr (SsValue) shared = NULL;
  gsize length;

  if (from == NULL || to == NULL)
    return 0;

  patch = ss_diff (from, to, NULL);
  CHECK ((server_signal_patch_get_n_operations (patch) == 0) == ss_value_equal (from, to));
  ss_patch_text (patch, &length);
  CHECK (length <=
         ss_value_measure (to, G_MAXSIZE) + strlen ("[{'op':'replace','path':'','value':}]"));
  shared = ss_value_ref (from);
  CHECK (ss_patch_apply (patch, &shared, NULL, NULL));
  CHECK (ss_value_equal (shared, to));

  again = server_signal_patch_new_from_json (ss_patch_text (patch, NULL), NULL);
  CHECK (again != NULL && ss_patch_apply (again, &from, NULL, NULL));
  CHECK (ss_value_equal (from, to));

  return 0;
}
