/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-toml.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

JsonNode *
tool_toml_parse (GBytes    *bytes,
                 gpointer   user_data,
                 GError   **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _("This server-signal is built without toml++"));

  return NULL;
}
