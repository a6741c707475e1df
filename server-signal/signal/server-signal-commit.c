/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "server-signal-struct.h"

#include "json/ss-pointer.h"
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

/* Both documents are there to be looked at. */
static void
have_observers_look (ServerSignal      *self,
                     ServerSignalPatch *patch)
{
  SsPendingCommit commit;

  ss_pending_commit_init (&commit, &self->transaction, patch);
  ss_observers_look (&self->observers, &commit);
  ss_pending_commit_clear (&commit);
}

/* Makes a commit of all that is pending and announces it. */
static void
make_commit (ServerSignal *self)
{
  g_autoptr (ServerSignalPatch) patch = ss_transaction_finish (&self->transaction);
  gboolean is_observed = patch != NULL && ss_observers_has_any (&self->observers);
  SsCommit commit = { NULL, self->revision, self->revision + 1, FALSE };
  GParamSpec *changed[3];
  guint n_changed = 0;

  if (is_observed)
    have_observers_look (self, patch);
  if (patch != NULL)
    changed[n_changed++] = ss_signal_props[PROP_VALUE];
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
      ss_observers_tell (&self->observers, self, &commit);
    }
  else
    {
      commit.patch = patch;
      ss_observers_tell (&self->observers, self, &commit);
      if (is_observed)
        ss_observers_before_patched (&self->observers);
      ss_signal_emit_patched (self, patch);
    }

  if (n_changed > 0)
    ss_signal_emit_notify (self, n_changed, changed);

  if (is_observed)
    ss_observers_after_notify (&self->observers);
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

void
ss_signal_set_revision (ServerSignal *self,
                        guint64       revision)
{
  g_assert (revision <= SS_REVISION_MAX && !self->is_announcing);

  self->revision = revision;
}

/* Those who follow it. */

guint
ss_signal_watch (ServerSignal *self,
                 SsCommitFunc  func,
                 gpointer      user_data)
{
  return ss_observers_watch (&self->observers, func, user_data);
}

void
ss_signal_unwatch (ServerSignal *self,
                   guint         id)
{
  ss_observers_unwatch (&self->observers, id);
}

void
ss_signal_add_observer (ServerSignal          *self,
                        const SsObserverFuncs *funcs,
                        gpointer               observer)
{
  g_assert (ss_observers_find (&self->observers, funcs) == NULL);

  ss_observers_add (&self->observers, funcs, observer);
}

gpointer
ss_signal_find_observer (ServerSignal          *self,
                         const SsObserverFuncs *funcs)
{
  return ss_observers_find (&self->observers, funcs);
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

gboolean
ss_signal_has_data (ServerSignal *self)
{
  return self->has_data;
}

/* Sources */

void
ss_signal_set_source (ServerSignal        *self,
                      const SsSourceFuncs *funcs,
                      gpointer             source)
{
  g_assert (self->source == NULL && source != NULL);

  self->source_funcs = funcs;
  self->source = source;
}

gpointer
ss_signal_get_source (ServerSignal *self)
{
  return self->source;
}

gboolean
ss_signal_source_put (ServerSignal   *self,
                      const char     *pointer,
                      const SsValue  *value,
                      GError        **error)
{
  return ss_transaction_put (&self->transaction, pointer, value, error);
}

gboolean
ss_signal_source_diff (ServerSignal   *self,
                       const char     *pointer,
                       const SsValue  *value,
                       GError        **error)
{
  const SsValue *old = ss_pointer_resolve (self->transaction.root, pointer, NULL);

  return old != NULL ? ss_transaction_replace (&self->transaction, pointer, old, value, error)
                     : ss_transaction_put (&self->transaction, pointer, value, error);
}

gboolean
ss_signal_source_put_list (ServerSignal   *self,
                           const char     *pointer,
                           const SsValue  *value,
                           SsOp           *ops,
                           guint           n_ops,
                           GError        **error)
{
  return ss_transaction_put_list (&self->transaction, pointer, value, ops, n_ops, error);
}

gboolean
ss_signal_source_apply (ServerSignal  *self,
                        SsOp          *op,
                        GError       **error)
{
  return ss_transaction_apply (&self->transaction, op, error);
}

gboolean
ss_signal_is_pending (ServerSignal *self)
{
  return ss_transaction_is_pending (&self->transaction);
}

void
ss_signal_source_discard (ServerSignal *self)
{
  ss_transaction_discard (&self->transaction);
}
