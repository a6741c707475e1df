/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-limits.h"
#include "ss-patch.h"

G_BEGIN_DECLS

/* A difference while it is being made: where in the two documents it is, and the operations so far.
 * This is the ground on which ss-diff.c (objects) and ss-list-diff.c (lists) stand; it compares
 * nothing itself. */

/* Which pointers of an operation lead to elements of lists, so that others move up or down. */
typedef enum
{
  SS_DIFF_PATH_IN_LIST = 1 << 0,
  SS_DIFF_FROM_IN_LIST = 1 << 1,
} SsDiffOpFlags;

/* An operation before it is known to stay. Values are borrowed from the two documents. */
typedef struct
{
  SsOpKind       kind;
  SsDiffOpFlags  flags;
  gsize          path;   /* offsets into the pointers */
  gsize          from;
  const SsValue *value;
  const SsValue *old;    /* the value that it takes away, which may have gone elsewhere */
  gsize          bytes;  /* of its text; 0 while nobody has asked */
} SsDiffOp;

/* The length of an operation's text without its pointers and its value. */
#define SS_DIFF_LITERAL_BYTES(literal) (sizeof (literal) - 1)
#define SS_DIFF_ADD_BYTES SS_DIFF_LITERAL_BYTES ("{\"op\":\"add\",\"path\":\"\",\"value\":}")
#define SS_DIFF_REMOVE_BYTES SS_DIFF_LITERAL_BYTES ("{\"op\":\"remove\",\"path\":\"\"}")
#define SS_DIFF_REPLACE_BYTES SS_DIFF_LITERAL_BYTES ("{\"op\":\"replace\",\"path\":\"\",\"value\":}")
#define SS_DIFF_MOVE_BYTES SS_DIFF_LITERAL_BYTES ("{\"op\":\"move\",\"from\":\"\",\"path\":\"\"}")

/* A container and its operations, where it is decided later whether they stay. */
typedef struct
{
  guint          start;       /* of the operations */
  guint          end;
  gsize          path;
  SsDiffOpFlags  flags;       /* of an operation on the container itself */
  gboolean       is_root;
  gboolean       may_shrink;  /* a replacement of the whole may be shorter */
  const SsValue *to;
} SsDiffSpan;

/* Values that went, or came. Setting the length to 0 is all that has to be done before and, when no
 * more than the first have come, afterwards: a difference of two small documents takes 40 ns. */
#define SS_DIFF_FIRST_VALUES 8

typedef struct
{
  guint           length;
  const SsValue **values;  /* once there are more than the first; room for a power of two */
  const SsValue  *first[SS_DIFF_FIRST_VALUES];
} SsDiffValues;

/* A step down: a member's key, or in a list NULL and the index. */
typedef struct
{
  const SsValue *key;
  guint          index;
  gsize          end;    /* of this step's text in the pointer, once that has been made */
} SsDiffStep;

/* A container whose operations are being made, and how long the pointers were when that began. */
typedef struct
{
  const SsValue *to;
  guint          depth;
  gsize          pointers_length;
} SsDiffOpen;

/* Memory for list diffs, one piece after the other, freed in the reverse order. */
typedef struct _SsDiffBlock SsDiffBlock;

#define SS_DIFF_NONE G_MAXUINT

/* How short lists are compared. */
typedef enum
{
  SS_DIFF_BY_LIKENESS,
  SS_DIFF_BY_EQUALITY,   /* an unequal element is another one, unless it is in its place */
  SS_DIFF_BY_POSITION,
} SsDiffLists;

/* The hashes of values that went from one place and came at another. */
typedef struct
{
  const guint64 *hashes;   /* open addressing, a power of two of them; 0 where there is none */
  guint          mask;
} SsDiffMoving;

typedef struct _SsDiff SsDiff;

/* The operations that make one value into another, where we are. */
typedef void (*SsDiffFunc) (SsDiff *self, const SsValue *from, const SsValue *to);

struct _SsDiff
{
  SsDiffFunc   diff_values;  /* for the elements of lists, which may be anything */

  SsDiffStep   steps[SS_DOCUMENT_DEPTH + 1];
  guint        depth;
  guint        list_depth;
  /* The outermost list is never replaced as a whole. */
  gboolean     keeps_list;

  /* A long name above many changes would be written once for each: then the container around them
   * is given up, and replaced when it is its turn. */
  SsDiffOpen   open[SS_DOCUMENT_DEPTH];
  guint        n_open;
  guint        given_up;          /* which one, or SS_DIFF_NONE */
  gsize        pointers_check;    /* the length at which to look again */

  /* The pointer to where we are. Most places are left again without an operation, so it is only
   * made for as many steps as an operation has asked for. */
  guint        n_written;
  gsize        prefix_length;
  gsize        pointer_capacity;
  char        *pointer;

  SsDiffOp    *ops;
  guint        n_ops;
  guint        ops_capacity;

  char        *pointers;
  gsize        pointers_length;
  gsize        pointers_capacity;

  /* The values that were removed and added, even where a replacement took the operation's place. A
   * value in both has been moved: then the difference is made once more, and keeps all operations
   * and notes the containers, so that ss-diff-moves.c can choose between them. */
  SsDiffValues gone;
  SsDiffValues come;
  SsDiffMoving moving;
  guint8       defers;
  /* Short lists may be shorter to write in another way than by what looks alike, and nobody knows
   * before it is tried: whether there are such lists, and how they are written this time. */
  guint8       has_doubts;
  guint8       lists;           /* SsDiffLists */
  guint        n_spans;
  guint        spans_capacity;
  SsDiffSpan  *spans;           /* with the first of them */

  SsDiffBlock *blocks;

  /* Enough for a small patch, so that it costs no allocation. */
  SsDiffOp     first_ops[8];
  char         first_pointers[256];
  char         first_pointer[256];
};

/* A place in the list of operations to go back to. */
typedef struct
{
  guint n_ops;
  guint n_spans;
  gsize pointers_length;
} SsDiffMark;

typedef struct
{
  SsDiffBlock *block;
  gsize        used;
} SsDiffMemory;

/* prefix, or "" when it is NULL, stands in front of each pointer. */
void       ss_diff_init        (SsDiff *self, const char *prefix, SsDiffFunc diff_values);
void       ss_diff_clear       (SsDiff *self);
ServerSignalPatch *ss_diff_make_patch (SsDiff *self);

void       ss_diff_back        (SsDiff *self, const SsDiffMark *mark);
/* Drops the operations between two marks. */
void       ss_diff_cut         (SsDiff *self, const SsDiffMark *mark, const SsDiffMark *end);
/* The bytes of an operation's text, and of a pointer in it. */
gsize      ss_diff_op_bytes    (SsDiff *self, SsDiffOp *op);
gsize      ss_diff_pointer_bytes (SsDiff *self, gsize pointer);
/* The bytes of the operations since mark, or more than limit when they are more. */
gsize      ss_diff_bytes_since (SsDiff *self, const SsDiffMark *mark, gsize limit);
void       ss_diff_close_given_up (SsDiff *self, const SsDiffMark *mark);
/* Puts a replacement in the place of the operations since mark if that is shorter. may_shrink is
 * FALSE when it cannot be. */
void       ss_diff_keep_shorter (SsDiff *self, const SsDiffMark *mark, const SsValue *to, gboolean may_shrink);

/* old is what is there before, value what is there afterwards. */
void       ss_diff_emit        (SsDiff *self, SsOpKind kind, const SsValue *old, const SsValue *value);
/* In the list where we are. */
void       ss_diff_emit_at     (SsDiff *self, SsOpKind kind, guint index, const SsValue *old, const SsValue *value);
void       ss_diff_emit_move   (SsDiff *self, guint from, guint to);

/* Room for so many operations altogether. */
void       ss_diff_reserve_ops (SsDiff *self, guint n_ops);
/* Room for the bytes of one more pointer, which is at the offset that the pointers' length is. */
char      *ss_diff_reserve_pointer (SsDiff *self, gsize bytes);
/* Gives the end of the number. */
char      *ss_diff_write_index (char *at, guint index);

gpointer   ss_diff_allocate    (SsDiff *self, gsize bytes);
SsDiffMemory ss_diff_memory    (const SsDiff *self);
void       ss_diff_release     (SsDiff *self, const SsDiffMemory *memory);

static inline SsDiffMark
ss_diff_mark (const SsDiff *self)
{
  return (SsDiffMark) { self->n_ops, self->n_spans, self->pointers_length };
}

/* These enclose the code that makes the operations of a container. When it gives TRUE they are
 * done; otherwise the caller may still see whether a replacement is shorter. */
static inline void
ss_diff_open (SsDiff        *self,
              const SsValue *to)
{
  self->open[self->n_open++] = (SsDiffOpen) { to, self->depth, self->pointers_length };
}

static inline gboolean
ss_diff_close (SsDiff           *self,
               const SsDiffMark *mark)
{
  self->n_open--;
  if (G_LIKELY (self->given_up == SS_DIFF_NONE))
    return FALSE;

  ss_diff_close_given_up (self, mark);
  return TRUE;
}

static inline void
ss_diff_push_key (SsDiff        *self,
                  const SsValue *key)
{
  self->steps[self->depth++].key = key;
}

static inline void
ss_diff_push_index (SsDiff *self,
                    guint   index)
{
  self->steps[self->depth].key = NULL;
  self->steps[self->depth++].index = index;
}

static inline void
ss_diff_pop (SsDiff *self)
{
  self->depth--;
  self->n_written = MIN (self->n_written, self->depth);
}

static inline const SsValue * const *
ss_diff_get_values (const SsDiffValues *values)
{
  return values->length > SS_DIFF_FIRST_VALUES ? values->values : values->first;
}

static inline gboolean
ss_diff_is_moving (const SsDiff  *self,
                   const SsValue *value)
{
  guint64 hash = ss_value_hash (value) | 1;
  guint at = (guint) (hash >> 20) & self->moving.mask;

  while (self->moving.hashes[at] != 0 && self->moving.hashes[at] != hash)
    at = (at + 1) & self->moving.mask;

  return self->moving.hashes[at] == hash;
}

/* Cheaper than ss_value_equal() deep inside of nested lists, where every level asks again: there
 * the hashes, which the values keep, have the answer. */
static inline gboolean
ss_diff_equal (const SsDiff  *self,
               const SsValue *a,
               const SsValue *b)
{
  if (a == b)
    return TRUE;
  if (self->list_depth > 2 && ss_value_is_container (a) && ss_value_is_container (b) &&
      ss_value_hash (a) != ss_value_hash (b))
    return FALSE;

  return ss_value_equal (a, b);
}

G_END_DECLS
