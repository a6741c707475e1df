/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-outcome.h"

#include <string.h>

#include "json/ss-writer.h"
#include "server-signal-enum-types.h"
#include "server-signal-error.h"
#include "wire/ss-frame.h"

SsOutcome *
ss_outcome_new (SsValue *value)
{
  SsOutcome *self = g_rc_box_new0 (SsOutcome);

  self->value = value;

  return self;
}

SsOutcome *
ss_outcome_new_error (const char *code,
                      const char *message,
                      SsValue    *data)
{
  SsOutcome *self = ss_outcome_new (data);

  self->code = g_strdup (code);
  self->message = g_strdup (message);

  return self;
}

/* The nick of an error's code in the enumeration of its domain, for those domains that every client
 * knows. NULL: another one. */
static const char *
find_nick (const GError *error)
{
  GType type = G_TYPE_INVALID;
  g_autoptr (GEnumClass) klass = NULL;
  const GEnumValue *value;

  if (error->domain == SERVER_SIGNAL_ERROR)
    type = SERVER_TYPE_SIGNAL_ERROR;
  else if (error->domain == G_IO_ERROR)
    type = G_TYPE_IO_ERROR_ENUM;
  if (type == G_TYPE_INVALID)
    return NULL;

  klass = g_type_class_ref (type);
  value = g_enum_get_value (klass, error->code);

  /* Nicks are static, as these types are. */
  return value != NULL ? value->value_nick : NULL;
}

SsOutcome *
ss_outcome_new_gerror (const GError *error)
{
  const char *nick = find_nick (error);
  g_autofree char *message = g_utf8_make_valid (error->message, -1);

  return ss_outcome_new_error (nick != NULL ? nick : "failed", message, NULL);
}

SsOutcome *
ss_outcome_ref (SsOutcome *self)
{
  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  SsOutcome *self = data;

  g_clear_pointer (&self->value, ss_value_unref);
  g_free (self->code);
  g_free (self->message);
}

void
ss_outcome_unref (SsOutcome *self)
{
  g_rc_box_release_full (self, clear);
}

SsMessage *
ss_outcome_encode (const SsOutcome *self,
                   guint64          id,
                   guint64          max)
{
  g_autoptr (SsMessage) message =
    self->code != NULL ? ss_frame_encode_failure (id, self->code, self->message, self->value)
                       : ss_frame_encode_reply (id, self->value);
  gsize length;

  ss_message_payload (message, &length);
  if (length <= max)
    return g_steal_pointer (&message);

  return ss_frame_encode_failure (id, "too-large", "the answer is larger than the client takes",
                                  NULL);
}

gsize
ss_outcome_measure (const SsOutcome *self,
                    gsize            limit)
{
  gsize bytes = sizeof *self;

  if (self->code != NULL)
    bytes += strlen (self->code) + strlen (self->message);
  if (self->value != NULL)
    bytes += ss_value_measure (self->value, limit);

  return bytes;
}
