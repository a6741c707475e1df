/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * An object is used in its own thread only, and says so in any other. */

#include "config.h"

#include <libserver-signal.h>
#include <libsoup/soup.h>

#include "test-utils.h"

typedef void (*Call) (gpointer object);

typedef struct
{
  Call     call;
  gpointer object;
} Job;

static gpointer
run_job (gpointer user_data)
{
  const Job *job = user_data;

  job->call (job->object);
  return NULL;
}

static void
call_elsewhere (Call     call,
                gpointer object)
{
  Job job = { call, object };

  g_thread_join (g_thread_new ("elsewhere", run_job, &job));
}

/* The call says that it is the wrong thread, n times, and names each function by the pattern. */
static void
assert_refused (Call        call,
                gpointer    object,
                guint       n,
                const char *pattern)
{
  for (guint i = 0; i < n; i++)
    g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, pattern);
  call_elsewhere (call, object);
  g_test_assert_expected_messages ();
}

static JsonNode *
other_cb (JsonNode *copy,
          gpointer  user_data)
{
  g_assert_not_reached ();
}

static void
write_signal (gpointer object)
{
  ServerSignal *signal = object;
  g_autoptr (JsonNode) node = json_from_string ("{\"a\":2}", NULL);
  g_autoptr (ServerSignalPatch) patch =
    server_signal_patch_new_from_json ("[{\"op\":\"remove\",\"path\":\"/a\"}]", NULL);
  g_autoptr (GObject) source = g_object_new (G_TYPE_OBJECT, NULL);
  GError *error = NULL;

  g_assert_false (server_signal_set_value (signal, NULL, node, &error));
  g_assert_false (server_signal_set_json (signal, NULL, "{}", &error));
  g_assert_false (server_signal_set_int (signal, "/a", 2, &error));
  g_assert_false (server_signal_set_double (signal, "/a", 2.5, &error));
  g_assert_false (server_signal_set_boolean (signal, "/a", TRUE, &error));
  g_assert_false (server_signal_set_string (signal, "/a", "b", &error));
  g_assert_false (server_signal_insert_value (signal, "/b", node, &error));
  g_assert_false (server_signal_insert_json (signal, "/b", "2", &error));
  g_assert_false (server_signal_remove (signal, "/a", &error));
  g_assert_false (server_signal_move (signal, "/a", "/b", &error));
  g_assert_false (server_signal_apply_patch (signal, patch, &error));
  g_assert_false (server_signal_update (signal, other_cb, NULL, &error));
  g_assert_false (server_signal_track_object (signal, "/o", source, &error));
  server_signal_discard (signal);
  server_signal_untrack (signal, "/o");
  /* A mistake of the programmer's sets no error. */
  g_assert_no_error (error);
}

static void
read_signal (gpointer object)
{
  ServerSignal *signal = object;

  g_assert_false (server_signal_has (signal, "/a"));
  g_assert_null (server_signal_dup_value (signal, NULL));
  g_assert_null (server_signal_dup_json (signal, NULL));
  g_assert_cmpint (server_signal_get_int (signal, "/a"), ==, 0);
  g_assert_cmpfloat (server_signal_get_double (signal, "/a"), ==, 0.0);
  g_assert_false (server_signal_get_boolean (signal, "/a"));
  g_assert_null (server_signal_dup_string (signal, "/a"));
  g_assert_cmpuint (server_signal_get_n_elements (signal, NULL), ==, 0);
  g_assert_null (server_signal_list_members (signal, NULL));
  g_assert_null (server_signal_view_new (signal, "/a"));
  g_assert_null (server_signal_list_new (signal, "/a", G_TYPE_INVALID));
  /* The name never changes, so it can be had anywhere. */
  g_assert_cmpstr (server_signal_get_name (signal), ==, "s");
}

static void
test_signal (void)
{
  ServerSignal *signal = server_signal_new_from_json ("s", "{\"a\":1}", NULL);
  g_autofree char *json = NULL;

  assert_refused (write_signal, signal, 15, "server_signal_*() was called in another thread*");
  assert_refused (read_signal, signal, 11, "server_signal_*() was called in another thread*");

  json = server_signal_dup_json (signal, NULL);
  g_assert_cmpstr (json, ==, "{\"a\":1}");
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);
  g_assert_finalize_object (signal);
}

static void
use_views (gpointer object)
{
  gpointer *views = object;

  g_assert_null (server_signal_view_dup_value (views[0]));
  g_assert_cmpint (server_signal_view_get_int_value (views[0]), ==, 0);
  g_assert_null (g_list_model_get_item (views[1], 0));
  g_assert_cmpuint (g_list_model_get_n_items (views[1]), ==, 0);
}

/* Language bindings call g_object_new(), and not the functions that refuse another thread. */
static void
make_views (gpointer object)
{
  g_autoptr (ServerSignalView) view = NULL;
  g_autoptr (ServerSignalList) list = NULL;

  view = g_object_new (SERVER_TYPE_SIGNAL_VIEW, "signal", object, "pointer", "/a", NULL);
  list = g_object_new (SERVER_TYPE_SIGNAL_LIST, "signal", object, "pointer", "/l", NULL);
  g_assert_cmpint (server_signal_view_get_int_value (view), ==, 0);
  g_assert_null (server_signal_view_dup_value (view));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 0));
  server_signal_list_set_announces_edits (list, TRUE);
}

static void
test_views (void)
{
  ServerSignal *signal = server_signal_new_from_json ("s", "{\"a\":1,\"l\":[1,2]}", NULL);
  gpointer views[] = {
    server_signal_view_new (signal, "/a"),
    server_signal_list_new (signal, "/l", SERVER_TYPE_SIGNAL_VIEW),
  };

  assert_refused (use_views, views, 4, "*() was called in another thread*");
  assert_refused (make_views, signal, 2, "*_constructed() was called in another thread*");
  g_assert_cmpint (server_signal_view_get_int_value (views[0]), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (views[1]), ==, 2);

  g_assert_finalize_object (views[0]);
  g_assert_finalize_object (views[1]);
  g_assert_finalize_object (signal);
}

static void
use_hub (gpointer object)
{
  gpointer *objects = object;
  ServerSignalHub *hub = objects[0];
  g_autoptr (SoupServer) server = g_object_ref (objects[2]);
  GError *error = NULL;

  g_assert_false (server_signal_hub_add (hub, objects[1], &error));
  server_signal_hub_remove (hub, objects[1]);
  g_assert_null (server_signal_hub_lookup (hub, "s"));
  g_assert_false (server_signal_hub_listen (hub, NULL, 0, &error));
  server_signal_hub_attach (hub, server, "/ws");
  server_signal_hub_detach (hub);
  server_signal_hub_set_max_peers (hub, 1);
  server_signal_hub_close (hub);
  g_assert_no_error (error);
}

static void
test_hub (void)
{
  gpointer objects[] = {
    server_signal_hub_new (),
    server_signal_new ("s", NULL),
    soup_server_new (NULL, NULL),
  };

  server_signal_hub_add (objects[0], objects[1], NULL);
  assert_refused (use_hub, objects, 8, "server_signal_hub_*() was called in another thread*");
  g_assert_true (server_signal_hub_lookup (objects[0], "s") == objects[1]);
  g_assert_cmpuint (server_signal_hub_get_max_peers (objects[0]), !=, 1);

  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    g_assert_finalize_object (objects[i]);
}

static void
use_client (gpointer object)
{
  ServerSignalClient *client = object;

  g_assert_null (server_signal_client_get_signal (client, "s"));
  server_signal_client_release (client, "s");
  server_signal_client_start (client);
  server_signal_client_stop (client);
  server_signal_client_set_uri (client, "ws://127.0.0.1:2/ws");
  g_object_set (client, "uri", "ws://127.0.0.1:2/ws", NULL);
  g_object_set (client, "retry-min", 7, NULL);
  g_object_set (client, "max-document", 70000, NULL);
}

static void
test_client (void)
{
  ServerSignalClient *client = server_signal_client_new ("ws://127.0.0.1:1/ws");

  assert_refused (use_client, client, 8, "server_signal_client_*() was called in another thread*");
  g_assert_cmpint (server_signal_client_get_state (client), ==, SERVER_SIGNAL_CLIENT_STATE_IDLE);
  g_assert_cmpstr (server_signal_client_get_uri (client), ==, "ws://127.0.0.1:1/ws");
  g_assert_cmpuint (server_signal_client_get_retry_min (client), ==, 500);
  server_signal_client_stop (client);
  g_assert_finalize_object (client);
}

/* Two writers used to crash. */

static int n_refused;

static GLogWriterOutput
count_cb (GLogLevelFlags   level,
          const GLogField *fields,
          gsize            n_fields,
          gpointer         user_data)
{
  g_atomic_int_inc (&n_refused);
  return G_LOG_WRITER_HANDLED;
}

static gpointer
write_often (gpointer user_data)
{
  for (int i = 0; i < 2000; i++)
    server_signal_set_json (user_data, "/a", i % 2 ? "[1,2,{\"b\":3}]" : "{\"c\":[4]}", NULL);

  return NULL;
}

static void
test_two_writers (void)
{
  if (g_test_subprocess ())
    {
      ServerSignal *signal = server_signal_new_from_json ("s", "{}", NULL);
      GThread *threads[2];

      g_log_set_always_fatal (G_LOG_FATAL_MASK);
      g_log_set_writer_func (count_cb, NULL, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("writer", write_often, signal);
      write_often (signal);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);

      g_assert_cmpint (g_atomic_int_get (&n_refused), ==, 4000);
      g_assert_cmpuint (server_signal_get_revision (signal), ==, 2000);
      g_assert_finalize_object (signal);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

/* The thread that runs the context is the one, wherever the objects were made; and when nobody
 * runs it any more, again the one that has made them. */

typedef struct
{
  GMainContext *context;
  GMainLoop    *loop;
  ServerSignal *signal;
  gboolean      is_written;
} Elsewhere;

static gboolean
write_cb (gpointer user_data)
{
  Elsewhere *self = user_data;

  self->is_written = server_signal_set_int (self->signal, "/a", 1, NULL);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
run_context (gpointer user_data)
{
  Elsewhere *self = user_data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
test_handed_over (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  Elsewhere self = { context, loop, NULL, FALSE };
  g_autoptr (GSource) source = g_idle_source_new ();

  g_main_context_push_thread_default (context);
  self.signal = server_signal_new_from_json ("s", "{\"a\":0}", NULL);
  g_main_context_pop_thread_default (context);

  /* Nobody runs it yet. */
  g_assert_true (server_signal_set_int (self.signal, "/a", 5, NULL));

  g_source_set_callback (source, write_cb, &self, NULL);
  g_source_attach (source, context);
  g_thread_join (g_thread_new ("runs", run_context, &self));
  g_assert_true (self.is_written);

  g_assert_cmpint (server_signal_get_int (self.signal, "/a"), ==, 1);
  g_assert_true (server_signal_set_int (self.signal, "/a", 2, NULL));
  g_assert_finalize_object (self.signal);
}

/* While a thread runs the context, its maker is as foreign as anybody. */

static gboolean
touch_cb (gpointer user_data)
{
  Elsewhere *self = user_data;

  server_signal_get_int (self->signal, "/a");
  g_atomic_int_set (&self->is_written, TRUE);
  return G_SOURCE_REMOVE;
}

static void
test_given_away (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  Elsewhere self = { context, loop, NULL, FALSE };
  g_autoptr (GSource) source = g_idle_source_new ();
  GThread *thread;

  g_main_context_push_thread_default (context);
  self.signal = server_signal_new_from_json ("s", "{\"a\":0}", NULL);
  g_main_context_pop_thread_default (context);

  g_source_set_callback (source, touch_cb, &self, NULL);
  g_source_attach (source, context);
  thread = g_thread_new ("runs", run_context, &self);
  while (!g_atomic_int_get (&self.is_written))
    g_thread_yield ();

  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*another thread*");
  g_assert_false (server_signal_set_int (self.signal, "/a", 2, NULL));
  g_test_assert_expected_messages ();

  g_main_loop_quit (loop);
  g_thread_join (thread);
  g_assert_cmpint (server_signal_get_int (self.signal, "/a"), ==, 0);
  g_assert_finalize_object (self.signal);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/owner/signal", test_signal);
  g_test_add_func ("/owner/views", test_views);
  g_test_add_func ("/owner/hub", test_hub);
  g_test_add_func ("/owner/client", test_client);
  g_test_add_func ("/owner/two-writers", test_two_writers);
  g_test_add_func ("/owner/handed-over", test_handed_over);
  g_test_add_func ("/owner/given-away", test_given_away);

  return g_test_run ();
}
