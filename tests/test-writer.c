/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <float.h>
#include <stdlib.h>

#include "ss-limits.h"
#include "ss-reader.h"
#include "ss-writer.h"
#include "test-json.h"

static void
test_ints (void)
{
  static const gint64 ints[] = {
    0,   1,    9,     10,     11,         99,         100,        101,
    999, 1000, 12345, 123456, 1234567890, G_MAXINT32, G_MAXINT64, G_MAXINT64 - 1,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ints); i++)
    for (int sign = -1; sign <= 1; sign += 2)
      {
        g_autoptr (GString) out = g_string_new ("x");
        g_autofree char *expected = g_strdup_printf ("x%" G_GINT64_FORMAT, sign * ints[i]);

        ss_append_int (out, sign * ints[i]);
        g_assert_cmpstr (out->str, ==, expected);
      }

  {
    g_autoptr (GString) out = g_string_new (NULL);

    ss_append_int (out, G_MININT64);
    g_assert_cmpstr (out->str, ==, "-9223372036854775808");
  }
}

static void
append_double (GString *out,
               double   number)
{
  g_autoptr (SsValue) value = ss_value_new_double (number);

  ss_value_append_json (value, out);
}

static void
test_doubles (void)
{
  static const struct
  {
    double value;
    const char *text;
  } rows[] = {
    { 0.0, "0.0" },
    { -0.0, "-0.0" },
    { 1.0, "1.0" },
    { -1.5, "-1.5" },
    { 0.1, "0.1" },
    { 0.3, "0.3" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 1.0 / 3, "0.3333333333333333" },
    { 2.0 / 3, "0.6666666666666666" },
    { 100.0, "100.0" },
    { 123456.789, "123456.789" },
    { 1e15, "1000000000000000.0" },
    { 1e16, "1e16" },
    { 9007199254740993.0, "9007199254740992.0" },
    { 9999999999999998.0, "9999999999999998.0" },
    { 1e21, "1e21" },
    { 1e22, "1e22" },
    { 1e23, "1e23" },
    { 9.5e23, "9.5e23" },
    { 1.2345678901234567e25, "1.2345678901234566e25" },
    { 0.001, "0.001" },
    { 0.00001, "0.00001" },
    { 0.000012345, "0.000012345" },
    { 0.000001, "1e-6" },
    { 1e-7, "1e-7" },
    { 1.5e-10, "1.5e-10" },
    { 5e-324, "5e-324" },
    { -5e-324, "-5e-324" },
    { 1e-323, "1e-323" },
    { DBL_MIN, "2.2250738585072014e-308" },
    { 2.225073858507201e-308, "2.225073858507201e-308" },
    { DBL_MAX, "1.7976931348623157e308" },
    { DBL_EPSILON, "2.220446049250313e-16" },
    { 9007199254740991.0, "9007199254740991.0" },
    { 2251799813685248.5, "2251799813685248.5" },
    { 1125899906842624.25, "1125899906842624.2" },
    { 1125899906842624.75, "1125899906842624.8" },
    { 9.109e-31, "9.109e-31" },
    { 6.02214076e23, "6.02214076e23" },
    { 2e-44, "2e-44" },
    { 4.35, "4.35" },
    { 2.0e22, "2e22" },
    { 5.764607523034235e39, "5.764607523034235e39" },
    { 9.061488e15, "9061488000000000.0" },
    { 9.5367431640625e-07, "9.5367431640625e-7" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      append_double (out, rows[i].value);
      g_assert_cmpstr (out->str, ==, rows[i].text);
    }
}

/* The significant digits in a number's text. */
static guint
count_digits (const char *text)
{
  guint n = 0, zeros = 0;

  for (; *text != '\0' && *text != 'e'; text++)
    if (*text == '0')
      zeros++;
    else if (g_ascii_isdigit (*text))
      {
        n += n > 0 ? zeros + 1 : 1;
        zeros = 0;
      }

  return n;
}

static void
check_double (double number)
{
  g_autoptr (GString) out = g_string_new (NULL);
  char best[40];
  double back;

  append_double (out, number);
  g_assert_cmpuint (out->len, <=, 26);
  g_assert_nonnull (strpbrk (out->str, ".e"));
  back = g_ascii_strtod (out->str, NULL);
  g_assert_cmpmem (&back, sizeof back, &number, sizeof number);

  /* With as many digits nothing is nearer, and with one less nothing reads back the same. */
  if (number != 0)
    {
      char format[8];
      guint n = count_digits (out->str);

      g_snprintf (format, sizeof format, "%%.%ue", n - 1);
      g_ascii_formatd (best, sizeof best, format, number);
      if (count_digits (best) == n && g_ascii_strtod (best, NULL) == number)
        {
          g_autofree char *ours =
            g_strdup_printf ("%s%s", out->str, strchr (out->str, 'e') == NULL ? "e0" : "");
          long double nearest = strtold (best, NULL) - (long double) number;
          long double here = strtold (ours, NULL) - (long double) number;

          nearest = nearest < 0 ? -nearest : nearest;
          here = here < 0 ? -here : here;
          g_assert_true (here <= nearest * 1.0001L);
        }
      if (n > 1)
        {
          g_snprintf (format, sizeof format, "%%.%ue", n - 2);
          g_ascii_formatd (best, sizeof best, format, number);
          g_assert_true (g_ascii_strtod (best, NULL) != number);
        }
    }
}

static void
test_any_double (void)
{
  const guint n = test_cases (g_test_slow () ? 5000000 : 100000);

  for (guint i = 0; i < n; i++)
    {
      guint64 bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      double number;

      memcpy (&number, &bits, sizeof bits);
      if (number - number == 0)
        check_double (number);
    }
}

/* Numbers as people write them: few digits, and their neighbours, where a fast way could go wrong;
 * and powers of two, whose neighbours are not equally far. */
static void
test_plain_doubles (void)
{
  static const double scales[] = { 1,    10,   100,  1000, 1e4,  1e5,  1e6,
                                   1e10, 1e15, 1e17, 1e22, 1e-5, 1e-20 };

  const guint n = test_cases (60000);

  for (guint i = 0; i < n; i++)
    {
      double scale = scales[g_test_rand_int_range (0, G_N_ELEMENTS (scales))];
      double number = (double) g_test_rand_int_range (G_MININT32, G_MAXINT32) / scale;
      guint64 bits;

      check_double (number);
      memcpy (&bits, &number, sizeof bits);
      bits += (guint64) g_test_rand_int_range (-2, 3);
      memcpy (&number, &bits, sizeof bits);
      if (number - number == 0)
        check_double (number);
    }

  for (guint64 exponent = 0; exponent < 2047; exponent++)
    for (int step = -2; step <= 2; step++)
      {
        guint64 bits = (exponent << 52) + (guint64) (gint64) step;
        double number;

        memcpy (&number, &bits, sizeof bits);
        if (number - number == 0)
          check_double (number);
      }
}

static void
test_strings (void)
{
  static const struct
  {
    const char *text;
    const char *escaped;
  } rows[] = {
    { "", "" },
    { "plain", "plain" },
    { "a \"quoted\" \\ word", "a \\\"quoted\\\" \\\\ word" },
    { "/", "/" },
    { "\b\f\n\r\t", "\\b\\f\\n\\r\\t" },
    { "\001\002\007\013\016\020\037 \177",
      "\\u0001\\u0002\\u0007\\u000b\\u000e\\u0010\\u001f \177" },
    { "\303\251\342\202\254\360\237\230\200\342\200\250",
      "\303\251\342\202\254\360\237\230\200\342\200\250" },
    { "eight by\"te", "eight by\\\"te" },
    { "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
      "\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n" },
    { "\303\251\"\303\251\"\303\251\"\303\251\"\303\251",
      "\303\251\\\"\303\251\\\"\303\251\\\"\303\251\\\"\303\251" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) out = g_string_new ("<");
      g_autoptr (GString) quoted = g_string_new ("<");
      g_autofree char *expected = g_strdup_printf ("<%s", rows[i].escaped);
      g_autofree char *in_quotes = g_strdup_printf ("<\"%s\"", rows[i].escaped);
      g_autoptr (SsValue) value = ss_value_new_string (rows[i].text, -1);

      ss_append_escaped (out, rows[i].text, -1);
      g_assert_cmpstr (out->str, ==, expected);
      g_assert_cmpuint (out->len, ==, strlen (expected));
      ss_append_quoted (quoted, rows[i].text, (gssize) strlen (rows[i].text));
      g_assert_cmpstr (quoted->str, ==, in_quotes);
      g_assert_cmpuint (ss_value_measure (value, G_MAXSIZE), ==, strlen (in_quotes) - 1);
    }
}

/* Every byte at every place of a string, so that looking at eight at a time misses none. */
static void
test_every_byte (void)
{
  for (guint length = 1; length < 20; length++)
    for (guint at = 0; at < length; at++)
      for (int byte = 1; byte < 128; byte++)
        {
          char text[20] = "abcdefghijklmnopqrs";
          g_autoptr (SsValue) value = NULL;
          g_autoptr (SsValue) back = NULL;
          g_autofree char *json = NULL;
          gsize written;

          text[length] = '\0';
          text[at] = (char) byte;
          value = ss_value_new_string (text, -1);
          json = ss_value_to_json (value, &written);
          g_assert_cmpuint (written, ==, ss_value_measure (value, G_MAXSIZE));
          g_assert_cmpuint (written, ==,
                            length + 2 +
                              (byte == '"' || byte == '\\' || strchr ("\b\f\n\r\t", byte) != NULL
                                 ? 1
                               : byte < 32 ? 5
                                           : 0));
          back = ss_value_from_json (json, -1, 0, NULL);
          g_assert_nonnull (back);
          g_assert_true (ss_value_equal (value, back));
        }
}

static SsValue *
random_string (void)
{
  static const char *pieces[] = {
    "a",
    "name",
    "\"",
    "\\",
    "/",
    "~",
    "\n",
    "\001",
    "\303\251",
    "\342\202\254",
    "\360\237\230\200",
    " ",
    "0123456789",
    "",
  };
  g_autoptr (GString) text = g_string_new (NULL);

  for (int n = g_test_rand_int_range (0, 8); n > 0; n--)
    g_string_append (text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);

  return ss_value_new_string (text->str, (gssize) text->len);
}

static SsValue *
random_value (guint depth)
{
  SsValue *value;
  guint64 bits;
  double number;

  switch (g_test_rand_int_range (0, depth > 0 ? 10 : 7))
    {
    case 0:
      return ss_value_new_null ();
    case 1:
      return ss_value_new_boolean (g_test_rand_bit ());
    case 2:
      bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      return ss_value_new_int ((gint64) (bits >> g_test_rand_int_range (0, 64)));
    case 3:
      bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      memcpy (&number, &bits, sizeof bits);
      return ss_value_new_double (number - number == 0 ? number : 0.5);
    case 4:
      return ss_value_new_double ((double) g_test_rand_int_range (-1000, 1000) / 8);
    case 5:
    case 6:
      return random_string ();
    case 7:
    case 8:
      value = ss_value_new_object (0);
      for (int n = g_test_rand_int_range (0, g_test_rand_int_range (0, 20) == 0 ? 40 : 6); n > 0;
           n--)
        {
          SsValue *key = random_string ();
          gsize length;
          const char *utf8 = ss_value_get_string (key, &length);

          if (ss_object_find (value, utf8, length) < 0)
            ss_object_append (value, key, random_value (depth - 1));
          else
            ss_value_unref (key);
        }
      return value;
    default:
      value = ss_value_new_array (0);
      for (int n = g_test_rand_int_range (0, 6); n > 0; n--)
        ss_array_append (value, random_value (depth - 1));
      return value;
    }
}

static void
test_round_trips (void)
{
  const guint n = test_cases (g_test_slow () ? 300000 : 10000);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SsValue) value = random_value (6);
      g_autoptr (SsValue) back = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *json = NULL;
      g_autofree char *again = NULL;
      gsize length;

      json = ss_value_to_json (value, &length);
      g_assert_cmpuint (length, ==, strlen (json));
      g_assert_cmpuint (length, ==, ss_value_measure (value, G_MAXSIZE));
      g_assert_cmpuint (ss_value_measure (value, length), ==, length);
      g_assert_cmpuint (ss_value_measure (value, length - 1), >, length - 1);
      g_assert_cmpuint (ss_value_measure (value, 0), >, 0);

      back = ss_value_from_json (json, (gssize) length, SS_DOCUMENT_DEPTH, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (ss_value_depth (back), ==, ss_value_depth (value));
      g_assert_true (ss_value_equal (value, back));
      g_assert_cmpuint (ss_value_hash (value), ==, ss_value_hash (back));
      again = ss_value_to_json (back, NULL);
      g_assert_cmpstr (json, ==, again);
    }
}

/* Text that is in the string already stays. */
static void
test_appends (void)
{
  g_autoptr (SsValue) value =
    ss_value_from_json ("{\"a\":[1,2.5,\"x\",null,true,{}]}", -1, SS_DOCUMENT_DEPTH, NULL);

  for (guint n = 0; n < 100; n++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GString) expected = g_string_new (NULL);

      for (guint i = 0; i < n; i++)
        {
          g_string_append_c (out, 'x');
          g_string_append_c (expected, 'x');
        }
      ss_value_append_json (value, out);
      g_string_append (expected, "{\"a\":[1,2.5,\"x\",null,true,{}]}");
      g_assert_true (g_string_equal (out, expected));
      g_assert_cmpuint (strlen (out->str), ==, out->len);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/writer/ints", test_ints);
  g_test_add_func ("/writer/doubles", test_doubles);
  g_test_add_func ("/writer/plain-doubles", test_plain_doubles);
  g_test_add_func ("/writer/any-double", test_any_double);
  g_test_add_func ("/writer/strings", test_strings);
  g_test_add_func ("/writer/every-byte", test_every_byte);
  g_test_add_func ("/writer/round-trips", test_round_trips);
  g_test_add_func ("/writer/appends", test_appends);

  return g_test_run ();
}
