/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/server-signal-patch.h"
#include "json/ss-patch.h"
#include "json/ss-reader.h"
#include "ss-limits.h"

G_BEGIN_DECLS

/* JSON in C reads better with ' in place of ". */

static inline char *
test_json (const char *readable)
{
  return g_strdelimit (g_strdup (readable), "'", '"');
}

static inline char *
test_readable (const char *json)
{
  return g_strdelimit (g_strdup (json), "\"", '\'');
}

static inline SsValue *
test_quoted_value (const char *readable)
{
  g_autofree char *json = test_json (readable);
  g_autoptr (GError) error = NULL;
  SsValue *value = ss_value_from_json (json, -1, SS_FRAME_DEPTH, &error);

  g_assert_no_error (error);

  return value;
}

static inline ServerSignalPatch *
test_quoted_patch (const char *readable)
{
  g_autofree char *json = test_json (readable);
  g_autoptr (GError) error = NULL;
  ServerSignalPatch *patch = server_signal_patch_new_from_json (json, &error);

  g_assert_no_error (error);

  return patch;
}

#define assert_readable(json, expected) \
  G_STMT_START \
  { \
    g_autofree char *assert_readable_is = test_readable (json); \
    g_assert_cmpstr (assert_readable_is, ==, expected); \
  } \
  G_STMT_END

G_END_DECLS
