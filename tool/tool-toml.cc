/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* In C++, as the library that reads TOML is. No exception leaves this file. */

#include "config.h"

#include "tool-toml.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <toml++/toml.h>

/* As deep as a document may be. */
#define MAX_DEPTH 120

static JsonNode *convert (const toml::node &node, unsigned depth, GError **error);

static void
set_error (GError                     **error,
           const toml::source_position &position,
           const char                  *problem)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("Line %u, column %u: %s"),
               (unsigned) position.line, (unsigned) position.column, problem);
}

static JsonNode *
convert_string (const toml::node  &node,
                const std::string &text,
                GError           **error)
{
  if (text.find ('\0') != std::string::npos)
    {
      set_error (error, node.source ().begin, _("a string has a zero byte"));
      return nullptr;
    }

  return json_node_init_string (json_node_alloc (), text.c_str ());
}

static JsonNode *
convert_double (const toml::node &node,
                double            number,
                GError          **error)
{
  if (!std::isfinite (number))
    {
      set_error (error, node.source ().begin, _("JSON has no such number"));
      return nullptr;
    }

  return json_node_init_double (json_node_alloc (), number);
}

/* As TOML writes a date or a time. */
template <typename T>
static JsonNode *
convert_time (const T &time)
{
  std::ostringstream text;

  text << time;

  return json_node_init_string (json_node_alloc (), text.str ().c_str ());
}

static JsonNode *
convert_array (const toml::array &elements,
               unsigned           depth,
               GError           **error)
{
  g_autoptr (JsonArray) array = json_array_new ();

  for (const toml::node &element : elements)
    {
      JsonNode *value = convert (element, depth + 1, error);

      if (value == nullptr)
        return nullptr;
      json_array_add_element (array, value);
    }

  return json_node_init_array (json_node_alloc (), array);
}

/* The library has them by name. */
static JsonNode *
convert_table (const toml::table &table,
               unsigned           depth,
               GError           **error)
{
  std::vector<std::pair<const toml::key *, const toml::node *>> members;
  g_autoptr (JsonObject) object = json_object_new ();

  for (auto &&[key, value] : table)
    members.emplace_back (&key, &value);
  std::stable_sort (members.begin (), members.end (), [] (const auto &a, const auto &b) {
    return a.first->source ().begin < b.first->source ().begin;
  });

  for (auto &&[key, value] : members)
    {
      std::string name (key->str ());
      JsonNode *member;

      if (name.find ('\0') != std::string::npos)
        {
          set_error (error, key->source ().begin, _("a key is not a string"));
          return nullptr;
        }
      member = convert (*value, depth + 1, error);
      if (member == nullptr)
        return nullptr;
      json_object_set_member (object, name.c_str (), member);
    }

  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
convert (const toml::node &node,
         unsigned          depth,
         GError          **error)
{
  if (depth > MAX_DEPTH)
    {
      set_error (error, node.source ().begin, _("nested too deep"));
      return nullptr;
    }

  switch (node.type ())
    {
    case toml::node_type::table:
      return convert_table (*node.as_table (), depth, error);
    case toml::node_type::array:
      return convert_array (*node.as_array (), depth, error);
    case toml::node_type::string:
      return convert_string (node, node.as_string ()->get (), error);
    case toml::node_type::integer:
      return json_node_init_int (json_node_alloc (), node.as_integer ()->get ());
    case toml::node_type::floating_point:
      return convert_double (node, node.as_floating_point ()->get (), error);
    case toml::node_type::boolean:
      return json_node_init_boolean (json_node_alloc (), node.as_boolean ()->get ());
    case toml::node_type::date:
      return convert_time (node.as_date ()->get ());
    case toml::node_type::time:
      return convert_time (node.as_time ()->get ());
    case toml::node_type::date_time:
      return convert_time (node.as_date_time ()->get ());
    case toml::node_type::none:
    default:
      return json_node_init_null (json_node_alloc ());
    }
}

/* The end of the string that begins at text[i]; basic ones have escapes. */
static size_t
skip_string (std::string_view text,
             size_t           i)
{
  const char quote = text[i];
  bool is_long = text.substr (i, 3) == std::string (3, quote);

  for (i += is_long ? 3 : 1; i < text.size (); i++)
    {
      if (text[i] == '\\' && quote == '"')
        i++;
      else if (text[i] == quote && (!is_long || text.substr (i, 3) == std::string (3, quote)))
        return i + (is_long ? 2 : 0);
      else if (text[i] == '\n' && !is_long)
        return i;
    }

  return i;
}

/* Each dot of a key is a table, and the library goes into them by recursion, without a bound of its
 * own: of a key that is too long it would exhaust the stack. */
static bool
check_keys (std::string_view text,
            GError         **error)
{
  std::vector<unsigned> outer; /* the dots of the keys of inline tables around */
  toml::source_position position = { 1, 1 };
  unsigned sum = 0;
  unsigned dots = 0;

  for (size_t i = 0; i < text.size (); i++)
    switch (text[i])
      {
      case '"':
      case '\'':
        i = skip_string (text, i);
        break;

      case '#':
        i = std::min (text.find ('\n', i), text.size ()) - 1;
        break;

      case '\n':
      case ',':
        dots = 0;
        break;

      case '{':
        outer.push_back (dots);
        sum += dots;
        dots = 0;
        break;

      case '}':
        if (!outer.empty ())
          {
            sum -= outer.back ();
            outer.pop_back ();
          }
        dots = 0;
        break;

      case '.':
        dots++;
        if (sum + dots > MAX_DEPTH)
          {
            position.line += (toml::source_index) std::count (text.begin (), text.begin () + (ptrdiff_t) i, '\n');
            position.column = (toml::source_index) (i - text.rfind ('\n', i));
            set_error (error, position, _("nested too deep"));
            return false;
          }
        break;

      default:
        break;
      }

  return true;
}

JsonNode *
tool_toml_parse (GBytes    *bytes,
                 gpointer   user_data,
                 GError   **error)
{
  gsize length;
  const char *data = (const char *) g_bytes_get_data (bytes, &length);
  std::string_view text (data != nullptr ? data : "", length);

  try
    {
      if (!check_keys (text, error))
        return nullptr;

      toml::table table = toml::parse (text);

      return convert (table, 0, error);
    }
  catch (const toml::parse_error &problem)
    {
      set_error (error, problem.source ().begin, problem.what ());
    }
  catch (const std::exception &problem)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, problem.what ());
    }

  return nullptr;
}
