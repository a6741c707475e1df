/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-file-store.h"

#include "server-signal-store-private.h"
#include "ss-file-keeper.h"

#define MAX_SYNC_INTERVAL 3600000

/**
 * ServerSignalFileStore:
 *
 * A store in the files of a folder, for one process.
 *
 * A service that is restarted goes on with its signals where it stopped, in the same life, so its
 * clients resume with what they have missed. It needs no server.
 *
 * ```c
 * g_autoptr (ServerSignalStore) store = server_signal_file_store_new ("/var/lib/example");
 * ```
 *
 * Each signal has a file with a snapshot and the commits since, which is written anew after 64 KiB
 * of commits or as many as the document has. A commit is confirmed when the disk has it
 * (fdatasync()), which is waited for in a thread and for all commits that have come meanwhile at
 * once. A process that is killed at any byte, and a power cut that leaves any part of the last page
 * behind, leave the last commit that was confirmed.
 *
 * One process at a time can have the folder; another one waits until that ends. A folder that is
 * removed under the store is made again with all that was confirmed. A file in which something is
 * damaged that the disk had confirmed is an error that names it and the byte, and is left as it is.
 *
 * Since: 1.0
 */
struct _ServerSignalFileStore
{
  ServerSignalStore  parent_instance;

  char              *folder;
  guint              sync_interval;
  SsFileKeeper      *keeper;
};

typedef ServerSignalStoreClass ServerSignalFileStoreClass;

G_DEFINE_FINAL_TYPE (ServerSignalFileStore, server_signal_file_store, SERVER_TYPE_SIGNAL_STORE)

enum
{
  PROP_0,
  PROP_FOLDER,
  PROP_SYNC_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static SsStoreEngine *
server_signal_file_store_make_engine (ServerSignalStore *store)
{
  ServerSignalFileStore *self = SERVER_SIGNAL_FILE_STORE (store);

  self->keeper = ss_file_keeper_new (self->folder, self->sync_interval);

  return ss_memory_engine_new (ss_file_keeper_get_memory (self->keeper));
}

static void
server_signal_file_store_finalize (GObject *object)
{
  ServerSignalFileStore *self = SERVER_SIGNAL_FILE_STORE (object);

  g_clear_pointer (&self->keeper, ss_file_keeper_free);
  g_free (self->folder);

  G_OBJECT_CLASS (server_signal_file_store_parent_class)->finalize (object);
}

static void
server_signal_file_store_get_property (GObject    *object,
                                       guint       prop_id,
                                       GValue     *value,
                                       GParamSpec *pspec)
{
  ServerSignalFileStore *self = SERVER_SIGNAL_FILE_STORE (object);

  switch (prop_id)
    {
    case PROP_FOLDER:
      g_value_set_string (value, self->folder);
      break;

    case PROP_SYNC_INTERVAL:
      g_value_set_uint (value, self->sync_interval);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_file_store_set_property (GObject      *object,
                                       guint         prop_id,
                                       const GValue *value,
                                       GParamSpec   *pspec)
{
  ServerSignalFileStore *self = SERVER_SIGNAL_FILE_STORE (object);

  switch (prop_id)
    {
    case PROP_FOLDER:
      self->folder = g_value_dup_string (value);
      break;

    case PROP_SYNC_INTERVAL:
      server_signal_file_store_set_sync_interval (self, g_value_get_uint (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_file_store_class_init (ServerSignalFileStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = server_signal_file_store_finalize;
  object_class->get_property = server_signal_file_store_get_property;
  object_class->set_property = server_signal_file_store_set_property;
  klass->make_engine = server_signal_file_store_make_engine;

  /**
   * ServerSignalFileStore:folder: (attributes org.gtk.Property.get=server_signal_file_store_get_folder)
   *
   * The path of the folder, which is made if it is not there.
   *
   * Since: 1.0
   */
  props[PROP_FOLDER] =
    g_param_spec_string ("folder", NULL, NULL, NULL, flags | G_PARAM_CONSTRUCT_ONLY);

  /**
   * ServerSignalFileStore:sync-interval: (attributes org.gtk.Property.get=server_signal_file_store_get_sync_interval org.gtk.Property.set=server_signal_file_store_set_sync_interval)
   *
   * The least time between two waits for the disk, in milliseconds.
   *
   * Commits wait so long to be confirmed, and to be shown to peers, but the disk has less to do. The
   * default is 0: it is waited for whenever there is something to confirm. A change after the first
   * use of the store has no effect.
   *
   * Since: 1.0
   */
  props[PROP_SYNC_INTERVAL] =
    g_param_spec_uint ("sync-interval", NULL, NULL, 0, MAX_SYNC_INTERVAL, 0, flags);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
server_signal_file_store_init (ServerSignalFileStore *self)
{
}

/**
 * server_signal_file_store_new:
 * @folder: (type filename): the path of a folder, which is made if it is not there
 *
 * Creates a store in the files of a folder.
 *
 * Returns: (transfer full) (type ServerSignalFileStore): a new store
 *
 * Since: 1.0
 */
ServerSignalStore *
server_signal_file_store_new (const char *folder)
{
  g_return_val_if_fail (folder != NULL, NULL);

  return g_object_new (SERVER_TYPE_SIGNAL_FILE_STORE, "folder", folder, NULL);
}

/**
 * server_signal_file_store_get_folder: (attributes org.gtk.Method.get_property=folder)
 * @self: a store in files
 *
 * Gets the path of the folder.
 *
 * Returns: (transfer none) (type filename): the path
 *
 * Since: 1.0
 */
const char *
server_signal_file_store_get_folder (ServerSignalFileStore *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_FILE_STORE (self), NULL);

  return self->folder;
}

/**
 * server_signal_file_store_get_sync_interval: (attributes org.gtk.Method.get_property=sync-interval)
 * @self: a store in files
 *
 * Gets the least time between two waits for the disk.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_file_store_get_sync_interval (ServerSignalFileStore *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_FILE_STORE (self), 0);

  return self->sync_interval;
}

/**
 * server_signal_file_store_set_sync_interval: (attributes org.gtk.Method.set_property=sync-interval)
 * @self: a store in files
 * @sync_interval: the time in milliseconds, at most an hour
 *
 * Sets the least time between two waits for the disk. The default is 0. A change after the first use
 * of the store has no effect.
 *
 * Since: 1.0
 */
void
server_signal_file_store_set_sync_interval (ServerSignalFileStore *self,
                                            guint                  sync_interval)
{
  g_return_if_fail (SERVER_IS_SIGNAL_FILE_STORE (self));
  g_return_if_fail (sync_interval <= MAX_SYNC_INTERVAL);

  if (self->sync_interval == sync_interval)
    return;

  self->sync_interval = sync_interval;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SYNC_INTERVAL]);
}
