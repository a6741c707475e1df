/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-reread.h"

#include "ss-reader.h"
#include "ss-text.h"

/* The two texts' common start and end are passed over, and the start tells in which containers the
 * first difference is. Of the innermost one that holds all of the difference, the elements or members
 * that it touches are a run: from behind a bracket or a comma to the next comma or bracket. When the
 * new text of the run is a list of values by itself, then it may stand in the place of the old one,
 * because everything around it is the same text in the same state. When it is not (the texts have a
 * bracket in common by chance), the run in the container around it is tried, and in the end the whole
 * text is read, which also finds out what is wrong with it. */

/* Comparing, in steps of so many bytes until the last. */
#define BLOCK 4096
/* As many elements may come or go; each moves all that are behind it. */
#define MAX_MOVES 64

typedef struct
{
  gsize    begin;     /* of the text of the child in which the walk is: behind a bracket or comma */
  guint    child;     /* its number */
  gboolean is_object;
} Frame;

typedef struct
{
  const char *text;
  gsize       length;
  gsize       at;
  gboolean    is_string;
  GArray     *frames;   /* of Frame, the containers that are open */
  guint       lowest;   /* as few were open meanwhile */
} Walk;

/* A run of the children of one container. */
typedef struct
{
  guint level;          /* of the container, 0: the document */
  gsize begin;
  gsize end;
  guint first;          /* the first child */
  guint n;
} Run;

static gsize
common_start (const char *a,
              const char *b,
              gsize       length)
{
  gsize n = 0;

  while (length - n >= BLOCK && memcmp (a + n, b + n, BLOCK) == 0)
    n += BLOCK;
  while (n < length && a[n] == b[n])
    n++;

  return n;
}

/* a and b are the ends. */
static gsize
common_end (const char *a,
            const char *b,
            gsize       length)
{
  gsize n = 0;

  while (length - n >= BLOCK && memcmp (a - n - BLOCK, b - n - BLOCK, BLOCK) == 0)
    n += BLOCK;
  while (n < length && *(a - n - 1) == *(b - n - 1))
    n++;

  return n;
}

static Frame *
nth_frame (const Walk *self,
           guint       level)
{
  return &g_array_index (self->frames, Frame, level);
}

/* Goes on behind a part of a string, or behind the string. */
static void
walk_string (Walk  *self,
             gsize  until)
{
  while (self->at < until)
    {
      self->at =
        (gsize) (ss_text_skip_plain (self->text + self->at, self->text + until) - self->text);
      if (self->at >= until)
        return;

      if (self->text[self->at] == '"')
        {
          self->is_string = FALSE;
          self->at++;
          return;
        }

      self->at += self->text[self->at] == '\\' ? 2 : 1;
    }
}

/* The text is known to be right. */
static void
walk_to (Walk  *self,
         gsize  until)
{
  while (self->at < until)
    {
      if (self->is_string)
        {
          walk_string (self, until);
          continue;
        }

      switch (self->text[self->at])
        {
        case '"':
          self->is_string = TRUE;
          break;

        case '[':
        case '{':
          {
            Frame frame = { self->at + 1, 0, self->text[self->at] == '{' };

            g_array_append_val (self->frames, frame);
            break;
          }

        case ']':
        case '}':
          g_array_set_size (self->frames, self->frames->len - 1);
          self->lowest = MIN (self->lowest, self->frames->len);
          break;

        case ',':
          {
            Frame *frame = nth_frame (self, self->frames->len - 1);

            frame->begin = self->at + 1;
            frame->child++;
            break;
          }

        default:
          break;
        }
      self->at++;
    }
}

/* To the comma or bracket that ends the run of this level. */
static void
walk_to_end (Walk  *self,
             guint  level)
{
  for (;;)
    {
      char c;

      if (self->is_string)
        walk_string (self, self->length);
      c = self->text[self->at];
      if (self->frames->len == level + 1 && (c == ',' || c == ']' || c == '}'))
        return;

      walk_to (self, self->at + 1);
    }
}

/* Reads what is now in the place of the run, as a container of its own; NULL: it is none. */
static SsValue *
read_run (const char *text,
          gsize       length,
          gboolean    is_object,
          guint       max_depth)
{
  g_autoptr (GString) wrapped = g_string_sized_new (length + 2);

  g_string_append_c (wrapped, is_object ? '{' : '[');
  g_string_append_len (wrapped, text, (gssize) length);
  g_string_append_c (wrapped, is_object ? '}' : ']');

  return ss_value_from_json (wrapped->str, (gssize) wrapped->len, max_depth, NULL);
}

/* No other member of the container has one of the new names. */
static gboolean
has_own_names (const SsValue *container,
               const Run     *run,
               const SsValue *members)
{
  for (guint i = 0; i < ss_value_length (members); i++)
    {
      int position = ss_object_find_key (container, ss_object_key (members, i), run->first + i);

      if (position >= 0 &&
          ((guint) position < run->first || (guint) position >= run->first + run->n))
        return FALSE;
    }

  return TRUE;
}

static void
replace_elements (SsValue       *array,
                  const Run     *run,
                  const SsValue *values)
{
  guint n_new = ss_value_length (values);
  guint n_both = MIN (run->n, n_new);

  for (guint i = 0; i < n_both; i++)
    ss_value_unref (
      ss_array_replace (array, run->first + i, ss_value_ref (ss_array_get (values, i))));
  for (guint i = n_both; i < n_new; i++)
    ss_array_insert (array, run->first + i, ss_value_ref (ss_array_get (values, i)));
  for (guint i = n_both; i < run->n; i++)
    ss_value_unref (ss_array_steal (array, run->first + n_both));
}

/* Values are replaced where the names are the same, which is so most of the time. */
static void
replace_members (SsValue       *object,
                 const Run     *run,
                 const SsValue *members)
{
  guint n_new = ss_value_length (members);
  guint n_same = 0;

  while (
    n_same < MIN (run->n, n_new) &&
    ss_value_equal (ss_object_key (object, run->first + n_same), ss_object_key (members, n_same)))
    {
      ss_value_unref (ss_object_replace (object, run->first + n_same,
                                         ss_value_ref (ss_object_value (members, n_same))));
      n_same++;
    }

  for (guint i = n_same; i < run->n; i++)
    ss_value_unref (ss_object_steal (object, run->first + n_same, NULL));
  for (guint i = n_same; i < n_new; i++)
    ss_object_insert (object, run->first + i, ss_value_ref (ss_object_key (members, i)),
                      ss_value_ref (ss_object_value (members, i)));
}

/* A container of which no child has become less deep is as deep as it was, or as its new children make
 * it; one of many children need not be looked at as a whole for that. */
static void
note_depths (const GPtrArray *containers,
             const guint     *depths,
             guint            below)
{
  for (guint i = containers->len; i > 0 && below >= depths[i]; i--)
    {
      below = MAX (depths[i - 1], below + 1);
      ss_value_note_depth (containers->pdata[i - 1], below);
    }
}

static guint
measure_children (const SsValue *container,
                  guint          first,
                  guint          n)
{
  guint depth = 0;

  for (guint i = first; i < first + n; i++)
    depth = MAX (depth, ss_value_depth (ss_value_kind (container) == SS_VALUE_OBJECT
                                          ? ss_object_value (container, i)
                                          : ss_array_get (container, i)));

  return depth;
}

/* frames lead to the container of the run. */
static SsValue *
put_run (const SsValue *known,
         const GArray  *frames,
         const Run     *run,
         const SsValue *children)
{
  const Frame *frame = (const Frame *) frames->data;
  g_autoptr (GPtrArray) containers = g_ptr_array_new ();
  g_autofree guint *depths = g_new (guint, run->level + 2); /* of them, and of the run, before */
  SsValue *root = ss_value_ref (known);
  SsValue **slot = &root;

  for (guint level = 0; level <= run->level; level++)
    {
      depths[level] = ss_value_depth (*slot);
      if (level == run->level)
        depths[level + 1] = measure_children (*slot, run->first, run->n);
      ss_value_make_writable (slot);
      g_ptr_array_add (containers, *slot);
      if (level < run->level)
        {
          slot = frame->is_object ? ss_object_slot (*slot, frame->child)
                                  : ss_array_slot (*slot, frame->child);
          frame++;
        }
    }

  if (frame->is_object)
    replace_members (*slot, run, children);
  else
    replace_elements (*slot, run, children);
  note_depths (containers, depths, measure_children (children, 0, ss_value_length (children)));

  return root;
}

static const SsValue *
find_container (const SsValue *known,
                const GArray  *frames,
                guint          level)
{
  const Frame *frame = (const Frame *) frames->data;

  for (guint i = 0; i < level; i++, frame++)
    known =
      frame->is_object ? ss_object_value (known, frame->child) : ss_array_get (known, frame->child);

  return known;
}

void
ss_reread_mark_clear (SsRereadMark *self)
{
  g_clear_pointer (&self->frames, g_array_unref);
  self->at = 0;
  self->is_string = FALSE;
}

/* The walk begins at the mark, or at the beginning. */
static void
walk_init (Walk               *self,
           const char         *text,
           gsize               length,
           const SsRereadMark *mark)
{
  self->text = text;
  self->length = length;
  self->at = mark->at;
  self->is_string = mark->is_string;
  self->frames =
    mark->frames != NULL ? g_array_copy (mark->frames) : g_array_new (FALSE, FALSE, sizeof (Frame));
  self->lowest = 0;
}

/* NULL: it is not like that. */
static SsValue *
read_difference (const char    *text,
                 gsize          length,
                 Walk          *walk,
                 const SsValue *known,
                 gsize          start,
                 gsize          end,
                 SsRereadMark  *mark,
                 guint          max_depth)
{
  const GArray *frames;
  guint n_levels;

  walk_to (walk, start);
  ss_reread_mark_clear (mark);
  mark->at = walk->at;
  mark->is_string = walk->is_string;
  frames = mark->frames = g_array_copy (walk->frames);
  walk->lowest = frames->len;
  walk_to (walk, end);

  /* Outwards, each from where the one before ended. */
  n_levels = MIN (walk->lowest, max_depth);
  for (guint level = n_levels; level > 0; level--)
    {
      const Frame *frame = &g_array_index (frames, Frame, level - 1);
      const SsValue *container = find_container (known, frames, level - 1);
      Run run = { .level = level - 1, .begin = frame->begin, .first = frame->child };
      g_autoptr (SsValue) children = NULL;
      gsize new_length;
      guint n_new;

      walk_to_end (walk, run.level);
      run.end = walk->at;
      new_length = run.end + length - walk->length - run.begin;
      if (new_length > length / 2)
        return NULL;

      run.n =
        ss_value_length (container) > 0 ? nth_frame (walk, run.level)->child - run.first + 1 : 0;
      children = read_run (text + run.begin, new_length, frame->is_object, max_depth - run.level);
      if (children == NULL)
        continue;

      n_new = ss_value_length (children);
      if ((n_new == 0 && run.n < ss_value_length (container)) ||
          (n_new != run.n && MAX (n_new, run.n) > MAX_MOVES) ||
          (frame->is_object &&
           (MAX (n_new, run.n) > MAX_MOVES || !has_own_names (container, &run, children))))
        return NULL;

      return put_run (known, frames, &run, children);
    }

  return NULL;
}

SsValue *
ss_value_from_json_again (const char     *text,
                          gsize           length,
                          const char     *known_text,
                          gsize           known_length,
                          const SsValue  *known,
                          SsRereadMark   *mark,
                          guint           max_depth,
                          GError        **error)
{
  gsize shorter = MIN (length, known_length);
  gsize start = common_start (text, known_text, shorter);
  gsize same_end = common_end (text + length, known_text + known_length, shorter - start);
  SsValue *value = NULL;

  if (start == length && length == known_length)
    return ss_value_ref (known);

  if (mark->at > start)
    ss_reread_mark_clear (mark);
  if (ss_value_is_container (known))
    {
      Walk walk;

      walk_init (&walk, known_text, known_length, mark);
      value = read_difference (text, length, &walk, known, start, known_length - same_end, mark,
                               max_depth);
      g_array_unref (walk.frames);
    }

  return value != NULL ? value : ss_value_from_json (text, (gssize) length, max_depth, error);
}
