/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * nlohmann::json, measured as README.md says. */

#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

using json = nlohmann::json;
using clock_type = std::chrono::steady_clock;

template <typename Call>
static double
best (Call call)
{
  double least = std::numeric_limits<double>::max ();
  auto started = clock_type::now ();
  long repeat = 1;

  for (int batches = 0;
       batches < 5 && (batches == 0 || clock_type::now () - started < std::chrono::seconds (20));)
    {
      auto start = clock_type::now ();
      for (long i = 0; i < repeat; i++)
        call ();
      double took = std::chrono::duration<double> (clock_type::now () - start).count ();
      if (took < 0.02)
        {
          repeat *= took < 0.002 ? 10 : 2;
          continue;
        }
      least = std::min (least, took * 1e6 / repeat);
      batches++;
    }
  return least;
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
  json older = json::parse (old_text), newer = json::parse (new_text);
  json patch = json::diff (older, newer);
  std::string text = patch.dump ();
  bool exact = older.patch (patch) == newer;
  volatile size_t sink = 0;

  double diff = best ([&] { sink = json::diff (older, newer).dump ().size (); });
  double copy = best ([&] { json document = older; sink = document.size (); });
  double apply = best ([&] { json document = older; document.patch_inplace (patch); sink = document.size (); }) - copy;
  double whole = best ([&] { sink = json::diff (json::parse (old_text), json::parse (new_text)).dump ().size (); });
  double parse = best ([&] { sink = json::parse (old_text).size (); });
  double print = best ([&] { sink = older.dump ().size (); });
  printf ("diff\t%.4f\t%zu\t%zu\t%.4f\t%s\n", diff, text.size (), patch.size (), std::max (apply, 0.0), exact ? "true" : "false");
  printf ("text to text\t%.4f\t%zu\t%zu\t0\t%s\n", whole, text.size (), patch.size (), exact ? "true" : "false");
  printf ("parse\t%.4f\t%zu\t0\t0\ttrue\n", parse, old_text.size ());
  printf ("print\t%.4f\t%zu\t0\t0\ttrue\n", print, old_text.size ());
  return 0;
}
