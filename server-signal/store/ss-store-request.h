/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-store-log.h"

G_BEGIN_DECLS

/* One question to an engine, and its answer. This is the whole of what a store needs of an engine;
 * ss-store-record.c says exactly what each does, and an engine that has a language of its own says
 * the same in it. Each is done at one stroke or not at all, in the order of asking for one name. */
typedef enum
{
  /* The state: the entries after mark where it is in the log of that epoch, else snapshot and
   * entries. epoch NULL: nothing is held. */
  SS_STORE_OPEN,
  /* The lease for owner, with the next generation; answered as OPEN. Makes the signal out of text
   * and fresh, its first epoch, where there is none. BUSY: another has the lease. */
  SS_STORE_CLAIM,
  /* entry goes on top of its base: by the owner of that generation, or with generation 0 by anybody
   * while nobody has the lease. Without an entry it renews the lease, if mark is the newest. text,
   * where it is given, is the document at the entry's mark. CONFLICT, answered as OPEN from the
   * base: something else is on top. FENCED: the lease is another's. BUSY: it is not free. */
  SS_STORE_COMMIT,
  /* text is the document at mark, and what came before it is forgotten: by an owner whose signal the
   * engine has lost, as a whole or by its end. With generation 0 only where there is nothing. CONFLICT:
   * there is something, or more than that by then. */
  SS_STORE_RESTORE,
  /* The owner gives the lease back. */
  SS_STORE_RELEASE,
  /* The signal goes. BUSY: another has the lease. */
  SS_STORE_REMOVE,
  /* It goes by itself when nobody has written it for so many seconds; 0: it stays. */
  SS_STORE_EXPIRE,
  /* The names that begin with name. */
  SS_STORE_LIST,
} SsStoreKind;

typedef enum
{
  SS_STORE_OK,
  SS_STORE_CONFLICT,
  SS_STORE_FENCED,
  SS_STORE_MISSING,
  SS_STORE_BUSY,
  /* The engine may have lost commits, and waits for the owner to say so: ask again. */
  SS_STORE_UNSETTLED,
} SsStoreVerdict;

typedef struct _SsStoreRequest SsStoreRequest;

/* Called from the main loop, never from within the call that asked. With an error the verdict means
 * nothing, and the request may have been carried out all the same. */
typedef void (*SsStoreDoneFunc) (SsStoreRequest *request, const GError *error, gpointer user_data);

struct _SsStoreRequest
{
  SsStoreKind      kind;
  char            *name;
  char            *epoch;
  char            *fresh;        /* the epoch of a life that begins */
  char            *owner;        /* the id of who asks; one that begins with "~" is no durable one */
  guint64          generation;
  SsMark           mark;
  SsLogEntry      *entry;
  GBytes          *text;         /* a document */
  guint            lease_ms;
  guint            seconds;
  /* The owner vouches for mark after the engine may have lost commits. */
  gboolean         settles;

  SsStoreVerdict   verdict;
  SsStoreState     state;
  GPtrArray       *names;        /* of LIST */

  SsStoreDoneFunc  done;
  gpointer         user_data;
  SsStoreDoneFunc  answered;     /* of the engine that was asked: called before done */
  GObject         *engine;
};

SsStoreRequest *ss_store_request_new    (SsStoreKind kind, const char *name, SsStoreDoneFunc done,
                                         gpointer user_data);
/* For engines, once: tells the store how it went, calls done and frees the request. */
void            ss_store_request_finish (SsStoreRequest *self, const GError *error);

G_END_DECLS
