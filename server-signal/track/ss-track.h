/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "json/ss-value.h"
#include "server-signal-types.h"

G_BEGIN_DECLS

/* The places of a signal that follow a source: an object, a list model, settings, a file.
 *
 * A track is one such place. It ends when its source goes, when the signal goes, or when the
 * application says so, and the document keeps the last value. Only the source writes there: every
 * other writer is refused at a tracked place, within it, and around it. */

typedef struct _SsTracks SsTracks;   /* all tracks of a signal */
typedef struct _SsTrack SsTrack;

/* A kind of source, in a file of its own. The functions are called between enter and leave. */
typedef struct
{
  /* Reads the source, and follows it from now on; the value is transfer full. NULL and an error:
   * nothing is tracked, and only end() and free() are called after it. properties are those that
   * the application has chosen, where the kind has a public function that takes some; NULL stands
   * for all. It may run application code. */
  SsValue *(*begin) (SsTrack *track, gpointer source, const char * const *properties,
                     GError **error);
  /* The track has ended, and its handlers are disconnected. NULL: there is nothing to let go of. */
  void     (*end)   (SsTrack *track);
  /* Nothing is being read from the source any more. NULL: there is nothing to free. */
  void     (*free)  (SsTrack *track);
} SsTrackKind;

struct _SsTrack
{
  const SsTrackKind *kind;
  SsTracks          *tracks;
  ServerSignal      *signal;
  guint              number;        /* no other track of the signal has it */
  char              *pointer;
  guint              depth;         /* tokens of the pointer */
  gboolean           is_live;       /* the document has it */
  gpointer           data;          /* of the kind */

  GObject           *source;        /* weakly; NULL when it is not an object that can go */
  gulong             handlers[4];   /* on source, 0 where there is none */
  SsTrack           *next_ended;
};

/* For those who begin and end tracks. The errors are those of server_signal_track_object() and of
 * the kind. */

gboolean      ss_tracks_begin        (ServerSignal *signal, const char *pointer,
                                      const SsTrackKind *kind, gpointer source,
                                      const char * const *properties, GError **error);
/* The same for the whole document of a new signal. */
ServerSignal *ss_tracks_begin_signal (const char *name, const SsTrackKind *kind, gpointer source,
                                      GError **error);
void          ss_tracks_end          (ServerSignal *signal, const char *pointer);

/* For kinds. */

/* Around everything that writes for a source, and around everything that runs application code
 * while the source is read. The last leave commits and reports failures; after it all may be
 * gone. */
void      ss_tracks_enter   (SsTracks *self);
void      ss_tracks_leave   (SsTracks *self);

/* The track ends when the source is disposed, to which it holds no reference. Called by begin(). */
void      ss_track_watch    (SsTrack *self, gpointer source);
/* Connects to the source that is watched, as long as the track lasts. callback gets the track. */
void      ss_track_connect  (SsTrack *self, const char *signal, GCallback callback);
/* Something cannot be followed, of which the application is told after the commit. pointer and
 * error are taken. */
void      ss_track_fail     (SsTrack *self, char *pointer, GError *error);

/* Writing, between enter and leave; value is transfer none. */
void      ss_track_put      (SsTrack *self, const char *pointer, const SsValue *value);
void      ss_track_remove   (SsTrack *self, const char *pointer);

/* A kind may have something in common for all its tracks of a signal. */
typedef struct
{
  /* Called by each leave, before the commit. */
  void (*settle)  (gpointer shared);
  /* Nothing is being read any more, so that ended tracks can be freed. It may run application
   * code. */
  void (*reclaim) (gpointer shared);
  /* All tracks have ended. */
  void (*free)    (gpointer shared);
} SsTracksSharedFuncs;

gpointer  ss_tracks_get_shared (SsTracks *self);   /* NULL: it was not set */
void      ss_tracks_set_shared (SsTracks *self, const SsTracksSharedFuncs *funcs, gpointer shared);

G_END_DECLS
