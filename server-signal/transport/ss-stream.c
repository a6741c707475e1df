/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-stream.h"

#include <libsoup/soup.h>

#include "ss-base.h"
#include "ss-ends.h"
#include "ss-frame-meter.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-socket.h"
#include "ss-websocket-frame.h"

struct _SsStream
{
  GIOStream              parent_instance;

  /* The fields that every message needs stand together, from here on. */
  SsBase                 base;
  guint                  started : 1;
  guint                  close_sent : 1; /* a close frame is queued: nothing may follow it */
  guint                  ended : 1;      /* the peer sends no more */
  guint                  failed : 1;     /* nothing more can be sent */
  guint                  drained : 1;    /* the last read took all there was */
  guint                  lingering : 1;  /* all is sent; the peer shall go first */
  guint                  cut : 1;        /* base is closed */
  guint                  held : 1;       /* nothing is read, see ss_stream_hold_input() */
  guint                  turned_away : 1; /* libsoup reads no more of it */
  guint                  heard : 1;      /* something came in, see ss_stream_was_heard() */
  guint                  close_timeout_ms;
  SsSender               sender;
  GTask                 *closing;        /* libsoup's close */
  SsPollerWatch          watch;
  gint64                 deadline;

  SsEnds                 ends;
  const SsStreamFuncs   *funcs;          /* or NULL */
  gpointer               owner;
  gsize                  budget;         /* bytes that may be read in this turn */
  gint64                 last_deadline;

  SsFrameMeter           meter;          /* of what comes in */
  SsUnfinishedEntry      unfinished;
  gsize                  n_within;       /* bytes of a message that is under way */
  gint64                 within_since;   /* that a message is under way; 0: none is */
};

G_DEFINE_FINAL_TYPE (SsStream, ss_stream, G_TYPE_IO_STREAM)

static void flush (SsStream *self);

/* The end */

static void
update_ticking (SsStream *self)
{
  ss_poller_watch_set_ticking (&self->watch,
                               !self->cut &&
                                 (self->deadline != 0 || self->within_since != 0 ||
                                  (self->sender.blocked && self->sender.stall.timeout_ms > 0)));
}

static void
set_deadline (SsStream *self,
              guint     milliseconds)
{
  gint64 now = g_get_monotonic_time ();

  if (self->last_deadline == 0)
    self->last_deadline = now + SS_CLOSE_SECONDS_MAX * G_USEC_PER_SEC;

  self->deadline = MIN (now + milliseconds * G_GINT64_CONSTANT (1000), self->last_deadline);
  update_ticking (self);
}

static void
release_base (SsStream *self)
{
  if (self->cut)
    return;

  self->cut = TRUE;
  ss_unfinished_remove (ss_poller_get_unfinished (self->watch.poller), &self->unfinished);
  ss_poller_watch_set_fd (&self->watch, -1);
  ss_poller_watch_set_ticking (&self->watch, FALSE);
  ss_sender_clear (&self->sender);
  ss_base_close (&self->base);
}

/* Something other than input is ready in the context in which libsoup waits. */
static void
settle (SsStream *self)
{
  ss_poller_watch_settle (&self->watch);
  ss_poller_watch_kick (&self->watch);
}

static void
finish_closing (SsStream *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->closing);

  release_base (self);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);

  settle (self);
}

static void
fail (SsStream *self)
{
  self->failed = TRUE;
  ss_sender_clear (&self->sender);

  /* libsoup reads what the peer sent before it went, and then the end. */
  if (self->closing != NULL)
    finish_closing (self);
  else
    ss_poller_watch_kick (&self->watch);
}

/* Everything is sent: of what still comes in only the end is of interest. */
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
    ss_base_close_async (&self->base, ss_poller_get_context (self->watch.poller), base_closed_cb,
                         g_object_ref (self));
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
  self->sender.blocked = FALSE;
  flush (self);

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
      gboolean wanted = self->ends.waiting != NULL || (self->watch.interest & G_IO_IN) != 0;
      gboolean in = self->lingering || (self->closing == NULL && wanted && !self->held);

      ss_poller_watch_set_interest (&self->watch,
                                    (in ? G_IO_IN : 0) | (self->sender.blocked ? G_IO_OUT : 0));
      return;
    }

  if (self->ends.waiting != NULL && self->closing == NULL && !self->held)
    ss_base_await_input (&self->base, context, base_readable_cb, self);
  if (self->sender.blocked)
    ss_base_await_output (&self->base, context, base_writable_cb, self);
}

/* Writing */

static void
flush (SsStream *self)
{
  gsize sent;

  if (self->cut || self->failed || self->base.closing)
    return;

  if (!ss_sender_send (&self->sender, &self->base, &sent))
    {
      fail (self);
      return;
    }

  /* Nearly always: all has left, and there is nothing else to do. */
  if (!self->sender.blocked && self->watch.ticking_index == 0 && self->watch.interest == G_IO_IN &&
      self->closing == NULL && !self->sender.has_mark)
    return;

  update_ticking (self);
  if (ss_sender_take_drained (&self->sender) && self->funcs != NULL)
    self->funcs->drained (self->owner);

  if (sent > 0 && self->deadline != 0 && !self->lingering)
    set_deadline (self, self->close_timeout_ms);

  update_interest (self);
  if (self->closing != NULL && !self->lingering && ss_sender_is_empty (&self->sender))
    wait_for_peer (self);
}

/* The queue leaves before the loop waits again, or when the peer takes again. */
static void
flush_later (SsStream *self)
{
  if (!self->sender.blocked)
    ss_poller_watch_queue_flush (&self->watch);
}

static void
push_frame (SsStream   *self,
            const void *frame,
            gsize       length)
{
  ss_sender_push_frame (&self->sender, frame, length);
  if (ss_websocket_frame_opcode (frame) == SS_OPCODE_CLOSE)
    {
      self->close_sent = TRUE;
      set_deadline (self, self->close_timeout_ms);
    }
  flush_later (self);
}

/* The poller */

static void
flush_cb (gpointer object)
{
  SsStream *self = object;
  /* Nobody who might drop the stream is called, unless it is closing. */
  g_autoptr (SsStream) keep = self->closing != NULL ? g_object_ref (self) : NULL;

  flush (self);
}

static gboolean
ready_cb (gpointer     object,
          GIOCondition condition)
{
  SsStream *self = object;

  if ((condition & G_IO_OUT) != 0)
    flush (self);

  if (self->lingering && !self->cut && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0)
    linger (self);
  else if (self->closing != NULL && (condition & (G_IO_HUP | G_IO_ERR)) != 0)
    fail (self);

  if (self->cut || self->closing != NULL)
    {
      ss_ends_wake (&self->ends);
      return self->cut;
    }

  if (condition == G_IO_OUT)
    return FALSE;

  if (self->ends.waiting == NULL || self->held)
    {
      /* libsoup wants no more, or shall get no more. */
      ss_poller_watch_set_interest (&self->watch, self->watch.interest & ~(guint) G_IO_IN);
      return FALSE;
    }

  self->budget = SS_TURN_BYTES;
  self->meter.n_frames = 0;
  self->drained = FALSE;
  ss_ends_wake (&self->ends);

  return TRUE;
}

/* The peer has done what it may not: it is told so in front of what waits for it, and what it sends
 * from here on nobody reads. */
static void
turn_away (SsStream *self)
{
  ss_stream_push_close (self, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION);
  self->turned_away = TRUE;
}

static void
log_dropped (SsStream   *self,
             const char *reason)
{
  g_autoptr (GSocketAddress) address = ss_socket_dup_log_address (ss_base_get_fd (&self->base));

  ss_log_info ("peer-dropped", SS_LOG (.peer = address, .reason = reason), "A client is cut off");
}

static void
tick_cb (gpointer object,
         gint64   now)
{
  SsStream *self = object;

  if (self->sender.blocked &&
      ss_stall_detector_takes (&self->sender.stall, ss_base_get_fd (&self->base), now) &&
      self->deadline != 0 && !self->lingering)
    set_deadline (self, self->close_timeout_ms);

  if (self->deadline != 0 && now >= self->deadline)
    {
      /* When all is sent and answered, it is only its turn to go first. */
      if (!self->lingering)
        log_dropped (self, "it does not answer the close frame");
      ss_stream_cut (self);
    }
  else if (self->within_since != 0 &&
           now >= self->within_since + SS_MESSAGE_SECONDS * G_USEC_PER_SEC)
    {
      log_dropped (self, "it does not finish its message");
      self->within_since = 0;
      turn_away (self);
      ss_poller_watch_kick (&self->watch);
    }
  else if (ss_stall_detector_is_due (&self->sender.stall, now) && self->funcs != NULL)
    self->funcs->stalled (self->owner);
}

static const SsPollerWatchFuncs watch_funcs = {
  .flush = flush_cb,
  .ready = ready_cb,
  .tick = tick_cb,
};

/* libsoup's side */

static SsStream *
get_stream (SsEnds *ends)
{
  return (gpointer) ((char *) ends - G_STRUCT_OFFSET (SsStream, ends));
}

static void
ends_wait (SsEnds *ends)
{
  SsStream *self = get_stream (ends);

  if (self->cut)
    ss_poller_watch_kick (&self->watch);
  else
    update_interest (self);
}

static void
ends_settle (SsEnds *ends)
{
  settle (get_stream (ends));
}

/* Its memory is wanted at once. */
static void
drop_unfinished (gpointer object)
{
  log_dropped (object, "too much of unfinished messages");
  ss_stream_cut (object);
}

static void
set_within (SsStream *self,
            gsize     n_bytes)
{
  if (self->n_within == 0 && n_bytes == 0)
    return;

  if (n_bytes == 0)
    self->within_since = 0;
  else if (self->n_within == 0)
    self->within_since = g_get_monotonic_time ();

  self->n_within = n_bytes;
  update_ticking (self);
  if (n_bytes > SS_UNFINISHED_FREE_BYTES || self->unfinished.n_bytes > 0)
    ss_unfinished_update (ss_poller_get_unfinished (self->watch.poller), &self->unfinished, n_bytes,
                          drop_unfinished);
}

/* A frame costs more than its bytes, and a message that has begun is kept. */
static void
meter (SsStream     *self,
       const guint8 *bytes,
       gsize         n)
{
  ss_frame_meter_follow (&self->meter, bytes, n);
  if (self->meter.n_frames >= SS_TURN_FRAMES)
    self->budget = 0;

  set_within (self, ss_frame_meter_is_within (&self->meter) ? self->n_within + n : 0);
}

static gssize
ends_read (SsEnds  *ends,
           void    *buffer,
           gsize    count,
           GError **error)
{
  SsStream *self = get_stream (ends);
  g_autoptr (GError) local_error = NULL;
  gssize n;

  if (self->cut || self->turned_away)
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
      meter (self, buffer, (gsize) n);

      return self->cut ? 0 : n;
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

static gssize
ends_write (SsEnds      *ends,
            const void  *buffer,
            gsize        count,
            GError     **error)
{
  SsStream *self = get_stream (ends);

  if (self->cut || self->failed)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed");
      return -1;
    }

  /* libsoup writes whole frames: all that it ever wrote has been taken at once. */
  if (self->close_sent || count == 0)
    return (gssize) count;

  push_frame (self, buffer, count);

  return (gssize) count;
}

static const SsEndsFuncs ends_funcs = {
  .read = ends_read,
  .write = ends_write,
  .wait = ends_wait,
  .settle = ends_settle,
};

/* GIOStream */

static GInputStream *
ss_stream_get_input_stream (GIOStream *stream)
{
  return SS_STREAM (stream)->ends.input;
}

static GOutputStream *
ss_stream_get_output_stream (GIOStream *stream)
{
  return SS_STREAM (stream)->ends.output;
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
  flush (self);
  /* A peer that has gone will not take what it did not take at once. */
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
  ss_ends_clear (&self->ends);
  ss_base_clear (&self->base);
  ss_sender_set_counters (&self->sender, NULL);

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
  ss_ends_init (&self->ends, &ends_funcs);
  self->unfinished.object = self;
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
ss_stream_unread (SsStream *self,
                  GBytes   *bytes)
{
  ss_base_unread (&self->base, bytes);
}

void
ss_stream_set_funcs (SsStream            *self,
                     const SsStreamFuncs *funcs,
                     gpointer             owner)
{
  self->funcs = funcs;
  self->owner = owner;
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

  /* Bytes that came in the handshake's packet are in a buffer of libsoup's, where no descriptor
   * tells of them. */
  ss_poller_watch_kick (&self->watch);
}

void
ss_stream_hold_input (SsStream *self,
                      gboolean  held)
{
  self->held = held != FALSE;
  if (held)
    {
      self->budget = 0;
      return;
    }

  update_interest (self);
  if (self->started && !self->cut)
    ss_poller_watch_kick (&self->watch);
}

void
ss_stream_set_stall_timeout (SsStream *self,
                             guint     milliseconds)
{
  self->sender.stall.timeout_ms = milliseconds;
  /* It may stand still already. */
  update_ticking (self);
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

  ss_sender_push (&self->sender, message);
  flush_later (self);
}

void
ss_stream_push_close (SsStream *self,
                      gushort   code)
{
  guint8 frame[SS_CLOSE_FRAME_BYTES];

  ss_stream_discard (self);
  if (!ss_stream_is_writable (self))
    return;

  ss_websocket_frame_close (frame, code);
  push_frame (self, frame, sizeof frame);
}

void
ss_stream_discard (SsStream *self)
{
  if (!self->close_sent)
    ss_sender_discard (&self->sender);
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

SsSender *
ss_stream_get_sender (SsStream *self)
{
  return &self->sender;
}

gboolean
ss_stream_push_ping (SsStream *self)
{
  if (self->sender.blocked || !ss_stream_is_writable (self))
    return FALSE;

  ss_sender_push_ping (&self->sender);
  flush_later (self);

  return TRUE;
}

gboolean
ss_stream_was_heard (SsStream *self)
{
  /* A sign of life may wait there when this program had no time to read. */
  gboolean heard =
    self->heard || (!self->cut && ss_socket_has_input (ss_base_get_fd (&self->base)));

  self->heard = FALSE;

  return heard;
}

gint64
ss_stream_get_n_confirmed (SsStream *self)
{
  gint64 n_sent = self->sender.n_sent;

  return self->cut ? n_sent : n_sent - MAX (ss_socket_get_unsent (ss_base_get_fd (&self->base)), 0);
}

void
ss_stream_set_user_timeout (SsStream *self,
                            guint     milliseconds)
{
  /* Where it is cut, the descriptor is somebody else's by now. */
  if (!self->cut)
    ss_base_set_user_timeout (&self->base, milliseconds);
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
