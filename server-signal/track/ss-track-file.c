/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-file.h"

#include <glib/gi18n-lib.h>

#include "json/ss-node.h"
#include "json/ss-reader.h"
#include "json/ss-reread.h"
#include "signal/server-signal-private.h"
#include "server-signal-error.h"
#include "ss-file-reader.h"
#include "ss-limits.h"
#include "ss-process.h"

/* A JSON file as a part of a signal. It is read again, in another thread, when it was written or
 * when anything on its path leads elsewhere. */

/* A file that moves while it is read is read again at once this many times, and then after a
 * pause. */
#define MAX_TURNS 8
#define PAUSE_MS 1000

/* A file that cannot be read, or is incomplete, is read again after this time: most often it is
 * just being written. */
#define RETRY_MS 100

/* Of a file as large as this the text is kept, so that after an edit at one place only that is parsed. */
#define KEPT_BYTES 65536

/* Between looks at a file when its watches may be those of directories that were moved away. */
#define POLL_MS 5000

typedef struct
{
  SsTrack      *track;        /* NULL once it has ended */
  GFile        *file;
  SsFileParser *parser;       /* NULL: it is JSON */
  GPtrArray    *watches;      /* of StepWatch */
  GCancellable *cancellable;
  GSource      *pause;
  guint         turns;
  gboolean      is_reading;
  gboolean      is_missing;   /* there was nothing that could be read */

  gboolean      has_changed;  /* since the reading began */

  char         *state;        /* the document has the file as it is in this state */
  gboolean      is_poll;      /* nothing says that it has changed */

  GBytes       *text;         /* the last that was good, of a large file, and its value */
  SsValue      *value;
  SsRereadMark  mark;

  /* The last failure, and the last that was reported, as long as there is no success. */
  char         *failure;
  char         *reported;
} FileSource;

/* One step of the path. */
typedef struct
{
  FileSource   *source;
  SsFileStep    step;
  GFileMonitor *monitor;
  pid_t         process;      /* that made the monitor, see ss_process_is_other() */
  gboolean      is_file;      /* the last step */
  gboolean      is_over;      /* to be replaced by another */
  gboolean      is_doubtful;  /* another directory was watched by the same path */
} StepWatch;

static void start_reading (FileSource *self);

static void
watch_free (gpointer data)
{
  StepWatch *watch = data;

  if (watch == NULL)
    return;

  if (watch->monitor != NULL)
    {
      g_signal_handlers_disconnect_by_data (watch->monitor, watch);
      /* A child of fork() would take the watch from its parent: both have the same inotify. */
      if (!ss_process_is_other (watch->process))
        {
          g_file_monitor_cancel (watch->monitor);
          g_object_unref (watch->monitor);
        }
    }
  g_object_unref (watch->step.file);
  g_free (watch);
}

static void
file_source_clear (gpointer data)
{
  FileSource *self = data;

  g_clear_object (&self->file);
  g_clear_pointer (&self->parser, ss_file_parser_unref);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->watches, g_ptr_array_unref);
  g_clear_pointer (&self->state, g_free);
  g_clear_pointer (&self->text, g_bytes_unref);
  ss_value_clear (&self->value);
  ss_reread_mark_clear (&self->mark);
  g_clear_pointer (&self->failure, g_free);
  g_clear_pointer (&self->reported, g_free);
}

static void
stop_pause (FileSource *self)
{
  if (self->pause != NULL)
    g_source_destroy (self->pause);
  g_clear_pointer (&self->pause, g_source_unref);
}

static void
file_source_end (SsTrack *track)
{
  FileSource *self = track->data;

  self->track = NULL;
  g_cancellable_cancel (self->cancellable);
  stop_pause (self);
  g_ptr_array_set_size (self->watches, 0);
  g_rc_box_release_full (self, file_source_clear);
}

/* Another directory or link is in the place of one. The watches behind it are of the old ones:
 * an equal inode says nothing, as inodes are used again. */
static void
forget_behind (FileSource      *self,
               const StepWatch *watch)
{
  guint i = 0;

  while (i < self->watches->len && self->watches->pdata[i] != watch)
    i++;
  for (i++; i < self->watches->len; i++)
    ((StepWatch *) self->watches->pdata[i])->is_over = TRUE;
}

/* Editors write in place, or put another file in its place. */
static void
file_changed_cb (StepWatch         *watch,
                 GFile             *file,
                 GFile             *other_file,
                 GFileMonitorEvent  event)
{
  FileSource *self = watch->source;

  switch (event)
    {
    case G_FILE_MONITOR_EVENT_CHANGES_DONE_HINT:
    case G_FILE_MONITOR_EVENT_DELETED:
    case G_FILE_MONITOR_EVENT_RENAMED:
    case G_FILE_MONITOR_EVENT_MOVED:
    case G_FILE_MONITOR_EVENT_MOVED_IN:
    case G_FILE_MONITOR_EVENT_MOVED_OUT:
    case G_FILE_MONITOR_EVENT_UNMOUNTED:
      forget_behind (self, watch);
      start_reading (self);
      break;

    /* It may be readable now. */
    case G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED:
      if (self->is_missing)
        start_reading (self);
      break;

    /* A file is still empty, and the hint follows; a directory or a link is whole. */
    case G_FILE_MONITOR_EVENT_CREATED:
      forget_behind (self, watch);
      if (self->is_missing || !watch->is_file)
        start_reading (self);
      break;

    /* A file is half written, and the hint follows. */
    case G_FILE_MONITOR_EVENT_CHANGED:
    case G_FILE_MONITOR_EVENT_PRE_UNMOUNT:
    default:
      break;
    }
}

static gboolean
is_step_of (const SsFileStep *step,
            const SsFileStep *other)
{
  return step->device == other->device && step->inode == other->inode &&
         g_file_equal (step->file, other->file);
}

/* The watch of a step that was watched before. */
static StepWatch *
steal_watch (GPtrArray        *watches,
             const SsFileStep *step)
{
  for (guint i = 0; i < watches->len; i++)
    {
      const StepWatch *watch = watches->pdata[i];

      if (!watch->is_over && is_step_of (&watch->step, step))
        return g_ptr_array_steal_index_fast (watches, i);
    }

  return NULL;
}

/* GIO knows a directory by its path. As long as anything in this process watches the directory that
 * was there before, a new watch may be of that one, and nothing says so. */
static gboolean
is_doubtful (const GPtrArray  *old,
             const SsFileStep *step)
{
  for (guint i = 0; i < old->len; i++)
    {
      const StepWatch *watch = old->pdata[i];

      if (g_file_equal (watch->step.file, step->file) && !is_step_of (&watch->step, step))
        return TRUE;
    }

  return FALSE;
}

/* Watches the path as it is now. is_new: some of it was not watched before, and may have changed
 * since it was resolved. */
static gboolean
watch_path (FileSource       *self,
            const GPtrArray  *steps,
            gboolean         *is_new,
            GError          **error)
{
  GPtrArray *watches = g_ptr_array_new_with_free_func (watch_free);

  for (guint i = 0; i < steps->len; i++)
    g_ptr_array_add (watches, steal_watch (self->watches, steps->pdata[i]));

  for (guint i = 0; i < steps->len; i++)
    if (watches->pdata[i] == NULL)
      {
        const SsFileStep *step = steps->pdata[i];
        StepWatch *watch = g_new0 (StepWatch, 1);

        watch->source = self;
        watch->step = *step;
        g_object_ref (step->file);
        watch->is_doubtful = is_doubtful (self->watches, step);
        watches->pdata[i] = watch;
      }

  /* Watches that are left go before others come, for the same reason. */
  g_ptr_array_unref (self->watches);
  self->watches = watches;
  *is_new = FALSE;

  for (guint i = 0; i < steps->len; i++)
    {
      StepWatch *watch = watches->pdata[i];

      if (watch->monitor == NULL)
        {
          watch->monitor =
            g_file_monitor_file (watch->step.file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);
          watch->process = getpid ();
          if (watch->monitor == NULL)
            {
              g_ptr_array_set_size (watches, (int) i);
              return FALSE;
            }
          g_signal_connect_swapped (watch->monitor, "changed", G_CALLBACK (file_changed_cb), watch);
          *is_new = TRUE;
        }
      watch->is_file = i == steps->len - 1;
    }

  return TRUE;
}

static void
file_parser_clear (gpointer data)
{
  SsFileParser *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
}

SsFileParser *
ss_file_parser_new (JsonNode       *(*func) (GBytes *, gpointer, GError **),
                    gpointer          user_data,
                    GDestroyNotify    destroy)
{
  SsFileParser *self = g_rc_box_new0 (SsFileParser);

  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;

  return self;
}

void
ss_file_parser_unref (SsFileParser *self)
{
  g_rc_box_release_full (self, file_parser_clear);
}

/* The application parses, and may end the track while it does. */
static SsValue *
parse_otherwise (SsFileParser  *parser,
                 guint          depth,
                 GBytes        *bytes,
                 GError       **error)
{
  g_autoptr (GError) own_error = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_rc_box_acquire (parser);
  node = parser->func (bytes, parser->user_data, &own_error);
  ss_file_parser_unref (parser);

  if (own_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return NULL;
    }

  if (node == NULL)
    {
      /* An exception in a binding gives neither. */
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED,
                           _("The function that reads the file gave no value"));
      return NULL;
    }

  return ss_value_from_node (node, depth, error);
}

static const char *
get_text (GBytes *bytes,
          gsize  *length)
{
  const char *text = g_bytes_get_data (bytes, length);

  /* RFC 8259, 8.1: a byte order mark may be ignored. */
  if (*length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      *length -= 3;
    }

  return text != NULL ? text : "";
}

/* A value that is kept is held twice, so that nobody edits it in place. */
static SsValue *
parse (FileSource  *self,
       GBytes      *bytes,
       GError     **error)
{
  guint depth = SS_DOCUMENT_DEPTH - MIN (self->track->depth, SS_DOCUMENT_DEPTH);
  SsValue *value;
  gsize length;
  const char *text;

  if (self->parser != NULL)
    return parse_otherwise (self->parser, depth, bytes, error);

  text = get_text (bytes, &length);
  if (self->text != NULL)
    {
      gsize known_length;
      const char *known_text = get_text (self->text, &known_length);

      value = ss_value_from_json_again (text, length, known_text, known_length, self->value,
                                        &self->mark, depth, error);
    }
  else
    {
      value = ss_value_from_json (text, (gssize) length, depth, error);
    }
  /* While it is broken, the next that is good will be like the last. */
  if (value == NULL)
    return NULL;

  g_clear_pointer (&self->text, g_bytes_unref);
  ss_value_clear (&self->value);
  if (length >= KEPT_BYTES)
    {
      self->text = g_bytes_ref (bytes);
      self->value = ss_value_ref (value);
    }
  else
    {
      ss_reread_mark_clear (&self->mark);
    }

  return value;
}

static gboolean
pause_over_cb (gpointer user_data)
{
  FileSource *self = user_data;

  stop_pause (self);
  self->is_poll = TRUE;
  start_reading (self);
  return G_SOURCE_REMOVE;
}

static void
read_after (FileSource *self,
            guint       pause_ms)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  stop_pause (self);
  self->pause = g_timeout_source_new (pause_ms);
  g_source_set_static_name (self->pause, "[server-signal] pause of a file");
  g_source_set_callback (self->pause, pause_over_cb, self, NULL);
  g_source_attach (self->pause, context);
}

static void
read_again (FileSource *self)
{
  if (self->turns < MAX_TURNS)
    {
      self->turns++;
      start_reading (self);
    }
  else
    {
      read_after (self, PAUSE_MS);
    }
}

/* error is taken. A failure is reported when it is found again, and once, though it causes several
 * events. */
static void
report (FileSource *self,
        const char *state,
        GError     *error)
{
  g_autofree char *failure = g_strdup_printf ("%s\n%s", state != NULL ? state : "", error->message);

  if (g_strcmp0 (failure, self->reported) == 0)
    {
      g_error_free (error);
    }
  else if (g_strcmp0 (failure, self->failure) == 0)
    {
      g_free (self->reported);
      self->reported = g_steal_pointer (&failure);
      ss_track_fail (self->track, g_strdup (self->track->pointer), error);
    }
  else
    {
      g_free (self->failure);
      self->failure = g_steal_pointer (&failure);
      g_error_free (error);
      read_after (self, RETRY_MS);
    }
}

/* Writes the reading to the document. */
static void
write_reading (FileSource    *self,
               SsFileReading *reading,
               gboolean       is_last)
{
  SsTrack *track = self->track;
  ServerSignal *signal = track->signal;
  g_autoptr (SsValue) value = NULL;
  GError *error = NULL;

  if (reading->text != NULL)
    value = parse (self, reading->text, &error);
  else
    error = g_steal_pointer (&reading->error);

  if (self->track == NULL)
    {
      g_clear_error (&error);
      return;
    }

  if (value != NULL && ss_signal_may_write (signal, &error))
    ss_signal_source_diff (signal, track->pointer, value, &error);

  /* A file that is read again in any case has not failed yet. */
  g_clear_pointer (&self->state, g_free);
  if (error == NULL)
    {
      self->state = g_strdup (reading->state);
      g_clear_pointer (&self->failure, g_free);
      g_clear_pointer (&self->reported, g_free);
    }
  else if (is_last)
    {
      report (self, reading->state, error);
    }
  else
    {
      g_error_free (error);
    }
}

static gboolean
has_doubtful_watches (const FileSource *self)
{
  for (guint i = 0; i < self->watches->len; i++)
    if (((const StepWatch *) self->watches->pdata[i])->is_doubtful)
      return TRUE;

  return FALSE;
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  FileSource *self = user_data;
  g_autoptr (SsFileReading) reading = g_task_propagate_pointer (G_TASK (result), NULL);

  self->is_reading = FALSE;

  if (self->track != NULL)
    {
      SsTracks *tracks = self->track->tracks;
      GError *error = NULL;
      gboolean is_new;

      ss_tracks_enter (tracks);
      self->is_missing = reading->error != NULL;
      if (!watch_path (self, reading->steps, &is_new, &error))
        ss_track_fail (self->track, g_strdup (self->track->pointer), error);
      else if (!is_new && !reading->has_moved)
        self->turns = 0;
      else if (!self->has_changed)
        read_again (self);
      if (!reading->is_known)
        write_reading (self, reading, !self->is_reading && !self->has_changed);
      if (!self->is_reading && !self->has_changed && self->pause == NULL &&
          has_doubtful_watches (self))
        read_after (self, POLL_MS);
      ss_tracks_leave (tracks);
    }

  if (self->track != NULL && self->has_changed)
    start_reading (self);
  g_rc_box_release_full (self, file_source_clear);
}

/* For the thread that reads. */
typedef struct
{
  GFile *file;
  char  *known;
} ReadJob;

static void
read_job_free (gpointer data)
{
  ReadJob *job = data;

  g_object_unref (job->file);
  g_free (job->known);
  g_free (job);
}

static void
read_thread (GTask        *task,
             gpointer      source,
             gpointer      task_data,
             GCancellable *cancellable)
{
  const ReadJob *job = task_data;

  g_task_return_pointer (task, ss_file_read (job->file, job->known, SS_FRAME_BYTES, cancellable),
                         (GDestroyNotify) ss_file_reading_free);
}

static void
start_reading (FileSource *self)
{
  g_autoptr (GTask) task = NULL;
  ReadJob *job;

  if (self->is_reading)
    {
      self->has_changed = TRUE;
      return;
    }

  stop_pause (self);
  task = g_task_new (NULL, self->cancellable, read_cb, g_rc_box_acquire (self));
  g_task_set_source_tag (task, start_reading);
  g_task_set_check_cancellable (task, FALSE);
  job = g_new0 (ReadJob, 1);
  job->file = g_object_ref (self->file);
  job->known = self->is_poll ? g_strdup (self->state) : NULL;
  g_task_set_task_data (task, job, read_job_free);
  self->is_reading = TRUE;
  self->has_changed = FALSE;
  self->is_poll = FALSE;
  g_task_run_in_thread (task, read_thread);
}

/* Reads it for the first time, at once. */
static SsValue *
read_file (FileSource  *self,
           GError     **error)
{
  g_autoptr (SsFileReading) reading = NULL;

  for (guint turn = 0; turn < MAX_TURNS; turn++)
    {
      gboolean is_new;

      g_clear_pointer (&reading, ss_file_reading_free);
      reading = ss_file_read (self->file, NULL, SS_FRAME_BYTES, NULL);
      /* Watched before it is read once more, so that nothing is missed in between. */
      if (reading->text != NULL && !watch_path (self, reading->steps, &is_new, error))
        return NULL;
      if (reading->text == NULL ? !reading->has_moved : !is_new && !reading->has_moved)
        break;
    }

  if (reading->text == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reading->error));
      return NULL;
    }

  return parse (self, reading->text, error);
}

static SsValue *
begin_file (SsTrack       *track,
            GFile         *file,
            SsFileParser  *parser,
            GError       **error)
{
  FileSource *self = g_rc_box_new0 (FileSource);

  self->track = track;
  self->file = g_object_ref (file);
  self->parser = parser != NULL ? g_rc_box_acquire (parser) : NULL;
  self->watches = g_ptr_array_new_with_free_func (watch_free);
  self->cancellable = g_cancellable_new ();
  track->data = self;

  return read_file (self, error);
}

static SsValue *
begin (SsTrack             *track,
       gpointer             source,
       const char * const  *properties,
       GError             **error)
{
  return begin_file (track, source, NULL, error);
}

static SsValue *
begin_parsed (SsTrack             *track,
              gpointer             source,
              const char * const  *properties,
              GError             **error)
{
  const SsParsedFile *parsed = source;

  return begin_file (track, parsed->file, parsed->parser, error);
}

const SsTrackKind ss_track_file_kind = { begin, file_source_end, NULL };
const SsTrackKind ss_track_parsed_file_kind = { begin_parsed, file_source_end, NULL };
