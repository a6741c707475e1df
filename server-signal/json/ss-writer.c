/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-writer.h"

#include "ss-digits.h"
#include "ss-double.h"
#include "ss-text.h"

/* Bytes go straight into a string's room, whose length is put right at the end and whenever more
 * room is needed; or, without a string, into memory that grows out of the caller's. */
typedef struct
{
  GString *out;
  char    *start;
  char    *at;
  char    *end;
  char    *first;  /* the caller's; NULL with a string */
} Writer;

typedef struct
{
  const SsValue *value;
  guint          next;
  guint64        size;    /* of what has been looked at, for size_tree() */
} Frame;

/* The open containers. */
typedef struct
{
  Frame *frames;
  guint  length;
  guint  capacity;
  Frame  first[32];
} Stack;

#define INT_CHARS (SS_DIGITS_MAX + 1)

/* A small text is made here and copied, so that it costs one allocation, of its size. */
#define FIRST_CHARS 512

static void
writer_begin (Writer  *writer,
              GString *out)
{
  writer->out = out;
  writer->start = out->str;
  writer->at = out->str + out->len;
  writer->end = out->str + out->allocated_len - 1;
  writer->first = NULL;
}

static void
writer_end (Writer *writer)
{
  writer->out->len = (gsize) (writer->at - writer->start);
  *writer->at = '\0';
}

static void
writer_begin_in (Writer *writer,
                 char   *first,
                 gsize   size)
{
  writer->out = NULL;
  writer->start = writer->at = writer->first = first;
  writer->end = first + size - 1;
}

/* Gives the text. Room that is left over stays there: a text is seldom kept, and giving it back
 * costs more. */
static char *
writer_end_in (Writer *writer,
               gsize  *length)
{
  gsize n = (gsize) (writer->at - writer->start);

  *writer->at = '\0';
  if (length != NULL)
    *length = n;

  return writer->start == writer->first ? g_memdup2 (writer->first, n + 1) : writer->start;
}

static void
writer_grow (Writer *writer,
             gsize   room)
{
  gsize length = (gsize) (writer->at - writer->start);
  gsize size = length + MAX (room, length) + 1;

  if (writer->out != NULL)
    {
      writer->out->len = length;
      g_string_set_size (writer->out, size - 1);
      writer->out->len = length;
      writer_begin (writer, writer->out);
      return;
    }

  if (writer->start == writer->first)
    writer->start = memcpy (g_malloc (size), writer->first, length);
  else
    writer->start = g_realloc (writer->start, size);
  writer->at = writer->start + length;
  writer->end = writer->start + size - 1;
}

static inline void
writer_reserve (Writer *writer,
                gsize   room)
{
  if (G_UNLIKELY ((gsize) (writer->end - writer->at) < room))
    writer_grow (writer, room);
}

static void
stack_init (Stack *stack)
{
  stack->frames = stack->first;
  stack->length = 0;
  stack->capacity = G_N_ELEMENTS (stack->first);
}

static void
stack_clear (Stack *stack)
{
  if (stack->frames != stack->first)
    g_free (stack->frames);
}

static void
stack_push (Stack         *stack,
            const SsValue *value)
{
  if (stack->length == stack->capacity)
    {
      stack->capacity *= 2;
      if (stack->frames == stack->first)
        {
          stack->frames = g_new (Frame, stack->capacity);
          memcpy (stack->frames, stack->first, sizeof stack->first);
        }
      else
        stack->frames = g_renew (Frame, stack->frames, stack->capacity);
    }

  stack->frames[stack->length].value = value;
  stack->frames[stack->length].next = 0;
  stack->frames[stack->length].size = 0;
  stack->length++;
}

static inline guint
format_int (gint64  value,
            char   *buffer)
{
  guint64 number = value < 0 ? -(guint64) value : (guint64) value;
  guint length = ss_digits_count (number) + (value < 0);

  *buffer = '-';
  ss_digits_write (number, buffer + length);

  return length;
}

static inline gboolean
needs_escape (char c)
{
  return (guchar) c < 0x20 || c == '"' || c == '\\';
}

/* Behind the backslash, where one letter will do. */
static const char escape_letters[256] = {
  ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
};

static inline guint
escape_length (char c)
{
  return escape_letters[(guchar) c] != 0 ? 2 : 6;
}

static inline guint
format_escape (char  c,
               char *buffer)
{
  static const char hex[] = "0123456789abcdef";
  char letter = escape_letters[(guchar) c];

  buffer[0] = '\\';
  buffer[1] = letter;
  if (G_LIKELY (letter != 0))
    return 2;

  memcpy (buffer + 1, "u00", 3);
  buffer[4] = hex[c >> 4];
  buffer[5] = hex[c & 15];

  return 6;
}

#ifdef __SSE2__
/* Sixteen bytes, some of which are special. There is room for six times as many, and for a block
 * behind them. */
static inline void
write_block (Writer     *writer,
             const char *at,
             guint       specials)
{
  char *out = writer->at;
  guint done = 0;

  do
    {
      guint place = (guint) __builtin_ctz (specials);

      _mm_storeu_si128 ((__m128i *) out, _mm_loadu_si128 ((const __m128i *) (at + done)));
      out += place - done;
      out += format_escape (at[place], out);
      done = place + 1;
      specials &= specials - 1;
    }
  while (specials != 0);

  memcpy (out, at + done, SS_TEXT_BLOCK - done);
  writer->at = out + SS_TEXT_BLOCK - done;
}
#endif

/* Most names and many words are so short that two words, which may overlap, hold them. FALSE when
 * that does not do. */
static inline gboolean
write_short (Writer     *writer,
             const char *at,
             gsize       length)
{
  guint64 first, last;

  if (length >= 8 && length <= 16)
    {
      memcpy (&first, at, 8);
      memcpy (&last, at + length - 8, 8);
      if ((ss_text_specials (first) | ss_text_specials (last)) != 0)
        return FALSE;
      memcpy (writer->at, &first, 8);
      memcpy (writer->at + length - 8, &last, 8);
    }
  else if (length >= 4 && length < 8)
    {
      guint32 four, four_last;

      memcpy (&four, at, 4);
      memcpy (&four_last, at + length - 4, 4);
      if (ss_text_specials (four | (guint64) four_last << 32) != 0)
        return FALSE;
      memcpy (writer->at, &four, 4);
      memcpy (writer->at + length - 4, &four_last, 4);
    }
  else
    {
      return FALSE;
    }

  writer->at += length;
  return TRUE;
}

/* Leaves room for at least one byte more. */
static void
write_escaped (Writer     *writer,
               const char *at,
               gsize       length)
{
  const char *end = at + length;

  writer_reserve (writer, length + 16);
  if (write_short (writer, at, length))
    return;

  for (;;)
    {
#ifdef __SSE2__
      /* The last sixteen bytes are left, because the load from behind an escape reaches beyond its
       * block. */
      while (end - at >= 2 * SS_TEXT_BLOCK)
        {
          __m128i block = _mm_loadu_si128 ((const __m128i *) at);
          guint specials = ss_text_block_specials (block);

          if (specials == 0)
            {
              _mm_storeu_si128 ((__m128i *) writer->at, block);
              writer->at += SS_TEXT_BLOCK;
            }
          else
            {
              writer_reserve (writer, (gsize) (end - at) + 7 * SS_TEXT_BLOCK);
              write_block (writer, at, specials);
            }
          at += SS_TEXT_BLOCK;
        }
#endif

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
      while (end - at >= 8)
        {
          guint64 word, marks;

          memcpy (&word, at, sizeof word);
          memcpy (writer->at, &word, sizeof word);
          marks = ss_text_specials (word);
          if (marks != 0)
            {
              guint n = ss_text_first_marked (marks);

              at += n;
              writer->at += n;
              break;
            }
          at += 8;
          writer->at += 8;
        }
#endif

      while (at < end && !needs_escape (*at))
        *writer->at++ = *at++;

      if (at == end)
        return;

      writer_reserve (writer, (gsize) (end - at) + 24);
      writer->at += format_escape (*at++, writer->at);
    }
}

static inline void
write_quoted (Writer     *writer,
              const char *utf8,
              gsize       length)
{
  writer_reserve (writer, length + 16);
  *writer->at++ = '"';
  write_escaped (writer, utf8, length);
  *writer->at++ = '"';
}

static inline void
write_scalar (Writer        *writer,
              const SsValue *value)
{
  gsize length;
  const char *utf8;

  switch (ss_value_kind (value))
    {
    case SS_VALUE_NULL:
      writer_reserve (writer, 4);
      memcpy (writer->at, "null", 4);
      writer->at += 4;
      break;

    case SS_VALUE_BOOLEAN:
      writer_reserve (writer, 5);
      length = ss_value_get_boolean (value) ? 4 : 5;
      memcpy (writer->at, length == 4 ? "true" : "false", length);
      writer->at += length;
      break;

    case SS_VALUE_INT:
      writer_reserve (writer, INT_CHARS);
      writer->at += format_int (ss_value_get_int (value), writer->at);
      break;

    case SS_VALUE_DOUBLE:
      writer_reserve (writer, SS_DOUBLE_CHARS);
      writer->at += ss_double_format (ss_value_get_double (value), writer->at);
      break;

    case SS_VALUE_STRING:
      utf8 = ss_value_get_string (value, &length);
      write_quoted (writer, utf8, length);
      break;

    case SS_VALUE_ARRAY:
    case SS_VALUE_OBJECT:
    default:
      g_assert_not_reached ();
    }
}

static inline void
write_byte (Writer *writer,
            char    byte)
{
  writer_reserve (writer, 1);
  *writer->at++ = byte;
}

static void
write_tree (Writer        *writer,
            const SsValue *root)
{
  Stack stack;

  stack_init (&stack);
  stack_push (&stack, root);

  while (stack.length > 0)
    {
      Frame *frame = &stack.frames[stack.length - 1];
      const SsValue *value = frame->value;
      gboolean is_array = ss_value_kind (value) == SS_VALUE_ARRAY;
      guint length = ss_value_length (value);

      if (frame->next == 0)
        write_byte (writer, is_array ? '[' : '{');

      while (frame->next < length)
        {
          guint index = frame->next++;
          const SsValue *child;

          if (index > 0)
            write_byte (writer, ',');
          if (is_array)
            child = ss_array_get (value, index);
          else
            {
              gsize key_length;
              const char *key = ss_value_get_string (ss_object_key (value, index), &key_length);

              write_quoted (writer, key, key_length);
              write_byte (writer, ':');
              child = ss_object_value (value, index);
            }

          if (ss_value_is_container (child))
            {
              stack_push (&stack, child);
              frame = NULL;
              break;
            }
          write_scalar (writer, child);
        }

      if (frame != NULL)
        {
          write_byte (writer, is_array ? ']' : '}');
          stack.length--;
        }
    }

  stack_clear (&stack);
}

void
ss_value_append_json (const SsValue *value,
                      GString       *out)
{
  Writer writer;

  writer_begin (&writer, out);
  if (ss_value_is_container (value))
    write_tree (&writer, value);
  else
    write_scalar (&writer, value);
  writer_end (&writer);
}

char *
ss_value_to_json (const SsValue *value,
                  gsize         *length)
{
  char first[FIRST_CHARS];
  Writer writer;

  writer_begin_in (&writer, first, sizeof first);
  if (ss_value_is_container (value))
    write_tree (&writer, value);
  else
    write_scalar (&writer, value);

  return writer_end_in (&writer, length);
}

void
ss_append_int (GString *out,
               gint64   value)
{
  char buffer[INT_CHARS];

  g_string_append_len (out, buffer, format_int (value, buffer));
}

void
ss_append_quoted (GString    *out,
                  const char *utf8,
                  gssize      length)
{
  Writer writer;

  writer_begin (&writer, out);
  write_quoted (&writer, utf8, length < 0 ? strlen (utf8) : (gsize) length);
  writer_end (&writer);
}

void
ss_append_escaped (GString    *out,
                   const char *utf8,
                   gssize      length)
{
  Writer writer;

  writer_begin (&writer, out);
  write_escaped (&writer, utf8, length < 0 ? strlen (utf8) : (gsize) length);
  writer_end (&writer);
}

static gsize
measure_string (const SsValue *value)
{
  gsize length;
  const char *at = ss_value_get_string (value, &length);
  const char *end = at + length;

  for (length += 2; at < end; at++)
    {
      guint64 word;

      while (end - at >= 8 && (memcpy (&word, at, sizeof word), ss_text_specials (word) == 0))
        at += 8;
      if (at < end && needs_escape (*at))
        length += escape_length (*at) - 1;
    }

  return length;
}

static gsize
measure_scalar (const SsValue *value)
{
  char buffer[MAX (INT_CHARS, SS_DOUBLE_CHARS)];

  switch (ss_value_kind (value))
    {
    case SS_VALUE_NULL:
      return 4;
    case SS_VALUE_BOOLEAN:
      return ss_value_get_boolean (value) ? 4 : 5;
    case SS_VALUE_INT:
      return format_int (ss_value_get_int (value), buffer);
    case SS_VALUE_DOUBLE:
      return ss_double_format (ss_value_get_double (value), buffer);
    case SS_VALUE_STRING:
      return measure_string (value);
    case SS_VALUE_ARRAY:
    case SS_VALUE_OBJECT:
    default:
      g_assert_not_reached ();
    }
}

/* The share of a scalar in ss_value_size(), which must not cost more for a longer string. */
static inline gsize
size_scalar (const SsValue *value)
{
  return ss_value_is_string (value) ? ss_string_length (value) + 2 : measure_scalar (value);
}

/* Each container is looked into once, however often it is in the tree. */
static void
size_tree (const SsValue *root)
{
  Stack stack;

  stack_init (&stack);
  stack_push (&stack, root);

  while (stack.length > 0)
    {
      Frame *frame = &stack.frames[stack.length - 1];
      const SsValue *container = frame->value;
      gboolean is_array = ss_value_kind (container) == SS_VALUE_ARRAY;
      guint length = ss_value_length (container);

      while (frame->next < length)
        {
          const SsValue *child = is_array ? ss_array_get (container, frame->next)
                                          : ss_object_value (container, frame->next);

          if (!ss_value_is_container (child))
            {
              frame->size += size_scalar (child);
            }
          else if (ss_value_get_noted_size (child) == 0)
            {
              stack_push (&stack, child);
              frame = NULL;
              break;
            }
          else
            {
              frame->size += ss_value_get_noted_size (child);
            }
          if (!is_array)
            frame->size += size_scalar (ss_object_key (container, frame->next)) + 1;
          frame->next++;
        }

      if (frame == NULL)
        continue;

      /* The brackets and the commas. */
      frame->size += 2 + (length > 0 ? length - 1 : 0);
      ss_value_note_size (container, (guint32) MIN (frame->size, G_MAXUINT32));
      stack.length--;
    }

  stack_clear (&stack);
}

guint32
ss_value_size (const SsValue *value)
{
  if (!ss_value_is_container (value))
    return (guint32) size_scalar (value);

  if (ss_value_get_noted_size (value) == 0)
    size_tree (value);

  return ss_value_get_noted_size (value);
}

/* No text of this value is shorter, and most are not much longer. */
static inline gsize
measure_scalar_least (const SsValue *value)
{
  switch (ss_value_kind (value))
    {
    case SS_VALUE_NULL:
    case SS_VALUE_BOOLEAN:
      return 4;
    case SS_VALUE_INT:
      return 1;
    case SS_VALUE_DOUBLE:
      return 3;
    case SS_VALUE_STRING:
      return ss_string_length (value) + 2;
    case SS_VALUE_ARRAY:
    case SS_VALUE_OBJECT:
    default:
      g_assert_not_reached ();
    }
}

static inline gsize
measure_tree (const SsValue *value,
              gsize          limit,
              gboolean       is_exact)
{
  Stack stack;
  gsize sum = 0;

  stack_init (&stack);
  stack_push (&stack, value);

  while (stack.length > 0 && sum <= limit)
    {
      Frame *frame = &stack.frames[stack.length - 1];
      const SsValue *container = frame->value;
      gboolean is_array = ss_value_kind (container) == SS_VALUE_ARRAY;
      guint length = ss_value_length (container);

      /* The brackets and the commas. */
      if (frame->next == 0)
        sum += 2 + (length > 0 ? length - 1 : 0);

      while (frame->next < length && sum <= limit)
        {
          guint index = frame->next++;
          const SsValue *child =
            is_array ? ss_array_get (container, index) : ss_object_value (container, index);

          if (!is_array)
            {
              const SsValue *key = ss_object_key (container, index);

              sum += (is_exact ? measure_string (key) : measure_scalar_least (key)) + 1;
            }
          if (ss_value_is_container (child))
            {
              stack_push (&stack, child);
              frame = NULL;
              break;
            }
          sum += is_exact ? measure_scalar (child) : measure_scalar_least (child);
        }

      if (frame != NULL)
        stack.length--;
    }

  stack_clear (&stack);

  return sum;
}

/* Below this it is not worth while to look twice. */
#define LEAST_LIMIT 1024

gsize
ss_value_measure (const SsValue *value,
                  gsize          limit)
{
  gsize sum;

  if (!ss_value_is_container (value))
    return measure_scalar (value);

  /* Mostly the question is whether something large is too large, which is clear before any number
   * is written. */
  if (limit >= LEAST_LIMIT && limit != G_MAXSIZE)
    {
      sum = measure_tree (value, limit, FALSE);
      if (sum > limit)
        return sum;
    }

  return measure_tree (value, limit, TRUE);
}
