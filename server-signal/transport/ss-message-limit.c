/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-message-limit.h"

struct _SsMessageLimit
{
  SoupWebsocketExtension parent_instance;

  guint64 max_bytes;
  guint64 n_bytes;       /* of the message whose fragments are coming in */
  guint   max_fragments; /* 0: any number */
  guint   n_fragments;

  void  (*control_func) (gpointer user_data);
  gpointer control_data;
};

G_DEFINE_FINAL_TYPE (SsMessageLimit, ss_message_limit, SOUP_TYPE_WEBSOCKET_EXTENSION)

static GBytes *
process_incoming_message (SoupWebsocketExtension  *extension,
                          guint8                  *header,
                          GBytes                  *payload,
                          GError                 **error)
{
  SsMessageLimit *self = SS_MESSAGE_LIMIT (extension);
  guint8 opcode = header[0] & 0x0f;

  /* Pings and the like may come between the fragments of a message. */
  if ((opcode & 0x08) != 0)
    {
      if (self->control_func != NULL)
        self->control_func (self->control_data);
      return payload;
    }

  if (opcode != 0)
    {
      self->n_bytes = 0;
      self->n_fragments = 0;
    }

  /* libsoup has seen that this one fragment is within the limit, so the sum cannot wrap. */
  self->n_bytes += g_bytes_get_size (payload);
  self->n_fragments++;

  if (self->n_bytes > self->max_bytes ||
      (self->max_fragments > 0 && self->n_fragments > self->max_fragments))
    {
      g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG,
                           self->n_bytes > self->max_bytes
                             ? "A message in fragments is larger than the limit"
                             : "A message is in more fragments than the limit");
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
ss_message_limit_class_init (SsMessageLimitClass *klass)
{
  SoupWebsocketExtensionClass *extension_class = SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  /* The name is never offered to the other end. */
  extension_class->name = "x-server-signal-message-limit";
  extension_class->process_incoming_message = process_incoming_message;
  extension_class->process_outgoing_message = process_outgoing_message;
}

static void
ss_message_limit_init (SsMessageLimit *self)
{
}

SsMessageLimit *
ss_message_limit_new (guint64 max_bytes,
                      guint   max_fragments)
{
  SsMessageLimit *self = g_object_new (SS_TYPE_MESSAGE_LIMIT, NULL);

  self->max_bytes = max_bytes;
  self->max_fragments = max_fragments;

  return self;
}

void
ss_message_limit_set_max_bytes (SsMessageLimit *self,
                                guint64         max_bytes)
{
  g_assert (SS_IS_MESSAGE_LIMIT (self));

  self->max_bytes = max_bytes;
}

/* TRUE: it has one. */
static gboolean
update (GList   *extensions,
        guint64  max_bytes,
        guint    max_fragments)
{
  for (; extensions != NULL; extensions = extensions->next)
    if (SS_IS_MESSAGE_LIMIT (extensions->data))
      {
        SsMessageLimit *limit = extensions->data;

        limit->max_bytes = max_bytes;
        limit->max_fragments = max_fragments;
        return TRUE;
      }

  return FALSE;
}

void
ss_message_limit_set_control_func (SsMessageLimit  *self,
                                   void           (*func) (gpointer user_data),
                                   gpointer         user_data)
{
  g_assert (SS_IS_MESSAGE_LIMIT (self));

  self->control_func = func;
  self->control_data = user_data;
}

void
ss_message_limit_apply (SoupWebsocketConnection *connection,
                        guint64                  max_bytes,
                        guint                    max_fragments)
{
  GObjectClass *klass = G_OBJECT_GET_CLASS (connection);
  GList *extensions = soup_websocket_connection_get_extensions (connection);
  g_auto (GValue) value = G_VALUE_INIT;
  GParamSpec *pspec;

  g_assert (max_bytes > 0);

  soup_websocket_connection_set_max_incoming_payload_size (connection, max_bytes);

  if (g_object_class_find_property (klass, "max-total-message-size") != NULL)
    {
      g_object_set (connection, "max-total-message-size", max_bytes, NULL);
      return;
    }

  if (update (extensions, max_bytes, max_fragments))
    return;

  /* A connection that is made already has the extensions that its handshake agreed on. Ours goes
   * behind those: the list is the connection's own, and its head stays the same. */
  if (extensions != NULL)
    {
      extensions = g_list_append (extensions, ss_message_limit_new (max_bytes, max_fragments));
      return;
    }

  /* Where there are none, the property is construct-only, which only g_object_set_property() looks
   * at; in the versions that come here (3.2 to 3.6, which do not change any more) its setter just
   * keeps the list, and frees it with the connection. */
  pspec = g_object_class_find_property (klass, "extensions");
  if (pspec != NULL)
    {
      g_value_init (&value, G_TYPE_POINTER);
      g_value_set_pointer (&value,
                           g_list_append (NULL, ss_message_limit_new (max_bytes, max_fragments)));
      klass->set_property (G_OBJECT (connection), pspec->param_id, &value, pspec);
    }
}
