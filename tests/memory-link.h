/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "transport/ss-link-private.h"

G_BEGIN_DECLS

/* A link without a socket. Messages wait in it until the test reads them, as a client would, so
 * that a test says to the byte how fast its client is. */

#define MEMORY_TYPE_LINK (memory_link_get_type ())
G_DECLARE_FINAL_TYPE (MemoryLink, memory_link, MEMORY, LINK, SsLink)

struct _MemoryLink
{
  SsLink    parent_instance;

  GQueue    unread; /* SsMessage */
  gsize     backlog;
  gsize     mark;
  gboolean  has_mark;

  gushort   close_code; /* 0: not closed */
  char     *close_reason;
  gboolean  cut;
  gboolean  held;         /* a client that has to wait until the server has read */
};

G_DEFINE_FINAL_TYPE (MemoryLink, memory_link, SS_TYPE_LINK)

static inline void
memory_link_check_mark (MemoryLink *self)
{
  if (!self->has_mark || self->backlog > self->mark)
    return;

  self->has_mark = FALSE;
  ss_link_drained (SS_LINK (self));
}

static void
memory_link_send (SsLink    *link,
                  SsMessage *message)
{
  MemoryLink *self = MEMORY_LINK (link);
  gsize length;

  ss_message_payload (message, &length);
  self->backlog += length;
  g_queue_push_tail (&self->unread, ss_message_ref (message));
}

static void
memory_link_discard (MemoryLink *self)
{
  g_queue_clear_full (&self->unread, (GDestroyNotify) ss_message_unref);
  self->backlog = 0;
}

static void
memory_link_close (SsLink     *link,
                   gushort     code,
                   const char *reason,
                   gboolean    discard)
{
  MemoryLink *self = MEMORY_LINK (link);

  g_assert_cmpuint (self->close_code, ==, 0);
  if (discard)
    memory_link_discard (self);
  self->close_code = code;
  self->close_reason = g_strdup (reason);
}

static void
memory_link_cut (SsLink *link)
{
  MemoryLink *self = MEMORY_LINK (link);

  self->cut = TRUE;
  memory_link_discard (self);
  ss_link_over (link, 0);
}

static gsize
memory_link_get_backlog (SsLink *link)
{
  return MEMORY_LINK (link)->backlog;
}

static void
memory_link_when_drained (SsLink *link,
                          gsize   mark)
{
  MemoryLink *self = MEMORY_LINK (link);

  self->has_mark = TRUE;
  self->mark = mark;
  memory_link_check_mark (self);
}

static void
memory_link_hold_input (SsLink   *link,
                        gboolean  held)
{
  MEMORY_LINK (link)->held = held;
}

static void
memory_link_finalize (GObject *object)
{
  MemoryLink *self = MEMORY_LINK (object);

  memory_link_discard (self);
  g_free (self->close_reason);

  G_OBJECT_CLASS (memory_link_parent_class)->finalize (object);
}

static void
memory_link_class_init (MemoryLinkClass *klass)
{
  SsLinkClass *link_class = SS_LINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = memory_link_finalize;

  link_class->send = memory_link_send;
  link_class->close = memory_link_close;
  link_class->cut = memory_link_cut;
  link_class->get_backlog = memory_link_get_backlog;
  link_class->when_drained = memory_link_when_drained;
  link_class->hold_input = memory_link_hold_input;
}

static void
memory_link_init (MemoryLink *self)
{
}

static inline MemoryLink *
memory_link_new (const char *protocol)
{
  MemoryLink *self = g_object_new (MEMORY_TYPE_LINK, NULL);

  ss_link_set_protocol (SS_LINK (self), protocol);

  return self;
}

/* The client's side */

/* Takes the next message; NULL: none waits. */
static inline SsMessage *
memory_link_read (MemoryLink *self)
{
  SsMessage *message = g_queue_pop_head (&self->unread);
  gsize length;

  if (message == NULL)
    return NULL;

  ss_message_payload (message, &length);
  self->backlog -= length;
  memory_link_check_mark (self);

  return message;
}

static inline void
memory_link_write (MemoryLink *self,
                   const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  ss_link_received (SS_LINK (self), bytes);
}

static inline void
memory_link_write_binary (MemoryLink *self)
{
  ss_link_received (SS_LINK (self), NULL);
}

/* A ping, or the like. */
static inline void
memory_link_control (MemoryLink *self)
{
  ss_link_control (SS_LINK (self));
}

/* The stall timeout is over. */
static inline void
memory_link_stall (MemoryLink *self)
{
  ss_link_stalled (SS_LINK (self));
}

/* The client goes, or has answered the close. */
static inline void
memory_link_end (MemoryLink *self,
                 gushort     code)
{
  ss_link_over (SS_LINK (self), code);
}

G_END_DECLS
