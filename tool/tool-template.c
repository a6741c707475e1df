/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-template.h"

#include <string.h>

#include <glib/gi18n.h>

#include "tool-output.h"
#include "tool-target.h"

struct _ToolTemplate
{
  GPtrArray *pieces; /* of Piece */
};

typedef struct
{
  enum
  {
    LITERAL,
    POINTER,
    NAME,
  } kind;
  char *text;
} Piece;

static void
piece_free (gpointer data)
{
  Piece *self = data;

  g_free (self->text);
  g_free (self);
}

static void
add (ToolTemplate *self,
     int           kind,
     const char   *text,
     gsize         length)
{
  Piece *piece = g_new0 (Piece, 1);

  piece->kind = kind;
  piece->text = g_strndup (text, length);
  g_ptr_array_add (self->pieces, piece);
}

static gboolean
add_place (ToolTemplate  *self,
           const char    *text,
           gsize          length,
           GError       **error)
{
  g_autofree char *inside = g_strndup (text, length);

  if (g_str_equal (inside, "name"))
    {
      add (self, NAME, "", 0);
      return TRUE;
    }

  if (!tool_pointer_check (inside, error))
    return FALSE;
  add (self, POINTER, inside, length);

  return TRUE;
}

ToolTemplate *
tool_template_new (const char  *text,
                   GError     **error)
{
  g_autoptr (ToolTemplate) self = g_new0 (ToolTemplate, 1);
  g_autoptr (GString) literal = g_string_new (NULL);

  self->pieces = g_ptr_array_new_with_free_func (piece_free);
  for (const char *p = text; *p != '\0'; p++)
    {
      const char *end = *p == '{' ? strchr (p, '}') : NULL;

      if ((*p == '{' || *p == '}') && p[1] == *p)
        {
          g_string_append_c (literal, *p++);
        }
      else if (*p == '\\' && p[1] != '\0' && strchr ("nt\\", p[1]) != NULL)
        {
          p++;
          g_string_append_c (literal, *p == 'n' ? '\n' : *p == 't' ? '\t' : '\\');
        }
      else if (*p == '{' && end != NULL)
        {
          add (self, LITERAL, literal->str, literal->len);
          g_string_truncate (literal, 0);
          if (!add_place (self, p + 1, (gsize) (end - p) - 1, error))
            return NULL;
          p = end;
        }
      else if (*p == '{' || *p == '}')
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _("A brace of the template has no other; a brace itself is written twice"));
          return NULL;
        }
      else
        {
          g_string_append_c (literal, *p);
        }
    }
  add (self, LITERAL, literal->str, literal->len);

  return g_steal_pointer (&self);
}

void
tool_template_free (ToolTemplate *self)
{
  g_ptr_array_unref (self->pieces);
  g_free (self);
}

char *
tool_template_fill (ToolTemplate *self,
                    const char   *name,
                    const char   *json)
{
  g_autoptr (ServerSignal) document = server_signal_new_from_json ("document", json, NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->pieces->len; i++)
    {
      const Piece *piece = self->pieces->pdata[i];

      if (piece->kind == POINTER)
        {
          g_autofree char *value = server_signal_dup_json (document, piece->text);
          g_autofree char *unquoted = tool_unquote (value != NULL ? value : "");
          g_autofree char *shown = tool_make_shown (unquoted, "\n\t");

          g_string_append (text, shown);
        }
      else if (piece->kind == NAME)
        {
          g_autofree char *shown = tool_make_shown (name, "");

          g_string_append (text, shown);
        }
      else
        {
          g_string_append (text, piece->text);
        }
    }

  return g_string_free (text, FALSE);
}
