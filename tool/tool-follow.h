/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libserver-signal.h>

#include "tool-target.h"

G_BEGIN_DECLS

/* The signals that a subcommand follows: those of its command line or, without any, all that the
 * server has, also those that come later. */
typedef struct _ToolFollow ToolFollow;

typedef struct
{
  ServerSignal *signal;
  ToolTarget   *target;
  gulong        handlers[3];
  ToolFollow   *follow;
  char         *last;     /* JSON of the part as it was told last; NULL: not yet, or it is not there */
  gboolean      is_told;  /* something was told already */
  /* Of a whole signal that is told by its patches alone. */
  char         *waiting;  /* a patch, until the signal is current again */
  gboolean      is_by_patches;
} ToolFollowed;

typedef struct
{
  /* The part has another value, or the first one; patch: NULL, or from the last one told to this. json:
   * NULL where there is nothing at the pointer any more. */
  void (*changed) (ToolFollowed *followed, const char *json, const char *patch, gpointer user_data);
  /* A whole signal has changed, where patches are wanted. NULL: changed() is called for these changes too, at the price
   * of the value's text. */
  void (*patched) (ToolFollowed *followed, const char *patch, gpointer user_data);
  /* The server has taken the signal away. NULL: it does not matter. */
  void (*removed) (ToolFollowed *followed, gpointer user_data);
} ToolFollowFuncs;

/* targets: of ToolTarget, taken; empty for all. patches: changed() gets them. */
ToolFollow *tool_follow_new       (ServerSignalClient    *client,
                                   GPtrArray             *targets,
                                   gboolean               patches,
                                   const ToolFollowFuncs *funcs,
                                   gpointer               user_data);
void        tool_follow_free      (ToolFollow            *self);
/* Of ToolFollowed, in the order in which they were followed. */
GPtrArray  *tool_follow_get_all   (ToolFollow            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolFollow, tool_follow_free)

G_END_DECLS
