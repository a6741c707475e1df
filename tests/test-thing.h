/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A property of each kind. */

typedef struct
{
  int x;
  int y;
} TestPoint;

static inline TestPoint *
test_point_copy (TestPoint *point)
{
  return g_memdup2 (point, sizeof *point);
}

static GType test_point_get_type (void);
G_DEFINE_BOXED_TYPE (TestPoint, test_point, test_point_copy, g_free)

static inline JsonNode *
test_point_serialize (gconstpointer boxed)
{
  const TestPoint *point = boxed;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, point->x);
  json_builder_add_int_value (builder, point->y);
  json_builder_end_array (builder);
  return json_builder_get_root (builder);
}

typedef enum
{
  TEST_COLOUR_RED,
  TEST_COLOUR_LIGHT_BLUE,
} TestColour;

static inline GType
test_colour_get_type (void)
{
  static const GEnumValue values[] = {
    { TEST_COLOUR_RED, "TEST_COLOUR_RED", "red" },
    { TEST_COLOUR_LIGHT_BLUE, "TEST_COLOUR_LIGHT_BLUE", "light-blue" },
    { 0, NULL, NULL },
  };
  static GType type;

  if (type == 0)
    type = g_enum_register_static ("TestColour", values);
  return type;
}

static inline GType
test_days_get_type (void)
{
  static const GFlagsValue values[] = {
    { 1, "TEST_DAYS_SATURDAY", "saturday" },
    { 2, "TEST_DAYS_SUNDAY", "sunday" },
    { 0, NULL, NULL },
  };
  static GType type;

  if (type == 0)
    type = g_flags_register_static ("TestDays", values);
  return type;
}

#define TEST_TYPE_THING (test_thing_get_type ())
G_DECLARE_DERIVABLE_TYPE (TestThing, test_thing, TEST, THING, GObject)

enum
{
  TEST_THING_0,
  TEST_THING_BOOLEAN,
  TEST_THING_CHAR,
  TEST_THING_UCHAR,
  TEST_THING_INT,
  TEST_THING_UINT,
  TEST_THING_LONG,
  TEST_THING_ULONG,
  TEST_THING_INT64,
  TEST_THING_UINT64,
  TEST_THING_FLOAT,
  TEST_THING_DOUBLE,
  TEST_THING_STRING,
  TEST_THING_ENUM,
  TEST_THING_FLAGS,
  TEST_THING_STRV,
  TEST_THING_BYTES,
  TEST_THING_BYTE_ARRAY,
  TEST_THING_DATE_TIME,
  TEST_THING_DATE,
  TEST_THING_URI,
  TEST_THING_VARIANT,
  TEST_THING_TYPE_PROP,
  TEST_THING_NODE,
  TEST_THING_VALUE,
  TEST_THING_TEXT,
  TEST_THING_POINT,
  TEST_THING_FILE,
  TEST_THING_OBJECT,
  TEST_THING_LIST,
  TEST_THING_HIDDEN,
  TEST_THING_N_PROPS
};

struct _TestThingClass
{
  GObjectClass parent_class;
};

typedef struct
{
  GValue values[TEST_THING_N_PROPS];
} TestThingPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (TestThing, test_thing, G_TYPE_OBJECT)

static GParamSpec *test_thing_props[TEST_THING_N_PROPS];

static void
test_thing_finalize (GObject *object)
{
  TestThingPrivate *priv = test_thing_get_instance_private (TEST_THING (object));

  for (guint i = 1; i < TEST_THING_N_PROPS; i++)
    if (G_IS_VALUE (&priv->values[i]))
      g_value_unset (&priv->values[i]);

  G_OBJECT_CLASS (test_thing_parent_class)->finalize (object);
}

static void
test_thing_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  TestThingPrivate *priv = test_thing_get_instance_private (TEST_THING (object));

  if (G_IS_VALUE (&priv->values[prop_id]))
    g_value_copy (&priv->values[prop_id], value);
}

static void
test_thing_set_property (GObject      *object,
                         guint         prop_id,
                         const GValue *value,
                         GParamSpec   *pspec)
{
  TestThingPrivate *priv = test_thing_get_instance_private (TEST_THING (object));

  if (!G_IS_VALUE (&priv->values[prop_id]))
    g_value_init (&priv->values[prop_id], pspec->value_type);
  g_value_copy (value, &priv->values[prop_id]);
}

static void
test_thing_class_init (TestThingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  GParamSpec **props = test_thing_props;

  object_class->finalize = test_thing_finalize;
  object_class->get_property = test_thing_get_property;
  object_class->set_property = test_thing_set_property;

#define SPEC(ID, kind, name, ...) \
  props[TEST_THING_##ID] = g_param_spec_##kind (name, NULL, NULL, __VA_ARGS__, flags)
  SPEC (BOOLEAN, boolean, "a-boolean", FALSE);
  SPEC (CHAR, char, "a-char", G_MININT8, G_MAXINT8, 0);
  SPEC (UCHAR, uchar, "a-uchar", 0, G_MAXUINT8, 0);
  SPEC (INT, int, "an-int", G_MININT, G_MAXINT, 0);
  SPEC (UINT, uint, "a-uint", 0, G_MAXUINT, 0);
  SPEC (LONG, long, "a-long", G_MINLONG, G_MAXLONG, 0);
  SPEC (ULONG, ulong, "a-ulong", 0, G_MAXULONG, 0);
  SPEC (INT64, int64, "an-int64", G_MININT64, G_MAXINT64, 0);
  SPEC (UINT64, uint64, "a-uint64", 0, G_MAXUINT64, 0);
  props[TEST_THING_FLOAT] =
    g_param_spec_float ("a-float", NULL, NULL, -G_MAXFLOAT, G_MAXFLOAT, 0, flags);
  props[TEST_THING_DOUBLE] =
    g_param_spec_double ("a-double", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
  SPEC (STRING, string, "a-string", NULL);
  SPEC (ENUM, enum, "an-enum", test_colour_get_type (), TEST_COLOUR_RED);
  SPEC (FLAGS, flags, "some-flags", test_days_get_type (), 0);
  SPEC (STRV, boxed, "strings", G_TYPE_STRV);
  SPEC (BYTES, boxed, "bytes", G_TYPE_BYTES);
  SPEC (BYTE_ARRAY, boxed, "byte-array", G_TYPE_BYTE_ARRAY);
  SPEC (DATE_TIME, boxed, "date-time", G_TYPE_DATE_TIME);
  SPEC (DATE, boxed, "date", G_TYPE_DATE);
  SPEC (URI, boxed, "uri", G_TYPE_URI);
  SPEC (VARIANT, variant, "a-variant", G_VARIANT_TYPE_ANY, NULL);
  SPEC (TYPE_PROP, gtype, "a-type", G_TYPE_NONE);
  SPEC (NODE, boxed, "node", JSON_TYPE_NODE);
  SPEC (VALUE, boxed, "a-value", G_TYPE_VALUE);
  SPEC (TEXT, boxed, "text", G_TYPE_GSTRING);
  SPEC (POINT, boxed, "point", test_point_get_type ());
  SPEC (FILE, object, "file", G_TYPE_FILE);
  SPEC (OBJECT, object, "object", G_TYPE_OBJECT);
  SPEC (LIST, object, "list", G_TYPE_LIST_MODEL);
#undef SPEC
  props[TEST_THING_HIDDEN] =
    g_param_spec_pointer ("hidden", NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, TEST_THING_N_PROPS, props);

  json_boxed_register_serialize_func (test_point_get_type (), JSON_NODE_ARRAY,
                                      test_point_serialize);
}

static void
test_thing_init (TestThing *self)
{
}

/* The same with properties that JSON knows nothing of. */

#define TEST_TYPE_ODD (test_odd_get_type ())
G_DECLARE_FINAL_TYPE (TestOdd, test_odd, TEST, ODD, GObject)

struct _TestOdd
{
  GObject parent_instance;
  int     n_read;
};

G_DEFINE_FINAL_TYPE (TestOdd, test_odd, G_TYPE_OBJECT)

static void
test_odd_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  TestOdd *self = TEST_ODD (object);

  if (prop_id == 1)
    {
      /* A getter by which the property changes, and which says so: for a while. */
      g_value_set_int (value, self->n_read);
      if (self->n_read < 3)
        {
          self->n_read++;
          g_object_notify (object, "fine");
        }
    }
}

static void
test_odd_class_init (TestOddClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = test_odd_get_property;
  g_object_class_install_property (
    object_class, 1, g_param_spec_int ("fine", NULL, NULL, 0, 10, 0, G_PARAM_READABLE));
  g_object_class_install_property (
    object_class, 2, g_param_spec_pointer ("address", NULL, NULL, G_PARAM_READABLE));
  g_object_class_install_property (
    object_class, 3,
    g_param_spec_boxed ("table", NULL, NULL, G_TYPE_HASH_TABLE, G_PARAM_READABLE));
}

static void
test_odd_init (TestOdd *self)
{
}

/* One that makes its own JSON. */

#define TEST_TYPE_OWN (test_own_get_type ())
G_DECLARE_FINAL_TYPE (TestOwn, test_own, TEST, OWN, TestThing)

struct _TestOwn
{
  TestThing parent_instance;
};

static JsonNode *
test_own_serialize_property (JsonSerializable *serializable,
                             const char       *name,
                             const GValue     *value,
                             GParamSpec       *pspec)
{
  if (g_str_equal (name, "an-int"))
    {
      g_autofree char *text = g_strdup_printf ("<%d>", g_value_get_int (value));

      return g_value_get_int (value) < 0 ? NULL : json_node_init_string (json_node_alloc (), text);
    }

  return NULL;
}

static void
test_own_iface_init (JsonSerializableIface *iface)
{
  iface->serialize_property = test_own_serialize_property;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestOwn, test_own, TEST_TYPE_THING,
                               G_IMPLEMENT_INTERFACE (JSON_TYPE_SERIALIZABLE, test_own_iface_init))

static void
test_own_class_init (TestOwnClass *klass)
{
}

static void
test_own_init (TestOwn *self)
{
}

G_END_DECLS
