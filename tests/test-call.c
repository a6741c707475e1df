/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Calls from one end to the other, over sockets. */

#include "config.h"

#include "client-fixture.h"
#include "libserver-signal.h"
#include "ss-limits.h"
#include "test-hub.h"
#include "test-json.h"

typedef struct
{
  ServerSignalHub    *hub;
  ServerSignal       *counter;
  ServerSignalClient *client;
  ServerSignal       *replica;
  GPtrArray          *kept;     /* ServerSignalCall, not answered yet */
  guint               n_runs;   /* of handlers */
  guint               n_cancelled;
} Fixture;

/* The end of a call at the client. */
typedef struct
{
  JsonNode *value;
  GError   *error;
  gint64    counter;  /* in the replica at that moment */
  GString  *progress;
  gboolean  done;
} Answer;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  self->hub = server_signal_hub_new ();
  self->counter = new_signal ("counter", "{\"value\":0}");
  server_signal_hub_add (self->hub, self->counter, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (self->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);

  uri = server_signal_hub_dup_uri (self->hub);
  self->client = server_signal_client_new (uri);
  server_signal_client_set_retry_min (self->client, 1);
  server_signal_client_set_retry_max (self->client, 10);
  self->replica = server_signal_client_get_signal (self->client, "counter");
  self->kept = g_ptr_array_new_with_free_func (g_object_unref);
  server_signal_client_start (self->client);
  WAIT_UNTIL (!server_signal_get_stale (self->replica));
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_ptr_array_unref (self->kept);
  server_signal_client_stop (self->client);
  g_assert_finalize_object (g_steal_pointer (&self->client));
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_finalize_object (g_steal_pointer (&self->counter));
}

static void
answer_clear (Answer *self)
{
  g_clear_pointer (&self->value, json_node_unref);
  g_clear_error (&self->error);
  if (self->progress != NULL)
    g_string_free (self->progress, TRUE);
  *self = (Answer) { 0 };
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  ServerSignalClient *client = SERVER_SIGNAL_CLIENT (source);
  Answer *answer = user_data;

  g_assert_false (answer->done);
  answer->value = server_signal_client_call_finish (client, result, &answer->error);
  answer->counter =
    server_signal_get_int (server_signal_client_get_signal (client, "counter"), "/value");
  answer->done = TRUE;
}

static void
call (Fixture      *self,
      const char   *method,
      const char   *json,
      GCancellable *cancellable,
      Answer       *answer)
{
  g_autofree char *text = json != NULL ? test_json (json) : NULL;
  g_autoptr (JsonNode) arguments = text != NULL ? json_from_string (text, NULL) : NULL;

  server_signal_client_call_async (self->client, method, arguments, cancellable, answered_cb,
                                   answer);
}

#define assert_value(answer, expected) \
  G_STMT_START \
  { \
    g_autofree char *assert_value_is = NULL; \
    WAIT_UNTIL ((answer).done); \
    g_assert_no_error ((answer).error); \
    assert_value_is = json_to_string ((answer).value, FALSE); \
    g_assert_cmpstr (assert_value_is, ==, expected); \
  } \
  G_STMT_END

#define assert_code(answer, expected) \
  G_STMT_START \
  { \
    g_autofree char *assert_code_is = NULL; \
    WAIT_UNTIL ((answer).done); \
    g_assert_error ((answer).error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED); \
    assert_code_is = server_signal_error_dup_call_code ((answer).error); \
    g_assert_cmpstr (assert_code_is, ==, expected); \
    g_assert_true (g_str_has_prefix ((answer).error->message, expected)); \
  } \
  G_STMT_END

/* Handlers */

static gboolean
echo_cb (ServerSignalHub  *hub,
         ServerSignalCall *call,
         Fixture          *self)
{
  g_autoptr (JsonNode) arguments = server_signal_call_dup_arguments (call);

  self->n_runs++;
  server_signal_call_return (call, arguments);

  return TRUE;
}

static gboolean
keep_cb (ServerSignalHub  *hub,
         ServerSignalCall *call,
         Fixture          *self)
{
  self->n_runs++;
  g_ptr_array_add (self->kept, g_object_ref (call));

  return TRUE;
}

/* Adds to the counter and says what it is now. */
static gboolean
add_cb (ServerSignalHub  *hub,
        ServerSignalCall *call,
        Fixture          *self)
{
  g_autoptr (JsonNode) result = NULL;
  gint64 value = server_signal_get_int (self->counter, "/value") + 1;

  self->n_runs++;
  set_int (self->counter, "/value", value);
  result = json_node_init_int (json_node_alloc (), value);
  server_signal_call_return (call, result);

  return TRUE;
}

static void
on_call (Fixture    *self,
         const char *method,
         gpointer    handler)
{
  g_autofree char *signal = g_strconcat ("call::", method, NULL);

  g_signal_connect (self->hub, signal, G_CALLBACK (handler), self);
}

static void
return_int (Fixture *self,
            guint    index,
            gint64   value)
{
  g_autoptr (ServerSignalCall) call = g_ptr_array_steal_index (self->kept, index);
  g_autoptr (JsonNode) node = json_node_init_int (json_node_alloc (), value);

  server_signal_call_return (call, node);
}

/* Tests */

static void
test_return (Fixture       *self,
             gconstpointer  data)
{
  g_auto (Answer) first = { 0 };
  g_auto (Answer) second = { 0 };
  g_auto (Answer) third = { 0 };

  on_call (self, "echo", echo_cb);
  call (self, "echo", "{'a':[1,2.5,'x',null]}", NULL, &first);
  call (self, "echo", NULL, NULL, &second);
  call (self, "echo", "9007199254740993", NULL, &third);
  assert_value (first, "{\"a\":[1,2.5,\"x\",null]}");
  assert_value (second, "null");
  assert_value (third, "9007199254740993");
}

static gboolean
look_cb (ServerSignalHub  *hub,
         ServerSignalCall *call,
         Fixture          *self)
{
  g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (server_signal_hub_get_peers (hub), 0);
  g_autoptr (ServerSignalPeer) its_peer = NULL;
  g_autofree char *method = NULL;
  g_autoptr (JsonNode) arguments = NULL;
  g_autoptr (GCancellable) cancellable = NULL;

  g_object_get (call, "peer", &its_peer, "method", &method, "arguments", &arguments, "cancellable",
                &cancellable, NULL);
  g_assert_true (its_peer == peer);
  g_assert_true (server_signal_call_get_peer (call) == peer);
  g_assert_cmpstr (method, ==, "look");
  g_assert_cmpint (json_node_get_int (arguments), ==, 7);
  g_assert_true (cancellable == server_signal_call_get_cancellable (call));
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  server_signal_call_return (call, NULL);

  return TRUE;
}

static void
test_properties (Fixture       *self,
                 gconstpointer  data)
{
  g_auto (Answer) answer = { 0 };

  on_call (self, "look", look_cb);
  call (self, "look", "7", NULL, &answer);
  assert_value (answer, "null");
}

static void
progress_cb (ServerSignalClient *client,
             JsonNode           *value,
             gpointer            user_data)
{
  Answer *answer = user_data;

  g_string_append_printf (answer->progress, "%" G_GINT64_FORMAT " ", json_node_get_int (value));
}

static void
dropped_cb (gpointer user_data)
{
  Answer *answer = user_data;

  g_string_append (answer->progress, "dropped");
}

static void
test_later (Fixture       *self,
            gconstpointer  data)
{
  g_auto (Answer) answer = { 0 };
  g_auto (Answer) other = { 0 };

  answer.progress = g_string_new (NULL);
  on_call (self, "keep", keep_cb);
  server_signal_client_call_full_async (self->client, "keep", NULL, SERVER_SIGNAL_CALL_NONE,
                                        progress_cb, &answer, dropped_cb, NULL, answered_cb,
                                        &answer);
  call (self, "keep", NULL, NULL, &other);
  WAIT_UNTIL (self->kept->len == 2);

  for (int i = 1; i <= 3; i++)
    {
      g_autoptr (JsonNode) node = json_node_init_int (json_node_alloc (), i);

      server_signal_call_progress (g_ptr_array_index (self->kept, 0), node);
    }
  /* Answers need not keep the order of the questions. */
  return_int (self, 1, 20);
  assert_value (other, "20");
  g_assert_false (answer.done);
  return_int (self, 0, 10);
  assert_value (answer, "10");
  g_assert_cmpstr (answer.progress->str, ==, "1 2 3 dropped");
}

static gboolean
fail_cb (ServerSignalHub  *hub,
         ServerSignalCall *call,
         Fixture          *self)
{
  g_autoptr (JsonNode) arguments = server_signal_call_dup_arguments (call);
  const char *how = json_node_get_string (arguments);
  g_autoptr (GError) error = NULL;

  if (g_str_equal (how, "data"))
    {
      g_autoptr (JsonNode) node = json_from_string ("{\"left\":3}", NULL);

      server_signal_call_fail (call, "no-such-task", "it is gone: really", node);
    }
  else if (g_str_equal (how, "bare"))
    {
      server_signal_call_fail (call, "no-such-task", NULL, NULL);
    }
  else if (g_str_equal (how, "ours"))
    {
      error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND, "nothing");
    }
  else if (g_str_equal (how, "gio"))
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "no");
    }
  else if (g_str_equal (how, "other"))
    {
      error = g_error_new_literal (G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "what?");
    }
  if (error != NULL)
    server_signal_call_return_error (call, error);

  /* Of those that are dropped, nobody keeps a reference. */
  return TRUE;
}

static void
test_errors (Fixture       *self,
             gconstpointer  data)
{
  static const struct
  {
    const char *how;
    const char *code;
    const char *message;
    const char *data;
  } cases[] = {
    { "'data'", "no-such-task", "no-such-task: it is gone: really", "{\"left\":3}" },
    { "'bare'", "no-such-task", "no-such-task", NULL },
    { "'ours'", "not-found", "not-found: nothing", NULL },
    { "'gio'", "permission-denied", "permission-denied: no", NULL },
    { "'other'", "failed", "failed: what?", NULL },
    { "'dropped'", "no-reply", "no-reply: the call was not answered", NULL },
  };
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "a: b");

  on_call (self, "fail", fail_cb);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Answer) answer = { 0 };
      g_autoptr (GError) again = NULL;
      g_autofree char *left = NULL;
      g_autofree char *code = NULL;

      call (self, "fail", cases[i].how, NULL, &answer);
      assert_code (answer, cases[i].code);
      g_assert_cmpstr (answer.error->message, ==, cases[i].message);
      left = server_signal_error_dup_call_data (answer.error);
      g_assert_cmpstr (left, ==, cases[i].data);

      /* As languages do that keep what they know of an error. */
      again = g_error_new_literal (answer.error->domain, answer.error->code, answer.error->message);
      code = server_signal_error_dup_call_code (again);
      g_assert_cmpstr (code, ==, cases[i].code);
    }

  g_assert_null (server_signal_error_dup_call_code (other));
  g_assert_null (server_signal_error_dup_call_data (other));
}

static gboolean
forbid_cb (ServerSignalHub  *hub,
           ServerSignalPeer *peer,
           const char       *method,
           Fixture          *self)
{
  return !g_str_equal (method, "secret");
}

/* Nobody can tell a method that is forbidden from one that does not exist, and none of them leaves
 * anything behind. */
static void
test_unknown (Fixture       *self,
              gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) socket = test_websocket_open (uri, V1);
  g_autofree char *hello = test_websocket_next (socket);

  on_call (self, "secret", echo_cb);
  g_signal_connect (self->hub, "allow-call", G_CALLBACK (forbid_cb), self);
  test_websocket_send (socket, "{\"call\":\"secret\",\"id\":1}");
  test_websocket_expect (socket, "{\"reply\":1,\"error\":{\"code\":\"unknown-method\","
                                 "\"message\":\"there is no such method\"}}");
  test_websocket_send (socket, "{\"call\":\"nobody has ever heard of this\",\"id\":1}");
  test_websocket_expect (socket, "{\"reply\":1,\"error\":{\"code\":\"unknown-method\","
                                 "\"message\":\"there is no such method\"}}");
  g_assert_cmpuint (self->n_runs, ==, 0);
  g_assert_cmpuint (g_quark_try_string ("nobody has ever heard of this"), ==, 0);

  /* A handler of all methods hears of those that it may. */
  g_signal_connect (self->hub, "call", G_CALLBACK (echo_cb), self);
  test_websocket_send (socket, "{\"call\":\"secret\",\"id\":1,\"args\":1}");
  test_websocket_expect_prefix (socket, "{\"reply\":1,\"error\"");
  test_websocket_send (socket, "{\"call\":\"anything\",\"id\":1,\"args\":1}");
  test_websocket_expect (socket, "{\"reply\":1,\"value\":1}");
}

/* Commits of the handler are at the caller before the answer, though the hub gathers commits; others
 * get them in their time. */
static void
test_before_reply (Fixture       *self,
                   gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (ServerSignalClient) other = server_signal_client_new (uri);
  ServerSignal *replica = server_signal_client_get_signal (other, "counter");
  g_auto (Answer) answer = { 0 };
  guint interval = GPOINTER_TO_UINT (data);

  server_signal_client_start (other);
  WAIT_UNTIL (!server_signal_get_stale (replica));

  server_signal_hub_set_flush_interval (self->hub, interval);
  on_call (self, "add", add_cb);
  on_call (self, "keep", keep_cb);
  for (gint64 i = 1; i <= 20; i++)
    {
      call (self, "add", NULL, NULL, &answer);
      WAIT_UNTIL (answer.done);
      g_assert_no_error (answer.error);
      g_assert_cmpint (json_node_get_int (answer.value), ==, i);
      g_assert_cmpint (answer.counter, ==, i);
      answer_clear (&answer);
    }
  if (interval > 0)
    g_assert_cmpint (server_signal_get_int (replica, "/value"), ==, 0);

  /* An answer that comes later, and what is told on the way. */
  call (self, "keep", NULL, NULL, &answer);
  WAIT_UNTIL (self->kept->len == 1);
  set_int (self->counter, "/value", 50);
  server_signal_call_progress (g_ptr_array_index (self->kept, 0), NULL);
  WAIT_UNTIL (server_signal_get_int (self->replica, "/value") == 50);
  set_int (self->counter, "/value", 51);
  return_int (self, 0, 0);
  WAIT_UNTIL (answer.done);
  g_assert_cmpint (answer.counter, ==, 51);

  server_signal_hub_set_flush_interval (self->hub, 0);
  WAIT_UNTIL (server_signal_get_int (replica, "/value") == 51);
  server_signal_client_stop (other);
}

static void
close_peers (Fixture *self)
{
  GListModel *peers = server_signal_hub_get_peers (self->hub);

  for (guint i = 0; i < g_list_model_get_n_items (peers); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i);

      server_signal_peer_close (peer, 1001, NULL);
    }
}

static void
cancelled_cb (GCancellable *cancellable,
              Fixture      *self)
{
  self->n_cancelled++;
}

static void
watch_cancellable (Fixture *self)
{
  g_signal_connect (server_signal_call_get_cancellable (g_ptr_array_index (self->kept, 0)),
                    "cancelled", G_CALLBACK (cancelled_cb), self);
}

static void
test_closed (Fixture       *self,
             gconstpointer  data)
{
  g_auto (Answer) answer = { 0 };
  g_auto (Answer) next = { 0 };

  on_call (self, "keep", keep_cb);
  on_call (self, "echo", echo_cb);
  call (self, "keep", NULL, NULL, &answer);
  WAIT_UNTIL (self->kept->len == 1);
  watch_cancellable (self);

  close_peers (self);
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  WAIT_UNTIL (self->n_cancelled == 1);

  /* A call that is made while there is no connection waits for one. */
  call (self, "echo", "1", NULL, &next);
  assert_value (next, "1");
  g_assert_cmpuint (self->n_runs, ==, 2);

  /* Nobody hears this. */
  return_int (self, 0, 1);
  test_settle ();
}

static void
test_idempotent (Fixture       *self,
                 gconstpointer  data)
{
  g_auto (Answer) answer = { 0 };

  on_call (self, "keep", keep_cb);
  server_signal_client_call_full_async (self->client, "keep", NULL, SERVER_SIGNAL_CALL_IDEMPOTENT,
                                        NULL, NULL, NULL, NULL, answered_cb, &answer);
  WAIT_UNTIL (self->kept->len == 1);
  watch_cancellable (self);

  /* It goes on, and is answered on the next connection. */
  close_peers (self);
  WAIT_UNTIL (server_signal_get_stale (self->replica));
  WAIT_UNTIL (!server_signal_get_stale (self->replica));
  g_assert_false (answer.done);
  return_int (self, 0, 5);
  assert_value (answer, "5");
  g_assert_cmpuint (self->n_runs, ==, 1);
  g_assert_cmpuint (self->n_cancelled, ==, 0);
}

/* The answer to a call that was given once is given again, on any connection. */
static void
test_key (Fixture       *self,
          gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autofree char *text = NULL;

  on_call (self, "add", add_cb);
  on_call (self, "echo", echo_cb);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TestWebsocket) socket = test_websocket_open (uri, V1);
      g_autofree char *hello = test_websocket_next (socket);

      test_websocket_send (socket, "{\"call\":\"add\",\"id\":8,\"key\":\"k\"}");
      test_websocket_expect (socket, "{\"reply\":8,\"value\":1}");
      test_websocket_send (socket, "{\"call\":\"add\",\"id\":8,\"key\":\"k\"}");
      test_websocket_expect (socket, "{\"reply\":8,\"value\":1}");
      g_assert_cmpuint (self->n_runs, ==, i + 1);

      /* For another method the key is another one. */
      if (i == 0)
        {
          test_websocket_send (socket, "{\"call\":\"echo\",\"id\":8,\"key\":\"k\",\"args\":2}");
          test_websocket_expect (socket, "{\"reply\":8,\"value\":2}");
        }
    }
  g_assert_cmpuint (self->n_runs, ==, 2);

  /* A method that nobody has taken is not remembered. */
  {
    g_autoptr (TestWebsocket) socket = test_websocket_open (uri, V1);
    g_autofree char *hello = test_websocket_next (socket);

    test_websocket_send (socket, "{\"call\":\"late\",\"id\":1,\"key\":\"k\"}");
    test_websocket_expect_prefix (socket, "{\"reply\":1,\"error\":{\"code\":\"unknown-method\"");
    on_call (self, "late", echo_cb);
    test_websocket_send (socket, "{\"call\":\"late\",\"id\":1,\"key\":\"k\"}");
    test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");

    /* So many are. The first of them is done again. */
    server_signal_hub_set_max_call_rate (self->hub, 0);
    self->n_runs = 0;
    for (guint i = 0; i <= SS_ANSWERS_KEPT; i++)
      {
        g_autofree char *frame =
          g_strdup_printf ("{\"call\":\"echo\",\"id\":1,\"key\":\"k%u\"}", i);

        test_websocket_send (socket, frame);
        test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");
      }
    g_assert_cmpuint (self->n_runs, ==, SS_ANSWERS_KEPT + 1);
    text = g_strdup_printf ("{\"call\":\"echo\",\"id\":1,\"key\":\"k%u\"}", SS_ANSWERS_KEPT);
    test_websocket_send (socket, text);
    test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");
    g_assert_cmpuint (self->n_runs, ==, SS_ANSWERS_KEPT + 1);
    test_websocket_send (socket, "{\"call\":\"echo\",\"id\":1,\"key\":\"k0\"}");
    test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");
    g_assert_cmpuint (self->n_runs, ==, SS_ANSWERS_KEPT + 2);
  }
}

/* Answers that are kept have so many bytes together: one that is larger alone is not kept. */
static void
test_key_bytes (Fixture       *self,
                gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) socket = test_websocket_open (uri, V1);
  g_autofree char *hello = test_websocket_next (socket);
  g_autofree char *half = g_strnfill (100 * 1000, 'x');
  guint n = SS_ANSWERS_KEPT_BYTES / (100 * 1000) + 1;

  on_call (self, "echo", echo_cb);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text =
        g_strdup_printf ("{\"call\":\"echo\",\"id\":1,\"key\":\"k%u\",\"args\":\"%s\"}", i, half);

      test_websocket_send (socket, text);
      test_websocket_expect_prefix (socket, "{\"reply\":1,\"value\":\"xxx");
    }
  g_assert_cmpuint (self->n_runs, ==, n);
  test_websocket_send (socket, "{\"call\":\"echo\",\"id\":1,\"key\":\"k1\"}");
  test_websocket_expect_prefix (socket, "{\"reply\":1,\"value\":\"xxx");
  g_assert_cmpuint (self->n_runs, ==, n);
  test_websocket_send (socket, "{\"call\":\"echo\",\"id\":1,\"key\":\"k0\"}");
  test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");
  g_assert_cmpuint (self->n_runs, ==, n + 1);
}

static void
test_cancel (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Answer) answer = { 0 };
  g_auto (Answer) early = { 0 };
  g_auto (Answer) next = { 0 };

  on_call (self, "keep", keep_cb);
  on_call (self, "echo", echo_cb);
  call (self, "keep", NULL, cancellable, &answer);
  WAIT_UNTIL (self->kept->len == 1);
  watch_cancellable (self);

  g_cancellable_cancel (cancellable);
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  WAIT_UNTIL (self->n_cancelled == 1);
  return_int (self, 0, 1);

  call (self, "echo", "2", cancellable, &early);
  WAIT_UNTIL (early.done);
  g_assert_error (early.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  call (self, "echo", "3", NULL, &next);
  assert_value (next, "3");
  g_assert_cmpuint (self->n_runs, ==, 2);
}

/* By hand: the answer comes all the same, and its error is `cancelled` where the application has none. */
static void
test_cancelled (Fixture       *self,
                gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) socket = test_websocket_open (uri, V1);
  g_autofree char *hello = test_websocket_next (socket);

  on_call (self, "keep", keep_cb);
  test_websocket_send (socket, "{\"call\":\"keep\",\"id\":1}");
  WAIT_UNTIL (self->kept->len == 1);
  watch_cancellable (self);
  test_websocket_send (socket, "{\"cancel\":1}");
  test_websocket_send (socket, "{\"cancel\":1}");
  test_websocket_send (socket, "{\"cancel\":99}");
  WAIT_UNTIL (self->n_cancelled == 1);

  /* The id is in use until then. */
  test_websocket_send (socket, "{\"call\":\"keep\",\"id\":1}");
  test_websocket_expect_prefix (socket, "{\"error\":{\"code\":\"bad-message\"");
  g_ptr_array_set_size (self->kept, 0);
  test_websocket_expect (socket, "{\"reply\":1,\"error\":{\"code\":\"cancelled\","
                                 "\"message\":\"the call was cancelled\"}}");
  test_websocket_send (socket, "{\"call\":\"keep\",\"id\":1}");
  WAIT_UNTIL (self->kept->len == 1);
  return_int (self, 0, 4);
  test_websocket_expect (socket, "{\"reply\":1,\"value\":4}");
}

static void
test_limits (Fixture       *self,
             gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) socket = test_websocket_open (uri, V1);
  g_autofree char *hello = test_websocket_next (socket);
  g_autofree char *large = g_strnfill (SS_MESSAGE_BYTES, 'x');
  g_autofree char *large_json = g_strdup_printf ("'%s'", large);
  g_autoptr (GString) deep = g_string_new ("{\"call\":\"echo\",\"id\":1,\"args\":");
  g_auto (Answer) answer = { 0 };

  on_call (self, "keep", keep_cb);
  on_call (self, "echo", echo_cb);

  /* In flight. */
  server_signal_hub_set_max_calls (self->hub, 2);
  g_assert_cmpuint (server_signal_hub_get_max_calls (self->hub), ==, 2);
  test_websocket_send (socket, "{\"call\":\"keep\",\"id\":1}");
  test_websocket_send (socket, "{\"call\":\"keep\",\"id\":2}");
  test_websocket_send (socket, "{\"call\":\"echo\",\"id\":3}");
  test_websocket_expect (socket, "{\"reply\":3,\"error\":{\"code\":\"too-many\","
                                 "\"message\":\"too many calls wait for answers\"}}");
  return_int (self, 0, 1);
  test_websocket_expect (socket, "{\"reply\":1,\"value\":1}");
  test_websocket_send (socket, "{\"call\":\"echo\",\"id\":3}");
  test_websocket_expect (socket, "{\"reply\":3,\"value\":null}");
  return_int (self, 0, 1);
  test_websocket_expect (socket, "{\"reply\":2,\"value\":1}");

  /* The size of the answer. */
  test_websocket_send (socket, "{\"call\":\"echo\",\"id\":1,\"args\":\"1234567890\",\"max\":32}");
  test_websocket_expect (socket, "{\"reply\":1,\"value\":\"1234567890\"}");
  test_websocket_send (socket, "{\"call\":\"echo\",\"id\":1,\"args\":\"1234567890\",\"max\":31}");
  test_websocket_expect (socket, "{\"reply\":1,\"error\":{\"code\":\"too-large\","
                                 "\"message\":\"the answer is larger than the client takes\"}}");

  /* The depth of the arguments. */
  for (guint i = 0; i < SS_DOCUMENT_DEPTH; i++)
    g_string_append_c (deep, '[');
  for (guint i = 0; i < SS_DOCUMENT_DEPTH; i++)
    g_string_append_c (deep, ']');
  g_string_append_c (deep, '}');
  test_websocket_send (socket, deep->str);
  test_websocket_expect_prefix (socket, "{\"reply\":1,\"value\":[[[");
  g_string_insert_c (deep, (gssize) strlen ("{\"call\":\"echo\",\"id\":1,\"args\":"), '[');
  g_string_insert_c (deep, (gssize) deep->len - 1, ']');
  test_websocket_send (socket, deep->str);
  test_websocket_expect_prefix (socket, "{\"error\":{\"code\":\"bad-message\",\"name\":\"echo\"");

  /* The size of the question is known before it is asked. */
  call (self, "echo", large_json, NULL, &answer);
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
}

/* A peer that calls too often is refused, and in the end closed. */
static void
test_rate (Fixture       *self,
           gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) socket = NULL;
  g_autofree char *hello = NULL;
  guint n_refused = 0;

  on_call (self, "echo", echo_cb);
  server_signal_hub_set_max_call_rate (self->hub, 3);
  g_assert_cmpuint (server_signal_hub_get_max_call_rate (self->hub), ==, 3);
  socket = test_websocket_open (uri, V1);
  hello = test_websocket_next (socket);
  for (guint i = 0; i < 2000; i++)
    test_websocket_send (socket, "{\"call\":\"echo\",\"id\":1}");

  test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");
  test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");
  test_websocket_expect (socket, "{\"reply\":1,\"value\":null}");
  test_websocket_expect_close (socket, 1008);
  while (!g_queue_is_empty (&socket->frames))
    {
      g_autofree char *frame = g_queue_pop_head (&socket->frames);

      n_refused += g_str_has_prefix (frame, "{\"reply\":1,\"error\":{\"code\":\"too-many\"");
    }
  g_assert_cmpuint (n_refused, >=, SS_MESSAGES_BURST);
  g_assert_cmpuint (self->n_runs, <, 2000 - SS_MESSAGES_BURST);
}

static void
test_not_started (Fixture       *self,
                  gconstpointer  data)
{
  g_auto (Answer) first = { 0 };
  g_auto (Answer) second = { 0 };
  g_auto (Answer) third = { 0 };
  g_auto (Answer) waiting = { 0 };

  on_call (self, "keep", keep_cb);
  call (self, "keep", NULL, NULL, &first);
  WAIT_UNTIL (self->kept->len == 1);

  /* One that was sent may have been done, the other was not. */
  close_peers (self);
  server_signal_hub_detach (self->hub);
  WAIT_UNTIL (first.done);
  g_assert_error (first.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  call (self, "keep", NULL, NULL, &waiting);
  server_signal_client_stop (self->client);
  WAIT_UNTIL (waiting.done);
  g_assert_error (waiting.error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);

  call (self, "keep", NULL, NULL, &second);
  WAIT_UNTIL (second.done);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_assert_cmpuint (self->n_runs, ==, 1);
}

static gboolean
close_cb (ServerSignalHub  *hub,
          ServerSignalCall *call,
          Fixture          *self)
{
  close_peers (self);
  /* The connection ends while the handler runs. */
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_call_return (call, NULL);

  return TRUE;
}

static void
test_reentrant (Fixture       *self,
                gconstpointer  data)
{
  g_auto (Answer) answer = { 0 };
  g_auto (Answer) next = { 0 };
  gulong id = g_signal_connect (self->hub, "call::close", G_CALLBACK (close_cb), self);

  server_signal_client_set_retry_min (self->client, 1000);
  server_signal_client_set_retry_max (self->client, 1000);
  call (self, "close", NULL, NULL, &answer);
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  g_signal_handler_disconnect (self->hub, id);

  on_call (self, "echo", echo_cb);
  call (self, "echo", "1", NULL, &next);
  server_signal_client_start (self->client);
  assert_value (next, "1");
}

/* A hub that goes leaves calls that nobody can answer, and they do no harm. */
static void
test_hub_gone (Fixture       *self,
               gconstpointer  data)
{
  g_auto (Answer) answer = { 0 };
  g_auto (Answer) other = { 0 };
  g_autoptr (ServerSignalHub) empty = server_signal_hub_new ();
  g_autoptr (ServerSignalHub) hub = NULL;

  on_call (self, "keep", keep_cb);
  call (self, "keep", NULL, NULL, &answer);
  server_signal_client_call_full_async (self->client, "keep", NULL, SERVER_SIGNAL_CALL_IDEMPOTENT,
                                        NULL, NULL, NULL, NULL, answered_cb, &other);
  WAIT_UNTIL (self->kept->len == 2);

  hub = g_steal_pointer (&self->hub);
  g_signal_handlers_disconnect_by_data (hub, self);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  self->hub = g_steal_pointer (&empty);
  return_int (self, 1, 1);
  return_int (self, 0, 1);
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  /* It would be made again, and may have been done before. */
  server_signal_client_stop (self->client);
  WAIT_UNTIL (other.done);
  g_assert_error (other.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
}

/* Of servers that do not speak v1, and of what they may say. */

static void
test_plain (ClientFixture *self,
            gconstpointer  protocol)
{
  g_auto (Answer) waits = { 0 };
  g_auto (Answer) late = { 0 };

  server_signal_client_get_signal (self->client, "counter");
  server_signal_client_start (self->client);
  server_signal_client_call_async (self->client, "echo", NULL, NULL, answered_cb, &waits);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  test_settle ();
  g_assert_false (waits.done);

  /* It shows what it is with its first frame. */
  fake_server_send (self->server, "{'name':'counter','patch':[]}");
  WAIT_UNTIL (waits.done);
  g_assert_error (waits.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_SUPPORTED);
  server_signal_client_call_async (self->client, "echo", NULL, NULL, answered_cb, &late);
  WAIT_UNTIL (late.done);
  g_assert_error (late.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
}

static void
test_silent (ClientFixture *self,
             gconstpointer  protocol)
{
  g_auto (Answer) answer = { 0 };

  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  server_signal_client_call_async (self->client, "echo", NULL, NULL, answered_cb, &answer);
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_SUPPORTED);
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
}

/* Answers to what was not asked change nothing, and the words of a server are made fit for people. */
static void
test_strange_server (ClientFixture *self,
                     gconstpointer  protocol)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *code = NULL;

  client_fixture_open (self);
  server_signal_client_call_async (self->client, "echo", NULL, NULL, answered_cb, &answer);
  client_fixture_expect (self, "{'call':'echo','id':1}");
  fake_server_send (self->server, "{'reply':2,'value':1}");
  fake_server_send (self->server, "{'progress':1,'value':1}");
  fake_server_send (self->server, "{'progress':7,'value':1}");
  fake_server_send (self->server,
                    "{'reply':1,'error':{'code':'a\\u001b[2Jb','message':'c\\nd','data':[1]}}");
  fake_server_send (self->server, "{'reply':1,'value':1}");
  WAIT_UNTIL (answer.done);
  g_assert_error (answer.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED);
  g_assert_cmpstr (answer.error->message, ==, "a [2Jb: c d");
  code = server_signal_error_dup_call_code (answer.error);
  g_assert_cmpstr (code, ==, "a [2Jb");
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));

  /* A frame that is wrong in itself ends the connection. */
  fake_server_send (self->server, "{'reply':'1','value':1}");
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
}

/* So many may wait; the next one is refused and not made. */
static void
test_waiting (ClientFixture *self,
              gconstpointer  protocol)
{
  g_autofree Answer *answers = g_new0 (Answer, SS_CALLS_WAITING + 1);

  fake_server_set_answer (self->server, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
  server_signal_client_start (self->client);
  for (guint i = 0; i <= SS_CALLS_WAITING; i++)
    server_signal_client_call_async (self->client, "echo", NULL, NULL, answered_cb, &answers[i]);
  WAIT_UNTIL (answers[SS_CALLS_WAITING].done);
  g_assert_error (answers[SS_CALLS_WAITING].error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_false (answers[0].done);

  server_signal_client_stop (self->client);
  WAIT_UNTIL (answers[SS_CALLS_WAITING - 1].done);
  for (guint i = 0; i <= SS_CALLS_WAITING; i++)
    {
      g_assert_true (answers[i].done);
      answer_clear (&answers[i]);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define TEST(path, data, func) g_test_add (path, Fixture, data, set_up, func, tear_down)
  TEST ("/call/return", NULL, test_return);
  TEST ("/call/properties", NULL, test_properties);
  TEST ("/call/later", NULL, test_later);
  TEST ("/call/errors", NULL, test_errors);
  TEST ("/call/unknown", NULL, test_unknown);
  TEST ("/call/before-reply/at-once", GUINT_TO_POINTER (0), test_before_reply);
  TEST ("/call/before-reply/gathered", GUINT_TO_POINTER (3600000), test_before_reply);
  TEST ("/call/closed", NULL, test_closed);
  TEST ("/call/idempotent", NULL, test_idempotent);
  TEST ("/call/key", NULL, test_key);
  TEST ("/call/key/bytes", NULL, test_key_bytes);
  TEST ("/call/cancel", NULL, test_cancel);
  TEST ("/call/cancelled", NULL, test_cancelled);
  TEST ("/call/limits", NULL, test_limits);
  TEST ("/call/rate", NULL, test_rate);
  TEST ("/call/not-started", NULL, test_not_started);
  TEST ("/call/reentrant", NULL, test_reentrant);
  TEST ("/call/hub-gone", NULL, test_hub_gone);
  CLIENT_TEST ("/call/plain", NULL, test_plain);
  CLIENT_TEST ("/call/silent", NULL, test_silent);
  CLIENT_TEST ("/call/strange-server", V1, test_strange_server);
  CLIENT_TEST ("/call/waiting", V1, test_waiting);

  return g_test_run ();
}
