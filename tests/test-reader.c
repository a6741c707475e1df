/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <float.h>
#include <math.h>

#include "server-signal-error.h"
#include "ss-limits.h"
#include "ss-reader.h"
#include "ss-writer.h"
#include "test-json.h"

#define U(text) text, sizeof text - 1

typedef struct
{
  const char *text;
  gsize       length;
  const char *result; /* as the writer writes it; NULL: the same text */
} Accepted;

static const Accepted accepted[] = {
  { U ("null"), NULL },
  { U ("true"), NULL },
  { U ("false"), NULL },
  { U ("0"), NULL },
  { U ("-0"), "-0.0" },
  { U ("-1"), NULL },
  { U ("9007199254740993"), NULL },
  { U ("2305843009213693951"), NULL },
  { U ("2305843009213693952"), NULL },
  { U ("-2305843009213693952"), NULL },
  { U ("-2305843009213693953"), NULL },
  { U ("9223372036854775807"), NULL },
  { U ("-9223372036854775808"), NULL },
  { U ("1.0"), NULL },
  { U ("1.50"), "1.5" },
  { U ("0.0"), NULL },
  { U ("-0.0"), NULL },
  { U ("-0e0"), "-0.0" },
  { U ("0e+10"), "0.0" },
  { U ("1e0"), "1.0" },
  { U ("1E+2"), "100.0" },
  { U ("1e-2"), "0.01" },
  { U ("1e21"), NULL },
  { U ("9007199254740993.0"), "9007199254740992.0" },
  { U ("9007199254740993.0000000000000000000001"), "9007199254740994.0" },
  { U ("0.1"), NULL },
  { U ("1.7976931348623157e308"), NULL },
  { U ("2.2250738585072014e-308"), NULL },
  { U ("5e-324"), NULL },
  { U ("1e-400"), "0.0" },
  { U ("-1e-99999999999999999999"), "-0.0" },
  { U ("0e99999999999999999999"), "0.0" },
  { U ("0.000000000000000000000000000000000000000000000000000000000000000000000000001e75"), "1.0" },
  { U ("100000000000000000000000000000000000000000000000000000000000000000000000000e-74"), "1.0" },
  { U ("\"\""), NULL },
  { U ("\"a\""), NULL },
  { U ("\"abcdefghijklmnopqrstuvwxyz\""), NULL },
  { U ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
  { U ("\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\""), "\"A\303\251\342\202\254\360\237\230\200\"" },
  { U ("\"\\u0001\\u001f\\u007f\""), "\"\\u0001\\u001f\177\"" },
  { U ("\"\302\200\337\277\340\240\200\355\237\277\356\200\200\357\277\277\360\220\200\200\364\217\277\277\""), NULL },
  { U ("\"\\ud7ff\\ue000\\uffff\""), "\"\355\237\277\356\200\200\357\277\277\"" },
  { U ("\"\\uDBFF\\uDFFF\""), "\"\364\217\277\277\"" },
  { U ("[]"), NULL },
  { U ("{}"), NULL },
  { U (" \t\r\n[ \t\r\n] \t\r\n"), "[]" },
  { U (" { } "), "{}" },
  { U ("[1,2 , 3]"), "[1,2,3]" },
  { U ("[[],[[]],{}]"), NULL },
  { U ("{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":3}]}"), NULL },
  { U ("{ \"a\" : 1 , \"b\" : 2 }"), "{\"a\":1,\"b\":2}" },
  { U ("{\"\":1,\"a\\\"b\":2,\"\\u0061\":3}"), "{\"\":1,\"a\\\"b\":2,\"a\":3}" },
  { U ("{\"b\":1,\"a\":2}"), NULL },
};

typedef struct
{
  const char *text;
  gsize       length;
  guint       line;
  guint       column;
  const char *expected; /* part of the message */
} Refused;

static const Refused refused[] = {
  { U (""), 1, 1, "the end of the text" },
  { U ("  \n "), 2, 2, "the end of the text" },
  { U ("\0"), 1, 1, "expected a value" },
  { U ("null\0"), 1, 5, "the end of the text" },
  { U ("\357\273\277null"), 1, 1, "byte order mark" },
  { U ("nul"), 1, 1, "expected a value" },
  { U ("nulL"), 1, 1, "expected a value" },
  { U ("True"), 1, 1, "expected a value" },
  { U ("NaN"), 1, 1, "expected a value" },
  { U ("-Infinity"), 1, 2, "expected a digit" },
  { U ("nullnull"), 1, 5, "the end of the text" },
  { U ("1 2"), 1, 3, "the end of the text" },
  { U ("[] []"), 1, 4, "the end of the text" },
  { U ("// a\n1"), 1, 1, "expected a value" },
  { U ("1 // a"), 1, 3, "the end of the text" },
  { U ("\f1"), 1, 1, "expected a value" },
  { U ("\302\2401"), 1, 1, "expected a value" },
  { U ("var a = 1;"), 1, 1, "expected a value" },
  { U ("+1"), 1, 1, "expected a value" },
  { U (".5"), 1, 1, "expected a value" },
  { U ("-"), 1, 2, "expected a digit" },
  { U ("-a"), 1, 2, "expected a digit" },
  { U ("--1"), 1, 2, "expected a digit" },
  { U ("1."), 1, 3, "after the decimal point" },
  { U ("1.e1"), 1, 3, "after the decimal point" },
  { U ("1e"), 1, 3, "in the exponent" },
  { U ("1e+"), 1, 4, "in the exponent" },
  { U ("1e-a"), 1, 4, "in the exponent" },
  { U ("1.5.5"), 1, 4, "the end of the text" },
  { U ("010"), 1, 2, "cannot begin with 0" },
  { U ("-01"), 1, 3, "cannot begin with 0" },
  { U ("00"), 1, 2, "cannot begin with 0" },
  { U ("0x1f"), 1, 2, "the end of the text" },
  { U ("1a"), 1, 2, "the end of the text" },
  { U ("9223372036854775808"), 1, 1, "64 bits" },
  { U ("-9223372036854775809"), 1, 1, "64 bits" },
  { U ("18446744073709551616"), 1, 1, "64 bits" },
  { U ("99999999999999999999999999"), 1, 1, "64 bits" },
  { U ("1e309"), 1, 1, "too large for a double" },
  { U ("-1e400"), 1, 1, "too large for a double" },
  { U ("1e99999999999999999999"), 1, 1, "too large for a double" },
  { U ("1.7976931348623159e308"), 1, 1, "too large for a double" },
  { U ("\""), 1, 2, "ends within a string" },
  { U ("\"a"), 1, 3, "ends within a string" },
  { U ("\"\\"), 1, 3, "ends within a string" },
  { U ("\"\\\""), 1, 4, "ends within a string" },
  { U ("'a'"), 1, 1, "expected a value" },
  { U ("\"a\nb\""), 1, 3, "control character" },
  { U ("\"a\tb\""), 1, 3, "control character" },
  { U ("\"a\0b\""), 1, 3, "control character" },
  { U ("\"abcdefgh\037\""), 1, 10, "control character" },
  { U ("\"\\x41\""), 1, 3, "after a backslash" },
  { U ("\"\\0\""), 1, 3, "after a backslash" },
  { U ("\"\\\0\""), 1, 3, "after a backslash" },
  { U ("\"\\U0041\""), 1, 3, "after a backslash" },
  { U ("\"\\'\""), 1, 3, "after a backslash" },
  { U ("\"\\u\""), 1, 3, "four hexadecimal" },
  { U ("\"\\u12\""), 1, 3, "four hexadecimal" },
  { U ("\"\\u12g4\""), 1, 3, "four hexadecimal" },
  { U ("\"\\u+123\""), 1, 3, "four hexadecimal" },
  { U ("\"\\u004"), 1, 3, "four hexadecimal" },
  { U ("\"\\u0000\""), 1, 3, "u0000" },
  { U ("{\"a\\u0000\":1}"), 1, 5, "u0000" },
  { U ("\"\\ud800\""), 1, 3, "surrogate" },
  { U ("\"\\udc00\""), 1, 3, "surrogate" },
  { U ("\"\\udc00\\ud800\""), 1, 3, "surrogate" },
  { U ("\"\\ud800\\ud800\""), 1, 3, "surrogate" },
  { U ("\"\\ud800a\""), 1, 3, "surrogate" },
  { U ("\"\\ud800\\n00000\""), 1, 3, "surrogate" },
  { U ("\"\\ud800\\u0041\""), 1, 3, "surrogate" },
  { U ("\"\\ud800\\udc0"), 1, 3, "surrogate" },
  { U ("\"\\ud800\\uzzzz\""), 1, 3, "surrogate" },
  { U ("\"\200\""), 1, 2, "UTF-8" },
  { U ("\"\277\""), 1, 2, "UTF-8" },
  { U ("\"\300\200\""), 1, 2, "UTF-8" },
  { U ("\"\301\277\""), 1, 2, "UTF-8" },
  { U ("\"\302\""), 1, 2, "UTF-8" },
  { U ("\"\302"), 1, 2, "UTF-8" },
  { U ("\"\302A\""), 1, 2, "UTF-8" },
  { U ("\"\302\300\""), 1, 2, "UTF-8" },
  { U ("\"\340\237\277\""), 1, 2, "UTF-8" },
  { U ("\"\340\240\""), 1, 2, "UTF-8" },
  { U ("\"\341\200"), 1, 2, "UTF-8" },
  { U ("\"\341"), 1, 2, "UTF-8" },
  { U ("\"\355\240\200\""), 1, 2, "UTF-8" },
  { U ("\"\355\277\277\""), 1, 2, "UTF-8" },
  { U ("\"\360\217\277\277\""), 1, 2, "UTF-8" },
  { U ("\"\360\220\200\""), 1, 2, "UTF-8" },
  { U ("\"\360\220\200"), 1, 2, "UTF-8" },
  { U ("\"\360\220"), 1, 2, "UTF-8" },
  { U ("\"\360"), 1, 2, "UTF-8" },
  { U ("\"\364\220\200\200\""), 1, 2, "UTF-8" },
  { U ("\"\365\200\200\200\""), 1, 2, "UTF-8" },
  { U ("\"\370\210\200\200\200\""), 1, 2, "UTF-8" },
  { U ("\"\376\""), 1, 2, "UTF-8" },
  { U ("\"\377\""), 1, 2, "UTF-8" },
  { U ("\"abcdefghij\303\251\377\""), 1, 13, "UTF-8" },
  { U ("{\"\303\":1}"), 1, 3, "UTF-8" },
  { U ("["), 1, 2, "the end of the text" },
  { U ("]"), 1, 1, "expected a value" },
  { U ("[1"), 1, 3, "“]”" },
  { U ("[1,"), 1, 4, "expected a value" },
  { U ("[1,]"), 1, 4, "expected a value" },
  { U ("[,1]"), 1, 2, "expected a value" },
  { U ("[1 2]"), 1, 4, "“,” or “]”" },
  { U ("[1}"), 1, 3, "“,” or “]”" },
  { U ("[1\n,\n2\n,]"), 4, 2, "expected a value" },
  { U ("[\"\303\251\303\251\",x]"), 1, 7, "expected a value" },
  { U ("{"), 1, 2, "“}”" },
  { U ("}"), 1, 1, "expected a value" },
  { U ("{]"), 1, 2, "name in quotes or “}”" },
  { U ("{a:1}"), 1, 2, "name in quotes or “}”" },
  { U ("{1:1}"), 1, 2, "name in quotes or “}”" },
  { U ("{'a':1}"), 1, 2, "name in quotes or “}”" },
  { U ("{\"a\"}"), 1, 5, "“:”" },
  { U ("{\"a\""), 1, 5, "“:”" },
  { U ("{\"a\" 1}"), 1, 6, "“:”" },
  { U ("[{\"a\\\"b\":1},{\"a\"b\":1}]"), 1, 17, "“:”" },
  { U ("{\"a\":}"), 1, 6, "expected a value" },
  { U ("{\"a\":"), 1, 6, "expected a value" },
  { U ("{\"a\":1"), 1, 7, "“,” or “}”" },
  { U ("{\"a\":1]"), 1, 7, "“,” or “}”" },
  { U ("{\"a\":1,}"), 1, 8, "expected a member's name in quotes" },
  { U ("{\"a\":1 \"b\":2}"), 1, 8, "“,” or “}”" },
  { U ("{,}"), 1, 2, "name in quotes" },
  { U ("{\"a\":1,\"a\":1}"), 1, 8, "already" },
  { U ("{\"a\":1,\n \"b\":[\"}\\\"\",{\"a\":1}],\n  \"\\u0061\":2}"), 3, 3, "already" },
  { U ("[{\"a\":1,\"b\":2},{\"a\":1,\"a\":2}]"), 1, 23, "already" },
};

static void
test_accepts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      const Accepted *row = &accepted[i];
      g_autoptr (GError) error = NULL;
      /* A copy of the exact size, so that a read past the end is seen by the tools that look for
       * it. */
      g_autofree char *text = g_memdup2 (row->text, MAX (row->length, 1));
      g_autoptr (SsValue) value =
        ss_value_from_json (text, (gssize) row->length, SS_DOCUMENT_DEPTH, &error);
      g_autofree char *result = NULL;

      g_test_message ("%s", row->text);
      g_assert_no_error (error);
      result = ss_value_to_json (value, NULL);
      g_assert_cmpstr (result, ==, row->result != NULL ? row->result : row->text);
    }
}

static void
test_refuses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      const Refused *row = &refused[i];
      g_autofree char *text = g_memdup2 (row->text, MAX (row->length, 1));
      g_autofree char *shown = g_strescape (row->text, NULL);
      g_autofree char *place = g_strdup_printf ("Line %u, column %u: ", row->line, row->column);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", shown);
      g_assert_null (ss_value_from_json (text, (gssize) row->length, SS_DOCUMENT_DEPTH, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, place));
      g_assert_nonnull (strstr (error->message, row->expected));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));

      /* The error is not needed for refusing. */
      g_assert_null (ss_value_from_json (text, (gssize) row->length, SS_DOCUMENT_DEPTH, NULL));
    }
}

/* Every beginning of a good text is refused, without a look past its end. */
static void
test_truncated (void)
{
  static const char text[] =
    "{\"a\":[1,-2.5e+3,\"x\\u00e9\\ud83d\\ude00\303\251\\n\",true,false,null,{}],\"bc\":{\"a\":[[]]}}";

  for (gsize n = 0; n < sizeof text - 1; n++)
    {
      g_autofree char *copy = g_memdup2 (text, MAX (n, 1));
      g_autoptr (GError) error = NULL;

      g_assert_null (ss_value_from_json (copy, (gssize) n, SS_DOCUMENT_DEPTH, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
    }
}

static void
check_number (const char *text)
{
  g_autoptr (SsValue) value = ss_value_from_json (text, -1, SS_DOCUMENT_DEPTH, NULL);
  double expected = g_ascii_strtod (text, NULL);
  double number;

  if (!isfinite (expected))
    {
      g_assert_null (value);
      return;
    }

  g_assert_nonnull (value);
  g_assert_cmpint (ss_value_kind (value), ==, SS_VALUE_DOUBLE);
  number = ss_value_get_double (value);
  if (memcmp (&number, &expected, sizeof number) != 0)
    g_error ("%s was read as %a, not as %a", text, number, expected);
}

/* Any number of digits with the point anywhere, against the C library, which reads correctly. */
static void
test_any_number (void)
{
  const guint n_numbers = test_cases (g_test_slow () ? 3000000 : 100000);

  for (guint i = 0; i < n_numbers; i++)
    {
      g_autoptr (GString) text = g_string_new (g_test_rand_bit () ? "-" : "");
      int n = g_test_rand_int_range (1, g_test_rand_bit () ? 22 : 5);
      gboolean is_zero = n > 1 && g_test_rand_int_range (0, 4) == 0;

      g_string_append_c (text, is_zero ? '0' : (char) g_test_rand_int_range ('1', '9' + 1));
      if (!is_zero)
        while (--n > 0)
          g_string_append_c (text, (char) g_test_rand_int_range ('0', '9' + 1));
      if (is_zero || g_test_rand_bit ())
        {
          g_string_append_c (text, '.');
          n = g_test_rand_int_range (1, 22);
          for (int zeros = g_test_rand_int_range (0, n); n > 0; n--)
            g_string_append_c (text, n < zeros ? '0' : (char) g_test_rand_int_range ('0', '9' + 1));
        }
      else
        g_string_append (text, "e0");
      if (strchr (text->str, 'e') == NULL && g_test_rand_bit ())
        g_string_append_printf (text, "e%d", g_test_rand_int_range (-345, 330));
      check_number (text->str);
    }
}

/* The hardest to read are the numbers half way between two doubles, and those a little off. */
static void
test_half_ways (void)
{
#if LDBL_MANT_DIG >= 64
  const guint n = test_cases (20000);

  for (guint i = 0; i < n; i++)
    {
      guint64 bits = (guint64) (guint32) g_test_rand_int () << 31 | (guint32) g_test_rand_int ();
      double below, above;
      char text[1200];

      /* Also those around the smallest and the largest. */
      if (i % 4 == 0)
        bits = bits >> 11 | (guint64) (i % 3 == 0 ? 2046 : i % 3) << 52;
      memcpy (&below, &bits, sizeof bits);
      bits++;
      memcpy (&above, &bits, sizeof bits);
      if (!isfinite (above))
        continue;

      for (int digits = 14; digits < 26; digits++)
        {
          g_snprintf (text, sizeof text, "%.*Le", digits, ((long double) below + above) / 2);
          check_number (text);
        }
      g_snprintf (text, sizeof text, "%.780Le", ((long double) below + above) / 2);
      check_number (text);
    }
#else
  g_test_skip ("long double is no wider than double here");
#endif
}

static SsValue *
read_nested (const char  *open,
             const char  *middle,
             const char  *close,
             guint        n,
             guint        max_depth,
             GError     **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (text, open);
  g_string_append (text, middle);
  for (guint i = 0; i < n; i++)
    g_string_append (text, close);

  return ss_value_from_json (text->str, (gssize) text->len, max_depth, error);
}

static void
test_depth (void)
{
  static const struct
  {
    const char *open, *middle, *close;
    guint more; /* levels that are not in the chain */
  } shapes[] = {
    { "[", "", "]", 0 },        { "[0,", "0", "]", 0 },  { "{\"a\":", "{}", "}", 1 },
    { "{\"a\":", "1", "}", 0 }, { "[[],", "1", "]", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    for (guint limit = 2; limit < 300; limit *= 2)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (SsValue) value = NULL;
        guint n = limit - shapes[i].more;

        value = read_nested (shapes[i].open, shapes[i].middle, shapes[i].close, n, limit, &error);
        g_assert_no_error (error);
        g_assert_cmpuint (ss_value_depth (value), ==, limit);

        g_assert_null (
          read_nested (shapes[i].open, shapes[i].middle, shapes[i].close, n + 1, limit, &error));
        g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
      }
}

static void
test_flood (void)
{
  g_autofree char *text = g_malloc (131072);
  g_autoptr (GError) error = NULL;

  memset (text, '[', 131072);
  g_assert_null (ss_value_from_json (text, 131072, SS_DOCUMENT_DEPTH, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==, "Line 1, column 121: nested deeper than 120 levels");
  g_clear_error (&error);

  /* And no depth is too much for the reader itself. */
  g_assert_null (ss_value_from_json (text, 60000, 60000, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
}

static void
test_many_keys (void)
{
  g_autoptr (GString) text = g_string_new ("{");
  g_autoptr (GError) error = NULL;
  g_autoptr (SsValue) value = NULL;
  char key[16];

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (text, "%s\"key%u\":%u", i > 0 ? "," : "", i, i);
  g_string_append_c (text, '}');

  value = ss_value_from_json (text->str, -1, SS_DOCUMENT_DEPTH, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ss_value_length (value), ==, 10000);
  for (guint i = 0; i < 10000; i++)
    {
      g_snprintf (key, sizeof key, "key%u", i);
      g_assert_cmpint (ss_object_find (value, key, strlen (key)), ==, (int) i);
    }

  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\"key5000\":1}");
  g_assert_null (ss_value_from_json (text->str, -1, SS_DOCUMENT_DEPTH, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
}

/* The rows of a table have their keys in common. */
static void
test_shares_keys (void)
{
  g_autoptr (SsValue) value =
    ss_value_from_json ("[{\"id\":1,\"x\":2},{\"id\":1,\"x\":2},{\"x\":2,\"id\":1}]", -1,
                        SS_DOCUMENT_DEPTH, NULL);
  SsValue *first = ss_array_get (value, 0);

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (ss_object_key (first, i) == ss_object_key (ss_array_get (value, 1), i));
      g_assert_true (ss_object_key (first, i) == ss_object_key (ss_array_get (value, 2), 1 - i));
    }
}

/* Text that was damaged in one place is read or refused, and a value that is read can be written
 * and read again. */
static void
test_damaged (void)
{
  static const char text[] =
    "{\"a\":[1,-2.5e+3,\"x\\u00e9\\ud83d\\ude00\303\251\\n\",true,false,null,{}],\"bc\":{\"a\":[[],1e5,0.1]}}";

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *copy = g_memdup2 (text, sizeof text - 1);
      g_autoptr (SsValue) value = NULL;
      guint n = (guint) g_test_rand_int_range (1, 4);

      while (n-- > 0)
        {
          static const char bytes[] = "{}[]\",:\\0123456789.eE+-tfnux \n\200\303\251\355\360\377";
          guint at = (guint) g_test_rand_int_range (0, sizeof text - 1);

          copy[at] = bytes[g_test_rand_int_range (0, sizeof bytes)];
        }

      value = ss_value_from_json (copy, sizeof text - 1, SS_DOCUMENT_DEPTH, NULL);
      if (value != NULL)
        {
          g_autofree char *result = ss_value_to_json (value, NULL);
          g_autoptr (SsValue) again = ss_value_from_json (result, -1, SS_DOCUMENT_DEPTH, NULL);

          g_assert_nonnull (again);
          g_assert_true (ss_value_equal (value, again));
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/reader/accepts", test_accepts);
  g_test_add_func ("/reader/refuses", test_refuses);
  g_test_add_func ("/reader/truncated", test_truncated);
  g_test_add_func ("/reader/damaged", test_damaged);
  g_test_add_func ("/reader/any-number", test_any_number);
  g_test_add_func ("/reader/half-ways", test_half_ways);
  g_test_add_func ("/reader/depth", test_depth);
  g_test_add_func ("/reader/flood", test_flood);
  g_test_add_func ("/reader/many-keys", test_many_keys);
  g_test_add_func ("/reader/shares-keys", test_shares_keys);

  return g_test_run ();
}
