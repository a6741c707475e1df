/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-views.h"

#include "signal/server-signal-private.h"

typedef struct
{
  GObject            *owner;   /* held: what is told of before may drop it */
  const SsPlaceFuncs *funcs;
  guint               change;
} Changed;

typedef struct
{
  SsPlaces  *places;
  /* Filled within views_look() only, and kept: to make it anew took 25 of a commit's 300 ns. */
  GPtrArray *touched;

  /* Of the commit that is being made; NULL where there is none. */
  GArray    *early;
  GArray    *late;
} SsViews;

static void
changed_clear (Changed *changed)
{
  g_clear_object (&changed->owner);
}

static void
note_change (GArray        **list,
             const SsPlace  *place,
             guint           change)
{
  Changed changed = { g_object_ref (place->owner), place->funcs, change };

  if (*list == NULL)
    {
      *list = g_array_new (FALSE, FALSE, sizeof (Changed));
      g_array_set_clear_func (*list, (GDestroyNotify) changed_clear);
    }
  g_array_append_val (*list, changed);
}

static void
views_look (gpointer         observer,
            SsPendingCommit *commit)
{
  SsViews *self = observer;
  const SsOp *ops;
  guint n_ops;

  if (ss_places_is_empty (self->places))
    return;

  ops = ss_patch_ops (commit->patch, &n_ops);
  ss_places_touch (self->places, ops, n_ops, commit->root, self->touched);

  for (guint i = 0; i < self->touched->len; i++)
    {
      const SsPlace *place = g_ptr_array_index (self->touched, i);
      guint change = place->funcs->look (place->owner, place, commit);

      if (change != 0)
        note_change (place->funcs->is_early ? &self->early : &self->late, place, change);
    }

  g_ptr_array_set_size (self->touched, 0);
}

static void
announce (const GArray *list)
{
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      const Changed *changed = &g_array_index (list, Changed, i);

      changed->funcs->announce (changed->owner, changed->change);
    }
}

static void
views_before_patched (gpointer observer)
{
  SsViews *self = observer;

  announce (self->early);
}

/* To let go of an owner may run code of the application's, so that is last. */
static void
views_after_notify (gpointer observer)
{
  SsViews *self = observer;
  g_autoptr (GArray) late = g_steal_pointer (&self->late);
  g_autoptr (GArray) early = g_steal_pointer (&self->early);

  announce (late);
}

static void
views_finalize (gpointer observer)
{
  SsViews *self = observer;

  g_ptr_array_unref (self->touched);
  ss_places_free (self->places);
  g_free (self);
}

static const SsObserverFuncs observer_funcs = {
  .look = views_look,
  .before_patched = views_before_patched,
  .after_notify = views_after_notify,
  .finalize = views_finalize,
};

static SsViews *
get_views (ServerSignal *signal)
{
  SsViews *self = ss_signal_find_observer (signal, &observer_funcs);

  if (self == NULL)
    {
      self = g_new0 (SsViews, 1);
      self->places = ss_places_new ();
      self->touched = g_ptr_array_new ();
      ss_signal_add_observer (signal, &observer_funcs, self);
    }

  return self;
}

void
ss_views_add (ServerSignal *signal,
              SsPlace      *place,
              const char   *pointer)
{
  ss_places_add (get_views (signal)->places, place, pointer);
}

void
ss_views_remove (ServerSignal *signal,
                 SsPlace      *place)
{
  ss_places_remove (get_views (signal)->places, place);
}
