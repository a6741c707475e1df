/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-etag.h"

#include <string.h>

gboolean
ss_etag_is_known (SoupServerMessage *message,
                  const char        *etag)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *known = soup_message_headers_get_list (headers, "If-None-Match");
  GSList *entries = known != NULL ? soup_header_parse_list (known) : NULL;
  gboolean found = FALSE;

  for (GSList *link = entries; link != NULL; link = link->next)
    {
      const char *entry = link->data;

      if (g_str_has_prefix (entry, "W/"))
        entry += strlen ("W/");
      found = found || g_str_equal (entry, etag) || g_str_equal (entry, "*");
    }
  soup_header_free_list (entries);

  return found;
}
