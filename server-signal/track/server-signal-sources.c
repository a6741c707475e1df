/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-track.h"

#include <glib/gi18n-lib.h>

#include "json/ss-pointer.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-to-json.h"
#include "ss-limits.h"
#include "ss-track.h"

/* Sources that are neither objects by their properties nor lists: each says what it is as a value,
 * and which member has changed. */

static char *
member_pointer (const SsTrack *track,
                const char    *name)
{
  GString *pointer = g_string_new (track->pointer);

  ss_pointer_append_token (pointer, name, -1);
  return g_string_free (pointer, FALSE);
}

/* pointer is taken. */
static char *
append_part (char       *pointer,
             const char *part)
{
  g_autofree char *taken = pointer;

  return g_strconcat (taken, "/", part, NULL);
}

/* A variant at a place of the document; NULL is JSON null. The application is told of what JSON
 * cannot carry, and that is NULL. */
static SsValue *
variant_to_json (SsTrack    *track,
                 const char *pointer,
                 GVariant   *variant)
{
  guint max_depth = SS_DOCUMENT_DEPTH - MIN (ss_pointer_depth (pointer), SS_DOCUMENT_DEPTH);
  GError *error = NULL;
  SsValue *value;

  if (variant == NULL)
    return ss_value_new_null ();

  value = ss_gvariant_to_json (variant, max_depth, &error);
  if (value == NULL)
    ss_tracks_fail (track->tracks, g_strdup (pointer), error);

  return value;
}

/* A place that nothing is known of yet: what JSON cannot carry is null there. */
static SsValue *
first_to_json (SsTrack    *track,
               const char *pointer,
               GVariant   *variant)
{
  SsValue *value = variant_to_json (track, pointer, variant);

  return value != NULL ? value : ss_value_new_null ();
}

static gboolean
is_there (SsTrack    *track,
          const char *pointer)
{
  return ss_pointer_resolve (ss_signal_peek (track->tracks->signal), pointer, NULL) != NULL;
}

/* What JSON cannot carry leaves the place as it was. A place that was not there gets null: the
 * source has it, and it becomes good later. */
static void
put_variant (SsTrack    *track,
             const char *pointer,
             GVariant   *variant)
{
  g_autoptr (SsValue) value = variant_to_json (track, pointer, variant);

  if (value == NULL && !is_there (track, pointer))
    value = ss_value_new_null ();
  if (value != NULL)
    ss_track_put (track, pointer, value);
}

/* A name can be that of a member, or else the application is told of it. */
static gboolean
check_name (SsTrack    *track,
            const char *name)
{
  g_autofree char *escaped = NULL;

  if (g_utf8_validate (name, -1, NULL))
    return TRUE;

  escaped = g_strescape (name, NULL);
  ss_tracks_fail (track->tracks, g_strdup (track->pointer),
                  g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                               _("The name “%s” is not UTF-8"), escaped));
  return FALSE;
}

/* value is taken. A source that lists a name twice has one member of it. */
static void
append_member (SsValue    *object,
               const char *name,
               SsValue    *value)
{
  int position = ss_object_find (object, name, strlen (name));

  if (position < 0)
    ss_object_append (object, ss_value_new_string (name, -1), value);
  else
    ss_value_unref (ss_object_replace (object, (guint) position, value));
}

/* The source as a value, with null for those members that JSON cannot carry. */
typedef SsValue *(*ReadFunc) (SsTrack *track, gpointer source);
typedef void (*FollowFunc) (SsTrack *track, gpointer source);

/* properties is taken by the track, and may be NULL. */
static gboolean
track (ServerSignal  *self,
       const char    *pointer,
       gpointer       source,
       GStrv          properties,
       ReadFunc       read,
       FollowFunc     follow,
       GError       **error)
{
  SsTracks *tracks = ss_tracks_get (self);
  SsTrack *track;
  gboolean tracked = FALSE;

  ss_tracks_enter (tracks);
  track = ss_track_new (self, pointer, error);
  if (track != NULL)
    {
      g_autoptr (SsValue) value = NULL;

      track->data = properties;
      track->free_data = (GDestroyNotify) g_strfreev;
      value = read (track, source);
      ss_track_watch (track, source);
      follow (track, source);
      tracked = ss_track_begin (track, value, error);
      /* Nothing was changed, so there is nothing to tell of but the error. */
      if (!tracked)
        ss_tracks_forget (tracks, pointer);
    }
  else
    {
      g_strfreev (properties);
    }
  ss_tracks_leave (tracks);

  return tracked;
}

/* Settings */

static SsValue *
read_settings (SsTrack  *track,
               gpointer  source)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  SsValue *object = ss_value_new_object (0);
  g_auto (GStrv) keys = NULL;

  g_object_get (source, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) variant = g_settings_get_value (source, keys[i]);
      g_autofree char *pointer = member_pointer (track, keys[i]);

      append_member (object, keys[i], first_to_json (track, pointer, variant));
    }

  return object;
}

static void
setting_changed_cb (GSettings  *settings,
                    const char *key,
                    SsTrack    *track)
{
  SsTracks *tracks = track->tracks;
  g_autoptr (GVariant) variant = g_settings_get_value (settings, key);
  g_autofree char *pointer = member_pointer (track, key);

  ss_tracks_enter (tracks);
  put_variant (track, pointer, variant);
  ss_tracks_leave (tracks);
}

static void
follow_settings (SsTrack  *track,
                 gpointer  source)
{
  track->handlers[0] = g_signal_connect (source, "changed", G_CALLBACK (setting_changed_cb), track);
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
 * is one commit of one `replace`. The settings of child schemas are not in it.
 *
 * A key with a value that JSON cannot carry does not stop the others: at first its member is null,
 * later it keeps its last value, and [signal@Signal::source-failed] tells of it with its pointer
 * each time.
 *
 * For all else, and for the other errors, see [method@Signal.track_object].
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

  return track (self, pointer, settings, NULL, read_settings, follow_settings, error);
}

/* Actions */

/* NULL for an action that is not there. */
static SsValue *
read_action (SsTrack      *track,
             GActionGroup *group,
             const char   *name)
{
  g_autoptr (GVariant) state = NULL;
  g_autofree char *pointer = NULL;
  SsValue *object;
  gboolean enabled;

  if (!check_name (track, name) ||
      !g_action_group_query_action (group, name, &enabled, NULL, NULL, NULL, &state))
    return NULL;

  pointer = member_pointer (track, name);
  object = ss_value_new_object (2);
  ss_object_append (object, ss_value_new_string ("enabled", -1), ss_value_new_boolean (enabled));
  pointer = append_part (pointer, "state");
  ss_object_append (object, ss_value_new_string ("state", -1),
                    first_to_json (track, pointer, state));
  return object;
}

static SsValue *
read_action_group (SsTrack  *track,
                   gpointer  source)
{
  SsValue *object = ss_value_new_object (0);
  g_auto (GStrv) names = g_action_group_list_actions (source);

  for (guint i = 0; names[i] != NULL; i++)
    {
      SsValue *action = read_action (track, source, names[i]);

      if (action != NULL)
        append_member (object, names[i], action);
    }

  return object;
}

static void
put_action (SsTrack      *track,
            GActionGroup *group,
            const char   *name)
{
  g_autoptr (SsValue) action = read_action (track, group, name);

  /* The query may run code of the application's, which may end this. */
  if (action != NULL && track->is_live)
    ss_track_put_member (track, name, action);
}

static void
action_added_cb (GActionGroup *group,
                 const char   *name,
                 SsTrack      *track)
{
  SsTracks *tracks = track->tracks;

  ss_tracks_enter (tracks);
  put_action (track, group, name);
  ss_tracks_leave (tracks);
}

static void
action_removed_cb (GActionGroup *group,
                   const char   *name,
                   SsTrack      *track)
{
  SsTracks *tracks = track->tracks;

  ss_tracks_enter (tracks);
  if (g_utf8_validate (name, -1, NULL))
    ss_track_put_member (track, name, NULL);
  ss_tracks_leave (tracks);
}

/* One part of an action. The group is asked rather than the signal: when a handler before this one
 * changes the action again, that change is told first, and the older one last. */
static void
update_action (SsTrack      *track,
               GActionGroup *group,
               const char   *name,
               const char   *part)
{
  SsTracks *tracks = track->tracks;
  g_autofree char *pointer = member_pointer (track, name);
  g_autoptr (GVariant) state = NULL;
  gboolean enabled;

  ss_tracks_enter (tracks);
  if (!g_utf8_validate (name, -1, NULL))
    {
      /* It was told of when it was added. */
    }
  else if (!is_there (track, pointer))
    {
      put_action (track, group, name);
    }
  else if (g_action_group_query_action (group, name, &enabled, NULL, NULL, NULL, &state) &&
           track->is_live)
    {
      pointer = append_part (pointer, part);
      if (g_str_equal (part, "enabled"))
        {
          g_autoptr (SsValue) value = ss_value_new_boolean (enabled);

          ss_track_put (track, pointer, value);
        }
      else
        {
          put_variant (track, pointer, state);
        }
    }
  ss_tracks_leave (tracks);
}

static void
action_enabled_changed_cb (GActionGroup *group,
                           const char   *name,
                           gboolean      enabled,
                           SsTrack      *track)
{
  update_action (track, group, name, "enabled");
}

static void
action_state_changed_cb (GActionGroup *group,
                         const char   *name,
                         GVariant     *state,
                         SsTrack      *track)
{
  update_action (track, group, name, "state");
}

static void
follow_action_group (SsTrack  *track,
                     gpointer  source)
{
  track->handlers[0] =
    g_signal_connect (source, "action-added", G_CALLBACK (action_added_cb), track);
  track->handlers[1] =
    g_signal_connect (source, "action-removed", G_CALLBACK (action_removed_cb), track);
  track->handlers[2] = g_signal_connect (source, "action-enabled-changed",
                                         G_CALLBACK (action_enabled_changed_cb), track);
  track->handlers[3] = g_signal_connect (source, "action-state-changed",
                                         G_CALLBACK (action_state_changed_cb), track);
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
 * action that has none, and else as [func@Json.gvariant_serialize] would write it. A change of
 * either is one commit of one `replace`; an action that comes is an `add`, one that goes a
 * `remove`.
 *
 * A state that JSON cannot carry does not stop the rest: of an action that comes with it the state
 * is null, otherwise it keeps its last value, until it is one that JSON can carry, and
 * [signal@Signal::source-failed] tells of it with its pointer each time.
 *
 * For all else, and for the other errors, see [method@Signal.track_object].
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

  return track (self, pointer, group, NULL, read_action_group, follow_action_group, error);
}

/* D-Bus */

static SsValue *
read_proxy (SsTrack  *track,
            gpointer  source)
{
  SsValue *object = ss_value_new_object (0);
  g_auto (GStrv) cached = NULL;
  GStrv names = track->data;

  if (names == NULL)
    names = cached = g_dbus_proxy_get_cached_property_names (source);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GVariant) variant = g_dbus_proxy_get_cached_property (source, names[i]);
      g_autofree char *pointer = member_pointer (track, names[i]);

      if (variant != NULL)
        append_member (object, names[i], first_to_json (track, pointer, variant));
    }

  return object;
}

static void
put_cached_property (SsTrack    *track,
                     GDBusProxy *proxy,
                     const char *name)
{
  const char * const *picked = track->data;
  g_autoptr (GVariant) variant = g_dbus_proxy_get_cached_property (proxy, name);
  g_autofree char *pointer = member_pointer (track, name);

  if (picked != NULL && !g_strv_contains (picked, name))
    return;

  if (variant == NULL)
    ss_track_remove (track, pointer);
  else
    put_variant (track, pointer, variant);
}

static void
proxy_changed_cb (GDBusProxy         *proxy,
                  GVariant           *changed,
                  const char * const *invalidated,
                  SsTrack            *track)
{
  SsTracks *tracks = track->tracks;
  GVariantIter iter;
  const char *name;

  ss_tracks_enter (tracks);
  g_variant_iter_init (&iter, changed);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL))
    put_cached_property (track, proxy, name);
  for (guint i = 0; invalidated != NULL && invalidated[i] != NULL; i++)
    put_cached_property (track, proxy, invalidated[i]);
  ss_tracks_leave (tracks);
}

static void
follow_proxy (SsTrack  *track,
              gpointer  source)
{
  track->handlers[0] =
    g_signal_connect (source, "g-properties-changed", G_CALLBACK (proxy_changed_cb), track);
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
 * What the other side tells of at once is one commit, with one operation for each property: one
 * that is no longer known, because it was invalidated or the other side has gone, is removed.
 *
 * A property that JSON cannot carry, such as an unsigned integer above 9223372036854775807 or a
 * number that is not finite, does not stop the others: at first its member is null, later it keeps
 * its last value, and [signal@Signal::source-failed] tells of it with its pointer each time. To
 * leave such a property out, use [method@Signal.track_dbus_proxy_properties].
 *
 * For all else, and for the other errors, see [method@Signal.track_object].
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
 * This is [method@Signal.track_dbus_proxy] for those properties that are named, in that order. A
 * property that the proxy does not know, or not yet, has no member until it does: which properties
 * there are, only the other side can tell, and it need not be running. The names go no further
 * than the properties, not into a dictionary that is the value of one.
 *
 * Fails like [method@Signal.track_dbus_proxy]; and with `SERVER_SIGNAL_ERROR_INVALID_POINTER` also
 * for what cannot be the name of a property on D-Bus.
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

  return track (self, pointer, proxy, g_strdupv ((GStrv) properties), read_proxy, follow_proxy,
                error);
}
