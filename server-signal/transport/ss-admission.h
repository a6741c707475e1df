/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A request that asks to become a WebSocket, and the answer to it, which may take its time. One that
 * is dropped without an answer gets 403. It ends by itself when its client leaves, and when its time
 * is up or others have waited shorter. */
typedef struct _SsAdmission SsAdmission;

/* Once: status is the answer, SOUP_STATUS_NONE for yes. Not called for a client that has left. */
typedef void (*SsAdmissionFunc) (SoupServerMessage *message, guint status, gpointer user_data);

/* loopback: see ss_admission_is_loopback(). destroy frees user_data after func, or in its place. */
SsAdmission       *ss_admission_new          (SoupServerMessage *message,
                                              gboolean           loopback,
                                              SsAdmissionFunc    func,
                                              gpointer           user_data,
                                              GDestroyNotify     destroy);
SsAdmission       *ss_admission_ref          (SsAdmission       *self);
void               ss_admission_unref        (SsAdmission       *self);
/* NULL: it is over, and an answer would come to nothing. */
SoupServerMessage *ss_admission_get_message  (SsAdmission       *self);
/* The request came through a port, and no port of the server can be reached from other machines. */
gboolean           ss_admission_is_loopback  (SsAdmission       *self);
void               ss_admission_set_loopback (SsAdmission       *self,
                                              gboolean           loopback);
/* There are other references than the caller's, so it may be answered later. */
gboolean           ss_admission_is_held      (SsAdmission       *self);
/* The connection's, or NULL. Transfer none. */
GSocket           *ss_admission_get_socket   (SsAdmission       *self);
/* The socket of a message, until its admission has been answered. Transfer none, or NULL. */
GSocket           *ss_admission_find_socket  (SoupServerMessage *message);
/* The first answer counts. It may free what it belongs to. */
void               ss_admission_answer       (SsAdmission       *self,
                                              guint              status);
/* From the handler of the request: if it is not answered yet it waits, among the others in queue,
 * of which there are max at most. Timers run in context. */
void               ss_admission_wait         (SsAdmission       *self,
                                              GQueue            *queue,
                                              guint              max,
                                              GMainContext      *context);

/* On a server that libsoup was not given the sockets of: remote, which it was given, is the address
 * of this stream until that is freed. */
void               ss_admission_set_stream   (GSocketAddress    *remote,
                                              GIOStream         *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsAdmission, ss_admission_unref)

G_END_DECLS
