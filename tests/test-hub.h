/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-hub.h"
#include "test-websocket.h"

G_BEGIN_DECLS

#define V1 "server-signal.v1"

static inline ServerSignal *
new_signal (const char *name,
            const char *json)
{
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_from_json (name, json, &error);

  g_assert_no_error (error);

  return signal;
}

static inline void
set_int (ServerSignal *signal,
         const char   *pointer,
         gint64        value)
{
  g_autoptr (GError) error = NULL;

  server_signal_set_int (signal, pointer, value, &error);
  g_assert_no_error (error);
}

static inline guint
n_peers (ServerSignalHub *hub)
{
  return g_list_model_get_n_items (server_signal_hub_get_peers (hub));
}

static inline void
page_cb (SoupServer        *server,
         SoupServerMessage *message,
         const char        *path,
         GHashTable        *query,
         gpointer           user_data)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "the page", 8);
}

static inline SoupServer *
new_server (void)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;

  soup_server_add_handler (server, "/", page_cb, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);

  return server;
}

static inline char *
uri_of (SoupServer *server,
        const char *scheme,
        const char *path)
{
  GSList *uris = soup_server_get_uris (server);
  char *uri = g_strdup_printf ("%s://127.0.0.1:%d%s", scheme, g_uri_get_port (uris->data), path);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  return uri;
}

static inline void
closed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  GAsyncResult **slot = user_data;

  *slot = g_object_ref (result);
}

G_END_DECLS
