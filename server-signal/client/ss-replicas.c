/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-allowance.h"
#include "ss-backoff.h"
#include "ss-replicas.h"
#include "ss-clear-source.h"
#include "ss-object-list.h"
#include "ss-limits.h"
#include "ss-sanitize.h"
#include "ss-server-errors.h"
#include "ss-server-names.h"
#include "ss-unclaimed.h"
#include "wire/ss-frame-decode.h"
#include "wire/ss-via.h"

#define RESYNC_PERIOD (60 * G_USEC_PER_SEC)

typedef enum
{
  SUBSCRIPTION_NONE,    /* not asked for: no connection, no such signal there, or it went */
  SUBSCRIPTION_ASKED,   /* no answer yet */
  SUBSCRIPTION_ACTIVE,  /* frames come */
} Subscription;

struct _SsReplicas
{
  GMainContext          *context;
  const SsReplicasFuncs *funcs;
  gpointer               user_data;

  GHashTable            *wanted;     /* name → Wanted */
  SsObjectList          *model;
  SsUnclaimed           *unclaimed;  /* plain: frames of names that nobody asked for */
  SsServerErrors         server_errors;
  SsServerNames          names;      /* of the signals that the server has */

  gboolean               connected;
  gboolean               plain;
  gboolean               greeted;
  guint64                max;
  guint64                max_document;
  GStrv                  via;
  SsAllowance            useless;    /* bytes of frames that bring no document nearer */

  GError                *fault;      /* for fault_cb() */
  GSource               *fault_source;
};

/* One name that the application asked for. */
typedef struct
{
  SsReplicas  *replicas;    /* not a reference; NULL: released */
  SsFollower  *follower;
  char        *name;
  Subscription subscription;
  gboolean     asked;       /* on this connection: the server may remember that, whatever it has answered */
  guint        resyncs;     /* snapshots asked for since resync_start because updates did not fit */
  gint64       resync_start;
  SsBackoff    behind;
  GSource     *behind_source;
  GSequenceIter *place;     /* in the list; NULL until it is there */
} Wanted;

static void
wanted_clear (gpointer data)
{
  Wanted *wanted = data;

  ss_clear_source (&wanted->behind_source);
  ss_backoff_clear (&wanted->behind);
  g_clear_pointer (&wanted->follower, ss_follower_free);
  g_free (wanted->name);
}

static void
wanted_unref (Wanted *wanted)
{
  g_rc_box_release_full (wanted, wanted_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wanted, wanted_unref)

static gboolean
fault_cb (gpointer user_data)
{
  SsReplicas *self = user_data;
  g_autoptr (GError) error = g_steal_pointer (&self->fault);

  ss_clear_source (&self->fault_source);
  self->funcs->fault (error, self->user_data);

  return G_SOURCE_REMOVE;
}

/* Takes the error. For faults that are found while the application is calling. */
static void
fault_later (SsReplicas *self,
             GError     *error)
{
  if (self->fault != NULL)
    {
      g_error_free (error);
      return;
    }

  self->fault = error;
  self->fault_source = g_idle_source_new ();
  g_source_set_priority (self->fault_source, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->fault_source, fault_cb, self, NULL);
  g_source_attach (self->fault_source, self->context);
}

static void
forget_fault (SsReplicas *self)
{
  g_clear_error (&self->fault);
  ss_clear_source (&self->fault_source);
}

static void
subscribe (Wanted *wanted)
{
  SsReplicas *self = wanted->replicas;
  g_autoptr (SsMessage) message = NULL;

  if (self == NULL || !self->connected || self->plain || !self->greeted)
    return;

  message = ss_follower_subscribe (wanted->follower, self->max);
  wanted->subscription = SUBSCRIPTION_ASKED;
  wanted->asked = TRUE;
  ss_clear_source (&wanted->behind_source);
  self->funcs->send (message, self->user_data);
}

static gboolean
behind_cb (gpointer user_data)
{
  g_autoptr (Wanted) wanted = g_rc_box_acquire (user_data);

  subscribe (wanted);

  return G_SOURCE_REMOVE;
}

static void
subscribe_later (Wanted *wanted)
{
  guint delay;

  ss_backoff_failed (&wanted->behind, &delay);
  ss_clear_source (&wanted->behind_source);
  wanted->behind_source = g_timeout_source_new (delay);
  g_source_set_callback (wanted->behind_source, behind_cb, wanted, NULL);
  g_source_attach (wanted->behind_source, wanted->replicas->context);
}

/* Takes the error. */
static void
report_error (SsReplicas *self,
              const char *name,
              const char *code,
              GError     *error)
{
  if (ss_server_errors_add (&self->server_errors, name, code, error))
    self->funcs->notice (error, self->user_data);
}

/* Takes the error. */
static void
refuse (Wanted     *wanted,
        const char *code,
        GError     *error)
{
  SsReplicas *self = wanted->replicas;
  g_autoptr (GError) reason = g_error_copy (error);

  report_error (self, wanted->name, code, error);
  ss_signal_replica_set_refused (ss_follower_get_signal (wanted->follower), TRUE);
  self->funcs->refused (ss_follower_get_signal (wanted->follower), reason, self->user_data);
}

/* The server sends this name after all, or it was released. */
static void
withdraw_error (SsReplicas *self,
                const char *name)
{
  if (ss_server_errors_remove (&self->server_errors, name))
    self->funcs->notice (ss_server_errors_get_newest (&self->server_errors), self->user_data);
}

/* The subscription is gone, the connection is not. */
static void
unsubscribed (Wanted *wanted)
{
  ss_clear_source (&wanted->behind_source);
  wanted->subscription = SUBSCRIPTION_NONE;
  if (wanted->replicas != NULL && wanted->replicas->connected)
    ss_follower_unsubscribed (wanted->follower);
  else
    ss_follower_lost (wanted->follower);
}

/* Asks for a snapshot of a name whose updates do not fit. FALSE: that was once too often. */
static gboolean
resync (Wanted *wanted)
{
  gint64 now = g_get_monotonic_time ();

  if (now - wanted->resync_start > RESYNC_PERIOD)
    {
      wanted->resync_start = now;
      wanted->resyncs = 0;
    }

  if (++wanted->resyncs > SS_REPLICAS_RESYNCS)
    return FALSE;

  subscribe (wanted);

  return TRUE;
}

/* A server may send what the client has no use for: of names that it does not want, and what it
 * knows. One that sends nothing else keeps it busy for nothing. FALSE: that was too much. */
static gboolean
spend (SsReplicas  *self,
       guint64      amount,
       GError     **error)
{
  if (ss_allowance_take (&self->useless, (double) amount, SS_USELESS_BYTES, SS_USELESS_PER_SECOND))
    return TRUE;

  g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                       _("The server sends too much that nobody asked for or that says nothing "
                         "new"));

  return FALSE;
}

static gboolean
spend_frame (SsReplicas  *self,
             gsize        length,
             GError     **error)
{
  return spend (self, CLAMP (length, SS_USELESS_LEAST, SS_USELESS_MOST), error);
}

static gboolean
take_data (SsReplicas  *self,
           Wanted      *wanted,
           SsFrame     *frame,
           gsize        length,
           GError     **error)
{
  gboolean asked = wanted->subscription != SUBSCRIPTION_ACTIVE;
  gboolean confirms = frame->has_base && frame->base == frame->rev;
  g_autoptr (GError) cause = NULL;

  wanted->subscription = SUBSCRIPTION_ACTIVE;
  ss_signal_replica_set_refused (ss_follower_get_signal (wanted->follower), FALSE);
  ss_clear_source (&wanted->behind_source);
  ss_backoff_reset (&wanted->behind);

  switch (ss_follower_take (wanted->follower, frame, &cause))
    {
    case SS_FOLLOW_OK:
      if (wanted->replicas == NULL)
        return TRUE;
      if (asked)
        withdraw_error (self, wanted->name);
      if (confirms || !ss_signal_replica_is_following (ss_follower_get_signal (wanted->follower)))
        return spend_frame (self, length, error);
      return TRUE;

    case SS_FOLLOW_SUBSCRIBE:
      if (wanted->replicas == NULL || resync (wanted))
        return TRUE;
      break;

    case SS_FOLLOW_RECONNECT:
    default:
      break;
    }

  if (cause == NULL)
    cause = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                                 _("the server’s updates do not fit its document"));
  g_propagate_prefixed_error (error, g_steal_pointer (&cause),
                              _("A frame of “%s”: "), wanted->name);

  return FALSE;
}

/* Calls func for every name as it is now, whatever the handlers that it runs do to the list. */
static void
for_each (SsReplicas *self,
          void      (*func) (Wanted *wanted))
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) wanted_unref);
  GHashTableIter iter;
  gpointer wanted;

  g_hash_table_iter_init (&iter, self->wanted);
  while (g_hash_table_iter_next (&iter, NULL, &wanted))
    g_ptr_array_add (all, g_rc_box_acquire (wanted));

  for (guint i = 0; i < all->len; i++)
    func (g_ptr_array_index (all, i));
}

static void
opened (Wanted *wanted)
{
  if (wanted->replicas == NULL || !wanted->replicas->connected)
    return;

  /* The plain protocol does not tell the hubs. */
  if (wanted->replicas->plain)
    ss_via_set (ss_follower_get_signal (wanted->follower), NULL);
  ss_follower_set_max (wanted->follower, wanted->replicas->max_document);
  ss_follower_opened (wanted->follower, wanted->replicas->plain);
}

static gboolean
check_via (const SsFrame  *frame,
           GError        **error)
{
  guint n_hubs = g_strv_length (frame->via);

  if (n_hubs <= SS_VIA_HUBS)
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The server’s signals came through %u hubs, and may through %u"), n_hubs,
                  SS_VIA_HUBS);

  return FALSE;
}

/* Takes the frame's ids. FALSE: a hub of this program that serves a replica on would get it from
 * itself. Nothing comes from the server then, so that its hubs do not count either. */
static gboolean
set_via (SsReplicas  *self,
         SsFrame     *frame,
         GError     **error)
{
  const char *const *via = (const char *const *) frame->via;
  const Wanted *circle = NULL;
  GHashTableIter iter;
  const Wanted *wanted;

  g_hash_table_iter_init (&iter, self->wanted);
  while (circle == NULL && g_hash_table_iter_next (&iter, NULL, (gpointer *) &wanted))
    if (ss_via_is_circle (ss_follower_get_signal (wanted->follower), via))
      circle = wanted;

  if (circle != NULL)
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                 _("“%s” would come back to the hub that serves it on"), circle->name);

  g_hash_table_iter_init (&iter, self->wanted);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &wanted))
    ss_via_set (ss_follower_get_signal (wanted->follower), circle == NULL ? via : NULL);

  if (circle != NULL)
    return FALSE;

  g_strfreev (self->via);
  self->via = g_steal_pointer (&frame->via);

  return TRUE;
}

static gboolean
take_via (SsReplicas  *self,
          SsFrame     *frame,
          gsize        length,
          GError     **error)
{
  if (!spend_frame (self, length, error))
    return FALSE;
  if (self->plain || !self->greeted ||
      g_strv_equal ((const char *const *) frame->via, ss_replicas_get_via (self)))
    return TRUE;

  return check_via (frame, error) && set_via (self, frame, error);
}

static gboolean
take_hello (SsReplicas  *self,
            SsFrame     *frame,
            gsize        length,
            GError     **error)
{
  /* A second hello says nothing new. */
  if (self->greeted && !self->plain)
    return spend_frame (self, length, error);

  if (self->greeted)
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server says hello after frames of the plain protocol"));
      return FALSE;
    }

  if (g_strcmp0 (frame->protocol, SS_PROTOCOL_V1) != 0)
    {
      g_autofree char *words = ss_sanitize_text (frame->protocol);

      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                   _("The server was offered %s and says hello in “%s”"), SS_PROTOCOL_V1, words);
      return FALSE;
    }

  if (!check_via (frame, error))
    return FALSE;

  /* Proxies drop headers that they do not know, so the answer to the handshake may not have said
   * so. No frame has come yet that was taken for a plain one. */
  if (self->plain)
    {
      self->plain = FALSE;
      for_each (self, opened);
    }

  if (!set_via (self, frame, error))
    return FALSE;

  self->greeted = TRUE;
  /* Names are subscribed to in the order in which they were asked for, even those that hello does
   * not have: a signal may be added a moment later, and the answer says so. */
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->model)); i++)
    {
      g_autoptr (ServerSignal) replica = g_list_model_get_item (G_LIST_MODEL (self->model), i);

      subscribe (g_hash_table_lookup (self->wanted, server_signal_get_name (replica)));
    }

  ss_server_names_set (&self->names, (const char *const *) frame->signals);
  self->funcs->names (self->user_data);

  return TRUE;
}

/* The server's word on its own copy. */
static void
take_standing (Wanted  *wanted,
               SsFrame *frame)
{
  gint64 since = 0;

  /* One so old is older than the clock. */
  if (frame->has_age)
    since = MAX (g_get_monotonic_time () - (gint64) MIN (frame->age, G_MAXINT64 / 1000) * 1000, 1);

  ss_follower_set_disowned (wanted->follower, frame->news == SS_NEWS_STALE, since);
}

static void
take_signal (SsReplicas *self,
             Wanted     *wanted,
             SsFrame    *frame)
{
  if (frame->news == SS_NEWS_STALE || frame->news == SS_NEWS_FRESH)
    {
      take_standing (wanted, frame);
      return;
    }

  if (frame->news == SS_NEWS_ADDED)
    {
      /* The answer to a subscribe that is under way comes behind this. */
      if (wanted->subscription == SUBSCRIPTION_NONE)
        subscribe (wanted);
      return;
    }

  unsubscribed (wanted);
  if (wanted->replicas != NULL && self->connected)
    refuse (wanted, "removed",
            g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                         _("The server has taken “%s” away"), wanted->name));
}

static void
take_error (SsReplicas *self,
            Wanted     *wanted,
            SsFrame    *frame)
{
  g_autofree char *code = ss_sanitize_text (frame->code);
  g_autofree char *message = ss_sanitize_text (frame->message);
  gboolean concerned = wanted != NULL && g_strcmp0 (frame->code, "bad-message") != 0;
  gboolean behind = g_strcmp0 (frame->code, "behind") == 0;
  GError *error;
  int kind;

  /* The name was released meanwhile. */
  if (frame->name != NULL && wanted == NULL)
    return;

  if (concerned)
    {
      unsubscribed (wanted);
      if (wanted->replicas == NULL || !self->connected)
        return;

      if (behind)
        subscribe_later (wanted);
    }

  if (behind || g_strcmp0 (frame->code, "unknown-signal") == 0)
    kind = SERVER_SIGNAL_ERROR_NOT_CURRENT;
  else if (g_strcmp0 (frame->code, "too-large") == 0 || g_strcmp0 (frame->code, "too-many") == 0)
    kind = SERVER_SIGNAL_ERROR_LIMIT;
  else
    kind = SERVER_SIGNAL_ERROR_PROTOCOL;

  if (frame->name != NULL)
    error = g_error_new (SERVER_SIGNAL_ERROR, kind,
                         _("The server says of “%s”: %s (%s)"), frame->name, message, code);
  else
    error = g_error_new (SERVER_SIGNAL_ERROR, kind, _("The server says: %s (%s)"), message, code);

  if (concerned && !behind)
    refuse (wanted, code, error);
  else
    report_error (self, concerned ? wanted->name : NULL, code, error);
}

/* wanted: NULL for a name that nobody has asked for. */
static gboolean
take_update (SsReplicas  *self,
             Wanted      *wanted,
             SsFrame     *frame,
             const char  *text,
             gsize        length,
             GError     **error)
{
  if (self->plain)
    {
      self->greeted = TRUE;
    }
  else if (!self->greeted)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                   _("The server agreed on %s and does not say hello first"), SS_PROTOCOL_V1);
      return FALSE;
    }

  if (wanted != NULL)
    return take_data (self, wanted, frame, length, error);
  if (!self->plain)
    return spend_frame (self, length, error);

  /* A server of the plain protocol sends all that it has. */
  ss_unclaimed_add (self->unclaimed, frame, text, length);
  return TRUE;
}

/* TRUE: the names that the server has are others now. */
static gboolean
take_name (SsReplicas    *self,
           const SsFrame *frame)
{
  if (frame->news == SS_NEWS_ADDED)
    return ss_server_names_add (&self->names, frame->name);

  return frame->news == SS_NEWS_REMOVED && ss_server_names_remove (&self->names, frame->name);
}

/* The bytes that news of a signal count as. */
static guint64
get_cost (const Wanted  *wanted,
          const SsFrame *frame)
{
  if (wanted == NULL)
    return SS_USELESS_NAME;

  return frame->news == SS_NEWS_STALE || frame->news == SS_NEWS_FRESH ? SS_USELESS_LEAST
                                                                      : SS_USELESS_NOTICE;
}

gboolean
ss_replicas_take (SsReplicas  *self,
                  SsFrame     *frame,
                  const char  *text,
                  gsize        length,
                  GError     **error)
{
  g_autoptr (Wanted) wanted = NULL;

  if (frame->name != NULL)
    {
      wanted = g_hash_table_lookup (self->wanted, frame->name);
      if (wanted != NULL)
        g_rc_box_acquire (wanted);
    }

  if (frame->kind == SS_FRAME_HELLO)
    return take_hello (self, frame, length, error);
  if (frame->kind == SS_FRAME_VIA)
    return take_via (self, frame, length, error);
  if (frame->kind == SS_FRAME_UPDATE || frame->kind == SS_FRAME_SNAPSHOT)
    return take_update (self, wanted, frame, text, length, error);

  if (frame->kind == SS_FRAME_SIGNAL)
    {
      if (!spend (self, get_cost (wanted, frame), error))
        return FALSE;
      if (frame->name != NULL && !self->plain && take_name (self, frame))
        self->funcs->names (self->user_data);
      /* Handlers may have stopped the client. */
      if (wanted != NULL && !self->plain && self->connected)
        take_signal (self, wanted, frame);
      return TRUE;
    }

  if (frame->kind == SS_FRAME_ERROR)
    {
      if (!spend (self, SS_USELESS_NOTICE, error))
        return FALSE;
      if (!self->plain)
        take_error (self, wanted, frame);
      return TRUE;
    }

  /* Later versions may say more than we know. */
  return spend_frame (self, length, error);
}

/* Feeds a new replica the frames that came before it was asked for. */
static void
take_unclaimed (SsReplicas *self,
                Wanted     *wanted)
{
  g_autoptr (GPtrArray) texts = ss_unclaimed_take (self->unclaimed, wanted->name);
  g_autoptr (GError) error = NULL;

  if (texts == NULL)
    {
      fault_later (self, g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                                      _("More came for “%s” before it was asked for than is kept"),
                                         wanted->name));
      return;
    }

  for (guint i = 0; i < texts->len; i++)
    {
      g_auto (SsFrame) frame = { 0 };
      gsize length;
      const char *text = g_bytes_get_data (g_ptr_array_index (texts, i), &length);

      if (!ss_frame_decode (&frame, text, length, &error) ||
          !take_data (self, wanted, &frame, length, &error))
        {
          fault_later (self, g_steal_pointer (&error));
          return;
        }
    }
}

SsReplicas *
ss_replicas_new (GMainContext          *context,
                 const SsReplicasFuncs *funcs,
                 gpointer               user_data)
{
  SsReplicas *self = g_new0 (SsReplicas, 1);

  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;
  self->wanted =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) wanted_unref);
  self->model = ss_object_list_new (SERVER_TYPE_SIGNAL);
  self->unclaimed = ss_unclaimed_new ();

  return self;
}

static void
detach (Wanted *wanted)
{
  wanted->replicas = NULL;
  ss_clear_source (&wanted->behind_source);
}

static void
lost (Wanted *wanted)
{
  if (wanted->replicas != NULL && !wanted->replicas->connected)
    {
      ss_clear_source (&wanted->behind_source);
      wanted->subscription = SUBSCRIPTION_NONE;
      wanted->asked = FALSE;
      ss_backoff_reset (&wanted->behind);
      ss_follower_lost (wanted->follower);
    }
}

static void
cut_off (Wanted *wanted)
{
  if (wanted->replicas != NULL && !wanted->replicas->connected)
    ss_via_set (ss_follower_get_signal (wanted->follower), NULL);
}

static void
leave (Wanted *wanted)
{
  if (wanted->replicas != NULL)
    ss_signal_replica_leave (ss_follower_get_signal (wanted->follower), wanted->replicas->context);
}

void
ss_replicas_free (SsReplicas *self)
{
  g_assert (!self->connected);

  forget_fault (self);
  for_each (self, detach);
  g_hash_table_unref (self->wanted);
  g_object_unref (self->model);
  ss_unclaimed_free (self->unclaimed);
  g_strfreev (self->via);
  ss_server_errors_clear (&self->server_errors);
  ss_server_names_clear (&self->names);
  g_main_context_unref (self->context);
  g_free (self);
}

GListModel *
ss_replicas_get_model (SsReplicas *self)
{
  return G_LIST_MODEL (self->model);
}

static gboolean
let_go_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* For a caller that gets the replica without a reference. */
static void
keep_for_now (GMainContext *context,
              ServerSignal *replica)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, let_go_cb, g_object_ref (replica), g_object_unref);
  g_source_attach (source, context);
}

ServerSignal *
ss_replicas_get (SsReplicas    *self,
                 const char    *name,
                 const SsValue *initial)
{
  g_autoptr (GMainContext) context = g_main_context_ref (self->context);
  Wanted *known = g_hash_table_lookup (self->wanted, name);
  g_autoptr (Wanted) wanted = NULL;
  ServerSignal *replica;

  if (known != NULL)
    return ss_follower_get_signal (known->follower);

  wanted = g_rc_box_new0 (Wanted);
  wanted->replicas = self;
  wanted->name = g_strdup (name);
  wanted->follower = ss_follower_new (name, initial);
  ss_backoff_init (&wanted->behind, SS_REPLICAS_BEHIND_MIN, SS_REPLICAS_BEHIND_MAX, 0);
  g_hash_table_insert (self->wanted, wanted->name, g_rc_box_acquire (wanted));
  replica = ss_follower_get_signal (wanted->follower);

  if (self->connected)
    {
      ss_follower_set_max (wanted->follower, self->max_document);
      ss_follower_opened (wanted->follower, self->plain);
      if (self->greeted && !self->plain)
        ss_via_set (replica, ss_replicas_get_via (self));
      if (self->plain)
        take_unclaimed (self, wanted);
      else
        subscribe (wanted);
    }

  /* This comes last, as handlers may do anything: release the name, or drop the client. */
  ss_object_list_append (self->model, replica, &wanted->place);
  if (wanted->replicas == NULL)
    keep_for_now (context, replica);

  return replica;
}

gboolean
ss_replicas_has (SsReplicas *self,
                 const char *name)
{
  return g_hash_table_contains (self->wanted, name);
}

void
ss_replicas_release (SsReplicas *self,
                     const char *name)
{
  g_autoptr (Wanted) wanted = NULL;
  g_autoptr (GError) error = NULL;
  ServerSignal *replica;

  wanted = g_hash_table_lookup (self->wanted, name);
  if (wanted == NULL)
    return;

  g_hash_table_steal (self->wanted, name);
  replica = ss_follower_get_signal (wanted->follower);

  if (self->connected && self->plain)
    {
      /* The patches that a plain server goes on to send belong to the document as it is now. */
      if (!server_signal_get_stale (replica))
        ss_unclaimed_set_document (self->unclaimed, name, ss_signal_peek (replica));
    }
  else if (self->connected && wanted->asked)
    {
      g_autoptr (SsMessage) message = ss_frame_encode_unsubscribe (name);

      self->funcs->send (message, self->user_data);
    }

  detach (wanted);
  if (wanted->place != NULL)
    ss_object_list_remove (self->model, g_steal_pointer (&wanted->place));
  ss_follower_lost (wanted->follower);
  /* The replica does not come from any hub now. */
  ss_via_set (replica, NULL);
  withdraw_error (self, wanted->name);

  error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                       _("“%s” was released"), wanted->name);
  self->funcs->refused (replica, error, self->user_data);
}

gboolean
ss_replicas_ask (SsReplicas *self,
                 const char *name)
{
  Wanted *wanted = g_hash_table_lookup (self->wanted, name);

  if (wanted == NULL)
    return FALSE;

  if (wanted->subscription == SUBSCRIPTION_NONE && wanted->behind_source == NULL)
    subscribe (wanted);

  return TRUE;
}

void
ss_replicas_opened (SsReplicas *self,
                    gboolean    plain,
                    guint64     max,
                    guint64     max_document)
{
  self->connected = TRUE;
  self->plain = plain;
  self->greeted = FALSE;
  self->max = MIN (max, max_document);
  self->max_document = max_document;
  ss_allowance_fill (&self->useless, SS_USELESS_BYTES);
  if (plain)
    g_clear_pointer (&self->via, g_strfreev);
  for_each (self, opened);
}

void
ss_replicas_abandon (SsReplicas *self)
{
  for_each (self, leave);
  /* Nobody is told of it now. */
  ss_server_names_clear (&self->names);
  ss_replicas_lost (self, TRUE);
}

void
ss_replicas_lost (SsReplicas *self,
                  gboolean    final)
{
  self->connected = FALSE;
  self->greeted = FALSE;
  ss_server_errors_clear (&self->server_errors);
  ss_unclaimed_clear (self->unclaimed);
  forget_fault (self);
  if (ss_server_names_clear (&self->names))
    self->funcs->names (self->user_data);
  for_each (self, lost);
  if (final)
    for_each (self, cut_off);
}

gboolean
ss_replicas_is_plain (SsReplicas *self)
{
  return self->plain;
}

gboolean
ss_replicas_is_greeted (SsReplicas *self)
{
  return self->greeted;
}

const char * const *
ss_replicas_get_via (SsReplicas *self)
{
  return (const char *const *) self->via;
}

GStrv
ss_replicas_dup_names (SsReplicas *self)
{
  return ss_server_names_dup (&self->names);
}
