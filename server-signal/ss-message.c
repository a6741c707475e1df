/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-message.h"

#include <string.h>

struct _SsMessage
{
  /* Not atomic: a message belongs to one main context, and every peer takes and drops a
   * reference. */
  guint               ref_count;
  guint               header;       /* bytes of the header, which end where the text begins */
  SsMessageHeaderFunc write_header; /* NULL until a header is needed */
  gsize               length;       /* bytes of the text */
  guint8              data[];       /* headroom, the text, a NUL */
};

SsMessage *
ss_message_new_take (GString *text)
{
  SsMessage *self;

  g_assert (text != NULL);

  /* Copied into one block of the exact size: a message may wait in a queue, and a GString keeps up
   * to twice the memory that it needs. */
  self = g_malloc (sizeof (SsMessage) + SS_MESSAGE_HEADROOM + text->len + 1);
  self->ref_count = 1;
  self->header = 0;
  self->write_header = NULL;
  self->length = text->len;
  memcpy (self->data + SS_MESSAGE_HEADROOM, text->str, text->len + 1);
  g_string_free (text, TRUE);

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

  return (const char *) self->data + SS_MESSAGE_HEADROOM;
}

const void *
ss_message_framed (SsMessage           *self,
                   SsMessageHeaderFunc  write_header,
                   gsize               *length)
{
  g_assert (self != NULL);
  g_assert (length != NULL);

  if (self->write_header == NULL)
    {
      self->write_header = write_header;
      self->header = write_header (self->data + SS_MESSAGE_HEADROOM, self->length);
      g_assert (self->header <= SS_MESSAGE_HEADROOM);
    }

  g_assert (self->write_header == write_header);

  *length = self->header + self->length;

  return self->data + SS_MESSAGE_HEADROOM - self->header;
}
