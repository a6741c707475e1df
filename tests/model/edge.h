/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "watched.h"

G_BEGIN_DECLS

/* A hub that serves the signals of a client of the server on, over a bad network of its own. */
typedef struct
{
  Watched         *feeder;
  ServerSignalHub *hub;
  guint16          port;
} Edge;

void edge_open    (Edge *self, Model *model, Truth *truth, WatchedCounts *counts);
/* The process ends without a word, and another one, that knows nothing, takes its place.
 * Connections to it have to be broken before. */
void edge_restart (Edge *self, Model *model, Truth *truth, WatchedCounts *counts);
/* The documents that it serves on are true. */
void edge_keep    (Edge *self, Truth *truth);
void edge_close   (Edge *self);

G_END_DECLS
