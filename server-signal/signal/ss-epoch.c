/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-epoch.h"

#include <errno.h>
#include <unistd.h>

char *
ss_epoch_new (void)
{
  guint8 bytes[16];
  GString *text = g_string_sized_new (2 * sizeof bytes);

  if (getentropy (bytes, sizeof bytes) != 0)
    g_error ("No random numbers: %s", g_strerror (errno));

  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);

  return g_string_free (text, FALSE);
}
