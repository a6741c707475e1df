/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-actions.h"

#include <glib/gi18n-lib.h>

#include "json/ss-variant-member.h"
#include "server-signal-error.h"
#include "ss-protocol.h"
#include "ss-track-member.h"

static gboolean
is_remote (const SsTrack *track)
{
  return track->kind == &ss_track_remote_actions_kind;
}

static void
append (SsValue    *object,
        const char *key,
        SsValue    *value)
{
  ss_object_append (object, ss_value_new_string (key, -1), value);
}

/* type NULL: there is no member. */
static void
append_type (SsValue            *object,
             const char         *key,
             const GVariantType *type)
{
  if (type != NULL)
    append (object, key,
            ss_value_new_string (g_variant_type_peek_string (type),
                                 (gssize) g_variant_type_get_string_length (type)));
}

/* pointer is taken. */
static char *
append_part (char       *pointer,
             const char *part)
{
  g_autofree char *taken = pointer;

  return g_strconcat (taken, "/", part, NULL);
}

/* Whether a name can be that of a member. The application is told of one that cannot. */
static gboolean
check_name (SsTrack    *track,
            const char *name)
{
  g_autofree char *escaped = NULL;

  if (g_utf8_validate (name, -1, NULL))
    return TRUE;

  escaped = g_strescape (name, NULL);
  ss_track_fail (track, g_strdup (track->pointer),
                 g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                              _("The name “%s” is not UTF-8"), escaped));
  return FALSE;
}

/* NULL for an action that is not there. */
static SsValue *
read_action (SsTrack      *track,
             GActionGroup *group,
             const char   *name)
{
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GVariant) hint = NULL;
  g_autofree char *pointer = NULL;
  const GVariantType *parameter_type = NULL;
  const GVariantType *state_type = NULL;
  gboolean enabled;
  SsValue *object;

  if (!check_name (track, name) ||
      !g_action_group_query_action (group, name, &enabled, &parameter_type, &state_type, &hint,
                                    &state))
    return NULL;

  object = ss_value_new_object (2);
  append (object, SS_ACTION_ENABLED, ss_value_new_boolean (enabled));
  if (is_remote (track))
    {
      append_type (object, SS_ACTION_PARAMETER_TYPE, parameter_type);
      append_type (object, SS_ACTION_STATE_TYPE, state_type);
      if (hint != NULL)
        ss_variant_member_put (object, SS_ACTION_STATE_HINT, hint, FALSE);
      ss_variant_member_put (object, SS_ACTION_STATE, state, TRUE);
      return object;
    }

  pointer = ss_track_member_pointer (track, name);
  pointer = append_part (pointer, SS_ACTION_STATE);
  append (object, SS_ACTION_STATE, ss_track_member_read (track, pointer, state));

  return object;
}

static void
put_action (SsTrack      *track,
            GActionGroup *group,
            const char   *name)
{
  g_autoptr (SsValue) action = read_action (track, group, name);
  g_autofree char *pointer = ss_track_member_pointer (track, name);

  /* The query may run application code, which may end this. */
  if (action != NULL && track->is_live)
    ss_track_put (track, pointer, action);
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
  g_autofree char *pointer = ss_track_member_pointer (track, name);

  ss_tracks_enter (tracks);
  if (g_utf8_validate (name, -1, NULL))
    ss_track_remove (track, pointer);
  ss_tracks_leave (tracks);
}

/* Writes one part of an action. The group is asked rather than the signal: when a handler before
 * this one changes the action again, that change is reported first, and the older one last. */
static void
update_action (SsTrack      *track,
               GActionGroup *group,
               const char   *name,
               const char   *part)
{
  SsTracks *tracks = track->tracks;
  g_autofree char *pointer = ss_track_member_pointer (track, name);
  g_autoptr (GVariant) state = NULL;
  gboolean enabled;

  ss_tracks_enter (tracks);
  if (!g_utf8_validate (name, -1, NULL))
    {
      /* It was reported when it was added. */
    }
  else if (is_remote (track) || !ss_track_member_exists (track, pointer))
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
          ss_track_member_put (track, pointer, state);
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

static SsValue *
begin (SsTrack             *track,
       gpointer             source,
       const char * const  *properties,
       GError             **error)
{
  SsValue *object = ss_value_new_object (0);
  g_auto (GStrv) names = g_action_group_list_actions (source);

  for (guint i = 0; names[i] != NULL; i++)
    {
      SsValue *action = read_action (track, source, names[i]);

      if (action != NULL)
        ss_track_member_append (object, names[i], action);
    }

  ss_track_watch (track, source);
  ss_track_connect (track, "action-added", G_CALLBACK (action_added_cb));
  ss_track_connect (track, "action-removed", G_CALLBACK (action_removed_cb));
  ss_track_connect (track, "action-enabled-changed", G_CALLBACK (action_enabled_changed_cb));
  ss_track_connect (track, "action-state-changed", G_CALLBACK (action_state_changed_cb));
  return object;
}

const SsTrackKind ss_track_actions_kind = { begin, NULL, NULL };
const SsTrackKind ss_track_remote_actions_kind = { begin, NULL, NULL };
