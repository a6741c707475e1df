/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/server-signal-private.h"
#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* Signals on demand: which peers follow which signals, which names they have asked for in vain or
 * wait for, and which signals were made because of that and may go when nobody wants them any more.
 *
 * An asker is one peer. Its questions are names that it was told are unknown, of which it is to hear
 * when they are there, and names whose signals have no data yet, which are answered then. */
typedef struct _SsDemand SsDemand;

/* Kept by the peer. */
typedef struct
{
  GHashTable *questions; /* name → Question; NULL until there is one */
  gpointer    peer;      /* a GObject, not referenced */
} SsAsker;

typedef struct
{
  /* These two send, and call no application. The question is over with answer(): the signal is there. */
  void (*answer)  (gpointer peer, SsFrame *question, gpointer user_data);
  /* The peer is told that the name is unknown, and stays an asker; or, told before, that it is there. */
  void (*tell)    (gpointer peer, const char *name, gboolean added, gpointer user_data);
  /* Nobody has followed a signal for the time that it lingers, and nobody asks for it. peer: whose
   * own it is, or NULL. From the main loop; may do anything but free the demand. */
  void (*let_go)  (ServerSignal *signal, gpointer peer, gpointer user_data);
  /* The same for every change of who follows what, while anybody wants to know. */
  void (*news)    (ServerSignal *signal, gpointer peer, gboolean followed, gpointer user_data);
  gboolean (*has_readers) (gpointer user_data);
} SsDemandFuncs;

SsDemand *ss_demand_new          (GMainContext *context, const SsDemandFuncs *funcs,
                                  gpointer user_data);
/* Ends everything; nothing is called any more. The askers stay, until they leave. */
void      ss_demand_end          (SsDemand *self);
void      ss_demand_free         (SsDemand *self);
/* Milliseconds for which signals linger from now on; G_MAXUINT: for ever. */
void      ss_demand_set_linger   (SsDemand *self, guint linger);

/* The peer follows the signal, or has ended to. peer: NULL when nobody is to hear of it. */
void      ss_demand_follow       (SsDemand *self, ServerSignal *signal, gpointer peer);
void      ss_demand_unfollow     (SsDemand *self, ServerSignal *signal, gpointer peer);
guint     ss_demand_count        (SsDemand *self, ServerSignal *signal);
/* Calls news() for what has not been told yet. */
void      ss_demand_tell_news    (SsDemand *self);

/* The signal was made because it was asked for. peer: whose own it is, or NULL. */
void      ss_demand_resolved     (SsDemand *self, ServerSignal *signal, gpointer peer);
/* It has gone. */
void      ss_demand_removed      (SsDemand *self, ServerSignal *signal);
gboolean  ss_demand_is_resolved  (SsDemand *self, ServerSignal *signal);

/* The peer was told that the name is unknown. */
void      ss_demand_remember     (SsDemand *self, SsAsker *asker, const char *name);
/* The signal of that name has no data yet: the question, whose members are taken, is answered when it
 * has. Not later than in SS_RESOLVE_WAIT_MS the peer is told that the name is unknown. */
void      ss_demand_wait         (SsDemand *self, SsAsker *asker, SsFrame *question);
/* FALSE: the asker has no such question. */
gboolean  ss_demand_forget       (SsDemand *self, SsAsker *asker, const char *name);
guint     ss_demand_get_n_questions (const SsAsker *asker);
gboolean  ss_demand_has          (const SsAsker *asker, const char *name);
/* The peer has gone, and its own signals with it. own: those, or NULL. */
void      ss_demand_leave        (SsDemand *self, SsAsker *asker, GListModel *own);
/* The signal of that name is there, and not for this asker: it is told as if there were none. */
void      ss_demand_refuse       (SsDemand *self, SsAsker *asker, const char *name);
/* There is a signal of that name now, for this asker or (NULL) for all. */
void      ss_demand_published    (SsDemand *self, const char *name, SsAsker *asker);

G_END_DECLS
