/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "libserver-signal.h"

G_BEGIN_DECLS

/* The tests of stores have these in common, whatever their engine. */

typedef struct
{
  GAsyncResult *result;   /* NULL: not over yet; owned */
} Outcome;

/* A GAsyncReadyCallback whose data is an Outcome. */
void          outcome_cb    (GObject *object, GAsyncResult *result, gpointer user_data);
/* The signal as its owner has it. */
ServerSignal *own           (ServerSignalStore *store, const char *name, const char *json);
/* Until everything is in the store and given back. */
void          close_store   (ServerSignalStore *store);
/* Document, revision and epoch, and neither is stale. */
gboolean      is_same       (ServerSignal *a, ServerSignal *b);
/* The peers of the owner, and a reader elsewhere, have all that was committed. */
gboolean      is_settled    (ServerSignal *signal, ServerSignal *replica);
/* A ServerSignalUpdateFunc that counts up "n"; its data is a guint of its calls, or NULL. */
JsonNode     *count_up      (JsonNode *copy, gpointer user_data);
/* For its end: fails the test if it failed, and counts up the guint that is its data. */
void          count_cb      (GObject *object, GAsyncResult *result, gpointer user_data);
void          remove_folder (const char *folder);

G_END_DECLS
