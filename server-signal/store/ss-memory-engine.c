/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-memory-engine.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-clear-source.h"

struct _SsMemory
{
  GMainContext        *context;
  GHashTable          *records;  /* name → SsStoreRecord, or NULL where it is known not to be there */
  GPtrArray           *engines;  /* SsMemoryEngine, no references */
  GQueue               answers;  /* Answer */
  GSource             *turn;

  const SsMemoryFuncs *funcs;
  gpointer             user_data;
};

typedef struct _SsMemoryEngine SsMemoryEngine;
typedef SsStoreEngineClass SsMemoryEngineClass;

struct _SsMemoryEngine
{
  SsStoreEngine  parent_instance;

  SsMemory      *memory;
  GHashTable    *followed;  /* name → whether that was told */
  gboolean       closed;
};

GType ss_memory_engine_get_type (void);

G_DEFINE_TYPE (SsMemoryEngine, ss_memory_engine, SS_TYPE_STORE_ENGINE)

/* Either the answer to a request or, with a follower, that a name is followed. */
typedef struct
{
  SsStoreRequest *request;
  SsStoreChange   change;
  GError         *error;
  SsMemoryEngine *follower;
  char           *name;
} Answer;

static void
answer_free (Answer *answer)
{
  g_clear_error (&answer->error);
  g_clear_object (&answer->follower);
  g_free (answer->name);
  g_free (answer);
}

static void
tell_news (SsMemory       *self,
           SsStoreRequest *request,
           SsStoreChange   change)
{
  SsStoreRecord *record = ss_memory_lookup (self, request->name);
  g_autofree char *epoch = record != NULL ? g_strdup (record->epoch) : NULL;
  SsStoreNews news = { SS_STORE_NEWS_CHANGED, epoch, NULL };
  g_autoptr (GPtrArray) engines = NULL;

  switch (change)
    {
    case SS_STORE_CHANGED_NOTHING:
    case SS_STORE_CHANGED_LEASE:
      return;

    case SS_STORE_CHANGED_LOG:
    case SS_STORE_CHANGED_SNAPSHOT:
      news.kind = SS_STORE_NEWS_ENTRY;
      news.epoch = request->epoch;
      news.entry = request->entry;
      break;

    case SS_STORE_CHANGED_HEAD:
      if (request->kind == SS_STORE_RELEASE)
        news.kind = SS_STORE_NEWS_FREE;
      break;

    case SS_STORE_CHANGED_AWAY:
      news.kind = SS_STORE_NEWS_GONE;
      break;

    case SS_STORE_CHANGED_ALL:
    default:
      break;
    }

  engines = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->engines->len; i++)
    g_ptr_array_add (engines, g_object_ref (g_ptr_array_index (self->engines, i)));
  for (guint i = 0; i < engines->len; i++)
    {
      SsMemoryEngine *engine = g_ptr_array_index (engines, i);

      if (!engine->closed && g_hash_table_contains (engine->followed, request->name))
        ss_store_engine_tell_news (SS_STORE_ENGINE (engine), request->name, &news);
    }
}

static gboolean
turn_cb (gpointer user_data)
{
  g_autoptr (SsMemory) self = ss_memory_ref (user_data);
  guint n = self->answers.length;

  /* Those that come meanwhile have their turn later. */
  while (n-- > 0)
    {
      Answer *answer = g_queue_pop_head (&self->answers);

      /* A callback that runs a main loop of its own gets those behind it. */
      if (answer == NULL)
        break;

      if (answer->follower != NULL)
        {
          SsMemoryEngine *engine = answer->follower;

          if (!engine->closed && g_hash_table_contains (engine->followed, answer->name))
            ss_store_engine_tell_followed (SS_STORE_ENGINE (engine), answer->name);
        }
      else
        {
          if (answer->error == NULL)
            tell_news (self, answer->request, answer->change);
          ss_store_request_finish (answer->request, answer->error);
        }
      answer_free (answer);
    }

  if (!g_queue_is_empty (&self->answers))
    return G_SOURCE_CONTINUE;

  ss_clear_source (&self->turn);

  return G_SOURCE_REMOVE;
}

static void
queue_answer (SsMemory *self,
              Answer   *answer)
{
  g_queue_push_tail (&self->answers, answer);
  if (self->turn != NULL)
    return;

  /* Requests are answered even if the last engine goes meanwhile. */
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_can_recurse (self->turn, TRUE);
  g_source_set_static_name (self->turn, "[server-signal] store: answers");
  g_source_set_callback (self->turn, turn_cb, ss_memory_ref (self),
                         (GDestroyNotify) ss_memory_unref);
  g_source_attach (self->turn, self->context);
}

void
ss_memory_answer (SsMemory       *self,
                  SsStoreRequest *request,
                  SsStoreChange   change,
                  const GError   *error)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->request = request;
  answer->change = change;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
  queue_answer (self, answer);
}

static void
record_free (gpointer record)
{
  if (record != NULL)
    ss_store_record_free (record);
}

SsMemory *
ss_memory_new (void)
{
  SsMemory *self = g_rc_box_new0 (SsMemory);

  self->context = g_main_context_ref_thread_default ();
  self->records = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, record_free);
  self->engines = g_ptr_array_new ();
  g_queue_init (&self->answers);

  return self;
}

SsMemory *
ss_memory_ref (SsMemory *self)
{
  return g_rc_box_acquire (self);
}

static void
memory_clear (gpointer data)
{
  SsMemory *self = data;

  g_assert (g_queue_is_empty (&self->answers));
  g_hash_table_unref (self->records);
  g_ptr_array_unref (self->engines);
  g_main_context_unref (self->context);
}

void
ss_memory_unref (SsMemory *self)
{
  g_rc_box_release_full (self, memory_clear);
}

void
ss_memory_set_funcs (SsMemory            *self,
                     const SsMemoryFuncs *funcs,
                     gpointer             user_data)
{
  self->funcs = funcs;
  self->user_data = user_data;
}

void
ss_memory_forget (SsMemory   *self,
                  const char *name)
{
  g_hash_table_remove (self->records, name);
}

SsStoreRecord *
ss_memory_lookup (SsMemory   *self,
                  const char *name)
{
  return g_hash_table_lookup (self->records, name);
}

static gboolean
list_names (SsMemory    *self,
            const char  *prefix,
            GPtrArray   *names,
            GError     **error)
{
  GHashTableIter iter;
  gpointer name, record;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  if (self->funcs != NULL && !self->funcs->list (all, self->user_data, error))
    return FALSE;

  for (guint i = 0; i < all->len; i++)
    if (!g_hash_table_contains (self->records, g_ptr_array_index (all, i)) &&
        g_str_has_prefix (g_ptr_array_index (all, i), prefix))
      g_ptr_array_add (names, g_strdup (g_ptr_array_index (all, i)));

  g_hash_table_iter_init (&iter, self->records);
  while (g_hash_table_iter_next (&iter, &name, &record))
    if (record != NULL && !ss_store_record_is_over (record) && g_str_has_prefix (name, prefix))
      g_ptr_array_add (names, g_strdup (name));

  return TRUE;
}

/* The record of the name, taken out of the table; NULL: there is none. */
static gboolean
take_record (SsMemory       *self,
             const char     *name,
             SsStoreRecord **record,
             GError        **error)
{
  gpointer key = NULL;

  *record = NULL;
  if (!g_hash_table_steal_extended (self->records, name, &key, (gpointer *) record) &&
      self->funcs != NULL && !self->funcs->load (name, record, self->user_data, error))
    return FALSE;

  g_free (key);
  if (*record != NULL && ss_store_record_is_over (*record))
    g_clear_pointer (record, ss_store_record_free);

  return TRUE;
}

static void
ss_memory_engine_run (SsStoreEngine  *engine,
                      SsStoreRequest *request)
{
  SsMemory *self = ((SsMemoryEngine *) engine)->memory;
  SsStoreChange change = SS_STORE_CHANGED_NOTHING;
  SsStoreRecord *record;
  g_autoptr (GError) error = NULL;

  if (((SsMemoryEngine *) engine)->closed)
    {
      error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                                   _("The store is closed"));
    }
  else if (request->kind == SS_STORE_LIST)
    {
      request->names = g_ptr_array_new_with_free_func (g_free);
      list_names (self, request->name, request->names, &error);
    }
  else if (take_record (self, request->name, &record, &error))
    {
      change = ss_store_record_run (&record, request);
      /* One that is not there is not looked for again. */
      if (record != NULL || self->funcs != NULL)
        g_hash_table_insert (self->records, g_strdup (request->name), record);
      /* Even if nothing has changed: it may tell of something that is not kept yet. */
      if (self->funcs != NULL)
        {
          self->funcs->keep (record, change, request, self->user_data);
          return;
        }
    }

  ss_memory_answer (self, request, change, error);
}

static void
ss_memory_engine_follow (SsStoreEngine *engine,
                         const char    *name,
                         gboolean       following)
{
  SsMemoryEngine *self = (SsMemoryEngine *) engine;
  Answer *answer;

  if (!following)
    {
      g_hash_table_remove (self->followed, name);
      return;
    }

  g_hash_table_add (self->followed, g_strdup (name));
  answer = g_new0 (Answer, 1);
  answer->follower = g_object_ref (self);
  answer->name = g_strdup (name);
  queue_answer (self->memory, answer);
}

static void
ss_memory_engine_close (SsStoreEngine *engine)
{
  SsMemoryEngine *self = (SsMemoryEngine *) engine;

  self->closed = TRUE;
  if (self->memory->funcs != NULL)
    self->memory->funcs->close (self->memory->user_data);
}

static void
ss_memory_engine_finalize (GObject *object)
{
  SsMemoryEngine *self = (SsMemoryEngine *) object;

  g_ptr_array_remove (self->memory->engines, self);
  g_hash_table_unref (self->followed);
  ss_memory_unref (self->memory);

  G_OBJECT_CLASS (ss_memory_engine_parent_class)->finalize (object);
}

static void
ss_memory_engine_class_init (SsMemoryEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ss_memory_engine_finalize;
  klass->run = ss_memory_engine_run;
  klass->follow = ss_memory_engine_follow;
  klass->close = ss_memory_engine_close;
}

static void
ss_memory_engine_init (SsMemoryEngine *self)
{
  self->followed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

SsStoreEngine *
ss_memory_engine_new (SsMemory *memory)
{
  SsMemoryEngine *self = g_object_new (ss_memory_engine_get_type (), NULL);

  self->memory = ss_memory_ref (memory);
  g_ptr_array_add (memory->engines, self);
  ss_store_engine_tell_online (SS_STORE_ENGINE (self), TRUE, NULL);

  return SS_STORE_ENGINE (self);
}
