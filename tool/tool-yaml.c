/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-yaml.h"

#include <errno.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#ifdef HAVE_YAML

#include <yaml.h>

/* As deep as a document may be. */
#define MAX_DEPTH 120
/* Aliases can make a small file a large value. So many nodes may be made beyond one for each byte. */
#define MAX_ALIASED 100000

typedef struct
{
  yaml_document_t document;
  gsize           n_nodes;
  gsize           max_nodes;
} Reader;

static JsonNode *convert (Reader *self, yaml_node_t *node, guint depth, GError **error);

static void
set_error (GError      **error,
           yaml_mark_t   mark,
           const char   *problem)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _("Line %zu, column %zu: %s"), mark.line + 1, mark.column + 1, problem);
}

static gboolean
is_one_of (const char        *text,
           const char *const *words)
{
  return g_strv_contains (words, text);
}

static gboolean
read_int (const char *text,
          gint64     *number)
{
  const char *digits = text + (text[0] == '-' || text[0] == '+');
  guint64 octal;
  char *end;

  if (g_str_has_prefix (text, "0x") && text[2] != '\0' && g_ascii_isxdigit (text[2]))
    return g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXINT64, (guint64 *) number, NULL);
  if (g_str_has_prefix (text, "0o") &&
      g_ascii_string_to_unsigned (text + 2, 8, 0, G_MAXINT64, &octal, NULL))
    {
      *number = (gint64) octal;
      return TRUE;
    }

  if (digits[0] == '\0' || digits[strspn (digits, G_CSET_DIGITS)] != '\0')
    return FALSE;

  errno = 0;
  *number = g_ascii_strtoll (text, &end, 10);

  return errno == 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static gboolean
read_double (const char *text,
             double     *number)
{
  const char *p = text + (text[0] == '-' || text[0] == '+');
  gsize before = strspn (p, G_CSET_DIGITS);
  gsize behind = 0;

  p += before;
  if (*p == '.')
    {
      behind = strspn (p + 1, G_CSET_DIGITS);
      p += 1 + behind;
    }
  if (before + behind == 0)
    return FALSE;

  if (*p == 'e' || *p == 'E')
    {
      p += 1 + (p[1] == '-' || p[1] == '+');
      if (!g_ascii_isdigit (*p))
        return FALSE;
      p += strspn (p, G_CSET_DIGITS);
    }

  *number = g_ascii_strtod (text, NULL);

  return *p == '\0';
}

static JsonNode *
convert_scalar (const yaml_node_t  *node,
                GError            **error)
{
  static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
  static const char *const trues[] = { "true", "True", "TRUE", NULL };
  static const char *const falses[] = { "false", "False", "FALSE", NULL };
  const char *text = (const char *) node->data.scalar.value;
  gboolean is_plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                      g_strcmp0 ((const char *) node->tag, YAML_STR_TAG) == 0;
  JsonNode *value;
  gint64 integer;
  double real;

  if (strlen (text) != node->data.scalar.length)
    {
      set_error (error, node->start_mark, _("a string has a zero byte"));
      return NULL;
    }

  if (is_plain && is_one_of (text, nulls))
    return json_node_new (JSON_NODE_NULL);

  value = json_node_new (JSON_NODE_VALUE);
  if (!is_plain)
    json_node_set_string (value, text);
  else if (is_one_of (text, trues) || is_one_of (text, falses))
    json_node_set_boolean (value, is_one_of (text, trues));
  else if (read_int (text, &integer))
    json_node_set_int (value, integer);
  else if (read_double (text, &real))
    json_node_set_double (value, real);
  else
    json_node_set_string (value, text);

  return value;
}

static JsonNode *
convert_sequence (Reader       *self,
                  yaml_node_t  *node,
                  guint         depth,
                  GError      **error)
{
  g_autoptr (JsonArray) array = json_array_new ();
  JsonNode *value;

  for (yaml_node_item_t *item = node->data.sequence.items.start;
       item < node->data.sequence.items.top; item++)
    {
      JsonNode *element =
        convert (self, yaml_document_get_node (&self->document, *item), depth + 1, error);

      if (element == NULL)
        return NULL;
      json_array_add_element (array, element);
    }

  value = json_node_new (JSON_NODE_ARRAY);
  json_node_set_array (value, array);

  return value;
}

static JsonNode *
convert_mapping (Reader       *self,
                 yaml_node_t  *node,
                 guint         depth,
                 GError      **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonNode *value;

  for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
       pair++)
    {
      yaml_node_t *key = yaml_document_get_node (&self->document, pair->key);
      JsonNode *member;

      if (key->type != YAML_SCALAR_NODE ||
          strlen ((const char *) key->data.scalar.value) != key->data.scalar.length)
        {
          set_error (error, key->start_mark, _("a key is not a string"));
          return NULL;
        }
      if (json_object_has_member (object, (const char *) key->data.scalar.value))
        {
          set_error (error, key->start_mark, _("a key stands there twice"));
          return NULL;
        }

      member =
        convert (self, yaml_document_get_node (&self->document, pair->value), depth + 1, error);
      if (member == NULL)
        return NULL;
      json_object_set_member (object, (const char *) key->data.scalar.value, member);
    }

  value = json_node_new (JSON_NODE_OBJECT);
  json_node_set_object (value, object);

  return value;
}

static JsonNode *
convert (Reader       *self,
         yaml_node_t  *node,
         guint         depth,
         GError      **error)
{
  /* An alias may lead back to a node that it is in. */
  if (depth > MAX_DEPTH || ++self->n_nodes > self->max_nodes)
    {
      set_error (error, node->start_mark,
                 depth > MAX_DEPTH ? _("nested too deep") : _("its aliases make it too large"));
      return NULL;
    }

  switch (node->type)
    {
    case YAML_SEQUENCE_NODE:
      return convert_sequence (self, node, depth, error);
    case YAML_MAPPING_NODE:
      return convert_mapping (self, node, depth, error);
    case YAML_SCALAR_NODE:
    case YAML_NO_NODE:
    default:
      return convert_scalar (node, error);
    }
}

static JsonNode *
read_document (yaml_parser_t  *parser,
               gsize           length,
               GError        **error)
{
  Reader self = { .max_nodes = length + MAX_ALIASED };
  yaml_node_t *root;
  JsonNode *value;

  if (!yaml_parser_load (parser, &self.document))
    {
      set_error (error, parser->problem_mark,
                 parser->problem != NULL ? parser->problem : _("this cannot be read"));
      return NULL;
    }

  root = yaml_document_get_root_node (&self.document);
  value = root != NULL ? convert (&self, root, 0, error) : json_node_new (JSON_NODE_NULL);
  yaml_document_delete (&self.document);

  return value;
}

JsonNode *
tool_yaml_parse (GBytes    *bytes,
                 gpointer   user_data,
                 GError   **error)
{
  yaml_parser_t parser;
  JsonNode *value;
  gsize length;
  const guchar *text = g_bytes_get_data (bytes, &length);

  if (!yaml_parser_initialize (&parser))
    g_error ("No memory for a parser");
  yaml_parser_set_input_string (&parser, text != NULL ? text : (const guchar *) "", length);
  value = read_document (&parser, length, error);
  yaml_parser_delete (&parser);

  return value;
}

#else

JsonNode *
tool_yaml_parse (GBytes    *bytes,
                 gpointer   user_data,
                 GError   **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _("This server-signal is built without libyaml"));

  return NULL;
}

#endif
