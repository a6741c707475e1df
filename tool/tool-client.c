/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-client.h"

#include <string.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>

#include "tool-loop.h"
#include "tool-output.h"

/* As long as a server has to say hello. */
#define HELLO_MS 3000

static char *token_option;
static char *ca_option;

const GOptionEntry tool_client_entries[] = {
  { "token", 't', 0, G_OPTION_ARG_STRING, &token_option,
    N_("Show the server this token (also SERVER_SIGNAL_TOKEN in the environment)"), N_("TOKEN") },
  { "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca_option,
    N_("Trust the certificate authorities in FILE, for wss:"), N_("FILE") },
  G_OPTION_ENTRY_NULL,
};

static void
request_queued_cb (SoupSession *session,
                   SoupMessage *message,
                   gpointer     user_data)
{
  g_autofree char *value = g_strconcat ("Bearer ", user_data, NULL);

  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
}

gboolean
tool_token_check (const char  *token,
                  GError     **error)
{
  for (; token != NULL && *token != '\0'; token++)
    if (g_ascii_iscntrl (*token))
      {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                     _("A token cannot have control characters"));
        return FALSE;
      }

  return TRUE;
}

static SoupSession *
make_session (const char  *socket,
              GError     **error)
{
  const char *token = token_option != NULL ? token_option : g_getenv ("SERVER_SIGNAL_TOKEN");
  g_autoptr (GSocketAddress) address = NULL;
  SoupSession *session;

  if (socket != NULL)
    address =
      socket[0] == '@'
        ? g_unix_socket_address_new_with_type (socket + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT)
        : g_unix_socket_address_new (socket);
  session = g_object_new (SOUP_TYPE_SESSION, "remote-connectable", address, NULL);

  if (ca_option != NULL)
    {
      g_autofree char *path = g_canonicalize_filename (ca_option, NULL);
      g_autoptr (GTlsDatabase) database = g_tls_file_database_new (path, error);

      if (database == NULL)
        {
          g_object_unref (session);
          return NULL;
        }
      soup_session_set_tls_database (session, database);
    }

  if (!tool_token_check (token, error))
    {
      g_object_unref (session);
      return NULL;
    }

  if (token != NULL && token[0] != '\0')
    g_signal_connect_data (session, "request-queued", G_CALLBACK (request_queued_cb),
                           g_strdup (token), (GClosureNotify) (void (*) (void)) g_free, 0);

  return session;
}

static char *
complete_uri (const char  *text,
              char       **socket,
              GError     **error)
{
  g_autofree char *full = NULL;
  g_autoptr (GUri) uri = NULL;
  const char *scheme;

  if (g_str_has_prefix (text, "unix:"))
    {
      *socket = g_strdup (text + strlen ("unix:"));
      text = "ws://localhost/ws";
    }

  if (strstr (text, "://") != NULL)
    full = g_strdup (text);
  else
    full = g_strconcat ("ws://", text[0] == ':' ? "localhost" : "", text, NULL);

  uri = g_uri_parse (full, G_URI_FLAGS_ENCODED, error);
  if (uri == NULL)
    return NULL;

  scheme = g_uri_get_scheme (uri);
  if (g_str_equal (scheme, "http"))
    scheme = "ws";
  else if (g_str_equal (scheme, "https"))
    scheme = "wss";

  return g_uri_join (G_URI_FLAGS_ENCODED, scheme, g_uri_get_userinfo (uri), g_uri_get_host (uri),
                     g_uri_get_port (uri),
                     g_uri_get_path (uri)[0] == '\0' || g_str_equal (g_uri_get_path (uri), "/")
                       ? "/ws"
                       : g_uri_get_path (uri),
                     g_uri_get_query (uri), NULL);
}

static void
state_cb (ServerSignalClient *client)
{
  const GError *error = server_signal_client_get_error (client);

  switch (server_signal_client_get_state (client))
    {
    case SERVER_SIGNAL_CLIENT_STATE_OPEN:
      tool_detail (_("Connected to %s"), server_signal_client_get_uri (client));
      break;

    case SERVER_SIGNAL_CLIENT_STATE_WAITING:
      tool_note (_("Trying again: %s"), error->message);
      break;

    case SERVER_SIGNAL_CLIENT_STATE_IDLE:
    case SERVER_SIGNAL_CLIENT_STATE_CONNECTING:
    case SERVER_SIGNAL_CLIENT_STATE_CLOSED:
    default:
      break;
    }
}

ServerSignalClient *
tool_client_new (const char  *uri,
                 gboolean     patient,
                 GError     **error)
{
  g_autofree char *socket = NULL;
  g_autofree char *full = complete_uri (uri, &socket, error);
  g_autoptr (SoupSession) session = full != NULL ? make_session (socket, error) : NULL;
  ServerSignalClient *client;

  if (session == NULL)
    return NULL;

  client = g_object_new (SERVER_TYPE_SIGNAL_CLIENT, "uri", full, "session", session, NULL);
  if (!patient)
    server_signal_client_set_retry_limit (client, 1);
  g_signal_connect (client, "notify::state", G_CALLBACK (state_cb), NULL);

  return client;
}

gboolean
tool_client_is_over (ServerSignalClient *client)
{
  return server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_CLOSED;
}

void
tool_client_complain (ServerSignalClient *client)
{
  const GError *error = server_signal_client_get_error (client);

  tool_complain ("%s: %s", server_signal_client_get_uri (client),
                 error != NULL ? error->message : _("Not connected"));
}

static gboolean
has_names (gpointer client)
{
  g_auto (GStrv) names = server_signal_client_dup_names (client);

  return names != NULL || tool_client_is_over (client);
}

static gboolean
is_plain (ServerSignalClient *client)
{
  return g_strcmp0 (server_signal_client_get_protocol (client), "plain") == 0;
}

static void
complain_of_plain (ServerSignalClient *client)
{
  tool_complain (_("%s: the server speaks the plain protocol, which does not tell names"),
                    server_signal_client_get_uri (client));
}

char **
tool_client_wait_names (ServerSignalClient *client,
                        double              seconds)
{
  char **names;

  server_signal_client_start (client);
  tool_wait_until (has_names, client, seconds);
  names = server_signal_client_dup_names (client);

  if (names != NULL)
    return names;

  if (tool_is_quitting ())
    tool_complain (_("Interrupted"));
  else if (is_plain (client))
    complain_of_plain (client);
  else if (tool_client_is_over (client))
    tool_client_complain (client);
  else
    tool_complain (_("%s: no answer came in time"), server_signal_client_get_uri (client));

  return NULL;
}

static gboolean
expect_cb (gpointer client)
{
  if (is_plain (client) && !has_names (client))
    complain_of_plain (client);

  return G_SOURCE_REMOVE;
}

/* Until a server says hello, its protocol may seem to be the plain one. */
static void
open_cb (ServerSignalClient *client)
{
  if (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN)
    g_timeout_add_full (G_PRIORITY_DEFAULT, HELLO_MS, expect_cb, g_object_ref (client),
                        g_object_unref);
}

void
tool_client_expect_names (ServerSignalClient *client)
{
  g_signal_connect (client, "notify::state", G_CALLBACK (open_cb), NULL);
}
