/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/server-signal-patch.h"
#include "json/ss-patch.h"
#include "json/ss-value.h"
#include "ss-limits.h"
#include "ss-message.h"
#include "ss-protocol.h"

G_BEGIN_DECLS

/* The frames of protocol.md as structs, and their text; ss-frame-decode.h is the way back. */

typedef enum
{
  SS_FRAME_UNKNOWN,      /* an object of no kind that we know: ignored by the receiver */
  SS_FRAME_UPDATE,       /* patch; has_base and base, has_rev and rev in v1 */
  SS_FRAME_SNAPSHOT,     /* value (put in place of ""); epoch (or NULL) and rev in v1 */
  SS_FRAME_HELLO,        /* protocol, signals, via */
  SS_FRAME_SIGNAL,       /* name, news, has_age and age with SS_NEWS_STALE */
  SS_FRAME_VIA,          /* via */
  SS_FRAME_ERROR,        /* code, name or NULL, message */
  SS_FRAME_SUBSCRIBE,    /* name, epoch or NULL, has_rev, rev, max (0: none given) */
  SS_FRAME_UNSUBSCRIBE,  /* name */
  SS_FRAME_INTERVAL,     /* interval */
  SS_FRAME_CALL,         /* name (the method), id, value (the arguments, or NULL), key or NULL, max */
  SS_FRAME_CANCEL,       /* id */
  SS_FRAME_REPLY,        /* id, and value; or code, message, and value (the data, or NULL) */
  SS_FRAME_PROGRESS,     /* id, value */
} SsFrameKind;

/* The largest age that a frame tells, in milliseconds. */
#define SS_AGE_MAX ((gint64) SS_REVISION_MAX)

typedef enum
{
  SS_NEWS_ADDED,
  SS_NEWS_REMOVED,
  SS_NEWS_STALE,         /* nobody vouches for the document of a signal */
  SS_NEWS_FRESH,         /* somebody does again */
} SsNews;

typedef struct
{
  SsFrameKind        kind;
  SsNews             news;
  char              *name;
  ServerSignalPatch *patch;
  SsValue           *value;
  char              *epoch;
  guint64            base;
  guint64            rev;
  guint64            max;
  guint64            id;
  char              *key;
  char              *code;
  char              *message;
  char              *protocol;
  GStrv              signals;
  GStrv              via;
  gboolean           has_base;
  gboolean           has_rev;
  gboolean           has_age;
  guint64            age;      /* milliseconds */
  guint64            interval; /* milliseconds */
} SsFrame;

void       ss_frame_clear              (SsFrame *frame);

/* The words of the frames. FALSE: it is none that we know. */
const char *ss_news_to_string          (SsNews news);
gboolean   ss_news_from_string         (const char *word, SsNews *news);

/* Names and texts are UTF-8, revisions go up to SS_REVISION_MAX. */
/* epoch NULL: the plain form. */
SsMessage *ss_frame_encode_snapshot    (const char *name, const SsValue *value, const char *epoch,
                                        guint64 rev);
/* patch NULL: the empty one, as in the confirmation of a revision that a client holds. */
SsMessage *ss_frame_encode_update      (const char *name, ServerSignalPatch *patch, guint64 base,
                                        guint64 rev);
SsMessage *ss_frame_encode_plain       (const char *name, ServerSignalPatch *patch);
SsMessage *ss_frame_encode_hello       (const char * const *signals, const char * const *via);
/* age: milliseconds; -1: none is told. */
SsMessage *ss_frame_encode_signal      (SsNews news, const char *name, gint64 age);
SsMessage *ss_frame_encode_via         (const char * const *via);
SsMessage *ss_frame_encode_error       (const char *code, const char *name, const char *message);
/* max 0: none. epoch NULL: no resuming. */
SsMessage *ss_frame_encode_subscribe   (const char *name, const char *epoch, guint64 rev,
                                        guint64 max);
SsMessage *ss_frame_encode_unsubscribe (const char *name);
SsMessage *ss_frame_encode_interval    (guint milliseconds);
/* ids go up to SS_REVISION_MAX. arguments, key NULL, max 0: left out. */
SsMessage *ss_frame_encode_call        (const char *method, guint64 id, const SsValue *arguments,
                                        const char *key, guint64 max);
SsMessage *ss_frame_encode_cancel      (guint64 id);
SsMessage *ss_frame_encode_reply       (guint64 id, const SsValue *value);
/* data NULL: none. */
SsMessage *ss_frame_encode_failure     (guint64 id, const char *code, const char *message,
                                        const SsValue *data);
SsMessage *ss_frame_encode_progress    (guint64 id, const SsValue *value);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SsFrame, ss_frame_clear)

G_END_DECLS
