/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-member.h"

#include "json/ss-pointer.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"
#include "json/ss-to-json.h"

char *
ss_track_member_pointer (const SsTrack *self,
                         const char    *name)
{
  GString *pointer = g_string_new (self->pointer);

  ss_pointer_append_token (pointer, name, -1);
  return g_string_free (pointer, FALSE);
}

gboolean
ss_track_member_exists (const SsTrack *self,
                        const char    *pointer)
{
  return ss_pointer_resolve (ss_signal_peek (self->signal), pointer, NULL) != NULL;
}

/* NULL for a value that JSON cannot carry, and a failure. */
static SsValue *
to_json (SsTrack    *self,
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
    ss_track_fail (self, g_strdup (pointer), error);

  return value;
}

SsValue *
ss_track_member_read (SsTrack    *self,
                      const char *pointer,
                      GVariant   *variant)
{
  SsValue *value = to_json (self, pointer, variant);

  return value != NULL ? value : ss_value_new_null ();
}

void
ss_track_member_put (SsTrack    *self,
                     const char *pointer,
                     GVariant   *variant)
{
  g_autoptr (SsValue) value = to_json (self, pointer, variant);

  /* The source has such a member, and its value becomes a good one later. */
  if (value == NULL && !ss_track_member_exists (self, pointer))
    value = ss_value_new_null ();
  if (value != NULL)
    ss_track_put (self, pointer, value);
}

void
ss_track_member_append (SsValue    *object,
                        const char *name,
                        SsValue    *value)
{
  int position = ss_object_find (object, name, strlen (name));

  if (position < 0)
    ss_object_append (object, ss_value_new_string (name, -1), value);
  else
    ss_value_unref (ss_object_replace (object, (guint) position, value));
}
