/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A departure: an ordinary object that knows nothing of the wire. */

#include "departure.h"

struct _BoardDeparture
{
  GObject parent_instance;

  char   *time; /* "12:04" */
  char   *train;
  char   *destination;
  char   *platform;
  char   *remarks;
};

G_DEFINE_FINAL_TYPE (BoardDeparture, board_departure, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_TIME,
  PROP_TRAIN,
  PROP_DESTINATION,
  PROP_PLATFORM,
  PROP_REMARKS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
board_departure_finalize (GObject *object)
{
  BoardDeparture *self = BOARD_DEPARTURE (object);

  g_free (self->time);
  g_free (self->train);
  g_free (self->destination);
  g_free (self->platform);
  g_free (self->remarks);

  G_OBJECT_CLASS (board_departure_parent_class)->finalize (object);
}

static void
board_departure_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  BoardDeparture *self = BOARD_DEPARTURE (object);

  switch (prop_id)
    {
    case PROP_TIME:
      g_value_set_string (value, self->time);
      break;
    case PROP_TRAIN:
      g_value_set_string (value, self->train);
      break;
    case PROP_DESTINATION:
      g_value_set_string (value, self->destination);
      break;
    case PROP_PLATFORM:
      g_value_set_string (value, self->platform);
      break;
    case PROP_REMARKS:
      g_value_set_string (value, self->remarks);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
board_departure_class_init (BoardDepartureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = board_departure_finalize;
  object_class->get_property = board_departure_get_property;

  props[PROP_TIME] = g_param_spec_string ("time", NULL, NULL, NULL, flags);
  props[PROP_TRAIN] = g_param_spec_string ("train", NULL, NULL, NULL, flags);
  props[PROP_DESTINATION] = g_param_spec_string ("destination", NULL, NULL, NULL, flags);
  props[PROP_PLATFORM] = g_param_spec_string ("platform", NULL, NULL, NULL, flags);
  props[PROP_REMARKS] = g_param_spec_string ("remarks", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
board_departure_init (BoardDeparture *self)
{
  self->remarks = g_strdup ("");
}

BoardDeparture *
board_departure_new (const char *time,
                     const char *train,
                     const char *destination,
                     const char *platform)
{
  BoardDeparture *self = g_object_new (BOARD_TYPE_DEPARTURE, NULL);

  self->time = g_strdup (time);
  self->train = g_strdup (train);
  self->destination = g_strdup (destination);
  self->platform = g_strdup (platform);

  return self;
}

const char *
board_departure_get_time (BoardDeparture *self)
{
  return self->time;
}

const char *
board_departure_get_train (BoardDeparture *self)
{
  return self->train;
}

static void
set_string (BoardDeparture  *self,
            int              prop,
            char           **field,
            const char      *value)
{
  if (g_strcmp0 (*field, value) == 0)
    return;

  g_free (*field);
  *field = g_strdup (value);
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

void
board_departure_set_platform (BoardDeparture *self,
                              const char     *platform)
{
  set_string (self, PROP_PLATFORM, &self->platform, platform);
}

void
board_departure_set_remarks (BoardDeparture *self,
                             const char     *remarks)
{
  set_string (self, PROP_REMARKS, &self->remarks, remarks);
}
