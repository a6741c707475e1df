/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "wire/ss-follower.h"

G_BEGIN_DECLS

/* The replicas of a client, and its side of the conversation about them: which are subscribed to,
 * which frame goes where, and what is kept for names that may be asked for later. Knows no socket
 * and no time, but for the names that a server says it is behind with.
 *
 * Handlers of the replicas' signals run within most of these functions, and may call any of them,
 * but ss_replicas_free(). */
typedef struct _SsReplicas SsReplicas;

/* A server's updates to one name may fail to fit this many times in a minute before the connection
 * is given up. */
#define SS_REPLICAS_RESYNCS 8
/* How long to wait before asking a server again that is behind: the limits of the back-off, in
 * milliseconds. */
#define SS_REPLICAS_BEHIND_MIN 100
#define SS_REPLICAS_BEHIND_MAX 10000

typedef struct
{
  void (*send)   (SsMessage *message, gpointer user_data);
  /* The connection cannot be used any more. From the main loop. */
  void (*fault)  (const GError *error, gpointer user_data);
  /* Something that the application should know, or NULL: what it was told last is over. The
   * connection goes on. */
  void (*notice) (const GError *error, gpointer user_data);
} SsReplicasFuncs;

SsReplicas   *ss_replicas_new          (GMainContext *context, const SsReplicasFuncs *funcs,
                                        gpointer user_data);
void          ss_replicas_free         (SsReplicas *self);  /* after ss_replicas_lost() */
GListModel   *ss_replicas_get_model    (SsReplicas *self);  /* ServerSignal, as asked for */
ServerSignal *ss_replicas_get          (SsReplicas *self, const char *name, const SsValue *initial);
void          ss_replicas_release      (SsReplicas *self, const char *name);

/* plain: the handshake did not say server-signal.v1. */
void          ss_replicas_opened       (SsReplicas *self, gboolean plain, guint64 max);
void          ss_replicas_lost         (SsReplicas *self);
/* One message of the server's. FALSE: the connection cannot be used any more. */
gboolean      ss_replicas_take         (SsReplicas *self, const char *text, gsize length,
                                        GError **error);
/* Whether the protocol is the plain one. It is not any more when hello is the first frame. */
gboolean      ss_replicas_is_plain     (SsReplicas *self);
/* Whether the server of this connection has shown that it is one: by hello, in plain by a frame. */
gboolean      ss_replicas_is_greeted   (SsReplicas *self);
/* The ids of the hubs that the data come through; NULL: not known. */
const char * const *ss_replicas_get_via (SsReplicas *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsReplicas, ss_replicas_free)

G_END_DECLS
