/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A piece table beside a plain array to which the same is done. */

#include "config.h"

#include "view/ss-piece-table.h"

typedef struct
{
  guint    start;    /* or SS_PIECE_NEW */
  guint    tag;
} Element;

static void
test_random (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      guint n_old = (guint) g_test_rand_int_range (0, 30);
      guint n_steps = (guint) g_test_rand_int_range (0, round % 100 == 0 ? 300 : 20);
      g_autoptr (SsPieceTable) pieces = ss_piece_table_new (n_old);
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

          g_assert_cmpuint (ss_piece_table_length (pieces), ==, n);
          if (what == 0)
            {
              at = (guint) g_test_rand_int_range (0, (gint32) n + 1);
              ss_piece_table_insert (pieces, at);
              g_array_insert_val (array, at, element);
            }
          else if (what == 1)
            {
              ss_piece_table_remove (pieces, at);
              g_array_remove_index (array, at);
            }
          else if (what == 2)
            {
              guint to = (guint) g_test_rand_int_range (0, (gint32) n);

              ss_piece_table_move (pieces, at, to);
              element = g_array_index (array, Element, at);
              g_array_remove_index (array, at);
              g_array_insert_val (array, to, element);
            }
          else
            {
              Element *tagged = &g_array_index (array, Element, at);
              guint tag = ss_piece_table_tag (pieces, at, n_tags + 1);

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

      ss_piece_table_list (pieces, listed);
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

  g_test_add_func ("/piece-table/random", test_random);

  return g_test_run ();
}
