/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-sanitize.h"

#define MAX_BYTES 256

char *
ss_sanitize_text (const char *text)
{
  g_autofree char *cut = g_strndup (text != NULL ? text : "", MAX_BYTES);

  for (char *c = cut; *c != '\0'; c++)
    {
      if (g_ascii_iscntrl (*c))
        *c = ' ';
    }

  return g_utf8_make_valid (cut, -1);
}
