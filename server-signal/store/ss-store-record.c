/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-store-record.h"

void
ss_store_record_free (SsStoreRecord *self)
{
  g_free (self->epoch);
  g_free (self->owner);
  g_clear_pointer (&self->snapshot, g_bytes_unref);
  g_queue_clear_full (&self->log, (GDestroyNotify) ss_log_entry_unref);
  g_free (self);
}

static gboolean
is_leased (const SsStoreRecord *self)
{
  return self->lease_until > g_get_monotonic_time ();
}

gboolean
ss_store_record_is_over (const SsStoreRecord *self)
{
  return self->seconds > 0 && !is_leased (self) &&
         g_get_real_time () / G_USEC_PER_SEC - self->written >= (gint64) self->seconds;
}

static gboolean
is_leased_to_another (const SsStoreRecord  *self,
                      const SsStoreRequest *request)
{
  return is_leased (self) && g_strcmp0 (self->owner, request->owner) != 0;
}

static void
give_lease (SsStoreRecord        *self,
            const SsStoreRequest *request)
{
  g_free (self->owner);
  self->owner = g_strdup (request->owner);
  self->lease_until = g_get_monotonic_time () + request->lease_ms * G_GINT64_CONSTANT (1000);
}

static void
take_lease (SsStoreRecord *self)
{
  g_free (self->owner);
  self->owner = g_strdup ("");
  self->lease_until = 0;
}

static void
note_written (SsStoreRecord *self)
{
  self->written = g_get_real_time () / G_USEC_PER_SEC;
}

static void
set_snapshot (SsStoreRecord *self,
              GBytes        *text,
              const SsMark  *mark)
{
  if (self->snapshot != NULL)
    g_bytes_unref (self->snapshot);
  self->snapshot = g_bytes_ref (text);
  self->snapshot_mark = *mark;
  self->log_bytes = 0;
}

/* The link of the first entry after the mark; NULL with *found where the mark is the newest. */
static GList *
find_after (SsStoreRecord *self,
            const SsMark  *mark,
            gboolean      *found)
{
  GList *link = NULL;

  *found = ss_mark_equal (mark, &self->mark);
  if (*found)
    return NULL;

  for (link = self->log.tail; link != NULL; link = link->prev)
    {
      SsLogEntry *entry = link->data;

      if (entry->base.revision <= mark->revision)
        {
          *found = ss_mark_equal (&entry->base, mark);
          break;
        }
    }

  return *found ? link : NULL;
}

static void
tell_state (SsStoreRecord  *self,
            SsStoreRequest *request,
            const char     *epoch,
            const SsMark   *mark)
{
  SsStoreState *state = &request->state;
  gint64 left = self->lease_until - g_get_monotonic_time ();
  gboolean found = FALSE;
  GList *link = NULL;

  g_free (state->epoch);
  g_free (state->owner);
  state->epoch = g_strdup (self->epoch);
  state->generation = self->generation;
  state->owner = g_strdup (self->owner);
  state->lease_ms = left > 0 ? (guint) (left / 1000) + 1 : 0;
  state->mark = self->mark;
  state->log_bytes = self->log_bytes;

  if (epoch != NULL && g_strcmp0 (epoch, self->epoch) == 0)
    link = find_after (self, mark, &found);
  if (!found)
    {
      state->snapshot = g_bytes_ref (self->snapshot);
      state->snapshot_mark = self->snapshot_mark;
      link = find_after (self, &self->snapshot_mark, &found);
    }

  for (; link != NULL; link = link->next)
    g_ptr_array_add (state->entries, ss_log_entry_ref (link->data));
}

/* Peers of an owner that was no durable one may have seen commits that are not here. */
static gboolean
begin_life_if_unsure (SsStoreRecord        *self,
                      const SsStoreRequest *request)
{
  if (self->owner[0] != '~' || is_leased (self))
    return FALSE;

  g_free (self->epoch);
  self->epoch = g_strdup (request->fresh);
  self->generation++;
  take_lease (self);

  return TRUE;
}

static SsStoreChange
claim (SsStoreRecord  **slot,
       SsStoreRequest  *request)
{
  SsStoreRecord *self = *slot;
  SsStoreChange change = SS_STORE_CHANGED_HEAD;

  if (self != NULL && is_leased_to_another (self, request))
    {
      request->verdict = SS_STORE_BUSY;
      tell_state (self, request, request->epoch, &request->mark);
      return SS_STORE_CHANGED_NOTHING;
    }

  if (self == NULL)
    {
      change = SS_STORE_CHANGED_ALL;
      *slot = self = g_new0 (SsStoreRecord, 1);
      self->epoch = g_strdup (request->fresh);
      self->owner = g_strdup ("");
      self->mark = ss_mark_first (self->epoch, 0);
      set_snapshot (self, request->text, &self->mark);
      note_written (self);
    }

  if (g_strcmp0 (self->owner, request->owner) != 0)
    begin_life_if_unsure (self, request);
  self->generation++;
  give_lease (self, request);
  tell_state (self, request, request->epoch, &request->mark);

  return change;
}

static void
push_entry (SsStoreRecord *self,
            SsLogEntry    *entry,
            GBytes        *text)
{
  g_queue_push_tail (&self->log, ss_log_entry_ref (entry));
  self->log_bytes += ss_log_entry_measure (entry);
  self->mark = entry->mark;
  note_written (self);

  if (text == NULL)
    return;

  while (!g_queue_is_empty (&self->log))
    {
      SsLogEntry *first = g_queue_peek_head (&self->log);

      if (first->base.revision >= self->snapshot_mark.revision)
        break;
      ss_log_entry_unref (g_queue_pop_head (&self->log));
    }
  set_snapshot (self, text, &self->mark);
}

static gboolean
is_owner (const SsStoreRecord  *self,
          const SsStoreRequest *request)
{
  return g_strcmp0 (self->epoch, request->epoch) == 0 && self->generation == request->generation &&
         g_strcmp0 (self->owner, request->owner) == 0;
}

static SsStoreChange
commit (SsStoreRecord  *self,
        SsStoreRequest *request)
{
  SsLogEntry *entry = request->entry;
  const SsMark *base = entry != NULL ? &entry->base : &request->mark;
  SsStoreChange change = SS_STORE_CHANGED_NOTHING;

  if (request->generation > 0 && !is_owner (self, request))
    {
      request->verdict = SS_STORE_FENCED;
      tell_state (self, request, request->epoch, base);
      return SS_STORE_CHANGED_NOTHING;
    }

  if (request->generation == 0)
    {
      if (is_leased (self))
        {
          request->verdict = SS_STORE_BUSY;
          tell_state (self, request, request->epoch, base);
          return SS_STORE_CHANGED_NOTHING;
        }
      if (begin_life_if_unsure (self, request))
        change = SS_STORE_CHANGED_HEAD;
    }

  if (g_strcmp0 (self->epoch, request->epoch) != 0 || !ss_mark_equal (&self->mark, base))
    {
      request->verdict = SS_STORE_CONFLICT;
      tell_state (self, request, request->epoch, base);
      return change;
    }

  if (request->generation > 0)
    {
      give_lease (self, request);
      note_written (self);
      change = SS_STORE_CHANGED_LEASE;
    }
  else if (self->owner[0] != '\0')
    {
      /* The last owner may only be paused. */
      self->generation++;
      take_lease (self);
    }

  if (entry != NULL)
    {
      push_entry (self, entry, request->text);
      change = request->text != NULL ? SS_STORE_CHANGED_SNAPSHOT : SS_STORE_CHANGED_LOG;
    }
  request->state.log_bytes = self->log_bytes;

  return change;
}

static SsStoreChange
restore (SsStoreRecord  **slot,
         SsStoreRequest  *request)
{
  SsStoreRecord *self = *slot;

  if (self != NULL && request->generation == 0)
    {
      request->verdict = SS_STORE_CONFLICT;
      tell_state (self, request, NULL, NULL);
      return SS_STORE_CHANGED_NOTHING;
    }

  if (self != NULL && !is_owner (self, request) &&
      (g_strcmp0 (self->epoch, request->epoch) != 0 || self->generation >= request->generation))
    {
      request->verdict = SS_STORE_FENCED;
      tell_state (self, request, NULL, NULL);
      return SS_STORE_CHANGED_NOTHING;
    }

  if (self != NULL && is_owner (self, request) && self->mark.revision > request->mark.revision)
    {
      request->verdict = SS_STORE_CONFLICT;
      tell_state (self, request, NULL, NULL);
      return SS_STORE_CHANGED_NOTHING;
    }

  if (self == NULL)
    *slot = self = g_new0 (SsStoreRecord, 1);
  g_free (self->epoch);
  self->epoch = g_strdup (request->epoch);
  self->generation = request->generation;
  if (request->generation > 0)
    give_lease (self, request);
  else
    take_lease (self);
  g_queue_clear_full (&self->log, (GDestroyNotify) ss_log_entry_unref);
  self->mark = request->mark;
  set_snapshot (self, request->text, &request->mark);
  note_written (self);

  return SS_STORE_CHANGED_ALL;
}

SsStoreChange
ss_store_record_run (SsStoreRecord  **slot,
                     SsStoreRequest  *request)
{
  SsStoreRecord *self = *slot;

  request->verdict = SS_STORE_OK;

  if (self == NULL && request->kind != SS_STORE_CLAIM && request->kind != SS_STORE_RESTORE)
    {
      request->verdict = SS_STORE_MISSING;
      return SS_STORE_CHANGED_NOTHING;
    }

  switch (request->kind)
    {
    case SS_STORE_OPEN:
      {
        gboolean begun = begin_life_if_unsure (self, request);

        tell_state (self, request, request->epoch, &request->mark);
        return begun ? SS_STORE_CHANGED_HEAD : SS_STORE_CHANGED_NOTHING;
      }

    case SS_STORE_CLAIM:
      return claim (slot, request);

    case SS_STORE_COMMIT:
      return commit (self, request);

    case SS_STORE_RESTORE:
      return restore (slot, request);

    case SS_STORE_RELEASE:
      if (!is_owner (self, request))
        {
          request->verdict = SS_STORE_FENCED;
          return SS_STORE_CHANGED_NOTHING;
        }
      take_lease (self);
      return SS_STORE_CHANGED_HEAD;

    case SS_STORE_REMOVE:
      if (is_leased_to_another (self, request))
        {
          request->verdict = SS_STORE_BUSY;
          return SS_STORE_CHANGED_NOTHING;
        }
      g_clear_pointer (slot, ss_store_record_free);
      return SS_STORE_CHANGED_AWAY;

    case SS_STORE_EXPIRE:
      self->seconds = request->seconds;
      note_written (self);
      return SS_STORE_CHANGED_HEAD;

    case SS_STORE_LIST:
    default:
      g_assert_not_reached ();
    }
}
