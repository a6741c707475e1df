/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-websocket-link.h"
#include "ss-log.h"

#include <string.h>

/* A close frame holds 125 bytes, of which the code takes two (RFC 6455, 5.5). */
#define REASON_BYTES 123

typedef struct
{
  SoupWebsocketConnection *connection; /* NULL: it was gone before we came */
} SsWebsocketLinkPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SsWebsocketLink, ss_websocket_link, SS_TYPE_LINK)

static inline SsWebsocketLinkPrivate *
get_private (SsWebsocketLink *self)
{
  return ss_websocket_link_get_instance_private (self);
}

static void
message_cb (SsWebsocketLink       *self,
            SoupWebsocketDataType  type,
            GBytes                *message)
{
  /* After an error libsoup goes on with what follows it. */
  if (ss_websocket_link_is_connected (self))
    ss_link_received (SS_LINK (self), type == SOUP_WEBSOCKET_DATA_TEXT ? message : NULL);
}

static void
error_cb (SsWebsocketLink *self,
          const GError    *error)
{
  ss_log_info ("peer-failed",
               SS_LOG (.peer = ss_link_get_remote_address (SS_LINK (self)),
                       .reason = error->message),
               "The connection of a client fails");

  SS_WEBSOCKET_LINK_GET_CLASS (self)->failed (self, error);
}

static void
closed_cb (SsWebsocketLink *self)
{
  ss_link_over (SS_LINK (self),
                soup_websocket_connection_get_close_code (get_private (self)->connection));
}

/* Tells the signals by their number of parameters, the connection included. */
static void
connection_marshal (GClosure     *closure,
                    GValue       *return_value,
                    guint         n_parameters,
                    const GValue *parameters,
                    gpointer      hint,
                    gpointer      marshal_data)
{
  SsWebsocketLink *self = closure->data;

  if (n_parameters == 3)
    message_cb (self, (SoupWebsocketDataType) g_value_get_int (&parameters[1]),
                g_value_get_boxed (&parameters[2]));
  else if (n_parameters == 2)
    error_cb (self, g_value_get_boxed (&parameters[1]));
  else
    closed_cb (self);
}

static gboolean
ss_websocket_link_is_open (SsLink *link)
{
  return ss_websocket_link_is_connected (SS_WEBSOCKET_LINK (link));
}

static void
ss_websocket_link_class_init (SsWebsocketLinkClass *klass)
{
  SS_LINK_CLASS (klass)->is_open = ss_websocket_link_is_open;
}

static void
ss_websocket_link_init (SsWebsocketLink *self)
{
}

void
ss_websocket_link_set_connection (SsWebsocketLink         *self,
                                  SoupWebsocketConnection *connection)
{
  static const char *const names[] = { "message", "error", "closed" };
  /* One for all, because closures are a good part of what an idle peer takes. */
  GClosure *closure = g_closure_new_simple (sizeof (GClosure), self);

  get_private (self)->connection = g_object_ref (connection);

  g_closure_set_marshal (closure, connection_marshal);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect_closure (connection, names[i], closure, FALSE);

  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_CLOSED)
    closed_cb (self);
}

SoupWebsocketConnection *
ss_websocket_link_get_connection (SsWebsocketLink *self)
{
  return get_private (self)->connection;
}

SoupWebsocketConnection *
ss_websocket_link_steal_connection (SsWebsocketLink *self)
{
  SoupWebsocketConnection *connection = g_steal_pointer (&get_private (self)->connection);

  if (connection != NULL)
    g_signal_handlers_disconnect_by_data (connection, self);

  return connection;
}

gboolean
ss_websocket_link_is_connected (SsWebsocketLink *self)
{
  SoupWebsocketConnection *connection = get_private (self)->connection;

  return soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN;
}

void
ss_websocket_link_begin_closing (SsWebsocketLink *self,
                                 gushort          code,
                                 const char      *reason)
{
  g_autofree char *short_reason = NULL;

  if (!ss_websocket_link_is_connected (self))
    return;

  /* libsoup takes a longer one for a protocol error. */
  if (reason != NULL && strlen (reason) > REASON_BYTES)
    {
      const char *end = g_utf8_find_prev_char (reason, reason + REASON_BYTES + 1);

      reason = short_reason = g_strndup (reason, (gsize) (end - reason));
    }

  soup_websocket_connection_close (get_private (self)->connection, code, reason);
}
