/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-limiter.h"

/* libsoup's own limit is on a frame. A message may have any number of frames, and before libsoup
 * 3.8 nothing bounds their sum. An extension sees every frame, so one that changes nothing can
 * count. */

#define SS_TYPE_LIMITER (ss_limiter_get_type ())
G_DECLARE_FINAL_TYPE (SsLimiter, ss_limiter, SS, LIMITER, SoupWebsocketExtension)

struct _SsLimiter
{
  SoupWebsocketExtension parent_instance;

  guint64 max;
  guint64 total; /* of the message that is coming in */
};

G_DEFINE_FINAL_TYPE (SsLimiter, ss_limiter, SOUP_TYPE_WEBSOCKET_EXTENSION)

static GBytes *
ss_limiter_process_incoming_message (SoupWebsocketExtension  *extension,
                                     guint8                  *header,
                                     GBytes                  *payload,
                                     GError                 **error)
{
  SsLimiter *self = SS_LIMITER (extension);
  guint8 opcode = header[0] & 0x0f;

  /* Pings and the like may come between the fragments of a message. */
  if (opcode & 0x08)
    return payload;

  if (opcode != 0)
    self->total = 0;
  self->total += g_bytes_get_size (payload);

  if (self->total > self->max)
    {
      g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG,
                           "A message in fragments is larger than the limit");
      g_bytes_unref (payload);
      return NULL;
    }

  return payload;
}

static GBytes *
ss_limiter_process_outgoing_message (SoupWebsocketExtension  *extension,
                                     guint8                  *header,
                                     GBytes                  *payload,
                                     GError                 **error)
{
  return payload;
}

static void
ss_limiter_class_init (SsLimiterClass *klass)
{
  SoupWebsocketExtensionClass *extension_class = SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  /* The name is never offered to a server. */
  extension_class->name = "x-server-signal-limiter";
  extension_class->process_incoming_message = ss_limiter_process_incoming_message;
  extension_class->process_outgoing_message = ss_limiter_process_outgoing_message;
}

static void
ss_limiter_init (SsLimiter *self)
{
}

void
ss_limiter_apply (SoupWebsocketConnection *connection,
                  guint64                  max)
{
  GObjectClass *klass = G_OBJECT_GET_CLASS (connection);
  g_auto (GValue) value = G_VALUE_INIT;
  GParamSpec *pspec;

  g_assert (max > 0);

  soup_websocket_connection_set_max_incoming_payload_size (connection, max);

  if (g_object_class_find_property (klass, "max-total-message-size") != NULL)
    {
      g_object_set (connection, "max-total-message-size", max, NULL);
      return;
    }

  /* A client's connection is made by SoupSession, and takes the extensions that the handshake
   * agreed on: none, for we offer none. The property is construct-only, which only
   * g_object_set_property() looks at; in the versions that come here (3.2 to 3.6, which do not
   * change any more) its setter just keeps the list, and frees it with the connection. */
  pspec = g_object_class_find_property (klass, "extensions");
  if (pspec != NULL && soup_websocket_connection_get_extensions (connection) == NULL)
    {
      SsLimiter *limiter = g_object_new (SS_TYPE_LIMITER, NULL);

      limiter->max = max;
      g_value_init (&value, G_TYPE_POINTER);
      g_value_set_pointer (&value, g_list_append (NULL, limiter));
      klass->set_property (G_OBJECT (connection), pspec->param_id, &value, pspec);
    }
}
