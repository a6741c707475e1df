/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <hiredis/hiredis.h>

#include "ss-store-request.h"

G_BEGIN_DECLS

/* A string or a status. */
gboolean          ss_redis_is_string   (const redisReply *reply);
/* An error that begins with code. */
gboolean          ss_redis_is_error    (const redisReply *reply, const char *code);
/* Replies are other than expected rather than missing: one that is not there is nil. */
const redisReply *ss_redis_item        (const redisReply *array, gsize index);
gboolean          ss_redis_read_number (const redisReply *reply, guint64 *number);
/* For a reply that is none. NO_SPACE of GIO's for a refusal that passes. */
void              ss_redis_set_error   (const redisReply *reply, GError **error);
/* The answer of the script. */
gboolean          ss_redis_read_answer (const redisReply *reply, SsStoreRequest *request,
                                        GError **error);

G_END_DECLS
