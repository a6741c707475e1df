/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-address.h"

#include <string.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>

#define REDIS_PORT 6379
#define SENTINEL_PORT 26379
#define DEFAULT_PREFIX "server-signal"
#define MAX_DATABASE 65535
#define MAX_REPLICAS 100

void
ss_redis_address_free (SsRedisAddress *self)
{
  g_ptr_array_unref (self->hosts);
  g_free (self->sentinel);
  g_clear_object (&self->authorities);
  g_clear_object (&self->certificate);
  g_free (self->user);
  g_free (self->password);
  g_free (self->prefix);
  g_free (self);
}

static gboolean
refuse (GError     **error,
        const char  *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               _("The address of a Redis server is not valid: %s"), what);

  return FALSE;
}

static gboolean
parse_number (const char  *text,
              guint        most,
              guint       *number,
              GError     **error)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 0, most, &value, NULL))
    return refuse (error, text);

  *number = (guint) value;

  return TRUE;
}

static gboolean
parse_query (SsRedisAddress  *self,
             const char      *query,
             GError         **error)
{
  g_autoptr (GHashTable) params = NULL;
  GHashTableIter iter;
  gpointer key, value;

  params = g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, error);
  if (params == NULL)
    return FALSE;

  g_hash_table_iter_init (&iter, params);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      if (g_str_equal (key, "prefix"))
        {
          /* Braces say which part of a key a cluster goes by, and that is the name of the signal. */
          if (*(char *) value == '\0' || strpbrk (value, "{}") != NULL)
            return refuse (error, value);
          g_free (self->prefix);
          self->prefix = g_strdup (value);
        }
      else if (g_str_equal (key, "database"))
        {
          if (!parse_number (value, MAX_DATABASE, &self->database, error))
            return FALSE;
        }
      else if (g_str_equal (key, "replicas"))
        {
          if (!parse_number (value, MAX_REPLICAS, &self->replicas, error))
            return FALSE;
        }
      else if (g_str_equal (key, "ca"))
        {
          g_clear_object (&self->authorities);
          self->authorities = G_TLS_DATABASE (g_tls_file_database_new (value, error));
          if (self->authorities == NULL)
            return FALSE;
        }
      else if (g_str_equal (key, "certificate"))
        {
          g_clear_object (&self->certificate);
          self->certificate = g_tls_certificate_new_from_file (value, error);
          if (self->certificate == NULL)
            return FALSE;
        }
      else
        {
          return refuse (error, key);
        }
    }

  return TRUE;
}

static gboolean
parse_user (SsRedisAddress  *self,
            char            *text,
            GError         **error)
{
  char *colon = strchr (text, ':');

  if (colon != NULL)
    *colon++ = '\0';
  self->user = *text != '\0' ? g_uri_unescape_string (text, NULL) : NULL;
  self->password = colon != NULL ? g_uri_unescape_string (colon, NULL) : NULL;
  if (self->password == NULL || (*text != '\0' && self->user == NULL))
    return refuse (error, _("a user has a password"));

  return TRUE;
}

static gboolean
parse_hosts (SsRedisAddress  *self,
             const char      *text,
             guint16          port,
             GError         **error)
{
  g_auto (GStrv) hosts = g_strsplit (text, ",", -1);

  for (guint i = 0; hosts[i] != NULL; i++)
    {
      GSocketConnectable *host;

      if (hosts[i][0] == '\0')
        return refuse (error, _("a host is missing"));
      host = g_network_address_parse (hosts[i], port, error);
      if (host == NULL)
        return FALSE;
      g_ptr_array_add (self->hosts, host);
    }

  if (self->hosts->len == 0)
    return refuse (error, _("a host is missing"));
  if (self->hosts->len > 1 && self->sentinel == NULL && !self->cluster)
    return refuse (error, _("several hosts are for sentinels and clusters"));

  return TRUE;
}

static gboolean
parse (SsRedisAddress  *self,
       const char      *uri,
       GError         **error)
{
  g_autofree char *scheme = g_uri_parse_scheme (uri);
  g_autofree char *rest = NULL;
  g_auto (GStrv) path = NULL;
  gboolean is_sentinel;
  const char *kind;
  char *mark, *hosts;
  guint n_parts;

  if (scheme == NULL)
    return refuse (error, _("it has no scheme"));

  rest = g_strdup (uri + strlen (scheme) + 1);
  mark = strchr (rest, '?');
  if (mark != NULL)
    {
      *mark = '\0';
      if (!parse_query (self, mark + 1, error))
        return FALSE;
    }

  if (g_str_equal (scheme, "unix"))
    {
      g_autofree char *file =
        g_uri_unescape_string (g_str_has_prefix (rest, "//") ? rest + 2 : rest, NULL);

      if (file == NULL || file[0] != '/')
        return refuse (error, _("the path of a socket begins with a slash"));
      g_ptr_array_add (self->hosts, g_unix_socket_address_new (file));
      return TRUE;
    }

  if (!g_str_has_prefix (scheme, "redis"))
    return refuse (error, scheme);
  self->tls = g_str_has_prefix (scheme, "rediss");
  kind = scheme + strlen (self->tls ? "rediss" : "redis");
  is_sentinel = g_str_equal (kind, "+sentinel");
  self->cluster = g_str_equal (kind, "+cluster");
  if (!g_str_has_prefix (rest, "//") || (*kind != '\0' && !is_sentinel && !self->cluster))
    return refuse (error, scheme);
  if (!self->tls && (self->authorities != NULL || self->certificate != NULL))
    return refuse (error, _("certificates are for TLS"));

  hosts = rest + 2;
  mark = strchr (hosts, '/');
  path = g_strsplit (mark != NULL ? mark + 1 : "", "/", -1);
  n_parts = g_strv_length (path);
  if (mark != NULL)
    *mark = '\0';
  if (n_parts > 0 && path[n_parts - 1][0] == '\0')
    n_parts--;

  if (is_sentinel)
    {
      if (n_parts == 0)
        return refuse (error, _("the name of the primary is missing"));
      self->sentinel = g_uri_unescape_string (path[0], NULL);
      if (self->sentinel == NULL)
        return refuse (error, path[0]);
    }
  if (n_parts > (is_sentinel ? 2u : 1u))
    return refuse (error, path[n_parts - 1]);
  if (n_parts > (is_sentinel ? 1u : 0u) &&
      !parse_number (path[n_parts - 1], MAX_DATABASE, &self->database, error))
    return FALSE;

  if (self->cluster && self->database > 0)
    return refuse (error, _("a cluster has one database"));

  mark = strrchr (hosts, '@');
  if (mark != NULL)
    {
      *mark = '\0';
      if (!parse_user (self, hosts, error))
        return FALSE;
      hosts = mark + 1;
    }

  return parse_hosts (self, hosts, is_sentinel ? SENTINEL_PORT : REDIS_PORT, error);
}

SsRedisAddress *
ss_redis_address_parse (const char  *uri,
                        GError     **error)
{
  g_autoptr (SsRedisAddress) self = g_new0 (SsRedisAddress, 1);

  self->hosts = g_ptr_array_new_with_free_func (g_object_unref);
  self->prefix = g_strdup (DEFAULT_PREFIX);

  return parse (self, uri, error) ? g_steal_pointer (&self) : NULL;
}
