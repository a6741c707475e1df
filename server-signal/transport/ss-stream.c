/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-stream.h"

#include "ss-base.h"
#include "ss-ends.h"
#include "ss-limits.h"
#include "ss-stall-detector.h"
#include "ss-queue.h"
#include "ss-socket.h"
#include "ss-websocket-frame.h"

struct _SsStream
{
  GIOStream              parent_instance;

  /* What every message needs stands together, from the end of this on. */
  SsBase                 base;
  guint                  started : 1;
  guint                  blocked : 1;    /* the rest of the queue waits for the peer */
  guint                  close_sent : 1; /* a close frame is queued: nothing may follow it */
  guint                  ended : 1;      /* the peer sends no more */
  guint                  failed : 1;     /* nothing more can be sent */
  guint                  drained : 1;    /* the last read took all there was */
  guint                  lingering : 1;  /* all is sent; the peer shall go first */
  guint                  cut : 1;        /* base is closed */
  guint                  heard : 1;      /* something came in, see ss_stream_was_heard() */
  SsQueue                queue;
  GTask                 *closing;        /* libsoup's close */
  SsPollerWatch          watch;
  SsLinkCounters            *counters;       /* or NULL */
  gsize                  counted;        /* bytes of the queue that stand in its backlog */
  SsStallDetector        stall;
  gint64                 deadline;
  guint64                n_writes;
  gint64                 n_sent;         /* bytes that the kernel has taken, or TLS */

  SsDeferred            *flow_call;      /* or NULL */
  GInputStream          *input;
  GOutputStream         *output;
  GSource               *waiting;        /* libsoup's, see ss_stream_set_waiting() */
  gsize                  budget;         /* bytes that may be read in this turn */
  gint64                 last_deadline;
  guint                  close_timeout_ms;
};

G_DEFINE_FINAL_TYPE (SsStream, ss_stream, G_TYPE_IO_STREAM)

static void flush_queue (SsStream *self);

static void
count_backlog (SsStream *self)
{
  if (self->counters == NULL)
    return;

  self->counters->backlog += (guint64) self->queue.n_bytes - (guint64) self->counted;
  self->counted = self->queue.n_bytes;
}

static void
clear_queue (SsStream *self)
{
  ss_queue_clear (&self->queue);
  count_backlog (self);
  self->blocked = FALSE;
  ss_stall_detector_clear (&self->stall);
}

/* The end */

static void
set_deadline (SsStream *self,
              guint     milliseconds)
{
  gint64 now = g_get_monotonic_time ();

  if (self->last_deadline == 0)
    self->last_deadline = now + SS_CLOSE_SECONDS_MAX * G_USEC_PER_SEC;

  self->deadline = MIN (now + milliseconds * G_GINT64_CONSTANT (1000), self->last_deadline);
  ss_poller_watch_set_ticking (&self->watch, TRUE);
}

static void
release_base (SsStream *self)
{
  if (self->cut)
    return;

  self->cut = TRUE;
  ss_poller_watch_set_fd (&self->watch, -1);
  ss_poller_watch_set_ticking (&self->watch, FALSE);
  clear_queue (self);
  ss_base_close (&self->base);
}

static void
finish_closing (SsStream *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->closing);

  release_base (self);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);

  ss_stream_settle (self);
}

static void
fail (SsStream *self)
{
  self->failed = TRUE;
  clear_queue (self);

  /* libsoup reads what the peer sent before it went, and then the end. */
  if (self->closing != NULL)
    finish_closing (self);
  else
    ss_poller_watch_kick (&self->watch);
}

/* Everything is sent: what still comes in is of no interest, only its end is. */
static void
linger (SsStream *self)
{
  guint8 buffer[4096];
  gsize budget = SS_TURN_BYTES;

  while (budget > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize n = ss_base_read (&self->base, buffer, MIN (sizeof (buffer), budget), &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return;

      if (n <= 0)
        {
          finish_closing (self);
          return;
        }

      budget -= (gsize) n;
    }
}

static void
base_closed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (SsStream) self = user_data;

  g_io_stream_close_finish (G_IO_STREAM (object), result, NULL);
  finish_closing (self);
}

/* libsoup has closed the stream and everything has left. */
static void
wait_for_peer (SsStream *self)
{
  if (self->ended || self->failed || !self->started)
    {
      finish_closing (self);
      return;
    }

  set_deadline (self, MIN (SS_LINGER_SECONDS * 1000, self->close_timeout_ms));
  if (self->base.direct)
    {
      self->lingering = TRUE;
      ss_base_shut_down (&self->base);
      ss_poller_watch_set_interest (&self->watch, G_IO_IN);
      linger (self);
    }
  else if (!self->base.closing)
    ss_base_close_async (&self->base, ss_poller_get_context (self->watch.poller),
                         base_closed_cb, g_object_ref (self));
}

/* Waiting for the peer */

static gboolean
base_readable_cb (GObject  *stream,
                  gpointer  user_data)
{
  SsStream *self = user_data;

  ss_base_stop_input (&self->base);
  ss_poller_watch_kick (&self->watch);

  return G_SOURCE_REMOVE;
}

static gboolean
base_writable_cb (GObject  *stream,
                  gpointer  user_data)
{
  g_autoptr (SsStream) self = g_object_ref (user_data);

  ss_base_stop_output (&self->base);
  self->blocked = FALSE;
  flush_queue (self);

  return G_SOURCE_REMOVE;
}

static void
update_interest (SsStream *self)
{
  GMainContext *context = ss_poller_get_context (self->watch.poller);

  if (self->cut || !self->started)
    return;

  if (self->base.direct)
    {
      /* Input stays watched while libsoup is busy with it, see ready_cb(). */
      gboolean in = self->lingering || (self->closing == NULL && (self->waiting != NULL
                                                                  || (self->watch.interest & G_IO_IN)));

      ss_poller_watch_set_interest (&self->watch, (in ? G_IO_IN : 0) | (self->blocked ? G_IO_OUT : 0));
      return;
    }

  if (self->waiting != NULL && self->closing == NULL)
    ss_base_await_input (&self->base, context, base_readable_cb, self);
  if (self->blocked)
    ss_base_await_output (&self->base, context, base_writable_cb, self);
}

/* Writing */

static void
call_flow (SsStream *self)
{
  if (self->flow_call != NULL)
    ss_poller_defer (self->watch.poller, self->flow_call);
}

static void
flush_queue (SsStream *self)
{
  gsize total = 0;

  if (self->cut || self->failed || self->base.closing)
    return;

  self->blocked = FALSE;
  while (!ss_queue_is_empty (&self->queue) && !self->blocked)
    {
      gsize written = 0;
      GPollableReturn result;

      self->n_writes++;
      result = ss_base_send (&self->base, &self->queue, &written);
      if (result == G_POLLABLE_RETURN_FAILED)
        {
          fail (self);
          return;
        }

      total += written;
      self->blocked = result == G_POLLABLE_RETURN_WOULD_BLOCK;
    }

  self->n_sent += (gint64) total;
  if (total > 0 && self->counters != NULL)
    self->counters->bytes += total;
  count_backlog (self);

  /* Nearly always: all has left, and there is nothing else to do. */
  if (!self->blocked && self->watch.ticking_index == 0 && self->watch.interest == G_IO_IN && self->closing == NULL
      && !self->stall.watches)
    {
      ss_stall_detector_clear (&self->stall);
      return;
    }

  if (!self->blocked)
    {
      ss_stall_detector_clear (&self->stall);
      if (self->deadline == 0)
        ss_poller_watch_set_ticking (&self->watch, FALSE);
    }
  else
    {
      ss_stall_detector_blocked (&self->stall, total > 0);
      if (self->stall.timeout_ms > 0)
        ss_poller_watch_set_ticking (&self->watch, TRUE);
    }

  if (ss_stall_detector_is_drained (&self->stall, self->queue.n_bytes))
    call_flow (self);

  if (total > 0 && self->deadline != 0 && !self->lingering)
    set_deadline (self, self->close_timeout_ms);

  update_interest (self);
  if (self->closing != NULL && !self->lingering && ss_queue_is_empty (&self->queue))
    wait_for_peer (self);
}

/* The poller */

static void
flush_cb (gpointer object)
{
  SsStream *self = object;
  /* Nobody is called, who might drop the stream, unless it is closing. */
  g_autoptr (SsStream) keep = self->closing != NULL ? g_object_ref (self) : NULL;

  flush_queue (self);
}

static gboolean
ready_cb (gpointer     object,
          GIOCondition condition)
{
  SsStream *self = object;

  if ((condition & G_IO_OUT) != 0)
    flush_queue (self);

  if (self->lingering && !self->cut && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0)
    linger (self);
  else if (self->closing != NULL && (condition & (G_IO_HUP | G_IO_ERR)) != 0)
    fail (self);

  if (self->cut || self->closing != NULL)
    {
      if (self->waiting != NULL)
        ss_input_wake (self->waiting);
      return self->cut;
    }

  if (condition == G_IO_OUT)
    return FALSE;

  if (self->waiting == NULL)
    {
      /* libsoup wants no more. */
      ss_poller_watch_set_interest (&self->watch, self->watch.interest & ~G_IO_IN);
      return FALSE;
    }

  self->budget = SS_TURN_BYTES;
  self->drained = FALSE;
  ss_input_wake (self->waiting);

  return TRUE;
}

static void
tick_cb (gpointer object,
         gint64   now)
{
  SsStream *self = object;

  if (self->blocked && ss_stall_detector_takes (&self->stall, ss_base_get_fd (&self->base), now)
      && self->deadline != 0 && !self->lingering)
    set_deadline (self, self->close_timeout_ms);

  if (self->deadline != 0 && now >= self->deadline)
    ss_stream_cut (self);
  else if (ss_stall_detector_is_stalled (&self->stall, now))
    call_flow (self);
}

static const SsPollerWatchFuncs watch_funcs = {
  .flush = flush_cb,
  .ready = ready_cb,
  .tick = tick_cb,
};

/* libsoup's side */

void
ss_stream_set_waiting (SsStream *self,
                       GSource  *source)
{
  self->waiting = source;
  if (source == NULL)
    return;

  if (self->cut)
    ss_poller_watch_kick (&self->watch);
  else
    update_interest (self);
}

GSource *
ss_stream_get_waiting (SsStream *self)
{
  return self->waiting;
}

void
ss_stream_settle (SsStream *self)
{
  ss_poller_watch_settle (&self->watch);
  ss_poller_watch_kick (&self->watch);
}

gssize
ss_stream_read (SsStream  *self,
                void      *buffer,
                gsize      count,
                GError   **error)
{
  g_autoptr (GError) local_error = NULL;
  gssize n;

  if (self->cut)
    return 0;

  /* A peer that sends without a pause must let the others have their turn. And after a read that
   * was not filled the next would only ask the kernel for nothing; epoll tells if more has come. */
  if (self->budget == 0 || (self->drained && !self->failed))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Nothing more in this turn");
      return -1;
    }

  n = ss_base_read (&self->base, buffer, MIN (count, self->budget), &local_error);
  if (n > 0)
    {
      self->heard = TRUE;
      self->budget -= (gsize) n;
      self->drained = self->base.direct && (gsize) n < count;
      return n;
    }

  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) && !self->failed)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return -1;
    }

  self->ended = TRUE;
  if (n == 0 || self->failed)
    return 0;

  self->failed = TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));

  return -1;
}

gssize
ss_stream_write (SsStream    *self,
                 const void  *buffer,
                 gsize        count,
                 GError     **error)
{
  if (self->cut || self->failed)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed");
      return -1;
    }

  /* libsoup writes whole frames: all that it ever wrote has been taken at once. */
  if (self->close_sent || count == 0)
    return (gssize) count;

  switch ((guint) ss_websocket_frame_opcode (buffer))
    {
    case SS_OPCODE_CLOSE:
      self->close_sent = TRUE;
      ss_queue_push_copy (&self->queue, buffer, count);
      set_deadline (self, self->close_timeout_ms);
      break;

    case SS_OPCODE_PONG:
      ss_queue_push_pong (&self->queue, buffer, count);
      break;

    default:
      ss_queue_push_copy (&self->queue, buffer, count);
      break;
    }

  count_backlog (self);
  if (!self->blocked)
    ss_poller_watch_queue_flush (&self->watch);

  return (gssize) count;
}

/* GIOStream */

static GInputStream *
ss_stream_get_input_stream (GIOStream *stream)
{
  return SS_STREAM (stream)->input;
}

static GOutputStream *
ss_stream_get_output_stream (GIOStream *stream)
{
  return SS_STREAM (stream)->output;
}

static gboolean
ss_stream_close (GIOStream     *stream,
                 GCancellable  *cancellable,
                 GError       **error)
{
  ss_stream_cut (SS_STREAM (stream));

  return TRUE;
}

static void
ss_stream_close_async (GIOStream           *stream,
                       int                  io_priority,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  SsStream *self = SS_STREAM (stream);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ss_stream_close_async);
  g_assert (self->closing == NULL);
  self->closing = task;

  if (self->cut || self->failed)
    {
      finish_closing (self);
      return;
    }

  set_deadline (self, self->close_timeout_ms);
  flush_queue (self);
  /* The peer has gone: what it did not take at once, it will not take at all. */
  if (self->ended && self->closing != NULL)
    finish_closing (self);
}

static gboolean
ss_stream_close_finish (GIOStream     *stream,
                        GAsyncResult  *result,
                        GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ss_stream_dispose (GObject *object)
{
  SsStream *self = SS_STREAM (object);

  release_base (self);

  G_OBJECT_CLASS (ss_stream_parent_class)->dispose (object);
}

static void
ss_stream_finalize (GObject *object)
{
  SsStream *self = SS_STREAM (object);

  ss_poller_watch_clear (&self->watch);
  ss_input_detach (SS_INPUT (self->input));
  ss_output_detach (SS_OUTPUT (self->output));
  g_object_unref (self->input);
  g_object_unref (self->output);
  ss_base_clear (&self->base);
  g_clear_pointer (&self->counters, ss_link_counters_unref);

  G_OBJECT_CLASS (ss_stream_parent_class)->finalize (object);
}

static void
ss_stream_class_init (SsStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->dispose = ss_stream_dispose;
  object_class->finalize = ss_stream_finalize;

  stream_class->get_input_stream = ss_stream_get_input_stream;
  stream_class->get_output_stream = ss_stream_get_output_stream;
  stream_class->close_fn = ss_stream_close;
  stream_class->close_async = ss_stream_close_async;
  stream_class->close_finish = ss_stream_close_finish;
}

static void
ss_stream_init (SsStream *self)
{
  self->input = ss_input_new (self);
  self->output = ss_output_new (self);
  self->close_timeout_ms = SS_CLOSE_SECONDS * 1000;
}

SsStream *
ss_stream_new (GIOStream *base,
               SsPoller  *poller)
{
  SsStream *self = g_object_new (SS_TYPE_STREAM, NULL);

  ss_base_init (&self->base, base);
  ss_poller_watch_init (&self->watch, poller, G_OBJECT (self), &watch_funcs);

  return self;
}

void
ss_stream_start (SsStream *self)
{
  if (self->started || self->cut)
    return;

  self->started = TRUE;
  if (self->base.direct)
    {
      ss_poller_watch_set_interest (&self->watch, G_IO_IN);
      ss_base_watch (&self->base, &self->watch);
    }
  if (self->base.stream == NULL)
    return;

  update_interest (self);

  /* What came in the handshake's packet is in a buffer of libsoup's, where no descriptor tells of
   * it. */
  ss_poller_watch_kick (&self->watch);
}

void
ss_stream_set_close_timeout (SsStream *self,
                             guint     milliseconds)
{
  self->close_timeout_ms = milliseconds;
}

void
ss_stream_push (SsStream  *self,
                SsMessage *message)
{
  if (!ss_stream_is_writable (self))
    return;

  ss_queue_push (&self->queue, message);
  if (self->counters != NULL)
    self->counters->frames++;
  count_backlog (self);
  if (!self->blocked)
    ss_poller_watch_queue_flush (&self->watch);
}

void
ss_stream_push_close (SsStream *self,
                      gushort   code)
{
  guint8 frame[SS_CLOSE_FRAME_BYTES];

  ss_websocket_frame_close (frame, code);
  ss_stream_discard (self);
  if (ss_stream_is_writable (self))
    ss_stream_write (self, frame, sizeof (frame), NULL);
}

void
ss_stream_discard (SsStream *self)
{
  if (self->close_sent)
    return;

  ss_queue_discard (&self->queue);
  count_backlog (self);
}

void
ss_stream_cut (SsStream *self)
{
  if (!self->cut)
    finish_closing (self);
}

gboolean
ss_stream_is_writable (SsStream *self)
{
  return !self->close_sent && !self->cut && !self->failed && self->closing == NULL;
}

gsize
ss_stream_get_backlog (SsStream *self)
{
  return self->queue.n_bytes;
}

gint64
ss_stream_get_stalled_since (SsStream *self)
{
  return self->stall.stalled_since;
}

void
ss_stream_set_flow_call (SsStream   *self,
                         SsDeferred *call)
{
  self->flow_call = call;
}

void
ss_stream_when_drained (SsStream *self,
                        gsize     mark)
{
  self->stall.watches = TRUE;
  self->stall.mark = mark;
}

gboolean
ss_stream_take_drained (SsStream *self)
{
  return ss_stall_detector_take_drained (&self->stall);
}

void
ss_stream_set_stall_timeout (SsStream *self,
                             guint     milliseconds)
{
  self->stall.timeout_ms = milliseconds;
}

gboolean
ss_stream_take_stalled (SsStream *self)
{
  return ss_stall_detector_take_stalled (&self->stall);
}

gboolean
ss_stream_push_ping (SsStream *self)
{
  if (self->blocked || !ss_stream_is_writable (self))
    return FALSE;

  ss_queue_push_ping (&self->queue);
  count_backlog (self);
  ss_poller_watch_queue_flush (&self->watch);

  return TRUE;
}

gboolean
ss_stream_was_heard (SsStream *self)
{
  /* When this program had no time to read, it may be there all the same. */
  gboolean heard = self->heard || (!self->cut && ss_socket_has_input (ss_base_get_fd (&self->base)));

  self->heard = FALSE;

  return heard;
}

gint64
ss_stream_get_n_queued (SsStream *self)
{
  return self->n_sent + (gint64) self->queue.n_bytes;
}

gint64
ss_stream_get_n_confirmed (SsStream *self)
{
  return self->cut ? self->n_sent : self->n_sent - MAX (ss_socket_get_unsent (ss_base_get_fd (&self->base)), 0);
}

void
ss_stream_set_user_timeout (SsStream *self,
                            guint     milliseconds)
{
  ss_base_set_user_timeout (&self->base, milliseconds);
}

void
ss_stream_set_counters (SsStream   *self,
                        SsLinkCounters *counters)
{
  g_assert (self->counters == NULL && ss_queue_is_empty (&self->queue));

  self->counters = counters != NULL ? ss_link_counters_ref (counters) : NULL;
}

guint64
ss_stream_get_n_writes (SsStream *self)
{
  return self->n_writes;
}

void
ss_stream_enter (SsStream *self)
{
  ss_poller_watch_enter (&self->watch);
}

void
ss_stream_leave (SsStream *self)
{
  ss_poller_watch_leave (&self->watch);
}

void
ss_stream_run (SsStream *self)
{
  ss_poller_watch_run (&self->watch);
}
