/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "server-signal-types.h"
#include "ss-sequence.h"
#include "ss-mapping.h"

G_BEGIN_DECLS

/* The places of a signal that follow something else: an object, a list model, settings, a file.
 *
 * A track is one such place. What it follows is not held; a track ends when that goes, when the
 * signal goes, or when the application says so, and the document keeps the last value. Only the
 * source writes there: every other writer is refused at a tracked place, within it, and around
 * it. */

typedef struct _SsTracks SsTracks;
typedef struct _SsTrack SsTrack;
typedef struct _SsTrackNode SsTrackNode;
typedef struct _SsSubject SsSubject;

struct _SsTrack
{
  SsTracks       *tracks;
  char           *pointer;
  guint           depth;        /* tokens of the pointer */
  gboolean        is_live;      /* the document has it */

  SsTrackNode    *node;         /* an object or a list, else NULL */
  SsPropertyMask *mask;
  GHashTable     *mappings;     /* of SsMapping, to themselves */

  GObject        *source;       /* weakly; NULL when it is not an object that can go */
  gulong          handlers[4];  /* on source, 0 where there is none */
  gpointer        data;         /* of other sources */
  GDestroyNotify  free_data;
  SsTrack        *grave;        /* the next that is to be freed */
};

/* An object that is followed at one or more places. */
struct _SsSubject
{
  SsTracks    *tracks;
  GObject     *object;
  gulong       handler;
  SsTrackNode *nodes;

  /* Of a list: after all other handlers, and how many emissions have come to the first and not to
   * the second. */
  gulong       after_handler;
  guint        n_open;
};

/* An object or a list at one place. What a notification of an item looks at comes first. */
struct _SsTrackNode
{
  SsSequenceItem item;      /* among the items of a list */
  SsTrackNode  *owner;     /* the object or list that it is in; NULL: it is the track's own */
  SsTrack      *track;
  GObject      *object;    /* held, unless it is the track's own */
  SsTrackNode  *next;      /* of the same subject */
  const SsMapping *mapping;      /* of an object */
  SsTrackNode **children;  /* of an object, by property, or NULL */

  /* Which property of its owner; of an item that is part of no list yet, its index. */
  guint         place;
  guint         depth;     /* tokens of its pointer */
  guint         reading;   /* the property that is being read, plus one */
  guint         is_list : 1;
  guint         is_dead : 1;
  guint         is_stale : 1;
  guint         is_unchecked : 1;

  /* NULL for what is only a value, such as a GFile. */
  SsSubject    *subject;
  SsTrackNode  *previous;
  SsTrackNode  *grave;     /* the next that is to be freed */

  /* Of a list. */
  SsSequence      *items;
  const SsPropertyMask *mask;
  guint         version;   /* goes up when its items change */
  guint         checked;   /* so many items from its start are the model's */
};

struct _SsTracks
{
  ServerSignal *signal;
  GHashTable   *by_pointer;  /* pointer to SsTrack */
  GHashTable   *above;       /* pointer to how many tracks are somewhere below */
  GHashTable   *subjects;    /* object to SsSubject */

  gboolean      is_ending;   /* the signal is, and cannot be held any more */
  guint         busy;
  SsTrackNode  *graveyard;
  SsTrack      *ended;       /* no longer in by_pointer; what is being read may still ask them */
  GPtrArray    *stale;       /* nodes that told of a change before the document had them */
  GPtrArray    *unchecked;   /* lists, see ss-track-check.c */
  GSource      *check;
  gint64        check_due;
  gint64        check_cost;    /* in microseconds, since nothing was left to check */
  guint         check_turns;
  guint         check_wait;
  gboolean      is_checking;
  GQueue        failures;
};

/* The tracks of a signal, made when first asked for. */
SsTracks *ss_tracks_get          (ServerSignal *signal);

/* Around everything that writes for a source, and around what runs code of the application's
 * while nodes are looked at. The last leave commits, and tells of failures; after it all may be
 * gone. */
void      ss_tracks_enter        (SsTracks *self);
void      ss_tracks_leave        (SsTracks *self);
/* What cannot be followed; error is taken. Told when the commit has been made. */
void      ss_tracks_fail         (SsTracks *self, char *pointer, GError *error);
/* Failures at a place or within it that were not told yet. */
void      ss_tracks_forget       (SsTracks *self, const char *pointer);

/* A track that the document does not have yet. The errors of server_signal_track_object(). */
SsTrack  *ss_track_new           (ServerSignal *signal, const char *pointer, GError **error);
void      ss_track_watch         (SsTrack *self, gpointer source);
/* Writes its first value. FALSE, and the track is gone. */
gboolean  ss_track_begin         (SsTrack *self, const SsValue *value, GError **error);
void      ss_track_end           (SsTrack *self);
SsTrack  *ss_tracks_lookup       (SsTracks *self, const char *pointer);

/* Writing for a source; value is transfer none. Between enter and leave. */
void      ss_track_put           (SsTrack *self, const char *pointer, const SsValue *value);
void      ss_track_remove        (SsTrack *self, const char *pointer);
/* A member of what is at the track's place. value NULL: there is none. */
void      ss_track_put_member    (SsTrack *self, const char *name, const SsValue *value);

/* Objects and lists. */

/* NULL and an error; nothing in it may fail. */
SsTrackNode *ss_track_build      (SsTrack *track, GObject *object, SsValue **value, GError **error);
void         ss_track_node_free  (SsTrackNode *node);   /* with all that is in it */
void         ss_track_node_refresh (SsTrackNode *node);
gboolean     ss_track_node_is_attached (const SsTrackNode *node);

G_END_DECLS
