/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The log tells people who look for it what a program's hubs and clients do:
 * G_MESSAGES_DEBUG=ServerSignal prints it. Each line is structured, see g_log_structured(), with the
 * field SERVER_SIGNAL_EVENT and those that are given. Arguments are evaluated only when somebody
 * reads the line. Looking whether somebody does costs as much as reading the environment, so no line
 * belongs on the way of a commit or a frame. Warnings are g_warning()'s.
 *
 * Strangers cause most lines, so there are so many of an event and no more: the next one has the number
 * of those that were left out, SERVER_SIGNAL_LEFT_OUT, behind the sentence, too. */

typedef struct
{
  GSocketAddress *peer;   /* SERVER_SIGNAL_PEER: a hub's client; in front of the sentence, too */
  const char     *uri;    /* SERVER_SIGNAL_URI: a client's server; in front of the sentence, too */
  const char     *name;   /* SERVER_SIGNAL_NAME: a signal's */
  const char     *reason; /* SERVER_SIGNAL_REASON; behind the sentence, too */
} SsLogFields;

/* SS_LOG (.peer = address, .reason = reason), or SS_LOG_NONE */
#define SS_LOG(...) (&(const SsLogFields) { __VA_ARGS__ })
#define SS_LOG_NONE NULL

gboolean ss_log_is_on (GLogLevelFlags level);
/* event: a literal, one of few. */
void     ss_log_write (GLogLevelFlags level, const char *event, const SsLogFields *fields,
                       const char *format, ...) G_GNUC_PRINTF (4, 5);

#define ss_log(level, event, fields, ...) \
  G_STMT_START \
  { \
    if (G_UNLIKELY (ss_log_is_on (level))) \
      ss_log_write (level, event, fields, __VA_ARGS__); \
  } \
  G_STMT_END

/* A connection or its state changed. */
#define ss_log_info(event, fields, ...) ss_log (G_LOG_LEVEL_INFO, event, fields, __VA_ARGS__)
/* Everything else. */
#define ss_log_debug(event, fields, ...) ss_log (G_LOG_LEVEL_DEBUG, event, fields, __VA_ARGS__)

G_END_DECLS
