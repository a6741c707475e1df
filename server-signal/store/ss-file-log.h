/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-store-record.h"

G_BEGIN_DECLS

/* A record of a store as the text of a file: a snapshot, the commits before it that are kept, those
 * after it, and changes of its head. Each piece has a checksum over itself and the one before, so
 * reading stops where a write was cut off or a page is torn, and nothing that follows from an
 * earlier use of the disk is taken for a part of it.
 *
 *   KIND LENGTH CHECKSUM [CONFIRMED] NEWLINE TEXT NEWLINE
 *
 * CONFIRMED is how many bytes of the file the disk had confirmed before. A piece in those that cannot be
 * read is no write that was cut off but damage, which is an error rather than the end.
 *
 * Between pieces there may be any number of newlines and zero bytes. */

/* The checksum of the last piece; 0 before the first. */
typedef guint64 SsFileSum;

/* The whole record, for a new file. */
void           ss_file_log_write_all   (GString *out, const char *name, const SsStoreRecord *record,
                                        SsFileSum *sum);
/* To be appended. confirmed: 0 behind another one. */
void           ss_file_log_write_entry (GString *out, SsLogEntry *entry, gsize confirmed,
                                        SsFileSum *sum);
void           ss_file_log_write_head  (GString *out, const char *name, const SsStoreRecord *record,
                                        gsize confirmed, SsFileSum *sum);

/* The record as far as the text is whole; *good is the length of that part. NULL with PROTOCOL where
 * not even the snapshot is, or something that the disk had confirmed is not. */
SsStoreRecord *ss_file_log_read        (const char *text, gsize length, gsize *good, SsFileSum *sum,
                                        GError **error);
/* The name in it, or NULL. */
char          *ss_file_log_read_name   (const char *text, gsize length);

G_END_DECLS
