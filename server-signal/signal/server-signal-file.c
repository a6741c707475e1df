/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-track.h"

#include <glib/gi18n-lib.h>

#include "json/ss-pointer.h"
#include "json/ss-reader.h"
#include "server-signal-error.h"
#include "server-signal-struct.h"
#include "ss-limits.h"
#include "ss-process.h"

/* A JSON file as a part of a signal. It is read again when it was written, without blocking. */

typedef struct
{
  SsTrack      *track;        /* NULL once it has ended */
  GFile        *file;
  GFileMonitor *monitor;
  pid_t         process;      /* that made it, see ss_process_is_other() */
  GCancellable *cancellable;
  gboolean      is_reading;
  gboolean      has_changed;  /* meanwhile */
} FileSource;

static void start_reading (FileSource *self);

static void
file_source_clear (gpointer data)
{
  FileSource *self = data;

  g_clear_object (&self->file);
  g_clear_object (&self->monitor);
  g_clear_object (&self->cancellable);
}

static void
file_source_end (gpointer data)
{
  FileSource *self = data;

  self->track = NULL;
  g_cancellable_cancel (self->cancellable);
  if (self->monitor != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->monitor, self);
      /* A child of fork() would take the watch from its parent: both have the same inotify. */
      if (ss_process_is_other (self->process))
        self->monitor = NULL;
      else
        g_file_monitor_cancel (self->monitor);
    }
  g_rc_box_release_full (self, file_source_clear);
}

static SsValue *
parse (SsTrack     *track,
       const char  *text,
       gsize        length,
       GError     **error)
{
  if (length > SS_FRAME_BYTES)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("The file is larger than %u bytes"), SS_FRAME_BYTES);
      return NULL;
    }

  return ss_value_from_json (text, (gssize) length,
                             SS_DOCUMENT_DEPTH - MIN (track->depth, SS_DOCUMENT_DEPTH), error);
}

/* One byte more than there may be is enough to know. */
static gboolean
read_more_cb (const char *contents,
              goffset     size,
              gpointer    user_data)
{
  return size <= SS_FRAME_BYTES;
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  FileSource *self = user_data;
  g_autofree char *text = NULL;
  g_autoptr (SsValue) value = NULL;
  GError *error = NULL;
  gsize length;
  gboolean was_read;

  was_read = g_file_load_partial_contents_finish (G_FILE (object), result, &text, &length, NULL,
                                                  &error);
  self->is_reading = FALSE;

  if (self->track != NULL)
    {
      SsTrack *track = self->track;
      SsTracks *tracks = track->tracks;
      SsTransaction *transaction = &tracks->signal->transaction;

      if (was_read)
        value = parse (track, text, length, &error);

      ss_tracks_enter (tracks);
      if (value != NULL && ss_signal_may_write (tracks->signal, &error))
        ss_transaction_replace (transaction, track->pointer,
                                ss_pointer_resolve (transaction->root, track->pointer, NULL),
                                value, &error);
      if (error != NULL)
        ss_tracks_fail (tracks, g_strdup (track->pointer), g_steal_pointer (&error));
      ss_tracks_leave (tracks);
    }
  g_clear_error (&error);

  if (self->track != NULL && self->has_changed)
    start_reading (self);
  g_rc_box_release_full (self, file_source_clear);
}

static void
start_reading (FileSource *self)
{
  if (self->is_reading)
    {
      self->has_changed = TRUE;
      return;
    }

  self->is_reading = TRUE;
  self->has_changed = FALSE;
  g_file_load_partial_contents_async (self->file, self->cancellable, read_more_cb, read_cb,
                                      g_rc_box_acquire (self));
}

/* Editors write in place, or put another file in its place. */
static void
file_changed_cb (FileSource        *self,
                 GFile             *file,
                 GFile             *other_file,
                 GFileMonitorEvent  event)
{
  switch (event)
    {
    case G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT:
    case G_FILE_MONITOR_EVENT_DELETED:
    case G_FILE_MONITOR_EVENT_RENAMED:
    case G_FILE_MONITOR_EVENT_MOVED:
    case G_FILE_MONITOR_EVENT_MOVED_IN:
    case G_FILE_MONITOR_EVENT_MOVED_OUT:
    case G_FILE_MONITOR_EVENT_UNMOUNTED:
      start_reading (self);
      break;

    /* Half of it, or nothing that is in it; the hint follows. */
    case G_FILE_MONITOR_EVENT_CHANGED:
    case G_FILE_MONITOR_EVENT_CREATED:
    case G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED:
    case G_FILE_MONITOR_EVENT_PRE_UNMOUNT:
    default:
      break;
    }
}

static SsValue *
read_file (SsTrack  *track,
           GFile    *file,
           GError  **error)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GByteArray) text = g_byte_array_new ();

  if (stream == NULL)
    return NULL;

  while (text->len <= SS_FRAME_BYTES)
    {
      g_autoptr (GBytes) bytes =
        g_input_stream_read_bytes (G_INPUT_STREAM (stream), 65536, NULL, error);

      if (bytes == NULL)
        return NULL;
      if (g_bytes_get_size (bytes) == 0)
        break;
      g_byte_array_append (text, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
    }

  return parse (track, (const char *) text->data, text->len, error);
}

/**
 * server_signal_track_file:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to where the file's document goes; `NULL` is the
 *   whole document
 * @file: a file with one JSON text (RFC 8259) of at most 64 MiB
 * @error: return location for a #GError
 *
 * Makes a part of the document what is in a JSON file, and follows the file.
 *
 * The file is read at once, and again, without blocking, whenever it was written or another file
 * was put in its place; what is different then is one commit. When it cannot be read, is not JSON
 * (half of a file is not), or is gone, the document keeps what was last good, and
 * [signal@Signal::source-failed] says why, with line and column.
 *
 * Of a symbolic link, the link is watched: it is read again when it leads elsewhere, and not when
 * the file that it leads to was written. For that, give the file itself.
 *
 * Only whoever writes the file writes the place, as [method@Signal.track_object] says. Tracking
 * ends with [method@Signal.untrack] and with the signal.
 *
 * Fails like [method@Signal.track_object]; with `SERVER_SIGNAL_ERROR_INVALID_JSON` for a file that
 * is not JSON, and with the errors of [method@Gio.File.read] and [method@Gio.File.monitor_file].
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
  SsTracks *tracks;
  SsTrack *track;
  gboolean tracked = FALSE;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (G_IS_FILE (file), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  tracks = ss_tracks_get (self);
  ss_tracks_enter (tracks);
  track = ss_track_new (self, pointer, error);
  if (track != NULL)
    {
      FileSource *source = g_rc_box_new0 (FileSource);
      g_autoptr (SsValue) value = NULL;

      source->process = getpid ();
      source->track = track;
      source->file = g_object_ref (file);
      source->cancellable = g_cancellable_new ();
      track->data = source;
      track->free_data = file_source_end;

      /* Watched before it is read, so that nothing is missed in between. */
      source->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);
      if (source->monitor != NULL)
        value = read_file (track, file, error);

      if (value != NULL)
        {
          g_signal_connect_swapped (source->monitor, "changed", G_CALLBACK (file_changed_cb), source);
          tracked = ss_track_begin (track, value, error);
        }
      else
        {
          ss_track_end (track);
        }
    }
  ss_tracks_leave (tracks);

  return tracked;
}
