/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "server/ss-slot-set.h"

#define SLOTS 1000

/* Against a row of booleans. */
static void
test_random (void)
{
  SsSlotSet *set = NULL;
  gboolean there[SLOTS] = { FALSE };
  guint n = 0;

  for (guint i = 0; i < 20000; i++)
    {
      /* The low ones first, so that it grows. */
      guint slot = (guint) g_test_rand_int_range (0, MIN ((gint32) i / 4 + 1, SLOTS));
      gboolean add = g_test_rand_bit ();

      if (add)
        g_assert_cmpint (ss_slot_set_add (&set, slot), ==, !there[slot]);
      else
        g_assert_cmpint (ss_slot_set_remove (&set, slot), ==, there[slot]);
      n += (guint) add - (guint) there[slot];
      there[slot] = add;
      g_assert_cmpuint (ss_slot_set_count (set), ==, n);
    }
  for (guint slot = 0; slot < SLOTS; slot++)
    {
      g_assert_cmpint (ss_slot_set_has (set, slot), ==, there[slot]);
      ss_slot_set_remove (&set, slot);
    }

  /* An empty one is nothing. */
  g_assert_null (set);
  g_assert_cmpuint (ss_slot_set_count (set), ==, 0);
  g_assert_false (ss_slot_set_has (set, 0));
  g_assert_false (ss_slot_set_has (set, SS_SLOT_NONE));
  g_assert_false (ss_slot_set_remove (&set, 5));

  g_assert_true (ss_slot_set_add (&set, 700));
  g_assert_false (ss_slot_set_has (set, 699));
  g_assert_false (ss_slot_set_has (set, SS_SLOT_NONE));
  ss_slot_set_clear (&set);
  g_assert_null (set);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/slot-set/random", test_random);

  return g_test_run ();
}
