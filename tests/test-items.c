/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-list-model.h"

#include <gio/gio.h>

#include "json/ss-gvariant-from-json.h"

/* Items: the conversion of JSON to properties of each type, and its limits. */

typedef enum
{
  TEST_COLOR_RED = 1,
  TEST_COLOR_DARK_BLUE = 5,
} TestColor;

typedef enum
{
  TEST_SIDES_NONE = 0,
  TEST_SIDES_LEFT = 1 << 0,
  TEST_SIDES_RIGHT = 1 << 2,
} TestSides;

static GType
test_color_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    {
      static const GEnumValue values[] = {
        { TEST_COLOR_RED, "TEST_COLOR_RED", "red" },
        { TEST_COLOR_DARK_BLUE, "TEST_COLOR_DARK_BLUE", "dark-blue" },
        { 0, NULL, NULL },
      };

      g_once_init_leave (&type, g_enum_register_static ("TestColor", values));
    }

  return type;
}

static GType
test_sides_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    {
      static const GFlagsValue values[] = {
        { TEST_SIDES_NONE, "TEST_SIDES_NONE", "none" },
        { TEST_SIDES_LEFT, "TEST_SIDES_LEFT", "left" },
        { TEST_SIDES_RIGHT, "TEST_SIDES_RIGHT", "right" },
        { 0, NULL, NULL },
      };

      g_once_init_leave (&type, g_flags_register_static ("TestSides", values));
    }

  return type;
}

/* A boxed type that json-glib knows of because somebody has told it. */

typedef struct
{
  int x, y;
} TestPoint;

static TestPoint *
test_point_copy (const TestPoint *point)
{
  return g_memdup2 (point, sizeof *point);
}

GType test_point_get_type (void);

G_DEFINE_BOXED_TYPE (TestPoint, test_point, test_point_copy, g_free)

static gpointer
test_point_from_json (JsonNode *node)
{
  JsonObject *object = json_node_get_object (node);
  TestPoint *point = g_new0 (TestPoint, 1);

  point->x = (int) json_object_get_int_member_with_default (object, "x", 0);
  point->y = (int) json_object_get_int_member_with_default (object, "y", 0);
  return point;
}

/* A class that keeps one value of each type: whatever is set can be read. */

#define TEST_TYPE_THING (test_thing_get_type ())
G_DECLARE_FINAL_TYPE (TestThing, test_thing, TEST, THING, GObject)

enum
{
  THING_BOOLEAN = 1,
  THING_CHAR,
  THING_UCHAR,
  THING_INT,
  THING_SMALL,
  THING_UINT,
  THING_LONG,
  THING_INT64,
  THING_UINT64,
  THING_FLOAT,
  THING_DOUBLE,
  THING_STRING,
  THING_COLOR,
  THING_SIDES,
  THING_STRV,
  THING_BYTES,
  THING_DATE_TIME,
  THING_DATE,
  THING_URI,
  THING_POINT,
  THING_NODE,
  THING_VARIANT,
  THING_STRINGS_VARIANT,
  THING_GTYPE,
  THING_FILE,
  THING_ROW,
  THING_KEEPS_ROW,
  THING_ROWS,
  THING_FIXED,
  THING_WRITE_ONLY,
  THING_READ_ONLY,
  N_THING_PROPS
};

static GParamSpec *thing_props[N_THING_PROPS];

struct _TestThing
{
  GObject     parent_instance;
  GValue      values[N_THING_PROPS];
  guint       n_sets[N_THING_PROPS];
};

G_DEFINE_FINAL_TYPE (TestThing, test_thing, G_TYPE_OBJECT)

static void
test_thing_set_property (GObject      *object,
                         guint         prop_id,
                         const GValue *value,
                         GParamSpec   *pspec)
{
  TestThing *self = TEST_THING (object);

  self->n_sets[prop_id]++;
  g_value_copy (value, &self->values[prop_id]);
}

static void
test_thing_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  g_value_copy (&TEST_THING (object)->values[prop_id], value);
}

static void
test_thing_finalize (GObject *object)
{
  for (guint i = 1; i < N_THING_PROPS; i++)
    g_value_unset (&TEST_THING (object)->values[i]);

  G_OBJECT_CLASS (test_thing_parent_class)->finalize (object);
}

static void
test_thing_class_init (TestThingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags rw = G_PARAM_READWRITE;
  GParamSpec **p = thing_props;

  object_class->set_property = test_thing_set_property;
  object_class->get_property = test_thing_get_property;
  object_class->finalize = test_thing_finalize;

  p[THING_BOOLEAN] = g_param_spec_boolean ("boolean", NULL, NULL, TRUE, rw);
  p[THING_CHAR] = g_param_spec_char ("char", NULL, NULL, -100, 100, 1, rw);
  p[THING_UCHAR] = g_param_spec_uchar ("uchar", NULL, NULL, 0, 255, 2, rw);
  p[THING_INT] = g_param_spec_int ("int", NULL, NULL, G_MININT, G_MAXINT, 3, rw);
  p[THING_SMALL] = g_param_spec_int ("small-int", NULL, NULL, -5, 5, 4, rw);
  p[THING_UINT] = g_param_spec_uint ("uint", NULL, NULL, 0, G_MAXUINT, 5, rw);
  p[THING_LONG] = g_param_spec_long ("long", NULL, NULL, G_MINLONG, G_MAXLONG, 6, rw);
  p[THING_INT64] = g_param_spec_int64 ("int64", NULL, NULL, G_MININT64, G_MAXINT64, 7, rw);
  p[THING_UINT64] = g_param_spec_uint64 ("uint64", NULL, NULL, 0, G_MAXUINT64, 8, rw);
  p[THING_FLOAT] = g_param_spec_float ("float", NULL, NULL, -G_MAXFLOAT, G_MAXFLOAT, 0.5f, rw);
  p[THING_DOUBLE] = g_param_spec_double ("double", NULL, NULL, -1e10, 1e10, 0.25, rw);
  p[THING_STRING] = g_param_spec_string ("string", NULL, NULL, "default", rw);
  p[THING_COLOR] =
    g_param_spec_enum ("color", NULL, NULL, test_color_get_type (), TEST_COLOR_RED, rw);
  p[THING_SIDES] =
    g_param_spec_flags ("sides", NULL, NULL, test_sides_get_type (), TEST_SIDES_LEFT, rw);
  p[THING_STRV] = g_param_spec_boxed ("strv", NULL, NULL, G_TYPE_STRV, rw);
  p[THING_BYTES] = g_param_spec_boxed ("bytes", NULL, NULL, G_TYPE_BYTES, rw);
  p[THING_DATE_TIME] = g_param_spec_boxed ("date-time", NULL, NULL, G_TYPE_DATE_TIME, rw);
  p[THING_DATE] = g_param_spec_boxed ("date", NULL, NULL, G_TYPE_DATE, rw);
  p[THING_URI] = g_param_spec_boxed ("uri", NULL, NULL, G_TYPE_URI, rw);
  p[THING_POINT] = g_param_spec_boxed ("point", NULL, NULL, test_point_get_type (), rw);
  p[THING_NODE] = g_param_spec_boxed ("node", NULL, NULL, JSON_TYPE_NODE, rw);
  p[THING_VARIANT] = g_param_spec_variant ("variant", NULL, NULL, G_VARIANT_TYPE_ANY, NULL, rw);
  p[THING_STRINGS_VARIANT] =
    g_param_spec_variant ("strings-variant", NULL, NULL, G_VARIANT_TYPE ("a{su}"), NULL, rw);
  p[THING_GTYPE] = g_param_spec_gtype ("gtype", NULL, NULL, G_TYPE_NONE, rw);
  p[THING_FILE] = g_param_spec_object ("file", NULL, NULL, G_TYPE_FILE, rw);
  p[THING_ROW] = g_param_spec_object ("row", NULL, NULL, TEST_TYPE_ROW, rw);
  p[THING_KEEPS_ROW] =
    g_param_spec_object ("kept-row", NULL, NULL, TEST_TYPE_ROW, G_PARAM_READABLE);
  p[THING_ROWS] = g_param_spec_object ("rows", NULL, NULL, G_TYPE_LIST_MODEL, G_PARAM_READABLE);
  p[THING_FIXED] = g_param_spec_int ("fixed", NULL, NULL, 0, 100, 9, rw | G_PARAM_CONSTRUCT_ONLY);
  p[THING_WRITE_ONLY] = g_param_spec_int ("write-only", NULL, NULL, 0, 100, 9, G_PARAM_WRITABLE);
  p[THING_READ_ONLY] = g_param_spec_int ("read-only", NULL, NULL, 0, 100, 9, G_PARAM_READABLE);

  g_object_class_install_properties (object_class, N_THING_PROPS, thing_props);
}

static void
test_thing_init (TestThing *self)
{
  for (guint i = 1; i < N_THING_PROPS; i++)
    {
      g_value_init (&self->values[i], thing_props[i]->value_type);
      g_param_value_set_default (thing_props[i], &self->values[i]);
    }

  g_value_take_object (&self->values[THING_KEEPS_ROW], g_object_new (TEST_TYPE_ROW, NULL));
  g_value_take_object (&self->values[THING_ROWS], g_list_store_new (TEST_TYPE_ROW));
}

static void
strv_from (const GValue *value,
           GValue       *text)
{
  char **strv = g_value_get_boxed (value);

  g_value_take_string (text, strv != NULL ? g_strjoinv (",", strv) : g_strdup ("none"));
}

/* The value of a property as text. */
static char *
show (TestThing *thing,
      guint      prop_id)
{
  const GValue *value = &thing->values[prop_id];
  gpointer boxed = G_VALUE_HOLDS_BOXED (value) ? g_value_get_boxed (value) : NULL;
  g_auto (GValue) text = G_VALUE_INIT;

  switch (prop_id)
    {
    case THING_STRING:
      return g_value_get_string (value) != NULL ? g_value_dup_string (value) : g_strdup ("NULL");

    case THING_STRV:
      g_value_init (&text, G_TYPE_STRING);
      strv_from (value, &text);
      return g_value_dup_string (&text);

    case THING_BYTES:
      return boxed != NULL ? g_strndup (g_bytes_get_data (boxed, NULL), g_bytes_get_size (boxed))
                           : g_strdup ("NULL");

    case THING_DATE_TIME:
      return boxed != NULL ? g_date_time_format_iso8601 (boxed) : g_strdup ("NULL");

    case THING_DATE:
      return boxed != NULL ? g_strdup_printf ("%u/%u/%u", g_date_get_day (boxed),
                                              g_date_get_month (boxed), g_date_get_year (boxed))
                           : g_strdup ("NULL");

    case THING_URI:
      return boxed != NULL ? g_strdup (g_uri_get_host (boxed)) : g_strdup ("NULL");

    case THING_POINT:
      return boxed != NULL
               ? g_strdup_printf ("%d,%d", ((TestPoint *) boxed)->x, ((TestPoint *) boxed)->y)
               : g_strdup ("NULL");

    case THING_NODE:
      return boxed != NULL ? json_to_string (boxed, FALSE) : g_strdup ("NULL");

    case THING_VARIANT:
    case THING_STRINGS_VARIANT:
      return g_value_get_variant (value) != NULL
               ? g_variant_print (g_value_get_variant (value), TRUE)
               : g_strdup ("NULL");

    case THING_FILE:
      return g_value_get_object (value) != NULL ? g_file_get_uri (g_value_get_object (value))
                                                : g_strdup ("NULL");

    case THING_GTYPE:
      return g_strdup (g_type_name (g_value_get_gtype (value)));

    default:
      g_value_init (&text, G_TYPE_STRING);
      g_value_transform (value, &text);
      return g_value_dup_string (&text);
    }
}

/* The property that a member makes. The default of the property stands for a member that does not
 * fit. */
static void
test_types (void)
{
  static const struct
  {
    guint prop_id;
    const char *json;
    const char *shown;
  } cases[] = {
    { THING_BOOLEAN, "false", "FALSE" },
    { THING_BOOLEAN, "0", "TRUE" },
    { THING_BOOLEAN, "'false'", "TRUE" },
    { THING_BOOLEAN, "null", "TRUE" },
    { THING_CHAR, "-7", "-7" },
    { THING_CHAR, "127", "100" },
    { THING_CHAR, "1000", "100" },
    { THING_CHAR, "-1000", "-100" },
    { THING_UCHAR, "255", "255" },
    { THING_UCHAR, "256", "255" },
    { THING_UCHAR, "-1", "0" },
    { THING_INT, "-2147483648", "-2147483648" },
    { THING_INT, "2147483648", "2147483647" },
    { THING_INT, "2.9", "2" },
    { THING_INT, "-2.9", "-2" },
    { THING_INT, "1e300", "2147483647" },
    { THING_INT, "-1e300", "-2147483648" },
    { THING_INT, "'3'", "3" },
    { THING_INT, "'4'", "3" },
    { THING_INT, "true", "3" },
    { THING_INT, "[]", "3" },
    { THING_INT, "{}", "3" },
    { THING_INT, "null", "3" },
    { THING_SMALL, "6", "5" },
    { THING_SMALL, "-6", "-5" },
    { THING_UINT, "4294967295", "4294967295" },
    { THING_UINT, "4294967296", "4294967295" },
    { THING_UINT, "-1", "0" },
    { THING_LONG, "-9223372036854775808", "-9223372036854775808" },
    { THING_INT64, "9223372036854775807", "9223372036854775807" },
    { THING_INT64, "1e19", "9223372036854775807" },
    { THING_UINT64, "9223372036854775807", "9223372036854775807" },
    { THING_UINT64, "1e19", "10000000000000000000" },
    { THING_UINT64, "1e30", "18446744073709551615" },
    { THING_UINT64, "-1", "0" },
    { THING_UINT64, "-1.5", "0" },
    { THING_UINT64, "'18446744073709551615'", "18446744073709551615" },
    { THING_UINT64, "'18446744073709551616'", "8" },
    { THING_UINT64, "'x'", "8" },
    { THING_FLOAT, "1.5", "1.500000" },
    { THING_FLOAT, "3", "3.000000" },
    { THING_DOUBLE, "-2", "-2.000000" },
    { THING_DOUBLE, "1e300", "10000000000.000000" },
    { THING_DOUBLE, "'1'", "0.250000" },
    { THING_STRING, "'x'", "x" },
    { THING_STRING, "null", "NULL" },
    { THING_STRING, "1", "default" },
    { THING_COLOR, "'dark-blue'", "TEST_COLOR_DARK_BLUE" },
    { THING_COLOR, "5", "TEST_COLOR_DARK_BLUE" },
    { THING_COLOR, "'green'", "TEST_COLOR_RED" },
    { THING_COLOR, "4", "TEST_COLOR_RED" },
    { THING_COLOR, "4294967301", "TEST_COLOR_RED" },
    { THING_COLOR, "null", "TEST_COLOR_RED" },
    { THING_SIDES, "['left','right']", "TEST_SIDES_LEFT | TEST_SIDES_RIGHT" },
    { THING_SIDES, "[]", "TEST_SIDES_NONE" },
    { THING_SIDES, "'right'", "TEST_SIDES_RIGHT" },
    { THING_SIDES, "4", "TEST_SIDES_RIGHT" },
    { THING_SIDES, "2", "TEST_SIDES_LEFT" },
    { THING_SIDES, "['right','up']", "TEST_SIDES_LEFT" },
    { THING_SIDES, "['right',1]", "TEST_SIDES_LEFT | TEST_SIDES_RIGHT" },
    { THING_STRV, "['a','b']", "a,b" },
    { THING_STRV, "[]", "" },
    { THING_STRV, "null", "none" },
    { THING_STRV, "['a',1]", "none" },
    { THING_STRV, "'a'", "none" },
    { THING_BYTES, "'aGVsbG8='", "hello" },
    { THING_BYTES, "''", "" },
    { THING_BYTES, "'aGVsbG8'", "NULL" },
    { THING_BYTES, "'a-VsbG8='", "NULL" },
    { THING_BYTES, "[1]", "NULL" },
    { THING_DATE_TIME, "'2026-11-26T15:04:05+01:00'", "2026-11-26T15:04:05+01" },
    { THING_DATE_TIME, "'2026-11-26T15:04:05'", "2026-11-26T15:04:05Z" },
    { THING_DATE_TIME, "'yesterday'", "NULL" },
    { THING_DATE_TIME, "null", "NULL" },
    { THING_DATE, "'2026-11-26'", "26/11/2026" },
    { THING_DATE, "'2026-02-30'", "NULL" },
    { THING_DATE, "'2026-11-26 '", "NULL" },
    { THING_DATE, "'26-11-26'", "NULL" },
    { THING_URI, "'http://example.org/x'", "example.org" },
    { THING_URI, "':'", "NULL" },
    { THING_POINT, "{'x':3,'y':4}", "3,4" },
    { THING_POINT, "[3,4]", "NULL" },
    { THING_POINT, "null", "NULL" },
    { THING_NODE, "{'x':[1,2.5,null]}", "{\"x\":[1,2.5,null]}" },
    { THING_NODE, "null", "null" },
    { THING_VARIANT, "['a',1]", "[<'a'>, <int64 1>]" },
    { THING_VARIANT, "7", "int64 7" },
    { THING_VARIANT, "null", "NULL" },
    { THING_STRINGS_VARIANT, "{'a':1}", "{'a': uint32 1}" },
    { THING_STRINGS_VARIANT, "{'a':'x'}", "NULL" },
    { THING_STRINGS_VARIANT, "[1]", "NULL" },
    { THING_GTYPE, "'GObject'", "GObject" },
    { THING_GTYPE, "'NoSuchType'", "void" },
    { THING_FILE, "'file:///tmp/x'", "file:///tmp/x" },
    { THING_FILE, "7", "NULL" },
  };

  g_type_class_unref (g_type_class_ref (TEST_TYPE_THING));
  json_boxed_register_deserialize_func (test_point_get_type (), JSON_NODE_OBJECT,
                                        test_point_from_json);

  /* Made of it, and set to it. */
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *name = g_param_spec_get_name (thing_props[cases[i].prop_id]);
      g_autofree char *json = g_strdup_printf ("[{'%s':%s}]", name, cases[i].json);
      g_autofree char *pointer = g_strdup_printf ("/0/%s", name);
      ServerSignal *signal = signal_of (json);
      ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_THING);
      ServerSignal *later = signal_of ("[{}]");
      ServerSignalList *later_list = server_signal_list_new (later, NULL, TEST_TYPE_THING);
      g_autofree char *made = show ((TestThing *) item_at (list, 0), cases[i].prop_id);
      g_autofree char *set = NULL;
      g_autofree char *removed = NULL;
      g_autofree char *standard = NULL;
      g_autofree char *patch = NULL;
      TestThing *thing;
      guint n_sets;

      g_test_message ("%s: %s", name, cases[i].json);
      g_assert_cmpstr (made, ==, cases[i].shown);

      thing = (TestThing *) item_at (later_list, 0);
      standard = show (thing, cases[i].prop_id);
      set_json (later, pointer, cases[i].json);
      set = show (thing, cases[i].prop_id);
      g_assert_cmpstr (set, ==, cases[i].shown);
      n_sets = thing->n_sets[cases[i].prop_id];
      if (g_str_equal (set, standard))
        g_assert_cmpuint (n_sets, ==, 0);
      else
        g_assert_cmpuint (n_sets, ==, 1);

      /* The same again, by a replacement of the element, sets nothing. */
      patch = g_strdup_printf ("[{'op':'replace','path':'/0','value':{'other':1,'%s':%s}}]", name,
                               cases[i].json);
      patch_json (later, patch);
      /* Of a boxed type that only comes from JSON nobody can tell whether two are equal. */
      if (cases[i].prop_id != THING_POINT)
        g_assert_cmpuint (thing->n_sets[cases[i].prop_id], ==, n_sets);

      g_assert_true (server_signal_remove (later, pointer, NULL));
      removed = show (thing, cases[i].prop_id);
      g_assert_cmpstr (removed, ==, standard);

      g_assert_finalize_object (list);
      g_assert_finalize_object (signal);
      g_assert_finalize_object (later_list);
      g_assert_finalize_object (later);
    }
}

/* Variants of each kind: what does not fit is no variant. */
static void
test_variants (void)
{
  static const struct
  {
    const char *type;
    const char *json;
    const char *printed;
  } cases[] = {
    { "b", "true", "true" },
    { "b", "1", NULL },
    { "y", "255", "byte 0xff" },
    { "y", "256", NULL },
    { "n", "-32768", "int16 -32768" },
    { "n", "32768", NULL },
    { "q", "65535", "uint16 65535" },
    { "q", "-1", NULL },
    { "i", "-2147483648", "-2147483648" },
    { "i", "2147483648", NULL },
    { "i", "1.0", NULL },
    { "u", "4294967295", "uint32 4294967295" },
    { "x", "9223372036854775807", "int64 9223372036854775807" },
    { "t", "9223372036854775807", "uint64 9223372036854775807" },
    { "t", "-1", NULL },
    { "h", "3", "handle 3" },
    { "d", "1", "1.0" },
    { "d", "2.5", "2.5" },
    { "d", "'2.5'", NULL },
    { "s", "'x'", "'x'" },
    { "s", "null", NULL },
    { "o", "'/a/b'", "objectpath '/a/b'" },
    { "o", "'a'", NULL },
    { "g", "'a{sv}'", "signature 'a{sv}'" },
    { "g", "'!'", NULL },
    { "v", "[1,null,{'a':2.5}]", "<[<int64 1>, <@mv nothing>, <{'a': <2.5>}>]>" },
    { "ms", "null", "@ms nothing" },
    { "ms", "'x'", "@ms 'x'" },
    { "ms", "1", NULL },
    { "as", "[]", "@as []" },
    { "as", "['a','b']", "['a', 'b']" },
    { "as", "['a',1]", NULL },
    { "as", "{'a':'b'}", NULL },
    { "a{sv}", "{'a':1,'b':[true]}", "{'a': <int64 1>, 'b': <[<true>]>}" },
    { "a{sv}", "[]", NULL },
    { "a{is}", "{'-3':'x'}", "{-3: 'x'}" },
    { "a{is}", "{'3x':'x'}", NULL },
    { "a{ys}", "{'300':'x'}", NULL },
    { "a{bs}", "{'true':'x'}", "{true: 'x'}" },
    { "a{bs}", "{'yes':'x'}", NULL },
    { "a{ds}", "{'2.5':'x'}", "{2.5: 'x'}" },
    { "a{ds}", "{'':'x'}", NULL },
    { "{si}", "{'a':1}", "{'a', 1}" },
    { "{si}", "{'a':1,'b':2}", NULL },
    { "(si)", "['a',1]", "('a', 1)" },
    { "(si)", "['a']", NULL },
    { "(si)", "['a',1,2]", NULL },
    { "()", "[]", "()" },
    { "()", "[1]", NULL },
    { "a(sai)", "[['a',[1,2]],['b',[]]]", "[('a', [1, 2]), ('b', [])]" },
    { "a(sai)", "[['a',[1,'x']]]", NULL },
    { NULL, "{'a':null}", "{'a': <@mv nothing>}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ServerSignal *signal = signal_of (cases[i].json);
      g_autoptr (GVariant) variant =
        ss_gvariant_from_json (ss_signal_peek (signal),
                               cases[i].type != NULL ? G_VARIANT_TYPE (cases[i].type) : NULL);
      g_autofree char *printed = NULL;

      g_test_message ("%s: %s", cases[i].type, cases[i].json);
      if (variant != NULL)
        {
          g_variant_ref_sink (variant);
          printed = g_variant_print (variant, TRUE);
        }
      g_assert_cmpstr (printed, ==, cases[i].printed);

      g_assert_finalize_object (signal);
    }
}

/* Numbers that differ are different, however small they are. */
static void
test_tiny_numbers (void)
{
  static const char *const numbers[] = {
    "6.62607e-34",
    "9.10938e-31",
    "-9.10938e-31",
    "1e-45",
    "0.0",
    "-0.0",
    "0",
    "1e-37",
    "1.00000008e-37",
    "1.0",
    "1.0000001",
    "1.000000000000001",
    "1.0000000000000002",
    "4.9e-324",
    "2e-100",
    "3e-100",
  };
  ServerSignal *signal = signal_of ("[{'float':1,'double':1}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_THING);
  TestThing *thing = (TestThing *) item_at (list, 0);

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      double wanted = g_ascii_strtod (numbers[i], NULL);
      float wanted_float = (float) wanted;
      float now_float;
      double now;

      set_json (signal, "/0/float", numbers[i]);
      set_json (signal, "/0/double", numbers[i]);
      now_float = g_value_get_float (&thing->values[THING_FLOAT]);
      now = g_value_get_double (&thing->values[THING_DOUBLE]);
      g_assert_cmpmem (&now_float, sizeof now_float, &wanted_float, sizeof wanted_float);
      g_assert_cmpmem (&now, sizeof now, &wanted, sizeof wanted);
    }

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

static void
test_names (void)
{
  ServerSignal *signal = signal_of (
    "[{'small_int':2,'date_time':'2026-01-02T03:04:05Z','nothing':1,'read-only':5,'int':1},"
    "{'small-int':1,'small_int':2}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_THING);
  TestThing *thing = (TestThing *) item_at (list, 0);

  g_assert_cmpint (g_value_get_int (&thing->values[THING_SMALL]), ==, 2);
  g_assert_nonnull (g_value_get_boxed (&thing->values[THING_DATE_TIME]));
  g_assert_cmpint (g_value_get_int (&thing->values[THING_READ_ONLY]), ==, 9);
  set_json (signal, "/0/small_int", "3");
  g_assert_cmpint (g_value_get_int (&thing->values[THING_SMALL]), ==, 3);
  set_json (signal, "/0/read-only", "6");
  set_json (signal, "/0/nothing", "6");
  set_json (signal, "/0/write-only", "6");
  g_assert_cmpint (g_value_get_int (&thing->values[THING_WRITE_ONLY]), ==, 6);
  g_assert_cmpint (g_value_get_int (&((TestThing *) item_at (list, 1))->values[THING_SMALL]), ==,
                   1);

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Objects in objects. */
static void
test_nested (void)
{
  ServerSignal *signal =
    signal_of ("[{'row':{'name':'a','count':1},'kept-row':{'name':'k'},"
               "'rows':[{'name':'x'},{'name':'y'}]},{'row':null,'kept-row':3}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_THING);
  TestThing *thing = (TestThing *) item_at (list, 0);
  TestRow *row = g_value_get_object (&thing->values[THING_ROW]);
  TestRow *kept = g_value_get_object (&thing->values[THING_KEEPS_ROW]);
  GListModel *rows = g_value_get_object (&thing->values[THING_ROWS]);
  GObject *y = item_at (rows, 1);
  Shadow *shadow = shadow_new (rows);
  guint n_sets;

  g_assert_cmpstr (row->name, ==, "a");
  g_assert_cmpstr (kept->name, ==, "k");
  assert_names (rows, "xy");
  g_assert_null (g_value_get_object (&((TestThing *) item_at (list, 1))->values[THING_ROW]));
  g_assert_true (
    TEST_IS_ROW (g_value_get_object (&((TestThing *) item_at (list, 1))->values[THING_KEEPS_ROW])));

  /* They stay, and their changes are set. */
  n_sets = row->n_sets;
  set_json (signal, "/0/row/name", "'b'");
  g_assert_true (row == g_value_get_object (&thing->values[THING_ROW]));
  g_assert_cmpstr (row->name, ==, "b");
  g_assert_cmpuint (row->n_sets, ==, n_sets + 1);
  set_json (signal, "/0/row", "{'name':'c','count':1,'open':true}");
  g_assert_true (row == g_value_get_object (&thing->values[THING_ROW]));
  g_assert_cmpstr (row->name, ==, "c");
  g_assert_true (row->is_open);
  set_json (signal, "/0/kept-row/name", "'l'");
  g_assert_cmpstr (kept->name, ==, "l");
  g_assert_true (server_signal_remove (signal, "/0/row/name", NULL));
  g_assert_cmpstr (row->name, ==, "?");
  set_json (signal, "/0/row", "null");
  g_assert_null (g_value_get_object (&thing->values[THING_ROW]));
  set_json (signal, "/0/row", "{'name':'d'}");
  g_assert_cmpstr (((TestRow *) g_value_get_object (&thing->values[THING_ROW]))->name, ==, "d");

  set_json (signal, "/0/rows/1/name", "'Y'");
  g_assert_cmpstr (((TestRow *) y)->name, ==, "Y");
  assert_shadow (shadow, "");
  set_json (signal, "/0/rows/-", "{'name':'z'}");
  assert_shadow (shadow, "+1@2");
  patch_json (signal, "[{'op':'add','path':'/0/rows/0','value':{'name':'w'}}]");
  assert_shadow (shadow, "+1@0");
  g_assert_true (item_at (rows, 2) == y);
  patch_json (
    signal,
    "[{'op':'remove','path':'/0/rows/1'},{'op':'replace','path':'/0/rows/0/name','value':'W'}]");
  assert_names (rows, "WYz");
  {
    GObject *w = item_at (rows, 0), *z = item_at (rows, 2);

    patch_json (signal, "[{'op':'add','path':'/0/rows/1','value':{'name':'n'}}]");
    assert_names (rows, "WnYz");
    g_assert_true (item_at (rows, 0) == w);
    g_assert_true (item_at (rows, 2) == y);
    g_assert_true (item_at (rows, 3) == z);
  }
  g_assert_true (server_signal_remove (signal, "/0/rows", NULL));
  assert_names (rows, "");

  shadow_free (shadow);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* A property that can only be set while an object is made asks for another object. */
static void
test_construct_only (void)
{
  ServerSignal *signal = signal_of ("[{'fixed':1,'int':1},{'fixed':2,'int':2}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_THING);
  Shadow *shadow = shadow_new (list);
  TestThing *first = (TestThing *) item_at (list, 0);

  g_assert_cmpint (g_value_get_int (&first->values[THING_FIXED]), ==, 1);
  set_json (signal, "/0/int", "5");
  assert_shadow (shadow, "");
  set_json (signal, "/1/fixed", "3");
  assert_shadow (shadow, "=1@1");
  g_assert_cmpint (g_value_get_int (&((TestThing *) item_at (list, 1))->values[THING_FIXED]), ==,
                   3);
  patch_json (
    signal,
    "[{'op':'replace','path':'/1','value':{'fixed':4,'int':4}},{'op':'add','path':'/0','value':{}}]");
  assert_shadow (shadow, "+1@0 =1@2");
  g_assert_cmpint (g_value_get_int (&((TestThing *) item_at (list, 2))->values[THING_FIXED]), ==,
                   4);
  g_assert_true (item_at (list, 1) == (gpointer) first);

  shadow_free (shadow);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Elements that are no objects. */

#define TEST_TYPE_SCALAR (test_scalar_get_type ())
G_DECLARE_FINAL_TYPE (TestScalar, test_scalar, TEST, SCALAR, GObject)

struct _TestScalar
{
  GObject parent_instance;
  double  value;
};

G_DEFINE_FINAL_TYPE (TestScalar, test_scalar, G_TYPE_OBJECT)

static void
test_scalar_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  TEST_SCALAR (object)->value = g_value_get_double (value);
}

static void
test_scalar_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  g_value_set_double (value, TEST_SCALAR (object)->value);
}

static void
test_scalar_class_init (TestScalarClass *klass)
{
  G_OBJECT_CLASS (klass)->set_property = test_scalar_set_property;
  G_OBJECT_CLASS (klass)->get_property = test_scalar_get_property;
  g_object_class_install_property (G_OBJECT_CLASS (klass), 1,
                                   g_param_spec_double ("value", NULL, NULL, -1e9, 1e9, 0.5,
                                                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT));
}

static void
test_scalar_init (TestScalar *self)
{
}

static void
test_scalars (void)
{
  ServerSignal *signal = signal_of ("[1,2.5,null,'x',{'value':7}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_SCALAR);
  TestScalar *first = (TestScalar *) item_at (list, 0);

  g_assert_cmpfloat (first->value, ==, 1.0);
  g_assert_cmpfloat (((TestScalar *) item_at (list, 1))->value, ==, 2.5);
  g_assert_cmpfloat (((TestScalar *) item_at (list, 2))->value, ==, 0.5);
  g_assert_cmpfloat (((TestScalar *) item_at (list, 3))->value, ==, 0.5);
  g_assert_cmpfloat (((TestScalar *) item_at (list, 4))->value, ==, 7.0);
  set_json (signal, "/0", "9");
  g_assert_cmpfloat (first->value, ==, 9.0);
  set_json (signal, "/0", "null");
  g_assert_cmpfloat (first->value, ==, 0.5);
  g_assert_true (item_at (list, 0) == (gpointer) first);

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* A class with ideas of its own about JSON. */

#define TEST_TYPE_OWN (test_own_get_type ())
G_DECLARE_FINAL_TYPE (TestOwn, test_own, TEST, OWN, GObject)

struct _TestOwn
{
  GObject parent_instance;
  int     number;
};

static gboolean
test_own_deserialize_property (JsonSerializable *serializable,
                               const char       *name,
                               GValue           *value,
                               GParamSpec       *pspec,
                               JsonNode         *node)
{
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return FALSE;

  g_value_set_int (value, (int) strlen (json_node_get_string (node)));
  return TRUE;
}

static GParamSpec *
test_own_find_property (JsonSerializable *serializable,
                        const char       *name)
{
  if (g_str_equal (name, "Zahl"))
    name = "number";

  return g_object_class_find_property (G_OBJECT_GET_CLASS (serializable), name);
}

static void
test_own_serializable_init (JsonSerializableIface *iface)
{
  iface->deserialize_property = test_own_deserialize_property;
  iface->find_property = test_own_find_property;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestOwn, test_own, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (JSON_TYPE_SERIALIZABLE,
                                                      test_own_serializable_init))

static void
test_own_set_property (GObject      *object,
                       guint         prop_id,
                       const GValue *value,
                       GParamSpec   *pspec)
{
  TEST_OWN (object)->number = g_value_get_int (value);
}

static void
test_own_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  g_value_set_int (value, TEST_OWN (object)->number);
}

static void
test_own_class_init (TestOwnClass *klass)
{
  G_OBJECT_CLASS (klass)->set_property = test_own_set_property;
  G_OBJECT_CLASS (klass)->get_property = test_own_get_property;
  g_object_class_install_property (G_OBJECT_CLASS (klass), 1,
                                   g_param_spec_int ("number", NULL, NULL, 0, 100, 0,
                                                     G_PARAM_READWRITE));
}

static void
test_own_init (TestOwn *self)
{
}

static void
test_serializable (void)
{
  ServerSignal *signal = signal_of ("[{'Zahl':'four'},{'number':'five!'},{'Zahl':7}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_OWN);

  g_assert_cmpint (((TestOwn *) item_at (list, 0))->number, ==, 4);
  g_assert_cmpint (((TestOwn *) item_at (list, 1))->number, ==, 5);
  g_assert_cmpint (((TestOwn *) item_at (list, 2))->number, ==, 7);
  set_json (signal, "/0/Zahl", "'six...'");
  g_assert_cmpint (((TestOwn *) item_at (list, 0))->number, ==, 6);
  g_assert_true (server_signal_remove (signal, "/0/Zahl", NULL));
  g_assert_cmpint (((TestOwn *) item_at (list, 0))->number, ==, 0);

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* A server that sends names without end is no reason to keep them all. */
static void
test_many_names (void)
{
  g_autoptr (GString) json = g_string_new ("[{");
  ServerSignal *signal;
  ServerSignalList *list;

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (json, "'name%u':%u,", i, i);
  g_string_append (json, "'count':4}]");
  signal = signal_of (json->str);
  list = server_signal_list_new (signal, NULL, TEST_TYPE_ROW);
  g_assert_cmpint (row_at (list, 0)->count, ==, 4);
  set_json (signal, "/0/count", "5");
  g_assert_cmpint (row_at (list, 0)->count, ==, 5);

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* A class whose setters change the values that they get: a number that is 10 at most, its double,
 * and a text in capitals. */

#define TEST_TYPE_TIDY (test_tidy_get_type ())
G_DECLARE_FINAL_TYPE (TestTidy, test_tidy, TEST, TIDY, GObject)

struct _TestTidy
{
  GObject  parent_instance;
  int      number;
  int      twin;
  char    *text;
};

G_DEFINE_FINAL_TYPE (TestTidy, test_tidy, G_TYPE_OBJECT)

static void
test_tidy_set_property (GObject      *object,
                        guint         prop_id,
                        const GValue *value,
                        GParamSpec   *pspec)
{
  TestTidy *self = TEST_TIDY (object);

  if (prop_id == 1)
    {
      self->number = MIN (g_value_get_int (value), 10);
    }
  else if (prop_id == 2)
    {
      self->twin = g_value_get_int (value);
    }
  else
    {
      g_free (self->text);
      self->text =
        g_value_get_string (value) != NULL ? g_ascii_strup (g_value_get_string (value), -1) : NULL;
    }
}

static void
test_tidy_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  TestTidy *self = TEST_TIDY (object);

  if (prop_id == 3)
    g_value_set_string (value, self->text);
  else
    g_value_set_int (value, prop_id == 1 ? self->number : self->twin);
}

static void
test_tidy_finalize (GObject *object)
{
  g_free (TEST_TIDY (object)->text);
  G_OBJECT_CLASS (test_tidy_parent_class)->finalize (object);
}

static void
test_tidy_class_init (TestTidyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = test_tidy_set_property;
  object_class->get_property = test_tidy_get_property;
  object_class->finalize = test_tidy_finalize;
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_int ("number", NULL, NULL, 0, 1000, 0,
                                                     G_PARAM_READWRITE));
  g_object_class_install_property (object_class, 2,
                                   g_param_spec_int ("twin", NULL, NULL, 0, 1000, 0,
                                                     G_PARAM_READWRITE));
  g_object_class_install_property (object_class, 3,
                                   g_param_spec_string ("text", NULL, NULL, NULL,
                                                        G_PARAM_READWRITE));
}

static void
test_tidy_init (TestTidy *self)
{
  g_object_bind_property (self, "number", self, "twin", G_BINDING_DEFAULT);
}

#define assert_told(pattern, statement) \
  G_STMT_START \
  { \
    g_test_expect_message ("ServerSignal", G_LOG_LEVEL_WARNING, pattern); \
    statement; \
    g_test_assert_expected_messages (); \
  } \
  G_STMT_END

static void
write_name_cb (TestRow      *row,
               GParamSpec   *pspec,
               ServerSignal *signal)
{
  server_signal_set_string (signal, "/1/name", row->name, NULL);
}

/* It is told once, with the place, and the item is left as it was set. */
static void
test_set_by_hand (void)
{
  ServerSignal *signal = signal_of ("[{'count':1,'name':'a'},{'count':2,'name':'b'}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_ROW);
  TestRow *row = (TestRow *) item_at (list, 1);
  g_autoptr (TestRow) first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_autofree char *json = NULL;

  /* No warning tells of values that the document has already, or of properties that it does not
   * have. */
  g_object_set (row, "count", 2, "name", "b", "open", TRUE, NULL);
  g_object_notify (G_OBJECT (row), "name");

  assert_told ("*\"name\"*TestRow*\"/1/name\"*", g_object_set (row, "name", "mine", NULL));
  g_assert_cmpstr (row->name, ==, "mine");
  json = server_signal_dup_json (signal, NULL);
  g_assert_cmpstr (json, ==, "[{\"count\":1,\"name\":\"a\"},{\"count\":2,\"name\":\"b\"}]");
  g_object_set (row, "name", "mine again", NULL);
  g_object_set (first, "name", "that too", NULL);
  assert_told ("*\"count\"*TestRow*\"/0/count\"*", g_object_set (first, "count", 7, NULL));

  /* The next write wins. */
  set_json (signal, "/1/name", "'c'");
  g_assert_cmpstr (row->name, ==, "c");
  set_json (signal, "/0", "{'count':5,'name':'a'}");
  g_assert_cmpint (first->count, ==, 5);

  g_assert_finalize_object (list);
  g_object_set (first, "count", 8, "name", "x", NULL);
  g_assert_finalize_object (signal);
}

static int
same_order (gconstpointer a,
            gconstpointer b,
            gpointer      user_data)
{
  return 0;
}

/* Of what is in an item as well, whoever has made it. */
static void
test_set_within (void)
{
  static const char things[] =
    "{'things':[{'int':1},{'int':2,'row':{'count':3},'kept_row':{'name':'x'},"
    "'rows':[{'count':4},{'count':5,'name':'y'}]}]}";
  ServerSignal *signal = signal_of (things);
  g_autoptr (TestRow) other = g_object_new (TEST_TYPE_ROW, "count", 9, NULL);

  for (guint i = 0; i < 3; i++)
    {
      static const char *const pointers[] = {
        "*\"/things/1/row/count\"*",
        "*\"/things/1/kept_row/name\"*",
        "*\"/things/1/rows/1/name\"*",
      };
      ServerSignalList *list = server_signal_list_new (signal, "/things", TEST_TYPE_THING);
      GObject *thing = item_at (list, 1);
      g_autoptr (GObject) row = NULL;
      g_autoptr (GListModel) rows = NULL;

      if (i < 2)
        g_object_get (thing, i == 0 ? "row" : "kept-row", &row, NULL);
      else
        g_object_get (thing, "rows", &rows, NULL);
      if (rows != NULL)
        row = g_list_model_get_item (rows, 1);
      if (i == 0)
        assert_told (pointers[i], g_object_set (row, "count", 7, NULL));
      else
        assert_told (pointers[i], g_object_set (row, "name", "mine", NULL));

      if (i == 0)
        {
          assert_told ("*\"/things/1/row\"*", g_object_set (thing, "row", other, NULL));
          /* Neither is the document's now. */
          g_object_set (other, "name", "z", "count", 3, NULL);
          g_object_set (row, "name", "z", NULL);
        }
      if (i == 2)
        {
          set_json (signal, "/things/1/rows/1/count", "6");
          set_json (signal, "/things/1/rows/-", "{'count':7}");
          g_list_store_sort (G_LIST_STORE (rows), same_order, NULL);
          assert_told ("*\"/things/1/rows\"*", g_list_store_remove (G_LIST_STORE (rows), 0));
          g_list_store_remove_all (G_LIST_STORE (rows));
          set_json (signal, "/things/1/rows/-", "{'count':8}");
          g_assert_cmpuint (g_list_model_get_n_items (rows), ==, 4);
        }
      g_clear_object (&row);
      g_clear_object (&rows);
      g_assert_finalize_object (list);
    }

  g_assert_finalize_object (signal);
}

/* With edits announced, also the items of a list within an item go and come, each with its edit, and
 * only they. */
static void
test_announced_within (void)
{
  for (guint announces = 0; announces < 2; announces++)
    {
      ServerSignal *signal =
        signal_of ("[{'rows':[{'count':1},{'count':2},{'count':3},{'count':4}]}]");
      ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_THING);
      g_autoptr (GListModel) rows = NULL;
      Shadow *shadow;

      server_signal_list_set_announces_edits (list, announces);
      g_object_get (item_at (list, 0), "rows", &rows, NULL);
      shadow = shadow_new (rows);

      set_json (signal, "/0/rows/1/count", "5");
      assert_shadow (shadow, announces ? "=1@1" : "");
      set_json (signal, "/0/rows/1/id", "5");
      assert_shadow (shadow, "");
      patch_json (signal, "[{'op':'replace','path':'/0/rows/0/count','value':6},"
                          "{'op':'replace','path':'/0/rows/2/count','value':7},"
                          "{'op':'replace','path':'/0/rows/3/count','value':8}]");
      assert_shadow (shadow, announces ? "=1@0 =2@2" : "");
      patch_json (signal, "[{'op':'remove','path':'/0/rows/0'},"
                          "{'op':'replace','path':'/0/rows/2/count','value':9}]");
      g_assert_cmpint (row_at (rows, 2)->count, ==, 9);
      g_assert_cmpuint (g_list_model_get_n_items (rows), ==, 3);

      shadow_free (shadow);
      g_clear_object (&rows);
      g_assert_finalize_object (list);
      g_assert_finalize_object (signal);
    }
}

/* A thing of each type, and one that is no object in JSON. */
static void
test_set_types (void)
{
  ServerSignal *signal =
    signal_of ("{'things':[{'boolean':true,'double':1.5,'strv':['a'],'color':'red',"
               "'file':'file:///a','point':{'x':1,'y':2},'write_only':3}],"
               "'numbers':[1,2]}");
  ServerSignalList *things = server_signal_list_new (signal, "/things", TEST_TYPE_THING);
  ServerSignalList *numbers = server_signal_list_new (signal, "/numbers", TEST_TYPE_SCALAR);
  GObject *thing = item_at (things, 0);
  const char *strv[] = { "b", NULL };
  const char *same[] = { "a", NULL };
  g_autoptr (GFile) file = g_file_new_for_uri ("file:///b");
  g_autoptr (GFile) same_file = g_file_new_for_uri ("file:///a");

  g_object_set (thing, "boolean", TRUE, "double", 1.5, "strv", same, "file", same_file,
                "write-only", 5, "string", "no member", NULL);
  assert_told ("*\"/things/0/boolean\"*", g_object_set (thing, "boolean", FALSE, NULL));
  assert_told ("*\"/things/0/double\"*", g_object_set (thing, "double", 1.25, NULL));
  assert_told ("*\"/things/0/strv\"*", g_object_set (thing, "strv", strv, NULL));
  assert_told ("*\"/things/0/color\"*", g_object_set (thing, "color", TEST_COLOR_DARK_BLUE, NULL));
  assert_told ("*\"/things/0/file\"*", g_object_set (thing, "file", file, NULL));
  assert_told ("*\"/numbers/1\"*", g_object_set (item_at (numbers, 1), "value", 3.0, NULL));

  g_assert_finalize_object (things);
  g_assert_finalize_object (numbers);
  g_assert_finalize_object (signal);
}

/* None of this is by hand. */
static void
test_not_by_hand (void)
{
  ServerSignal *signal = signal_of ("[{'count':1,'name':'a'},{'count':2,'name':'b'}]");
  ServerSignal *tidy_signal =
    signal_of ("[{'number':5,'text':'x'},{'number':50,'twin':3,'text':'abc'}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_ROW);
  ServerSignalList *tidy = server_signal_list_new (tidy_signal, NULL, TEST_TYPE_TIDY);
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (list), 1);
  GObject *item = item_at (tidy, 0);
  g_autofree char *text = NULL;

  /* The application's own handler writes it on. */
  g_signal_connect (row, "notify::name", G_CALLBACK (write_name_cb), signal);
  g_object_set (row, "name", "edited", NULL);
  text = server_signal_dup_string (signal, "/1/name");
  g_assert_cmpstr (text, ==, "edited");
  /* So it does in a transaction. */
  g_object_freeze_notify (G_OBJECT (signal));
  g_object_set (row, "name", "once more", NULL);
  g_object_thaw_notify (G_OBJECT (signal));
  g_assert_cmpstr (row->name, ==, "once more");

  /* A value that a setter has changed, at whatever time that is notified. */
  g_object_notify (item_at (tidy, 1), "number");
  g_object_notify (item_at (tidy, 1), "text");
  set_json (tidy_signal, "/0/number", "70");
  set_json (tidy_signal, "/0", "{'number':80,'text':'lower','twin':7}");
  g_object_freeze_notify (item);
  set_json (tidy_signal, "/0/number", "90");
  set_json (tidy_signal, "/0/text", "'other'");
  g_object_thaw_notify (item);
  assert_told ("*\"/0/text\"*", g_object_set (item, "text", "mine", NULL));

  /* An object that is no item any more. */
  g_assert_true (server_signal_remove (signal, "/1", NULL));
  g_signal_handlers_disconnect_by_func (row, write_name_cb, signal);
  g_object_set (row, "name", "x", "count", 100, NULL);

  g_assert_finalize_object (list);
  g_assert_finalize_object (tidy);
  g_assert_finalize_object (signal);
  g_assert_finalize_object (tidy_signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/items/types", test_types);
  g_test_add_func ("/items/variants", test_variants);
  g_test_add_func ("/items/tiny-numbers", test_tiny_numbers);
  g_test_add_func ("/items/names", test_names);
  g_test_add_func ("/items/nested", test_nested);
  g_test_add_func ("/items/construct-only", test_construct_only);
  g_test_add_func ("/items/scalars", test_scalars);
  g_test_add_func ("/items/serializable", test_serializable);
  g_test_add_func ("/items/many-names", test_many_names);
  g_test_add_func ("/items/set-by-hand", test_set_by_hand);
  g_test_add_func ("/items/set-within", test_set_within);
  g_test_add_func ("/items/announced-within", test_announced_within);
  g_test_add_func ("/items/set-types", test_set_types);
  g_test_add_func ("/items/not-by-hand", test_not_by_hand);

  return g_test_run ();
}
