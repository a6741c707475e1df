/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-qr.h"

#include "tool-output.h"

#ifdef HAVE_QRENCODE

#include <sys/ioctl.h>
#include <unistd.h>

#include <qrencode.h>

/* In modules, as the standard wants it. */
#define MARGIN 4

static gboolean
is_dark (const QRcode *code,
         int           x,
         int           y)
{
  return x >= 0 && y >= 0 && x < code->width && y < code->width &&
         (code->data[y * code->width + x] & 1) != 0;
}

/* Two rows of modules in one of characters. The light ones are drawn, in white on black, so that the
 * colors of the terminal do not matter. */
void
tool_qr_print (const char *text)
{
  static const char *const blocks[] = { " ", "▄", "▀", "█" };
  QRcode *code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_L);
  g_autoptr (GString) out = g_string_new (NULL);
  struct winsize size;

  if (code == NULL)
    return;

  /* Broken at the edge nothing could read it. */
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
      size.ws_col < code->width + 2 * MARGIN)
    {
      QRcode_free (code);
      return;
    }

  for (int y = -MARGIN; y < code->width + MARGIN; y += 2)
    {
      g_string_append (out, "\033[97;40m");
      for (int x = -MARGIN; x < code->width + MARGIN; x++)
        g_string_append (
          out, blocks[(is_dark (code, x, y) ? 0 : 2) + (is_dark (code, x, y + 1) ? 0 : 1)]);
      g_string_append (out, "\033[0m\n");
    }
  QRcode_free (code);
  tool_print (out->str);
}

#else

void
tool_qr_print (const char *text)
{
}

#endif
