/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-read.h"
#include "json/ss-reader.h"
#include "json/ss-visit.h"
#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "server-signal-private.h"
#include "ss-epoch.h"
#include "ss-later.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-transaction.h"

/**
 * ServerSignal:
 *
 * A named JSON document with a revision.
 *
 * A program makes a signal, writes to it, and publishes it with a [class@SignalHub]; each
 * [class@SignalClient] that asks for its name holds a replica that follows it.
 *
 * ```c
 * g_autoptr (ServerSignal) count = NULL;
 *
 * count = server_signal_new_from_json ("count", "{\"value\":0}", NULL);
 * server_signal_set_int (count, "/value", 1, NULL);
 * ```
 *
 * ## Pointers
 *
 * The parts of the document are named by JSON Pointers (RFC 6901): `/rows/0/name` is the member
 * `name` of the first element of the list `rows`, and the empty pointer, for which `NULL` stands as
 * well, is the whole document. Reading a part that does not exist is not an error: it gives `NULL`,
 * zero or `FALSE`. Reading with text that is not a JSON Pointer gives the same, and a critical
 * warning.
 *
 * ## Commits and transactions
 *
 * Every write that changes something is a commit: the revision goes up by one,
 * [signal@Signal::patched] is emitted with the JSON Patch (RFC 6902) that leads from the old
 * document to the new one, and then `notify::value`, each once. Writing an equal value commits
 * nothing.
 *
 * Writes between [method@GObject.Object.freeze_notify] and
 * [method@GObject.Object.thaw_notify] are one commit, made when the last of nested freezes is
 * thawed. Meanwhile the getters see the new values, while hubs, and clients that join, see the last
 * commit. [method@Signal.discard] takes back all writes of a transaction. A transaction that
 * consists of replacing numbers, strings, booleans and nulls, and ends where it began, commits
 * nothing.
 *
 * A handler may write to the signal whose commit it is told of. All writes of handlers become the
 * next commit, which is announced after the current one has reached every handler; if a handler has
 * left the signal frozen, that happens at its thaw. Writes that a handler has made outside a
 * freeze, or in one that is thawed again, can no longer be discarded by the handlers after it.
 *
 * Only commits are announced: a `notify::value` requested with [method@GObject.Object.notify] is
 * ignored.
 *
 * ## Objects and lists
 *
 * A program need not write the state of its objects and list models a second time: the document, or
 * a part of it, follows them, with [method@Signal.track_object], [method@Signal.track_list] and
 * their siblings for settings, actions, D-Bus and files.
 *
 * ## Replicas
 *
 * A replica is not [property@Signal:writable]: every write fails with
 * `SERVER_SIGNAL_ERROR_READ_ONLY`. It is [property@Signal:stale] until its first data comes, and
 * whenever it is not known to be current.
 *
 * ## Threads
 *
 * A signal belongs to the [struct@GLib.MainContext] in which it was made, and may be used only
 * there. A function that is called in another thread does nothing except emit a critical warning.
 *
 * Since: 1.0
 */

struct _ServerSignal
{
  GObject        parent_instance;

  SsOwner        owner;
  char          *name;
  char          *epoch;
  guint64        revision;
  SsTransaction  transaction;

  /* An update of a replica that is not committed yet, since the application has it frozen. */
  gboolean       is_incoming;
  gboolean       incoming_is_new;
  guint64        incoming_revision;
  char          *incoming_epoch;

  const SsKeeperFuncs *keeper_funcs;
  gpointer       keeper;     /* NULL: nothing outlives the process */
  ServerSignal  *shadow;     /* is published in the signal's place; NULL: the signal itself is */

  /* A replica is stale for either reason. */
  gboolean       is_replica;
  gboolean       is_doubted;    /* it is not known to equal the other end's document */
  gboolean       is_disowned;   /* the other end does not vouch for that */
  gint64         current_at;    /* monotonic time at which it was known to be current last; 0: never */
  gboolean       is_overdue;    /* it is current again, by what has not been committed yet */
  gboolean       is_refused;    /* the other end does not send it */
  gboolean       has_data;

  SsObservers    observers;
  const SsSourceFuncs *source_funcs;
  gpointer       source;     /* NULL: no part of the document has one */

  gboolean       is_announcing;
  /* The one way to learn whether an object is frozen is to notify a property and see whether
   * that is dispatched at once. */
  gboolean       is_probing;
  gboolean       probe_passed;
};

G_DEFINE_FINAL_TYPE (ServerSignal, server_signal, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_VALUE,
  PROP_REVISION,
  PROP_EPOCH,
  PROP_WRITABLE,
  PROP_STALE,
  PROP_AGE,
  N_PROPS
};

enum
{
  PATCHED,
  SOURCE_FAILED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static gboolean
is_stale (ServerSignal *self)
{
  return self->is_doubted || self->is_disowned;
}

static gint64
get_doubted_age (ServerSignal *self)
{
  gint64 age;

  if (self->current_at == 0)
    return G_MAXINT64;

  age = (g_get_monotonic_time () - self->current_at) / 1000;

  return MAX (age, 1);
}

/* Commits */

/* Notifies past server_signal_dispatch_properties_changed(), which holds back what only a commit
 * announces. */
static void
emit_notify (ServerSignal  *self,
             guint          n_pspecs,
             GParamSpec   **pspecs)
{
  GObjectClass *parent_class = G_OBJECT_CLASS (server_signal_parent_class);

  parent_class->dispatch_properties_changed (G_OBJECT (self), n_pspecs, pspecs);
}

/* Called before the transaction is closed, while both documents can be had. */
static void
have_observers_look (ServerSignal      *self,
                     ServerSignalPatch *patch)
{
  SsPendingCommit commit;

  ss_pending_commit_init (&commit, &self->transaction, patch);
  ss_observers_look (&self->observers, &commit);
  ss_pending_commit_clear (&commit);
}

/* Makes a commit of all that is pending and announces it. */
static void
make_commit (ServerSignal *self)
{
  g_autoptr (ServerSignalPatch) patch = ss_transaction_finish (&self->transaction);
  gboolean is_observed = patch != NULL && ss_observers_has_any (&self->observers);
  SsCommit commit = { NULL, self->revision, self->revision + 1, FALSE };
  GParamSpec *changed[3];
  guint n_changed = 0;

  if (is_observed)
    have_observers_look (self, patch);
  if (patch != NULL)
    changed[n_changed++] = props[PROP_VALUE];
  ss_transaction_close (&self->transaction);
  self->is_overdue = FALSE;

  if (self->is_incoming)
    {
      commit.revision = self->incoming_revision;
      commit.new_epoch = self->incoming_is_new;
      self->is_incoming = FALSE;
      self->incoming_is_new = FALSE;
      self->has_data = TRUE;
    }
  else if (patch == NULL)
    {
      return;
    }

  if (commit.revision != commit.base)
    {
      self->revision = commit.revision;
      changed[n_changed++] = props[PROP_REVISION];
    }
  if (self->incoming_epoch != NULL)
    {
      g_free (self->epoch);
      self->epoch = g_steal_pointer (&self->incoming_epoch);
      changed[n_changed++] = props[PROP_EPOCH];
    }

  if (patch == NULL)
    {
      g_autoptr (SsRecorder) nothing = ss_recorder_new ();
      g_autoptr (ServerSignalPatch) empty = ss_recorder_finish (nothing);

      commit.patch = empty;
      ss_observers_tell (&self->observers, self, &commit);
    }
  else
    {
      commit.patch = patch;
      ss_observers_tell (&self->observers, self, &commit);
      if (is_observed)
        ss_observers_before_patched (&self->observers);
      g_signal_emit (self, signals[PATCHED], 0, patch);
    }

  if (n_changed > 0)
    emit_notify (self, n_changed, changed);

  if (is_observed)
    ss_observers_after_notify (&self->observers);
}

static gboolean
has_to_commit (ServerSignal *self)
{
  return self->is_incoming || ss_transaction_is_pending (&self->transaction);
}

/* While the signal is frozen this leaves the notification in GObject's queue, from where the
 * thaw brings it to ss_signal_value_notified(). */
static gboolean
is_thawed (ServerSignal *self)
{
  self->is_probing = TRUE;
  self->probe_passed = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VALUE]);
  self->is_probing = FALSE;

  return self->probe_passed;
}

/* Writes that handlers make meanwhile are committed here, in a loop, so that a chain of writes that
 * cause writes does not grow the stack. */
static void
commit_all (ServerSignal *self)
{
  self->is_announcing = TRUE;
  do
    make_commit (self);
  while (has_to_commit (self) && is_thawed (self));
  self->is_announcing = FALSE;
}

/* Called when anything has notified "value" and the signal is not frozen. */
static void
value_notified (ServerSignal *self)
{
  if (self->is_probing)
    self->probe_passed = TRUE;
  else if (self->is_announcing)
    ss_transaction_settle (&self->transaction);
  else if (has_to_commit (self))
    commit_all (self);
}

/* GObject calls this for each property that was notified, at once or, when the signal was frozen,
 * at the thaw: so this is where a transaction ends. Properties that only a commit announces are not
 * passed on from here. */
static void
server_signal_dispatch_properties_changed (GObject     *object,
                                           guint        n_pspecs,
                                           GParamSpec **pspecs)
{
  g_autoptr (ServerSignal) self = g_object_ref (SERVER_SIGNAL (object));

  for (guint i = 0; i < n_pspecs; i++)
    if (pspecs[i] == props[PROP_VALUE])
      value_notified (self);

  for (guint i = 0; i < n_pspecs; i++)
    if (pspecs[i] != props[PROP_VALUE] && pspecs[i] != props[PROP_REVISION] &&
        pspecs[i] != props[PROP_EPOCH])
      emit_notify (self, 1, &pspecs[i]);
}

static gboolean
is_name (const char *name)
{
  gsize length = name != NULL ? strlen (name) : 0;

  return length >= 1 && length <= SS_NAME_BYTES && g_utf8_validate_len (name, length, NULL);
}

static void
set_initial_value (ServerSignal *self,
                   JsonNode     *value)
{
  g_autoptr (GError) error = NULL;
  SsValue *root;

  if (value == NULL)
    return;

  root = ss_value_from_node (value, SS_DOCUMENT_DEPTH, &error);
  if (root != NULL)
    ss_signal_take_root (self, root);
  else
    g_critical ("The initial value of a signal is not JSON, and null instead: %s", error->message);
}

static void
server_signal_constructed (GObject *object)
{
  ServerSignal *self = SERVER_SIGNAL (object);

  G_OBJECT_CLASS (server_signal_parent_class)->constructed (object);

  if (!is_name (self->name))
    {
      g_critical ("A signal needs a name of 1 to %d bytes of UTF-8; without one it enters no hub",
                  SS_NAME_BYTES);
      g_free (self->name);
      self->name = g_strdup ("");
    }
}

static void
server_signal_dispose (GObject *object)
{
  ServerSignal *self = SERVER_SIGNAL (object);

  /* While there is still somebody to hold: letting go of objects runs application code. */
  if (self->source != NULL)
    self->source_funcs->dispose (self->source);

  G_OBJECT_CLASS (server_signal_parent_class)->dispose (object);
}

static void
server_signal_finalize (GObject *object)
{
  ServerSignal *self = SERVER_SIGNAL (object);

  if (self->source != NULL)
    self->source_funcs->finalize (g_steal_pointer (&self->source));
  if (self->keeper != NULL)
    self->keeper_funcs->finalize (g_steal_pointer (&self->keeper));
  g_clear_object (&self->shadow);
  ss_observers_clear (&self->observers);
  ss_transaction_clear (&self->transaction);
  g_clear_pointer (&self->incoming_epoch, g_free);
  g_clear_pointer (&self->epoch, g_free);
  g_clear_pointer (&self->name, g_free);
  ss_owner_clear (&self->owner);

  G_OBJECT_CLASS (server_signal_parent_class)->finalize (object);
}

static void
server_signal_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  ServerSignal *self = SERVER_SIGNAL (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;

    case PROP_VALUE:
      g_value_take_boxed (value, server_signal_dup_value (self, NULL));
      break;

    case PROP_REVISION:
      g_value_set_uint64 (value, self->revision);
      break;

    case PROP_EPOCH:
      g_value_set_string (value, self->epoch);
      break;

    case PROP_WRITABLE:
      g_value_set_boolean (value, server_signal_get_writable (self));
      break;

    case PROP_STALE:
      g_value_set_boolean (value, is_stale (self));
      break;

    case PROP_AGE:
      g_value_set_int64 (value, server_signal_get_age (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  ServerSignal *self = SERVER_SIGNAL (object);

  switch (prop_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;

    case PROP_VALUE:
      set_initial_value (self, g_value_get_boxed (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_class_init (ServerSignalClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = server_signal_constructed;
  object_class->dispose = server_signal_dispose;
  object_class->finalize = server_signal_finalize;
  object_class->get_property = server_signal_get_property;
  object_class->set_property = server_signal_set_property;
  object_class->dispatch_properties_changed = server_signal_dispatch_properties_changed;

  /**
   * ServerSignal:name: (getter get_name)
   *
   * The name under which the signal is published: 1 to 1,024 bytes of UTF-8. There is no default; a
   * signal without a name gets the empty one and a critical warning, and cannot be added to a hub.
   *
   * Since: 1.0
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL,
                                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                            G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:value:
   *
   * The whole document, each time as a deep copy.
   *
   * At construction this is the first document, of which a deep copy is taken; `NULL` is JSON null.
   * A value that JSON cannot carry gives a critical warning, and JSON null. The default is JSON
   * null.
   *
   * It is notified once for each commit, after [signal@Signal::patched].
   *
   * Since: 1.0
   */
  props[PROP_VALUE] = g_param_spec_boxed ("value", NULL, NULL, JSON_TYPE_NODE,
                                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                            G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:revision: (getter get_revision)
   *
   * The number of the last commit, at most 2⁵³ − 1.
   *
   * The default is 0, the revision of a new signal.
   *
   * Since: 1.0
   */
  props[PROP_REVISION] =
    g_param_spec_uint64 ("revision", NULL, NULL, 0, SS_REVISION_MAX, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:epoch: (getter get_epoch)
   *
   * A random id of one life of the signal.
   *
   * It changes whenever the history of revisions could differ. A replica has the epoch of its
   * server. The default is a new random id.
   *
   * Since: 1.0
   */
  props[PROP_EPOCH] =
    g_param_spec_string ("epoch", NULL, NULL, NULL,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:writable: (getter get_writable)
   *
   * Whether this program may write to the signal: `FALSE` for a replica. The default is `TRUE`.
   *
   * Since: 1.0
   */
  props[PROP_WRITABLE] =
    g_param_spec_boolean ("writable", NULL, NULL, TRUE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:stale: (getter get_stale)
   *
   * Whether this is a replica for whose value nobody vouches now.
   *
   * A replica is stale before its first data, while its connection is lost, and, where it follows a
   * hub that serves another hub's signal on, while that hub's own copy is stale, through any number of
   * hubs. A hub that is older than that, or that speaks the plain protocol, does not tell; its
   * replicas are current when they equal its document.
   *
   * The default is `FALSE`; a new replica is stale.
   *
   * Since: 1.0
   */
  props[PROP_STALE] =
    g_param_spec_boolean ("stale", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:age: (getter get_age)
   *
   * The time for which nobody has vouched for the value, in milliseconds.
   *
   * It is 0 for a signal that is not [property@Signal:stale], and `G_MAXINT64` for a replica that was
   * never known to be current. Where hubs serve each other's signals on it counts from the time at which
   * the first of them lost its own server. Changes are not notified, as it changes all the time;
   * [property@Signal:stale] tells when it begins and ends.
   *
   * The default is 0; that of a new replica is `G_MAXINT64`.
   *
   * Since: 1.0
   */
  props[PROP_AGE] = g_param_spec_int64 ("age", NULL, NULL, 0, G_MAXINT64, 0,
                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * ServerSignal::patched:
   * @self: the signal
   * @patch: the change
   *
   * Emitted once for each commit, before `notify::value`.
   *
   * Applied to the document before the commit, @patch gives the document after it.
   *
   * Since: 1.0
   */
  signals[PATCHED] = g_signal_new ("patched", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, SERVER_TYPE_SIGNAL_PATCH);

  /**
   * ServerSignal::source-failed:
   * @self: the signal
   * @pointer: the JSON Pointer of the place that does not follow its source
   * @error: the reason
   *
   * Emitted when a tracked source has changed to a value that the document cannot carry.
   *
   * The document keeps the last value at @pointer, or has null there if there was none; everything
   * else goes on, and so does this place with the next change that can be carried. If no handler is
   * connected, a warning is logged instead. [method@Signal.track_object] lists the values that
   * cannot be carried; for [method@Signal.track_file] it is a file that cannot be read or is not
   * JSON.
   *
   * Since: 1.0
   */
  signals[SOURCE_FAILED] =
    g_signal_new ("source-failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
server_signal_init (ServerSignal *self)
{
  ss_owner_init (&self->owner);
  self->epoch = ss_epoch_new ();
  self->has_data = TRUE;
  ss_observers_init (&self->observers);
  ss_transaction_init (&self->transaction, ss_value_new_null ());
}

/**
 * server_signal_new:
 * @name: the name of the signal, 1 to 1,024 bytes of UTF-8
 * @initial: (transfer none) (nullable): the first document, of which a deep copy is taken, or
 *   `NULL` for JSON null
 *
 * Makes a signal.
 *
 * An @initial that JSON cannot carry, such as a number that is not finite or lists nested more than
 * 120 deep, is a programmer error: a critical warning is emitted, and the document is JSON null.
 *
 * Returns: (transfer full): a new signal
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_new (const char *name,
                   JsonNode   *initial)
{
  g_return_val_if_fail (is_name (name), NULL);

  return g_object_new (SERVER_TYPE_SIGNAL, "name", name, "value", initial, NULL);
}

/**
 * server_signal_new_from_json:
 * @name: the name of the signal, 1 to 1,024 bytes of UTF-8
 * @json: the first document as JSON text
 * @error: return location for a #GError
 *
 * Makes a signal from the text of its first document.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for text that is not JSON (RFC 8259);
 * - `SERVER_SIGNAL_ERROR_LIMIT` for a document nested more than 120 deep.
 *
 * The message has line and column.
 *
 * Returns: (transfer full): a new signal, or `NULL` with @error set
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_new_from_json (const char  *name,
                             const char  *json,
                             GError     **error)
{
  ServerSignal *self;
  SsValue *root;

  g_return_val_if_fail (is_name (name), NULL);
  g_return_val_if_fail (json != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  root = ss_value_from_json (json, -1, SS_DOCUMENT_DEPTH, error);
  if (root == NULL)
    return NULL;

  self = g_object_new (SERVER_TYPE_SIGNAL, "name", name, NULL);
  ss_signal_take_root (self, root);
  return self;
}

/**
 * server_signal_get_name: (get-property name)
 * @self: a signal
 *
 * Gets the name under which the signal is published.
 *
 * Returns: (transfer none): the name
 *
 * Since: 1.0
 */
const char *
server_signal_get_name (ServerSignal *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);

  return self->name;
}

/**
 * server_signal_get_revision: (get-property revision)
 * @self: a signal
 *
 * Gets the number of the last commit.
 *
 * Returns: the revision, at most 2⁵³ − 1
 *
 * Since: 1.0
 */
guint64
server_signal_get_revision (ServerSignal *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->revision;
}

/**
 * server_signal_get_epoch: (get-property epoch)
 * @self: a signal
 *
 * Gets the random id of this life of the signal.
 *
 * Returns: (transfer none): the epoch
 *
 * Since: 1.0
 */
const char *
server_signal_get_epoch (ServerSignal *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return self->epoch;
}

/**
 * server_signal_get_writable: (get-property writable)
 * @self: a signal
 *
 * Gets whether this program may write to the signal.
 *
 * Returns: `FALSE` for a replica
 *
 * Since: 1.0
 */
gboolean
server_signal_get_writable (ServerSignal *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);

  return !self->is_replica;
}

/**
 * server_signal_get_stale: (get-property stale)
 * @self: a signal
 *
 * Gets whether this is a replica for whose value nobody vouches now.
 *
 * Returns: `TRUE` for a replica before its first data, while its connection is lost, and while the
 *   hub that it follows has lost its own server
 *
 * Since: 1.0
 */
gboolean
server_signal_get_stale (ServerSignal *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);

  return is_stale (self);
}

/**
 * server_signal_get_age: (get-property age)
 * @self: a signal
 *
 * Gets the time for which nobody has vouched for the value, in milliseconds.
 *
 * Where hubs serve each other's signals on it counts from the time at which the first of them lost
 * its own server.
 *
 * Returns: milliseconds, at least 1 for a signal that is [property@Signal:stale] and 0 for any other;
 *   `G_MAXINT64` for a replica that was never known to be current
 *
 * Since: 1.0
 */
gint64
server_signal_get_age (ServerSignal *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return is_stale (self) ? get_doubted_age (self) : 0;
}

/* Reading. A pointer to nothing is no error; text that is not a JSON Pointer is a mistake in the
 * program. */

static const SsValue *
find (ServerSignal *self,
      const char   *pointer)
{
  const SsValue *value = ss_pointer_resolve (self->transaction.root, pointer, NULL);
  g_autoptr (GError) error = NULL;

  if (value == NULL && !ss_pointer_is_valid (pointer, &error))
    g_critical ("Nothing is read of signal \"%s\": %s", self->name, error->message);

  return value;
}

/**
 * server_signal_has:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Checks whether there is something at a place of the document.
 *
 * JSON null is something.
 *
 * Returns: `TRUE` if the place exists
 *
 * Since: 1.0
 */
gboolean
server_signal_has (ServerSignal *self,
                   const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);

  return find (self, pointer) != NULL;
}

/**
 * server_signal_dup_value:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a part of the document as a deep copy.
 *
 * The caller may change the copy without effect on the signal. For a single number, string or
 * boolean, [method@Signal.get_int] and its siblings cost less.
 *
 * Returns: (transfer full) (nullable): the copy, or `NULL` if there is nothing at @pointer
 *
 * Since: 1.0
 */
JsonNode *
server_signal_dup_value (ServerSignal *self,
                         const char   *pointer)
{
  const SsValue *value;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  value = find (self, pointer);
  return value != NULL ? ss_value_to_node (value) : NULL;
}

/**
 * server_signal_dup_json:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a part of the document as JSON text without white space.
 *
 * Doubles are written in the shortest form that reads back the same, and always with a fraction or
 * an exponent.
 *
 * Returns: (transfer full) (nullable): the text, or `NULL` if there is nothing at @pointer
 *
 * Since: 1.0
 */
char *
server_signal_dup_json (ServerSignal *self,
                        const char   *pointer)
{
  const SsValue *value;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  value = find (self, pointer);
  return value != NULL ? ss_value_to_json (value, NULL) : NULL;
}

/**
 * server_signal_visit: (skip)
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @visitor: the functions to call
 * @user_data: an argument for them
 *
 * Tells the functions of @visitor of a part of the document, value by value.
 *
 * This is the cheapest way to make values of another kind from a document; nothing is copied.
 *
 * Returns: `TRUE` if all of the part was visited, `FALSE` if there is nothing at @pointer or a
 *   function has returned `FALSE`
 *
 * Since: 1.0
 */
gboolean
server_signal_visit (ServerSignal              *self,
                     const char                *pointer,
                     const ServerSignalVisitor *visitor,
                     gpointer                   user_data)
{
  g_autoptr (SsValue) part = NULL;
  const SsValue *value;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  g_return_val_if_fail (visitor != NULL, FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);

  value = find (self, pointer);
  if (value == NULL)
    return FALSE;

  part = ss_value_ref (value);
  return ss_value_visit (part, visitor, user_data);
}

/**
 * server_signal_get_int:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a number as an integer.
 *
 * A number with a fraction is truncated towards zero; one that is too large for 64 bits gives the
 * nearest that is not.
 *
 * Returns: the integer, or 0 if there is no number at @pointer
 *
 * Since: 1.0
 */
gint64
server_signal_get_int (ServerSignal *self,
                       const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return ss_read_int (find (self, pointer));
}

/**
 * server_signal_get_double:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a number as a double.
 *
 * Returns: the number, or 0.0 if there is none at @pointer
 *
 * Since: 1.0
 */
double
server_signal_get_double (ServerSignal *self,
                          const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), 0.0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0.0);

  return ss_read_double (find (self, pointer));
}

/**
 * server_signal_get_boolean:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a boolean.
 *
 * Returns: `TRUE` if JSON true is at @pointer, `FALSE` for all else
 *
 * Since: 1.0
 */
gboolean
server_signal_get_boolean (ServerSignal *self,
                           const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);

  return ss_read_boolean (find (self, pointer));
}

/**
 * server_signal_dup_string:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets a string.
 *
 * Returns: (transfer full) (nullable): the string, or `NULL` if there is none at @pointer
 *
 * Since: 1.0
 */
char *
server_signal_dup_string (ServerSignal *self,
                          const char   *pointer)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return g_strdup (ss_read_string (find (self, pointer)));
}

/**
 * server_signal_get_n_elements:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Gets the number of elements of a list, or of members of an object.
 *
 * Returns: the number, or 0 if there is neither a list nor an object at @pointer
 *
 * Since: 1.0
 */
guint
server_signal_get_n_elements (ServerSignal *self,
                              const char   *pointer)
{
  const SsValue *value;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  value = find (self, pointer);
  return value != NULL && ss_value_is_container (value) ? ss_value_length (value) : 0;
}

/**
 * server_signal_list_members:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 *
 * Lists the names of the members of an object, in their order.
 *
 * These are plain names: in a pointer `~` is written `~0` and `/` is written `~1`.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names, none if there is no object at
 *   @pointer
 *
 * Since: 1.0
 */
char **
server_signal_list_members (ServerSignal *self,
                            const char   *pointer)
{
  const SsValue *value;
  guint n;
  char **names;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  value = find (self, pointer);
  n = value != NULL && ss_value_kind (value) == SS_VALUE_OBJECT ? ss_value_length (value) : 0;
  names = g_new (char *, n + 1);
  for (guint i = 0; i < n; i++)
    names[i] = g_strdup (ss_read_string (ss_object_key (value, i)));
  names[n] = NULL;

  return names;
}

/* Writing. Each writer changes the document through the transaction and then says so with
 * ss_signal_written(); after that the signal may be gone. */

/* A part that has a source is written by that alone. */
static gboolean
may_write (ServerSignal  *self,
           const char    *pointer,
           GError       **error)
{
  return ss_signal_may_write (self, error) &&
         (self->source == NULL || self->source_funcs->may_write (self->source, pointer, error));
}

static const char *
whole_if_null (const char *pointer)
{
  return pointer != NULL ? pointer : "";
}

/* The errors of reader and bridge say where in the value the fault is, but not where the value was
 * to go. */
static void
prefix_value_error (ServerSignal  *self,
                    const char    *pointer,
                    GError       **error)
{
  g_prefix_error (error, _("Value for “%s” of signal “%s”: "), whole_if_null (pointer),
                            self->name);
}

static gboolean
apply (ServerSignal   *self,
       SsOpKind        kind,
       const char     *from,
       const char     *pointer,
       const SsValue  *value,
       GError        **error)
{
  SsOp op = { kind, g_strdup (whole_if_null (pointer)), g_strdup (from), NULL };

  if (value != NULL)
    op.value = ss_value_ref (value);

  return ss_transaction_apply (&self->transaction, &op, error);
}

/* Setting adds members of objects, and elements at the end of a list as "-". Anywhere else there is
 * nothing at the pointer, and that is the error. */
static gboolean
may_add (ServerSignal  *self,
         const char    *pointer,
         GError       **error)
{
  const char *slash = strrchr (pointer, '/');
  g_autofree char *parent = slash != NULL ? g_strndup (pointer, (gsize) (slash - pointer)) : NULL;
  const SsValue *root = self->transaction.root;
  const SsValue *container = parent != NULL ? ss_pointer_resolve (root, parent, NULL) : NULL;

  if (container != NULL)
    {
      SsValueKind kind = ss_value_kind (container);

      if (kind == SS_VALUE_OBJECT || (kind == SS_VALUE_ARRAY && g_str_equal (slash, "/-")))
        return TRUE;

      if (kind != SS_VALUE_ARRAY)
        {
          if (ss_pointer_is_valid (pointer, error))
            g_set_error (
              error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND,
              _("Nothing can be put at “%s”: its parent is neither an object nor a list"),
                 pointer);
          return FALSE;
        }
    }

  if (ss_pointer_resolve (root, pointer, error) != NULL)
    g_assert_not_reached ();

  return FALSE;
}

/* All setters come to this. */
static gboolean
set (ServerSignal   *self,
     const char     *pointer,
     const SsValue  *value,
     GError        **error)
{
  const SsValue *old;
  gboolean written;

  pointer = whole_if_null (pointer);
  old = ss_pointer_resolve (self->transaction.root, pointer, NULL);

  if (old != NULL)
    written = ss_transaction_replace (&self->transaction, pointer, old, value, error);
  else
    written =
      may_add (self, pointer, error) && apply (self, SS_OP_ADD, NULL, pointer, value, error);

  if (written)
    ss_signal_written (self);

  return written;
}

/**
 * server_signal_set_value:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: (transfer none) (nullable): the new value, of which a deep copy is taken; `NULL` is JSON
 *   null
 * @error: return location for a #GError
 *
 * Makes a part of the document equal to a value.
 *
 * The part is changed by the patch that [ctor@SignalPatch.new_diff] gives, so peers are sent only
 * the difference; if the part is equal already, nothing is written. A missing member of an object
 * is added; `/list/-` appends to a list.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a value that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the part does not exist, or for an index past
 *   the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the part is equal to @value now, `FALSE` with @error set if nothing was
 *   changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_value (ServerSignal  *self,
                         const char    *pointer,
                         JsonNode      *value,
                         GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_from_node_like (value, ss_pointer_resolve (self->transaction.root, pointer, NULL),
                                  SS_DOCUMENT_DEPTH, error);
  if (tree == NULL)
    {
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_json:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @json: the new value as JSON text
 * @error: return location for a #GError
 *
 * Makes a part of the document equal to a value that is given as text.
 *
 * This is [method@Signal.set_value] with text instead of a node.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for text that is not JSON (RFC 8259), with line and column
 *   in the message;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the part does not exist, or for an index past
 *   the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the part is equal to the value now, `FALSE` with @error set if nothing was
 *   changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_json (ServerSignal  *self,
                        const char    *pointer,
                        const char    *json,
                        GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (json != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_from_json (json, -1, SS_DOCUMENT_DEPTH, error);
  if (tree == NULL)
    {
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_int:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: the new value
 * @error: return location for a #GError
 *
 * Sets a part of the document to an integer.
 *
 * A missing member of an object is added; `/list/-` appends to a list; an equal value is not
 * written. Browsers read integers beyond ±(2⁵³ − 1) inexactly.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the part does not exist, or for an index past
 *   the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_int (ServerSignal  *self,
                       const char    *pointer,
                       gint64         value,
                       GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_new_int (value);
  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_double:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: the new value
 * @error: return location for a #GError
 *
 * Sets a part of the document to a double.
 *
 * The double 1.0 and the integer 1 are different values. A missing member of an object is added;
 * `/list/-` appends to a list; an equal value is not written.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for infinity, and for a value that is not a number;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the part does not exist, or for an index past
 *   the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_double (ServerSignal  *self,
                          const char    *pointer,
                          double         value,
                          GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  if (!isfinite (value))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                           _("JSON has only finite numbers"));
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  tree = ss_value_new_double (value);
  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_boolean:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: the new value
 * @error: return location for a #GError
 *
 * Sets a part of the document to a boolean.
 *
 * A missing member of an object is added; `/list/-` appends to a list; an equal value is not
 * written.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the part does not exist, or for an index past
 *   the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_boolean (ServerSignal  *self,
                           const char    *pointer,
                           gboolean       value,
                           GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_new_boolean (value);
  return set (self, pointer, tree, error);
}

/**
 * server_signal_set_string:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: (nullable): the new value; `NULL` is JSON null
 * @error: return location for a #GError
 *
 * Sets a part of the document to a string.
 *
 * A missing member of an object is added; `/list/-` appends to a list; an equal value is not
 * written.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for text that is not UTF-8;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the parent of the part does not exist, or for an index past
 *   the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the part is @value now, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_set_string (ServerSignal  *self,
                          const char    *pointer,
                          const char    *value,
                          GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  if (value != NULL && !g_utf8_validate (value, -1, NULL))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                           _("The string is not UTF-8"));
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  tree = value != NULL ? ss_value_new_string (value, -1) : ss_value_new_null ();
  return set (self, pointer, tree, error);
}

/* PATCH_FAILED is about a patch, which the caller has never seen. Two faults of a single operation
 * have no code of their own: it goes nowhere, or its parent holds nothing. */
static gboolean
apply_and_commit (ServerSignal   *self,
                  SsOpKind        kind,
                  const char     *from,
                  const char     *pointer,
                  const SsValue  *value,
                  GError        **error)
{
  g_autoptr (GError) local_error = NULL;

  if (apply (self, kind, from, pointer, value, &local_error))
    {
      ss_signal_written (self);
      return TRUE;
    }

  if (g_error_matches (local_error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED))
    {
      gboolean leads_nowhere =
        (kind == SS_OP_REMOVE && *whole_if_null (pointer) == '\0') ||
        (kind == SS_OP_MOVE && ss_pointer_is_within (whole_if_null (pointer), from));

      local_error->code =
        leads_nowhere ? SERVER_SIGNAL_ERROR_INVALID_POINTER : SERVER_SIGNAL_ERROR_NOT_FOUND;
    }

  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* In a list, a value that is equal to the one at its place is one more. */
static gboolean
is_member_already (ServerSignal  *self,
                   const char    *pointer,
                   const SsValue *value)
{
  const SsValue *root = self->transaction.root;
  const SsValue *old = ss_pointer_resolve (root, pointer, NULL);
  g_autofree char *parent = NULL;

  if (old == NULL || !ss_value_equal (old, value))
    return FALSE;
  if (*pointer == '\0')
    return TRUE;

  parent = g_strndup (pointer, (gsize) (strrchr (pointer, '/') - pointer));
  return ss_value_kind (ss_pointer_resolve (root, parent, NULL)) == SS_VALUE_OBJECT;
}

/* Both inserters come to this. */
static gboolean
insert (ServerSignal   *self,
        const char     *pointer,
        const SsValue  *value,
        GError        **error)
{
  if (is_member_already (self, whole_if_null (pointer), value))
    return TRUE;

  return apply_and_commit (self, SS_OP_ADD, NULL, pointer, value, error);
}

/**
 * server_signal_insert_value:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @value: (transfer none) (nullable): the value, of which a deep copy is taken; `NULL` is JSON null
 * @error: return location for a #GError
 *
 * Inserts a value into a list, or sets a member of an object.
 *
 * This is the operation `add` of RFC 6902: in a list, the element at the index and those after it
 * move up; the index may be the length of the list, or `-`, to append. An existing member is
 * replaced; if it is equal to @value already, nothing is written.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a value that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the list or object does not exist, or for an index past the
 *   end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the value is there, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_insert_value (ServerSignal  *self,
                            const char    *pointer,
                            JsonNode      *value,
                            GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_from_node (value, SS_DOCUMENT_DEPTH, error);
  if (tree == NULL)
    {
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  return insert (self, pointer, tree, error);
}

/**
 * server_signal_insert_json:
 * @self: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @json: the value as JSON text
 * @error: return location for a #GError
 *
 * Inserts a value that is given as text into a list, or sets a member of an object.
 *
 * This is [method@Signal.insert_value] with text instead of a node.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for text that is not JSON (RFC 8259), with line and column
 *   in the message;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or one that steps
 *   into a list with something other than an index;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if the list or object does not exist, or for an index past the
 *   end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if the value is there, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_insert_json (ServerSignal  *self,
                           const char    *pointer,
                           const char    *json,
                           GError       **error)
{
  g_autoptr (SsValue) tree = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (json != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, pointer, error))
    return FALSE;

  tree = ss_value_from_json (json, -1, SS_DOCUMENT_DEPTH, error);
  if (tree == NULL)
    {
      prefix_value_error (self, pointer, error);
      return FALSE;
    }

  return insert (self, pointer, tree, error);
}

/**
 * server_signal_remove:
 * @self: a signal
 * @pointer: a JSON Pointer (RFC 6901) to the part to remove
 * @error: return location for a #GError
 *
 * Removes a member of an object or an element of a list.
 *
 * Elements after it in a list move down. The whole document cannot be removed: set it to null
 * instead.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, or the empty one;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if there is nothing at @pointer;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if no revisions are left.
 *
 * Returns: `TRUE` if it was removed, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_remove (ServerSignal  *self,
                      const char    *pointer,
                      GError       **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return may_write (self, pointer, error) &&
         apply_and_commit (self, SS_OP_REMOVE, NULL, pointer, NULL, error);
}

/**
 * server_signal_move:
 * @self: a signal
 * @from: (nullable): a JSON Pointer (RFC 6901) to the part to move
 * @pointer: (nullable): a JSON Pointer (RFC 6901) to its new place, as it is once @from is removed;
 *   `NULL` is the whole document
 * @error: return location for a #GError
 *
 * Moves a part of the document to another place in it.
 *
 * This is the operation `move` of RFC 6902: a removal, followed by [method@Signal.insert_value].
 * Moving a part to its own place writes nothing.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_INVALID_POINTER` for text that is not a JSON Pointer, and for moving
 *   something into itself;
 * - `SERVER_SIGNAL_ERROR_NOT_FOUND` if there is nothing at @from, if the list or object that it
 *   would go to does not exist, or for an index past the end;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * Returns: `TRUE` if it was moved, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_move (ServerSignal  *self,
                    const char    *from,
                    const char    *pointer,
                    GError       **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, from, error) || !may_write (self, pointer, error))
    return FALSE;

  from = whole_if_null (from);
  pointer = whole_if_null (pointer);

  if (g_str_equal (from, pointer))
    return ss_pointer_resolve (self->transaction.root, from, error) != NULL;

  return apply_and_commit (self, SS_OP_MOVE, from, pointer, NULL, error);
}

/**
 * server_signal_apply_patch:
 * @self: a signal
 * @patch: a JSON Patch (RFC 6902)
 * @error: return location for a #GError
 *
 * Applies a patch, all of it or nothing.
 *
 * Its `test` operations are made here and not sent on.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and for a part that follows an object;
 * - `SERVER_SIGNAL_ERROR_TEST_FAILED` for a `test` that finds another value;
 * - `SERVER_SIGNAL_ERROR_PATCH_FAILED` for any other operation that cannot be applied;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document would nest more than 120 deep, or no revisions are
 *   left.
 *
 * The message names the operation by its index, and its pointer.
 *
 * Returns: `TRUE` if the patch was applied, `FALSE` with @error set if nothing was changed
 *
 * Since: 1.0
 */
gboolean
server_signal_apply_patch (ServerSignal       *self,
                           ServerSignalPatch  *patch,
                           GError            **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (patch != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!ss_signal_may_write (self, error))
    return FALSE;

  if (self->source != NULL)
    {
      guint n_ops;
      const SsOp *ops = ss_patch_ops (patch, &n_ops);

      if (!self->source_funcs->may_apply (self->source, ops, n_ops, error))
        return FALSE;
    }

  if (!ss_transaction_apply_patch (&self->transaction, patch, error))
    return FALSE;

  ss_signal_written (self);
  return TRUE;
}

/**
 * server_signal_update:
 * @self: a signal
 * @func: (scope call) (closure user_data): makes the new document
 * @user_data: data for @func
 * @error: return location for a #GError
 *
 * Changes the document with a function.
 *
 * @func is called once, with a deep copy of the current document. The node that it returns becomes
 * the document, as with [method@Signal.set_value]: only the difference is sent. `NULL` means that
 * @func failed, and writes nothing, so that an exception in a function of another language writes
 * nothing and is not lost. To leave the document unchanged, @func returns the copy.
 *
 * If @func itself writes to the signal, those writes stand, and the node that it returns is
 * compared with the document that they have made.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_READ_ONLY` for a replica, and when a part of the document follows an
 *   object, without calling @func;
 * - `SERVER_SIGNAL_ERROR_FAILED` if @func returned `NULL`;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for a document that JSON cannot carry;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if it nests more than 120 deep, or no revisions are left.
 *
 * Returns: `TRUE` if the document is what @func returned, `FALSE` with @error set if nothing was
 *   changed
 *
 * Since: 1.0
 */
gboolean
server_signal_update (ServerSignal            *self,
                      ServerSignalUpdateFunc   func,
                      gpointer                 user_data,
                      GError                 **error)
{
  g_autoptr (ServerSignal) keep = NULL;
  g_autoptr (JsonNode) copy = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!may_write (self, NULL, error))
    return FALSE;

  keep = g_object_ref (self);
  copy = ss_value_to_node (self->transaction.root);
  node = func (copy, user_data);
  if (node == NULL)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED,
                           _("The function that makes the new document has given none"));
      return FALSE;
    }

  return server_signal_set_value (self, NULL, node, error);
}

/**
 * server_signal_discard:
 * @self: a signal
 *
 * Takes back all writes of the current transaction.
 *
 * Call this between [method@GObject.Object.freeze_notify] and [method@GObject.Object.thaw_notify]:
 * the document returns to its state at the last commit, and later writes are still part of the
 * transaction. If there are none, the transaction announces nothing. Outside a transaction there is
 * nothing to take back.
 *
 * A part that follows an object ([method@Signal.track_object]) goes on following it: it equals its
 * object, before and after.
 *
 * Since: 1.0
 */
void
server_signal_discard (ServerSignal *self)
{
  g_return_if_fail (SERVER_IS_SIGNAL (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  /* Everything that a frozen replica has pending came from its server. */
  if (self->is_replica)
    return;

  if (self->source != NULL)
    self->source_funcs->discard (self->source);
  else
    ss_transaction_discard (&self->transaction);
}

/* The private half */

SsOwner *
ss_signal_get_owner (ServerSignal *self)
{
  return self != NULL ? &self->owner : NULL;
}

guint
ss_signal_watch (ServerSignal *self,
                 SsCommitFunc  func,
                 gpointer      user_data)
{
  return ss_observers_watch (&self->observers, func, user_data);
}

guint
ss_signal_watch_standing (ServerSignal   *self,
                          SsStandingFunc  func,
                          gpointer        user_data)
{
  return ss_observers_watch_standing (&self->observers, func, user_data);
}

void
ss_signal_unwatch (ServerSignal *self,
                   guint         id)
{
  ss_observers_unwatch (&self->observers, id);
}

void
ss_signal_add_observer (ServerSignal          *self,
                        const SsObserverFuncs *funcs,
                        gpointer               observer)
{
  g_assert (ss_observers_find (&self->observers, funcs) == NULL);

  ss_observers_add (&self->observers, funcs, observer);
}

gpointer
ss_signal_find_observer (ServerSignal          *self,
                         const SsObserverFuncs *funcs)
{
  return ss_observers_find (&self->observers, funcs);
}

SsValue *
ss_signal_ref_committed (ServerSignal *self)
{
  return ss_transaction_ref_committed (&self->transaction);
}

SsValue *
ss_signal_peek (ServerSignal *self)
{
  return self->transaction.root;
}

/* Replicas */

ServerSignal *
ss_signal_new_replica (const char    *name,
                       const SsValue *initial)
{
  ServerSignal *self = g_object_new (SERVER_TYPE_SIGNAL, "name", name, NULL);

  if (initial != NULL)
    ss_signal_take_root (self, ss_value_ref (initial));
  self->is_replica = TRUE;
  self->is_doubted = TRUE;
  self->has_data = FALSE;

  return self;
}

/* TRUE: it has become stale, or current again. */
static gboolean
set_standing (ServerSignal *self,
              gboolean      doubted,
              gboolean      disowned)
{
  gboolean was_stale = is_stale (self);

  self->is_doubted = doubted;
  self->is_disowned = disowned;
  if (was_stale == is_stale (self))
    return FALSE;

  if (was_stale)
    self->is_overdue = has_to_commit (self);
  else
    self->current_at = g_get_monotonic_time ();

  return TRUE;
}

static void
announce_standing (ServerSignal *self)
{
  g_autoptr (ServerSignal) keep = g_object_ref (self);

  ss_observers_tell_standing (&self->observers, self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STALE]);
}

/* A message that only confirms the revision that is there already makes no commit. */
static void
receive (ServerSignal *self,
         guint64       revision)
{
  self->incoming_is_new |= !self->has_data;
  self->is_incoming |= self->incoming_is_new || revision != self->revision ||
                       ss_transaction_is_pending (&self->transaction);
  self->incoming_revision = revision;

  /* An application that keeps its replica frozen does not stop the server. */
  if (self->transaction.n_recorded > SS_PENDING_OPERATIONS)
    ss_transaction_collapse (&self->transaction);
}

gboolean
ss_signal_replica_apply (ServerSignal       *self,
                         ServerSignalPatch  *patch,
                         guint64             revision,
                         GError            **error)
{
  g_assert (self->is_replica);
  /* Another thread may have made it. */
  ss_owner_is_here (&self->owner);

  if (!ss_transaction_apply_patch (&self->transaction, patch, error))
    return FALSE;

  receive (self, revision);
  ss_signal_written (self);
  return TRUE;
}

void
ss_signal_replica_reset (ServerSignal  *self,
                         const SsValue *value,
                         const char    *epoch,
                         guint64        revision)
{
  g_autoptr (ServerSignal) keep = g_object_ref (self);
  const char *known_epoch = self->incoming_epoch != NULL ? self->incoming_epoch : self->epoch;
  gboolean was_stale = is_stale (self);

  g_assert (self->is_replica);
  ss_owner_is_here (&self->owner);

  /* A document that is too deep was refused when it was read. */
  if (!ss_transaction_replace (&self->transaction, "", self->transaction.root, value, NULL))
    g_assert_not_reached ();

  if (epoch != NULL && g_strcmp0 (epoch, known_epoch) != 0)
    {
      g_free (self->incoming_epoch);
      self->incoming_epoch = g_strdup (epoch);
      self->incoming_is_new = TRUE;
    }
  receive (self, revision);
  set_standing (self, FALSE, self->is_disowned);
  ss_signal_written (self);

  /* A handler may have lost the connection meanwhile. */
  if (was_stale != is_stale (self))
    announce_standing (self);
}

void
ss_signal_replica_set_stale (ServerSignal *self,
                             gboolean      stale)
{
  g_assert (self->is_replica);

  if (set_standing (self, !!stale, self->is_disowned))
    announce_standing (self);
}

void
ss_signal_replica_unfollow (ServerSignal *self)
{
  g_assert (self->is_replica);

  if (set_standing (self, TRUE, FALSE))
    announce_standing (self);
}

void
ss_signal_replica_set_disowned (ServerSignal *self,
                                gboolean      disowned,
                                gint64        since)
{
  gboolean was_stale = is_stale (self);

  g_assert (self->is_replica);

  if (set_standing (self, self->is_doubted, !!disowned))
    {
      /* The other end was not sure of it any more before it could say so. */
      if (disowned && since > 0)
        self->current_at = MIN (since, self->current_at);
      announce_standing (self);
    }
  else if (disowned && was_stale)
    {
      self->current_at = MAX (since, self->current_at);
    }
}

void
ss_signal_replica_set_refused (ServerSignal *self,
                               gboolean      refused)
{
  g_autoptr (ServerSignal) keep = g_object_ref (self);

  g_assert (self->is_replica);

  if (self->is_refused == refused)
    return;

  self->is_refused = refused;
  ss_observers_tell_standing (&self->observers, self);
}

gboolean
ss_signal_replica_is_refused (ServerSignal *self)
{
  return self->is_refused;
}

gboolean
ss_signal_replica_is_following (ServerSignal *self)
{
  return !self->is_doubted;
}

static void
notify_stale (gpointer object)
{
  g_object_notify_by_pspec (object, props[PROP_STALE]);
}

void
ss_signal_replica_leave (ServerSignal *self,
                         GMainContext *context)
{
  g_assert (self->is_replica);

  if (!set_standing (self, TRUE, self->is_disowned))
    return;

  ss_observers_tell_standing (&self->observers, self);
  ss_later (context, self, notify_stale);
}

gboolean
ss_signal_has_data (ServerSignal *self)
{
  return self->has_data;
}

gint64
ss_signal_get_committed_age (ServerSignal *self)
{
  return is_stale (self) || self->is_overdue ? get_doubted_age (self) : 0;
}

void
ss_signal_set_revision (ServerSignal *self,
                        guint64       revision)
{
  g_assert (revision <= SS_REVISION_MAX && !self->is_announcing);

  self->revision = revision;
}

void
ss_signal_take_root (ServerSignal *self,
                     SsValue      *root)
{
  ss_value_unref (self->transaction.root);
  self->transaction.root = root;
}

/* Keepers */

void
ss_signal_set_keeper (ServerSignal        *self,
                      const SsKeeperFuncs *funcs,
                      gpointer             keeper,
                      ServerSignal        *shadow)
{
  g_assert (self->keeper == NULL && keeper != NULL);

  self->keeper_funcs = funcs;
  self->keeper = keeper;
  self->shadow = shadow != NULL ? g_object_ref (shadow) : NULL;
}

ServerSignal *
ss_signal_get_published (ServerSignal *self)
{
  return self->shadow != NULL ? self->shadow : self;
}

void
ss_signal_set_life (ServerSignal *self,
                    const char   *epoch,
                    guint64       revision)
{
  ss_signal_set_revision (self, revision);
  g_free (self->epoch);
  self->epoch = g_strdup (epoch);
}

void
ss_signal_begin_life (ServerSignal *self,
                      const char   *epoch)
{
  g_assert (!self->is_replica);

  g_free (self->incoming_epoch);
  self->incoming_epoch = g_strdup (epoch);
  self->is_incoming = TRUE;
  self->incoming_is_new = TRUE;
  self->incoming_revision = self->revision + 1;
  ss_signal_written (self);
}

void
ss_signal_become_replica (ServerSignal *self)
{
  if (self->is_replica)
    return;

  self->is_replica = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_WRITABLE]);
}

/* Sources */

void
ss_signal_set_source (ServerSignal        *self,
                      const SsSourceFuncs *funcs,
                      gpointer             source)
{
  g_assert (self->source == NULL && source != NULL);

  self->source_funcs = funcs;
  self->source = source;
}

gpointer
ss_signal_get_source (ServerSignal *self)
{
  return self->source;
}

gboolean
ss_signal_may_write (ServerSignal  *self,
                     GError       **error)
{
  if (self->is_replica)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY,
                   _("Signal “%s” is a replica: only its server writes it"), self->name);
      return FALSE;
    }

  if (self->revision >= SS_REVISION_MAX)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("Signal “%s” has reached its last revision"), self->name);
      return FALSE;
    }

  return self->keeper == NULL || self->keeper_funcs->may_write (self->keeper, error);
}

gboolean
ss_signal_source_put (ServerSignal   *self,
                      const char     *pointer,
                      const SsValue  *value,
                      GError        **error)
{
  return ss_transaction_put (&self->transaction, pointer, value, error);
}

gboolean
ss_signal_source_diff (ServerSignal   *self,
                       const char     *pointer,
                       const SsValue  *value,
                       GError        **error)
{
  const SsValue *old = ss_pointer_resolve (self->transaction.root, pointer, NULL);

  return old != NULL ? ss_transaction_replace (&self->transaction, pointer, old, value, error)
                     : ss_transaction_put (&self->transaction, pointer, value, error);
}

gboolean
ss_signal_source_put_list (ServerSignal   *self,
                           const char     *pointer,
                           const SsValue  *value,
                           SsOp           *ops,
                           guint           n_ops,
                           GError        **error)
{
  return ss_transaction_put_list (&self->transaction, pointer, value, ops, n_ops, error);
}

gboolean
ss_signal_source_apply (ServerSignal  *self,
                        SsOp          *op,
                        GError       **error)
{
  return ss_transaction_apply (&self->transaction, op, error);
}

gboolean
ss_signal_is_pending (ServerSignal *self)
{
  return ss_transaction_is_pending (&self->transaction);
}

void
ss_signal_source_discard (ServerSignal *self)
{
  ss_transaction_discard (&self->transaction);
}

void
ss_signal_written (ServerSignal *self)
{
  if (has_to_commit (self))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VALUE]);
}

void
ss_signal_source_failed (ServerSignal *self,
                         const char   *pointer,
                         const GError *error)
{
  ss_log_info ("source-failed", SS_LOG (.name = self->name, .reason = error->message),
               "Signal “%s” cannot follow its source at “%s”", self->name, pointer);

  if (g_signal_has_handler_pending (self, signals[SOURCE_FAILED], 0, TRUE))
    g_signal_emit (self, signals[SOURCE_FAILED], 0, pointer, error);
  else
    g_warning ("Signal \"%s\" cannot follow its source at \"%s\": %s", self->name, pointer,
               error->message);
}
