/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/ss-edit.h"
#include "json/ss-value.h"
#include "signal/ss-commit.h"

G_BEGIN_DECLS

/* Places of a document that somebody looks at, kept as a tree of pointer tokens, so that the
 * operations of a commit lead straight to those that they may have changed: its cost is that of
 * the operations' pointers and of the places that it finds, however many others there are. */
typedef struct _SsPlaces SsPlaces;
typedef struct _SsPlacesNode SsPlacesNode;
typedef struct _SsPlace SsPlace;

/* What the owner of a place, an object, does about a commit that may have changed the place. */
typedef struct
{
  /* What has changed, in bits of the owner's own; 0: nothing, and announce() is not called. Runs no
   * code of the application's. */
  guint  (*look)     (gpointer owner, const SsPlace *place, SsPendingCommit *commit);
  /* Tells of it. The caller holds a reference, and where that is the last one nobody is to be
   * told. */
  void   (*announce) (gpointer owner, guint change);
  gboolean is_early;   /* announced before "patched", and not after "notify::value" */
} SsPlaceFuncs;

/* One place; part of its owner's struct, which must stay where it is until ss_places_remove(). */
struct _SsPlace
{
  gpointer      owner;
  const SsPlaceFuncs *funcs;
  /* NULL, or an array of guint, which gets the indices of the operations on something within it. */
  GArray       *hits;

  /* What ss_places_touch() found, until the next time. */
  gboolean      direct;    /* it, or what it is in, was added, removed, replaced or moved */
  guint         inside;    /* the number of operations on something within it */

  SsPlacesNode *node;      /* private from here */
  guint         position;
  gboolean      touched;
};

SsPlaces *ss_places_new      (void);
void      ss_places_free     (SsPlaces *self);              /* there must be no place left */
gboolean  ss_places_is_empty (SsPlaces *self);
/* The pointer must be a valid one; NULL is "". */
void      ss_places_add      (SsPlaces *self, SsPlace *place, const char *pointer);
void      ss_places_remove   (SsPlaces *self, SsPlace *place);
/* Appends to touched (of SsPlace *) each place once that the operations may have changed. root
 * is the document after them. */
void      ss_places_touch    (SsPlaces *self, const SsOp *ops, guint n_ops, const SsValue *root,
                              GPtrArray *touched);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsPlaces, ss_places_free)

G_END_DECLS
