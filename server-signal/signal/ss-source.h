/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

#include "json/ss-edit.h"

G_BEGIN_DECLS

/* A source writes a part of a signal's document, such as an object whose properties are tracked
 * there, and nobody else may write that part. To the signal, all its sources are one; it calls
 * these functions, none of which is NULL.
 *
 * The signal holds the source, and the source holds no reference to the signal. A source writes
 * with ss_signal_source_put() and its siblings in server-signal-private.h, which do not ask
 * may_write(). */
typedef struct
{
  /* Whether the application may write at a pointer, NULL being the whole document. FALSE with
   * READ_ONLY where a source writes at it, around it or within it. */
  gboolean (*may_write) (gpointer source, const char *pointer, GError **error);
  /* The same for the places that operations write to; they need not be applicable. */
  gboolean (*may_apply) (gpointer source, const SsOp *ops, guint n_ops, GError **error);
  /* The application discards its transaction: this calls ss_signal_source_discard(), and writes the
   * parts again that have a source. It may run application code, and drop the signal. */
  void     (*discard)   (gpointer source);
  /* The signal is being disposed, and can still be held: the source lets go of the objects that it
   * follows, which may run application code. May be called more than once. */
  void     (*dispose)   (gpointer source);
  /* The signal is gone, and the source has to go as well. */
  void     (*finalize)  (gpointer source);
} SsSourceFuncs;

G_END_DECLS
