/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-memory-engine.h"

G_BEGIN_DECLS

/* Keeps the records of a memory in the files of a folder. A request is answered when the disk has
 * what it changed; the disk is waited for in a thread, for all requests that have come meanwhile at
 * once. */
typedef struct _SsFileKeeper SsFileKeeper;

/* sync_interval: milliseconds between two waits at least. */
SsFileKeeper *ss_file_keeper_new  (const char *folder, guint sync_interval);
/* Requests that are under way are still answered. */
void          ss_file_keeper_free (SsFileKeeper *self);
SsMemory     *ss_file_keeper_get_memory (SsFileKeeper *self);

G_END_DECLS
