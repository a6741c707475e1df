/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Helpers that the fuzz targets share. */

#pragma once

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/server-signal-patch.h"
#include "json/ss-patch.h"
#include "json/ss-diff.h"
#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "ss-limits.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A failed check has to end the process, whatever the build's options say. */
#define CHECK(condition)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (!(condition))                                                                              \
      {                                                                                            \
        /* Not g_error(), whose trap keeps the fuzzer from saving the input. */                     \
        g_printerr ("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                \
        abort ();                                                                                  \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* The input up to the first line feed; *data and *size become the rest. */
static inline char *
take_line (const uint8_t **data,
           size_t         *size)
{
  const uint8_t *end = *size > 0 ? memchr (*data, '\n', *size) : NULL;
  size_t length = end != NULL ? (size_t) (end - *data) : *size;
  char *line = g_strndup ((const char *) *data, length);
  size_t used = end != NULL ? length + 1 : length;

  *data += used;
  *size -= used;

  return line;
}
