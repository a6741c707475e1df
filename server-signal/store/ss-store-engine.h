/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-store-request.h"

G_BEGIN_DECLS

/* The keeper of the histories of any number of signals, as one process sees it. Another engine is
 * another kind of this class. */
#define SS_TYPE_STORE_ENGINE (ss_store_engine_get_type ())
G_DECLARE_DERIVABLE_TYPE (SsStoreEngine, ss_store_engine, SS, STORE_ENGINE, GObject)

typedef enum
{
  SS_STORE_NEWS_ENTRY,     /* entry was committed in the life epoch */
  SS_STORE_NEWS_CHANGED,   /* something else, or a commit that is too large to be told: open again */
  SS_STORE_NEWS_GONE,      /* the signal was removed */
  SS_STORE_NEWS_FREE,      /* its owner has given it back */
} SsStoreNewsKind;

typedef struct
{
  SsStoreNewsKind  kind;
  const char      *epoch;
  SsLogEntry      *entry;
} SsStoreNews;

struct _SsStoreEngineClass
{
  GObjectClass parent_class;

  /* Takes the request and finishes it later, in the order of asking for one name. Without a
   * connection it finishes it with an error, later as well. */
  void (*run)    (SsStoreEngine *self, SsStoreRequest *request);
  /* Whether news of that name are wanted. Said once for each change. */
  void (*follow) (SsStoreEngine *self, const char *name, gboolean following);
  /* Nothing more is asked and nothing told; requests that are under way may be finished with an
   * error. */
  void (*close)  (SsStoreEngine *self);
};

/* Reports to the one store that has the engine, from the main loop, never from within a call of the
 * store's. They may run application code that drops the store: an engine holds itself meanwhile. */
typedef struct
{
  /* Whether requests can be answered now. error, or NULL: why they cannot. Names are followed
   * anew when it is online again. */
  void (*online)   (gboolean online, const GError *error, gpointer user_data);
  /* News of that name come from now on: whatever an OPEN does not say comes after it. */
  void (*followed) (const char *name, gpointer user_data);
  /* Nothing may be missed as long as the engine is online; if it cannot tell, it goes offline. News
   * may come more than once, and before or after the answer to the request that made them. */
  void (*news)     (const char *name, const SsStoreNews *news, gpointer user_data);
  /* Before the one who has asked: how the request went. */
  void (*answered) (const SsStoreRequest *request, const GError *error, gpointer user_data);
} SsStoreEngineFuncs;

/* funcs NULL: nobody is told any more. */
void     ss_store_engine_set_funcs     (SsStoreEngine *self, const SsStoreEngineFuncs *funcs,
                                        gpointer user_data);
void     ss_store_engine_run           (SsStoreEngine *self, SsStoreRequest *request);
void     ss_store_engine_follow        (SsStoreEngine *self, const char *name, gboolean following);
void     ss_store_engine_close         (SsStoreEngine *self);
gboolean ss_store_engine_is_online     (SsStoreEngine *self);

/* For the kinds of engines. */
void     ss_store_engine_tell_online   (SsStoreEngine *self, gboolean online, const GError *error);
void     ss_store_engine_tell_followed (SsStoreEngine *self, const char *name);
void     ss_store_engine_tell_news     (SsStoreEngine *self, const char *name,
                                        const SsStoreNews *news);

G_END_DECLS
