/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "libserver-signal.h"

G_BEGIN_DECLS

/* A kind of store, for the cases that are the same with each. */
typedef struct
{
  const char *name;
  /* A place for signals, with none. */
  gpointer (*set_up) (void);
  /* A store of the signals there. Transfer full. */
  ServerSignalStore *(*store_new) (gpointer place);
  void (*tear_down) (gpointer place);
  /* Whether there may be more than one store at a time. */
  gboolean is_shared;
} StoreEngine;

/* Adds the cases as /NAME/cases. The engine is kept. */
void store_cases_add (const StoreEngine *engine);

G_END_DECLS
