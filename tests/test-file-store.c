/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Stores in files: processes that are killed, disks that are full, writes that are cut off at any
 * byte. */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "libserver-signal.h"
#include "signal/server-signal-private.h"
#include "store-cases.h"
#include "store-fixture.h"
#include "store/ss-file-log.h"
#include "test-json.h"
#include "test-utils.h"

typedef struct
{
  char *folder;
} Folder;

static Folder *
folder_new (void)
{
  Folder *folder = g_new0 (Folder, 1);

  folder->folder = g_dir_make_tmp ("server-signal-files-XXXXXX", NULL);

  return folder;
}

static void
folder_free (Folder *folder)
{
  remove_folder (folder->folder);
  g_free (folder->folder);
  g_free (folder);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Folder, folder_free)

/* Closes the store and drops it, so that its folder is free. */
static void
end_store (ServerSignalStore *store)
{
  close_store (store);
  g_object_unref (store);
  test_settle ();
}

static void
wait_confirmed (ServerSignal *signal)
{
  WAIT_UNTIL (server_signal_get_revision (ss_signal_get_published (signal)) ==
              server_signal_get_revision (signal));
}

static void
test_restart (void)
{
  g_autoptr (Folder) folder = folder_new ();
  g_autofree char *epoch = NULL;
  g_autofree char *long_name = g_strnfill (1000, 'n');

  for (guint round = 0; round < 5; round++)
    {
      ServerSignalStore *store = server_signal_file_store_new (folder->folder);
      g_autoptr (ServerSignal) signal = own (store, "Ä/../b.c", "{\"n\":0}");
      g_autoptr (ServerSignal) other = own (store, long_name, "\"x\"");
      Outcome listed = { NULL };
      g_auto (GStrv) names = NULL;

      if (epoch == NULL)
        epoch = g_strdup (server_signal_get_epoch (signal));
      g_assert_cmpstr (server_signal_get_epoch (signal), ==, epoch);
      g_assert_cmpuint (server_signal_get_revision (signal), ==, 1000 * round);
      g_assert_cmpint (server_signal_get_int (signal, "/n"), ==, 1000 * round);
      for (guint i = 1; i <= 1000; i++)
        {
          g_assert_true (server_signal_set_int (signal, "/n", 1000 * round + i, NULL));
          if (i % 50 == 0)
            wait_confirmed (signal);
        }

      server_signal_store_list_async (store, NULL, NULL, outcome_cb, &listed);
      WAIT_UNTIL (listed.result != NULL);
      names = server_signal_store_list_finish (store, listed.result, NULL);
      g_assert_cmpuint (g_strv_length (names), ==, 2);
      g_assert_cmpstr (names[0], ==, long_name);
      g_object_unref (listed.result);
      end_store (store);
    }
}

/* A folder is one process's at a time. */
static void
test_lock (void)
{
  g_autoptr (Folder) folder = folder_new ();
  ServerSignalStore *first = server_signal_file_store_new (folder->folder);
  ServerSignalStore *second = server_signal_file_store_new (folder->folder);
  g_autoptr (ServerSignal) signal = own (first, "a", "1");
  g_autoptr (ServerSignal) next = NULL;
  Outcome outcome = { NULL }, closed = { NULL };

  server_signal_store_own_async (second, "a", NULL, NULL, outcome_cb, &outcome);
  test_pass_time (100);
  g_assert_null (outcome.result);
  g_assert_true (server_signal_set_json (signal, NULL, "2", NULL));
  server_signal_store_close_async (first, NULL, outcome_cb, &closed);
  WAIT_UNTIL (closed.result != NULL && outcome.result != NULL);
  next = server_signal_store_own_finish (second, outcome.result, NULL);
  g_assert_cmpint (server_signal_get_int (next, NULL), ==, 2);
  g_object_unref (outcome.result);
  g_object_unref (closed.result);
  g_object_unref (first);
  end_store (second);
}

/* Files that a write of a few commits leaves behind. */
static char *
make_file (Folder  *folder,
           gsize   *length,
           guint64 *confirmed,
           gsize   *confirmed_length)
{
  ServerSignalStore *store = server_signal_file_store_new (folder->folder);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0,\"text\":\"é\"}");
  g_autofree char *path = g_build_filename (folder->folder, "a.signal", NULL);
  g_autofree char *before = NULL;
  char *text;

  for (int i = 1; i <= 5; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  wait_confirmed (signal);
  *confirmed = server_signal_get_revision (signal);
  g_assert_true (g_file_get_contents (path, &before, confirmed_length, NULL));
  for (int i = 6; i <= 10; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  wait_confirmed (signal);
  g_assert_true (g_file_get_contents (path, &text, length, NULL));
  g_object_unref (store);
  test_settle ();

  return text;
}

static guint64
read_revision (const char *text,
               gsize       length)
{
  gsize good;
  SsFileSum sum;
  g_autoptr (SsStoreRecord) record = ss_file_log_read (text, length, &good, &sum, NULL);

  g_assert_nonnull (record);
  g_assert_cmpuint (good, <=, length);

  return record->mark.revision;
}

/* From one byte to the next that is tried, an odd number: 1, or more where SS_TEST_CASES asks for less. */
static gsize
get_step (void)
{
  return (100 / test_cases (100)) | 1;
}

/* The write of the last five commits is cut off at each byte, and its page is torn at each byte: the
 * first five, which were confirmed before it began, are there. */
static void
test_cut (void)
{
  g_autoptr (Folder) folder = folder_new ();
  guint64 confirmed, last = 0;
  gsize length, confirmed_length;
  g_autofree char *text = make_file (folder, &length, &confirmed, &confirmed_length);

  /* Nothing was written into a page that the disk had confirmed. */
  g_assert_cmpuint (confirmed, ==, 5);
  for (gsize at = confirmed_length; at < (confirmed_length + 4095) / 4096 * 4096; at++)
    g_assert_cmpint (text[at], ==, '\0');
  g_assert_cmpuint (read_revision (text, length), ==, 10);
  for (gsize cut = confirmed_length; cut <= length; cut += get_step ())
    {
      g_autofree char *torn = g_memdup2 (text, length);
      guint64 revision = read_revision (text, cut);

      g_assert_cmpuint (revision, >=, MAX (last, confirmed));
      last = revision;

      /* The rest of the page never came, or is something else. */
      memset (torn + cut, cut % 2 == 0 ? 0 : 'C', length - cut);
      g_assert_cmpuint (read_revision (torn, length), ==, revision);

      /* Or only its end came. */
      if (cut > confirmed_length)
        {
          g_autofree char *end = g_memdup2 (text, length);

          memset (end + confirmed_length, 0, cut - confirmed_length);
          g_assert_cmpuint (read_revision (end, length), >=, confirmed);
        }
    }

  /* A snapshot that is not whole is no signal, and says so. */
  for (gsize cut = 0; cut < 100; cut++)
    {
      gsize good;
      SsFileSum sum;
      g_autoptr (GError) error = NULL;

      g_assert_null (ss_file_log_read (text, cut, &good, &sum, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
    }
}

/* Damage in bytes that the disk had confirmed is no write that was cut off: nothing behind it is thrown
 * away, and the error says where it is. */
static void
test_damage (void)
{
  g_autoptr (Folder) folder = folder_new ();
  guint64 confirmed;
  gsize length, confirmed_length, n_tried = 0, n_refused = 0;
  g_autofree char *text = make_file (folder, &length, &confirmed, &confirmed_length);
  g_autofree char *path = g_build_filename (folder->folder, "a.signal", NULL);

  for (gsize at = 0; at < confirmed_length; at += get_step (), n_tried++)
    {
      g_autofree char *damaged = g_memdup2 (text, length);
      g_autoptr (GError) error = NULL;
      g_autoptr (SsStoreRecord) record = NULL;
      gsize good;
      SsFileSum sum;

      damaged[at] ^= 0x10;
      record = ss_file_log_read (damaged, length, &good, &sum, &error);
      if (record == NULL)
        {
          g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
          n_refused++;
        }
      else
        {
          /* How much was confirmed is of no use where everything can be read. */
          g_assert_cmpuint (record->mark.revision, ==, 10);
        }
    }
  g_assert_cmpuint (n_refused + 50, >, n_tried);

  /* The same by way of a store, which leaves the file as it is. */
  text[confirmed_length / 2] ^= 0x10;
  g_assert_true (g_file_set_contents (path, text, (gssize) length, NULL));
  {
    ServerSignalStore *store = server_signal_file_store_new (folder->folder);
    Outcome outcome = { NULL };
    g_autoptr (GError) error = NULL;
    g_autofree char *after = NULL;
    gsize after_length;

    server_signal_store_update_async (store, "a", count_up, NULL, NULL, NULL, outcome_cb, &outcome);
    WAIT_UNTIL (outcome.result != NULL);
    g_assert_false (server_signal_store_update_finish (store, outcome.result, &error));
    g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
    g_assert_nonnull (strstr (error->message, path));
    g_object_unref (outcome.result);
    end_store (store);
    g_assert_true (g_file_get_contents (path, &after, &after_length, NULL));
    g_assert_cmpmem (after, after_length, text, length);
  }
}

/* A folder that is removed under the store, or changed for another one, comes back with everything that
 * was confirmed. */
static void
test_folder_gone (void)
{
  g_autoptr (Folder) folder = folder_new ();
  g_autofree char *aside = g_strconcat (folder->folder, ".aside", NULL);
  g_autofree char *epoch = NULL;
  ServerSignalStore *store = server_signal_file_store_new (folder->folder);
  ServerSignalStore *next;
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) again = NULL;
  guint done = 0;

  server_signal_store_set_lease (store, 300);
  signal = own (store, "a", "{\"n\":0}");
  epoch = g_strdup (server_signal_get_epoch (signal));
  server_signal_store_update_async (store, "b", count_up, NULL, NULL, NULL, count_cb, &done);
  WAIT_UNTIL (done == 1);
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  wait_confirmed (signal);

  remove_folder (folder->folder);
  g_assert_true (server_signal_set_int (signal, "/n", 2, NULL));
  server_signal_store_update_async (store, "b", count_up, NULL, NULL, NULL, count_cb, &done);
  WAIT_UNTIL (done == 2);
  wait_confirmed (signal);
  g_assert_true (g_file_test (folder->folder, G_FILE_TEST_IS_DIR));
  WAIT_UNTIL (server_signal_store_get_error (store) == NULL);

  /* A process that takes the new folder is not written over. */
  g_assert_cmpint (g_rename (folder->folder, aside), ==, 0);
  next = server_signal_file_store_new (folder->folder);
  again = own (next, "a", "{\"n\":100}");
  g_assert_true (server_signal_set_int (signal, "/n", 3, NULL));
  WAIT_UNTIL (server_signal_store_get_error (store) != NULL);
  WAIT_UNTIL (strstr (server_signal_store_get_error (store)->message, "another process") != NULL);
  g_assert_true (server_signal_set_int (again, "/n", 101, NULL));
  wait_confirmed (again);
  g_assert_cmpuint (server_signal_get_revision (ss_signal_get_published (signal)), ==, 2);
  /* At once: the first store would take the folder as it is, and find another life there. */
  g_clear_object (&again);
  g_object_unref (next);
  remove_folder (folder->folder);
  g_assert_cmpint (g_rename (aside, folder->folder), ==, 0);
  wait_confirmed (signal);
  g_assert_true (server_signal_get_writable (signal));
  g_clear_object (&signal);
  end_store (store);

  next = server_signal_file_store_new (folder->folder);
  again = own (next, "a", "null");
  g_assert_cmpint (server_signal_get_int (again, "/n"), ==, 3);
  g_assert_cmpstr (server_signal_get_epoch (again), ==, epoch);
  g_clear_object (&again);
  again = own (next, "b", "null");
  g_assert_cmpint (server_signal_get_int (again, "/n"), ==, 2);
  end_store (next);
}

/* After that the store goes on: in the same life, and what it writes next is found again. */
static void
test_go_on (void)
{
  g_autoptr (Folder) folder = folder_new ();
  guint64 confirmed;
  gsize length, confirmed_length;
  g_autofree char *text = make_file (folder, &length, &confirmed, &confirmed_length);
  g_autofree char *path = g_build_filename (folder->folder, "a.signal", NULL);
  g_autofree char *epoch = NULL;
  gsize step = MAX ((length - confirmed_length) / 20, 1);

  for (gsize cut = confirmed_length; cut <= length; cut += step)
    {
      ServerSignalStore *store;
      guint64 expected = read_revision (text, cut);

      g_assert_true (g_file_set_contents (path, text, (gssize) cut, NULL));
      for (guint round = 0; round < 2; round++)
        {
          g_autoptr (ServerSignal) signal = NULL;

          store = server_signal_file_store_new (folder->folder);
          signal = own (store, "a", "null");
          g_assert_cmpuint (server_signal_get_revision (signal), ==, expected + round);
          if (epoch == NULL)
            epoch = g_strdup (server_signal_get_epoch (signal));
          g_assert_cmpstr (server_signal_get_epoch (signal), ==, epoch);
          g_assert_true (server_signal_set_int (signal, "/n", 100 + round, NULL));
          end_store (store);
        }
    }
}

/* A process that writes and is killed at any moment: everything that it has said to be confirmed is
 * there. */
G_GNUC_NORETURN static void
run_child (const char *folder,
           int         fd)
{
  ServerSignalStore *store = server_signal_file_store_new (folder);
  ServerSignal *signal = own (store, "a", "{\"n\":0}");
  guint64 said = 0;

  for (guint64 i = server_signal_get_revision (signal);;)
    {
      guint64 shown = server_signal_get_revision (ss_signal_get_published (signal));

      if (shown != said && write (fd, &shown, sizeof shown) != sizeof shown)
        _exit (1);
      said = shown;
      if (i - shown < 100)
        {
          i++;
          if (!server_signal_set_int (signal, "/n", (gint64) i, NULL))
            _exit (2);
        }
      g_main_context_iteration (NULL, i - shown >= 100);
    }
}

static void
test_killed (void)
{
  g_autoptr (Folder) folder = folder_new ();
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *epoch = NULL;
  guint64 last = 0;

  for (guint round = 0; round < 8; round++)
    {
      int fds[2];
      guint64 shown = 0, n = 0;
      g_autofree char *fd = NULL;
      pid_t pid;
      ServerSignalStore *store;
      g_autoptr (ServerSignal) signal = NULL;

      g_assert_cmpint (pipe (fds), ==, 0);
      fd = g_strdup_printf ("%d", fds[1]);
      pid = fork ();
      if (pid == 0)
        {
          execl (program, program, "--child", folder->folder, fd, NULL);
          _exit (127);
        }
      close (fds[1]);

      /* After a number of reports, anywhere in what follows. */
      while (n++ < 5 + round * 7)
        g_assert_cmpint (read (fds[0], &shown, sizeof shown), ==, sizeof shown);
      kill (pid, SIGKILL);
      while (read (fds[0], &shown, sizeof shown) == sizeof shown)
        continue;
      close (fds[0]);
      waitpid (pid, NULL, 0);

      store = server_signal_file_store_new (folder->folder);
      signal = own (store, "a", "null");
      g_test_message ("%" G_GUINT64_FORMAT " confirmed, %" G_GUINT64_FORMAT " there", shown,
                      server_signal_get_revision (signal));
      g_assert_cmpuint (shown, >=, last);
      g_assert_cmpuint (server_signal_get_revision (signal), >=, shown);
      g_assert_cmpint (server_signal_get_int (signal, "/n"), ==,
                       server_signal_get_revision (signal));
      if (epoch == NULL)
        epoch = g_strdup (server_signal_get_epoch (signal));
      g_assert_cmpstr (server_signal_get_epoch (signal), ==, epoch);
      last = server_signal_get_revision (signal);
      end_store (store);
    }
}

/* A disk that takes no more: nothing is shown that it does not have, and all of it when there is
 * room. */
static void
test_full (void)
{
  g_autoptr (Folder) folder = folder_new ();
  ServerSignalStore *store = server_signal_file_store_new (folder->folder);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) shown = g_object_ref (ss_signal_get_published (signal));
  g_autofree char *large = g_strnfill (30000, 'x');
  struct rlimit before, limit;
  ServerSignalStore *next;
  g_autoptr (ServerSignal) again = NULL;

  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  wait_confirmed (signal);

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 8192;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_true (server_signal_set_string (signal, "/large", large, NULL));
  WAIT_UNTIL (server_signal_get_stale (shown));
  g_assert_true (server_signal_set_int (signal, "/n", 2, NULL));
  test_pass_time (100);
  g_assert_cmpuint (server_signal_get_revision (shown), ==, 1);
  g_assert_error (server_signal_store_get_error (store), G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (server_signal_store_get_error (store)->message, "/a.signal: "));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  wait_confirmed (signal);
  WAIT_UNTIL (!server_signal_get_stale (shown));
  g_clear_object (&shown);
  g_clear_object (&signal);
  end_store (store);

  next = server_signal_file_store_new (folder->folder);
  again = own (next, "a", "null");
  g_assert_cmpuint (server_signal_get_revision (again), ==, 3);
  g_assert_cmpint (server_signal_get_int (again, "/n"), ==, 2);
  end_store (next);
}

static gpointer
file_set_up (void)
{
  return folder_new ();
}

static ServerSignalStore *
file_store_new (gpointer place)
{
  return server_signal_file_store_new (((Folder *) place)->folder);
}

static void
file_tear_down (gpointer place)
{
  folder_free (place);
}

static const StoreEngine file_engine = {
  .name = "file-store",
  .set_up = file_set_up,
  .store_new = file_store_new,
  .tear_down = file_tear_down,
};

int
main (int    argc,
      char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--child"))
    run_child (argv[2], atoi (argv[3]));

  g_test_init (&argc, &argv, NULL);
  signal (SIGXFSZ, SIG_IGN);

  g_test_add_func ("/file-store/restart", test_restart);
  g_test_add_func ("/file-store/lock", test_lock);
  store_cases_add (&file_engine);
  g_test_add_func ("/file-store/cut", test_cut);
  g_test_add_func ("/file-store/damage", test_damage);
  g_test_add_func ("/file-store/folder-gone", test_folder_gone);
  g_test_add_func ("/file-store/go-on", test_go_on);
  g_test_add_func ("/file-store/killed", test_killed);
  g_test_add_func ("/file-store/full", test_full);

  return g_test_run ();
}
