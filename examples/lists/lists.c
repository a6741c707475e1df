/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A list of a signal as a list model. */

#include <libserver-signal.h>

#define EXAMPLE_TYPE_TASK (example_task_get_type ())
G_DECLARE_FINAL_TYPE (ExampleTask, example_task, EXAMPLE, TASK, GObject)

struct _ExampleTask
{
  GObject  parent_instance;
  char    *title;
  gboolean done;
  int      effort;
};

G_DEFINE_FINAL_TYPE (ExampleTask, example_task, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_DONE,
  PROP_EFFORT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
example_task_finalize (GObject *object)
{
  g_free (EXAMPLE_TASK (object)->title);
  G_OBJECT_CLASS (example_task_parent_class)->finalize (object);
}

static void
example_task_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  ExampleTask *self = EXAMPLE_TASK (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_DONE:
      g_value_set_boolean (value, self->done);
      break;
    case PROP_EFFORT:
      g_value_set_int (value, self->effort);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
example_task_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  ExampleTask *self = EXAMPLE_TASK (object);

  switch (prop_id)
    {
    case PROP_TITLE:
      g_free (self->title);
      self->title = g_value_dup_string (value);
      break;
    case PROP_DONE:
      self->done = g_value_get_boolean (value);
      break;
    case PROP_EFFORT:
      self->effort = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
example_task_class_init (ExampleTaskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = example_task_finalize;
  object_class->get_property = example_task_get_property;
  object_class->set_property = example_task_set_property;

  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READWRITE);
  props[PROP_DONE] = g_param_spec_boolean ("done", NULL, NULL, FALSE, G_PARAM_READWRITE);
  props[PROP_EFFORT] = g_param_spec_int ("effort", NULL, NULL, 1, 5, 1, G_PARAM_READWRITE);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
example_task_init (ExampleTask *self)
{
  self->effort = 1;
}

static void
items_changed_cb (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added)
{
  g_print ("at %u: %u went, %u came\n", position, removed, added);
}

static void
notify_done_cb (ExampleTask *task)
{
  g_print ("%s: %s\n", task->title, task->done ? "done" : "to be done");
}

int
main (void)
{
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignalList) tasks = NULL;
  g_autoptr (ServerSignalList) views = NULL;
  g_autoptr (ServerSignalView) view = NULL;
  g_autoptr (ExampleTask) first = NULL;
  g_autoptr (ExampleTask) last = NULL;
  g_autoptr (JsonNode) shop = json_from_string ("{\"title\": \"Shop\"}", NULL);
  g_autoptr (JsonNode) value = NULL;

  signal = server_signal_new_from_json ("tasks",
                                        "{\"tasks\": ["
                                        "{\"title\": \"Wash up\", \"effort\": 2},"
                                        "{\"title\": \"Sweep\"}]}",
                                        NULL);

  tasks = server_signal_list_new (signal, "/tasks", EXAMPLE_TYPE_TASK);
  g_signal_connect (tasks, "items-changed", G_CALLBACK (items_changed_cb), NULL);
  first = g_list_model_get_item (G_LIST_MODEL (tasks), 0);
  g_signal_connect (first, "notify::done", G_CALLBACK (notify_done_cb), NULL);

  server_signal_set_boolean (signal, "/tasks/0/done", TRUE, NULL);
  server_signal_insert_value (signal, "/tasks/0", shop, NULL);
  server_signal_move (signal, "/tasks/1", "/tasks/2", NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (tasks)); i++)
    {
      g_autoptr (ExampleTask) task = g_list_model_get_item (G_LIST_MODEL (tasks), i);

      g_print ("%s%s", i > 0 ? ", " : "", task->title);
    }
  last = g_list_model_get_item (G_LIST_MODEL (tasks), 2);
  g_print ("\n%s takes %d of 5\n", last->title, last->effort);

  /* Without a class the items are views, which go where their elements go. */
  views = server_signal_list_new (signal, "/tasks", G_TYPE_NONE);
  view = g_list_model_get_item (G_LIST_MODEL (views), 2);
  server_signal_remove (signal, "/tasks/0", NULL);
  value = server_signal_view_dup_value (view);
  g_print ("%s: %s\n", server_signal_view_get_pointer (view),
           json_object_get_string_member (json_node_get_object (value), "title"));

  return 0;
}
