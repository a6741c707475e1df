/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-unix-address.h"

#include <string.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>

#include "ss-limits.h"

static gboolean
parse_mode (const char *text,
            guint      *mode)
{
  guint64 number;

  /* No set-id and no sticky bit: nobody means them. */
  if (strlen (text) < 3 || strlen (text) > 4 ||
      !g_ascii_string_to_unsigned (text, 8, 0, 0777, &number, NULL))
    return FALSE;

  *mode = (guint) number;

  return TRUE;
}

static gboolean
parse_option (SsUnixAddress  *self,
              const char     *option,
              GHashTable     *seen,
              GError        **error)
{
  const char *value = strchr (option, '=');
  g_autofree char *name =
    value != NULL ? g_strndup (option, (gsize) (value - option)) : g_strdup (option);

  value = value != NULL ? value + 1 : "";
  if (!g_str_equal (name, "mode") && !g_str_equal (name, "tls"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _("there is no option “%s”, only “mode” and “tls”"), name);
      return FALSE;
    }

  if (g_hash_table_contains (seen, name))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _("the option “%s” is given twice"), name);
      return FALSE;
    }

  if (g_str_equal (name, "mode") && self->abstract)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _("the option “%s” is for files, and a name in the abstract namespace is none"),
                      option);
      return FALSE;
    }

  if (g_str_equal (name, "mode") && !parse_mode (value, &self->mode))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _("the option “%s” is no mode in octal, such as “mode=0660”"), option);
      return FALSE;
    }

  if (g_str_equal (name, "tls") && !g_str_equal (value, "0") && !g_str_equal (value, "1"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _("the option “%s” is neither “tls=0” nor “tls=1”"), option);
      return FALSE;
    }

  if (g_str_equal (name, "tls"))
    self->tls = g_str_equal (value, "1");
  g_hash_table_add (seen, g_steal_pointer (&name));

  return TRUE;
}

gboolean
ss_unix_address_parse (SsUnixAddress  *self,
                       const char     *text,
                       GError        **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *mark = strchr (text, '?');
  g_auto (GStrv) options = NULL;

  *self = (SsUnixAddress) { .mode = SS_UNIX_MODE };
  self->abstract = text[0] == '@';
  if (self->abstract)
    text++;
  self->path = mark != NULL ? g_strndup (text, (gsize) (mark - text)) : g_strdup (text);
  if (self->path[0] == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("the path is empty"));
      return FALSE;
    }

  /* Nothing at all splits into no option, and not into an empty one. */
  if (mark != NULL && mark[1] == '\0')
    return parse_option (self, "", seen, error);

  options = mark != NULL ? g_strsplit (mark + 1, "&", -1) : NULL;
  for (guint i = 0; options != NULL && options[i] != NULL; i++)
    if (!parse_option (self, options[i], seen, error))
      return FALSE;

  return TRUE;
}

GSocketAddress *
ss_unix_address_to_socket_address (const SsUnixAddress  *self,
                                   GError              **error)
{
  g_autoptr (GSocketAddress) address =
    self->abstract
      ? g_unix_socket_address_new_with_type (self->path, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT)
      : g_unix_socket_address_new (self->path);

  /* GIO takes what there is room for, which is another path. */
  if (g_unix_socket_address_get_path_len (G_UNIX_SOCKET_ADDRESS (address)) < strlen (self->path))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _("the path is too long"));
      return NULL;
    }

  return g_steal_pointer (&address);
}

void
ss_unix_address_clear (SsUnixAddress *self)
{
  g_clear_pointer (&self->path, g_free);
}
