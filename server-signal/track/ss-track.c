/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track.h"

#include <glib/gi18n-lib.h>

#include "json/ss-pointer.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"

typedef struct
{
  char   *pointer;
  GError *error;
} Failure;

static const SsSourceFuncs source_funcs;

SsTracks *
ss_tracks_get (ServerSignal *signal)
{
  SsTracks *self = ss_signal_get_source (signal);

  if (self == NULL)
    {
      self = g_new0 (SsTracks, 1);
      self->signal = signal;
      self->by_pointer = g_hash_table_new (g_str_hash, g_str_equal);
      self->above = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      self->subjects = g_hash_table_new (NULL, NULL);
      self->stale = g_ptr_array_new ();
      self->unchecked = g_ptr_array_new ();
      g_queue_init (&self->failures);
      ss_signal_set_source (signal, &source_funcs, self);
    }

  return self;
}

static void
failure_free (Failure *failure)
{
  g_free (failure->pointer);
  g_error_free (failure->error);
  g_free (failure);
}

static void
free_track (SsTrack *track)
{
  g_hash_table_unref (track->mappings);
  ss_property_mask_free (track->mask);
  g_free (track->pointer);
  g_free (track);
}

/* Letting go of an object may run code of the application's, which may bury others meanwhile. */
static void
bury (SsTracks *self)
{
  while (self->busy == 0 && self->graveyard != NULL)
    {
      SsTrackNode *node = self->graveyard;

      self->graveyard = node->grave;
      if (node->owner != NULL)
        g_clear_object (&node->object);
      g_free (node);
    }

  while (self->busy == 0 && self->ended != NULL)
    {
      SsTrack *track = self->ended;

      self->ended = track->grave;
      free_track (track);
    }
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
      ss_track_end (track);
    }
}

static void
free_all (gpointer source)
{
  SsTracks *self = source;

  self->is_ending = TRUE;
  end_all (self);
  g_assert (self->busy == 0);
  bury (self);
  g_assert (g_hash_table_size (self->subjects) == 0);

  g_queue_clear_full (&self->failures, (GDestroyNotify) failure_free);
  g_ptr_array_unref (self->stale);
  g_ptr_array_unref (self->unchecked);
  if (self->check != NULL)
    g_source_destroy (self->check);
  g_clear_pointer (&self->check, g_source_unref);
  g_hash_table_unref (self->subjects);
  g_hash_table_unref (self->above);
  g_hash_table_unref (self->by_pointer);
  g_free (self);
}

SsTrack *
ss_tracks_lookup (SsTracks   *self,
                  const char *pointer)
{
  return g_hash_table_lookup (self->by_pointer, pointer != NULL ? pointer : "");
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

/* What sources have written in a transaction is taken back with the rest, and then written again:
 * a source cannot be undone, and the document has to be what it is. */
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
          ss_tracks_fail (self, g_strdup (track->pointer), error);
          ss_track_end (track);
        }
    }
  ss_tracks_leave (self);
}

static const SsSourceFuncs source_funcs = { may_write, may_apply, discard, end_all, free_all };

void
ss_tracks_enter (SsTracks *self)
{
  g_object_ref (self->signal);
  self->busy++;
}

/* A getter may notify, or change a list, while an object is being read that is not in the
 * document yet. What it said then is looked at when it is. */
static void
refresh_stale (SsTracks *self)
{
  for (guint turn = 0; turn < 16 && self->stale->len > 0; turn++)
    for (guint i = self->stale->len; i > 0; i = MIN (i - 1, self->stale->len))
      {
        SsTrackNode *node = self->stale->pdata[i - 1];

        if (!ss_track_node_is_attached (node))
          continue;
        g_ptr_array_remove_index_fast (self->stale, i - 1);
        node->is_stale = FALSE;
        ss_track_node_refresh (node);
      }
}

void
ss_tracks_leave (SsTracks *self)
{
  ServerSignal *signal = self->signal;

  if (self->stale->len > 0)
    refresh_stale (self);

  ss_signal_written (signal);

  self->busy--;
  bury (self);

  while (self->busy == 0 && !g_queue_is_empty (&self->failures))
    {
      Failure *failure = g_queue_pop_head (&self->failures);

      ss_signal_source_failed (signal, failure->pointer, failure->error);
      failure_free (failure);
    }

  g_object_unref (signal);
}

void
ss_tracks_fail (SsTracks *self,
                char     *pointer,
                GError   *error)
{
  Failure *failure = g_new (Failure, 1);

  failure->pointer = pointer;
  failure->error = error;
  g_queue_push_tail (&self->failures, failure);
}

void
ss_tracks_forget (SsTracks   *self,
                  const char *pointer)
{
  gsize length;
  GList *next;

  if (pointer == NULL)
    pointer = "";
  length = strlen (pointer);

  for (GList *link = self->failures.head; link != NULL; link = next)
    {
      Failure *failure = link->data;

      next = link->next;
      if (strncmp (failure->pointer, pointer, length) == 0 &&
          (failure->pointer[length] == '\0' || failure->pointer[length] == '/'))
        {
          failure_free (failure);
          g_queue_delete_link (&self->failures, link);
        }
    }
}

/* Tracks */

static guint
mapping_hash (gconstpointer key)
{
  const SsMapping *mapping = key;

  return g_direct_hash ((gpointer) mapping->type) ^ g_direct_hash (mapping->mask);
}

static gboolean
mapping_equal (gconstpointer a,
               gconstpointer b)
{
  const SsMapping *mapping_a = a;
  const SsMapping *mapping_b = b;

  return mapping_a->type == mapping_b->type && mapping_a->mask == mapping_b->mask;
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
                     "object already"), pointer, server_signal_get_name (tracks->signal));
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

SsTrack *
ss_track_new (ServerSignal  *signal,
              const char    *pointer,
              GError       **error)
{
  SsTracks *tracks = ss_tracks_get (signal);
  SsTrack *self;

  if (pointer == NULL)
    pointer = "";

  if (!ss_signal_may_write (signal, error) ||
      !ss_pointer_is_valid (pointer, error) ||
      !check_place (tracks, pointer, error))
    return NULL;

  self = g_new0 (SsTrack, 1);
  self->tracks = tracks;
  self->pointer = g_strdup (pointer);
  self->depth = ss_pointer_depth (pointer);
  self->mappings = g_hash_table_new_full (mapping_hash, mapping_equal,
                                          (GDestroyNotify) ss_mapping_free, NULL);

  return self;
}

/* Its handlers are gone by now. */
static void
source_gone_cb (gpointer  user_data,
                GObject  *where_it_was)
{
  SsTrack *self = user_data;

  self->source = NULL;
  ss_track_end (self);
}

void
ss_track_watch (SsTrack  *self,
                gpointer  source)
{
  g_assert (self->source == NULL);

  self->source = source;
  g_object_weak_ref (self->source, source_gone_cb, self);
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

gboolean
ss_track_begin (SsTrack        *self,
                const SsValue  *value,
                GError        **error)
{
  SsTracks *tracks = self->tracks;

  /* Code of the application's may have run since the place was looked at. */
  if (!ss_signal_may_write (tracks->signal, error) ||
      !check_place (tracks, self->pointer, error) ||
      !ss_signal_source_put (tracks->signal, self->pointer, value, error))
    {
      ss_track_end (self);
      return FALSE;
    }

  self->is_live = TRUE;
  g_hash_table_insert (tracks->by_pointer, self->pointer, self);
  count_above (self, 1);
  return TRUE;
}

void
ss_track_end (SsTrack *self)
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
  if (self->node != NULL)
    ss_track_node_free (self->node);
  tracks->busy--;

  if (self->free_data != NULL)
    self->free_data (self->data);

  /* A getter may end what is being read. */
  self->grave = tracks->ended;
  tracks->ended = self;
  bury (tracks);
}

static gboolean
has_revisions (SsTrack    *self,
               const char *pointer)
{
  GError *error = NULL;

  if (ss_signal_may_write (self->tracks->signal, &error))
    return TRUE;

  ss_tracks_fail (self->tracks, g_strdup (pointer), error);
  return FALSE;
}

void
ss_track_put (SsTrack       *self,
              const char    *pointer,
              const SsValue *value)
{
  GError *error = NULL;

  if (has_revisions (self, pointer) &&
      !ss_signal_source_put (self->tracks->signal, pointer, value, &error))
    ss_tracks_fail (self->tracks, g_strdup (pointer), error);
}

void
ss_track_remove (SsTrack    *self,
                 const char *pointer)
{
  ServerSignal *signal = self->tracks->signal;
  SsOp op = { SS_OP_REMOVE, NULL, NULL, NULL };
  GError *error = NULL;

  if (ss_pointer_resolve (ss_signal_peek (signal), pointer, NULL) == NULL ||
      !has_revisions (self, pointer))
    return;

  op.path = g_strdup (pointer);
  if (!ss_signal_source_apply (signal, &op, &error))
    ss_tracks_fail (self->tracks, g_strdup (pointer), error);
}

void
ss_track_put_member (SsTrack       *self,
                     const char    *name,
                     const SsValue *value)
{
  g_autoptr (GString) pointer = g_string_new (self->pointer);

  ss_pointer_append_token (pointer, name, -1);
  if (value != NULL)
    ss_track_put (self, pointer->str, value);
  else
    ss_track_remove (self, pointer->str);
}
