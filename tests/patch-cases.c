/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Random documents and patches for appliers in other languages to try. Prints, beside comments, one object
 * of JSON a line: {"from":…,"patch":[…],"to":…} where the library gets from one to the other by the patch,
 * and {"from":…,"patch":[…]} where the patch does not apply. The first half are differences, the second
 * operations of all kinds.
 *
 * Usage: patch-cases SEED NUMBER */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "server-signal-patch.h"
#include "ss-recorder.h"
#include "ss-diff.h"
#include "test-json.h"

static void
edit_at_random (SsValue **root)
{
  guint n = (guint) g_test_rand_int_range (1, 8);

  for (; n > 0; n--)
    {
      SsOp op;

      test_random_op (*root, &op);
      ss_edit_apply (root, &op, NULL, NULL);
      ss_op_clear (&op);
    }
}

static ServerSignalPatch *
make_random_patch (const SsValue *from)
{
  guint n_ops = (guint) g_test_rand_int_range (1, 4);
  g_autofree SsOp *ops = g_new (SsOp, n_ops);

  for (guint i = 0; i < n_ops; i++)
    test_random_op (from, &ops[i]);

  return ss_patch_new_take (ops, n_ops);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *seed = NULL;
  guint n;

  if (argc != 3)
    {
      g_printerr ("Usage: %s SEED NUMBER\n", argv[0]);
      return EXIT_FAILURE;
    }

  /* The seed as g_test_init() takes it. */
  {
    char *arguments[] = { argv[0], (char *) "--seed", NULL, NULL };
    char **rest = arguments;
    int n_arguments = 3;

    seed = g_strdup_printf ("R02S%032" G_GINT64_MODIFIER "x", g_ascii_strtoull (argv[1], NULL, 10));
    arguments[2] = seed;
    g_test_init (&n_arguments, &rest, NULL);
  }

  n = (guint) g_ascii_strtoull (argv[2], NULL, 10);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SsValue) from = test_random_value (1 + i % 4);
      g_autofree char *before = test_text (from);
      g_autoptr (ServerSignalPatch) patch = NULL;
      g_autofree char *after = NULL;

      if (i < n / 2)
        {
          g_autoptr (SsValue) to = i % 3 == 0 ? test_random_value (1 + i % 4) : ss_value_ref (from);

          if (i % 3 != 0)
            edit_at_random (&to);
          if (i % 3 == 1)
            {
              ss_value_clear (&from);
              from = test_value (before);
            }
          patch = ss_diff (from, to, NULL);
          after = test_text (to);
        }
      else
        {
          patch = make_random_patch (from);
          if (ss_patch_apply (patch, &from, NULL, NULL))
            after = test_text (from);
        }

      printf ("{\"from\":%s,\"patch\":%s", before, ss_patch_text (patch, NULL));
      if (after != NULL)
        printf (",\"to\":%s", after);
      puts ("}");
    }

  return EXIT_SUCCESS;
}
