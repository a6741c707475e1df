/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-recorder.h"

#include <string.h>

#include "ss-hash.h"
#include "ss-pointer.h"

/* Operations in the order in which they were made.
 *
 * Whether a write may take over an earlier one at the same place is decided from pointers alone,
 * without the document. For each place that an operation named, and for each place above it, the
 * recorder remembers when it was last written or read itself, and when something below it was. A
 * write takes over an earlier one when since then nothing touched the place, anything below or
 * anything above it. An operation that shifts the elements of a list touches the list. */

#define NEVER (-1)
#define NO_PLACE G_MAXUINT

/* A pointer that was seen, perhaps as the beginning of a longer one, as its last token and the place
 * above. So the way to a place costs the length of its pointer, however deep it is. The token is in
 * an operation's text. Place 0 is the root. */
typedef struct
{
  guint       parent;
  const char *token;
  gsize       length;
  guint64     hash;           /* of all tokens */
  int         touched;        /* the index of the last operation right here */
  int         touched_below;  /* … and further down */
  int         written;        /* touched, when that can still be taken over by a later write */
} Place;

struct _SsRecorder
{
  GArray *ops;
  /* Made only when a second operation comes that is at another place than the first. */
  GArray *places;
  guint  *table;      /* open addressing: indices into places plus one */
  guint   table_mask;
  guint   n_noted;    /* so many operations are in the table */
};

SsRecorder *
ss_recorder_new (void)
{
  SsRecorder *self = g_new0 (SsRecorder, 1);

  self->ops = g_array_new (FALSE, FALSE, sizeof (SsOp));

  return self;
}

static void
forget_places (SsRecorder *self)
{
  g_clear_pointer (&self->places, g_array_unref);
  g_clear_pointer (&self->table, g_free);
  self->table_mask = 0;
  self->n_noted = 0;
}

void
ss_recorder_reset (SsRecorder *self)
{
  guint i;

  forget_places (self);
  for (i = 0; i < self->ops->len; i++)
    ss_op_clear (&g_array_index (self->ops, SsOp, i));
  g_array_set_size (self->ops, 0);
}

void
ss_recorder_free (SsRecorder *self)
{
  ss_recorder_reset (self);
  g_array_unref (self->ops);
  g_free (self);
}

gboolean
ss_recorder_is_empty (SsRecorder *self)
{
  return self->ops->len == 0;
}

static void
table_insert (SsRecorder *self,
              guint       place)
{
  guint slot = (guint) g_array_index (self->places, Place, place).hash & self->table_mask;

  while (self->table[slot] != 0)
    slot = (slot + 1) & self->table_mask;
  self->table[slot] = place + 1;
}

static void
table_grow (SsRecorder *self)
{
  guint size = self->table == NULL ? 64 : (self->table_mask + 1) * 2;
  guint i;

  g_free (self->table);
  self->table = g_new0 (guint, size);
  self->table_mask = size - 1;
  for (i = 0; i < self->places->len; i++)
    table_insert (self, i);
}

static Place *
place_at (SsRecorder *self,
          guint       place)
{
  return &g_array_index (self->places, Place, place);
}

static void
add_place (SsRecorder *self,
           guint       parent,
           const char *token,
           gsize       length,
           guint64     hash)
{
  Place place = { parent, token, length, hash, NEVER, NEVER, NEVER };

  if (self->table == NULL || (self->places->len + 1) * 2 > self->table_mask)
    table_grow (self);
  g_array_append_val (self->places, place);
  table_insert (self, self->places->len - 1);
}

/* The place of a token below another place, or NO_PLACE. */
static guint
step_down (SsRecorder *self,
           guint       parent,
           const char *token,
           gsize       length,
           gboolean    may_add)
{
  guint64 hash = ss_hash_mix (place_at (self, parent)->hash ^ ss_hash_secret.word[0],
                              ss_hash_bytes (token, length) ^ ss_hash_secret.word[1]);
  guint slot = (guint) hash & self->table_mask;

  for (; self->table[slot] != 0; slot = (slot + 1) & self->table_mask)
    {
      const Place *place = place_at (self, self->table[slot] - 1);

      if (place->hash == hash && place->parent == parent && place->length == length &&
          memcmp (place->token, token, length) == 0)
        return self->table[slot] - 1;
    }

  if (!may_add)
    return NO_PLACE;

  add_place (self, parent, token, length, hash);
  return self->places->len - 1;
}

/* Cuts the next token off; the tokens stay as they are written, escapes and all. */
static const char *
next_token (const char **rest,
            const char  *end,
            gsize       *length)
{
  const char *token = *rest + 1;
  const char *slash;

  if (*rest == end)
    return NULL;

  slash = memchr (token, '/', (gsize) (end - token));
  *rest = slash != NULL ? slash : end;
  *length = (gsize) (*rest - token);
  return token;
}

/* The end of the place above. Of the root there is none. */
static gsize
parent_length (const char *pointer,
               gsize       length)
{
  while (length > 0 && pointer[length - 1] != '/')
    length--;

  return length > 0 ? length - 1 : 0;
}

static void
touch (SsRecorder *self,
       const char *pointer,
       gsize       length,
       int         index,
       gboolean    is_write)
{
  const char *rest = pointer;
  const char *token;
  gsize token_length;
  guint place = 0;

  while ((token = next_token (&rest, pointer + length, &token_length)) != NULL)
    {
      place_at (self, place)->touched_below = index;
      place = step_down (self, place, token, token_length, TRUE);
    }

  place_at (self, place)->touched = index;
  place_at (self, place)->written = is_write ? index : NEVER;
}

/* Nobody knows here whether "/a/5" is a list element or a member, so it may be either. "/a/-" is
 * the end of a list, which shifts nothing, or a member. */
static gboolean
may_shift (const char *pointer,
           gsize       length)
{
  gsize parent = parent_length (pointer, length);
  guint index;

  return length > 0 && ss_token_to_index (pointer + parent + 1, length - parent - 1, &index);
}

static gboolean
ends_in_dash (const char *pointer,
              gsize       length)
{
  return length >= 2 && pointer[length - 1] == '-' && pointer[length - 2] == '/';
}

/* Something comes to be, or goes, at pointer. */
static void
touch_shifting (SsRecorder *self,
                const char *pointer,
                int         index,
                gboolean    is_write)
{
  gsize length = strlen (pointer);

  if (may_shift (pointer, length))
    touch (self, pointer, parent_length (pointer, length), index, FALSE);
  touch (self, pointer, length, index, is_write && !ends_in_dash (pointer, length));
}

static void
note (SsRecorder *self,
      int         index)
{
  const SsOp *op = &g_array_index (self->ops, SsOp, index);

  switch (op->kind)
    {
    case SS_OP_REPLACE:
      touch (self, op->path, strlen (op->path), index, TRUE);
      break;

    case SS_OP_ADD:
      touch_shifting (self, op->path, index, TRUE);
      break;

    case SS_OP_REMOVE:
      touch_shifting (self, op->path, index, FALSE);
      break;

    case SS_OP_MOVE:
      touch_shifting (self, op->from, index, FALSE);
      touch_shifting (self, op->path, index, FALSE);
      break;

    case SS_OP_COPY:
      touch (self, op->from, strlen (op->from), index, FALSE);
      touch_shifting (self, op->path, index, FALSE);
      break;

    case SS_OP_TEST:
      touch (self, op->path, strlen (op->path), index, FALSE);
      break;

    default:
      g_assert_not_reached ();
    }
}

/* An "add" may be the insertion of another element, and then both count. */
static gboolean
is_overwrite (const SsOp *op)
{
  gsize length;

  if (op->kind == SS_OP_REPLACE)
    return TRUE;
  if (op->kind != SS_OP_ADD)
    return FALSE;

  length = strlen (op->path);
  return !may_shift (op->path, length) && !ends_in_dash (op->path, length);
}

/* The earlier write whose value nobody can have seen when op comes, or NULL. */
static SsOp *
find_overwritten (SsRecorder *self,
                  const SsOp *op)
{
  const char *rest = op->path;
  const char *end = op->path + strlen (op->path);
  const char *token;
  gsize length;
  guint at = 0;
  int touched_above = NEVER;
  const Place *place;

  while ((token = next_token (&rest, end, &length)) != NULL)
    {
      touched_above = MAX (touched_above, place_at (self, at)->touched);
      at = step_down (self, at, token, length, FALSE);
      if (at == NO_PLACE)
        return NULL;
    }

  place = place_at (self, at);
  if (place->written == NEVER || place->touched_below > place->written ||
      touched_above > place->written)
    return NULL;

  return &g_array_index (self->ops, SsOp, place->written);
}

/* The commonest case, one place written again and again, needs no table. */
static SsOp *
find_overwritten_last (SsRecorder *self,
                       const SsOp *op)
{
  SsOp *last = &g_array_index (self->ops, SsOp, self->ops->len - 1);

  if ((last->kind == SS_OP_REPLACE || last->kind == SS_OP_ADD) &&
      strcmp (last->path, op->path) == 0 && !ends_in_dash (op->path, strlen (op->path)))
    return last;

  return NULL;
}

void
ss_recorder_take (SsRecorder *self,
                  SsOp       *op)
{
  if (self->ops->len > 0)
    {
      SsOp *overwritten = NULL;

      if (is_overwrite (op))
        overwritten = find_overwritten_last (self, op);

      if (overwritten == NULL)
        {
          if (self->places == NULL)
            {
              ss_hash_begin ();
              self->places = g_array_new (FALSE, FALSE, sizeof (Place));
              add_place (self, NO_PLACE, "", 0, 0);
            }
          for (; self->n_noted < self->ops->len; self->n_noted++)
            note (self, (int) self->n_noted);

          if (is_overwrite (op))
            overwritten = find_overwritten (self, op);
        }

      if (overwritten != NULL)
        {
          ss_value_clear (&overwritten->value);
          overwritten->value = g_steal_pointer (&op->value);
          ss_op_clear (op);
          return;
        }
    }

  g_array_append_val (self->ops, *op);
  memset (op, 0, sizeof *op);
}

void
ss_recorder_append (SsRecorder        *self,
                    ServerSignalPatch *patch)
{
  const SsOp *ops;
  guint n_ops;
  guint i;

  ops = ss_patch_ops (patch, &n_ops);
  for (i = 0; i < n_ops; i++)
    {
      SsOp op = {
        .kind = ops[i].kind,
        .path = g_strdup (ops[i].path),
        .from = g_strdup (ops[i].from),
        .value = ops[i].value != NULL ? ss_value_ref (ops[i].value) : NULL,
      };

      ss_recorder_take (self, &op);
    }
}

ServerSignalPatch *
ss_recorder_finish (SsRecorder *self)
{
  ServerSignalPatch *patch = ss_patch_new_take ((const SsOp *) self->ops->data, self->ops->len);

  forget_places (self);
  g_array_set_size (self->ops, 0);

  return patch;
}
