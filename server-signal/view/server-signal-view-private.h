/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/ss-value.h"
#include "server-signal-view.h"
#include "ss-list-delta.h"

G_BEGIN_DECLS

/* The types in which a view shows another value than before. */
typedef enum
{
  SS_VIEW_VALUE = 1 << 0,
  SS_VIEW_INT = 1 << 1,
  SS_VIEW_DOUBLE = 1 << 2,
  SS_VIEW_BOOLEAN = 1 << 3,
  SS_VIEW_STRING = 1 << 4,
} SsViewChange;

/* The list that a view is an item of, for the view. Elements are those of the last commit. */
typedef struct
{
  /* The index of the view's element, or SS_LIST_NO_INDEX: it is gone. hint is the view's own. */
  guint    (*find)          (gpointer list, ServerSignalView *view, guint *hint);
  /* Transfer full; NULL: there is no such element. */
  SsValue *(*ref_element)   (gpointer list, guint index);
  char    *(*dup_pointer)   (gpointer list, guint index);
  /* The view has ss_view_announce_pointer() called when its index may be another, until it is
   * gone. */
  void     (*add_reader)    (gpointer list, ServerSignalView *view);
  void     (*remove_reader) (gpointer list, ServerSignalView *view);
} SsViewListFuncs;

/* A view that is an item of a list is at no pointer of its own, but wherever the list says that it
 * is. The list is not held, and calls these. value is the element, or NULL. */
ServerSignalView *ss_view_new_in_list (ServerSignal *signal, const SsViewListFuncs *funcs,
                                       gpointer list, const SsValue *value, guint position);
void           ss_view_set_hint         (ServerSignalView *self, guint position);
/* Whether it has shown a list or an object, and so is value. */
gboolean       ss_view_is_container     (ServerSignalView *self, const SsValue *value);
/* For all others: it shows value now. */
SsViewChange   ss_view_take             (ServerSignalView *self, const SsValue *value);
/* The value that it showed last, or NULL where that is a list or an object. */
const SsValue *ss_view_peek_scalar      (ServerSignalView *self);
/* It goes on showing value until ss_view_catch_up(), or until it leaves the list. */
void           ss_view_delay            (ServerSignalView *self, const SsValue *value);
void           ss_view_catch_up         (ServerSignalView *self);
void           ss_view_announce         (ServerSignalView *self, SsViewChange change);
void           ss_view_announce_pointer (ServerSignalView *self);
/* From now on it shows the value at the pointer; NULL: nothing, and that is announced. */
void           ss_view_leave_list       (ServerSignalView *self, const char *pointer);

G_END_DECLS
