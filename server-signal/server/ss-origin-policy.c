/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-origin-policy.h"

#include <string.h>

#include <gio/gio.h>

#define SCHEME_END "://"
#define ANY_BELOW "*."
#define NO_PORT (-1)

/* A host has letters, digits and these. Escapes are left out: nobody needs them in a name, and one
 * host could be written in two ways. */
#define HOST_MARKS "-._~"

/* An origin, a host with or without a port, or an entry of the list, as far as it has these. */
typedef struct
{
  char     *scheme;     /* in lower case; NULL: none, or any */
  char     *host;       /* in lower case, addresses in their usual form, without brackets */
  int       port;       /* NO_PORT: none, or any */
  gboolean  is_address;
  gboolean  below;      /* of an entry: the names that end in a dot and the host */
} Origin;

struct _SsOriginPolicy
{
  GArray   *entries;    /* Origin */
  gboolean  all;
  gboolean  null;
};

static void
origin_clear (gpointer data)
{
  Origin *self = data;

  g_clear_pointer (&self->scheme, g_free);
  g_clear_pointer (&self->host, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Origin, origin_clear)

static gboolean
parse_port (const char *text,
            int        *port)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &number, NULL))
    return FALSE;

  *port = (int) number;

  return TRUE;
}

/* An address may be written in several ways. */
static gboolean
take_address (Origin        *self,
              const char    *text,
              GSocketFamily  family)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  if (address == NULL || g_inet_address_get_family (address) != family)
    return FALSE;

  self->host = g_inet_address_to_string (address);
  self->is_address = TRUE;

  return TRUE;
}

/* RFC 3986, 3.2.2 and 3.2.3, without user information: fills in the host and the port. */
static gboolean
parse_host_and_port (Origin     *self,
                     const char *text)
{
  g_autofree char *host = NULL;
  const char *end;

  self->port = NO_PORT;

  if (text[0] == '[')
    {
      end = strchr (text, ']');
      if (end == NULL)
        return FALSE;

      host = g_strndup (text + 1, (gsize) (end - text - 1));
      end++;
      if (strchr (host, '%') != NULL || !take_address (self, host, G_SOCKET_FAMILY_IPV6))
        return FALSE;
    }
  else
    {
      end = text + strspn (text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS HOST_MARKS);
      if (end == text)
        return FALSE;

      host = g_strndup (text, (gsize) (end - text));
      if (!take_address (self, host, G_SOCKET_FAMILY_IPV4))
        self->host = g_ascii_strdown (host, -1);
    }

  if (end[0] == '\0')
    return TRUE;

  return end[0] == ':' && parse_port (end + 1, &self->port);
}

/* RFC 6454, 4: without a port it is that of the scheme. */
static void
take_default_port (Origin *self)
{
  if (self->port != NO_PORT)
    return;

  if (g_str_equal (self->scheme, "http") || g_str_equal (self->scheme, "ws"))
    self->port = 80;
  else if (g_str_equal (self->scheme, "https") || g_str_equal (self->scheme, "wss"))
    self->port = 443;
}

/* RFC 3986, 3.1. Gives what follows, or NULL when there is no scheme. */
static const char *
parse_scheme (Origin     *self,
              const char *text)
{
  gsize length = strspn (text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "+-.");

  if (!g_ascii_isalpha (text[0]) || !g_str_has_prefix (text + length, SCHEME_END))
    return NULL;

  self->scheme = g_ascii_strdown (text, (gssize) length);

  return text + length + strlen (SCHEME_END);
}

/* RFC 6454, 6.2 and 7.1, one origin. A browser that says more than one does not know whose page it
 * is. */
static gboolean
parse_origin (Origin     *self,
              const char *text)
{
  const char *rest = parse_scheme (self, text);

  if (rest == NULL || !parse_host_and_port (self, rest))
    return FALSE;

  take_default_port (self);

  return TRUE;
}

/* Some browsers call a page of a file so, and most "null". */
static gboolean
is_null (const char *origin)
{
  return g_str_equal (origin, "null") || g_ascii_strcasecmp (origin, "file://") == 0;
}

/* An origin, or a host, for which a name of any language and the wildcard "*." may stand. */
static gboolean
parse_entry (Origin     *self,
             const char *text)
{
  const char *rest = parse_scheme (self, text);
  g_autofree char *ascii = NULL;

  if (rest == NULL)
    rest = text;
  if (g_str_has_prefix (rest, ANY_BELOW))
    {
      self->below = TRUE;
      rest += strlen (ANY_BELOW);
    }

  /* Browsers say it in this form (RFC 5891). */
  if (!g_str_is_ascii (rest))
    {
      const char *colon = strrchr (rest, ':');
      g_autofree char *host =
        colon != NULL ? g_strndup (rest, (gsize) (colon - rest)) : g_strdup (rest);
      g_autofree char *name = g_hostname_to_ascii (host);

      if (name == NULL)
        return FALSE;
      rest = ascii = g_strconcat (name, colon, NULL);
    }

  if (!parse_host_and_port (self, rest) || (self->below && self->is_address))
    return FALSE;

  if (self->scheme != NULL)
    take_default_port (self);

  return TRUE;
}

SsOriginPolicy *
ss_origin_policy_new (const char *const  *entries,
                      const char        **wrong)
{
  g_autoptr (SsOriginPolicy) self = g_new0 (SsOriginPolicy, 1);

  self->entries = g_array_new (FALSE, TRUE, sizeof (Origin));
  g_array_set_clear_func (self->entries, origin_clear);

  for (guint i = 0; entries[i] != NULL; i++)
    {
      if (g_str_equal (entries[i], "*"))
        {
          self->all = TRUE;
        }
      else if (is_null (entries[i]) || g_ascii_strcasecmp (entries[i], "null") == 0)
        {
          self->null = TRUE;
        }
      else
        {
          g_auto (Origin) entry = { .port = NO_PORT };

          if (!parse_entry (&entry, entries[i]))
            {
              *wrong = entries[i];
              return NULL;
            }
          g_array_append_val (self->entries, entry);
          entry.scheme = entry.host = NULL;
        }
    }

  return g_steal_pointer (&self);
}

void
ss_origin_policy_free (SsOriginPolicy *self)
{
  g_array_unref (self->entries);
  g_free (self);
}

static gboolean
has_host (const Origin *entry,
          const char   *host)
{
  gsize length = strlen (host);
  gsize end = strlen (entry->host);

  if (!entry->below)
    return g_str_equal (entry->host, host);

  return length > end + 1 && host[length - end - 1] == '.' &&
         g_str_equal (host + length - end, entry->host);
}

static gboolean
lists_host (SsOriginPolicy *self,
            const char     *host)
{
  if (self == NULL)
    return FALSE;

  for (guint i = 0; i < self->entries->len; i++)
    if (has_host (&g_array_index (self->entries, Origin, i), host))
      return TRUE;

  return self->all;
}

static gboolean
lists_origin (SsOriginPolicy *self,
              const Origin   *origin)
{
  if (self == NULL)
    return FALSE;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Origin *entry = &g_array_index (self->entries, Origin, i);

      if (has_host (entry, origin->host) &&
          (entry->scheme == NULL || g_str_equal (entry->scheme, origin->scheme)) &&
          (entry->port == origin->port || (entry->scheme == NULL && entry->port == NO_PORT)))
        return TRUE;
    }

  return self->all;
}

/* RFC 6761, 6.3: these names are always this machine's, whatever the DNS says. */
static gboolean
is_localhost (const char *host)
{
  g_autofree char *name = g_strdup (host);

  if (g_str_has_suffix (name, "."))
    name[strlen (name) - 1] = '\0';

  return g_str_equal (name, "localhost") || g_str_has_suffix (name, ".localhost");
}

SsOriginVerdict
ss_origin_policy_check (SsOriginPolicy *self,
                        const char     *origin,
                        const char     *host,
                        gboolean        loopback)
{
  g_auto (Origin) ours = { .port = NO_PORT };
  g_auto (Origin) theirs = { .port = NO_PORT };
  gboolean has_ours = host != NULL && host[0] != '\0';

  if (has_ours && !parse_host_and_port (&ours, host))
    return SS_ORIGIN_HOST_MALFORMED;

  /* A page cannot come by an address with another's name, but its name can become ours. */
  if (loopback && (!has_ours || (!ours.is_address && !is_localhost (ours.host) &&
                                 !lists_host (self, ours.host))))
    return has_ours ? SS_ORIGIN_HOST_FOREIGN : SS_ORIGIN_HOST_MALFORMED;

  if (origin == NULL)
    return SS_ORIGIN_ALLOWED;

  if (is_null (origin))
    return self != NULL && (self->null || self->all) ? SS_ORIGIN_ALLOWED : SS_ORIGIN_NULL;

  if (!parse_origin (&theirs, origin))
    return SS_ORIGIN_MALFORMED;

  if ((has_ours && g_str_equal (theirs.host, ours.host)) || lists_origin (self, &theirs))
    return SS_ORIGIN_ALLOWED;

  return SS_ORIGIN_FOREIGN;
}
