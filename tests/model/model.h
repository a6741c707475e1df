/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "libserver-signal.h"
#include "truth.h"

G_BEGIN_DECLS

/* The server of the model test: a hub with signals that do what comes to their minds. Randomness is
 * GLib's test randomness. */
typedef struct _Model Model;

#define MODEL_N_SHARED 6
#define MODEL_OWN "own"           /* the name of the signal that many peers have to themselves */
#define MODEL_NOTHING "nothing"   /* a name that no signal has */
#define MODEL_N_RESOLVED 4

/* Shared signals are called "s0" and so on; some peers have an "s1" of their own. Signals that are made when
 * somebody asks for them are called "r0" and so on, and are one peer's own now and then. */

/* hides: peers may not see all of the shared signals, nor of those that are made on demand. */
Model           *model_new          (Truth *truth, gboolean hides);
void             model_free         (Model *self);
guint16          model_get_port     (Model *self);
ServerSignalHub *model_get_hub      (Model *self);   /* NULL while the server is down */
/* Sets a hub's properties so that its limits are reached. */
void             model_tune         (ServerSignalHub *hub);
/* Commits that are large, so that they wait for those who do not read. */
void             model_flood        (Model *self);
guint            model_get_n_merged (Model *self);   /* updates that its hubs merged */
/* Shows signals to some peers and hides some from others. */
void             model_review       (Model *self);
guint            model_get_n_reviews (Model *self);
/* The text has been sent to the peer from this port: no name in it may be one that the peer has never
 * been shown. */
void             model_check_sent   (Model *self, guint16 port, const char *text, gsize length);
guint            model_get_n_sent   (Model *self);   /* names that were looked at */
/* A random write, which may fail. */
void             model_write        (ServerSignal *signal);
/* One random thing: mostly a commit. */
void             model_step         (Model *self);
/* The server is gone without a word to anybody; its signals stay until it is started again. */
void             model_kill         (Model *self);
/* It says goodbye first. */
void             model_shut_down    (Model *self);
/* On the same port. new_life: of the signals as well. */
void             model_start        (Model *self, gboolean new_life);
/* No transaction is open any more, and every signal has one more commit, so that nothing can be
 * missing at the end of what was sent without a gap in front of it. */
void             model_finish       (Model *self);
/* The signal of this name that the peer from this port gets now; NULL: none that it may see. FALSE: no such
 * peer. */
gboolean         model_find         (Model *self, guint16 port, const char *name, ServerSignal **signal);
gboolean         model_is_resolved  (const char *name);   /* whether signals of that name are made on demand */
/* Of one connection: whether its client asks for the name. */
typedef gboolean (*ModelAsks)       (guint16 port, const char *name, gpointer user_data);
/* NULL: the hub counts just those followers that there are, has told of each of them, and keeps no signal on
 * demand that nobody asks for. Otherwise what is not so yet. */
const char      *model_check_followers (Model *self, ModelAsks asks, gpointer user_data);
guint            model_get_n_resolved (Model *self);   /* signals that were made on demand */
guint            model_get_n_let_go   (Model *self);   /* … and that a hub has let go while it served */
guint            model_get_n_followed (Model *self);   /* times that a hub told of a follower */

G_END_DECLS
