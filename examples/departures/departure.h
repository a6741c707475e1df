/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define BOARD_TYPE_DEPARTURE (board_departure_get_type ())

G_DECLARE_FINAL_TYPE (BoardDeparture, board_departure, BOARD, DEPARTURE, GObject)

BoardDeparture *board_departure_new          (const char     *time,
                                              const char     *train,
                                              const char     *destination,
                                              const char     *platform);
const char     *board_departure_get_time     (BoardDeparture *self);
const char     *board_departure_get_train    (BoardDeparture *self);
void            board_departure_set_platform (BoardDeparture *self,
                                              const char     *platform);
void            board_departure_set_remarks  (BoardDeparture *self,
                                              const char     *remarks);

G_END_DECLS
