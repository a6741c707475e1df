/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The writer gives back all that the reader takes: the text of the value reads as an equal value
 * and is written the same again, and the way over JsonNode changes nothing. */

#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SsValue) value =
    ss_value_from_json ((const char *) data, size, SS_DOCUMENT_DEPTH, &error);
  g_autoptr (SsValue) again = NULL;
  g_autoptr (SsValue) back = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;
  g_autofree char *text_again = NULL;
  gsize length, length_again;

  CHECK ((value == NULL) == (error != NULL));
  if (value == NULL)
    {
      CHECK (error->domain == SERVER_SIGNAL_ERROR);
      return 0;
    }

  CHECK (ss_value_depth (value) <= SS_DOCUMENT_DEPTH);
  text = ss_value_to_json (value, &length);
  CHECK (ss_value_measure (value, G_MAXSIZE) == length);
  again = ss_value_from_json (text, length, SS_DOCUMENT_DEPTH, NULL);
  CHECK (again != NULL && ss_value_equal (value, again));
  CHECK (ss_value_hash (value) == ss_value_hash (again));
  text_again = ss_value_to_json (again, &length_again);
  CHECK (length == length_again && memcmp (text, text_again, length) == 0);

  node = ss_value_to_node (value);
  back = ss_value_from_node (node, SS_DOCUMENT_DEPTH, NULL);
  CHECK (back != NULL && ss_value_equal (value, back));

  return 0;
}
