/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-link-counters.h"
#include "ss-message.h"

G_BEGIN_DECLS

/* One client's connection as the hub's peer sees it: whole messages in and out. The kind of link
 * rules how they travel; each kind is a file, with ss-link-private.h for a contract.
 *
 * A link calls back in the main context in which it was made, never from within a function of
 * this header. Messages of one peer come a few at a time, in their order, with other peers' and
 * the application's turns between. */

#define SS_TYPE_LINK (ss_link_get_type ())
G_DECLARE_DERIVABLE_TYPE (SsLink, ss_link, SS, LINK, GObject)

typedef struct
{
  /* A whole text message of valid UTF-8, only while the link is open. */
  void (*message) (SsLink *link, const char *text, gsize length, gpointer user_data);
  /* A binary message came. */
  void (*binary)  (SsLink *link, gpointer user_data);
  /* Once, when the connection is over, however it ended. code: the close code that the other end
   * sent, 1005 for a close frame without one, 0 for no close frame. */
  void (*closed)  (SsLink *link, gushort code, gpointer user_data);
  /* Once for each ss_link_when_drained(). May be NULL. */
  void (*drained) (SsLink *link, gpointer user_data);
  /* Once, see ss_link_set_stall_timeout(). May be NULL. */
  void (*stalled) (SsLink *link, gpointer user_data);
  /* Frames came that carry no message, such as pings; n: their number. May be NULL. */
  void (*control) (SsLink *link, guint n, gpointer user_data);
} SsLinkFuncs;

/* funcs must stay; none is called before, and none after set_funcs (NULL). Messages that came
 * earlier are delivered from the main loop. */
void      ss_link_set_funcs          (SsLink            *self,
                                      const SsLinkFuncs *funcs,
                                      gpointer           user_data);
/* Largest message that comes in; never 0. A larger one ends the connection with 1009. */
void      ss_link_set_max_message    (SsLink            *self,
                                      gsize              bytes);
/* The time for which a closing peer may take nothing and answer nothing: SS_CLOSE_SECONDS unless
 * set. */
void      ss_link_set_close_timeout  (SsLink            *self,
                                      guint              milliseconds);
/* Queues the message; what was queued in one turn of the main loop leaves in one write. Nothing
 * is sent after close(). */
void      ss_link_send               (SsLink            *self,
                                      SsMessage         *message);
/* The closing handshake behind what is queued; a peer that does not answer is cut after a few
 * seconds. No message is delivered any more. code: one that a server may send (RFC 6455, 7.4) or
 * 3000 to 4999; reason: UTF-8, of which 123 bytes at most are sent, or NULL. */
void      ss_link_close              (SsLink            *self,
                                      gushort            code,
                                      const char        *reason);
/* The same in front of what is queued, which is dropped; only what the kernel has, and the rest of
 * a message that has been sent in part, is before it. */
void      ss_link_abandon            (SsLink            *self,
                                      gushort            code,
                                      const char        *reason);
/* Ends it at once, nothing more is sent. */
void      ss_link_cut                (SsLink            *self);
gboolean  ss_link_is_open            (SsLink            *self);
/* Bytes that wait; always 0 for a kind that cannot tell. */
gsize     ss_link_get_backlog        (SsLink            *self);
/* The monotonic time since when the peer has taken nothing of them; 0: it takes, or none wait. */
gint64    ss_link_get_stalled_since  (SsLink            *self);
/* Calls drained as soon as no more than mark bytes wait. */
void      ss_link_when_drained       (SsLink            *self,
                                      gsize              mark);
/* Calls stalled when the peer has taken nothing of what waits for so long; 0: never. */
void      ss_link_set_stall_timeout  (SsLink            *self,
                                      guint              milliseconds);
/* An empty ping. FALSE: none was sent, because something waits for the peer already, or the kind
 * has none. */
gboolean  ss_link_ping               (SsLink            *self);
/* TRUE: the peer has sent something, whatever it is, since this was asked last, or the kind cannot
 * tell. */
gboolean  ss_link_was_heard          (SsLink            *self);
/* Of all bytes since the beginning: how many were queued, and how many the other end has confirmed.
 * Both may be a few too few; their differences show what goes on. */
gint64    ss_link_get_n_queued       (SsLink            *self);
gint64    ss_link_get_n_confirmed    (SsLink            *self);
/* The time that the kernel gives a peer to confirm what it is sent; 0: as long as the system likes.
 * Before set_funcs(). */
void      ss_link_set_user_timeout   (SsLink            *self,
                                      guint              milliseconds);
/* Before anything is sent. */
void      ss_link_set_counters       (SsLink            *self,
                                      SsLinkCounters    *counters);
/* Writes to the socket so far, of which only differences count: it wraps around. */
guint     ss_link_get_n_writes       (SsLink            *self);
/* The subprotocol that was agreed on, or NULL. */
const char     *ss_link_get_protocol       (SsLink      *self);
GSocketAddress *ss_link_get_remote_address (SsLink      *self); /* transfer none, or NULL */

G_END_DECLS
