/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server/ss-registry.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"

typedef struct
{
  SsFlusher  *flusher;
  SsCounters *counters;
  SsRegistry *registry;
  SsRegistry *other;
  GString    *heard;
} Fixture;

static void
changed_cb (SsRegistry *registry,
            const char *name,
            guint       slot,
            gboolean    published,
            gpointer    user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->heard, "%c%s", published ? '+' : '-', name);
}

static void
via_changed_cb (SsRegistry *registry,
                gpointer    user_data)
{
  Fixture *self = user_data;

  g_string_append_c (self->heard, '~');
}

static const SsRegistryFuncs registry_funcs = {
  .changed = changed_cb,
  .via_changed = via_changed_cb,
};

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->flusher = ss_flusher_new (NULL);
  self->counters = ss_counters_new ();
  self->registry = ss_registry_new ("here", self->flusher, self->counters, &registry_funcs, self);
  self->other = ss_registry_new ("here", self->flusher, self->counters, &registry_funcs, self);
  self->heard = g_string_new (NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  ss_registry_free (self->registry);
  ss_registry_free (self->other);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  ss_flusher_unref (self->flusher);
  ss_counters_unref (self->counters);
  g_string_free (self->heard, TRUE);
}

static ServerSignal *
add (SsRegistry *registry,
     const char *name)
{
  g_autoptr (ServerSignal) signal = server_signal_new (name, NULL);
  g_autoptr (GError) error = NULL;

  ss_registry_add (registry, signal, SS_HISTORY_BYTES, &error);
  g_assert_no_error (error);

  /* The registry has a reference. */
  return signal;
}

/* A walk sees each that is there once, in the order in which they came, whatever goes and comes
 * meanwhile. */
static void
test_walk (Fixture       *self,
           gconstpointer  data)
{
  guint64 place = 0;
  guint64 other = 0;
  ServerSignal *a, *b;

  g_assert_null (ss_registry_next (self->registry, &place));
  g_assert_cmpuint (place, ==, 0);

  a = add (self->registry, "a");
  add (self->other, "x");
  b = add (self->registry, "b");
  add (self->registry, "c");

  g_assert_cmpstr (ss_registry_next (self->registry, &place), ==, "a");
  g_assert_cmpstr (ss_registry_next (self->other, &other), ==, "x");
  /* In one order with those of the other. */
  g_assert_cmpuint (place, <, other);

  /* The one of the place goes and comes again, and so does one that has not been seen. */
  g_object_ref (a);
  g_assert_true (ss_registry_remove (self->registry, a));
  g_assert_true (ss_registry_remove (self->registry, b));
  ss_registry_add (self->registry, a, SS_HISTORY_BYTES, NULL);
  g_object_unref (a);
  g_assert_cmpstr (ss_registry_next (self->registry, &place), ==, "c");
  g_assert_cmpuint (place, >, other);
  g_assert_cmpstr (ss_registry_next (self->registry, &place), ==, "a");
  g_assert_null (ss_registry_next (self->registry, &place));
  add (self->registry, "d");
  g_assert_cmpstr (ss_registry_next (self->registry, &place), ==, "d");
  g_assert_null (ss_registry_next (self->registry, &place));
  g_assert_cmpstr (self->heard->str, ==, "+a+x+b+c-a-b+a+d");
}

/* A replica without data is there and not published, and takes its place when it is. */
static void
test_not_ready (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (ServerSignal) replica = ss_signal_new_replica ("r", NULL);
  g_autoptr (SsValue) document = ss_value_new_int (1);
  guint64 place = 0;

  g_assert_true (ss_registry_add (self->registry, replica, SS_HISTORY_BYTES, NULL));
  g_assert_cmpuint (ss_registry_get_length (self->registry), ==, 1);
  g_assert_null (ss_registry_next (self->registry, &place));
  add (self->registry, "a");
  ss_signal_replica_reset (replica, document, "epoch", 1);
  g_assert_cmpstr (ss_registry_next (self->registry, &place), ==, "a");
  g_assert_cmpstr (ss_registry_next (self->registry, &place), ==, "r");
  g_assert_cmpstr (self->heard->str, ==, "+a+r");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/registry/walk", Fixture, NULL, set_up, test_walk, tear_down);
  g_test_add ("/registry/not-ready", Fixture, NULL, set_up, test_not_ready, tear_down);

  return g_test_run ();
}
