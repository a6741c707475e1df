/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include "memory-link.h"
#include "server/ss-session.h"
#include "ss-limits.h"
#include "ss-protocol.h"
#include "test-quotes.h"
#include "test-utils.h"
#include "wire/ss-frame.h"

/* A session over a link in memory, with feeds of its own to follow. */
typedef struct
{
  GHashTable *feeds;   /* name → SsFeed */
  GPtrArray  *signals;
  MemoryLink *link;
  SsSession  *session;
  guint       n_asked;   /* for names */
  guint       n_dropped;
  guint       n_closed;
  guint       n_calls;
  gboolean    free_when_closed;
} Fixture;

static SsFeed *
lookup (const char *name,
        gpointer    user_data)
{
  Fixture *fixture = user_data;

  return g_hash_table_lookup (fixture->feeds, name);
}

static const char *
next_name (guint64  *place,
           gpointer  user_data)
{
  Fixture *fixture = user_data;

  fixture->n_asked++;
  while (*place < fixture->signals->len)
    {
      const char *name = server_signal_get_name (fixture->signals->pdata[(*place)++]);

      if (lookup (name, user_data) != NULL)
        return name;
    }

  return NULL;
}

static guint
count (gpointer user_data)
{
  Fixture *fixture = user_data;

  return fixture->signals->len;
}

static GStrv
dup_via (gpointer user_data)
{
  static const char *const via[] = { "here", NULL };

  return g_strdupv ((GStrv) via);
}

static void
dropped_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_dropped++;
}

static void
closed_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_closed++;
  if (fixture->free_when_closed)
    g_clear_pointer (&fixture->session, ss_session_free);
}

static SsCallState
get_call (guint64  id,
          gpointer user_data)
{
  return id == 1 ? SS_CALL_ASKED : SS_CALL_NONE;
}

static void
call_cb (SsFrame  *frame,
         gpointer  user_data)
{
  Fixture *fixture = user_data;

  fixture->n_calls++;
}

static const SsSessionFuncs funcs = {
  .get_call = get_call,
  .call = call_cb,
  .lookup = lookup,
  .next_name = next_name,
  .count = count,
  .dup_via = dup_via,
  .dropped = dropped_cb,
  .closed = closed_cb,
};

static ServerSignal *
add (Fixture    *fixture,
     const char *name,
     const char *readable)
{
  g_autofree char *json = test_json (readable);
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_from_json (name, json, &error);

  g_assert_no_error (error);
  g_ptr_array_add (fixture->signals, signal);
  g_hash_table_insert (fixture->feeds, g_strdup (name), ss_feed_new (signal, SS_HISTORY_BYTES));

  return signal;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->feeds =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ss_feed_free);
  fixture->signals = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
begin (Fixture    *fixture,
       const char *protocol,
       gsize       max_backlog)
{
  fixture->link = memory_link_new (protocol);
  fixture->session = ss_session_new (SS_LINK (fixture->link), g_main_context_default (), 2000,
                                     max_backlog, &funcs, fixture);
  ss_session_start (fixture->session);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_pointer (&fixture->session, ss_session_free);
  g_assert_finalize_object (g_steal_pointer (&fixture->link));
  g_hash_table_unref (fixture->feeds);
  g_ptr_array_unref (fixture->signals);
  test_settle ();
}

static void
set_int (ServerSignal *signal,
         const char   *pointer,
         gint64        value)
{
  g_autoptr (GError) error = NULL;

  server_signal_set_int (signal, pointer, value, &error);
  g_assert_no_error (error);
}

static void
set_filled (ServerSignal *signal,
            char          letter,
            gsize         length)
{
  g_autofree char *text = g_strnfill (length, letter);
  g_autoptr (GError) error = NULL;

  server_signal_set_string (signal, "/text", text, &error);
  g_assert_no_error (error);
}

/* Writes what the client sends, with ' for ", and lets the session take it. */
static void
say (Fixture    *fixture,
     const char *readable)
{
  g_autofree char *text = test_json (readable);

  memory_link_write (fixture->link, text);
  test_settle ();
}

static void
say_resume (Fixture      *fixture,
            ServerSignal *signal,
            const char   *epoch,
            guint64       revision)
{
  g_autofree char *text =
    g_strdup_printf ("{'subscribe':'%s','epoch':'%s','rev':%" G_GUINT64_FORMAT "}",
                     server_signal_get_name (signal), epoch, revision);

  say (fixture, text);
}

static char *
read_next (Fixture *fixture)
{
  g_autoptr (SsMessage) message = memory_link_read (fixture->link);

  return message != NULL ? test_readable (ss_message_payload (message, NULL)) : NULL;
}

#define assert_next(fixture, expected) \
  G_STMT_START \
  { \
    g_autofree char *assert_next_is = read_next (fixture); \
    g_assert_cmpstr (assert_next_is, ==, expected); \
  } \
  G_STMT_END

#define assert_nothing(fixture) assert_next (fixture, NULL)

#define assert_closed(fixture, code, beginning) \
  G_STMT_START \
  { \
    g_assert_cmpuint ((fixture)->link->close_code, ==, code); \
    g_assert_true (g_str_has_prefix ((fixture)->link->close_reason, beginning)); \
  } \
  G_STMT_END

static void
assert_snapshot (Fixture      *fixture,
                 ServerSignal *signal)
{
  g_autofree char *json = server_signal_dup_json (signal, NULL);
  g_autofree char *value = test_readable (json);
  g_autofree char *epoch = NULL;
  g_autofree char *expected = NULL;

  g_object_get (signal, "epoch", &epoch, NULL);
  expected = g_strdup_printf ("{'name':'%s','patch':[{'op':'replace','path':'','value':%s}],"
                              "'epoch':'%s','rev':%" G_GUINT64_FORMAT "}",
                              server_signal_get_name (signal), value, epoch,
                              server_signal_get_revision (signal));
  assert_next (fixture, expected);
}

#define HELLO(names) \
  "{'hello':{'protocol':'server-signal.v1','signals':[" names "],'via':['here']}}"

static void
test_subscribe (Fixture       *fixture,
                gconstpointer  data)
{
  ServerSignal *a = add (fixture, "a", "{'n':1}");
  ServerSignal *b = add (fixture, "b", "{'n':1}");

  begin (fixture, SS_PROTOCOL_V1, 0);
  assert_next (fixture, HELLO ("'a','b'"));
  assert_nothing (fixture);

  say (fixture, "{'subscribe':'a'}");
  assert_snapshot (fixture, a);

  set_int (a, "/n", 2);
  set_int (b, "/n", 2);
  assert_next (fixture, "{'name':'a','patch':[{'op':'replace','path':'/n','value':2}],"
                        "'base':0,'rev':1}");
  assert_nothing (fixture);

  say (fixture, "{'unsubscribe':'a'}");
  set_int (a, "/n", 3);
  assert_nothing (fixture);

  say (fixture, "{'subscribe':'nobody'}");
  assert_next (fixture, "{'error':{'code':'unknown-signal','name':'nobody',"
                        "'message':'there is no such signal for this client'}}");
  g_assert_cmpuint (fixture->link->close_code, ==, 0);
}

static void
test_resume (Fixture       *fixture,
             gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'n':0}");
  g_autofree char *epoch = NULL;

  g_object_get (signal, "epoch", &epoch, NULL);
  for (gint64 i = 1; i <= 3; i++)
    set_int (signal, "/n", i);

  begin (fixture, SS_PROTOCOL_V1, 0);
  assert_next (fixture, HELLO ("'s'"));

  say_resume (fixture, signal, epoch, 1);
  assert_next (fixture, "{'name':'s','patch':[{'op':'replace','path':'/n','value':3}],"
                        "'base':1,'rev':3}");

  say_resume (fixture, signal, epoch, 3);
  assert_next (fixture, "{'name':'s','patch':[],'base':3,'rev':3}");

  say_resume (fixture, signal, "another", 3);
  assert_snapshot (fixture, signal);

  /* A client that has seen more elsewhere is answered when this end has caught up. */
  say_resume (fixture, signal, epoch, 4);
  assert_nothing (fixture);
  set_int (signal, "/n", 4);
  test_settle ();
  assert_next (fixture, "{'name':'s','patch':[],'base':4,'rev':4}");
  assert_nothing (fixture);
}

static void
test_removed (Fixture       *fixture,
              gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'n':0}");

  begin (fixture, SS_PROTOCOL_V1, 0);
  say (fixture, "{'subscribe':'s'}");
  assert_next (fixture, HELLO ("'s'"));
  assert_snapshot (fixture, signal);

  ss_session_removed (fixture->session, "s", FALSE);
  set_int (signal, "/n", 1);
  assert_next (fixture, "{'signal':'removed','name':'s'}");
  assert_nothing (fixture);

  ss_session_added (fixture->session, "s");
  assert_next (fixture, "{'signal':'added','name':'s'}");
  assert_nothing (fixture);
  say (fixture, "{'subscribe':'s'}");
  assert_snapshot (fixture, signal);
}

static void
test_plain (Fixture       *fixture,
            gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'n':0}");

  begin (fixture, NULL, 0);
  assert_next (fixture, "{'name':'s','patch':[{'op':'replace','path':'','value':{'n':0}}]}");
  set_int (signal, "/n", 1);
  assert_next (fixture, "{'name':'s','patch':[{'op':'replace','path':'/n','value':1}]}");

  add (fixture, "t", "[]");
  ss_session_added (fixture->session, "t");
  assert_next (fixture, "{'name':'t','patch':[{'op':'replace','path':'','value':[]}]}");

  ss_session_removed (fixture->session, "s", FALSE);
  set_int (signal, "/n", 2);
  assert_nothing (fixture);
}

/* Bytes that a client lets wait are bounded, and when it reads it gets the updates it missed as one
 * message. */
static void
test_slow_reader (Fixture       *fixture,
                  gconstpointer  data)
{
  const gsize high = 1000;
  ServerSignal *signal = add (fixture, "s", "{'text':''}");
  g_autofree char *last = NULL;
  guint n_messages = 0;
  char *text;

  begin (fixture, SS_PROTOCOL_V1, high);
  say (fixture, "{'subscribe':'s'}");
  for (guint i = 0; i < 100; i++)
    set_filled (signal, (char) ('a' + i % 26), 300);

  g_assert_cmpuint (ss_link_get_backlog (SS_LINK (fixture->link)), >, high);
  g_assert_cmpuint (ss_link_get_backlog (SS_LINK (fixture->link)), <, high + 500);

  /* The session lets go when half of the mark is left, not before. */
  while (ss_link_get_backlog (SS_LINK (fixture->link)) > high / 2)
    {
      guint n_unread = g_queue_get_length (&fixture->link->unread);

      test_settle ();
      g_assert_cmpuint (g_queue_get_length (&fixture->link->unread), ==, n_unread);
      g_free (read_next (fixture));
      n_messages++;
    }
  test_settle ();
  while ((text = read_next (fixture)) != NULL)
    {
      g_free (last);
      last = text;
      n_messages++;
    }
  g_assert_cmpuint (n_messages, <, 10);
  g_assert_nonnull (strstr (last, "vvvvvvvv"));
  g_assert_nonnull (strstr (last, "'rev':100"));

  /* And from here on each commit by itself. */
  set_filled (signal, 'A', 10);
  assert_next (fixture,
               "{'name':'s','patch':[{'op':'replace','path':'/text','value':'AAAAAAAAAA'}],"
               "'base':100,'rev':101}");
  g_assert_cmpuint (fixture->n_dropped, ==, 0);
}

/* Of signals that come and go while a client does not read it hears no more than it must. */
static void
test_held_notices (Fixture       *fixture,
                   gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'text':''}");

  begin (fixture, SS_PROTOCOL_V1, 100);
  assert_next (fixture, HELLO ("'s'"));
  say (fixture, "{'subscribe':'s'}");
  assert_snapshot (fixture, signal);
  test_settle ();

  set_filled (signal, 'a', 300);
  ss_session_added (fixture->session, "short-lived");
  ss_session_removed (fixture->session, "short-lived", FALSE);
  ss_session_added (fixture->session, "new");
  ss_session_removed (fixture->session, "s", FALSE);

  g_free (read_next (fixture));
  assert_nothing (fixture);
  test_settle ();
  assert_next (fixture, "{'signal':'added','name':'new'}");
  assert_next (fixture, "{'signal':'removed','name':'s'}");
  assert_nothing (fixture);
}

static void
test_stalled (Fixture       *fixture,
              gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'n':0}");

  begin (fixture, SS_PROTOCOL_V1, 0);
  say (fixture, "{'subscribe':'s'}");
  g_assert_cmpuint (ss_link_get_backlog (SS_LINK (fixture->link)), >, 0);

  memory_link_stall (fixture->link);
  g_assert_cmpuint (fixture->link->close_code, ==, 0);
  test_settle ();
  assert_closed (fixture, 1008, SS_REASON_TOO_SLOW);
  g_assert_cmpuint (fixture->n_dropped, ==, 1);

  /* Nothing that waited is sent in front of the end, and nothing behind it. */
  assert_nothing (fixture);
  set_int (signal, "/n", 1);
  ss_session_added (fixture->session, "t");
  assert_nothing (fixture);

  g_assert_cmpuint (fixture->n_closed, ==, 0);
  memory_link_end (fixture->link, 0);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  test_settle ();
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_cmpuint (fixture->n_dropped, ==, 1);
}

/* Closing sends what was held back first, and nothing afterwards. */
static void
test_close (Fixture       *fixture,
            gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'text':''}");

  begin (fixture, SS_PROTOCOL_V1, 100);
  say (fixture, "{'subscribe':'s'}");
  g_free (read_next (fixture));
  g_free (read_next (fixture));
  test_settle ();
  set_filled (signal, 'a', 300);
  set_filled (signal, 'b', 5);

  ss_session_close (fixture->session, 4000, "that is all");
  assert_closed (fixture, 4000, "that is all");
  set_filled (signal, 'c', 5);
  ss_session_close (fixture->session, 4001, "once more");

  g_free (read_next (fixture));
  assert_next (fixture, "{'name':'s','patch':[{'op':'replace','path':'/text','value':'bbbbb'}],"
                        "'base':1,'rev':2}");
  say (fixture, "{'subscribe':'s'}");
  assert_nothing (fixture);
  g_assert_cmpuint (fixture->link->close_code, ==, 4000);

  fixture->free_when_closed = TRUE;
  memory_link_end (fixture->link, 4000);
  memory_link_end (fixture->link, 1000);
  test_settle ();
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_cmpuint (fixture->n_dropped, ==, 0);
}

/* A client that goes leaves nothing behind that a commit could reach. */
static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'n':0}");

  begin (fixture, SS_PROTOCOL_V1, 0);
  say (fixture, "{'subscribe':'s'}");
  ss_link_cut (SS_LINK (fixture->link));
  g_assert_true (fixture->link->cut);
  g_assert_false (ss_link_is_open (SS_LINK (fixture->link)));
  set_int (signal, "/n", 1);
  assert_nothing (fixture);
  test_settle ();
  g_assert_cmpuint (fixture->n_closed, ==, 1);
  g_assert_cmpuint (fixture->link->close_code, ==, 0);
}

static void
test_bad_messages (Fixture       *fixture,
                   gconstpointer  data)
{
  begin (fixture, SS_PROTOCOL_V1, 0);
  assert_next (fixture, HELLO (""));

  memory_link_write_binary (fixture->link);
  test_settle ();
  assert_next (fixture, "{'error':{'code':'bad-message',"
                        "'message':'a message is text, not binary'}}");
  say (fixture, "{'hello':{'protocol':'server-signal.v1'}}");
  say (fixture, "{'unsubscribe':'nothing'}");
  assert_nothing (fixture);

  for (guint i = 1; i < SS_BAD_MESSAGES; i++)
    {
      g_autofree char *answer = NULL;

      g_assert_cmpuint (fixture->link->close_code, ==, 0);
      say (fixture, "[]");
      answer = read_next (fixture);
      g_assert_true (g_str_has_prefix (answer, "{'error':{'code':'bad-message',"));
    }
  assert_closed (fixture, 1008, "too many bad messages");
  g_assert_cmpuint (fixture->n_dropped, ==, 1);
}

/* A client that asks and asks, and takes no answers, is ended before they are too many. */
static void
test_flood (Fixture       *fixture,
            gconstpointer  data)
{
  begin (fixture, SS_PROTOCOL_V1, 100);
  for (guint i = 0; i < 1900; i++)
    memory_link_write (fixture->link, "{\"subscribe\":\"nobody\"}");
  test_settle ();
  assert_closed (fixture, 1008, "too many answers wait");
  g_assert_cmpuint (g_queue_get_length (&fixture->link->unread), >, SS_ANSWERS_WAITING);
  g_assert_cmpuint (g_queue_get_length (&fixture->link->unread), <, SS_ANSWERS_WAITING + 10);
  g_assert_cmpuint (fixture->n_dropped, ==, 1);
}

/* Hostile clients */

/* The most work between two turns of a timer of the application's. */
typedef struct
{
  gint64 last;
  gint64 longest;
  guint  source;
} Stall;

static gboolean
stall_cb (gpointer user_data)
{
  Stall *stall = user_data;
  gint64 now = test_cpu_time ();

  stall->longest = MAX (stall->longest, now - stall->last);
  stall->last = now;

  return G_SOURCE_CONTINUE;
}

static void
stall_begin (Stall *stall)
{
  *stall = (Stall) { .last = test_cpu_time () };
  stall->source = g_timeout_add (5, stall_cb, stall);
}

/* In milliseconds. */
static double
stall_end (Stall *stall)
{
  stall_cb (stall);
  g_source_remove (stall->source);
  g_test_message ("the longest stall: %.1f ms", (double) stall->longest / 1000);

  return (double) stall->longest / 1000;
}

static ServerSignal *
add_large (Fixture *fixture,
           guint    n_elements)
{
  g_autoptr (GString) json = g_string_new ("{'n':0,'list':[1");

  for (guint i = 1; i < n_elements; i++)
    g_string_append_printf (json, ",{'a':%u}", i);
  g_string_append (json, "]}");

  return add (fixture, "s", json->str);
}

/* A client that does not take the document asks for it again and again. */
static void
test_too_large_loop (Fixture       *fixture,
                     gconstpointer  data)
{
  ServerSignal *signal = add_large (fixture, 100000);
  g_autofree char *json = server_signal_dup_json (signal, NULL);
  g_autofree char *question =
    g_strdup_printf ("{\"subscribe\":\"s\",\"max\":%" G_GSIZE_FORMAT "}", strlen (json) - 1);
  guint n_answers;
  Stall stall;

  begin (fixture, SS_PROTOCOL_V1, 0);
  assert_next (fixture, HELLO ("'s'"));

  stall_begin (&stall);
  for (guint i = 0; i < 1000; i++)
    memory_link_write (fixture->link, question);
  WAIT_UNTIL (fixture->link->close_code != 0 ||
              g_queue_get_length (&fixture->link->unread) == 1000);
  g_assert_cmpfloat (stall_end (&stall), <, 300);

  n_answers = g_queue_get_length (&fixture->link->unread);
  g_assert_cmpuint (n_answers, >=, SS_MESSAGES_BURST);
  g_assert_cmpuint (n_answers, <, SS_MESSAGES_BURST + 50);
  assert_closed (fixture, 1008, "too many messages");
  g_assert_cmpuint (fixture->n_dropped, ==, 1);
}

/* Joined histories are for clients that come back, which happens once. */
static void
test_history_loop (Fixture       *fixture,
                   gconstpointer  data)
{
  ServerSignal *signal = add (fixture, "s", "{'n':0}");
  g_autofree char *epoch = NULL;
  guint n_updates = 0;

  g_object_get (signal, "epoch", &epoch, NULL);
  for (gint64 i = 1; i <= 100; i++)
    set_int (signal, "/n", i);
  begin (fixture, SS_PROTOCOL_V1, 0);
  assert_next (fixture, HELLO ("'s'"));

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *answer = NULL;

      say_resume (fixture, signal, epoch, i);
      answer = read_next (fixture);
      g_assert_nonnull (answer);
      if (strstr (answer, "'base':") != NULL)
        {
          g_assert_cmpuint (n_updates, ==, i);
          n_updates++;
        }
      else
        {
          g_assert_nonnull (strstr (answer, "'epoch':"));
        }
      assert_nothing (fixture);
    }

  g_assert_cmpuint (n_updates, >=, SS_HISTORY_QUESTIONS);
  g_assert_cmpuint (n_updates, <, SS_HISTORY_QUESTIONS + 10);

  /* A confirmation costs nothing. */
  say_resume (fixture, signal, epoch, 100);
  assert_next (fixture, "{'name':'s','patch':[],'base':100,'rev':100}");
  g_assert_cmpuint (fixture->link->close_code, ==, 0);
}

/* A client that follows and leaves again and again is as any that says too much. */
static void
test_subscribe_loop (Fixture       *fixture,
                     gconstpointer  data)
{
  add (fixture, "s", "{'n':0}");
  begin (fixture, SS_PROTOCOL_V1, 0);
  for (guint i = 0; i < 1000; i++)
    memory_link_write (fixture->link, "{\"subscribe\":\"s\"}");
  test_settle ();
  assert_closed (fixture, 1008, "too many messages");
  g_assert_cmpuint (g_queue_get_length (&fixture->link->unread), <, SS_MESSAGES_BURST + 50);
}

/* Another client's turn comes whatever one client says, and the messages of each keep their order. */
static void
test_turns (Fixture       *fixture,
            gconstpointer  data)
{
  Fixture other = { .feeds = fixture->feeds, .signals = fixture->signals };
  const guint n = 1500;
  guint n_turns = 0;

  add (fixture, "s", "{'n':0}");
  begin (fixture, SS_PROTOCOL_V1, 0);
  begin (&other, SS_PROTOCOL_V1, 0);
  assert_next (fixture, HELLO ("'s'"));
  assert_next (&other, HELLO ("'s'"));

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"subscribe\":\"%u\"}", i);

      memory_link_write (fixture->link, text);
    }
  memory_link_write (other.link, "{\"subscribe\":\"other\"}");

  /* In the same turn, or in the next on a machine that has taken its time. */
  do
    g_main_context_iteration (NULL, FALSE);
  while (g_queue_is_empty (&other.link->unread) && ++n_turns < 3);
  g_assert_cmpuint (g_queue_get_length (&other.link->unread), ==, 1);
  g_assert_cmpuint (g_queue_get_length (&fixture->link->unread), >, 0);
  g_assert_cmpuint (g_queue_get_length (&fixture->link->unread), <=, 100 * (n_turns + 1));
  /* And nothing more is read meanwhile. */
  g_assert_true (fixture->link->held);
  g_assert_false (other.link->held);

  while (g_main_context_iteration (NULL, FALSE))
    n_turns++;
  g_assert_cmpuint (n_turns, >, n / 100);
  g_assert_false (fixture->link->held);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *expected =
        g_strdup_printf ("{'error':{'code':'unknown-signal','name':'%u',"
                         "'message':'there is no such signal for this client'}}",
                         i);

      assert_next (fixture, expected);
    }
  assert_nothing (fixture);

  g_clear_pointer (&other.session, ss_session_free);
  g_assert_finalize_object (other.link);
}

/* Pings count as messages do, of plain clients as well. */
static void
test_pings (Fixture       *fixture,
            gconstpointer  data)
{
  for (guint plain = 0; plain < 2; plain++)
    {
      begin (fixture, plain ? NULL : SS_PROTOCOL_V1, 0);
      for (guint i = 0; i < SS_MESSAGES_BURST; i++)
        {
          memory_link_control (fixture->link);
          if (i % 20 == 0)
            test_settle ();
        }
      test_settle ();
      g_assert_cmpuint (fixture->link->close_code, ==, 0);
      g_assert_false (fixture->link->held);

      for (guint i = 0; i < 100; i++)
        memory_link_control (fixture->link);
      g_assert_true (fixture->link->held);
      test_settle ();
      assert_closed (fixture, 1008, "too many messages");
      g_assert_cmpuint (fixture->n_dropped, ==, plain + 1);
      /* The answer to the close has to be read. */
      g_assert_false (fixture->link->held);

      g_clear_pointer (&fixture->session, ss_session_free);
      if (plain == 0)
        g_assert_finalize_object (g_steal_pointer (&fixture->link));
    }
}

/* Thousands of names do not come in one turn, and none is told twice. */
static void
test_many_names (Fixture       *fixture,
                 gconstpointer  data)
{
  const guint n = 20000;
  gboolean plain = GPOINTER_TO_INT (data);
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint at_once;
  char *text;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%020u", i);

      add (fixture, name, "1");
    }

  begin (fixture, plain ? NULL : SS_PROTOCOL_V1, 0);
  at_once = g_queue_get_length (&fixture->link->unread);
  g_assert_cmpuint (at_once, >, 0);
  g_assert_cmpuint (at_once, <=, 1024);
  g_assert_cmpuint (fixture->n_asked, <, n / 2);

  /* The last one goes before it was told of, another comes again. */
  g_hash_table_remove (fixture->feeds, "00000000000000019999");
  ss_session_removed (fixture->session, "00000000000000019999", FALSE);
  ss_session_removed (fixture->session, "00000000000000019998", FALSE);
  ss_session_added (fixture->session, "00000000000000019998");
  test_settle ();

  while ((text = read_next (fixture)) != NULL)
    {
      g_auto (GStrv) words = g_strsplit (text, "'", -1);
      gboolean removed = strstr (text, "'removed'") != NULL;

      for (guint i = 0; words[i] != NULL; i++)
        if (strlen (words[i]) == 20 && !removed)
          g_assert_true (g_hash_table_add (told, g_strdup (words[i])));
      g_free (text);
    }
  g_assert_cmpuint (g_hash_table_size (told), ==, n - 1);
  g_assert_false (g_hash_table_contains (told, "00000000000000019999"));
}

/* The link itself: the order of its reports to its owner, for each kind. */

typedef struct
{
  GString *heard;
  SsLink  *link;
  char     drop_on; /* the event in which the link is dropped */
} Owner;

static void
hear (Owner *owner,
      char   event)
{
  g_string_append_c (owner->heard, event);
  if (owner->drop_on != event)
    return;

  ss_link_set_funcs (owner->link, NULL, NULL);
  g_clear_object (&owner->link);
}

static void
owner_message_cb (SsLink     *link,
                  const char *text,
                  gsize       length,
                  gpointer    user_data)
{
  g_assert_cmpuint (length, ==, 1);
  hear (user_data, text[0]);
}

static void
owner_binary_cb (SsLink   *link,
                 gpointer  user_data)
{
  hear (user_data, 'B');
}

static void
owner_closed_cb (SsLink   *link,
                 gushort   code,
                 gpointer  user_data)
{
  g_assert_cmpuint (code, ==, 1001);
  hear (user_data, 'C');
}

static void
owner_drained_cb (SsLink   *link,
                  gpointer  user_data)
{
  hear (user_data, 'D');
}

static void
owner_stalled_cb (SsLink   *link,
                  gpointer  user_data)
{
  hear (user_data, 'S');
}

static const SsLinkFuncs owner_funcs = {
  .message = owner_message_cb,
  .binary = owner_binary_cb,
  .closed = owner_closed_cb,
  .drained = owner_drained_cb,
  .stalled = owner_stalled_cb,
};

static void
test_link_events (void)
{
  static const struct
  {
    char drop_on;
    const char *heard;
  } cases[] = {
    { 0, "aBbDSdC" }, { 'a', "a" },     { 'B', "aB" },
    { 'D', "aBbD" },  { 'S', "aBbDS" }, { 'C', "aBbDSdC" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MemoryLink *memory = memory_link_new (NULL);
      Owner owner = { g_string_new (NULL), SS_LINK (memory), cases[i].drop_on };

      /* Messages that come before somebody listens are kept. */
      memory_link_write (memory, "a");
      test_settle ();
      ss_link_set_funcs (owner.link, &owner_funcs, &owner);
      memory_link_write_binary (memory);
      memory_link_write (memory, "b");
      g_assert_cmpstr (owner.heard->str, ==, "");

      /* A turn that took too long leaves messages to the next one, and tells of progress before it. */
      test_settle ();
      if (owner.link != NULL)
        {
          ss_link_when_drained (owner.link, 0);
          memory_link_stall (memory);
        }

      test_settle ();
      if (owner.link != NULL)
        {
          memory_link_write (memory, "d");
          test_settle ();
          memory_link_end (memory, 1001);
          memory_link_end (memory, 1002);
          memory_link_write (memory, "c");
          memory_link_stall (memory);
          test_settle ();
        }

      /* It is over only once, whatever comes later. */
      if (owner.link != NULL)
        memory_link_stall (memory);
      test_settle ();
      g_assert_cmpstr (owner.heard->str, ==, cases[i].heard);

      if (owner.link != NULL)
        g_assert_finalize_object (g_steal_pointer (&owner.link));
      test_settle ();
      g_string_free (owner.heard, TRUE);
    }
}

static void
test_link_silence (void)
{
  MemoryLink *memory = memory_link_new ("p");
  SsLink *link = SS_LINK (memory);
  Owner owner = { g_string_new (NULL), link, 0 };

  g_assert_cmpstr (ss_link_get_protocol (link), ==, "p");
  g_assert_null (ss_link_get_remote_address (link));
  ss_link_set_funcs (link, &owner_funcs, &owner);
  memory_link_write (memory, "a");
  ss_link_set_funcs (link, NULL, NULL);
  memory_link_write (memory, "b");
  memory_link_end (memory, 1001);
  test_settle ();
  g_assert_cmpstr (owner.heard->str, ==, "");

  g_assert_finalize_object (link);
  g_string_free (owner.heard, TRUE);
}

/* A kind that leaves a function as it is can do without it, and one whose link is over is not
 * called. */
static void
test_link_defaults (void)
{
  MemoryLink *memory = memory_link_new (NULL);
  SsLink *link = SS_LINK (memory);
  g_autoptr (SsMessage) message = ss_message_new_take (g_string_new ("m"));
  g_autoptr (SsLinkCounters) counters = ss_link_counters_new ();

  ss_link_set_max_message (link, 1);
  ss_link_set_close_timeout (link, 1);
  ss_link_set_stall_timeout (link, 1);
  ss_link_set_user_timeout (link, 1);
  ss_link_set_counters (link, counters);
  g_assert_true (ss_link_is_open (link));
  g_assert_true (ss_link_was_heard (link));
  g_assert_false (ss_link_ping (link));
  g_assert_cmpint (ss_link_get_stalled_since (link), ==, 0);
  g_assert_cmpint (ss_link_get_n_queued (link), ==, 0);
  g_assert_cmpint (ss_link_get_n_confirmed (link), ==, 0);
  g_assert_cmpuint (ss_link_get_n_writes (link), ==, 0);

  ss_link_send (link, message);
  g_assert_cmpuint (ss_link_get_backlog (link), ==, 1);
  memory_link_end (memory, 1001);
  ss_link_send (link, message);
  ss_link_close (link, 1000, NULL);
  g_assert_cmpuint (g_queue_get_length (&memory->unread), ==, 1);
  g_assert_cmpuint (memory->close_code, ==, 0);
  g_assert_cmpuint (ss_link_get_backlog (link), ==, 0);
  g_assert_false (ss_link_is_open (link));

  g_assert_finalize_object (link);
}

#define ADD(path, function) \
  g_test_add ("/session/" path, Fixture, NULL, set_up, function, tear_down)

static void
answer (Fixture           *fixture,
        gint64             id,
        gboolean           gathered,
        SsWaitingMessage **slot)
{
  g_autoptr (SsValue) value = ss_value_new_int (id);
  g_autoptr (SsMessage) message = slot != NULL ? ss_frame_encode_progress ((guint64) id, value)
                                               : ss_frame_encode_reply ((guint64) id, value);

  ss_session_reply (fixture->session, message, gathered, slot);
}

/* An answer to a peer that takes too little waits behind all that has been committed by then, for as
 * many turns as that takes, and not for what is committed later. */
static void
test_answer_held (Fixture       *fixture,
                  gconstpointer  data)
{
  ServerSignal *a = add (fixture, "a", "{'n':0,'text':''}");
  ServerSignal *b = add (fixture, "b", "{'n':0,'text':''}");
  ServerSignal *c = add (fixture, "c", "{'n':0,'text':''}");
  SsWaitingMessage *progress = NULL;
  SsWaitingMessage *other = NULL;
  g_autoptr (SsMessage) large = NULL;

  begin (fixture, SS_PROTOCOL_V1, 1000);
  say (fixture, "{'subscribe':'a'}");
  say (fixture, "{'subscribe':'b'}");
  say (fixture, "{'subscribe':'c'}");
  while ((large = memory_link_read (fixture->link)) != NULL)
    g_clear_pointer (&large, ss_message_unref);

  /* From here on the peer reads nothing. */
  set_filled (a, 'x', 2000);
  set_int (b, "/n", 1);
  answer (fixture, 2, FALSE, &progress);
  g_assert_nonnull (progress);
  answer (fixture, 3, FALSE, &other);
  ss_backpressure_withdraw (other);
  g_assert_null (other);
  set_int (a, "/n", 1);
  answer (fixture, 1, FALSE, NULL);
  set_int (c, "/n", 1);
  g_assert_cmpuint (ss_session_get_n_waiting (fixture->session), ==, 2);

  large = memory_link_read (fixture->link);
  test_settle ();
  g_assert_null (progress);
  assert_next (fixture, "{'name':'a','patch':[{'op':'replace','path':'/n','value':1}],"
                        "'base':1,'rev':2}");
  assert_next (fixture, "{'name':'b','patch':[{'op':'replace','path':'/n','value':1}],"
                        "'base':0,'rev':1}");
  assert_next (fixture, "{'name':'c','patch':[{'op':'replace','path':'/n','value':1}],"
                        "'base':0,'rev':1}");
  assert_next (fixture, "{'progress':2,'value':2}");
  assert_next (fixture, "{'reply':1,'value':1}");
  assert_nothing (fixture);
  g_assert_cmpuint (ss_session_get_n_waiting (fixture->session), ==, 0);
}

/* The same where each signal fills the peer anew, so that the answer has to wait for several turns. */
static void
test_answer_turns (Fixture       *fixture,
                   gconstpointer  data)
{
  ServerSignal *a = add (fixture, "a", "{'n':0,'text':''}");
  ServerSignal *b = add (fixture, "b", "{'n':0,'text':''}");
  g_autoptr (SsMessage) message = NULL;
  guint n_updates = 0;

  begin (fixture, SS_PROTOCOL_V1, 1000);
  say (fixture, "{'subscribe':'a'}");
  say (fixture, "{'subscribe':'b'}");
  while ((message = memory_link_read (fixture->link)) != NULL)
    g_clear_pointer (&message, ss_message_unref);

  set_filled (a, 'x', 2000);
  set_filled (b, 'x', 2000);
  answer (fixture, 1, FALSE, NULL);

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *text = NULL;

      /* Both go on all the time. */
      set_filled (a, (char) ('a' + i % 26), 2000);
      set_filled (b, (char) ('a' + i % 26), 2000);
      text = read_next (fixture);
      test_settle ();
      g_assert_nonnull (text);
      if (g_str_equal (text, "{'reply':1,'value':1}"))
        {
          /* The first of a, and b. */
          g_assert_cmpuint (n_updates, >=, 2);
          g_assert_cmpuint (n_updates, <=, 4);
          return;
        }
      n_updates++;
    }
  g_assert_not_reached ();
}

/* Commits that a corked feed gathers come before the answer, those of this peer's signals only. */
static void
test_answer_gathered (Fixture       *fixture,
                      gconstpointer  data)
{
  ServerSignal *a = add (fixture, "a", "{'n':0}");
  ServerSignal *b = add (fixture, "b", "{'n':0}");
  SsFeed *feed = g_hash_table_lookup (fixture->feeds, "a");

  begin (fixture, SS_PROTOCOL_V1, 0);
  say (fixture, "{'subscribe':'a'}");
  assert_next (fixture, HELLO ("'a','b'"));
  assert_snapshot (fixture, a);

  ss_feed_set_corked (feed, TRUE);
  set_int (a, "/n", 1);
  set_int (a, "/n", 2);
  set_int (b, "/n", 1);
  assert_nothing (fixture);
  answer (fixture, 1, TRUE, NULL);
  assert_next (fixture, "{'name':'a','patch':[{'op':'replace','path':'/n','value':2}],"
                        "'base':0,'rev':2}");
  assert_next (fixture, "{'reply':1,'value':1}");
  answer (fixture, 1, TRUE, NULL);
  assert_next (fixture, "{'reply':1,'value':1}");

  /* It goes on as it was. */
  set_int (a, "/n", 3);
  assert_nothing (fixture);
  ss_feed_set_corked (feed, FALSE);
  assert_next (fixture, "{'name':'a','patch':[{'op':'replace','path':'/n','value':3}],"
                        "'base':2,'rev':3}");
}

/* So much may wait. */
static void
test_answer_bytes (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *text = g_strnfill (SS_REPLY_BYTES / 4, 'x');
  g_autoptr (SsValue) value = ss_value_new_string (text, -1);
  g_autoptr (SsMessage) message = ss_frame_encode_reply (1, value);

  add (fixture, "a", "{'n':0}");
  begin (fixture, SS_PROTOCOL_V1, 1000);
  for (guint i = 0; i < 4; i++)
    {
      ss_session_reply (fixture->session, message, FALSE, NULL);
      g_assert_cmpuint (fixture->link->close_code, ==, 0);
    }
  ss_session_reply (fixture->session, message, FALSE, NULL);
  assert_closed (fixture, 1008, "too slow: too many answers wait");
  g_assert_cmpuint (fixture->n_dropped, ==, 1);
}

/* An id that is in use, and a peer that cancels what is not there. */
static void
test_call_frames (Fixture       *fixture,
                  gconstpointer  data)
{
  begin (fixture, SS_PROTOCOL_V1, 0);
  assert_next (fixture, HELLO (""));
  say (fixture, "{'call':'m','id':2}");
  say (fixture, "{'cancel':1}");
  g_assert_cmpuint (fixture->n_calls, ==, 2);
  say (fixture, "{'call':'m','id':1}");
  g_assert_cmpuint (fixture->n_calls, ==, 2);
  assert_next (fixture, "{'error':{'code':'bad-message','name':'m',"
                        "'message':'the id of a call is in use'}}");

  for (guint i = 0; i < 2 * SS_MESSAGES_BURST && fixture->link->close_code == 0; i++)
    say (fixture, "{'cancel':2}");
  assert_closed (fixture, 1008, "too many messages");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("subscribe", test_subscribe);
  ADD ("resume", test_resume);
  ADD ("removed", test_removed);
  ADD ("plain", test_plain);
  ADD ("slow-reader", test_slow_reader);
  ADD ("held-notices", test_held_notices);
  ADD ("stalled", test_stalled);
  ADD ("close", test_close);
  ADD ("cut", test_cut);
  ADD ("bad-messages", test_bad_messages);
  ADD ("flood", test_flood);
  ADD ("hostile/too-large-loop", test_too_large_loop);
  ADD ("hostile/history-loop", test_history_loop);
  ADD ("hostile/subscribe-loop", test_subscribe_loop);
  ADD ("hostile/turns", test_turns);
  ADD ("hostile/pings", test_pings);
  g_test_add ("/session/many-names/v1", Fixture, GINT_TO_POINTER (FALSE), set_up, test_many_names,
              tear_down);
  g_test_add ("/session/many-names/plain", Fixture, GINT_TO_POINTER (TRUE), set_up, test_many_names,
              tear_down);
  g_test_add_func ("/session/link/events", test_link_events);
  g_test_add_func ("/session/link/silence", test_link_silence);
  g_test_add_func ("/session/link/defaults", test_link_defaults);

  g_test_add ("/session/answer/held", Fixture, NULL, set_up, test_answer_held, tear_down);
  g_test_add ("/session/answer/turns", Fixture, NULL, set_up, test_answer_turns, tear_down);
  g_test_add ("/session/answer/gathered", Fixture, NULL, set_up, test_answer_gathered, tear_down);
  g_test_add ("/session/answer/bytes", Fixture, NULL, set_up, test_answer_bytes, tear_down);
  g_test_add ("/session/call-frames", Fixture, NULL, set_up, test_call_frames, tear_down);

  return g_test_run ();
}
