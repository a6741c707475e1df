/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track.h"

#include <glib/gi18n-lib.h>

#include "json/ss-pointer.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"

struct _SsTracks
{
  ServerSignal *signal;
  GHashTable   *by_pointer;   /* pointer to SsTrack */
  GHashTable   *above;        /* pointer to how many tracks are somewhere below */

  gboolean      is_ending;    /* the signal is, and cannot be held any more */
  guint         busy;         /* how many have entered and not left */
  SsTrack      *ended;        /* no longer in by_pointer; a reading may still ask them */
  guint         n_tracks;     /* so many were made */
  GQueue        failures;     /* of Failure */

  const SsTracksSharedFuncs *shared_funcs;
  gpointer                   shared;
};

typedef struct
{
  guint   track;     /* its number; it may be gone */
  char   *pointer;
  GError *error;
} Failure;

static void
failure_free (Failure *failure)
{
  g_free (failure->pointer);
  g_error_free (failure->error);
  g_free (failure);
}

static void
track_free (SsTrack *self)
{
  if (self->kind->free != NULL)
    self->kind->free (self);
  g_free (self->pointer);
  g_free (self);
}

/* Dropping an object may run application code, which may end other tracks. */
static void
reclaim (SsTracks *self)
{
  if (self->busy == 0 && self->shared != NULL)
    self->shared_funcs->reclaim (self->shared);

  while (self->busy == 0 && self->ended != NULL)
    {
      SsTrack *track = self->ended;

      self->ended = track->next_ended;
      track_free (track);
    }
}

gpointer
ss_tracks_get_shared (SsTracks *self)
{
  return self->shared;
}

void
ss_tracks_set_shared (SsTracks                  *self,
                      const SsTracksSharedFuncs *funcs,
                      gpointer                   shared)
{
  g_assert (self->shared == NULL);

  self->shared_funcs = funcs;
  self->shared = shared;
}

static void
count_above (SsTrack *self,
             int      by)
{
  g_autofree char *prefix = g_strdup (self->pointer);
  char *slash;

  while ((slash = strrchr (prefix, '/')) != NULL)
    {
      int count;

      *slash = '\0';
      count = GPOINTER_TO_INT (g_hash_table_lookup (self->tracks->above, prefix)) + by;
      if (count > 0)
        g_hash_table_insert (self->tracks->above, g_strdup (prefix), GINT_TO_POINTER (count));
      else
        g_hash_table_remove (self->tracks->above, prefix);
    }
}

static void track_end (SsTrack *self);

/* Its handlers are gone by now. */
static void
source_gone_cb (gpointer  user_data,
                GObject  *where_it_was)
{
  SsTrack *self = user_data;

  self->source = NULL;
  track_end (self);
}

void
ss_track_watch (SsTrack  *self,
                gpointer  source)
{
  g_assert (self->source == NULL);

  self->source = source;
  g_object_weak_ref (self->source, source_gone_cb, self);
}

void
ss_track_connect (SsTrack    *self,
                  const char *signal,
                  GCallback   callback)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (self->handlers) && self->handlers[i] != 0)
    i++;
  g_assert (i < G_N_ELEMENTS (self->handlers));

  self->handlers[i] = g_signal_connect (self->source, signal, callback, self);
}

static void
track_end (SsTrack *self)
{
  SsTracks *tracks = self->tracks;
  g_autoptr (ServerSignal) keep = tracks->is_ending ? NULL : g_object_ref (tracks->signal);

  if (self->is_live)
    {
      g_hash_table_remove (tracks->by_pointer, self->pointer);
      count_above (self, -1);
      self->is_live = FALSE;
    }

  if (self->source != NULL)
    {
      for (guint i = 0; i < G_N_ELEMENTS (self->handlers); i++)
        if (self->handlers[i] != 0 &&
            g_signal_handler_is_connected (self->source, self->handlers[i]))
          g_signal_handler_disconnect (self->source, self->handlers[i]);
      g_object_weak_unref (self->source, source_gone_cb, self);
    }

  tracks->busy++;
  if (self->kind->end != NULL)
    self->kind->end (self);
  tracks->busy--;

  /* A getter may end the track that is being read. */
  self->next_ended = tracks->ended;
  tracks->ended = self;
  reclaim (tracks);
}

static void
end_all (gpointer source)
{
  SsTracks *self = source;
  GHashTableIter iter;
  gpointer track;

  for (;;)
    {
      g_hash_table_iter_init (&iter, self->by_pointer);
      if (!g_hash_table_iter_next (&iter, NULL, &track))
        break;
      track_end (track);
    }
}

static void
free_all (gpointer source)
{
  SsTracks *self = source;

  self->is_ending = TRUE;
  end_all (self);
  g_assert (self->busy == 0);
  reclaim (self);
  if (self->shared != NULL)
    self->shared_funcs->free (self->shared);

  g_queue_clear_full (&self->failures, (GDestroyNotify) failure_free);
  g_hash_table_unref (self->above);
  g_hash_table_unref (self->by_pointer);
  g_free (self);
}

/* The tracked place that a pointer is at or within, or NULL. */
static const SsTrack *
find_around (SsTracks   *self,
             const char *pointer)
{
  g_autofree char *prefix = g_strdup (pointer);

  for (;;)
    {
      const SsTrack *track = g_hash_table_lookup (self->by_pointer, prefix);
      char *slash;

      if (track != NULL)
        return track;

      slash = strrchr (prefix, '/');
      if (slash == NULL)
        return NULL;
      *slash = '\0';
    }
}

static gboolean
may_write (gpointer     source,
           const char  *pointer,
           GError     **error)
{
  SsTracks *self = source;

  if (pointer == NULL)
    pointer = "";

  if (g_hash_table_size (self->by_pointer) == 0 ||
      (find_around (self, pointer) == NULL && !g_hash_table_contains (self->above, pointer)))
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY,
               /* Translators: a JSON Pointer and the name of a signal. */
               _("“%s” of signal “%s” follows an object, which alone writes it"), pointer,
                  server_signal_get_name (self->signal));
  return FALSE;
}

static gboolean
may_apply (gpointer     source,
           const SsOp  *ops,
           guint        n_ops,
           GError     **error)
{
  for (guint i = 0; i < n_ops; i++)
    if ((ops[i].kind != SS_OP_TEST && !may_write (source, ops[i].path, error)) ||
        (ops[i].kind == SS_OP_MOVE && !may_write (source, ops[i].from, error)))
      return FALSE;

  return TRUE;
}

static GPtrArray *
list_tracks (SsTracks *self)
{
  GPtrArray *tracks = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer track;

  g_hash_table_iter_init (&iter, self->by_pointer);
  while (g_hash_table_iter_next (&iter, NULL, &track))
    g_ptr_array_add (tracks, track);

  return tracks;
}

/* Values that sources have written in a transaction are taken back with the rest, and then written
 * again: a source cannot be undone, and the document follows it. */
static void
discard (gpointer source)
{
  SsTracks *self = source;
  ServerSignal *signal = self->signal;
  g_autoptr (GPtrArray) tracks = NULL;
  g_autoptr (GPtrArray) values = NULL;

  if (!ss_signal_is_pending (signal))
    return;

  ss_tracks_enter (self);
  tracks = list_tracks (self);
  values = g_ptr_array_new_with_free_func ((GDestroyNotify) ss_value_unref);
  for (guint i = 0; i < tracks->len; i++)
    {
      const SsTrack *track = tracks->pdata[i];

      g_ptr_array_add (values, ss_value_ref (ss_pointer_resolve (ss_signal_peek (signal),
                                                                 track->pointer, NULL)));
    }

  ss_signal_source_discard (signal);

  for (guint i = 0; i < tracks->len; i++)
    {
      SsTrack *track = tracks->pdata[i];
      const SsValue *value = values->pdata[i];
      GError *error = NULL;
      gboolean written = ss_signal_source_diff (signal, track->pointer, value, &error);

      /* The object that it was in came to be in the transaction, and is no more. */
      if (!written)
        {
          ss_track_fail (track, g_strdup (track->pointer), error);
          track_end (track);
        }
    }
  ss_tracks_leave (self);
}

static const SsSourceFuncs source_funcs = { may_write, may_apply, discard, end_all, free_all };

/* The tracks of a signal, made when first asked for. */
static SsTracks *
get_tracks (ServerSignal *signal)
{
  SsTracks *self = ss_signal_get_source (signal);

  if (self == NULL)
    {
      self = g_new0 (SsTracks, 1);
      self->signal = signal;
      self->by_pointer = g_hash_table_new (g_str_hash, g_str_equal);
      self->above = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_queue_init (&self->failures);
      ss_signal_set_source (signal, &source_funcs, self);
    }

  return self;
}

void
ss_tracks_enter (SsTracks *self)
{
  g_object_ref (self->signal);
  self->busy++;
}

void
ss_tracks_leave (SsTracks *self)
{
  ServerSignal *signal = self->signal;

  if (self->shared != NULL)
    self->shared_funcs->settle (self->shared);

  ss_signal_written (signal);

  self->busy--;
  reclaim (self);

  while (self->busy == 0 && !g_queue_is_empty (&self->failures))
    {
      Failure *failure = g_queue_pop_head (&self->failures);

      ss_signal_source_failed (signal, failure->pointer, failure->error);
      failure_free (failure);
    }

  g_object_unref (signal);
}

void
ss_track_fail (SsTrack *self,
               char    *pointer,
               GError  *error)
{
  Failure *failure = g_new (Failure, 1);

  failure->track = self->number;
  failure->pointer = pointer;
  failure->error = error;
  g_queue_push_tail (&self->tracks->failures, failure);
}

/* Nothing was changed, so there is nothing to report but the error. */
static void
forget_failures (SsTrack *self)
{
  GQueue *failures = &self->tracks->failures;
  GList *next;

  for (GList *link = failures->head; link != NULL; link = next)
    {
      Failure *failure = link->data;

      next = link->next;
      if (failure->track == self->number)
        {
          failure_free (failure);
          g_queue_delete_link (failures, link);
        }
    }
}

/* A place that stays where it is, free of others, and that can be written. */
static gboolean
check_place (SsTracks    *tracks,
             const char  *pointer,
             GError     **error)
{
  const SsValue *value = ss_signal_peek (tracks->signal);
  g_autoptr (GString) scratch = g_string_new (NULL);
  const char *rest = pointer;
  const char *token;
  gsize length;

  if (find_around (tracks, pointer) != NULL || g_hash_table_contains (tracks->above, pointer))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS,
                   _("At, in or around “%s” of signal “%s” there is something that follows an "
                     "object already"),
                      pointer, server_signal_get_name (tracks->signal));
      return FALSE;
    }

  while (ss_pointer_next (&rest, scratch, &token, &length))
    {
      if (value != NULL && ss_value_kind (value) == SS_VALUE_ARRAY)
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                       _("“%s” is in a list, where places move"), pointer);
          return FALSE;
        }
      if (value == NULL || ss_value_kind (value) != SS_VALUE_OBJECT)
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND,
                       _("There is no object that “%s” could be a member of"), pointer);
          return FALSE;
        }
      value = ss_object_get (value, token, length);
    }

  return TRUE;
}

static SsTrack *
track_new (SsTracks           *tracks,
           const char         *pointer,
           const SsTrackKind  *kind,
           GError            **error)
{
  SsTrack *self;

  if (pointer == NULL)
    pointer = "";

  if (!ss_signal_may_write (tracks->signal, error) || !ss_pointer_is_valid (pointer, error) ||
      !check_place (tracks, pointer, error))
    return NULL;

  self = g_new0 (SsTrack, 1);
  self->kind = kind;
  self->tracks = tracks;
  self->signal = tracks->signal;
  self->number = ++tracks->n_tracks;
  self->pointer = g_strdup (pointer);
  self->depth = ss_pointer_depth (pointer);

  return self;
}

static gboolean
write_first (SsTrack        *self,
             const SsValue  *value,
             GError        **error)
{
  /* Application code may have run since the place was looked at. */
  if (!ss_signal_may_write (self->signal, error) ||
      !check_place (self->tracks, self->pointer, error) ||
      !ss_signal_source_put (self->signal, self->pointer, value, error))
    return FALSE;

  self->is_live = TRUE;
  g_hash_table_insert (self->tracks->by_pointer, self->pointer, self);
  count_above (self, 1);
  return TRUE;
}

static gboolean
begin (ServerSignal        *signal,
       gboolean             is_new,
       const char          *pointer,
       const SsTrackKind   *kind,
       gpointer             source,
       const char * const  *properties,
       GError             **error)
{
  SsTracks *tracks = get_tracks (signal);
  SsTrack *track;
  gboolean tracked = FALSE;

  ss_tracks_enter (tracks);
  track = track_new (tracks, pointer, kind, error);
  if (track != NULL)
    {
      g_autoptr (SsValue) value = kind->begin (track, source, properties, error);

      /* Nobody has seen the signal: its first document is no commit. */
      if (value != NULL && is_new)
        ss_signal_take_root (signal, ss_value_ref (value));

      tracked = value != NULL && write_first (track, value, error);
      if (!tracked)
        {
          forget_failures (track);
          track_end (track);
        }
    }
  ss_tracks_leave (tracks);

  return tracked;
}

gboolean
ss_tracks_begin (ServerSignal        *signal,
                 const char          *pointer,
                 const SsTrackKind   *kind,
                 gpointer             source,
                 const char * const  *properties,
                 GError             **error)
{
  return begin (signal, FALSE, pointer, kind, source, properties, error);
}

ServerSignal *
ss_tracks_begin_signal (const char         *name,
                        const SsTrackKind  *kind,
                        gpointer            source,
                        GError            **error)
{
  g_autoptr (ServerSignal) signal = server_signal_new (name, NULL);

  if (signal == NULL || !begin (signal, TRUE, NULL, kind, source, NULL, error))
    return NULL;

  return g_steal_pointer (&signal);
}

void
ss_tracks_end (ServerSignal *signal,
               const char   *pointer)
{
  SsTracks *self = ss_signal_get_source (signal);
  SsTrack *track = NULL;

  if (self != NULL)
    track = g_hash_table_lookup (self->by_pointer, pointer != NULL ? pointer : "");
  if (track != NULL)
    track_end (track);
}

static gboolean
has_revisions (SsTrack    *self,
               const char *pointer)
{
  GError *error = NULL;

  if (ss_signal_may_write (self->signal, &error))
    return TRUE;

  ss_track_fail (self, g_strdup (pointer), error);
  return FALSE;
}

void
ss_track_put (SsTrack       *self,
              const char    *pointer,
              const SsValue *value)
{
  GError *error = NULL;

  if (has_revisions (self, pointer) && !ss_signal_source_put (self->signal, pointer, value, &error))
    ss_track_fail (self, g_strdup (pointer), error);
}

void
ss_track_remove (SsTrack    *self,
                 const char *pointer)
{
  ServerSignal *signal = self->signal;
  SsOp op = { SS_OP_REMOVE, NULL, NULL, NULL };
  GError *error = NULL;

  if (ss_pointer_resolve (ss_signal_peek (signal), pointer, NULL) == NULL ||
      !has_revisions (self, pointer))
    return;

  op.path = g_strdup (pointer);
  if (!ss_signal_source_apply (signal, &op, &error))
    ss_track_fail (self, g_strdup (pointer), error);
}
