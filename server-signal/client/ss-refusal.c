/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-refusal.h"
#include "ss-sanitize.h"

/* libsoup has no name for it. RFC 9110, section 15.5.22. */
#define STATUS_UPGRADE_REQUIRED 426

/* A redirect is not followed. The application gave its headers, cookies and certificates for one
 * address, and libsoup would take them to any other, from TLS to none too. */
static GError *
redirect_error (SoupMessage *message,
                const char  *status,
                const char  *location)
{
  GUriFlags flags = SOUP_HTTP_URI_FLAGS & ~G_URI_FLAGS_PARSE_RELAXED;
  g_autofree char *from = ss_sanitize_uri (soup_message_get_uri (message));
  g_autofree char *there = NULL;
  g_autofree char *to = NULL;
  g_autoptr (GUri) uri = NULL;

  uri = g_uri_parse_relative (soup_message_get_uri (message), location, flags, NULL);
  if (uri == NULL)
    return g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                        _("The server at %s answered %s, a redirect to no valid address"), from,
                           status);

  there = ss_sanitize_uri (uri);
  to = ss_sanitize_text (there);

  return g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                      _("The server at %s answered %s, a redirect to %s, and redirects are not "
                        "followed: give the client the address that is meant"),
                         from, status, to);
}

/* RFC 9110, section 10.2.3, in seconds; 0: it is not there, or nonsense, or over. */
static guint
read_retry_after (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *text = soup_message_headers_get_one (headers, "Retry-After");
  const char *date_text = soup_message_headers_get_one (headers, "Date");
  g_autofree char *stripped = g_strstrip (g_strdup (text != NULL ? text : ""));
  g_autoptr (GDateTime) date = NULL;
  g_autoptr (GDateTime) now = NULL;
  gint64 seconds;

  if (*stripped == '\0')
    return 0;

  if (strspn (stripped, "0123456789") == strlen (stripped))
    return (guint) MIN (g_ascii_strtoull (stripped, NULL, 10), G_MAXUINT);

  date = soup_date_time_new_from_http_string (stripped);
  if (date == NULL)
    return 0;

  /* By the server's clock where it tells the time, for one of the two may be wrong. */
  if (date_text != NULL)
    now = soup_date_time_new_from_http_string (date_text);
  if (now == NULL)
    now = g_date_time_new_now_utc ();
  seconds = g_date_time_difference (date, now) / G_TIME_SPAN_SECOND;

  return (guint) CLAMP (seconds, 0, (gint64) G_MAXUINT);
}

/* Adds how long the server is left alone to the message. */
static void
add_wait (GError *error,
          guint   asked)
{
  g_autofree char *said = g_steal_pointer (&error->message);

  if (asked > SS_REFUSAL_RETRY_AFTER)
    error->message = g_strdup_printf (_("%s (it wants no other try for %u seconds, and gets one "
                                        "after %u)"),
                                         said, asked, SS_REFUSAL_RETRY_AFTER);
  else
    error->message = g_strdup_printf (_("%s (it wants no other try for %u seconds)"), said, asked);
}

GError *
ss_refusal_read (SoupMessage  *message,
                 const GError *cause,
                 gboolean     *final,
                 guint        *retry_after)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *location = soup_message_headers_get_one (headers, "Location");
  guint status = soup_message_get_status (message);
  g_autofree char *phrase = ss_sanitize_text (soup_message_get_reason_phrase (message));
  g_autofree char *words = NULL;
  GError *error;
  guint asked;

  words = g_strdup_printf ("%u %s", status,
                           *g_strstrip (phrase) != '\0' ? phrase : soup_status_get_phrase (status));
  asked = status != SOUP_STATUS_SWITCHING_PROTOCOLS ? read_retry_after (message) : 0;
  *final = FALSE;
  *retry_after = MIN (asked, SS_REFUSAL_RETRY_AFTER) * 1000;

  switch (status)
    {
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_FORBIDDEN:
    case SOUP_STATUS_PROXY_UNAUTHORIZED:
    case SOUP_STATUS_GONE:
      /* A server that says when to come back means it. */
      *final = asked == 0;
      error = g_error_new (SERVER_SIGNAL_ERROR,
                           *final ? SERVER_SIGNAL_ERROR_CLOSED : SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server refused the connection: %s"), words);
      break;

    case SOUP_STATUS_SWITCHING_PROTOCOLS:
      error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server’s WebSocket handshake is wrong: %s"), cause->message);
      break;

    case STATUS_UPGRADE_REQUIRED:
      error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server answered %s: something on the way to it may have dropped "
                             "the header “Upgrade”"),
                              words);
      break;

    default:
      if (status >= 300 && status < 400 && location != NULL)
        error = redirect_error (message, words, location);
      else
        error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                             _("The server answered %s instead of opening a WebSocket"), words);
      break;
    }

  if (asked > 0)
    add_wait (error, asked);

  return error;
}
