/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-store-engine.h"
#include "ss-store-record.h"

G_BEGIN_DECLS

/* The records of any number of engines of one main context, and those who follow them. A keeper
 * hears of each change before it is answered, and says when the answer may be given. */
typedef struct _SsMemory SsMemory;

/* Takes the request, which is finished with ss_memory_answer() once what has changed is kept. */
typedef struct
{
  /* The record of a name that is not in memory, or NULL; FALSE with an error. */
  gboolean (*load) (const char *name, SsStoreRecord **record, gpointer user_data, GError **error);
  /* The record is NULL where it is gone. Takes the request. */
  void     (*keep) (SsStoreRecord *record, SsStoreChange change, SsStoreRequest *request,
                    gpointer user_data);
  /* Adds names that are not in memory. */
  gboolean (*list) (GPtrArray *names, gpointer user_data, GError **error);
  /* Nothing more is asked. */
  void     (*close) (gpointer user_data);
} SsMemoryFuncs;

SsMemory      *ss_memory_new        (void);
SsMemory      *ss_memory_ref        (SsMemory *self);
void           ss_memory_unref      (SsMemory *self);
void           ss_memory_set_funcs  (SsMemory *self, const SsMemoryFuncs *funcs,
                                     gpointer user_data);
/* The request is finished from the main loop, with the error if there is one, and its news are told
 * before. Answers keep the order of the calls. */
void           ss_memory_answer     (SsMemory *self, SsStoreRequest *request, SsStoreChange change,
                                     const GError *error);
/* As if the process had ended and begun: nothing is in memory. For keepers. */
void           ss_memory_forget     (SsMemory *self, const char *name);
SsStoreRecord *ss_memory_lookup     (SsMemory *self, const char *name);

SsStoreEngine *ss_memory_engine_new (SsMemory *memory);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsMemory, ss_memory_unref)

G_END_DECLS
