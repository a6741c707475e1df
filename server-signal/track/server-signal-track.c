/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-track.h"

#include "signal/server-signal-private.h"
#include "ss-track.h"

/* Objects and lists as signals; the other sources are in server-signal-sources.c. */

static gboolean
track (ServerSignal        *self,
       const char          *pointer,
       GObject             *object,
       const char * const  *properties,
       GError             **error)
{
  SsTracks *tracks = ss_tracks_get (self);
  g_autoptr (SsValue) value = NULL;
  SsTrack *track;
  gboolean tracked = FALSE;

  ss_tracks_enter (tracks);
  track = ss_track_new (self, pointer, error);
  if (track != NULL)
    {
      if (ss_property_mask_new (properties, &track->mask, error))
        track->node = ss_track_build (track, object, &value, error);

      if (track->node != NULL)
        {
          ss_track_watch (track, object);
          tracked = ss_track_begin (track, value, error);
        }
      else
        {
          ss_track_end (track);
        }
    }
  ss_tracks_leave (tracks);

  return tracked;
}

static ServerSignal *
new_for (const char  *name,
         GObject     *object,
         GError     **error)
{
  g_autoptr (ServerSignal) self = server_signal_new (name, NULL);
  SsTracks *tracks;
  SsTrack *track;
  SsValue *value;
  gboolean tracked = FALSE;

  if (self == NULL)
    return NULL;

  tracks = ss_tracks_get (self);
  ss_tracks_enter (tracks);
  track = ss_track_new (self, NULL, error);
  track->node = ss_track_build (track, object, &value, error);
  if (track->node != NULL)
    {
      /* Nobody has seen the signal: its first document is no commit. */
      ss_signal_take_root (self, ss_value_ref (value));
      ss_track_watch (track, object);
      tracked = ss_track_begin (track, value, error);
      ss_value_unref (value);
    }
  else
    {
      ss_track_end (track);
    }
  ss_tracks_leave (tracks);

  return tracked ? g_steal_pointer (&self) : NULL;
}

/**
 * server_signal_new_for_object: (constructor)
 * @name: the name of the signal, 1 to 1,024 bytes of UTF-8
 * @object: an object
 * @error: return location for a #GError
 *
 * Makes a signal whose document is an object's properties, and follows them.
 *
 * This is a new signal and [method@Signal.track_object] with the whole document as its place, and
 * fails like it. The object is not held: when it goes, the document stays as it was.
 *
 * Returns: (transfer full): a new signal, or `NULL` with @error set
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_new_for_object (const char  *name,
                              GObject     *object,
                              GError     **error)
{
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (G_IS_OBJECT (object), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return new_for (name, object, error);
}

/**
 * server_signal_new_for_list: (constructor)
 * @name: the name of the signal, 1 to 1,024 bytes of UTF-8
 * @model: a list model
 * @error: return location for a #GError
 *
 * Makes a signal whose document is a list model's items, and follows them.
 *
 * This is a new signal and [method@Signal.track_list] with the whole document as its place, and
 * fails like it. The model is not held: when it goes, the document stays as it was.
 *
 * Returns: (transfer full): a new signal, or `NULL` with @error set
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_new_for_list (const char  *name,
                            GListModel  *model,
                            GError     **error)
{
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (G_IS_LIST_MODEL (model), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return new_for (name, G_OBJECT (model), error);
}

/**
 * server_signal_track_object:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the object goes; `NULL` is the whole
 *   document
 * @object: an object
 * @error: return location for a #GError
 *
 * Makes a part of the document an object's properties, and follows them.
 *
 * What is at @pointer is replaced; a missing member of an object is added. From then on each
 * `notify` of the object is one commit of one operation, a `replace` of that property, made without
 * comparing anything else; a notification of what is equal already commits nothing. Several of them
 * are one commit between [method@GObject.Object.freeze_notify] and
 * [method@GObject.Object.thaw_notify] of the **signal**. (When the object itself is frozen, its
 * notifications come one after the other at its thaw, each a commit.)
 *
 * # What becomes what
 *
 * The members are all readable properties, with their names, in the order of the class.
 *
 * | property | JSON |
 * | --- | --- |
 * | a boolean, an integer, a double | the same |
 * | a float | a double of at most nine digits that is that float, such as 0.1 |
 * | a string | a string, `NULL` is null |
 * | an enumeration | the nick of the value; a number when the value has none |
 * | flags | a list of nicks; bits without one are a number at the end |
 * | `GStrv` | a list of strings |
 * | [struct@GLib.Bytes], [struct@GLib.ByteArray] | base64 |
 * | [struct@GLib.DateTime] | ISO 8601, as [method@GLib.DateTime.format_iso8601] writes it |
 * | [struct@GLib.Date] | `2026-11-26`; an invalid one is null |
 * | [struct@GLib.Uri], [iface@Gio.File] | the URI |
 * | [struct@GLib.Variant] | the JSON of [func@Json.gvariant_serialize] |
 * | [struct@Json.Node], `JsonObject`, `JsonArray` | the same |
 * | `GType` | its name |
 * | a boxed type with a transformation ([func@Json.boxed_register_serialize_func]) | what that gives |
 * | [iface@Gio.ListModel] | a list, which is followed as [method@Signal.track_list] does |
 * | any other object | an object, which is followed the same way |
 *
 * An object that implements [iface@Json.Serializable] lists and reads its properties through it,
 * and where it has its own `serialize_property()`, makes their JSON as well: a property for which
 * it gives nothing has no member, and what is in a property is then not followed further.
 *
 * A nested object is followed as long as the property holds it; when the property gets another, or
 * `NULL`, that is one `replace`. The nested objects and a list's items are held meanwhile, @object
 * is not.
 *
 * # What cannot be carried
 *
 * JSON, and so the signal, has no place for an integer above 9223372036854775807, a number that is
 * not finite, a string that is not UTF-8, a value of a type that is not in the table, an object
 * that is met again inside itself, and nesting beyond 120. If there is any of these at first, this
 * function fails, changes nothing, and the message has the pointer of the property: the class is
 * the application's own, so that is a mistake in it or in the choice of its properties, and with
 * [method@Signal.track_properties] one can be left out. (Settings, actions and D-Bus bring values
 * of others; there the rest is followed.) When a property becomes one later, its
 * member keeps its last value; in an object that comes later, the member is null; and
 * [signal@Signal::source-failed] says so.
 *
 * # The end
 *
 * Only the object writes there: while it is tracked, every write of the application at the place,
 * within it or around it fails with `SERVER_SIGNAL_ERROR_READ_ONLY`, and [method@Signal.discard]
 * does not take back what came from it. Tracking ends with [method@Signal.untrack], when @object is
 * disposed, and when the signal is; the document keeps the last values.
 *
 * Fails with
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for what JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica;
 * - `SERVER_SIGNAL_ERROR_EXISTS` if something is tracked at the place, within it or around it;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for a pointer that is none, or that leads into a list,
 *   where places move;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the object that it would be a member of is not there;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or the revisions are
 *   used up.
 *
 * Returns: `TRUE` if the object is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_object (ServerSignal  *self,
                            const char    *pointer,
                            GObject       *object,
                            GError       **error)
{
  return server_signal_track_properties (self, pointer, object, NULL, error);
}

/**
 * server_signal_track_properties:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the object goes; `NULL` is the whole
 *   document
 * @object: an object
 * @properties: (nullable) (array zero-terminated=1): the names of the properties; `NULL` is all
 * @error: return location for a #GError
 *
 * Makes a part of the document some of an object's properties, and follows them.
 *
 * This is [method@Signal.track_object] for those properties that are named, in that order. A name
 * may go on into what the property leads to, with slashes: `owner/name` is of the object in `owner`
 * the property `name` only, and when `rows` is a list model, `rows/title` is the property `title`
 * of each of its items. A property that is named without anything after it is there with
 * everything.
 *
 * Fails like [method@Signal.track_object]; and with `SERVER_SIGNAL_ERROR_NOT_FOUND` also for a name
 * that an object has no readable property of, with `SERVER_SIGNAL_ERROR_INVALID_POINTER` for what
 * cannot be a name.
 *
 * Returns: `TRUE` if the object is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_properties (ServerSignal        *self,
                                const char          *pointer,
                                GObject             *object,
                                const char * const  *properties,
                                GError             **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_OBJECT (object), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return track (self, pointer, object, properties, error);
}

/**
 * server_signal_track_list:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the list goes; `NULL` is the whole
 *   document
 * @model: a list model
 * @error: return location for a #GError
 *
 * Makes a part of the document the items of a list model, and follows them.
 *
 * Each item is an object, carried and followed as [method@Signal.track_object] says; the same item
 * may be in the list more than once. A `notify` of an item is one commit, a `replace` below its
 * index, at a cost that does not depend on the length of the list but for finding the index, which
 * is O(log n).
 *
 * `items-changed` is one commit. Its operations are one `remove` for each item that went and one
 * `add` for each that came. Items that are reported and are still there stay where they are, as
 * long as they have kept their order, and if one of their properties has changed without a
 * notification, that is a `replace`. Items that are in another order become `move`s, as few as lead
 * there. When all items went, or the list was empty, or the moves would be longer than it, the list
 * is one `replace`; so it is when more items went, came and moved than stayed, from 256 on.
 *
 * Models that wrap others, such as `GtkSortListModel` and `GtkFilterListModel`, are followed as
 * they are shown.
 *
 * A model may announce something else than what has happened to it: a `GtkFlattenListModel` that
 * has one store twice shows a new item twice before it has announced the second one. So, for a
 * model that is not a [class@Gio.ListStore], after `items-changed` and when the main loop has
 * nothing else to do, the items are compared with those of the model, and where they differ the
 * list is put right. A list of more than 33,554,432 items, or one that changes each time it is
 * looked at, is told of by [signal@Signal::source-failed].
 *
 * Fails like [method@Signal.track_object]. The model is not held; its items are, while they are in
 * it.
 *
 * Returns: `TRUE` if the model is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_list (ServerSignal  *self,
                          const char    *pointer,
                          GListModel    *model,
                          GError       **error)
{
  return server_signal_track_list_properties (self, pointer, model, NULL, error);
}

/**
 * server_signal_track_list_properties:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the list goes; `NULL` is the whole
 *   document
 * @model: a list model
 * @properties: (nullable) (array zero-terminated=1): the names of the items' properties; `NULL` is
 *   all
 * @error: return location for a #GError
 *
 * Makes a part of the document some properties of the items of a list model, and follows them.
 *
 * This is [method@Signal.track_list] for those properties of each item that are named, as
 * [method@Signal.track_properties] says.
 *
 * Fails like [method@Signal.track_properties].
 *
 * Returns: `TRUE` if the model is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_list_properties (ServerSignal        *self,
                                     const char          *pointer,
                                     GListModel          *model,
                                     const char * const  *properties,
                                     GError             **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_LIST_MODEL (model), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return track (self, pointer, G_OBJECT (model), properties, error);
}

/**
 * server_signal_untrack:
 * @self: a signal
 * @pointer: (nullable): the JSON Pointer (RFC 6901) that was tracked; `NULL` is the whole document
 *
 * Stops following what is tracked at a place.
 *
 * The document keeps the last values, and the application may write there again. Where nothing is
 * tracked, this does nothing.
 *
 * Since: 1.0
 */
void
server_signal_untrack (ServerSignal *self,
                       const char   *pointer)
{
  SsTracks *tracks;
  SsTrack *track = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL (self));
  SS_RETURN_IF_ELSEWHERE (ss_signal_get_owner (self));

  tracks = ss_signal_get_source (self);
  if (tracks != NULL)
    track = ss_tracks_lookup (tracks, pointer);
  if (track != NULL)
    ss_track_end (track);
}
