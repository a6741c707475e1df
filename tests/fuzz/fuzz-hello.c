/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The beginning of a connection of TLS, as it grows byte by byte: refused it stays refused, whole it
 * stays whole, and it is never whole before as many bytes are there as were asked for. */

#include "fuzz.h"

#include "transport/ss-hello.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  size_t wanted = 1;
  gssize before = 1;

  for (size_t length = 1; length <= size; length++)
    {
      /* So that reading beyond the end is seen. */
      g_autofree guint8 *bytes = g_memdup2 (data, length);
      gssize result = ss_hello_check (bytes, length);

      CHECK (result == 0 || result == -1 || result > (gssize) length);
      CHECK (before > 0 || result == before);
      CHECK (result != 0 || before == 0 || length >= wanted);
      if (result > 0)
        wanted = MAX (wanted, (size_t) result);
      before = result;
    }

  return 0;
}
