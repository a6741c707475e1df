/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * nlohmann::json, measured as README.md says. */

#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <malloc.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

using json = nlohmann::json;
using clock_type = std::chrono::steady_clock;

static double
since (clock_type::time_point start)
{
  return std::chrono::duration<double> (clock_type::now () - start).count ();
}

static const double BATCH = 0.002, TOTAL = 0.3, MOST = 5;

template <typename Call>
static double
best (Call call)
{
  double least = std::numeric_limits<double>::max ();
  auto started = clock_type::now ();
  long repeat = 1;

  while (since (started) < TOTAL || (least == std::numeric_limits<double>::max () && since (started) < MOST))
    {
      auto start = clock_type::now ();
      for (long i = 0; i < repeat; i++)
        call ();
      double took = since (start);
      if (took < BATCH)
        repeat *= took < BATCH / 10 ? 10 : 2;
      else
        least = std::min (least, took * 1e6 / repeat);
    }
  return least;
}

/* Each turn has a document of its own, made before the clock starts. */
static double
best_apply (const json &older, const json &patch, size_t bytes)
{
  size_t count = std::max<size_t> (1, std::min<size_t> (4096, 65536 / (2 * bytes + 64)));
  double least = std::numeric_limits<double>::max ();
  auto started = clock_type::now ();

  while (since (started) < 3 * TOTAL)
    {
      std::vector<json> documents (count, older);
      auto start = clock_type::now ();
      for (json &document : documents)
        document.patch_inplace (patch);
      least = std::min (least, since (start) * 1e6 / count);
    }
  return least;
}

static size_t
allocated ()
{
  struct mallinfo2 info = mallinfo2 ();
  return info.uordblks + info.hblkhd;
}

static std::string
slurp (const char *folder, const char *number, const char *which)
{
  std::ifstream file (std::string (folder) + "/" + number + "." + which + ".json");
  std::stringstream text;
  text << file.rdbuf ();
  return text.str ();
}

int
main (int argc, char *argv[])
{
  if (argc != 3)
    return 2;
  std::string old_text = slurp (argv[1], argv[2], "old"), new_text = slurp (argv[1], argv[2], "new");
  size_t count = std::max<size_t> (1, std::min<size_t> (10000, 1000000 / old_text.size ()));
  std::vector<json> documents (count);
  size_t before = allocated ();
  for (json &document : documents)
    document = json::parse (old_text);
  printf ("memory\t%.4f\t0\t0\t0\ttrue\n", double (allocated () - before) / count / old_text.size ());
  json older = std::move (documents[0]);
  documents.clear ();
  json newer = json::parse (new_text);
  json patch = json::diff (older, newer);
  std::string text = patch.dump ();
  bool exact = older.patch (patch) == newer;
  volatile size_t sink = 0;

  double diff = best ([&] { sink = json::diff (older, newer).dump ().size (); });
  double alone = best ([&] { sink = json::diff (older, newer).size (); });
  printf ("diff\t%.4f\t%zu\t%zu\t%.4f\t%s\n", diff, text.size (), patch.size (),
          best_apply (older, patch, old_text.size ()), exact ? "true" : "false");
  printf ("diff alone\t%.4f\t0\t0\t0\ttrue\n", alone);
  fflush (stdout);
  double whole = best ([&] { sink = json::diff (json::parse (old_text), json::parse (new_text)).dump ().size (); });
  double parse = best ([&] { sink = json::parse (old_text).size (); });
  double print = best ([&] { sink = older.dump ().size (); });
  printf ("text to text\t%.4f\t%zu\t%zu\t0\t%s\n", whole, text.size (), patch.size (), exact ? "true" : "false");
  printf ("parse\t%.4f\t%zu\t0\t0\ttrue\n", parse, old_text.size ());
  printf ("print\t%.4f\t%zu\t0\t0\ttrue\n", print, old_text.size ());
  return 0;
}
