/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-frame.h"

#include <string.h>

#include "json/ss-writer.h"
#include "ss-limits.h"

/* Room for the members of a frame beside the name and the patch, so that a short frame is
 * written into memory that is allocated once. */
#define FRAME_ROOM 128

void
ss_frame_clear (SsFrame *frame)
{
  g_assert (frame != NULL);

  g_free (frame->name);
  g_clear_pointer (&frame->patch, server_signal_patch_unref);
  g_clear_pointer (&frame->value, ss_value_unref);
  g_free (frame->epoch);
  g_free (frame->code);
  g_free (frame->message);
  g_free (frame->protocol);
  g_strfreev (frame->signals);
  g_strfreev (frame->via);

  *frame = (SsFrame) { 0 };
}

/* ,"key": without the comma when it is the object's first member. */
static void
append_key (GString    *out,
            const char *key)
{
  if (out->str[out->len - 1] != '{')
    g_string_append_c (out, ',');

  g_string_append_c (out, '"');
  g_string_append (out, key);
  g_string_append_len (out, "\":", 2);
}

static void
append_string_member (GString    *out,
                      const char *key,
                      const char *value)
{
  append_key (out, key);
  ss_append_quoted (out, value, -1);
}

static void
append_number_member (GString    *out,
                      const char *key,
                      guint64     value)
{
  g_assert (value <= G_MAXINT64);

  append_key (out, key);
  ss_append_int (out, (gint64) value);
}

static void
append_strings_member (GString            *out,
                       const char         *key,
                       const char * const *values)
{
  append_key (out, key);
  g_string_append_c (out, '[');
  for (gsize i = 0; values != NULL && values[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      ss_append_quoted (out, values[i], -1);
    }
  g_string_append_c (out, ']');
}

static SsMessage *
finish (GString *out)
{
  g_string_append_c (out, '}');

  return ss_message_new_take (out);
}

/* {"name":N,"patch":P without the closing brace. */
static GString *
begin_update (const char        *name,
              ServerSignalPatch *patch)
{
  gsize length = 2;
  const char *text = patch != NULL ? ss_patch_text (patch, &length) : "[]";
  GString *out = g_string_sized_new (strlen (name) + length + FRAME_ROOM);

  g_string_append_c (out, '{');
  append_string_member (out, "name", name);
  append_key (out, "patch");
  g_string_append_len (out, text, (gssize) length);

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
  g_string_append_c (out, '{');
  append_string_member (out, "name", name);
  g_string_append (out, ",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":");
  ss_value_append_json (value, out);
  g_string_append (out, "}]");
  if (epoch != NULL)
    {
      append_string_member (out, "epoch", epoch);
      append_number_member (out, "rev", rev);
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
  append_number_member (out, "base", base);
  append_number_member (out, "rev", rev);

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

  g_string_append (out, "{\"hello\":{");
  append_string_member (out, "protocol", SS_PROTOCOL_V1);
  append_strings_member (out, "signals", signals);
  append_strings_member (out, "via", via);
  g_string_append_c (out, '}');

  return finish (out);
}

SsMessage *
ss_frame_encode_signal (const char *name,
                        gboolean    added)
{
  GString *out;

  g_assert (name != NULL);

  out = g_string_sized_new (FRAME_ROOM);
  g_string_append_c (out, '{');
  append_string_member (out, "signal", added ? "added" : "removed");
  append_string_member (out, "name", name);

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
  g_string_append (out, "{\"error\":{");
  append_string_member (out, "code", code);
  if (name != NULL)
    append_string_member (out, "name", name);
  append_string_member (out, "message", message);
  g_string_append_c (out, '}');

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
  g_string_append_c (out, '{');
  append_string_member (out, "subscribe", name);
  if (epoch != NULL)
    {
      append_string_member (out, "epoch", epoch);
      append_number_member (out, "rev", rev);
    }
  if (max > 0)
    append_number_member (out, "max", max);

  return finish (out);
}

SsMessage *
ss_frame_encode_unsubscribe (const char *name)
{
  GString *out;

  g_assert (name != NULL);

  out = g_string_sized_new (FRAME_ROOM);
  g_string_append_c (out, '{');
  append_string_member (out, "unsubscribe", name);

  return finish (out);
}
