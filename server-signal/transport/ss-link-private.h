/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-link.h"
#include "ss-poller.h"

G_BEGIN_DECLS

/* A link from the side of its kinds.
 *
 * The class keeps the owner's functions, the messages that came in until the owner takes them, and
 * the order of events: a kind may tell of them at any time in the link's main context, from within
 * the functions that it fills in as well, and the owner is called from the poller's turn. There it
 * may do as it likes, drop this very link or run a main loop, because no function of the kind's, or
 * of libsoup's, stands half finished below.
 *
 * The functions below are called in the link's main context, and none after ss_link_over() or
 * dispose. A kind that has things to release overrides dispose, and chains up first: this cuts the
 * connection, and the owner hears nothing more. */

typedef enum
{
  SS_LINK_MAX_MESSAGE,   /* bytes */
  SS_LINK_CLOSE_TIMEOUT, /* this and the others: milliseconds */
  SS_LINK_STALL_TIMEOUT,
  SS_LINK_USER_TIMEOUT,
} SsLinkLimit;

/* Figures that are looked at now and then; all 0 for a kind that cannot tell. */
typedef struct
{
  gint64  stalled_since;
  gint64  n_queued;
  gint64  n_confirmed;
  guint   n_writes;
} SsLinkProgress;

struct _SsLinkClass
{
  GObjectClass parent_class;

  /* Every kind has these. */

  /* Not after close. Takes a reference on the message, or sends it on the spot. */
  void     (*send)         (SsLink *self, SsMessage *message);
  /* Once. Begins the closing handshake, behind what is queued or, to discard it, in its place;
   * ss_link_over() follows within the close timeout. */
  void     (*close)        (SsLink *self, gushort code, const char *reason, gboolean discard);
  /* Ends it at once; ss_link_over() follows. */
  void     (*cut)          (SsLink *self);

  /* A kind that cannot do one of these leaves it NULL: it is open until it is over, is always heard,
   * and everything else is 0, FALSE, or does nothing. */

  /* The owner takes messages from here on. */
  void     (*start)        (SsLink *self);
  /* FALSE: the other end has begun to close, or nothing can be sent any more. */
  gboolean (*is_open)      (SsLink *self);
  void     (*set_limit)    (SsLink *self, SsLinkLimit limit, gsize value);
  void     (*set_counters) (SsLink *self, SsLinkCounters *counters);
  gsize    (*get_backlog)  (SsLink *self);
  /* ss_link_drained() follows, once, when no more than mark bytes wait. */
  void     (*when_drained) (SsLink *self, gsize mark);
  /* A held one delivers no more, or no more than what it has read already. Messages of a kind that
   * cannot do that come all at once, so that no more of them wait than the owner has seen. */
  void     (*hold_input)   (SsLink *self, gboolean held);
  gboolean (*ping)         (SsLink *self);
  gboolean (*was_heard)    (SsLink *self);
  void     (*measure)      (SsLink *self, SsLinkProgress *progress);
};

/* While a link is being made. */
void      ss_link_set_protocol       (SsLink         *self,
                                      const char     *protocol);
void      ss_link_set_remote_address (SsLink         *self,
                                      GSocketAddress *address);

/* The events. */

/* A message came: a text, valid UTF-8, or NULL for a binary one. */
void      ss_link_received           (SsLink         *self,
                                      GBytes         *text);
/* A frame came that carries no message. */
void      ss_link_control            (SsLink         *self);
void      ss_link_drained            (SsLink         *self);
/* The peer has taken nothing for the stall timeout. */
void      ss_link_stalled            (SsLink         *self);
/* The connection is over; see closed in SsLinkFuncs for the code. Only the first call counts. */
void      ss_link_over               (SsLink         *self,
                                      gushort         code);

/* The poller of the link's main context. */
SsPoller *ss_link_get_poller         (SsLink         *self);

G_END_DECLS
