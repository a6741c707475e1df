/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-store.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "json/ss-diff.h"
#include "json/ss-node.h"
#include "json/ss-patch.h"
#include "json/ss-reader.h"
#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "server-signal-store-private.h"
#include "signal/server-signal-origin.h"
#include "signal/ss-epoch.h"
#include "ss-clear-source.h"
#include "ss-lease.h"
#include "ss-limits.h"
#include "ss-mirror.h"
#include "ss-owner.h"

#define DEFAULT_LEASE 10000
#define MIN_LEASE 100
#define MAX_LEASE 3600000

/**
 * ServerSignalStore:
 *
 * Signals that outlive the process, and that several processes share.
 *
 * A store keeps the documents and the latest history of any number of signals under their names, in
 * memory ([class@SignalMemoryStore]), in a folder ([class@SignalFileStore]) or on a Redis or Valkey
 * server ([class@SignalRedis]). There are three ways to use one:
 *
 * - [method@SignalStore.get_signal] follows a signal, read-only, from any process.
 * - [method@SignalStore.own_async] takes the lease of a signal, which can then be written like any
 *   other. It goes on in the same life and from the same revision where the last owner stopped,
 *   even if that was killed, so clients resume with what they have missed.
 * - [method@SignalStore.update_async] and [method@SignalStore.patch_async] change a signal once,
 *   from any process, as long as nobody has its lease.
 *
 * ```c
 * static void
 * owned_cb (GObject      *object,
 *           GAsyncResult *result,
 *           gpointer      hub)
 * {
 *   g_autoptr (ServerSignal) count = NULL;
 *
 *   count = server_signal_store_own_finish (SERVER_SIGNAL_STORE (object), result, NULL);
 *   server_signal_hub_add (hub, count, NULL);
 *   server_signal_set_int (count, "/value", 1 + server_signal_get_int (count, "/value"), NULL);
 * }
 *
 * ServerSignalStore *store = server_signal_file_store_new ("/var/lib/example");
 *
 * g_autoptr (JsonNode) initial = json_from_string ("{\"value\":0}", NULL);
 *
 * server_signal_store_own_async (store, "count", initial, NULL, owned_cb, hub);
 * ```
 *
 * A store is an origin: as [property@SignalHub:origin] it gives a hub the signals whose names its
 * clients ask for.
 *
 * ## Peers and the store
 *
 * The handlers of an owned signal see a commit at once. The peers of a hub that publishes it are
 * shown the commit when the store has confirmed it, so no client ever has a commit that the store
 * does not have. With [property@SignalStore:durable] off they are shown it at once; when such an
 * owner ends without giving its signals back, a new life of them begins, and clients load them
 * again. The answer to a call waits for the store as well, so it is never ahead of what its handler has
 * committed: a caller that has an answer has a commit that outlives this process. While the store is
 * away the answer does not come, unless the signal is lost to another owner.
 *
 * ## Owners
 *
 * A lease lasts as long as its owner renews it, which a store does by itself while its main context
 * runs. The lease of a process that was killed ends after [property@SignalStore:lease]; one that is
 * given back, by dropping the signal, by [method@SignalStore.release] or by
 * [method@SignalStore.close_async], ends at once. A process that was only paused and comes back
 * after another has become the owner is refused by the store, whatever its clock says:
 * [signal@SignalStore::lost] is emitted, the signal is not [property@Signal:writable] any more, and
 * shows from then on what the store has.
 *
 * ## When the store is away
 *
 * Without its server a store is not [property@SignalStore:online]. Owners go on writing until 16 MiB
 * of commits wait for it; then writing fails with `SERVER_SIGNAL_ERROR_LIMIT`. Replicas are
 * [property@Signal:stale], and [method@SignalStore.get_offline_time] says for how long. Operations
 * wait until the store is back or they are cancelled. Then everything converges: owners put back
 * what the server has lost, and replicas get what they have missed.
 *
 * A server or a disk that is there but has no room is waited for in the same way. Operations that are
 * not allowed, or that meet damage or something that is no signal, end with an error that names the
 * place, and leave it as it is; owned signals and replicas try again. In either case
 * [property@SignalStore:error] and a message in the log say what is refused, once for as long as it
 * lasts.
 *
 * Since: 1.0
 */

typedef struct _Kept Kept;
typedef struct _Call Call;

typedef struct
{
  SsOwner        owner;
  GMainContext  *context;
  SsStoreEngine *engine;
  char          *id;          /* of this process as a writer without a lease */
  GHashTable    *kept;        /* name → Kept */
  GPtrArray     *leases;      /* Lease: all that there are, those that were lost as well */
  GPtrArray     *waiting;     /* Call that wait for the engine */
  GPtrArray     *closers;     /* GTask of close_async() */
  GSource       *audit;
  GError        *error;
  GError        *away;        /* why the engine is not online */
  GHashTable    *refusals;    /* kind and name of requests → GError: what the engine does not take now */
  gint64         offline_since;
  guint          lease;
  gboolean       durable;
  gboolean       closed;
  gboolean       engine_closed;
} ServerSignalStorePrivate;

static void server_signal_store_origin_init (ServerSignalOriginInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (ServerSignalStore, server_signal_store, G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (ServerSignalStore)
                                  G_IMPLEMENT_INTERFACE (SERVER_TYPE_SIGNAL_ORIGIN,
                                                         server_signal_store_origin_init))

enum
{
  PROP_0,
  PROP_ONLINE,
  PROP_ERROR,
  PROP_DURABLE,
  PROP_LEASE,
  N_PROPS
};

enum
{
  LOST,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* A name that something is done with here. */
struct _Kept
{
  ServerSignalStore *store;
  char              *name;
  SsMirror          *mirror;   /* NULL: there is no replica */
  SsLease           *lease;    /* NULL: we do not have it */
  GQueue             updates;  /* Call: one after the other, the first is under way */
};

/* An operation that asks the engine until it has its answer. */
struct _Call
{
  ServerSignalStore      *store;
  GTask                  *task;
  char                   *name;
  void                  (*step) (Call *self);
  GSource                *cancelled;
  GSource                *retry;
  gboolean                over;
  guint                   tries;

  /* own */
  char                   *owner;
  GBytes                 *initial;

  /* update */
  ServerSignalUpdateFunc  func;
  gpointer                func_data;
  GDestroyNotify          func_destroy;
  ServerSignalPatch      *patch;
  SsValue                *value;      /* the document at mark of epoch; NULL: there is no signal */
  char                   *epoch;
  SsMark                  mark;
  SsLogEntry             *proposal;   /* was sent, and is not known to be refused */
  GBytes                 *creation;   /* the same of a signal that there was not, in the life epoch */
  guint                   n_sent;     /* of either: how often */
  gsize                   log_bytes;

  /* list, copy, restore */
  GFile                  *file;
  GPtrArray              *names;
  guint                   next;
  GString                *text;
  GPtrArray              *lines;
  gssize                  count;

  guint                   seconds;
};

static ServerSignalStorePrivate *
get_private (ServerSignalStore *self)
{
  return server_signal_store_get_instance_private (self);
}

static void finish_closing (ServerSignalStore *self);

/* Calls */

static void
call_clear (gpointer data)
{
  Call *self = data;

  if (self->func_destroy != NULL)
    self->func_destroy (self->func_data);
  g_object_unref (self->store);
  g_object_unref (self->task);
  g_free (self->name);
  g_free (self->owner);
  g_clear_pointer (&self->initial, g_bytes_unref);
  g_clear_pointer (&self->patch, server_signal_patch_unref);
  g_clear_pointer (&self->value, ss_value_unref);
  g_free (self->epoch);
  g_clear_pointer (&self->proposal, ss_log_entry_unref);
  g_clear_pointer (&self->creation, g_bytes_unref);
  g_clear_object (&self->file);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
}

static void
call_unhold (gpointer call)
{
  g_rc_box_release_full (call, call_clear);
}

static void start_next_update (ServerSignalStore *self, Kept *kept);
static void kept_free_if_idle (Kept *kept);
static void forget_refusals (ServerSignalStore *self, const char *name);

/* Called before the task returns, which may run anything. */
static void
call_end (Call *self)
{
  ServerSignalStorePrivate *priv = get_private (self->store);
  Kept *kept;

  self->over = TRUE;
  ss_clear_source (&self->cancelled);
  ss_clear_source (&self->retry);
  g_ptr_array_remove (priv->waiting, self);

  kept = self->name != NULL ? g_hash_table_lookup (priv->kept, self->name) : NULL;
  if (kept != NULL && g_queue_remove (&kept->updates, self))
    {
      start_next_update (self->store, kept);
      call_unhold (self);
    }

  if (self->name != NULL && g_hash_table_lookup (priv->kept, self->name) == NULL)
    forget_refusals (self->store, self->name);
}

static void
call_fail (Call         *self,
           const GError *error)
{
  g_rc_box_acquire (self);
  call_end (self);
  g_task_return_error (self->task, g_error_copy (error));
  call_unhold (self);
}

/* Takes the message. */
static void
call_refuse (Call *self,
             int   code,
             char *message)
{
  g_autoptr (GError) error = g_error_new_literal (SERVER_SIGNAL_ERROR, code, message);

  g_free (message);
  call_fail (self, error);
}

static void
call_succeed (Call *self)
{
  g_rc_box_acquire (self);
  call_end (self);
  g_task_return_boolean (self->task, TRUE);
  call_unhold (self);
}

static gboolean
call_cancelled_cb (GCancellable *cancellable,
                   gpointer      user_data)
{
  Call *self = user_data;
  g_autoptr (GError) error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  call_fail (self, error);

  return G_SOURCE_REMOVE;
}

static Call *
call_new (ServerSignalStore   *store,
          const char          *name,
          gpointer             tag,
          GCancellable        *cancellable,
          GAsyncReadyCallback  callback,
          gpointer             user_data)
{
  ServerSignalStorePrivate *priv = get_private (store);
  Call *self = g_rc_box_new0 (Call);

  self->store = g_object_ref (store);
  self->name = g_strdup (name);
  self->task = g_task_new (store, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, tag);
  /* One that came too late to be cancelled has succeeded. */
  g_task_set_check_cancellable (self->task, FALSE);

  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_static_name (self->cancelled, "[server-signal] store: cancelled");
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (call_cancelled_cb),
                             g_rc_box_acquire (self), call_unhold);
      g_source_attach (self->cancelled, priv->context);
    }

  return self;
}

static gboolean
call_retry_cb (gpointer user_data)
{
  Call *self = user_data;

  ss_clear_source (&self->retry);
  if (!self->over)
    self->step (self);

  return G_SOURCE_REMOVE;
}

static void
call_retry_in (Call  *self,
               guint  milliseconds)
{
  ServerSignalStorePrivate *priv = get_private (self->store);

  ss_clear_source (&self->retry);
  self->retry = g_timeout_source_new (milliseconds);
  g_source_set_static_name (self->retry, "[server-signal] store: try again");
  g_source_set_callback (self->retry, call_retry_cb, g_rc_box_acquire (self), call_unhold);
  g_source_attach (self->retry, priv->context);
}

/* The waits are random, so that those who met do not meet again. */
static void
call_retry (Call  *self,
            guint  most)
{
  guint wait = MIN (most, 1u << MIN (self->tries, 16));

  self->tries++;
  call_retry_in (self, (guint) g_random_int_range (0, (int) wait + 1));
}

static gboolean
ensure_engine (ServerSignalStore  *self,
               GError            **error);

/* Takes the call: makes its next step now or, without the engine, when that is there. */
static void
call_go (Call *self)
{
  ServerSignalStorePrivate *priv = get_private (self->store);
  g_autoptr (GError) error = NULL;

  if (!ensure_engine (self->store, &error))
    call_fail (self, error);
  else if (ss_store_engine_is_online (priv->engine))
    self->step (self);
  else
    g_ptr_array_add (priv->waiting, g_rc_box_acquire (self));

  call_unhold (self);
}

/* That the server or the disk has no room, or another process the folder, is over some time. Asking
 * again is no help against damage, and not against what is not allowed. */
static gboolean
is_over_some_time (const GError *error)
{
  static const int codes[] = {
    G_IO_ERROR_NO_SPACE, G_IO_ERROR_CONNECTION_CLOSED,   G_IO_ERROR_NOT_CONNECTED,
    G_IO_ERROR_BUSY,     G_IO_ERROR_TOO_MANY_OPEN_FILES,
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, G_IO_ERROR, codes[i]))
      return TRUE;

  return FALSE;
}

/* The engine had no answer: ask again now or when it is back. Whether the last request was carried
 * out is not known. */
static void
call_go_on (Call         *self,
            const GError *error)
{
  ServerSignalStorePrivate *priv = get_private (self->store);

  if (priv->closed || !is_over_some_time (error))
    call_fail (self, error);
  else if (ss_store_engine_is_online (priv->engine))
    call_retry (self, 1000);
  else
    g_ptr_array_add (priv->waiting, g_rc_box_acquire (self));
}

static SsStoreRequest *
call_request (Call            *self,
              SsStoreKind      kind,
              const char      *name,
              SsStoreDoneFunc  done)
{
  SsStoreRequest *request = ss_store_request_new (kind, name, done, g_rc_box_acquire (self));

  request->fresh = ss_epoch_new ();

  return request;
}

static void
call_run (Call           *self,
          SsStoreRequest *request)
{
  ss_store_engine_run (get_private (self->store)->engine, request);
}

/* Names in use */

static Kept *
kept_get (ServerSignalStore *self,
          const char        *name)
{
  ServerSignalStorePrivate *priv = get_private (self);
  Kept *kept = g_hash_table_lookup (priv->kept, name);

  if (kept != NULL)
    return kept;

  kept = g_new0 (Kept, 1);
  kept->store = self;
  kept->name = g_strdup (name);
  g_queue_init (&kept->updates);
  g_hash_table_insert (priv->kept, kept->name, kept);

  return kept;
}

static void
kept_free (gpointer data)
{
  Kept *kept = data;

  g_queue_clear_full (&kept->updates, call_unhold);
  g_clear_pointer (&kept->mirror, ss_mirror_free);
  g_free (kept->name);
  g_free (kept);
}

static void
kept_free_if_idle (Kept *kept)
{
  ServerSignalStorePrivate *priv = get_private (kept->store);

  if (kept->mirror == NULL && kept->lease == NULL && g_queue_is_empty (&kept->updates))
    g_hash_table_remove (priv->kept, kept->name);
}

static void
mirror_gone_cb (SsMirror *mirror,
                gpointer  user_data)
{
  Kept *kept = user_data;

  g_clear_pointer (&kept->mirror, ss_mirror_free);
  kept_free_if_idle (kept);
}

static SsMirror *
kept_get_mirror (Kept *kept)
{
  ServerSignalStorePrivate *priv = get_private (kept->store);

  if (kept->mirror == NULL)
    kept->mirror = ss_mirror_new (priv->engine, kept->name, mirror_gone_cb, kept);

  return kept->mirror;
}

/* Leases */

static Kept *
find_lease (ServerSignalStore *self,
            SsLease           *lease)
{
  GHashTableIter iter;
  gpointer kept;

  g_hash_table_iter_init (&iter, get_private (self)->kept);
  while (g_hash_table_iter_next (&iter, NULL, &kept))
    if (((Kept *) kept)->lease == lease)
      return kept;

  return NULL;
}

static void
forget_lease (ServerSignalStore *self,
              SsLease           *lease)
{
  Kept *kept = find_lease (self, lease);

  if (kept == NULL)
    return;

  kept->lease = NULL;
  kept_free_if_idle (kept);
}

static void
lease_lost_cb (SsLease      *lease,
               ServerSignal *signal,
               const GError *error,
               gpointer      user_data)
{
  g_autoptr (ServerSignalStore) self = g_object_ref (user_data);

  forget_lease (self, lease);
  if (error != NULL)
    g_signal_emit (self, signals[LOST], 0, signal, error);
  finish_closing (self);
}

static void
lease_over_cb (SsLease  *lease,
               gpointer  user_data)
{
  g_autoptr (ServerSignalStore) self = g_object_ref (user_data);

  forget_lease (self, lease);
  g_ptr_array_remove_fast (get_private (self)->leases, lease);
  finish_closing (self);
}

static const SsLeaseFuncs lease_funcs = { lease_lost_cb, lease_over_cb };

/* The engine's reports */

static GPtrArray *
list_kept (ServerSignalStore *self)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, get_private (self)->kept);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));

  return names;
}

static void
resume_calls (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&priv->waiting);

  priv->waiting = g_ptr_array_new_with_free_func (call_unhold);
  for (guint i = 0; i < waiting->len; i++)
    {
      Call *call = g_ptr_array_index (waiting, i);

      if (!call->over && call->retry == NULL)
        call->step (call);
    }
}

static gboolean
is_same_error (const GError *a,
               const GError *b)
{
  return a == b || (a != NULL && b != NULL && g_error_matches (a, b->domain, b->code) &&
                    g_str_equal (a->message, b->message));
}

/* Says what keeps the store from its work now: that the engine is away, or any of what it refuses. */
static void
update_error (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);
  const GError *error = priv->away;
  GHashTableIter iter;
  gpointer refusal;

  g_hash_table_iter_init (&iter, priv->refusals);
  if (error == NULL && g_hash_table_iter_next (&iter, NULL, &refusal))
    error = refusal;
  if (is_same_error (priv->error, error))
    return;

  g_clear_error (&priv->error);
  priv->error = error != NULL ? g_error_copy (error) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ERROR]);
}

static void
set_away (ServerSignalStore *self,
          const GError      *error)
{
  ServerSignalStorePrivate *priv = get_private (self);

  if (error != NULL && !is_same_error (priv->away, error))
    g_message ("The store is away: %s", error->message);
  g_clear_error (&priv->away);
  priv->away = error != NULL ? g_error_copy (error) : NULL;
  g_hash_table_remove_all (priv->refusals);
  update_error (self);
}

/* Renewals are something else than commits, which the engine may refuse all the same. */
static char *
make_refusal_key (const SsStoreRequest *request)
{
  gboolean is_renewal = request->kind == SS_STORE_COMMIT && request->entry == NULL;

  return g_strdup_printf ("%c%s", is_renewal ? 'R' : 'A' + (int) request->kind, request->name);
}

/* All of a name. */
static gboolean
remove_refusals (ServerSignalStore *self,
                 const char        *name)
{
  GHashTableIter iter;
  gpointer key;
  gboolean has_changed = FALSE;

  g_hash_table_iter_init (&iter, get_private (self)->refusals);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (g_str_equal ((const char *) key + 1, name))
      {
        g_hash_table_iter_remove (&iter);
        has_changed = TRUE;
      }

  return has_changed;
}

/* Those who are told by an error of their own say it themselves. */
static gboolean
is_asked_again (ServerSignalStore *self,
                const char        *name,
                const GError      *error)
{
  Kept *kept = g_hash_table_lookup (get_private (self)->kept, name);

  return is_over_some_time (error) ||
         (kept != NULL && (kept->mirror != NULL || kept->lease != NULL));
}

/* A success that shows that the engine refuses nothing of the name any more. */
static gboolean
is_write (ServerSignalStore    *self,
          const SsStoreRequest *request)
{
  Kept *kept;

  if (request->verdict != SS_STORE_OK)
    return FALSE;
  if (request->kind != SS_STORE_COMMIT || request->entry != NULL)
    return request->kind != SS_STORE_OPEN && request->kind != SS_STORE_RELEASE &&
           request->kind != SS_STORE_EXPIRE && request->kind != SS_STORE_LIST;

  /* A commit that was refused may have been made all the same. */
  kept = g_hash_table_lookup (get_private (self)->kept, request->name);

  return kept != NULL && kept->lease != NULL && ss_lease_is_settled (kept->lease);
}

/* A refusal holds until the same succeeds, or more than that, so what is asked again and again is said
 * once. */
static void
answered_cb (const SsStoreRequest *request,
             const GError         *error,
             gpointer              user_data)
{
  g_autoptr (ServerSignalStore) self = g_object_ref (user_data);
  ServerSignalStorePrivate *priv = get_private (self);
  g_autofree char *key = NULL;

  if (error == NULL && g_hash_table_size (priv->refusals) == 0)
    return;
  if (error != NULL && (!ss_store_engine_is_online (priv->engine) ||
                        g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED) ||
                        g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED) ||
                        g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED) ||
                        !is_asked_again (self, request->name, error)))
    return;

  key = make_refusal_key (request);
  if (error == NULL)
    {
      if (is_write (self, request))
        remove_refusals (self, request->name);
      else if (request->kind != SS_STORE_COMMIT)
        g_hash_table_remove (priv->refusals, key);
    }
  else if (!is_same_error (g_hash_table_lookup (priv->refusals, key), error))
    {
      g_message ("The store refuses: %s", error->message);
      g_hash_table_insert (priv->refusals, g_steal_pointer (&key), g_error_copy (error));
    }
  update_error (self);
}

/* Nobody asks for it any more. */
static void
forget_refusals (ServerSignalStore *self,
                 const char        *name)
{
  if (g_hash_table_size (get_private (self)->refusals) > 0 && remove_refusals (self, name))
    update_error (self);
}

static void
online_cb (gboolean      online,
           const GError *error,
           gpointer      user_data)
{
  g_autoptr (ServerSignalStore) self = g_object_ref (user_data);
  ServerSignalStorePrivate *priv = get_private (self);
  g_autoptr (GPtrArray) names = list_kept (self);

  /* Any handler may change what is kept. */
  for (guint i = 0; i < names->len; i++)
    {
      Kept *kept = g_hash_table_lookup (priv->kept, g_ptr_array_index (names, i));

      if (kept != NULL && kept->mirror != NULL)
        ss_mirror_set_online (kept->mirror, online);
      kept = g_hash_table_lookup (priv->kept, g_ptr_array_index (names, i));
      if (kept != NULL && kept->lease != NULL)
        ss_lease_set_online (kept->lease, online);
    }

  if (online)
    {
      priv->offline_since = 0;
      resume_calls (self);
    }
  else if (priv->offline_since == 0)
    {
      priv->offline_since = g_get_monotonic_time ();
    }

  set_away (self, error);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ONLINE]);
}

static void
followed_cb (const char *name,
             gpointer    user_data)
{
  g_autoptr (ServerSignalStore) self = g_object_ref (user_data);
  Kept *kept = g_hash_table_lookup (get_private (self)->kept, name);

  if (kept != NULL && kept->mirror != NULL)
    ss_mirror_followed (kept->mirror);
}

static void
news_cb (const char        *name,
         const SsStoreNews *news,
         gpointer           user_data)
{
  g_autoptr (ServerSignalStore) self = g_object_ref (user_data);
  Kept *kept = g_hash_table_lookup (get_private (self)->kept, name);

  if (kept != NULL && kept->mirror != NULL)
    ss_mirror_take_news (kept->mirror, news);
}

static const SsStoreEngineFuncs engine_funcs = { online_cb, followed_cb, news_cb, answered_cb };

static gboolean
audit_cb (gpointer user_data)
{
  g_autoptr (ServerSignalStore) self = g_object_ref (user_data);
  GHashTableIter iter;
  gpointer kept;

  if (!ss_store_engine_is_online (get_private (self)->engine))
    return G_SOURCE_CONTINUE;

  /* Asking runs no handlers. */
  g_hash_table_iter_init (&iter, get_private (self)->kept);
  while (g_hash_table_iter_next (&iter, NULL, &kept))
    if (((Kept *) kept)->mirror != NULL)
      ss_mirror_audit (((Kept *) kept)->mirror);

  return G_SOURCE_CONTINUE;
}

static gboolean
ensure_engine (ServerSignalStore  *self,
               GError            **error)
{
  ServerSignalStorePrivate *priv = get_private (self);

  if (priv->closed)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                           _("The store is closed"));
      return FALSE;
    }

  if (priv->engine != NULL)
    return TRUE;

  priv->engine = ((ServerSignalStoreClass *) G_OBJECT_GET_CLASS (self))->make_engine (self);
  ss_store_engine_set_funcs (priv->engine, &engine_funcs, self);
  if (!ss_store_engine_is_online (priv->engine))
    priv->offline_since = g_get_monotonic_time ();

  priv->audit = g_timeout_source_new (SS_STORE_AUDIT_MS);
  g_source_set_static_name (priv->audit, "[server-signal] store: audit");
  g_source_set_callback (priv->audit, audit_cb, self, NULL);
  g_source_attach (priv->audit, priv->context);

  return TRUE;
}

/* The class */

static void
server_signal_store_dispose (GObject *object)
{
  ServerSignalStore *self = SERVER_SIGNAL_STORE (object);
  ServerSignalStorePrivate *priv = get_private (self);

  ss_owner_take (&priv->owner);
  priv->closed = TRUE;
  ss_clear_source (&priv->audit);
  if (priv->engine != NULL)
    {
      ss_store_engine_set_funcs (priv->engine, NULL, NULL);
      if (!priv->engine_closed)
        ss_store_engine_close (priv->engine);
      priv->engine_closed = TRUE;
    }
  g_ptr_array_set_size (priv->leases, 0);
  g_hash_table_remove_all (priv->kept);

  G_OBJECT_CLASS (server_signal_store_parent_class)->dispose (object);
}

static void
server_signal_store_finalize (GObject *object)
{
  ServerSignalStorePrivate *priv = get_private (SERVER_SIGNAL_STORE (object));

  g_ptr_array_unref (priv->leases);
  g_hash_table_unref (priv->kept);
  g_ptr_array_unref (priv->waiting);
  g_ptr_array_unref (priv->closers);
  g_clear_object (&priv->engine);
  g_clear_error (&priv->error);
  g_clear_error (&priv->away);
  g_hash_table_unref (priv->refusals);
  g_free (priv->id);
  g_main_context_unref (priv->context);
  ss_owner_clear (&priv->owner);

  G_OBJECT_CLASS (server_signal_store_parent_class)->finalize (object);
}

static void
server_signal_store_get_property (GObject    *object,
                                  guint       prop_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  ServerSignalStore *self = SERVER_SIGNAL_STORE (object);
  ServerSignalStorePrivate *priv = get_private (self);

  switch (prop_id)
    {
    case PROP_ONLINE:
      g_value_set_boolean (value, server_signal_store_get_online (self));
      break;

    case PROP_ERROR:
      g_value_set_boxed (value, priv->error);
      break;

    case PROP_DURABLE:
      g_value_set_boolean (value, priv->durable);
      break;

    case PROP_LEASE:
      g_value_set_uint (value, priv->lease);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_store_set_property (GObject      *object,
                                  guint         prop_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  ServerSignalStore *self = SERVER_SIGNAL_STORE (object);

  switch (prop_id)
    {
    case PROP_DURABLE:
      server_signal_store_set_durable (self, g_value_get_boolean (value));
      break;

    case PROP_LEASE:
      server_signal_store_set_lease (self, g_value_get_uint (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_store_class_init (ServerSignalStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = server_signal_store_dispose;
  object_class->finalize = server_signal_store_finalize;
  object_class->get_property = server_signal_store_get_property;
  object_class->set_property = server_signal_store_set_property;

  /**
   * ServerSignalStore:online: (attributes org.gtk.Property.get=server_signal_store_get_online)
   *
   * Whether the store can be asked now.
   *
   * Stores in memory and in files always can. The default is `FALSE`; a store looks for its server
   * when it is first used.
   *
   * Since: 1.0
   */
  props[PROP_ONLINE] = g_param_spec_boolean ("online", NULL, NULL, FALSE, readable);

  /**
   * ServerSignalStore:error: (attributes org.gtk.Property.get=server_signal_store_get_error)
   *
   * The reason why the store is not [property@SignalStore:online], or what it refuses now though it
   * is: the commits of an owned signal because the disk is full, for example. `NULL` while nothing is
   * wrong. The default is `NULL`.
   *
   * Since: 1.0
   */
  props[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, readable);

  /**
   * ServerSignalStore:durable: (attributes org.gtk.Property.get=server_signal_store_get_durable org.gtk.Property.set=server_signal_store_set_durable)
   *
   * Whether the peers of signals that this store owns are shown a commit only when the store has
   * confirmed it. The default is `TRUE`. A change concerns the signals that are owned later.
   *
   * Since: 1.0
   */
  props[PROP_DURABLE] =
    g_param_spec_boolean ("durable", NULL, NULL, TRUE, readable | G_PARAM_WRITABLE);

  /**
   * ServerSignalStore:lease: (attributes org.gtk.Property.get=server_signal_store_get_lease org.gtk.Property.set=server_signal_store_set_lease)
   *
   * The time in milliseconds after which the signals of an owner that is not heard of can be
   * another's. The default is 10 seconds, the least are 100 milliseconds. A change concerns the
   * signals that are owned later.
   *
   * Since: 1.0
   */
  props[PROP_LEASE] = g_param_spec_uint ("lease", NULL, NULL, MIN_LEASE, MAX_LEASE, DEFAULT_LEASE,
                                         readable | G_PARAM_WRITABLE);

  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * ServerSignalStore::lost:
   * @self: the store
   * @signal: a signal that this store has owned
   * @error: why it does so no longer
   *
   * Emitted when another process has become the owner of a signal, since this one was not heard of
   * for longer than [property@SignalStore:lease].
   *
   * @signal is not [property@Signal:writable] any more. Its commits that the store had not confirmed
   * are taken back, and it shows what the store has.
   *
   * Since: 1.0
   */
  signals[LOST] = g_signal_new ("lost", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 2, SERVER_TYPE_SIGNAL, G_TYPE_ERROR);
}

static void
server_signal_store_init (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);

  ss_owner_init (&priv->owner);
  priv->context = g_main_context_ref_thread_default ();
  priv->id = ss_epoch_new ();
  priv->kept = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, kept_free);
  priv->leases = g_ptr_array_new_with_free_func ((GDestroyNotify) ss_lease_free);
  priv->refusals =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_error_free);
  priv->waiting = g_ptr_array_new_with_free_func (call_unhold);
  priv->closers = g_ptr_array_new_with_free_func (g_object_unref);
  priv->lease = DEFAULT_LEASE;
  priv->durable = TRUE;
}

static gboolean
is_name (const char *name)
{
  gsize length = strlen (name);

  return length >= 1 && length <= SS_NAME_BYTES && g_utf8_validate_len (name, length, NULL);
}

static gboolean
check_name (Call *call)
{
  if (is_name (call->name))
    return TRUE;

  g_task_return_new_error (call->task, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_NAME,
                           _("The name of a signal has 1 to %d bytes of UTF-8"), SS_NAME_BYTES);
  ss_clear_source (&call->cancelled);
  call_unhold (call);

  return FALSE;
}

/**
 * server_signal_store_get_signal:
 * @self: a store
 * @name: the name of a signal, 1 to 1,024 bytes of UTF-8
 *
 * Gets a replica of a signal, which follows what the store has.
 *
 * It is [property@Signal:stale] until its first data comes, while there is no such signal, and
 * while the store is not [property@SignalStore:online]. It can be added to a hub, which publishes
 * it with its first data. The signal is followed for as long as somebody holds a reference to the
 * replica; meanwhile the same one is returned for the same name. It goes on in the store whether
 * it is followed or not.
 *
 * Of a store that is closed, the replica stays stale.
 *
 * Returns: (transfer full): the replica
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_store_get_signal (ServerSignalStore *self,
                                const char        *name)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&get_private (self)->owner, NULL);
  g_return_val_if_fail (name != NULL && is_name (name), NULL);

  if (!ensure_engine (self, NULL))
    return ss_signal_new_replica (name, NULL);

  return ss_mirror_ref_replica (kept_get_mirror (kept_get (self, name)));
}

/* For hubs: a signal is followed for as long as the hub holds it. */

static ServerSignal *
origin_follow (ServerSignalOrigin *origin,
               const char         *name)
{
  return is_name (name) ? server_signal_store_get_signal (SERVER_SIGNAL_STORE (origin), name)
                        : NULL;
}

static void
origin_unfollow (ServerSignalOrigin *origin,
                 const char         *name)
{
}

static void
server_signal_store_origin_init (ServerSignalOriginInterface *iface)
{
  iface->follow = origin_follow;
  iface->unfollow = origin_unfollow;
}

/* Owning */

static void
given_back_cb (SsStoreRequest *request,
               const GError   *error,
               gpointer        user_data)
{
}

/* The claim has come through after it was cancelled. */
static void
give_back (Call           *call,
           SsStoreRequest *claim)
{
  ServerSignalStorePrivate *priv = get_private (call->store);
  SsStoreRequest *request;

  if (priv->engine_closed)
    return;

  request = ss_store_request_new (SS_STORE_RELEASE, claim->name, given_back_cb, NULL);
  request->owner = g_strdup (claim->owner);
  request->epoch = g_strdup (claim->state.epoch);
  request->generation = claim->state.generation;
  ss_store_engine_run (priv->engine, request);
}

static void
owned (Call           *call,
       SsStoreRequest *request)
{
  ServerSignalStorePrivate *priv = get_private (call->store);
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (SsValue) value = NULL;
  g_autoptr (GError) error = NULL;
  const SsStoreState *state = &request->state;
  const SsMark none = { 0 };
  SsMirror *mirror;
  Kept *kept;

  if (!ss_store_state_check (state, &none, &error) ||
      (value = ss_store_state_get_value (state, NULL, &error)) == NULL)
    {
      give_back (call, request);
      g_prefix_error (&error, "“%s”: ", call->name);
      call_fail (call, error);
      return;
    }

  kept = kept_get (call->store, call->name);
  mirror = kept_get_mirror (kept);
  kept->lease = ss_lease_new (priv->engine, call->name, mirror, call->owner, request->lease_ms,
                              state, value, &lease_funcs, call->store, &signal);
  g_ptr_array_add (priv->leases, kept->lease);

  if (g_strcmp0 (ss_mirror_get_epoch (mirror), state->epoch) != 0 ||
      !ss_mark_equal (ss_mirror_get_mark (mirror), &state->mark))
    ss_mirror_reset (mirror, state->epoch, value, &state->mark);
  else
    ss_mirror_set_stale (mirror, FALSE);

  g_rc_box_acquire (call);
  call_end (call);
  g_task_return_pointer (call->task, g_steal_pointer (&signal), g_object_unref);
  call_unhold (call);
}

static void
claimed_cb (SsStoreRequest *request,
            const GError   *error,
            gpointer        user_data)
{
  Call *call = user_data;
  gboolean is_claimed = error == NULL && request->verdict == SS_STORE_OK;
  /* It has come through, but the signal cannot be read. */
  gboolean is_damaged =
    g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL) &&
    request->verdict == SS_STORE_OK && request->state.epoch != NULL;

  if (is_damaged || (is_claimed && (call->over || get_private (call->store)->closed)))
    give_back (call, request);

  if (call->over)
    ;
  else if (get_private (call->store)->closed)
    call_refuse (call, SERVER_SIGNAL_ERROR_CLOSED,
                 g_strdup_printf (_("The store of “%s” is closed"), call->name));
  else if (error != NULL)
    {
      call_go_on (call, error);
    }
  else if (request->verdict == SS_STORE_OK)
    {
      owned (call, request);
    }
  else
    {
      call_retry_in (call, CLAMP (request->state.lease_ms, 10u, SS_STORE_CLAIM_MS));
    }

  call_unhold (call);
}

static void
own_step (Call *call)
{
  ServerSignalStorePrivate *priv = get_private (call->store);
  Kept *kept = g_hash_table_lookup (priv->kept, call->name);
  SsStoreRequest *request;

  if (kept != NULL && kept->lease != NULL)
    {
      g_autoptr (ServerSignal) signal = ss_lease_ref_signal (kept->lease);

      if (signal != NULL)
        call_refuse (call, SERVER_SIGNAL_ERROR_EXISTS,
                     g_strdup_printf (_("This store owns “%s” already"), call->name));
      else
        call_retry_in (call, 10);
      return;
    }

  request = call_request (call, SS_STORE_CLAIM, call->name, claimed_cb);
  request->owner = g_strdup (call->owner);
  request->text = g_bytes_ref (call->initial);
  request->lease_ms = priv->lease;
  call_run (call, request);
}

/**
 * server_signal_store_own_async:
 * @self: a store
 * @name: the name of a signal, 1 to 1,024 bytes of UTF-8
 * @initial: (nullable): the first document, if there is no such signal yet; `NULL` is JSON null
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the signal is owned
 * @user_data: data for @callback
 *
 * Becomes the owner of a signal, which is made if the store does not have it.
 *
 * While another process is the owner this waits, until that one gives the signal back or is not
 * heard of for its [property@SignalStore:lease]. So a second process that calls this stands by for
 * the first one.
 *
 * Since: 1.0
 */
void
server_signal_store_own_async (ServerSignalStore   *self,
                               const char          *name,
                               JsonNode            *initial,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  ServerSignalStorePrivate *priv = get_private (self);
  g_autoptr (SsValue) value = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  gsize length;
  char *text;
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&priv->owner);
  g_return_if_fail (name != NULL);

  call = call_new (self, name, server_signal_store_own_async, cancellable, callback, user_data);
  if (!check_name (call))
    return;

  value = initial != NULL ? ss_value_from_node (initial, SS_DOCUMENT_DEPTH, &error)
                          : ss_value_new_null ();
  if (value == NULL)
    {
      call_fail (call, error);
      call_unhold (call);
      return;
    }

  text = ss_value_to_json (value, &length);
  call->initial = g_bytes_new_take (text, length);
  id = ss_epoch_new ();
  if (priv->durable)
    call->owner = g_steal_pointer (&id);
  else
    call->owner = g_strdup_printf ("%c%s", SS_LEASE_HASTY, id);
  call->step = own_step;
  call_go (call);
}

/**
 * server_signal_store_own_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.own_async].
 *
 * The signal is owned until its last reference goes or it is given to
 * [method@SignalStore.release]; what it has committed until then still goes to the store.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_EXISTS` if this store owns the signal already;
 * - `SERVER_SIGNAL_ERROR_INVALID_NAME` for text that cannot be a name;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for an initial document that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if it nests more than 120 deep, or is larger than the engine takes;
 * - `SERVER_SIGNAL_ERROR_PROTOCOL` if the signal in the store is damaged, or what has its place there is no signal;
 * - `G_IO_ERROR_PERMISSION_DENIED` or another error of GIO's if the engine does not allow it, or the
 *   disk cannot be written for another reason than that it is full;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the store is closed;
 * - `G_IO_ERROR_CANCELLED` if it was cancelled.
 *
 * Returns: (transfer full): the signal, or `NULL` with @error set
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_store_own_finish (ServerSignalStore  *self,
                                GAsyncResult       *result,
                                GError            **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * server_signal_store_release:
 * @self: a store
 * @signal: a signal that @self owns
 *
 * Gives a signal back, so that another process can own it.
 *
 * It cannot be written from now on. As soon as the store has confirmed its last commit the lease is
 * free, and the signal follows the store as a replica does. A signal that @self does not own is
 * left alone.
 *
 * Since: 1.0
 */
void
server_signal_store_release (ServerSignalStore *self,
                             ServerSignal      *signal)
{
  Kept *kept;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);
  g_return_if_fail (SERVER_IS_SIGNAL (signal));

  kept = g_hash_table_lookup (get_private (self)->kept, server_signal_get_name (signal));
  if (kept != NULL && kept->lease != NULL)
    {
      g_autoptr (ServerSignal) owned = ss_lease_ref_signal (kept->lease);

      if (owned == signal)
        ss_lease_release (kept->lease);
    }
}

/* Updates */

static void update_step (Call *call);
static void updated_cb (SsStoreRequest *request, const GError *error, gpointer user_data);

static void
start_next_update (ServerSignalStore *self,
                   Kept              *kept)
{
  Call *next = g_queue_peek_head (&kept->updates);

  if (next != NULL)
    call_retry_in (next, 0);
  else
    kept_free_if_idle (kept);
}

/* The next document, transfer full. */
static SsValue *
make_value (Call           *call,
            const SsValue  *value,
            GError        **error)
{
  g_autoptr (JsonNode) copy = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (call->patch != NULL)
    {
      g_autoptr (SsValue) document = ss_value_ref (value);

      return ss_patch_apply (call->patch, &document, NULL, error) ? g_steal_pointer (&document)
                                                                  : NULL;
    }

  copy = ss_value_to_node (value);
  node = call->func (copy, call->func_data);
  if (node == NULL)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED,
                           _("The function that makes the new document has given none"));
      return NULL;
    }

  return ss_value_from_node_like (node, value, SS_DOCUMENT_DEPTH, error);
}

static GBytes *
write_value (const SsValue *value)
{
  gsize length;
  char *text = ss_value_to_json (value, &length);

  return g_bytes_new_take (text, length);
}

static void
send_proposal (Call *call)
{
  SsStoreRequest *request = call_request (call, SS_STORE_COMMIT, call->name, updated_cb);

  call->n_sent++;
  request->owner = g_strdup ("");
  request->epoch = g_strdup (call->epoch);
  request->entry = ss_log_entry_ref (call->proposal);
  if (call->log_bytes > MAX (SS_STORE_LOG_BYTES, ss_value_size (call->value)))
    {
      g_autoptr (SsValue) value = ss_value_ref (call->value);
      ServerSignalPatch *patch = ss_log_entry_get_patch (call->proposal, NULL);

      if (patch != NULL && ss_patch_apply (patch, &value, NULL, NULL))
        request->text = write_value (value);
    }
  call_run (call, request);
}

static void
send_creation (Call *call)
{
  SsStoreRequest *request = call_request (call, SS_STORE_RESTORE, call->name, updated_cb);

  call->n_sent++;
  request->owner = g_strdup ("");
  request->epoch = g_strdup (call->epoch);
  request->mark = ss_mark_first (request->epoch, 0);
  request->text = g_bytes_ref (call->creation);
  call_run (call, request);
}

/* The store is known not to have it. */
static void
forget_sent (Call *call)
{
  g_clear_pointer (&call->proposal, ss_log_entry_unref);
  g_clear_pointer (&call->creation, g_bytes_unref);
  call->n_sent = 0;
}

/* From the document that the store has to the next one. */
static void
propose (Call *call)
{
  ServerSignalStorePrivate *priv = get_private (call->store);
  g_autoptr (SsValue) old = NULL;
  g_autoptr (SsValue) value = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GError) error = NULL;

  if (call->tries > SS_STORE_CONFLICTS)
    {
      call_refuse (call, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                   g_strdup_printf (_("Others have changed “%s” each time before it could be updated"), call->name));
      return;
    }

  old = call->value != NULL ? ss_value_ref (call->value) : ss_value_new_null ();
  g_rc_box_acquire (call);
  value = make_value (call, old, &error);
  if (!call->over && value == NULL)
    {
      call_fail (call, error);
    }
  else if (!call->over && call->value == NULL)
    {
      forget_sent (call);
      g_free (call->epoch);
      call->epoch = ss_epoch_new ();
      call->creation = write_value (value);
      send_creation (call);
    }
  else if (!call->over)
    {
      patch = ss_diff (call->value, value, NULL);
      if (server_signal_patch_get_n_operations (patch) == 0)
        {
          call_succeed (call);
        }
      else
        {
          forget_sent (call);
          call->proposal = ss_log_entry_new (&call->mark, priv->id, patch);
          send_proposal (call);
        }
    }
  call_unhold (call);
}

/* Whether the history in the state goes through the mark. */
static gboolean
has_mark (const SsStoreState *state,
          const SsMark       *mark)
{
  for (guint i = 0; i < state->entries->len; i++)
    {
      SsLogEntry *entry = g_ptr_array_index (state->entries, i);

      if (ss_mark_equal (&entry->base, mark) || ss_mark_equal (&entry->mark, mark))
        return TRUE;
    }

  return ss_mark_equal (&state->mark, mark) ||
         (state->snapshot != NULL && ss_mark_equal (&state->snapshot_mark, mark));
}

/* The store has what was sent. A creation is found by its mark where the life is another by now. */
static gboolean
has_sent (Call               *call,
          const SsStoreState *state)
{
  SsMark first;

  if (call->proposal != NULL)
    return has_mark (state, &call->proposal->mark);
  if (call->creation == NULL)
    return FALSE;

  first = ss_mark_first (call->epoch, 0);

  return g_strcmp0 (call->epoch, state->epoch) == 0 || has_mark (state, &first);
}

/* Only a history that reaches back to where it would be can say that something is not there. */
static gboolean
reaches_back (Call               *call,
              const SsStoreState *state)
{
  if (state->snapshot == NULL)
    return TRUE;

  return call->proposal != NULL ? has_mark (state, &call->proposal->base)
                                : state->snapshot_mark.revision == 0;
}

static void
refuse_unknown (Call *call)
{
  call_refuse (call, SERVER_SIGNAL_ERROR_NOT_CURRENT,
               g_strdup_printf (_("Whether “%s” was updated cannot be known any more"),
                                   call->name));
}

/* The document that the state has is the one to go on from. */
static gboolean
take_state (Call                *call,
            const SsStoreState  *state,
            GError             **error)
{
  g_autoptr (SsValue) value = NULL;

  if (!ss_store_state_check (state, &call->mark, error))
    return FALSE;

  value = ss_store_state_get_value (state, call->value, error);
  if (value == NULL)
    return FALSE;

  if (call->value != NULL)
    ss_value_unref (call->value);
  call->value = g_steal_pointer (&value);
  g_free (call->epoch);
  call->epoch = g_strdup (state->epoch);
  call->mark = state->mark;
  call->log_bytes = state->log_bytes;

  return TRUE;
}

static void
go_on_from (Call               *call,
            const SsStoreState *state)
{
  g_autoptr (GError) error = NULL;

  if (has_sent (call, state))
    {
      call_succeed (call);
      return;
    }

  if (call->n_sent > 0 && !reaches_back (call, state))
    {
      refuse_unknown (call);
      return;
    }

  /* It may still be on its way, but not twice in one history. */
  if (call->proposal != NULL && ss_mark_equal (&state->mark, &call->proposal->base) &&
      g_strcmp0 (state->epoch, call->epoch) == 0)
    {
      send_proposal (call);
      return;
    }

  forget_sent (call);
  if (take_state (call, state, &error))
    {
      propose (call);
    }
  else
    {
      g_prefix_error (&error, "“%s”: ", call->name);
      call_fail (call, error);
    }
}

static void
owned_by_another (Call *call)
{
  call_refuse (call, SERVER_SIGNAL_ERROR_READ_ONLY,
               g_strdup_printf (_("“%s” has an owner, who alone may change it"), call->name));
}

static void
update_opened_cb (SsStoreRequest *request,
                  const GError   *error,
                  gpointer        user_data)
{
  Call *call = user_data;

  if (call->over)
    ;
  else if (error != NULL)
    call_go_on (call, error);
  else if (request->verdict == SS_STORE_MISSING && call->proposal != NULL)
    refuse_unknown (call);
  else if (request->verdict == SS_STORE_MISSING && call->creation != NULL)
    send_creation (call);
  else if (request->verdict == SS_STORE_MISSING)
    {
      g_clear_pointer (&call->value, ss_value_unref);
      g_clear_pointer (&call->epoch, g_free);
      propose (call);
    }
  else if (request->verdict != SS_STORE_OK)
    call_retry_in (call, SS_STORE_CLAIM_MS);
  else if (request->state.lease_ms > 0 && !has_sent (call, &request->state))
    owned_by_another (call);
  else
    go_on_from (call, &request->state);

  call_unhold (call);
}

static void
updated_cb (SsStoreRequest *request,
            const GError   *error,
            gpointer        user_data)
{
  Call *call = user_data;

  if (call->over)
    ;
  else if (error != NULL)
    {
      call_go_on (call, error);
    }
  else
    {
      switch (request->verdict)
        {
        case SS_STORE_OK:
          call_succeed (call);
          break;

        case SS_STORE_CONFLICT:
          if (has_sent (call, &request->state))
            {
              call_succeed (call);
              break;
            }
          /* An earlier one may have come late. */
          if (call->n_sent > 1 && !reaches_back (call, &request->state))
            {
              refuse_unknown (call);
              break;
            }
          /* Taken here, so that the next try need not ask for it. */
          forget_sent (call);
          if (!take_state (call, &request->state, NULL))
            {
              g_clear_pointer (&call->value, ss_value_unref);
              g_clear_pointer (&call->epoch, g_free);
            }
          call_retry (call, 64);
          break;

        case SS_STORE_BUSY:
          owned_by_another (call);
          break;

        case SS_STORE_FENCED:
        case SS_STORE_MISSING:
        case SS_STORE_UNSETTLED:
        default:
          forget_sent (call);
          call_retry_in (call, SS_STORE_CLAIM_MS);
          break;
        }
    }

  call_unhold (call);
}

/* The signal is ours: it is written like any other. */
static void
update_own (Call         *call,
            ServerSignal *signal)
{
  g_autoptr (GError) error = NULL;
  gboolean done;

  g_rc_box_acquire (call);
  if (call->patch != NULL)
    done = server_signal_apply_patch (signal, call->patch, &error);
  else
    done = server_signal_update (signal, call->func, call->func_data, &error);
  if (!call->over && done)
    call_succeed (call);
  else if (!call->over)
    call_fail (call, error);
  call_unhold (call);
}

static void
update_step (Call *call)
{
  Kept *kept = kept_get (call->store, call->name);
  SsStoreRequest *request;

  if (kept->lease != NULL && call->n_sent == 0)
    {
      g_autoptr (ServerSignal) signal = ss_lease_ref_signal (kept->lease);

      if (signal != NULL)
        update_own (call, signal);
      else
        call_retry_in (call, 10);
      return;
    }

  request = call_request (call, SS_STORE_OPEN, call->name, update_opened_cb);
  request->epoch = call->value != NULL ? g_strdup (call->epoch) : NULL;
  request->mark = call->proposal != NULL ? call->proposal->base : call->mark;
  if (call->creation != NULL)
    {
      request->epoch = g_strdup (call->epoch);
      request->mark = ss_mark_first (call->epoch, 0);
    }
  call_run (call, request);
}

/* Updates of one name go one after the other: they would only be in each other's way. */
static void
update_queue (Call *call)
{
  Kept *kept;
  g_autoptr (GError) error = NULL;

  call->step = update_step;
  if (!ensure_engine (call->store, &error))
    {
      call_fail (call, error);
      call_unhold (call);
      return;
    }

  kept = kept_get (call->store, call->name);
  g_queue_push_tail (&kept->updates, g_rc_box_acquire (call));
  if (g_queue_get_length (&kept->updates) == 1)
    call_go (call);
  else
    call_unhold (call);
}

/**
 * server_signal_store_update_async:
 * @self: a store
 * @name: the name of a signal, 1 to 1,024 bytes of UTF-8
 * @func: (scope notified) (closure func_data) (destroy func_destroy): makes the new document
 * @func_data: data for @func
 * @func_destroy: destroys @func_data
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the signal is updated
 * @user_data: data for @callback
 *
 * Changes a signal once, from any process.
 *
 * @func is called with a deep copy of the newest document, JSON null if there is no such signal, and
 * returns the next one, as for [method@Signal.update]. If another process has changed the signal
 * meanwhile, @func is called again with what that has made of it, up to 100 times. When the
 * operation succeeds, the document of exactly one call is in the store.
 *
 * A signal that another process owns cannot be updated. One that this store owns is written as by
 * [method@Signal.update].
 *
 * In Python @func_data is a tuple, whose items @func gets after the document: `()` if there are none.
 *
 * Since: 1.0
 */
void
server_signal_store_update_async (ServerSignalStore      *self,
                                  const char             *name,
                                  ServerSignalUpdateFunc  func,
                                  gpointer                func_data,
                                  GDestroyNotify          func_destroy,
                                  GCancellable           *cancellable,
                                  GAsyncReadyCallback     callback,
                                  gpointer                user_data)
{
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);
  g_return_if_fail (name != NULL);
  g_return_if_fail (func != NULL);

  call = call_new (self, name, server_signal_store_update_async, cancellable, callback, user_data);
  call->func = func;
  call->func_data = func_data;
  call->func_destroy = func_destroy;
  if (check_name (call))
    update_queue (call);
}

/**
 * server_signal_store_update_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.update_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_FAILED` if the function returned `NULL`;
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` if another process owns the signal;
 * - `SERVER_SIGNAL_ERROR_NOT_CURRENT` if others have changed it each time before, and if the
 *   connection was lost for so long that nobody can say any more whether it was updated;
 * - `SERVER_SIGNAL_ERROR_INVALID_NAME` for text that cannot be a name;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a document that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if it nests more than 120 deep, or is larger than the engine takes;
 * - `SERVER_SIGNAL_ERROR_PROTOCOL` if the signal in the store is damaged, or what has its place there is no signal;
 * - `G_IO_ERROR_PERMISSION_DENIED` or another error of GIO's if the engine does not allow it, or the
 *   disk cannot be written for another reason than that it is full;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the store is closed;
 * - `G_IO_ERROR_CANCELLED` if it was cancelled: the update may have been made all the same.
 *
 * Returns: `TRUE` if the store has the new document, `FALSE` with @error set
 *
 * Since: 1.0
 */
gboolean
server_signal_store_update_finish (ServerSignalStore  *self,
                                   GAsyncResult       *result,
                                   GError            **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * server_signal_store_patch_async:
 * @self: a store
 * @name: the name of a signal, 1 to 1,024 bytes of UTF-8
 * @patch: a JSON Patch (RFC 6902)
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the signal is patched
 * @user_data: data for @callback
 *
 * Changes a signal once, from any process, by a patch.
 *
 * It is [method@SignalStore.update_async] without a function: `test` operations in the patch say
 * which document it is for.
 *
 * Since: 1.0
 */
void
server_signal_store_patch_async (ServerSignalStore   *self,
                                 const char          *name,
                                 ServerSignalPatch   *patch,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);
  g_return_if_fail (name != NULL);
  g_return_if_fail (patch != NULL);

  call = call_new (self, name, server_signal_store_patch_async, cancellable, callback, user_data);
  call->patch = server_signal_patch_ref (patch);
  if (check_name (call))
    update_queue (call);
}

/**
 * server_signal_store_patch_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.patch_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_TEST_FAILED` for a `test` that finds another value;
 * - `SERVER_SIGNAL_ERROR_PATCH_FAILED` for any other operation that cannot be applied;
 * - every error of [method@SignalStore.update_finish] but `SERVER_SIGNAL_ERROR_FAILED`.
 *
 * Returns: `TRUE` if the store has the new document, `FALSE` with @error set
 *
 * Since: 1.0
 */
gboolean
server_signal_store_patch_finish (ServerSignalStore  *self,
                                  GAsyncResult       *result,
                                  GError            **error)
{
  return server_signal_store_update_finish (self, result, error);
}

/* Names */

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
return_names (Call      *call,
              GPtrArray *names)
{
  GStrv strv = g_new0 (char *, names->len + 1);

  for (guint i = 0; i < names->len; i++)
    strv[i] = g_strdup (g_ptr_array_index (names, i));

  g_rc_box_acquire (call);
  call_end (call);
  g_task_return_pointer (call->task, strv, (GDestroyNotify) g_strfreev);
  call_unhold (call);
}

static void
listed_cb (SsStoreRequest *request,
           const GError   *error,
           gpointer        user_data)
{
  Call *call = user_data;

  if (!call->over && error != NULL)
    {
      call_go_on (call, error);
    }
  else if (!call->over)
    {
      g_ptr_array_sort (request->names, compare_names);
      return_names (call, request->names);
    }

  call_unhold (call);
}

static void
list_step (Call *call)
{
  call_run (call, call_request (call, SS_STORE_LIST, call->name, listed_cb));
}

/**
 * server_signal_store_list_async:
 * @self: a store
 * @prefix: (nullable): the beginning of the names; `NULL` is the empty one
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called with the names
 * @user_data: data for @callback
 *
 * Finds the names of the signals that the store has.
 *
 * Since: 1.0
 */
void
server_signal_store_list_async (ServerSignalStore   *self,
                                const char          *prefix,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);

  call = call_new (self, prefix != NULL ? prefix : "", server_signal_store_list_async, cancellable,
                   callback, user_data);
  call->step = list_step;
  call_go (call);
}

/**
 * server_signal_store_list_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.list_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the store is closed;
 * - `G_IO_ERROR_CANCELLED` if it was cancelled;
 * - an error of GIO's if the names cannot be read, or the server does not allow it.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, in the order of their bytes, or
 *   `NULL` with @error set
 *
 * Since: 1.0
 */
GStrv
server_signal_store_list_finish (ServerSignalStore  *self,
                                 GAsyncResult       *result,
                                 GError            **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
changed_cb (SsStoreRequest *request,
            const GError   *error,
            gpointer        user_data)
{
  Call *call = user_data;

  if (call->over)
    ;
  else if (error != NULL)
    call_go_on (call, error);
  else if (request->verdict == SS_STORE_OK)
    call_succeed (call);
  else if (request->verdict == SS_STORE_MISSING)
    call_refuse (call, SERVER_SIGNAL_ERROR_NOT_FOUND,
                 g_strdup_printf (_("The store has no signal “%s”"), call->name));
  else
    owned_by_another (call);

  call_unhold (call);
}

static void
remove_step (Call *call)
{
  ServerSignalStorePrivate *priv = get_private (call->store);
  Kept *kept = g_hash_table_lookup (priv->kept, call->name);
  SsStoreRequest *request;

  if (kept != NULL && kept->lease != NULL)
    {
      call_refuse (call, SERVER_SIGNAL_ERROR_READ_ONLY,
                   g_strdup_printf (_("“%s” is owned by this store; release it before it is removed"), call->name));
      return;
    }

  request = call_request (call, SS_STORE_REMOVE, call->name, changed_cb);
  request->owner = g_strdup ("");
  call_run (call, request);
}

/**
 * server_signal_store_remove_async:
 * @self: a store
 * @name: the name of a signal, 1 to 1,024 bytes of UTF-8
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the signal is removed
 * @user_data: data for @callback
 *
 * Removes a signal from the store, if nobody owns it. Its replicas are stale from then on.
 *
 * Since: 1.0
 */
void
server_signal_store_remove_async (ServerSignalStore   *self,
                                  const char          *name,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);
  g_return_if_fail (name != NULL);

  call = call_new (self, name, server_signal_store_remove_async, cancellable, callback, user_data);
  call->step = remove_step;
  if (check_name (call))
    call_go (call);
}

/**
 * server_signal_store_remove_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.remove_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if there is no such signal;
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` if it has an owner;
 * - `SERVER_SIGNAL_ERROR_INVALID_NAME` for text that cannot be a name;
 * - `SERVER_SIGNAL_ERROR_PROTOCOL` if what has its place in the store is no signal;
 * - `G_IO_ERROR_PERMISSION_DENIED` or another error of GIO's if the engine does not allow it, or the
 *   disk cannot be written for another reason than that it is full;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the store is closed;
 * - `G_IO_ERROR_CANCELLED` if it was cancelled.
 *
 * Returns: `TRUE` if the store no longer has the signal, `FALSE` with @error set
 *
 * Since: 1.0
 */
gboolean
server_signal_store_remove_finish (ServerSignalStore  *self,
                                   GAsyncResult       *result,
                                   GError            **error)
{
  return server_signal_store_update_finish (self, result, error);
}

static void
expire_step (Call *call)
{
  SsStoreRequest *request = call_request (call, SS_STORE_EXPIRE, call->name, changed_cb);

  request->owner = g_strdup ("");
  request->seconds = call->seconds;
  call_run (call, request);
}

/**
 * server_signal_store_expire_async:
 * @self: a store
 * @name: the name of a signal, 1 to 1,024 bytes of UTF-8
 * @seconds: the time to live after the last commit, in seconds; 0: for ever
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when that is set
 * @user_data: data for @callback
 *
 * Lets a signal go by itself when nobody has written it for a time.
 *
 * An owner keeps its signal for as long as it renews the lease. A signal lives for ever unless this
 * is called.
 *
 * Since: 1.0
 */
void
server_signal_store_expire_async (ServerSignalStore   *self,
                                  const char          *name,
                                  guint                seconds,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);
  g_return_if_fail (name != NULL);

  call = call_new (self, name, server_signal_store_expire_async, cancellable, callback, user_data);
  call->step = expire_step;
  call->seconds = seconds;
  if (check_name (call))
    call_go (call);
}

/**
 * server_signal_store_expire_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.expire_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if there is no such signal;
 * - `SERVER_SIGNAL_ERROR_INVALID_NAME` for text that cannot be a name;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the store is closed;
 * - `G_IO_ERROR_CANCELLED` if it was cancelled.
 *
 * Returns: `TRUE` if the time is set, `FALSE` with @error set
 *
 * Since: 1.0
 */
gboolean
server_signal_store_expire_finish (ServerSignalStore  *self,
                                   GAsyncResult       *result,
                                   GError            **error)
{
  return server_signal_store_update_finish (self, result, error);
}

/* Copies: a line of JSON for each signal. */

static void
return_count (Call *call)
{
  g_rc_box_acquire (call);
  call_end (call);
  g_task_return_int (call->task, call->count);
  call_unhold (call);
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    {
      if (!call->over)
        call_fail (call, error);
    }
  else if (!call->over)
    {
      return_count (call);
    }

  call_unhold (call);
}

static void
append_line (Call               *call,
             const char         *name,
             const SsStoreState *state,
             const SsValue      *value)
{
  g_string_append (call->text, "{\"name\":");
  ss_append_quoted (call->text, name, -1);
  g_string_append (call->text, ",\"rev\":");
  ss_append_int (call->text, (gint64) state->mark.revision);
  g_string_append (call->text, ",\"value\":");
  ss_value_append_json (value, call->text);
  g_string_append (call->text, "}\n");
  call->count++;
}

static void copy_step (Call *call);

static void
copy_opened_cb (SsStoreRequest *request,
                const GError   *error,
                gpointer        user_data)
{
  Call *call = user_data;
  g_autoptr (GError) own_error = NULL;
  g_autoptr (SsValue) value = NULL;
  const SsMark none = { 0 };

  if (call->over)
    ;
  else if (error != NULL)
    call_go_on (call, error);
  else if (request->verdict == SS_STORE_UNSETTLED)
    call_retry_in (call, SS_STORE_CLAIM_MS);
  else if (request->verdict == SS_STORE_OK &&
           (!ss_store_state_check (&request->state, &none, &own_error) ||
            (value = ss_store_state_get_value (&request->state, NULL, &own_error)) == NULL))
    {
      g_prefix_error (&own_error, "“%s”: ", request->name);
      call_fail (call, own_error);
    }
  else
    {
      if (value != NULL)
        append_line (call, request->name, &request->state, value);
      call->next++;
      copy_step (call);
    }

  call_unhold (call);
}

static void
copy_step (Call *call)
{
  if (call->next < call->names->len)
    {
      call_run (call, call_request (call, SS_STORE_OPEN,
                                    g_ptr_array_index (call->names, call->next), copy_opened_cb));
      return;
    }

  g_file_replace_contents_async (call->file, call->text->str, call->text->len, NULL, FALSE,
                                 G_FILE_CREATE_PRIVATE, g_task_get_cancellable (call->task),
                                 written_cb, g_rc_box_acquire (call));
}

static void
copy_listed_cb (SsStoreRequest *request,
                const GError   *error,
                gpointer        user_data)
{
  Call *call = user_data;

  if (!call->over && error != NULL)
    {
      call_go_on (call, error);
    }
  else if (!call->over)
    {
      call->names = g_steal_pointer (&request->names);
      g_ptr_array_sort (call->names, compare_names);
      call->step = copy_step;
      copy_step (call);
    }

  call_unhold (call);
}

static void
copy_list_step (Call *call)
{
  call_run (call, call_request (call, SS_STORE_LIST, call->name, copy_listed_cb));
}

/**
 * server_signal_store_copy_async:
 * @self: a store
 * @prefix: (nullable): the beginning of the names; `NULL` is the empty one
 * @file: the file to write, which is replaced
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the file is written
 * @user_data: data for @callback
 *
 * Writes the documents of signals into a file.
 *
 * The file has a line of JSON for each signal: its name, its revision and its document. Each
 * document is as it was at one moment, but that is not the same moment for all.
 * [method@SignalStore.restore_async] is the way back, into this store or another one.
 *
 * Since: 1.0
 */
void
server_signal_store_copy_async (ServerSignalStore   *self,
                                const char          *prefix,
                                GFile               *file,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);
  g_return_if_fail (G_IS_FILE (file));

  call = call_new (self, prefix != NULL ? prefix : "", server_signal_store_copy_async, cancellable,
                   callback, user_data);
  call->step = copy_list_step;
  call->file = g_object_ref (file);
  call->text = g_string_new (NULL);
  call_go (call);
}

/**
 * server_signal_store_copy_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.copy_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_PROTOCOL` if a signal in the store is damaged;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the store is closed;
 * - an error of GIO's if the file cannot be written or the operation was cancelled.
 *
 * Returns: the number of signals in the file, or -1 with @error set
 *
 * Since: 1.0
 */
gssize
server_signal_store_copy_finish (ServerSignalStore  *self,
                                 GAsyncResult       *result,
                                 GError            **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), -1);
  g_return_val_if_fail (g_task_is_valid (result, self), -1);

  return g_task_propagate_int (G_TASK (result), error);
}

/* A line of the file. */
typedef struct
{
  char    *name;
  guint64  revision;
  GBytes  *text;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_bytes_unref (line->text);
  g_free (line->name);
  g_free (line);
}

static void restore_step (Call *call);

static void
line_restored_cb (SsStoreRequest *request,
                  const GError   *error,
                  gpointer        user_data)
{
  Call *call = user_data;

  if (call->over)
    ;
  else if (error != NULL)
    call_go_on (call, error);
  else
    {
      /* A signal that is there already is newer. */
      if (request->verdict == SS_STORE_OK)
        call->count++;
      call->next++;
      restore_step (call);
    }

  call_unhold (call);
}

static void
restore_step (Call *call)
{
  SsStoreRequest *request;
  Line *line;

  if (call->next >= call->lines->len)
    {
      return_count (call);
      return;
    }

  line = g_ptr_array_index (call->lines, call->next);
  request = call_request (call, SS_STORE_RESTORE, line->name, line_restored_cb);
  request->owner = g_strdup ("");
  request->epoch = g_strdup (request->fresh);
  request->mark = ss_mark_first (request->epoch, line->revision);
  request->text = g_bytes_ref (line->text);
  call_run (call, request);
}

static gboolean
read_line (Call        *call,
           const char  *text,
           GError     **error)
{
  g_autoptr (SsValue) value = ss_value_from_json (text, -1, SS_FRAME_DEPTH, error);
  const SsValue *name = NULL, *revision = NULL, *document = NULL;
  Line *line;

  if (value == NULL)
    return FALSE;

  if (ss_value_kind (value) == SS_VALUE_OBJECT)
    {
      name = ss_object_get (value, "name", strlen ("name"));
      revision = ss_object_get (value, "rev", strlen ("rev"));
      document = ss_object_get (value, "value", strlen ("value"));
    }

  if (name == NULL || ss_value_kind (name) != SS_VALUE_STRING ||
      !is_name (ss_value_get_string (name, NULL)) || revision == NULL ||
      ss_value_kind (revision) != SS_VALUE_INT || ss_value_get_int (revision) < 0 ||
      ss_value_get_int (revision) > (gint64) SS_REVISION_MAX || document == NULL ||
      ss_value_depth (document) > SS_DOCUMENT_DEPTH)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                   _("Line %u is not that of a copied signal"), call->lines->len + 1);
      return FALSE;
    }

  line = g_new (Line, 1);
  line->name = g_strdup (ss_value_get_string (name, NULL));
  line->revision = (guint64) ss_value_get_int (revision);
  line->text = write_value (document);
  g_ptr_array_add (call->lines, line);

  return TRUE;
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Call *call = user_data;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good;

  good = g_file_load_contents_finish (G_FILE (object), result, &text, NULL, NULL, &error);
  if (good)
    {
      lines = g_strsplit (text, "\n", -1);
      for (guint i = 0; lines[i] != NULL && good; i++)
        good = lines[i][0] == '\0' || read_line (call, lines[i], &error);
    }

  if (!call->over && !good)
    {
      g_autofree char *name = g_file_get_parse_name (G_FILE (object));

      /* GIO's have it already. */
      if (error->domain == SERVER_SIGNAL_ERROR)
        g_prefix_error (&error, "%s: ", name);
      call_fail (call, error);
      call_unhold (call);
    }
  else if (!call->over)
    {
      call->step = restore_step;
      call_go (call);
    }
  else
    {
      call_unhold (call);
    }
}

/**
 * server_signal_store_restore_async:
 * @self: a store
 * @file: a file that [method@SignalStore.copy_async] has written
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the signals are there
 * @user_data: data for @callback
 *
 * Brings back the signals of a file that the store does not have.
 *
 * A new life of each begins, with the revision and the document in the file. Signals that the store
 * has are left as they are. If the file has an error, nothing is restored.
 *
 * Since: 1.0
 */
void
server_signal_store_restore_async (ServerSignalStore   *self,
                                   GFile               *file,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  Call *call;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&get_private (self)->owner);
  g_return_if_fail (G_IS_FILE (file));

  call = call_new (self, NULL, server_signal_store_restore_async, cancellable, callback, user_data);
  call->lines = g_ptr_array_new_with_free_func (line_free);
  g_file_load_contents_async (file, cancellable, read_cb, call);
}

/**
 * server_signal_store_restore_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.restore_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` and `SERVER_SIGNAL_ERROR_PROTOCOL` if a line of the file is
 *   not that of a signal;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the store is closed;
 * - an error of GIO's if the file cannot be read or the operation was cancelled.
 *
 * Returns: the number of signals that were restored, or -1 with @error set
 *
 * Since: 1.0
 */
gssize
server_signal_store_restore_finish (ServerSignalStore  *self,
                                    GAsyncResult       *result,
                                    GError            **error)
{
  return server_signal_store_copy_finish (self, result, error);
}

/* The end */

static void
finish_closing (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);
  g_autoptr (GPtrArray) closers = NULL;
  GHashTableIter iter;
  gpointer kept;

  if (!priv->closed || priv->engine_closed)
    return;

  g_hash_table_iter_init (&iter, priv->kept);
  while (g_hash_table_iter_next (&iter, NULL, &kept))
    if (((Kept *) kept)->lease != NULL)
      return;

  priv->engine_closed = TRUE;
  ss_clear_source (&priv->audit);
  if (priv->engine != NULL)
    {
      ss_store_engine_set_funcs (priv->engine, NULL, NULL);
      ss_store_engine_close (priv->engine);
    }

  closers = g_steal_pointer (&priv->closers);
  priv->closers = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < closers->len; i++)
    g_task_return_boolean (g_ptr_array_index (closers, i), TRUE);
}

/* A store that is not given time leaves its leases to run out. */
static gboolean
close_cancelled_cb (GCancellable *cancellable,
                    gpointer      user_data)
{
  ServerSignalStore *self = user_data;
  ServerSignalStorePrivate *priv = get_private (self);
  g_autoptr (GPtrArray) closers = g_steal_pointer (&priv->closers);

  priv->closers = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < closers->len; i++)
    g_task_return_error_if_cancelled (g_ptr_array_index (closers, i));

  return G_SOURCE_REMOVE;
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
end_calls (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&priv->waiting);
  g_autoptr (GError) error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                                                  _("The store is closed"));

  priv->waiting = g_ptr_array_new_with_free_func (call_unhold);
  for (guint i = 0; i < waiting->len; i++)
    {
      Call *call = g_ptr_array_index (waiting, i);

      if (!call->over)
        call_fail (call, error);
    }
}

/**
 * server_signal_store_close_async:
 * @self: a store
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the store is closed
 * @user_data: data for @callback
 *
 * Gives all signals back that the store owns and closes it.
 *
 * Their last commits are confirmed before, so another process goes on from exactly there, and
 * without waiting for leases to end. A program does this before it ends. While the store is not
 * [property@SignalStore:online] it waits, until it is cancelled. A closed store stays closed.
 *
 * Since: 1.0
 */
void
server_signal_store_close_async (ServerSignalStore   *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  ServerSignalStorePrivate *priv = get_private (self);
  g_autoptr (GPtrArray) names = NULL;
  GTask *task;

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&priv->owner);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_store_close_async);
  if (priv->engine_closed)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  g_ptr_array_add (priv->closers, task);
  if (cancellable != NULL)
    {
      GSource *source = g_cancellable_source_new (cancellable);

      g_source_set_static_name (source, "[server-signal] store: closing cancelled");
      g_source_set_callback (source, G_SOURCE_FUNC (close_cancelled_cb), self, NULL);
      g_source_attach (source, priv->context);
      g_task_set_task_data (task, source, destroy_source);
    }

  priv->closed = TRUE;
  end_calls (self);
  names = list_kept (self);
  for (guint i = 0; i < names->len; i++)
    {
      Kept *kept = g_hash_table_lookup (priv->kept, g_ptr_array_index (names, i));

      if (kept != NULL && kept->lease != NULL)
        ss_lease_release (kept->lease);
    }
  finish_closing (self);
}

/**
 * server_signal_store_close_finish:
 * @self: a store
 * @result: the result that the callback was given
 * @error: return location for a #GError
 *
 * Finishes [method@SignalStore.close_async].
 *
 * Fails with
 *
 * - `G_IO_ERROR_CANCELLED` if it was cancelled: the signals that are still owned become free when
 *   their leases end.
 *
 * Returns: `TRUE` if everything is in the store and given back, `FALSE` with @error set
 *
 * Since: 1.0
 */
gboolean
server_signal_store_close_finish (ServerSignalStore  *self,
                                  GAsyncResult       *result,
                                  GError            **error)
{
  return server_signal_store_update_finish (self, result, error);
}

/**
 * server_signal_store_get_online: (attributes org.gtk.Method.get_property=online)
 * @self: a store
 *
 * Gets whether the store can be asked now.
 *
 * Returns: `TRUE` if it can
 *
 * Since: 1.0
 */
gboolean
server_signal_store_get_online (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);

  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&priv->owner, FALSE);

  return priv->engine != NULL && !priv->engine_closed && ss_store_engine_is_online (priv->engine);
}

/**
 * server_signal_store_get_offline_time:
 * @self: a store
 *
 * Gets the time for which the store has not been [property@SignalStore:online], which is the time
 * for which its replicas are stale.
 *
 * Returns: the time in milliseconds, 0 while it is online and before it is first used
 *
 * Since: 1.0
 */
guint
server_signal_store_get_offline_time (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);
  gint64 passed;

  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&priv->owner, 0);

  if (priv->offline_since == 0)
    return 0;

  passed = (g_get_monotonic_time () - priv->offline_since) / 1000;

  return (guint) CLAMP (passed, 1, G_MAXUINT);
}

/**
 * server_signal_store_get_error: (attributes org.gtk.Method.get_property=error)
 * @self: a store
 *
 * Gets the reason why the store is not [property@SignalStore:online], or what it refuses now though
 * it is: the commits of an owned signal because the disk is full, for example.
 *
 * Returns: (transfer none) (nullable): the reason, which the store keeps; `NULL` while nothing is
 *   wrong
 *
 * Since: 1.0
 */
const GError *
server_signal_store_get_error (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);

  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&priv->owner, NULL);

  return priv->error;
}

/**
 * server_signal_store_get_durable: (attributes org.gtk.Method.get_property=durable)
 * @self: a store
 *
 * Gets whether the peers of signals that this store owns are shown a commit only when the store has
 * confirmed it.
 *
 * Returns: `TRUE` if they wait for it
 *
 * Since: 1.0
 */
gboolean
server_signal_store_get_durable (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);

  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), TRUE);
  SS_RETURN_VAL_IF_ELSEWHERE (&priv->owner, TRUE);

  return priv->durable;
}

/**
 * server_signal_store_set_durable: (attributes org.gtk.Method.set_property=durable)
 * @self: a store
 * @durable: whether to wait
 *
 * Sets whether the peers of signals that this store owns are shown a commit only when the store has
 * confirmed it. The default is `TRUE`. A change concerns the signals that are owned later.
 *
 * Since: 1.0
 */
void
server_signal_store_set_durable (ServerSignalStore *self,
                                 gboolean           durable)
{
  ServerSignalStorePrivate *priv = get_private (self);

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&priv->owner);

  durable = !!durable;
  if (priv->durable == durable)
    return;

  priv->durable = durable;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DURABLE]);
}

/**
 * server_signal_store_get_lease: (attributes org.gtk.Method.get_property=lease)
 * @self: a store
 *
 * Gets the time after which the signals of an owner that is not heard of can be another's.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_store_get_lease (ServerSignalStore *self)
{
  ServerSignalStorePrivate *priv = get_private (self);

  g_return_val_if_fail (SERVER_IS_SIGNAL_STORE (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&priv->owner, 0);

  return priv->lease;
}

/**
 * server_signal_store_set_lease: (attributes org.gtk.Method.set_property=lease)
 * @self: a store
 * @lease: the time in milliseconds, at least 100 and at most an hour
 *
 * Sets the time after which the signals of an owner that is not heard of can be another's. The
 * default is 10 seconds. A change concerns the signals that are owned later.
 *
 * Since: 1.0
 */
void
server_signal_store_set_lease (ServerSignalStore *self,
                               guint              lease)
{
  ServerSignalStorePrivate *priv = get_private (self);

  g_return_if_fail (SERVER_IS_SIGNAL_STORE (self));
  SS_RETURN_IF_ELSEWHERE (&priv->owner);
  g_return_if_fail (lease >= MIN_LEASE && lease <= MAX_LEASE);

  if (priv->lease == lease)
    return;

  priv->lease = lease;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LEASE]);
}
