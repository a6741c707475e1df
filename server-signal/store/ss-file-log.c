/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-file-log.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "json/ss-reader.h"
#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "ss-limits.h"

typedef enum
{
  SNAPSHOT = 'S',
  HEAD = 'H',
  PAST = 'P',    /* a commit before the snapshot */
  COMMIT = 'C',
} Kind;

typedef struct
{
  Kind        kind;
  const char *text;
  gsize       length;
  gsize       confirmed;
} Piece;

/* The line before the text of a piece: kind, length and checksum, and with the first piece of a write
 * how many bytes of the file the disk had confirmed before. JSON has no line ends of its own, so that
 * such a line is found wherever it stands. */
#define MAX_LINE 80

static SsFileSum
add_up (SsFileSum   before,
        Kind        kind,
        const char *text,
        gsize       length)
{
  const SsMark base = { kind, before };

  return ss_mark_next (&base, "", text, length).chain;
}

static void
write_piece (GString    *out,
             Kind        kind,
             const char *text,
             gsize       length,
             gsize       confirmed,
             SsFileSum  *sum)
{
  char checksum[SS_CHAIN_SIZE];

  *sum = add_up (*sum, kind, text, length);
  ss_chain_format (*sum, checksum);
  g_string_append_printf (out, "%c %" G_GSIZE_FORMAT " %s", kind, length, checksum);
  if (confirmed > 0)
    g_string_append_printf (out, " %" G_GSIZE_FORMAT, confirmed);
  g_string_append_c (out, '\n');
  g_string_append_len (out, text, (gssize) length);
  g_string_append_c (out, '\n');
}

/* The members that a head and a snapshot have, without the brace at the end. */
static GString *
begin_head (const char          *name,
            const SsStoreRecord *record)
{
  GString *text = g_string_new ("{\"name\":");

  ss_append_quoted (text, name, -1);
  g_string_append (text, ",\"epoch\":");
  ss_append_quoted (text, record->epoch, -1);
  g_string_append (text, ",\"owner\":");
  ss_append_quoted (text, record->owner, -1);
  g_string_append_printf (text,
                          ",\"generation\":%" G_GUINT64_FORMAT
                          ",\"seconds\":%u,\"written\":%" G_GINT64_FORMAT,
                          record->generation, record->seconds, record->written);

  return text;
}

void
ss_file_log_write_head (GString             *out,
                        const char          *name,
                        const SsStoreRecord *record,
                        gsize                confirmed,
                        SsFileSum           *sum)
{
  GString *text = begin_head (name, record);

  g_string_append_c (text, '}');
  write_piece (out, HEAD, text->str, text->len, confirmed, sum);
  g_string_free (text, TRUE);
}

static void
write_entry (GString    *out,
             Kind        kind,
             SsLogEntry *entry,
             gsize       confirmed,
             SsFileSum  *sum)
{
  char base[SS_CHAIN_SIZE], chain[SS_CHAIN_SIZE];
  gsize length;
  const char *patch = ss_log_entry_get_text (entry, &length);
  GString *text = g_string_sized_new (length + 128);

  ss_chain_format (entry->base.chain, base);
  ss_chain_format (entry->mark.chain, chain);
  g_string_append_printf (text, "%" G_GUINT64_FORMAT " %s %s %s ", entry->mark.revision, base,
                          chain, entry->writer);
  g_string_append_len (text, patch, (gssize) length);
  write_piece (out, kind, text->str, text->len, confirmed, sum);
  g_string_free (text, TRUE);
}

void
ss_file_log_write_entry (GString    *out,
                         SsLogEntry *entry,
                         gsize       confirmed,
                         SsFileSum  *sum)
{
  write_entry (out, COMMIT, entry, confirmed, sum);
}

void
ss_file_log_write_all (GString             *out,
                       const char          *name,
                       const SsStoreRecord *record,
                       SsFileSum           *sum)
{
  GString *text = begin_head (name, record);
  char chain[SS_CHAIN_SIZE];
  gsize length;
  const char *document = g_bytes_get_data (record->snapshot, &length);

  *sum = 0;
  ss_chain_format (record->snapshot_mark.chain, chain);
  g_string_append_printf (text, ",\"rev\":%" G_GUINT64_FORMAT ",\"chain\":\"%s\",\"value\":",
                          record->snapshot_mark.revision, chain);
  g_string_append_len (text, document, (gssize) length);
  g_string_append_c (text, '}');
  write_piece (out, SNAPSHOT, text->str, text->len, 0, sum);
  g_string_free (text, TRUE);

  for (GList *link = record->log.head; link != NULL; link = link->next)
    {
      SsLogEntry *entry = link->data;

      write_entry (out, entry->base.revision < record->snapshot_mark.revision ? PAST : COMMIT,
                   entry, 0, sum);
    }

  /* It gets its name when the disk has all of it. */
  ss_file_log_write_head (out, name, record, out->len, sum);
}

/* Reads the line of a piece, from text to its end. FALSE: there is none. */
static gboolean
read_line (const char  *text,
           gsize        length,
           Piece       *piece,
           SsFileSum   *checksum,
           const char **newline)
{
  char *end;

  *newline = length > 0 ? memchr (text, '\n', MIN (length, MAX_LINE)) : NULL;
  if (*newline == NULL || strchr ("SHPC", text[0]) == NULL || text[1] != ' ' ||
      !g_ascii_isdigit (text[2]))
    return FALSE;

  piece->kind = (Kind) text[0];
  piece->length = g_ascii_strtoull (text + 2, &end, 10);
  if (*end != ' ' || *newline - end < SS_CHAIN_SIZE ||
      !ss_chain_parse (end + 1, SS_CHAIN_SIZE - 1, checksum))
    return FALSE;

  end += SS_CHAIN_SIZE;
  piece->confirmed = 0;
  if (*end == ' ' && g_ascii_isdigit (end[1]))
    piece->confirmed = g_ascii_strtoull (end + 1, &end, 10);

  return end == *newline;
}

/* How many bytes the disk had confirmed, as far as anything behind the place says so. */
static gsize
find_confirmed (const char *text,
                gsize       length,
                gsize       from)
{
  gsize confirmed = 0;

  while (from < length)
    {
      const char *at = text + from, *newline;
      SsFileSum checksum;
      Piece piece;

      if (read_line (at, length - from, &piece, &checksum, &newline))
        confirmed = MAX (confirmed, piece.confirmed);
      /* Behind an end of line, or behind what was never written. */
      while (from < length && text[from] != '\n' && text[from] != '\0')
        from++;
      from++;
    }

  return confirmed;
}

/* FALSE: there is none that is whole. *at moves past it. */
static gboolean
read_piece (const char *text,
            gsize       length,
            gsize      *at,
            SsFileSum  *sum,
            Piece      *piece)
{
  const char *start, *newline;
  SsFileSum checksum;
  gsize left;

  while (*at < length && (text[*at] == '\n' || text[*at] == '\0'))
    (*at)++;

  start = text + *at;
  left = length - *at;
  if (!read_line (start, left, piece, &checksum, &newline) ||
      piece->length >= (gsize) (text + length - (newline + 1)) ||
      newline[1 + piece->length] != '\n')
    return FALSE;

  piece->text = newline + 1;
  if (add_up (*sum, piece->kind, piece->text, piece->length) != checksum)
    return FALSE;

  *sum = checksum;
  *at = (gsize) (newline + 1 - text) + piece->length + 1;

  return TRUE;
}

static const SsValue *
get (const SsValue *object,
     const char    *key,
     SsValueKind    kind)
{
  const SsValue *value = ss_object_get (object, key, strlen (key));

  return value != NULL && ss_value_kind (value) == kind ? value : NULL;
}

static gboolean
read_head (SsStoreRecord *record,
           const Piece   *piece)
{
  g_autoptr (SsValue) object =
    ss_value_from_json (piece->text, (gssize) piece->length, SS_FRAME_DEPTH, NULL);
  const SsValue *epoch, *owner, *generation, *seconds, *written, *revision, *chain, *value;

  if (object == NULL || ss_value_kind (object) != SS_VALUE_OBJECT)
    return FALSE;

  epoch = get (object, "epoch", SS_VALUE_STRING);
  owner = get (object, "owner", SS_VALUE_STRING);
  generation = get (object, "generation", SS_VALUE_INT);
  seconds = get (object, "seconds", SS_VALUE_INT);
  written = get (object, "written", SS_VALUE_INT);
  if (epoch == NULL || owner == NULL || generation == NULL || seconds == NULL || written == NULL)
    return FALSE;

  if (piece->kind == SNAPSHOT)
    {
      revision = get (object, "rev", SS_VALUE_INT);
      chain = get (object, "chain", SS_VALUE_STRING);
      value = ss_object_get (object, "value", strlen ("value"));
      if (revision == NULL || chain == NULL || value == NULL || ss_value_get_int (revision) < 0 ||
          !ss_chain_parse (ss_value_get_string (chain, NULL), -1, &record->snapshot_mark.chain))
        return FALSE;

      {
        gsize length;
        char *text = ss_value_to_json (value, &length);

        record->snapshot = g_bytes_new_take (text, length);
      }
      record->snapshot_mark.revision = (guint64) ss_value_get_int (revision);
      record->mark = record->snapshot_mark;
    }

  g_free (record->epoch);
  g_free (record->owner);
  record->epoch = g_strdup (ss_value_get_string (epoch, NULL));
  record->owner = g_strdup (ss_value_get_string (owner, NULL));
  record->generation = (guint64) ss_value_get_int (generation);
  record->seconds = (guint) ss_value_get_int (seconds);
  record->written = ss_value_get_int (written);

  return TRUE;
}

static gboolean
read_entry (SsStoreRecord *record,
            const Piece   *piece)
{
  g_autofree char *text = g_strndup (piece->text, piece->length);
  g_auto (GStrv) parts = g_strsplit (text, " ", 5);
  SsMark base, mark;
  SsLogEntry *entry = NULL;

  if (g_strv_length (parts) == 5 &&
      g_ascii_string_to_unsigned (parts[0], 10, 1, SS_REVISION_MAX, &mark.revision, NULL) &&
      ss_chain_parse (parts[1], -1, &base.chain) && ss_chain_parse (parts[2], -1, &mark.chain))
    {
      base.revision = mark.revision - 1;
      entry = ss_log_entry_new_kept (&base, &mark, parts[3], parts[4], strlen (parts[4]), NULL);
    }
  if (entry == NULL)
    return FALSE;

  if (piece->kind == COMMIT && !ss_mark_equal (&entry->base, &record->mark))
    {
      ss_log_entry_unref (entry);
      return FALSE;
    }

  g_queue_push_tail (&record->log, entry);
  if (piece->kind == COMMIT)
    {
      record->mark = entry->mark;
      record->log_bytes += ss_log_entry_measure (entry);
    }

  return TRUE;
}

SsStoreRecord *
ss_file_log_read (const char  *text,
                  gsize        length,
                  gsize       *good,
                  SsFileSum   *sum,
                  GError     **error)
{
  g_autoptr (SsStoreRecord) record = g_new0 (SsStoreRecord, 1);
  SsFileSum next = 0;
  gsize at = 0;
  Piece piece;

  *sum = 0;
  *good = 0;
  while (read_piece (text, length, &at, &next, &piece))
    {
      gboolean is_head = piece.kind == SNAPSHOT || piece.kind == HEAD;

      /* The first is the snapshot, and there is one. */
      if ((piece.kind == SNAPSHOT) != (record->snapshot == NULL))
        break;
      if (is_head ? !read_head (record, &piece) : !read_entry (record, &piece))
        break;
      *good = at;
      *sum = next;
    }

  /* A write that was cut off leaves nothing behind it that had been waited for. */
  if (record->snapshot == NULL || find_confirmed (text, length, *good) > *good)
    {
      g_autofree char *place = g_strdup_printf ("%" G_GSIZE_FORMAT, *good);

      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                   _("The file of a signal is damaged from byte %s on"), place);
      return NULL;
    }

  return g_steal_pointer (&record);
}

char *
ss_file_log_read_name (const char *text,
                       gsize       length)
{
  SsFileSum sum = 0;
  gsize at = 0;
  Piece piece;
  g_autoptr (SsValue) object = NULL;
  const SsValue *name = NULL;

  if (!read_piece (text, length, &at, &sum, &piece))
    return NULL;

  object = ss_value_from_json (piece.text, (gssize) piece.length, SS_FRAME_DEPTH, NULL);
  if (object != NULL && ss_value_kind (object) == SS_VALUE_OBJECT)
    name = get (object, "name", SS_VALUE_STRING);

  return name != NULL ? g_strdup (ss_value_get_string (name, NULL)) : NULL;
}
