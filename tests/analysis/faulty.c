/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A fault for each of the tools, which are believed only when they find it. Never built. */

#include <stdlib.h>
#include <string.h>

/* As GLib has it. */
#define g_autofree __attribute__ ((cleanup (free_it)))

int faulty (const char *text, long number);
int leaky (int number);

int
faulty (const char *text,
        long        number)
{
  char *copy = malloc (8);
  int narrowed = number;    /* -Wconversion */
  size_t length = narrowed; /* -Wsign-conversion */

  if (copy == NULL)
    return 0;
  free (copy);
  if (memcmp (text, "a", 1)) /* bugprone-suspicious-string-compare */
    copy[0] = (char) length; /* -fanalyzer, clang-analyzer: use after free */

  return copy[1];
}

static void
free_it (void *pointer)
{
  free (*(void **) pointer);
}

int
leaky (int number)
{
  g_autofree char *kept = malloc (8); /* none: see explained.py */
  char *lost = malloc (8);            /* -fanalyzer, clang-analyzer: leak */

  if (kept == NULL || lost == NULL)
    abort ();
  kept[0] = lost[0] = (char) number;

  return kept[0];
}
