/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Plain libsoup: a WebSocket handler and a text for each connection. With an argument it listens as
 * soup_server_listen_local() does, otherwise on a socket with a long backlog. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include <libsoup/soup.h>

#include "control.h"

static GPtrArray *connections;
static SoupWebsocketConnection *active;
static int value = FIRST_VALUE;
static int single_value = FIRST_VALUE;

static void
closed_cb (SoupWebsocketConnection *connection)
{
  if (active == connection)
    active = NULL;
  g_ptr_array_remove_fast (connections, connection);
}

static void
websocket_cb (SoupServer              *server,
              SoupServerMessage       *message,
              const char              *path,
              SoupWebsocketConnection *connection,
              gpointer                 user_data)
{
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), NULL);
  g_ptr_array_add (connections, g_object_ref (connection));
  if (active == NULL)
    active = connection;
}

static void
send_to_all (const char *text)
{
  for (guint i = 0; i < connections->len; i++)
    soup_websocket_connection_send_text (g_ptr_array_index (connections, i), text);
}

static char *
make_text (const char *name,
           int         number)
{
  return g_strdup_printf (
    "{\"name\":\"%s\",\"patch\":[{\"op\":\"replace\",\"path\":\"/value\",\"value\":%d}]}", name,
    number);
}

static void
control_cb (const char *bytes,
            gsize       n_bytes,
            gpointer    user_data)
{
  for (gsize i = 0; i < n_bytes; i++)
    {
      g_autofree char *text = NULL;

      if (bytes[i] == 'b')
        {
          text = make_text ("counter", ++value);
          send_to_all (text);
        }
      else if (bytes[i] == 'l')
        {
          g_autofree char *filling = g_strnfill (FILLING_BYTES, 'x');

          text = g_strdup_printf (
            "{\"name\":\"page\",\"patch\":[{\"op\":\"replace\",\"path\":\"/text\",\"value\":\"%d%s\"}]}",
            ++value, filling);
          send_to_all (text);
        }
      else if (active != NULL)
        {
          text = make_text ("single", ++single_value);
          soup_websocket_connection_send_text (active, text);
        }
    }
}

static gboolean
listen_with_backlog (SoupServer  *server,
                     GError     **error)
{
  g_autoptr (GSocket) socket =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

  if (socket == NULL)
    return FALSE;

  g_socket_set_listen_backlog (socket, 4096);

  return g_socket_bind (socket, address, TRUE, error) && g_socket_listen (socket, error) &&
         soup_server_listen_socket (server, socket, 0, error);
}

int
main (int    argc,
      char **argv)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  connections = g_ptr_array_new_with_free_func (g_object_unref);
  soup_server_add_websocket_handler (server, "/ws", NULL, NULL, websocket_cb, NULL, NULL);
  if (!(argc > 1 ? soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)
                 : listen_with_backlog (server, &error)))
    g_error ("%s", error->message);

  uris = soup_server_get_uris (server);
  printf ("%d %d\n", g_uri_get_port (uris->data), control_listen (control_cb, NULL));
  fflush (stdout);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_main_loop_run (loop);

  return 0;
}
