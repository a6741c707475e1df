/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "json/ss-value.h"
#include "ss-gap-buffer.h"
#include "ss-object-mapper.h"

G_BEGIN_DECLS

/* The items of a list model: an object for each element of a list of a document, or NULL until it
 * is first asked for, in the order that the model announced last. */
typedef struct
{
  /* Not held. NULL: there is no model that anybody could ask or be told by. */
  GListModel     *model;
  /* Both are the model's own. */
  const char     *pointer;   /* of the list */
  SsObjectMapper *mapper;    /* NULL: the items are views */

  SsGapBuffer     objects;
  guint           version;   /* goes up when objects go, come or move, but not when one is made */
} SsListItems;

/* root is the document. The pointer and the mapper must last. */
void           ss_list_items_init       (SsListItems *self, GListModel *model, const char *pointer,
                                         SsObjectMapper *mapper, const SsValue *root);
/* The model is disposed of: there are no more items. */
void           ss_list_items_clear      (SsListItems *self);

/* Whether anybody but the caller, who holds a reference, holds the model. A model without other
 * holders emits nothing, since the data of its handlers may be gone as well. */
gboolean       ss_list_items_is_wanted  (const SsListItems *self);
/* The list in a document, or NULL where there is none. */
const SsValue *ss_list_items_find_array (const SsListItems *self, const SsValue *root);
/* An object gives way to a new one, made of the same element. */
void           ss_list_items_forget     (SsListItems *self, guint position);

G_END_DECLS
