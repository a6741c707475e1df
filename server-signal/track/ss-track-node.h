/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-mapping.h"
#include "ss-property-mask.h"
#include "ss-sequence.h"
#include "ss-track-check.h"
#include "ss-track.h"

G_BEGIN_DECLS

/* Objects and lists as trees of nodes: a node is one object at one place of the document. Where
 * one object is at several places, its nodes have one subject, so that a change of it is one
 * commit. */

typedef struct _SsTrackGraph SsTrackGraph;
typedef struct _SsTrackNode SsTrackNode;
typedef struct _SsTrackNodeKind SsTrackNodeKind;

/* An object that is followed at one or more places. */
typedef struct
{
  SsTrackGraph *graph;
  GObject      *object;
  SsTrackNode  *nodes;
  gulong        handler;

  /* Of a list: after all other handlers, and how many emissions have come to the first and not to
   * the second. */
  gulong        after_handler;
  guint         n_open;
} SsSubject;

/* The data of a track that has nodes. */
typedef struct
{
  SsTrack        *track;
  SsTrackGraph   *graph;
  SsTrackNode    *node;       /* NULL until all of it has been read */
  SsPropertyMask *mask;
  GHashTable     *mappings;   /* of SsMapping, to themselves */
} SsTrackRoot;

/* An object or a list at one place. The fields that a notification of an item needs come first. */
struct _SsTrackNode
{
  SsSequenceItem         item;      /* among the items of a list */
  SsTrackNode           *owner;     /* the object or list that it is in; NULL: it is the root's */
  SsTrackRoot           *root;
  GObject               *object;    /* held, unless it is the root's */
  SsTrackNode           *next;      /* of the same subject */
  const SsMapping       *mapping;   /* of an object, else NULL */
  SsTrackNode          **children;  /* of an object, by property, or NULL */

  /* The property of its owner; of an item that is part of no list yet, its index. */
  guint                  place;
  guint                  depth;     /* tokens of its pointer */
  guint                  reading;   /* the property that is being read, plus one */
  guint                  is_dead : 1;
  guint                  is_stale : 1;
  guint                  is_unchecked : 1;

  /* NULL for a mere value, such as a GFile. */
  const SsTrackNodeKind *kind;
  SsSubject             *subject;
  SsTrackNode           *previous;
  SsTrackNode           *next_dead;

  /* Of a list. */
  SsSequence            *items;
  const SsPropertyMask  *mask;
  guint                  version;   /* goes up when its items change */
  guint                  checked;   /* so many items from its start are the model's */
};

typedef struct
{
  SsTrackRoot *root;
  /* Any value that JSON cannot carry makes the whole fail with error. Otherwise it is JSON null, and
   * a failure that the application is told of. */
  gboolean     is_strict;
  GError      *error;
} SsTrackBuilder;

struct _SsTrackNodeKind
{
  /* Objects of this type are of this kind. */
  GType    (*get_type) (void);
  /* The object can be such a node, which is made ready for it. FALSE and an error. */
  gboolean (*prepare)  (SsTrackNode *self, const SsPropertyMask *mask, GError **error);
  /* Connects to the object. */
  void     (*connect)  (SsSubject *subject);
  /* The object as a value. NULL only of a builder that is strict. */
  SsValue *(*read)     (SsTrackNode *self, SsTrackBuilder *builder);
  /* It may have changed without a notification, or before the document had it. */
  void     (*refresh)  (SsTrackNode *self);
};

/* The objects and lists that are followed in one signal. */
struct _SsTrackGraph
{
  SsTracks                     *tracks;
  const SsTrackNodeKind * const *kinds;
  GHashTable                   *subjects;   /* object to SsSubject */
  GPtrArray                    *stale;      /* nodes that changed before the document had them */
  SsTrackNode                  *dead;       /* to be freed when nothing is being read */
  SsTrackCheck                 *check;      /* of lists, or NULL */
};

/* For the kind of track that has nodes: the functions of its SsTrackKind. kinds ends with NULL; the
 * first that fits an object is its kind. */
SsValue     *ss_track_root_begin       (SsTrack *track, const SsTrackNodeKind * const *kinds,
                                        gpointer source, const char * const *properties,
                                        GError **error);
void         ss_track_root_end         (SsTrack *track);
void         ss_track_root_free        (SsTrack *track);

/* An object as a value. NULL only of a builder that is strict. node is NULL for a value that is
 * followed no further. */
SsValue     *ss_track_builder_build    (SsTrackBuilder *self, SsTrackNode *owner, guint place,
                                        GObject *object, const SsPropertyMask *mask,
                                        SsTrackNode **node);
/* A place cannot have a value; error is taken. NULL of a builder that is strict, else JSON null. */
SsValue     *ss_track_builder_refuse   (SsTrackBuilder *self, const SsTrackNode *owner, guint place,
                                        GError *error);

SsTrackNode *ss_track_node_new         (SsTrackRoot *root, SsTrackNode *owner, guint place,
                                        GObject *object);
void         ss_track_node_free        (SsTrackNode *self);   /* with all that is in it */
GString     *ss_track_node_pointer     (const SsTrackNode *self);
/* Appends the token of a place in it. */
void         ss_track_node_append      (const SsTrackNode *self, GString *pointer, guint place);
/* Whether the document has it. If not, it is refreshed when the document has. */
gboolean     ss_track_node_is_live     (SsTrackNode *self);
void         ss_track_node_refresh     (SsTrackNode *self);

G_END_DECLS
