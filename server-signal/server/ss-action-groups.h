/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "server-signal-call-private.h"
#include "signal/server-signal-private.h"

G_BEGIN_DECLS

/* The action groups that a hub offers. The state of one is a signal of its name, an activation a call
 * of the method NAME.ACTION. */
typedef struct _SsActionGroups SsActionGroups;

SsActionGroups *ss_action_groups_new    (void);
void            ss_action_groups_free   (SsActionGroups *self);
/* The signal that follows the group, which the caller shares; transfer none. NULL and an error: the name
 * is taken, or cannot be one. */
ServerSignal   *ss_action_groups_add    (SsActionGroups *self, const char *name, GActionGroup *group,
                                         GError **error);
/* The signal, transfer full; NULL: there is no group of that name. */
ServerSignal   *ss_action_groups_remove (SsActionGroups *self, const char *name);
/* The name of the group that a method is for, or NULL. */
const char     *ss_action_groups_find   (SsActionGroups *self, const char *method);
/* Answers a call that is for an action that is there. FALSE: it is not. Runs the application. */
gboolean        ss_action_groups_take   (SsActionGroups *self, ServerSignalCall *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsActionGroups, ss_action_groups_free)

G_END_DECLS
