/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Some of the signals of a registry, by the number that each has there for as long as it is in it. A
 * bit for each: thousands of peers may have a set of thousands. NULL is the empty one. */
typedef struct _SsSlotSet SsSlotSet;

#define SS_SLOT_NONE G_MAXUINT

gboolean ss_slot_set_has    (const SsSlotSet *self, guint slot);
/* FALSE: it was so already. */
gboolean ss_slot_set_add    (SsSlotSet **self, guint slot);
gboolean ss_slot_set_remove (SsSlotSet **self, guint slot);
guint    ss_slot_set_count  (const SsSlotSet *self);
void     ss_slot_set_clear  (SsSlotSet **self);

G_END_DECLS
