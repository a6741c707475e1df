/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

#include "ss-value.h"

G_BEGIN_DECLS

/* Variants as members of an object, both ways. JSON is for programs of any language. It
 * does not say all that a variant does, such as the type of what is in a variant, or a number that is
 * not finite: where it does not, a second member has GVariant's own text. */

/* The members are key, and key-text where that is needed; variant NULL: key is null. typed: the reader
 * knows the type from elsewhere. */
void      ss_variant_member_put   (SsValue *object, const char *key, GVariant *variant,
                                   gboolean typed);
/* The same way back, where the type is known. Not floating; NULL: there is none, or it is none of that
 * type. type NULL: of the type that the text or the JSON suggests. */
GVariant *ss_variant_member_get   (const SsValue *object, const char *key,
                                   const GVariantType *type);
/* The type that a member names, or NULL. */
GVariantType *ss_variant_member_get_type  (const SsValue *object, const char *key);

G_END_DECLS
