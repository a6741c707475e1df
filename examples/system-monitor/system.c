/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The machine: an object with lists of objects. It knows nothing of signals, hubs or clients. */

#include "system.h"

#include "core.h"
#include "proc.h"
#include "process.h"

#include <math.h>

struct _MonitorSystem
{
  GObject     parent_instance;

  double      processor; /* percent of all cores */
  GListStore *cores;
  gint64      memory_total; /* bytes */
  gint64      memory_used;
  double      load; /* of the last minute */
  GListStore *processes; /* by number */

  char       *directory;
  ProcTime    last;
};

G_DEFINE_FINAL_TYPE (MonitorSystem, monitor_system, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PROCESSOR,
  PROP_CORES,
  PROP_MEMORY_TOTAL,
  PROP_MEMORY_USED,
  PROP_LOAD,
  PROP_PROCESSES,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
set_double (MonitorSystem *self,
            int            prop,
            double        *field,
            double         value)
{
  if (*field == value)
    return;

  *field = value;
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

static void
set_int64 (MonitorSystem *self,
           int            prop,
           gint64        *field,
           gint64         value)
{
  if (*field == value)
    return;

  *field = value;
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

/* Gives how many clock ticks each core had since the last sample, or -1. */
static double
sample_processors (MonitorSystem  *self,
                   GError        **error)
{
  g_autoptr (GArray) times = proc_read_processors (self->directory, error);
  guint n_cores;
  ProcTime now;
  double total;

  if (times == NULL)
    return -1;

  now = g_array_index (times, ProcTime, 0);
  n_cores = times->len - 1;
  total = self->last.total > 0 ? now.total - self->last.total : 0;
  if (total > 0)
    set_double (self, PROP_PROCESSOR, &self->processor,
                CLAMP (round (1000.0 * (now.busy - self->last.busy) / total) / 10, 0, 100));
  self->last = now;

  /* Cores are seldom taken away, but they can be. */
  while (g_list_model_get_n_items (G_LIST_MODEL (self->cores)) > n_cores)
    g_list_store_remove (self->cores, n_cores);
  for (guint i = 0; i < n_cores; i++)
    {
      g_autoptr (MonitorCore) core = g_list_model_get_item (G_LIST_MODEL (self->cores), i);

      if (core == NULL)
        {
          core = monitor_core_new ();
          g_list_store_append (self->cores, core);
        }
      monitor_core_update (core, &g_array_index (times, ProcTime, i + 1));
    }

  return total / n_cores;
}

static gboolean
sample_memory (MonitorSystem  *self,
               GError        **error)
{
  gint64 total, available;

  if (!proc_read_memory (self->directory, &total, &available, error))
    return FALSE;

  set_int64 (self, PROP_MEMORY_TOTAL, &self->memory_total, total);
  set_int64 (self, PROP_MEMORY_USED, &self->memory_used, total - available);

  return TRUE;
}

/* Both the list and the sample are in the order of the numbers: one walk through both finds the
 * processes that came, went or stayed. A process that stayed keeps its object. */
static gboolean
sample_processes (MonitorSystem  *self,
                  double          ticks,
                  GError        **error)
{
  GListModel *model = G_LIST_MODEL (self->processes);
  g_autoptr (GArray) samples = proc_read_processes (self->directory, error);
  guint position = 0;

  if (samples == NULL)
    return FALSE;

  for (guint i = 0; i < samples->len; i++, position++)
    {
      const ProcProcess *sample = &g_array_index (samples, ProcProcess, i);
      g_autoptr (MonitorProcess) process = g_list_model_get_item (model, position);

      while (process != NULL && monitor_process_get_pid (process) <= sample->pid &&
             !monitor_process_is (process, sample))
        {
          g_list_store_remove (self->processes, position);
          g_object_unref (process);
          process = g_list_model_get_item (model, position);
        }

      if (process != NULL && monitor_process_is (process, sample))
        {
          monitor_process_update (process, sample, ticks);
        }
      else
        {
          g_autoptr (MonitorProcess) added = monitor_process_new (sample);

          g_list_store_insert (self->processes, position, added);
        }
    }
  g_list_store_splice (self->processes, position, g_list_model_get_n_items (model) - position, NULL,
                       0);

  return TRUE;
}

static void
monitor_system_finalize (GObject *object)
{
  MonitorSystem *self = MONITOR_SYSTEM (object);

  g_object_unref (self->cores);
  g_object_unref (self->processes);
  g_free (self->directory);

  G_OBJECT_CLASS (monitor_system_parent_class)->finalize (object);
}

static void
monitor_system_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  MonitorSystem *self = MONITOR_SYSTEM (object);

  switch (prop_id)
    {
    case PROP_PROCESSOR:
      g_value_set_double (value, self->processor);
      break;
    case PROP_CORES:
      g_value_set_object (value, self->cores);
      break;
    case PROP_MEMORY_TOTAL:
      g_value_set_int64 (value, self->memory_total);
      break;
    case PROP_MEMORY_USED:
      g_value_set_int64 (value, self->memory_used);
      break;
    case PROP_LOAD:
      g_value_set_double (value, self->load);
      break;
    case PROP_PROCESSES:
      g_value_set_object (value, self->processes);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
monitor_system_class_init (MonitorSystemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = monitor_system_finalize;
  object_class->get_property = monitor_system_get_property;

  props[PROP_PROCESSOR] = g_param_spec_double ("processor", NULL, NULL, 0, 100, 0, flags);
  props[PROP_CORES] = g_param_spec_object ("cores", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  props[PROP_MEMORY_TOTAL] =
    g_param_spec_int64 ("memory-total", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_MEMORY_USED] = g_param_spec_int64 ("memory-used", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_LOAD] = g_param_spec_double ("load", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  props[PROP_PROCESSES] = g_param_spec_object ("processes", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
monitor_system_init (MonitorSystem *self)
{
  self->cores = g_list_store_new (MONITOR_TYPE_CORE);
  self->processes = g_list_store_new (MONITOR_TYPE_PROCESS);
}

/* @directory: where the files of the kernel are, "/proc" */
MonitorSystem *
monitor_system_new (const char *directory)
{
  MonitorSystem *self = g_object_new (MONITOR_TYPE_SYSTEM, NULL);

  self->directory = g_strdup (directory);

  return self;
}

gboolean
monitor_system_sample (MonitorSystem  *self,
                       GError        **error)
{
  double ticks = sample_processors (self, error);
  double load;

  if (ticks < 0 || !sample_memory (self, error) ||
      !proc_read_load (self->directory, &load, error) || !sample_processes (self, ticks, error))
    return FALSE;

  set_double (self, PROP_LOAD, &self->load, load);

  return TRUE;
}
