/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-request-head.h"

#include <string.h>

#include "ss-limits.h"

#define OK 200
#define BAD_REQUEST 400
#define URI_TOO_LONG 414
#define FIELDS_TOO_LARGE 431
#define NOT_IMPLEMENTED 501
#define VERSION_NOT_SUPPORTED 505

/* RFC 9110, 5.6.2 */
#define TOKEN G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "!#$%&'*+-.^_`|~"
/* RFC 3986, 3.2: a host and a port. */
#define HOST G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~%!$&'()*+,;=:[]"

/* Fields that decide how the request is read, or who may come in. Two of one kind are read one way
 * by one program and the other way by the next. */
typedef enum
{
  HOST_FIELD,
  LENGTH_FIELD,
  ENCODING_FIELD,
  EXPECT_FIELD,
  KEY_FIELD,
  VERSION_FIELD,
  ORIGIN_FIELD,
  AUTHORIZATION_FIELD,
  N_FIELDS
} Field;

static const char *const field_names[N_FIELDS] = {
  [HOST_FIELD] = "Host",
  [LENGTH_FIELD] = "Content-Length",
  [ENCODING_FIELD] = "Transfer-Encoding",
  [EXPECT_FIELD] = "Expect",
  [KEY_FIELD] = "Sec-WebSocket-Key",
  [VERSION_FIELD] = "Sec-WebSocket-Version",
  [ORIGIN_FIELD] = "Origin",
  [AUTHORIZATION_FIELD] = "Authorization",
};

/* A piece of the head. */
typedef struct
{
  const char *text;
  gsize       length;
} Piece;

typedef struct
{
  Piece    method;
  Piece    authority; /* of the target; text NULL: it names none */
  gboolean is_secure; /* the scheme with it */
  gboolean is_1_0;
  Piece    fields[N_FIELDS]; /* values; text NULL: it is not there */
} Request;

static gboolean
consists_of (Piece       piece,
             const char *set)
{
  for (gsize i = 0; i < piece.length; i++)
    if (strchr (set, piece.text[i]) == NULL)
      return FALSE;

  return piece.length > 0;
}

static gboolean
equals (Piece       piece,
        const char *text)
{
  return piece.length == strlen (text) && memcmp (piece.text, text, piece.length) == 0;
}

static gboolean
equals_ignoring_case (Piece       piece,
                      const char *text)
{
  return piece.length == strlen (text) && g_ascii_strncasecmp (piece.text, text, piece.length) == 0;
}

/* Up to the first such character, which is taken from the rest as well. */
static gboolean
split (Piece *rest,
       char   separator,
       Piece *piece)
{
  const char *at = rest->length > 0 ? memchr (rest->text, separator, rest->length) : NULL;

  if (at == NULL)
    return FALSE;

  *piece = (Piece) { rest->text, (gsize) (at - rest->text) };
  rest->length -= piece->length + 1;
  rest->text = at + 1;

  return TRUE;
}

/* Without the line's end. */
static gboolean
next_line (Piece *rest,
           Piece *line)
{
  if (!split (rest, '\n', line))
    return FALSE;

  line->length--;

  return TRUE;
}

/* Up to where the path or the query begins. */
static Piece
find_authority (Piece rest)
{
  gsize n = 0;

  while (n < rest.length && strchr ("/?", rest.text[n]) == NULL)
    n++;

  return (Piece) { rest.text, n };
}

static gboolean
read_target (Request *request,
             Piece    target)
{
  static const struct
  {
    const char *text;
    gboolean is_secure;
  } schemes[] = {
    { "http://", FALSE }, { "https://", TRUE }, { "ws://", FALSE }, { "wss://", TRUE }
  };

  for (gsize i = 0; i < target.length; i++)
    {
      if (!g_ascii_isgraph (target.text[i]) || target.text[i] == '#')
        return FALSE;
      if (target.text[i] == '%' &&
          (i + 2 >= target.length || !g_ascii_isxdigit (target.text[i + 1]) ||
           !g_ascii_isxdigit (target.text[i + 2])))
        return FALSE;
    }

  if (target.length > 0 && target.text[0] == '/')
    return TRUE;

  if (equals (target, "*"))
    return equals (request->method, "OPTIONS");

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      gsize n = strlen (schemes[i].text);

      if (target.length > n && g_ascii_strncasecmp (target.text, schemes[i].text, n) == 0)
        {
          request->authority = find_authority ((Piece) { target.text + n, target.length - n });
          request->is_secure = schemes[i].is_secure;
          return consists_of (request->authority, HOST);
        }
    }

  return FALSE;
}

static guint
read_request_line (Request *request,
                   Piece    line)
{
  Piece target;

  if (!split (&line, ' ', &request->method) || !split (&line, ' ', &target) ||
      !consists_of (request->method, TOKEN) || !read_target (request, target))
    return BAD_REQUEST;

  request->is_1_0 = equals (line, "HTTP/1.0");
  if (request->is_1_0 || equals (line, "HTTP/1.1"))
    return OK;

  if (line.length == 8 && memcmp (line.text, "HTTP/", 5) == 0 && g_ascii_isdigit (line.text[5]) &&
      line.text[6] == '.' && g_ascii_isdigit (line.text[7]))
    return VERSION_NOT_SUPPORTED;

  return BAD_REQUEST;
}

static gboolean
is_space (char c)
{
  return c == ' ' || c == '\t';
}

static gboolean
split_field (Piece  line,
             Piece *name,
             Piece *value)
{
  if (!split (&line, ':', name) || !consists_of (*name, TOKEN))
    return FALSE;

  while (line.length > 0 && is_space (line.text[0]))
    {
      line.text++;
      line.length--;
    }
  while (line.length > 0 && is_space (line.text[line.length - 1]))
    line.length--;
  *value = line;

  return TRUE;
}

static Field
find_field (Piece name)
{
  guint i = 0;

  while (i < N_FIELDS && !equals_ignoring_case (name, field_names[i]))
    i++;

  return (Field) i;
}

static guint
read_fields (Request *request,
             Piece    rest)
{
  Piece line;

  for (guint n = 0; next_line (&rest, &line) && line.length > 0; n++)
    {
      Piece name, value;
      Field field;

      if (n == SS_REQUEST_FIELDS)
        return FIELDS_TOO_LARGE;

      if (!split_field (line, &name, &value))
        return BAD_REQUEST;

      field = find_field (name);
      if (field == N_FIELDS)
        continue;

      if (request->fields[field].text != NULL)
        return BAD_REQUEST;
      request->fields[field] = value;
    }

  return OK;
}

static guint
check_body (const Request *request)
{
  Piece length = request->fields[LENGTH_FIELD];
  Piece encoding = request->fields[ENCODING_FIELD];
  gboolean has_body = encoding.text != NULL;

  if (length.text != NULL)
    {
      if (!consists_of (length, G_CSET_DIGITS) || length.length > 18 || encoding.text != NULL)
        return BAD_REQUEST;

      for (gsize i = 0; i < length.length; i++)
        has_body = has_body || length.text[i] != '0';
    }

  if (encoding.text != NULL && request->is_1_0)
    return BAD_REQUEST;

  if (encoding.text != NULL && !equals_ignoring_case (encoding, "chunked"))
    return NOT_IMPLEMENTED;

  if (has_body && (equals (request->method, "GET") || equals (request->method, "HEAD")))
    return BAD_REQUEST;

  return OK;
}

static Piece
without_default_port (Piece    authority,
                      gboolean is_secure)
{
  const char *end = is_secure ? ":443" : ":80";
  gsize n = strlen (end);

  if (authority.text != NULL && authority.length > n &&
      memcmp (authority.text + authority.length - n, end, n) == 0)
    authority.length -= n;

  return authority;
}

/* RFC 9112, 3.2: a client says the same host in both. The one holds for some programs, and the other
 * for others. */
static gboolean
check_authority (const Request *request)
{
  Piece named = without_default_port (request->authority, request->is_secure);
  Piece host = without_default_port (request->fields[HOST_FIELD], request->is_secure);

  return request->authority.text == NULL || request->fields[HOST_FIELD].text == NULL ||
         (named.length == host.length &&
          g_ascii_strncasecmp (named.text, host.text, host.length) == 0);
}

static guint
check_whole (const char *text,
             gsize       length)
{
  Request request = { 0 };
  Piece rest = { text, length };
  Piece line;
  guint status;

  if (!next_line (&rest, &line) || !g_utf8_validate_len (text, length, NULL))
    return BAD_REQUEST;

  status = read_request_line (&request, line);
  if (status == OK)
    status = read_fields (&request, rest);
  if (status != OK)
    return status;

  if (request.fields[HOST_FIELD].text == NULL ? !request.is_1_0
                                              : !consists_of (request.fields[HOST_FIELD], HOST))
    return BAD_REQUEST;

  if (!check_authority (&request))
    return BAD_REQUEST;

  return check_body (&request);
}

guint
ss_request_head_check (SsRequestHead *self,
                       const char    *bytes,
                       gsize          n_bytes,
                       gsize         *length)
{
  for (; self->n_seen < n_bytes; self->n_seen++)
    {
      gsize at = self->n_seen;
      guint8 byte = (guint8) bytes[at];

      /* Neither is HTTP: a line's end of one byte, a control character. */
      if (at > 0 && (bytes[at - 1] == '\r') != (byte == '\n'))
        return BAD_REQUEST;
      if ((byte < ' ' && byte != '\t' && byte != '\r' && byte != '\n') || byte == 0x7f ||
          (at == 0 && byte == '\n'))
        return BAD_REQUEST;

      if (!self->has_line && at - self->line >= SS_REQUEST_LINE_BYTES)
        return URI_TOO_LONG;
      if (at >= SS_REQUEST_BYTES)
        return FIELDS_TOO_LARGE;

      if (byte != '\n')
        continue;

      if (at - self->line > 1)
        {
          self->has_line = TRUE;
        }
      else if (self->has_line)
        {
          *length = at + 1;
          return check_whole (bytes + self->first, at + 1 - self->first);
        }
      else if (self->first > 0)
        {
          return BAD_REQUEST;
        }
      else
        {
          /* RFC 9112, 2.2: one in front of the request is not minded. */
          self->first = at + 1;
        }
      self->line = at + 1;
    }

  return 0;
}

void
ss_request_head_strip (GByteArray *head)
{
  gsize at = 0;

  while (at < head->len)
    {
      const char *text = (const char *) head->data + at;
      const char *end = memchr (text, '\n', head->len - at);
      gsize n = end != NULL ? (gsize) (end - text) + 1 : head->len - at;
      Piece line = { text, n };
      Piece name;
      Field field = split (&line, ':', &name) ? find_field (name) : N_FIELDS;

      if (field == LENGTH_FIELD || field == ENCODING_FIELD || field == EXPECT_FIELD)
        g_byte_array_remove_range (head, (guint) at, (guint) n);
      else
        at += n;
    }
}
