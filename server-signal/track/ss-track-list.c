/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-list.h"

#include <glib/gi18n-lib.h>

#include "json/ss-pointer.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"

/* Following a list model. A model reports a range, and many report more than has changed. The items
 * themselves tell: those that stay are left where they are, so that there is one operation for each
 * item that went, came or moved. */

/* From this many operations on, a list is sent as a whole if more items go and come than stay: each
 * operation moves the items behind it, at every peer. */
#define BULK_OPERATIONS 256

/* More operations than this are written as one step rather than one by one. */
#define SINGLE_STEPS 32

/* Each item takes two bytes of a document's text at least. */
#define MAX_ITEMS (SS_FRAME_BYTES / 2)

/* A getter of an item may change the list that is being looked at. */
#define MAX_TURNS 8

/* The number of items that are checked at a time. All of these are done at once, however long they
 * take: where others have the processor, time says nothing. */
#define CHECK_ITEMS 4096

typedef struct
{
  GObject     *object;    /* held */
  SsTrackNode *node;
  SsValue     *value;
  guint        old;       /* where it was, if it is matched */
  gboolean     matched;
} NewItem;

typedef enum
{
  STAY_IN_ORDER,   /* the matched items have kept their order */
  STAY_MOVED,      /* one item has moved, and nothing else has happened */
  STAY_SHUFFLED,   /* the matched items have another order */
} Stay;

/* A range of the list, once the items at its ends that have not changed are taken off. */
typedef struct
{
  SsTrackNode  *list;
  guint         position;
  SsTrackNode **old;
  guint         n_old;
  NewItem      *new_items;
  guint         n_new;
  Stay          stay;
  guint         move_from;
  guint         move_to;
} Change;

/* FALSE and LIMIT for a model of more items than a document can have. */
static gboolean
check_length (GListModel  *model,
              GError     **error)
{
  if (g_list_model_get_n_items (model) <= MAX_ITEMS)
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The list has more than %u items"), MAX_ITEMS);
  return FALSE;
}

static gboolean
prepare (SsTrackNode           *list,
         const SsPropertyMask  *mask,
         GError               **error)
{
  list->mask = mask;
  return check_length (G_LIST_MODEL (list->object), error);
}

static SsValue *
build_item (SsTrackBuilder  *builder,
            SsTrackNode     *list,
            guint            index,
            GObject         *object,
            SsTrackNode    **node)
{
  SsValue *value = NULL;

  *node = NULL;
  if (object != NULL)
    value = ss_track_builder_build (builder, list, index, object, list->mask, node);
  else
    value = ss_value_new_null ();

  if (value != NULL && *node == NULL)
    *node = ss_track_node_new (list->root, list, index, object);

  return value;
}

static SsValue *
read_items (SsTrackNode    *list,
            SsTrackBuilder *builder)
{
  GListModel *model = G_LIST_MODEL (list->object);
  guint length = g_list_model_get_n_items (model);
  g_autofree SsSequenceItem **items = g_new (SsSequenceItem *, MAX (length, 1));
  g_autoptr (SsValue) array = ss_value_new_array (length);

  for (guint i = 0; i < length; i++)
    {
      g_autoptr (GObject) object = g_list_model_get_item (model, i);
      SsTrackNode *node;
      SsValue *value = build_item (builder, list, i, object, &node);

      if (value == NULL)
        {
          for (guint j = 0; j < i; j++)
            ss_track_node_free ((SsTrackNode *) items[j]);
          return NULL;
        }

      ss_array_append (array, value);
      items[i] = &node->item;
    }

  list->items = ss_sequence_new ();
  ss_sequence_splice (list->items, 0, 0, items, length);
  return g_steal_pointer (&array);
}

/* Finds the new items among the old ones. An item that is there twice matches nothing:
 * nobody can tell which of them stayed. */
static void
match_items (Change *change)
{
  g_autoptr (GHashTable) old_items = g_hash_table_new (NULL, NULL);
  guint n_matched = 0;
  guint last = 0;
  gboolean in_order = TRUE;
  gboolean up = TRUE;
  gboolean down = TRUE;

  change->stay = STAY_IN_ORDER;
  if (change->n_old == 0 || change->n_new == 0)
    return;

  for (guint i = 0; i < change->n_old; i++)
    if (change->old[i]->object == NULL ||
        !g_hash_table_insert (old_items, change->old[i]->object, GUINT_TO_POINTER (i + 1)))
      return;

  for (guint j = 0; j < change->n_new; j++)
    {
      NewItem *new_item = &change->new_items[j];
      gpointer found = NULL;
      guint i;

      if (new_item->object != NULL)
        found = g_hash_table_lookup (old_items, new_item->object);
      if (found == NULL)
        continue;

      i = GPOINTER_TO_UINT (found) - 1;
      g_hash_table_insert (old_items, new_item->object, NULL);
      new_item->matched = TRUE;
      new_item->old = i;
      new_item->node = change->old[i];

      in_order = in_order && (n_matched == 0 || i > last);
      up = up && i == (j == 0 ? change->n_old - 1 : j - 1);
      down = down && i == (j == change->n_new - 1 ? 0 : j + 1);
      last = i;
      n_matched++;
    }

  /* The same new item twice: the second one found nothing, and is built as another. */
  if (in_order)
    return;

  change->stay = STAY_SHUFFLED;
  if (n_matched == change->n_old && n_matched == change->n_new && (up || down))
    {
      change->stay = STAY_MOVED;
      change->move_from = up ? change->n_old - 1 : 0;
      change->move_to = up ? 0 : change->n_new - 1;
    }
}

static char *
item_pointer (GString *pointer,
              gsize    list_length,
              guint    index)
{
  g_string_truncate (pointer, list_length);
  ss_pointer_append_index (pointer, index);
  return g_strdup (pointer->str);
}

/* Makes the operations, each with indices in the list as the ones before have left it. */
static guint
make_operations (Change  *change,
                 GString *pointer,
                 SsOp    *ops)
{
  gsize list_length = pointer->len;
  g_autofree guint8 *stays = NULL;
  guint n_ops = 0;

  if (change->stay == STAY_MOVED)
    {
      ops[0].kind = SS_OP_MOVE;
      ops[0].from = item_pointer (pointer, list_length, change->position + change->move_from);
      ops[0].path = item_pointer (pointer, list_length, change->position + change->move_to);
      ops[0].value = NULL;
      return 1;
    }

  stays = g_new0 (guint8, MAX (change->n_old, 1));
  for (guint j = 0; j < change->n_new; j++)
    if (change->new_items[j].matched)
      stays[change->new_items[j].old] = TRUE;

  /* From the end, run by run. */
  for (guint end = change->n_old; end > 0;)
    {
      guint start = end;

      while (start > 0 && !stays[start - 1])
        start--;
      for (guint i = start; i < end; i++)
        ops[n_ops++] =
          (SsOp) { SS_OP_REMOVE, item_pointer (pointer, list_length, change->position + start),
                   NULL, NULL };
      end = start > 0 ? start - 1 : 0;
    }

  for (guint j = 0; j < change->n_new; j++)
    if (!change->new_items[j].matched)
      ops[n_ops++] = (SsOp) { SS_OP_ADD, item_pointer (pointer, list_length, change->position + j),
                              NULL, ss_value_ref (change->new_items[j].value) };

  return n_ops;
}

/* How many items have to move so that the others need not: all but a longest run of them that is in
 * order. */
static guint
count_moves (Change *change)
{
  g_autofree guint *last = g_new (guint, change->n_new); /* of the best run of each length */
  guint n_matched = 0;
  guint longest = 0;

  for (guint j = 0; j < change->n_new; j++)
    {
      guint low = 0;
      guint high = longest;

      if (!change->new_items[j].matched)
        continue;

      while (low < high)
        {
          guint middle = low + (high - low) / 2;

          if (last[middle] < change->new_items[j].old)
            low = middle + 1;
          else
            high = middle;
        }

      last[low] = change->new_items[j].old;
      longest = MAX (longest, low + 1);
      n_matched++;
    }

  return n_matched - longest;
}

/* n_leaving: of the old items, those that do not stay where they are. */
static guint
count_operations (Change *change,
                  guint  *n_leaving)
{
  guint n_matched = 0;
  guint n_moves;

  if (change->stay == STAY_MOVED)
    {
      *n_leaving = 0;
      return 1;
    }

  for (guint j = 0; j < change->n_new; j++)
    if (change->new_items[j].matched)
      n_matched++;
  n_moves = change->stay == STAY_SHUFFLED ? count_moves (change) : 0;

  *n_leaving = change->n_old - n_matched + n_moves;
  return *n_leaving + change->n_new - n_matched;
}

static SsValue *
make_array (Change        *change,
            const SsValue *old)
{
  guint length = ss_value_length (old);
  SsValue *array = ss_value_new_array (length - change->n_old + change->n_new);

  for (guint i = 0; i < change->position; i++)
    ss_array_append (array, ss_value_ref (ss_array_get (old, i)));
  for (guint j = 0; j < change->n_new; j++)
    ss_array_append (array, ss_value_ref (change->new_items[j].value));
  for (guint i = change->position + change->n_old; i < length; i++)
    ss_array_append (array, ss_value_ref (ss_array_get (old, i)));

  return array;
}

static void
write_change (Change *change)
{
  SsTrack *track = change->list->root->track;
  ServerSignal *signal = track->signal;
  GString *pointer = ss_track_node_pointer (change->list);
  g_autofree char *list_pointer = g_strdup (pointer->str);
  const SsValue *old = ss_pointer_resolve (ss_signal_peek (signal), list_pointer, NULL);
  g_autoptr (SsValue) array = NULL;
  g_autofree SsOp *ops = NULL;
  guint n_leaving;
  guint n_ops = count_operations (change, &n_leaving);
  guint n_staying = ss_sequence_length (change->list->items) - n_leaving;
  GError *error = NULL;

  if (!ss_signal_may_write (signal, &error))
    {
      ss_track_fail (track, g_string_free (pointer, FALSE), error);
      return;
    }

  g_assert (ss_value_kind (old) == SS_VALUE_ARRAY);
  g_assert (ss_value_length (old) == ss_sequence_length (change->list->items));

  for (guint j = 0; j < change->n_new; j++)
    if (change->new_items[j].matched)
      change->new_items[j].value =
        ss_value_ref (ss_array_get (old, change->position + change->new_items[j].old));

  if (n_ops >= 2 && (n_staying == 0 || (n_ops >= BULK_OPERATIONS && n_ops > n_staying)))
    {
      array = make_array (change, old);
      ss_track_put (track, list_pointer, array);
    }
  else if (change->stay == STAY_SHUFFLED)
    {
      /* Items that stay are the same values, so the diff finds the fewest moves, or that the whole
       * list is shorter. A model at the other end keeps its items either way. */
      array = make_array (change, old);
      ss_signal_source_diff (signal, list_pointer, array, &error);
      g_assert_no_error (error);
    }
  else
    {
      ops = g_new0 (SsOp, MAX (n_ops, 1));
      make_operations (change, pointer, ops);

      if (n_ops > SINGLE_STEPS)
        {
          array = make_array (change, old);
          ss_signal_source_put_list (signal, list_pointer, array, ops, n_ops, &error);
        }
      else
        {
          for (guint i = 0; i < n_ops; i++)
            if (error == NULL)
              ss_signal_source_apply (signal, &ops[i], &error);
            else
              ss_op_clear (&ops[i]);
        }

      /* Values that were built fit, and the places are known to be there. */
      g_assert_no_error (error);
    }

  g_string_free (pointer, TRUE);
}

static void
reorder (Change *change)
{
  SsTrackNode *list = change->list;
  g_autofree SsSequenceItem **items = g_new (SsSequenceItem *, MAX (change->n_new, 1));

  for (guint j = 0; j < change->n_new; j++)
    items[j] = &change->new_items[j].node->item;
  ss_sequence_splice (list->items, change->position, change->n_old, items, change->n_new);

  for (guint i = 0; i < change->n_old; i++)
    if (change->old[i]->item.chunk == NULL)
      ss_track_node_free (change->old[i]);
}

/* FALSE when application code, which ran meanwhile, has changed the list. */
static gboolean
change_range (SsTrackNode *list,
              guint        position,
              guint        removed,
              guint        added,
              gboolean     refresh)
{
  GListModel *model = G_LIST_MODEL (list->object);
  SsTrackBuilder builder = { list->root, FALSE, NULL };
  g_autofree SsTrackNode **old = g_new (SsTrackNode *, MAX (removed, 1));
  g_autofree NewItem *new_items = g_new0 (NewItem, MAX (added, 1));
  guint version = ++list->version;
  guint n_same = 0;
  guint n_same_at_end = 0;
  Change change;
  gboolean is_current;

  ss_sequence_copy (list->items, position, removed, (SsSequenceItem **) old);
  for (guint j = 0; j < added; j++)
    new_items[j].object = g_list_model_get_item (model, position + j);

  while (n_same < MIN (removed, added) && old[n_same]->object == new_items[n_same].object)
    n_same++;
  while (n_same_at_end < MIN (removed, added) - n_same &&
         old[removed - 1 - n_same_at_end]->object == new_items[added - 1 - n_same_at_end].object)
    n_same_at_end++;

  change = (Change) {
    .list = list,
    .position = position + n_same,
    .old = old + n_same,
    .n_old = removed - n_same - n_same_at_end,
    .new_items = new_items + n_same,
    .n_new = added - n_same - n_same_at_end,
  };

  match_items (&change);
  for (guint j = 0; j < change.n_new; j++)
    if (change.new_items[j].node == NULL)
      change.new_items[j].value =
        build_item (&builder, list, change.position + j, change.new_items[j].object,
                    &change.new_items[j].node);

  is_current = ss_track_node_is_live (list) && list->version == version;
  if (is_current && (change.n_old > 0 || change.n_new > 0))
    {
      write_change (&change);
      reorder (&change);
    }

  for (guint j = 0; j < change.n_new; j++)
    {
      if (!is_current && !change.new_items[j].matched)
        ss_track_node_free (change.new_items[j].node);
      ss_value_clear (&change.new_items[j].value);
    }

  /* An item that was reported and stays where it is may have changed without a notification. */
  refresh = refresh && is_current && change.stay == STAY_IN_ORDER;
  for (guint i = 0; refresh && i < removed; i++)
    if (!old[i]->is_dead && ss_track_node_is_live (old[i]))
      ss_track_node_refresh (old[i]);

  for (guint j = 0; j < added; j++)
    g_clear_object (&new_items[j].object);

  return is_current;
}

/* Makes the list equal to its model. */
static void
resync (SsTrackNode *list)
{
  GError *error = NULL;

  for (guint turn = 0; turn < MAX_TURNS; turn++)
    {
      GListModel *model = G_LIST_MODEL (list->object);

      if (!ss_track_node_is_live (list))
        return;

      if (!check_length (model, &error))
        {
          ss_track_fail (list->root->track, g_string_free (ss_track_node_pointer (list), FALSE),
                         error);
          return;
        }

      if (change_range (list, 0, ss_sequence_length (list->items), g_list_model_get_n_items (model),
                        FALSE))
        return;
    }

  if (ss_track_node_is_live (list))
    {
      error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                                   _("The list changes whenever it is looked at"));
      ss_track_fail (list->root->track, g_string_free (ss_track_node_pointer (list), FALSE), error);
    }
}

static void
splice_node (SsTrackNode *list,
             guint        position,
             guint        removed,
             guint        added)
{
  guint length = ss_sequence_length (list->items);
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (list->object));

  /* When a handler before this one has changed the list again, the later change came first, and
   * the one that is reported here does not fit the list as it is. */
  if (position > length || removed > length - position || n_items > MAX_ITEMS || added > n_items ||
      length - removed != n_items - added || !change_range (list, position, removed, added, TRUE))
    resync (list);
}

/* A model may announce a change other than its own. A GtkFlattenListModel that has one store three
 * times announces a new item three times, and has all three at the first; a class of the
 * application may be wrong. After a change, therefore, the items are compared with those of the
 * model, and differences are corrected. */

static SsTrackCheckResult
check_some (SsTrackNode *list,
            gboolean    *is_different)
{
  GListModel *model = G_LIST_MODEL (list->object);
  guint length = ss_sequence_length (list->items);
  guint from = MIN (list->checked, length);
  guint n = MIN (CHECK_ITEMS, length - from);
  g_autofree SsSequenceItem **items = g_new (SsSequenceItem *, MAX (n, 1));
  guint version = list->version;

  *is_different = g_list_model_get_n_items (model) != length;
  if (*is_different)
    return SS_TRACK_CHECK_FINISHED;

  ss_sequence_copy (list->items, from, n, items);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) object = g_list_model_get_item (model, from + i);

      /* Application code has run meanwhile. */
      if (list->is_dead || list->version != version)
        return SS_TRACK_CHECK_CHANGED;

      *is_different = ((SsTrackNode *) items[i])->object != object;
      if (*is_different)
        return SS_TRACK_CHECK_FINISHED;
    }

  list->checked = from + n;
  return list->checked == length ? SS_TRACK_CHECK_FINISHED : SS_TRACK_CHECK_UNFINISHED;
}

static void
forget_check (SsTrackNode *list)
{
  list->is_unchecked = FALSE;
  ss_track_check_remove (list->root->graph->check, list);
}

static SsTrackCheckResult
check (gpointer data)
{
  SsTrackNode *list = data;
  SsTrackCheckResult result;
  gboolean is_different;
  guint version;

  /* A list that is not in the document yet is compared once it is. */
  if (!ss_track_node_is_live (list))
    {
      forget_check (list);
      return SS_TRACK_CHECK_FINISHED;
    }

  result = check_some (list, &is_different);
  if (result != SS_TRACK_CHECK_FINISHED)
    return result;

  forget_check (list);
  if (!is_different)
    return SS_TRACK_CHECK_FINISHED;

  version = list->version + 1;
  resync (list);
  return list->version != version ? SS_TRACK_CHECK_CHANGED : SS_TRACK_CHECK_FINISHED;
}

static void
check_later (SsTrackNode *list)
{
  SsTrackGraph *graph = list->root->graph;

  /* A store announces its changes as they are. */
  if (G_OBJECT_TYPE (list->object) == G_TYPE_LIST_STORE)
    return;

  list->checked = 0;
  if (list->is_unchecked)
    return;

  if (graph->check == NULL)
    graph->check = ss_track_check_new (graph->tracks, check);
  list->is_unchecked = TRUE;
  ss_track_check_add (graph->check, list);
}

static void
refresh (SsTrackNode *list)
{
  check_later (list);
  resync (list);
}

/* When a handler before this one changes the list again, that change is reported first, and the
 * report of the older one says nothing about where things are now. Such an emission is recognised by
 * this: a handler that is connected while it is under way is not called in it. So the one here is
 * connected anew with each change, and where only the other one is called, the list is gone
 * through. */
static void
items_changed_cb (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added,
                  SsSubject  *subject)
{
  SsTracks *tracks = subject->graph->tracks;

  g_signal_handler_disconnect (model, subject->handler);
  subject->handler =
    g_signal_connect (model, "items-changed", G_CALLBACK (items_changed_cb), subject);
  subject->n_open++;

  ss_tracks_enter (tracks);
  for (SsTrackNode *node = subject->nodes; node != NULL; node = node->next)
    if (ss_track_node_is_live (node))
      {
        check_later (node);
        splice_node (node, position, removed, added);
      }
  ss_tracks_leave (tracks);
}

static void
items_changed_after_cb (GListModel *model,
                        guint       position,
                        guint       removed,
                        guint       added,
                        SsSubject  *subject)
{
  SsTracks *tracks = subject->graph->tracks;

  if (subject->n_open > 0)
    {
      subject->n_open--;
      return;
    }

  ss_tracks_enter (tracks);
  for (SsTrackNode *node = subject->nodes; node != NULL; node = node->next)
    if (ss_track_node_is_live (node))
      refresh (node);
  ss_tracks_leave (tracks);
}

static void
connect_items_changed (SsSubject *subject)
{
  subject->handler =
    g_signal_connect (subject->object, "items-changed", G_CALLBACK (items_changed_cb), subject);
  subject->after_handler = g_signal_connect_after (subject->object, "items-changed",
                                                   G_CALLBACK (items_changed_after_cb), subject);
}

const SsTrackNodeKind ss_track_list_node = {
  g_list_model_get_type, prepare, connect_items_changed, read_items, refresh,
};
