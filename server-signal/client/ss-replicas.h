/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "wire/ss-follower.h"
#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* The replicas of a client, and its side of the protocol: subscriptions, the dispatch of frames,
 * and the frames of names that may be asked for later. It knows no socket, and no time but that of
 * the back-off for names that the server is behind with.
 *
 * Handlers of the replicas' signals run within most of these functions. They may call any of them
 * except ss_replicas_free(). */
typedef struct _SsReplicas SsReplicas;

/* The connection is given up when a server's updates to one name have failed to fit more often than
 * this in a minute. */
#define SS_REPLICAS_RESYNCS 8
/* The limits of the back-off before a server that is behind is asked again, in milliseconds. */
#define SS_REPLICAS_BEHIND_MIN 100
#define SS_REPLICAS_BEHIND_MAX 10000

typedef struct
{
  void (*send)   (SsMessage *message, gpointer user_data);
  /* The connection cannot be used any more. Called from the main loop. */
  void (*fault)  (const GError *error, gpointer user_data);
  /* The server's newest error, for the application; NULL: there is none any more. The connection
   * goes on. */
  void (*notice) (const GError *error, gpointer user_data);
  /* The server does not send this replica, at least for now, or it was released. */
  void (*refused) (ServerSignal *replica, const GError *error, gpointer user_data);
  /* ss_replicas_dup_names() has changed. */
  void (*names)  (gpointer user_data);
} SsReplicasFuncs;

SsReplicas   *ss_replicas_new          (GMainContext *context, const SsReplicasFuncs *funcs,
                                        gpointer user_data);
void          ss_replicas_free         (SsReplicas *self);  /* after ss_replicas_lost() */
GListModel   *ss_replicas_get_model    (SsReplicas *self);  /* ServerSignal, as asked for */
ServerSignal *ss_replicas_get          (SsReplicas *self, const char *name, const SsValue *initial);
gboolean      ss_replicas_has          (SsReplicas *self, const char *name);
void          ss_replicas_release      (SsReplicas *self, const char *name);
/* Asks the server again for a name that it does not send. FALSE: the name was released. */
gboolean      ss_replicas_ask          (SsReplicas *self, const char *name);

/* plain: the answer to the handshake did not say server-signal.v1. max: of a frame; max_document:
 * of a document, both in bytes of JSON text. */
void          ss_replicas_opened       (SsReplicas *self, gboolean plain, guint64 max,
                                        guint64 max_document);
/* final: no other one will be made, so that the replicas come from no hub. */
void          ss_replicas_lost         (SsReplicas *self, gboolean final);
/* The same for good, and it is told later, see ss_later(). */
void          ss_replicas_abandon      (SsReplicas *self);
/* Takes one frame from the server, which is text, decoded. FALSE: the connection cannot be used any
 * more. */
gboolean      ss_replicas_take         (SsReplicas *self, SsFrame *frame, const char *text,
                                        gsize length, GError **error);
/* Whether the protocol is plain. That ends when hello is the first frame. */
gboolean      ss_replicas_is_plain     (SsReplicas *self);
/* Whether the server has shown that it is one: by hello, or by a frame of the plain protocol. */
gboolean      ss_replicas_is_greeted   (SsReplicas *self);
/* The ids of the hubs that the data come through; NULL: not known. */
const char * const *ss_replicas_get_via (SsReplicas *self);
/* The names of the signals that the server has; NULL: not known. */
GStrv         ss_replicas_dup_names    (SsReplicas *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsReplicas, ss_replicas_free)

G_END_DECLS
