/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-backpressure.h"
#include "transport/ss-link.h"
#include "wire/ss-feed.h"
#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* The talk of one peer and the hub over a link: the server's side of protocol.md, both of its
 * protocols. It knows which names the peer follows; its owner tells it what there is to follow. */
typedef struct _SsSession SsSession;

typedef enum
{
  SS_CALL_NONE,
  SS_CALL_ASKED,      /* and not answered yet */
  SS_CALL_CANCELLED,  /* nor was it since */
} SsCallState;

typedef enum
{
  SS_ASKED_UNKNOWN,   /* there is no such signal for this peer */
  SS_ASKED_READY,     /* lookup gives a feed now */
  SS_ASKED_LATER,     /* ss_session_answer() or ss_session_unknown() comes later */
  SS_ASKED_TOO_MANY,  /* the peer asks for too much that is not there */
} SsAsked;

/* The functions that may be NULL are marked. */
typedef struct
{
  /* The feed that a name stands for to this peer, or NULL. */
  SsFeed *(*lookup)    (const char *name, gpointer user_data);
  /* The names for which lookup gives a feed: the next one behind *place, which moves to it; 0 is
   * before all, and those that come later are behind all. NULL: there are no more. */
  const char *(*next_name) (guint64 *place, gpointer user_data);
  /* The number of those, about. */
  guint   (*count)     (gpointer user_data);
  /* The ids of the hubs that the data came through, ours last. */
  GStrv   (*dup_via)   (gpointer user_data);
  SsCallState (*get_call) (guint64 id, gpointer user_data);
  /* The peer makes a call or cancels one; the frame may be taken apart. Runs the application, and the
   * session may be freed in it. */
  void    (*call)      (SsFrame *frame, gpointer user_data);
  /* The peer asks for a name for which lookup gives nothing; the question's members may be taken. May run
   * the application, which may do anything. NULL: all of these are unknown. */
  SsAsked (*ask)      (SsFrame *question, gpointer user_data);
  /* The peer does not want the name any more. FALSE: it has not asked for it. NULL: the same. */
  gboolean (*forget)  (const char *name, gpointer user_data);
  /* The peer follows the signal now, or has ended to. May be NULL. */
  void    (*followed) (ServerSignal *signal, gboolean followed, gpointer user_data);
  /* The hub ends the peer for what it has done, or has not done. Once at most. */
  void    (*dropped)   (gpointer user_data);
  /* Once, when the link is gone; the session may be freed in it. */
  void    (*closed)    (gpointer user_data);
} SsSessionFuncs;

/* funcs must stay; max_subscriptions is for each session. max_backlog: so many bytes may wait for
 * the peer before what comes is merged, 0 for any number. Timers run in context. */
SsSession *ss_session_new     (SsLink               *link,
                               GMainContext         *context,
                               guint                 max_subscriptions,
                               gsize                 max_backlog,
                               const SsSessionFuncs *funcs,
                               gpointer              user_data);
void       ss_session_free    (SsSession *self);
/* The peer keeps what it follows and what waits for it. */
void       ss_session_set_limits (SsSession *self, guint max_subscriptions, gsize max_backlog);
/* The names that the peer follows, and how many commits of their signals it did not get by themselves. */
guint      ss_session_get_n_wants (SsSession *self);
guint64    ss_session_get_merged  (SsSession *self);
/* So many calls may the peer make in a second, and at once; 0: any number. */
void       ss_session_set_call_rate (SsSession *self, guint max_call_rate);
/* Sends an answer to a call, behind all that the peer has not got of commits so far. gathered: feeds
 * are corked, and may have something for it. slot: see ss_backpressure_send(). */
void       ss_session_reply   (SsSession *self, SsMessage *message, gboolean gathered,
                               SsWaitingMessage **slot);
/* Refuses a call of which nobody has heard, which need not wait. */
void       ss_session_refuse  (SsSession *self, guint64 id, const char *code, const char *text);
/* Answers that wait until the peer takes more. */
guint      ss_session_get_n_waiting (SsSession *self);
/* FALSE: the end has begun, and nothing is sent any more. */
gboolean   ss_session_is_open (SsSession *self);
/* Says hello, or sends a plain peer everything. */
void       ss_session_start   (SsSession *self);
/* The signal of that name is no longer there. Call before the feed is freed or after it. quiet: the
 * peer is told only if it follows the signal. Gives whether it did. */
gboolean   ss_session_removed (SsSession *self, const char *name, gboolean quiet);
/* SS_ASKED_LATER has promised one of these: lookup gives a feed for the name of the question, or the peer is
 * told that it is unknown. */
void       ss_session_answer  (SsSession *self, SsFrame *question);
void       ss_session_unknown (SsSession *self, const char *name);
/* lookup gives another feed for the name than before, which was none or one that has been
 * removed. */
void       ss_session_added   (SsSession *self, const char *name);
/* dup_via may give others than before. */
void       ss_session_via_changed (SsSession *self);
/* Sends what was held back, ends every subscription and begins the closing handshake, behind what
 * is queued. */
void       ss_session_close   (SsSession *self, gushort code, const char *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsSession, ss_session_free)

G_END_DECLS
