/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-list-private.h"
#include "ss-gap-buffer.h"
#include "ss-object-mapper.h"
#include "ss-list-delta.h"
#include "ss-part.h"

G_BEGIN_DECLS

/* The inside of a list, for the files of the class: server-signal-list.c is the object and the
 * model, server-signal-list-commit.c what a commit does to it. */

struct _ServerSignalList
{
  GObject       parent_instance;

  ServerSignal *signal;
  char         *pointer;
  GType         item_type;
  gboolean      has_views;   /* as items */
  gboolean      announces_edits;
  SsPart        part;
  SsObjectMapper *items;

  /* An item or NULL for each element, in the order that was announced last. */
  SsGapBuffer   slots;
  /* Goes up when that order changes. */
  guint         version;
  /* Views whose pointer somebody has asked for. */
  GHashTable   *readers;

  /* What is being announced: the patch that it points into, and how many runs have been made. Items
   * that have gone from one place and come to another in a different run are in moving, by their
   * new index. */
  SsListDelta *change;
  ServerSignalPatch *patch;
  guint         n_made;
  GHashTable   *moving;
  GArray       *updates;     /* items to be brought up to date */
  gboolean      is_stepwise; /* each when it is announced; else all at first */
};

/* Of its place. A list finds out what a commit is to it while the document before can still be had;
 * later it brings its items and itself up to date and tells of it. What it tells of it keeps, so
 * change is no more than that there is something. */
guint          ss_list_look        (gpointer owner, SsPendingCommit *commit);
void           ss_list_announce    (gpointer owner, guint change);

/* NULL: what is there is no list. */
const SsValue *ss_list_find_array  (ServerSignalList *self, const SsValue *root);
/* The element that is at a place of the model, which may lag behind the document's last commit. */
guint          ss_list_find_index  (ServerSignalList *self, guint position, const SsListSpan **part);
/* Whether it goes in one run and comes in another. */
gboolean       ss_list_is_moving   (const SsListSpan *part);
/* There is nothing to announce any more. */
void           ss_list_drop_change (ServerSignalList *self);

G_END_DECLS
