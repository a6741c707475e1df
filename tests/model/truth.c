/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "truth.h"

#include "json/ss-writer.h"
#include "signal/server-signal-private.h"

/* A life that is over is remembered at so many prunes: a client of an edge may still be on the way
 * to what the edge has of a signal that its server has taken away. */
#define AFTERLIFE 3

/* One life of a signal. */
typedef struct
{
  Truth        *truth;
  char         *name;
  GHashTable   *texts;    /* revision → char* */
  ServerSignal *signal;   /* weak */
  guint64       newest;
  guint         n_pruned; /* since it was over */
} Life;

typedef struct
{
  char *epoch;
  char *text;
} Entry;

struct _Truth
{
  GHashTable *lives;      /* epoch → Life */
  GHashTable *logs;       /* name → GPtrArray of Entry */
  GHashTable *kept;       /* epochs */
  guint       n_commits;
  TruthFunc   func;
  gpointer    user_data;
};

static int
compare_members (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  const SsValue *object = user_data;

  return strcmp (ss_value_get_string (ss_object_key (object, *(const guint *) a), NULL),
                 ss_value_get_string (ss_object_key (object, *(const guint *) b), NULL));
}

static void
append (GString       *text,
        const SsValue *value)
{
  SsValueKind kind = ss_value_kind (value);
  guint n;

  if (kind == SS_VALUE_ARRAY)
    {
      n = ss_value_length (value);
      g_string_append_c (text, '[');
      for (guint i = 0; i < n; i++)
        {
          if (i > 0)
            g_string_append_c (text, ',');
          append (text, ss_array_get (value, i));
        }
      g_string_append_c (text, ']');
    }
  else if (kind == SS_VALUE_OBJECT)
    {
      g_autofree guint *order = g_new (guint, n = ss_value_length (value));

      for (guint i = 0; i < n; i++)
        order[i] = i;
      g_qsort_with_data (order, (int) n, sizeof *order, compare_members, (gpointer) value);
      g_string_append_c (text, '{');
      for (guint i = 0; i < n; i++)
        {
          if (i > 0)
            g_string_append_c (text, ',');
          append (text, ss_object_key (value, order[i]));
          g_string_append_c (text, ':');
          append (text, ss_object_value (value, order[i]));
        }
      g_string_append_c (text, '}');
    }
  else
    {
      g_autofree char *scalar = ss_value_to_json (value, NULL);

      g_string_append (text, scalar);
    }
}

char *
truth_text (const SsValue *value)
{
  GString *text = g_string_new (NULL);

  append (text, value);

  return g_string_free (text, FALSE);
}

static void
entry_free (Entry *entry)
{
  g_free (entry->epoch);
  g_free (entry->text);
  g_free (entry);
}

static void
append_to_log (Truth      *self,
               const char *name,
               const char *epoch,
               const char *text)
{
  GPtrArray *log = g_hash_table_lookup (self->logs, name);
  Entry *entry = g_new (Entry, 1);

  if (log == NULL)
    {
      log = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
      g_hash_table_insert (self->logs, g_strdup (name), log);
    }
  *entry = (Entry) { g_strdup (epoch), g_strdup (text) };
  g_ptr_array_add (log, entry);
}

static void
life_free (Life *life)
{
  if (life->signal != NULL)
    {
      g_signal_handlers_disconnect_by_data (life->signal, life);
      g_clear_weak_pointer (&life->signal);
    }
  g_hash_table_unref (life->texts);
  g_free (life->name);
  g_free (life);
}

static void
note (Life         *life,
      ServerSignal *signal)
{
  Truth *self = life->truth;
  g_autoptr (SsValue) document = ss_signal_ref_committed (signal);
  char *text = truth_text (document);

  life->newest = server_signal_get_revision (signal);
  g_assert_false (g_hash_table_contains (life->texts, GUINT_TO_POINTER (life->newest)));
  g_hash_table_insert (life->texts, GUINT_TO_POINTER (life->newest), text);
  append_to_log (self, life->name, server_signal_get_epoch (signal), text);
  if (self->func != NULL)
    self->func (signal, text, self->user_data);
}

static void
value_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  Life *life = user_data;

  life->truth->n_commits++;
  note (life, signal);
}

Truth *
truth_new (void)
{
  Truth *self = g_new0 (Truth, 1);

  self->lives = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) life_free);
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->logs =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  return self;
}

void
truth_free (Truth *self)
{
  g_hash_table_unref (self->lives);
  g_hash_table_unref (self->logs);
  g_hash_table_unref (self->kept);
  g_free (self);
}

void
truth_set_func (Truth     *self,
                TruthFunc  func,
                gpointer   user_data)
{
  self->func = func;
  self->user_data = user_data;
}

void
truth_follow (Truth        *self,
              ServerSignal *signal)
{
  Life *life = g_new0 (Life, 1);

  life->truth = self;
  life->name = g_strdup (server_signal_get_name (signal));
  life->texts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_set_weak_pointer (&life->signal, signal);
  g_assert_true (
    g_hash_table_insert (self->lives, g_strdup (server_signal_get_epoch (signal)), life));
  g_signal_connect (signal, "notify::value", G_CALLBACK (value_cb), life);
  note (life, signal);
}

guint
truth_get_n_commits (Truth *self)
{
  return self->n_commits;
}

const char *
truth_lookup (Truth      *self,
              const char *name,
              const char *epoch,
              guint64     revision)
{
  Life *life = epoch != NULL ? g_hash_table_lookup (self->lives, epoch) : NULL;

  if (life == NULL || strcmp (life->name, name) != 0)
    return NULL;

  return g_hash_table_lookup (life->texts, GUINT_TO_POINTER (revision));
}

gboolean
truth_find (Truth      *self,
            const char *name,
            const char *json,
            GHashTable *places)
{
  GPtrArray *log = g_hash_table_lookup (self->logs, name);
  const Entry *found = NULL;
  gboolean ambiguous = FALSE;
  guint place = 0;

  for (guint i = 0; log != NULL && i < log->len; i++)
    {
      const Entry *entry = g_ptr_array_index (log, i);

      if (strcmp (entry->text, json) != 0 ||
          GPOINTER_TO_UINT (g_hash_table_lookup (places, entry->epoch)) > i)
        continue;

      if (found == NULL)
        place = i;
      else if (strcmp (found->epoch, entry->epoch) != 0)
        ambiguous = TRUE;
      else
        continue;
      found = entry;
    }

  /* Where several lives had it nobody can tell which one that was. */
  if (found != NULL && !ambiguous)
    g_hash_table_insert (places, g_strdup (found->epoch), GUINT_TO_POINTER (place));

  return found != NULL;
}

char *
truth_describe (Truth      *self,
                const char *name,
                const char *json,
                GHashTable *places)
{
  GPtrArray *log = g_hash_table_lookup (self->logs, name);
  GString *words = g_string_new (NULL);

  for (guint i = 0; log != NULL && i < log->len; i++)
    {
      const Entry *entry = g_ptr_array_index (log, i);

      if (strcmp (entry->text, json) == 0)
        g_string_append_printf (words, "it was entry %u, of %s, and %u of that life was shown\n", i,
                                entry->epoch,
                                GPOINTER_TO_UINT (g_hash_table_lookup (places, entry->epoch)));
    }
  g_string_append_printf (words, "of %u entries", log != NULL ? log->len : 0);

  return g_string_free (words, FALSE);
}

static gboolean
is_old (gpointer revision,
        gpointer text,
        gpointer life)
{
  return GPOINTER_TO_SIZE (revision) != ((Life *) life)->newest;
}

static int
compare_revisions (gconstpointer a,
                   gconstpointer b)
{
  gsize x = GPOINTER_TO_SIZE (a), y = GPOINTER_TO_SIZE (b);

  return (x > y) - (x < y);
}

void
truth_keep (Truth      *self,
            const char *epoch)
{
  g_hash_table_add (self->kept, g_strdup (epoch));
}

void
truth_prune (Truth *self)
{
  GHashTableIter iter;
  const char *epoch;
  Life *life;

  g_hash_table_remove_all (self->logs);
  g_hash_table_iter_init (&iter, self->lives);
  while (g_hash_table_iter_next (&iter, (gpointer *) &epoch, (gpointer *) &life))
    {
      g_autoptr (GList) revisions = NULL;

      if (!g_hash_table_contains (self->kept, epoch))
        {
          if (life->signal != NULL)
            {
              g_hash_table_foreach_remove (life->texts, is_old, life);
            }
          else if (++life->n_pruned > AFTERLIFE)
            {
              g_hash_table_iter_remove (&iter);
              continue;
            }
        }

      revisions = g_list_sort (g_hash_table_get_keys (life->texts), compare_revisions);
      for (GList *link = revisions; link != NULL; link = link->next)
        append_to_log (self, life->name, epoch, g_hash_table_lookup (life->texts, link->data));
    }
  g_hash_table_remove_all (self->kept);
}
