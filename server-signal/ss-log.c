/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-log.h"

gboolean
ss_log_is_on (GLogLevelFlags level)
{
  return !g_log_writer_default_would_drop (level, G_LOG_DOMAIN);
}

static void
add (GVariantBuilder *builder,
     const char      *field,
     const char      *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    return;

  /* The words may be a stranger's. */
  valid = g_utf8_make_valid (text, -1);
  g_variant_builder_add (builder, "{sv}", field, g_variant_new_string (valid));
}

void
ss_log_write (GLogLevelFlags     level,
              const char        *event,
              const SsLogFields *fields,
              const char        *format,
              ...)
{
  static const SsLogFields none = { 0 };
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) line = NULL;
  g_autoptr (GString) message = g_string_new (NULL);
  g_autofree char *peer = NULL;
  va_list args;

  if (fields == NULL)
    fields = &none;

  if (fields->peer != NULL && G_IS_SOCKET_CONNECTABLE (fields->peer))
    peer = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (fields->peer));

  if (peer != NULL)
    g_string_append_printf (message, "%s: ", peer);
  if (fields->uri != NULL)
    g_string_append_printf (message, "%s: ", fields->uri);
  va_start (args, format);
  g_string_append_vprintf (message, format, args);
  va_end (args);
  if (fields->reason != NULL)
    g_string_append_printf (message, ": %s", fields->reason);

  add (&builder, "MESSAGE", message->str);
  add (&builder, "SERVER_SIGNAL_EVENT", event);
  add (&builder, "SERVER_SIGNAL_PEER", peer);
  add (&builder, "SERVER_SIGNAL_URI", fields->uri);
  add (&builder, "SERVER_SIGNAL_NAME", fields->name);
  add (&builder, "SERVER_SIGNAL_REASON", fields->reason);

  line = g_variant_ref_sink (g_variant_builder_end (&builder));
  g_log_variant (G_LOG_DOMAIN, level, line);
}
