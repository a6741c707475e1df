/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-memory-store.h"

#include "server-signal-store-private.h"
#include "ss-memory-engine.h"

/**
 * ServerSignalMemoryStore:
 *
 * A store in the memory of the process.
 *
 * Nothing of it outlives the process: it is for tests, and for trying a program that will have
 * another store later. It needs no server and no disk, and is always [property@SignalStore:online].
 *
 * ```c
 * g_autoptr (ServerSignalStore) store = server_signal_memory_store_new ();
 * ```
 *
 * Since: 1.0
 */
struct _ServerSignalMemoryStore
{
  ServerSignalStore  parent_instance;

  SsMemory          *memory;
};

typedef ServerSignalStoreClass ServerSignalMemoryStoreClass;

G_DEFINE_FINAL_TYPE (ServerSignalMemoryStore, server_signal_memory_store, SERVER_TYPE_SIGNAL_STORE)

static SsStoreEngine *
server_signal_memory_store_make_engine (ServerSignalStore *store)
{
  ServerSignalMemoryStore *self = SERVER_SIGNAL_MEMORY_STORE (store);

  return ss_memory_engine_new (self->memory);
}

static void
server_signal_memory_store_finalize (GObject *object)
{
  ServerSignalMemoryStore *self = SERVER_SIGNAL_MEMORY_STORE (object);

  ss_memory_unref (self->memory);

  G_OBJECT_CLASS (server_signal_memory_store_parent_class)->finalize (object);
}

static void
server_signal_memory_store_class_init (ServerSignalMemoryStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = server_signal_memory_store_finalize;
  klass->make_engine = server_signal_memory_store_make_engine;
}

static void
server_signal_memory_store_init (ServerSignalMemoryStore *self)
{
  self->memory = ss_memory_new ();
}

/**
 * server_signal_memory_store_new:
 *
 * Creates a store in memory, in which there is nothing.
 *
 * Returns: (transfer full) (type ServerSignalMemoryStore): a new store
 *
 * Since: 1.0
 */
ServerSignalStore *
server_signal_memory_store_new (void)
{
  return g_object_new (SERVER_TYPE_SIGNAL_MEMORY_STORE, NULL);
}

/**
 * server_signal_memory_store_share:
 * @self: a store in memory
 *
 * Creates another store with the same memory, for the same thread.
 *
 * The two are to each other as the stores of two processes on one server, so that a test can have
 * several of them.
 *
 * Returns: (transfer full) (type ServerSignalMemoryStore): a new store
 *
 * Since: 1.0
 */
ServerSignalStore *
server_signal_memory_store_share (ServerSignalMemoryStore *self)
{
  ServerSignalMemoryStore *other;

  g_return_val_if_fail (SERVER_IS_SIGNAL_MEMORY_STORE (self), NULL);

  other = g_object_new (SERVER_TYPE_SIGNAL_MEMORY_STORE, NULL);
  ss_memory_unref (other->memory);
  other->memory = ss_memory_ref (self->memory);

  return SERVER_SIGNAL_STORE (other);
}
