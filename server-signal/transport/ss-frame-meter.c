/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-frame-meter.h"

#define FIN 0x80
#define OPCODE 0x0f
#define CONTROL 0x08
#define MASK 0x80
#define LENGTH 0x7f

static guint
get_length_bytes (const SsFrameMeter *self)
{
  switch (self->header[1] & LENGTH)
    {
    case 126:
      return 2;
    case 127:
      return 8;
    default:
      return 0;
    }
}

static gboolean
has_header (const SsFrameMeter *self)
{
  return self->n_header >= 2 &&
         self->n_header == 2 + get_length_bytes (self) + ((self->header[1] & MASK) != 0 ? 4 : 0);
}

static void
begin_payload (SsFrameMeter *self)
{
  guint n = get_length_bytes (self);

  self->n_left = n > 0 ? 0 : self->header[1] & LENGTH;
  for (guint i = 0; i < n; i++)
    self->n_left = self->n_left << 8 | self->header[2 + i];

  self->n_frames++;
}

static void
end_frame (SsFrameMeter *self)
{
  if ((self->header[0] & CONTROL) == 0)
    self->in_message = (self->header[0] & FIN) == 0;
  self->n_header = 0;
}

void
ss_frame_meter_follow (SsFrameMeter *self,
                       const guint8 *bytes,
                       gsize         n_bytes)
{
  while (n_bytes > 0)
    {
      gsize step = 1;

      if (self->n_left > 0)
        {
          step = (gsize) MIN (self->n_left, n_bytes);
          self->n_left -= step;
          if (self->n_left == 0)
            end_frame (self);
        }
      else
        {
          self->header[self->n_header++] = *bytes;
          if (has_header (self))
            {
              begin_payload (self);
              if (self->n_left == 0)
                end_frame (self);
            }
        }
      bytes += step;
      n_bytes -= step;
    }
}
