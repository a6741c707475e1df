/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-string.h"

G_BEGIN_DECLS

typedef struct
{
  SsValue *key;
  SsValue *value;
} SsMember;

/* Where each key of a large object stands: a hash table from key to position, kept right through
 * every edit. It holds no references; the members are given to it when it has to look at them. */
typedef struct _SsIndex SsIndex;

SsIndex *ss_index_new    (const SsMember *members, guint length);
SsIndex *ss_index_copy   (const SsIndex *index);
void     ss_index_free   (SsIndex *index);
int      ss_index_find   (const SsIndex *index, const SsMember *members, const char *key, gsize length);
/* Before the member is put at the position, with all that stand there and after moving up; and
 * before it is taken away from there. */
void     ss_index_insert (SsIndex **index, guint position, const SsValue *key);
void     ss_index_remove (SsIndex *index, const SsMember *members, guint position);

G_END_DECLS
