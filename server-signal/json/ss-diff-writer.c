/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-diff-writer.h"

#include <string.h>

#include "ss-text.h"
#include "ss-writer.h"

/* Pointers are not looked at before they are that long together: most patches never are. */
#define POINTERS_CHECK (1u << 20)

struct _SsDiffBlock
{
  SsDiffBlock *below;
  gsize        size;
  gsize        used;
  /* The memory follows. */
};

#define BLOCK_BYTES 4096
#define BLOCK_HEADER ((sizeof (SsDiffBlock) + 15) & ~(gsize) 15)

gpointer
ss_diff_allocate (SsDiff *self,
                  gsize   bytes)
{
  gpointer memory;

  bytes = (bytes + 15) & ~(gsize) 15;
  if (self->blocks == NULL || self->blocks->size - self->blocks->used < bytes)
    {
      gsize size = MAX (bytes, self->blocks == NULL ? BLOCK_BYTES : self->blocks->size * 2);
      SsDiffBlock *block = g_malloc (BLOCK_HEADER + size);

      block->below = self->blocks;
      block->size = size;
      block->used = 0;
      self->blocks = block;
    }

  memory = (char *) self->blocks + BLOCK_HEADER + self->blocks->used;
  self->blocks->used += bytes;

  return memory;
}

SsDiffMemory
ss_diff_memory (const SsDiff *self)
{
  return (SsDiffMemory) { self->blocks, self->blocks != NULL ? self->blocks->used : 0 };
}

/* The newest block, which is the largest, stays for the next list. */
void
ss_diff_release (SsDiff             *self,
                 const SsDiffMemory *memory)
{
  SsDiffBlock *newest = self->blocks;

  if (newest == NULL || newest == memory->block)
    {
      if (newest != NULL)
        newest->used = memory->used;
      return;
    }

  while (newest->below != memory->block)
    {
      SsDiffBlock *below = newest->below;

      newest->below = below->below;
      g_free (below);
    }
  newest->used = 0;
  if (memory->block != NULL)
    memory->block->used = memory->used;
}

/* Makes room for more bytes in memory that begins as a member of the struct. */
static char *
grow (char       *memory,
      const char *first,
      gsize       length,
      gsize       more,
      gsize      *capacity)
{
  if (G_LIKELY (length + more <= *capacity))
    return memory;

  *capacity = MAX (*capacity * 2, length + more);
  if (memory != first)
    return g_realloc (memory, *capacity);

  return memcpy (g_malloc (*capacity), first, length);
}

char *
ss_diff_write_index (char  *at,
                     guint  index)
{
  char digits[12];
  char *start = digits + sizeof digits;
  gsize length;

  do
    *--start = (char) ('0' + index % 10);
  while ((index /= 10) != 0);

  length = (gsize) (digits + sizeof digits - start);
  memcpy (at, start, length);
  return at + length;
}

static char *
write_key (char       *at,
           const char *key,
           gsize       length)
{
  const char *end = key + length;

  for (; key < end; key++)
    {
      if (G_UNLIKELY (*key == '~' || *key == '/'))
        {
          *at++ = '~';
          *at++ = *key == '/' ? '1' : '0';
        }
      else
        {
          *at++ = *key;
        }
    }

  return at;
}

/* Completes the pointer to where we are and gives its length. */
static gsize
write_pointer (SsDiff *self)
{
  gsize length = self->n_written == 0 ? self->prefix_length : self->steps[self->n_written - 1].end;

  for (; self->n_written < self->depth; self->n_written++)
    {
      SsDiffStep *step = &self->steps[self->n_written];
      const char *key = NULL;
      gsize key_length = 5;
      char *at;

      if (step->key != NULL)
        key = ss_value_get_string (step->key, &key_length);
      self->pointer = grow (self->pointer, self->first_pointer, length, 2 * key_length + 1,
                            &self->pointer_capacity);
      at = self->pointer + length;
      *at++ = '/';
      at = key != NULL ? write_key (at, key, key_length) : ss_diff_write_index (at, step->index);
      step->end = length = (gsize) (at - self->pointer);
    }

  return length;
}

/* Finds the innermost container whose replacement is shorter than the pointers into it are by
 * now. */
static void
give_up_longest (SsDiff *self)
{
  guint i;

  for (i = self->n_open; i-- > (self->keeps_list ? 1 : 0) && self->given_up == SS_DIFF_NONE;)
    {
      const SsDiffOpen *open = &self->open[i];
      gsize bytes = self->pointers_length - open->pointers_length;
      gsize length = open->depth == 0 ? self->prefix_length : self->steps[open->depth - 1].end;

      if (bytes > length && ss_value_measure (open->to, bytes - length) < bytes - length)
        self->given_up = i;
    }

  self->pointers_check = 2 * self->pointers_length;
}

void
ss_diff_close_given_up (SsDiff           *self,
                        const SsDiffMark *mark)
{
  if (self->given_up != self->n_open)
    return;

  self->given_up = SS_DIFF_NONE;
  ss_diff_back (self, mark);
  self->pointers_check = MAX (POINTERS_CHECK, 2 * self->pointers_length);
  ss_diff_emit (self, SS_OP_REPLACE, NULL, self->open[self->n_open].to);
}

char *
ss_diff_reserve_pointer (SsDiff *self,
                         gsize   bytes)
{
  self->pointers = grow (self->pointers, self->first_pointers, self->pointers_length, bytes,
                         &self->pointers_capacity);
  return self->pointers + self->pointers_length;
}

/* Room for one more pointer; to be completed by the caller, who adds what it wrote to the
 * length. */
static char *
new_pointer (SsDiff *self,
             gsize   bytes)
{
  if (G_UNLIKELY (self->pointers_length > self->pointers_check))
    give_up_longest (self);
  return ss_diff_reserve_pointer (self, bytes);
}

void
ss_diff_reserve_ops (SsDiff *self,
                     guint   n_ops)
{
  if (n_ops <= self->ops_capacity)
    return;

  self->ops_capacity = MAX (2 * self->ops_capacity, n_ops);
  if (self->ops == self->first_ops)
    self->ops =
      memcpy (g_new (SsDiffOp, self->ops_capacity), self->first_ops, sizeof self->first_ops);
  else
    self->ops = g_renew (SsDiffOp, self->ops, self->ops_capacity);
}

static void
values_grow (SsDiffValues *self)
{
  if (self->length == SS_DIFF_FIRST_VALUES)
    self->values =
      memcpy (g_new (const SsValue *, 2 * SS_DIFF_FIRST_VALUES), self->first, sizeof self->first);
  else if ((self->length & (self->length - 1)) == 0)
    self->values = g_renew (const SsValue *, self->values, 2 * (gsize) self->length);
}

static inline void
values_add (SsDiffValues  *self,
            const SsValue *value)
{
  if (G_LIKELY (self->length < SS_DIFF_FIRST_VALUES))
    {
      self->first[self->length++] = value;
      return;
    }

  values_grow (self);
  self->values[self->length++] = value;
}

/* An element that is replaced has to be removed and the other one moved into its place, or the
 * other way round: more text than a short number takes. */
static gboolean
is_worth_two_moves (const SsValue *value)
{
  switch (ss_value_kind (value))
    {
    case SS_VALUE_NULL:
    case SS_VALUE_BOOLEAN:
      return FALSE;
    case SS_VALUE_INT:
      return ABS (ss_value_get_int (value) / 1000) > 0;
    case SS_VALUE_DOUBLE:
    case SS_VALUE_STRING:
    case SS_VALUE_ARRAY:
    case SS_VALUE_OBJECT:
    default:
      return TRUE;
    }
}

static void
note_values (SsDiff         *self,
             const SsDiffOp *op)
{
  gboolean replaces_element = op->kind == SS_OP_REPLACE && (op->flags & SS_DIFF_PATH_IN_LIST) != 0;

  if (self->keeps_list || self->defers)
    return;

  if (op->old != NULL && (!replaces_element || is_worth_two_moves (op->old)))
    values_add (&self->gone, op->old);
  if (op->value != NULL && (!replaces_element || is_worth_two_moves (op->value)))
    values_add (&self->come, op->value);
}

static SsDiffOp *
new_op (SsDiff        *self,
        SsOpKind       kind,
        SsDiffOpFlags  flags,
        const SsValue *old,
        const SsValue *value)
{
  SsDiffOp *op;

  if (G_UNLIKELY (self->n_ops == self->ops_capacity))
    ss_diff_reserve_ops (self, self->n_ops + 1);

  op = &self->ops[self->n_ops++];
  op->kind = kind;
  op->flags = flags;
  op->value = value;
  op->old = old;
  op->bytes = 0;
  note_values (self, op);

  return op;
}

static gboolean
is_in_list (const SsDiff *self)
{
  return self->depth > 0 && self->steps[self->depth - 1].key == NULL;
}

void
ss_diff_emit (SsDiff        *self,
              SsOpKind       kind,
              const SsValue *old,
              const SsValue *value)
{
  gboolean in_list = is_in_list (self);
  SsDiffOp *op;
  char *pointer;
  gsize length;

  if (G_UNLIKELY (self->given_up != SS_DIFF_NONE))
    return;

  /* A member's new value may have come from elsewhere, but its old one cannot go in one operation:
   * the place has to be left and taken again. */
  op = new_op (self, kind, in_list ? SS_DIFF_PATH_IN_LIST : 0,
               kind == SS_OP_REMOVE || in_list ? old : NULL, value);
  length = write_pointer (self);
  pointer = new_pointer (self, length + 1);
  memcpy (pointer, self->pointer, length);
  pointer[length] = '\0';
  op->path = self->pointers_length;
  self->pointers_length += length + 1;
}

static gsize
store_index_pointer (SsDiff *self,
                     guint   index)
{
  gsize length = write_pointer (self);
  char *pointer = new_pointer (self, length + 12);
  gsize start = self->pointers_length;
  char *at = pointer + length;

  memcpy (pointer, self->pointer, length);
  *at++ = '/';
  at = ss_diff_write_index (at, index);
  *at++ = '\0';
  self->pointers_length += (gsize) (at - pointer);

  return start;
}

void
ss_diff_emit_at (SsDiff        *self,
                 SsOpKind       kind,
                 guint          index,
                 const SsValue *old,
                 const SsValue *value)
{
  SsDiffOp *op;

  if (G_UNLIKELY (self->given_up != SS_DIFF_NONE))
    return;

  op = new_op (self, kind, SS_DIFF_PATH_IN_LIST, old, value);
  op->path = store_index_pointer (self, index);
}

void
ss_diff_emit_move (SsDiff *self,
                   guint   from,
                   guint   to)
{
  SsDiffOp *op;

  if (G_UNLIKELY (self->given_up != SS_DIFF_NONE))
    return;

  op = new_op (self, SS_OP_MOVE, SS_DIFF_PATH_IN_LIST | SS_DIFF_FROM_IN_LIST, NULL, NULL);
  op->from = store_index_pointer (self, from);
  op->path = store_index_pointer (self, to);
}

void
ss_diff_back (SsDiff           *self,
              const SsDiffMark *mark)
{
  self->n_ops = mark->n_ops;
  self->n_spans = mark->n_spans;
  self->pointers_length = mark->pointers_length;
}

void
ss_diff_cut (SsDiff           *self,
             const SsDiffMark *mark,
             const SsDiffMark *end)
{
  guint i;

  /* The pointers stay where they are, because the operations that follow know theirs by offset. */
  memmove (self->ops + mark->n_ops, self->ops + end->n_ops,
           (self->n_ops - end->n_ops) * sizeof (SsDiffOp));
  self->n_ops -= end->n_ops - mark->n_ops;

  if (self->n_spans > end->n_spans)
    memmove (self->spans + mark->n_spans, self->spans + end->n_spans,
             (self->n_spans - end->n_spans) * sizeof (SsDiffSpan));
  self->n_spans -= end->n_spans - mark->n_spans;
  for (i = mark->n_spans; i < self->n_spans; i++)
    {
      self->spans[i].start -= end->n_ops - mark->n_ops;
      self->spans[i].end -= end->n_ops - mark->n_ops;
    }
}

/* The bytes of text inside of a JSON string; as ss_append_escaped() writes it. */
static gsize
escaped_length (const char *text,
                gsize       length)
{
  const char *end = text + length;
  gsize bytes = length;

  while ((text = ss_text_skip_plain (text, end)) < end)
    {
      if (*text == '"' || *text == '\\' || (*text >= '\b' && *text <= '\r' && *text != '\v'))
        bytes++;
      else if ((guchar) *text < 0x20)
        bytes += 5;
      text++;
    }

  return bytes;
}

gsize
ss_diff_pointer_bytes (SsDiff *self,
                       gsize   pointer)
{
  const char *text = self->pointers + pointer;

  return escaped_length (text, strlen (text));
}

gsize
ss_diff_op_bytes (SsDiff   *self,
                  SsDiffOp *op)
{
  static const guint8 overheads[] = {
    [SS_OP_ADD] = SS_DIFF_ADD_BYTES,
    [SS_OP_REMOVE] = SS_DIFF_REMOVE_BYTES,
    [SS_OP_REPLACE] = SS_DIFF_REPLACE_BYTES,
    [SS_OP_MOVE] = SS_DIFF_MOVE_BYTES,
  };

  if (op->bytes == 0)
    {
      op->bytes = overheads[op->kind] + ss_diff_pointer_bytes (self, op->path);
      if (op->kind == SS_OP_MOVE)
        op->bytes += ss_diff_pointer_bytes (self, op->from);
      if (op->value != NULL)
        op->bytes += ss_value_measure (op->value, G_MAXSIZE);
    }

  return op->bytes;
}

gsize
ss_diff_bytes_since (SsDiff           *self,
                     const SsDiffMark *mark,
                     gsize             limit)
{
  gsize bytes = 0;
  guint i;

  for (i = mark->n_ops; i < self->n_ops && bytes <= limit; i++)
    bytes += ss_diff_op_bytes (self, &self->ops[i]) + (i > mark->n_ops ? 1 : 0);

  return bytes;
}

static void
note_span (SsDiff           *self,
           const SsDiffMark *mark,
           const SsValue    *to,
           gboolean          may_shrink)
{
  gsize length = write_pointer (self);
  SsDiffSpan *span;
  char *pointer;

  if (self->n_spans == self->spans_capacity)
    {
      self->spans_capacity = MAX (16, 2 * self->spans_capacity);
      self->spans =
        g_renew (SsDiffSpan, self->n_spans > 0 ? self->spans : NULL, self->spans_capacity);
    }

  pointer = ss_diff_reserve_pointer (self, length + 1);
  memcpy (pointer, self->pointer, length);
  pointer[length] = '\0';

  span = &self->spans[self->n_spans++];
  span->start = mark->n_ops;
  span->end = self->n_ops;
  span->path = self->pointers_length;
  span->flags = is_in_list (self) ? SS_DIFF_PATH_IN_LIST : 0;
  span->is_root = self->depth == 0;
  span->may_shrink = may_shrink;
  span->to = to;
  self->pointers_length += length + 1;
}

void
ss_diff_keep_shorter (SsDiff           *self,
                      const SsDiffMark *mark,
                      const SsValue    *to,
                      gboolean          may_shrink)
{
  gsize overhead;
  gsize length;
  gsize bytes;

  if (self->defers && self->n_ops > mark->n_ops)
    note_span (self, mark, to, may_shrink);
  if (self->defers || !may_shrink)
    return;

  bytes = ss_diff_bytes_since (self, mark, G_MAXSIZE);
  length = write_pointer (self);
  overhead = SS_DIFF_REPLACE_BYTES + escaped_length (self->pointer, length);
  if (bytes > overhead && ss_value_measure (to, bytes - overhead) < bytes - overhead)
    {
      ss_diff_back (self, mark);
      ss_diff_emit (self, SS_OP_REPLACE, NULL, to);
    }
}

static void
values_clear (SsDiffValues *self)
{
  if (G_UNLIKELY (self->length > SS_DIFF_FIRST_VALUES))
    g_free (self->values);
}

void
ss_diff_init (SsDiff     *self,
              const char *prefix,
              SsDiffFunc  diff_values)
{
  self->diff_values = diff_values;
  self->depth = 0;
  self->list_depth = 0;
  self->keeps_list = FALSE;
  self->n_open = 0;
  self->given_up = SS_DIFF_NONE;
  self->pointers_check = POINTERS_CHECK;
  self->n_written = 0;
  self->pointer = self->first_pointer;
  self->pointer_capacity = sizeof self->first_pointer;
  self->prefix_length = 0;
  self->ops = self->first_ops;
  self->n_ops = 0;
  self->ops_capacity = G_N_ELEMENTS (self->first_ops);
  self->pointers = self->first_pointers;
  self->pointers_length = 0;
  self->pointers_capacity = sizeof self->first_pointers;
  self->gone.length = 0;
  self->come.length = 0;
  self->moving.hashes = NULL;
  self->defers = FALSE;
  self->has_doubts = FALSE;
  self->lists = SS_DIFF_BY_LIKENESS;
  self->n_spans = 0;
  self->spans_capacity = 0;
  self->blocks = NULL;

  if (prefix != NULL)
    {
      self->prefix_length = strlen (prefix);
      self->pointer =
        grow (self->pointer, self->first_pointer, 0, self->prefix_length, &self->pointer_capacity);
      memcpy (self->pointer, prefix, self->prefix_length);
    }
}

void
ss_diff_clear (SsDiff *self)
{
  if (self->pointer != self->first_pointer)
    g_free (self->pointer);
  if (self->ops != self->first_ops)
    g_free (self->ops);
  if (self->pointers != self->first_pointers)
    g_free (self->pointers);
  values_clear (&self->gone);
  values_clear (&self->come);
  if (G_UNLIKELY (self->spans_capacity > 0))
    g_free (self->spans);
  while (self->blocks != NULL)
    {
      SsDiffBlock *below = self->blocks->below;

      g_free (self->blocks);
      self->blocks = below;
    }
}

ServerSignalPatch *
ss_diff_make_patch (SsDiff *self)
{
  ServerSignalPatch *patch;
  char *pointers;
  SsOp *ops;
  guint i;

  patch = ss_patch_new_sized (self->n_ops, self->pointers_length, &ops, &pointers);
  memcpy (pointers, self->pointers, self->pointers_length);
  for (i = 0; i < self->n_ops; i++)
    {
      const SsDiffOp *op = &self->ops[i];

      ops[i].kind = op->kind;
      ops[i].path = pointers + op->path;
      ops[i].from = op->kind == SS_OP_MOVE ? pointers + op->from : NULL;
      ops[i].value = op->value != NULL ? ss_value_ref (op->value) : NULL;
    }

  return patch;
}
