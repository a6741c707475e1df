/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The properties that an application has chosen: names, and within the objects that these lead to,
 * names again. NULL stands for all properties. */
typedef struct _SsPropertyMask SsPropertyMask;

/* Each path is a name, or names with "/" between them. FALSE and INVALID_POINTER for a path that
 * names no property. */
gboolean    ss_property_mask_new    (const char * const *paths, SsPropertyMask **mask,
                                     GError **error);
void        ss_property_mask_free   (SsPropertyMask *self);
guint       ss_property_mask_length (const SsPropertyMask *self);
/* A name, and the mask for the object that it leads to. */
const char *ss_property_mask_get    (const SsPropertyMask *self, guint index,
                                     const SsPropertyMask **inner);

G_END_DECLS
