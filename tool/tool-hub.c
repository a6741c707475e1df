/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-hub.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "tool-address.h"
#include "tool-client.h"
#include "tool-document.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-page.h"
#include "tool-qr.h"
#include "tool-stats.h"
#include "tool-systemd.h"

#define DEFAULT_LISTEN "localhost:3000"
#define CLOSE_MS 2000

static char **listen_option;
static char *page_option;
static gboolean no_page_option;
static gboolean inspect_option;
static char *token_option;
static char **origin_option;
static char *tls_option;
static char *metrics_option;
static char *stats_option;
static gboolean no_qr_option;

const GOptionEntry tool_hub_entries[] = {
  { "listen", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &listen_option,
    N_("Listen at ADDRESS:PORT, unix:PATH or systemd:[NAME]; may be given several times (default: "
       "localhost:3000)"),
    N_("ADDRESS") },
  { "page", 0, 0, G_OPTION_ARG_FILENAME, &page_option, N_("Serve the files in DIR as pages"),
    N_("DIR") },
  { "no-page", 0, 0, G_OPTION_ARG_NONE, &no_page_option, N_("Serve no page"), NULL },
  { "inspect", 0, 0, G_OPTION_ARG_NONE, &inspect_option,
    N_("Serve the inspector as well, at /inspector.html"), NULL },
  { "token", 0, 0, G_OPTION_ARG_STRING, &token_option,
    N_("Let in only clients that show TOKEN; @FILE reads it (also SERVER_SIGNAL_TOKEN in the "
       "environment)"),
    N_("TOKEN") },
  { "origin", 0, 0, G_OPTION_ARG_STRING_ARRAY, &origin_option,
    N_("Let pages of ORIGIN connect as well, such as https://example.org; may be given several "
       "times"),
    N_("ORIGIN") },
  { "tls", 0, 0, G_OPTION_ARG_STRING, &tls_option,
    N_("Speak TLS with the certificate in FILE, and the key there or in the second one"),
    N_("FILE[,KEY]") },
  { "metrics", 0, 0, G_OPTION_ARG_STRING, &metrics_option,
    N_("Serve figures for Prometheus at ADDRESS:PORT, path /metrics"), N_("ADDRESS") },
  { "stats", 0, 0, G_OPTION_ARG_STRING, &stats_option,
    N_("Have a signal NAME with the figures of the hub and its clients, for “top”"), N_("NAME") },
  { "no-qr", 0, 0, G_OPTION_ARG_NONE, &no_qr_option, N_("Print no QR code"), NULL },
  G_OPTION_ENTRY_NULL,
};

struct _ToolHub
{
  ServerSignalHub *hub;
  ServerSignalHub *metrics; /* NULL: figures are served nowhere */
  ToolPage        *page;    /* NULL: there is none */
  ToolStats       *stats;   /* NULL: not wanted */
  char            *token;   /* NULL: everybody may come in */
};

/* Takes as long for any token of the same length. */
static gboolean
is_equal (const char *expected,
          const char *given)
{
  gsize length = strlen (expected);
  guchar difference = strlen (given) != length;

  for (gsize i = 0; i < length && given[i] != '\0'; i++)
    difference |= (guchar) (expected[i] ^ given[i]);

  return difference == 0;
}

/* With characters that such an entry does not take the token is escaped as in a URI. */
static gboolean
is_in_entry (const char *token,
             const char *given)
{
  g_autofree char *unescaped = g_uri_unescape_string (given, NULL);

  return is_equal (token, unescaped != NULL ? unescaped : given);
}

/* Programs send the token in a header; pages, which cannot, as a subprotocol or in the query. */
static gboolean
has_token (SoupServerMessage *message,
           const char        *token)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *header = soup_message_headers_get_one (headers, "Authorization");
  const char *offers = soup_message_headers_get_list (headers, "Sec-WebSocket-Protocol");
  GUri *uri = soup_server_message_get_uri (message);
  const char *query = uri != NULL ? g_uri_get_query (uri) : NULL;
  g_autoptr (GHashTable) parameters = NULL;
  const char *parameter = NULL;
  GSList *entries = NULL;
  gboolean found = FALSE;

  if (header != NULL && g_str_has_prefix (header, "Bearer "))
    found = is_equal (token, header + strlen ("Bearer "));

  if (offers != NULL)
    entries = soup_header_parse_list (offers);
  for (GSList *entry = entries; entry != NULL; entry = entry->next)
    if (g_str_has_prefix (entry->data, "token."))
      found |= is_in_entry (token, (const char *) entry->data + strlen ("token."));
  soup_header_free_list (entries);

  if (query != NULL)
    parameters = g_uri_parse_params (query, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
  if (parameters != NULL)
    parameter = g_hash_table_lookup (parameters, "token");
  if (parameter != NULL)
    found |= is_equal (token, parameter);

  return found;
}

static gboolean
authorize_cb (ServerSignalHub   *hub,
              SoupServerMessage *message,
              ToolHub           *self)
{
  if (has_token (message, self->token))
    return TRUE;

  soup_server_message_set_status (message, SOUP_STATUS_UNAUTHORIZED, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "WWW-Authenticate", "Bearer");
  return FALSE;
}

static gboolean
page_request_cb (ServerSignalHub   *hub,
                 SoupServerMessage *message,
                 const char        *path,
                 ToolHub           *self)
{
  return tool_page_answer (self->page, message, path);
}

static gboolean
metrics_request_cb (ServerSignalHub   *metrics,
                    SoupServerMessage *message,
                    const char        *path,
                    ToolHub           *self)
{
  g_autofree char *text = NULL;

  if (!g_str_equal (path, "/metrics"))
    return FALSE;

  text = server_signal_hub_dup_metrics (self->hub);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, SERVER_SIGNAL_METRICS_TYPE, SOUP_MEMORY_COPY, text,
                                    strlen (text));

  return TRUE;
}

static gboolean
metrics_authorize_cb (ServerSignalHub   *metrics,
                      SoupServerMessage *message)
{
  /* There are no signals. */
  return FALSE;
}

static void
peers_cb (ServerSignalHub  *hub,
          ServerSignalPeer *peer,
          ToolHub          *self)
{
  guint n = g_list_model_get_n_items (server_signal_hub_get_peers (hub));
  GSocketAddress *address = server_signal_peer_get_remote_address (peer);
  g_autofree char *text =
    address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;

  tool_detail (ngettext ("%s: %u client now", "%s: %u clients now", n), text != NULL ? text : "-",
               n);
}

static char *
read_token (GError **error)
{
  const char *token = token_option != NULL ? token_option : g_getenv ("SERVER_SIGNAL_TOKEN");
  char *text;

  if (token == NULL || token[0] == '\0')
    return g_strdup ("");
  if (token[0] != '@')
    return tool_token_check (token, error) ? g_strdup (token) : NULL;

  text = tool_read_text (token + 1, error);
  if (text != NULL && g_strstrip (text)[0] == '\0')
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _("%s: there is no token in it"), token + 1);
      g_clear_pointer (&text, g_free);
    }
  if (text != NULL && !tool_token_check (text, error))
    g_clear_pointer (&text, g_free);

  return text;
}

static gboolean
set_certificate (ServerSignalHub  *hub,
                 GError          **error)
{
  g_auto (GStrv) files = g_strsplit (tls_option, ",", 2);
  const char *file = files[0] != NULL ? files[0] : "";
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autofree char *key = NULL;

  if (files[0] != NULL && files[1] != NULL)
    certificate = g_tls_certificate_new_from_files (file, files[1], error);
  else
    certificate = g_tls_certificate_new_from_file (file, error);

  if (certificate != NULL)
    {
      g_object_get (certificate, "private-key-pem", &key, NULL);
      if (key == NULL)
        g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                     _("There is no private key with the certificate"));
    }
  if (key == NULL)
    {
      g_prefix_error (error, "--tls %s: ", tls_option);
      return FALSE;
    }

  /* The hub tries the one with the other. */
  server_signal_hub_set_tls_certificate (hub, certificate);
  if (server_signal_hub_get_tls_certificate (hub) == certificate)
    return TRUE;

  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
               _("--tls %s: the private key does not belong to the certificate"), tls_option);

  return FALSE;
}

ToolHub *
tool_hub_new (GError **error)
{
  g_autoptr (ToolHub) self = g_new0 (ToolHub, 1);

  self->hub = server_signal_hub_new ();
  self->token = read_token (error);
  if (self->token == NULL)
    return NULL;
  if (self->token[0] == '\0')
    g_clear_pointer (&self->token, g_free);
  if (self->token != NULL)
    g_signal_connect (self->hub, "authorize", G_CALLBACK (authorize_cb), self);

  for (guint i = 0; origin_option != NULL && origin_option[i] != NULL; i++)
    if (!tool_origin_check (origin_option[i], error))
      return NULL;
  server_signal_hub_set_allowed_origins (self->hub, (const char *const *) origin_option);
  if (origin_option != NULL && server_signal_hub_get_allowed_origins (self->hub) == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("One of the values of --origin is not an origin"));
      return NULL;
    }

  if (tls_option != NULL && !set_certificate (self->hub, error))
    return NULL;

  if (no_page_option && (page_option != NULL || inspect_option))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   _("--no-page cannot be given with --page or --inspect"));
      return NULL;
    }

  if (!no_page_option)
    {
      self->page = tool_page_new (page_option, error);
      if (self->page == NULL)
        return NULL;
      g_signal_connect (self->hub, "request", G_CALLBACK (page_request_cb), self);
      server_signal_hub_set_serve_path (self->hub, "/");
      server_signal_hub_set_inspector (self->hub, inspect_option);
    }

  if (metrics_option != NULL)
    {
      self->metrics = server_signal_hub_new ();
      g_signal_connect (self->metrics, "request", G_CALLBACK (metrics_request_cb), self);
      g_signal_connect (self->metrics, "authorize", G_CALLBACK (metrics_authorize_cb), self);
    }

  g_signal_connect (self->hub, "peer-added", G_CALLBACK (peers_cb), self);
  g_signal_connect (self->hub, "peer-removed", G_CALLBACK (peers_cb), self);

  if (stats_option != NULL)
    {
      self->stats = tool_stats_new (self->hub, stats_option, error);
      if (self->stats == NULL)
        return NULL;
    }

  return g_steal_pointer (&self);
}

void
tool_hub_free (ToolHub *self)
{
  g_clear_pointer (&self->stats, tool_stats_free);
  g_signal_handlers_disconnect_by_data (self->hub, self);
  g_clear_object (&self->hub);
  if (self->metrics != NULL)
    g_signal_handlers_disconnect_by_data (self->metrics, self);
  g_clear_object (&self->metrics);
  g_clear_pointer (&self->page, tool_page_free);
  g_free (self->token);
  g_free (self);
}

gboolean
tool_hub_add (ToolHub       *self,
              ServerSignal  *signal,
              GError       **error)
{
  return server_signal_hub_add (self->hub, signal, error);
}

void
tool_hub_remove (ToolHub      *self,
                 ServerSignal *signal)
{
  server_signal_hub_remove (self->hub, signal);
}

ServerSignal *
tool_hub_lookup (ToolHub    *self,
                 const char *name)
{
  return server_signal_hub_lookup (self->hub, name);
}

static void
print_address (ToolHub     *self,
               ToolAddress *address)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autofree char *link = NULL;
  g_autofree char *line = NULL;

  if (!address->has_port || uri == NULL)
    {
      line = g_strdup_printf ("%s\n", address->host);
    }
  else
    {
      link = tool_address_make_link (address, uri, self->page != NULL, self->token);
      line = g_strdup_printf ("%s\n", link);
    }

  if (!tool_is_quiet ())
    {
      tool_print (line);
      if (link != NULL && self->page != NULL && !no_qr_option && tool_is_screen (STDOUT_FILENO))
        tool_qr_print (link);
      if (uri != NULL)
        tool_detail (_("The WebSocket is at %s"), uri);
      tool_flush ();
    }
}

static gboolean
listen_at (ServerSignalHub  *hub,
           const char       *text,
           ToolAddress      *address,
           GError          **error)
{
  if (server_signal_hub_listen (hub, address->host, address->port, error))
    return TRUE;

  g_prefix_error (error, "%s: ", text);

  return FALSE;
}

static gboolean
listen_for_metrics (ToolHub  *self,
                    GError  **error)
{
  g_autoptr (ToolAddress) address = tool_address_parse (metrics_option, error);
  g_autofree char *uri = NULL;

  if (address == NULL || !listen_at (self->metrics, metrics_option, address, error))
    return FALSE;

  uri = server_signal_hub_dup_uri (self->metrics);
  if (uri != NULL)
    tool_note (_("Figures are at http%.*s/metrics"), (int) (strlen (uri) - strlen ("ws/ws")),
                  uri + strlen ("ws"));

  return TRUE;
}

gboolean
tool_hub_start (ToolHub  *self,
                GError  **error)
{
  const char *const fallback[] = { DEFAULT_LISTEN, NULL };
  const char *const *texts = listen_option != NULL ? (const char *const *) listen_option : fallback;
  g_autoptr (GPtrArray) addresses =
    g_ptr_array_new_with_free_func ((GDestroyNotify) tool_address_free);
  gboolean is_printed = FALSE;

  for (guint i = 0; texts[i] != NULL; i++)
    {
      ToolAddress *address = tool_address_parse (texts[i], error);

      if (address == NULL)
        return FALSE;
      g_ptr_array_add (addresses, address);
    }

  for (guint i = 0; i < addresses->len; i++)
    if (!listen_at (self->hub, texts[i], addresses->pdata[i], error))
      return FALSE;
  if (self->metrics != NULL && !listen_for_metrics (self, error))
    return FALSE;

  /* The program may be ended as soon as its address is known. */
  tool_catch_signals ();
  for (guint i = 0; i < addresses->len; i++)
    {
      ToolAddress *address = addresses->pdata[i];

      /* Of ports that the kernel has chosen the hub has the URI of the first one. */
      if (!address->has_port || address->port != 0 || !is_printed)
        print_address (self, address);
      is_printed |= address->has_port;
    }
  tool_systemd_notify ("READY=1\nSTATUS=");

  return TRUE;
}

static void
closed_cb (GObject      *hub,
           GAsyncResult *result,
           gpointer      user_data)
{
  server_signal_hub_close_finish (SERVER_SIGNAL_HUB (hub), result, NULL);
  *(gboolean *) user_data = TRUE;
}

ToolStatus
tool_hub_run (ToolHub *self)
{
  ToolStatus status = tool_run ();
  gboolean closed = FALSE;

  tool_systemd_notify ("STOPPING=1");
  server_signal_hub_detach (self->hub);
  server_signal_hub_close_async (self->hub, CLOSE_MS, NULL, closed_cb, &closed);
  while (!closed)
    g_main_context_iteration (NULL, TRUE);

  return status;
}
