/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-session.h"

#include <string.h>

#include <libsoup/soup.h>

#include "server-signal-error.h"
#include "ss-allowance.h"
#include "ss-backpressure.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-clear-source.h"
#include "wire/ss-frame-decode.h"

/* Names that a new peer has not been told yet. */
typedef struct
{
  guint64     place;  /* of the one that was told last */
  GHashTable *told;   /* those that were added meanwhile, or NULL */
  GSource    *source;
} Untold;

struct _SsSession
{
  SsLink               *link;
  SsBackpressure        backpressure;
  GMainContext         *context;
  const SsSessionFuncs *funcs;
  gpointer              user_data;
  GArray               *wants; /* Want *, by name: few, which a table is larger than */
  guint                 max_subscriptions;
  guint                 n_bad;
  SsProtocol            protocol;
  gboolean              started;
  gboolean              closing; /* no more is sent, and what comes is not looked at */
  guint                 busy;    /* calls that run the application: one that is freed goes with the last */
  gboolean              freed;

  /* Messages that the peer may send. The questions that it cannot do without are not counted: one
   * for each name that it may follow, and one more for each that has been added since. */
  SsAllowance           messages;
  guint                 n_questions;
  gboolean              refused;  /* the question gave an error, and so is counted */
  gboolean              via_due;  /* the peer is to be told of the hubs */
  guint64               via_told; /* a hash of those that it was told */
  SsAllowance           histories;
  SsAllowance           calls;    /* a second's worth at most */
  guint                 max_call_rate;

  Untold               *untold;   /* NULL: none */
};

/* One name that the peer follows. While the feed is, or may be, behind what the peer has seen elsewhere
 * there is no subscription yet: it is tried again after each commit, and when somebody vouches for the
 * document, until the time is up. */
typedef struct
{
  SsSession      *session;
  GRefString     *name; /* interned: thousands of peers may follow it, and it may be long */
  SsSubscription *subscription;
  SsBackpressureItem backpressure_item;

  char           *epoch;
  guint64         rev;
  guint64         max;
  gboolean        has_rev;
  gboolean        disowned; /* the peer was told so by the subscription before */
  ServerSignal   *followed; /* that the application was told of, or NULL */
  ServerSignal   *signal; /* watched while waiting */
  guint           watch;
  gulong          standing; /* a handler of it, while that is watched */
  GSource        *retry;
  GSource        *deadline;
} Want;

static void
want_stop_waiting (Want *want)
{
  ss_clear_source (&want->retry);
  ss_clear_source (&want->deadline);
  if (want->watch != 0)
    ss_signal_unwatch (want->signal, want->watch);
  want->watch = 0;
  g_clear_signal_handler (&want->standing, want->signal);
  g_clear_object (&want->signal);
  g_clear_pointer (&want->epoch, g_free);
}

static void
set_followed (Want         *want,
              ServerSignal *signal)
{
  SsSession *self = want->session;
  g_autoptr (ServerSignal) before = NULL;

  if (want->followed == signal || self->funcs->followed == NULL)
    return;

  before = g_steal_pointer (&want->followed);
  want->followed = signal != NULL ? g_object_ref (signal) : NULL;
  if (before != NULL)
    self->funcs->followed (before, FALSE, self->user_data);
  if (signal != NULL)
    self->funcs->followed (signal, TRUE, self->user_data);
}

static void
want_free (Want *want)
{
  set_followed (want, NULL);
  want_stop_waiting (want);
  ss_backpressure_remove (&want->backpressure_item);
  g_clear_pointer (&want->subscription, ss_subscription_free);
  g_ref_string_release (want->name);
  g_slice_free (Want, want);
}

/* TRUE: the name is followed; *at: the place where it is, or belongs. */
static gboolean
find_want (SsSession  *self,
           const char *name,
           guint      *at)
{
  guint from = 0, to = self->wants->len;

  while (from < to)
    {
      guint middle = from + (to - from) / 2;
      int order = strcmp (g_array_index (self->wants, Want *, middle)->name, name);

      if (order == 0)
        {
          *at = middle;
          return TRUE;
        }
      if (order < 0)
        from = middle + 1;
      else
        to = middle;
    }
  *at = from;

  return FALSE;
}

/* It is freed when nobody finds it any more, whatever that causes. */
static void
remove_want_at (SsSession *self,
                guint      at)
{
  Want *want = g_array_index (self->wants, Want *, at);

  g_array_remove_index (self->wants, at);
  want_free (want);
}

static gboolean
remove_want (SsSession  *self,
             const char *name)
{
  guint at;

  if (!find_want (self, name, &at))
    return FALSE;

  remove_want_at (self, at);

  return TRUE;
}

static void
remove_wants (SsSession *self)
{
  while (self->wants->len > 0)
    remove_want_at (self, self->wants->len - 1);
}

static void
send_take (SsSession *self,
           SsMessage *message)
{
  ss_link_send (self->link, message);
  ss_message_unref (message);
  ss_backpressure_check (&self->backpressure);
}

static void
send_error (SsSession  *self,
            const char *code,
            const char *name,
            const char *text)
{
  ss_backpressure_answered (&self->backpressure);
  send_take (self, ss_frame_encode_error (code, name, text));
}

static void
deliver_cb (SsMessage *message,
            gpointer   user_data)
{
  Want *want = user_data;
  SsSession *self = want->session;

  ss_link_send (self->link, message);
  ss_backpressure_check (&self->backpressure);
  ss_backpressure_delivered (&self->backpressure);
}

static gboolean
want_try (Want    *want,
          SsFeed  *feed,
          GError **error)
{
  SsSession *self = want->session;

  /* A peer that has too much to take already gets its first document when there is room for it. */
  want->subscription = (ss_backpressure_is_pressed (&self->backpressure)
                          ? ss_feed_subscribe_held
                          : ss_feed_subscribe) (feed, self->protocol, want->epoch, want->has_rev,
                                                want->rev, want->max, deliver_cb, want, error);

  return want->subscription != NULL;
}

static gboolean retry_cb (gpointer user_data);

/* All look at the same times, for which a document that is too large is encoded once. */
static GSource *
next_look_new (void)
{
  gint64 now = g_get_monotonic_time () / 1000;

  return g_timeout_source_new ((guint) (SS_TOO_LARGE_RETRY_MS - now % SS_TOO_LARGE_RETRY_MS));
}

/* Something is being announced: look at it from the main loop, once for all there is. */
static void
want_try_later (Want *want)
{
  if (want->retry != NULL)
    return;

  want->retry = want->session->protocol == SS_PLAIN ? next_look_new () : g_idle_source_new ();
  g_source_set_static_name (want->retry, "[server-signal] behind: retry");
  g_source_set_priority (want->retry, G_PRIORITY_DEFAULT);
  g_source_set_callback (want->retry, retry_cb, want, NULL);
  g_source_attach (want->retry, want->session->context);
}

static void
waited_commit_cb (ServerSignal   *signal,
                  const SsCommit *commit,
                  gpointer        user_data)
{
  want_try_later (user_data);
}

static void
want_watch (Want   *want,
            SsFeed *feed)
{
  if (want->watch != 0)
    return;

  want->signal = g_object_ref (ss_feed_get_signal (feed));
  want->watch = ss_signal_watch (want->signal, waited_commit_cb, want);
  want->standing =
    g_signal_connect_swapped (want->signal, "notify::stale", G_CALLBACK (want_try_later), want);
}

static void
want_rest (Want *want)
{
  SsSession *self = want->session;
  SsFeed *feed = self->funcs->lookup (want->name, self->user_data);

  ss_backpressure_remove (&want->backpressure_item);
  g_clear_pointer (&want->subscription, ss_subscription_free);
  if (feed != NULL)
    want_watch (want, feed);
}

/* Whether the peer was told so. */
static gboolean
is_disowned (const Want *want)
{
  return want->disowned ||
         (want->subscription != NULL && ss_subscription_is_disowned (want->subscription));
}

/* Ends the subscription of a want that is to go. The word that its signal is stale must not be taken for
 * one about the next subscription to that name. */
static void
withdraw_standing (Want *want)
{
  SsSession *self = want->session;

  if (!is_disowned (want))
    return;

  ss_backpressure_answered (&self->backpressure);
  send_take (self, ss_frame_encode_signal (SS_NEWS_FRESH, want->name, -1));
}

/* The want is gone afterwards, save for that of a plain peer: it cannot be told anything but
 * documents, so it gets this one again as soon as it is not too large any more. */
static void
want_fail (Want         *want,
           const GError *error)
{
  SsSession *self = want->session;

  if (self->protocol == SS_PLAIN)
    {
      ss_log_debug ("not-sent",
                    SS_LOG (.peer = ss_link_get_remote_address (self->link), .name = want->name,
                            .reason = error->message),
                    "A client does not get “%s”", want->name);
      want_rest (want);
      return;
    }

  self->refused = TRUE;
  ss_log_debug ("not-sent",
                SS_LOG (.peer = ss_link_get_remote_address (self->link), .name = want->name,
                        .reason = error->message),
                "A client does not get “%s”", want->name);
  if (g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT))
    send_error (self, "behind", want->name, error->message);
  else
    send_error (self, "too-large", want->name, error->message);

  withdraw_standing (want);
  remove_want (self, want->name);
}

/* The document has grown larger than the client takes. */
static void
ended_cb (const GError *error,
          gpointer      user_data)
{
  want_fail (user_data, error);
}

/* Subscribed: the want has to be among the wants, for it may be over at once. */
static void
want_settle (Want *want)
{
  ss_log_debug ("subscribed",
                SS_LOG (.peer = ss_link_get_remote_address (want->session->link),
                        .name = want->name),
                "A client follows “%s”", want->name);
  want_stop_waiting (want);
  set_followed (want, ss_subscription_get_signal (want->subscription));
  ss_backpressure_add (&want->session->backpressure, &want->backpressure_item, want->subscription);
  if (want->disowned)
    ss_subscription_set_disowned (want->subscription);
  want->disowned = FALSE;
  ss_subscription_set_end_func (want->subscription, ended_cb);
}

/* FALSE and an error: not yet, or not at all. */
static gboolean
want_try_again (Want    *want,
                GError **error)
{
  SsFeed *feed = want->session->funcs->lookup (want->name, want->session->user_data);

  if (feed == NULL)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                   "The signal “%s” is not here at the moment", want->name);
      return FALSE;
    }

  if (!want_try (want, feed, error))
    return FALSE;

  want_settle (want);

  return TRUE;
}

static gboolean
retry_cb (gpointer user_data)
{
  Want *want = user_data;
  g_autoptr (GError) error = NULL;

  ss_clear_source (&want->retry);

  if (!want_try_again (want, &error) &&
      !g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT))
    want_fail (want, error);

  return G_SOURCE_REMOVE;
}

static gboolean
deadline_cb (gpointer user_data)
{
  Want *want = user_data;
  g_autoptr (GError) error = NULL;

  ss_clear_source (&want->deadline);

  if (!want_try_again (want, &error))
    want_fail (want, error);

  return G_SOURCE_REMOVE;
}

static void
want_wait (Want   *want,
           SsFeed *feed)
{
  want_watch (want, feed);
  want->deadline = g_timeout_source_new (SS_BEHIND_WAIT_MS);
  g_source_set_static_name (want->deadline, "[server-signal] behind: deadline");
  g_source_set_callback (want->deadline, deadline_cb, want, NULL);
  g_source_attach (want->deadline, want->session->context);
}

/* A client comes back once. One that wants a history again and again gets the document, which costs
 * no more to give to it than to anybody. */
static gboolean
may_resume (SsSession     *self,
            SsFeed        *feed,
            const SsFrame *frame)
{
  double most = SS_HISTORY_QUESTIONS + self->funcs->count (self->user_data);

  if (frame->rev >= server_signal_get_revision (ss_feed_get_signal (feed)) ||
      ss_allowance_take (&self->histories, 1, most, 1))
    return TRUE;

  ss_log_debug ("not-resumed",
                SS_LOG (.peer = ss_link_get_remote_address (self->link), .name = frame->name,
                        .reason = "it asks for too many histories"),
                "A client gets the whole document of “%s”", frame->name);

  return FALSE;
}

/* Takes the frame's epoch. */
static void
subscribe (SsSession  *self,
           SsFeed     *feed,
           const char *name,
           SsFrame    *frame)
{
  Want *want = g_slice_new0 (Want);
  g_autoptr (GError) error = NULL;
  guint at;

  want->session = self;
  want->name = g_ref_string_new_intern (name);
  if (frame != NULL)
    {
      want->epoch = g_steal_pointer (&frame->epoch);
      want->has_rev = frame->has_rev && may_resume (self, feed, frame);
      want->rev = frame->rev;
      want->max = frame->max;
    }

  /* A client that has lost the thread asks again, and begins anew. When it asked it may not have
   * seen that we have sent it another epoch meanwhile: updates that go on from the one that it names
   * would be taken to go on from that. */
  if (find_want (self, name, &at))
    {
      Want *before = g_array_index (self->wants, Want *, at);

      want->disowned = is_disowned (before);
      want->followed = g_steal_pointer (&before->followed);
      if (before->subscription != NULL &&
          g_strcmp0 (ss_subscription_get_epoch (before->subscription), want->epoch) != 0)
        want->has_rev = FALSE;
      remove_want_at (self, at);
    }
  g_array_insert_val (self->wants, at, want);

  if (want_try (want, feed, &error))
    want_settle (want);
  else if (g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT))
    want_wait (want, feed);
  else
    want_fail (want, error);
}

/* FALSE: the session has gone meanwhile. */
static gboolean
ask (SsSession *self,
     SsFrame   *frame,
     SsAsked   *asked)
{
  *asked = SS_ASKED_UNKNOWN;
  if (self->funcs->ask == NULL)
    return TRUE;

  self->busy++;
  *asked = self->funcs->ask (frame, self->user_data);
  self->busy--;
  if (!self->freed)
    return TRUE;

  if (self->busy == 0)
    g_slice_free (SsSession, self);

  return FALSE;
}

static void
answer (SsSession *self,
        SsFrame   *frame,
        SsAsked    asked)
{
  SsFeed *feed = self->funcs->lookup (frame->name, self->user_data);
  guint at;

  if (feed == NULL && asked != SS_ASKED_TOO_MANY)
    {
      ss_log_debug ("not-sent",
                    SS_LOG (.peer = ss_link_get_remote_address (self->link), .name = frame->name,
                            .reason = "there is no such signal for it"),
                    "A client does not get “%s”", frame->name);
      send_error (self, "unknown-signal", frame->name, "there is no such signal for this client");
    }
  else if (asked == SS_ASKED_TOO_MANY ||
           (self->wants->len >= self->max_subscriptions && !find_want (self, frame->name, &at)))
    {
      self->refused = TRUE;
      ss_log_debug ("not-sent",
                    SS_LOG (.peer = ss_link_get_remote_address (self->link), .name = frame->name,
                            .reason = "it follows as many signals as it may"),
                    "A client does not get “%s”", frame->name);
      send_error (self, "too-many", frame->name, "this client follows as many signals as it may");
    }
  else
    subscribe (self, feed, frame->name, frame);
}

/* FALSE: the session has gone meanwhile. */
static gboolean
take_subscribe (SsSession *self,
                SsFrame   *frame)
{
  SsAsked asked = SS_ASKED_READY;

  if (self->funcs->lookup (frame->name, self->user_data) == NULL && !ask (self, frame, &asked))
    return FALSE;

  if (!self->closing && asked != SS_ASKED_LATER)
    answer (self, frame, asked);

  return TRUE;
}

static gboolean
unsubscribe (SsSession  *self,
             const char *name)
{
  guint at;

  if (!find_want (self, name, &at))
    return self->funcs->forget != NULL && self->funcs->forget (name, self->user_data);

  withdraw_standing (g_array_index (self->wants, Want *, at));
  remove_want_at (self, at);

  return TRUE;
}

static void
tell_no_more (SsSession *self)
{
  Untold *untold = g_steal_pointer (&self->untold);

  if (untold == NULL)
    return;

  ss_clear_source (&untold->source);
  g_clear_pointer (&untold->told, g_hash_table_unref);
  g_free (untold);
}

static void
stop (SsSession *self)
{
  self->closing = TRUE;
  tell_no_more (self);
  remove_wants (self);
}

static void
end (SsSession  *self,
     gushort     code,
     const char *reason)
{
  stop (self);
  ss_link_close (self->link, code, reason);
}

/* Closes a peer that has done what it may not. */
static void
drop (SsSession  *self,
      const char *reason)
{
  if (self->closing)
    return;

  ss_log_info ("peer-dropped",
               SS_LOG (.peer = ss_link_get_remote_address (self->link), .reason = reason),
               "A client is closed with 1008");
  end (self, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, reason);
  self->funcs->dropped (self->user_data);
}

static void
take_bad (SsSession  *self,
          const char *name,
          const char *text)
{
  send_error (self, "bad-message", name, text);
  if (++self->n_bad >= SS_BAD_MESSAGES)
    drop (self, "too many bad messages");
}

/* A client that connects may subscribe to everything at once, and again after a gap. */
static double
get_most_messages (SsSession *self)
{
  return SS_MESSAGES_BURST + 2.0 * self->funcs->count (self->user_data);
}

/* FALSE: the peer has sent more than it may, and is being closed. */
static gboolean
spend_messages (SsSession *self,
                guint      n)
{
  if (ss_allowance_take (&self->messages, n, get_most_messages (self), SS_MESSAGES_PER_SECOND))
    return TRUE;

  drop (self, "too many messages");

  return FALSE;
}

/* TRUE: the frame is one of the questions that the peer cannot do without. Asking again for what it
 * follows already is none. */
static gboolean
is_free_question (SsSession     *self,
                  const SsFrame *frame)
{
  guint at;

  return frame->kind == SS_FRAME_SUBSCRIBE && self->n_questions > 0 &&
         !find_want (self, frame->name, &at);
}

/* Calls have a rate of their own. One beyond it is refused and counts as a message, and so does a
 * cancellation of nothing: a peer that goes on like that is closed. May free the session. */
static void
take_call (SsSession *self,
           SsFrame   *frame)
{
  guint rate = self->max_call_rate;
  SsCallState state = self->funcs->get_call (frame->id, self->user_data);

  if (frame->kind == SS_FRAME_CANCEL)
    {
      if (state == SS_CALL_ASKED || spend_messages (self, 1))
        self->funcs->call (frame, self->user_data);
      return;
    }

  if (state != SS_CALL_NONE)
    {
      if (spend_messages (self, 1))
        take_bad (self, frame->name, "the id of a call is in use");
      return;
    }

  if (rate == 0 || ss_allowance_take (&self->calls, 1, rate, rate))
    {
      self->funcs->call (frame, self->user_data);
      return;
    }

  if (!spend_messages (self, 1))
    return;

  ss_session_refuse (self, frame->id, "too-many", "too many calls come at a time");
}

static void
link_message_cb (SsLink     *link,
                 const char *text,
                 gsize       length,
                 gpointer    user_data)
{
  SsSession *self = user_data;
  g_auto (SsFrame) frame = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean is_free;

  if (self->closing)
    return;

  if (self->protocol == SS_PLAIN)
    {
      spend_messages (self, 1);
      return;
    }

  if (!ss_frame_decode (&frame, text, length, &error))
    {
      if (spend_messages (self, 1))
        take_bad (self, frame.name, error->message);
      return;
    }

  if (frame.kind == SS_FRAME_CALL || frame.kind == SS_FRAME_CANCEL)
    {
      take_call (self, &frame);
      return;
    }

  is_free = is_free_question (self, &frame);
  if (is_free)
    self->n_questions--;
  else if (!spend_messages (self, 1))
    return;

  self->refused = FALSE;

  /* Frames that only a hub may send are as good as unknown: a client cannot change anything. */
  if (frame.kind == SS_FRAME_SUBSCRIBE)
    {
      if (!take_subscribe (self, &frame) || self->closing)
        return;
    }
  else if (frame.kind == SS_FRAME_INTERVAL)
    ss_backpressure_set_interval (&self->backpressure, self->context,
                                  (guint) MIN (frame.interval, SS_INTERVAL_MS_MAX));
  else if (frame.kind == SS_FRAME_UNSUBSCRIBE && unsubscribe (self, frame.name))
    ss_log_debug ("unsubscribed",
                  SS_LOG (.peer = ss_link_get_remote_address (self->link), .name = frame.name),
                  "A client does not follow “%s” any more", frame.name);

  /* The questions for which there is an answer are free, save that for a name that is not there
   * yet, because a client asks for what it wants before it knows. */
  if (is_free && self->refused && !spend_messages (self, 1))
    return;

  if (ss_backpressure_is_flooded (&self->backpressure))
    drop (self, "too many answers wait");
}

static void
link_binary_cb (SsLink   *link,
                gpointer  user_data)
{
  SsSession *self = user_data;

  if (!self->closing && spend_messages (self, 1) && self->protocol == SS_V1)
    take_bad (self, NULL, "a message is text, not binary");
}

static void
link_control_cb (SsLink   *link,
                 guint     n,
                 gpointer  user_data)
{
  SsSession *self = user_data;

  if (!self->closing)
    spend_messages (self, n);
}

static void
link_drained_cb (SsLink   *link,
                 gpointer  user_data)
{
  SsSession *self = user_data;

  if (self->closing)
    return;

  ss_backpressure_drained (&self->backpressure);
  if (self->via_due)
    ss_session_via_changed (self);
}

/* A client that does not read has no use for what waits, and the end has to come. */
static void
abandon (SsSession  *self,
         const char *reason)
{
  ss_log_info ("peer-dropped",
               SS_LOG (.peer = ss_link_get_remote_address (self->link),
                       .reason = SS_REASON_TOO_SLOW),
               "A client is closed with 1008");
  stop (self);
  ss_link_abandon (self->link, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, reason);
  self->funcs->dropped (self->user_data);
}

static void
link_stalled_cb (SsLink   *link,
                 gpointer  user_data)
{
  SsSession *self = user_data;

  if (self->closing)
    return;

  abandon (self, SS_REASON_TOO_SLOW ": nothing was read for too long");
}

static void
link_closed_cb (SsLink   *link,
                gushort   code,
                gpointer  user_data)
{
  SsSession *self = user_data;

  stop (self);
  self->funcs->closed (self->user_data);
}

static const SsLinkFuncs link_funcs = {
  .message = link_message_cb,
  .binary = link_binary_cb,
  .closed = link_closed_cb,
  .drained = link_drained_cb,
  .stalled = link_stalled_cb,
  .control = link_control_cb,
};

SsSession *
ss_session_new (SsLink               *link,
                GMainContext         *context,
                guint                 max_subscriptions,
                gsize                 max_backlog,
                const SsSessionFuncs *funcs,
                gpointer              user_data)
{
  SsSession *self = g_slice_new0 (SsSession);

  self->link = g_object_ref (link);
  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;
  self->wants = g_array_new (FALSE, FALSE, sizeof (Want *));
  self->max_subscriptions = max_subscriptions;
  ss_backpressure_init (&self->backpressure, link, max_backlog);
  self->protocol = g_strcmp0 (ss_link_get_protocol (link), SS_PROTOCOL_V1) == 0 ? SS_V1 : SS_PLAIN;

  return self;
}

void
ss_session_free (SsSession *self)
{
  ss_link_set_funcs (self->link, NULL, NULL);
  stop (self);
  g_array_unref (self->wants);
  ss_backpressure_clear (&self->backpressure);
  g_object_unref (self->link);
  g_main_context_unref (self->context);
  self->freed = TRUE;
  if (self->busy == 0)
    g_slice_free (SsSession, self);
}

void
ss_session_set_limits (SsSession *self,
                       guint      max_subscriptions,
                       gsize      max_backlog)
{
  /* It may ask for those that are added to the number. */
  if (self->started && max_subscriptions > self->max_subscriptions)
    self->n_questions +=
      MIN (max_subscriptions - self->max_subscriptions, G_MAXUINT - self->n_questions);
  self->max_subscriptions = max_subscriptions;

  if (!self->closing)
    ss_backpressure_set_high (&self->backpressure, max_backlog);
}

guint
ss_session_get_n_wants (SsSession *self)
{
  return self->wants->len;
}

guint64
ss_session_get_merged (SsSession *self)
{
  guint64 merged = 0;

  for (guint i = 0; i < self->wants->len; i++)
    {
      const Want *want = g_array_index (self->wants, Want *, i);

      if (want->subscription != NULL)
        merged += ss_subscription_get_merged (want->subscription);
    }

  return merged;
}

void
ss_session_set_call_rate (SsSession *self,
                          guint      max_call_rate)
{
  self->max_call_rate = max_call_rate;
  ss_allowance_fill (&self->calls, max_call_rate);
}

/* Gives each subscription what its feed gathers. One may be over with that. */
static void
catch_up (SsSession *self)
{
  for (guint i = 0; i < self->wants->len && !self->closing; i++)
    {
      Want *want = g_array_index (self->wants, Want *, i);
      guint before = self->wants->len;

      if (ss_backpressure_is_pressed (&self->backpressure))
        return;

      if (want->subscription != NULL)
        ss_subscription_catch_up (want->subscription);
      i -= before - self->wants->len;
    }
}

void
ss_session_reply (SsSession         *self,
                  SsMessage         *message,
                  gboolean           gathered,
                  SsWaitingMessage **slot)
{
  if (self->closing)
    return;

  if (gathered)
    catch_up (self);

  ss_backpressure_send (&self->backpressure, message, slot);
  if (self->backpressure.waiting_bytes <= SS_REPLY_BYTES)
    return;

  abandon (self, SS_REASON_TOO_SLOW ": too many answers wait");
}

void
ss_session_refuse (SsSession  *self,
                   guint64     id,
                   const char *code,
                   const char *text)
{
  if (self->closing)
    return;

  ss_backpressure_answered (&self->backpressure);
  send_take (self, ss_frame_encode_failure (id, code, text, NULL));
  if (ss_backpressure_is_flooded (&self->backpressure))
    drop (self, "too many answers wait");
}

guint
ss_session_get_n_waiting (SsSession *self)
{
  return self->backpressure.n_waiting;
}

gboolean
ss_session_is_open (SsSession *self)
{
  return !self->closing;
}

/* The length of the name in JSON, at most. */
static gsize
measure_name (const char *name)
{
  gsize bytes = strlen ("\"\",");

  for (; *name != '\0'; name++)
    bytes += (guint8) *name < 0x20 || *name == '"' || *name == '\\' ? strlen ("\\u0000") : 1;

  return bytes;
}

static guint64
hash_via (GStrv via)
{
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037);

  /* FNV-1a, with the ends of the ids. */
  for (guint i = 0; via[i] != NULL; i++)
    for (const char *at = via[i]; at == via[i] || at[-1] != '\0'; at++)
      hash = (hash ^ (guint8) *at) * G_GUINT64_CONSTANT (1099511628211);

  return hash;
}

/* No more names are in it than everybody takes as one message. Moves *place to the last one. */
static void
send_hello (SsSession *self,
            guint64   *place)
{
  g_auto (GStrv) via = self->funcs->dup_via (self->user_data);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *name;
  gsize bytes = 0;

  while (bytes < SS_HELLO_BYTES && (name = self->funcs->next_name (place, self->user_data)) != NULL)
    {
      bytes += measure_name (name);
      g_ptr_array_add (names, (gpointer) name);
    }
  g_ptr_array_add (names, NULL);

  self->via_told = hash_via (via);
  send_take (self,
             ss_frame_encode_hello ((const char *const *) names->pdata, (const char *const *) via));
}

static void
tell_added (SsSession  *self,
            const char *name)
{
  self->n_questions = MIN (self->n_questions, G_MAXUINT - 1) + 1;
  if (!ss_backpressure_hold_notice (&self->backpressure, name, TRUE, FALSE))
    send_take (self, ss_frame_encode_signal (SS_NEWS_ADDED, name, -1));
}

static void
tell_name (SsSession  *self,
           const char *name)
{
  SsFeed *feed = self->funcs->lookup (name, self->user_data);
  guint at;

  /* It went meanwhile, or came again, of which the peer was told then. */
  if (feed == NULL ||
      (self->untold->told != NULL && g_hash_table_contains (self->untold->told, name)))
    return;

  if (self->protocol == SS_V1)
    tell_added (self, name);
  else if (!find_want (self, name, &at))
    subscribe (self, feed, name, NULL);
}

/* Gives a new peer the names that there are. A hub may have any number, and new peers come in any
 * number as well, so the others' turns come between. */
static gboolean
tell_cb (gpointer user_data)
{
  SsSession *self = user_data;
  Untold *untold = self->untold;
  gint64 end = g_get_monotonic_time () + SS_TURN_USEC;

  for (guint n = 1;; n++)
    {
      const char *name = self->funcs->next_name (&untold->place, self->user_data);

      if (name == NULL)
        {
          tell_no_more (self);
          return G_SOURCE_REMOVE;
        }

      tell_name (self, name);
      if (n == SS_TURN_NAMES || g_get_monotonic_time () >= end)
        break;
    }

  return G_SOURCE_CONTINUE;
}

static void
tell_names (SsSession *self)
{
  GSource *source;

  self->untold = g_new0 (Untold, 1);
  if (self->protocol == SS_V1)
    send_hello (self, &self->untold->place);
  if (tell_cb (self) == G_SOURCE_REMOVE)
    return;

  source = self->untold->source = g_idle_source_new ();
  g_source_set_static_name (source, "[server-signal] names");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, tell_cb, self, NULL);
  g_source_attach (source, self->context);
}

void
ss_session_start (SsSession *self)
{
  g_assert (!self->started);

  self->started = TRUE;
  ss_allowance_fill (&self->messages, get_most_messages (self));
  ss_allowance_fill (&self->histories,
                     SS_HISTORY_QUESTIONS + (double) self->funcs->count (self->user_data));
  self->n_questions = self->max_subscriptions;

  if (!self->closing)
    tell_names (self);

  /* Last, because what has come in already may be delivered from here on. */
  ss_link_set_funcs (self->link, &link_funcs, self);
}

gboolean
ss_session_removed (SsSession  *self,
                    const char *name,
                    gboolean    quiet)
{
  gboolean followed;

  if (!self->started || self->closing)
    return FALSE;

  followed = remove_want (self, name);
  if ((followed || !quiet) && self->protocol == SS_V1 &&
      !ss_backpressure_hold_notice (&self->backpressure, name, FALSE, followed))
    send_take (self, ss_frame_encode_signal (SS_NEWS_REMOVED, name, -1));

  return followed;
}

void
ss_session_answer (SsSession *self,
                   SsFrame   *question)
{
  if (self->started && !self->closing)
    answer (self, question, SS_ASKED_READY);
}

void
ss_session_unknown (SsSession  *self,
                    const char *name)
{
  if (self->started && !self->closing)
    send_error (self, "unknown-signal", name, "there is no such signal for this client");
}

void
ss_session_added (SsSession  *self,
                  const char *name)
{
  if (!self->started || self->closing)
    return;

  if (self->protocol == SS_PLAIN)
    {
      subscribe (self, self->funcs->lookup (name, self->user_data), name, NULL);
      return;
    }

  if (self->untold != NULL)
    {
      if (self->untold->told == NULL)
        self->untold->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_add (self->untold->told, g_strdup (name));
    }
  tell_added (self, name);
}

void
ss_session_via_changed (SsSession *self)
{
  g_auto (GStrv) via = NULL;
  guint64 told;

  if (!self->started || self->closing || self->protocol == SS_PLAIN)
    return;

  /* Only the newest matters to a peer that takes too little. */
  self->via_due = ss_backpressure_is_pressed (&self->backpressure);
  if (self->via_due)
    return;

  /* A peer must not learn that there was a change behind what it may see. */
  via = self->funcs->dup_via (self->user_data);
  told = hash_via (via);
  if (told == self->via_told)
    return;

  self->via_told = told;
  send_take (self, ss_frame_encode_via ((const char *const *) via));
}

void
ss_session_close (SsSession  *self,
                  gushort     code,
                  const char *reason)
{
  if (self->closing)
    return;

  ss_backpressure_finish (&self->backpressure);
  end (self, code, reason);
}
