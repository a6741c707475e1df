/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-client-calls.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "json/ss-node.h"
#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "server-signal-error-private.h"
#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-sanitize.h"

typedef enum
{
  AWAY,     /* no connection */
  SILENT,   /* one on which nothing has come yet */
  READY,    /* one on which calls are made */
  PLAIN,
} State;

struct _SsClientCalls
{
  GMainContext             *context;
  const SsClientCallsFuncs *funcs;
  gpointer                  user_data;

  State                     state;
  guint                     max;
  guint64                   last_id;
  GHashTable               *calls;      /* &id → Call: all of them */
  GQueue                    waiting;    /* Call, for the connection, the oldest first */
  GSource                  *hello;      /* the end of SILENT, for those that wait */
};

/* The application's function; a callback may end its own call. */
typedef struct
{
  SsProgressFunc  func;
  gpointer        data;
  GDestroyNotify  destroy;
} Progress;

typedef struct
{
  GTask  *task;
  GError *error;
} Failure;

typedef struct
{
  GList           link;
  SsClientCalls  *calls;
  guint64         id;
  char           *method;
  SsValue        *arguments;
  char           *key;           /* NULL: it is made once */
  GTask          *task;          /* NULL: cancelled, and the server has not answered yet */
  GSource        *cancelled;
  Progress       *progress;      /* or NULL */
  gboolean        sent;          /* on this connection */
  gboolean        made;          /* on some connection, so that it may have been done */
} Call;

static void
progress_clear (gpointer data)
{
  Progress *progress = data;

  if (progress->destroy != NULL)
    progress->destroy (progress->data);
}

static void
progress_unref (Progress *progress)
{
  g_rc_box_release_full (progress, progress_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Progress, progress_unref)

static void
failure_free (gpointer data)
{
  Failure *failure = data;

  g_clear_object (&failure->task);
  g_clear_error (&failure->error);
  g_free (failure);
}

/* Takes the call out. Gives its task, or NULL. */
static GTask *
call_end (Call *call)
{
  SsClientCalls *self = call->calls;
  GTask *task = g_steal_pointer (&call->task);

  if (!call->sent)
    g_queue_unlink (&self->waiting, &call->link);
  g_hash_table_remove (self->calls, &call->id);
  ss_clear_source (&call->cancelled);

  g_free (call->method);
  g_clear_pointer (&call->arguments, ss_value_unref);
  g_free (call->key);
  g_clear_pointer (&call->progress, progress_unref);
  g_slice_free (Call, call);

  return task;
}

static GPtrArray *
failures_new (void)
{
  return g_ptr_array_new_with_free_func (failure_free);
}

/* Takes the call out; its task fails later. */
static void
fail (GPtrArray    *failures,
      Call         *call,
      const GError *error)
{
  GTask *task = call_end (call);
  Failure *failure;

  if (task == NULL)
    return;

  failure = g_new0 (Failure, 1);
  failure->task = task;
  failure->error = g_error_copy (error);
  g_ptr_array_add (failures, failure);
}

void
ss_client_calls_tell (GPtrArray *failed)
{
  for (guint i = 0; i < failed->len; i++)
    {
      Failure *failure = g_ptr_array_index (failed, i);

      g_task_return_error (failure->task, g_steal_pointer (&failure->error));
    }
}

SsClientCalls *
ss_client_calls_new (GMainContext             *context,
                     const SsClientCallsFuncs *funcs,
                     gpointer                  user_data)
{
  SsClientCalls *self = g_new0 (SsClientCalls, 1);

  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;
  self->calls = g_hash_table_new (g_int64_hash, g_int64_equal);

  return self;
}

void
ss_client_calls_free (SsClientCalls *self)
{
  g_assert (g_hash_table_size (self->calls) == 0);

  ss_clear_source (&self->hello);
  g_hash_table_unref (self->calls);
  g_main_context_unref (self->context);
  g_free (self);
}

static SsMessage *
encode (Call *call)
{
  /* So much a hub sends at most, whatever it is told. */
  guint max = call->calls->max < SS_FRAME_BYTES ? call->calls->max : 0;

  return ss_frame_encode_call (call->method, call->id, call->arguments, call->key, max);
}

static void
send_call (Call      *call,
           SsMessage *message)
{
  SsClientCalls *self = call->calls;

  call->sent = TRUE;
  call->made = TRUE;
  if (call->key == NULL)
    g_clear_pointer (&call->arguments, ss_value_unref);
  self->funcs->send (message, self->user_data);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  Call *call = user_data;
  SsClientCalls *self = call->calls;
  gboolean sent = call->sent && self->state == READY;
  g_autoptr (GTask) task = NULL;

  if (!sent)
    {
      task = call_end (call);
    }
  else
    {
      g_autoptr (SsMessage) message = ss_frame_encode_cancel (call->id);

      /* The answer comes all the same; until then the id is in use. */
      task = g_steal_pointer (&call->task);
      ss_clear_source (&call->cancelled);
      self->funcs->send (message, self->user_data);
    }

  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                           _("The call was cancelled"));

  return G_SOURCE_REMOVE;
}

static GError *
make_unsupported (void)
{
  return g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_SUPPORTED,
                      _("The server does not speak %s, and takes no calls"), SS_PROTOCOL_V1);
}

static GError *
make_closed (void)
{
  return g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                              _("The connection went before the answer came: the call may have "
                                "been done, or not"));
}

/* Those that wait for a connection. */
static void
fail_waiting (SsClientCalls *self,
              GPtrArray     *failures,
              const GError  *error)
{
  g_autoptr (GError) closed = make_closed ();

  while (!g_queue_is_empty (&self->waiting))
    {
      Call *call = self->waiting.head->data;

      fail (failures, call, call->made ? closed : error);
    }
}

static gboolean
hello_cb (gpointer user_data)
{
  SsClientCalls *self = user_data;
  g_autoptr (GPtrArray) failures = failures_new ();
  g_autoptr (GError) error = make_unsupported ();

  ss_clear_source (&self->hello);
  fail_waiting (self, failures, error);
  ss_client_calls_tell (failures);

  return G_SOURCE_REMOVE;
}

/* A plain server may be silent for ever. */
static void
await_hello (SsClientCalls *self)
{
  if (self->state != SILENT || self->hello != NULL || g_queue_is_empty (&self->waiting))
    return;

  self->hello = g_timeout_source_new (SS_CALL_HELLO_MS);
  g_source_set_static_name (self->hello, "[server-signal] calls: hello");
  g_source_set_callback (self->hello, hello_cb, self, NULL);
  g_source_attach (self->hello, self->context);
}

/* Whether the call may be made at all. */
static gboolean
check (SsClientCalls  *self,
       SsMessage      *message,
       GError        **error)
{
  gsize length;

  if (self->state == PLAIN)
    {
      g_propagate_error (error, make_unsupported ());
      return FALSE;
    }

  ss_message_payload (message, &length);
  if (length > SS_MESSAGE_BYTES)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("The call takes %zu bytes, and servers take %u"), length, SS_MESSAGE_BYTES);
      return FALSE;
    }

  if (g_hash_table_size (self->calls) >= SS_CALLS_WAITING)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("%d calls are waiting already"), SS_CALLS_WAITING);
      return FALSE;
    }

  return TRUE;
}

void
ss_client_calls_add (SsClientCalls  *self,
                     GTask          *task,
                     const char     *method,
                     SsValue        *arguments,
                     gboolean        idempotent,
                     SsProgressFunc  progress,
                     gpointer        progress_data,
                     GDestroyNotify  progress_destroy)
{
  Call *call = g_slice_new0 (Call);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (SsMessage) message = NULL;
  GError *error = NULL;

  call->link.data = call;
  call->calls = self;
  call->id = self->last_id = self->last_id % SS_REVISION_MAX + 1;
  call->method = g_strdup (method);
  call->arguments = arguments != NULL ? ss_value_ref (arguments) : NULL;
  call->key = idempotent ? g_uuid_string_random () : NULL;
  call->task = task;
  if (progress != NULL)
    {
      call->progress = g_rc_box_new0 (Progress);
      *call->progress = (Progress) { progress, progress_data, progress_destroy };
    }

  message = encode (call);
  if (!check (self, message, &error))
    {
      /* It is in no table and in no queue yet. */
      call->sent = TRUE;
      call_end (call);
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  g_hash_table_insert (self->calls, &call->id, call);
  if (cancellable != NULL)
    {
      call->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (call->cancelled, G_SOURCE_FUNC (cancelled_cb), call, NULL);
      g_source_attach (call->cancelled, self->context);
    }

  if (self->state == READY)
    {
      send_call (call, message);
      return;
    }

  g_queue_push_tail_link (&self->waiting, &call->link);
  await_hello (self);
}

void
ss_client_calls_opened (SsClientCalls *self)
{
  self->state = SILENT;
  await_hello (self);
}

GPtrArray *
ss_client_calls_greeted (SsClientCalls *self,
                         gboolean       plain,
                         guint          max)
{
  GPtrArray *failures = failures_new ();

  ss_clear_source (&self->hello);
  self->state = plain ? PLAIN : READY;
  self->max = max;

  if (plain)
    {
      g_autoptr (GError) error = make_unsupported ();

      fail_waiting (self, failures, error);
      return failures;
    }

  while (!g_queue_is_empty (&self->waiting))
    {
      Call *call = g_queue_pop_head_link (&self->waiting)->data;
      g_autoptr (SsMessage) message = encode (call);

      send_call (call, message);
    }

  return failures;
}

static int
compare_calls (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  const Call *one = *(Call *const *) a;
  const Call *other = *(Call *const *) b;

  return one->id < other->id ? -1 : one->id > other->id;
}

/* Those that were sent, in their order. */
static GPtrArray *
list_sent (SsClientCalls *self)
{
  GPtrArray *calls = g_ptr_array_new ();
  GHashTableIter iter;
  Call *call;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &call))
    if (call->sent)
      g_ptr_array_add (calls, call);
  g_ptr_array_sort_with_data (calls, compare_calls, NULL);

  return calls;
}

/* Those that the server has heard of, but for those that are to be made again. */
static void
fail_sent (SsClientCalls *self,
           GPtrArray     *failures,
           gboolean       again)
{
  g_autoptr (GPtrArray) calls = list_sent (self);
  g_autoptr (GError) error = make_closed ();
  GList *place = self->waiting.head;

  for (guint i = 0; i < calls->len; i++)
    {
      Call *call = g_ptr_array_index (calls, i);

      if (again && call->key != NULL && call->task != NULL)
        {
          /* Before those that were never sent. */
          call->sent = FALSE;
          g_queue_insert_before_link (&self->waiting, place, &call->link);
        }
      else
        {
          fail (failures, call, error);
        }
    }
}

GPtrArray *
ss_client_calls_lost (SsClientCalls *self)
{
  GPtrArray *failures = failures_new ();

  self->state = AWAY;
  ss_clear_source (&self->hello);
  fail_sent (self, failures, TRUE);

  return failures;
}

GPtrArray *
ss_client_calls_end (SsClientCalls *self,
                     const char    *reason)
{
  GPtrArray *failures = failures_new ();
  g_autoptr (GError) error =
    g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, _("The call was not made: %s"), reason);

  self->state = AWAY;
  ss_clear_source (&self->hello);
  fail_sent (self, failures, FALSE);
  fail_waiting (self, failures, error);

  return failures;
}

gboolean
ss_client_calls_reply (SsClientCalls *self,
                       SsFrame       *frame)
{
  Call *call = self->state == READY ? g_hash_table_lookup (self->calls, &frame->id) : NULL;
  g_autoptr (GTask) task = NULL;

  if (call == NULL)
    return FALSE;

  task = call_end (call);
  if (task == NULL)
    return TRUE;

  if (frame->code != NULL)
    {
      g_autofree char *code = ss_sanitize_text (frame->code);
      g_autofree char *message = ss_sanitize_text (frame->message);
      g_autofree char *data = frame->value != NULL ? ss_value_to_json (frame->value, NULL) : NULL;

      g_task_return_error (task, ss_call_error_new (code, message, data));
    }
  else
    {
      g_task_return_pointer (task, ss_value_to_node (frame->value),
                             (GDestroyNotify) json_node_unref);
    }

  return TRUE;
}

void
ss_client_calls_progress (SsClientCalls *self,
                          SsFrame       *frame)
{
  Call *call = self->state == READY ? g_hash_table_lookup (self->calls, &frame->id) : NULL;
  g_autoptr (Progress) progress = NULL;
  g_autoptr (GTask) task = NULL;
  g_autoptr (JsonNode) value = NULL;

  if (call == NULL || call->task == NULL || call->progress == NULL)
    return;

  progress = g_rc_box_acquire (call->progress);
  task = g_object_ref (call->task);
  value = ss_value_to_node (frame->value);
  progress->func (g_task_get_source_object (task), value, progress->data);
}
