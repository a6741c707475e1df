/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-guard.h"
#include "ss-limits.h"

struct _SsGuard
{
  SoupWebsocketExtension parent_instance;

  gsize max_bytes;
  gsize n_bytes;      /* of the message whose fragments are coming in */
  guint n_fragments;
};

G_DEFINE_FINAL_TYPE (SsGuard, ss_guard, SOUP_TYPE_WEBSOCKET_EXTENSION)

static GBytes *
process_incoming_message (SoupWebsocketExtension  *extension,
                          guint8                  *header,
                          GBytes                  *payload,
                          GError                 **error)
{
  SsGuard *self = SS_GUARD (extension);
  gboolean control = (header[0] & 0x08) != 0;
  gboolean continued = (header[0] & 0x0f) == 0;

  /* Control frames may stand between the fragments of a message. */
  if (control)
    return payload;

  if (!continued)
    {
      self->n_bytes = 0;
      self->n_fragments = 0;
    }

  /* libsoup has seen that this one fragment is within the limit, so the sum cannot wrap. */
  self->n_bytes += g_bytes_get_size (payload);
  self->n_fragments++;

  if (self->n_bytes > self->max_bytes || self->n_fragments > SS_MESSAGE_FRAGMENTS)
    {
      g_set_error_literal (error,
                           SOUP_WEBSOCKET_ERROR,
                           SOUP_WEBSOCKET_CLOSE_TOO_BIG,
                           "A message from the peer is larger or in more fragments than allowed");
      g_bytes_unref (payload);
      return NULL;
    }

  return payload;
}

static GBytes *
process_outgoing_message (SoupWebsocketExtension  *extension,
                          guint8                  *header,
                          GBytes                  *payload,
                          GError                 **error)
{
  return payload;
}

static void
ss_guard_class_init (SsGuardClass *klass)
{
  SoupWebsocketExtensionClass *extension_class = SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  extension_class->name = "x-server-signal-guard";
  extension_class->process_incoming_message = process_incoming_message;
  extension_class->process_outgoing_message = process_outgoing_message;
}

static void
ss_guard_init (SsGuard *self)
{
  self->max_bytes = SS_MESSAGE_BYTES;
}

SsGuard *
ss_guard_new (void)
{
  return g_object_new (SS_TYPE_GUARD, NULL);
}

void
ss_guard_set_max_bytes (SsGuard *self,
                        gsize    bytes)
{
  g_assert (SS_IS_GUARD (self));

  self->max_bytes = bytes;
}
