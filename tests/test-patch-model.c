/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Very many small patches, applied by the library and by a second applier that shares nothing with it. */

#include "config.h"

#include "server-signal-patch.h"
#include "ss-recorder.h"
#include "ss-diff.h"
#include "ss-limits.h"
#include "patch-model.h"
#include "test-json.h"

static void
assert_model (const Model   *model,
              const SsValue *value,
              const char    *before,
              const char    *patch)
{
  g_autoptr (Model) expected = model_of (value);

  if (!model_equal (model, expected))
    {
      g_autofree char *text = test_text (value);

      g_error ("%s\nbecomes for the library %s\nby %s", before, text, patch);
    }
}

/* The second applier has to be right itself. */
static void
test_model (void)
{
  static const struct
  {
    const char *before;
    const char *op;
    const char *after; /* NULL: it fails */
  } cases[] = {
    { "{\"a\":1}", "{\"op\":\"add\",\"path\":\"/b\",\"value\":2}", "{\"b\":2,\"a\":1}" },
    { "{\"a\":1}", "{\"op\":\"add\",\"path\":\"/a\",\"value\":2}", "{\"a\":2}" },
    { "{\"a\":1}", "{\"op\":\"add\",\"path\":\"/\",\"value\":2}", "{\"\":2,\"a\":1}" },
    { "{\"a\":1}", "{\"op\":\"add\",\"path\":\"\",\"value\":2}", "2" },
    { "{\"a\":1}", "{\"op\":\"add\",\"path\":\"/a/b\",\"value\":2}", NULL },
    { "{\"a\":1}", "{\"op\":\"add\",\"path\":\"/b/c\",\"value\":2}", NULL },
    { "{\"~1\":[]}", "{\"op\":\"add\",\"path\":\"/~01/-\",\"value\":2}", "{\"~1\":[2]}" },
    { "{\"a/b\":[1]}", "{\"op\":\"add\",\"path\":\"/a~1b/0\",\"value\":2}", "{\"a/b\":[2,1]}" },
    { "[1,2]", "{\"op\":\"add\",\"path\":\"/2\",\"value\":3}", "[1,2,3]" },
    { "[1,2]", "{\"op\":\"add\",\"path\":\"/3\",\"value\":3}", NULL },
    { "[1,2]", "{\"op\":\"add\",\"path\":\"/01\",\"value\":3}", NULL },
    { "[1,2]", "{\"op\":\"remove\",\"path\":\"/0\"}", "[2]" },
    { "[1,2]", "{\"op\":\"remove\",\"path\":\"/-\"}", NULL },
    { "[1,2]", "{\"op\":\"remove\",\"path\":\"\"}", NULL },
    { "[1,2]", "{\"op\":\"replace\",\"path\":\"/1\",\"value\":[]}", "[1,[]]" },
    { "[1,2]", "{\"op\":\"replace\",\"path\":\"/2\",\"value\":[]}", NULL },
    { "[1,2,3]", "{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/2\"}", "[2,3,1]" },
    { "[1,2,3]", "{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/3\"}", NULL },
    { "[1,2,3]", "{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/0\"}", "[1,2,3]" },
    { "[[1]]", "{\"op\":\"move\",\"from\":\"/0\",\"path\":\"/0/0\"}", NULL },
    { "{\"a\":1,\"b\":2}", "{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}", "{\"b\":1}" },
    { "{\"a\":[1]}", "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/0\"}", "{\"a\":[[1],1]}" },
    { "{\"a\":1}", "{\"op\":\"test\",\"path\":\"/a\",\"value\":1}", "{\"a\":1}" },
    { "{\"a\":1}", "{\"op\":\"test\",\"path\":\"/a\",\"value\":1.0}", "{\"a\":1}" },
    { "{\"a\":1}", "{\"op\":\"test\",\"path\":\"/a\",\"value\":1.5}", NULL },
    { "{\"a\":1}", "{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1,\"b\":2}}", NULL },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SsValue) before = test_value (cases[i].before);
      g_autoptr (SsValue) op = test_value (cases[i].op);
      g_autoptr (Model) model = model_of (before);

      g_test_message ("%s %s", cases[i].before, cases[i].op);
      g_assert_cmpint (model_apply_op (&model, op), ==, cases[i].after != NULL);
      if (cases[i].after != NULL)
        {
          g_autoptr (SsValue) after = test_value (cases[i].after);

          assert_model (model, after, cases[i].before, cases[i].op);
        }
    }
}

/* A difference is right for other appliers too, and never longer than a patch that replaces the
 * document. */
static void
test_diffs (void)
{
  guint n = test_cases (150000);

  for (; n > 0; n--)
    {
      g_autoptr (SsValue) from = test_random_value (1 + n % 3);
      g_autoptr (SsValue) to = n % 3 == 0 ? test_random_value (1 + n % 3) : ss_value_ref (from);
      g_autoptr (ServerSignalPatch) patch = NULL;
      g_autoptr (SsValue) written = NULL;
      g_autoptr (Model) model = NULL;
      g_autofree char *before = NULL;
      gsize length;
      guint edits;

      for (edits = n % 3 == 0 ? 0 : (guint) g_test_rand_int_range (1, 6); edits > 0; edits--)
        {
          SsOp op;

          test_random_op (to, &op);
          ss_edit_apply (&to, &op, NULL, NULL);
          ss_op_clear (&op);
        }

      before = test_text (from);
      if (n % 2 == 0)
        {
          /* Without a part in common. */
          ss_value_clear (&from);
          from = test_value (before);
        }
      model = model_of (from);
      patch = ss_diff (from, to, NULL);
      written = test_value (ss_patch_text (patch, &length));
      g_assert_cmpuint (length, <=, ss_value_measure (to, G_MAXSIZE) + 38);
      if (!model_apply (&model, written))
        g_error ("%s does not apply to %s", ss_patch_text (patch, NULL), before);
      assert_model (model, to, before, ss_patch_text (patch, NULL));

      if (!ss_patch_apply (patch, &from, NULL, NULL))
        g_error ("%s does not apply to %s", ss_patch_text (patch, NULL), before);
      assert_model (model, from, before, ss_patch_text (patch, NULL));
    }
}

/* A pointer that mostly leads nowhere. */
static char *
random_nonsense (void)
{
  static const char *const tokens[] = {
    "",  "-", "0",  "1",  "00",  "01",   "+1", "-1", "1e0", "4294967296", "18446744073709551616",
    "a", "b", "~0", "~1", "~01", "a~1b", "id", "é",  " ",
  };
  GString *pointer = g_string_new (NULL);

  while (g_test_rand_int_range (0, 3) != 0)
    g_string_append_printf (pointer, "/%s",
                            tokens[g_test_rand_int_range (0, G_N_ELEMENTS (tokens))]);

  return g_string_free (pointer, FALSE);
}

/* Patches of all kinds, of which many fail: the same ones for both, and then nothing has
 * changed. */
static void
test_patches (void)
{
  guint n = test_cases (100000);
  guint n_applied = 0;
  guint n_failed = 0;

  for (; n > 0; n--)
    {
      g_autoptr (SsValue) root = test_random_value (1 + n % 3);
      g_autoptr (SsValue) shared = n % 2 == 0 ? ss_value_ref (root) : NULL;
      g_autoptr (Model) model = model_of (root);
      g_autofree char *before = test_text (root);
      guint n_ops = (guint) g_test_rand_int_range (1, 5);
      g_autofree SsOp *ops = g_new (SsOp, n_ops);
      g_autoptr (ServerSignalPatch) patch = NULL;
      g_autoptr (SsValue) written = NULL;
      gboolean applied;
      guint i;

      /* They are made for the document as it was, so that later ones often miss. */
      for (i = 0; i < n_ops; i++)
        {
          test_random_op (root, &ops[i]);
          if (g_test_rand_int_range (0, 16) == 0)
            {
              g_free (ops[i].path);
              ops[i].path = random_nonsense ();
            }
          if (ops[i].from != NULL && g_test_rand_int_range (0, 8) == 0)
            {
              g_free (ops[i].from);
              ops[i].from = random_nonsense ();
            }
          if (ops[i].kind == SS_OP_TEST && g_test_rand_int_range (0, 8) == 0)
            {
              ss_value_clear (&ops[i].value);
              ops[i].value = test_random_value (1);
            }
        }
      patch = ss_patch_new_take (ops, n_ops);
      written = test_value (ss_patch_text (patch, NULL));

      applied = ss_patch_apply (patch, &root, NULL, NULL);
      if (applied != model_apply (&model, written))
        g_error ("%s %s to %s", ss_patch_text (patch, NULL),
                 applied ? "should not apply" : "should apply", before);
      assert_model (model, root, before, ss_patch_text (patch, NULL));
      if (shared != NULL)
        assert_text (shared, before);
      if (applied)
        n_applied++;
      else
        n_failed++;
    }

  g_test_message ("%u applied, %u failed", n_applied, n_failed);
  g_assert_cmpuint (n_applied, >, 0);
  g_assert_cmpuint (n_failed, >, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/patch-model/model", test_model);
  g_test_add_func ("/patch-model/diffs", test_diffs);
  g_test_add_func ("/patch-model/patches", test_patches);

  return g_test_run ();
}
