/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-object.h"

#include <json-glib/json-glib.h>

#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"
#include "json/ss-to-json.h"
#include "ss-track-list.h"
#include "ss-track-node.h"

static gboolean
prepare (SsTrackNode           *node,
         const SsPropertyMask  *mask,
         GError               **error)
{
  SsMapping wanted = { .type = G_OBJECT_TYPE (node->object), .mask = mask };
  GHashTable *mappings = node->root->mappings;
  SsMapping *mapping = g_hash_table_lookup (mappings, &wanted);

  if (mapping == NULL)
    {
      mapping = ss_mapping_new (node->object, mask, error);
      if (mapping == NULL)
        return FALSE;
      g_hash_table_add (mappings, mapping);
    }

  node->mapping = mapping;
  return TRUE;
}

typedef enum
{
  READ_FAILED,   /* reported already */
  READ_ABSENT,   /* the object's own JSON has no such member now */
  READ_SAME,     /* the nested object that was there before */
  READ_VALUE,
} ReadResult;

static ReadResult
read_own_json (SsTrackBuilder  *builder,
               SsTrackNode     *node,
               guint            i,
               const GValue    *value,
               guint            max_depth,
               SsValue        **json)
{
  const SsMappingProperty *property = &node->mapping->properties[i];
  g_autoptr (JsonNode) own = NULL;
  GError *error = NULL;

  own = json_serializable_serialize_property (JSON_SERIALIZABLE (node->object), property->name,
                                              value, property->pspec);
  if (own == NULL)
    return READ_ABSENT;

  *json = ss_value_from_node (own, max_depth, &error);
  if (*json != NULL)
    return READ_VALUE;

  *json = ss_track_builder_refuse (builder, node, i, error);
  return READ_FAILED;
}

/* READ_FAILED of a builder that is not strict gives JSON null, for a place without a last value. */
static ReadResult
read_property (SsTrackBuilder  *builder,
               SsTrackNode     *node,
               guint            i,
               SsValue        **json,
               SsTrackNode    **child)
{
  const SsMappingProperty *property = &node->mapping->properties[i];
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

      *json = ss_track_builder_build (builder, node, i, object, property->inner, child);
      return *json != NULL ? READ_VALUE : READ_FAILED;
    }

  *json = ss_gvalue_to_json (&value, max_depth, &error);
  if (*json != NULL)
    return READ_VALUE;

  *json = ss_track_builder_refuse (builder, node, i, error);
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

static SsValue *
read_properties (SsTrackNode    *node,
                 SsTrackBuilder *builder)
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

/* Writes one property that may have changed. known, if it is not NULL, is the object as the document
 * has it, or had it a moment ago, and an equal value is not written. */
static void
update (SsTrackNode   *node,
        guint          i,
        const SsValue *known)
{
  SsTrackBuilder builder = { node->root, FALSE, NULL };
  g_autoptr (SsValue) json = NULL;
  SsTrackNode *child;
  SsTrackNode *old_child;
  ReadResult result;
  GString *pointer;

  /* A getter may notify the value that it is about to return. */
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
  ss_track_node_append (node, pointer, i);
  set_child (node, i, child);
  if (result == READ_ABSENT)
    ss_track_remove (node->root->track, pointer->str);
  else
    ss_track_put (node->root->track, pointer->str, json);
  g_string_free (pointer, TRUE);

  if (old_child != NULL)
    ss_track_node_free (old_child);
}

static void
notify_cb (GObject    *object,
           GParamSpec *pspec,
           SsSubject  *subject)
{
  SsTracks *tracks = subject->graph->tracks;

  ss_tracks_enter (tracks);
  /* A dead node still knows the next, and is there until the last has left. */
  for (SsTrackNode *node = subject->nodes; node != NULL; node = node->next)
    {
      int i = node->is_dead ? -1 : ss_mapping_find (node->mapping, pspec->name);

      if (i >= 0 && ss_track_node_is_live (node))
        update (node, (guint) i, NULL);
    }
  ss_tracks_leave (tracks);
}

static void
connect_notify (SsSubject *subject)
{
  subject->handler = g_signal_connect (subject->object, "notify", G_CALLBACK (notify_cb), subject);
}

static void
refresh (SsTrackNode *node)
{
  const SsValue *document = ss_signal_peek (node->root->track->signal);
  GString *pointer = ss_track_node_pointer (node);
  const SsValue *found = ss_pointer_resolve (document, pointer->str, NULL);
  g_autoptr (SsValue) known = NULL;

  g_string_free (pointer, TRUE);
  /* If no revisions are left, the document does not equal the object. */
  if (found == NULL || ss_value_kind (found) != SS_VALUE_OBJECT)
    return;
  known = ss_value_ref (found);

  for (guint i = 0; i < node->mapping->n_properties; i++)
    if (ss_track_node_is_live (node))
      update (node, i, known);
}

static const SsTrackNodeKind object_node = {
  g_object_get_type, prepare, connect_notify, read_properties, refresh,
};

static const SsTrackNodeKind * const kinds[] = { &ss_track_list_node, &object_node, NULL };

static SsValue *
begin (SsTrack             *track,
       gpointer             source,
       const char * const  *properties,
       GError             **error)
{
  return ss_track_root_begin (track, kinds, source, properties, error);
}

const SsTrackKind ss_track_object_kind = { begin, ss_track_root_end, ss_track_root_free };
