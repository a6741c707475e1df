/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-settings.h"

#include "ss-track-member.h"

static void
setting_changed_cb (GSettings  *settings,
                    const char *key,
                    SsTrack    *track)
{
  SsTracks *tracks = track->tracks;
  g_autoptr (GVariant) variant = g_settings_get_value (settings, key);
  g_autofree char *pointer = ss_track_member_pointer (track, key);

  ss_tracks_enter (tracks);
  ss_track_member_put (track, pointer, variant);
  ss_tracks_leave (tracks);
}

static SsValue *
begin (SsTrack             *track,
       gpointer             source,
       const char * const  *properties,
       GError             **error)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  SsValue *object = ss_value_new_object (0);
  g_auto (GStrv) keys = NULL;

  g_object_get (source, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys (schema);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) variant = g_settings_get_value (source, keys[i]);
      g_autofree char *pointer = ss_track_member_pointer (track, keys[i]);

      ss_track_member_append (object, keys[i], ss_track_member_read (track, pointer, variant));
    }

  ss_track_watch (track, source);
  ss_track_connect (track, "changed", G_CALLBACK (setting_changed_cb));
  return object;
}

const SsTrackKind ss_track_settings_kind = { begin, NULL, NULL };
