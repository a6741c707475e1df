/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-screen.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "tool-output.h"

/* At most so many pictures a second, whatever the values do. */
#define FRAME_MS 50
#define LIT_US (G_USEC_PER_SEC)
#define MAX_TEXT 4096

/* The alternate screen, without a cursor and without a new line at the edge. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"
#define CLEAR_LINE "\033[K"
#define BOLD "\033[1m"
#define DIM "\033[2m"
#define LIT "\033[7m"
#define END "\033[0m"

/* A leaf of a document, on its line. */
typedef struct
{
  char  *text;
  gint64 changed;   /* when; 0: it was there at first */
} Leaf;

typedef struct
{
  char       *title;
  char       *json;    /* NULL: there is nothing */
  GHashTable *leaves;  /* the JSON Pointer → Leaf */
} Value;

struct _ToolScreen
{
  GPtrArray *values; /* of Value */
  GPtrArray *lines;  /* NULL: the values are shown */
  char      *status;
  gboolean   is_open;
  guint      timeout;
  guint      resized;
  gint64     drawn;
};

static void
leaf_free (gpointer data)
{
  Leaf *self = data;

  g_free (self->text);
  g_free (self);
}

static void
value_free (gpointer data)
{
  Value *self = data;

  g_free (self->title);
  g_free (self->json);
  g_hash_table_unref (self->leaves);
  g_free (self);
}

static void
get_size (guint *columns,
          guint *rows)
{
  struct winsize size;
  gboolean known = ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0;

  *columns = known && size.ws_col > 0 ? size.ws_col : 80;
  *rows = known && size.ws_row > 0 ? size.ws_row : 24;
}

/* A picture: lines that are cut at the edge of the screen. */
typedef struct
{
  GString *out;
  guint    columns;
  guint    rows;
  guint    row;
  guint    n_hidden; /* lines that have no place */
} Picture;

/* Cells of the terminal, of which some characters take two and some none. */
static guint
get_width (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;

  return g_unichar_iswide (c) ? 2 : 1;
}

/* The length of an escape sequence for bold, colors and the like, which we have put in; 0: there is
 * none. */
static gsize
get_sequence (const char *text)
{
  gsize length;

  if (text[0] != '\033' || text[1] != '[')
    return 0;

  length = strlen ("\033[") + strspn (text + 2, G_CSET_DIGITS ";");

  return text[length] == 'm' ? length + 1 : 0;
}

/* Escape sequences take no place; control characters are not passed on. */
static void
add_line (Picture    *self,
          const char *text)
{
  guint column = 0;

  if (self->row >= self->rows)
    {
      self->n_hidden++;
      return;
    }

  if (self->row > 0)
    g_string_append (self->out, "\r\n");
  self->row++;
  while (*text != '\0')
    {
      gunichar c = g_utf8_get_char (text);
      gsize length = get_sequence (text);

      if (length > 0)
        {
          g_string_append_len (self->out, text, (gssize) length);
          text += length;
          continue;
        }

      if (column + get_width (c) <= self->columns)
        {
          column += get_width (c);
          if (g_unichar_iscntrl (c))
            g_string_append (self->out, "�");
          else
            g_string_append_unichar (self->out, c);
        }
      text = g_utf8_next_char (text);
    }
  g_string_append (self->out, END CLEAR_LINE);
}

/* Walks over a document line by line, as tool_format_json() breaks it. */
typedef struct
{
  Picture    *picture; /* NULL: only looks at what has changed */
  Value      *value;
  GHashTable *leaves;  /* the new ones */
  GString    *pointer;
  gint64      now;
  gboolean    is_first;
  gboolean    colors;
} Walk;

static const char *walk (Walk *self, const char *json, guint depth, const char *label, char follow);

static const char *
skip_string (const char *text)
{
  for (text++; *text != '"'; text++)
    if (*text == '\\')
      text++;

  return text + 1;
}

static const char *
skip_leaf (const char *text)
{
  if (*text == '"')
    return skip_string (text);
  if ((*text == '{' || *text == '[') && (text[1] == '}' || text[1] == ']'))
    return text + 2;

  return text + strcspn (text, ",]}");
}

static void
push (GString    *pointer,
      const char *token)
{
  g_string_append_c (pointer, '/');
  for (; *token != '\0'; token++)
    if (*token == '~' || *token == '/')
      g_string_append (pointer, *token == '~' ? "~0" : "~1");
    else
      g_string_append_c (pointer, *token);
}

static void
show (Walk       *self,
      guint       depth,
      const char *label,
      const char *text,
      char        follow,
      gboolean    is_lit)
{
  g_autofree char *formatted = NULL;
  g_autofree char *line = NULL;

  if (self->picture == NULL)
    return;

  formatted = tool_format_json (text, 0, self->colors && !is_lit);
  line = g_strdup_printf ("%*s%s%s%s%s%s", (int) depth * 2 + 2, "", label, is_lit ? LIT : "",
                          text[1] == '\0' && strchr ("{}[]", text[0]) != NULL ? text : formatted,
                          is_lit ? END : "", follow == ',' ? "," : "");
  add_line (self->picture, line);
}

static const char *
walk_leaf (Walk       *self,
           const char *json,
           guint       depth,
           const char *label,
           char        follow)
{
  const char *end = skip_leaf (json);
  g_autofree char *text = g_strndup (json, (gsize) MIN (end - json, MAX_TEXT));
  const Leaf *known = g_hash_table_lookup (self->value->leaves, self->pointer->str);
  gint64 changed = known == NULL ? (self->is_first ? 0 : self->now) : known->changed;

  /* A long string is cut, and closed so that it is one still. */
  if (end - json > MAX_TEXT)
    {
      char *cut = g_utf8_find_prev_char (text, text + MAX_TEXT - 16);

      while (cut > text && cut[-1] == '\\')
        cut--;
      strcpy (cut, "…\"");
    }

  if (known != NULL && !g_str_equal (known->text, text))
    changed = self->now;
  if (self->leaves != NULL)
    {
      Leaf *leaf = g_new0 (Leaf, 1);

      leaf->text = g_strdup (text);
      leaf->changed = changed;
      g_hash_table_insert (self->leaves, g_strdup (self->pointer->str), leaf);
    }
  show (self, depth, label, text, *end == ',' ? ',' : follow,
        changed > 0 && self->now - changed < LIT_US);

  return end;
}

static const char *
walk_container (Walk       *self,
                const char *json,
                guint       depth,
                const char *label)
{
  gboolean is_object = *json == '{';
  gsize length = self->pointer->len;
  guint64 index = 0;

  show (self, depth, label, is_object ? "{" : "[", 0, FALSE);
  for (json++;; json++)
    {
      g_autofree char *inner = NULL;

      if (is_object)
        {
          const char *end = skip_string (json);
          g_autofree char *quoted = g_strndup (json, (gsize) (end - json));
          g_autofree char *token = tool_unquote (quoted);
          g_autofree char *colored = tool_format_json (quoted, 0, FALSE);

          push (self->pointer, token);
          inner = self->colors ? g_strdup_printf ("\033[34m%s" END ": ", colored)
                               : g_strdup_printf ("%s: ", colored);
          json = end + 1;
        }
      else
        {
          g_string_append_printf (self->pointer, "/%" G_GUINT64_FORMAT, index++);
          inner = g_strdup ("");
        }

      json = walk (self, json, depth + 1, inner, 0);
      g_string_truncate (self->pointer, length);
      if (*json != ',')
        break;
    }
  show (self, depth, "", is_object ? "}" : "]", json[1] == ',' ? ',' : 0, FALSE);

  return json + 1;
}

/* As deep as a document may be, which is bounded. */
static const char *
walk (Walk       *self,
      const char *json,
      guint       depth,
      const char *label,
      char        follow)
{
  if ((*json == '{' || *json == '[') && json[1] != '}' && json[1] != ']')
    return walk_container (self, json, depth, label);

  return walk_leaf (self, json, depth, label, follow);
}

static void
walk_value (Value      *value,
            Picture    *picture,
            GHashTable *leaves,
            gboolean    is_first)
{
  g_autoptr (GString) pointer = g_string_new (NULL);
  Walk self = {
    .picture = picture,
    .value = value,
    .leaves = leaves,
    .pointer = pointer,
    .now = g_get_monotonic_time (),
    .is_first = is_first,
    .colors = tool_has_colors (),
  };

  if (value->json != NULL)
    walk (&self, value->json, 0, "", 0);
}

static gboolean
is_lit (ToolScreen *self)
{
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < self->values->len; i++)
    {
      const Value *value = self->values->pdata[i];
      GHashTableIter iter;
      gpointer leaf;

      g_hash_table_iter_init (&iter, value->leaves);
      while (g_hash_table_iter_next (&iter, NULL, &leaf))
        if (((const Leaf *) leaf)->changed > 0 && now - ((const Leaf *) leaf)->changed < LIT_US)
          return TRUE;
    }

  return FALSE;
}

static void draw_later (ToolScreen *self, guint ms);

static void
draw (ToolScreen *self)
{
  Picture picture = { g_string_new ("\033[H"), 0, 0, 0, 0 };
  g_autofree char *status = NULL;
  gboolean lit = is_lit (self);

  get_size (&picture.columns, &picture.rows);
  /* The last row is for the number of lines below it. */
  picture.rows = MAX (picture.rows, 2) - 1;
  status = g_strdup_printf ("%s%s" END, self->is_open ? DIM : BOLD, self->status);
  add_line (&picture, status);

  for (guint i = 0; self->lines != NULL && i < self->lines->len; i++)
    add_line (&picture, self->lines->pdata[i]);
  for (guint i = 0; self->lines == NULL && i < self->values->len; i++)
    {
      Value *value = self->values->pdata[i];
      g_autofree char *shown = tool_make_printable (value->title, "");
      g_autofree char *title = g_strdup_printf (BOLD "%s" END, shown);

      add_line (&picture, title);
      walk_value (value, &picture, NULL, FALSE);
    }
  g_string_append (picture.out, "\033[J");
  if (picture.n_hidden > 0)
    g_string_append_printf (picture.out, "\r\n" DIM "… %u" END, picture.n_hidden);
  tool_print (picture.out->str);
  tool_flush ();
  g_string_free (picture.out, TRUE);

  self->drawn = g_get_monotonic_time ();
  if (lit)
    draw_later (self, 200);
}

static gboolean
draw_cb (gpointer user_data)
{
  ToolScreen *self = user_data;

  self->timeout = 0;
  draw (self);

  return G_SOURCE_REMOVE;
}

static void
draw_later (ToolScreen *self,
            guint       ms)
{
  if (self->timeout == 0)
    self->timeout = g_timeout_add (ms, draw_cb, self);
}

/* Something is to be seen as soon as the last picture is old enough. */
static void
draw_soon (ToolScreen *self)
{
  gint64 age = (g_get_monotonic_time () - self->drawn) / 1000;

  if (self->timeout != 0)
    g_source_remove (self->timeout);
  self->timeout = 0;
  draw_later (self, (guint) CLAMP (FRAME_MS - age, 0, FRAME_MS));
}

static gboolean
resized_cb (gpointer user_data)
{
  draw_soon (user_data);

  return G_SOURCE_CONTINUE;
}

/* In handlers of signals: without a buffer, and without an end if the terminal is gone. */
static void
write_at_once (const char *text)
{
  gsize length = strlen (text);

  while (length > 0)
    {
      gssize n = write (STDOUT_FILENO, text, length);

      if (n <= 0)
        return;
      text += n;
      length -= (gsize) n;
    }
}

/* Ctrl-Z: the shell gets the terminal as it was. */
static void
stop_handler (int code)
{
  int saved_errno = errno;

  write_at_once (LEAVE);
  raise (SIGSTOP);
  errno = saved_errno;
}

/* As after a new size everything is drawn. */
static void
continue_handler (int code)
{
  int saved_errno = errno;

  write_at_once (ENTER);
  raise (SIGWINCH);
  errno = saved_errno;
}

static void
handle (int   code,
        void (*handler) (int))
{
  struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
  struct sigaction old;

  /* A shell without job control has it ignored. */
  if (sigaction (code, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
    sigaction (code, &action, NULL);
}

ToolScreen *
tool_screen_new (void)
{
  ToolScreen *self = g_new0 (ToolScreen, 1);

  self->values = g_ptr_array_new_with_free_func (value_free);
  self->status = g_strdup ("");
  self->resized = g_unix_signal_add (SIGWINCH, resized_cb, self);
  tool_print (ENTER);
  tool_flush ();
  handle (SIGTSTP, stop_handler);
  handle (SIGCONT, continue_handler);

  return self;
}

void
tool_screen_free (ToolScreen *self)
{
  if (self->timeout != 0)
    g_source_remove (self->timeout);
  g_source_remove (self->resized);
  handle (SIGTSTP, SIG_DFL);
  handle (SIGCONT, SIG_DFL);
  tool_print (LEAVE);
  tool_flush ();
  g_ptr_array_unref (self->values);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_free (self->status);
  g_free (self);
}

static Value *
find (ToolScreen *self,
      const char *title,
      guint      *index)
{
  for (guint i = 0; i < self->values->len; i++)
    {
      Value *value = self->values->pdata[i];

      if (g_str_equal (value->title, title))
        {
          *index = i;
          return value;
        }
    }

  return NULL;
}

void
tool_screen_set (ToolScreen *self,
                 const char *name,
                 const char *pointer,
                 const char *json)
{
  g_autofree char *title = g_strconcat (name, pointer, NULL);
  g_autoptr (GHashTable) leaves =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, leaf_free);
  guint index;
  Value *value = find (self, title, &index);
  gboolean is_first = value == NULL;

  if (value == NULL)
    {
      value = g_new0 (Value, 1);
      value->title = g_strdup (title);
      value->leaves = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, leaf_free);
      g_ptr_array_add (self->values, value);
    }
  g_free (value->json);
  value->json = g_strdup (json);

  walk_value (value, NULL, leaves, is_first);
  g_hash_table_unref (value->leaves);
  value->leaves = g_steal_pointer (&leaves);
  draw_soon (self);
}

void
tool_screen_remove (ToolScreen *self,
                    const char *name,
                    const char *pointer)
{
  g_autofree char *title = g_strconcat (name, pointer, NULL);
  guint index;

  if (find (self, title, &index) != NULL)
    g_ptr_array_remove_index (self->values, index);
  draw_soon (self);
}

void
tool_screen_set_status (ToolScreen *self,
                        const char *uri,
                        gboolean    is_open,
                        const char *error)
{
  g_autofree char *text = NULL;

  if (error != NULL)
    text = g_strdup_printf ("%s: %s", uri, error);
  else
    text = g_strdup_printf ("%s%s", uri, is_open ? "" : _(": connecting …"));

  g_free (self->status);
  self->status = tool_make_printable (text, "");
  self->is_open = is_open;
  draw_soon (self);
}

void
tool_screen_print_lines (GPtrArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    {
      g_autoptr (GString) plain = g_string_new (NULL);

      for (const char *text = lines->pdata[i]; *text != '\0';)
        if (get_sequence (text) > 0)
          text += get_sequence (text);
        else
          g_string_append_c (plain, *text++);
      g_string_append_c (plain, '\n');
      tool_print (plain->str);
    }
  tool_print ("\n");
  tool_flush ();
}

void
tool_screen_set_lines (ToolScreen *self,
                       GPtrArray  *lines)
{
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  self->lines = g_ptr_array_ref (lines);
  draw_soon (self);
}
