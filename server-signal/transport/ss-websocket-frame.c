/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-websocket-frame.h"

#include <string.h>

/* The frame is the last fragment of its message. */
#define FIN 0x80

/* Two bytes and a length of 64 bits are the longest header of an unmasked frame. */
G_STATIC_ASSERT (SS_MESSAGE_HEADROOM >= 2 + 8);

const guint8 ss_websocket_ping[2] = { FIN | SS_OPCODE_PING, 0 };

/* The header is written right in front of the text, so a short one leaves a gap before it. */
static guint
write_text_header (guint8 *end,
                   gsize   length)
{
  guint header;

  if (length < 126)
    {
      header = 2;
      end[-1] = (guint8) length;
    }
  else if (length <= G_MAXUINT16)
    {
      header = 4;
      end[-3] = 126;
      end[-2] = (guint8) (length >> 8);
      end[-1] = (guint8) length;
    }
  else
    {
      guint64 big_endian = GUINT64_TO_BE ((guint64) length);

      header = 10;
      end[-9] = 127;
      memcpy (end - sizeof big_endian, &big_endian, sizeof big_endian);
    }

  end[-(int) header] = FIN | SS_OPCODE_TEXT;

  return header;
}

const void *
ss_websocket_frame_message (SsMessage *message,
                            gsize     *length)
{
  return ss_message_framed (message, write_text_header, length);
}

void
ss_websocket_frame_close (guint8  frame[SS_CLOSE_FRAME_BYTES],
                          gushort code)
{
  frame[0] = FIN | SS_OPCODE_CLOSE;
  frame[1] = 2;
  frame[2] = (guint8) (code >> 8);
  frame[3] = (guint8) code;
}
