/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* A client whose credentials the server does not take, or takes no longer. */

#include "client-fixture.h"
#include "server-signal-error.h"
#include "ss-limits.h"

#define CLOSED SERVER_SIGNAL_CLIENT_STATE_CLOSED
#define OPEN SERVER_SIGNAL_CLIENT_STATE_OPEN
#define WAITING SERVER_SIGNAL_CLIENT_STATE_WAITING
#define IDLE SERVER_SIGNAL_CLIENT_STATE_IDLE

#define ANSWER(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n\r\n"

typedef enum
{
  GIVE_UP,   /* there is nothing newer */
  RENEW,     /* from now on the server takes them */
  RETRY,     /* it does not */
  STOP,
  RESTART,
  DROP,
  WAIT,      /* run the main loop, and then as GIVE_UP */
} Action;

typedef struct
{
  ClientFixture *fixture;
  Action         action;
  guint          n_asked;
  guint          attempt;   /* of the last */
  GError        *error;     /* at the last */
} Asked;

static gboolean
unauthorized_cb (ServerSignalClient *client,
                 guint               attempt,
                 gpointer            user_data)
{
  Asked *asked = user_data;

  asked->n_asked++;
  asked->attempt = attempt;
  g_clear_error (&asked->error);
  asked->error = g_error_copy (server_signal_client_get_error (client));

  switch (asked->action)
    {
    case RENEW:
      fake_server_set_answer (asked->fixture->server, NULL);
      return TRUE;

    case RETRY:
      return TRUE;

    case STOP:
      server_signal_client_stop (client);
      return TRUE;

    case RESTART:
      fake_server_set_answer (asked->fixture->server, NULL);
      server_signal_client_stop (client);
      server_signal_client_start (client);
      return TRUE;

    case DROP:
      server_signal_client_stop (client);
      g_clear_object (&asked->fixture->client);
      return TRUE;

    case WAIT:
      test_settle ();
      return FALSE;

    case GIVE_UP:
    default:
      return FALSE;
    }
}

static void
watch (ClientFixture *self,
       Asked         *asked,
       Action         action)
{
  *asked = (Asked) { .fixture = self, .action = action };
  g_signal_connect (self->client, "unauthorized", G_CALLBACK (unauthorized_cb), asked);
}

/* Newer credentials are taken: at once, without a wait. */
static void
test_renewed (ClientFixture *self,
              gconstpointer  protocol)
{
  const char *const answers[] = { ANSWER ("401 Unauthorized"), ANSWER ("403 Forbidden") };
  Asked asked;

  /* A wait would not end in time. */
  server_signal_client_set_retry_min (self->client, G_MAXUINT);
  watch (self, &asked, RENEW);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      fake_server_set_answer (self->server, answers[i]);
      server_signal_client_start (self->client);
      WAIT_UNTIL (client_fixture_is (self, OPEN));
      g_assert_cmpuint (asked.n_asked, ==, i + 1);
      g_assert_cmpuint (asked.attempt, ==, 1);
      g_assert_error (asked.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
      g_assert_null (server_signal_client_get_error (self->client));
      server_signal_client_stop (self->client);
    }
  g_assert_cmpstr (self->states->str, ==, "CWCOICWCOI");
  g_clear_error (&asked.error);
}

/* The server takes none of them: the client does not ask for ever. */
static void
test_bounded (ClientFixture *self,
              gconstpointer  protocol)
{
  Asked asked;

  server_signal_client_set_retry_min (self->client, G_MAXUINT);
  fake_server_set_answer (self->server, ANSWER ("401 Unauthorized"));
  watch (self, &asked, RETRY);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, CLOSED));
  g_assert_cmpuint (asked.n_asked, ==, SS_UNAUTHORIZED_TRIES);
  g_assert_cmpuint (asked.attempt, ==, SS_UNAUTHORIZED_TRIES);
  g_assert_cmpuint (fake_server_get_requests (self->server), ==, SS_UNAUTHORIZED_TRIES + 1);
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);

  /* Started anew, it asks anew. */
  asked.action = RENEW;
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, OPEN));
  g_assert_cmpuint (asked.attempt, ==, 1);
  g_clear_error (&asked.error);
}

/* There is nothing newer, or nobody to ask. */
static void
test_given_up (ClientFixture *self,
               gconstpointer  protocol)
{
  Asked asked = { 0 };

  fake_server_set_answer (self->server, ANSWER ("401 Unauthorized"));
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, CLOSED));
  g_assert_cmpstr (self->states->str, ==, "CX");

  watch (self, &asked, GIVE_UP);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, CLOSED));
  g_assert_cmpuint (asked.n_asked, ==, 1);
  g_assert_cmpstr (self->states->str, ==, "CXCX");
  g_assert_cmpuint (fake_server_get_requests (self->server), ==, 2);
  g_clear_error (&asked.error);
}

/* Other refusals have nothing to do with credentials, or not with the server's. */
static void
test_others (ClientFixture *self,
             gconstpointer  protocol)
{
  const char *const answers[] = { ANSWER ("407 Proxy Authentication Required"),
                                  ANSWER ("410 Gone") };
  Asked asked;

  watch (self, &asked, RETRY);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      fake_server_set_answer (self->server, answers[i]);
      server_signal_client_start (self->client);
      WAIT_UNTIL (client_fixture_is (self, CLOSED));
      g_assert_cmpuint (asked.n_asked, ==, 0);
    }
}

/* A server that says when to come back is not asked before. */
static void
test_retry_after (ClientFixture *self,
                  gconstpointer  protocol)
{
  Asked asked;

  fake_server_set_answer (self->server, "HTTP/1.1 401 Unauthorized\r\nRetry-After: 3600\r\n"
                                        "Content-Length: 0\r\n\r\n");
  watch (self, &asked, RENEW);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, WAITING));
  g_assert_cmpuint (asked.n_asked, ==, 1);
  test_settle ();
  g_assert_true (client_fixture_is (self, WAITING));
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, OPEN));
  g_clear_error (&asked.error);
}

/* A connection whose credentials have expired: the replica goes on from where it was. */
static void
test_expired (ClientFixture *self,
              gconstpointer  protocol)
{
  ServerSignal *replica = server_signal_client_get_signal (self->client, "a");
  Asked asked;

  client_fixture_open (self);
  client_fixture_expect (self, "{'subscribe':'a','max':67108864}");
  fake_server_send (self->server,
                    "{\"name\":\"a\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":1}],"
                    "\"epoch\":\"e\",\"rev\":1}");
  WAIT_UNTIL (!server_signal_get_stale (replica));

  server_signal_client_set_retry_min (self->client, G_MAXUINT);
  watch (self, &asked, RENEW);
  fake_server_send_close (self->server, 3000, "the credentials have expired");
  WAIT_UNTIL (asked.n_asked == 1);
  g_assert_cmpuint (asked.attempt, ==, 1);
  g_assert_nonnull (strstr (asked.error->message, "3000: the credentials have expired"));
  g_assert_true (server_signal_get_stale (replica));
  client_fixture_reopen (self, 1);
  client_fixture_expect (self, "{'subscribe':'a','epoch':'e','rev':1,'max':67108864}");
  g_assert_cmpstr (self->states->str, ==, "COWCO");
  g_clear_error (&asked.error);
}

/* Without newer credentials it comes back as after any other loss, and is refused then. */
static void
test_expired_given_up (ClientFixture *self,
                       gconstpointer  protocol)
{
  Asked asked;

  client_fixture_open (self);
  server_signal_client_set_retry_min (self->client, 1);
  watch (self, &asked, GIVE_UP);
  fake_server_set_answer (self->server, ANSWER ("401 Unauthorized"));
  fake_server_send_close (self->server, 3000, "");
  WAIT_UNTIL (client_fixture_is (self, CLOSED));
  g_assert_cmpuint (asked.n_asked, ==, 2);
  g_assert_cmpstr (self->states->str, ==, "COWCX");
  g_clear_error (&asked.error);
}

/* A server that greets and takes it back at once is not hammered on: the fourth time it is a loss like
 * any other. */
static void
test_expired_at_once (ClientFixture *self,
                      gconstpointer  protocol)
{
  Asked asked;

  server_signal_client_set_retry_min (self->client, G_MAXUINT);
  watch (self, &asked, RENEW);
  client_fixture_open (self);
  for (guint i = 0; i <= SS_UNAUTHORIZED_TRIES; i++)
    {
      guint requests = fake_server_get_requests (self->server);

      fake_server_send_close (self->server, 3000, "");
      if (i < SS_UNAUTHORIZED_TRIES)
        client_fixture_reopen (self, requests);
    }
  WAIT_UNTIL (client_fixture_is (self, WAITING));
  g_assert_cmpuint (asked.n_asked, ==, SS_UNAUTHORIZED_TRIES);
  test_settle ();
  g_assert_true (client_fixture_is (self, WAITING));
  g_clear_error (&asked.error);
}

/* The client answers to pings in the order of what comes. */
static void
wait_for_hello (ClientFixture *self)
{
  guint pongs = fake_server_get_pongs (self->server);

  fake_server_send_frame (self->server, 0x89, "sync", 4);
  WAIT_UNTIL (fake_server_get_pongs (self->server) > pongs);
}

/* After connections that last it is asked as often as it comes. */
static void
test_expired_often (ClientFixture *self,
                    gconstpointer  protocol)
{
  Asked asked;

  server_signal_client_set_retry_min (self->client, 1);
  watch (self, &asked, RENEW);
  client_fixture_open (self);
  for (guint i = 0; i < 3 * SS_UNAUTHORIZED_TRIES; i++)
    {
      guint requests = fake_server_get_requests (self->server);

      wait_for_hello (self);
      test_pass_time (20);
      fake_server_send_close (self->server, 3000, "");
      client_fixture_reopen (self, requests);
      g_assert_cmpuint (asked.attempt, ==, 1);
    }
  g_assert_cmpuint (asked.n_asked, ==, 3 * SS_UNAUTHORIZED_TRIES);
  g_clear_error (&asked.error);
}

/* Things that a handler does with the client. */
static void
test_handler (ClientFixture *self,
              gconstpointer  protocol)
{
  Asked asked;

  fake_server_set_answer (self->server, ANSWER ("403 Forbidden"));
  watch (self, &asked, STOP);
  server_signal_client_start (self->client);
  WAIT_UNTIL (asked.n_asked == 1);
  test_settle ();
  g_assert_true (client_fixture_is (self, IDLE));

  asked.action = RESTART;
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, OPEN));
  g_assert_cmpuint (asked.attempt, ==, 1);
  server_signal_client_stop (self->client);

  fake_server_set_answer (self->server, ANSWER ("403 Forbidden"));
  asked.action = WAIT;
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, CLOSED));

  asked.action = DROP;
  server_signal_client_start (self->client);
  WAIT_UNTIL (asked.n_asked == 4);
  test_settle ();
  g_assert_null (self->client);
  self->client = server_signal_client_new ("ws://127.0.0.1:1");
  g_clear_error (&asked.error);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  CLIENT_TEST ("/client-unauthorized/renewed", NULL, test_renewed);
  CLIENT_TEST ("/client-unauthorized/bounded", NULL, test_bounded);
  CLIENT_TEST ("/client-unauthorized/given-up", NULL, test_given_up);
  CLIENT_TEST ("/client-unauthorized/others", NULL, test_others);
  CLIENT_TEST ("/client-unauthorized/retry-after", NULL, test_retry_after);
  CLIENT_TEST ("/client-unauthorized/expired", "server-signal.v1", test_expired);
  CLIENT_TEST ("/client-unauthorized/expired/given-up", "server-signal.v1", test_expired_given_up);
  CLIENT_TEST ("/client-unauthorized/expired/at-once", "server-signal.v1", test_expired_at_once);
  CLIENT_TEST ("/client-unauthorized/expired/often", "server-signal.v1", test_expired_often);
  CLIENT_TEST ("/client-unauthorized/handler", NULL, test_handler);

  return g_test_run ();
}
