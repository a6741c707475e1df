/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-observer.h"

/* Of the two functions one is set, or none: it was removed while watches were called. */
typedef struct
{
  guint           id;
  SsCommitFunc    commit;
  SsStandingFunc  standing;
  gpointer        user_data;
} Watch;

typedef struct
{
  const SsObserverFuncs *funcs;
  gpointer               observer;
} Observer;

void
ss_observers_init (SsObservers *self)
{
  memset (self, 0, sizeof *self);
  self->watches = g_array_new (FALSE, FALSE, sizeof (Watch));
}

void
ss_observers_clear (SsObservers *self)
{
  for (guint i = 0; self->observers != NULL && i < self->observers->len; i++)
    {
      Observer *entry = &g_array_index (self->observers, Observer, i);

      if (entry->funcs->finalize != NULL)
        entry->funcs->finalize (entry->observer);
    }

  g_clear_pointer (&self->observers, g_array_unref);
  g_clear_pointer (&self->watches, g_array_unref);
}

/* Watches */

static guint
add_watch (SsObservers *self,
           Watch        watch)
{
  watch.id = ++self->last_watch;
  g_array_append_val (self->watches, watch);

  return watch.id;
}

guint
ss_observers_watch (SsObservers  *self,
                    SsCommitFunc  func,
                    gpointer      user_data)
{
  return add_watch (self, (Watch) { .commit = func, .user_data = user_data });
}

guint
ss_observers_watch_standing (SsObservers    *self,
                             SsStandingFunc  func,
                             gpointer        user_data)
{
  return add_watch (self, (Watch) { .standing = func, .user_data = user_data });
}

void
ss_observers_unwatch (SsObservers *self,
                      guint        id)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      Watch *watch = &g_array_index (self->watches, Watch, i);

      if (watch->id != id)
        continue;

      if (self->n_telling > 0)
        *watch = (Watch) { 0 };
      else
        g_array_remove_index (self->watches, i);
      return;
    }
}

/* A change of standing may come while a commit is told, and the other way round. */
static void
end_telling (SsObservers *self)
{
  if (--self->n_telling > 0)
    return;

  for (guint i = self->watches->len; i > 0; i--)
    if (g_array_index (self->watches, Watch, i - 1).id == 0)
      g_array_remove_index (self->watches, i - 1);
}

void
ss_observers_tell (SsObservers    *self,
                   ServerSignal   *signal,
                   const SsCommit *commit)
{
  guint n_watches = self->watches->len;

  self->n_telling++;
  for (guint i = 0; i < n_watches; i++)
    {
      Watch watch = g_array_index (self->watches, Watch, i);

      if (watch.commit != NULL)
        watch.commit (signal, commit, watch.user_data);
    }
  end_telling (self);
}

void
ss_observers_tell_standing (SsObservers  *self,
                            ServerSignal *signal)
{
  guint n_watches = self->watches->len;

  self->n_telling++;
  for (guint i = 0; i < n_watches; i++)
    {
      Watch watch = g_array_index (self->watches, Watch, i);

      if (watch.standing != NULL)
        watch.standing (signal, watch.user_data);
    }
  end_telling (self);
}

/* Observers. Others may come while one is called, which moves the array. */

void
ss_observers_add (SsObservers           *self,
                  const SsObserverFuncs *funcs,
                  gpointer               observer)
{
  Observer entry = { funcs, observer };

  if (self->observers == NULL)
    self->observers = g_array_new (FALSE, FALSE, sizeof (Observer));
  g_array_append_val (self->observers, entry);
}

gpointer
ss_observers_find (SsObservers           *self,
                   const SsObserverFuncs *funcs)
{
  for (guint i = 0; self->observers != NULL && i < self->observers->len; i++)
    {
      const Observer *entry = &g_array_index (self->observers, Observer, i);

      if (entry->funcs == funcs)
        return entry->observer;
    }

  return NULL;
}

void
ss_observers_look (SsObservers     *self,
                   SsPendingCommit *commit)
{
  self->n_looked = self->observers->len;
  for (guint i = 0; i < self->n_looked; i++)
    {
      Observer entry = g_array_index (self->observers, Observer, i);

      if (entry.funcs->look != NULL)
        entry.funcs->look (entry.observer, commit);
    }
}

void
ss_observers_before_patched (SsObservers *self)
{
  for (guint i = 0; i < self->n_looked; i++)
    {
      Observer entry = g_array_index (self->observers, Observer, i);

      if (entry.funcs->before_patched != NULL)
        entry.funcs->before_patched (entry.observer);
    }
}

void
ss_observers_after_notify (SsObservers *self)
{
  for (guint i = 0; i < self->n_looked; i++)
    {
      Observer entry = g_array_index (self->observers, Observer, i);

      if (entry.funcs->after_notify != NULL)
        entry.funcs->after_notify (entry.observer);
    }
  self->n_looked = 0;
}
