/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * json-glib, which makes no patches: what its documents take, and how fast it reads and writes them; as README.md
 * says. */

#include <json-glib/json-glib.h>
#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#define BATCH_USEC 2000.0
#define TOTAL_USEC 300000.0
#define MOST_USEC 5e6

static char *text;
static JsonNode *node;

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);

  return (double) time.tv_sec * 1e6 + (double) time.tv_nsec / 1e3;
}

static double
best (void (*turn) (void))
{
  double started = now (), least = G_MAXDOUBLE;
  guint repeat = 1;

  while (now () - started < TOTAL_USEC || (least == G_MAXDOUBLE && now () - started < MOST_USEC))
    {
      double start = now (), spent;

      for (guint i = 0; i < repeat; i++)
        turn ();
      spent = now () - start;
      if (spent < BATCH_USEC)
        repeat *= spent < BATCH_USEC / 10 ? 10 : 2;
      else
        least = MIN (least, spent / repeat);
    }

  return least;
}

static void
parse (void)
{
  json_node_unref (json_from_string (text, NULL));
}

static void
print (void)
{
  g_free (json_to_string (node, FALSE));
}

int
main (int   argc,
      char *argv[])
{
  g_autofree char *path = NULL;
  gsize length;

  if (argc != 3)
    return EXIT_FAILURE;
  path = g_strdup_printf ("%s/%s.old.json", argv[1], argv[2]);
  if (!g_file_get_contents (path, &text, &length, NULL))
    return EXIT_FAILURE;

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  {
    guint n = CLAMP (1000000 / length, 1, 10000);
    g_autofree JsonNode **nodes = g_new (JsonNode *, n);
    struct mallinfo2 before, after;

    /* The work that the library does once does not count. */
    parse ();
    before = mallinfo2 ();
    for (guint i = 0; i < n; i++)
      nodes[i] = json_from_string (text, NULL);
    after = mallinfo2 ();
    g_print ("memory\t%.4f\t0\t0\t0\ttrue\n",
             (double) (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / n /
               (double) length);
    node = nodes[0];
    for (guint i = 1; i < n; i++)
      json_node_unref (nodes[i]);
  }
#else
  node = json_from_string (text, NULL);
#endif
  g_print ("parse\t%.4f\t%" G_GSIZE_FORMAT "\t0\t0\ttrue\n", best (parse), length);
  g_print ("print\t%.4f\t%" G_GSIZE_FORMAT "\t0\t0\ttrue\n", best (print), length);

  return EXIT_SUCCESS;
}
