/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "client-fixture.h"
#include "client/ss-unclaimed.h"
#include "server-signal-error.h"

#define SNAPSHOT(value) "{'name':'counter','patch':[{'op':'replace','path':'','value':" value "}]}"
#define PATCH(value) \
  "{'name':'counter','patch':[{'op':'replace','path':'/value','value':" value "}]}"

/* Comes behind what a test is about. */
#define END "{'name':'end','patch':[{'op':'add','path':'','value':1}]}"

static ServerSignal *
ask (ClientFixture *self,
     const char    *name,
     const char    *initial)
{
  g_autofree char *json = test_json (initial);
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  return server_signal_client_get_signal_with_default (self->client, name, node);
}

static void
test_snapshot (ClientFixture *self,
               gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  seen_watch (self, counter);
  client_fixture_open (self);
  g_assert_cmpstr (server_signal_client_get_protocol (self->client), ==, "plain");
  g_assert_null (server_signal_client_get_via (self->client));
  g_assert_true (server_signal_get_stale (counter));

  fake_server_send (self->server, SNAPSHOT ("{'value':3}"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':3}");
  fake_server_send (self->server, PATCH ("4"));
  WAIT_UNTIL (server_signal_get_int (counter, "/value") == 4);
  assert_seen (self, 2, 1);

  /* A plain client never speaks. */
  server_signal_client_get_signal (self->client, "other");
  server_signal_client_release (self->client, "other");
  test_settle ();
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
}

/* The server of the Rust crate: patches from the type's default, no snapshot, and again from the
 * default after a loss. */
static void
test_default (ClientFixture *self,
              gconstpointer  protocol)
{
  ServerSignal *counter = ask (self, "counter", "{'value':0}");

  seen_watch (self, counter);
  client_fixture_open (self);
  for (guint i = 1; i <= 3; i++)
    {
      g_autofree char *frame = g_strdup_printf (PATCH ("%u"), i);

      fake_server_send (self->server, frame);
    }
  WAIT_UNTIL (server_signal_get_int (counter, "/value") == 3);
  assert_seen (self, 3, 1);

  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  g_assert_true (server_signal_get_stale (counter));
  assert_document (counter, "{'value':3}");
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'test','path':'/value','value':0},"
                    "{'op':'replace','path':'/value','value':1}]}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':1}");
  assert_seen (self, 4, 3);
}

/* Frames that come before the name is asked for are applied to the default when it is. */
static void
test_late (ClientFixture *self,
           gconstpointer  protocol)
{
  ServerSignal *counter;

  client_fixture_open (self);
  fake_server_send (self->server, "{'name':'marker','patch':[{'op':'add','path':'','value':1}]}");
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'add','path':'/list/-','value':1}]}");
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'add','path':'/list/-','value':2}]}");
  fake_server_send (self->server, END);
  WAIT_UNTIL (!server_signal_get_stale (server_signal_client_get_signal (self->client, "end")));

  counter = ask (self, "counter", "{'list':[0]}");
  g_assert_false (server_signal_get_stale (counter));
  assert_document (counter, "{'list':[0,1,2]}");
  assert_document (server_signal_client_get_signal (self->client, "marker"), "1");
  g_assert_cmpstr (self->states->str, ==, "CO");

  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'add','path':'/list/-','value':3}]}");
  WAIT_UNTIL (server_signal_has (counter, "/list/3"));
}

/* Unclaimed frames belong to their connection. */
static void
test_late_and_lost (ClientFixture *self,
                    gconstpointer  protocol)
{
  ServerSignal *counter;

  client_fixture_open (self);
  fake_server_send (self->server, SNAPSHOT ("{'value':1}"));
  fake_server_send (self->server, END);
  WAIT_UNTIL (!server_signal_get_stale (server_signal_client_get_signal (self->client, "end")));
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);

  counter = ask (self, "counter", "{'value':5}");
  g_assert_true (server_signal_get_stale (counter));
  assert_document (counter, "{'value':5}");
}

/* Kept patches that do not fit the default: the connection is no use, and says so. */
static void
test_late_and_wrong (ClientFixture *self,
                     gconstpointer  protocol)
{
  ServerSignal *counter;

  client_fixture_open (self);
  fake_server_send (self->server, PATCH ("1"));
  fake_server_send (self->server, END);
  WAIT_UNTIL (!server_signal_get_stale (server_signal_client_get_signal (self->client, "end")));

  counter = ask (self, "counter", "[]");
  assert_document (counter, "[]");
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  g_assert_true (server_signal_get_stale (counter));
}

/* A patch that does not apply: connecting again, not too often, and in the end an error. */
static void
test_wrong (ClientFixture *self,
            gconstpointer  protocol)
{
  ServerSignal *counter = ask (self, "counter", "{'value':0}");

  g_object_set (self->client, "retry-limit", 5, "retry-min", 20, "retry-max", 40, NULL);
  fake_server_set_greeting (self->server,
                            "{'name':'counter','patch':[{'op':'remove','path':'/nothing'}]}");
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_CLOSED));

  g_assert_cmpuint (fake_server_get_requests (self->server), ==, 5);
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  g_assert_nonnull (strstr (server_signal_client_get_error (self->client)->message, "/nothing"));
  g_assert_cmpstr (self->states->str, ==, "COWCOWCOWCOWCOX");
  assert_document (counter, "{'value':0}");
  g_assert_true (server_signal_get_stale (counter));
}

/* A server that was killed in the middle of a frame, and is back. */
static void
test_restart (ClientFixture *self,
              gconstpointer  protocol)
{
  /* The head of a frame of 4096 bytes, and the first of them. */
  static const char start[] = "\x81\x7e\x10\x00{\"name\":\"coun";
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  client_fixture_open (self);
  fake_server_send (self->server, SNAPSHOT ("{'value':1}"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  seen_watch (self, counter);

  for (guint i = 0; i < 2; i++)
    {
      guint requests = fake_server_get_requests (self->server);
      g_autofree char *snapshot = g_strdup_printf (SNAPSHOT ("{'value':%u}"), 1 + i);

      fake_server_send_raw (self->server, start, sizeof start - 1);
      WAIT_UNTIL (fake_server_is_written (self->server));
      fake_server_kill (self->server);
      WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
      fake_server_restart (self->server);
      client_fixture_reopen (self, requests);
      fake_server_send (self->server, snapshot);
      WAIT_UNTIL (!server_signal_get_stale (counter));
      assert_seen (self, i, 2 * (i + 1));
    }
  assert_document (counter, "{'value':2}");
  g_assert_true (server_signal_client_get_signal (self->client, "counter") == counter);
}

/* Unclaimed frames that begin with a snapshot do not grow with the number of its patches. */
static void
test_unclaimed_folds (ClientFixture *self,
                      gconstpointer  protocol)
{
  ServerSignal *counter, *end;
  g_autofree char *pad = g_strnfill (100 * 1024, 'x');
  guint n_patches = SS_UNCLAIMED_BYTES / (100 * 1024) + 10;

  client_fixture_open (self);
  fake_server_send (self->server, SNAPSHOT ("{'value':0,'pad':''}"));
  /* More than is kept of all names together. */
  for (guint i = 1; i <= n_patches; i++)
    {
      g_autofree char *frame = NULL;

      frame = g_strdup_printf ("{'name':'counter','patch':["
                               "{'op':'replace','path':'/value','value':%u},"
                               "{'op':'replace','path':'/pad','value':'%s'}]}",
                               i, pad);
      fake_server_send (self->server, frame);
    }
  fake_server_send (self->server, END);
  end = server_signal_client_get_signal (self->client, "end");
  WAIT_UNTIL (!server_signal_get_stale (end));

  counter = server_signal_client_get_signal (self->client, "counter");
  g_assert_false (server_signal_get_stale (counter));
  g_assert_cmpint (server_signal_get_int (counter, "/value"), ==, n_patches);
  g_assert_cmpstr (self->states->str, ==, "CO");
}

/* More than is kept, and nothing to fold it into: another connection has to bring it again, and the
 * error says why. */
static void
test_unclaimed_overflows (ClientFixture *self,
                          gconstpointer  protocol)
{
  g_autofree char *pad = g_strnfill (1024 * 1024, 'x');
  g_autofree char *frame = g_strdup_printf ("{'name':'counter','patch':["
                                            "{'op':'replace','path':'/pad',"
                                            "'value':'%s'}]}",
                                            pad);
  ServerSignal *counter, *end;

  client_fixture_open (self);
  for (guint i = 0; i < SS_UNCLAIMED_BYTES / (1024 * 1024) + 1; i++)
    fake_server_send (self->server, frame);
  fake_server_send (self->server, END);
  end = server_signal_client_get_signal (self->client, "end");
  WAIT_UNTIL (!server_signal_get_stale (end));
  /* As long as nobody wants it, it is nobody's loss. */
  g_assert_cmpstr (self->states->str, ==, "CO");

  counter = ask (self, "counter", "{'pad':'','value':0}");
  assert_document (counter, "{'pad':'','value':0}");
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  client_fixture_reopen (self, 1);
  fake_server_send (self->server, PATCH ("6"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'pad':'','value':6}");
}

/* The same with names. */
static void
test_unclaimed_names (ClientFixture *self,
                      gconstpointer  protocol)
{
  ServerSignal *end, *kept, *lost;

  end = server_signal_client_get_signal (self->client, "end");
  client_fixture_open (self);
  for (guint i = 0; i <= SS_UNCLAIMED_NAMES; i++)
    {
      g_autofree char *frame = NULL;

      frame = g_strdup_printf ("{'name':'n%u','patch':[{'op':'add','path':'','value':%u}]}", i, i);
      fake_server_send (self->server, frame);
    }
  fake_server_send (self->server, END);
  WAIT_UNTIL (!server_signal_get_stale (end));

  kept = server_signal_client_get_signal (self->client, "n7");
  assert_document (kept, "7");
  test_settle ();
  g_assert_cmpstr (self->states->str, ==, "CO");

  lost = server_signal_client_get_signal (self->client, "n4096");
  g_assert_true (server_signal_get_stale (lost));
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
}

/* A released name goes on where it was when it is asked for again: a plain server does not tell it
 * twice. */
static void
test_release (ClientFixture *self,
              gconstpointer  protocol)
{
  g_autoptr (ServerSignal) counter =
    g_object_ref (server_signal_client_get_signal (self->client, "counter"));
  ServerSignal *end = server_signal_client_get_signal (self->client, "end");
  ServerSignal *again;

  client_fixture_open (self);
  fake_server_send (self->server, SNAPSHOT ("{'value':1,'more':true}"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  server_signal_client_release (self->client, "counter");
  g_assert_true (server_signal_get_stale (counter));
  fake_server_send (self->server, PATCH ("2"));
  fake_server_send (self->server, END);
  WAIT_UNTIL (!server_signal_get_stale (end));

  again = ask (self, "counter", "{'value':0}");
  g_assert_true (again != counter);
  assert_document (again, "{'value':2,'more':true}");
  assert_document (counter, "{'value':1,'more':true}");
  g_assert_cmpstr (self->states->str, ==, "CO");
}

/* Frames that belong to the other protocol mean nothing here, but for hello. */
static void
test_foreign (ClientFixture *self,
              gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  client_fixture_open (self);
  fake_server_send (self->server, SNAPSHOT ("{'value':1}"));
  fake_server_send (self->server, "{'signal':'removed','name':'counter'}");
  fake_server_send (self->server, "{'error':{'code':'too-large','name':'counter','message':''}}");
  fake_server_send (self->server, PATCH ("2"));
  WAIT_UNTIL (server_signal_get_int (counter, "/value") == 2);
  g_assert_false (server_signal_get_stale (counter));
  g_assert_null (server_signal_client_get_error (self->client));
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
}

/* A document of a megabyte, in one frame and in fragments; libsoup's own limit is 128 KiB. */
static void
test_large (ClientFixture *self,
            gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");
  g_autofree char *pad = g_strnfill (1024 * 1024, 'x');
  g_autofree char *frame = NULL;
  g_autofree char *value = NULL;
  gsize length;

  client_fixture_open (self);
  frame = g_strdup_printf (SNAPSHOT ("{'pad':'%s'}"), pad);
  fake_server_send (self->server, frame);
  WAIT_UNTIL (!server_signal_get_stale (counter));
  value = server_signal_dup_string (counter, "/pad");
  g_assert_cmpstr (value, ==, pad);

  g_strdelimit (frame, "'", '"');
  frame[1000] = 'y';
  length = strlen (frame);
  fake_server_send_frame (self->server, 0x01, frame, 131073);
  fake_server_send_frame (self->server, 0x89, "ping", 4);
  fake_server_send_frame (self->server, 0x00, frame + 131073, 500000);
  fake_server_send_frame (self->server, 0x80, frame + 631073, length - 631073);
  WAIT_UNTIL (server_signal_has (counter, "/pad") &&
              strchr ((g_free (value), value = server_signal_dup_string (counter, "/pad")), 'y') !=
                NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  CLIENT_TEST ("/client-plain/snapshot", NULL, test_snapshot);
  CLIENT_TEST ("/client-plain/default", NULL, test_default);
  CLIENT_TEST ("/client-plain/late", NULL, test_late);
  CLIENT_TEST ("/client-plain/late-and-lost", NULL, test_late_and_lost);
  CLIENT_TEST ("/client-plain/late-and-wrong", NULL, test_late_and_wrong);
  CLIENT_TEST ("/client-plain/wrong", NULL, test_wrong);
  CLIENT_TEST ("/client-plain/restart", NULL, test_restart);
  CLIENT_TEST ("/client-plain/unclaimed-folds", NULL, test_unclaimed_folds);
  CLIENT_TEST ("/client-plain/unclaimed-overflows", NULL, test_unclaimed_overflows);
  CLIENT_TEST ("/client-plain/unclaimed-names", NULL, test_unclaimed_names);
  CLIENT_TEST ("/client-plain/release", NULL, test_release);
  CLIENT_TEST ("/client-plain/foreign", NULL, test_foreign);
  CLIENT_TEST ("/client-plain/large", NULL, test_large);

  return g_test_run ();
}
