/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-frame-guard.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-allowance.h"
#include "ss-limits.h"

#define OPCODE_CONTINUATION 0x00
#define OPCODE_CONTROL 0x08
#define OPCODE_CLOSE 0x08

struct _SsFrameGuard
{
  SoupWebsocketExtension parent_instance;

  guint64     max_bytes;
  guint64     n_bytes;      /* of the message that is coming in */
  guint64     n_fragments;
  SsAllowance control;      /* frames: pings, pongs */
};

G_DEFINE_FINAL_TYPE (SsFrameGuard, ss_frame_guard, SOUP_TYPE_WEBSOCKET_EXTENSION)

static gboolean
check_control (SsFrameGuard  *self,
               guint8         opcode,
               GError       **error)
{
  if (opcode == OPCODE_CLOSE || ss_allowance_take (&self->control, 1))
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The server sent more than %u pings at once"), SS_CONTROL_BURST);

  return FALSE;
}

static gboolean
check_data (SsFrameGuard  *self,
            guint8         opcode,
            gsize          length,
            GError       **error)
{
  if (opcode != OPCODE_CONTINUATION)
    {
      self->n_bytes = 0;
      self->n_fragments = 0;
    }

  /* libsoup has seen that this one fragment is within the limit, so the sum cannot wrap. */
  self->n_bytes += length;
  self->n_fragments++;

  if (self->n_bytes > self->max_bytes)
    {
      g_propagate_error (error, ss_frame_guard_too_large (self->max_bytes));
      return FALSE;
    }

  if (self->n_fragments > SS_MESSAGE_FRAGMENTS + self->n_bytes / SS_FRAGMENT_BYTES)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("The server sent a message of %" G_GUINT64_FORMAT " bytes in more than %"
                     G_GUINT64_FORMAT " fragments"),
                      self->n_bytes, self->n_fragments - 1);
      return FALSE;
    }

  return TRUE;
}

static GBytes *
process_incoming_message (SoupWebsocketExtension  *extension,
                          guint8                  *header,
                          GBytes                  *payload,
                          GError                 **error)
{
  SsFrameGuard *self = SS_FRAME_GUARD (extension);
  guint8 opcode = header[0] & 0x0f;
  gboolean good;

  /* Pings and the like may come between the fragments of a message. */
  if ((opcode & OPCODE_CONTROL) != 0)
    good = check_control (self, opcode, error);
  else
    good = check_data (self, opcode, g_bytes_get_size (payload), error);

  if (good)
    return payload;

  g_bytes_unref (payload);

  return NULL;
}

static GBytes *
process_outgoing_message (SoupWebsocketExtension  *extension,
                          guint8                  *header,
                          GBytes                  *payload,
                          GError                 **error)
{
  return payload;
}

static void
ss_frame_guard_class_init (SsFrameGuardClass *klass)
{
  SoupWebsocketExtensionClass *extension_class = SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  /* The name is never offered to the other end. */
  extension_class->name = "x-server-signal-frame-guard";
  extension_class->process_incoming_message = process_incoming_message;
  extension_class->process_outgoing_message = process_outgoing_message;
}

static void
ss_frame_guard_init (SsFrameGuard *self)
{
  ss_allowance_init (&self->control, SS_CONTROL_BURST, SS_CONTROL_PER_SECOND);
}

SsFrameGuard *
ss_frame_guard_new (guint64 max_bytes)
{
  SsFrameGuard *self = g_object_new (SS_TYPE_FRAME_GUARD, NULL);

  self->max_bytes = max_bytes;

  return self;
}

GError *
ss_frame_guard_too_large (guint64 max_bytes)
{
  g_autofree char *size = g_format_size_full (max_bytes, G_FORMAT_SIZE_IEC_UNITS);

  return g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                      _("The server sent a message of more than %s"), size);
}
