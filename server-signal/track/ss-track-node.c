/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-node.h"

#include <glib/gi18n-lib.h>

#include "json/ss-pointer.h"
#include "server-signal-error.h"
#include "ss-limits.h"
#include "json/ss-to-json.h"

/* The tree and its subjects; objects and lists are read in ss-track-object.c and ss-track-list.c. */

void
ss_track_node_append (const SsTrackNode *self,
                      GString           *pointer,
                      guint              place)
{
  if (self->mapping == NULL)
    {
      ss_pointer_append_index (pointer, place);
    }
  else
    {
      /* The name of a property has nothing to escape. */
      g_string_append_c (pointer, '/');
      g_string_append (pointer, self->mapping->properties[place].name);
    }
}

/* SS_DOCUMENT_DEPTH bounds the recursion. */
static void
append_pointer (GString           *pointer,
                const SsTrackNode *node)
{
  if (node->owner == NULL)
    {
      g_string_append (pointer, node->root->track->pointer);
      return;
    }

  append_pointer (pointer, node->owner);
  ss_track_node_append (node->owner, pointer,
                        node->item.chunk != NULL
                          ? ss_sequence_index (node->owner->items, &node->item)
                          : node->place);
}

GString *
ss_track_node_pointer (const SsTrackNode *self)
{
  GString *pointer = g_string_sized_new (64);

  append_pointer (pointer, self);
  return pointer;
}

static gboolean
is_attached (const SsTrackNode *node)
{
  for (; node->owner != NULL; node = node->owner)
    if (node->owner->children != NULL ? node->owner->children[node->place] != node
                                      : node->item.chunk == NULL)
      return FALSE;

  return node->root->track->is_live;
}

gboolean
ss_track_node_is_live (SsTrackNode *self)
{
  if (self->is_dead)
    return FALSE;
  if (is_attached (self))
    return TRUE;

  if (!self->is_stale)
    {
      self->is_stale = TRUE;
      g_ptr_array_add (self->root->graph->stale, self);
    }
  return FALSE;
}

void
ss_track_node_refresh (SsTrackNode *self)
{
  g_autoptr (GObject) keep = NULL;

  if (self->kind == NULL)
    return;

  keep = g_object_ref (self->object);
  self->kind->refresh (self);
}

/* Subjects */

static void
join_subject (SsTrackNode *node)
{
  SsTrackGraph *graph = node->root->graph;
  SsSubject *subject = g_hash_table_lookup (graph->subjects, node->object);

  if (subject == NULL)
    {
      subject = g_new0 (SsSubject, 1);
      subject->graph = graph;
      subject->object = node->object;
      node->kind->connect (subject);
      g_hash_table_insert (graph->subjects, node->object, subject);
    }

  node->subject = subject;
  node->next = subject->nodes;
  if (node->next != NULL)
    node->next->previous = node;
  subject->nodes = node;
}

static void
leave_subject (SsTrackNode *node)
{
  SsSubject *subject = node->subject;

  if (node->previous != NULL)
    node->previous->next = node->next;
  else
    subject->nodes = node->next;
  if (node->next != NULL)
    node->next->previous = node->previous;

  if (subject->nodes != NULL)
    return;

  g_hash_table_remove (subject->graph->subjects, subject->object);
  /* Disposing of an object takes its handlers away. */
  if (g_signal_handler_is_connected (subject->object, subject->handler))
    g_signal_handler_disconnect (subject->object, subject->handler);
  if (subject->after_handler != 0 &&
      g_signal_handler_is_connected (subject->object, subject->after_handler))
    g_signal_handler_disconnect (subject->object, subject->after_handler);
  g_free (subject);
}

SsTrackNode *
ss_track_node_new (SsTrackRoot *root,
                   SsTrackNode *owner,
                   guint        place,
                   GObject     *object)
{
  SsTrackNode *node = g_new0 (SsTrackNode, 1);

  node->root = root;
  node->owner = owner;
  node->place = place;
  node->depth = owner != NULL ? owner->depth + 1 : root->track->depth;
  node->object = object;
  if (owner != NULL && object != NULL)
    g_object_ref (object);

  return node;
}

/* SS_DOCUMENT_DEPTH bounds the recursion. */
void
ss_track_node_free (SsTrackNode *self)
{
  SsTrackGraph *graph = self->root->graph;

  g_assert (!self->is_dead);

  if (self->items != NULL)
    {
      for (guint i = ss_sequence_length (self->items); i > 0; i--)
        ss_track_node_free ((SsTrackNode *) ss_sequence_get (self->items, i - 1));
      g_clear_pointer (&self->items, ss_sequence_free);
    }
  else if (self->children != NULL)
    {
      for (guint i = 0; i < self->mapping->n_properties; i++)
        if (self->children[i] != NULL)
          ss_track_node_free (self->children[i]);
      g_clear_pointer (&self->children, g_free);
    }

  self->is_dead = TRUE;
  self->item.chunk = NULL;
  if (self->is_stale)
    g_ptr_array_remove_fast (graph->stale, self);
  if (self->is_unchecked)
    ss_track_check_remove (graph->check, self);
  if (self->subject != NULL)
    leave_subject (self);
  self->next_dead = graph->dead;
  graph->dead = self;
}

/* Building */

SsValue *
ss_track_builder_refuse (SsTrackBuilder    *self,
                         const SsTrackNode *owner,
                         guint              place,
                         GError            *error)
{
  SsTrack *track = self->root->track;
  GString *pointer;

  /* Its own getter has ended it. */
  if (!self->is_strict && !track->is_live)
    {
      g_error_free (error);
      return ss_value_new_null ();
    }

  if (owner != NULL)
    {
      pointer = ss_track_node_pointer (owner);
      ss_track_node_append (owner, pointer, place);
    }
  else
    {
      pointer = g_string_new (track->pointer);
    }

  if (!self->is_strict)
    {
      ss_track_fail (track, g_string_free (pointer, FALSE), error);
      return ss_value_new_null ();
    }

  if (self->error == NULL)
    {
      /* Translators: a JSON Pointer. */
      g_prefix_error (&error, _("At “%s”: "), pointer->str);
      self->error = error;
    }
  else
    {
      g_error_free (error);
    }
  g_string_free (pointer, TRUE);

  return NULL;
}

/* Whether the object is met again on the way down to itself. A signal in its own document would
 * change with each commit, and make another. */
static gboolean
is_cycle (const SsTrackRoot *root,
          const SsTrackNode *owner,
          const GObject     *object)
{
  if (object == (const GObject *) root->track->signal)
    return TRUE;

  for (; owner != NULL; owner = owner->owner)
    if (owner->object == object)
      return TRUE;

  return FALSE;
}

static const SsTrackNodeKind *
find_kind (const SsTrackGraph *graph,
           GObject            *object)
{
  const SsTrackNodeKind *const *kind = graph->kinds;

  while (!g_type_check_instance_is_a ((GTypeInstance *) object, (*kind)->get_type ()))
    kind++;

  return *kind;
}

SsValue *
ss_track_builder_build (SsTrackBuilder        *self,
                        SsTrackNode           *owner,
                        guint                  place,
                        GObject               *object,
                        const SsPropertyMask  *mask,
                        SsTrackNode          **node)
{
  GError *error = NULL;
  SsValue *value;

  *node = NULL;

  if (is_cycle (self->root, owner, object))
    {
      g_set_error (&error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                   /* Translators: the name of a type. */
                   _("An object of type “%s” is inside itself"), G_OBJECT_TYPE_NAME (object));
      return ss_track_builder_refuse (self, owner, place, error);
    }

  if ((owner != NULL ? owner->depth + 1 : self->root->track->depth) >= SS_DOCUMENT_DEPTH)
    {
      g_set_error (&error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("It would make the document nest more than %d levels deep"),
                      SS_DOCUMENT_DEPTH);
      return ss_track_builder_refuse (self, owner, place, error);
    }

  /* A file is its address; it has no properties. */
  if (G_IS_FILE (object))
    {
      g_autofree char *uri = g_file_get_uri (G_FILE (object));

      value = ss_string_to_json (uri, &error);
      return value != NULL ? value : ss_track_builder_refuse (self, owner, place, error);
    }

  *node = ss_track_node_new (self->root, owner, place, object);
  (*node)->kind = find_kind (self->root->graph, object);
  if (!(*node)->kind->prepare (*node, mask, &error))
    {
      g_clear_pointer (node, ss_track_node_free);
      return ss_track_builder_refuse (self, owner, place, error);
    }

  join_subject (*node);
  value = (*node)->kind->read (*node, self);
  if (value == NULL)
    g_clear_pointer (node, ss_track_node_free);

  return value;
}

/* Graphs */

/* A getter may notify, or change a list, while an object is being read that is not in the
 * document yet. Its changes are looked at when it is. */
static void
settle (gpointer shared)
{
  SsTrackGraph *self = shared;

  for (guint turn = 0; turn < 16 && self->stale->len > 0; turn++)
    for (guint i = self->stale->len; i > 0; i = MIN (i - 1, self->stale->len))
      {
        SsTrackNode *node = self->stale->pdata[i - 1];

        if (!is_attached (node))
          continue;
        g_ptr_array_remove_index_fast (self->stale, i - 1);
        node->is_stale = FALSE;
        ss_track_node_refresh (node);
      }
}

static void
reclaim (gpointer shared)
{
  SsTrackGraph *self = shared;

  while (self->dead != NULL)
    {
      SsTrackNode *node = self->dead;

      self->dead = node->next_dead;
      if (node->owner != NULL)
        g_clear_object (&node->object);
      g_free (node);
    }
}

static void
graph_free (gpointer shared)
{
  SsTrackGraph *self = shared;

  g_assert (self->dead == NULL);
  g_assert (g_hash_table_size (self->subjects) == 0);

  g_clear_pointer (&self->check, ss_track_check_free);
  g_ptr_array_unref (self->stale);
  g_hash_table_unref (self->subjects);
  g_free (self);
}

static const SsTracksSharedFuncs shared_funcs = { settle, reclaim, graph_free };

static SsTrackGraph *
get_graph (SsTracks                      *tracks,
           const SsTrackNodeKind * const *kinds)
{
  SsTrackGraph *self = ss_tracks_get_shared (tracks);

  if (self == NULL)
    {
      self = g_new0 (SsTrackGraph, 1);
      self->tracks = tracks;
      self->kinds = kinds;
      self->subjects = g_hash_table_new (NULL, NULL);
      self->stale = g_ptr_array_new ();
      ss_tracks_set_shared (tracks, &shared_funcs, self);
    }

  return self;
}

/* Roots */

SsValue *
ss_track_root_begin (SsTrack                        *track,
                     const SsTrackNodeKind * const  *kinds,
                     gpointer                        source,
                     const char * const             *properties,
                     GError                        **error)
{
  SsTrackRoot *self = g_new0 (SsTrackRoot, 1);
  SsTrackBuilder builder = { self, TRUE, NULL };
  SsValue *value;
  SsTrackNode *node;

  self->track = track;
  self->graph = get_graph (track->tracks, kinds);
  self->mappings = g_hash_table_new_full (ss_mapping_hash, ss_mapping_equal,
                                          (GDestroyNotify) ss_mapping_free, NULL);
  track->data = self;

  if (!ss_property_mask_new (properties, &self->mask, error))
    return NULL;

  value = ss_track_builder_build (&builder, NULL, 0, source, self->mask, &node);
  if (builder.error != NULL)
    {
      g_propagate_error (error, builder.error);
      return NULL;
    }

  self->node = node != NULL ? node : ss_track_node_new (self, NULL, 0, source);
  ss_track_watch (track, source);
  return value;
}

void
ss_track_root_end (SsTrack *track)
{
  SsTrackRoot *self = track->data;

  if (self->node != NULL)
    ss_track_node_free (self->node);
}

void
ss_track_root_free (SsTrack *track)
{
  SsTrackRoot *self = track->data;

  g_hash_table_unref (self->mappings);
  ss_property_mask_free (self->mask);
  g_free (self);
}
