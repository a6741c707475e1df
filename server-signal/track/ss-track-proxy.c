/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-proxy.h"

#include "ss-track-member.h"

static void
put_cached_property (SsTrack    *track,
                     GDBusProxy *proxy,
                     const char *name)
{
  const char *const *chosen = track->data;
  g_autoptr (GVariant) variant = g_dbus_proxy_get_cached_property (proxy, name);
  g_autofree char *pointer = ss_track_member_pointer (track, name);

  if (chosen != NULL && !g_strv_contains (chosen, name))
    return;

  if (variant == NULL)
    ss_track_remove (track, pointer);
  else
    ss_track_member_put (track, pointer, variant);
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

static SsValue *
begin (SsTrack             *track,
       gpointer             source,
       const char * const  *properties,
       GError             **error)
{
  SsValue *object = ss_value_new_object (0);
  g_auto (GStrv) cached = NULL;
  const char *const *names = properties;

  track->data = g_strdupv ((GStrv) properties);
  if (names == NULL)
    names = (const char *const *) (cached = g_dbus_proxy_get_cached_property_names (source));

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GVariant) variant = g_dbus_proxy_get_cached_property (source, names[i]);
      g_autofree char *pointer = ss_track_member_pointer (track, names[i]);

      if (variant != NULL)
        ss_track_member_append (object, names[i], ss_track_member_read (track, pointer, variant));
    }

  ss_track_watch (track, source);
  ss_track_connect (track, "g-properties-changed", G_CALLBACK (proxy_changed_cb));
  return object;
}

static void
free_names (SsTrack *track)
{
  g_strfreev (track->data);
}

const SsTrackKind ss_track_proxy_kind = { begin, NULL, free_names };
