/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-yaml.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#ifdef HAVE_YAML

#include <yaml.h>

/* As deep as a document may be. */
#define MAX_DEPTH 120
/* Aliases can make a small file a large value. So many nodes may be made beyond one for each byte. */
#define MAX_ALIASED 100000
#define MERGE "<<"

typedef struct
{
  yaml_parser_t parser;
  const guchar *text;
  gsize         length;
  GHashTable   *anchors; /* the name → Anchor, the last one of that name */
  GPtrArray    *all;     /* of Anchor */
  gsize         n_nodes;
  gsize         max_nodes;
} Reader;

/* A node that may be referred to. */
typedef struct
{
  JsonNode *value;   /* NULL: its end has not been read */
  char     *text;    /* of a scalar, as a key; NULL: it is none */
  gsize     n_nodes; /* in it */
  guint     height;
} Anchor;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (yaml_event_t, yaml_event_delete)

static JsonNode *read_node (Reader *self, const yaml_event_t *event, guint depth, guint *height,
                            GError **error);

static void
set_error (GError      **error,
           yaml_mark_t   mark,
           const char   *problem)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _("Line %zu, column %zu: %s"), mark.line + 1, mark.column + 1, problem);
}

static void
anchor_free (gpointer data)
{
  Anchor *self = data;

  g_clear_pointer (&self->value, json_node_unref);
  g_free (self->text);
  g_free (self);
}

/* Of bytes that are no text, of which the parser knows only where they are. */
static yaml_mark_t
find_mark (Reader *self)
{
  gsize end = MIN (self->parser.problem_offset, self->length);
  yaml_mark_t mark = { 0, 0, 0 };

  if (self->parser.error != YAML_READER_ERROR)
    return self->parser.problem_mark;

  for (gsize i = 0; i < end; i++)
    if (self->text[i] == '\n')
      {
        mark.line++;
        mark.column = 0;
      }
    else if ((self->text[i] & 0xc0) != 0x80)
      {
        mark.column++;
      }

  return mark;
}

static gboolean
read_event (Reader        *self,
            yaml_event_t  *event,
            GError       **error)
{
  if (yaml_parser_parse (&self->parser, event))
    return TRUE;

  memset (event, 0, sizeof *event);
  set_error (error, find_mark (self),
             self->parser.problem != NULL ? self->parser.problem : _("this cannot be read"));

  return FALSE;
}

/* Scalars, by the core schema of YAML 1.2 */

typedef enum
{
  ANY,
  TEXT,
  NOTHING,
  BOOLEAN,
  INTEGER,
  REAL,
} Kind;

static gboolean
is_one_of (const char        *text,
           const char *const *words)
{
  return g_strv_contains (words, text);
}

static Kind
get_kind (const yaml_event_t *event)
{
  static const struct
  {
    const char *tag;
    Kind kind;
  } tags[] = {
    { YAML_NULL_TAG, NOTHING },
    { YAML_BOOL_TAG, BOOLEAN },
    { YAML_INT_TAG, INTEGER },
    { YAML_FLOAT_TAG, REAL },
  };

  if (event->data.scalar.tag == NULL)
    return event->data.scalar.plain_implicit ? ANY : TEXT;

  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    if (g_str_equal (event->data.scalar.tag, tags[i].tag))
      return tags[i].kind;

  return TEXT;
}

/* [-+]? [0-9]+, 0x [0-9a-fA-F]+ or 0o [0-7]+ */
static gboolean
is_integer (const char *text,
            guint      *base)
{
  const char *digits = text + (text[0] == '-' || text[0] == '+');
  const char *set = G_CSET_DIGITS;

  *base = 10;
  if (g_str_has_prefix (text, "0x"))
    {
      *base = 16;
      set = G_CSET_DIGITS "abcdefABCDEF";
    }
  else if (g_str_has_prefix (text, "0o"))
    {
      *base = 8;
      set = "01234567";
    }
  if (*base != 10)
    digits = text + strlen ("0x");

  return digits[0] != '\0' && digits[strspn (digits, set)] == '\0';
}

static gboolean
read_integer (const char *text,
              guint       base,
              gint64     *number)
{
  errno = 0;
  *number = g_ascii_strtoll (base == 10 ? text : text + strlen ("0x"), NULL, base);

  return errno == 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? and those that JSON has not */
static gboolean
is_real (const char *text)
{
  static const char *const names[] = { ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL };
  const char *p = text + (text[0] == '-' || text[0] == '+');
  gsize before = strspn (p, G_CSET_DIGITS);
  gsize behind = 0;

  if (is_one_of (p, names))
    return TRUE;

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

  return *p == '\0';
}

static JsonNode *
convert_real (const yaml_event_t  *event,
              const char          *text,
              GError             **error)
{
  double number = g_ascii_strtod (text, NULL);

  if (strpbrk (text, "nN") != NULL || !isfinite (number))
    {
      set_error (error, event->start_mark, _("JSON has no such number"));
      return NULL;
    }

  return json_node_init_double (json_node_alloc (), number);
}

static JsonNode *
convert_scalar (const yaml_event_t  *event,
                GError             **error)
{
  static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
  static const char *const trues[] = { "true", "True", "TRUE", NULL };
  static const char *const falses[] = { "false", "False", "FALSE", NULL };
  const char *text = (const char *) event->data.scalar.value;
  Kind kind = get_kind (event);
  gint64 integer;
  guint base;

  if (strlen (text) != event->data.scalar.length)
    {
      set_error (error, event->start_mark, _("a string has a zero byte"));
      return NULL;
    }

  if ((kind == ANY || kind == NOTHING) && is_one_of (text, nulls))
    return json_node_init_null (json_node_alloc ());
  if ((kind == ANY || kind == BOOLEAN) && (is_one_of (text, trues) || is_one_of (text, falses)))
    return json_node_init_boolean (json_node_alloc (), is_one_of (text, trues));

  if ((kind == ANY || kind == INTEGER) && is_integer (text, &base))
    {
      if (read_integer (text, base, &integer))
        return json_node_init_int (json_node_alloc (), integer);

      set_error (error, event->start_mark, _("the integer does not fit into 64 bits"));
      return NULL;
    }

  if ((kind == ANY || kind == REAL) && is_real (text))
    return convert_real (event, text, error);
  if (kind == ANY || kind == TEXT)
    return json_node_init_string (json_node_alloc (), text);

  set_error (error, event->start_mark, _("the value is not what its tag says"));

  return NULL;
}

/* Anchors and aliases */

static const Anchor *
find_anchor (Reader              *self,
             const yaml_event_t  *event,
             GError             **error)
{
  const Anchor *anchor = g_hash_table_lookup (self->anchors, event->data.alias.anchor);

  if (anchor == NULL)
    set_error (error, event->start_mark, _("there is no such anchor"));
  else if (anchor->value == NULL)
    set_error (error, event->start_mark, _("a value has an alias of itself"));
  else
    return anchor;

  return NULL;
}

static JsonNode *
read_alias (Reader              *self,
            const yaml_event_t  *event,
            guint                depth,
            guint               *height,
            GError             **error)
{
  const Anchor *anchor = find_anchor (self, event, error);

  if (anchor == NULL)
    return NULL;

  self->n_nodes += anchor->n_nodes;
  *height = anchor->height;
  if (depth + anchor->height > MAX_DEPTH || self->n_nodes > self->max_nodes)
    {
      set_error (error, event->start_mark,
                 self->n_nodes > self->max_nodes ? _("its aliases make it too large")
                                                 : _("nested too deep"));
      return NULL;
    }

  return json_node_copy (anchor->value);
}

/* Under its name, from the beginning of the node on. */
static Anchor *
add_anchor (Reader             *self,
            const yaml_event_t *event)
{
  const yaml_char_t *name = NULL;
  Anchor *anchor;

  if (event->type == YAML_SCALAR_EVENT)
    name = event->data.scalar.anchor;
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    name = event->data.sequence_start.anchor;
  else if (event->type == YAML_MAPPING_START_EVENT)
    name = event->data.mapping_start.anchor;
  if (name == NULL)
    return NULL;

  anchor = g_new0 (Anchor, 1);
  if (event->type == YAML_SCALAR_EVENT)
    anchor->text = g_strdup ((const char *) event->data.scalar.value);
  g_ptr_array_add (self->all, anchor);
  g_hash_table_insert (self->anchors, g_strdup ((const char *) name), anchor);

  return anchor;
}

/* Lists and mappings */

static JsonNode *
read_sequence (Reader  *self,
               guint    depth,
               guint   *height,
               GError **error)
{
  g_autoptr (JsonArray) array = json_array_new ();

  for (;;)
    {
      g_auto (yaml_event_t) event = { 0 };
      guint inner = 0;
      JsonNode *element;

      if (!read_event (self, &event, error))
        return NULL;
      if (event.type == YAML_SEQUENCE_END_EVENT)
        break;

      element = read_node (self, &event, depth + 1, &inner, error);
      if (element == NULL)
        return NULL;
      json_array_add_element (array, element);
      *height = MAX (*height, inner + 1);
    }

  return json_node_init_array (json_node_alloc (), array);
}

/* NULL: it is none. */
static const char *
read_key (Reader              *self,
          const yaml_event_t  *event,
          GError             **error)
{
  const Anchor *anchor;

  if (event->type == YAML_ALIAS_EVENT)
    {
      anchor = find_anchor (self, event, error);
      if (anchor == NULL)
        return NULL;
      if (anchor->text != NULL)
        return anchor->text;
    }
  else if (event->type == YAML_SCALAR_EVENT &&
           strlen ((const char *) event->data.scalar.value) == event->data.scalar.length)
    {
      return (const char *) event->data.scalar.value;
    }

  set_error (error, event->start_mark, _("a key is not a string"));

  return NULL;
}

static gboolean
is_merge (const yaml_event_t *event)
{
  return event->type == YAML_SCALAR_EVENT && event->data.scalar.plain_implicit &&
         g_str_equal (event->data.scalar.value, MERGE);
}

static void
merge_object (JsonObject *object,
              JsonObject *other)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, other);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    if (!json_object_has_member (object, name))
      json_object_set_member (object, name, json_node_copy (value));
}

/* The members of another mapping, or of several, that the object has not itself. */
static gboolean
merge (JsonObject *object,
       JsonNode   *other)
{
  JsonArray *array;

  if (JSON_NODE_HOLDS_OBJECT (other))
    {
      merge_object (object, json_node_get_object (other));
      return TRUE;
    }
  if (!JSON_NODE_HOLDS_ARRAY (other))
    return FALSE;

  array = json_node_get_array (other);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)))
      return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    merge_object (object, json_array_get_object_element (array, i));

  return TRUE;
}

/* One member. merged: what the object is to be merged with. */
static gboolean
read_member (Reader              *self,
             const yaml_event_t  *event,
             JsonObject          *object,
             JsonNode           **merged,
             guint                depth,
             guint               *height,
             GError             **error)
{
  g_auto (yaml_event_t) value_event = { 0 };
  g_autofree char *key = g_strdup (read_key (self, event, error));
  Anchor *anchor;
  JsonNode *value;
  guint inner = 0;

  if (key == NULL)
    return FALSE;
  if (is_merge (event) ? *merged != NULL : json_object_has_member (object, key))
    {
      set_error (error, event->start_mark, _("a key stands there twice"));
      return FALSE;
    }
  anchor = add_anchor (self, event);
  if (anchor != NULL)
    {
      anchor->value = json_node_init_string (json_node_alloc (), key);
      anchor->n_nodes = 1;
    }

  if (!read_event (self, &value_event, error))
    return FALSE;
  value = read_node (self, &value_event, depth + 1, &inner, error);
  if (value == NULL)
    return FALSE;

  *height = MAX (*height, inner + 1);
  if (is_merge (event))
    *merged = value;
  else
    json_object_set_member (object, key, value);

  return TRUE;
}

static JsonNode *
read_mapping (Reader              *self,
              const yaml_event_t  *start,
              guint                depth,
              guint               *height,
              GError             **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) merged = NULL;

  for (;;)
    {
      g_auto (yaml_event_t) event = { 0 };

      if (!read_event (self, &event, error))
        return NULL;
      if (event.type == YAML_MAPPING_END_EVENT)
        break;
      if (!read_member (self, &event, object, &merged, depth, height, error))
        return NULL;
    }

  if (merged != NULL && !merge (object, merged))
    {
      set_error (error, start->start_mark,
                 _("a merge key stands for a mapping, or a list of them"));
      return NULL;
    }

  return json_node_init_object (json_node_alloc (), object);
}

/* height: how deep it is itself, 0 at first. */
static JsonNode *
read_node (Reader              *self,
           const yaml_event_t  *event,
           guint                depth,
           guint               *height,
           GError             **error)
{
  gsize before = self->n_nodes++;
  Anchor *anchor = add_anchor (self, event);
  JsonNode *value;

  if (depth > MAX_DEPTH)
    {
      set_error (error, event->start_mark, _("nested too deep"));
      return NULL;
    }

  switch (event->type)
    {
    case YAML_ALIAS_EVENT:
      return read_alias (self, event, depth, height, error);

    case YAML_SEQUENCE_START_EVENT:
      value = read_sequence (self, depth, height, error);
      break;

    case YAML_MAPPING_START_EVENT:
      value = read_mapping (self, event, depth, height, error);
      break;

    case YAML_SCALAR_EVENT:
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
    default:
      value = convert_scalar (event, error);
      break;
    }

  if (anchor != NULL && value != NULL)
    {
      anchor->value = json_node_copy (value);
      anchor->n_nodes = self->n_nodes - before;
      anchor->height = *height;
    }

  return value;
}

/* The stream and its document, of which there is one. */
static JsonNode *
read_stream (Reader  *self,
             GError **error)
{
  g_autoptr (JsonNode) value = NULL;

  for (;;)
    {
      g_auto (yaml_event_t) event = { 0 };
      guint height = 0;

      if (!read_event (self, &event, error))
        return NULL;

      switch (event.type)
        {
        case YAML_STREAM_END_EVENT:
          return value != NULL ? g_steal_pointer (&value)
                               : json_node_init_null (json_node_alloc ());

        case YAML_DOCUMENT_START_EVENT:
          if (value != NULL)
            {
              set_error (error, event.start_mark, _("there is more than one document"));
              return NULL;
            }
          break;

        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
          break;

        case YAML_ALIAS_EVENT:
        case YAML_SCALAR_EVENT:
        case YAML_SEQUENCE_START_EVENT:
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_START_EVENT:
        case YAML_MAPPING_END_EVENT:
        default:
          value = read_node (self, &event, 0, &height, error);
          if (value == NULL)
            return NULL;
          break;
        }
    }
}

JsonNode *
tool_yaml_parse (GBytes    *bytes,
                 gpointer   user_data,
                 GError   **error)
{
  Reader self = { 0 };
  JsonNode *value;

  self.text = g_bytes_get_data (bytes, &self.length);
  if (self.text == NULL)
    self.text = (const guchar *) "";
  self.max_nodes = self.length + MAX_ALIASED;
  self.anchors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.all = g_ptr_array_new_with_free_func (anchor_free);

  if (!yaml_parser_initialize (&self.parser))
    g_error ("No memory for a parser");
  yaml_parser_set_input_string (&self.parser, self.text, self.length);
  value = read_stream (&self, error);
  yaml_parser_delete (&self.parser);
  g_hash_table_unref (self.anchors);
  g_ptr_array_unref (self.all);

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
