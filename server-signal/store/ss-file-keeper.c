/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-file-keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "ss-clear-source.h"
#include "ss-file-log.h"

#define SUFFIX ".signal"

/* Names whose file would have a longer one are hashed. */
#define MAX_FILE_NAME 200

/* A disk writes a page as a whole or not at all, so nothing is written into a page in which there
 * is something already that it has confirmed. */
#define PAGE 4096

/* Of one signal. */
typedef struct
{
  char      *name;
  char      *path;
  char      *temporary;   /* its name before it takes the place of the last one, or NULL */
  int        fd;          /* -1: closed */
  gsize      length;      /* of its good part */
  gsize      synced;      /* of the part that the disk has confirmed, or is about to */
  gsize      confirmed;   /* of the part that the disk has confirmed */
  SsFileSum  sum;
  gboolean   is_dirty;    /* something has been written that the disk has not confirmed */
  gboolean   is_broken;   /* nothing in it can be relied on: it is written anew */
  guint64    generation;  /* as they stand in it */
  char      *owner;
  guint      seconds;
} File;

/* A step that the thread makes, in order. */
typedef struct
{
  File *file;             /* NULL: a file is to be removed */
  gsize length;           /* of the file so far */
  int   fd;
  char *temporary;        /* to be renamed to path, or NULL */
  char *path;
} Step;

typedef struct
{
  SsStoreRequest *request;
  SsStoreChange   change;
} Waiting;

typedef struct
{
  GPtrArray *steps;
  GQueue     waiting;     /* answered when the steps are made */
  char      *folder;
} Job;

struct _SsFileKeeper
{
  GMainContext *context;
  SsMemory   *memory;
  char       *folder;
  int         lock;        /* -1: the folder is not ours */
  gboolean    was_taken;   /* it has been once */
  guint       interval;
  guint       n_temporary;
  GHashTable *files;       /* name → File */
  GPtrArray  *removals;    /* paths that the next job removes first */
  GQueue      waiting;     /* Waiting, for the next job */
  gboolean    is_busy;     /* a job is under way */
  GSource    *timer;
  gboolean    is_closed;
  gboolean    freed;
};

static void start_job (SsFileKeeper *self);

static void
file_close (File *file)
{
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
}

static void
file_free (gpointer data)
{
  File *file = data;

  file_close (file);
  g_free (file->name);
  g_free (file->path);
  g_free (file->temporary);
  g_free (file->owner);
  g_free (file);
}

static gboolean
fail (GError     **error,
      const char  *path)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", path, g_strerror (code));

  return FALSE;
}

/* The name as that of a file: letters, digits, "-" and "_" stay. */
static char *
make_path (SsFileKeeper *self,
           const char   *name)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *file = NULL;

  if (strlen (escaped) <= MAX_FILE_NAME && escaped[0] != '.')
    file = g_strconcat (escaped, SUFFIX, NULL);
  else
    {
      g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);

      file = g_strconcat ("=", hash, SUFFIX, NULL);
    }

  return g_build_filename (self->folder, file, NULL);
}

/* A name as rewrite() makes it, which is that of no signal, whatever it is called: it ends in a
 * number. */
static gboolean
is_temporary (const char *file)
{
  const char *number = strrchr (file, '.');

  return number != NULL && number[1] != '\0' &&
         strspn (number + 1, "0123456789") == strlen (number + 1) &&
         g_str_has_prefix (number - MIN ((gsize) (number - file), strlen (SUFFIX)), SUFFIX);
}

/* Whether the folder is still the one that was taken. */
static gboolean
has_folder (SsFileKeeper *self,
            const char   *lock)
{
  GStatBuf taken, there;

  return fstat (self->lock, &taken) == 0 && g_stat (lock, &there) == 0 &&
         taken.st_ino == there.st_ino && taken.st_dev == there.st_dev;
}

/* Somebody has removed the folder, or put another in its place. Files that are there are read, and
 * those that are not are written again. */
static void
lose_folder (SsFileKeeper *self)
{
  GHashTableIter iter;
  gpointer value;

  close (self->lock);
  self->lock = -1;
  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      File *file = value;

      file_close (file);
      g_clear_pointer (&file->temporary, g_free);
      file->is_dirty = FALSE;
      file->is_broken = !g_file_test (file->path, G_FILE_TEST_EXISTS);
      if (!file->is_broken)
        ss_memory_forget (self->memory, file->name);
    }
}

/* One process has the folder. */
static gboolean
take_folder (SsFileKeeper  *self,
             GError       **error)
{
  g_autofree char *path = g_build_filename (self->folder, ".lock", NULL);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (self->lock >= 0 && has_folder (self, path))
    return TRUE;

  if (self->lock >= 0)
    {
      lose_folder (self);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   _("%s: the folder was removed or replaced"), self->folder);
      return FALSE;
    }

  /* Of a disk that is away the folder itself is not made on another one. */
  if ((self->was_taken ? g_mkdir (self->folder, 0700)
                       : g_mkdir_with_parents (self->folder, 0700)) != 0 &&
      errno != EEXIST)
    return fail (error, self->folder);

  self->lock = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock < 0)
    return fail (error, path);
  if (flock (self->lock, LOCK_EX | LOCK_NB) != 0)
    {
      if (errno == EWOULDBLOCK)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                     _("%s: another process has the folder"), self->folder);
      else
        fail (error, path);
      close (self->lock);
      self->lock = -1;
      return FALSE;
    }

  self->was_taken = TRUE;
  /* Files that were not finished. */
  dir = g_dir_open (self->folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_temporary (name))
      {
        g_autofree char *rest = g_build_filename (self->folder, name, NULL);

        g_unlink (rest);
      }

  return TRUE;
}

static File *
file_get (SsFileKeeper *self,
          const char   *name)
{
  File *file = g_hash_table_lookup (self->files, name);

  if (file != NULL)
    return file;

  file = g_new0 (File, 1);
  file->name = g_strdup (name);
  file->path = make_path (self, name);
  file->fd = -1;
  g_hash_table_insert (self->files, file->name, file);

  return file;
}

static void
note_head (File                *file,
           const SsStoreRecord *record)
{
  g_free (file->owner);
  file->owner = g_strdup (record->owner);
  file->generation = record->generation;
  file->seconds = record->seconds;
}

/* *record: NULL where there is no such file. */
static gboolean
read_log (File           *file,
          SsStoreRecord **record,
          GError        **error)
{
  g_autoptr (GError) own_error = NULL;
  g_autofree char *text = NULL;
  gsize length, good;

  if (!g_file_get_contents (file->path, &text, &length, &own_error))
    {
      if (g_error_matches (own_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }

  *record = ss_file_log_read (text, length, &good, &file->sum, error);
  if (*record == NULL)
    {
      g_prefix_error (error, "%s: ", file->path);
      return FALSE;
    }

  if (good < length)
    g_message ("%s: %" G_GSIZE_FORMAT " bytes at its end were not written to the end", file->path,
               length - good);
  file->length = good;
  file->synced = good;
  file->confirmed = good;
  note_head (file, *record);

  return TRUE;
}

static gboolean
load (const char     *name,
      SsStoreRecord **record,
      gpointer        user_data,
      GError        **error)
{
  SsFileKeeper *self = user_data;

  return take_folder (self, error) && read_log (file_get (self, name), record, error);
}

static gboolean
list (GPtrArray  *names,
      gpointer    user_data,
      GError    **error)
{
  SsFileKeeper *self = user_data;
  g_autoptr (GDir) dir = NULL;
  const char *entry;

  if (!take_folder (self, error))
    return FALSE;

  dir = g_dir_open (self->folder, 0, error);
  if (dir == NULL)
    return FALSE;

  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, entry, NULL);
      g_autofree char *text = NULL;
      char *name = NULL;
      gsize length;

      if (!g_str_has_suffix (entry, SUFFIX))
        continue;

      if (entry[0] != '=')
        name = g_uri_unescape_segment (entry, entry + strlen (entry) - strlen (SUFFIX), NULL);
      else if (g_file_get_contents (path, &text, &length, NULL))
        name = ss_file_log_read_name (text, length);
      if (name != NULL)
        g_ptr_array_add (names, name);
    }

  return TRUE;
}

static gboolean
write_all (int         fd,
           const char *text,
           gsize       length,
           gsize       offset)
{
  while (length > 0)
    {
      gssize written = pwrite (fd, text, length, (off_t) offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return FALSE;
      text += written;
      length -= (gsize) written;
      offset += (gsize) written;
    }

  return TRUE;
}

/* A new file, which takes the place of the last one when the disk has it. */
static gboolean
rewrite (SsFileKeeper         *self,
         File                 *file,
         const SsStoreRecord  *record,
         GError              **error)
{
  g_autofree char *temporary = g_strdup_printf ("%s.%u", file->path, self->n_temporary++);
  g_autoptr (GString) text = g_string_new (NULL);
  SsFileSum sum = 0;
  int fd;

  ss_file_log_write_all (text, file->name, record, &sum);
  fd = g_open (temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  /* Its own name is of no interest, and another one each time. */
  if (fd < 0)
    return fail (error, file->path);
  if (!write_all (fd, text->str, text->len, 0))
    {
      fail (error, file->path);
      close (fd);
      g_unlink (temporary);
      return FALSE;
    }

  /* One that was not in place yet never will be. */
  if (file->temporary != NULL)
    g_unlink (file->temporary);
  g_free (file->temporary);
  file->temporary = g_steal_pointer (&temporary);
  file_close (file);
  file->fd = fd;
  file->length = text->len;
  file->synced = 0;
  file->confirmed = 0;
  file->sum = sum;
  file->is_broken = FALSE;
  file->is_dirty = TRUE;
  note_head (file, record);

  return TRUE;
}

static gboolean
append (File       *file,
        GString    *text,
        SsFileSum   sum,
        GError    **error)
{
  gsize offset = file->length;

  if (file->fd < 0)
    {
      file->fd = g_open (file->path, O_WRONLY | O_CLOEXEC, 0600);
      if (file->fd < 0)
        return fail (error, file->path);
      /* The rest of a write that was cut off. */
      if (ftruncate (file->fd, (off_t) file->length) != 0)
        {
          fail (error, file->path);
          file_close (file);
          return FALSE;
        }
    }

  /* The gap is not written either. */
  if (file->synced == file->length && file->temporary == NULL)
    offset = (offset + PAGE - 1) / PAGE * PAGE;

  if (!write_all (file->fd, text->str, text->len, offset))
    {
      fail (error, file->path);
      if (ftruncate (file->fd, (off_t) file->length) != 0)
        file->is_broken = TRUE;
      return FALSE;
    }

  file->length = offset + text->len;
  file->sum = sum;
  file->is_dirty = TRUE;

  return TRUE;
}

static gboolean
write_change (SsFileKeeper    *self,
              SsStoreRecord   *record,
              SsStoreChange    change,
              SsStoreRequest  *request,
              GError         **error)
{
  File *file = file_get (self, request->name);
  g_autoptr (GString) text = NULL;
  SsFileSum sum = file->sum;

  if (!take_folder (self, error))
    return FALSE;

  if (change == SS_STORE_CHANGED_AWAY)
    {
      g_ptr_array_add (self->removals, g_strdup (file->path));
      if (file->temporary != NULL)
        g_unlink (file->temporary);
      g_hash_table_remove (self->files, request->name);
      return TRUE;
    }

  if (change == SS_STORE_CHANGED_ALL || change == SS_STORE_CHANGED_SNAPSHOT || file->is_broken)
    return rewrite (self, file, record, error);

  text = g_string_new (NULL);
  if (change == SS_STORE_CHANGED_HEAD || file->generation != record->generation ||
      file->seconds != record->seconds || g_strcmp0 (file->owner, record->owner) != 0)
    {
      ss_file_log_write_head (text, file->name, record, file->confirmed, &sum);
      note_head (file, record);
    }
  if (change == SS_STORE_CHANGED_LOG)
    ss_file_log_write_entry (text, request->entry, text->len == 0 ? file->confirmed : 0, &sum);

  return text->len == 0 || append (file, text, sum, error);
}

static gboolean
timer_cb (gpointer user_data)
{
  SsFileKeeper *self = user_data;

  ss_clear_source (&self->timer);
  start_job (self);

  return G_SOURCE_REMOVE;
}

/* A file that the disk did not take has to be there before anything is said of the signal. */
static gboolean
has_to_write (SsFileKeeper   *self,
              SsStoreRecord  *record,
              SsStoreChange   change,
              SsStoreRequest *request)
{
  File *file = g_hash_table_lookup (self->files, request->name);

  return change > SS_STORE_CHANGED_LEASE || (record != NULL && file != NULL && file->is_broken);
}

static void
keep (SsStoreRecord  *record,
      SsStoreChange   change,
      SsStoreRequest *request,
      gpointer        user_data)
{
  SsFileKeeper *self = user_data;
  g_autoptr (GError) error = NULL;
  Waiting *waiting;

  if (has_to_write (self, record, change, request) &&
      !write_change (self, record, change, request, &error))
    {
      g_autofree char *name = g_strdup (request->name);
      File *file = g_hash_table_lookup (self->files, name);

      /* It is read again, as the file has it. */
      if (file->temporary == NULL && !file->is_broken)
        ss_memory_forget (self->memory, name);
      else
        file->is_broken = TRUE;
      ss_memory_answer (self->memory, request, SS_STORE_CHANGED_NOTHING, error);
      return;
    }

  waiting = g_new (Waiting, 1);
  waiting->request = request;
  waiting->change = change;
  g_queue_push_tail (&self->waiting, waiting);
  if (self->is_busy || self->timer != NULL)
    return;

  self->timer = self->interval > 0 ? g_timeout_source_new (self->interval) : g_idle_source_new ();
  g_source_set_priority (self->timer, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->timer, "[server-signal] store: have the disk write");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, self->context);
}

/* In the thread */

static void
step_free (gpointer data)
{
  Step *step = data;

  if (step->fd >= 0)
    close (step->fd);
  g_free (step->temporary);
  g_free (step->path);
  g_free (step);
}

static void
job_free (gpointer data)
{
  Job *job = data;

  g_ptr_array_unref (job->steps);
  g_queue_clear_full (&job->waiting, g_free);
  g_free (job->folder);
  g_free (job);
}

static gboolean
sync_folder (const char  *folder,
             GError     **error)
{
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean done = fd >= 0 && fsync (fd) == 0;

  if (!done)
    fail (error, folder);
  if (fd >= 0)
    close (fd);

  return done;
}

/* A file that was removed meanwhile is of no use to anybody. */
static gboolean
has_name (int fd)
{
  GStatBuf info;

  if (fstat (fd, &info) != 0)
    return FALSE;

  errno = ENOENT;

  return info.st_nlink > 0;
}

static void
job_thread (GTask        *task,
            gpointer      object,
            gpointer      data,
            GCancellable *cancellable)
{
  Job *job = data;
  gboolean folder_changes = FALSE;
  GError *error = NULL;

  for (guint i = 0; i < job->steps->len && error == NULL; i++)
    {
      Step *step = g_ptr_array_index (job->steps, i);

      if (step->file == NULL)
        {
          folder_changes = TRUE;
          if (g_unlink (step->path) != 0 && errno != ENOENT)
            fail (&error, step->path);
        }
      else if (fdatasync (step->fd) != 0 || !has_name (step->fd))
        {
          fail (&error, step->path);
        }
      else if (step->temporary != NULL)
        {
          folder_changes = TRUE;
          if (g_rename (step->temporary, step->path) != 0)
            fail (&error, step->path);
        }
    }
  if (error == NULL && folder_changes)
    sync_folder (job->folder, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void keeper_clear (SsFileKeeper *self);

/* The folder is another process's from now on. */
static void
leave_folder_if_done (SsFileKeeper *self)
{
  if (!self->is_closed || self->is_busy || !g_queue_is_empty (&self->waiting) || self->lock < 0)
    return;

  close (self->lock);
  self->lock = -1;
}

static void
close_folder (gpointer user_data)
{
  SsFileKeeper *self = user_data;

  self->is_closed = TRUE;
  leave_folder_if_done (self);
}

static void
note_synced (SsFileKeeper *self,
             Job          *job,
             gboolean      done)
{
  for (guint i = 0; i < job->steps->len; i++)
    {
      Step *step = g_ptr_array_index (job->steps, i);
      File *file = step->file;
      GHashTableIter iter;
      gpointer known;

      /* It may have been removed meanwhile. */
      g_hash_table_iter_init (&iter, self->files);
      while (file != NULL && g_hash_table_iter_next (&iter, NULL, &known))
        if (known == file)
          break;
      if (file == NULL || known != file)
        continue;

      if (!done)
        {
          file->is_broken = TRUE;
          continue;
        }
      if (step->temporary != NULL && g_strcmp0 (step->temporary, file->temporary) == 0)
        g_clear_pointer (&file->temporary, g_free);
      if (file->temporary == NULL)
        file->confirmed = MIN (step->length, file->length);
      if (!file->is_dirty && file->temporary == NULL)
        file_close (file);
    }
}

static void
job_done_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  SsFileKeeper *self = user_data;
  Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean done = g_task_propagate_boolean (G_TASK (result), &error);

  self->is_busy = FALSE;
  note_synced (self, job, done);
  while (!g_queue_is_empty (&job->waiting))
    {
      Waiting *waiting = g_queue_pop_head (&job->waiting);

      ss_memory_answer (self->memory, waiting->request, waiting->change, error);
      g_free (waiting);
    }

  if (!g_queue_is_empty (&self->waiting))
    start_job (self);
  else if (self->freed)
    keeper_clear (self);
  else
    leave_folder_if_done (self);
}

static void
add_removals (SsFileKeeper *self,
              Job          *job)
{
  for (guint i = 0; i < self->removals->len; i++)
    {
      Step *step = g_new0 (Step, 1);

      step->fd = -1;
      step->path = g_strdup (g_ptr_array_index (self->removals, i));
      g_ptr_array_add (job->steps, step);
    }
  g_ptr_array_set_size (self->removals, 0);
}

static void
start_job (SsFileKeeper *self)
{
  g_autoptr (GTask) task = NULL;
  Job *job;
  GHashTableIter iter;
  gpointer value;

  if (self->is_busy || g_queue_is_empty (&self->waiting))
    return;

  job = g_new0 (Job, 1);
  job->folder = g_strdup (self->folder);
  job->steps = g_ptr_array_new_with_free_func (step_free);
  job->waiting = self->waiting;
  g_queue_init (&self->waiting);
  add_removals (self, job);

  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      File *file = value;
      Step *step;

      if (!file->is_dirty || file->fd < 0)
        continue;
      step = g_new0 (Step, 1);
      step->file = file;
      step->length = file->length;
      step->fd = dup (file->fd);
      step->temporary = g_strdup (file->temporary);
      step->path = g_strdup (file->path);
      g_ptr_array_add (job->steps, step);
      file->is_dirty = FALSE;
      file->synced = file->length;
    }

  self->is_busy = TRUE;
  g_main_context_push_thread_default (self->context);
  task = g_task_new (NULL, NULL, job_done_cb, self);
  g_main_context_pop_thread_default (self->context);
  g_task_set_source_tag (task, start_job);
  g_task_set_task_data (task, job, job_free);
  if (job->steps->len > 0)
    g_task_run_in_thread (task, job_thread);
  else
    g_task_return_boolean (task, TRUE);
}

static const SsMemoryFuncs memory_funcs = { load, keep, list, close_folder };

SsFileKeeper *
ss_file_keeper_new (const char *folder,
                    guint       sync_interval)
{
  SsFileKeeper *self = g_new0 (SsFileKeeper, 1);

  self->context = g_main_context_ref_thread_default ();
  self->memory = ss_memory_new ();
  self->folder = g_strdup (folder);
  self->lock = -1;
  self->interval = sync_interval;
  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, file_free);
  self->removals = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&self->waiting);
  ss_memory_set_funcs (self->memory, &memory_funcs, self);

  return self;
}

static void
keeper_clear (SsFileKeeper *self)
{
  ss_clear_source (&self->timer);
  ss_memory_set_funcs (self->memory, NULL, NULL);
  ss_memory_unref (self->memory);
  g_hash_table_unref (self->files);
  g_ptr_array_unref (self->removals);
  if (self->lock >= 0)
    close (self->lock);
  g_main_context_unref (self->context);
  g_free (self->folder);
  g_free (self);
}

void
ss_file_keeper_free (SsFileKeeper *self)
{
  self->freed = TRUE;
  if (self->timer != NULL)
    {
      ss_clear_source (&self->timer);
      start_job (self);
    }
  if (!self->is_busy)
    keeper_clear (self);
}

SsMemory *
ss_file_keeper_get_memory (SsFileKeeper *self)
{
  return self->memory;
}
