/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-frame-quick.h"

#include <string.h>

#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "ss-limits.h"

/* The object, the list of operations and the operation around a value. */
#define DEPTH_AROUND 3

/* More digits may not fit, and are for the slow way. */
#define DIGITS_MAX 15

typedef struct
{
  const char *at;
  const char *end;
} Cursor;

typedef struct
{
  const char *text;
  gsize       length;
} Slice;

static inline gboolean
skip (Cursor     *cursor,
      const char *expected,
      gsize       length)
{
  if ((gsize) (cursor->end - cursor->at) < length || memcmp (cursor->at, expected, length) != 0)
    return FALSE;

  cursor->at += length;

  return TRUE;
}

#define SKIP(cursor, literal) skip (cursor, literal, sizeof (literal) - 1)

/* The rest of a string behind its opening quote, past the closing one. Those with escapes are
 * for the slow way. */
static gboolean
read_string (Cursor *cursor,
             Slice  *slice)
{
  const char *at = cursor->at;
  guint8 bits = 0;

  while (at < cursor->end && *at != '"')
    {
      if (*at == '\\' || (guint8) *at < 0x20)
        return FALSE;
      bits |= (guint8) *at++;
    }
  if (at == cursor->end)
    return FALSE;

  slice->text = cursor->at;
  slice->length = (gsize) (at - cursor->at);
  cursor->at = at + 1;

  return bits < 0x80 || g_utf8_validate_len (slice->text, slice->length, NULL);
}

static gboolean
read_kind (Cursor   *cursor,
           SsOpKind *kind)
{
  if (SKIP (cursor, "replace\""))
    *kind = SS_OP_REPLACE;
  else if (SKIP (cursor, "add\""))
    *kind = SS_OP_ADD;
  else
    return FALSE;

  return TRUE;
}

/* The number that ends where the cursor does, which moves in front of it. */
static gboolean
read_last_number (Cursor  *cursor,
                  guint64 *number)
{
  const char *at = cursor->end;
  guint64 factor = 1;

  *number = 0;
  while (at > cursor->at && g_ascii_isdigit (at[-1]) && cursor->end - at < DIGITS_MAX)
    {
      at--;
      *number += factor * (guint64) (*at - '0');
      factor *= 10;
    }

  /* A number has digits, and no zero in front of another. */
  if (at == cursor->end || (*at == '0' && cursor->end - at > 1))
    return FALSE;

  cursor->end = at;

  return TRUE;
}

static inline gboolean
skip_last (Cursor     *cursor,
           const char *expected,
           gsize       length)
{
  if ((gsize) (cursor->end - cursor->at) < length ||
      memcmp (cursor->end - length, expected, length) != 0)
    return FALSE;

  cursor->end -= length;

  return TRUE;
}

#define SKIP_LAST(cursor, literal) skip_last (cursor, literal, sizeof (literal) - 1)

/* The rest after the value is read from the end: when what lies between then is one JSON value, to
 * the byte, so was the whole, as no other way of reading it is left. */
static gboolean
read_end (Cursor  *cursor,
          SsFrame *frame)
{
  if (SKIP_LAST (cursor, "}]}"))
    return TRUE;

  frame->has_base = TRUE;
  frame->has_rev = TRUE;

  return SKIP_LAST (cursor, "}") && read_last_number (cursor, &frame->rev) &&
         SKIP_LAST (cursor, ",\"rev\":") && read_last_number (cursor, &frame->base) &&
         SKIP_LAST (cursor, "}],\"base\":") && frame->base < frame->rev;
}

/* An integer is what counters are made of. */
static SsValue *
read_value (const Cursor *cursor)
{
  Cursor rest = *cursor;
  gboolean negative = SKIP (&rest, "-");
  guint64 number;

  if (rest.at < rest.end && g_ascii_isdigit (rest.end[-1]) && read_last_number (&rest, &number) &&
      rest.at == rest.end && (number > 0 || !negative))
    return ss_value_new_int (negative ? -(gint64) number : (gint64) number);

  return ss_value_from_json (cursor->at, cursor->end - cursor->at, SS_FRAME_DEPTH - DEPTH_AROUND,
                             NULL);
}

static ServerSignalPatch *
patch_new (SsOpKind  kind,
           Slice     path,
           SsValue  *value)
{
  ServerSignalPatch *patch;
  char *pointers;
  SsOp *ops;

  patch = ss_patch_new_sized (1, path.length + 1, &ops, &pointers);
  memcpy (pointers, path.text, path.length);
  pointers[path.length] = '\0';
  ops[0].kind = kind;
  ops[0].path = pointers;
  ops[0].from = NULL;
  ops[0].value = value;

  return patch;
}

static gboolean
is_pointer (Slice path)
{
  g_autofree char *copy = NULL;

  /* The empty one makes a snapshot, which has more to it. */
  if (path.length == 0 || path.text[0] != '/')
    return FALSE;
  if (memchr (path.text, '~', path.length) == NULL)
    return TRUE;

  copy = g_strndup (path.text, path.length);

  return ss_pointer_is_valid (copy, NULL);
}

gboolean
ss_frame_decode_quick (SsFrame    *frame,
                       const char *text,
                       gsize       length)
{
  Cursor cursor = { text, text + length };
  SsFrame found = { .kind = SS_FRAME_UPDATE };
  SsOpKind kind;
  SsValue *value;
  Slice name;
  Slice path;

  if (!SKIP (&cursor, "{\"name\":\"") || !read_string (&cursor, &name) || name.length == 0 ||
      name.length > SS_NAME_BYTES)
    return FALSE;

  if (!SKIP (&cursor, ",\"patch\":[{\"op\":\"") || !read_kind (&cursor, &kind) ||
      !SKIP (&cursor, ",\"path\":\"") || !read_string (&cursor, &path) || !is_pointer (path) ||
      !SKIP (&cursor, ",\"value\":") || !read_end (&cursor, &found))
    return FALSE;

  value = read_value (&cursor);
  if (value == NULL)
    return FALSE;

  found.patch = patch_new (kind, path, value);
  found.name = g_strndup (name.text, name.length);
  *frame = found;

  return TRUE;
}

/* The string that ends where the cursor does, with its quotes. */
static gboolean
read_last_string (Cursor *cursor,
                  Slice  *slice)
{
  const char *at = cursor->end - 1;

  if (at <= cursor->at || *at != '"')
    return FALSE;
  for (at--; at > cursor->at && *at != '"'; at--)
    if (*at == '\\')
      return FALSE;
  if (*at != '"')
    return FALSE;

  slice->text = at + 1;
  slice->length = (gsize) (cursor->end - 1 - slice->text);
  cursor->end = at;

  return TRUE;
}

gboolean
ss_frame_find_snapshot (SsFrame     *frame,
                        const char  *text,
                        gsize        length,
                        const char **document,
                        gsize       *document_length)
{
  Cursor cursor = { text, text + length };
  guint64 rev;
  Slice epoch;
  Slice name;

  if (!SKIP (&cursor, "{\"name\":\"") || !read_string (&cursor, &name) ||
      !SKIP (&cursor, ",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":"))
    return FALSE;

  if (!SKIP_LAST (&cursor, "}") || !read_last_number (&cursor, &rev) ||
      !SKIP_LAST (&cursor, ",\"rev\":") || !read_last_string (&cursor, &epoch) ||
      !SKIP_LAST (&cursor, "}],\"epoch\":"))
    return FALSE;

  *frame = (SsFrame) { .kind = SS_FRAME_SNAPSHOT, .has_rev = TRUE, .rev = rev };
  frame->name = g_strndup (name.text, name.length);
  frame->epoch = g_strndup (epoch.text, epoch.length);
  *document = cursor.at;
  *document_length = (gsize) (cursor.end - cursor.at);

  return TRUE;
}
