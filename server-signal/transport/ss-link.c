/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-link-private.h"

#include <netinet/in.h>

#include "ss-limits.h"

typedef struct
{
  char              *protocol;
  GSocketAddress    *remote_address; /* made from the next when somebody asks */
  guint8             native_address[sizeof (struct sockaddr_in6)];
  guint8             native_length;

  SsPoller          *poller;
  SsDeferred         delivery;
  const SsLinkFuncs *funcs;
  gpointer           user_data;
  GQueue             inbox;      /* GBytes of a text message, or NULL for a binary one */
  guint              n_control;  /* to be told */

  /* The fields that every message needs stand at the end, next to the instance. */
  gushort            close_code;
  guint              had_funcs : 1;
  guint              drained : 1; /* to be told */
  guint              stalled : 1; /* to be told */
  guint              reported : 1;
  guint              closing : 1; /* the owner has had enough of it */
  guint              over : 1;
  guint              held : 1;    /* no more comes in until what has come is taken */
} SsLinkPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SsLink, ss_link, G_TYPE_OBJECT)

/* TRUE: the function may be called. */
#define IS_ABLE(self, function) \
  (!get_private (self)->over && SS_LINK_GET_CLASS (self)->function != NULL)

static inline SsLinkPrivate *
get_private (SsLink *self)
{
  return ss_link_get_instance_private (self);
}

static void
clear_message (gpointer data)
{
  if (data != NULL)
    g_bytes_unref (data);
}

static void
clear_inbox (SsLink *self)
{
  g_queue_clear_full (&get_private (self)->inbox, clear_message);
}

static void
deliver_later (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);

  ss_poller_defer (priv->poller, &priv->delivery);
}

static gboolean
can_hold (SsLink *self)
{
  return SS_LINK_GET_CLASS (self)->hold_input != NULL;
}

static void
set_held (SsLink   *self,
          gboolean  held)
{
  SsLinkPrivate *priv = get_private (self);

  if (priv->held == held || !IS_ABLE (self, hold_input))
    return;

  priv->held = held != FALSE;
  SS_LINK_GET_CLASS (self)->hold_input (self, held);
}

static void
deliver_message (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);
  g_autoptr (GBytes) message = g_queue_pop_head (&priv->inbox);

  if (message != NULL)
    {
      gsize length;
      const char *text = g_bytes_get_data (message, &length);

      priv->funcs->message (self, text, length, priv->user_data);
    }
  else
    {
      priv->funcs->binary (self, priv->user_data);
    }
}

static void
report_progress (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);
  gboolean drained = priv->drained;
  gboolean stalled = priv->stalled;

  priv->drained = FALSE;
  priv->stalled = FALSE;

  if (drained && !priv->closing && priv->funcs != NULL && priv->funcs->drained != NULL)
    priv->funcs->drained (self, priv->user_data);
  if (stalled && !priv->closing && priv->funcs != NULL && priv->funcs->stalled != NULL)
    priv->funcs->stalled (self, priv->user_data);
}

static void
deliver_control (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);
  guint n = priv->n_control;

  priv->n_control = 0;
  if (n > 0 && priv->funcs != NULL && !priv->closing && priv->funcs->control != NULL)
    priv->funcs->control (self, n, priv->user_data);
}

static gboolean
has_messages (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);

  return priv->funcs != NULL && !priv->closing && !g_queue_is_empty (&priv->inbox);
}

/* A peer's turn is bounded, whatever it sends and whatever its owner makes of it. */
static void
deliver_messages (SsLink *self)
{
  gboolean bounded = can_hold (self) && g_queue_get_length (&get_private (self)->inbox) > 1;
  gint64 end = bounded ? g_get_monotonic_time () + SS_TURN_USEC : 0;

  for (guint n = 1; has_messages (self); n++)
    {
      deliver_message (self);
      if (bounded && (n == SS_TURN_MESSAGES || g_get_monotonic_time () >= end))
        break;
    }
}

static void
deliver (gpointer object)
{
  g_autoptr (SsLink) self = g_object_ref (object);
  SsLinkPrivate *priv = get_private (self);

  deliver_control (self);
  deliver_messages (self);

  if (!priv->over)
    report_progress (self);

  if (has_messages (self))
    {
      set_held (self, TRUE);
      deliver_later (self);
      return;
    }

  if (priv->held)
    set_held (self, FALSE);

  if (priv->over && !priv->reported && priv->funcs != NULL)
    {
      priv->reported = TRUE;
      priv->funcs->closed (self, priv->close_code, priv->user_data);
    }
}

static void
ss_link_dispose (GObject *object)
{
  SsLink *self = SS_LINK (object);
  SsLinkPrivate *priv = get_private (self);

  ss_link_cut (self);
  priv->funcs = NULL;
  priv->over = TRUE;
  ss_poller_undefer (priv->poller, &priv->delivery);

  G_OBJECT_CLASS (ss_link_parent_class)->dispose (object);
}

static void
ss_link_finalize (GObject *object)
{
  SsLink *self = SS_LINK (object);
  SsLinkPrivate *priv = get_private (self);

  clear_inbox (self);
  ss_poller_undefer (priv->poller, &priv->delivery);
  ss_poller_unref (priv->poller);
  g_clear_object (&priv->remote_address);
  g_free (priv->protocol);

  G_OBJECT_CLASS (ss_link_parent_class)->finalize (object);
}

static void
ss_link_class_init (SsLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ss_link_dispose;
  object_class->finalize = ss_link_finalize;
}

static void
ss_link_init (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);

  priv->poller = ss_poller_get ();
  priv->delivery.object = self;
  priv->delivery.func = deliver;
}

/* The kinds' side */

void
ss_link_set_protocol (SsLink     *self,
                      const char *protocol)
{
  SsLinkPrivate *priv = get_private (self);

  g_free (priv->protocol);
  priv->protocol = g_strdup (protocol);
}

/* The bytes of an address are a tenth of its objects, and few ask for it. */
void
ss_link_set_remote_address (SsLink         *self,
                            GSocketAddress *address)
{
  SsLinkPrivate *priv = get_private (self);
  gssize length;

  if (address == NULL)
    return;

  length = g_socket_address_get_native_size (address);
  if (length > 0 && (gsize) length <= sizeof priv->native_address &&
      g_socket_address_to_native (address, priv->native_address, (gsize) length, NULL))
    priv->native_length = (guint8) length;
  else
    priv->remote_address = g_object_ref (address);
}

void
ss_link_received (SsLink *self,
                  GBytes *text)
{
  SsLinkPrivate *priv = get_private (self);

  if (priv->closing || priv->over || (priv->had_funcs && priv->funcs == NULL))
    return;

  g_queue_push_tail (&priv->inbox, text != NULL ? g_bytes_ref (text) : NULL);
  if (g_queue_get_length (&priv->inbox) >= SS_TURN_MESSAGES)
    set_held (self, TRUE);
  deliver_later (self);
}

void
ss_link_control (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);

  if (priv->closing || priv->over)
    return;

  if (++priv->n_control >= SS_TURN_MESSAGES)
    set_held (self, TRUE);
  deliver_later (self);
}

void
ss_link_drained (SsLink *self)
{
  get_private (self)->drained = TRUE;
  deliver_later (self);
}

void
ss_link_stalled (SsLink *self)
{
  get_private (self)->stalled = TRUE;
  deliver_later (self);
}

void
ss_link_over (SsLink  *self,
              gushort  code)
{
  SsLinkPrivate *priv = get_private (self);

  if (priv->over)
    return;

  priv->over = TRUE;
  priv->close_code = code;
  deliver_later (self);
}

SsPoller *
ss_link_get_poller (SsLink *self)
{
  return get_private (self)->poller;
}

/* The owner's side */

void
ss_link_set_funcs (SsLink            *self,
                   const SsLinkFuncs *funcs,
                   gpointer           user_data)
{
  SsLinkPrivate *priv = get_private (self);

  g_assert (SS_IS_LINK (self));

  priv->funcs = funcs;
  priv->user_data = user_data;

  if (funcs == NULL)
    {
      clear_inbox (self);
      return;
    }

  priv->had_funcs = TRUE;
  if (IS_ABLE (self, start))
    SS_LINK_GET_CLASS (self)->start (self);
  if (priv->over || !g_queue_is_empty (&priv->inbox))
    deliver_later (self);
}

static void
set_limit (SsLink      *self,
           SsLinkLimit  limit,
           gsize        value)
{
  g_assert (SS_IS_LINK (self));

  if (IS_ABLE (self, set_limit))
    SS_LINK_GET_CLASS (self)->set_limit (self, limit, value);
}

void
ss_link_set_max_message (SsLink *self,
                         gsize   bytes)
{
  g_assert (bytes > 0);

  set_limit (self, SS_LINK_MAX_MESSAGE, bytes);
}

void
ss_link_set_close_timeout (SsLink *self,
                           guint   milliseconds)
{
  set_limit (self, SS_LINK_CLOSE_TIMEOUT, milliseconds);
}

void
ss_link_send (SsLink    *self,
              SsMessage *message)
{
  SsLinkPrivate *priv = get_private (self);

  /* For every message of every peer: to look up the type would cost more than the call. */
  g_assert (self != NULL);

  if (!priv->closing && !priv->over)
    SS_LINK_GET_CLASS (self)->send (self, message);
}

static void
end (SsLink     *self,
     gushort     code,
     const char *reason,
     gboolean    discard)
{
  SsLinkPrivate *priv = get_private (self);

  g_assert (SS_IS_LINK (self));

  if (priv->closing || priv->over)
    return;

  priv->closing = TRUE;
  clear_inbox (self);
  /* The peer's answer has to be read. */
  set_held (self, FALSE);
  SS_LINK_GET_CLASS (self)->close (self, code, reason, discard);
}

void
ss_link_close (SsLink     *self,
               gushort     code,
               const char *reason)
{
  end (self, code, reason, FALSE);
}

void
ss_link_abandon (SsLink     *self,
                 gushort     code,
                 const char *reason)
{
  end (self, code, reason, TRUE);
}

void
ss_link_cut (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);

  g_assert (SS_IS_LINK (self));

  priv->closing = TRUE;
  clear_inbox (self);
  if (!priv->over)
    SS_LINK_GET_CLASS (self)->cut (self);
}

gboolean
ss_link_is_open (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);

  g_assert (SS_IS_LINK (self));

  if (priv->closing || priv->over)
    return FALSE;

  return !IS_ABLE (self, is_open) || SS_LINK_GET_CLASS (self)->is_open (self);
}

gsize
ss_link_get_backlog (SsLink *self)
{
  g_assert (self != NULL);

  return IS_ABLE (self, get_backlog) ? SS_LINK_GET_CLASS (self)->get_backlog (self) : 0;
}

static SsLinkProgress
measure (SsLink *self)
{
  SsLinkProgress progress = { 0 };

  g_assert (SS_IS_LINK (self));

  if (IS_ABLE (self, measure))
    SS_LINK_GET_CLASS (self)->measure (self, &progress);

  return progress;
}

gint64
ss_link_get_stalled_since (SsLink *self)
{
  return measure (self).stalled_since;
}

void
ss_link_when_drained (SsLink *self,
                      gsize   mark)
{
  g_assert (SS_IS_LINK (self));

  if (IS_ABLE (self, when_drained))
    SS_LINK_GET_CLASS (self)->when_drained (self, mark);
}

void
ss_link_set_stall_timeout (SsLink *self,
                           guint   milliseconds)
{
  set_limit (self, SS_LINK_STALL_TIMEOUT, milliseconds);
}

gboolean
ss_link_ping (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return !get_private (self)->closing && IS_ABLE (self, ping) &&
         SS_LINK_GET_CLASS (self)->ping (self);
}

gboolean
ss_link_was_heard (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return !IS_ABLE (self, was_heard) || SS_LINK_GET_CLASS (self)->was_heard (self);
}

gint64
ss_link_get_n_queued (SsLink *self)
{
  return measure (self).n_queued;
}

gint64
ss_link_get_n_confirmed (SsLink *self)
{
  return measure (self).n_confirmed;
}

void
ss_link_set_user_timeout (SsLink *self,
                          guint   milliseconds)
{
  set_limit (self, SS_LINK_USER_TIMEOUT, milliseconds);
}

void
ss_link_set_counters (SsLink         *self,
                      SsLinkCounters *counters)
{
  g_assert (SS_IS_LINK (self));

  if (IS_ABLE (self, set_counters))
    SS_LINK_GET_CLASS (self)->set_counters (self, counters);
}

guint
ss_link_get_n_writes (SsLink *self)
{
  return measure (self).n_writes;
}

const char *
ss_link_get_protocol (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return get_private (self)->protocol;
}

GSocketAddress *
ss_link_get_remote_address (SsLink *self)
{
  SsLinkPrivate *priv = get_private (self);

  g_assert (SS_IS_LINK (self));

  if (priv->remote_address == NULL && priv->native_length > 0)
    priv->remote_address =
      g_socket_address_new_from_native (priv->native_address, priv->native_length);

  return priv->remote_address;
}
