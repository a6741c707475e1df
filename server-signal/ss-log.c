/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-log.h"

#include "ss-allowance.h"
#include "ss-limits.h"

#define N_EVENTS 64

typedef struct
{
  const char  *event;
  SsAllowance  lines;
  guint        n_left_out;
} Event;

G_LOCK_DEFINE_STATIC (events);
static Event events[N_EVENTS];

gboolean
ss_log_is_on (GLogLevelFlags level)
{
  return !g_log_writer_default_would_drop (level, G_LOG_DOMAIN);
}

static Event *
find_event (const char *name)
{
  for (guint i = 0; i < N_EVENTS; i++)
    {
      if (events[i].event == NULL)
        {
          events[i].event = name;
          ss_allowance_fill (&events[i].lines, SS_LOG_LINES);
        }
      if (g_str_equal (events[i].event, name))
        return &events[i];
    }

  g_assert_not_reached ();
}

/* FALSE: there have been too many. */
static gboolean
take_line (const char *name,
           guint      *n_left_out)
{
  gboolean taken;
  Event *event;

  G_LOCK (events);

  event = find_event (name);
  taken = ss_allowance_take (&event->lines, 1, SS_LOG_LINES, SS_LOG_LINES_PER_SECOND);
  *n_left_out = event->n_left_out;
  event->n_left_out = taken ? 0 : event->n_left_out + 1;

  G_UNLOCK (events);

  return taken;
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
  g_autofree char *left_out = NULL;
  guint n_left_out;
  va_list args;

  if (!take_line (event, &n_left_out))
    return;

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
  if (n_left_out > 0)
    {
      left_out = g_strdup_printf ("%u", n_left_out);
      g_string_append_printf (message, " (%s lines like this were left out)", left_out);
    }

  add (&builder, "MESSAGE", message->str);
  add (&builder, "SERVER_SIGNAL_EVENT", event);
  add (&builder, "SERVER_SIGNAL_PEER", peer);
  add (&builder, "SERVER_SIGNAL_URI", fields->uri);
  add (&builder, "SERVER_SIGNAL_NAME", fields->name);
  add (&builder, "SERVER_SIGNAL_REASON", fields->reason);
  add (&builder, "SERVER_SIGNAL_LEFT_OUT", left_out);

  line = g_variant_ref_sink (g_variant_builder_end (&builder));
  g_log_variant (G_LOG_DOMAIN, level, line);
}
