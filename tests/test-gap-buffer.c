/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "view/ss-pieces.h"
#include "view/ss-gap-buffer.h"

/* What lists are made of: places with a gap, and pieces. Each beside a plain array to which the
 * same is done. */

static void
test_gap_buffer (void)
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

typedef struct
{
  guint    start;    /* or SS_PIECE_NEW */
  guint    tag;
} Element;

static void
test_pieces (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      guint n_old = (guint) g_test_rand_int_range (0, 30);
      guint n_steps = (guint) g_test_rand_int_range (0, round % 100 == 0 ? 300 : 20);
      g_autoptr (SsPieces) pieces = ss_pieces_new (n_old);
      g_autoptr (GArray) array = g_array_new (FALSE, FALSE, sizeof (Element));
      g_autoptr (GArray) listed = g_array_new (FALSE, FALSE, sizeof (SsPiece));
      guint n_tags = 0, index = 0;

      for (guint i = 0; i < n_old; i++)
        {
          Element element = { i, 0 };

          g_array_append_val (array, element);
        }

      for (guint step = 0; step < n_steps; step++)
        {
          guint n = array->len;
          guint at = n > 0 ? (guint) g_test_rand_int_range (0, (gint32) n) : 0;
          int what = n == 0 ? 0 : g_test_rand_int_range (0, 4);
          Element element = { SS_PIECE_NEW, 0 };

          g_assert_cmpuint (ss_pieces_length (pieces), ==, n);
          if (what == 0)
            {
              at = (guint) g_test_rand_int_range (0, (gint32) n + 1);
              ss_pieces_insert (pieces, at);
              g_array_insert_val (array, at, element);
            }
          else if (what == 1)
            {
              ss_pieces_remove (pieces, at);
              g_array_remove_index (array, at);
            }
          else if (what == 2)
            {
              guint to = (guint) g_test_rand_int_range (0, (gint32) n);

              ss_pieces_move (pieces, at, to);
              element = g_array_index (array, Element, at);
              g_array_remove_index (array, at);
              g_array_insert_val (array, to, element);
            }
          else
            {
              Element *tagged = &g_array_index (array, Element, at);
              guint tag = ss_pieces_tag (pieces, at, n_tags + 1);

              if (tagged->start == SS_PIECE_NEW)
                {
                  g_assert_cmpuint (tag, ==, 0);
                  continue;
                }
              if (tagged->tag == 0)
                tagged->tag = ++n_tags;
              g_assert_cmpuint (tag, ==, tagged->tag);
            }
        }

      ss_pieces_list (pieces, listed);
      for (guint i = 0; i < listed->len; i++)
        {
          const SsPiece *piece = &g_array_index (listed, SsPiece, i);

          g_assert_cmpuint (piece->length, >, 0);
          for (guint j = 0; j < piece->length; j++, index++)
            {
              const Element *element = &g_array_index (array, Element, index);

              g_assert_cmpuint (element->start, ==,
                                piece->start == SS_PIECE_NEW ? SS_PIECE_NEW : piece->start + j);
              g_assert_cmpuint (element->tag, ==, piece->tag);
            }
        }
      g_assert_cmpuint (index, ==, array->len);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/gap-buffer/random", test_gap_buffer);
  g_test_add_func ("/gap-buffer/pieces", test_pieces);

  return g_test_run ();
}
