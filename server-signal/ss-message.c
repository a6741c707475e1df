/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-message.h"

#include <string.h>

/* The longest header of an unmasked frame: two bytes and a length of 64 bits. */
#define HEADER_BYTES 10

struct _SsMessage
{
  /* Not an atomic one: a message belongs to one main context, and every peer takes and drops it. */
  guint  ref_count;
  guint8 header;   /* bytes of the header, which end where the payload begins */
  gsize  length;   /* bytes of the payload */
  guint8 data[];   /* room for the longest header, the payload, a NUL */
};

/* The header is written right in front of the payload, so a short one leaves a gap before it. */
static void
write_header (SsMessage *self)
{
  guint8 *end = self->data + HEADER_BYTES;

  if (self->length < 126)
    {
      self->header = 2;
      end[-1] = (guint8) self->length;
    }
  else if (self->length <= G_MAXUINT16)
    {
      self->header = 4;
      end[-3] = 126;
      end[-2] = (guint8) (self->length >> 8);
      end[-1] = (guint8) self->length;
    }
  else
    {
      guint64 length = GUINT64_TO_BE ((guint64) self->length);

      self->header = 10;
      end[-9] = 127;
      memcpy (end - sizeof length, &length, sizeof length);
    }

  /* The last fragment (0x80) of a text message (0x01). */
  end[-self->header] = 0x81;
}

SsMessage *
ss_message_new_take (GString *payload)
{
  SsMessage *self;

  g_assert (payload != NULL);

  /* Copied into one block of the exact size: a message may wait in a queue, and a GString keeps up
   * to twice what it needs. */
  self = g_malloc (sizeof (SsMessage) + HEADER_BYTES + payload->len + 1);
  self->ref_count = 1;
  self->length = payload->len;
  memcpy (self->data + HEADER_BYTES, payload->str, payload->len + 1);
  write_header (self);
  g_string_free (payload, TRUE);

  return self;
}

SsMessage *
ss_message_ref (SsMessage *self)
{
  g_assert (self != NULL);

  self->ref_count++;

  return self;
}

void
ss_message_unref (SsMessage *self)
{
  g_assert (self != NULL);

  if (--self->ref_count == 0)
    g_free (self);
}

const char *
ss_message_payload (SsMessage *self,
                    gsize     *length)
{
  g_assert (self != NULL);

  if (length != NULL)
    *length = self->length;

  return (const char *) self->data + HEADER_BYTES;
}

const void *
ss_message_framed (SsMessage *self,
                   gsize     *length)
{
  g_assert (self != NULL);
  g_assert (length != NULL);

  *length = self->header + self->length;

  return self->data + HEADER_BYTES - self->header;
}
