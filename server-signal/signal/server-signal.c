/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal.h"

#include "json/ss-node.h"
#include "json/ss-reader.h"
#include "server-signal-struct.h"
#include "ss-limits.h"

/**
 * ServerSignal:
 *
 * A named JSON document with a revision.
 *
 * A program makes a signal, writes to it, and publishes it with a [class@SignalHub]; each
 * [class@SignalClient] that asks for its name holds a replica that follows it.
 *
 * ```c
 * g_autoptr (ServerSignal) count = server_signal_new_from_json ("count", "{\"value\":0}", NULL);
 *
 * server_signal_set_int (count, "/value", 1, NULL);
 * ```
 *
 * # Pointers
 *
 * The parts of the document are named by JSON Pointers (RFC 6901): `/rows/0/name` is the member
 * `name` of the first element of the list `rows`, and the empty pointer, for which `NULL` stands as
 * well, is the whole document. Reading what is not there is no error: it gives `NULL`, zero or
 * `FALSE`.
 *
 * # Commits and transactions
 *
 * Every write that changes something is a commit: the revision goes up by one,
 * [signal@Signal::patched] is emitted with the JSON Patch (RFC 6902) that leads from the old
 * document to the new one, and then `notify::value`, each once. Writing what is there already
 * commits nothing.
 *
 * What is written between [method@GObject.Object.freeze_notify] and
 * [method@GObject.Object.thaw_notify] is one commit, made when the last of nested freezes is
 * thawed. Meanwhile the getters see what has been written, while hubs and those who join see the
 * last commit. [method@Signal.discard] takes back what a transaction has written. A transaction
 * that consists of replacing numbers, strings, booleans and nulls, and ends where it began, commits
 * nothing.
 *
 * A handler may write to the signal whose commit it is told of. All that handlers write becomes the
 * next commit, which is announced after the current one has reached every handler; when a handler
 * left the signal frozen, that happens at its thaw. What a handler has written outside of a freeze,
 * or in one that is thawed again, can no longer be discarded by the handlers after it.
 *
 * Only commits are announced: a `notify::value` that somebody else asks for with
 * [method@GObject.Object.notify] goes nowhere.
 *
 * # Objects and lists
 *
 * What a program has in objects and list models it need not write a second time: the document, or a
 * part of it, follows them, with [method@Signal.track_object], [method@Signal.track_list] and their
 * siblings for settings, actions, D-Bus and files.
 *
 * # Replicas
 *
 * A replica is not [property@Signal:writable]: every write fails with
 * `SERVER_SIGNAL_ERROR_READ_ONLY`. It is [property@Signal:stale] until its first data came, and
 * whenever it is not known to be current.
 *
 * # Threads
 *
 * A signal belongs to the [struct@GLib.MainContext] in which it was made, and is used from there
 * only.
 *
 * Since: 1.0
 */

G_DEFINE_FINAL_TYPE (ServerSignal, server_signal, G_TYPE_OBJECT)

enum
{
  PATCHED,
  SOURCE_FAILED,
  N_SIGNALS
};

GParamSpec *ss_signal_props[N_PROPS];
static guint signals[N_SIGNALS];

void
ss_signal_emit_notify (ServerSignal  *self,
                       guint          n_pspecs,
                       GParamSpec   **pspecs)
{
  GObjectClass *parent_class = G_OBJECT_CLASS (server_signal_parent_class);

  parent_class->dispatch_properties_changed (G_OBJECT (self), n_pspecs, pspecs);
}

void
ss_signal_emit_patched (ServerSignal      *self,
                        ServerSignalPatch *patch)
{
  g_signal_emit (self, signals[PATCHED], 0, patch);
}

void
ss_signal_source_failed (ServerSignal *self,
                         const char   *pointer,
                         const GError *error)
{
  if (g_signal_has_handler_pending (self, signals[SOURCE_FAILED], 0, TRUE))
    g_signal_emit (self, signals[SOURCE_FAILED], 0, pointer, error);
  else
    g_warning ("Signal \"%s\" cannot follow its source at \"%s\": %s", self->name, pointer,
               error->message);
}

/* GObject calls this for what was notified, at once or, when it was frozen, at the thaw: so this
 * is where a transaction ends. What only a commit announces is not passed on from here. */
static void
server_signal_dispatch_properties_changed (GObject     *object,
                                           guint        n_pspecs,
                                           GParamSpec **pspecs)
{
  g_autoptr (ServerSignal) self = g_object_ref (SERVER_SIGNAL (object));

  for (guint i = 0; i < n_pspecs; i++)
    if (pspecs[i] == ss_signal_props[PROP_VALUE])
      ss_signal_value_notified (self);

  for (guint i = 0; i < n_pspecs; i++)
    if (pspecs[i] != ss_signal_props[PROP_VALUE] &&
        pspecs[i] != ss_signal_props[PROP_REVISION] &&
        pspecs[i] != ss_signal_props[PROP_EPOCH])
      ss_signal_emit_notify (self, 1, &pspecs[i]);
}

static gboolean
is_name (const char *name)
{
  gsize length = name != NULL ? strlen (name) : 0;

  return length >= 1 && length <= SS_NAME_BYTES && g_utf8_validate (name, length, NULL);
}

void
ss_signal_take_root (ServerSignal *self,
                     SsValue      *root)
{
  ss_value_unref (self->transaction.root);
  self->transaction.root = root;
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
      g_critical ("A signal needs a name of 1 to %d bytes of UTF-8", SS_NAME_BYTES);
      g_free (self->name);
      self->name = g_strdup ("?");
    }
}

static void
server_signal_dispose (GObject *object)
{
  ServerSignal *self = SERVER_SIGNAL (object);

  /* While there is still somebody to hold: letting go of objects runs code of the application's. */
  if (self->source != NULL)
    self->source_funcs->dispose (self->source);

  G_OBJECT_CLASS (server_signal_parent_class)->dispose (object);
}

static void
server_signal_finalize (GObject *object)
{
  ServerSignal *self = SERVER_SIGNAL (object);

  if (self->source != NULL)
    self->source_funcs->finalize (self->source);
  ss_observers_clear (&self->observers);
  ss_transaction_clear (&self->transaction);
  g_clear_pointer (&self->incoming_epoch, g_free);
  g_clear_pointer (&self->epoch, g_free);
  g_clear_pointer (&self->name, g_free);

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
      g_value_set_boolean (value, self->is_stale);
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
   * The name under which the signal is published: 1 to 1,024 bytes of UTF-8.
   *
   * Since: 1.0
   */
  ss_signal_props[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL,
                         NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS |
                         G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:value:
   *
   * The whole document, each time as a deep copy.
   *
   * While the signal is made this is its first document, of which a deep copy is taken; `NULL` is
   * JSON null. What JSON cannot carry is a critical warning, and null as well.
   *
   * It is notified once for each commit, after [signal@Signal::patched].
   *
   * Since: 1.0
   */
  ss_signal_props[PROP_VALUE] =
    g_param_spec_boxed ("value", NULL, NULL,
                        JSON_TYPE_NODE,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS |
                        G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:revision: (getter get_revision)
   *
   * The number of the last commit, at most 2⁵³ − 1.
   *
   * A new signal has revision 0.
   *
   * Since: 1.0
   */
  ss_signal_props[PROP_REVISION] =
    g_param_spec_uint64 ("revision", NULL, NULL,
                         0, SS_REVISION_MAX, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:epoch: (getter get_epoch)
   *
   * A random id of one life of the signal.
   *
   * It is another one whenever the history of revisions could be another one. A replica has its
   * server's.
   *
   * Since: 1.0
   */
  ss_signal_props[PROP_EPOCH] =
    g_param_spec_string ("epoch", NULL, NULL,
                         NULL,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:writable: (getter get_writable)
   *
   * Whether this program may write to the signal: `FALSE` for a replica.
   *
   * Since: 1.0
   */
  ss_signal_props[PROP_WRITABLE] =
    g_param_spec_boolean ("writable", NULL, NULL,
                          TRUE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignal:stale: (getter get_stale)
   *
   * Whether this is a replica that is not known to be current.
   *
   * A replica knows of its own connection. Where that is to a hub that serves on another hub's
   * signal, it is current when it is what that hub has.
   *
   * Since: 1.0
   */
  ss_signal_props[PROP_STALE] =
    g_param_spec_boolean ("stale", NULL, NULL,
                          FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, ss_signal_props);

  /**
   * ServerSignal::patched:
   * @self: the signal
   * @patch: what has changed
   *
   * Emitted once for each commit, before `notify::value`.
   *
   * Applied to the document before the commit, @patch gives the document after it.
   *
   * Since: 1.0
   */
  signals[PATCHED] =
    g_signal_new ("patched",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST,
                  0,
                  NULL, NULL,
                  NULL,
                  G_TYPE_NONE,
                  1, SERVER_TYPE_SIGNAL_PATCH);

  /**
   * ServerSignal::source-failed:
   * @self: the signal
   * @pointer: the JSON Pointer of the place that does not follow its source
   * @error: why
   *
   * Emitted when what is tracked has changed to something that the document cannot carry.
   *
   * The document keeps the last value at @pointer, or has null there if there was none; everything
   * else goes on, and so does this place with the next change that can be carried. Where nobody has
   * connected, it is a warning in the log instead. [method@Signal.track_object] says what cannot be
   * carried; for [method@Signal.track_file] it is a file that cannot be read or is not JSON.
   *
   * Since: 1.0
   */
  signals[SOURCE_FAILED] =
    g_signal_new ("source-failed",
                  G_TYPE_FROM_CLASS (klass),
                  G_SIGNAL_RUN_LAST,
                  0,
                  NULL, NULL,
                  NULL,
                  G_TYPE_NONE,
                  2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
server_signal_init (ServerSignal *self)
{
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
 * 120 deep, is a mistake in the program: a critical warning, and JSON null instead.
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
 * Makes a signal whose first document is given as text.
 *
 * Fails with `SERVER_SIGNAL_ERROR_INVALID_JSON` for what is not JSON (RFC 8259), and with
 * `SERVER_SIGNAL_ERROR_LIMIT` for a document nested more than 120 deep; the message has line and
 * column.
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

  return !self->is_replica;
}

/**
 * server_signal_get_stale: (get-property stale)
 * @self: a signal
 *
 * Gets whether this is a replica that is not known to be current.
 *
 * A replica knows of its own connection. Where that is to a hub that serves on another hub's
 * signal, it is current when it is what that hub has.
 *
 * Returns: `TRUE` for a replica before its first data, and while its connection is lost
 *
 * Since: 1.0
 */
gboolean
server_signal_get_stale (ServerSignal *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (self), FALSE);

  return self->is_stale;
}
