/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "model/clock.h"
#include "ss-allowance.h"

#define MOST 100
#define PER_SECOND 10

static gboolean
take (SsAllowance *self,
      double       amount)
{
  return ss_allowance_take (self, amount, MOST, PER_SECOND);
}

static void
test_burst (void)
{
  SsAllowance allowance;

  ss_allowance_fill (&allowance, MOST);
  for (guint i = 0; i < MOST; i++)
    g_assert_true (take (&allowance, 1));
  /* Nothing is taken where there is not so much. */
  ss_allowance_fill (&allowance, MOST);
  g_assert_false (take (&allowance, 2 * MOST));
  g_assert_true (take (&allowance, MOST));
  g_assert_false (take (&allowance, MOST / 2));
}

/* However long nobody took anything, there is no more than the most. */
static void
test_idle (void)
{
  SsAllowance allowance;

  ss_allowance_fill (&allowance, MOST);
  for (guint i = 0; i < 3; i++)
    {
      clock_skip (G_USEC_PER_SEC * (gint64) 3600);
      g_assert_true (take (&allowance, MOST));
      g_assert_false (take (&allowance, MOST / 2));
    }
}

/* It comes back by and by, and not all at once. */
static void
test_long_run (void)
{
  SsAllowance allowance;

  ss_allowance_fill (&allowance, MOST);
  g_assert_true (take (&allowance, MOST));
  for (guint i = 0; i < 5; i++)
    {
      clock_skip (G_USEC_PER_SEC * (gint64) 2);
      g_assert_true (take (&allowance, 2 * PER_SECOND));
      g_assert_false (take (&allowance, 2 * PER_SECOND));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/allowance/burst", test_burst);
  g_test_add_func ("/allowance/idle", test_idle);
  g_test_add_func ("/allowance/long-run", test_long_run);

  return g_test_run ();
}
