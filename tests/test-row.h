/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An item for lists: a number, a text, perhaps another row, perhaps a list of more rows. */

#define TEST_TYPE_ROW (test_row_get_type ())
G_DECLARE_FINAL_TYPE (TestRow, test_row, TEST, ROW, GObject)

struct _TestRow
{
  GObject     parent_instance;
  int         id;
  char       *label;
  GObject    *next;
  GListModel *parts;
};

enum
{
  TEST_ROW_PROP_0,
  TEST_ROW_ID,
  TEST_ROW_LABEL,
  TEST_ROW_NEXT,
  TEST_ROW_PARTS,
  TEST_ROW_N_PROPS
};

static GParamSpec *test_row_props[TEST_ROW_N_PROPS];

G_DEFINE_FINAL_TYPE (TestRow, test_row, G_TYPE_OBJECT)

static void
test_row_finalize (GObject *object)
{
  TestRow *self = TEST_ROW (object);

  g_free (self->label);
  g_clear_object (&self->next);
  g_clear_object (&self->parts);

  G_OBJECT_CLASS (test_row_parent_class)->finalize (object);
}

static void
test_row_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  TestRow *self = TEST_ROW (object);

  switch (prop_id)
    {
    case TEST_ROW_ID:
      g_value_set_int (value, self->id);
      break;
    case TEST_ROW_LABEL:
      g_value_set_string (value, self->label);
      break;
    case TEST_ROW_NEXT:
      g_value_set_object (value, self->next);
      break;
    case TEST_ROW_PARTS:
      g_value_set_object (value, self->parts);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
test_row_set_property (GObject      *object,
                       guint         prop_id,
                       const GValue *value,
                       GParamSpec   *pspec)
{
  TestRow *self = TEST_ROW (object);

  switch (prop_id)
    {
    case TEST_ROW_ID:
      self->id = g_value_get_int (value);
      break;
    case TEST_ROW_LABEL:
      g_free (self->label);
      self->label = g_value_dup_string (value);
      break;
    case TEST_ROW_NEXT:
      g_set_object (&self->next, g_value_get_object (value));
      break;
    case TEST_ROW_PARTS:
      g_set_object (&self->parts, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
test_row_class_init (TestRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = test_row_finalize;
  object_class->get_property = test_row_get_property;
  object_class->set_property = test_row_set_property;

  test_row_props[TEST_ROW_ID] =
    g_param_spec_int ("id", NULL, NULL, G_MININT, G_MAXINT, 0, G_PARAM_READWRITE);
  test_row_props[TEST_ROW_LABEL] =
    g_param_spec_string ("label", NULL, NULL, NULL, G_PARAM_READWRITE);
  test_row_props[TEST_ROW_NEXT] =
    g_param_spec_object ("next", NULL, NULL, TEST_TYPE_ROW, G_PARAM_READWRITE);
  test_row_props[TEST_ROW_PARTS] =
    g_param_spec_object ("parts", NULL, NULL, G_TYPE_LIST_MODEL, G_PARAM_READWRITE);
  g_object_class_install_properties (object_class, TEST_ROW_N_PROPS, test_row_props);
}

static void
test_row_init (TestRow *self)
{
}

static inline TestRow *
test_row_new (int         id,
              const char *label)
{
  return g_object_new (TEST_TYPE_ROW, "id", id, "label", label, NULL);
}

G_END_DECLS
