/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-track.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-track-actions.h"
#include "ss-track-file.h"
#include "ss-track-object.h"
#include "ss-track-proxy.h"
#include "ss-track-settings.h"
#include "ss-track.h"

/**
 * server_signal_new_for_object: (constructor)
 * @name: the name of the signal, 1 to 1,024 bytes of UTF-8
 * @object: an object
 * @error: return location for a #GError
 *
 * Makes a signal whose document is an object's properties, and follows them.
 *
 * This makes a new signal and calls [method@Signal.track_object] with the whole document as the
 * place; it fails as that function does. The signal holds no reference to the object: when it goes,
 * the document stays as it was.
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

  return ss_tracks_begin_signal (name, &ss_track_object_kind, object, error);
}

/**
 * server_signal_new_for_list: (constructor)
 * @name: the name of the signal, 1 to 1,024 bytes of UTF-8
 * @model: a list model
 * @error: return location for a #GError
 *
 * Makes a signal whose document is a list model's items, and follows them.
 *
 * This makes a new signal and calls [method@Signal.track_list] with the whole document as the
 * place; it fails as that function does. The signal holds no reference to the model: when it goes,
 * the document stays as it was.
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

  return ss_tracks_begin_signal (name, &ss_track_object_kind, model, error);
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
 * The value at @pointer is replaced; a missing member of an object is added. From then on each
 * `notify` of the object is one commit of one operation, a `replace` of that property, made without
 * comparing anything else; a notification that changes nothing makes no commit. Several
 * notifications between [method@GObject.Object.freeze_notify] and
 * [method@GObject.Object.thaw_notify] of the **signal** are one commit. (When the object itself is
 * frozen, its notifications come one after the other at its thaw, each a commit.)
 *
 * ## Properties as JSON
 *
 * The members are all readable properties, under their own names, in the order of the class.
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
 * | a boxed type with a transformation ([func@Json.boxed_register_serialize_func]) | its result |
 * | [iface@Gio.ListModel] | a list, which is followed as [method@Signal.track_list] does |
 * | any other object | an object, which is followed the same way |
 *
 * An object that implements [iface@Json.Serializable] lists and reads its properties through it. If
 * it has its own `serialize_property()`, it makes their JSON as well: a property for which that
 * returns nothing has no member, and objects in its properties are not followed.
 *
 * A nested object is followed as long as the property holds it; a change of the property to another
 * object, or to `NULL`, is one `replace`. The signal holds references to the nested objects and to
 * a list's items meanwhile, but not to @object.
 *
 * ## Values without JSON
 *
 * JSON, and so the signal, has no place for an integer above 9223372036854775807, a number that is
 * not finite, a string that is not UTF-8, a value of a type that is not in the table, an object
 * inside itself, or nesting deeper than 120 levels. If a property has such a value at first, this
 * function fails and changes nothing, and the message has the pointer of the property: the class is
 * the application's own, so this is a mistake in it or in the choice of its properties, and
 * [method@Signal.track_properties] can leave the property out. (Settings, actions and D-Bus have
 * values from others, so there the rest is followed.) When a property gets such a value later, its
 * member keeps its last value; in an object that comes later, the member is null. Either is
 * reported by [signal@Signal::source-failed].
 *
 * ## The end of tracking
 *
 * Only the object writes there: while it is tracked, any write by the application at the place,
 * within it or around it fails with `SERVER_SIGNAL_ERROR_READ_ONLY`, and [method@Signal.discard]
 * does not take back its values. Tracking ends with [method@Signal.untrack], when @object is
 * disposed, and when the signal is; the document keeps the last values.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a value that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica;
 * - `SERVER_SIGNAL_ERROR_EXISTS` if something is tracked at the place, within it or around it;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, and for a pointer
 *   into a list, where places move;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the place does not exist;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
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
 * This is [method@Signal.track_object] for the named properties, in that order. A slash
 * leads into the object or list that a property holds: `owner/name` is the property `name`, and no
 * other, of the object in `owner`, and when `rows` is a list model, `rows/title` is the property
 * `title` of each of its items. A property that is named without a slash is included as a whole.
 *
 * Fails as [method@Signal.track_object] does, and also with
 *
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` for a property that an object does not have or that is not
 *   readable;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that cannot be the name of a property.
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

  return ss_tracks_begin (self, pointer, &ss_track_object_kind, object, properties, error);
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
 * Each item is an object, written and followed as [method@Signal.track_object] says; the same item
 * may be in the list more than once. A `notify` of an item is one commit, a `replace` below its
 * index; apart from finding the index, which is O(log n), its cost does not depend on the length of
 * the list.
 *
 * `items-changed` is one commit. Its operations are one `remove` for each item that went and one
 * `add` for each that came. Items that are reported and are still there stay where they are, as
 * long as they have kept their order, and if one of their properties has changed without a
 * notification, that is a `replace`. Items in a new order become the smallest number of `move`s. If
 * all items went, or the list was empty, or the moves would be longer than it, the list is one
 * `replace`; the same applies from 256 on if more items went, came and moved than stayed.
 *
 * Models that wrap others, such as `GtkSortListModel` and `GtkFilterListModel`, are followed as
 * they present their items.
 *
 * A model may announce a change that differs from the one it made: a `GtkFlattenListModel` that has
 * one store twice has a new item twice before it has announced the second one. For a model that is
 * not a [class@Gio.ListStore], therefore, the items are compared with those of the model after
 * `items-changed`, when the main loop has nothing else to do, and differences are corrected. A list
 * of more than 33,554,432 items, or one that changes each time it is looked at, is reported by
 * [signal@Signal::source-failed].
 *
 * The signal holds no reference to the model, but it does to the items that are in it.
 *
 * Fails as [method@Signal.track_object] does.
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
 * This is [method@Signal.track_list] for the named properties of each item, as with
 * [method@Signal.track_properties].
 *
 * Fails as [method@Signal.track_properties] does.
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

  return ss_tracks_begin (self, pointer, &ss_track_object_kind, model, properties, error);
}

/**
 * server_signal_track_settings:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the settings go; `NULL` is the whole
 *   document
 * @settings: settings
 * @error: return location for a #GError
 *
 * Makes a part of the document an object of settings, and follows them.
 *
 * Each key is a member with its value, as [func@Json.gvariant_serialize] would write it; a change
 * is one commit of one `replace`. The settings of child schemas are not included.
 *
 * A key with a value that JSON cannot carry does not stop the others: at first its member is null,
 * later it keeps its last value, and [signal@Signal::source-failed] reports it with its pointer
 * each time.
 *
 * In all other respects this is like [method@Signal.track_object].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica;
 * - `SERVER_SIGNAL_ERROR_EXISTS` if something is tracked at the place, within it or around it;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, and for a pointer
 *   into a list, where places move;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the place does not exist;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the settings are tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_settings (ServerSignal  *self,
                              const char    *pointer,
                              GSettings     *settings,
                              GError       **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_SETTINGS (settings), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return ss_tracks_begin (self, pointer, &ss_track_settings_kind, settings, NULL, error);
}

/**
 * server_signal_track_action_group:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the actions go; `NULL` is the whole
 *   document
 * @group: an action group
 * @error: return location for a #GError
 *
 * Makes a part of the document the state of an action group, and follows it.
 *
 * Each action is a member `{"enabled":true,"state":…}` with its name; the state is null for an
 * action that has none, and otherwise as [func@Json.gvariant_serialize] would write it. A change of
 * either is one commit of one `replace`; a new action is an `add`, a removed one a `remove`.
 *
 * A state that JSON cannot carry does not stop the rest: until JSON can carry it, the state of a
 * new action is null, and that of any other keeps its last value; [signal@Signal::source-failed]
 * reports it with its pointer each time.
 *
 * In all other respects this is like [method@Signal.track_object].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica;
 * - `SERVER_SIGNAL_ERROR_EXISTS` if something is tracked at the place, within it or around it;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, and for a pointer
 *   into a list, where places move;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the place does not exist;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the actions are tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_action_group (ServerSignal  *self,
                                  const char    *pointer,
                                  GActionGroup  *group,
                                  GError       **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_ACTION_GROUP (group), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return ss_tracks_begin (self, pointer, &ss_track_actions_kind, group, NULL, error);
}

/**
 * server_signal_track_dbus_proxy:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the properties go; `NULL` is the whole
 *   document
 * @proxy: a proxy for an interface of an object on D-Bus
 * @error: return location for a #GError
 *
 * Makes a part of the document the cached properties of a D-Bus proxy, and follows them.
 *
 * Each cached property is a member with its name, as [func@Json.gvariant_serialize] would write it.
 * Properties that the other side reports together are one commit, with one operation for each: a
 * property that is no longer known, because it was invalidated or the other side has gone, is
 * removed.
 *
 * A property that JSON cannot carry, such as an unsigned integer above 9223372036854775807 or a
 * number that is not finite, does not stop the others: at first its member is null, later it keeps
 * its last value, and [signal@Signal::source-failed] reports it with its pointer each time. To
 * leave such a property out, use [method@Signal.track_dbus_proxy_properties].
 *
 * In all other respects this is like [method@Signal.track_object].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica;
 * - `SERVER_SIGNAL_ERROR_EXISTS` if something is tracked at the place, within it or around it;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, and for a pointer
 *   into a list, where places move;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the place does not exist;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the proxy is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_dbus_proxy (ServerSignal  *self,
                                const char    *pointer,
                                GDBusProxy    *proxy,
                                GError       **error)
{
  return server_signal_track_dbus_proxy_properties (self, pointer, proxy, NULL, error);
}

/**
 * server_signal_track_dbus_proxy_properties:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the properties go; `NULL` is the whole
 *   document
 * @proxy: a proxy for an interface of an object on D-Bus
 * @properties: (nullable) (array zero-terminated=1): the names of the properties; `NULL` is all
 * @error: return location for a #GError
 *
 * Makes a part of the document some cached properties of a D-Bus proxy, and follows them.
 *
 * This is [method@Signal.track_dbus_proxy] for the named properties, in that order. A property that
 * the proxy does not know yet has no member until it does: only the other side knows which
 * properties there are, and it need not be running. The names do not lead into a dictionary that is
 * the value of a property.
 *
 * Fails as [method@Signal.track_dbus_proxy] does, and also with
 * `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that cannot be the name of a property on D-Bus.
 *
 * Returns: `TRUE` if the proxy is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_dbus_proxy_properties (ServerSignal        *self,
                                           const char          *pointer,
                                           GDBusProxy          *proxy,
                                           const char * const  *properties,
                                           GError             **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_DBUS_PROXY (proxy), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  for (guint i = 0; properties != NULL && properties[i] != NULL; i++)
    if (!g_dbus_is_member_name (properties[i]))
      {
        g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                     _("“%s” cannot be the name of a property on D-Bus"), properties[i]);
        return FALSE;
      }

  return ss_tracks_begin (self, pointer, &ss_track_proxy_kind, proxy, properties, error);
}

/**
 * server_signal_track_file:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to the place of the file's document; `NULL` is
 *   the whole document
 * @file: a file with one JSON text (RFC 8259) of at most 64 MiB
 * @error: return location for a #GError
 *
 * Makes a part of the document the contents of a JSON file, and follows the file.
 *
 * The file is read at once, and again, in another thread, whenever it is written or another file is
 * put in its place; all differences are one commit. When it cannot be read, is not JSON (half
 * of a file is not), or is gone, the document keeps the last good contents, and
 * [signal@Signal::source-failed] says why, with line and column where it is not JSON.
 *
 * Of a file of 64 KiB or more the text is kept in memory, beside the document, so that after an edit at one
 * place only the elements or members there are parsed.
 *
 * The whole path to the file is watched: each directory, each symbolic link, and the file that they
 * lead to. It is read again, therefore, when a link anywhere on the path is pointed elsewhere, as
 * in a Kubernetes volume or a `current` release, when a directory is moved, or deleted and
 * recreated, and when the file behind a link is written. Up to 40 links are followed.
 *
 * Only a regular file is read; a FIFO, a device or a directory in its place is a failure, and is
 * not opened. A failure that is over after a tenth of a second, such as half of a file, is not
 * reported. A byte order mark at the start is skipped. Where there are no events, such as on some
 * network file systems, GIO looks every few seconds.
 *
 * While the file is tracked, the application cannot write to the place, as
 * [method@Signal.track_object] says. Tracking ends with [method@Signal.untrack] and with the
 * signal.
 *
 * The file has to exist at first, and may go afterwards.
 *
 * Fails as [method@Signal.track_object] does, and also with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a file that is not JSON;
 * - `SERVER_SIGNAL_ERROR_LIMIT` for a file that is larger than 64 MiB;
 * - `G_IO_ERROR_NOT_FOUND`, `G_IO_ERROR_NOT_REGULAR_FILE`, `G_IO_ERROR_IS_DIRECTORY`,
 *   `G_IO_ERROR_TOO_MANY_LINKS` or another code of [error@Gio.IOErrorEnum] for a file that cannot
 *   be read or watched.
 *
 * Returns: `TRUE` if the file is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_file (ServerSignal  *self,
                          const char    *pointer,
                          GFile         *file,
                          GError       **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_FILE (file), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return ss_tracks_begin (self, pointer, &ss_track_file_kind, file, NULL, error);
}

/**
 * server_signal_track_parsed_file:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to the place of the file's value; `NULL` is the
 *   whole document
 * @file: a file of at most 64 MiB
 * @func: (scope notified) (closure user_data) (destroy destroy): makes a value of the contents
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data when the file is not tracked any more
 * @error: return location for an error
 *
 * Makes a part of the document the value of a file in another format than JSON, and follows the file.
 *
 * This is [method@Signal.track_file] with @func in the place of the reader of JSON: for YAML, INI
 * files, or a format of the application's. @func is called with the whole contents in the main context
 * of the signal, at once and whenever the file has changed. When it fails, the document keeps the last
 * good value, and [signal@Signal::source-failed] has the error.
 *
 * Fails as [method@Signal.track_file] does, except for `SERVER_SIGNAL_ERROR_INVALID_JSON`, and also with
 *
 * - the error that @func sets;
 * - `SERVER_SIGNAL_ERROR_FAILED` if @func gives neither a value nor an error;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` or `SERVER_SIGNAL_ERROR_LIMIT` for a value that JSON cannot carry.
 *
 * Returns: `TRUE` if the file is tracked, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_track_parsed_file (ServerSignal           *self,
                                 const char             *pointer,
                                 GFile                  *file,
                                 ServerSignalParseFunc   func,
                                 gpointer                user_data,
                                 GDestroyNotify          destroy,
                                 GError                **error)
{
  SsParsedFile source = { file, NULL };
  gboolean done;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_FILE (file), FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  source.parser = ss_file_parser_new (func, user_data, destroy);
  done = ss_tracks_begin (self, pointer, &ss_track_parsed_file_kind, &source, NULL, error);
  ss_file_parser_unref (source.parser);

  return done;
}

/**
 * server_signal_untrack:
 * @self: a signal
 * @pointer: (nullable): the JSON Pointer (RFC 6901) that was tracked; `NULL` is the whole document
 *
 * Stops following the source that is tracked at a place.
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
  g_return_if_fail (SERVER_IS_SIGNAL (self));
  SS_RETURN_IF_ELSEWHERE (ss_signal_get_owner (self));

  ss_tracks_end (self, pointer);
}
