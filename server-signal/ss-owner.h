/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The main context in which an object was made, and the thread that uses the object: the one that
 * runs the context or, as long as none does, the one that made the object. The cost is two words of
 * memory and a comparison for each call from the right thread. */
typedef struct
{
  GMainContext *context;
  const void   *maker;
  const void   *user;
} SsOwner;

/* For the thread-default main context of the calling thread. */
void     ss_owner_init    (SsOwner *self);
void     ss_owner_clear   (SsOwner *self);

/* The last reference to the object is dropped, so nobody else can use it: from now on it belongs to
 * the calling thread. */
void     ss_owner_take    (SsOwner *self);

/* Whether the calling thread is the one that may use the object. A thread that runs the context
 * becomes that one. NULL belongs to every thread: an object that has been disposed has no owner. */
gboolean ss_owner_is_here (SsOwner *self);
/* A critical warning that names the function. */
void     ss_owner_refuse  (const char *function);

/* At the beginning of a public function: nothing is done for a thread that may not. */
#define SS_RETURN_IF_ELSEWHERE(owner) \
  G_STMT_START \
  { \
    if (G_UNLIKELY (!ss_owner_is_here (owner))) \
      { \
        ss_owner_refuse (G_STRFUNC); \
        return; \
      } \
  } \
  G_STMT_END

#define SS_RETURN_VAL_IF_ELSEWHERE(owner, value) \
  G_STMT_START \
  { \
    if (G_UNLIKELY (!ss_owner_is_here (owner))) \
      { \
        ss_owner_refuse (G_STRFUNC); \
        return (value); \
      } \
  } \
  G_STMT_END

G_END_DECLS
