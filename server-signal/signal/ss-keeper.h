/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A keeper holds what a signal commits where it outlives the process, such as a store. It watches
 * the signal for that, and the peers are shown its shadow: a replica of the same name, to which the
 * keeper takes each commit as soon as it is kept. The signal's own handlers do not wait.
 *
 * The signal holds the keeper, and the keeper holds no reference to the signal. */
typedef struct
{
  /* Whether there is room for another commit. FALSE with an error that says why there is not. */
  gboolean (*may_write) (gpointer keeper, GError **error);
  /* The signal is gone. */
  void     (*finalize)  (gpointer keeper);
} SsKeeperFuncs;

G_END_DECLS
