/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * server-signal's own engine, measured as README.md says. Trees remember the hashes of their parts, so a pair that was
 * compared once is not compared again: each turn gets a pair that was parsed for it, outside of the time. */

#include "config.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json/server-signal-patch.h"
#include "json/ss-recorder.h"
#include "json/ss-diff.h"
#include "json/ss-edit.h"
#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "json/ss-writer.h"
#include "ss-limits.h"
#include "wire/ss-frame-decode.h"

/* A batch is short enough for some to be left alone by whatever else this machine does. */
#define BATCH_USEC 2000.0
#define TOTAL_USEC 300000.0
#define MOST_USEC 5e6
#define PAIRS_MAX 4096
/* Of text: what was just made is still in the cache, as it is in a loop over one pair. */
#define PAIRS_BYTES (64u << 10)

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

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);

  return (double) time.tv_sec * 1e6 + (double) time.tv_nsec / 1e3;
}

typedef void (*TurnFunc) (Pair *pair);

/* The best time in µs of work that is done again and again with the same pair. */
static double
best (TurnFunc turn)
{
  Pair pair = { parse (old_text, old_length), parse (new_text, new_length), NULL };
  double started = now (), least = G_MAXDOUBLE;
  guint repeat = 1;

  while (now () - started < TOTAL_USEC || (least == G_MAXDOUBLE && now () - started < MOST_USEC))
    {
      double start = now (), spent;

      for (guint i = 0; i < repeat; i++)
        turn (&pair);
      spent = now () - start;
      if (spent < BATCH_USEC)
        repeat *= spent < BATCH_USEC / 10 ? 10 : 2;
      else
        least = MIN (least, spent / repeat);
    }
  ss_value_clear (&pair.older);
  ss_value_clear (&pair.newer);

  return least;
}

/* The best time of work that is done once with each pair: those of a batch are made before the
 * clock starts. */
static double
best_fresh (TurnFunc turn,
            void (*make) (Pair *pair))
{
  guint n_pairs = CLAMP (PAIRS_BYTES / (old_length + new_length + 64), 1, PAIRS_MAX);
  g_autofree Pair *pairs = g_new0 (Pair, n_pairs);
  double started = now (), least = G_MAXDOUBLE;

  while (now () - started < 3 * TOTAL_USEC)
    {
      double start, spent;

      for (guint i = 0; i < n_pairs; i++)
        make (&pairs[i]);
      start = now ();
      for (guint i = 0; i < n_pairs; i++)
        turn (&pairs[i]);
      spent = now () - start;
      least = MIN (least, spent / n_pairs);
      for (guint i = 0; i < n_pairs; i++)
        {
          ss_value_clear (&pairs[i].older);
          ss_value_clear (&pairs[i].newer);
          g_clear_pointer (&pairs[i].patch, server_signal_patch_unref);
        }
    }

  return least;
}

static void
make_parsed (Pair *pair)
{
  pair->older = parse (old_text, old_length);
  pair->newer = parse (new_text, new_length);
}

static ServerSignalPatch *known_patch;

static void
make_to_patch (Pair *pair)
{
  pair->older = parse (old_text, old_length);
  pair->patch = server_signal_patch_ref (known_patch);
}

/* The new document made from the old one, as update() and writes make it: what did not change is
 * the same pointer. The old one has been compared before, when it was the new one. */
static SsValue *known_older;
static JsonNode *new_node;

static void
make_shared (Pair *pair)
{
  pair->older = ss_value_ref (known_older);
  pair->newer = ss_value_from_node_like (new_node, known_older, SS_DOCUMENT_DEPTH, NULL);
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
diff_alone_turn (Pair *pair)
{
  g_autoptr (ServerSignalPatch) patch = ss_diff (pair->older, pair->newer, NULL);

  sink = (gsize) patch;
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

static gint64 counter;
static const char *written = "/value";

static void
write_turn (SsValue **root,
            SsValue  *value)
{
  static SsRecorder *recorder;
  SsOp op = { SS_OP_REPLACE, (char *) written, NULL, value };
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

  if (!ss_frame_decode (&frame, frame_text, strlen (frame_text), NULL) ||
      !ss_patch_apply (frame.patch, &pair->older, NULL, NULL))
    g_error ("the frame failed");
}

/* The memory of a document for each byte of its text, as the allocator counts it: of small ones the
 * mean of many. */
static double
document_memory (void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  guint n = CLAMP (1000000 / old_length, 1, 10000);
  g_autofree SsValue **values = g_new (SsValue *, n);
  struct mallinfo2 before = mallinfo2 (), after;

  for (guint i = 0; i < n; i++)
    values[i] = parse (old_text, old_length);
  after = mallinfo2 ();
  for (guint i = 0; i < n; i++)
    ss_value_unref (values[i]);

  return (double) (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / n /
         (double) old_length;
#else
  return 0;
#endif
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
  if (!g_file_get_contents (old_file, &old_text, &old_length, NULL) ||
      !g_file_get_contents (new_file, &new_text, &new_length, NULL))
    return EXIT_FAILURE;

  older = parse (old_text, old_length);
  newer = parse (new_text, new_length);
  patch = ss_diff (older, newer, NULL);
  ss_patch_text (patch, &length);
  n_ops = server_signal_patch_get_n_operations (patch);
  exact = ss_patch_apply (patch, &older, NULL, NULL) && ss_value_equal (older, newer);

  known_patch = patch;
  known_older = parse (old_text, old_length);
  new_node = ss_value_to_node (newer);
  {
    /* As after an earlier diff. */
    g_autoptr (SsValue) parsed = parse (new_text, new_length);
    g_autoptr (ServerSignalPatch) earlier = ss_diff (parsed, known_older, NULL);
  }

  g_print ("memory\t%.4f\t0\t0\t0\ttrue\n", document_memory ());
  g_print ("diff\t%.4f\t%" G_GSIZE_FORMAT "\t%u\t%.4f\t%s\n", best_fresh (diff_turn, make_parsed),
           length, n_ops, best_fresh (apply_turn, make_to_patch), exact ? "true" : "false");
  g_print ("diff alone\t%.4f\t0\t0\t0\ttrue\n", best_fresh (diff_alone_turn, make_parsed));
  g_print ("shared\t%.4f\t%" G_GSIZE_FORMAT "\t%u\t0\t%s\n", best_fresh (diff_turn, make_shared),
           length, n_ops, exact ? "true" : "false");
  g_print ("text to text\t%.4f\t%" G_GSIZE_FORMAT "\t%u\t0\t%s\n", best (text_turn), length, n_ops,
           exact ? "true" : "false");
  g_print ("parse\t%.4f\t%" G_GSIZE_FORMAT "\t0\t0\ttrue\n", best (parse_turn), old_length);
  g_print ("print\t%.4f\t%" G_GSIZE_FORMAT "\t0\t0\ttrue\n", best (print_turn), old_length);

  if (ss_pointer_resolve (newer, "/rows/500/count", NULL) != NULL)
    written = "/rows/500/count";
  if (ss_pointer_resolve (newer, written, NULL) != NULL)
    {
      g_print ("write int\t%.4f\t0\t1\t0\ttrue\n", best (write_int_turn));
      g_print ("write double\t%.4f\t0\t1\t0\ttrue\n", best (write_double_turn));
    }
  if (ss_pointer_resolve (newer, "/value", NULL) != NULL)
    {
      frame_text =
        g_strdup_printf ("{\"name\":\"counter\",\"patch\":%s}", ss_patch_text (patch, NULL));
      g_print ("frame\t%.4f\t%" G_GSIZE_FORMAT "\t1\t0\ttrue\n", best (frame_turn),
               strlen (frame_text));
    }

  return EXIT_SUCCESS;
}
