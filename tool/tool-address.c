/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

ToolAddress *
tool_address_parse (const char  *text,
                    GError     **error)
{
  g_autoptr (ToolAddress) self = g_new0 (ToolAddress, 1);
  const char *colon = strrchr (text, ':');
  const char *port = colon != NULL ? colon + 1 : text;
  guint64 number;

  if (g_str_has_prefix (text, "unix:") || g_str_has_prefix (text, "systemd:"))
    {
      self->host = g_strdup (text);
      return g_steal_pointer (&self);
    }

  if (!g_ascii_string_to_unsigned (port, 10, 0, G_MAXUINT16, &number, NULL))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("“%s” is not an address to listen at, such as localhost:3000, [::]:3000, "
                     "unix:/run/socket or systemd:"),
                      text);
      return NULL;
    }

  self->has_port = TRUE;
  self->port = (guint16) number;
  if (colon == NULL || colon == text)
    self->host = g_strdup ("localhost");
  else if (text[0] == '[' && colon[-1] == ']')
    self->host = g_strndup (text + 1, (gsize) (colon - text) - 2);
  else
    self->host = g_strndup (text, (gsize) (colon - text));

  return g_steal_pointer (&self);
}

void
tool_address_free (ToolAddress *self)
{
  g_free (self->host);
  g_free (self);
}

/* The first address of the family that is neither of loopback nor of the link alone. */
static char *
find_address (int family)
{
  struct ifaddrs *all = NULL;
  char *found = NULL;

  if (getifaddrs (&all) != 0)
    return NULL;

  for (const struct ifaddrs *one = all; one != NULL && found == NULL; one = one->ifa_next)
    {
      g_autoptr (GSocketAddress) address = NULL;
      GInetAddress *inet;

      if (one->ifa_addr == NULL || one->ifa_addr->sa_family != family ||
          (one->ifa_flags & IFF_UP) == 0)
        continue;

      address = g_socket_address_new_from_native (one->ifa_addr, family == AF_INET
                                                                   ? sizeof (struct sockaddr_in)
                                                                   : sizeof (struct sockaddr_in6));
      if (address == NULL)
        continue;
      inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
      if (!g_inet_address_get_is_loopback (inet) && !g_inet_address_get_is_link_local (inet))
        found = g_inet_address_to_string (inet);
    }
  freeifaddrs (all);

  return found;
}

static char *
find_host (const ToolAddress *self)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->host);
  char *found = NULL;

  if (address != NULL && g_inet_address_get_is_any (address))
    {
      found = find_address (AF_INET);
      if (found == NULL && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
        found = find_address (AF_INET6);
    }

  return found;
}

char *
tool_address_make_link (ToolAddress *self,
                        const char  *uri,
                        gboolean     has_page,
                        const char  *token)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_ENCODED, NULL);
  g_autofree char *host = find_host (self);
  g_autofree char *fragment = NULL;
  const char *scheme = g_uri_get_scheme (parsed);

  if (has_page)
    scheme = g_str_equal (scheme, "wss") ? "https" : "http";
  if (host == NULL)
    host =
      g_strdup (self->port != 0 || g_str_equal (self->host, "localhost") ? self->host
                                                                         : g_uri_get_host (parsed));

  /* Behind a number sign browsers keep it to themselves, and proxies do not log it. */
  if (has_page && token != NULL)
    {
      g_autofree char *escaped = g_uri_escape_string (token, NULL, FALSE);

      fragment = g_strconcat ("token=", escaped, NULL);
    }

  return g_uri_join (G_URI_FLAGS_ENCODED, scheme, NULL, host,
                     self->port != 0 ? self->port : g_uri_get_port (parsed),
                     has_page ? "/" : g_uri_get_path (parsed), NULL, fragment);
}

/* Names of other alphabets are in ASCII here. */
static gboolean
is_host (const char *host)
{
  if (host == NULL || host[0] == '\0' || host[0] == '.' || g_str_has_suffix (host, ".") ||
      strstr (host, "..") != NULL)
    return FALSE;

  for (; *host != '\0'; host++)
    if (!g_ascii_isalnum (*host) && strchr ("-._~:", *host) == NULL)
      return FALSE;

  return TRUE;
}

gboolean
tool_origin_check (const char  *origin,
                   GError     **error)
{
  const char *host = strstr (origin, "://");
  g_autofree char *text = NULL;
  g_autoptr (GUri) uri = NULL;

  if (g_str_equal (origin, "*") || g_str_equal (origin, "null"))
    return TRUE;

  text = g_strconcat (host != NULL ? "" : "http://", origin, NULL);
  host = strstr (text, "://") + strlen ("://");
  if (g_str_has_prefix (host, "*."))
    memcpy (strstr (text, "*."), "x.", strlen ("x."));
  uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  if (uri != NULL && is_host (g_uri_get_host (uri)) &&
      (g_uri_get_path (uri)[0] == '\0' || g_str_equal (g_uri_get_path (uri), "/")) &&
      g_uri_get_query (uri) == NULL && g_uri_get_fragment (uri) == NULL &&
      g_uri_get_userinfo (uri) == NULL)
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _("“%s” is not an origin, such as https://example.org, *.example.org or null"),
                  origin);

  return FALSE;
}
