/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-store.h"
#include "ss-store-engine.h"

G_BEGIN_DECLS

/* For the kinds of stores, each of which is its engine and the properties that the engine has. */

struct _ServerSignalStore
{
  GObject parent_instance;
};

struct _ServerSignalStoreClass
{
  GObjectClass parent_class;

  /* The engine, transfer full. Called once, when it is first needed. */
  SsStoreEngine *(*make_engine) (ServerSignalStore *self);
};

G_END_DECLS
