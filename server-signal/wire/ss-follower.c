/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-follower.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "json/ss-patch.h"
#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "signal/ss-epoch.h"

typedef enum
{
  CLOSED,     /* no connection: nothing is expected */
  WAITING,    /* connected, and nothing of this name has come */
  FOLLOWING,  /* the replica is current, and updates are applied to it */
  BEHIND,     /* v1: the other end is behind the replica; updates go to the draft until it is not */
  ASKED,      /* v1: a snapshot was asked for; only that helps */
  LOST,       /* only another connection helps */
} State;

struct _SsFollower
{
  ServerSignal *replica;
  SsValue      *initial;    /* the document that plain connections start from */

  /* The life and revision that the replica has. No epoch: nothing that a server would know, as
   * the replica has no data, or has them from a plain connection. Kept here and not asked of the
   * replica, which lags while it is frozen. */
  char         *epoch;
  guint64       revision;

  /* A document of the same life that is older than the replica's, or NULL. */
  SsValue      *draft;
  guint64       draft_revision;

  guint64       max;        /* bytes of the document's text */
  guint64       bound;      /* the document has no more, until it is measured again */
  State         state;
  gboolean      switched;   /* v1: the life was another before, on this connection */
  gboolean      plain;
  guint         life;       /* of the connection: moved on by every opened() and lost() */
  guint         busy;       /* calls on the stack: one freed by a handler goes with the last */
  gboolean      freed;
};

static void
leave (SsFollower *self)
{
  self->busy--;
  if (self->freed && self->busy == 0)
    g_free (self);
}

static void
drop_draft (SsFollower *self)
{
  if (self->draft == NULL)
    return;

  ss_value_clear (&self->draft);
  /* The bound was that of the draft. */
  self->bound = G_MAXUINT64;
}

/* The follower is busy: the handlers of the replica may free it. */
static void
set_stale (SsFollower *self,
           gboolean    stale)
{
  g_autoptr (ServerSignal) replica = g_object_ref (self->replica);

  g_assert (self->busy > 0);

  ss_signal_replica_set_stale (replica, stale);
}

SsFollower *
ss_follower_new (const char    *name,
                 const SsValue *initial)
{
  SsFollower *self;

  g_assert (name != NULL);

  self = g_new0 (SsFollower, 1);
  self->replica = ss_signal_new_replica (name, initial);
  self->initial = initial != NULL ? ss_value_ref (initial) : ss_value_new_null ();
  self->max = G_MAXUINT64;
  self->bound = G_MAXUINT64;

  return self;
}

void
ss_follower_set_max (SsFollower *self,
                     guint64     max)
{
  g_assert (self != NULL);

  self->max = max;
}

void
ss_follower_free (SsFollower *self)
{
  g_assert (self != NULL);
  g_assert (!self->freed);

  self->freed = TRUE;
  self->busy++;
  self->life++;
  self->state = CLOSED;

  set_stale (self, TRUE);
  drop_draft (self);
  ss_value_clear (&self->initial);
  g_clear_pointer (&self->epoch, g_free);
  g_clear_object (&self->replica);

  leave (self);
}

ServerSignal *
ss_follower_get_signal (SsFollower *self)
{
  g_assert (self != NULL);

  return self->replica;
}

static void
set_state (SsFollower *self,
           State       state)
{
  self->state = state;
  drop_draft (self);
  set_stale (self, TRUE);
}

/* The same where the other end's word on the replica counts no more. */
static void
unfollow (SsFollower *self,
          State       state)
{
  g_autoptr (ServerSignal) replica = g_object_ref (self->replica);

  self->life++;
  self->state = state;
  drop_draft (self);

  self->busy++;
  ss_signal_replica_unfollow (replica);
  leave (self);
}

void
ss_follower_opened (SsFollower *self,
                    gboolean    plain)
{
  g_assert (self != NULL);

  self->plain = plain;
  self->switched = FALSE;
  unfollow (self, WAITING);
}

void
ss_follower_set_disowned (SsFollower *self,
                          gboolean    disowned,
                          gint64      since)
{
  g_autoptr (ServerSignal) replica = NULL;

  g_assert (self != NULL);

  if (self->plain || self->state == CLOSED)
    return;

  replica = g_object_ref (self->replica);
  self->busy++;
  ss_signal_replica_set_disowned (replica, disowned, since);
  leave (self);
}

/* Updates do not tell of which life they are. Where two lives were held on this connection, an
 * answer that is still on its way may follow on the other, and only a snapshot helps. */
void
ss_follower_unsubscribed (SsFollower *self)
{
  g_assert (self != NULL);

  unfollow (self, self->switched ? ASKED : WAITING);
}

void
ss_follower_lost (SsFollower *self)
{
  g_assert (self != NULL);

  unfollow (self, CLOSED);
}

SsMessage *
ss_follower_subscribe (SsFollower *self,
                       guint64     max)
{
  g_assert (self != NULL);
  g_assert (!self->plain);

  return ss_frame_encode_subscribe (server_signal_get_name (self->replica),
                                    self->state != ASKED ? self->epoch : NULL, self->revision, max);
}

/* The document cannot be followed from here: once, for a snapshot. */
static SsFollowResult
ask (SsFollower *self)
{
  set_state (self, ASKED);

  return SS_FOLLOW_SUBSCRIBE;
}

/* The frame is no good at all. A server that answers the question for a snapshot like that is
 * not asked again on this connection, or the two would go on for ever. */
static SsFollowResult
miss (SsFollower *self)
{
  if (!self->plain && self->state != ASKED)
    return ask (self);

  set_state (self, LOST);

  return SS_FOLLOW_RECONNECT;
}

/* The document would be too large, and nothing that is sent on this connection makes it smaller. */
static SsFollowResult
refuse (SsFollower  *self,
        SsFrame     *frame,
        GError     **error)
{
  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The document of “%s” would have more than %llu bytes"), frame->name,
                  (unsigned long long) self->max);
  set_state (self, LOST);

  return SS_FOLLOW_RECONNECT;
}

static gboolean
fits (SsFollower    *self,
      const SsValue *document)
{
  if (self->max == G_MAXUINT64)
    return TRUE;

  self->bound = ss_value_measure (document, (gsize) MIN (self->max, G_MAXSIZE - 1));

  return self->bound <= self->max;
}

/* The bytes of text that the patch adds at most; G_MAXUINT64: that depends on the document. */
static guint64
measure_patch (ServerSignalPatch *patch,
               guint64            max)
{
  guint n_ops;
  const SsOp *ops = ss_patch_ops (patch, &n_ops);
  guint64 bytes = 0;

  for (guint i = 0; i < n_ops && bytes <= max; i++)
    {
      if (ops[i].kind == SS_OP_COPY)
        return G_MAXUINT64;

      /* A new member has its name, the last part of the path, and what stands around it: two
       * quotes, a colon and a comma. In the path each " is one byte, and / and ~ are two, in the
       * text " is two, and a control character six. */
      if (ops[i].kind == SS_OP_ADD || ops[i].kind == SS_OP_MOVE)
        bytes += 6 * strlen (ops[i].path) + 4;
      if (ops[i].value != NULL && ops[i].kind != SS_OP_TEST)
        bytes += ss_value_measure (ops[i].value, (gsize) MIN (max, G_MAXSIZE - 1));
    }

  return bytes;
}

/* Whether the document has no more text than is allowed when the patch has been applied. It is
 * measured only when all that was added since the last time may be too much. */
static gboolean
fits_patched (SsFollower        *self,
              SsValue           *document,
              ServerSignalPatch *patch)
{
  g_autoptr (SsValue) patched = NULL;
  guint64 bytes;

  if (self->max == G_MAXUINT64)
    return TRUE;

  bytes = measure_patch (patch, self->max);
  if (bytes <= self->max && self->bound <= self->max - bytes)
    {
      self->bound += bytes;
      return TRUE;
    }

  /* One that does not apply is told where it is applied. */
  patched = ss_value_ref (document);
  if (!ss_patch_apply (patch, &patched, NULL, NULL))
    return TRUE;

  return fits (self, patched);
}

/* Between these the replica changes. Where it becomes current again, that and its new value are
 * told in one go, so that no handler ever sees the one without the other. */
static gboolean
begin_change (ServerSignal *replica)
{
  if (!server_signal_get_stale (replica))
    return FALSE;

  g_object_freeze_notify (G_OBJECT (replica));

  return TRUE;
}

static void
end_change (ServerSignal *replica,
            gboolean      begun,
            gboolean      changed)
{
  if (!begun)
    return;

  if (changed)
    ss_signal_replica_set_stale (replica, FALSE);
  g_object_thaw_notify (G_OBJECT (replica));
}

/* The state is moved on before the replica is touched, whose handlers may come back here. */

static void
reset_replica (SsFollower    *self,
               const SsValue *value,
               const char    *epoch,
               guint64        revision)
{
  g_autoptr (ServerSignal) replica = g_object_ref (self->replica);
  gboolean begun;

  self->state = FOLLOWING;
  self->revision = revision;

  begun = begin_change (replica);
  ss_signal_replica_reset (replica, value, epoch, revision);
  end_change (replica, begun, TRUE);
}

static gboolean
patch_replica (SsFollower         *self,
               ServerSignalPatch  *patch,
               guint64             revision,
               GError            **error)
{
  g_autoptr (ServerSignal) replica = g_object_ref (self->replica);
  guint64 old_revision = self->revision;
  State old_state = self->state;
  gboolean begun;
  gboolean done;

  self->state = FOLLOWING;
  self->revision = revision;

  begun = begin_change (replica);
  done = ss_signal_replica_apply (replica, patch, revision, error);
  if (!done)
    {
      self->revision = old_revision;
      self->state = old_state;
    }
  end_change (replica, begun, done);

  return done;
}

/* server-signal.v1 */

static SsFollowResult
take_snapshot (SsFollower  *self,
               SsFrame     *frame,
               GError     **error)
{
  if (frame->epoch == NULL || !frame->has_rev)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                   _("A snapshot of “%s” came without epoch and revision"), frame->name);
      return miss (self);
    }

  if (!fits (self, frame->value))
    return refuse (self, frame, error);

  /* Nobody goes back in time. */
  if (g_strcmp0 (frame->epoch, self->epoch) == 0 && frame->rev < self->revision)
    {
      drop_draft (self);
      self->draft = ss_value_ref (frame->value);
      self->draft_revision = frame->rev;
      self->state = BEHIND;
      set_stale (self, TRUE);
      return SS_FOLLOW_OK;
    }

  drop_draft (self);
  self->switched |= self->epoch != NULL && g_strcmp0 (frame->epoch, self->epoch) != 0;
  g_free (self->epoch);
  self->epoch = g_strdup (frame->epoch);
  reset_replica (self, frame->value, frame->epoch, frame->rev);

  return SS_FOLLOW_OK;
}

static SsFollowResult
take_update_behind (SsFollower  *self,
                    SsFrame     *frame,
                    GError     **error)
{
  g_autoptr (SsValue) draft = NULL;

  if (!fits_patched (self, self->draft, frame->patch))
    return refuse (self, frame, error);
  if (!ss_patch_apply (frame->patch, &self->draft, NULL, error))
    return ask (self);

  self->draft_revision = frame->rev;
  if (self->draft_revision < self->revision)
    return SS_FOLLOW_OK;

  draft = g_steal_pointer (&self->draft);
  reset_replica (self, draft, NULL, frame->rev);

  return SS_FOLLOW_OK;
}

static SsFollowResult
take_update (SsFollower  *self,
             SsFrame     *frame,
             GError     **error)
{
  guint64 held = self->state == BEHIND ? self->draft_revision : self->revision;

  if (self->epoch == NULL || !frame->has_base || frame->base != held)
    {
      if (self->epoch == NULL || !frame->has_base)
        g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                     _("An update of “%s” came before its snapshot"), frame->name);
      else
        g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                     _("An update of “%s” came for revision %llu, and %llu is held"), frame->name,
                        (unsigned long long) frame->base, (unsigned long long) held);
      return ask (self);
    }

  if (self->state == BEHIND)
    return take_update_behind (self, frame, error);

  if (frame->base == frame->rev)
    {
      self->state = FOLLOWING;
      set_stale (self, FALSE);
      return SS_FOLLOW_OK;
    }

  if (!fits_patched (self, ss_signal_peek (self->replica), frame->patch))
    return refuse (self, frame, error);

  return patch_replica (self, frame->patch, frame->rev, error) ? SS_FOLLOW_OK : ask (self);
}

/* plain */

/* The first frame of a connection. The revisions are ours, and so is the life that they belong
 * to: whoever follows this replica must not take them for those of an earlier connection. */
static SsFollowResult
start_plain (SsFollower  *self,
             SsFrame     *frame,
             GError     **error)
{
  gboolean is_update = frame->kind == SS_FRAME_UPDATE;
  g_autoptr (SsValue) document = ss_value_ref (is_update ? self->initial : frame->value);
  g_autofree char *epoch = NULL;

  if (is_update && !ss_patch_apply (frame->patch, &document, NULL, error))
    return miss (self);
  if (!fits (self, document))
    return refuse (self, frame, error);

  epoch = ss_epoch_new ();
  g_clear_pointer (&self->epoch, g_free);
  reset_replica (self, document, epoch, 0);

  return SS_FOLLOW_OK;
}

static SsFollowResult
take_plain (SsFollower  *self,
            SsFrame     *frame,
            GError     **error)
{
  if (self->state == WAITING)
    return start_plain (self, frame, error);

  if (frame->kind == SS_FRAME_SNAPSHOT)
    {
      if (!fits (self, frame->value))
        return refuse (self, frame, error);
      reset_replica (self, frame->value, NULL, self->revision + 1);
      return SS_FOLLOW_OK;
    }

  if (!fits_patched (self, ss_signal_peek (self->replica), frame->patch))
    return refuse (self, frame, error);

  return patch_replica (self, frame->patch, self->revision + 1, error) ? SS_FOLLOW_OK : miss (self);
}

static SsFollowResult
take (SsFollower  *self,
      SsFrame     *frame,
      GError     **error)
{
  gboolean is_update = frame->kind == SS_FRAME_UPDATE;

  if (self->state == CLOSED || self->state == LOST)
    return SS_FOLLOW_OK;

  if (!is_update && frame->kind != SS_FRAME_SNAPSHOT)
    return SS_FOLLOW_OK;

  if (self->plain)
    return take_plain (self, frame, error);

  if (!is_update)
    return take_snapshot (self, frame, error);

  return self->state == ASKED ? SS_FOLLOW_OK : take_update (self, frame, error);
}

SsFollowResult
ss_follower_take (SsFollower  *self,
                  SsFrame     *frame,
                  GError     **error)
{
  SsFollowResult result;
  guint life;

  g_assert (self != NULL && !self->freed);
  g_assert (frame != NULL);

  self->busy++;
  life = self->life;
  result = take (self, frame, error);

  /* A handler has ended the connection or the follower. */
  if (self->life != life)
    {
      if (result != SS_FOLLOW_OK)
        g_clear_error (error);
      result = SS_FOLLOW_OK;
    }

  leave (self);

  return result;
}
