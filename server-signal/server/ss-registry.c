/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-registry.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-later.h"
#include "ss-object-list.h"
#include "wire/ss-via.h"

struct _SsRegistry
{
  char           *hub;
  SsFlusher      *flusher;
  SsCounters     *counters;
  GHashTable     *entries; /* name, which is the signal's own → Entry */
  GSequence      *published; /* Entry, by place */
  SsObjectList   *model;
  gboolean        leaving_quietly; /* the one that is being removed */
  GMainContext   *context;
  SsViaSet       *via;
  const SsRegistryFuncs *funcs; /* NULL: it is being freed */
  GArray         *free_slots; /* below n_slots */
  guint           n_slots;
  gpointer        user_data;
};

typedef struct
{
  SsRegistry    *registry;
  ServerSignal  *signal;
  SsFeed        *feed;
  SsFlushItem    flush_item;
  guint          watch;
  gboolean       quiet;
  guint          slot;
  guint64        place;
  GSequenceIter *published; /* NULL unless it is */
  GSequenceIter *item;      /* in the list; NULL until it is there */
} Entry;

static int
compare_places (gconstpointer first,
                gconstpointer second,
                gpointer      user_data)
{
  guint64 a = ((const Entry *) first)->place;
  guint64 b = ((const Entry *) second)->place;

  return (a > b) - (a < b);
}

/* One that was given back first of all, so that the numbers stay small. */
static guint
take_slot (SsRegistry *self)
{
  GArray *slots = self->free_slots;
  guint slot;

  if (slots->len == 0)
    return self->n_slots++;

  slot = g_array_index (slots, guint, slots->len - 1);
  g_array_set_size (slots, slots->len - 1);

  return slot;
}

static void
publish (Entry *entry)
{
  SsRegistry *self = entry->registry;

  if (!entry->quiet)
    {
      entry->place = ++self->counters->published;
      entry->published = g_sequence_append (self->published, entry);
    }
  self->funcs->changed (self, server_signal_get_name (entry->signal), entry->slot, TRUE,
                        self->user_data);
}

static void
withdraw (Entry *entry)
{
  if (entry->published != NULL)
    g_sequence_remove (entry->published);
  entry->published = NULL;
}

static void
via_cb (ServerSignal       *signal,
        const char * const *before,
        const char * const *now,
        gpointer            user_data)
{
  Entry *entry = user_data;
  SsRegistry *self = entry->registry;
  gboolean changed;

  /* An id that stays is never absent meanwhile. */
  changed = ss_via_set_add (self->via, now);
  changed |= ss_via_set_remove (self->via, before);
  if (changed && self->funcs != NULL)
    self->funcs->via_changed (self, self->user_data);
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  withdraw (entry);
  g_array_append_val (entry->registry->free_slots, entry->slot);
  if (entry->watch != 0)
    ss_signal_unwatch (ss_feed_get_signal (entry->feed), entry->watch);
  ss_via_unserve (entry->signal, entry->registry->hub, entry);
  via_cb (entry->signal, ss_via_get (entry->signal), NULL, entry);
  ss_flusher_remove (&entry->flush_item);
  ss_feed_free (entry->feed);
  g_object_unref (entry->signal);
  g_free (entry);
}

static void
feed_ready_cb (SsFeed   *feed,
               gpointer  user_data)
{
  publish (user_data);
}

static void
signal_commit_cb (ServerSignal   *signal,
                  const SsCommit *commit,
                  gpointer        user_data)
{
  Entry *entry = user_data;

  entry->registry->counters->commits++;
  ss_flusher_touch (&entry->flush_item);
}

SsRegistry *
ss_registry_new (const char            *hub,
                 SsFlusher             *flusher,
                 SsCounters            *counters,
                 const SsRegistryFuncs *funcs,
                 gpointer               user_data)
{
  SsRegistry *self = g_new0 (SsRegistry, 1);

  self->hub = g_strdup (hub);
  self->flusher = ss_flusher_ref (flusher);
  self->counters = ss_counters_ref (counters);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  self->published = g_sequence_new (NULL);
  self->model = ss_object_list_new (SERVER_TYPE_SIGNAL);
  self->context = g_main_context_ref_thread_default ();
  self->via = ss_via_set_new ();
  self->funcs = funcs;
  self->free_slots = g_array_new (FALSE, FALSE, sizeof (guint));
  self->user_data = user_data;

  return self;
}

static void
clear_list (gpointer model)
{
  ss_object_list_clear (model);
}

void
ss_registry_free (SsRegistry *self)
{
  self->funcs = NULL;
  g_hash_table_unref (self->entries);
  ss_via_set_free (self->via);
  g_sequence_free (self->published);
  g_array_unref (self->free_slots);
  /* Readers of the list see it become empty, rather than signals that are no longer shared. */
  ss_later (self->context, self->model, clear_list);
  g_object_unref (self->model);
  g_main_context_unref (self->context);
  ss_flusher_unref (self->flusher);
  ss_counters_unref (self->counters);
  g_free (self->hub);
  g_free (self);
}

static gboolean
add (SsRegistry    *self,
     ServerSignal  *signal,
     gsize          history_bytes,
     gboolean       quiet,
     GError       **error)
{
  const char *name = server_signal_get_name (signal);
  Entry *entry;

  if (name[0] == '\0')
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_NAME,
                           _("A signal without a name cannot be shared"));
      return FALSE;
    }

  if (g_hash_table_contains (self->entries, name))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS,
                   _("There is a signal “%s” already"), name);
      return FALSE;
    }

  if (ss_via_has (signal, self->hub))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                   _("“%s” comes from the hub that would serve it on"), name);
      return FALSE;
    }

  entry = g_new0 (Entry, 1);
  entry->registry = self;
  entry->quiet = quiet;
  entry->signal = g_object_ref (signal);
  entry->slot = take_slot (self);
  entry->feed = ss_feed_new (signal, history_bytes);
  ss_feed_count_merged (entry->feed, &self->counters->merged);
  ss_flusher_add (self->flusher, &entry->flush_item, entry->feed);
  entry->watch = ss_signal_watch (ss_feed_get_signal (entry->feed), signal_commit_cb, entry);
  ss_via_serve (signal, self->hub, via_cb, entry);
  g_hash_table_insert (self->entries, (char *) name, entry);
  via_cb (signal, NULL, ss_via_get (signal), entry);

  if (ss_feed_is_ready (entry->feed))
    publish (entry);
  else
    ss_feed_set_ready_func (entry->feed, feed_ready_cb, entry);

  /* The list is last: its handlers belong to the application and may do anything. */
  ss_object_list_append (self->model, signal, &entry->item);

  return TRUE;
}

gboolean
ss_registry_add (SsRegistry    *self,
                 ServerSignal  *signal,
                 gsize          history_bytes,
                 GError       **error)
{
  return add (self, signal, history_bytes, FALSE, error);
}

gboolean
ss_registry_add_quietly (SsRegistry    *self,
                         ServerSignal  *signal,
                         gsize          history_bytes,
                         GError       **error)
{
  return add (self, signal, history_bytes, TRUE, error);
}

gboolean
ss_registry_is_quiet (SsRegistry *self,
                      const char *name)
{
  const Entry *entry = g_hash_table_lookup (self->entries, name);

  return entry != NULL ? entry->quiet : self->leaving_quietly;
}

gboolean
ss_registry_remove (SsRegistry   *self,
                    ServerSignal *signal)
{
  g_autoptr (ServerSignal) keep = g_object_ref (signal);
  const char *name = server_signal_get_name (signal);
  Entry *entry = g_hash_table_lookup (self->entries, name);
  GSequenceIter *item;

  if (entry == NULL || entry->signal != signal)
    return FALSE;

  item = entry->item;

  g_hash_table_steal (self->entries, name);
  withdraw (entry);
  /* Commits that came before are told before. */
  ss_flusher_remove (&entry->flush_item);
  self->leaving_quietly = entry->quiet;
  if (ss_feed_is_ready (entry->feed))
    self->funcs->changed (self, name, entry->slot, FALSE, self->user_data);
  entry_free (entry);

  if (item != NULL)
    ss_object_list_remove (self->model, item);

  return TRUE;
}

ServerSignal *
ss_registry_lookup (SsRegistry *self,
                    const char *name)
{
  Entry *entry = g_hash_table_lookup (self->entries, name);

  return entry != NULL ? entry->signal : NULL;
}

SsFeed *
ss_registry_feed (SsRegistry *self,
                  const char *name)
{
  return ss_registry_feed_but (self, name, NULL);
}

SsFeed *
ss_registry_feed_but (SsRegistry      *self,
                      const char      *name,
                      const SsSlotSet *hidden)
{
  Entry *entry = g_hash_table_lookup (self->entries, name);

  if (entry == NULL || !ss_feed_is_ready (entry->feed) || ss_slot_set_has (hidden, entry->slot))
    return NULL;

  return entry->feed;
}

guint
ss_registry_get_slot (SsRegistry *self,
                      const char *name)
{
  Entry *entry = g_hash_table_lookup (self->entries, name);

  return entry != NULL ? entry->slot : SS_SLOT_NONE;
}

const char *
ss_registry_next (SsRegistry *self,
                  guint64    *place)
{
  Entry key = { .place = *place };
  GSequenceIter *iter = g_sequence_search (self->published, &key, compare_places, NULL);
  Entry *entry;

  if (g_sequence_iter_is_end (iter))
    return NULL;

  entry = g_sequence_get (iter);
  *place = entry->place;

  return server_signal_get_name (entry->signal);
}

guint
ss_registry_get_length (SsRegistry *self)
{
  return g_hash_table_size (self->entries);
}

SsViaSet *
ss_registry_get_via (SsRegistry *self)
{
  return self->via;
}

guint
ss_registry_get_n_published (SsRegistry *self)
{
  return (guint) g_sequence_get_length (self->published);
}

GListModel *
ss_registry_get_model (SsRegistry *self)
{
  return G_LIST_MODEL (self->model);
}
