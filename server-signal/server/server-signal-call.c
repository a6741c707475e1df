/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-call.h"

#include "json/ss-node.h"
#include "server-signal-call-private.h"
#include "ss-hub-core.h"
#include "server-signal-peer.h"
#include "ss-limits.h"
#include "ss-process.h"

/**
 * ServerSignalCall:
 *
 * A question of a client, which the hub's application answers, now or later.
 *
 * A [class@SignalHub] makes a call for each that comes, and emits [signal@SignalHub::call] with its
 * method as the detail. A handler that takes the call returns `TRUE`; it answers with one of
 * [method@SignalCall.return], [method@SignalCall.return_error] and [method@SignalCall.fail], before
 * it returns, or later, for which it keeps a reference:
 *
 * ```c
 * static gboolean
 * add_task_cb (ServerSignalHub  *hub,
 *              ServerSignalCall *call,
 *              ServerSignal     *tasks)
 * {
 *   g_autoptr (JsonNode) task = server_signal_call_dup_arguments (call);
 *   g_autoptr (GError) error = NULL;
 *
 *   if (server_signal_insert_value (tasks, "/-", task, &error))
 *     server_signal_call_return (call, NULL);
 *   else
 *     server_signal_call_return_error (call, error);
 *
 *   return TRUE;
 * }
 *
 * g_signal_connect (hub, "call::add-task", G_CALLBACK (add_task_cb), tasks);
 * ```
 *
 * All that has been committed when a call is answered reaches the caller's replicas before the
 * answer does, though the client may read slowly and the hub gather commits
 * ([property@SignalHub:flush-interval]). While a store has to confirm commits of its owner's
 * ([property@SignalStore:durable]), the answer waits with them. Two things are not committed yet:
 * writes to a signal that is frozen, and writes that a handler of `notify::value` makes to the
 * signal whose commit is being announced.
 *
 * A call that is dropped unanswered, with its last reference, ends with the error `no-reply`, or
 * with `cancelled` if the client had cancelled it.
 *
 * Arguments come from a client, and may be anything: a handler checks them.
 *
 * Since: 1.0
 */
struct _ServerSignalCall
{
  GObject            parent_instance;

  ServerSignalPeer  *peer;
  SsHubCore         *core;
  char              *method;
  SsValue           *arguments;   /* NULL: JSON null */
  GCancellable      *cancellable; /* made when it is needed */
  const SsCallFuncs *funcs;       /* NULL: answered, or detached */
  gpointer           user_data;
  gboolean           answered;
  gboolean           cancelled;
};

G_DEFINE_FINAL_TYPE (ServerSignalCall, server_signal_call, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PEER,
  PROP_METHOD,
  PROP_ARGUMENTS,
  PROP_CANCELLABLE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Only a hub makes calls: one that an application has made has nobody to answer. */
static gboolean
is_of_hub (ServerSignalCall *self)
{
  return SERVER_IS_SIGNAL_CALL (self) && self->core != NULL;
}

void
ss_call_settle (ServerSignalCall *self,
                SsOutcome        *outcome)
{
  g_autoptr (SsOutcome) taken = outcome;
  const SsCallFuncs *funcs = g_steal_pointer (&self->funcs);

  if (self->answered)
    return;

  self->answered = TRUE;
  if (funcs != NULL)
    funcs->answered (self, taken, self->user_data);
}

static void
server_signal_call_dispose (GObject *object)
{
  ServerSignalCall *self = SERVER_SIGNAL_CALL (object);

  if (self->core != NULL && !self->answered && !ss_process_is_other (self->core->process))
    ss_call_settle (self, self->cancelled
                            ? ss_outcome_new_error ("cancelled", "the call was cancelled", NULL)
                            : ss_outcome_new_error ("no-reply", "the call was not answered", NULL));

  G_OBJECT_CLASS (server_signal_call_parent_class)->dispose (object);
}

static void
server_signal_call_finalize (GObject *object)
{
  ServerSignalCall *self = SERVER_SIGNAL_CALL (object);

  g_clear_object (&self->peer);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->arguments, ss_value_unref);
  g_clear_pointer (&self->method, g_free);
  g_clear_pointer (&self->core, ss_hub_core_unref);

  G_OBJECT_CLASS (server_signal_call_parent_class)->finalize (object);
}

static void
server_signal_call_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  ServerSignalCall *self = SERVER_SIGNAL_CALL (object);

  switch (prop_id)
    {
    case PROP_PEER:
      g_value_set_object (value, server_signal_call_get_peer (self));
      break;

    case PROP_METHOD:
      g_value_set_string (value, server_signal_call_get_method (self));
      break;

    case PROP_ARGUMENTS:
      g_value_take_boxed (value, server_signal_call_dup_arguments (self));
      break;

    case PROP_CANCELLABLE:
      g_value_set_object (value, server_signal_call_get_cancellable (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_call_class_init (ServerSignalCallClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = server_signal_call_dispose;
  object_class->finalize = server_signal_call_finalize;
  object_class->get_property = server_signal_call_get_property;

  /**
   * ServerSignalCall:peer: (getter get_peer)
   *
   * The client that asks.
   *
   * Its connection may be over when the call is answered; then nobody hears the answer.
   *
   * Since: 1.0
   */
  properties[PROP_PEER] =
    g_param_spec_object ("peer", NULL, NULL, SERVER_TYPE_SIGNAL_PEER, readable);

  /**
   * ServerSignalCall:method: (getter get_method)
   *
   * The name of what is asked for, 1 to 1,024 bytes of UTF-8.
   *
   * Since: 1.0
   */
  properties[PROP_METHOD] = g_param_spec_string ("method", NULL, NULL, NULL, readable);

  /**
   * ServerSignalCall:arguments:
   *
   * The arguments, any JSON value, and JSON null where the client gave none.
   *
   * Since: 1.0
   */
  properties[PROP_ARGUMENTS] =
    g_param_spec_boxed ("arguments", NULL, NULL, JSON_TYPE_NODE, readable);

  /**
   * ServerSignalCall:cancellable: (getter get_cancellable)
   *
   * Cancelled when nobody wants the answer any more.
   *
   * The client has cancelled the call, or its connection is over. A call that may be made again goes on
   * without its connection, because the client comes back for the answer.
   *
   * Since: 1.0
   */
  properties[PROP_CANCELLABLE] =
    g_param_spec_object ("cancellable", NULL, NULL, G_TYPE_CANCELLABLE, readable);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
server_signal_call_init (ServerSignalCall *self)
{
}

ServerSignalCall *
ss_call_new (ServerSignalPeer  *peer,
             SsHubCore         *core,
             const char        *method,
             SsValue           *arguments,
             const SsCallFuncs *funcs,
             gpointer           user_data)
{
  ServerSignalCall *self = g_object_new (SERVER_TYPE_SIGNAL_CALL, NULL);

  self->peer = g_object_ref (peer);
  self->core = ss_hub_core_ref (core);
  self->method = g_strdup (method);
  self->arguments = arguments != NULL ? ss_value_ref (arguments) : NULL;
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

gboolean
ss_call_is_answered (ServerSignalCall *self)
{
  return self->answered;
}

void
ss_call_detach (ServerSignalCall *self)
{
  self->funcs = NULL;
}

void
ss_call_cancel (ServerSignalCall *self)
{
  self->cancelled = TRUE;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

const SsValue *
ss_call_peek (ServerSignalCall *self)
{
  return self->arguments;
}

/* NULL: it is no JSON, which is the application's mistake. */
static SsValue *
read_node (JsonNode *node)
{
  g_autoptr (GError) error = NULL;
  SsValue *value = ss_value_from_node (node, SS_DOCUMENT_DEPTH, &error);

  if (value == NULL)
    g_critical ("A call is answered with what is no JSON: %s", error->message);

  return value;
}

/**
 * server_signal_call_return:
 * @self: a call that has not been answered
 * @value: (nullable): the result, of which a copy is sent, or `NULL` for JSON null
 *
 * Answers the call with a result.
 *
 * A result larger than the client takes becomes the error `too-large`.
 *
 * Since: 1.0
 */
void
server_signal_call_return (ServerSignalCall *self,
                           JsonNode         *value)
{
  SsValue *result;

  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (!self->answered);

  result = read_node (value);
  ss_call_settle (self, result != NULL
                          ? ss_outcome_new (result)
                          : ss_outcome_new_error ("failed", "the result is no JSON", NULL));
}

/**
 * server_signal_call_return_error:
 * @self: a call that has not been answered
 * @error: an error
 *
 * Answers the call with an error.
 *
 * The client gets the message of @error and a code: for errors of [error@SignalError] and of
 * [error@Gio.IOErrorEnum] the nick of the enumeration's value, such as `not-found` or
 * `permission-denied`, and `failed` for all other domains. With [method@SignalCall.fail] the
 * application has codes of its own.
 *
 * Since: 1.0
 */
void
server_signal_call_return_error (ServerSignalCall *self,
                                 const GError     *error)
{
  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (!self->answered);
  g_return_if_fail (error != NULL);

  ss_call_settle (self, ss_outcome_new_gerror (error));
}

/**
 * server_signal_call_fail:
 * @self: a call that has not been answered
 * @code: a word for programs, such as `no-such-task`, in UTF-8 and not empty
 * @message: (nullable): a text for people, in UTF-8
 * @data: (nullable): more about it, of which a copy is sent
 *
 * Answers the call with an error of the application's own.
 *
 * The hub itself uses the codes `unknown-method`, `no-reply`, `cancelled`, `too-large` and
 * `too-many`. A colon does not belong into a code.
 *
 * Since: 1.0
 */
void
server_signal_call_fail (ServerSignalCall *self,
                         const char       *code,
                         const char       *message,
                         JsonNode         *data)
{
  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (!self->answered);
  g_return_if_fail (code != NULL && code[0] != '\0' && g_utf8_validate (code, -1, NULL));
  g_return_if_fail (message == NULL || g_utf8_validate (message, -1, NULL));

  ss_call_settle (self, ss_outcome_new_error (code, message != NULL ? message : "",
                                              data != NULL ? read_node (data) : NULL));
}

/**
 * server_signal_call_progress:
 * @self: a call that has not been answered
 * @value: (nullable): how far it is, of which a copy is sent, or `NULL` for JSON null
 *
 * Tells the client how far the call is.
 *
 * As with the answer, commits made before it reach the client first. While a client reads slowly it
 * gets the newest of these only. One that is larger than the client takes is not sent.
 *
 * Since: 1.0
 */
void
server_signal_call_progress (ServerSignalCall *self,
                             JsonNode         *value)
{
  g_autoptr (SsValue) progress = NULL;

  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (!self->answered);

  if (self->funcs == NULL)
    return;

  progress = read_node (value);
  if (progress != NULL)
    self->funcs->progress (self, progress, self->user_data);
}

/**
 * server_signal_call_get_peer: (get-property peer)
 * @self: a call
 *
 * Gets the client that asks.
 *
 * Returns: (transfer none): the peer
 *
 * Since: 1.0
 */
ServerSignalPeer *
server_signal_call_get_peer (ServerSignalCall *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->peer;
}

/**
 * server_signal_call_get_method: (get-property method)
 * @self: a call
 *
 * Gets the name of what is asked for.
 *
 * Returns: (transfer none): the method, 1 to 1,024 bytes of UTF-8
 *
 * Since: 1.0
 */
const char *
server_signal_call_get_method (ServerSignalCall *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->method;
}

/**
 * server_signal_call_dup_arguments:
 * @self: a call
 *
 * Gets the arguments.
 *
 * Returns: (transfer full): a copy of the arguments, JSON null where the client gave none
 *
 * Since: 1.0
 */
JsonNode *
server_signal_call_dup_arguments (ServerSignalCall *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->arguments != NULL ? ss_value_to_node (self->arguments)
                                 : json_node_init_null (json_node_alloc ());
}

/**
 * server_signal_call_get_cancellable: (get-property cancellable)
 * @self: a call
 *
 * Gets the cancellable that is cancelled when nobody wants the answer any more.
 *
 * A call that is cancelled is answered all the same, best with `G_IO_ERROR_CANCELLED` and
 * [method@SignalCall.return_error] where that is in time.
 *
 * Returns: (transfer none): the cancellable
 *
 * Since: 1.0
 */
GCancellable *
server_signal_call_get_cancellable (ServerSignalCall *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  if (self->cancellable == NULL)
    {
      self->cancellable = g_cancellable_new ();
      if (self->cancelled)
        g_cancellable_cancel (self->cancellable);
    }

  return self->cancellable;
}
