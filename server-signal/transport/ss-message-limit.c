/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-message-limit.h"

#include "ss-limits.h"

struct _SsMessageLimit
{
  SoupWebsocketExtension parent_instance;

  guint64        max_bytes;
  guint64        n_bytes;       /* of the message whose fragments are coming in */
  guint64        n_fragments;

  SsControlFunc  control_func;
  gpointer       control_data;
  GDestroyNotify control_destroy;
};

G_DEFINE_FINAL_TYPE (SsMessageLimit, ss_message_limit, SOUP_TYPE_WEBSOCKET_EXTENSION)

static gboolean
check_control (SsMessageLimit  *self,
               GError         **error)
{
  return self->control_func == NULL || self->control_func (self->control_data, error);
}

static gboolean
check_data (SsMessageLimit  *self,
            gboolean         is_first,
            gsize            length,
            GError         **error)
{
  if (is_first)
    {
      self->n_bytes = 0;
      self->n_fragments = 0;
    }

  /* libsoup has seen that this one fragment is within the limit, so the sum cannot wrap. */
  self->n_bytes += length;
  self->n_fragments++;

  if (self->n_bytes <= self->max_bytes &&
      self->n_fragments <= SS_MESSAGE_FRAGMENTS + self->n_bytes / SS_FRAGMENT_BYTES)
    return TRUE;

  g_set_error_literal (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG,
                       self->n_bytes > self->max_bytes
                         ? "A message in fragments is larger than the limit"
                         : "A message is in more fragments than the limit");

  return FALSE;
}

static GBytes *
process_incoming_message (SoupWebsocketExtension  *extension,
                          guint8                  *header,
                          GBytes                  *payload,
                          GError                 **error)
{
  SsMessageLimit *self = SS_MESSAGE_LIMIT (extension);
  guint8 opcode = header[0] & 0x0f;
  gboolean good;

  /* Pings and the like may come between the fragments of a message. */
  if ((opcode & 0x08) != 0)
    good = check_control (self, error);
  else
    good = check_data (self, opcode != 0, g_bytes_get_size (payload), error);

  if (good)
    return payload;

  g_bytes_unref (payload);

  return NULL;
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
ss_message_limit_finalize (GObject *object)
{
  ss_message_limit_set_control_func (SS_MESSAGE_LIMIT (object), NULL, NULL, NULL);

  G_OBJECT_CLASS (ss_message_limit_parent_class)->finalize (object);
}

static void
ss_message_limit_class_init (SsMessageLimitClass *klass)
{
  SoupWebsocketExtensionClass *extension_class = SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ss_message_limit_finalize;

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
ss_message_limit_new (guint64 max_bytes)
{
  SsMessageLimit *self = g_object_new (SS_TYPE_MESSAGE_LIMIT, NULL);

  self->max_bytes = max_bytes;

  return self;
}

void
ss_message_limit_set_max_bytes (SsMessageLimit *self,
                                guint64         max_bytes)
{
  g_assert (SS_IS_MESSAGE_LIMIT (self));

  self->max_bytes = max_bytes;
}

void
ss_message_limit_set_control_func (SsMessageLimit *self,
                                   SsControlFunc   func,
                                   gpointer        user_data,
                                   GDestroyNotify  destroy)
{
  g_assert (SS_IS_MESSAGE_LIMIT (self));

  if (self->control_destroy != NULL)
    self->control_destroy (self->control_data);

  self->control_func = func;
  self->control_data = user_data;
  self->control_destroy = destroy;
}

/* TRUE: it has one. */
static gboolean
update (GList   *extensions,
        guint64  max_bytes)
{
  for (; extensions != NULL; extensions = extensions->next)
    if (SS_IS_MESSAGE_LIMIT (extensions->data))
      {
        ss_message_limit_set_max_bytes (extensions->data, max_bytes);
        return TRUE;
      }

  return FALSE;
}

void
ss_message_limit_apply (SoupWebsocketConnection *connection,
                        guint64                  max_bytes)
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

  if (update (extensions, max_bytes))
    return;

  /* A connection that is made already has the extensions that its handshake agreed on. Ours goes
   * behind those: the list is the connection's own, and its head stays the same. */
  if (extensions != NULL)
    {
      extensions = g_list_append (extensions, ss_message_limit_new (max_bytes));
      return;
    }

  /* Where there are none, the property is construct-only, which only g_object_set_property() looks
   * at; in the versions that come here (3.2 to 3.6, which do not change any more) its setter just
   * keeps the list, and frees it with the connection. */
  pspec = g_object_class_find_property (klass, "extensions");
  if (pspec != NULL)
    {
      g_value_init (&value, G_TYPE_POINTER);
      g_value_set_pointer (&value, g_list_append (NULL, ss_message_limit_new (max_bytes)));
      klass->set_property (G_OBJECT (connection), pspec->param_id, &value, pspec);
    }
}
