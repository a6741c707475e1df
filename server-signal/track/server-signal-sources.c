/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-track.h"

#include <glib/gi18n-lib.h>

#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "signal/server-signal-private.h"
#include "ss-carry.h"
#include "ss-limits.h"
#include "ss-track.h"

/* Sources that are neither objects by their properties nor lists: each says what it is as a value,
 * and which member has changed. */

static guint
member_depth (const SsTrack *track)
{
  return SS_DOCUMENT_DEPTH - MIN (track->depth + 1, SS_DOCUMENT_DEPTH);
}

static char *
member_pointer (const SsTrack *track,
                const char    *name)
{
  GString *pointer = g_string_new (track->pointer);

  ss_pointer_append_token (pointer, name, -1);
  return g_string_free (pointer, FALSE);
}

static SsValue *
carry_variant (const SsTrack *track,
               GVariant      *variant,
               GError       **error)
{
  return variant != NULL ? ss_carry_variant (variant, member_depth (track), error)
                         : ss_value_new_null ();
}

/* TRUE unless there is an error; value is taken. */
static gboolean
add_member (const SsTrack  *track,
            SsValue        *object,
            const char     *name,
            SsValue        *value,
            GError        **error)
{
  if (value == NULL)
    {
      g_autofree char *pointer = member_pointer (track, name);

      /* Translators: a JSON Pointer. */
      g_prefix_error (error, _("At “%s”: "), pointer);
      return FALSE;
    }

  ss_object_append (object, ss_value_new_string (name, -1), value);
  return TRUE;
}

/* value is taken; NULL is an error, which is taken as well. */
static void
put_member (SsTrack    *track,
            const char *name,
            SsValue    *value,
            GError     *error)
{
  if (value == NULL)
    {
      ss_tracks_fail (track->tracks, member_pointer (track, name), error);
      return;
    }

  ss_track_put_member (track, name, value);
  ss_value_unref (value);
}

typedef SsValue *(*ReadFunc) (SsTrack *track, gpointer source, GError **error);
typedef void (*FollowFunc) (SsTrack *track, gpointer source);

static gboolean
track (ServerSignal *self,
       const char   *pointer,
       gpointer      source,
       ReadFunc      read,
       FollowFunc    follow,
       GError      **error)
{
  SsTracks *tracks = ss_tracks_get (self);
  SsTrack *track;
  gboolean tracked = FALSE;

  ss_tracks_enter (tracks);
  track = ss_track_new (self, pointer, error);
  if (track != NULL)
    {
      g_autoptr (SsValue) value = NULL;

      value = read (track, source, error);
      if (value == NULL)
        {
          ss_track_end (track);
        }
      else
        {
          ss_track_watch (track, source);
          follow (track, source);
          tracked = ss_track_begin (track, value, error);
        }
    }
  ss_tracks_leave (tracks);

  return tracked;
}

/* Settings */

static SsValue *
read_settings (SsTrack   *track,
               gpointer   source,
               GError   **error)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (SsValue) object = ss_value_new_object (0);
  g_auto (GStrv) keys = NULL;

  g_object_get (source, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) variant = g_settings_get_value (source, keys[i]);

      if (!add_member (track, object, keys[i], carry_variant (track, variant, error), error))
        return NULL;
    }

  return g_steal_pointer (&object);
}

static void
setting_changed_cb (GSettings  *settings,
                    const char *key,
                    SsTrack    *track)
{
  SsTracks *tracks = track->tracks;
  g_autoptr (GVariant) variant = g_settings_get_value (settings, key);
  GError *error = NULL;
  SsValue *value = carry_variant (track, variant, &error);

  ss_tracks_enter (tracks);
  put_member (track, key, value, error);
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
 * For all else, and for the errors, see [method@Signal.track_object].
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

  return track (self, pointer, settings, read_settings, follow_settings, error);
}

/* Actions */

static SsValue *
read_action (SsTrack      *track,
             GActionGroup *group,
             const char   *name,
             GError      **error)
{
  g_autoptr (GVariant) state = NULL;
  SsValue *carried;
  SsValue *object;
  gboolean enabled;

  if (!g_action_group_query_action (group, name, &enabled, NULL, NULL, NULL, &state))
    enabled = FALSE;

  /* One level further down. */
  carried = state != NULL ? ss_carry_variant (state, MAX (member_depth (track), 1) - 1, error)
                          : ss_value_new_null ();
  if (carried == NULL)
    return NULL;

  object = ss_value_new_object (2);
  ss_object_append (object, ss_value_new_string ("enabled", -1), ss_value_new_boolean (enabled));
  ss_object_append (object, ss_value_new_string ("state", -1), carried);
  return object;
}

static SsValue *
read_action_group (SsTrack   *track,
                   gpointer   source,
                   GError   **error)
{
  g_autoptr (SsValue) object = ss_value_new_object (0);
  g_auto (GStrv) names = g_action_group_list_actions (source);

  for (guint i = 0; names[i] != NULL; i++)
    if (!add_member (track, object, names[i], read_action (track, source, names[i], error), error))
      return NULL;

  return g_steal_pointer (&object);
}

static void
action_added_cb (GActionGroup *group,
                 const char   *name,
                 SsTrack      *track)
{
  SsTracks *tracks = track->tracks;
  GError *error = NULL;
  SsValue *value;

  ss_tracks_enter (tracks);
  value = read_action (track, group, name, &error);
  put_member (track, name, value, error);
  ss_tracks_leave (tracks);
}

static void
action_removed_cb (GActionGroup *group,
                   const char   *name,
                   SsTrack      *track)
{
  SsTracks *tracks = track->tracks;

  ss_tracks_enter (tracks);
  ss_track_put_member (track, name, NULL);
  ss_tracks_leave (tracks);
}

/* One part of an action that is there. value is taken. */
static void
put_action_part (SsTrack    *track,
                 const char *name,
                 const char *part,
                 SsValue    *value,
                 GError     *error)
{
  SsTracks *tracks = track->tracks;
  g_autofree char *action = member_pointer (track, name);
  char *pointer = g_strconcat (action, "/", part, NULL);

  ss_tracks_enter (tracks);
  if (value == NULL)
    {
      ss_tracks_fail (tracks, g_steal_pointer (&pointer), error);
    }
  else
    {
      if (ss_pointer_resolve (ss_signal_peek (tracks->signal), action, NULL) != NULL)
        ss_track_put (track, pointer, value);
      ss_value_unref (value);
    }
  g_free (pointer);
  ss_tracks_leave (tracks);
}

static void
action_enabled_changed_cb (GActionGroup *group,
                           const char   *name,
                           gboolean      enabled,
                           SsTrack      *track)
{
  put_action_part (track, name, "enabled", ss_value_new_boolean (enabled), NULL);
}

static void
action_state_changed_cb (GActionGroup *group,
                         const char   *name,
                         GVariant     *state,
                         SsTrack      *track)
{
  GError *error = NULL;
  SsValue *value = state != NULL
                     ? ss_carry_variant (state, MAX (member_depth (track), 1) - 1, &error)
                     : ss_value_new_null ();

  put_action_part (track, name, "state", value, error);
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
 * For all else, and for the errors, see [method@Signal.track_object].
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

  return track (self, pointer, group, read_action_group, follow_action_group, error);
}

/* D-Bus */

static SsValue *
read_proxy (SsTrack   *track,
            gpointer   source,
            GError   **error)
{
  g_autoptr (SsValue) object = ss_value_new_object (0);
  g_auto (GStrv) names = g_dbus_proxy_get_cached_property_names (source);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GVariant) variant = g_dbus_proxy_get_cached_property (source, names[i]);

      if (!add_member (track, object, names[i], carry_variant (track, variant, error), error))
        return NULL;
    }

  return g_steal_pointer (&object);
}

static void
put_cached_property (SsTrack    *track,
                     GDBusProxy *proxy,
                     const char *name)
{
  g_autoptr (GVariant) variant = g_dbus_proxy_get_cached_property (proxy, name);
  GError *error = NULL;

  if (variant == NULL)
    ss_track_put_member (track, name, NULL);
  else
    put_member (track, name, carry_variant (track, variant, &error), error);
}

static void
proxy_changed_cb (GDBusProxy          *proxy,
                  GVariant            *changed,
                  const char * const  *invalidated,
                  SsTrack             *track)
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
 * For all else, and for the errors, see [method@Signal.track_object].
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
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self), FALSE);
  g_return_val_if_fail (G_IS_DBUS_PROXY (proxy), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return track (self, pointer, proxy, read_proxy, follow_proxy, error);
}
