/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-slots.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "ss-redis-reply.h"

/* CRC-16/XMODEM, by which a cluster goes. */
static guint16
sum (const char *text)
{
  guint crc = 0;

  for (; *text != '\0'; text++)
    {
      crc ^= (guint) (guchar) *text << 8;
      for (guint bit = 0; bit < 8; bit++)
        crc = crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0);
    }

  return (guint16) crc;
}

guint
ss_redis_slot (const char *tag)
{
  return sum (tag) % SS_REDIS_SLOTS;
}

static void
range_free (gpointer data)
{
  SsRedisRange *range = data;

  g_free (range->host);
  g_free (range);
}

static SsRedisRange *
read_range (const redisReply *reply,
            const char       *asked)
{
  const redisReply *primary = ss_redis_item (reply, 2), *host = ss_redis_item (primary, 0);
  guint64 first, last, port;
  SsRedisRange *range;

  if (!ss_redis_read_number (ss_redis_item (reply, 0), &first) ||
      !ss_redis_read_number (ss_redis_item (reply, 1), &last) ||
      !ss_redis_read_number (ss_redis_item (primary, 1), &port) || first > last ||
      last >= SS_REDIS_SLOTS || port == 0 || port > G_MAXUINT16)
    return NULL;

  range = g_new0 (SsRedisRange, 1);
  range->first = (guint) first;
  range->last = (guint) last;
  /* A node that does not know its own address has none. */
  range->host = g_strdup (ss_redis_is_string (host) && host->len > 0 ? host->str : asked);
  range->port = (guint16) port;

  return range;
}

GPtrArray *
ss_redis_read_ranges (const redisReply  *reply,
                      const char        *host,
                      GError           **error)
{
  g_autoptr (GPtrArray) ranges = g_ptr_array_new_with_free_func (range_free);
  guint n_slots = 0;

  if (reply->type == REDIS_REPLY_ERROR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _("The Redis server refuses: %s"), reply->str);
      return NULL;
    }

  for (gsize i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
    {
      SsRedisRange *range = read_range (reply->element[i], host);

      if (range == NULL)
        continue;
      n_slots += range->last - range->first + 1;
      g_ptr_array_add (ranges, range);
    }

  if (n_slots != SS_REDIS_SLOTS)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           _("The nodes of the Redis Cluster do not have all of its slots"));
      return NULL;
    }

  return g_steal_pointer (&ranges);
}

gboolean
ss_redis_read_place (const char  *text,
                     const char  *asked,
                     guint       *slot,
                     char       **host,
                     guint16     *port)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 3);
  char *colon = g_strv_length (words) == 3 ? strrchr (words[2], ':') : NULL;
  guint64 number, place;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &number, NULL) ||
      !g_ascii_string_to_unsigned (words[1], 10, 0, SS_REDIS_SLOTS - 1, &place, NULL))
    return FALSE;

  *colon = '\0';
  *slot = (guint) place;
  *host = g_strdup (words[2][0] != '\0' ? words[2] : asked);
  *port = (guint16) number;

  return TRUE;
}
