/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "test-utils.h"
#include "test-witness.h"

/* Files that come, go, and are led to by links. */

typedef struct
{
  char         *directory;
  ServerSignal *signal;
  guint         n_failures;
  GError       *error;      /* the last one */
} Fixture;

static void
failed_cb (ServerSignal *signal,
           const char   *pointer,
           const GError *error,
           Fixture      *self)
{
  g_assert_cmpstr (pointer, ==, "/f");
  self->n_failures++;
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
}

static char *
path_of (Fixture    *self,
         const char *name)
{
  return g_build_filename (self->directory, name, NULL);
}

static void
put (Fixture    *self,
     const char *name,
     const char *json)
{
  g_autofree char *path = path_of (self, name);
  g_autofree char *text = quoted (json);
  FILE *file = g_fopen (path, "w");

  g_assert_nonnull (file);
  fputs (text, file);
  fclose (file);
}

static void
make_directory (Fixture    *self,
                const char *name)
{
  g_autofree char *path = path_of (self, name);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

static void
make_link (Fixture    *self,
           const char *target,
           const char *name)
{
  g_autofree char *path = path_of (self, name);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
rename_to (Fixture    *self,
           const char *from,
           const char *to)
{
  g_autofree char *from_path = path_of (self, from);
  g_autofree char *to_path = path_of (self, to);

  g_assert_cmpint (g_rename (from_path, to_path), ==, 0);
}

static void
delete (Fixture    *self,
        const char *name)
{
  g_autofree char *path = path_of (self, name);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static gboolean
track (Fixture     *self,
       const char  *name,
       GError     **error)
{
  g_autofree char *path = path_of (self, name);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  return server_signal_track_file (self->signal, "/f", file, error);
}

static void
track_fine (Fixture    *self,
            const char *name)
{
  g_autoptr (GError) error = NULL;
  gboolean tracked = track (self, name, &error);

  g_assert_no_error (error);
  g_assert_true (tracked);
}

static void
open_fixture (Fixture *self)
{
  *self = (Fixture) { 0 };
  self->directory = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  self->signal = signal_of ("{}");
  g_signal_connect (self->signal, "source-failed", G_CALLBACK (failed_cb), self);
}

static void
delete_tree (const char *path)
{
  g_autoptr (GDir) directory = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    directory = g_dir_open (path, 0, NULL);
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      delete_tree (child);
    }
  g_remove (path);
}

static void
close_fixture (Fixture *self)
{
  g_assert_finalize_object (self->signal);
  test_pass_time (20);
  delete_tree (self->directory);
  g_clear_error (&self->error);
  g_free (self->directory);
}

#define wait_for(fixture, n) \
  WAIT_UNTIL (server_signal_get_int ((fixture)->signal, "/f") == (n))

/* As Kubernetes exchanges a volume. */
static void
test_link_above (void)
{
  Fixture fixture;

  open_fixture (&fixture);
  make_directory (&fixture, "..1");
  put (&fixture, "..1/c.json", "1");
  make_link (&fixture, "..1", "..data");
  make_link (&fixture, "..data/c.json", "c.json");
  track_fine (&fixture, "c.json");
  g_assert_cmpint (server_signal_get_int (fixture.signal, "/f"), ==, 1);

  for (int turn = 2; turn <= 5; turn++)
    {
      g_autofree char *name = g_strdup_printf ("..%d", turn);
      g_autofree char *file = g_strdup_printf ("..%d/c.json", turn);
      g_autofree char *json = g_strdup_printf ("%d", turn);
      g_autofree char *old = g_strdup_printf ("..%d", turn - 1);
      g_autofree char *old_path = path_of (&fixture, old);

      make_directory (&fixture, name);
      put (&fixture, file, json);
      make_link (&fixture, name, "..data_tmp");
      rename_to (&fixture, "..data_tmp", "..data");
      if (turn % 2 == 0)
        delete_tree (old_path);
      wait_for (&fixture, turn);
    }

  /* And what is behind it now is watched as well. */
  put (&fixture, "..5/c.json", "50");
  wait_for (&fixture, 50);
  g_assert_cmpuint (fixture.n_failures, ==, 0);
  close_fixture (&fixture);
}

static void
test_link_to_release (void)
{
  Fixture fixture;

  open_fixture (&fixture);
  make_directory (&fixture, "releases");
  make_directory (&fixture, "releases/a");
  make_directory (&fixture, "releases/b");
  make_directory (&fixture, "app");
  put (&fixture, "releases/a/x.json", "1");
  put (&fixture, "releases/b/x.json", "2");
  make_link (&fixture, "a", "releases/current");
  make_link (&fixture, "../app/../releases/./current", "app/now");
  track_fine (&fixture, "app/now/x.json");

  make_link (&fixture, "b", "releases/next");
  rename_to (&fixture, "releases/next", "releases/current");
  wait_for (&fixture, 2);

  /* Not exchanged, but deleted and made. */
  delete (&fixture, "releases/current");
  make_link (&fixture, "a", "releases/current");
  wait_for (&fixture, 1);
  put (&fixture, "releases/a/x.json", "3");
  wait_for (&fixture, 3);

  /* A link nearer to the root than all that. */
  make_directory (&fixture, "other");
  put (&fixture, "other/x.json", "4");
  delete (&fixture, "app/now");
  make_link (&fixture, fixture.directory, "app/now");
  put (&fixture, "x.json", "5");
  wait_for (&fixture, 5);
  close_fixture (&fixture);
}

static void
test_link_to_file (void)
{
  Fixture fixture;

  open_fixture (&fixture);
  make_directory (&fixture, "d");
  put (&fixture, "d/real.json", "1");
  put (&fixture, "d/other.json", "10");
  make_link (&fixture, "d/real.json", "one");
  make_link (&fixture, "one", "two");
  track_fine (&fixture, "two");

  put (&fixture, "d/real.json", "2");
  wait_for (&fixture, 2);
  put (&fixture, "d/new.json", "3");
  rename_to (&fixture, "d/new.json", "d/real.json");
  wait_for (&fixture, 3);

  make_link (&fixture, "d/other.json", "new");
  rename_to (&fixture, "new", "one");
  wait_for (&fixture, 10);
  put (&fixture, "d/real.json", "4");
  put (&fixture, "d/other.json", "11");
  wait_for (&fixture, 11);
  g_assert_cmpuint (fixture.n_failures, ==, 0);

  /* It leads nowhere, and then it does. */
  delete (&fixture, "one");
  make_link (&fixture, "d/later/x.json", "one");
  WAIT_UNTIL (fixture.n_failures > 0);
  g_assert_error (fixture.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  make_directory (&fixture, "d/later");
  put (&fixture, "d/later/x.json", "12");
  wait_for (&fixture, 12);

  /* A plain file in its place. */
  put (&fixture, "plain", "13");
  rename_to (&fixture, "plain", "two");
  wait_for (&fixture, 13);
  close_fixture (&fixture);
}

static void
test_link_loop (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  clock_t before;

  open_fixture (&fixture);
  make_link (&fixture, "b", "a");
  make_link (&fixture, "a", "b");
  g_assert_false (track (&fixture, "a", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS);

  delete (&fixture, "b");
  put (&fixture, "b", "1");
  track_fine (&fixture, "a");
  delete (&fixture, "b");
  make_link (&fixture, "a", "b");
  WAIT_UNTIL (fixture.n_failures > 0);
  WAIT_UNTIL (g_error_matches (fixture.error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS));

  /* It does not turn round and round. */
  before = clock ();
  test_pass_time (200);
  g_assert_cmpint ((clock () - before) * 1000 / CLOCKS_PER_SEC, <, 100);

  delete (&fixture, "b");
  put (&fixture, "b", "2");
  wait_for (&fixture, 2);
  close_fixture (&fixture);
}

static void
make_fifo (Fixture    *self,
           const char *name)
{
  g_autofree char *path = path_of (self, name);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
}

/* Nothing is read but regular files: opening any other may wait for ever. */
static void
test_not_a_file (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) null = g_file_new_for_path ("/dev/null");

  open_fixture (&fixture);
  make_fifo (&fixture, "fifo");
  g_assert_false (track (&fixture, "fifo", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_false (server_signal_track_file (fixture.signal, "/f", null, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  make_directory (&fixture, "d");
  g_assert_false (track (&fixture, "d", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
  g_clear_error (&error);
  g_assert_false (track (&fixture, "fifo/x.json", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_clear_error (&error);
  g_assert_false (track (&fixture, "missing/x.json", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "missing"));

  put (&fixture, "x.json", "1");
  track_fine (&fixture, "x.json");
  for (int turn = 2; turn < 5; turn++)
    {
      g_autofree char *json = g_strdup_printf ("%d", turn);
      guint n_failures = fixture.n_failures;

      delete (&fixture, "x.json");
      if (turn == 3)
        {
          make_directory (&fixture, "x.json");
          WAIT_UNTIL (g_error_matches (fixture.error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY));
        }
      else
        {
          make_fifo (&fixture, "x.json");
          WAIT_UNTIL (fixture.n_failures > n_failures &&
                      g_error_matches (fixture.error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE));
        }
      g_assert_cmpint (server_signal_get_int (fixture.signal, "/f"), ==, turn - 1);

      delete (&fixture, "x.json");
      put (&fixture, "x.json", json);
      wait_for (&fixture, turn);
    }

  /* Put there as a whole. */
  make_fifo (&fixture, "new");
  rename_to (&fixture, "new", "x.json");
  WAIT_UNTIL (g_error_matches (fixture.error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE));
  put (&fixture, "new", "9");
  rename_to (&fixture, "new", "x.json");
  wait_for (&fixture, 9);

  /* It ends while it is one. */
  delete (&fixture, "x.json");
  make_fifo (&fixture, "x.json");
  close_fixture (&fixture);
}

static void
test_directory (void)
{
  Fixture fixture;
  g_autofree char *deep = NULL;

  open_fixture (&fixture);
  make_directory (&fixture, "a");
  make_directory (&fixture, "a/b");
  put (&fixture, "a/b/x.json", "1");
  track_fine (&fixture, "a/b/x.json");
  deep = path_of (&fixture, "a");

  for (int turn = 2; turn <= 4; turn++)
    {
      g_autofree char *json = g_strdup_printf ("%d", turn);

      delete_tree (deep);
      fixture.n_failures = 0;
      WAIT_UNTIL (fixture.n_failures > 0);
      g_assert_error (fixture.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      make_directory (&fixture, "a");
      test_pass_time (turn == 3 ? 30 : 0);
      make_directory (&fixture, "a/b");
      put (&fixture, "a/b/x.json", json);
      wait_for (&fixture, turn);
    }

  /* Another one in its place, at once. */
  make_directory (&fixture, "c");
  make_directory (&fixture, "c/b");
  put (&fixture, "c/b/x.json", "7");
  rename_to (&fixture, "a", "old");
  rename_to (&fixture, "c", "a");
  wait_for (&fixture, 7);
  put (&fixture, "a/b/x.json", "8");
  wait_for (&fixture, 8);
  put (&fixture, "old/b/x.json", "9");
  test_pass_time (50);
  g_assert_cmpint (server_signal_get_int (fixture.signal, "/f"), ==, 8);
  close_fixture (&fixture);
}

/* Two that watch one way. GIO knows a directory by its path for as long as anybody watches it, and
 * so watches the one that was moved away. */
static void
test_directory_of_two (void)
{
  ServerSignal *other = signal_of ("{}");
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GFile) file = NULL;
  Fixture fixture;

  open_fixture (&fixture);
  make_directory (&fixture, "a");
  make_directory (&fixture, "a/b");
  put (&fixture, "a/b/x.json", "1");
  path = path_of (&fixture, "a/b/x.json");
  file = g_file_new_for_path (path);
  track_fine (&fixture, "a/b/x.json");
  g_assert_true (server_signal_track_file (other, "/f", file, &error));
  g_assert_no_error (error);

  make_directory (&fixture, "c");
  make_directory (&fixture, "c/b");
  put (&fixture, "c/b/x.json", "2");
  rename_to (&fixture, "a", "old");
  rename_to (&fixture, "c", "a");
  wait_for (&fixture, 2);
  WAIT_UNTIL (server_signal_get_int (other, "/f") == 2);
  test_pass_time (50);
  put (&fixture, "a/b/x.json", "3");
  wait_for (&fixture, 3);
  WAIT_UNTIL (server_signal_get_int (other, "/f") == 3);

  g_assert_finalize_object (other);
  close_fixture (&fixture);
}

static void
test_text (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  Fixture fixture;
  FILE *file;

  open_fixture (&fixture);
  put (&fixture, "x.json", "\xef\xbb\xbf{'a':1}");
  track_fine (&fixture, "x.json");
  assert_json (fixture.signal, "/f", "{'a':1}");
  put (&fixture, "x.json", "\xef\xbb\xbf\n {'a':2}");
  WAIT_UNTIL (server_signal_get_int (fixture.signal, "/f/a") == 2);

  /* Where it is broken, and the last good value. */
  put (&fixture, "x.json", "{'a':3,\n 'b':}");
  WAIT_UNTIL (fixture.n_failures > 0);
  g_assert_error (fixture.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  g_assert_nonnull (strstr (fixture.error->message, "Line 2"));
  g_assert_nonnull (strstr (fixture.error->message, "column"));
  assert_json (fixture.signal, "/f", "{'a':2}");
  put (&fixture, "x.json", "{'a':4}");
  WAIT_UNTIL (server_signal_get_int (fixture.signal, "/f/a") == 4);

  /* A BOM and nothing else, and two of them. */
  fixture.n_failures = 0;
  put (&fixture, "x.json", "\xef\xbb\xbf");
  WAIT_UNTIL (fixture.n_failures == 1);
  put (&fixture, "x.json",
       "\xef\xbb\xbf\xef\xbb\xbf"
       "5");
  WAIT_UNTIL (fixture.n_failures == 2);
  assert_json (fixture.signal, "/f", "{'a':4}");

  /* More than there may be takes no time and no memory. */
  path = path_of (&fixture, "huge");
  file = g_fopen (path, "w");
  g_assert_nonnull (file);
  g_assert_cmpint (ftruncate (fileno (file), (off_t) 1 << 40), ==, 0);
  fclose (file);
  rename_to (&fixture, "huge", "x.json");
  WAIT_UNTIL (g_error_matches (fixture.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT));
  assert_json (fixture.signal, "/f", "{'a':4}");
  server_signal_untrack (fixture.signal, "/f");
  g_assert_false (track (&fixture, "x.json", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  close_fixture (&fixture);
}

/* Rows of a large file, of which only those that change are parsed. */
static char *
make_rows (guint n,
           guint changed,
           int   number)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text,
                            "%s{'id':%u,'text':'a row of some length, and of no interest','n':%d}",
                            i > 0 ? "," : "", i, i == changed ? number : 0);

  return g_string_free (g_string_append_c (text, ']'), FALSE);
}

static void
put_rows (Fixture *self,
          guint    n,
          guint    changed,
          int      number)
{
  g_autofree char *rows = make_rows (n, changed, number);

  put (self, "new", rows);
  rename_to (self, "new", "x.json");
}

static void
assert_rows (Fixture *self,
             guint    n,
             guint    changed,
             int      number)
{
  g_autofree char *rows = make_rows (n, changed, number);

  assert_json (self->signal, "/f", rows);
}

static void
test_large (void)
{
  const guint n = 2000;
  g_autofree char *broken = make_rows (n, 3, 5);
  Fixture fixture;

  open_fixture (&fixture);
  put_rows (&fixture, n, 0, 1);
  track_fine (&fixture, "x.json");
  assert_rows (&fixture, n, 0, 1);

  put_rows (&fixture, n, n / 2, 2);
  WAIT_UNTIL (server_signal_get_int (fixture.signal, "/f/1000/n") == 2);
  assert_rows (&fixture, n, n / 2, 2);

  /* Others hold what it was made of. */
  g_assert_true (server_signal_set_int (fixture.signal, "/g", 1, NULL));
  put_rows (&fixture, n, n / 2, 3);
  WAIT_UNTIL (server_signal_get_int (fixture.signal, "/f/1000/n") == 3);
  assert_rows (&fixture, n, n / 2, 3);

  broken[strlen (broken) / 2] = '\x01';
  put (&fixture, "x.json", broken);
  WAIT_UNTIL (fixture.n_failures > 0);
  assert_rows (&fixture, n, n / 2, 3);
  put_rows (&fixture, n + 1, n, 4);
  WAIT_UNTIL (server_signal_get_n_elements (fixture.signal, "/f") == n + 1);
  assert_rows (&fixture, n + 1, n, 4);

  /* A small one, and large again. */
  put_rows (&fixture, 2, 0, 5);
  WAIT_UNTIL (server_signal_get_n_elements (fixture.signal, "/f") == 2);
  assert_rows (&fixture, 2, 0, 5);
  put_rows (&fixture, n, 0, 6);
  WAIT_UNTIL (server_signal_get_n_elements (fixture.signal, "/f") == n);
  assert_rows (&fixture, n, 0, 6);
  close_fixture (&fixture);
}

/* Replaced again and again, while it is being read: the last contents are there in the end. */
static void
test_replaced (void)
{
  Fixture fixture;

  open_fixture (&fixture);
  put (&fixture, "x.json", "0");
  track_fine (&fixture, "x.json");
  for (int i = 1; i <= 200; i++)
    {
      g_autofree char *json = g_strdup_printf ("%d", i);

      put (&fixture, "new", json);
      rename_to (&fixture, "new", "x.json");
      if (i % 10 == 0)
        test_pass_time (1);
    }
  wait_for (&fixture, 200);
  g_assert_cmpuint (fixture.n_failures, ==, 0);

  /* Gone for longer than a moment is told once. */
  delete (&fixture, "x.json");
  WAIT_UNTIL (fixture.n_failures == 1);
  test_pass_time (100);
  g_assert_cmpuint (fixture.n_failures, ==, 1);
  close_fixture (&fixture);
}

/* It is watched from the way to it, not by its address: this does not hang, and nothing is read
 * when others write beside it. */
static void
test_neighbours (void)
{
  Fixture fixture;
  Witness *witness;
  clock_t before;

  open_fixture (&fixture);
  put (&fixture, "x.json", "1");
  track_fine (&fixture, "x.json");
  witness = witness_new (fixture.signal);
  before = clock ();
  for (guint i = 0; i < 20; i++)
    {
      put (&fixture, "y.json", "2");
      delete (&fixture, "y.json");
      test_pass_time (5);
    }
  g_assert_cmpint ((clock () - before) * 1000 / CLOCKS_PER_SEC, <, 500);
  assert_commits (witness, 0);
  g_assert_cmpuint (fixture.n_failures, ==, 0);
  witness_free (witness);
  close_fixture (&fixture);
}

/* A place that GIO knows nothing of. */
static void
test_elsewhere (void)
{
  g_autoptr (GFile) file = g_file_new_for_uri ("nothing://example.com/x.json");
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  open_fixture (&fixture);
  g_assert_false (server_signal_track_file (fixture.signal, "/f", file, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  close_fixture (&fixture);
}

typedef struct
{
  Fixture *fixture;
  guint    n_parsed;
  guint    n_destroyed;
} Parser;

/* A format of its own: the number of bytes. "!" is wrong in it, "?" gives nothing, "." ends it. */
static JsonNode *
parse_length (GBytes    *bytes,
              gpointer   user_data,
              GError   **error)
{
  Parser *self = user_data;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  JsonNode *node;

  self->n_parsed++;
  if (length > 0 && text[0] == '!')
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "That is wrong");
      return NULL;
    }
  if (length > 0 && text[0] == '?')
    return NULL;
  if (length > 0 && text[0] == '.')
    server_signal_untrack (self->fixture->signal, "/f");

  node = json_node_new (JSON_NODE_VALUE);
  if (length > 0 && text[0] == '~')
    json_node_set_double (node, INFINITY);
  else
    json_node_set_int (node, (gint64) length);

  return node;
}

static void
parser_destroy (gpointer data)
{
  ((Parser *) data)->n_destroyed++;
}

static gboolean
track_parsed (Fixture     *self,
              const char  *name,
              Parser      *parser,
              GError     **error)
{
  g_autofree char *path = path_of (self, name);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  return server_signal_track_parsed_file (self->signal, "/f", file, parse_length, parser,
                                          parser_destroy, error);
}

/* The application reads the file, and everything else is as with JSON. */
static void
test_parsed (void)
{
  Fixture self;
  Parser parser = { &self, 0, 0 };
  g_autoptr (GError) error = NULL;

  open_fixture (&self);
  put (&self, "file", "!");
  g_assert_false (track_parsed (&self, "file", &parser, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpuint (parser.n_destroyed, ==, 1);
  g_clear_error (&error);
  put (&self, "file", "?");
  g_assert_false (track_parsed (&self, "file", &parser, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED);
  g_clear_error (&error);
  put (&self, "file", "~");
  g_assert_false (track_parsed (&self, "file", &parser, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  g_clear_error (&error);
  g_assert_false (track_parsed (&self, "absent", &parser, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (server_signal_has (self.signal, "/f"));
  g_assert_cmpuint (parser.n_destroyed, ==, 4);

  put (&self, "file", "four");
  g_assert_true (track_parsed (&self, "file", &parser, &error));
  g_assert_no_error (error);
  g_assert_cmpint (server_signal_get_int (self.signal, "/f"), ==, 4);
  put (&self, "new", "seven 7");
  rename_to (&self, "new", "file");
  WAIT_UNTIL (server_signal_get_int (self.signal, "/f") == 7);
  put (&self, "file", "!");
  WAIT_UNTIL (self.n_failures == 1);
  g_assert_error (self.error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_cmpint (server_signal_get_int (self.signal, "/f"), ==, 7);
  put (&self, "file", "12");
  WAIT_UNTIL (server_signal_get_int (self.signal, "/f") == 2);

  /* The function ends it itself. */
  put (&self, "file", ".");
  WAIT_UNTIL (parser.n_destroyed == 5);
  g_assert_cmpint (server_signal_get_int (self.signal, "/f"), ==, 2);
  g_assert_true (server_signal_set_int (self.signal, "/f", 3, NULL));

  close_fixture (&self);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/track-file/link-above", test_link_above);
  g_test_add_func ("/track-file/link-to-release", test_link_to_release);
  g_test_add_func ("/track-file/link-to-file", test_link_to_file);
  g_test_add_func ("/track-file/link-loop", test_link_loop);
  g_test_add_func ("/track-file/not-a-file", test_not_a_file);
  g_test_add_func ("/track-file/directory", test_directory);
  g_test_add_func ("/track-file/directory-of-two", test_directory_of_two);
  g_test_add_func ("/track-file/text", test_text);
  g_test_add_func ("/track-file/large", test_large);
  g_test_add_func ("/track-file/replaced", test_replaced);
  g_test_add_func ("/track-file/neighbours", test_neighbours);
  g_test_add_func ("/track-file/elsewhere", test_elsewhere);
  g_test_add_func ("/track-file/parsed", test_parsed);

  return g_test_run ();
}
