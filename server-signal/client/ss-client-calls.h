/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* The calls of a client: those that its server has not answered yet, and those that wait for a
 * connection. Each is a GTask that gives a JsonNode. The callbacks of tasks and of progress may call any
 * of these functions but ss_client_calls_free(). */
typedef struct _SsClientCalls SsClientCalls;

/* source: the task's. */
typedef void (*SsProgressFunc) (gpointer source, JsonNode *value, gpointer user_data);

typedef struct
{
  void (*send) (SsMessage *message, gpointer user_data);
} SsClientCallsFuncs;

/* Timers run in context. */
SsClientCalls *ss_client_calls_new      (GMainContext *context, const SsClientCallsFuncs *funcs,
                                         gpointer user_data);
/* After ss_client_calls_end(). */
void           ss_client_calls_free     (SsClientCalls *self);
/* The task and progress_data are taken; arguments may be NULL, and so may progress. idempotent: the
 * call is made again when the connection goes. */
void           ss_client_calls_add      (SsClientCalls *self, GTask *task, const char *method,
                                         SsValue *arguments, gboolean idempotent,
                                         SsProgressFunc progress, gpointer progress_data,
                                         GDestroyNotify progress_destroy);
/* There is a connection, of a server that may yet say hello. */
void           ss_client_calls_opened   (SsClientCalls *self);
/* The next three give the tasks that have failed, for ss_client_calls_tell(), which runs the
 * application and comes when everything else is as it should be. */

/* The server speaks v1 (and takes calls), or plain. max: bytes of a frame that the client takes. */
GPtrArray     *ss_client_calls_greeted  (SsClientCalls *self, gboolean plain, guint max);
/* The connection is gone; there will be another one. */
GPtrArray     *ss_client_calls_lost     (SsClientCalls *self);
/* There will not. reason: a text for people. */
GPtrArray     *ss_client_calls_end      (SsClientCalls *self, const char *reason);
void           ss_client_calls_tell     (GPtrArray *failed);
/* FALSE: nobody waits for it. */
gboolean       ss_client_calls_reply    (SsClientCalls *self, SsFrame *frame);
void           ss_client_calls_progress (SsClientCalls *self, SsFrame *frame);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsClientCalls, ss_client_calls_free)

G_END_DECLS
