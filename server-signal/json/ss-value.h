/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The value tree: what a document is inside the library.
 *
 * A value is immutable as soon as more than one holder has it; whoever holds the only reference may
 * edit it in place. Sub-trees are shared between documents, so a snapshot is a reference and an
 * unchanged part is the same pointer. Reference counts are atomic, because patches and values may
 * be dropped by another thread (a language's collector); with one holder no atomic operation is paid.
 *
 * null, booleans and the integers that fit are not allocated: they are the pointer itself. So a
 * value is only ever touched through these functions, and never compared to NULL other than for
 * "nothing here".
 *
 * Members keep their order. Equality is exact: 1 and 1.0 differ, objects are equal in any order.
 * -0.0 and 0.0 differ (their texts do). */
typedef struct _SsValue SsValue;

typedef enum
{
  SS_VALUE_NULL,
  SS_VALUE_BOOLEAN,
  SS_VALUE_INT,
  SS_VALUE_DOUBLE,
  SS_VALUE_STRING,
  SS_VALUE_ARRAY,
  SS_VALUE_OBJECT,
} SsValueKind;

SsValue     *ss_value_new_null    (void);
SsValue     *ss_value_new_boolean (gboolean value);
SsValue     *ss_value_new_int     (gint64 value);
SsValue     *ss_value_new_double  (double value);                   /* asserts that it is finite */
SsValue     *ss_value_new_string  (const char *utf8, gssize length); /* valid UTF-8 without NUL; -1: up to NUL */
SsValue     *ss_value_new_array   (guint reserve);
SsValue     *ss_value_new_object  (guint reserve);

SsValue     *ss_value_ref         (const SsValue *value);
void         ss_value_unref       (SsValue *value);                 /* without recursion */
void         ss_value_clear       (SsValue **slot);

SsValueKind  ss_value_kind        (const SsValue *value);
gboolean     ss_value_get_boolean (const SsValue *value);
gint64       ss_value_get_int     (const SsValue *value);
double       ss_value_get_double  (const SsValue *value);
const char  *ss_value_get_string  (const SsValue *value, gsize *length); /* NUL-terminated; length may be NULL */

gboolean     ss_value_equal       (const SsValue *a, const SsValue *b);
guint64      ss_value_hash        (const SsValue *value);           /* seeded for each process; cached in containers */
guint        ss_value_depth       (const SsValue *value);           /* nesting, cached: scalar 0, [] 1 */

/* Containers: reading. Nothing here gives a reference away. */
guint        ss_value_length      (const SsValue *container);       /* elements or members */
SsValue     *ss_array_get         (const SsValue *array, guint index);
int          ss_object_find       (const SsValue *object, const char *key, gsize length); /* position or -1 */
SsValue     *ss_object_get        (const SsValue *object, const char *key, gsize length); /* or NULL */
SsValue     *ss_object_key        (const SsValue *object, guint position);                /* a string value */
SsValue     *ss_object_value      (const SsValue *object, guint position);

/* Containers: editing. Before any of these the container must be made writable through the slot
 * that holds it (a shallow copy when somebody else holds it too). Values are taken (transfer full);
 * what is removed or replaced is given back (transfer full). Each clears the container's own cached hash
 * and depth; whoever edits deeper down calls ss_value_make_writable() on each container of the path
 * from the root, which clears the caches of that one. */
void         ss_value_make_writable (SsValue **slot);
SsValue    **ss_array_slot        (SsValue *array, guint index);
SsValue    **ss_object_slot       (SsValue *object, guint position);
void         ss_array_append      (SsValue *array, SsValue *value);
void         ss_array_insert      (SsValue *array, guint index, SsValue *value);
SsValue     *ss_array_steal       (SsValue *array, guint index);
SsValue     *ss_array_replace     (SsValue *array, guint index, SsValue *value);
/* Appends a member; the key must not be there. key is a string value, taken. */
void         ss_object_append     (SsValue *object, SsValue *key, SsValue *value);
/* Puts a member back at a position, for undoing a removal. */
void         ss_object_insert     (SsValue *object, guint position, SsValue *key, SsValue *value);
SsValue     *ss_object_steal      (SsValue *object, guint position, SsValue **key); /* later members move up; key may be NULL */
SsValue     *ss_object_replace    (SsValue *object, guint position, SsValue *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsValue, ss_value_unref)

G_END_DECLS
