/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-frame-decode.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "json/ss-reader.h"
#include "server-signal-error.h"
#include "ss-frame-quick.h"
#include "ss-limits.h"

/* Members are looked up by the kind of the frame, so one that belongs to another kind is as
 * unknown as any, and is ignored. */

static gboolean
wrong_type (const char  *key,
            const char  *expected,
            GError     **error)
{
  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
               /* Translators: the first is the name of a member, the second what it has to be. */
               _("In a frame, “%s” has to be %s"), key, expected);

  return FALSE;
}

static gboolean
is_kind (const SsValue *value,
         SsValueKind    kind)
{
  return value != NULL && ss_value_kind (value) == kind;
}

static SsValue *
get (const SsValue *object,
     const char    *key)
{
  return ss_object_get (object, key, strlen (key));
}

static gboolean
read_string (const SsValue  *object,
             const char     *key,
             gboolean        required,
             char          **out,
             GError        **error)
{
  SsValue *value = get (object, key);
  const char *string;
  gsize length;

  if (value == NULL && !required)
    return TRUE;
  if (!is_kind (value, SS_VALUE_STRING))
    return wrong_type (key, _("a string"), error);

  string = ss_value_get_string (value, &length);
  *out = g_strndup (string, length);

  return TRUE;
}

static gboolean
check_name (const char  *name,
            GError     **error)
{
  gsize length = strlen (name);

  if (length >= 1 && length <= SS_NAME_BYTES)
    return TRUE;

  if (length == 0)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The name of a signal is empty"));
      return FALSE;
    }

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The name of a signal is longer than %d bytes"), SS_NAME_BYTES);

  return FALSE;
}

static gboolean
read_name (const SsValue  *object,
           const char     *key,
           gboolean        required,
           char          **out,
           GError        **error)
{
  g_autofree char *name = NULL;

  if (!read_string (object, key, required, &name, error))
    return FALSE;
  if (name != NULL && !check_name (name, error))
    return FALSE;

  *out = g_steal_pointer (&name);

  return TRUE;
}

static gboolean
read_number (const SsValue  *object,
             const char     *key,
             gint64          least,
             gint64          most,
             gboolean       *present,
             guint64        *out,
             GError        **error)
{
  SsValue *value = get (object, key);
  gint64 number;

  *present = value != NULL;
  if (value == NULL)
    return TRUE;
  if (ss_value_kind (value) != SS_VALUE_INT)
    return wrong_type (key, _("an integer"), error);

  number = ss_value_get_int (value);
  if (number < least || number > most)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                   _("In a frame, “%s” has to be a number from %lld to %lld, not %lld"), key,
                      (long long) least, (long long) most, (long long) number);
      return FALSE;
    }

  *out = (guint64) number;

  return TRUE;
}

static gboolean
read_revision (const SsValue  *object,
               const char     *key,
               gboolean       *present,
               guint64        *out,
               GError        **error)
{
  return read_number (object, key, 0, SS_REVISION_MAX, present, out, error);
}

/* A list of strings; one that is not there is empty. */
static gboolean
read_strings (const SsValue  *object,
              const char     *key,
              GStrv          *out,
              GError        **error)
{
  SsValue *list = get (object, key);
  g_auto (GStrv) strings = NULL;
  guint n_strings = 0;

  if (list != NULL)
    {
      if (ss_value_kind (list) != SS_VALUE_ARRAY)
        return wrong_type (key, _("a list of strings"), error);
      n_strings = ss_value_length (list);
    }

  strings = g_new0 (char *, (gsize) n_strings + 1);
  for (guint i = 0; i < n_strings; i++)
    {
      SsValue *element = ss_array_get (list, i);

      if (ss_value_kind (element) != SS_VALUE_STRING)
        return wrong_type (key, _("a list of strings"), error);
      strings[i] = g_strdup (ss_value_get_string (element, NULL));
      if (!check_name (strings[i], error))
        return FALSE;
    }

  *out = g_steal_pointer (&strings);

  return TRUE;
}

static gboolean
string_is (const SsValue *value,
           const char    *expected)
{
  return is_kind (value, SS_VALUE_STRING) &&
         strcmp (ss_value_get_string (value, NULL), expected) == 0;
}

/* The document, when the patch does nothing but put a whole one in place of whatever is there. */
static SsValue *
find_document (const SsValue *patch)
{
  const SsValue *operation;
  const SsValue *op;

  if (ss_value_length (patch) != 1)
    return NULL;

  operation = ss_array_get (patch, 0);
  if (ss_value_kind (operation) != SS_VALUE_OBJECT || !string_is (get (operation, "path"), ""))
    return NULL;

  op = get (operation, "op");
  if (!string_is (op, "replace") && !string_is (op, "add"))
    return NULL;

  return get (operation, "value");
}

static gboolean
decode_update (SsFrame        *frame,
               const SsValue  *object,
               const SsValue  *patch,
               GError        **error)
{
  SsValue *document;

  if (!read_name (object, "name", TRUE, &frame->name, error))
    return FALSE;
  if (ss_value_kind (patch) != SS_VALUE_ARRAY)
    return wrong_type ("patch", _("a list of operations"), error);
  if (!read_revision (object, "base", &frame->has_base, &frame->base, error) ||
      !read_revision (object, "rev", &frame->has_rev, &frame->rev, error) ||
      !read_string (object, "epoch", FALSE, &frame->epoch, error))
    return FALSE;

  if (frame->has_base)
    {
      if (!frame->has_rev || frame->rev < frame->base ||
          (frame->rev == frame->base && ss_value_length (patch) > 0))
        {
          g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                               _("An update has to make a later revision of its base"));
          return FALSE;
        }
    }
  else if ((document = find_document (patch)) != NULL)
    {
      if (ss_value_depth (document) > SS_DOCUMENT_DEPTH)
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                       _("The document is nested deeper than %d levels"), SS_DOCUMENT_DEPTH);
          return FALSE;
        }

      frame->kind = SS_FRAME_SNAPSHOT;
      frame->value = ss_value_ref (document);
      return TRUE;
    }

  /* Only a snapshot says its epoch. */
  g_clear_pointer (&frame->epoch, g_free);
  frame->kind = SS_FRAME_UPDATE;
  frame->patch = ss_patch_from_value (patch, error);

  return frame->patch != NULL;
}

static gboolean
decode_hello (SsFrame        *frame,
              const SsValue  *hello,
              GError        **error)
{
  frame->kind = SS_FRAME_HELLO;
  if (ss_value_kind (hello) != SS_VALUE_OBJECT)
    return wrong_type ("hello", _("an object"), error);

  return read_string (hello, "protocol", TRUE, &frame->protocol, error) &&
         read_strings (hello, "signals", &frame->signals, error) &&
         read_strings (hello, "via", &frame->via, error);
}

static gboolean
decode_signal (SsFrame        *frame,
               const SsValue  *object,
               const SsValue  *what,
               GError        **error)
{
  if (!read_name (object, "name", TRUE, &frame->name, error))
    return FALSE;
  if (ss_value_kind (what) != SS_VALUE_STRING)
    return wrong_type ("signal", _("a string"), error);

  /* Something else may happen to a signal some day, which is nothing to us. */
  if (!ss_news_from_string (ss_value_get_string (what, NULL), &frame->news))
    return TRUE;

  frame->kind = SS_FRAME_SIGNAL;

  return frame->news != SS_NEWS_STALE ||
         read_number (object, "age", 0, SS_AGE_MAX, &frame->has_age, &frame->age, error);
}

static gboolean
decode_error (SsFrame        *frame,
              const SsValue  *object,
              GError        **error)
{
  frame->kind = SS_FRAME_ERROR;
  if (ss_value_kind (object) != SS_VALUE_OBJECT)
    return wrong_type ("error", _("an object"), error);

  return read_name (object, "name", FALSE, &frame->name, error) &&
         read_string (object, "code", TRUE, &frame->code, error) &&
         read_string (object, "message", FALSE, &frame->message, error);
}

static gboolean
decode_subscribe (SsFrame        *frame,
                  const SsValue  *object,
                  GError        **error)
{
  gboolean has_max;

  frame->kind = SS_FRAME_SUBSCRIBE;

  return read_name (object, "subscribe", TRUE, &frame->name, error) &&
         read_string (object, "epoch", FALSE, &frame->epoch, error) &&
         read_revision (object, "rev", &frame->has_rev, &frame->rev, error) &&
         read_number (object, "max", 1, G_MAXINT64, &has_max, &frame->max, error);
}

static gboolean
decode_unsubscribe (SsFrame        *frame,
                    const SsValue  *object,
                    GError        **error)
{
  frame->kind = SS_FRAME_UNSUBSCRIBE;

  return read_name (object, "unsubscribe", TRUE, &frame->name, error);
}

/* The number of a call, which has to be there. */
static gboolean
read_id (const SsValue  *object,
         const char     *key,
         guint64        *out,
         GError        **error)
{
  gboolean present;

  if (!read_revision (object, key, &present, out, error))
    return FALSE;

  return present || wrong_type (key, _("an integer"), error);
}

/* Any value, which applications get as a document. */
static gboolean
read_value (const SsValue  *object,
            const char     *key,
            gboolean        required,
            SsValue       **out,
            GError        **error)
{
  SsValue *value = get (object, key);

  if (value == NULL)
    return !required || wrong_type (key, _("a value"), error);

  if (ss_value_depth (value) > SS_DOCUMENT_DEPTH)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("In a frame, “%s” is nested deeper than %d levels"), key, SS_DOCUMENT_DEPTH);
      return FALSE;
    }

  *out = ss_value_ref (value);

  return TRUE;
}

static gboolean
read_key (const SsValue  *object,
          char          **out,
          GError        **error)
{
  gsize length;

  if (!read_string (object, "key", FALSE, out, error))
    return FALSE;
  if (*out == NULL)
    return TRUE;

  length = strlen (*out);
  if (length >= 1 && length <= SS_CALL_KEY_BYTES)
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
               _("The key of a call has to have 1 to %d bytes"), SS_CALL_KEY_BYTES);

  return FALSE;
}

static gboolean
decode_call (SsFrame        *frame,
             const SsValue  *object,
             GError        **error)
{
  gboolean has_max;

  frame->kind = SS_FRAME_CALL;

  return read_name (object, "call", TRUE, &frame->name, error) &&
         read_id (object, "id", &frame->id, error) &&
         read_value (object, "args", FALSE, &frame->value, error) &&
         read_key (object, &frame->key, error) &&
         read_number (object, "max", 1, G_MAXINT64, &has_max, &frame->max, error);
}

static gboolean
decode_reply (SsFrame        *frame,
              const SsValue  *object,
              GError        **error)
{
  const SsValue *failure = get (object, "error");

  frame->kind = SS_FRAME_REPLY;
  if (!read_id (object, "reply", &frame->id, error))
    return FALSE;
  if (failure == NULL)
    return read_value (object, "value", TRUE, &frame->value, error);
  if (ss_value_kind (failure) != SS_VALUE_OBJECT)
    return wrong_type ("error", _("an object"), error);

  return read_string (failure, "code", TRUE, &frame->code, error) &&
         read_string (failure, "message", FALSE, &frame->message, error) &&
         read_value (failure, "data", FALSE, &frame->value, error);
}

static gboolean
decode_object (SsFrame        *frame,
               const SsValue  *object,
               GError        **error)
{
  SsValue *member;

  if ((member = get (object, "patch")) != NULL && get (object, "name") != NULL)
    return decode_update (frame, object, member, error);
  if ((member = get (object, "hello")) != NULL)
    return decode_hello (frame, member, error);
  if ((member = get (object, "signal")) != NULL)
    return decode_signal (frame, object, member, error);
  if (get (object, "reply") != NULL)
    return decode_reply (frame, object, error);
  if ((member = get (object, "error")) != NULL)
    return decode_error (frame, member, error);
  if (get (object, "via") != NULL)
    {
      frame->kind = SS_FRAME_VIA;
      return read_strings (object, "via", &frame->via, error);
    }
  if (get (object, "subscribe") != NULL)
    return decode_subscribe (frame, object, error);
  if (get (object, "unsubscribe") != NULL)
    return decode_unsubscribe (frame, object, error);
  if (get (object, "call") != NULL)
    return decode_call (frame, object, error);
  if (get (object, "cancel") != NULL)
    {
      frame->kind = SS_FRAME_CANCEL;
      return read_id (object, "cancel", &frame->id, error);
    }
  if (get (object, "interval") != NULL)
    {
      gboolean present;

      frame->kind = SS_FRAME_INTERVAL;
      return read_number (object, "interval", 0, SS_REVISION_MAX, &present, &frame->interval,
                          error);
    }
  if (get (object, "progress") != NULL)
    {
      frame->kind = SS_FRAME_PROGRESS;
      return read_id (object, "progress", &frame->id, error) &&
             read_value (object, "value", TRUE, &frame->value, error);
    }

  frame->kind = SS_FRAME_UNKNOWN;

  return TRUE;
}

gboolean
ss_frame_decode (SsFrame     *frame,
                 const char  *text,
                 gsize        length,
                 GError     **error)
{
  g_autoptr (SsValue) root = NULL;

  g_assert (frame != NULL);
  g_assert (text != NULL);

  *frame = (SsFrame) { 0 };

  if (ss_frame_decode_quick (frame, text, length))
    return TRUE;

  if (length > G_MAXSSIZE)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                           _("The frame is too large"));
      return FALSE;
    }

  root = ss_value_from_json (text, (gssize) length, SS_FRAME_DEPTH, error);
  if (root == NULL)
    return FALSE;

  if (ss_value_kind (root) != SS_VALUE_OBJECT)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("A frame has to be a JSON object"));
      return FALSE;
    }

  if (!decode_object (frame, root, error))
    {
      char *name = g_steal_pointer (&frame->name);

      ss_frame_clear (frame);
      frame->name = name;
      return FALSE;
    }

  return TRUE;
}
