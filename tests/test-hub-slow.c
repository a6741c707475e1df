/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Peers that do not keep up, or do not give a sign of life. */

#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "json/ss-reader.h"
#include "server-signal-error.h"
#include "server/server-signal-peer-private.h"
#include "ss-limits.h"
#include "test-hub.h"
#include "test-socket.h"
#include "wire/ss-frame-decode.h"

#define V1_HEADER "Sec-WebSocket-Protocol: " V1

typedef struct
{
  ServerSignalHub *hub;
  guint16          port;
} Fixture;

/* A peer by hand that follows every signal to the letter: what it has is the document, and it never
 * goes back. */
typedef struct
{
  TestSocket       *socket;
  ServerSignalPeer *peer;
  GHashTable       *documents; /* name → SsValue */
  gint64            newest;    /* the highest "n" of any document */
  guint             n_frames;
  guint             n_pings;
  gboolean          plain;
  gboolean          mute;      /* answers no ping */
  guint             close_code;
  char             *reason;
} Reader;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;

  self->hub = server_signal_hub_new ();
  /* Where it is not about this, the time that a test takes is no matter. */
  server_signal_hub_set_stall_timeout (self->hub, 0);
  server_signal_hub_listen (self->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (self->hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  self->port = (guint16) g_uri_get_port (parsed);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
}

static Reader *
reader_new (Fixture  *fixture,
            gboolean  plain)
{
  guint n = n_peers (fixture->hub);
  Reader *self = g_new0 (Reader, 1);

  self->plain = plain;
  self->documents =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ss_value_unref);
  self->socket = test_socket_new (fixture->port);
  test_socket_send_request (self->socket, "/ws", plain ? NULL : V1_HEADER, NULL, 0);
  WAIT_UNTIL (n_peers (fixture->hub) == n + 1 && test_socket_read_handshake (self->socket));
  self->peer = g_list_model_get_item (server_signal_hub_get_peers (fixture->hub), n);

  return self;
}

static void
reader_free (Reader *self)
{
  g_socket_close (self->socket->socket, NULL);
  test_socket_free (self->socket);
  g_hash_table_unref (self->documents);
  g_object_unref (self->peer);
  g_free (self->reason);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reader, reader_free)

static void
reader_send (Reader     *self,
             const char *text)
{
  test_socket_send_frame (self->socket, TRUE, 1, text, -1);
}

static void
reader_subscribe (Reader     *self,
                  const char *name)
{
  g_autofree char *text = g_strdup_printf ("{\"subscribe\":\"%s\"}", name);

  reader_send (self, text);
}

static gint64
get_n (const SsValue *document)
{
  const SsValue *n = ss_object_get (document, "n", 1);

  if (n == NULL)
    g_error ("A document without a number");

  return ss_value_get_int (n);
}

static void
reader_take_text (Reader          *self,
                  const TestFrame *message)
{
  g_autoptr (GError) error = NULL;
  g_auto (SsFrame) frame = { 0 };
  SsValue *document;

  ss_frame_decode (&frame, message->payload, message->length, &error);
  g_assert_no_error (error);
  if (frame.kind != SS_FRAME_SNAPSHOT && frame.kind != SS_FRAME_UPDATE)
    return;

  self->n_frames++;
  document = g_hash_table_lookup (self->documents, frame.name);
  if (frame.kind == SS_FRAME_SNAPSHOT)
    {
      if (document != NULL)
        g_assert_cmpint (get_n (frame.value), >=, get_n (document));
      document = ss_value_ref (frame.value);
    }
  else
    {
      gint64 before;

      g_assert_nonnull (document);
      before = get_n (document);
      document = ss_value_ref (document);
      ss_patch_apply (frame.patch, &document, NULL, &error);
      g_assert_no_error (error);
      if (server_signal_patch_get_n_operations (frame.patch) > 0)
        g_assert_cmpint (get_n (document), >, before);
    }

  self->newest = MAX (self->newest, get_n (document));
  g_hash_table_replace (self->documents, g_strdup (frame.name), document);
}

/* Takes one frame that is there. */
static gboolean
reader_step (Reader *self)
{
  TestFrame frame = { 0 };

  if (!test_socket_next (self->socket, &frame))
    return FALSE;

  g_assert_true (frame.fin);
  g_assert_cmpuint (self->close_code, ==, 0);
  if (frame.opcode == 1)
    {
      reader_take_text (self, &frame);
    }
  else if (frame.opcode == 9)
    {
      self->n_pings++;
      if (!self->mute)
        test_socket_send_frame (self->socket, TRUE, 10, frame.payload, (gssize) frame.length);
    }
  else
    {
      g_assert_cmpuint (frame.opcode, ==, 8);
      self->close_code = test_frame_close_code (&frame);
      self->reason = g_strdup (frame.payload + 2);
    }
  test_frame_clear (&frame);

  return TRUE;
}

/* Takes all that is there. Always TRUE. */
static gboolean
reader_take (Reader *self)
{
  while (reader_step (self))
    continue;

  return TRUE;
}

static gboolean
reader_has (Reader *self,
            guint   n_documents,
            gint64  newest)
{
  GHashTableIter iter;
  gpointer document;

  reader_take (self);
  if (g_hash_table_size (self->documents) != n_documents)
    return FALSE;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, &document))
    if (get_n (document) != newest)
      return FALSE;

  return TRUE;
}

/* The document number n of so many bytes. */
static void
commit (ServerSignal *signal,
        gint64        n,
        gsize         bytes)
{
  g_autofree char *pad = g_strnfill (bytes, (char) ('a' + n % 26));
  g_autofree char *json = g_strdup_printf ("{\"n\":%" G_GINT64_FORMAT ",\"pad\":\"%s\"}", n, pad);
  g_autoptr (GError) error = NULL;

  server_signal_set_json (signal, NULL, json, &error);
  g_assert_no_error (error);
}

static ServerSignal *
add_signal (Fixture    *fixture,
            const char *name,
            gsize       bytes)
{
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new (name, NULL);

  commit (signal, 0, bytes);
  server_signal_hub_add (fixture->hub, signal, &error);
  g_assert_no_error (error);

  return signal;
}

/* Commits until more than the mark waits for the peer, in spite of the kernel's buffers, which
 * grow. Gives the last number. */
static gint64
fill (Fixture      *fixture,
      Reader       *reader,
      ServerSignal *signal,
      gint64        n)
{
  while (server_signal_peer_get_backlog (reader->peer) <=
         server_signal_hub_get_max_backlog (fixture->hub))
    {
      g_assert_cmpint (n, <, 10000);
      commit (signal, ++n, 60000);
      test_settle ();
    }

  return n;
}

/* A reader that stands still, or takes a little now and then: no more waits for it than the mark
 * and one message, it is never sent an older state after a newer one, and in the end it has the
 * newest. The others get every commit meanwhile. */
static void
test_slow (Fixture       *fixture,
           gconstpointer  data)
{
  const gboolean plain = data != NULL;
  const gsize mark = 64 * 1024;
  const gsize size = 20000;
  g_autoptr (ServerSignal) a = NULL;
  g_autoptr (ServerSignal) b = NULL;
  g_autoptr (Reader) slow = NULL;
  Reader *busy[3];
  guint64 most = 0;
  gint64 n = 0;

  server_signal_hub_set_max_backlog (fixture->hub, mark);
  a = add_signal (fixture, "a", size);
  b = add_signal (fixture, "b", size);
  slow = reader_new (fixture, plain);
  reader_subscribe (slow, "a");
  reader_subscribe (slow, "b");
  for (guint i = 0; i < G_N_ELEMENTS (busy); i++)
    busy[i] = reader_new (fixture, TRUE);
  WAIT_UNTIL (reader_has (slow, 2, 0) && reader_has (busy[0], 2, 0) && reader_has (busy[1], 2, 0) &&
              reader_has (busy[2], 2, 0));

  while (n < 600)
    {
      commit (a, ++n, size);
      commit (b, n, size);
      most = MAX (most, server_signal_peer_get_backlog (slow->peer));
      WAIT_UNTIL (reader_has (busy[0], 2, n) && reader_has (busy[1], 2, n) &&
                  reader_has (busy[2], 2, n));
      most = MAX (most, server_signal_peer_get_backlog (slow->peer));
      /* A little, near the end. */
      if (n > 400 && n % 50 == 0)
        for (guint i = 0; i < 20; i++)
          reader_step (slow);
    }

  /* The headers of frames, and the frame around the document. */
  g_assert_cmpuint (most, >, mark);
  g_assert_cmpuint (most, <=, mark + size + 200);
  g_assert_cmpuint (server_signal_hub_get_backlog (fixture->hub), ==,
                    server_signal_peer_get_backlog (slow->peer));
  for (guint i = 0; i < G_N_ELEMENTS (busy); i++)
    g_assert_cmpuint (busy[i]->n_frames, ==, 2 * 601);

  WAIT_UNTIL (reader_has (slow, 2, n));
  g_assert_cmpuint (slow->n_frames, <, 2 * 601);
  g_assert_cmpuint (slow->n_frames + server_signal_hub_get_merged (fixture->hub), ==, 2 * 601);
  WAIT_UNTIL (server_signal_hub_get_backlog (fixture->hub) == 0);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 0);

  /* And goes on as if nothing had been. */
  commit (a, n + 1, size);
  commit (b, n + 1, size);
  WAIT_UNTIL (reader_has (slow, 2, n + 1));
  g_assert_cmpuint (slow->n_frames + server_signal_hub_get_merged (fixture->hub), ==, 2 * 602);

  for (guint i = 0; i < G_N_ELEMENTS (busy); i++)
    reader_free (busy[i]);
  g_clear_pointer (&slow, reader_free);
}

/* One that subscribes to many large documents: they come one after the other, all of them, though
 * one never stands still. */
static void
test_many_documents (Fixture       *fixture,
                     gconstpointer  data)
{
  const gboolean plain = data != NULL;
  const gsize mark = 100 * 1000;
  const gsize size = 300 * 1000;
  g_autoptr (GPtrArray) signals = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (Reader) reader = NULL;
  guint64 most = 0;
  gint64 n = 0;

  server_signal_hub_set_max_backlog (fixture->hub, mark);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);

      g_ptr_array_add (signals, add_signal (fixture, name, size));
    }
  reader = reader_new (fixture, plain);
  for (guint i = 0; i < 40 && !plain; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);

      reader_subscribe (reader, name);
    }

  do
    {
      g_assert_cmpint (++n, <, 5000);
      commit (signals->pdata[39], n, size);
      g_main_context_iteration (NULL, FALSE);
      most = MAX (most, server_signal_peer_get_backlog (reader->peer));
      reader_step (reader);
    }
  while (g_hash_table_size (reader->documents) < 40);
  g_assert_cmpuint (most, >, mark);
  g_assert_cmpuint (most, <=, mark + size + 200);

  for (guint i = 0; i < 40; i++)
    commit (signals->pdata[i], n + 1, size);
  WAIT_UNTIL (reader_has (reader, 40, n + 1));

  g_clear_pointer (&reader, reader_free);
}

/* The first document of one who subscribes while it has too much to take already. */
static void
test_subscribe_pressed (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (ServerSignal) b = add_signal (fixture, "b", 10);
  g_autoptr (ServerSignal) c = NULL;
  g_autoptr (Reader) reader = NULL;
  g_autofree char *resume = NULL;
  gint64 n;

  server_signal_hub_set_max_backlog (fixture->hub, 300 * 1000);
  reader = reader_new (fixture, FALSE);
  reader_subscribe (reader, "a");
  WAIT_UNTIL (reader_has (reader, 1, 0));
  n = fill (fixture, reader, a, 0);

  /* A document that it may not get, one that it has, and one that comes and goes, and comes. */
  reader_subscribe (reader, "nothing");
  resume = g_strdup_printf ("{\"subscribe\":\"b\",\"epoch\":\"%s\",\"rev\":%" G_GUINT64_FORMAT "}",
                            server_signal_get_epoch (b), server_signal_get_revision (b));
  reader_send (reader, resume);
  g_hash_table_insert (reader->documents, g_strdup ("b"),
                       ss_value_from_json ("{\"n\":0}", -1, 10, NULL));
  test_settle ();
  c = add_signal (fixture, "c", 10);
  server_signal_hub_remove (fixture->hub, c);
  server_signal_hub_add (fixture->hub, c, NULL);
  reader_subscribe (reader, "c");
  test_settle ();
  commit (c, n, 10);

  WAIT_UNTIL (reader_take (reader) && g_hash_table_size (reader->documents) == 3);
  g_assert_cmpint (get_n (g_hash_table_lookup (reader->documents, "c")), ==, n);
  g_assert_cmpint (get_n (g_hash_table_lookup (reader->documents, "a")), ==, n);

  server_signal_set_int (b, "/n", n, NULL);
  WAIT_UNTIL (reader_has (reader, 3, n));
  g_clear_pointer (&reader, reader_free);
}

/* The newest comes before the end, however much waits. */
static void
test_close_pressed (Fixture       *fixture,
                    gconstpointer  data)
{
  const gboolean by_peer = data != NULL;
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (ServerSignal) b = add_signal (fixture, "b", 10);
  g_autoptr (Reader) reader = NULL;
  gint64 n;

  reader = reader_new (fixture, TRUE);
  WAIT_UNTIL (reader_has (reader, 2, 0));
  n = fill (fixture, reader, a, 0);
  commit (b, n, 10);
  if (by_peer)
    server_signal_peer_close (reader->peer, 1000, NULL);
  else
    server_signal_hub_close (fixture->hub);

  WAIT_UNTIL (reader_take (reader) && reader->close_code != 0);
  g_assert_true (reader_has (reader, 2, n));
  g_clear_pointer (&reader, reader_free);
}

/* Notices of signals that come and go do not heap up. */
static void
test_notices (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (ServerSignal) known = add_signal (fixture, "known", 10);
  g_autoptr (ServerSignal) asked = NULL;
  g_autoptr (GString) heard = g_string_new (NULL);
  g_autoptr (Reader) reader = NULL;
  TestFrame frame = { 0 };
  guint64 backlog;

  server_signal_hub_set_max_backlog (fixture->hub, 300 * 1000);
  reader = reader_new (fixture, FALSE);
  reader_subscribe (reader, "a");
  WAIT_UNTIL (reader_has (reader, 1, 0));
  fill (fixture, reader, a, 0);

  backlog = server_signal_peer_get_backlog (reader->peer);
  /* It has not been told of this, and asks all the same. */
  asked = add_signal (fixture, "asked", 10);
  reader_subscribe (reader, "asked");
  test_settle ();
  server_signal_hub_remove (fixture->hub, asked);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("fleeting%u", i);
      g_autoptr (ServerSignal) fleeting = add_signal (fixture, name, 10);

      server_signal_hub_remove (fixture->hub, known);
      server_signal_hub_add (fixture->hub, known, NULL);
      server_signal_hub_remove (fixture->hub, fleeting);
    }
  g_assert_cmpuint (server_signal_peer_get_backlog (reader->peer), ==, backlog);

  WAIT_UNTIL (server_signal_peer_get_backlog (reader->peer) == 0 || !reader_step (reader));
  do
    {
      WAIT_UNTIL (test_socket_next (reader->socket, &frame));
      if (g_str_has_prefix (frame.payload, "{\"signal\""))
        g_string_append (heard, frame.payload);
      test_frame_clear (&frame);
    }
  while (strstr (heard->str, "added") == NULL);
  g_assert_cmpstr (
    heard->str, ==,
    "{\"signal\":\"removed\",\"name\":\"asked\"}"
    "{\"signal\":\"removed\",\"name\":\"known\"}{\"signal\":\"added\",\"name\":\"known\"}");

  g_clear_pointer (&reader, reader_free);
}

/* One that asks and asks, and takes no answers. */
static void
test_answers (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (Reader) reader = NULL;

  server_signal_hub_set_max_backlog (fixture->hub, 300 * 1000);
  for (guint i = 0; i < 600; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);
      g_autoptr (ServerSignal) signal = server_signal_new (name, NULL);

      /* So that so many messages are allowed. */
      server_signal_hub_add (fixture->hub, signal, NULL);
    }
  reader = reader_new (fixture, FALSE);
  reader_subscribe (reader, "a");
  WAIT_UNTIL (reader_has (reader, 1, 0));
  fill (fixture, reader, a, 0);

  for (guint i = 0; i < SS_ANSWERS_WAITING; i++)
    reader_subscribe (reader, "nothing");
  test_settle ();
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 0);
  reader_subscribe (reader, "nothing");
  WAIT_UNTIL (server_signal_hub_get_dropped_peers (fixture->hub) == 1);
  WAIT_UNTIL (reader_take (reader) && reader->close_code != 0);
  g_assert_cmpuint (reader->close_code, ==, 1008);
  g_clear_pointer (&reader, reader_free);
}

/* Nothing is taken for too long: 1008 with a reason, behind nothing but the kernel's bytes. A
 * client that takes little stays. */
static void
test_stall (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (Reader) still = NULL;
  g_autoptr (Reader) little = NULL;
  gint64 n = 0;

  server_signal_hub_set_stall_timeout (fixture->hub, 1500);
  server_signal_hub_set_max_backlog (fixture->hub, 300 * 1000);
  still = reader_new (fixture, TRUE);
  n = fill (fixture, still, a, n);
  little = reader_new (fixture, TRUE);
  n = fill (fixture, little, a, n);

  while (server_signal_hub_get_dropped_peers (fixture->hub) == 0)
    {
      reader_step (little);
      test_pass_time (10);
    }
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 1);
  g_assert_cmpuint (server_signal_peer_get_backlog (still->peer), <, 60000 + 200);
  g_assert_cmpuint (n_peers (fixture->hub), ==, 2);
  commit (a, ++n, 10);

  WAIT_UNTIL (reader_take (little) && reader_take (still) && still->close_code != 0);
  g_assert_cmpuint (still->close_code, ==, 1008);
  g_assert_true (g_str_has_prefix (still->reason, "too slow"));
  g_assert_cmpint (still->newest, <, n);
  test_socket_send_close (still->socket, 1008);
  WAIT_UNTIL (n_peers (fixture->hub) == 1);

  WAIT_UNTIL (reader_has (little, 1, n));
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 1);
  g_clear_pointer (&still, reader_free);
  g_clear_pointer (&little, reader_free);
}

/* One that does not even read the close frame is gone soon all the same. */
static void
test_stall_for_ever (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (Reader) dead = NULL;

  server_signal_hub_set_stall_timeout (fixture->hub, 1000);
  server_signal_hub_set_max_backlog (fixture->hub, 300 * 1000);
  dead = reader_new (fixture, TRUE);
  /* Not the few seconds that it would be. */
  ss_link_set_close_timeout (ss_peer_get_link (dead->peer), 100);
  fill (fixture, dead, a, 0);
  WAIT_UNTIL (n_peers (fixture->hub) == 0);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 1);
  g_assert_cmpuint (server_signal_peer_get_backlog (dead->peer), ==, 0);
  g_clear_pointer (&dead, reader_free);
}

/* One that takes little, and never nothing, stays, though the kernel has no room for more of what
 * waits for it meanwhile. */
static void
test_slow_link (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (Reader) reader = NULL;
  gint64 end;

  server_signal_hub_set_stall_timeout (fixture->hub, 1000);
  reader = reader_new (fixture, TRUE);
  fill (fixture, reader, a, 0);

  end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC / 2;
  while (g_get_monotonic_time () < end)
    {
      char buffer[20000];

      g_assert_cmpint (g_socket_receive (reader->socket->socket, buffer, sizeof buffer, NULL, NULL),
                       >, 0);
      test_pass_time (50);
    }
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 0);

  WAIT_UNTIL (server_signal_hub_get_dropped_peers (fixture->hub) == 1);
  g_clear_pointer (&reader, reader_free);
}

/* A stopped reader among a hundred: each of these gets each commit as fast as without it. How fast
 * is told, not judged: what is judged is that nobody waits for it, and what it costs. */
static void
test_among_hundred (Fixture       *fixture,
                    gconstpointer  data)
{
  const guint n_rounds = 100;
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (ServerSignal) b = add_signal (fixture, "b", 10);
  g_autoptr (Reader) stopped = NULL;
  GPtrArray *busy = g_ptr_array_new_with_free_func ((GDestroyNotify) reader_free);
  gint64 took[2];

  server_signal_hub_set_max_backlog (fixture->hub, 200 * 1000);
  stopped = reader_new (fixture, TRUE);
  fill (fixture, stopped, b, 0);
  for (guint i = 0; i < 100; i++)
    {
      g_ptr_array_add (busy, reader_new (fixture, FALSE));
      reader_subscribe (busy->pdata[i], "a");
    }
  for (guint i = 0; i < busy->len; i++)
    WAIT_UNTIL (reader_has (busy->pdata[i], 1, 0));

  for (guint run = 0; run < 2; run++)
    {
      gint64 begin = g_get_monotonic_time ();

      for (guint i = 1; i <= n_rounds; i++)
        {
          commit (a, run * n_rounds + i, 1000);
          /* In one turn of the loop it has left for all of them. */
          for (guint j = 0; j < busy->len; j++)
            WAIT_UNTIL (reader_has (busy->pdata[j], 1, run * n_rounds + i));
        }
      took[run] = g_get_monotonic_time () - begin;

      if (run == 0)
        {
          g_assert_cmpuint (server_signal_peer_get_backlog (stopped->peer), >, 200 * 1000);
          g_assert_cmpuint (server_signal_peer_get_backlog (stopped->peer), <,
                            200 * 1000 + 60000 + 200);
          WAIT_UNTIL (reader_take (stopped) && server_signal_peer_get_backlog (stopped->peer) == 0);
          g_clear_pointer (&stopped, reader_free);
          WAIT_UNTIL (n_peers (fixture->hub) == 100);
        }
    }
  g_test_message ("a commit to a hundred: %.0f µs beside a stopped reader, %.0f µs without it",
                  (double) took[0] / n_rounds, (double) took[1] / n_rounds);
  for (guint j = 0; j < busy->len; j++)
    g_assert_cmpuint (((Reader *) busy->pdata[j])->n_frames, ==, 1 + 2 * n_rounds);
  g_ptr_array_unref (busy);
}

/* One answers pings, one says something else now and then, one says nothing. */
static void
test_keepalive (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (Reader) good = NULL;
  g_autoptr (Reader) chatty = NULL;
  g_autoptr (Reader) mute = NULL;
  gint64 begin = g_get_monotonic_time ();
  guint n_said = 0;

  server_signal_hub_set_keepalive_timeout (fixture->hub, 1000);
  server_signal_hub_set_keepalive_interval (fixture->hub, 1500);
  good = reader_new (fixture, TRUE);
  chatty = reader_new (fixture, TRUE);
  chatty->mute = TRUE;
  mute = reader_new (fixture, TRUE);
  mute->mute = TRUE;

  while (good->n_pings < 3)
    {
      reader_take (good);
      reader_take (chatty);
      reader_take (mute);
      if (n_said++ < 200)
        reader_send (chatty, "{}");
      test_pass_time (20);
    }
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (chatty->n_pings, >=, 2);
  g_assert_cmpuint (mute->n_pings, ==, 1);
  g_assert_true (mute->socket->ended);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 1);
  g_assert_cmpuint (n_peers (fixture->hub), ==, 2);

  /* And none with 0. */
  server_signal_hub_set_keepalive_interval (fixture->hub, 0);
  g_clear_pointer (&mute, reader_free);
  g_clear_pointer (&good, reader_free);
  g_clear_pointer (&chatty, reader_free);
}

/* Bytes that the kernel has for a peer on a slow line, and the ping behind them, take longer than
 * the answer may. */
static void
test_keepalive_slow_link (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 2 * 1000 * 1000);
  g_autoptr (Reader) slow = NULL;
  g_autoptr (Reader) stopped = NULL;

  server_signal_hub_set_keepalive_timeout (fixture->hub, 1200);
  server_signal_hub_set_keepalive_interval (fixture->hub, 1400);
  slow = reader_new (fixture, TRUE);
  stopped = reader_new (fixture, TRUE);

  while (slow->socket->in->len < 2 * 1000 * 1000)
    {
      guint length = slow->socket->in->len;
      gssize n;

      g_byte_array_set_size (slow->socket->in, length + 40000);
      n = g_socket_receive (slow->socket->socket, (char *) slow->socket->in->data + length, 40000,
                            NULL, NULL);
      g_byte_array_set_size (slow->socket->in, length + (guint) MAX (n, 0));
      g_assert_cmpint (n, >, 0);
      test_pass_time (50);
    }
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 1);
  g_assert_cmpuint (n_peers (fixture->hub), ==, 1);

  WAIT_UNTIL (reader_has (slow, 1, 0) && slow->n_pings > 0);
  g_clear_pointer (&slow, reader_free);
  g_clear_pointer (&stopped, reader_free);
}

/* The program had no time while the answer came: that is nobody's death. */
static void
test_keepalive_busy (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (Reader) reader = NULL;

  server_signal_hub_set_keepalive_timeout (fixture->hub, 700);
  server_signal_hub_set_keepalive_interval (fixture->hub, 1000);
  reader = reader_new (fixture, TRUE);
  reader->mute = TRUE;
  WAIT_UNTIL (reader_take (reader) && reader->n_pings == 1);

  test_socket_send_frame (reader->socket, TRUE, 10, "", 0);
  g_usleep (800 * 1000);
  WAIT_UNTIL (reader_take (reader) && (reader->n_pings == 2 || n_peers (fixture->hub) == 0));
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (fixture->hub), ==, 0);
  g_clear_pointer (&reader, reader_free);
}

#ifdef TCP_USER_TIMEOUT
static guint
count_user_timeouts (int milliseconds)
{
  guint n = 0;

  for (int fd = 0; fd < 256; fd++)
    {
      int value = 0;
      socklen_t length = sizeof value;

      if (getsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &length) == 0 &&
          value == milliseconds)
        n++;
    }

  return n;
}

/* The kernel's own deadline for unacknowledged bytes; not before that of a stopped reader. */
static void
test_user_timeout (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (Reader) reader = NULL;

  server_signal_hub_set_stall_timeout (fixture->hub, 1000);
  server_signal_hub_set_keepalive_interval (fixture->hub, 70000);
  server_signal_hub_set_keepalive_timeout (fixture->hub, 7000);
  reader = reader_new (fixture, TRUE);
  g_assert_cmpuint (count_user_timeouts (77000), ==, 1);
  g_clear_pointer (&reader, reader_free);
  WAIT_UNTIL (n_peers (fixture->hub) == 0);

  server_signal_hub_set_stall_timeout (fixture->hub, 90000);
  reader = reader_new (fixture, TRUE);
  g_assert_cmpuint (count_user_timeouts (94000), ==, 1);

  server_signal_hub_set_keepalive_interval (fixture->hub, 100000);
  g_assert_cmpuint (count_user_timeouts (107000), ==, 1);
  server_signal_hub_set_stall_timeout (fixture->hub, 0);
  g_assert_cmpuint (count_user_timeouts (107000), ==, 0);
  g_clear_pointer (&reader, reader_free);
}
#endif

/* The limits are those of the hub now, for peers that are there as well. */
static void
test_changed_backlog (Fixture       *fixture,
                      gconstpointer  data)
{
  const gsize mark = 64 * 1024;
  const gsize most = mark + 60000 + 200;
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (Reader) reader = reader_new (fixture, TRUE);
  gint64 n;

  server_signal_hub_set_max_backlog (fixture->hub, mark);
  n = fill (fixture, reader, a, 0);
  for (guint i = 0; i < 20; i++)
    {
      commit (a, ++n, 60000);
      test_settle ();
      g_assert_cmpuint (server_signal_peer_get_backlog (reader->peer), <, most);
    }

  /* Held as it is, it takes what it has missed, and from there on any number waits for it. */
  server_signal_hub_set_max_backlog (fixture->hub, 0);
  WAIT_UNTIL (reader_has (reader, 1, n));
  while (server_signal_peer_get_backlog (reader->peer) < 10 * most)
    {
      g_assert_cmpint (n, <, 10000);
      commit (a, ++n, 60000);
      test_settle ();
    }

  /* It has too much already: no more comes until it has taken that. */
  server_signal_hub_set_max_backlog (fixture->hub, mark);
  commit (a, ++n, 60000);
  test_settle ();
  g_assert_cmpuint (server_signal_peer_get_backlog (reader->peer), <, 11 * most);
  WAIT_UNTIL (reader_has (reader, 1, n));
  g_clear_pointer (&reader, reader_free);
}

static void
test_changed_stall (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (Reader) reader = NULL;

  server_signal_hub_set_max_backlog (fixture->hub, 300 * 1000);
  reader = reader_new (fixture, TRUE);
  fill (fixture, reader, a, 0);
  test_pass_time (100);

  server_signal_hub_set_stall_timeout (fixture->hub, 50);
  WAIT_UNTIL (server_signal_hub_get_dropped_peers (fixture->hub) == 1);
  WAIT_UNTIL (reader_take (reader) && reader->close_code != 0);
  g_assert_cmpuint (reader->close_code, ==, 1008);
  g_assert_true (g_str_has_prefix (reader->reason, "too slow"));
  g_clear_pointer (&reader, reader_free);
}

static void
test_changed_subscriptions (Fixture       *fixture,
                            gconstpointer  data)
{
  g_autoptr (ServerSignal) a = add_signal (fixture, "a", 10);
  g_autoptr (ServerSignal) b = add_signal (fixture, "b", 10);
  g_autoptr (Reader) reader = reader_new (fixture, FALSE);

  reader_subscribe (reader, "a");
  WAIT_UNTIL (reader_has (reader, 1, 0));

  /* It keeps what it has. */
  server_signal_hub_set_max_subscriptions (fixture->hub, 0);
  reader_subscribe (reader, "b");
  commit (a, 1, 10);
  WAIT_UNTIL (reader_has (reader, 1, 1));
  test_settle ();
  g_assert_true (reader_has (reader, 1, 1));

  server_signal_hub_set_max_subscriptions (fixture->hub, 2);
  reader_subscribe (reader, "b");
  WAIT_UNTIL (g_hash_table_size (reader->documents) == 2 || (reader_take (reader) && FALSE));
  g_clear_pointer (&reader, reader_free);
}

int
main (int   argc,
      char *argv[])
{
#define CASE(path, function, data) \
  g_test_add ("/hub-slow/" path, Fixture, data, set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);

  CASE ("merged/v1", test_slow, NULL);
  CASE ("merged/plain", test_slow, "plain");
  CASE ("many-documents/v1", test_many_documents, NULL);
  CASE ("many-documents/plain", test_many_documents, "plain");
  CASE ("subscribe-pressed", test_subscribe_pressed, NULL);
  CASE ("close-pressed/hub", test_close_pressed, NULL);
  CASE ("close-pressed/peer", test_close_pressed, "peer");
  CASE ("notices", test_notices, NULL);
  CASE ("answers", test_answers, NULL);
  CASE ("stall", test_stall, NULL);
  CASE ("stall-for-ever", test_stall_for_ever, NULL);
  CASE ("slow-link", test_slow_link, NULL);
  CASE ("among-hundred", test_among_hundred, NULL);
  CASE ("keepalive", test_keepalive, NULL);
  CASE ("keepalive-slow-link", test_keepalive_slow_link, NULL);
  CASE ("keepalive-busy", test_keepalive_busy, NULL);
#ifdef TCP_USER_TIMEOUT
  CASE ("user-timeout", test_user_timeout, NULL);
#endif
  CASE ("changed/max-backlog", test_changed_backlog, NULL);
  CASE ("changed/stall-timeout", test_changed_stall, NULL);
  CASE ("changed/max-subscriptions", test_changed_subscriptions, NULL);

  return g_test_run ();
}
