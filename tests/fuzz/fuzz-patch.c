/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * First line: a document, then a patch. A patch that fails leaves the document as it was; one that
 * applies can be undone to the very text; in place and on a shared tree it gives the same. */

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *document = take_line (&data, &size);
  g_autoptr (SsValue) root = ss_value_from_json (document, -1, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (SsValue) array = ss_value_from_json ((const char *) data, size, SS_FRAME_DEPTH, NULL);
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (ServerSignalPatch) again = NULL;
  g_autoptr (SsValue) shared = NULL;
  g_autoptr (SsUndo) undo = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  if (root == NULL || array == NULL)
    return 0;
  patch = ss_patch_from_value (array, &error);
  CHECK ((patch == NULL) == (error != NULL));
  if (patch == NULL)
    {
      CHECK (error->code == SERVER_SIGNAL_ERROR_INVALID_PATCH ||
             error->code == SERVER_SIGNAL_ERROR_INVALID_POINTER ||
             error->code == SERVER_SIGNAL_ERROR_LIMIT);
      return 0;
    }
  again = server_signal_patch_new_from_json (ss_patch_text (patch, NULL), NULL);
  CHECK (again != NULL);
  CHECK (strcmp (ss_patch_text (again, NULL), ss_patch_text (patch, NULL)) == 0);

  before = ss_value_to_json (root, NULL);
  undo = ss_undo_new ();
  shared = ss_value_ref (root);
  if (!ss_patch_apply (patch, &shared, NULL, &error))
    {
      g_autofree char *unchanged = ss_value_to_json (root, NULL);

      CHECK (error != NULL && error->domain == SERVER_SIGNAL_ERROR);
      CHECK (strcmp (before, unchanged) == 0);
      g_clear_pointer (&shared, ss_value_unref);
      CHECK (!ss_patch_apply (patch, &root, undo, NULL));
      CHECK (ss_undo_is_empty (undo));
    }
  else
    {
      g_autofree char *copied = ss_value_to_json (shared, NULL);
      g_autofree char *unchanged = ss_value_to_json (root, NULL);
      g_autofree char *in_place = NULL;

      CHECK (error == NULL);
      CHECK (strcmp (before, unchanged) == 0);
      CHECK (ss_value_depth (shared) <= SS_DOCUMENT_DEPTH);
      g_clear_pointer (&shared, ss_value_unref);
      CHECK (ss_patch_apply (again, &root, undo, NULL));
      in_place = ss_value_to_json (root, NULL);
      CHECK (strcmp (copied, in_place) == 0);
      shared = ss_value_ref (root);
      ss_undo_revert (undo, &shared);
      after = ss_value_to_json (shared, NULL);
      CHECK (strcmp (before, after) == 0);
      g_clear_pointer (&shared, ss_value_unref);
      g_clear_pointer (&after, g_free);
      ss_undo_rollback (undo, 0, &root);
    }
  after = ss_value_to_json (root, NULL);
  CHECK (strcmp (before, after) == 0);

  return 0;
}
