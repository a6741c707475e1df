/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A list of objects as a signal: each change of the objects is sent as it is. */

#include <libserver-signal.h>

#define EXAMPLE_TYPE_TASK (example_task_get_type ())
G_DECLARE_FINAL_TYPE (ExampleTask, example_task, EXAMPLE, TASK, GObject)

struct _ExampleTask
{
  GObject  parent_instance;

  char    *title;
  gboolean done;
};

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_DONE,
};

G_DEFINE_FINAL_TYPE (ExampleTask, example_task, G_TYPE_OBJECT)

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

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
example_task_finalize (GObject *object)
{
  g_free (EXAMPLE_TASK (object)->title);

  G_OBJECT_CLASS (example_task_parent_class)->finalize (object);
}

static void
example_task_class_init (ExampleTaskClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = example_task_get_property;
  object_class->set_property = example_task_set_property;
  object_class->finalize = example_task_finalize;
  g_object_class_install_property (object_class, PROP_TITLE,
                                   g_param_spec_string ("title", NULL, NULL, NULL,
                                                        G_PARAM_READWRITE));
  g_object_class_install_property (object_class, PROP_DONE,
                                   g_param_spec_boolean ("done", NULL, NULL, FALSE,
                                                         G_PARAM_READWRITE));
}

static void
example_task_init (ExampleTask *self)
{
}

static ExampleTask *
example_task_new (const char *title)
{
  return g_object_new (EXAMPLE_TYPE_TASK, "title", title, NULL);
}

static void
patched_cb (ServerSignal      *tasks,
            ServerSignalPatch *patch)
{
  g_autofree char *json = server_signal_patch_to_json (patch);

  g_print ("%s\n", json);
}

int
main (void)
{
  g_autoptr (GListStore) store = g_list_store_new (EXAMPLE_TYPE_TASK);
  g_autoptr (ServerSignal) tasks = server_signal_new_for_list ("tasks", G_LIST_MODEL (store), NULL);
  g_autoptr (ExampleTask) milk = example_task_new ("milk");
  g_autoptr (ExampleTask) bread = example_task_new ("bread");
  g_autofree char *json = NULL;

  g_signal_connect (tasks, "patched", G_CALLBACK (patched_cb), NULL);

  g_list_store_append (store, milk);
  g_list_store_insert (store, 0, bread);
  g_object_set (milk, "done", TRUE, NULL);

  g_object_freeze_notify (G_OBJECT (tasks));
  g_object_set (bread, "title", "rye bread", NULL);
  g_list_store_remove (store, 1);
  g_object_thaw_notify (G_OBJECT (tasks));

  json = server_signal_dup_json (tasks, NULL);
  g_print ("%s\n", json);

  return 0;
}
