/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-node.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-to-json.h"
#include "ss-limits.h"

/* Objects: reading them whole, and following their properties. Lists are in ss-track-list.c. */

static void
append_place (GString           *pointer,
              const SsTrackNode *owner,
              guint              place)
{
  if (owner->is_list)
    {
      ss_pointer_append_index (pointer, place);
    }
  else
    {
      /* The name of a property has nothing to escape. */
      g_string_append_c (pointer, '/');
      g_string_append (pointer, owner->mapping->properties[place].name);
    }
}

/* As deep as documents nest. */
static void
append_pointer (GString           *pointer,
                const SsTrackNode *node)
{
  if (node->owner == NULL)
    {
      g_string_append (pointer, node->track->pointer);
      return;
    }

  append_pointer (pointer, node->owner);
  append_place (pointer, node->owner,
                node->item.chunk != NULL ? ss_sequence_index (node->owner->items, &node->item)
                                         : node->place);
}

GString *
ss_track_node_pointer (const SsTrackNode *node)
{
  GString *pointer = g_string_sized_new (64);

  append_pointer (pointer, node);
  return pointer;
}

/* NULL for a value that cannot be, in a builder that is strict; else null, and a failure. */
static SsValue *
refuse (SsBuilder         *builder,
        const SsTrackNode *owner,
        guint              place,
        GError            *error)
{
  GString *pointer;

  /* Its own getter has ended it. */
  if (!builder->is_strict && !builder->track->is_live)
    {
      g_error_free (error);
      return ss_value_new_null ();
    }

  if (owner != NULL)
    {
      pointer = ss_track_node_pointer (owner);
      append_place (pointer, owner, place);
    }
  else
    {
      pointer = g_string_new (builder->track->pointer);
    }

  if (!builder->is_strict)
    {
      ss_tracks_fail (builder->track->tracks, g_string_free (pointer, FALSE), error);
      return ss_value_new_null ();
    }

  if (builder->error == NULL)
    {
      /* Translators: a JSON Pointer. */
      g_prefix_error (&error, _("At “%s”: "), pointer->str);
      builder->error = error;
    }
  else
    {
      g_error_free (error);
    }
  g_string_free (pointer, TRUE);

  return NULL;
}

gboolean
ss_track_node_is_attached (const SsTrackNode *node)
{
  for (; node->owner != NULL; node = node->owner)
    if (node->owner->is_list ? node->item.chunk == NULL
                             : node->owner->children == NULL ||
                                 node->owner->children[node->place] != node)
      return FALSE;

  return node->track->is_live;
}

gboolean
ss_track_node_is_live (SsTrackNode *node)
{
  if (node->is_dead)
    return FALSE;
  if (ss_track_node_is_attached (node))
    return TRUE;

  if (!node->is_stale)
    {
      node->is_stale = TRUE;
      g_ptr_array_add (node->track->tracks->stale, node);
    }
  return FALSE;
}

/* Following */

static void
notify_cb (GObject    *object,
           GParamSpec *pspec,
           SsSubject  *subject)
{
  SsTracks *tracks = subject->tracks;

  ss_tracks_enter (tracks);
  /* A dead node still knows the next, and is there until the last has left. */
  for (SsTrackNode *node = subject->nodes; node != NULL; node = node->next)
    {
      int i = node->is_dead ? -1 : ss_mapping_find (node->mapping, pspec->name);

      if (i >= 0 && ss_track_node_is_live (node))
        ss_track_node_update (node, (guint) i);
    }
  ss_tracks_leave (tracks);
}

/* When a handler before this one changes the list again, that change is reported first, and what is
 * reported afterwards tells nothing of where things are now. Such an emission is recognised by
 * this: a handler that is connected while it is under way is not called in it. So the one here is
 * connected anew with each change, and where only the other one is called, the list is gone
 * through. */
static void
items_changed_cb (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added,
                  SsSubject  *subject)
{
  SsTracks *tracks = subject->tracks;

  g_signal_handler_disconnect (model, subject->handler);
  subject->handler = g_signal_connect (model, "items-changed", G_CALLBACK (items_changed_cb), subject);
  subject->n_open++;

  ss_tracks_enter (tracks);
  for (SsTrackNode *node = subject->nodes; node != NULL; node = node->next)
    if (ss_track_node_is_live (node))
      {
        ss_track_list_check_later (node);
        ss_track_list_splice (node, position, removed, added);
      }
  ss_tracks_leave (tracks);
}

static void
items_changed_after_cb (GListModel *model,
                        guint       position,
                        guint       removed,
                        guint       added,
                        SsSubject  *subject)
{
  SsTracks *tracks = subject->tracks;

  if (subject->n_open > 0)
    {
      subject->n_open--;
      return;
    }

  ss_tracks_enter (tracks);
  for (SsTrackNode *node = subject->nodes; node != NULL; node = node->next)
    if (ss_track_node_is_live (node))
      {
        ss_track_list_check_later (node);
        ss_track_list_resync (node);
      }
  ss_tracks_leave (tracks);
}

static SsSubject *
get_subject (SsTracks *tracks,
             GObject  *object,
             gboolean  is_list)
{
  SsSubject *subject = g_hash_table_lookup (tracks->subjects, object);

  if (subject == NULL)
    {
      subject = g_new0 (SsSubject, 1);
      subject->tracks = tracks;
      subject->object = object;
      if (is_list)
        {
          subject->handler = g_signal_connect (object, "items-changed",
                                               G_CALLBACK (items_changed_cb), subject);
          subject->after_handler =
            g_signal_connect_after (object, "items-changed", G_CALLBACK (items_changed_after_cb),
                                    subject);
        }
      else
        {
          subject->handler = g_signal_connect (object, "notify", G_CALLBACK (notify_cb), subject);
        }
      g_hash_table_insert (tracks->subjects, object, subject);
    }

  return subject;
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

  g_hash_table_remove (subject->tracks->subjects, subject->object);
  /* Disposing of an object takes its handlers away. */
  if (g_signal_handler_is_connected (subject->object, subject->handler))
    g_signal_handler_disconnect (subject->object, subject->handler);
  if (subject->after_handler != 0 &&
      g_signal_handler_is_connected (subject->object, subject->after_handler))
    g_signal_handler_disconnect (subject->object, subject->after_handler);
  g_free (subject);
}

SsTrackNode *
ss_track_node_new (SsTrack     *track,
                   SsTrackNode *owner,
                   guint        place,
                   GObject     *object)
{
  SsTrackNode *node = g_new0 (SsTrackNode, 1);

  node->track = track;
  node->owner = owner;
  node->place = place;
  node->depth = owner != NULL ? owner->depth + 1 : track->depth;
  node->object = object;
  if (owner != NULL && object != NULL)
    g_object_ref (object);

  return node;
}

static void
follow (SsTrackNode *node,
        gboolean     is_list)
{
  SsSubject *subject = get_subject (node->track->tracks, node->object, is_list);

  node->is_list = is_list;
  node->subject = subject;
  node->next = subject->nodes;
  if (node->next != NULL)
    node->next->previous = node;
  subject->nodes = node;
}

/* As deep as documents nest. */
void
ss_track_node_free (SsTrackNode *node)
{
  SsTracks *tracks = node->track->tracks;

  g_assert (!node->is_dead);

  if (node->items != NULL)
    {
      for (guint i = ss_sequence_length (node->items); i > 0; i--)
        ss_track_node_free ((SsTrackNode *) ss_sequence_get (node->items, i - 1));
      g_clear_pointer (&node->items, ss_sequence_free);
    }
  else if (node->children != NULL)
    {
      for (guint i = 0; i < node->mapping->n_properties; i++)
        if (node->children[i] != NULL)
          ss_track_node_free (node->children[i]);
      g_clear_pointer (&node->children, g_free);
    }

  node->is_dead = TRUE;
  node->item.chunk = NULL;
  if (node->is_stale)
    g_ptr_array_remove_fast (tracks->stale, node);
  if (node->is_unchecked)
    ss_track_list_check_no_more (node);
  if (node->subject != NULL)
    leave_subject (node);
  node->grave = tracks->graveyard;
  tracks->graveyard = node;
}

/* Reading */

static const SsMapping *
get_mapping (SsTrack               *track,
             GObject               *object,
             const SsPropertyMask  *mask,
             GError               **error)
{
  SsMapping wanted = { .type = G_OBJECT_TYPE (object), .mask = mask };
  SsMapping *mapping = g_hash_table_lookup (track->mappings, &wanted);

  if (mapping == NULL)
    {
      mapping = ss_mapping_new (object, mask, error);
      if (mapping != NULL)
        g_hash_table_add (track->mappings, mapping);
    }

  return mapping;
}

typedef enum
{
  READ_FAILED,   /* told of already */
  READ_ABSENT,   /* the object's own JSON has no such member now */
  READ_SAME,     /* the nested object that was there before */
  READ_VALUE,
} ReadResult;

static ReadResult
read_own_json (SsBuilder     *builder,
               SsTrackNode   *node,
               guint          i,
               const GValue  *value,
               guint          max_depth,
               SsValue      **json)
{
  const SsMappedProperty *property = &node->mapping->properties[i];
  g_autoptr (JsonNode) own = NULL;
  GError *error = NULL;

  own = json_serializable_serialize_property (JSON_SERIALIZABLE (node->object), property->name,
                                              value, property->pspec);
  if (own == NULL)
    return READ_ABSENT;

  *json = ss_value_from_node (own, max_depth, &error);
  if (*json != NULL)
    return READ_VALUE;

  *json = refuse (builder, node, i, error);
  return READ_FAILED;
}

/* READ_FAILED of a builder that is not strict gives JSON null, for those who have no last value. */
static ReadResult
read_property (SsBuilder    *builder,
               SsTrackNode  *node,
               guint         i,
               SsValue     **json,
               SsTrackNode **child)
{
  const SsMappedProperty *property = &node->mapping->properties[i];
  guint max_depth = SS_DOCUMENT_DEPTH - MIN (node->depth + 1, SS_DOCUMENT_DEPTH);
  g_auto (GValue) value = G_VALUE_INIT;
  guint outer_reading = node->reading;
  GError *error = NULL;

  *json = NULL;
  *child = NULL;

  g_value_init (&value, property->pspec->value_type);
  node->reading = i + 1;
  if (node->mapping->is_serializable)
    json_serializable_get_property (JSON_SERIALIZABLE (node->object), property->pspec, &value);
  else
    g_object_get_property (node->object, property->name, &value);
  node->reading = outer_reading;

  /* The getter may have ended all this. */
  if (node->is_dead)
    return READ_SAME;

  if (node->mapping->has_own_json)
    return read_own_json (builder, node, i, &value, max_depth, json);

  if (G_VALUE_HOLDS (&value, G_TYPE_OBJECT))
    {
      GObject *object = g_value_get_object (&value);

      if (object == NULL)
        {
          *json = ss_value_new_null ();
          return READ_VALUE;
        }
      if (node->children != NULL && node->children[i] != NULL &&
          node->children[i]->object == object)
        return READ_SAME;

      *json = ss_track_build_object (builder, node, i, object, property->inner, child);
      return *json != NULL ? READ_VALUE : READ_FAILED;
    }

  *json = ss_gvalue_to_json (&value, max_depth, &error);
  if (*json != NULL)
    return READ_VALUE;

  *json = refuse (builder, node, i, error);
  return READ_FAILED;
}

static void
set_child (SsTrackNode *node,
           guint        i,
           SsTrackNode *child)
{
  if (node->children == NULL)
    {
      if (child == NULL)
        return;
      node->children = g_new0 (SsTrackNode *, node->mapping->n_properties);
    }

  node->children[i] = child;
}

/* Whether the object is met again on the way down to itself. A signal in its own document would
 * change with each commit, and make another. */
static gboolean
is_cycle (const SsTrack     *track,
          const SsTrackNode *owner,
          const GObject     *object)
{
  if (object == (const GObject *) track->tracks->signal)
    return TRUE;

  for (; owner != NULL; owner = owner->owner)
    if (owner->object == object)
      return TRUE;

  return FALSE;
}

static SsValue *
build_properties (SsBuilder   *builder,
                  SsTrackNode *node)
{
  g_autoptr (SsValue) value = ss_value_new_object (node->mapping->n_properties);

  for (guint i = 0; i < node->mapping->n_properties; i++)
    {
      SsValue *json;
      SsTrackNode *child;
      ReadResult result = read_property (builder, node, i, &json, &child);

      if (result == READ_ABSENT || result == READ_SAME)
        continue;
      if (json == NULL)
        return NULL;

      ss_object_append (value, ss_value_ref (node->mapping->properties[i].key), json);
      set_child (node, i, child);
    }

  return g_steal_pointer (&value);
}

SsValue *
ss_track_build_object (SsBuilder             *builder,
                       SsTrackNode           *owner,
                       guint                  place,
                       GObject               *object,
                       const SsPropertyMask  *mask,
                       SsTrackNode          **node)
{
  GError *error = NULL;
  SsValue *value;

  *node = NULL;

  if (is_cycle (builder->track, owner, object))
    {
      g_set_error (&error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                   /* Translators: the name of a type. */
                   _("An object of type “%s” is inside itself"), G_OBJECT_TYPE_NAME (object));
      return refuse (builder, owner, place, error);
    }

  if ((owner != NULL ? owner->depth + 1 : builder->track->depth) >= SS_DOCUMENT_DEPTH)
    {
      g_set_error (&error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("It would make the document nest more than %d levels deep"),
                   SS_DOCUMENT_DEPTH);
      return refuse (builder, owner, place, error);
    }

  /* A file is its address; it has no properties. */
  if (G_IS_FILE (object))
    {
      g_autofree char *uri = g_file_get_uri (G_FILE (object));

      value = ss_string_to_json (uri, &error);
      return value != NULL ? value : refuse (builder, owner, place, error);
    }

  if (G_IS_LIST_MODEL (object) && !ss_track_list_check_length (G_LIST_MODEL (object), &error))
    return refuse (builder, owner, place, error);

  *node = ss_track_node_new (builder->track, owner, place, object);
  if (G_IS_LIST_MODEL (object))
    {
      (*node)->mask = mask;
      follow (*node, TRUE);
      value = ss_track_list_build (builder, *node);
    }
  else
    {
      (*node)->mapping = get_mapping (builder->track, object, mask, &error);
      if ((*node)->mapping == NULL)
        {
          g_clear_pointer (node, ss_track_node_free);
          return refuse (builder, owner, place, error);
        }
      follow (*node, FALSE);
      value = build_properties (builder, *node);
    }

  if (value == NULL)
    g_clear_pointer (node, ss_track_node_free);

  return value;
}

SsTrackNode *
ss_track_build (SsTrack  *track,
                GObject  *object,
                SsValue **value,
                GError  **error)
{
  SsBuilder builder = { track, TRUE, NULL };
  SsTrackNode *node;

  *value = ss_track_build_object (&builder, NULL, 0, object, track->mask, &node);
  if (builder.error != NULL)
    g_propagate_error (error, builder.error);
  else if (node == NULL)
    node = ss_track_node_new (track, NULL, 0, object);

  return node;
}

/* One "replace" for a property that has changed. known, if it is not NULL, is what the document has
 * for the object, or had a moment ago. */
static void
update (SsTrackNode   *node,
        guint          i,
        const SsValue *known)
{
  SsBuilder builder = { node->track, FALSE, NULL };
  g_autoptr (SsValue) json = NULL;
  SsTrackNode *child;
  SsTrackNode *old_child;
  ReadResult result;
  GString *pointer;

  /* A getter that notifies what it is about to return. */
  if (node->reading == i + 1)
    return;

  result = read_property (&builder, node, i, &json, &child);
  if (result == READ_SAME || result == READ_FAILED)
    return;

  if (!ss_track_node_is_live (node))
    {
      if (child != NULL)
        ss_track_node_free (child);
      return;
    }

  old_child = node->children != NULL ? node->children[i] : NULL;
  if (known != NULL && json != NULL && child == NULL && old_child == NULL)
    {
      int position = ss_object_find_key (known, node->mapping->properties[i].key, i);

      if (position >= 0 && ss_value_equal (ss_object_value (known, (guint) position), json))
        return;
    }

  pointer = ss_track_node_pointer (node);
  append_place (pointer, node, i);
  set_child (node, i, child);
  if (result == READ_ABSENT)
    ss_track_remove (node->track, pointer->str);
  else
    ss_track_put (node->track, pointer->str, json);
  g_string_free (pointer, TRUE);

  if (old_child != NULL)
    ss_track_node_free (old_child);
}

void
ss_track_node_update (SsTrackNode *node,
                      guint        i)
{
  update (node, i, NULL);
}

void
ss_track_node_refresh (SsTrackNode *node)
{
  g_autoptr (GObject) keep = node->object != NULL ? g_object_ref (node->object) : NULL;
  g_autoptr (SsValue) known = NULL;
  GString *pointer;

  if (node->is_list)
    {
      ss_track_list_check_later (node);
      ss_track_list_resync (node);
      return;
    }

  if (node->mapping == NULL)
    return;

  pointer = ss_track_node_pointer (node);
  known = ss_pointer_resolve (ss_signal_peek (node->track->tracks->signal), pointer->str, NULL);
  g_string_free (pointer, TRUE);
  /* Where revisions are used up, the document is not what it should be. */
  if (known == NULL || ss_value_kind (known) != SS_VALUE_OBJECT)
    {
      known = NULL;
      return;
    }
  ss_value_ref (known);

  for (guint i = 0; i < node->mapping->n_properties; i++)
    if (ss_track_node_is_live (node))
      update (node, i, known);
}
