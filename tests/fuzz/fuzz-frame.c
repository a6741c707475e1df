/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A frame: decoded by the quick way and by the general one (which a space in front makes sure of) it is
 * the same, and what is understood of it can be written and read again. */

#include "fuzz.h"

#include "wire/ss-frame-decode.h"

static void
check_round_trip (const SsFrame *frame)
{
  g_autoptr (SsMessage) message = NULL;
  g_auto (SsFrame) again = { 0 };
  const char *text;
  gsize length;

  if (frame->kind == SS_FRAME_SNAPSHOT)
    message = ss_frame_encode_snapshot (frame->name, frame->value, frame->epoch, frame->rev);
  else if (frame->kind == SS_FRAME_UPDATE && frame->has_base)
    message = ss_frame_encode_update (frame->name, frame->patch, frame->base, frame->rev);
  else if (frame->kind == SS_FRAME_UPDATE)
    message = ss_frame_encode_plain (frame->name, frame->patch);
  else if (frame->kind == SS_FRAME_SUBSCRIBE)
    message = ss_frame_encode_subscribe (frame->name, frame->epoch, frame->rev, frame->max);
  else
    return;

  text = ss_message_payload (message, &length);
  CHECK (ss_frame_decode (&again, text, length, NULL));
  CHECK (again.kind == frame->kind);
  CHECK (strcmp (again.name, frame->name) == 0);
  CHECK (again.has_base == frame->has_base && again.base == frame->base);
  CHECK (again.max == frame->max);
  CHECK (g_strcmp0 (again.epoch, frame->epoch) == 0);
  CHECK (frame->value == NULL || ss_value_equal (again.value, frame->value));
  CHECK (frame->patch == NULL ||
         strcmp (ss_patch_text (again.patch, NULL), ss_patch_text (frame->patch, NULL)) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *text = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) slow_error = NULL;
  g_auto (SsFrame) frame = { 0 };
  g_auto (SsFrame) slow = { 0 };
  gboolean decoded;

  text[0] = ' ';
  memcpy (text + 1, data, size);
  decoded = ss_frame_decode (&frame, (const char *) data, size, &error);
  CHECK (ss_frame_decode (&slow, text, size + 1, &slow_error) == decoded);
  CHECK (g_strcmp0 (frame.name, slow.name) == 0);
  CHECK (decoded == (error == NULL) && decoded == (slow_error == NULL));

  if (!decoded)
    {
      CHECK (error->domain == SERVER_SIGNAL_ERROR && error->code == slow_error->code);
      return 0;
    }

  CHECK (frame.kind == slow.kind);
  CHECK (frame.has_base == slow.has_base && frame.base == slow.base);
  CHECK (frame.has_rev == slow.has_rev && frame.rev == slow.rev);
  CHECK (g_strcmp0 (frame.epoch, slow.epoch) == 0);
  CHECK ((frame.patch == NULL) == (slow.patch == NULL));
  CHECK (frame.patch == NULL ||
         strcmp (ss_patch_text (frame.patch, NULL), ss_patch_text (slow.patch, NULL)) == 0);
  check_round_trip (&frame);

  return 0;
}
