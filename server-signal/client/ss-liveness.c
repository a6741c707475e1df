/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n-lib.h>
#ifdef SS_LINUX
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#endif

#include "transport/ss-socket.h"
#include "ss-liveness.h"

#include "ss-clear-source.h"

/* Between a deadline for a sign of life and giving up, in milliseconds. */
#define GRACE_MS 100
/* Between two probes, in milliseconds. */
#define PROBE_PERIOD_MS 1000
/* Between two looks at how much has come, in milliseconds. */
#define LOOK_MS(self) (500 * (self)->keepalive)

struct _SsLiveness
{
  GMainContext            *context;
  SoupWebsocketConnection *socket;
  guint                    keepalive;
  SsLivenessFunc           dead;
  gpointer                 user_data;

  GSource                 *deadline;  /* for a sign of life; NULL without a keepalive */
  gint64                   heard;     /* the time of the last one, monotonic */
  guint64                  received;  /* bytes by then */
  gboolean                 missed;    /* the deadline is over, the grace is not */

  GSource                 *probe;     /* to send the next one, or the deadline of the present one */
  gboolean                 probing;   /* there is one without an answer */
  gboolean                 probe_missed;   /* its deadline is over, the grace is not */
  gint64                   probed_at;      /* the time of the last one, monotonic; 0: none */
  guint64                  probe_received; /* bytes by then */
};

static void
set_timeout (SsLiveness   *self,
             GSource     **source,
             guint         interval,
             GSourceFunc   func)
{
  ss_clear_source (source);
  *source = g_timeout_source_new (interval);
  g_source_set_callback (*source, func, self, NULL);
  g_source_attach (*source, self->context);
}

/* Counts the bytes that have come over the socket, the unread ones among them; 0: the socket does
 * not tell. libsoup tells of a frame when all of it is there, and over a slow link that is long
 * after its first byte, with no room for a pong between. */
static guint64
count_received (SsLiveness *self)
{
#ifdef SS_LINUX
  GIOStream *stream = soup_websocket_connection_get_io_stream (self->socket);
  GSocket *socket = ss_socket_find (stream);
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  if (socket != NULL &&
      getsockopt (g_socket_get_fd (socket), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
      size >= offsetof (struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
    return info.tcpi_bytes_received;
#endif

  return 0;
}

static void
hear (SsLiveness *self)
{
  self->heard = g_get_monotonic_time ();
  self->received = count_received (self);
}

static gboolean
deadline_cb (gpointer user_data)
{
  SsLiveness *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean reading;
  gint64 left;

  if (count_received (self) > self->received)
    hear (self);

  left = self->heard + 2 * (gint64) self->keepalive * G_USEC_PER_SEC - g_get_monotonic_time ();
  reading = left > 0 || !self->missed;

  /* After the deadline there is a moment more: when this program was busy for that long itself,
   * then the sign of life lies in the socket and has not been read. */
  self->missed = left <= 0;
  if (reading)
    {
      /* The time at which the bytes since the last look came is not known, so looks are frequent.
       * */
      set_timeout (self, &self->deadline,
                   left > 0 ? MIN ((guint) (left / 1000) + 1, LOOK_MS (self)) : GRACE_MS,
                   deadline_cb);
      return G_SOURCE_REMOVE;
    }

  error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       _("Nothing was heard of the server for %u seconds"), 2 * self->keepalive);
  self->dead (error, self->user_data);

  return G_SOURCE_REMOVE;
}

/* Bytes that came before the probe was sent are no answer to it: they may have lain in the socket
 * while the machine slept. Where the socket does not tell, they count as one. */
static gboolean
is_answered (SsLiveness *self)
{
  guint64 received = count_received (self);

  return received > 0 ? received > self->probe_received : self->heard >= self->probed_at;
}

static void
look_for_answer (SsLiveness *self)
{
  if (!self->probing || !is_answered (self))
    return;

  ss_clear_source (&self->probe);
  self->probing = FALSE;
  soup_websocket_connection_set_keepalive_interval (self->socket, self->keepalive);
}

static gboolean
probe_deadline_cb (gpointer user_data)
{
  SsLiveness *self = user_data;
  g_autoptr (GError) error = NULL;

  look_for_answer (self);
  if (!self->probing)
    return G_SOURCE_REMOVE;

  /* The answer may lie unread in a socket that does not tell, as this program was busy itself. */
  if (count_received (self) == 0 && !self->probe_missed)
    {
      self->probe_missed = TRUE;
      set_timeout (self, &self->probe, GRACE_MS, probe_deadline_cb);
      return G_SOURCE_REMOVE;
    }

  error =
    g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 _("The server did not answer within %u seconds after the network changed or "
                         "the computer woke up"),
                    SS_LIVENESS_PROBE_MS / 1000);
  self->dead (error, self->user_data);

  return G_SOURCE_REMOVE;
}

/* libsoup sends pings from its own timer and not otherwise. That timer is the only one of its kind
 * whose data is the socket, and is run now; a libsoup with another kind of timer sends a ping a
 * second later. */
static void
send_ping (SsLiveness *self)
{
  GMainContext *contexts[] = { self->context, g_main_context_get_thread_default () };

  if (self->keepalive == 0)
    soup_websocket_connection_set_keepalive_interval (self->socket, 1);

  for (guint i = 0; i < G_N_ELEMENTS (contexts); i++)
    {
      GSource *timer =
        g_main_context_find_source_by_funcs_user_data (contexts[i], &g_timeout_funcs, self->socket);

      if (timer != NULL)
        {
          g_source_set_ready_time (timer, 0);
          return;
        }
    }

  soup_websocket_connection_set_keepalive_interval (self->socket, 1);
}

static gboolean
send_probe_cb (gpointer user_data)
{
  SsLiveness *self = user_data;

  self->probing = TRUE;
  self->probe_missed = FALSE;
  self->probed_at = g_get_monotonic_time ();
  self->probe_received = count_received (self);
  set_timeout (self, &self->probe, SS_LIVENESS_PROBE_MS, probe_deadline_cb);
  send_ping (self);

  return G_SOURCE_REMOVE;
}

static void
pong_cb (SoupWebsocketConnection *socket,
         GBytes                  *message,
         gpointer                 user_data)
{
  SsLiveness *self = user_data;

  hear (self);
  look_for_answer (self);
}

SsLiveness *
ss_liveness_new (GMainContext            *context,
                 SoupWebsocketConnection *socket,
                 guint                    keepalive,
                 SsLivenessFunc           dead,
                 gpointer                 user_data)
{
  SsLiveness *self = g_new0 (SsLiveness, 1);

  self->context = g_main_context_ref (context);
  self->socket = socket;
  self->keepalive = keepalive;
  self->dead = dead;
  self->user_data = user_data;
  hear (self);
  g_signal_connect (socket, "pong", G_CALLBACK (pong_cb), self);

  if (keepalive > 0)
    {
      soup_websocket_connection_set_keepalive_interval (socket, keepalive);
      /* libsoup sends pings but does not miss the pongs. */
      set_timeout (self, &self->deadline, LOOK_MS (self), deadline_cb);
    }

  return self;
}

void
ss_liveness_free (SsLiveness *self)
{
  g_signal_handlers_disconnect_by_data (self->socket, self);
  ss_clear_source (&self->deadline);
  ss_clear_source (&self->probe);
  g_main_context_unref (self->context);
  g_free (self);
}

void
ss_liveness_heard (SsLiveness *self)
{
  self->heard = g_get_monotonic_time ();
  look_for_answer (self);
}

void
ss_liveness_probe (SsLiveness *self)
{
  gint64 wait;

  /* The answer to the last probe may not have been read yet, and says nothing of what has happened
   * since it came. */
  look_for_answer (self);
  if (self->probe != NULL)
    return;

  wait = self->probed_at + PROBE_PERIOD_MS * (gint64) 1000 - g_get_monotonic_time ();
  if (self->probed_at == 0 || wait <= 0)
    send_probe_cb (self);
  else
    set_timeout (self, &self->probe, (guint) (wait / 1000) + 1, send_probe_cb);
}
