/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* The head that all allocated values have, and strings, whose bytes stand behind it. The rest of
 * the value tree is in ss-value.h. */

typedef struct _SsValue SsValue;

/* info: the kind in its lowest three bits; above them a string's length or a container's depth (0
 * while nobody has asked). Of several holders each may find the depth and the hash out and note
 * them: all find the same, so these stores are atomic but not ordered. */
struct _SsValue
{
  guint32 refs;
  guint32 info;
};

#define SS_INFO_KIND 7u
#define SS_INFO_SHIFT 3

typedef struct
{
  SsValue base;
  char    utf8[];
} SsString;

static inline gsize
ss_string_length (const SsValue *value)
{
  return value->info >> SS_INFO_SHIFT;
}

/* NUL-terminated; length may be NULL. */
static inline const char *
ss_value_get_string (const SsValue *value,
                     gsize         *length)
{
  if (length != NULL)
    *length = ss_string_length (value);

  return ((const SsString *) value)->utf8;
}

/* Of two string values. */
static inline gboolean
ss_string_equal (const SsValue *a,
                 const SsValue *b)
{
  return a == b
         || (a->info == b->info
             && memcmp (((const SsString *) a)->utf8, ((const SsString *) b)->utf8,
                        ss_string_length (a)) == 0);
}

G_END_DECLS
