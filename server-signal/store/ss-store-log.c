/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-store-log.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "json/ss-patch.h"
#include "json/ss-reader.h"
#include "server-signal-error.h"
#include "ss-limits.h"

/* The room that an entry takes beside its patch. */
#define ENTRY_BYTES 96

/* The first 64 bits of SHA-256: a chain need not keep an enemy out, but it must be the same in
 * every process and must not meet itself by chance. */
static guint64
digest (const SsMark *base,
        const char   *writer,
        const char   *text,
        gsize         length)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 head[2] = { GUINT64_TO_BE (base->revision), GUINT64_TO_BE (base->chain) };
  guint8 bytes[32];
  gsize n_bytes = sizeof bytes;
  guint64 first;

  g_checksum_update (checksum, (const guchar *) head, sizeof head);
  /* With its end, so that no part of the text can be taken for the writer's. */
  g_checksum_update (checksum, (const guchar *) writer, (gssize) strlen (writer) + 1);
  g_checksum_update (checksum, (const guchar *) text, (gssize) length);
  g_checksum_get_digest (checksum, bytes, &n_bytes);
  memcpy (&first, bytes, sizeof first);

  return GUINT64_FROM_BE (first);
}

SsMark
ss_mark_first (const char *epoch,
               guint64     revision)
{
  const SsMark nothing = { revision, 0 };

  return (SsMark) { revision, digest (&nothing, epoch, "", 0) };
}

SsMark
ss_mark_next (const SsMark *base,
              const char   *writer,
              const char   *patch,
              gsize         length)
{
  return (SsMark) { base->revision + 1, digest (base, writer, patch, length) };
}

void
ss_chain_format (guint64 chain,
                 char    text[SS_CHAIN_SIZE])
{
  g_snprintf (text, SS_CHAIN_SIZE, "%016" G_GINT64_MODIFIER "x", chain);
}

gboolean
ss_chain_parse (const char *text,
                gssize      length,
                guint64    *chain)
{
  if (length < 0)
    length = (gssize) strlen (text);
  if (length != SS_CHAIN_SIZE - 1)
    return FALSE;

  *chain = 0;
  for (gssize i = 0; i < length; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        return FALSE;
      *chain = *chain << 4 | (guint) digit;
    }

  return TRUE;
}

static SsLogEntry *
entry_new (const SsMark *base,
           const SsMark *mark,
           const char   *writer)
{
  SsLogEntry *self = g_new0 (SsLogEntry, 1);

  g_atomic_ref_count_init (&self->refs);
  self->base = *base;
  self->mark = *mark;
  self->writer = g_strdup (writer);

  return self;
}

SsLogEntry *
ss_log_entry_new (const SsMark      *base,
                  const char        *writer,
                  ServerSignalPatch *patch)
{
  SsLogEntry *self;
  const char *text;
  SsMark mark;
  gsize length;

  text = ss_patch_text (patch, &length);
  mark = ss_mark_next (base, writer, text, length);
  self = entry_new (base, &mark, writer);
  self->patch = server_signal_patch_ref (patch);
  self->length = length;

  return self;
}

SsLogEntry *
ss_log_entry_new_kept (const SsMark  *base,
                       const SsMark  *mark,
                       const char    *writer,
                       const char    *text,
                       gsize          length,
                       GError       **error)
{
  SsMark next = ss_mark_next (base, writer, text, length);
  SsLogEntry *self;

  if (!ss_mark_equal (&next, mark))
    {
      g_autofree char *revision = g_strdup_printf ("%" G_GUINT64_FORMAT, mark->revision);

      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                   _("The commit of revision %s in the store is damaged"), revision);
      return NULL;
    }

  self = entry_new (base, mark, writer);
  self->text = g_strndup (text, length);
  self->length = length;

  return self;
}

SsLogEntry *
ss_log_entry_ref (SsLogEntry *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
ss_log_entry_unref (SsLogEntry *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;

  g_clear_pointer (&self->patch, server_signal_patch_unref);
  g_free (self->text);
  g_free (self->writer);
  g_free (self);
}

const char *
ss_log_entry_get_text (SsLogEntry *self,
                       gsize      *length)
{
  if (self->text == NULL)
    return ss_patch_text (self->patch, length);

  *length = self->length;

  return self->text;
}

ServerSignalPatch *
ss_log_entry_get_patch (SsLogEntry  *self,
                        GError     **error)
{
  g_autoptr (SsValue) value = NULL;

  if (self->patch != NULL)
    return self->patch;

  value = ss_value_from_json (self->text, (gssize) self->length, SS_FRAME_DEPTH, error);
  if (value != NULL)
    self->patch = ss_patch_from_value (value, error);

  return self->patch;
}

gsize
ss_log_entry_measure (SsLogEntry *self)
{
  return self->length + ENTRY_BYTES;
}

void
ss_store_state_init (SsStoreState *self)
{
  *self = (SsStoreState) { 0 };
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ss_log_entry_unref);
}

void
ss_store_state_clear (SsStoreState *self)
{
  g_clear_pointer (&self->epoch, g_free);
  g_clear_pointer (&self->owner, g_free);
  g_clear_pointer (&self->snapshot, g_bytes_unref);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
}

gboolean
ss_store_state_check (const SsStoreState  *self,
                      const SsMark        *asked,
                      GError             **error)
{
  SsMark at = self->snapshot != NULL ? self->snapshot_mark : *asked;
  g_autofree char *revision = NULL;
  gboolean fits = TRUE;

  for (guint i = 0; i < self->entries->len && fits; i++)
    {
      SsLogEntry *entry = g_ptr_array_index (self->entries, i);

      fits = ss_mark_equal (&entry->base, &at);
      at = entry->mark;
    }

  if (fits && ss_mark_equal (&at, &self->mark))
    return TRUE;

  revision = g_strdup_printf ("%" G_GUINT64_FORMAT, at.revision);
  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
               _("The history in the store has a gap after revision %s"), revision);

  return FALSE;
}

static SsValue *
make_value (const SsStoreState  *self,
            const SsValue       *value,
            GError             **error)
{
  g_autoptr (SsValue) document = NULL;

  if (self->snapshot != NULL)
    {
      gsize length;
      const char *text = g_bytes_get_data (self->snapshot, &length);

      document = ss_value_from_json (text, (gssize) length, SS_DOCUMENT_DEPTH, error);
      if (document == NULL)
        return NULL;
    }
  else
    {
      document = ss_value_ref (value);
    }

  for (guint i = 0; i < self->entries->len; i++)
    {
      ServerSignalPatch *patch =
        ss_log_entry_get_patch (g_ptr_array_index (self->entries, i), error);

      if (patch == NULL || !ss_patch_apply (patch, &document, NULL, error))
        return NULL;
    }

  return g_steal_pointer (&document);
}

SsValue *
ss_store_state_get_value (const SsStoreState  *self,
                          const SsValue       *value,
                          GError             **error)
{
  g_autoptr (GError) own_error = NULL;
  SsValue *document = make_value (self, value, &own_error);

  if (document == NULL)
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                 _("The document in the store is damaged: %s"), own_error->message);

  return document;
}
