/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-later.h"

typedef struct
{
  GWeakRef    object;
  SsLaterFunc func;
} Later;

static gboolean
later_cb (gpointer user_data)
{
  Later *later = user_data;
  g_autoptr (GObject) object = g_weak_ref_get (&later->object);

  if (object != NULL)
    later->func (object);

  return G_SOURCE_REMOVE;
}

static void
later_free (gpointer data)
{
  Later *later = data;

  g_weak_ref_clear (&later->object);
  g_free (later);
}

void
ss_later (GMainContext *context,
          gpointer      object,
          SsLaterFunc   func)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Later *later = g_new0 (Later, 1);

  g_weak_ref_init (&later->object, object);
  later->func = func;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[server-signal] what is told later");
  g_source_set_callback (source, later_cb, later, later_free);
  g_source_attach (source, context);
}
