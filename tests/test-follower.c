/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include "server-signal-error.h"
#include "test-quotes.h"
#include "wire/ss-follower.h"
#include "wire/ss-frame-decode.h"

/* Frames of the signal "s". */
#define SNAPSHOT(value, epoch, rev) \
  "{'name':'s','patch':[{'op':'replace','path':'','value':" value "}]," \
  "'epoch':'" epoch "','rev':" #rev "}"
#define UPDATE(value, base, rev) \
  "{'name':'s','patch':[{'op':'replace','path':'/a','value':" value "}]," \
  "'base':" #base ",'rev':" #rev "}"
#define CONFIRMATION(rev) "{'name':'s','patch':[],'base':" #rev ",'rev':" #rev "}"
#define PLAIN(value) "{'name':'s','patch':[{'op':'replace','path':'/a','value':" value "}]}"
#define PLAIN_SNAPSHOT(value) "{'name':'s','patch':[{'op':'replace','path':'','value':" value "}]}"
#define FAILING(base, rev) \
  "{'name':'s','patch':[{'op':'remove','path':'/none'}],'base':" #base ",'rev':" #rev "}"

typedef struct
{
  SsFollower   *follower;
  ServerSignal *replica;
  guint         n_values;
  guint         n_stales;
  guint         n_patches;
} Fixture;

/* A handler that sees a new value, or that the replica is current, sees both. */
static void
value_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          Fixture      *fixture)
{
  fixture->n_values++;
  g_assert_false (server_signal_get_stale (replica));
}

static void
stale_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          Fixture      *fixture)
{
  fixture->n_stales++;
}

static void
patched_cb (ServerSignal      *replica,
            ServerSignalPatch *patch,
            Fixture           *fixture)
{
  fixture->n_patches++;
}

static void
set_up (Fixture    *fixture,
        const char *initial)
{
  g_autoptr (SsValue) value = initial != NULL ? test_quoted_value (initial) : NULL;

  *fixture = (Fixture) { 0 };
  fixture->follower = ss_follower_new ("s", value);
  fixture->replica = g_object_ref (ss_follower_get_signal (fixture->follower));
  g_assert_true (server_signal_get_stale (fixture->replica));
  g_signal_connect (fixture->replica, "notify::value", G_CALLBACK (value_cb), fixture);
  g_signal_connect (fixture->replica, "notify::stale", G_CALLBACK (stale_cb), fixture);
  g_signal_connect (fixture->replica, "patched", G_CALLBACK (patched_cb), fixture);
}

static void
tear_down (Fixture *fixture)
{
  g_clear_pointer (&fixture->follower, ss_follower_free);
  g_assert_true (server_signal_get_stale (fixture->replica));
  g_assert_finalize_object (fixture->replica);
}

static SsFollowResult
take_with_error (Fixture     *fixture,
                 const char  *readable,
                 GError     **error)
{
  g_autofree char *text = test_json (readable);
  g_autoptr (GError) decode_error = NULL;
  g_auto (SsFrame) frame = { 0 };

  ss_frame_decode (&frame, text, strlen (text), &decode_error);
  g_assert_no_error (decode_error);

  return ss_follower_take (fixture->follower, &frame, error);
}

static void
take (Fixture    *fixture,
      const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (take_with_error (fixture, text, &error), ==, SS_FOLLOW_OK);
  g_assert_no_error (error);
}

static void
take_fails (Fixture        *fixture,
            const char     *text,
            SsFollowResult  expected,
            int             code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (take_with_error (fixture, text, &error), ==, expected);
  g_assert_error (error, SERVER_SIGNAL_ERROR, code);
}

static void
assert_replica (Fixture    *fixture,
                const char *json,
                guint64     revision,
                gboolean    stale)
{
  g_autofree char *has = server_signal_dup_json (fixture->replica, NULL);

  assert_readable (has, json);
  g_assert_cmpuint (server_signal_get_revision (fixture->replica), ==, revision);
  g_assert_cmpint (server_signal_get_stale (fixture->replica), ==, stale);
}

static void
assert_subscribes (Fixture    *fixture,
                   const char *expected)
{
  g_autoptr (SsMessage) message = ss_follower_subscribe (fixture->follower, 0);

  assert_readable (ss_message_payload (message, NULL), expected);
}

static void
test_follow (void)
{
  Fixture fixture;

  set_up (&fixture, "{'a':0}");
  assert_replica (&fixture, "{'a':0}", 0, TRUE);
  ss_follower_opened (fixture.follower, FALSE);
  assert_subscribes (&fixture, "{'subscribe':'s'}");
  {
    g_autoptr (SsMessage) message = ss_follower_subscribe (fixture.follower, 100);

    assert_readable (ss_message_payload (message, NULL), "{'subscribe':'s','max':100}");
  }

  take (&fixture, SNAPSHOT ("{'a':1}", "e", 5));
  assert_replica (&fixture, "{'a':1}", 5, FALSE);
  g_assert_cmpstr (server_signal_get_epoch (fixture.replica), ==, "e");
  g_assert_cmpuint (fixture.n_values, ==, 1);
  g_assert_cmpuint (fixture.n_stales, ==, 1);

  take (&fixture, UPDATE ("2", 5, 6));
  take (&fixture, UPDATE ("9", 6, 9));
  assert_replica (&fixture, "{'a':9}", 9, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 3);
  g_assert_cmpuint (fixture.n_patches, ==, 3);
  g_assert_cmpuint (fixture.n_stales, ==, 1);
  assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':9}");

  /* Frames that do not concern it. */
  take (&fixture, "{'error':{'code':'behind','name':'s','message':''}}");
  take (&fixture, "{'hello':{'protocol':'server-signal.v1'}}");
  take (&fixture, "{'signal':'removed','name':'s'}");
  take (&fixture, "{}");
  assert_replica (&fixture, "{'a':9}", 9, FALSE);

  tear_down (&fixture);
}

/* An answer that is still on its way for the life before says what follows on that, and not on this
 * one. */
static void
test_switch (void)
{
  Fixture fixture;

  set_up (&fixture, NULL);
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, SNAPSHOT ("{'a':1}", "e", 5));
  ss_follower_unsubscribed (fixture.follower);
  assert_replica (&fixture, "{'a':1}", 5, TRUE);
  assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':5}");
  take (&fixture, SNAPSHOT ("{'a':2,'b':2}", "f", 5));
  assert_replica (&fixture, "{'a':2,'b':2}", 5, FALSE);

  ss_follower_unsubscribed (fixture.follower);
  assert_subscribes (&fixture, "{'subscribe':'s'}");
  take (&fixture, UPDATE ("6", 5, 6));
  take (&fixture, CONFIRMATION (5));
  assert_replica (&fixture, "{'a':2,'b':2}", 5, TRUE);
  take (&fixture, SNAPSHOT ("{'a':6}", "e", 6));
  assert_replica (&fixture, "{'a':6}", 6, FALSE);

  /* On another connection nothing is on its way. */
  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, FALSE);
  ss_follower_unsubscribed (fixture.follower);
  assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':6}");
  take (&fixture, UPDATE ("7", 6, 7));
  assert_replica (&fixture, "{'a':7}", 7, FALSE);

  tear_down (&fixture);
}

/* protocol.md: "if nothing did, the empty confirmation"; one notify::value if it changed and
 * none if not. */
static void
test_resume (void)
{
  Fixture fixture;

  set_up (&fixture, NULL);
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, SNAPSHOT ("{'a':1}", "e", 5));
  ss_follower_lost (fixture.follower);
  assert_replica (&fixture, "{'a':1}", 5, TRUE);
  g_assert_cmpuint (fixture.n_stales, ==, 2);

  /* Late frames of the lost connection. */
  take (&fixture, UPDATE ("2", 5, 6));
  assert_replica (&fixture, "{'a':1}", 5, TRUE);

  ss_follower_opened (fixture.follower, FALSE);
  assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':5}");
  assert_replica (&fixture, "{'a':1}", 5, TRUE);
  take (&fixture, CONFIRMATION (5));
  assert_replica (&fixture, "{'a':1}", 5, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 1);
  g_assert_cmpuint (fixture.n_stales, ==, 3);

  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, UPDATE ("8", 5, 8));
  assert_replica (&fixture, "{'a':8}", 8, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 2);

  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, SNAPSHOT ("{'a':8}", "e", 9));
  assert_replica (&fixture, "{'a':8}", 9, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 2);

  /* Another life, lower numbers, the same document. */
  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, SNAPSHOT ("{'a':8}", "f", 2));
  assert_replica (&fixture, "{'a':8}", 2, FALSE);
  g_assert_cmpstr (server_signal_get_epoch (fixture.replica), ==, "f");
  g_assert_cmpuint (fixture.n_values, ==, 2);
  g_assert_cmpuint (fixture.n_patches, ==, 2);

  tear_down (&fixture);
}

/* protocol.md: "A client that gets an update whose base is not its revision, or a patch that
 * does not apply, asks once for a snapshot (subscribe without rev) and ignores further updates
 * of that name until it comes." */
static void
test_gap (void)
{
  static const struct
  {
    const char *frame;
    int code;
  } cases[] = {
    { UPDATE ("9", 6, 7), SERVER_SIGNAL_ERROR_NOT_CURRENT },
    { UPDATE ("9", 4, 5), SERVER_SIGNAL_ERROR_NOT_CURRENT },
    { UPDATE ("9", 4, 6), SERVER_SIGNAL_ERROR_NOT_CURRENT },
    { CONFIRMATION (6), SERVER_SIGNAL_ERROR_NOT_CURRENT },
    { PLAIN ("9"), SERVER_SIGNAL_ERROR_NOT_CURRENT },
    { FAILING (5, 6), SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { PLAIN_SNAPSHOT ("9"), SERVER_SIGNAL_ERROR_PROTOCOL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture;

      set_up (&fixture, NULL);
      ss_follower_opened (fixture.follower, FALSE);
      take (&fixture, SNAPSHOT ("{'a':1}", "e", 5));
      take_fails (&fixture, cases[i].frame, SS_FOLLOW_SUBSCRIBE, cases[i].code);
      assert_replica (&fixture, "{'a':1}", 5, TRUE);
      assert_subscribes (&fixture, "{'subscribe':'s'}");

      take (&fixture, UPDATE ("2", 5, 6));
      take (&fixture, UPDATE ("3", 7, 8));
      take (&fixture, CONFIRMATION (5));
      take (&fixture, FAILING (5, 6));
      assert_replica (&fixture, "{'a':1}", 5, TRUE);

      take (&fixture, SNAPSHOT ("{'a':7}", "e", 8));
      take (&fixture, UPDATE ("8", 8, 9));
      assert_replica (&fixture, "{'a':8}", 9, FALSE);
      g_assert_cmpuint (fixture.n_values, ==, 3);
      g_assert_cmpuint (fixture.n_stales, ==, 3);
      assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':9}");

      /* A loss while the snapshot is on its way: what is held is held still. */
      take_fails (&fixture, UPDATE ("9", 1, 2), SS_FOLLOW_SUBSCRIBE,
                  SERVER_SIGNAL_ERROR_NOT_CURRENT);
      ss_follower_lost (fixture.follower);
      ss_follower_opened (fixture.follower, FALSE);
      assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':9}");

      tear_down (&fixture);
    }
}

static void
test_early_update (void)
{
  Fixture fixture;

  set_up (&fixture, "{'a':0}");
  ss_follower_opened (fixture.follower, FALSE);
  take_fails (&fixture, UPDATE ("1", 0, 1), SS_FOLLOW_SUBSCRIBE, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  assert_replica (&fixture, "{'a':0}", 0, TRUE);
  take (&fixture, UPDATE ("2", 1, 2));
  assert_replica (&fixture, "{'a':0}", 0, TRUE);
  take (&fixture, SNAPSHOT ("{'a':2}", "e", 2));
  assert_replica (&fixture, "{'a':2}", 2, FALSE);
  tear_down (&fixture);
}

/* A server that answers the question for a snapshot with something else is not asked for ever. */
static void
test_hopeless (void)
{
  Fixture fixture;

  set_up (&fixture, NULL);
  ss_follower_opened (fixture.follower, FALSE);
  take_fails (&fixture, PLAIN_SNAPSHOT ("1"), SS_FOLLOW_SUBSCRIBE, SERVER_SIGNAL_ERROR_PROTOCOL);
  take_fails (&fixture, PLAIN_SNAPSHOT ("1"), SS_FOLLOW_RECONNECT, SERVER_SIGNAL_ERROR_PROTOCOL);
  take (&fixture, PLAIN_SNAPSHOT ("1"));
  take (&fixture, SNAPSHOT ("1", "e", 1));
  assert_replica (&fixture, "null", 0, TRUE);
  ss_follower_lost (fixture.follower);

  /* Another connection is another chance. */
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, SNAPSHOT ("1", "e", 1));
  assert_replica (&fixture, "1", 1, FALSE);
  tear_down (&fixture);
}

/* protocol.md: "nobody goes back in time". */
static void
test_behind (void)
{
  Fixture fixture;

  set_up (&fixture, NULL);
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, SNAPSHOT ("{'a':10}", "e", 10));
  take_fails (&fixture, UPDATE ("12", 11, 12), SS_FOLLOW_SUBSCRIBE,
              SERVER_SIGNAL_ERROR_NOT_CURRENT);

  take (&fixture, SNAPSHOT ("{'a':7}", "e", 7));
  assert_replica (&fixture, "{'a':10}", 10, TRUE);
  take (&fixture, UPDATE ("8", 7, 8));
  take (&fixture, SNAPSHOT ("{'a':9}", "e", 9));
  assert_replica (&fixture, "{'a':10}", 10, TRUE);
  g_assert_cmpuint (fixture.n_values, ==, 1);
  take (&fixture, UPDATE ("11", 9, 11));
  assert_replica (&fixture, "{'a':11}", 11, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 2);
  take (&fixture, UPDATE ("12", 11, 12));
  assert_replica (&fixture, "{'a':12}", 12, FALSE);

  /* A gap and a failing patch have the same effect there. */
  take (&fixture, SNAPSHOT ("{'a':7}", "e", 7));
  take_fails (&fixture, UPDATE ("9", 8, 9), SS_FOLLOW_SUBSCRIBE, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  take (&fixture, SNAPSHOT ("{'a':7}", "e", 7));
  take_fails (&fixture, FAILING (7, 8), SS_FOLLOW_SUBSCRIBE, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  assert_replica (&fixture, "{'a':12}", 12, TRUE);

  /* The loss of the connection takes it away. */
  take (&fixture, SNAPSHOT ("{'a':7}", "e", 7));
  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, FALSE);
  assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':12}");
  take (&fixture, CONFIRMATION (12));
  assert_replica (&fixture, "{'a':12}", 12, FALSE);

  /* Another life is no past of this one. */
  take (&fixture, SNAPSHOT ("{'a':7}", "e", 7));
  take (&fixture, SNAPSHOT ("{'a':1}", "f", 1));
  assert_replica (&fixture, "{'a':1}", 1, FALSE);
  tear_down (&fixture);
}

/* protocol.md: "Each plain connection starts from the default that the application gave (until
 * the first frame the replica is stale)." */
static void
test_plain (void)
{
  g_autofree char *epoch = NULL;
  Fixture fixture;

  set_up (&fixture, "{'a':0,'b':0}");
  ss_follower_opened (fixture.follower, TRUE);
  assert_replica (&fixture, "{'a':0,'b':0}", 0, TRUE);
  take (&fixture, PLAIN ("1"));
  assert_replica (&fixture, "{'a':1,'b':0}", 0, FALSE);
  take (&fixture, PLAIN ("2"));
  take (&fixture, "{'name':'s','patch':[{'op':'replace','path':'/b','value':2}]}");
  assert_replica (&fixture, "{'a':2,'b':2}", 2, FALSE);
  take (&fixture, PLAIN_SNAPSHOT ("{'a':5,'c':5}"));
  assert_replica (&fixture, "{'a':5,'c':5}", 3, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 4);
  epoch = g_strdup (server_signal_get_epoch (fixture.replica));

  ss_follower_lost (fixture.follower);
  assert_replica (&fixture, "{'a':5,'c':5}", 3, TRUE);
  ss_follower_opened (fixture.follower, TRUE);
  assert_replica (&fixture, "{'a':5,'c':5}", 3, TRUE);
  g_assert_cmpuint (fixture.n_values, ==, 4);
  take (&fixture, PLAIN ("7"));
  assert_replica (&fixture, "{'a':7,'b':0}", 0, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 5);
  /* The numbers are ours, and of no use to a follower of the earlier connection. */
  g_assert_cmpstr (server_signal_get_epoch (fixture.replica), !=, epoch);

  /* Equal after all: nothing to tell. */
  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, TRUE);
  take (&fixture, PLAIN ("7"));
  assert_replica (&fixture, "{'a':7,'b':0}", 0, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 5);
  g_assert_cmpuint (fixture.n_patches, ==, 5);

  tear_down (&fixture);
}

/* protocol.md: "A plain patch that does not apply … reconnects with back-off". */
static void
test_plain_lost (void)
{
  Fixture fixture;

  set_up (&fixture, "{'b':0}");
  ss_follower_opened (fixture.follower, TRUE);
  take_fails (&fixture, PLAIN ("1"), SS_FOLLOW_RECONNECT, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  take (&fixture, PLAIN_SNAPSHOT ("{'a':5}"));
  assert_replica (&fixture, "{'b':0}", 0, TRUE);

  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, TRUE);
  take (&fixture, PLAIN_SNAPSHOT ("{'a':5}"));
  assert_replica (&fixture, "{'a':5}", 0, FALSE);
  take_fails (&fixture,
              "{'name':'s','patch':[{'op':'add','path':'/a','value':6},"
              "{'op':'remove','path':'/x'}]}",
              SS_FOLLOW_RECONNECT, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  assert_replica (&fixture, "{'a':5}", 0, TRUE);
  take (&fixture, PLAIN ("7"));
  assert_replica (&fixture, "{'a':5}", 0, TRUE);
  tear_down (&fixture);
}

/* A server of the one kind that comes back as the other. */
static void
test_change_of_protocol (void)
{
  Fixture fixture;

  set_up (&fixture, "{'a':0}");
  ss_follower_opened (fixture.follower, FALSE);
  take (&fixture, SNAPSHOT ("{'a':1}", "e", 50));
  ss_follower_lost (fixture.follower);

  ss_follower_opened (fixture.follower, TRUE);
  take (&fixture, PLAIN ("2"));
  assert_replica (&fixture, "{'a':2}", 0, FALSE);
  ss_follower_lost (fixture.follower);

  /* A document from a plain connection is nothing to resume from. */
  ss_follower_opened (fixture.follower, FALSE);
  assert_subscribes (&fixture, "{'subscribe':'s'}");
  take (&fixture, SNAPSHOT ("{'a':3}", "e", 51));
  assert_replica (&fixture, "{'a':3}", 51, FALSE);
  ss_follower_lost (fixture.follower);

  /* A plain connection that brought nothing takes nothing away. */
  ss_follower_opened (fixture.follower, TRUE);
  ss_follower_lost (fixture.follower);
  ss_follower_opened (fixture.follower, FALSE);
  assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':51}");
  tear_down (&fixture);
}

/* The application may freeze a replica, which then shows nothing new; the connection goes on
 * meanwhile. */
static void
test_frozen (void)
{
  Fixture fixture;

  set_up (&fixture, NULL);
  ss_follower_opened (fixture.follower, FALSE);
  g_object_freeze_notify (G_OBJECT (fixture.replica));
  take (&fixture, SNAPSHOT ("{'a':1}", "e", 1));
  take (&fixture, UPDATE ("2", 1, 2));
  take (&fixture, UPDATE ("3", 2, 3));
  g_assert_cmpuint (fixture.n_values, ==, 0);
  assert_subscribes (&fixture, "{'subscribe':'s','epoch':'e','rev':3}");
  g_object_thaw_notify (G_OBJECT (fixture.replica));
  assert_replica (&fixture, "{'a':3}", 3, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 1);

  g_object_freeze_notify (G_OBJECT (fixture.replica));
  take_fails (&fixture, FAILING (3, 4), SS_FOLLOW_SUBSCRIBE, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  take (&fixture, SNAPSHOT ("{'a':5}", "e", 5));
  take (&fixture, UPDATE ("6", 5, 6));
  g_object_thaw_notify (G_OBJECT (fixture.replica));
  assert_replica (&fixture, "{'a':6}", 6, FALSE);
  g_assert_cmpuint (fixture.n_values, ==, 2);
  tear_down (&fixture);
}

typedef enum { FREE, LOSE, REOPEN } Act;

typedef struct
{
  SsFollower *follower;
  Act         act;
} Actor;

static void
act_cb (GObject    *object,
        GParamSpec *pspec,
        gpointer    user_data)
{
  Actor *actor = user_data;

  if (actor->follower == NULL)
    return;

  if (actor->act == FREE)
    g_clear_pointer (&actor->follower, ss_follower_free);
  else
    ss_follower_lost (actor->follower);
  if (actor->act == REOPEN)
    ss_follower_opened (actor->follower, FALSE);
}

/* {'a':…} has six bytes more than its value. Small updates may come for ever, larger documents than
 * the limit do not come at all, however they grow. */
static void
test_max (void)
{
  static const char *const larger[] = {
    UPDATE ("'12345678901'", 1, 2),
    SNAPSHOT ("{'a':'12345678901'}", "e", 2),
    "{'name':'s','patch':[{'op':'add','path':'/b','value':1}],'base':1,'rev':2}",
    "{'name':'s','patch':[{'op':'copy','from':'/a','path':'/b'}],'base':1,'rev':2}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (larger); i++)
    {
      g_autoptr (GError) error = NULL;
      Fixture fixture;

      set_up (&fixture, NULL);
      ss_follower_set_max (fixture.follower, 18);
      ss_follower_opened (fixture.follower, FALSE);
      take (&fixture, SNAPSHOT ("{'a':0}", "e", 0));
      take (&fixture, UPDATE ("'1234567890'", 0, 1));
      for (guint revision = 1; revision <= 100; revision++)
        {
          g_autofree char *text =
            g_strdup_printf ("{'name':'s','patch':[{'op':'replace','path':'/a','value':"
                             "'123456789%u'}],'base':%u,'rev':%u}",
                             revision % 10, revision, revision + 1);

          if (i == 0)
            take (&fixture, text);
        }

      if (i == 0)
        take (&fixture, SNAPSHOT ("{'a':'1234567890'}", "f", 1));
      g_assert_cmpint (take_with_error (&fixture, larger[i], &error), ==, SS_FOLLOW_RECONNECT);
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
      assert_replica (&fixture, "{'a':'1234567890'}", 1, TRUE);

      /* The next connection begins with what is held. */
      ss_follower_lost (fixture.follower);
      ss_follower_opened (fixture.follower, FALSE);
      take (&fixture, SNAPSHOT ("{'a':1}", "g", 1));
      assert_replica (&fixture, "{'a':1}", 1, FALSE);
      tear_down (&fixture);
    }
}

/* Handlers of the replica run within ss_follower_take(), and end whatever they like. */
static void
test_within_handler (void)
{
  static const char *const details[] = { "notify::value", "notify::stale" };
  static const char *const frames[] = {
    SNAPSHOT ("{'a':2}", "e", 2), UPDATE ("2", 1, 2), SNAPSHOT ("{'a':1}", "f", 9),
    UPDATE ("2", 5, 6),           FAILING (1, 2),
  };

  for (gsize d = 0; d < G_N_ELEMENTS (details); d++)
    for (Act act = FREE; act <= REOPEN; act++)
      for (gsize f = 0; f < G_N_ELEMENTS (frames); f++)
        for (guint stale = 0; stale < 2; stale++)
          {
            SsFollower *follower = ss_follower_new ("s", NULL);
            g_autoptr (ServerSignal) replica = g_object_ref (ss_follower_get_signal (follower));
            Actor actor = { follower, act };
            Fixture fixture = { .follower = follower };
            g_autoptr (GError) error = NULL;
            guint handled = 0;
            SsFollowResult result;

            ss_follower_opened (actor.follower, FALSE);
            take (&fixture, SNAPSHOT ("{'a':1}", "e", 1));
            if (stale == 1)
              {
                ss_follower_lost (actor.follower);
                ss_follower_opened (actor.follower, FALSE);
              }
            g_signal_connect (replica, details[d], G_CALLBACK (act_cb), &actor);
            g_signal_connect_swapped (replica, details[d], G_CALLBACK (g_atomic_int_inc), &handled);

            result = take_with_error (&fixture, frames[f], &error);
            if (handled > 0)
              {
                g_assert_cmpint (result, ==, SS_FOLLOW_OK);
                g_assert_true (server_signal_get_stale (replica));
              }
            g_assert_cmpint (result != SS_FOLLOW_OK || error == NULL, ==, TRUE);

            g_clear_pointer (&actor.follower, ss_follower_free);
            g_assert_finalize_object (g_steal_pointer (&replica));
          }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/follower/follow", test_follow);
  g_test_add_func ("/follower/resume", test_resume);
  g_test_add_func ("/follower/switch", test_switch);
  g_test_add_func ("/follower/gap", test_gap);
  g_test_add_func ("/follower/early-update", test_early_update);
  g_test_add_func ("/follower/hopeless", test_hopeless);
  g_test_add_func ("/follower/behind", test_behind);
  g_test_add_func ("/follower/plain", test_plain);
  g_test_add_func ("/follower/plain-lost", test_plain_lost);
  g_test_add_func ("/follower/change-of-protocol", test_change_of_protocol);
  g_test_add_func ("/follower/frozen", test_frozen);
  g_test_add_func ("/follower/max", test_max);
  g_test_add_func ("/follower/within-handler", test_within_handler);

  return g_test_run ();
}
