/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-waiters.h"

/* Of each task. */
typedef struct
{
  SsWaiters    *waiters;
  ServerSignal *replica;     /* NULL: it does not wait for one */
  gulong        stale_id;
  GSource      *cancelled;   /* NULL: it cannot be */
  const char   *words;
} Wait;

static void
stop (Wait *wait)
{
  if (wait->cancelled != NULL)
    g_source_destroy (wait->cancelled);
  g_clear_pointer (&wait->cancelled, g_source_unref);
  if (wait->replica != NULL)
    g_clear_signal_handler (&wait->stale_id, wait->replica);
}

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  stop (wait);
  g_clear_object (&wait->replica);
  g_free (wait);
}

void
ss_waiters_init (SsWaiters    *self,
                 GMainContext *context)
{
  self->context = context;
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
}

void
ss_waiters_clear (SsWaiters *self)
{
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Wait *wait = g_task_get_task_data (task);

  g_ptr_array_remove (wait->waiters->tasks, task);
  stop (wait);
  /* The cancellable may have been reset meanwhile. */
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", wait->words);

  return G_SOURCE_REMOVE;
}

static void
stale_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  Wait *wait = user_data;
  g_autoptr (GPtrArray) tasks = NULL;

  if (server_signal_get_stale (replica))
    return;

  tasks = ss_waiters_steal (wait->waiters, replica);
  ss_waiters_finish (tasks, NULL);
}

void
ss_waiters_add (SsWaiters    *self,
                GTask        *task,
                ServerSignal *replica,
                const char   *cancelled)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  Wait *wait = g_new0 (Wait, 1);

  wait->waiters = self;
  wait->words = cancelled;
  if (replica != NULL)
    {
      wait->replica = g_object_ref (replica);
      wait->stale_id = g_signal_connect (replica, "notify::stale", G_CALLBACK (stale_cb), wait);
    }
  if (cancellable != NULL)
    {
      wait->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (wait->cancelled, G_SOURCE_FUNC (cancelled_cb), task, NULL);
      g_source_attach (wait->cancelled, self->context);
    }

  g_task_set_task_data (task, wait, wait_free);
  g_ptr_array_add (self->tasks, g_object_ref (task));
}

GPtrArray *
ss_waiters_steal (SsWaiters    *self,
                  ServerSignal *replica)
{
  GPtrArray *stolen = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->tasks->len;)
    {
      GTask *task = g_ptr_array_index (self->tasks, i);
      Wait *wait = g_task_get_task_data (task);

      if (replica != NULL && wait->replica != replica)
        {
          i++;
          continue;
        }

      stop (wait);
      g_ptr_array_add (stolen, g_ptr_array_steal_index (self->tasks, i));
    }

  return stolen;
}

void
ss_waiters_finish (GPtrArray    *tasks,
                   const GError *error)
{
  for (guint i = 0; i < tasks->len; i++)
    {
      GTask *task = g_ptr_array_index (tasks, i);
      Wait *wait = g_task_get_task_data (task);

      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else if (wait->replica != NULL)
        g_task_return_pointer (task, g_object_ref (wait->replica), g_object_unref);
      else
        g_task_return_boolean (task, TRUE);
    }
}
