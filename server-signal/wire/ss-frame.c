/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-frame.h"

#include <string.h>

#include "json/ss-text.h"
#include "json/ss-writer.h"
#include "ss-limits.h"

/* Room for the members of a frame beside the name and the patch, so that a short frame is
 * written into memory that is allocated once. */
#define FRAME_ROOM 128

static const char *const news_words[] = { "added", "removed", "stale", "fresh" };

const char *
ss_news_to_string (SsNews news)
{
  return news_words[news];
}

gboolean
ss_news_from_string (const char *word,
                     SsNews     *news)
{
  for (guint i = 0; i < G_N_ELEMENTS (news_words); i++)
    {
      if (strcmp (word, news_words[i]) == 0)
        {
          *news = (SsNews) i;
          return TRUE;
        }
    }

  return FALSE;
}

void
ss_frame_clear (SsFrame *frame)
{
  g_assert (frame != NULL);

  g_free (frame->name);
  g_clear_pointer (&frame->patch, server_signal_patch_unref);
  g_clear_pointer (&frame->value, ss_value_unref);
  g_free (frame->epoch);
  g_free (frame->key);
  g_free (frame->code);
  g_free (frame->message);
  g_free (frame->protocol);
  g_strfreev (frame->signals);
  g_strfreev (frame->via);

  *frame = (SsFrame) { 0 };
}

#define APPEND(out, literal) ss_text_append (out, literal, sizeof (literal) - 1)

/* The literals before a value are its key, quoted, with all that stands between it and the value
 * before. */
#define APPEND_STRING(out, literal, value) \
  G_STMT_START \
  { \
    APPEND (out, literal); \
    ss_append_quoted (out, value, -1); \
  } \
  G_STMT_END

#define APPEND_NUMBER(out, literal, value) \
  G_STMT_START \
  { \
    APPEND (out, literal); \
    append_number (out, value); \
  } \
  G_STMT_END

static void
append_number (GString *out,
               guint64  number)
{
  g_assert (number <= G_MAXINT64);

  ss_append_int (out, (gint64) number);
}

static void
append_strings (GString            *out,
                const char * const *strings)
{
  APPEND (out, "[");
  for (gsize i = 0; strings != NULL && strings[i] != NULL; i++)
    {
      if (i > 0)
        APPEND (out, ",");
      ss_append_quoted (out, strings[i], -1);
    }
  APPEND (out, "]");
}

static SsMessage *
finish (GString *out)
{
  APPEND (out, "}");

  return ss_message_new_take (out);
}

/* {"name":N,"patch":P without the closing brace. */
static GString *
begin_update (const char        *name,
              ServerSignalPatch *patch)
{
  GString *out = g_string_sized_new (strlen (name) + 2 * FRAME_ROOM);

  APPEND_STRING (out, "{\"name\":", name);
  APPEND (out, ",\"patch\":");
  if (patch != NULL)
    ss_patch_append_text (patch, out);
  else
    APPEND (out, "[]");

  return out;
}

SsMessage *
ss_frame_encode_snapshot (const char    *name,
                          const SsValue *value,
                          const char    *epoch,
                          guint64        rev)
{
  GString *out;

  g_assert (name != NULL);
  g_assert (rev <= SS_REVISION_MAX);

  out = g_string_sized_new (strlen (name) + 2 * FRAME_ROOM);
  APPEND_STRING (out, "{\"name\":", name);
  APPEND (out, ",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":");
  ss_value_append_json (value, out);
  APPEND (out, "}]");
  if (epoch != NULL)
    {
      APPEND_STRING (out, ",\"epoch\":", epoch);
      APPEND_NUMBER (out, ",\"rev\":", rev);
    }

  return finish (out);
}

SsMessage *
ss_frame_encode_update (const char        *name,
                        ServerSignalPatch *patch,
                        guint64            base,
                        guint64            rev)
{
  GString *out;

  g_assert (name != NULL);
  g_assert (base <= rev && rev <= SS_REVISION_MAX);

  out = begin_update (name, patch);
  APPEND_NUMBER (out, ",\"base\":", base);
  APPEND_NUMBER (out, ",\"rev\":", rev);

  return finish (out);
}

SsMessage *
ss_frame_encode_plain (const char        *name,
                       ServerSignalPatch *patch)
{
  g_assert (name != NULL);

  return finish (begin_update (name, patch));
}

SsMessage *
ss_frame_encode_hello (const char * const *signals,
                       const char * const *via)
{
  GString *out = g_string_sized_new (2 * FRAME_ROOM);

  APPEND_STRING (out, "{\"hello\":{\"protocol\":", SS_PROTOCOL_V1);
  APPEND (out, ",\"signals\":");
  append_strings (out, signals);
  APPEND (out, ",\"via\":");
  append_strings (out, via);
  APPEND (out, "}");

  return finish (out);
}

SsMessage *
ss_frame_encode_signal (SsNews      news,
                        const char *name,
                        gint64      age)
{
  GString *out;

  g_assert (name != NULL);
  g_assert (age <= SS_AGE_MAX);

  out = g_string_sized_new (FRAME_ROOM);
  APPEND_STRING (out, "{\"signal\":", ss_news_to_string (news));
  APPEND_STRING (out, ",\"name\":", name);
  if (age >= 0)
    APPEND_NUMBER (out, ",\"age\":", (guint64) age);

  return finish (out);
}

SsMessage *
ss_frame_encode_via (const char * const *via)
{
  GString *out = g_string_sized_new (FRAME_ROOM);

  APPEND (out, "{\"via\":");
  append_strings (out, via);

  return finish (out);
}

SsMessage *
ss_frame_encode_error (const char *code,
                       const char *name,
                       const char *message)
{
  GString *out;

  g_assert (code != NULL);
  g_assert (message != NULL);

  out = g_string_sized_new (FRAME_ROOM);
  APPEND_STRING (out, "{\"error\":{\"code\":", code);
  if (name != NULL)
    APPEND_STRING (out, ",\"name\":", name);
  APPEND_STRING (out, ",\"message\":", message);
  APPEND (out, "}");

  return finish (out);
}

SsMessage *
ss_frame_encode_subscribe (const char *name,
                           const char *epoch,
                           guint64     rev,
                           guint64     max)
{
  GString *out;

  g_assert (name != NULL);
  g_assert (rev <= SS_REVISION_MAX);

  out = g_string_sized_new (FRAME_ROOM);
  APPEND_STRING (out, "{\"subscribe\":", name);
  if (epoch != NULL)
    {
      APPEND_STRING (out, ",\"epoch\":", epoch);
      APPEND_NUMBER (out, ",\"rev\":", rev);
    }
  if (max > 0)
    APPEND_NUMBER (out, ",\"max\":", max);

  return finish (out);
}

SsMessage *
ss_frame_encode_unsubscribe (const char *name)
{
  GString *out;

  g_assert (name != NULL);

  out = g_string_sized_new (FRAME_ROOM);
  APPEND_STRING (out, "{\"unsubscribe\":", name);

  return finish (out);
}

SsMessage *
ss_frame_encode_interval (guint milliseconds)
{
  GString *out = g_string_sized_new (FRAME_ROOM);

  APPEND_NUMBER (out, "{\"interval\":", milliseconds);

  return finish (out);
}

SsMessage *
ss_frame_encode_call (const char    *method,
                      guint64        id,
                      const SsValue *arguments,
                      const char    *key,
                      guint64        max)
{
  GString *out;

  g_assert (method != NULL);

  out = g_string_sized_new (FRAME_ROOM);
  APPEND_STRING (out, "{\"call\":", method);
  APPEND_NUMBER (out, ",\"id\":", id);
  if (arguments != NULL)
    {
      APPEND (out, ",\"args\":");
      ss_value_append_json (arguments, out);
    }
  if (key != NULL)
    APPEND_STRING (out, ",\"key\":", key);
  if (max > 0)
    APPEND_NUMBER (out, ",\"max\":", max);

  return finish (out);
}

SsMessage *
ss_frame_encode_cancel (guint64 id)
{
  GString *out = g_string_sized_new (FRAME_ROOM);

  APPEND_NUMBER (out, "{\"cancel\":", id);

  return finish (out);
}

SsMessage *
ss_frame_encode_reply (guint64        id,
                       const SsValue *value)
{
  GString *out = g_string_sized_new (FRAME_ROOM);

  APPEND_NUMBER (out, "{\"reply\":", id);
  APPEND (out, ",\"value\":");
  ss_value_append_json (value, out);

  return finish (out);
}

SsMessage *
ss_frame_encode_failure (guint64        id,
                         const char    *code,
                         const char    *message,
                         const SsValue *data)
{
  GString *out;

  g_assert (code != NULL);
  g_assert (message != NULL);

  out = g_string_sized_new (FRAME_ROOM);
  APPEND_NUMBER (out, "{\"reply\":", id);
  APPEND_STRING (out, ",\"error\":{\"code\":", code);
  APPEND_STRING (out, ",\"message\":", message);
  if (data != NULL)
    {
      APPEND (out, ",\"data\":");
      ss_value_append_json (data, out);
    }
  APPEND (out, "}");

  return finish (out);
}

SsMessage *
ss_frame_encode_progress (guint64        id,
                          const SsValue *value)
{
  GString *out = g_string_sized_new (FRAME_ROOM);

  APPEND_NUMBER (out, "{\"progress\":", id);
  APPEND (out, ",\"value\":");
  ss_value_append_json (value, out);

  return finish (out);
}
