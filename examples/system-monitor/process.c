/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A process: each property is notified only when it changes, and nothing else goes on the wire. */

#include "process.h"

#include <math.h>

struct _MonitorProcess
{
  GObject parent_instance;

  int     pid;
  char   *name;
  double  processor; /* percent of one core */
  gint64  memory;
  int     threads;

  guint64 started;
  guint64 ticks;
};

G_DEFINE_FINAL_TYPE (MonitorProcess, monitor_process, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PID,
  PROP_NAME,
  PROP_PROCESSOR,
  PROP_MEMORY,
  PROP_THREADS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
monitor_process_finalize (GObject *object)
{
  MonitorProcess *self = MONITOR_PROCESS (object);

  g_free (self->name);

  G_OBJECT_CLASS (monitor_process_parent_class)->finalize (object);
}

static void
monitor_process_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  MonitorProcess *self = MONITOR_PROCESS (object);

  switch (prop_id)
    {
    case PROP_PID:
      g_value_set_int (value, self->pid);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_PROCESSOR:
      g_value_set_double (value, self->processor);
      break;
    case PROP_MEMORY:
      g_value_set_int64 (value, self->memory);
      break;
    case PROP_THREADS:
      g_value_set_int (value, self->threads);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
monitor_process_class_init (MonitorProcessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = monitor_process_finalize;
  object_class->get_property = monitor_process_get_property;

  props[PROP_PID] = g_param_spec_int ("pid", NULL, NULL, 0, G_MAXINT, 0, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_PROCESSOR] = g_param_spec_double ("processor", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  props[PROP_MEMORY] = g_param_spec_int64 ("memory", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_THREADS] = g_param_spec_int ("threads", NULL, NULL, 0, G_MAXINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
monitor_process_init (MonitorProcess *self)
{
}

MonitorProcess *
monitor_process_new (const ProcProcess *sample)
{
  MonitorProcess *self = g_object_new (MONITOR_TYPE_PROCESS, NULL);

  self->pid = sample->pid;
  self->started = sample->started;
  self->ticks = sample->ticks;
  monitor_process_update (self, sample, 0);

  return self;
}

int
monitor_process_get_pid (MonitorProcess *self)
{
  return self->pid;
}

/* Whether the sample is of this process, and not of a later one with the same number. */
gboolean
monitor_process_is (MonitorProcess    *self,
                    const ProcProcess *sample)
{
  return self->pid == sample->pid && self->started == sample->started;
}

/* @ticks: how many clock ticks a core had since the last sample; with none there is nothing to
 * tell of the processor. */
void
monitor_process_update (MonitorProcess    *self,
                        const ProcProcess *sample,
                        double             ticks)
{
  if (g_strcmp0 (self->name, sample->name) != 0)
    {
      g_free (self->name);
      self->name = g_strdup (sample->name);
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NAME]);
    }
  if (self->memory != sample->memory)
    {
      self->memory = sample->memory;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MEMORY]);
    }
  if (self->threads != sample->threads)
    {
      self->threads = sample->threads;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_THREADS]);
    }
  if (ticks > 0)
    {
      /* Windows show tenths of a percent, so nothing finer is notified. */
      double ran = sample->ticks - MIN (self->ticks, sample->ticks);
      double processor = round (1000 * ran / ticks) / 10;

      self->ticks = sample->ticks;
      if (self->processor != processor)
        {
          self->processor = processor;
          g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROCESSOR]);
        }
    }
}
