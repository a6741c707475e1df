/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* Between ss-track-node.c, which is objects, and ss-track-list.c. */

typedef struct
{
  SsTrack  *track;
  /* Anything that JSON cannot carry makes the whole fail with error. Else it is JSON null, and a
   * failure that the application is told of. */
  gboolean  is_strict;
  GError   *error;
} SsBuilder;

SsTrackNode *ss_track_node_new     (SsTrack *track, SsTrackNode *owner, guint place, GObject *object);
GString     *ss_track_node_pointer (const SsTrackNode *node);
/* Whether the document has it. If not, it is noted that it has to be looked at when it does. */
gboolean     ss_track_node_is_live (SsTrackNode *node);
void         ss_track_node_update  (SsTrackNode *node, guint property);

/* The object as a value. NULL only of a builder that is strict. node is NULL for what is followed
 * no further. */
SsValue     *ss_track_build_object (SsBuilder *builder, SsTrackNode *owner, guint place,
                                    GObject *object, const SsPropertyMask *mask,
                                    SsTrackNode **node);

SsValue     *ss_track_list_build   (SsBuilder *builder, SsTrackNode *list);
void         ss_track_list_splice  (SsTrackNode *list, guint position, guint removed, guint added);
void         ss_track_list_resync  (SsTrackNode *list);

/* Whether a list is what its model is, looked at when the main loop has nothing else to do. */
void         ss_track_list_check_later  (SsTrackNode *list);
void         ss_track_list_check_no_more (SsTrackNode *list);

/* FALSE and LIMIT for a model of more items than a document can have. */
gboolean     ss_track_list_check_length (GListModel *model, GError **error);

G_END_DECLS
