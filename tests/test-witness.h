/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "libserver-signal.h"

#include "json/ss-node.h"
#include "json/ss-writer.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"

G_BEGIN_DECLS

/* Sees everything that a signal announces, and checks what holds for each commit: one "patched"
 * and then one notify::value, a revision that goes up by one, and a patch that leads from the
 * document before to the one after. */
typedef struct
{
  ServerSignal *signal;     /* not held */
  guint         n_watched;
  guint         n_patched;
  guint         n_value;
  guint         n_revision;
  guint64       revision;
  SsValue      *mirror;     /* made by following the patches */
  char         *patch;      /* the text of the last one */
  guint         watch;
} Witness;

static inline void
witness_commit_cb (ServerSignal   *signal,
                   const SsCommit *commit,
                   gpointer        user_data)
{
  Witness *self = user_data;

  g_assert_cmpuint (self->n_watched, ==, self->n_patched);
  g_assert_cmpuint (commit->base, ==, self->revision);
  g_assert_cmpuint (commit->revision, ==, self->revision + 1);
  g_assert_cmpuint (commit->revision, ==, server_signal_get_revision (signal));
  g_assert_false (commit->new_epoch);
  self->n_watched++;
  self->revision = commit->revision;
}

static inline void
witness_patched_cb (ServerSignal      *signal,
                    ServerSignalPatch *patch,
                    gpointer           user_data)
{
  Witness *self = user_data;
  g_autoptr (SsValue) committed = ss_signal_ref_committed (signal);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (self->n_patched, ==, self->n_value);
  g_assert_cmpuint (self->n_watched, ==, self->n_patched + 1);
  self->n_patched++;

  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), >, 0);
  ss_patch_apply (patch, &self->mirror, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ss_value_equal (self->mirror, committed));

  g_free (self->patch);
  self->patch = server_signal_patch_to_json (patch);
}

static inline void
witness_value_cb (Witness *self)
{
  self->n_value++;
  g_assert_cmpuint (self->n_patched, ==, self->n_value);
}

static inline void
witness_revision_cb (Witness *self)
{
  self->n_revision++;
}

static inline Witness *
witness_new (ServerSignal *signal)
{
  Witness *self = g_new0 (Witness, 1);

  self->signal = signal;
  self->mirror = ss_signal_ref_committed (signal);
  self->revision = server_signal_get_revision (signal);
  self->watch = ss_signal_watch (signal, witness_commit_cb, self);
  g_signal_connect (signal, "patched", G_CALLBACK (witness_patched_cb), self);
  g_signal_connect_swapped (signal, "notify::value", G_CALLBACK (witness_value_cb), self);
  g_signal_connect_swapped (signal, "notify::revision", G_CALLBACK (witness_revision_cb), self);

  return self;
}

static inline void
witness_free (Witness *self)
{
  ss_signal_unwatch (self->signal, self->watch);
  g_signal_handlers_disconnect_by_data (self->signal, self);
  ss_value_clear (&self->mirror);
  g_free (self->patch);
  g_free (self);
}

/* Exactly so many commits since witness_new(). */
#define assert_commits(witness, n) \
  G_STMT_START \
  { \
    g_assert_cmpuint ((witness)->n_watched, ==, (n)); \
    g_assert_cmpuint ((witness)->n_patched, ==, (n)); \
    g_assert_cmpuint ((witness)->n_value, ==, (n)); \
    g_assert_cmpuint ((witness)->n_revision, ==, (n)); \
  } \
  G_STMT_END

/* JSON in the tests is written with single quotes. */
static inline char *
quoted (const char *json)
{
  return json != NULL ? g_strdelimit (g_strdup (json), "'", '"') : NULL;
}

#define assert_quoted(text, expected) \
  G_STMT_START \
  { \
    g_autofree char *quoted_expected = quoted (expected); \
    g_assert_cmpstr ((text), ==, quoted_expected); \
  } \
  G_STMT_END

#define assert_json(signal, pointer, expected) \
  G_STMT_START \
  { \
    g_autofree char *json_now = server_signal_dup_json ((signal), (pointer)); \
    assert_quoted (json_now, (expected)); \
  } \
  G_STMT_END

/* The last one that was announced. */
#define assert_patch(witness, expected) assert_quoted ((witness)->patch, (expected))

#define assert_committed(signal, expected) \
  G_STMT_START \
  { \
    g_autoptr (SsValue) value_committed = ss_signal_ref_committed (signal); \
    g_autofree char *json_committed = ss_value_to_json (value_committed, NULL); \
    assert_quoted (json_committed, (expected)); \
  } \
  G_STMT_END

static inline ServerSignal *
signal_of (const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = quoted (json);
  ServerSignal *signal = server_signal_new_from_json ("test", text, &error);

  g_assert_no_error (error);
  return signal;
}

static inline JsonNode *
node_of (const char *json)
{
  g_autoptr (ServerSignal) signal = signal_of (json);

  return server_signal_dup_value (signal, NULL);
}

G_END_DECLS
