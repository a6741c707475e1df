/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-reply.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-limits.h"
#include "ss-redis-script.h"

/* Replies are other than expected rather than missing. */
static const redisReply nothing = { .type = REDIS_REPLY_NIL };

gboolean
ss_redis_is_string (const redisReply *reply)
{
  return (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
}

gboolean
ss_redis_is_error (const redisReply *reply,
                   const char       *code)
{
  return reply->type == REDIS_REPLY_ERROR && g_str_has_prefix (reply->str, code);
}

const redisReply *
ss_redis_item (const redisReply *array,
               gsize             index)
{
  return array->type == REDIS_REPLY_ARRAY && index < array->elements ? array->element[index]
                                                                     : &nothing;
}

gboolean
ss_redis_read_number (const redisReply *reply,
                      guint64          *number)
{
  if (reply->type == REDIS_REPLY_INTEGER)
    {
      *number = (guint64) MAX (reply->integer, 0);
      return TRUE;
    }

  return ss_redis_is_string (reply) &&
         g_ascii_string_to_unsigned (reply->str, 10, 0, G_MAXUINT64, number, NULL);
}

static gboolean
read_mark (const redisReply *revision,
           const redisReply *chain,
           SsMark           *mark)
{
  return ss_redis_read_number (revision, &mark->revision) && mark->revision <= SS_REVISION_MAX &&
         ss_redis_is_string (chain) &&
         ss_chain_parse (chain->str, (gssize) chain->len, &mark->chain);
}

/* "BASE-CHAIN CHAIN WRITER" */
static gboolean
read_meta (const char  *text,
           guint64      revision,
           SsMark      *base,
           SsMark      *mark,
           const char **writer)
{
  if (revision == 0 || strlen (text) < 2 * SS_CHAIN_SIZE ||
      !ss_chain_parse (text, SS_CHAIN_SIZE - 1, &base->chain) ||
      !ss_chain_parse (text + SS_CHAIN_SIZE, SS_CHAIN_SIZE - 1, &mark->chain) ||
      text[SS_CHAIN_SIZE - 1] != ' ' || text[2 * SS_CHAIN_SIZE - 1] != ' ')
    return FALSE;

  base->revision = revision - 1;
  mark->revision = revision;
  *writer = text + 2 * SS_CHAIN_SIZE;

  return TRUE;
}

static SsLogEntry *
read_entry (const redisReply  *reply,
            GError           **error)
{
  const redisReply *id = ss_redis_item (reply, 0), *fields = ss_redis_item (reply, 1);
  const redisReply *meta = ss_redis_item (fields, 1), *patch = ss_redis_item (fields, 3);
  SsMark base, mark;
  const char *writer;

  if (!ss_redis_is_string (id) || !ss_redis_is_string (meta) || !ss_redis_is_string (patch) ||
      !read_meta (meta->str, g_ascii_strtoull (id->str, NULL, 10), &base, &mark, &writer))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("A commit cannot be read"));
      return NULL;
    }

  return ss_log_entry_new_kept (&base, &mark, writer, patch->str, patch->len, error);
}

static gboolean
read_state (const redisReply  *reply,
            SsStoreState      *state,
            GError           **error)
{
  const redisReply *epoch = ss_redis_item (reply, 1), *entries = ss_redis_item (reply, 11);
  const redisReply *owner = ss_redis_item (reply, 3), *text = ss_redis_item (reply, 10),
                   *from = ss_redis_item (reply, 8);
  guint64 bytes = 0, left = 0;

  if (reply->elements < 12 || entries->type != REDIS_REPLY_ARRAY || !ss_redis_is_string (epoch) ||
      !ss_redis_read_number (ss_redis_item (reply, 2), &state->generation) ||
      !ss_redis_is_string (owner) || !ss_redis_read_number (ss_redis_item (reply, 4), &left) ||
      !read_mark (ss_redis_item (reply, 5), ss_redis_item (reply, 6), &state->mark) ||
      !ss_redis_read_number (ss_redis_item (reply, 7), &bytes) || !ss_redis_is_string (from) ||
      !ss_redis_is_string (text) ||
      (from->len > 0 && !read_mark (from, ss_redis_item (reply, 9), &state->snapshot_mark)))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The state of the signal cannot be read"));
      return FALSE;
    }

  state->epoch = g_strdup (epoch->str);
  state->owner = g_strdup (owner->str);
  state->lease_ms = (guint) MIN (left, G_MAXUINT);
  state->log_bytes = bytes;
  if (from->len > 0)
    state->snapshot = g_bytes_new (text->str, text->len);

  for (gsize i = 0; i < entries->elements; i++)
    {
      SsLogEntry *entry = read_entry (entries->element[i], error);

      if (entry == NULL)
        return FALSE;
      g_ptr_array_add (state->entries, entry);
    }

  return TRUE;
}

static gboolean
read_verdict (const redisReply *reply,
              SsStoreVerdict   *verdict)
{
  static const char *const names[] = { "OK", "CONFLICT", "FENCED", "MISSING", "BUSY", "UNSETTLED" };

  for (guint i = 0; ss_redis_is_string (reply) && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (reply->str, names[i]))
      {
        *verdict = (SsStoreVerdict) i;
        return TRUE;
      }

  return FALSE;
}

void
ss_redis_set_error (const redisReply  *reply,
                    GError           **error)
{
  gboolean for_now =
    ss_redis_is_error (reply, "OOM") || ss_redis_is_error (reply, "MISCONF") ||
    ss_redis_is_error (reply, "NOREPLICAS") || ss_redis_is_error (reply, "BUSY ") ||
    ss_redis_is_error (reply, "CLUSTERDOWN") || ss_redis_is_error (reply, "TRYAGAIN");

  g_autofree char *message = NULL;
  const char *where;

  /* Of a script Redis says which, and the line. */
  where = reply->type == REDIS_REPLY_ERROR ? strstr (reply->str, " script: ") : NULL;
  if (reply->type == REDIS_REPLY_ERROR)
    message = g_strndup (reply->str, where != NULL ? (gsize) (where - reply->str) : reply->len);

  if (reply->type != REDIS_REPLY_ERROR)
    g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                         _("The answer cannot be read"));
  else if (for_now)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, message);
  else if (ss_redis_is_error (reply, "WRONGTYPE") || ss_redis_is_error (reply, SS_REDIS_FOREIGN))
    g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                         _("There is something else than a signal"));
  else if (ss_redis_is_error (reply, SS_REDIS_DAMAGED))
    g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                         _("The state of the signal cannot be read"));
  /* The same within a script. */
  else if (ss_redis_is_error (reply, "NOPERM") || strstr (reply->str, "can't run this command") ||
           strstr (reply->str, "can't access"))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, message);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, message);
}

gboolean
ss_redis_read_answer (const redisReply  *reply,
                      SsStoreRequest    *request,
                      GError           **error)
{
  guint64 bytes;

  if (reply->type == REDIS_REPLY_ERROR)
    {
      ss_redis_set_error (reply, error);
      return FALSE;
    }

  if (!read_verdict (ss_redis_item (reply, 0), &request->verdict))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The answer cannot be read"));
      return FALSE;
    }

  if (reply->elements > 2)
    return read_state (reply, &request->state, error);

  if (reply->elements == 2 && ss_redis_read_number (ss_redis_item (reply, 1), &bytes))
    request->state.log_bytes = bytes;

  return TRUE;
}
