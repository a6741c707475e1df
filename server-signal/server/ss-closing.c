/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-closing.h"

#include <glib/gi18n-lib.h>

#include "server-signal-peer-private.h"
#include "ss-clear-source.h"

typedef struct
{
  GTask      *task;
  GHashTable *peers; /* those that are still there, a reference on each */
  GSource    *timer;
  GSource    *cancelled;
  gulong      handler;
  guint       n_cut;
  gboolean    cutting;
} Closing;

static void
closing_finish (Closing *self)
{
  g_signal_handler_disconnect (g_task_get_source_object (self->task), self->handler);
  ss_clear_source (&self->timer);
  ss_clear_source (&self->cancelled);

  if (!g_task_return_error_if_cancelled (self->task))
    {
      if (self->n_cut > 0)
        g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                 g_dngettext (GETTEXT_PACKAGE,
                                              "%u client was cut off before it had taken all",
                                              "%u clients were cut off before they had taken all",
                                              self->n_cut),
                                 self->n_cut);
      else
        g_task_return_boolean (self->task, TRUE);
    }

  g_hash_table_unref (self->peers);
  g_object_unref (self->task);
  g_free (self);
}

static void
peer_removed_cb (GObject          *hub,
                 ServerSignalPeer *peer,
                 gpointer          user_data)
{
  Closing *self = user_data;

  g_hash_table_remove (self->peers, peer);

  /* While they are being cut there is more to do than this one. */
  if (g_hash_table_size (self->peers) == 0 && !self->cutting)
    closing_finish (self);
}

static gboolean
timeout_cb (gpointer user_data)
{
  Closing *self = user_data;
  guint n_peers;
  g_autofree gpointer *peers = g_hash_table_get_keys_as_array (self->peers, &n_peers);

  for (guint i = 0; i < n_peers; i++)
    g_object_ref (peers[i]);

  self->n_cut = n_peers;
  self->cutting = TRUE;
  for (guint i = 0; i < n_peers; i++)
    {
      ss_peer_cut (peers[i]);
      g_object_unref (peers[i]);
    }
  self->cutting = FALSE;

  if (g_hash_table_size (self->peers) == 0)
    closing_finish (self);

  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  closing_finish (user_data);

  return G_SOURCE_REMOVE;
}

void
ss_closing_start (GTask        *task,
                  GPtrArray    *peers,
                  guint         timeout_ms,
                  GMainContext *context)
{
  Closing *self;
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (peers->len == 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  self = g_new0 (Closing, 1);
  self->task = g_object_ref (task);
  self->peers = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  for (guint i = 0; i < peers->len; i++)
    g_hash_table_add (self->peers, g_object_ref (g_ptr_array_index (peers, i)));
  self->handler = g_signal_connect (g_task_get_source_object (task), "peer-removed",
                                    G_CALLBACK (peer_removed_cb), self);

  self->timer = g_timeout_source_new (timeout_ms);
  g_source_set_static_name (self->timer, "[server-signal] closing: timeout");
  g_source_set_callback (self->timer, timeout_cb, self, NULL);
  g_source_attach (self->timer, context);

  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_static_name (self->cancelled, "[server-signal] closing: cancelled");
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (cancelled_cb), self, NULL);
      g_source_attach (self->cancelled, context);
    }
}
