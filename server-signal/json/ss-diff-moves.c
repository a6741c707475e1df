/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-diff-moves.h"

#include <string.h>

#include "ss-writer.h"

/* Values that were moved from one member, or one list, to another.
 *
 * A list finds the elements that it still has by itself. Everything else that left its place and is
 * at another one was written as "remove" here and "add", or "replace", there, somewhere in the
 * difference. Here the two find each other by hash. Then, with the lengths that they have as one
 * move, it is decided for each container whether its operations stay or the whole is replaced; and
 * at last the two become one operation, where the later of them was.
 *
 * Between the two places in the order of operations nobody names what is moved, so the earlier one
 * may wait for the later. Members that come or go shift nothing. An element that waits stands among
 * others, or is missing there: then the indices of the operations that it passes are put right, as
 * two operations of different editors are when they change places (C. A. Ellis and S. J. Gibbs,
 * Concurrency Control in Groupware Systems, 1989). */

/* So many operations may be passed altogether, in some 80 ms; what is left stays removed and
 * added. */
#define PASSES 4000000

/* So many equal values are tried for a container that is not to take one out of itself. */
#define TRIES 8

/* So often it is looked whether those that are left still gain. */
#define TURNS 8

#define NONE SS_DIFF_NONE

/* The fate of an operation. */
typedef struct
{
  guint    goes_to;     /* the operation that takes what this one takes away */
  guint    comes_from;  /* the operation that takes away what this one puts in place */
  guint    span;        /* this operation stands for so many, its own place and those behind it */
  gboolean is_dropped;
} Fate;

typedef struct
{
  SsDiffOp op;
  guint    partner;     /* the other half of a move, in the same row, or NONE */
  gboolean is_gone;
} Step;

typedef struct
{
  guint64 hash;
  guint   first;        /* of the sources with this hash, or NONE */
  gboolean is_used;
} Slot;

typedef struct
{
  SsDiff *diff;
  Fate   *fates;

  guint  *sources;      /* operations that take something away */
  guint   n_sources;
  guint  *next;         /* source: the next one with the same hash */
  Slot   *slots;
  guint   mask;
  guint  *span_sources; /* operation whose value the container has become, or NONE */

  Step   *steps;
  guint   n_steps;
  guint   n_passes;
} Moves;

static guint64 *
new_hashes (SsDiff *self,
            guint   n_values,
            guint  *mask)
{
  guint64 *hashes;

  *mask = 15;
  while (*mask < 2 * n_values)
    *mask = 2 * *mask + 1;
  hashes = ss_diff_allocate (self, ((gsize) *mask + 1) * sizeof (guint64));
  memset (hashes, 0, ((gsize) *mask + 1) * sizeof (guint64));

  return hashes;
}

static guint64 *
find_hash (guint64 *hashes,
           guint    mask,
           guint64  hash)
{
  guint at = (guint) (hash >> 20) & mask;

  while (hashes[at] != 0 && hashes[at] != hash)
    at = (at + 1) & mask;

  return &hashes[at];
}

gboolean
ss_diff_may_move (SsDiff *self)
{
  const SsValue *const *gone_values = ss_diff_get_values (&self->gone);
  const SsValue *const *come_values = ss_diff_get_values (&self->come);
  guint n_values = MIN (self->gone.length, self->come.length);
  gboolean found = FALSE;
  guint64 *moving;
  guint64 *gone;
  guint moving_mask;
  guint mask;
  guint i;

  if (n_values == 0)
    return FALSE;

  gone = new_hashes (self, self->gone.length, &mask);
  for (i = 0; i < self->gone.length; i++)
    {
      guint64 hash = ss_value_hash (gone_values[i]) | 1;

      *find_hash (gone, mask, hash) = hash;
    }

  moving = new_hashes (self, n_values, &moving_mask);
  for (i = 0; i < self->come.length; i++)
    {
      guint64 hash = ss_value_hash (come_values[i]) | 1;

      if (*find_hash (gone, mask, hash) == hash)
        {
          *find_hash (moving, moving_mask, hash) = hash;
          found = TRUE;
        }
    }

  if (found)
    self->moving = (SsDiffMoving) { moving, moving_mask };

  return found;
}

static gboolean
is_in_list (const SsDiffOp *op)
{
  return (op->flags & SS_DIFF_PATH_IN_LIST) != 0;
}

/* Replacing an element in the list is one operation; to take what was there, or to put there what
 * comes, needs the two that it consists of. */
static gboolean
is_element_replaced (const SsDiffOp *op)
{
  return op->kind == SS_OP_REPLACE && is_in_list (op);
}

static Slot *
find_slot (Moves   *self,
           guint64  hash)
{
  guint at = (guint) (hash >> 20) & self->mask;

  while (self->slots[at].is_used && self->slots[at].hash != hash)
    at = (at + 1) & self->mask;

  return &self->slots[at];
}

/* Values that are removed anyway come first: moving them costs nothing. */
static void
collect_sources (Moves *self)
{
  SsDiff *diff = self->diff;
  guint pass;
  guint i;

  self->sources = ss_diff_allocate (diff, diff->n_ops * sizeof (guint));
  self->next = ss_diff_allocate (diff, diff->n_ops * sizeof (guint));
  for (pass = 0; pass < 2; pass++)
    for (i = 0; i < diff->n_ops; i++)
      if (diff->ops[i].old != NULL && (diff->ops[i].kind == SS_OP_REPLACE) == (pass == 1))
        self->sources[self->n_sources++] = i;

  self->mask = 15;
  while (self->mask < 2 * self->n_sources)
    self->mask = 2 * self->mask + 1;
  self->slots = ss_diff_allocate (diff, ((gsize) self->mask + 1) * sizeof (Slot));
  memset (self->slots, 0, ((gsize) self->mask + 1) * sizeof (Slot));

  for (i = self->n_sources; i-- > 0;)
    {
      guint64 hash = ss_value_hash (diff->ops[self->sources[i]].old);
      Slot *slot = find_slot (self, hash);

      self->next[i] = slot->is_used ? slot->first : NONE;
      slot->is_used = TRUE;
      slot->hash = hash;
      slot->first = i;
    }
}

/* Takes a source of an equal value that is not among the operations from start to end. */
static guint
take_source (Moves         *self,
             const SsValue *value,
             guint          start,
             guint          end)
{
  Slot *slot = find_slot (self, ss_value_hash (value));
  guint before = NONE;
  guint tries = 0;
  guint at = slot->is_used ? slot->first : NONE;

  for (; at != NONE && tries < TRIES; at = self->next[at], tries++)
    {
      guint source = self->sources[at];

      if ((source < start || source >= end) && ss_value_equal (self->diff->ops[source].old, value))
        {
          if (before == NONE)
            slot->first = self->next[at];
          else
            self->next[before] = self->next[at];
          return source;
        }
      before = at;
    }

  return NONE;
}

static void
match_ops (Moves    *self,
           SsOpKind  kind,
           gboolean  in_list)
{
  guint i;

  for (i = 0; i < self->diff->n_ops; i++)
    {
      const SsDiffOp *op = &self->diff->ops[i];
      guint source;

      if (op->kind != kind || (kind == SS_OP_REPLACE && is_in_list (op) != in_list))
        continue;

      source = take_source (self, op->value, 0, 0);
      if (source != NONE)
        {
          self->fates[i].comes_from = source;
          self->fates[source].goes_to = i;
        }
    }
}

/* Containers that were edited into something that was elsewhere before. The outer ones are last
 * among the spans. */
static void
match_spans (Moves *self)
{
  SsDiff *diff = self->diff;
  guint i;

  self->span_sources = ss_diff_allocate (diff, diff->n_spans * sizeof (guint));
  for (i = diff->n_spans; i-- > 0;)
    {
      const SsDiffSpan *span = &diff->spans[i];

      self->span_sources[i] = NONE;
      if (!span->is_root && span->flags == 0)
        self->span_sources[i] = take_source (self, span->to, span->start, span->end);
    }
}

static gsize
move_bytes (Moves *self,
            gsize  from,
            gsize  path)
{
  return SS_DIFF_MOVE_BYTES + ss_diff_pointer_bytes (self->diff, from) +
         ss_diff_pointer_bytes (self->diff, path) + 1;
}

/* The bytes that an operation, with its comma, takes in the end. A move is its target's. */
static gsize
cost (Moves *self,
      guint  index)
{
  SsDiffOp *op = &self->diff->ops[index];
  const Fate *fate = &self->fates[index];
  gsize bytes = ss_diff_op_bytes (self->diff, op) + 1;
  gsize moved = 0;

  if (fate->goes_to == NONE && fate->comes_from == NONE)
    return bytes;
  if (fate->comes_from != NONE)
    moved = move_bytes (self, self->diff->ops[fate->comes_from].path, op->path);
  if (!is_element_replaced (op))
    return moved;

  if (fate->goes_to == NONE)
    moved += SS_DIFF_REMOVE_BYTES + ss_diff_pointer_bytes (self->diff, op->path) + 1;
  if (fate->comes_from == NONE)
    moved += bytes - SS_DIFF_REPLACE_BYTES + SS_DIFF_ADD_BYTES;

  return moved;
}

static void
part (Moves *self,
      guint  source,
      guint  target)
{
  self->fates[source].goes_to = NONE;
  self->fates[target].comes_from = NONE;
}

/* By how much the two are shorter apart, in half bytes. An element that is replaced in a list has
 * to be removed and added for it. While nothing is decided, one that both goes and comes costs each
 * of the two half of that; afterwards it costs nothing where another move has paid already. */
static gssize
loss_of_pair (Moves    *self,
              guint     source,
              guint     target,
              gboolean  is_decided)
{
  const guint ends[] = { source, target };
  gssize loss = -2 * (gssize) (SS_DIFF_REMOVE_BYTES + SS_DIFF_ADD_BYTES - SS_DIFF_MOVE_BYTES + 1 +
                               ss_value_measure (self->diff->ops[target].value, G_MAXUINT32));
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      const Fate *fate = &self->fates[ends[i]];
      gssize bytes;

      if (!is_element_replaced (&self->diff->ops[ends[i]]))
        continue;

      bytes = (gssize) (SS_DIFF_REMOVE_BYTES + SS_DIFF_ADD_BYTES - SS_DIFF_REPLACE_BYTES + 1 +
                        ss_diff_pointer_bytes (self->diff, self->diff->ops[ends[i]].path));
      if (is_decided)
        loss += fate->goes_to != NONE || fate->comes_from != NONE ? 0 : 2 * bytes;
      else
        loss += fate->goes_to != NONE && fate->comes_from != NONE ? bytes : 2 * bytes;
    }

  return loss;
}

/* Parts those of which one stands in a list in the other's place, and is better replaced. */
static void
part_losers (Moves *self)
{
  SsDiffMemory memory = ss_diff_memory (self->diff);
  /* The sources of the targets that lost theirs. */
  guint *parted = ss_diff_allocate (self->diff, self->diff->n_ops * sizeof (guint));
  gboolean again = TRUE;
  guint turns;
  guint i;

  memset (parted, 0xff, self->diff->n_ops * sizeof (guint));
  for (turns = 0; again && turns < TURNS; turns++)
    {
      again = FALSE;
      for (i = 0; i < self->diff->n_ops; i++)
        {
          guint source = self->fates[i].comes_from;

          if (source == NONE || !(is_element_replaced (&self->diff->ops[i]) ||
                                  is_element_replaced (&self->diff->ops[source])))
            continue;
          if (loss_of_pair (self, source, i, FALSE) >= 0)
            {
              part (self, source, i);
              parted[i] = source;
              again = TRUE;
            }
        }
    }

  for (i = 0; i < self->diff->n_ops; i++)
    if (parted[i] != NONE && loss_of_pair (self, parted[i], i, TRUE) < 0)
      {
        self->fates[i].comes_from = parted[i];
        self->fates[parted[i]].goes_to = i;
      }

  ss_diff_release (self->diff, &memory);
}

/* The bytes by which the operations outside of a container grow when those inside are dropped. */
static gsize
cost_outside (Moves            *self,
              const SsDiffSpan *span,
              guint             index)
{
  const Fate fate = self->fates[index];
  gsize bytes = 0;

  if (fate.goes_to != NONE && (fate.goes_to < span->start || fate.goes_to >= span->end))
    {
      bytes -= cost (self, fate.goes_to);
      self->fates[fate.goes_to].comes_from = NONE;
      bytes += cost (self, fate.goes_to);
      self->fates[fate.goes_to].comes_from = index;
    }
  if (fate.comes_from != NONE && (fate.comes_from < span->start || fate.comes_from >= span->end))
    {
      bytes -= cost (self, fate.comes_from);
      self->fates[fate.comes_from].goes_to = NONE;
      bytes += cost (self, fate.comes_from);
      self->fates[fate.comes_from].goes_to = index;
    }

  return bytes;
}

/* Puts one operation in the place of those on a container. */
static void
replace_span (Moves            *self,
              const SsDiffSpan *span,
              guint             source)
{
  SsDiffOp *op = &self->diff->ops[span->start];
  guint i;

  for (i = span->start; i < span->end; i += self->fates[i].span)
    {
      if (self->fates[i].goes_to != NONE)
        part (self, i, self->fates[i].goes_to);
      if (self->fates[i].comes_from != NONE)
        part (self, self->fates[i].comes_from, i);
      self->fates[i].is_dropped = TRUE;
    }

  op->kind = SS_OP_REPLACE;
  op->flags = span->flags;
  op->path = span->path;
  op->value = span->to;
  op->old = NULL;
  op->bytes = 0;
  self->fates[span->start].is_dropped = FALSE;
  self->fates[span->start].span = span->end - span->start;
  if (source != NONE)
    {
      self->fates[span->start].comes_from = source;
      self->fates[source].goes_to = span->start;
    }
}

static void
settle_span (Moves *self,
             guint  index)
{
  const SsDiffSpan *span = &self->diff->spans[index];
  guint source = self->span_sources[index];
  gsize kept = 0;
  gsize outside = 0;
  gsize moved = G_MAXSIZE;
  guint i;

  for (i = span->start; i < span->end; i += self->fates[i].span)
    {
      kept += cost (self, i);
      outside += cost_outside (self, span, i);
    }

  if (source != NONE && !self->fates[source].is_dropped && self->fates[source].goes_to == NONE &&
      self->diff->ops[source].old != NULL)
    {
      gsize before = cost (self, source);

      self->fates[source].goes_to = span->start;
      moved =
        outside + move_bytes (self, self->diff->ops[source].path, span->path) + cost (self, source);
      moved -= MIN (moved, before);
      self->fates[source].goes_to = NONE;
    }

  if (span->may_shrink)
    {
      gsize least = MIN (kept, moved);
      gsize overhead =
        SS_DIFF_REPLACE_BYTES + ss_diff_pointer_bytes (self->diff, span->path) + 1 + outside;

      if (least > overhead && ss_value_measure (span->to, least - overhead) < least - overhead)
        {
          replace_span (self, span, NONE);
          return;
        }
    }

  if (moved < kept)
    replace_span (self, span, source);
}

static guint
add_step (Moves    *self,
          SsDiffOp *op,
          SsOpKind  kind)
{
  Step *step = &self->steps[self->n_steps];

  step->op = *op;
  step->op.kind = kind;
  step->op.bytes = 0;
  step->partner = NONE;
  step->is_gone = FALSE;

  return self->n_steps++;
}

/* The operations that stay, in order, those that are replaced in a list taken apart where one half
 * of them moves. */
static void
make_steps (Moves *self)
{
  SsDiff *diff = self->diff;
  guint *adds = ss_diff_allocate (diff, diff->n_ops * sizeof (guint));
  guint *removes = ss_diff_allocate (diff, diff->n_ops * sizeof (guint));
  guint i;

  self->steps = ss_diff_allocate (diff, 2 * (gsize) diff->n_ops * sizeof (Step));
  for (i = 0; i < diff->n_ops; i += self->fates[i].span)
    {
      SsDiffOp *op = &diff->ops[i];

      if (is_element_replaced (op) &&
          (self->fates[i].goes_to != NONE || self->fates[i].comes_from != NONE))
        {
          gsize length = strlen (diff->pointers + op->path) + 1;
          SsDiffOp removed = *op;

          removed.value = NULL;
          removed.path = diff->pointers_length;
          removes[i] = add_step (self, &removed, SS_OP_REMOVE);
          adds[i] = add_step (self, op, SS_OP_ADD);

          /* Each has its own pointer, because they may change. */
          ss_diff_reserve_pointer (diff, length);
          memcpy (diff->pointers + removed.path, diff->pointers + op->path, length);
          diff->pointers_length += length;
        }
      else
        {
          removes[i] = adds[i] = add_step (self, op, op->kind);
        }
    }

  for (i = 0; i < diff->n_ops; i += self->fates[i].span)
    {
      guint source = self->fates[i].comes_from;

      if (source != NONE)
        {
          self->steps[adds[i]].partner = removes[source];
          self->steps[removes[source]].partner = adds[i];
        }
    }
}

static void
join (Moves         *self,
      Step          *gone,
      Step          *stays,
      gsize          from,
      SsDiffOpFlags  from_flags,
      gsize          path,
      SsDiffOpFlags  path_flags)
{
  gone->is_gone = TRUE;
  stays->partner = NONE;
  stays->op.kind = SS_OP_MOVE;
  stays->op.value = NULL;
  stays->op.from = from;
  stays->op.path = path;
  stays->op.flags = (path_flags & SS_DIFF_PATH_IN_LIST) |
                    ((from_flags & SS_DIFF_PATH_IN_LIST) != 0 ? SS_DIFF_FROM_IN_LIST : 0);
}

/* Members shift nothing, and the indices above them are those that they have in the end. */
static void
join_members (Moves *self)
{
  guint i;

  for (i = 0; i < self->n_steps; i++)
    {
      Step *step = &self->steps[i];
      Step *source;

      if (step->partner == NONE || step->is_gone || step->op.kind == SS_OP_REMOVE ||
          is_in_list (&step->op))
        continue;
      source = &self->steps[step->partner];
      if (is_in_list (&source->op))
        continue;

      if (step->partner < i)
        join (self, source, step, source->op.path, 0, step->op.path, 0);
      else
        join (self, step, source, source->op.path, 0, step->op.path, 0);
    }
}

/* The earlier half of a move on its way to the later one. */
typedef struct
{
  gboolean removes;
  gboolean is_element;
  gsize    path;
  gsize    parent_length;  /* of an element's path; what follows may be an old index */
  guint    index;
} Carried;

typedef enum
{
  PASS_TOUCH,   /* nobody moves up or down for it */
  PASS_INSERT,
  PASS_DELETE,
} Pass;

static gsize
parent_length (const char *pointer)
{
  return (gsize) (strrchr (pointer, '/') - pointer);
}

static guint
read_index (const char  *digits,
            const char **end)
{
  guint index = 0;

  for (; *digits >= '0' && *digits <= '9'; digits++)
    index = index * 10 + (guint) (*digits - '0');
  *end = digits;

  return index;
}

/* The index of the element of the list at parent on the way down to pointer. */
static gboolean
find_index (const char *pointer,
            const char *parent,
            gsize       length,
            guint      *index,
            gboolean   *is_last)
{
  const char *end;

  if (strncmp (pointer, parent, length) != 0 || pointer[length] != '/')
    return FALSE;

  *index = read_index (pointer + length + 1, &end);
  *is_last = *end == '\0';

  return TRUE;
}

/* Writes another index behind the first so many bytes of a pointer. */
static gsize
write_index (SsDiff *diff,
             gsize   pointer,
             gsize   length,
             guint   index)
{
  const char *old = diff->pointers + pointer + length + 1;
  gsize old_digits = strspn (old, "0123456789");
  gsize rest = strlen (old + old_digits) + 1;
  char digits[12];
  gsize n_digits = (gsize) (ss_diff_write_index (digits, index) - digits);
  gsize start = pointer;
  char *at;

  if (n_digits != old_digits)
    {
      start = diff->pointers_length;
      at = ss_diff_reserve_pointer (diff, length + 1 + n_digits + rest);
      memcpy (at, diff->pointers + pointer, length + 1);
      memcpy (at + length + 1 + n_digits, diff->pointers + pointer + length + 1 + old_digits, rest);
      diff->pointers_length += length + 1 + n_digits + rest;
    }
  memcpy (diff->pointers + start + length + 1, digits, n_digits);

  return start;
}

/* Carries one half past a pointer of an operation: both say afterwards where they are when the
 * operation is done first. FALSE where that cannot be said. */
static gboolean
pass_pointer (Moves   *self,
              Carried *carried,
              Pass     pass,
              gsize   *pointer)
{
  SsDiff *diff = self->diff;
  const char *text = diff->pointers + *pointer;
  gboolean is_last = FALSE;
  gsize length;
  guint index;

  if (carried->is_element &&
      find_index (text, diff->pointers + carried->path, carried->parent_length, &index, &is_last))
    {
      guint moved = index;

      if (carried->removes)
        {
          /* While it waits, it is one more element. */
          if (is_last && pass == PASS_INSERT)
            {
              if (index <= carried->index)
                carried->index++;
              else
                moved++;
            }
          else if (index >= carried->index)
            {
              moved++;
            }
          else if (is_last && pass == PASS_DELETE)
            {
              carried->index--;
            }
        }
      else if (is_last && pass == PASS_INSERT)
        {
          if (index <= carried->index)
            carried->index++;
          else
            moved--;
        }
      else
        {
          if (index == carried->index)
            return FALSE;
          if (index > carried->index)
            moved--;
          else if (is_last && pass == PASS_DELETE)
            carried->index--;
        }

      if (moved != index)
        *pointer = write_index (diff, *pointer, carried->parent_length, moved);
      return TRUE;
    }

  if (pass == PASS_TOUCH)
    return TRUE;

  /* Elements that come or go above the half that is on its way shift its place. */
  length = parent_length (text);
  if (find_index (diff->pointers + carried->path, text, length, &index, &is_last))
    {
      const char *end;
      guint at = read_index (text + length + 1, &end);

      if (pass == PASS_DELETE && at == index)
        return FALSE;
      if (pass == PASS_INSERT ? at <= index : at < index)
        {
          gsize old_length = strlen (diff->pointers + carried->path);

          carried->path =
            write_index (diff, carried->path, length, pass == PASS_INSERT ? index + 1 : index - 1);
          carried->parent_length += strlen (diff->pointers + carried->path) - old_length;
        }
    }

  return TRUE;
}

static gboolean
pass_step (Moves   *self,
           Carried *carried,
           Step    *step)
{
  Pass pass = PASS_TOUCH;

  if (step->op.kind == SS_OP_MOVE &&
      !pass_pointer (self, carried,
                     (step->op.flags & SS_DIFF_FROM_IN_LIST) != 0 ? PASS_DELETE : PASS_TOUCH,
                     &step->op.from))
    return FALSE;

  if (is_in_list (&step->op) && step->op.kind != SS_OP_REPLACE)
    pass = step->op.kind == SS_OP_REMOVE ? PASS_DELETE : PASS_INSERT;

  return pass_pointer (self, carried, pass, &step->op.path);
}

static gsize
carried_path (Moves   *self,
              Carried *carried)
{
  if (!carried->is_element)
    return carried->path;

  return write_index (self->diff, carried->path, carried->parent_length, carried->index);
}

static gboolean
join_far (Moves *self,
          guint  earlier,
          guint  later)
{
  Step *first = &self->steps[earlier];
  Step *last = &self->steps[later];
  SsDiffOpFlags last_flags = last->op.flags;
  Carried carried = {
    .removes = first->op.kind == SS_OP_REMOVE,
    .is_element = is_in_list (&first->op),
    .path = first->op.path,
  };
  const char *from;
  const char *path;
  guint i;

  if (later - earlier > PASSES - self->n_passes)
    return TRUE;
  self->n_passes += later - earlier;

  if (carried.is_element)
    {
      const char *end;

      path = self->diff->pointers + carried.path;
      carried.parent_length = parent_length (path);
      carried.index = read_index (path + carried.parent_length + 1, &end);
    }

  for (i = earlier + 1; i < later; i++)
    if (!self->steps[i].is_gone && !pass_step (self, &carried, &self->steps[i]))
      return FALSE;

  if (carried.removes)
    {
      join (self, first, last, carried_path (self, &carried), first->op.flags, last->op.path,
            last_flags);
    }
  else
    {
      /* A move takes away first and puts in place then. */
      if (!pass_step (self, &carried, last))
        return FALSE;
      join (self, first, last, last->op.path, last_flags, carried_path (self, &carried),
            first->op.flags);
    }

  /* RFC 6902, 4.4, forbids a move into itself by the text of the pointers, even where another
   * element is there by then. */
  from = self->diff->pointers + last->op.from;
  path = self->diff->pointers + last->op.path;
  if (g_str_has_prefix (path, from))
    {
      char end = path[strlen (from)];

      if (end == '/')
        return FALSE;
      last->is_gone = end == '\0';
    }

  return TRUE;
}

static gboolean
join_elements (Moves *self)
{
  guint i;

  for (i = 0; i < self->n_steps; i++)
    {
      Step *step = &self->steps[i];

      if (!step->is_gone && step->partner != NONE && step->partner < i &&
          !self->steps[step->partner].is_gone && !join_far (self, step->partner, i))
        return FALSE;
    }

  return TRUE;
}

/* Gives the operations back, with the pointers that they have now and no others. */
static void
write_back (Moves *self)
{
  SsDiff *diff = self->diff;
  g_autofree char *pointers = NULL;
  gsize length = 0;
  guint n_ops = 0;
  guint i;

  for (i = 0; i < self->n_steps; i++)
    {
      const SsDiffOp *op = &self->steps[i].op;

      if (self->steps[i].is_gone)
        continue;

      n_ops++;
      length += strlen (diff->pointers + op->path) + 1;
      if (op->kind == SS_OP_MOVE)
        length += strlen (diff->pointers + op->from) + 1;
    }

  pointers = g_malloc (length);
  length = 0;
  ss_diff_reserve_ops (diff, n_ops);
  diff->n_ops = 0;
  for (i = 0; i < self->n_steps; i++)
    {
      SsDiffOp *op = &self->steps[i].op;

      if (self->steps[i].is_gone)
        continue;

      if (op->kind == SS_OP_MOVE)
        {
          strcpy (pointers + length, diff->pointers + op->from);
          op->from = length;
          length += strlen (pointers + length) + 1;
        }
      strcpy (pointers + length, diff->pointers + op->path);
      op->path = length;
      length += strlen (pointers + length) + 1;
      diff->ops[diff->n_ops++] = *op;
    }

  memcpy (diff->pointers, pointers, length);
  diff->pointers_length = length;
}

gboolean
ss_diff_find_moves (SsDiff *self)
{
  SsDiffMemory memory = ss_diff_memory (self);
  Moves moves = { .diff = self };
  gboolean joined;
  guint i;

  moves.fates = ss_diff_allocate (self, self->n_ops * sizeof (Fate));
  for (i = 0; i < self->n_ops; i++)
    moves.fates[i] = (Fate) { NONE, NONE, 1, FALSE };

  collect_sources (&moves);
  match_ops (&moves, SS_OP_ADD, FALSE);
  match_spans (&moves);
  match_ops (&moves, SS_OP_REPLACE, FALSE);
  match_ops (&moves, SS_OP_REPLACE, TRUE);
  part_losers (&moves);

  for (i = 0; i < self->n_spans; i++)
    settle_span (&moves, i);

  make_steps (&moves);
  join_members (&moves);
  joined = join_elements (&moves);
  if (joined)
    write_back (&moves);
  ss_diff_release (self, &memory);

  return joined;
}
