/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include <gio/gio.h>

#include "ss-object-list.h"

#define STEPS 4000

/* Follows the announcements as a reader does. */
static void
follow_cb (GListModel *model,
           guint       position,
           guint       removed,
           guint       added,
           gpointer    user_data)
{
  GPtrArray *copy = user_data;

  if (removed > 0)
    g_ptr_array_remove_range (copy, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (copy, (int) (position + i), g_list_model_get_item (model, position + i));

  g_assert_cmpuint (copy->len, ==, g_list_model_get_n_items (model));
}

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
check_equal (SsObjectList *list,
             GPtrArray    *copy,
             guint         start)
{
  GListModel *model = G_LIST_MODEL (list);
  guint n;

  g_object_get (list, "n-items", &n, NULL);
  g_assert_cmpuint (n, ==, copy->len);
  g_assert_cmpuint (ss_object_list_get_length (list), ==, copy->len);

  /* Forwards from anywhere, which is where the place of the last read helps, and past the end. */
  for (guint i = start; i <= copy->len; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      g_assert_true (item == (i < copy->len ? g_ptr_array_index (copy, i) : NULL));
    }
}

static void
test_random (void)
{
  g_autoptr (SsObjectList) list = ss_object_list_new (G_TYPE_SIMPLE_ACTION);
  g_autoptr (GPtrArray) copy = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) places = g_ptr_array_new ();
  guint notified = 0;
  guint changes = 0;
  GType type;

  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (list)) == G_TYPE_SIMPLE_ACTION);
  g_object_get (list, "item-type", &type, NULL);
  g_assert_true (type == G_TYPE_SIMPLE_ACTION);

  g_signal_connect (list, "items-changed", G_CALLBACK (follow_cb), copy);
  g_signal_connect_swapped (list, "notify::n-items", G_CALLBACK (count_cb), &notified);

  for (guint i = 0; i < STEPS; i++)
    {
      guint n = places->len;

      if (n == 0 || g_random_int_range (0, 5) < 3)
        {
          g_autoptr (GSimpleAction) item = g_simple_action_new ("item", NULL);
          GSequenceIter *place = NULL;

          ss_object_list_append (list, item, &place);
          g_ptr_array_add (places, place);
          changes++;
        }
      else if (g_random_int_range (0, 500) == 0)
        {
          ss_object_list_clear (list);
          g_ptr_array_set_size (places, 0);
          changes++;
        }
      else
        {
          guint at = (guint) g_random_int_range (0, (int) n);

          ss_object_list_remove (list, g_ptr_array_steal_index (places, at));
          changes++;
        }

      if (i % 16 == 0)
        check_equal (list, copy, (guint) g_random_int_range (0, (int) copy->len + 1));
    }

  check_equal (list, copy, 0);
  g_assert_cmpuint (notified, ==, changes);

  /* An empty one has nothing to tell. */
  ss_object_list_clear (list);
  notified = 0;
  ss_object_list_clear (list);
  g_assert_cmpuint (notified, ==, 0);
  g_assert_cmpuint (copy->len, ==, 0);
}

typedef struct
{
  SsObjectList  *list;
  GSequenceIter *place;
} Hasty;

static void
remove_at_once_cb (GListModel *model,
                   guint       position,
                   guint       removed,
                   guint       added,
                   gpointer    user_data)
{
  Hasty *hasty = user_data;

  if (added > 0)
    ss_object_list_remove (hasty->list, g_steal_pointer (&hasty->place));
}

/* The handler of an addition removes what came, and the item goes. */
static void
test_remove_in_handler (void)
{
  g_autoptr (SsObjectList) list = ss_object_list_new (G_TYPE_SIMPLE_ACTION);
  GSimpleAction *item = g_simple_action_new ("item", NULL);
  Hasty hasty = { list, NULL };

  g_signal_connect (list, "items-changed", G_CALLBACK (remove_at_once_cb), &hasty);
  ss_object_list_append (list, item, &hasty.place);
  g_assert_null (hasty.place);
  g_assert_cmpuint (ss_object_list_get_length (list), ==, 0);
  g_assert_finalize_object (item);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/object-list/random", test_random);
  g_test_add_func ("/object-list/remove-in-handler", test_remove_in_handler);

  return g_test_run ();
}
