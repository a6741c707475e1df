/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "track/ss-sequence.h"
#include "test-json.h"

/* Sequences whose elements know their index, beside a plain array. */

static void
assert_sequence (SsSequence *sequence,
                 GPtrArray  *items)
{
  g_autofree SsSequenceItem **copy = g_new (SsSequenceItem *, MAX (items->len, 1));

  g_assert_cmpuint (ss_sequence_length (sequence), ==, items->len);
  ss_sequence_copy (sequence, 0, items->len, copy);
  for (guint i = 0; i < items->len; i++)
    {
      g_assert_true (copy[i] == items->pdata[i]);
      g_assert_true (ss_sequence_get (sequence, i) == items->pdata[i]);
      g_assert_cmpuint (ss_sequence_index (sequence, items->pdata[i]), ==, i);
    }
}

/* Each node that goes in is new, or one of those that go out. */
static void
splice_both (SsSequence *sequence,
             GPtrArray  *items,
             GPtrArray  *outside,
             guint       index,
             guint       n_removed,
             guint       n_added)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new ();

  for (guint i = 0; i < n_removed; i++)
    if (g_test_rand_bit () && added->len < n_added)
      g_ptr_array_add (added, items->pdata[index + i]);
    else
      g_ptr_array_add (outside, items->pdata[index + i]);
  while (added->len < n_added)
    {
      if (outside->len > 0 && g_test_rand_bit ())
        g_ptr_array_add (added, g_ptr_array_steal_index_fast (outside, outside->len - 1));
      else
        g_ptr_array_insert (added, g_test_rand_int_range (0, (int) added->len + 1),
                            g_new0 (SsSequenceItem, 1));
    }

  ss_sequence_splice (sequence, index, n_removed, (SsSequenceItem **) added->pdata, n_added);
  if (n_removed > 0)
    g_ptr_array_remove_range (items, index, n_removed);
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_insert (items, (int) (index + i), added->pdata[i]);

  for (guint i = 0; i < outside->len; i++)
    g_assert_null (((SsSequenceItem *) outside->pdata[i])->chunk);
}

static void
test_random (void)
{
  guint n_cases = test_cases (30);

  for (guint turn = 0; turn < n_cases; turn++)
    {
      SsSequence *sequence = ss_sequence_new ();
      g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GPtrArray) outside = g_ptr_array_new_with_free_func (g_free);
      guint widest = (guint) g_test_rand_int_range (1, 400);
      gboolean shrinks = FALSE;

      g_ptr_array_set_free_func (items, NULL);
      for (guint i = 0; i < 100; i++)
        {
          guint index = (guint) g_test_rand_int_range (0, (int) items->len + 1);
          guint n_removed =
            (guint) g_test_rand_int_range (0, (int) MIN (widest, items->len - index) + 1);
          guint n_added = (guint) g_test_rand_int_range (0, (int) widest + 1);

          /* Grows, and then gets sparse. */
          shrinks = items->len > 2000 || (shrinks && items->len > 20);
          if (shrinks)
            n_added = 0;
          else if (g_test_rand_bit ())
            n_removed = 0;
          splice_both (sequence, items, outside, index, n_removed, n_added);
          assert_sequence (sequence, items);
        }

      ss_sequence_free (sequence);
      g_ptr_array_set_free_func (items, g_free);
    }
}

/* One by one, in at the head and out at the end, and every length about that of a chunk. */
static void
test_ends (void)
{
  SsSequence *sequence = ss_sequence_new ();
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  g_autoptr (GPtrArray) outside = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 3 * SS_SEQUENCE_CHUNK; i++)
    {
      splice_both (sequence, items, outside, 0, 0, 1);
      assert_sequence (sequence, items);
    }
  while (items->len > 0)
    {
      splice_both (sequence, items, outside, items->len - 1, 1, 0);
      assert_sequence (sequence, items);
    }
  for (guint n = 0; n < 3 * SS_SEQUENCE_CHUNK; n++)
    {
      splice_both (sequence, items, outside, 0, items->len, n);
      assert_sequence (sequence, items);
    }
  splice_both (sequence, items, outside, 0, items->len, 0);
  assert_sequence (sequence, items);

  ss_sequence_free (sequence);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/sequence/random", test_random);
  g_test_add_func ("/sequence/ends", test_ends);

  return g_test_run ();
}
