/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "server-signal-version.h"

G_BEGIN_DECLS

typedef struct _ServerSignal ServerSignal;
typedef struct _ServerSignalView ServerSignalView;
typedef struct _ServerSignalList ServerSignalList;
typedef struct _ServerSignalPatch ServerSignalPatch;
typedef struct _ServerSignalStore ServerSignalStore;
typedef struct _ServerSignalHandshake ServerSignalHandshake;
typedef struct _ServerSignalHub ServerSignalHub;
typedef struct _ServerSignalPeer ServerSignalPeer;
typedef struct _ServerSignalClient ServerSignalClient;

G_END_DECLS
