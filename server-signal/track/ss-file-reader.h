/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads a file by its path, and notes each directory and each link on the path, where a change may
 * lead elsewhere. All of this may run in any thread, and blocks. */

typedef struct
{
  GFile   *file;
  /* Of the directory that it was in, where there are such numbers. */
  guint64  device;
  guint64  inode;
} SsFileStep;

typedef struct
{
  GPtrArray *steps;      /* of SsFileStep; the last one is the file, or as far as one gets */
  GBytes    *text;       /* NULL, and error */
  GError    *error;
  char      *state;      /* the same as long as nobody has written the file */
  gboolean   has_moved;  /* while it was looked at: steps and text may not belong together */
  gboolean   is_known;   /* it is in the state that was known, and was not read */
} SsFileReading;

/* Reads a regular file, and no other: opening a FIFO or a device may wait for ever. More than
 * max_length bytes are LIMIT. known is the state of an earlier reading, or NULL. */
SsFileReading *ss_file_read         (GFile *file, const char *known, gsize max_length,
                                     GCancellable *cancellable);
void           ss_file_reading_free (SsFileReading *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsFileReading, ss_file_reading_free)

G_END_DECLS
