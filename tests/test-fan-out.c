/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* A commit that thousands follow: how much of it leaves in one turn of the main loop, and what
 * becomes of the rest. */

#include "config.h"

#include <string.h>

#include "server/server-signal-peer-private.h"
#include "ss-limits.h"
#include "transport/ss-poller.h"
#include "test-hub.h"

/* Two turns are not enough for so many. */
#define N_PEERS (2 * SS_TURN_WRITES + SS_TURN_WRITES / 2)

/* The bytes that a client sends in the beginning, and then nothing more. */
#define TEST_TYPE_INPUT (test_input_get_type ())
G_DECLARE_FINAL_TYPE (TestInput, test_input, TEST, INPUT, GInputStream)

struct _TestInput
{
  GInputStream parent_instance;

  GByteArray  *bytes;
};

static gssize
test_input_read_nonblocking (GPollableInputStream  *stream,
                             void                  *buffer,
                             gsize                  count,
                             GError               **error)
{
  TestInput *self = TEST_INPUT (stream);
  gsize n = MIN (count, self->bytes->len);

  if (n == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Nothing more");
      return -1;
    }

  memcpy (buffer, self->bytes->data, n);
  g_byte_array_remove_range (self->bytes, 0, (guint) n);

  return (gssize) n;
}

static gboolean
test_input_is_readable (GPollableInputStream *stream)
{
  return TEST_INPUT (stream)->bytes->len > 0;
}

/* It is asked for when nothing is left, so it never fires. */
static GSource *
test_input_create_source (GPollableInputStream *stream,
                          GCancellable         *cancellable)
{
  return g_pollable_source_new (G_OBJECT (stream));
}

static void
pollable_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = test_input_is_readable;
  iface->create_source = test_input_create_source;
  iface->read_nonblocking = test_input_read_nonblocking;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestInput, test_input, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pollable_init))

static void
test_input_finalize (GObject *object)
{
  g_byte_array_unref (TEST_INPUT (object)->bytes);

  G_OBJECT_CLASS (test_input_parent_class)->finalize (object);
}

static void
test_input_class_init (TestInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_input_finalize;
}

static void
test_input_init (TestInput *self)
{
  self->bytes = g_byte_array_new ();
}

typedef struct
{
  ServerSignalHub *hub;
  ServerSignal    *counter;
  GPtrArray       *outputs; /* of GMemoryOutputStream: what each client has got */
  GArray          *taken;   /* of gsize: how much of that had come when it was last looked at */
} Fixture;

/* A text of a client, which is short. */
static void
add_text (GByteArray *bytes,
          const char *text)
{
  const guint8 header[] = { 0x81, (guint8) (0x80 | strlen (text)), 0, 0, 0, 0 };

  g_assert_cmpuint (strlen (text), <, 126);
  g_byte_array_append (bytes, header, sizeof header);
  g_byte_array_append (bytes, (const guint8 *) text, (guint) strlen (text));
}

static void
add_peer (Fixture *self)
{
  g_autoptr (TestInput) input = g_object_new (TEST_TYPE_INPUT, NULL);
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
  g_autoptr (GIOStream) stream = NULL;
  const gsize none = 0;

  add_text (input->bytes, "{\"subscribe\":\"counter\"}");
  stream = g_simple_io_stream_new (G_INPUT_STREAM (input), output);
  g_assert_nonnull (server_signal_hub_accept_stream (self->hub, stream, V1));
  g_ptr_array_add (self->outputs, g_steal_pointer (&output));
  g_array_append_val (self->taken, none);
}

static gsize
get_size (Fixture *self,
          guint    i)
{
  return g_memory_output_stream_get_data_size (g_ptr_array_index (self->outputs, i));
}

/* One turn of the main loop: gives the number of clients that got something in it. n_turns: of each
 * client those in which it did, or NULL. */
static guint
run_turn (Fixture *self,
          guint   *n_turns)
{
  guint n = 0;

  g_main_context_iteration (NULL, FALSE);
  for (guint i = 0; i < self->outputs->len; i++)
    {
      gsize *taken = &g_array_index (self->taken, gsize, i);

      if (get_size (self, i) == *taken)
        continue;

      *taken = get_size (self, i);
      if (n_turns != NULL)
        n_turns[i]++;
      n++;
    }

  return n;
}

static void
set_up (Fixture       *self,
        gconstpointer  n_peers)
{
  self->hub = server_signal_hub_new ();
  self->counter = new_signal ("counter", "{\"value\":0}");
  self->outputs = g_ptr_array_new_with_free_func (g_object_unref);
  self->taken = g_array_new (FALSE, FALSE, sizeof (gsize));

  server_signal_hub_set_keepalive_interval (self->hub, 0);
  server_signal_hub_add (self->hub, self->counter, NULL);
  for (guint i = 0; i < GPOINTER_TO_UINT (n_peers); i++)
    add_peer (self);

  /* Each is said hello, asks, and has its document. */
  test_settle ();
  run_turn (self, NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  n_peers)
{
  g_autoptr (GListModel) peers = g_object_ref (server_signal_hub_get_peers (self->hub));

  g_object_unref (self->hub);
  WAIT_UNTIL (g_list_model_get_n_items (peers) == 0);
  g_assert_finalize_object (g_steal_pointer (&self->counter));
  g_ptr_array_unref (self->outputs);
  g_array_unref (self->taken);
}

static guint64
number_after (const char *text,
              const char *member)
{
  const char *found = strstr (text, member);

  g_assert_nonnull (found);

  return g_ascii_strtoull (found + strlen (member), NULL, 10);
}

/* The client has the newest revision, each update goes on from what came before it, and the last has
 * the counter's value. Gives the number of updates. */
static guint
check_whole (Fixture *self,
             guint    i)
{
  GMemoryOutputStream *output = g_ptr_array_index (self->outputs, i);
  const guint8 *data = g_memory_output_stream_get_data (output);
  gsize size = g_memory_output_stream_get_data_size (output);
  guint64 value = 0;
  guint64 rev = 0;
  guint n = 0;

  for (gsize at = 0; at < size;)
    {
      gboolean is_long = data[at + 1] == 126;
      gsize length = is_long ? (gsize) (data[at + 2] << 8 | data[at + 3]) : data[at + 1];
      g_autofree char *text = NULL;

      g_assert_cmpuint (data[at], ==, 0x81);
      g_assert_cmpuint (data[at + 1], <, 127);
      at += is_long ? 4 : 2;
      text = g_strndup ((const char *) data + at, length);
      at += length;
      g_assert_cmpuint (at, <=, size);

      /* "hello", and the document. */
      if (strstr (text, "\"base\":") == NULL)
        continue;

      g_assert_cmpuint (number_after (text, "\"base\":"), ==, rev);
      rev = number_after (text, "\"rev\":");
      value = number_after (text, "\"value\":");
      n++;
    }

  g_assert_cmpuint (rev, ==, server_signal_get_revision (self->counter));
  g_assert_cmpint ((gint64) value, ==, server_signal_get_int (self->counter, "/value"));

  return n;
}

static gboolean
count_cb (gpointer user_data)
{
  (*(guint *) user_data)++;

  return G_SOURCE_CONTINUE;
}

/* Few of them are all sent in the turn of the commit, unless that turn has taken its time. */
static void
test_few (Fixture       *self,
          gconstpointer  n_peers)
{
  gint64 begin = g_get_monotonic_time ();
  guint n;

  set_int (self->counter, "/value", 1);
  n = run_turn (self, NULL);
  if (g_get_monotonic_time () - begin < SS_TURN_WRITES_USEC)
    g_assert_cmpuint (n, ==, GPOINTER_TO_UINT (n_peers));
  while (n < GPOINTER_TO_UINT (n_peers))
    n += run_turn (self, NULL);
  g_assert_cmpuint (n, ==, GPOINTER_TO_UINT (n_peers));
  g_assert_cmpuint (run_turn (self, NULL), ==, 0);
  for (guint i = 0; i < self->outputs->len; i++)
    g_assert_cmpuint (check_whole (self, i), ==, 1);
}

/* So many are sent in one turn and no more, the application's sources have theirs between, and nobody
 * is left out. */
static void
test_turns (Fixture       *self,
            gconstpointer  n_peers)
{
  guint n_application = 0;
  guint n_turns = 0;
  guint n = 0;
  guint application = g_idle_add_full (G_PRIORITY_DEFAULT, count_cb, &n_application, NULL);

  set_int (self->counter, "/value", 1);
  while (n < GPOINTER_TO_UINT (n_peers))
    {
      guint n_sent = run_turn (self, NULL);

      /* A slow machine, on which the time is up earlier, needs more turns. */
      g_assert_cmpuint (n_sent, >=, 1);
      g_assert_cmpuint (n_sent, <=, SS_TURN_WRITES);
      n += n_sent;
      n_turns++;
    }
  g_source_remove (application);

  g_assert_cmpuint (n, ==, GPOINTER_TO_UINT (n_peers));
  g_assert_cmpuint (n_turns, >, 2);
  g_assert_cmpuint (n_application, >=, n_turns - 1);
  for (guint i = 0; i < self->outputs->len; i++)
    g_assert_cmpuint (check_whole (self, i), ==, 1);
}

/* Commits that come while some wait: nobody is sent the second one before everybody has had a turn,
 * and those that waited are sent both at once. */
static void
test_meanwhile (Fixture       *self,
                gconstpointer  n_peers)
{
  g_autofree guint *n_turns = g_new0 (guint, self->outputs->len);
  guint n_served = 0, n_again = 0;
  guint n_first, n;

  set_int (self->counter, "/value", 1);
  n_first = n_served = run_turn (self, n_turns);
  g_assert_cmpuint (n_first, <, self->outputs->len);
  set_int (self->counter, "/value", 2);
  while ((n = run_turn (self, n_turns)) > 0)
    {
      guint n_new = MIN (n, self->outputs->len - n_served);

      /* If there are any that have had one before, nobody is left who has had none. */
      n_served += n_new;
      n_again += n - n_new;
      g_assert_true (n_again == 0 || n_served == self->outputs->len);
    }

  g_assert_cmpuint (n_again, ==, n_first);
  n = 0;
  for (guint i = 0; i < self->outputs->len; i++)
    {
      g_assert_cmpuint (n_turns[i], >=, 1);
      n += n_turns[i] - 1;
      g_assert_cmpuint (check_whole (self, i), ==, 2);
    }
  g_assert_cmpuint (n, ==, n_first);
}

static void
called_cb (gpointer object)
{
  *(gboolean *) object = TRUE;
}

/* Clients that send, and so call the hub's side in each turn, do not make those wait that a commit is
 * for. */
static void
test_input (Fixture       *self,
            gconstpointer  n_peers)
{
  g_autoptr (SsPoller) poller = ss_poller_get ();
  gboolean called = FALSE;
  SsDeferred deferred = { .object = &called, .func = called_cb };
  guint n;

  set_int (self->counter, "/value", 1);
  n = run_turn (self, NULL);
  g_assert_cmpuint (n, <, self->outputs->len);
  ss_poller_defer (poller, &deferred);
  while (n < self->outputs->len)
    {
      g_assert_false (called);
      n += run_turn (self, NULL);
    }
  run_turn (self, NULL);
  g_assert_true (called);
}

/* More comes than leaves: the rest is merged, and in the end everybody has everything. */
static void
test_merged (Fixture       *self,
             gconstpointer  n_peers)
{
  gint64 value = 0;

  server_signal_hub_set_max_backlog (self->hub, 200);
  for (guint turn = 0; turn < 5; turn++)
    {
      for (guint i = 0; i < 10; i++)
        set_int (self->counter, "/value", ++value);
      run_turn (self, NULL);
      /* A message more than may wait, for each. */
      g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), <=,
                        (200 + 100) * self->outputs->len);
    }
  while (run_turn (self, NULL) > 0)
    continue;

  for (guint i = 0; i < self->outputs->len; i++)
    g_assert_cmpuint (check_whole (self, i), <, (guint) value);
  g_assert_cmpuint (server_signal_hub_get_merged (self->hub), >, 0);
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, 0);
}

/* Those that go while they wait leave the others their places. */
static void
test_leave (Fixture       *self,
            gconstpointer  n_peers)
{
  GListModel *peers = server_signal_hub_get_peers (self->hub);
  g_autofree guint *n_turns = g_new0 (guint, self->outputs->len);
  g_autofree guint *n_before = NULL;

  set_int (self->counter, "/value", 1);
  run_turn (self, n_turns);
  n_before = g_memdup2 (n_turns, self->outputs->len * sizeof (guint));

  /* Every other one. */
  for (guint i = self->outputs->len - 1; i > 0 && i < self->outputs->len; i -= 2)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i);

      ss_peer_cut (peer);
    }
  /* The place of one that has gone may take a slow machine a turn. */
  for (guint n_idle = 0; n_idle < 100; n_idle++)
    if (run_turn (self, n_turns) > 0)
      n_idle = 0;

  WAIT_UNTIL (g_list_model_get_n_items (peers) == self->outputs->len / 2);
  for (guint i = 0; i < self->outputs->len; i++)
    {
      g_assert_cmpuint (n_turns[i], ==, i % 2 == 0 ? 1 : n_before[i]);
      if (n_turns[i] > 0)
        g_assert_cmpuint (check_whole (self, i), ==, 1);
    }
}

/* libsoup has a message for each frame, which a test in TAP prints. */
static void
drop_cb (const char     *domain,
         GLogLevelFlags  level,
         const char     *message,
         gpointer        user_data)
{
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("libsoup", G_LOG_LEVEL_DEBUG, drop_cb, NULL);

  g_test_add ("/fan-out/few", Fixture, GUINT_TO_POINTER (100), set_up, test_few, tear_down);
  g_test_add ("/fan-out/turns", Fixture, GUINT_TO_POINTER (N_PEERS), set_up, test_turns, tear_down);
  g_test_add ("/fan-out/meanwhile", Fixture, GUINT_TO_POINTER (N_PEERS), set_up, test_meanwhile,
              tear_down);
  g_test_add ("/fan-out/input", Fixture, GUINT_TO_POINTER (N_PEERS), set_up, test_input, tear_down);
  g_test_add ("/fan-out/merged", Fixture, GUINT_TO_POINTER (N_PEERS), set_up, test_merged,
              tear_down);
  g_test_add ("/fan-out/leave", Fixture, GUINT_TO_POINTER (N_PEERS), set_up, test_leave, tear_down);

  return g_test_run ();
}
