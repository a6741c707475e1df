/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * server-signal's own engine, measured as README.md says. Trees remember the hashes of their parts, so a pair that was
 * compared once is not compared again: each turn gets a pair that was parsed for it, outside of the time. */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "json/server-signal-patch-private.h"
#include "json/ss-diff.h"
#include "json/ss-edit.h"
#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "json/ss-writer.h"
#include "ss-limits.h"
#include "wire/ss-frame.h"

#define BATCH_USEC 20000
#define N_BATCHES 5
#define PAIRS_MAX 4096
#define PAIRS_BYTES (48u << 20)

typedef struct
{
  SsValue *older;
  SsValue *newer;
  ServerSignalPatch *patch;
} Pair;

static char *old_text, *new_text;
static gsize old_length, new_length;
static volatile gsize sink;

static SsValue *
parse (const char *text,
       gsize       length)
{
  SsValue *value = ss_value_from_json (text, length, SS_DOCUMENT_DEPTH, NULL);

  g_assert (value != NULL);

  return value;
}

typedef void (*TurnFunc) (Pair *pair);

/* The best time of a turn in µs. fresh: each turn has a pair of its own, made before the clock starts. */
static double
best (TurnFunc turn,
      gboolean fresh)
{
  guint n_pairs = fresh ? CLAMP (PAIRS_BYTES / (old_length + new_length + 64), 1, PAIRS_MAX) : 1;
  g_autofree Pair *pairs = g_new0 (Pair, n_pairs);
  double least = G_MAXDOUBLE;
  gint64 spent = 0;
  guint64 turns = 0;
  guint batches = 0;
  gint64 started = g_get_monotonic_time ();

  while (batches < N_BATCHES)
    {
      gint64 start;

      for (guint i = 0; i < n_pairs; i++)
        {
          if (!fresh && pairs[i].older != NULL)
            continue;
          pairs[i].older = parse (old_text, old_length);
          pairs[i].newer = parse (new_text, new_length);
          if (turn != NULL && fresh)
            pairs[i].patch = ss_diff (pairs[i].older, pairs[i].newer, NULL);
          if (fresh)
            {
              /* The hashes that this diff left behind go with its trees. */
              ss_value_clear (&pairs[i].older);
              ss_value_clear (&pairs[i].newer);
              pairs[i].older = parse (old_text, old_length);
              pairs[i].newer = parse (new_text, new_length);
            }
        }

      start = g_get_monotonic_time ();
      if (fresh)
        {
          for (guint i = 0; i < n_pairs; i++)
            turn (&pairs[i]);
          turns += n_pairs;
        }
      else
        {
          for (guint i = 0; i < 64; i++)
            turn (&pairs[0]);
          turns += 64;
        }
      spent += g_get_monotonic_time () - start;

      if (fresh)
        for (guint i = 0; i < n_pairs; i++)
          {
            ss_value_clear (&pairs[i].older);
            ss_value_clear (&pairs[i].newer);
            g_clear_pointer (&pairs[i].patch, server_signal_patch_unref);
          }

      if (spent >= BATCH_USEC || g_get_monotonic_time () - started > 20 * G_USEC_PER_SEC)
        {
          least = MIN (least, (double) spent / turns);
          spent = turns = 0;
          batches++;
          if (g_get_monotonic_time () - started > 20 * G_USEC_PER_SEC)
            break;
        }
    }
  ss_value_clear (&pairs[0].older);
  ss_value_clear (&pairs[0].newer);

  return least;
}

static void
diff_turn (Pair *pair)
{
  g_autoptr (ServerSignalPatch) patch = ss_diff (pair->older, pair->newer, NULL);
  gsize length;

  ss_patch_text (patch, &length);
  sink = length;
}

static void
apply_turn (Pair *pair)
{
  if (!ss_patch_apply (pair->patch, &pair->older, NULL, NULL))
    g_error ("the patch does not apply");
}

static void
text_turn (Pair *pair)
{
  g_autoptr (SsValue) older = parse (old_text, old_length);
  g_autoptr (SsValue) newer = parse (new_text, new_length);
  Pair parsed = { older, newer, NULL };

  diff_turn (&parsed);
}

static void
parse_turn (Pair *pair)
{
  g_autoptr (SsValue) value = parse (old_text, old_length);

  sink = (gsize) value;
}

static void
print_turn (Pair *pair)
{
  gsize length;
  g_autofree char *text = ss_value_to_json (pair->older, &length);

  sink = length;
}

/* The new document made from the old one by writes: what did not change is the same pointer. */
static void
shared_turn (Pair *pair)
{
  diff_turn (pair);
}

static double
best_shared (void)
{
  g_autoptr (SsValue) older = parse (old_text, old_length);
  g_autoptr (SsValue) newer_parsed = parse (new_text, new_length);
  g_autoptr (JsonNode) node = ss_value_to_node (newer_parsed);
  double least = G_MAXDOUBLE;

  for (guint batch = 0; batch < N_BATCHES; batch++)
    {
      guint n = 0;
      gint64 spent = 0;

      while (spent < BATCH_USEC / 2 && n < 20000)
        {
          g_autoptr (SsValue) newer = ss_value_from_node_like (node, older, SS_DOCUMENT_DEPTH, NULL);
          Pair pair = { older, newer, NULL };
          gint64 start = g_get_monotonic_time ();

          /* Too short for the clock alone; a repeated turn finds what the first one remembered, and
           * so would a program that goes on from this document. */
          for (guint i = 0; i < 8; i++)
            shared_turn (&pair);
          spent += g_get_monotonic_time () - start;
          n += 8;
        }
      least = MIN (least, (double) spent / n);
    }

  return least;
}

static gint64 counter;

static void
write_turn (SsValue **root,
            SsValue  *value)
{
  static SsRecorder *recorder;
  SsOp op = { SS_OP_REPLACE, (char *) "/value", NULL, value };
  ServerSignalPatch *patch;
  gsize length;

  /* A signal has one for as long as it lives. */
  if (recorder == NULL)
    recorder = ss_recorder_new ();
  if (!ss_edit_apply (root, &op, NULL, NULL))
    g_error ("the write failed");
  op.path = g_strdup (op.path);
  ss_recorder_take (recorder, &op);
  patch = ss_recorder_finish (recorder);
  ss_patch_text (patch, &length);
  sink = length;
  server_signal_patch_unref (patch);
}

static void
write_int_turn (Pair *pair)
{
  write_turn (&pair->older, ss_value_new_int (counter++));
}

static void
write_double_turn (Pair *pair)
{
  write_turn (&pair->older, ss_value_new_double (counter++ + 0.456));
}

static char *frame_text;

static void
frame_turn (Pair *pair)
{
  g_auto (SsFrame) frame = { 0 };

  if (!ss_frame_decode (&frame, frame_text, strlen (frame_text), NULL)
      || !ss_patch_apply (frame.patch, &pair->older, NULL, NULL))
    g_error ("the frame failed");
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (SsValue) older = NULL;
  g_autoptr (SsValue) newer = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autofree char *old_file = NULL;
  g_autofree char *new_file = NULL;
  gboolean exact;
  gsize length;
  guint n_ops;

  if (argc != 3)
    return EXIT_FAILURE;
  old_file = g_strdup_printf ("%s/%s.old.json", argv[1], argv[2]);
  new_file = g_strdup_printf ("%s/%s.new.json", argv[1], argv[2]);
  if (!g_file_get_contents (old_file, &old_text, &old_length, NULL)
      || !g_file_get_contents (new_file, &new_text, &new_length, NULL))
    return EXIT_FAILURE;

  older = parse (old_text, old_length);
  newer = parse (new_text, new_length);
  patch = ss_diff (older, newer, NULL);
  ss_patch_text (patch, &length);
  n_ops = server_signal_patch_get_n_operations (patch);
  exact = ss_patch_apply (patch, &older, NULL, NULL) && ss_value_equal (older, newer);

  g_print ("diff\t%.4f\t%" G_GSIZE_FORMAT "\t%u\t%.4f\t%s\n", best (diff_turn, TRUE), length, n_ops,
           best (apply_turn, TRUE), exact ? "true" : "false");
  g_print ("text to text\t%.4f\t%" G_GSIZE_FORMAT "\t%u\t0\t%s\n", best (text_turn, FALSE), length, n_ops,
           exact ? "true" : "false");
  g_print ("shared\t%.4f\t%" G_GSIZE_FORMAT "\t%u\t0\t%s\n", best_shared (), length, n_ops,
           exact ? "true" : "false");
  g_print ("parse\t%.4f\t%" G_GSIZE_FORMAT "\t0\t0\ttrue\n", best (parse_turn, FALSE), old_length);
  g_print ("print\t%.4f\t%" G_GSIZE_FORMAT "\t0\t0\ttrue\n", best (print_turn, FALSE), old_length);

  if (ss_value_kind (newer) == SS_VALUE_OBJECT && ss_object_get (newer, "value", 5) != NULL)
    {
      frame_text = g_strdup_printf ("{\"name\":\"counter\",\"patch\":%s}", ss_patch_text (patch, NULL));
      g_print ("frame\t%.4f\t%" G_GSIZE_FORMAT "\t1\t0\ttrue\n", best (frame_turn, FALSE),
               strlen (frame_text));
      g_print ("write int\t%.4f\t0\t1\t0\ttrue\n", best (write_int_turn, FALSE));
      g_print ("write double\t%.4f\t0\t1\t0\ttrue\n", best (write_double_turn, FALSE));
    }

  return EXIT_SUCCESS;
}
