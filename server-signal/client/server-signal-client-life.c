/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* A client's life: how it gets connected, what it makes of what its connection says, and how it
 * ends. */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "server-signal-client-private.h"

static void
set_error (ServerSignalClient *self,
           const GError       *error)
{
  if (self->error == NULL && error == NULL)
    return;

  g_clear_error (&self->error);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  ss_client_notify (self, SS_CLIENT_PROP_ERROR);
}

static void
set_state (ServerSignalClient      *self,
           ServerSignalClientState  state)
{
  gboolean had_protocol = server_signal_client_get_protocol (self) != NULL;

  if (self->state == state)
    return;

  self->state = state;
  ss_client_notify (self, SS_CLIENT_PROP_STATE);
  if (had_protocol != (server_signal_client_get_protocol (self) != NULL))
    ss_client_notify (self, SS_CLIENT_PROP_PROTOCOL);
}

/* The openers, who are not waiting any more. They are told last, for their callbacks may do
 * anything. */
static GPtrArray *
steal_openers (ServerSignalClient *self)
{
  GPtrArray *openers = g_steal_pointer (&self->openers);

  self->openers = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < openers->len; i++)
    {
      GSource *cancelled = g_task_get_task_data (g_ptr_array_index (openers, i));

      if (cancelled != NULL)
        g_source_destroy (cancelled);
    }

  return openers;
}

static void
tell_openers (GPtrArray    *openers,
              const GError *error)
{
  for (guint i = 0; i < openers->len; i++)
    {
      GTask *task = g_ptr_array_index (openers, i);

      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_boolean (task, TRUE);
    }
}

static void
dialing_cb (gpointer user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);

  set_state (self, SERVER_SIGNAL_CLIENT_STATE_CONNECTING);
}

static void
opened_cb (gboolean plain,
           gpointer user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) openers = NULL;
  gboolean had_via = server_signal_client_get_via (self) != NULL;

  /* A plain server is silent until one of its signals changes. */
  if (plain)
    ss_dialer_settled (self->dialer);

  g_object_freeze_notify (G_OBJECT (self));
  set_error (self, NULL);
  set_state (self, SERVER_SIGNAL_CLIENT_STATE_OPEN);
  ss_replicas_opened (self->replicas, plain, self->target.limits.max_message);
  if (had_via != (server_signal_client_get_via (self) != NULL))
    ss_client_notify (self, SS_CLIENT_PROP_VIA);
  g_object_thaw_notify (G_OBJECT (self));

  /* Handlers may have stopped the client, which told those who waited. */
  if (self->state != SERVER_SIGNAL_CLIENT_STATE_OPEN)
    return;

  openers = steal_openers (self);
  tell_openers (openers, NULL);
}

static void
message_cb (const char *text,
            gsize       length,
            gpointer    user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  gboolean greeted = ss_replicas_is_greeted (self->replicas);
  gboolean plain = ss_replicas_is_plain (self->replicas);
  guint serial = ss_dialer_get_serial (self->dialer);
  g_autoptr (GError) error = NULL;
  gboolean good;

  good = ss_replicas_take (self->replicas, text, length, &error);

  /* Handlers may have stopped the client, and started it again. */
  if (ss_dialer_get_serial (self->dialer) != serial)
    return;

  if (!good)
    {
      ss_dialer_give_up (self->dialer, error);
    }
  else if (!greeted && ss_replicas_is_greeted (self->replicas))
    {
      ss_dialer_settled (self->dialer);
      if (plain != ss_replicas_is_plain (self->replicas))
        ss_client_notify (self, SS_CLIENT_PROP_PROTOCOL);
      ss_client_notify (self, SS_CLIENT_PROP_VIA);
    }
}

static void
lost_cb (gboolean      final,
         const GError *error,
         gpointer      user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) openers = final ? steal_openers (self) : NULL;

  /* Whoever looks at the client while the replicas go stale sees why. */
  g_object_freeze_notify (G_OBJECT (self));
  set_error (self, error);
  set_state (self, final ? SERVER_SIGNAL_CLIENT_STATE_CLOSED : SERVER_SIGNAL_CLIENT_STATE_WAITING);
  ss_replicas_lost (self->replicas);
  g_object_thaw_notify (G_OBJECT (self));

  if (final)
    tell_openers (openers, error);
}

static const SsDialerFuncs dialer_funcs = {
  .dialing = dialing_cb,
  .opened = opened_cb,
  .message = message_cb,
  .lost = lost_cb,
};

static void
send_cb (SsMessage *message,
         gpointer   user_data)
{
  ServerSignalClient *self = user_data;

  ss_dialer_send (self->dialer, message);
}

static void
fault_cb (const GError *error,
          gpointer      user_data)
{
  ServerSignalClient *self = user_data;

  ss_dialer_give_up (self->dialer, error);
}

static void
notice_cb (const GError *error,
           gpointer      user_data)
{
  set_error (user_data, error);
}

static const SsReplicasFuncs replicas_funcs = {
  .send = send_cb,
  .fault = fault_cb,
  .notice = notice_cb,
};

void
ss_client_equip (ServerSignalClient *self)
{
  self->openers = g_ptr_array_new_with_free_func (g_object_unref);
  self->replicas = ss_replicas_new (self->context, &replicas_funcs, self);
  self->dialer = ss_dialer_new (self->context, &self->target, &dialer_funcs, self);
}

void
ss_client_abandon (ServerSignalClient *self)
{
  ss_dialer_hang_up (self->dialer, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  self->state = SERVER_SIGNAL_CLIENT_STATE_IDLE;
  ss_replicas_lost (self->replicas);
}

/**
 * server_signal_client_start:
 * @self: a client
 *
 * Connects now, and again whenever the connection is lost.
 *
 * A client that waits for its next try tries at once; one that is connecting or connected goes on.
 * After `CLOSED` it begins anew.
 *
 * Since: 1.0
 */
void
server_signal_client_start (ServerSignalClient *self)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));

  switch (self->state)
    {
    case SERVER_SIGNAL_CLIENT_STATE_CONNECTING:
    case SERVER_SIGNAL_CLIENT_STATE_OPEN:
      return;

    case SERVER_SIGNAL_CLIENT_STATE_WAITING:
      ss_dialer_dial (self->dialer);
      return;

    case SERVER_SIGNAL_CLIENT_STATE_IDLE:
    case SERVER_SIGNAL_CLIENT_STATE_CLOSED:
    default:
      ss_backoff_reset (&self->target.backoff);
      g_object_freeze_notify (G_OBJECT (self));
      set_error (self, NULL);
      ss_dialer_dial (self->dialer);
      g_object_thaw_notify (G_OBJECT (self));
      return;
    }
}

/**
 * server_signal_client_stop:
 * @self: a client
 *
 * Closes the connection, or ends the wait for the next one; the client is `IDLE`.
 *
 * The replicas keep their documents, and go stale. [method@SignalClient.open_async] that is under
 * way ends with `G_IO_ERROR_CANCELLED`.
 *
 * Since: 1.0
 */
void
server_signal_client_stop (ServerSignalClient *self)
{
  g_autoptr (GPtrArray) openers = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));

  if (self->state == SERVER_SIGNAL_CLIENT_STATE_IDLE)
    return;

  ss_dialer_hang_up (self->dialer, SOUP_WEBSOCKET_CLOSE_NORMAL);
  openers = steal_openers (self);

  g_object_freeze_notify (G_OBJECT (self));
  set_error (self, NULL);
  set_state (self, SERVER_SIGNAL_CLIENT_STATE_IDLE);
  ss_replicas_lost (self->replicas);
  g_object_thaw_notify (G_OBJECT (self));

  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The client was stopped"));
  tell_openers (openers, error);
}

static gboolean
opener_cancelled_cb (GCancellable *cancellable,
                     gpointer      user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  ServerSignalClient *self = g_task_get_source_object (task);

  g_ptr_array_remove (self->openers, task);
  /* It may have been reset meanwhile. */
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                           _("The wait for the connection was cancelled"));

  return G_SOURCE_REMOVE;
}

static void
destroy_source (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

/**
 * server_signal_client_open_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the client is connected
 * @user_data: data for @callback
 *
 * Starts the client, as [method@SignalClient.start], and tells when it is connected.
 *
 * The client tries again for as long as it takes: only what closes it for good is a failure.
 * Cancelling ends the waiting and not the client, which [method@SignalClient.stop] does. As with
 * every asynchronous operation the client lives until it is done.
 *
 * ```js
 * Gio._promisify (ServerSignal.SignalClient.prototype, 'open_async');
 * await client.open_async (null);
 * ```
 *
 * In Python `await client.open_async ()` works from PyGObject 3.50 on; the page
 * [Clients](clients.html) has what does it before.
 *
 * Since: 1.0
 */
void
server_signal_client_open_async (ServerSignalClient  *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_client_open_async);

  if (g_task_return_error_if_cancelled (task))
    return;

  if (self->state == SERVER_SIGNAL_CLIENT_STATE_OPEN)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  if (cancellable != NULL)
    {
      GSource *source = g_cancellable_source_new (cancellable);

      g_source_set_callback (source, G_SOURCE_FUNC (opener_cancelled_cb), task, NULL);
      g_source_attach (source, self->context);
      g_task_set_task_data (task, source, destroy_source);
    }

  g_ptr_array_add (self->openers, g_object_ref (task));
  server_signal_client_start (self);
}

/**
 * server_signal_client_open_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends what [method@SignalClient.open_async] began.
 *
 * Errors: `G_IO_ERROR_CANCELLED` when it was cancelled or the client was stopped;
 * `SERVER_SIGNAL_ERROR_CLOSED` when the server does not want the client;
 * `G_IO_ERROR_INVALID_ARGUMENT` when the URI is none of a WebSocket; and, where
 * [property@SignalClient:retry-limit] is set, the error of the last try.
 *
 * Returns: whether the client got connected
 *
 * Since: 1.0
 */
gboolean
server_signal_client_open_finish (ServerSignalClient  *self,
                                  GAsyncResult        *result,
                                  GError             **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
