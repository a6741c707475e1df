/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "server-signal-struct.h"

#include "server-signal-list-private.h"
#include "server-signal-view-private.h"
#include "ss-later.h"
#include "ss-limits.h"

char *
ss_epoch_new (void)
{
  guint8 bytes[16];
  GString *text = g_string_sized_new (2 * sizeof bytes);

  if (getentropy (bytes, sizeof bytes) != 0)
    g_error ("No random numbers: %s", g_strerror (errno));

  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);

  return g_string_free (text, FALSE);
}

static void
call_watches (ServerSignal   *self,
              const SsCommit *commit)
{
  guint n_watches = self->watches->len;

  for (guint i = 0; i < n_watches; i++)
    {
      SsWatch watch = g_array_index (self->watches, SsWatch, i);

      if (watch.func != NULL)
        watch.func (self, commit, watch.user_data);
    }

  for (guint i = self->watches->len; i > 0; i--)
    if (g_array_index (self->watches, SsWatch, i - 1).func == NULL)
      g_array_remove_index (self->watches, i - 1);
}

typedef struct
{
  ServerSignalView *view;
  SsViewChange      change;
} ChangedView;

static void
changed_view_clear (ChangedView *changed)
{
  g_clear_object (&changed->view);
}

/* The views whose part the patch has changed, and the lists (of ServerSignalList), or NULL. Called
 * before the transaction is closed. */
static GArray *
find_changed (ServerSignal       *self,
              ServerSignalPatch  *patch,
              GPtrArray         **lists)
{
  g_autoptr (GPtrArray) touched = NULL;
  g_autoptr (SsValue) old = NULL;
  GArray *views;
  const SsOp *ops;
  guint n_ops;

  if (self->places == NULL || ss_places_is_empty (self->places))
    return NULL;

  ops = ss_patch_ops (patch, &n_ops);
  touched = g_ptr_array_new ();
  ss_places_touch (self->places, ops, n_ops, self->transaction.root, touched);

  views = g_array_new (FALSE, FALSE, sizeof (ChangedView));
  g_array_set_clear_func (views, (GDestroyNotify) changed_view_clear);
  for (guint i = 0; i < touched->len; i++)
    {
      const SsPlace *place = g_ptr_array_index (touched, i);
      ChangedView changed = { place->owner, 0 };

      if (place->hits != NULL)
        {
          if (!ss_list_look (place->owner, patch, &self->transaction, &old))
            continue;
          if (*lists == NULL)
            *lists = g_ptr_array_new_with_free_func (g_object_unref);
          g_ptr_array_add (*lists, g_object_ref (place->owner));
          continue;
        }

      changed.change = ss_view_look (changed.view, place, &self->transaction, &old);
      if (changed.change != 0)
        {
          g_object_ref (changed.view);
          g_array_append_val (views, changed);
        }
    }

  return views;
}

/* Makes a commit of all that is pending and announces it. */
static void
make_commit (ServerSignal *self)
{
  g_autoptr (ServerSignalPatch) patch = ss_transaction_finish (&self->transaction);
  g_autoptr (GArray) views = NULL;
  g_autoptr (GPtrArray) lists = NULL;
  SsCommit commit = { NULL, self->revision, self->revision + 1, FALSE };
  GParamSpec *changed[3];
  guint n_changed = 0;

  if (patch != NULL)
    {
      views = find_changed (self, patch, &lists);
      changed[n_changed++] = ss_signal_props[PROP_VALUE];
    }
  ss_transaction_close (&self->transaction);

  if (self->is_incoming)
    {
      commit.revision = self->incoming_revision;
      commit.new_epoch = self->incoming_is_new;
      self->is_incoming = FALSE;
      self->incoming_is_new = FALSE;
      self->has_data = TRUE;
    }
  else if (patch == NULL)
    {
      return;
    }

  if (commit.revision != commit.base)
    {
      self->revision = commit.revision;
      changed[n_changed++] = ss_signal_props[PROP_REVISION];
    }
  if (self->incoming_epoch != NULL)
    {
      g_free (self->epoch);
      self->epoch = g_steal_pointer (&self->incoming_epoch);
      changed[n_changed++] = ss_signal_props[PROP_EPOCH];
    }

  if (patch == NULL)
    {
      g_autoptr (SsRecorder) nothing = ss_recorder_new ();
      g_autoptr (ServerSignalPatch) empty = ss_recorder_finish (nothing);

      commit.patch = empty;
      call_watches (self, &commit);
    }
  else
    {
      commit.patch = patch;
      call_watches (self, &commit);
      for (guint i = 0; lists != NULL && i < lists->len; i++)
        ss_list_announce (lists->pdata[i]);
      ss_signal_emit_patched (self, patch);
    }

  if (n_changed > 0)
    ss_signal_emit_notify (self, n_changed, changed);

  for (guint i = 0; views != NULL && i < views->len; i++)
    {
      ChangedView *view = &g_array_index (views, ChangedView, i);

      /* What only we hold was dropped meanwhile, and its handlers may not be there either. */
      if (g_atomic_int_get (&G_OBJECT (view->view)->ref_count) > 1)
        ss_view_announce (view->view, view->change);
    }
}

static gboolean
has_to_commit (ServerSignal *self)
{
  return self->is_incoming || ss_transaction_is_pending (&self->transaction);
}

/* While the signal is frozen this leaves the notification in GObject's queue, from where the
 * thaw brings it to ss_signal_value_notified(). */
static gboolean
is_thawed (ServerSignal *self)
{
  self->is_probing = TRUE;
  self->probe_passed = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), ss_signal_props[PROP_VALUE]);
  self->is_probing = FALSE;

  return self->probe_passed;
}

/* What handlers write meanwhile is committed here, in a loop, so that a chain of writes that
 * cause writes does not grow the stack. */
static void
commit_all (ServerSignal *self)
{
  self->is_announcing = TRUE;
  do
    make_commit (self);
  while (has_to_commit (self) && is_thawed (self));
  self->is_announcing = FALSE;
}

void
ss_signal_value_notified (ServerSignal *self)
{
  if (self->is_probing)
    self->probe_passed = TRUE;
  else if (self->is_announcing)
    ss_transaction_settle (&self->transaction);
  else if (has_to_commit (self))
    commit_all (self);
}

void
ss_signal_written (ServerSignal *self)
{
  if (has_to_commit (self))
    g_object_notify_by_pspec (G_OBJECT (self), ss_signal_props[PROP_VALUE]);
}

SsValue *
ss_signal_ref_committed (ServerSignal *self)
{
  return ss_transaction_ref_committed (&self->transaction);
}

SsValue *
ss_signal_peek (ServerSignal *self)
{
  return self->transaction.root;
}

SsPlaces *
ss_signal_get_places (ServerSignal *self)
{
  if (self->places == NULL)
    self->places = ss_places_new ();

  return self->places;
}

void
ss_signal_set_revision (ServerSignal *self,
                        guint64       revision)
{
  g_assert (revision <= SS_REVISION_MAX && !self->is_announcing);

  self->revision = revision;
}

/* Watches */

guint
ss_signal_watch (ServerSignal *self,
                 SsCommitFunc  func,
                 gpointer      user_data)
{
  SsWatch watch = { ++self->last_watch, func, user_data };

  g_array_append_val (self->watches, watch);
  return watch.id;
}

void
ss_signal_unwatch (ServerSignal *self,
                   guint         id)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      SsWatch *watch = &g_array_index (self->watches, SsWatch, i);

      if (watch->id != id)
        continue;

      if (self->is_announcing)
        watch->func = NULL;
      else
        g_array_remove_index (self->watches, i);
      return;
    }
}

/* Replicas */

ServerSignal *
ss_signal_new_replica (const char    *name,
                       const SsValue *initial)
{
  ServerSignal *self = g_object_new (SERVER_TYPE_SIGNAL, "name", name, NULL);

  if (initial != NULL)
    ss_signal_take_root (self, ss_value_ref (initial));
  self->is_replica = TRUE;
  self->is_stale = TRUE;
  self->has_data = FALSE;

  return self;
}

/* What only confirms the revision that is there already is no commit. */
static void
receive (ServerSignal *self,
         guint64       revision)
{
  self->incoming_is_new |= !self->has_data;
  self->is_incoming |= self->incoming_is_new || revision != self->revision ||
                       ss_transaction_is_pending (&self->transaction);
  self->incoming_revision = revision;

  /* An application that keeps its replica frozen does not stop the server. */
  if (self->transaction.n_recorded > SS_PENDING_OPERATIONS)
    ss_transaction_collapse (&self->transaction);
}

gboolean
ss_signal_replica_apply (ServerSignal       *self,
                         ServerSignalPatch  *patch,
                         guint64             revision,
                         GError            **error)
{
  g_assert (self->is_replica);

  if (!ss_transaction_apply_patch (&self->transaction, patch, error))
    return FALSE;

  receive (self, revision);
  ss_signal_written (self);
  return TRUE;
}

void
ss_signal_replica_reset (ServerSignal  *self,
                         const SsValue *value,
                         const char    *epoch,
                         guint64        revision)
{
  g_autoptr (ServerSignal) keep = g_object_ref (self);
  const char *known_epoch = self->incoming_epoch != NULL ? self->incoming_epoch : self->epoch;
  gboolean was_stale = self->is_stale;

  g_assert (self->is_replica);

  /* A document that is too deep was refused when it was read. */
  if (!ss_transaction_replace (&self->transaction, "", self->transaction.root, value, NULL))
    g_assert_not_reached ();

  if (epoch != NULL && g_strcmp0 (epoch, known_epoch) != 0)
    {
      g_free (self->incoming_epoch);
      self->incoming_epoch = g_strdup (epoch);
      self->incoming_is_new = TRUE;
    }
  receive (self, revision);
  self->is_stale = FALSE;
  ss_signal_written (self);

  /* A handler may have lost the connection meanwhile. */
  if (was_stale != self->is_stale)
    g_object_notify_by_pspec (G_OBJECT (self), ss_signal_props[PROP_STALE]);
}

void
ss_signal_replica_set_stale (ServerSignal *self,
                             gboolean      stale)
{
  g_assert (self->is_replica);

  stale = !!stale;
  if (self->is_stale == stale)
    return;

  self->is_stale = stale;
  g_object_notify_by_pspec (G_OBJECT (self), ss_signal_props[PROP_STALE]);
}

static void
notify_stale (gpointer object)
{
  g_object_notify_by_pspec (object, ss_signal_props[PROP_STALE]);
}

void
ss_signal_replica_leave (ServerSignal *self,
                         GMainContext *context)
{
  g_assert (self->is_replica);

  if (self->is_stale)
    return;

  self->is_stale = TRUE;
  ss_later (context, self, notify_stale);
}

gboolean
ss_signal_has_data (ServerSignal *self)
{
  return self->has_data;
}
