/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "client/ss-backoff.h"

#define DRAWS 20000

/* Each wait lies between nothing and its ceiling, which doubles until the maximum. */
static void
test_bounds (void)
{
  const guint ceilings[] = { 100, 200, 400, 800, 1000, 1000, 1000 };

  for (guint32 seed = 1; seed <= 200; seed++)
    {
      SsBackoff backoff;

      ss_backoff_init (&backoff, 100, 1000, 0);
      ss_backoff_seed (&backoff, seed);

      for (guint i = 0; i < G_N_ELEMENTS (ceilings); i++)
        {
          guint delay;

          g_assert_true (ss_backoff_failed (&backoff, &delay));
          g_assert_cmpuint (ss_backoff_ceiling (&backoff), ==, ceilings[i]);
          g_assert_cmpuint (delay, <=, ceilings[i]);
        }
      ss_backoff_clear (&backoff);
    }
}

/* Full jitter: all lengths between the ends come, and about equally often. */
static void
test_jitter (void)
{
  guint buckets[10] = { 0 };
  SsBackoff backoff;

  ss_backoff_init (&backoff, 1000, 1000, 0);
  ss_backoff_seed (&backoff, 42);

  for (guint i = 0; i < DRAWS; i++)
    {
      guint delay;

      ss_backoff_failed (&backoff, &delay);
      g_assert_cmpuint (delay, <=, 1000);
      buckets[MIN (delay / 100, 9)]++;
    }
  for (guint i = 0; i < G_N_ELEMENTS (buckets); i++)
    {
      g_assert_cmpuint (buckets[i], >, DRAWS / 10 * 8 / 10);
      g_assert_cmpuint (buckets[i], <, DRAWS / 10 * 12 / 10);
    }
  ss_backoff_clear (&backoff);
}

/* A seed makes it the same again, and two clients do not wait for the same time. */
static void
test_seed (void)
{
  SsBackoff a, b, c;
  guint equal = 0;

  ss_backoff_init (&a, 1000, 60000, 0);
  ss_backoff_init (&b, 1000, 60000, 0);
  ss_backoff_init (&c, 1000, 60000, 0);
  ss_backoff_seed (&a, 7);
  ss_backoff_seed (&b, 7);
  ss_backoff_seed (&c, 8);

  for (guint i = 0; i < 20; i++)
    {
      guint delay_a, delay_b, delay_c;

      ss_backoff_failed (&a, &delay_a);
      ss_backoff_failed (&b, &delay_b);
      ss_backoff_failed (&c, &delay_c);
      g_assert_cmpuint (delay_a, ==, delay_b);
      equal += delay_a == delay_c;
    }
  g_assert_cmpuint (equal, <, 3);

  ss_backoff_clear (&a);
  ss_backoff_clear (&b);
  ss_backoff_clear (&c);
}

static void
test_limit (void)
{
  SsBackoff backoff;
  guint delay;

  ss_backoff_init (&backoff, 10, 100, 3);
  g_assert_true (ss_backoff_failed (&backoff, &delay));
  g_assert_true (ss_backoff_failed (&backoff, &delay));
  g_assert_false (ss_backoff_failed (&backoff, &delay));

  ss_backoff_reset (&backoff);
  g_assert_true (ss_backoff_failed (&backoff, &delay));
  ss_backoff_clear (&backoff);
}

/* Only what lasted longer than the wait before it could have been takes the failures away. */
static void
test_lasted (void)
{
  SsBackoff backoff;
  guint delay;

  ss_backoff_init (&backoff, 100, 10000, 0);
  for (guint i = 0; i < 4; i++)
    ss_backoff_failed (&backoff, &delay);
  g_assert_cmpuint (ss_backoff_ceiling (&backoff), ==, 800);

  ss_backoff_lasted (&backoff, 800);
  g_assert_cmpuint (ss_backoff_ceiling (&backoff), ==, 800);
  ss_backoff_lasted (&backoff, 801);
  g_assert_cmpuint (ss_backoff_ceiling (&backoff), ==, 100);
  ss_backoff_clear (&backoff);
}

/* The ends of the types: no overflow, no wait that is longer than it may be. */
static void
test_extremes (void)
{
  SsBackoff backoff;
  guint delay;

  ss_backoff_init (&backoff, G_MAXUINT, G_MAXUINT, 0);
  for (guint i = 0; i < 100; i++)
    {
      ss_backoff_failed (&backoff, &delay);
      g_assert_cmpuint (ss_backoff_ceiling (&backoff), ==, G_MAXUINT);
    }
  ss_backoff_clear (&backoff);

  ss_backoff_init (&backoff, 0, 0, 0);
  for (guint i = 0; i < 100; i++)
    {
      ss_backoff_failed (&backoff, &delay);
      g_assert_cmpuint (delay, <=, 1);
    }
  ss_backoff_clear (&backoff);

  /* A maximum below the minimum does not count. */
  ss_backoff_init (&backoff, 50, 10, 0);
  for (guint i = 0; i < 100; i++)
    {
      ss_backoff_failed (&backoff, &delay);
      g_assert_cmpuint (ss_backoff_ceiling (&backoff), ==, 50);
    }
  ss_backoff_clear (&backoff);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/backoff/bounds", test_bounds);
  g_test_add_func ("/backoff/jitter", test_jitter);
  g_test_add_func ("/backoff/seed", test_seed);
  g_test_add_func ("/backoff/limit", test_limit);
  g_test_add_func ("/backoff/lasted", test_lasted);
  g_test_add_func ("/backoff/extremes", test_extremes);

  return g_test_run ();
}
