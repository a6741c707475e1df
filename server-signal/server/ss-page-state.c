/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-page-state.h"

#include "server-signal.h"
#include "wire/ss-feed.h"

/* Appends JSON text that neither HTML nor a script can take for anything else. In JSON all of these
 * stand within strings only, where the escapes mean the same: `<` begins an end tag or a comment, `&`
 * a character reference in XHTML, and U+2028 and U+2029 end a line in older JavaScript. */
static void
append_escaped (GString    *text,
                const char *json)
{
  const char *start = json;
  const char *p;

  for (p = json; *p != '\0'; p++)
    {
      const char *escape = NULL;
      int length = 1;

      if (*p == '<')
        escape = "\\u003c";
      else if (*p == '>')
        escape = "\\u003e";
      else if (*p == '&')
        escape = "\\u0026";
      else if (g_str_has_prefix (p, "\xe2\x80\xa8") || g_str_has_prefix (p, "\xe2\x80\xa9"))
        {
          escape = p[2] == '\xa8' ? "\\u2028" : "\\u2029";
          length = 3;
        }
      if (escape == NULL)
        continue;

      g_string_append_len (text, start, p - start);
      g_string_append (text, escape);
      p += length - 1;
      start = p + 1;
    }
  g_string_append_len (text, start, p - start);
}

static void
deliver_cb (SsMessage *message,
            gpointer   user_data)
{
  GString *text = user_data;

  if (text->str[text->len - 1] != '[')
    g_string_append_c (text, ',');
  append_escaped (text, ss_message_payload (message, NULL));
}

static void
append_snapshot (GString    *text,
                 SsRegistry *registry,
                 const char *name)
{
  SsFeed *feed = ss_registry_feed (registry, name);

  if (feed != NULL)
    {
      g_autoptr (GError) error = NULL;
      SsSubscription *subscription =
        ss_feed_subscribe (feed, SS_V1, NULL, FALSE, 0, 0, deliver_cb, text, &error);

      g_clear_pointer (&subscription, ss_subscription_free);
    }
}

char *
ss_page_state_print (SsRegistry        *registry,
                     const char *const *names)
{
  GString *text = g_string_new ("<script type=\"application/json\" id=\"server-signal-state\">[");

  if (names != NULL)
    {
      for (gsize i = 0; names[i] != NULL; i++)
        append_snapshot (text, registry, names[i]);
    }
  else
    {
      GListModel *signals = ss_registry_get_model (registry);
      guint n_signals = g_list_model_get_n_items (signals);

      for (guint i = 0; i < n_signals; i++)
        {
          g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);

          append_snapshot (text, registry, server_signal_get_name (signal));
        }
    }
  g_string_append (text, "]</script>");

  return g_string_free (text, FALSE);
}
