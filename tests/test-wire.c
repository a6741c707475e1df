/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "test-quotes.h"
#include "wire/ss-feed.h"
#include "wire/ss-follower.h"
#include "wire/ss-frame-decode.h"

/* Feeds and followers without sockets between them: a wire that takes its time, is cut, loses
 * frames and holds the sender back, at random. Each revision that a replica shows must be one that
 * the server had, none is older than the one before, and when it is quiet the replica has the
 * server's document. */

#define N_WIRES 6
#define N_STEPS 20000

typedef struct
{
  guint64 revision;
  char   *json;
} Moment;

typedef struct
{
  ServerSignal *signal;
  SsFeed       *feed;
  GHashTable   *past;       /* "epoch rev" → text of the document */
  GHashTable   *order;      /* epoch → when it began */
  GHashTable   *documents;  /* the texts without revisions, for those who do not see any */
} Server;

typedef struct
{
  Server         *server;
  SsFollower     *follower;
  ServerSignal   *replica;
  SsSubscription *subscription;
  GQueue          frames;      /* on their way to the follower */
  gboolean        plain;
  gboolean        open;
  gboolean        subscribe;   /* the follower's request is on its way */
  gboolean        lossy;       /* something was lost that nothing after it may give away */
  guint64         max;
  guint           last_life;
  guint64         last_revision;
  guint           n_frames;
  guint           n_snapshots;
  guint           n_confirmations;
  guint           n_asked;
  guint           n_reconnects;
  guint           n_behind;
} Wire;

static char *
moment_key (ServerSignal *signal)
{
  return g_strdup_printf ("%s %" G_GUINT64_FORMAT, server_signal_get_epoch (signal),
                          server_signal_get_revision (signal));
}

static char *
canonical (ServerSignal *signal)
{
  g_autoptr (SsValue) document = ss_signal_ref_committed (signal);

  return ss_value_to_json (document, NULL);
}

static void
note_moment (Server *server)
{
  const char *epoch = server_signal_get_epoch (server->signal);

  if (!g_hash_table_contains (server->order, epoch))
    g_hash_table_insert (server->order, g_strdup (epoch),
                         GUINT_TO_POINTER (g_hash_table_size (server->order) + 1));
  g_hash_table_insert (server->past, moment_key (server->signal), canonical (server->signal));
  g_hash_table_add (server->documents, canonical (server->signal));
}

static gboolean
texts_equal (const char *a,
             const char *b)
{
  g_autoptr (SsValue) first = ss_value_from_json (a, -1, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (SsValue) second = ss_value_from_json (b, -1, SS_DOCUMENT_DEPTH, NULL);

  return ss_value_equal (first, second);
}

static void
noted_cb (ServerSignal   *signal,
          const SsCommit *commit,
          gpointer        user_data)
{
  note_moment (user_data);
}

/* The replica shows something new. */
static void
shown_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          Wire         *wire)
{
  g_autofree char *shown = canonical (replica);

  if (wire->plain)
    {
      gboolean known = g_hash_table_contains (wire->server->documents, shown);
      GHashTableIter iter;
      gpointer text;

      /* Members may stand in another order than they did. */
      g_hash_table_iter_init (&iter, wire->server->documents);
      while (!known && g_hash_table_iter_next (&iter, &text, NULL))
        known = texts_equal (text, shown);
      g_assert_true (known);
    }
  else
    {
      g_autofree char *key = moment_key (replica);
      const char *expected = g_hash_table_lookup (wire->server->past, key);
      const char *epoch = server_signal_get_epoch (replica);
      guint life = GPOINTER_TO_UINT (g_hash_table_lookup (wire->server->order, epoch));

      g_assert_nonnull (expected);
      g_assert_true (texts_equal (expected, shown));
      g_assert_cmpuint (life, >=, wire->last_life);
      if (life == wire->last_life)
        g_assert_cmpuint (server_signal_get_revision (replica), >=, wire->last_revision);
      wire->last_life = life;
      wire->last_revision = server_signal_get_revision (replica);
    }
}

static void
deliver_cb (SsMessage *message,
            gpointer   user_data)
{
  Wire *wire = user_data;

  g_queue_push_tail (&wire->frames, ss_message_ref (message));
}

static void
wire_cut (Wire *wire)
{
  g_clear_pointer (&wire->subscription, ss_subscription_free);
  g_queue_clear_full (&wire->frames, (GDestroyNotify) ss_message_unref);
  wire->subscribe = FALSE;
  wire->lossy = FALSE;
  if (wire->open)
    ss_follower_lost (wire->follower);
  wire->open = FALSE;
}

static void
wire_open (Wire *wire)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (wire->open);
  wire->open = TRUE;
  ss_follower_opened (wire->follower, wire->plain);
  if (!wire->plain)
    {
      wire->subscribe = TRUE;
      return;
    }

  if (ss_feed_is_ready (wire->server->feed))
    {
      wire->subscription =
        ss_feed_subscribe (wire->server->feed, TRUE, NULL, FALSE, 0, 0, deliver_cb, wire, &error);
      g_assert_no_error (error);
    }
}

/* The follower's request as it is now reaches the feed, through its text. */
static void
wire_answer (Wire *wire)
{
  g_autoptr (SsMessage) request = ss_follower_subscribe (wire->follower, wire->max);
  g_autoptr (GError) error = NULL;
  g_auto (SsFrame) frame = { 0 };
  const char *text;
  gsize length;

  text = ss_message_payload (request, &length);
  ss_frame_decode (&frame, text, length, &error);
  g_assert_no_error (error);
  g_assert_cmpint (frame.kind, ==, SS_FRAME_SUBSCRIBE);
  g_assert_cmpstr (frame.name, ==, server_signal_get_name (wire->server->signal));

  /* Asked again: the new subscription takes the place of the old one. */
  g_clear_pointer (&wire->subscription, ss_subscription_free);
  wire->subscription = ss_feed_subscribe (wire->server->feed, FALSE, frame.epoch, frame.has_rev,
                                          frame.rev, frame.max, deliver_cb, wire, &error);
  if (wire->subscription != NULL)
    {
      wire->subscribe = FALSE;
    }
  else
    {
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
      wire->n_behind++;
    }
}

static void
wire_take (Wire *wire)
{
  g_autoptr (SsMessage) message = g_queue_pop_head (&wire->frames);
  g_autoptr (GError) error = NULL;
  g_auto (SsFrame) frame = { 0 };
  const char *text;
  gsize length;

  text = ss_message_payload (message, &length);
  ss_frame_decode (&frame, text, length, &error);
  g_assert_no_error (error);

  wire->n_frames++;
  if (frame.kind == SS_FRAME_SNAPSHOT)
    wire->n_snapshots++;
  else if (frame.has_base && frame.base == frame.rev)
    wire->n_confirmations++;

  switch (ss_follower_take (wire->follower, &frame, &error))
    {
    case SS_FOLLOW_OK:
      g_assert_no_error (error);
      break;

    case SS_FOLLOW_SUBSCRIBE:
      g_assert_false (wire->plain);
      wire->n_asked++;
      wire->subscribe = TRUE;
      break;

    case SS_FOLLOW_RECONNECT:
      g_assert_true (wire->plain);
      wire->n_reconnects++;
      wire_cut (wire);
      break;

    default:
      g_assert_not_reached ();
    }
}

/* Random documents and writes */

static char *
random_json (guint depth)
{
  static const char *const scalars[] = {
    "null", "true", "false",        "0",        "1", "1.0", "-7", "9007199254740993", "0.1",
    "1e21", "\"\"", "\"é\\n\\\"\"", "\"text\"",
  };
  static const char *const keys[] = { "a", "b", "", "a/b", "m~n", "é", "\\\"q\\\"" };
  guint kind = g_test_rand_int_range (0, depth > 0 ? 10 : 6);
  GString *json;
  guint first;

  if (kind < 6)
    return g_strdup (scalars[g_test_rand_int_range (0, G_N_ELEMENTS (scalars))]);

  json = g_string_new (kind < 8 ? "[" : "{");
  first = (guint) g_test_rand_int_range (0, G_N_ELEMENTS (keys));
  for (int i = g_test_rand_int_range (0, 5); i > 0; i--)
    {
      g_autofree char *value = random_json (depth - 1);

      if (json->len > 1)
        g_string_append_c (json, ',');
      if (kind >= 8)
        g_string_append_printf (json, "\"%s\":", keys[(first + (guint) i) % G_N_ELEMENTS (keys)]);
      g_string_append (json, value);
    }
  g_string_append_c (json, kind < 8 ? ']' : '}');

  return g_string_free (json, FALSE);
}

/* A pointer that often leads somewhere. */
static const char *
random_pointer (void)
{
  static const char *const pointers[] = {
    "/n",     "/list",     "/list/0",   "/list/1", "/list/-",   "/map",
    "/map/a", "/map/a~1b", "/map/m~0n", "/map/",   "/list/0/a", "/map/a/0",
  };

  return pointers[g_test_rand_int_range (0, G_N_ELEMENTS (pointers))];
}

static void
write_something (ServerSignal *signal)
{
  g_autofree char *json = random_json (3);
  int way = g_test_rand_int_range (0, 20);

  /* Many of these fail, which is nothing that anybody may hear of. */
  if (way < 6)
    server_signal_set_int (signal, "/n", g_test_rand_int_range (0, 1000), NULL);
  else if (way < 13)
    server_signal_set_json (signal, random_pointer (), json, NULL);
  else if (way < 16)
    server_signal_remove (signal, random_pointer (), NULL);
  else if (way < 18)
    server_signal_move (signal, random_pointer (), random_pointer (), NULL);
  else if (way < 19)
    server_signal_set_json (signal, NULL, "{\"n\":0,\"list\":[],\"map\":{}}", NULL);
  else
    server_signal_set_json (signal, "/list/-", json, NULL);
}

static void
commit_something (ServerSignal *signal)
{
  if (g_test_rand_int_range (0, 4) > 0)
    {
      write_something (signal);
      return;
    }

  g_object_freeze_notify (G_OBJECT (signal));
  for (int i = g_test_rand_int_range (0, 5); i > 0; i--)
    write_something (signal);
  if (g_test_rand_int_range (0, 4) == 0)
    server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));
}

static void
server_begin (Server *server,
              gsize   history_bytes)
{
  server->signal = server_signal_new_from_json ("s", "{\"n\":0,\"list\":[],\"map\":{}}", NULL);
  ss_signal_watch (server->signal, noted_cb, server);
  note_moment (server);
  server->feed = ss_feed_new (server->signal, history_bytes);
}

static void
server_end (Server *server)
{
  g_clear_pointer (&server->feed, ss_feed_free);
  g_clear_object (&server->signal);
}

static void
wire_begin (Wire     *wire,
            Server   *server,
            gboolean  plain,
            guint64   max)
{
  g_autoptr (SsValue) initial = test_quoted_value ("{'default':true}");

  *wire = (Wire) { .server = server, .plain = plain, .max = max };
  wire->follower = ss_follower_new ("s", initial);
  wire->replica = g_object_ref (ss_follower_get_signal (wire->follower));
  g_signal_connect (wire->replica, "notify::value", G_CALLBACK (shown_cb), wire);
}

static void
wire_end (Wire *wire)
{
  wire_cut (wire);
  g_clear_pointer (&wire->follower, ss_follower_free);
  g_assert_finalize_object (wire->replica);
}

/* An update is lost, which TCP does not do; the protocol notices at the next. It would not if it
 * were a snapshot of another life, for updates do not say which life they belong to. */
static void
wire_lose (Wire *wire)
{
  guint n = (guint) g_test_rand_int_range (0, (int) g_queue_get_length (&wire->frames));
  SsMessage *message = g_queue_peek_nth (&wire->frames, n);

  if (strstr (ss_message_payload (message, NULL), "\"epoch\":") != NULL)
    return;

  wire->lossy = TRUE;
  ss_message_unref (g_queue_pop_nth (&wire->frames, n));
}

static void
wire_fault (Wire *wire)
{
  int fault = g_test_rand_int_range (0, 100);

  if (!wire->open)
    {
      if (fault < 40)
        wire_open (wire);
    }
  else if (fault < 5)
    {
      wire_cut (wire);
    }
  else if (fault < 8 && !wire->plain && !g_queue_is_empty (&wire->frames))
    {
      wire_lose (wire);
    }
  else if (fault < 10 && !wire->plain && !g_queue_is_empty (&wire->frames))
    {
      /* One comes twice. */
      g_queue_push_head (&wire->frames, ss_message_ref (g_queue_peek_head (&wire->frames)));
    }
  else if (fault < 13 && wire->subscription != NULL)
    {
      ss_subscription_set_held (wire->subscription, TRUE);
    }
  else if (fault < 20 && wire->subscription != NULL)
    {
      ss_subscription_set_held (wire->subscription, FALSE);
    }
  else if (fault < 22 && !wire->plain)
    {
      wire->subscribe = TRUE;
    }
  else if (fault < 60)
    {
      if (wire->subscribe)
        wire_answer (wire);
    }
  else if (!g_queue_is_empty (&wire->frames))
    {
      wire_take (wire);
    }
}

static void
wire_settle (Wire *wire)
{
  if (wire->lossy)
    wire_cut (wire);
  if (!wire->open)
    wire_open (wire);
  if (wire->subscription != NULL)
    ss_subscription_set_held (wire->subscription, FALSE);

  while (wire->subscribe || !g_queue_is_empty (&wire->frames))
    {
      if (wire->subscribe)
        wire_answer (wire);
      if (!g_queue_is_empty (&wire->frames))
        wire_take (wire);
      if (!wire->open)
        wire_open (wire);
    }
}

static void
assert_equal (Wire *wire)
{
  g_autoptr (SsValue) has = ss_signal_ref_committed (wire->replica);
  g_autoptr (SsValue) expected = ss_signal_ref_committed (wire->server->signal);

  g_assert_true (ss_value_equal (has, expected));
  g_assert_false (server_signal_get_stale (wire->replica));
  if (!wire->plain)
    {
      g_autofree char *moment = moment_key (wire->replica);
      g_autofree char *expected_moment = moment_key (wire->server->signal);

      g_assert_cmpstr (moment, ==, expected_moment);
    }
}

static void
test_faults (void)
{
  Server server = { 0 };
  Wire wires[N_WIRES];
  guint n_asked = 0;
  guint n_confirmations = 0;
  guint n_snapshots = 0;
  guint n_frames = 0;
  guint n_steps = g_test_slow () ? 50 * N_STEPS : N_STEPS;

  server.past = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  server.documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  server.order = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  server_begin (&server, 8000);
  for (guint i = 0; i < N_WIRES; i++)
    wire_begin (&wires[i], &server, i % 3 == 2, 0);

  for (guint step = 0; step < n_steps; step++)
    {
      int what = g_test_rand_int_range (0, 1000);

      if (what < 200)
        {
          commit_something (server.signal);
        }
      else if (what < 203)
        {
          /* The server starts again, with another life of the signal. */
          for (guint i = 0; i < N_WIRES; i++)
            wire_cut (&wires[i]);
          server_end (&server);
          server_begin (&server, 8000);
        }
      else if (what < 210)
        {
          ss_feed_set_corked (server.feed, what % 2 == 0);
        }
      else if (what < 215)
        {
          ss_feed_set_corked (server.feed, FALSE);
          for (guint i = 0; i < N_WIRES; i++)
            {
              wire_settle (&wires[i]);
              assert_equal (&wires[i]);
              if (what % 2 == 0)
                continue;

              wire_cut (&wires[i]);
              g_assert_true (server_signal_get_stale (wires[i].replica));
              wire_settle (&wires[i]);
              assert_equal (&wires[i]);
            }
          g_hash_table_remove_all (server.documents);
          note_moment (&server);
        }
      else
        {
          wire_fault (&wires[what % N_WIRES]);
        }
    }

  ss_feed_set_corked (server.feed, FALSE);
  for (guint i = 0; i < N_WIRES; i++)
    {
      wire_settle (&wires[i]);
      assert_equal (&wires[i]);
      n_asked += wires[i].n_asked;
      n_confirmations += wires[i].n_confirmations;
      n_snapshots += wires[i].n_snapshots;
      n_frames += wires[i].n_frames;
      g_assert_cmpuint (wires[i].n_reconnects, ==, 0);
      wire_end (&wires[i]);
    }
  g_test_message ("%u frames, of them %u snapshots and %u confirmations; asked %u times", n_frames,
                  n_snapshots, n_confirmations, n_asked);

  /* A run that saw no faults has tested nothing. */
  g_assert_cmpuint (n_asked, >, 10);
  g_assert_cmpuint (n_confirmations, >, 5);
  g_assert_cmpuint (n_frames, >, 2 * n_snapshots);

  server_end (&server);
  g_hash_table_unref (server.past);
  g_hash_table_unref (server.documents);
  g_hash_table_unref (server.order);
}

/* Origin → edges → clients: replicas that are served on, and clients that change from one edge
 * to the other. */
static void
test_edges (void)
{
  Server origin = { 0 };
  Server edges[2] = { { 0 } };
  Wire up[2];
  Wire clients[4];
  guint n_behind = 0;

  origin.past = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  origin.documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  origin.order = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  server_begin (&origin, 8000);

  for (guint i = 0; i < 2; i++)
    {
      wire_begin (&up[i], &origin, FALSE, 0);
      edges[i] = origin;
      edges[i].signal = up[i].replica;
      edges[i].feed = ss_feed_new (up[i].replica, 8000);
    }
  for (guint i = 0; i < 4; i++)
    wire_begin (&clients[i], &edges[i % 2], FALSE, 0);

  for (guint step = 0; step < N_STEPS; step++)
    {
      int what = g_test_rand_int_range (0, 100);

      if (what < 20)
        {
          commit_something (origin.signal);
        }
      else if (what < 50)
        {
          wire_fault (&up[what % 2]);
        }
      else if (what < 52)
        {
          Wire *client = &clients[g_test_rand_int_range (0, 4)];

          wire_cut (client);
          client->server = &edges[what % 2];
        }
      else
        {
          wire_fault (&clients[what % 4]);
        }

      if (step % 500 != 499)
        continue;

      for (guint i = 0; i < 2; i++)
        {
          wire_settle (&up[i]);
          assert_equal (&up[i]);
        }
      for (guint i = 0; i < 4; i++)
        {
          wire_settle (&clients[i]);
          assert_equal (&clients[i]);
          g_assert_cmpstr (server_signal_get_epoch (clients[i].replica), ==,
                           server_signal_get_epoch (origin.signal));
          n_behind += clients[i].n_behind;
        }
    }

  g_test_message ("%u answers of behind", n_behind);
  g_assert_cmpuint (n_behind, >, 0);

  for (guint i = 0; i < 4; i++)
    wire_end (&clients[i]);
  for (guint i = 0; i < 2; i++)
    {
      ss_feed_free (edges[i].feed);
      wire_end (&up[i]);
    }
  server_end (&origin);
  g_hash_table_unref (origin.past);
  g_hash_table_unref (origin.documents);
  g_hash_table_unref (origin.order);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/faults", test_faults);
  g_test_add_func ("/wire/edges", test_edges);

  return g_test_run ();
}
