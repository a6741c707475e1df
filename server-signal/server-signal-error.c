/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-error.h"

#include <libintl.h>
#include <string.h>

#include "server-signal-error-private.h"

/* No function is always called first, so the translations are bound when the library is loaded. */
static void __attribute__ ((constructor))
bind_text_domain (void)
{
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

/* Of the error of a call; copied with it. */
typedef struct
{
  char *code;
  char *data; /* JSON text, or NULL */
} ServerSignalErrorPrivate;

static void
server_signal_error_private_init (ServerSignalErrorPrivate *priv)
{
}

static void
server_signal_error_private_copy (const ServerSignalErrorPrivate *from,
                                  ServerSignalErrorPrivate       *to)
{
  g_assert (from != NULL && to != NULL);

  to->code = g_strdup (from->code);
  to->data = g_strdup (from->data);
}

static void
server_signal_error_private_clear (ServerSignalErrorPrivate *priv)
{
  g_assert (priv != NULL);

  g_free (priv->code);
  g_free (priv->data);
}

/**
 * server_signal_error_quark:
 *
 * Gets the error domain of the library.
 *
 * Returns: the quark of the domain
 *
 * Since: 1.0
 */
G_DEFINE_EXTENDED_ERROR (ServerSignalError, server_signal_error)

/* The message begins with the code, for people, and for languages that make a new error of the three
 * fields that a GError shows. */
GError *
ss_call_error_new (const char *code,
                   const char *message,
                   const char *data)
{
  GError *error =
    message[0] != '\0'
      ? g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED, "%s: %s", code, message)
      : g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED, code);
  ServerSignalErrorPrivate *priv = server_signal_error_get_private (error);

  g_assert (priv != NULL);
  priv->code = g_strdup (code);
  priv->data = g_strdup (data);

  return error;
}

/**
 * server_signal_error_dup_call_code:
 * @error: an error of any domain
 *
 * Gets the code of an error with which the server has answered a call.
 *
 * This is the word of [method@SignalCall.fail] or of [method@SignalCall.return_error], or one of the
 * hub's own: `unknown-method`, `no-reply`, `cancelled`, `too-large` and `too-many`. The message of the
 * error begins with it.
 *
 * ```c
 * g_autofree char *code = server_signal_error_dup_call_code (error);
 *
 * if (g_strcmp0 (code, "no-such-task") == 0)
 *   forget_task (self);
 * ```
 *
 * Returns: (nullable) (transfer full): the code, or `NULL` for any error but
 *   `SERVER_SIGNAL_ERROR_CALL_FAILED`
 *
 * Since: 1.0
 */
char *
server_signal_error_dup_call_code (const GError *error)
{
  const ServerSignalErrorPrivate *priv;

  g_return_val_if_fail (error != NULL, NULL);

  if (!g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED))
    return NULL;

  priv = server_signal_error_get_private (error);
  if (priv != NULL && priv->code != NULL)
    return g_strdup (priv->code);

  return g_strndup (error->message, strcspn (error->message, ":"));
}

/**
 * server_signal_error_dup_call_data:
 * @error: an error of any domain
 *
 * Gets the data of an error with which the server has answered a call.
 *
 * PyGObject makes exceptions of the domain, code and message of an error, and the data are lost there.
 *
 * Returns: (nullable) (transfer full): the data as JSON text, or `NULL` where there are none
 *
 * Since: 1.0
 */
char *
server_signal_error_dup_call_data (const GError *error)
{
  const ServerSignalErrorPrivate *priv;

  g_return_val_if_fail (error != NULL, NULL);

  if (!g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED))
    return NULL;

  priv = server_signal_error_get_private (error);

  return priv != NULL ? g_strdup (priv->data) : NULL;
}
