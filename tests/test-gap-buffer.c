/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A gap buffer beside a plain array to which the same is done. */

#include "config.h"

#include "view/ss-gap-buffer.h"

static void
test_random (void)
{
  SsGapBuffer buffer;
  g_autoptr (GPtrArray) array = g_ptr_array_new ();
  guint next = 1;

  ss_gap_buffer_init (&buffer, 10);
  g_ptr_array_set_size (array, 10);

  for (guint round = 0; round < 20000; round++)
    {
      guint n = ss_gap_buffer_length (&buffer);
      guint position = (guint) g_test_rand_int_range (0, (gint32) n + 1);
      guint n_removed = (guint) g_test_rand_int_range (0, 4);
      guint n_added = n > 200 ? 0 : (guint) g_test_rand_int_range (0, 4);
      int where = g_test_rand_int_range (0, 8);

      /* At the ends, as logs do; and now and then a great change. */
      if (where < 2)
        position = where == 0 ? 0 : n;
      if (round % 500 == 0)
        n_removed = n;
      if (round % 400 == 0)
        n_added = 300;
      n_removed = MIN (n_removed, n - position);

      ss_gap_buffer_splice (&buffer, position, n_removed, n_added);
      if (n_removed > 0)
        g_ptr_array_remove_range (array, position, n_removed);
      for (guint i = 0; i < n_added; i++)
        {
          g_assert_null (ss_gap_buffer_get (&buffer, position + i));
          *ss_gap_buffer_at (&buffer, position + i) = GUINT_TO_POINTER (next);
          g_ptr_array_insert (array, (int) (position + i), GUINT_TO_POINTER (next++));
        }

      g_assert_cmpuint (ss_gap_buffer_length (&buffer), ==, array->len);
      for (guint i = 0; i < array->len; i++)
        g_assert_true (ss_gap_buffer_get (&buffer, i) == array->pdata[i]);

      if (array->len > 0)
        {
          guint index = (guint) g_test_rand_int_range (0, (gint32) array->len);
          guint hint = (guint) g_test_rand_int_range (0, 400);

          if (array->pdata[index] != NULL)
            {
              g_assert_true (ss_gap_buffer_find (&buffer, array->pdata[index], &hint));
              g_assert_cmpuint (hint, ==, index);
            }
          g_assert_false (ss_gap_buffer_find (&buffer, GUINT_TO_POINTER (G_MAXUINT), &hint));
        }
    }

  ss_gap_buffer_clear (&buffer);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/gap-buffer/random", test_random);

  return g_test_run ();
}
