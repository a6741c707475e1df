/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-reader.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-hash.h"
#include "ss-keys.h"
#include "ss-scan.h"

/* One loop over the text. Values that are complete wait in a list until the container that they are
 * in is; then it is made in its exact size. A frame notes where an open container's part of the
 * list begins. In an object every value is preceded by the number of its key, wrapped as an
 * integer, so that the list can be dropped without knowing what is what. */

#define NO_KEY G_MAXUINT32

/* Words such as "open" or "Berlin" come again and again in a table. Short strings that were made
 * lately are used again: one place for each hash, where the newest stays. Small texts are read
 * faster without. */
#define RECENT_SIZE 256
#define RECENT_LENGTH 24
#define RECENT_TEXT 2048

typedef struct
{
  gsize   start;      /* the first of its values in the list */
  gsize   opened;     /* the place of its bracket in the text, for errors */
  guint32 key;        /* the number of the last key, NO_KEY before the first */
  guint16 depth;      /* nesting of the deepest child so far */
  guint8  is_object;
} Frame;

typedef struct
{
  SsScan      scan;
  const char *text;
  const char *end;
  guint       max_depth;

  SsValue   **values;
  gsize       n_values;
  gsize       values_capacity;
  Frame      *frames;
  guint       n_frames;
  guint       frames_capacity;
  SsKeys      keys;
  gboolean    is_limit;
  gboolean    has_recent;
  SsValue    *recent[RECENT_SIZE]; /* short strings lately made; they live at least as long as the list */

  SsValue    *first_values[64];
  Frame       first_frames[16];
} Reader;

static void
grow_values (Reader *self)
{
  gsize capacity = self->values_capacity * 2;

  if (self->values == self->first_values)
    {
      self->values = g_new (SsValue *, capacity);
      memcpy (self->values, self->first_values, sizeof self->first_values);
    }
  else
    self->values = g_renew (SsValue *, self->values, capacity);
  self->values_capacity = capacity;
}

static inline void
push_value (Reader  *self,
            SsValue *value)
{
  if (G_UNLIKELY (self->n_values == self->values_capacity))
    grow_values (self);

  self->values[self->n_values++] = value;
}

static gboolean
push_frame (Reader     *self,
            const char *at)
{
  Frame *frame;

  if (self->n_frames == self->max_depth)
    {
      self->is_limit = TRUE;
      ss_scan_fail (&self->scan, at, "");
      return FALSE;
    }

  if (G_UNLIKELY (self->n_frames == self->frames_capacity))
    {
      guint capacity = self->frames_capacity * 2;

      if (self->frames == self->first_frames)
        {
          self->frames = g_new (Frame, capacity);
          memcpy (self->frames, self->first_frames, sizeof self->first_frames);
        }
      else
        self->frames = g_renew (Frame, self->frames, capacity);
      self->frames_capacity = capacity;
    }

  frame = &self->frames[self->n_frames++];
  frame->start = self->n_values;
  frame->opened = (gsize) (at - self->text);
  frame->key = NO_KEY;
  frame->depth = 0;
  frame->is_object = *at == '{';

  return TRUE;
}

static inline const char *
skip_space (const char *at,
            const char *end)
{
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    at++;

  return at;
}

static SsValue *
make_string (Reader     *self,
             const char *bytes,
             gsize       length)
{
  SsValue **place;

  if (length > RECENT_LENGTH || !self->has_recent)
    return ss_value_new_string (bytes, (gssize) length);

  place = &self->recent[ss_hash_text (bytes, length) % RECENT_SIZE];
  if (*place != NULL && ss_string_length (*place) == length &&
      memcmp (ss_value_get_string (*place, NULL), bytes, length) == 0)
    {
      /* Nobody else can see it yet. */
      (*place)->refs++;
      return *place;
    }

  return *place = ss_value_new_string (bytes, (gssize) length);
}

static const char *
read_string_value (Reader      *self,
                   const char  *at,
                   SsValue    **value)
{
  const char *bytes;
  gsize length;
  gboolean escaped;

  at = ss_scan_string (&self->scan, at + 1, &bytes, &length, &escaped);
  if (at != NULL)
    *value = make_string (self, bytes, length);

  return at;
}

/* Reads a key and its colon. */
static const char *
read_key (Reader     *self,
          const char *at)
{
  Frame *frame = &self->frames[self->n_frames - 1];
  guint32 previous = frame->key;
  guint32 key;
  const char *bytes;
  gsize length;
  gboolean escaped;

  if (at == self->end || *at != '"')
    return ss_scan_fail (&self->scan, at,
                         previous == NO_KEY ? N_("expected a member's name in quotes or “}”")
                                            : N_("expected a member's name in quotes"));

  at++;
  key = ss_keys_guess (&self->keys, previous, at, self->end, &length);
  if (G_LIKELY (key != SS_KEYS_NONE))
    at += length + 1;
  else
    {
      at = ss_scan_string (&self->scan, at, &bytes, &length, &escaped);
      if (at == NULL)
        return NULL;
      key = ss_keys_intern (&self->keys, previous, bytes, length, !escaped);
    }
  frame->key = key;
  push_value (self, ss_value_new_int (key));

  if (G_UNLIKELY (at == self->end || *at != ':'))
    {
      at = skip_space (at, self->end);
      if (at == self->end || *at != ':')
        return ss_scan_fail (&self->scan, at, N_("expected “:”"));
    }

  return skip_space (at + 1, self->end);
}

static const char *
read_scalar (Reader      *self,
             const char  *at,
             SsValue    **value)
{
  if (at == self->end)
    return ss_scan_fail (&self->scan, at, N_("expected a value, not the end of the text"));

  switch (*at)
    {
    case '"':
      return read_string_value (self, at, value);
    case 't':
      return ss_scan_word (&self->scan, at, "true", 4, ss_value_new_boolean (TRUE), value);
    case 'f':
      return ss_scan_word (&self->scan, at, "false", 5, ss_value_new_boolean (FALSE), value);
    case 'n':
      return ss_scan_word (&self->scan, at, "null", 4, ss_value_new_null (), value);
    case '-':
      return ss_scan_number (&self->scan, at, value);
    default:
      if (g_ascii_isdigit (*at))
        return ss_scan_number (&self->scan, at, value);
      if ((guchar) *at == 0xef && self->end - at >= 3 && memcmp (at, "\xef\xbb\xbf", 3) == 0)
        return ss_scan_fail (&self->scan, at, N_("a byte order mark is not accepted"));
      return ss_scan_fail (&self->scan, at, N_("expected a value"));
    }
}

/* Finds the place of the member with this ordinal: the object is known to be well formed. */
static const char *
find_member (const char *at,
             gsize       ordinal)
{
  guint depth = 1;
  gboolean is_name = TRUE;

  for (at++;; at++)
    switch (*at)
      {
      case '{':
      case '[':
        depth++;
        break;
      case '}':
      case ']':
        depth--;
        break;
      case ',':
        is_name = depth == 1;
        break;
      case '"':
        if (depth == 1 && is_name && ordinal-- == 0)
          return at;
        is_name = FALSE;
        for (at++; *at != '"'; at++)
          at += *at == '\\';
        break;
      default:
        break;
      }
}

/* The values of the innermost container are complete. */
static SsValue *
close_container (Reader *self)
{
  Frame *frame = &self->frames[--self->n_frames];
  SsValue **values = self->values + frame->start;
  gsize n = self->n_values - frame->start;
  SsValue *container;

  if (frame->is_object)
    {
      SsObject *object;

      n /= 2;
      container = ss_value_new_object ((guint) n);
      object = (SsObject *) container;
      ss_keys_begin_object (&self->keys);
      for (gsize i = 0; i < n; i++)
        {
          guint32 number = (guint32) ss_value_get_int (values[2 * i]);
          SsValue *key = ss_keys_take (&self->keys, number);

          if (G_UNLIKELY (key == NULL))
            {
              ss_scan_fail (&self->scan, find_member (self->text + frame->opened, i),
                            N_("the object has a member of this name already"));
              ss_value_unref (container);
              /* The values that the object took are gone from the list. */
              memmove (values, values + 2 * i, (2 * n - 2 * i) * sizeof *values);
              self->n_values -= 2 * i;
              return NULL;
            }
          object->items[i].key = key;
          object->items[i].value = values[2 * i + 1];
          object->length++;
        }
    }
  else
    {
      container = ss_value_new_array ((guint) n);
      ((SsArray *) container)->length = (guint32) n;
      memcpy (((SsArray *) container)->items, values, n * sizeof *values);
    }

  self->n_values = frame->start;
  ss_value_note_depth (container, frame->depth + 1u);
  if (self->n_frames > 0)
    {
      Frame *outer = frame - 1;

      outer->depth = MAX (outer->depth, (guint16) (frame->depth + 1u));
    }

  return container;
}

/* After a value: to the place where the next one begins, closing containers on the way. *value is
 * the whole document when that was its end. */
static const char *
read_on (Reader      *self,
         const char  *at,
         SsValue    **value,
         gboolean    *is_complete)
{
  *is_complete = FALSE;

  for (;;)
    {
      Frame *frame;

      if (self->n_frames == 0)
        {
          *is_complete = TRUE;
          at = skip_space (at, self->end);
          return at == self->end
                   ? at
                   : ss_scan_fail (&self->scan, at, N_("expected the end of the text"));
        }

      frame = &self->frames[self->n_frames - 1];
      push_value (self, *value);
      *value = NULL;
      at = skip_space (at, self->end);

      if (at < self->end && *at == ',')
        {
          at = skip_space (at + 1, self->end);
          return frame->is_object ? read_key (self, at) : at;
        }

      if (at == self->end || *at != (frame->is_object ? '}' : ']'))
        return ss_scan_fail (&self->scan, at,
                             frame->is_object ? N_("expected “,” or “}”")
                                              : N_("expected “,” or “]”"));

      *value = close_container (self);
      if (*value == NULL)
        return NULL;
      at++;
    }
}

static SsValue *
read_document (Reader *self)
{
  const char *at = skip_space (self->text, self->end);
  SsValue *value = NULL;
  gboolean is_complete = FALSE;

  while (!is_complete)
    {
      if (at < self->end && (*at == '{' || *at == '['))
        {
          gboolean is_object = *at == '{';

          if (!push_frame (self, at))
            return NULL;
          at = skip_space (at + 1, self->end);
          if (at < self->end && *at == (is_object ? '}' : ']'))
            {
              value = close_container (self);
              at++;
            }
          else if (is_object)
            {
              at = read_key (self, at);
              if (at == NULL)
                return NULL;
              continue;
            }
          else
            continue;
        }
      else
        {
          at = read_scalar (self, at, &value);
          if (at == NULL)
            return NULL;
        }

      at = read_on (self, at, &value, &is_complete);
      if (at == NULL)
        {
          ss_value_clear (&value);
          return NULL;
        }
    }

  return value;
}

static void
set_error (Reader  *self,
           GError **error)
{
  guint line = 1, column = 1;

  for (const char *p = self->text; p < self->scan.error_at; p++)
    if (*p == '\n')
      {
        line++;
        column = 1;
      }
    else
      column += ((guchar) *p & 0xc0) != 0x80;

  if (self->is_limit)
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                 /* Translators: a place in a text. */
                 _("Line %u, column %u: nested deeper than %u levels"), line, column,
                    self->max_depth);
  else
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                 /* Translators: a place in a text, and what is wrong there. */
                 _("Line %u, column %u: %s"), line, column, _(self->scan.error));
}

SsValue *
ss_value_from_json (const char  *text,
                    gssize       length,
                    guint        max_depth,
                    GError     **error)
{
  Reader self;
  SsValue *value;

  self.text = text;
  self.end = text + (length < 0 ? strlen (text) : (gsize) length);
  self.max_depth = MIN (max_depth, G_MAXUINT16 - 1);
  self.values = self.first_values;
  self.n_values = 0;
  self.values_capacity = G_N_ELEMENTS (self.first_values);
  self.frames = self.first_frames;
  self.n_frames = 0;
  self.frames_capacity = G_N_ELEMENTS (self.first_frames);
  ss_scan_init (&self.scan, self.end);
  self.is_limit = FALSE;
  ss_keys_init (&self.keys);
  ss_hash_begin ();
  self.has_recent = self.end - text >= RECENT_TEXT;
  if (self.has_recent)
    memset (self.recent, 0, sizeof self.recent);

  value = read_document (&self);
  if (value == NULL)
    set_error (&self, error);

  for (gsize i = 0; i < self.n_values; i++)
    ss_value_unref (self.values[i]);
  if (self.values != self.first_values)
    g_free (self.values);
  if (self.frames != self.first_frames)
    g_free (self.frames);
  ss_scan_clear (&self.scan);
  ss_keys_clear (&self.keys);

  return value;
}
