/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-dialer.h"

#include "server-signal-error.h"
#include "ss-limits.h"
#include "ss-network-watch.h"
#include "ss-sleep-monitor.h"

/* Between two tries that the network makes for, in microseconds. */
#define NETWORK_PERIOD G_USEC_PER_SEC

/* A server whose data cannot be used has to have sent good ones for so long before the waits begin
 * anew, or it would be back at once with more of the same; in milliseconds. */
#define GOOD_FOR_MS 60000

struct _SsDialer
{
  GMainContext        *context;
  SsDialerTarget      *target;
  const SsDialerFuncs *funcs;
  gpointer             user_data;

  SsConnection        *connection;
  guint                serial;
  gint64               settled_at;    /* monotonic; 0: it is not */
  GSource             *retry;         /* while waiting */
  gint64               not_before;    /* the server wants no earlier try, monotonic; 0: none */
  guint                n_unauthorized; /* in a row */
  GError              *refusal;       /* until the owner has answered to unauthorized() */
  gboolean             refusal_final;
  guint                refusal_asked;
  SsNetworkWatch      *network_watch; /* from the first try */
  gint64               network_at;    /* the last try that the network made for, monotonic */
  SsSleepMonitor      *sleep_monitor; /* while connected, connecting or waiting */
};

/* Every function here calls back last of all, as the callback may free the dialer. */

static void
stop_waiting (SsDialer *self)
{
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

static gboolean
retry_cb (gpointer user_data)
{
  ss_dialer_dial (user_data);

  return G_SOURCE_REMOVE;
}

/* Tries at the next good moment instead of the end of the wait. */
static void
hasten (SsDialer *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 due = MAX (MAX (now, self->network_at + NETWORK_PERIOD), self->not_before);

  if (self->retry == NULL)
    return;

  /* The failures before were those of another network. */
  ss_backoff_reset (&self->target->backoff);

  /* Each address and each route is told, many at once, and the last may be the one that was
   * missing. A server that wants to be left alone is left alone on any network. */
  if (g_source_get_ready_time (self->retry) > due)
    {
      self->network_at = MAX (now, self->network_at + NETWORK_PERIOD);
      g_source_set_ready_time (self->retry, due);
    }
}

static void
network_changed_cb (gboolean available,
                    gpointer user_data)
{
  SsDialer *self = user_data;

  if (self->connection != NULL)
    ss_connection_probe (self->connection);
  else if (available)
    hasten (self);
}

static void
woken_cb (gint64   slept,
          gpointer user_data)
{
  SsDialer *self = user_data;

  if (self->not_before != 0)
    self->not_before -= slept;

  if (self->connection != NULL)
    ss_connection_probe (self->connection);
  else
    hasten (self);
}

static void
drop_connection (SsDialer *self,
                 gushort   code)
{
  if (self->connection == NULL)
    return;

  ss_connection_close (self->connection, code);
  g_clear_object (&self->connection);
  self->serial++;
}

/* The connection before the loss may have been a good one, after which all counts begin anew. */
static void
count_good (SsDialer     *self,
            const GError *error)
{
  SsBackoff *backoff = &self->target->backoff;
  gint64 lasted = 0;

  if (self->settled_at != 0)
    lasted = (g_get_monotonic_time () - self->settled_at) / 1000;
  self->settled_at = 0;
  if (lasted == 0 || (error->domain == SERVER_SIGNAL_ERROR && lasted <= GOOD_FOR_MS))
    return;

  if (lasted > ss_backoff_ceiling (backoff))
    self->n_unauthorized = 0;
  ss_backoff_lasted (backoff, lasted);
}

/* Tries again after the delay and the time that the server wants to be left alone, both in
 * milliseconds. */
static void
retry_after (SsDialer *self,
             guint     delay,
             guint     asked)
{
  if (asked > 0)
    self->not_before = g_get_monotonic_time () + asked * (gint64) 1000;

  self->retry = g_timeout_source_new (delay < G_MAXUINT - asked ? delay + asked : G_MAXUINT);
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, self->context);
}

/* asked: the time that the server wants to be left alone, in milliseconds. */
static void
lose (SsDialer     *self,
      gboolean      final,
      guint         asked,
      const GError *error)
{
  SsBackoff *backoff = &self->target->backoff;
  guint delay;

  count_good (self, error);
  if (!ss_backoff_failed (backoff, &delay))
    final = TRUE;

  if (final)
    {
      self->n_unauthorized = 0;
      g_clear_pointer (&self->sleep_monitor, ss_sleep_monitor_free);
    }
  else
    {
      /* The wait after that is as random as ever, so that not all clients come at once. */
      retry_after (self, delay, asked);
    }

  self->funcs->lost (final, error, self->user_data);
}

static void
opened_cb (SsConnection *connection,
           gboolean      plain,
           gpointer      user_data)
{
  SsDialer *self = user_data;

  self->funcs->opened (plain, self->user_data);
}

static void
message_cb (SsConnection *connection,
            const char   *text,
            gsize         length,
            gpointer      user_data)
{
  SsDialer *self = user_data;

  self->funcs->message (text, length, self->user_data);
}

static void
lost_cb (SsConnection *connection,
         gboolean      final,
         const GError *error,
         gpointer      user_data)
{
  SsDialer *self = user_data;
  guint asked = ss_connection_get_retry_after (connection);

  gboolean unauthorized = ss_connection_is_unauthorized (connection);

  drop_connection (self, 0);
  count_good (self, error);
  if (!unauthorized || self->n_unauthorized >= SS_UNAUTHORIZED_TRIES)
    {
      lose (self, final, asked, error);
      return;
    }

  self->refusal = g_error_copy (error);
  self->refusal_final = final;
  self->refusal_asked = asked;
  self->funcs->unauthorized (++self->n_unauthorized, error, self->user_data);
}

static const SsConnectionFuncs connection_funcs = {
  .opened = opened_cb,
  .message = message_cb,
  .lost = lost_cb,
};

SsDialer *
ss_dialer_new (GMainContext        *context,
               SsDialerTarget      *target,
               const SsDialerFuncs *funcs,
               gpointer             user_data)
{
  SsDialer *self = g_new0 (SsDialer, 1);

  self->context = g_main_context_ref (context);
  self->target = target;
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

void
ss_dialer_free (SsDialer *self)
{
  ss_dialer_hang_up (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  g_clear_pointer (&self->network_watch, ss_network_watch_free);
  g_main_context_unref (self->context);
  g_free (self);
}

void
ss_dialer_dial (SsDialer *self)
{
  SsDialerTarget *target = self->target;
  g_autoptr (GError) error = NULL;

  g_assert (self->connection == NULL);

  stop_waiting (self);
  self->not_before = 0;
  if (self->network_watch == NULL)
    self->network_watch = ss_network_watch_new (self->context, network_changed_cb, self);
  if (self->sleep_monitor == NULL)
    self->sleep_monitor = ss_sleep_monitor_new (self->context, woken_cb, self);

  self->serial++;
  self->connection = ss_connection_new (self->context, &connection_funcs, self);
  if (ss_connection_open (self->connection, target->session, target->uri, &target->limits, &error))
    {
      self->funcs->dialing (self->user_data);
    }
  else
    {
      drop_connection (self, 0);
      g_clear_pointer (&self->sleep_monitor, ss_sleep_monitor_free);
      self->funcs->lost (TRUE, error, self->user_data);
    }
}

void
ss_dialer_answer (SsDialer *self,
                  gboolean  again)
{
  g_autoptr (GError) error = g_steal_pointer (&self->refusal);

  if (error == NULL)
    return;

  if (!again)
    {
      lose (self, self->refusal_final, self->refusal_asked, error);
      return;
    }

  /* A server that says when to come back means it. */
  retry_after (self, 0, self->refusal_asked);
  self->funcs->lost (FALSE, error, self->user_data);
}

void
ss_dialer_hang_up (SsDialer *self,
                   gushort   code)
{
  stop_waiting (self);
  g_clear_error (&self->refusal);
  self->n_unauthorized = 0;
  g_clear_pointer (&self->sleep_monitor, ss_sleep_monitor_free);
  drop_connection (self, code);
  self->settled_at = 0;
}

void
ss_dialer_give_up (SsDialer     *self,
                   const GError *error)
{
  if (self->connection == NULL)
    return;

  drop_connection (self, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
  lose (self, FALSE, 0, error);
}

void
ss_dialer_settled (SsDialer *self)
{
  if (self->connection == NULL)
    return;

  /* A handshake proves little: a server may complete it and then not say hello. */
  if (self->settled_at == 0)
    self->settled_at = g_get_monotonic_time ();
  ss_connection_settled (self->connection);
}

void
ss_dialer_send (SsDialer  *self,
                SsMessage *message)
{
  if (self->connection != NULL)
    ss_connection_send (self->connection, message);
}

guint
ss_dialer_get_serial (SsDialer *self)
{
  return self->serial;
}
