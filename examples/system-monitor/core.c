/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * One core of the processor, and how busy it is. */

#include "core.h"

#include <math.h>

struct _MonitorCore
{
  GObject  parent_instance;

  double   processor; /* percent */
  ProcTime last;
};

G_DEFINE_FINAL_TYPE (MonitorCore, monitor_core, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PROCESSOR,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
monitor_core_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  MonitorCore *self = MONITOR_CORE (object);

  switch (prop_id)
    {
    case PROP_PROCESSOR:
      g_value_set_double (value, self->processor);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
monitor_core_class_init (MonitorCoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = monitor_core_get_property;

  props[PROP_PROCESSOR] =
    g_param_spec_double ("processor", NULL, NULL, 0, 100, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
monitor_core_init (MonitorCore *self)
{
}

MonitorCore *
monitor_core_new (void)
{
  return g_object_new (MONITOR_TYPE_CORE, NULL);
}

void
monitor_core_update (MonitorCore    *self,
                     const ProcTime *sample)
{
  double busy = sample->busy - self->last.busy;
  double total = sample->total - self->last.total;
  double processor = self->processor;

  /* Between two samples, not since the machine was started. */
  if (self->last.total > 0 && total > 0)
    processor = CLAMP (round (1000 * busy / total) / 10, 0, 100);
  self->last = *sample;

  if (self->processor != processor)
    {
      self->processor = processor;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROCESSOR]);
    }
}
