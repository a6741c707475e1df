/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Runs vectors/client.json against the client and vectors/server.json against the hub, over
 * sockets. vectors/README.md says what the steps mean. */

#include "config.h"

#include "client-fixture.h"
#include "json/ss-node.h"
#include "json/ss-writer.h"
#include "server-signal-call.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "signal/ss-epoch.h"
#include "test-hub.h"
#include "wire/ss-via.h"

/* NULL: it is not there. */
static const SsValue *
member (const SsValue *object,
        const char    *key)
{
  return ss_object_get (object, key, strlen (key));
}

static const SsValue *
need (const SsValue *object,
      const char    *key)
{
  const SsValue *value = member (object, key);

  g_assert (value != NULL);

  return value;
}

static const char *
text_member (const SsValue *object,
             const char    *key)
{
  const SsValue *value = member (object, key);

  return value != NULL ? ss_value_get_string (value, NULL) : NULL;
}

static char *
to_json (const SsValue *value)
{
  return ss_value_to_json (value, NULL);
}

static SsValue *
from_json (const char *json)
{
  g_autoptr (GError) error = NULL;
  SsValue *value = ss_value_from_json (json, -1, SS_FRAME_DEPTH + 8, &error);

  g_assert_no_error (error);

  return value;
}

static JsonNode *
to_node (const SsValue *value)
{
  return ss_value_to_node (value);
}

/* Takes a member away, wherever it is not looked at. */
static void
drop_member (SsValue    **slot,
             const char  *key)
{
  int position = ss_object_find (*slot, key, strlen (key));

  if (position < 0)
    return;

  ss_value_make_writable (slot);
  ss_value_unref (ss_object_steal (*slot, (guint) position, NULL));
}

static void
assert_same (const SsValue *step,
             const SsValue *is,
             const SsValue *expected)
{
  g_autofree char *is_json = NULL;
  g_autofree char *step_json = NULL;

  if (ss_value_equal (is, expected))
    return;

  is_json = to_json (is);
  step_json = to_json (step);
  g_error ("%s, but it is %s", step_json, is_json);
}

static SsValue *
load (const char *file)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", file, NULL);
  g_autofree char *json = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &json, NULL, &error);
  g_assert_no_error (error);

  return from_json (json);
}

/* The client */

typedef struct
{
  ClientFixture parent;
  gboolean      started;
  GHashTable   *calls;   /* label → Call */
  guint         n_unauthorized;
} ClientRun;

typedef struct
{
  char         *label;
  char         *id;      /* as in JSON; NULL: not known yet */
  char         *key;
  GCancellable *cancellable;
  SsValue      *progress;
  SsValue      *value;
  GError       *error;
  gboolean      done;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_free (call->label);
  g_free (call->id);
  g_free (call->key);
  g_object_unref (call->cancellable);
  ss_value_unref (call->progress);
  g_clear_pointer (&call->value, ss_value_unref);
  g_clear_error (&call->error);
  g_free (call);
}

static void
progress_cb (ServerSignalClient *client,
             JsonNode           *value,
             gpointer            user_data)
{
  Call *call = user_data;

  ss_array_append (call->progress, ss_value_from_node (value, SS_DOCUMENT_DEPTH, NULL));
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Call *call = user_data;
  g_autoptr (JsonNode) node =
    server_signal_client_call_full_finish (SERVER_SIGNAL_CLIENT (source), result, &call->error);

  if (node != NULL)
    call->value = ss_value_from_node (node, SS_DOCUMENT_DEPTH, NULL);
  call->done = TRUE;
}

static void
client_call (ClientRun     *self,
             const SsValue *step,
             const char    *method)
{
  Call *call = g_new0 (Call, 1);
  const SsValue *arguments = member (step, "args");
  g_autoptr (JsonNode) node = arguments != NULL ? to_node (arguments) : NULL;

  call->label = g_strdup (text_member (step, "as"));
  call->cancellable = g_cancellable_new ();
  call->progress = ss_value_new_array (0);
  g_hash_table_insert (self->calls, call->label, call);
  server_signal_client_call_full_async (self->parent.client, method, node,
                                        member (step, "idempotent") != NULL
                                          ? SERVER_SIGNAL_CALL_IDEMPOTENT
                                          : SERVER_SIGNAL_CALL_NONE,
                                        progress_cb, call, NULL, call->cancellable, answered_cb,
                                        call);
}

static void
client_ends (ClientRun     *self,
             const SsValue *step,
             const char    *label)
{
  Call *call = g_hash_table_lookup (self->calls, label);
  const SsValue *value = member (step, "value");
  const SsValue *progress = member (step, "progress");
  const char *code = text_member (step, "code");

  WAIT_UNTIL (call->done);
  if (progress != NULL)
    assert_same (step, call->progress, progress);
  if (value != NULL)
    {
      g_assert_no_error (call->error);
      assert_same (step, call->value, value);
    }
  else if (code != NULL)
    {
      g_autofree char *is = server_signal_error_dup_call_code (call->error);
      g_autofree char *data = server_signal_error_dup_call_data (call->error);

      g_assert_cmpstr (is, ==, code);
      g_assert_cmpint (data != NULL, ==, member (step, "data") != NULL);
      if (data != NULL)
        {
          g_autoptr (SsValue) parsed = from_json (data);

          assert_same (step, parsed, need (step, "data"));
        }
    }
  else if (member (step, "closed") != NULL)
    {
      g_assert_error (call->error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
    }
  else if (member (step, "cancelled") != NULL)
    {
      g_assert_error (call->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  else
    {
      need (step, "unsupported");
      g_assert_error (call->error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_SUPPORTED);
    }
}

/* Puts ids and keys in the place of <id LABEL> and <key LABEL>. Those that are not known yet are the
 * ones of the frame that has come, which is text as well. */
static char *
fill_in_calls (ClientRun     *self,
               const SsValue *frame,
               const SsValue *come)
{
  g_autofree char *json = to_json (frame);
  GString *text = g_string_new (json);
  GHashTableIter iter;
  Call *call;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &call))
    {
      g_autofree char *id = g_strdup_printf ("\"<id %s>\"", call->label);
      g_autofree char *key = g_strdup_printf ("<key %s>", call->label);

      if (come != NULL && call->id == NULL && strstr (json, id) != NULL)
        call->id = to_json (need (come, "id"));
      if (come != NULL && call->key == NULL && strstr (json, key) != NULL)
        call->key = g_strdup (text_member (come, "key"));
      if (call->id != NULL)
        g_string_replace (text, id, call->id, 0);
      if (call->key != NULL)
        g_string_replace (text, key, call->key, 0);
    }

  return g_string_free (text, FALSE);
}

static gboolean
unauthorized_cb (ServerSignalClient *client,
                 guint               attempt,
                 gpointer            user_data)
{
  ClientRun *self = user_data;

  self->n_unauthorized++;

  return TRUE;
}

static gboolean
is_open (ClientRun *self,
         guint      requests)
{
  return fake_server_get_requests (self->parent.server) > requests &&
         client_fixture_is (&self->parent, SERVER_SIGNAL_CLIENT_STATE_OPEN);
}

static void
client_connect (ClientRun  *self,
                const char *protocol)
{
  guint requests = fake_server_get_requests (self->parent.server);

  while (fake_server_get_pending (self->parent.server) > 0)
    g_free (fake_server_take (self->parent.server));

  fake_server_set_answer (self->parent.server, NULL);
  fake_server_set_protocol (self->parent.server, g_str_equal (protocol, "plain") ? NULL : protocol);
  if (!self->started)
    server_signal_client_start (self->parent.client);
  else if (client_fixture_is (&self->parent, SERVER_SIGNAL_CLIENT_STATE_OPEN))
    fake_server_drop (self->parent.server);
  self->started = TRUE;
  WAIT_UNTIL (is_open (self, requests));
  g_assert_cmpstr (server_signal_client_get_protocol (self->parent.client), ==, protocol);
}

/* The client has looked at all frames, and its answers are here. */
static void
client_sync (ClientRun *self)
{
  guint pongs = fake_server_get_pongs (self->parent.server);

  if (!client_fixture_is (&self->parent, SERVER_SIGNAL_CLIENT_STATE_OPEN))
    return;

  fake_server_send_frame (self->parent.server, 0x89, "sync", 4);
  WAIT_UNTIL (fake_server_get_pongs (self->parent.server) > pongs ||
              !client_fixture_is (&self->parent, SERVER_SIGNAL_CLIENT_STATE_OPEN));
}

static void
client_expect (ClientRun     *self,
               const SsValue *step,
               const SsValue *frames)
{
  for (guint i = 0; i < ss_value_length (frames); i++)
    {
      g_autoptr (SsValue) frame = NULL;
      g_autoptr (SsValue) expected = NULL;
      g_autofree char *text = NULL;
      g_autofree char *expected_text = NULL;

      WAIT_UNTIL (fake_server_get_pending (self->parent.server) > 0);
      text = fake_server_take (self->parent.server);
      frame = from_json (text);
      if (member (frame, "subscribe") != NULL)
        g_assert_cmpint (ss_value_get_int (need (frame, "max")), >, 0);
      drop_member (&frame, "max");
      expected_text = fill_in_calls (self, ss_array_get (frames, i), frame);
      expected = from_json (expected_text);
      assert_same (step, frame, expected);
    }

  client_sync (self);
  if (fake_server_get_pending (self->parent.server) > 0)
    {
      g_autofree char *text = fake_server_take (self->parent.server);
      g_autofree char *step_json = to_json (step);

      g_error ("%s, but it sent %s as well", step_json, text);
    }
}

static void
client_shows (ClientRun     *self,
              const SsValue *step,
              const char    *name,
              const SsValue *expected)
{
  ServerSignal *replica = server_signal_client_get_signal (self->parent.client, name);
  const SsValue *part;

  if ((part = member (expected, "value")) != NULL)
    assert_same (step, ss_signal_peek (replica), part);
  if ((part = member (expected, "epoch")) != NULL)
    g_assert_cmpstr (server_signal_get_epoch (replica), ==, ss_value_get_string (part, NULL));
  if ((part = member (expected, "revision")) != NULL)
    g_assert_cmpuint (server_signal_get_revision (replica), ==, (guint64) ss_value_get_int (part));
  if ((part = member (expected, "current")) != NULL)
    g_assert_cmpint (!server_signal_get_stale (replica), ==, ss_value_get_boolean (part));
}

static void
client_step (ClientRun     *self,
             const SsValue *step)
{
  const char *key = ss_value_get_string (ss_object_key (step, 0), NULL);
  const SsValue *value = ss_object_value (step, 0);

  if (g_str_equal (key, "ask"))
    {
      const SsValue *initial = member (step, "default");
      g_autoptr (JsonNode) node = initial != NULL ? to_node (initial) : NULL;

      server_signal_client_get_signal_with_default (self->parent.client,
                                                    ss_value_get_string (value, NULL), node);
    }
  else if (g_str_equal (key, "release"))
    {
      server_signal_client_release (self->parent.client, ss_value_get_string (value, NULL));
    }
  else if (g_str_equal (key, "connect"))
    {
      client_connect (self, ss_value_get_string (value, NULL));
    }
  else if (g_str_equal (key, "in"))
    {
      for (guint i = 0; i < ss_value_length (value); i++)
        {
          g_autofree char *text = fill_in_calls (self, ss_array_get (value, i), NULL);

          fake_server_send_frame (self->parent.server, 0x81, text, strlen (text));
        }
      client_sync (self);
    }
  else if (g_str_equal (key, "in-text"))
    {
      gsize length;
      const char *text = ss_value_get_string (value, &length);

      fake_server_send_frame (self->parent.server, 0x81, text, length);
      client_sync (self);
    }
  else if (g_str_equal (key, "out") || g_str_equal (key, "out-later"))
    {
      client_expect (self, step, value);
    }
  else if (g_str_equal (key, "shows"))
    {
      for (guint i = 0; i < ss_value_length (value); i++)
        client_shows (self, step, ss_value_get_string (ss_object_key (value, i), NULL),
                      ss_object_value (value, i));
    }
  else if (g_str_equal (key, "call"))
    {
      client_call (self, step, ss_value_get_string (value, NULL));
    }
  else if (g_str_equal (key, "cancel"))
    {
      Call *call = g_hash_table_lookup (self->calls, ss_value_get_string (value, NULL));

      g_cancellable_cancel (call->cancellable);
    }
  else if (g_str_equal (key, "ends"))
    {
      client_ends (self, step, ss_value_get_string (value, NULL));
    }
  else if (g_str_equal (key, "expire"))
    {
      guint requests = fake_server_get_requests (self->parent.server);
      guint n_unauthorized = self->n_unauthorized;

      /* A wait would not end. */
      server_signal_client_set_retry_min (self->parent.client, G_MAXUINT);
      fake_server_send_close (self->parent.server, 3000, "");
      WAIT_UNTIL (is_open (self, requests));
      g_assert_cmpuint (self->n_unauthorized, ==, n_unauthorized + 1);
      server_signal_client_set_retry_min (self->parent.client, 1);
    }
  else if (g_str_equal (key, "gives-up"))
    {
      /* Its next try finds nobody until the vector connects it again. */
      fake_server_set_answer (self->parent.server, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
      WAIT_UNTIL (client_fixture_is (&self->parent, SERVER_SIGNAL_CLIENT_STATE_WAITING));
      g_assert_nonnull (server_signal_client_get_error (self->parent.client));
    }
  else
    {
      g_error ("No such step: %s", key);
    }
}

static void
test_client (gconstpointer data)
{
  const SsValue *vector = data;
  const SsValue *steps = need (vector, "steps");
  ClientRun run = { 0 };

  run.calls = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, call_free);
  client_fixture_set_up (&run.parent, NULL);
  g_signal_connect (run.parent.client, "unauthorized", G_CALLBACK (unauthorized_cb), &run);
  for (guint i = 0; i < ss_value_length (steps); i++)
    client_step (&run, ss_array_get (steps, i));
  client_fixture_tear_down (&run.parent, NULL);
  g_hash_table_unref (run.calls);
}

/* The hub */

typedef struct
{
  ServerSignalHub *hub;
  GHashTable      *signals; /* name → ServerSignal */
  GPtrArray       *copies;  /* of those, the ones of another hub; not referenced */
  GHashTable      *hidden;  /* names */
  GHashTable      *calls;   /* method → GPtrArray of ServerSignalCall */
  TestWebsocket   *client;
  gboolean         plain;
} HubRun;

static gboolean
hub_call_cb (ServerSignalHub  *hub,
             ServerSignalCall *call,
             HubRun           *self)
{
  GPtrArray *calls = g_hash_table_lookup (self->calls, server_signal_call_get_method (call));

  g_ptr_array_add (calls, g_object_ref (call));

  return TRUE;
}

static void
hub_handle (HubRun     *self,
            const char *method)
{
  g_autofree char *signal = g_strconcat ("call::", method, NULL);

  g_hash_table_insert (self->calls, g_strdup (method),
                       g_ptr_array_new_with_free_func (g_object_unref));
  g_signal_connect (self->hub, signal, G_CALLBACK (hub_call_cb), self);
}

/* The oldest call that is not answered. */
static ServerSignalCall *
hub_wait_call (HubRun     *self,
               const char *method,
               gboolean    take)
{
  GPtrArray *calls = g_hash_table_lookup (self->calls, method);

  WAIT_UNTIL (calls->len > 0);

  return take ? g_ptr_array_steal_index (calls, 0) : g_object_ref (g_ptr_array_index (calls, 0));
}

static JsonNode *
node_member (const SsValue *step,
             const char    *key)
{
  const SsValue *value = member (step, key);

  return value != NULL ? to_node (value) : NULL;
}

static ServerSignal *
hub_lookup (HubRun     *self,
            const char *name)
{
  ServerSignal *signal = g_hash_table_lookup (self->signals, name);

  g_assert_nonnull (signal);

  return signal;
}

static void
hub_add (HubRun        *self,
         const char    *name,
         const SsValue *value)
{
  g_autofree char *json = to_json (value);
  ServerSignal *signal = new_signal (name, json);
  g_autoptr (GError) error = NULL;

  server_signal_hub_add (self->hub, signal, &error);
  g_assert_no_error (error);
  g_hash_table_replace (self->signals, g_strdup (name), signal);
}

static void
hub_add_copy (HubRun        *self,
              const char    *name,
              const SsValue *value)
{
  static const char *const via[] = { "origin", NULL };
  g_autofree char *epoch = ss_epoch_new ();
  ServerSignal *copy = ss_signal_new_replica (name, NULL);
  g_autoptr (GError) error = NULL;

  ss_via_set (copy, via);
  ss_signal_replica_reset (copy, value, epoch, 0);
  server_signal_hub_add (self->hub, copy, &error);
  g_assert_no_error (error);
  g_hash_table_replace (self->signals, g_strdup (name), copy);
  g_ptr_array_add (self->copies, copy);
}

static void
hub_regain (ServerSignal  *copy,
            const SsValue *value)
{
  if (value != NULL)
    ss_signal_replica_reset (copy, value, NULL, server_signal_get_revision (copy) + 1);
  else
    ss_signal_replica_set_stale (copy, FALSE);
}

static void
hub_go_through (HubRun        *self,
                const SsValue *ids)
{
  g_autoptr (GStrvBuilder) via = g_strv_builder_new ();
  g_auto (GStrv) strings = NULL;

  for (guint i = 0; i < ss_value_length (ids); i++)
    g_strv_builder_add (via, ss_value_get_string (ss_array_get (ids, i), NULL));
  strings = g_strv_builder_end (via);
  for (guint i = 0; i < self->copies->len; i++)
    ss_via_set (g_ptr_array_index (self->copies, i), (const char *const *) strings);
}

/* Names of values that only the run knows: <hub> is the hub's id, <epoch N> the life of the signal
 * N. */
static char *
fill_in (HubRun        *self,
         const SsValue *frame)
{
  g_autofree char *json = to_json (frame);
  GString *text = g_string_new (json);
  GHashTableIter iter;
  const char *name;
  ServerSignal *signal;

  g_string_replace (text, "<hub>", server_signal_hub_get_id (self->hub), 0);
  g_hash_table_iter_init (&iter, self->signals);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &signal))
    {
      g_autofree char *place = g_strdup_printf ("<epoch %s>", name);

      g_string_replace (text, place, server_signal_get_epoch (signal), 0);
    }

  return g_string_free (text, FALSE);
}

static void
hub_expect (HubRun        *self,
            const SsValue *step,
            const SsValue *frames)
{
  for (guint i = 0; i < ss_value_length (frames); i++)
    {
      g_autofree char *expected_text = fill_in (self, ss_array_get (frames, i));
      g_autofree char *text = test_websocket_next (self->client);
      g_autoptr (SsValue) expected = from_json (expected_text);
      g_autoptr (SsValue) frame = from_json (text);
      int error = ss_object_find (frame, "error", strlen ("error"));

      /* Its words are for people. */
      if (error >= 0)
        {
          g_assert_nonnull (text_member (ss_object_value (frame, (guint) error), "message"));
          ss_value_make_writable (&frame);
          drop_member (ss_object_slot (frame, (guint) error), "message");
        }
      drop_member (&frame, "age");
      assert_same (step, frame, expected);
    }

  if (!self->plain && ss_value_length (frames) == 0)
    test_websocket_expect_silence (self->client);
  test_settle ();
  g_assert_true (g_queue_is_empty (&self->client->frames));
}

static gboolean
allow_cb (ServerSignalHub  *hub,
          ServerSignalPeer *peer,
          ServerSignal     *signal,
          gpointer          user_data)
{
  HubRun *self = user_data;

  return !g_hash_table_contains (self->hidden, server_signal_get_name (signal));
}

static void
hub_step (HubRun        *self,
          const SsValue *step)
{
  const char *key = ss_value_get_string (ss_object_key (step, 0), NULL);
  const SsValue *value = ss_object_value (step, 0);
  const char *name = ss_value_is_string (value) ? ss_value_get_string (value, NULL) : NULL;
  g_autoptr (GError) error = NULL;

  if (g_str_equal (key, "connect"))
    {
      g_autofree char *uri = server_signal_hub_dup_uri (self->hub);

      self->plain = g_str_equal (name, "plain");
      g_clear_pointer (&self->client, test_websocket_free);
      self->client = test_websocket_open (uri, self->plain ? NULL : name);
    }
  else if (g_str_equal (key, "in"))
    {
      for (guint i = 0; i < ss_value_length (value); i++)
        {
          g_autofree char *text = fill_in (self, ss_array_get (value, i));

          test_websocket_send (self->client, text);
        }
    }
  else if (g_str_equal (key, "in-text"))
    {
      test_websocket_send (self->client, name);
    }
  else if (g_str_equal (key, "out"))
    {
      hub_expect (self, step, value);
    }
  else if (g_str_equal (key, "closes"))
    {
      test_websocket_expect_close (self->client, (gushort) ss_value_get_int (value));
    }
  else if (g_str_equal (key, "set"))
    {
      g_autofree char *json = to_json (need (step, "value"));

      server_signal_set_json (hub_lookup (self, name), text_member (step, "pointer"), json, &error);
      g_assert_no_error (error);
    }
  else if (g_str_equal (key, "patch"))
    {
      g_autofree char *json = to_json (need (step, "operations"));
      g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (json, &error);

      g_assert_no_error (error);
      server_signal_apply_patch (hub_lookup (self, name), patch, &error);
      g_assert_no_error (error);
    }
  else if (g_str_equal (key, "add"))
    {
      hub_add (self, name, need (step, "value"));
    }
  else if (g_str_equal (key, "remove"))
    {
      server_signal_hub_remove (self->hub, hub_lookup (self, name));
    }
  else if (g_str_equal (key, "lose"))
    {
      ss_signal_replica_set_stale (hub_lookup (self, name), TRUE);
    }
  else if (g_str_equal (key, "regain"))
    {
      hub_regain (hub_lookup (self, name), member (step, "value"));
    }
  else if (g_str_equal (key, "through"))
    {
      hub_go_through (self, value);
    }
  else if (g_str_equal (key, "hide"))
    {
      g_hash_table_add (self->hidden, g_strdup (name));
      server_signal_hub_review (self->hub);
    }
  else if (g_str_equal (key, "show"))
    {
      g_hash_table_remove (self->hidden, name);
      server_signal_hub_review (self->hub);
    }
  else if (g_str_equal (key, "handle"))
    {
      hub_handle (self, name);
    }
  else if (g_str_equal (key, "return"))
    {
      g_autoptr (ServerSignalCall) call = hub_wait_call (self, name, TRUE);
      g_autoptr (JsonNode) node = node_member (step, "value");

      server_signal_call_return (call, node);
    }
  else if (g_str_equal (key, "fail"))
    {
      g_autoptr (ServerSignalCall) call = hub_wait_call (self, name, TRUE);
      g_autoptr (JsonNode) node = node_member (step, "data");

      server_signal_call_fail (call, text_member (step, "code"), "it failed", node);
    }
  else if (g_str_equal (key, "drop"))
    {
      g_autoptr (ServerSignalCall) call = hub_wait_call (self, name, TRUE);

      if (member (step, "cancelled") != NULL)
        WAIT_UNTIL (g_cancellable_is_cancelled (server_signal_call_get_cancellable (call)));
    }
  else if (g_str_equal (key, "progress"))
    {
      g_autoptr (ServerSignalCall) call = hub_wait_call (self, name, FALSE);
      g_autoptr (JsonNode) node = node_member (step, "value");

      server_signal_call_progress (call, node);
    }
  else if (g_str_equal (key, "expire"))
    {
      g_autoptr (ServerSignalPeer) peer =
        g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);
      g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

      server_signal_peer_set_expires (peer, now);
    }
  else if (g_str_equal (key, "freeze"))
    {
      g_object_freeze_notify (G_OBJECT (hub_lookup (self, name)));
    }
  else if (g_str_equal (key, "thaw"))
    {
      g_object_thaw_notify (G_OBJECT (hub_lookup (self, name)));
    }
  else
    {
      g_error ("No such step: %s", key);
    }
}

static void
test_hub (gconstpointer data)
{
  const SsValue *vector = data;
  const SsValue *steps = need (vector, "steps");
  const SsValue *signals = member (vector, "signals");
  const SsValue *copies = member (vector, "copies");
  HubRun run = { 0 };
  g_autoptr (GError) error = NULL;

  run.hub = server_signal_hub_new ();
  run.signals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  run.hidden = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_signal_connect (run.hub, "allow", G_CALLBACK (allow_cb), &run);
  run.calls =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  run.copies = g_ptr_array_new ();
  for (guint i = 0; signals != NULL && i < ss_value_length (signals); i++)
    hub_add (&run, ss_value_get_string (ss_object_key (signals, i), NULL),
             ss_object_value (signals, i));
  for (guint i = 0; copies != NULL && i < ss_value_length (copies); i++)
    hub_add_copy (&run, ss_value_get_string (ss_object_key (copies, i), NULL),
                  ss_object_value (copies, i));
  server_signal_hub_listen (run.hub, NULL, 0, &error);
  g_assert_no_error (error);

  for (guint i = 0; i < ss_value_length (steps); i++)
    hub_step (&run, ss_array_get (steps, i));

  g_clear_pointer (&run.client, test_websocket_free);
  WAIT_UNTIL (n_peers (run.hub) == 0);
  g_ptr_array_unref (run.copies);
  g_hash_table_unref (run.signals);
  g_hash_table_unref (run.hidden);
  g_hash_table_unref (run.calls);
  server_signal_hub_detach (run.hub);
  g_assert_finalize_object (run.hub);
}

static void
add_tests (const char    *root,
           const SsValue *vectors,
           GTestDataFunc  func)
{
  g_assert_cmpuint (ss_value_length (vectors), >, 10);
  for (guint i = 0; i < ss_value_length (vectors); i++)
    {
      const SsValue *vector = ss_array_get (vectors, i);
      g_autofree char *path =
        g_strdup_printf ("/vectors/%s/%s", root, text_member (vector, "name"));

      g_test_add_data_func (path, vector, func);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (SsValue) client = NULL;
  g_autoptr (SsValue) server = NULL;

  g_test_init (&argc, &argv, NULL);

  client = load ("client.json");
  server = load ("server.json");
  add_tests ("client", client, test_client);
  add_tests ("server", server, test_hub);

  return g_test_run ();
}
