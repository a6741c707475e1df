/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-action-groups.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "server-signal-error.h"
#include "ss-limits.h"
#include "track/ss-track-actions.h"
#include "track/ss-track.h"
#include "json/ss-variant-member.h"
#include "ss-protocol.h"

struct _SsActionGroups
{
  GHashTable *by_name; /* name → Group */
};

typedef struct
{
  char         *name;
  GActionGroup *group;
  ServerSignal *signal;
} Group;

static void
group_free (gpointer data)
{
  Group *group = data;

  g_object_unref (group->signal);
  g_object_unref (group->group);
  g_free (group->name);
  g_free (group);
}

SsActionGroups *
ss_action_groups_new (void)
{
  SsActionGroups *self = g_new0 (SsActionGroups, 1);

  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, group_free);

  return self;
}

void
ss_action_groups_free (SsActionGroups *self)
{
  g_hash_table_unref (self->by_name);
  g_free (self);
}

ServerSignal *
ss_action_groups_add (SsActionGroups  *self,
                      const char      *name,
                      GActionGroup    *group,
                      GError         **error)
{
  ServerSignal *signal;
  Group *entry;

  if (g_hash_table_contains (self->by_name, name))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS,
                   _("There is an action group “%s” already"), name);
      return NULL;
    }

  signal = ss_tracks_begin_signal (name, &ss_track_remote_actions_kind, group, error);
  if (signal == NULL)
    return NULL;

  entry = g_new0 (Group, 1);
  entry->name = g_strdup (name);
  entry->group = g_object_ref (group);
  entry->signal = signal;
  g_hash_table_insert (self->by_name, entry->name, entry);

  return signal;
}

ServerSignal *
ss_action_groups_remove (SsActionGroups *self,
                         const char     *name)
{
  Group *group = g_hash_table_lookup (self->by_name, name);
  ServerSignal *signal;

  if (group == NULL)
    return NULL;

  signal = g_object_ref (group->signal);
  g_hash_table_remove (self->by_name, name);
  ss_tracks_end (signal, "");

  return signal;
}

/* Names of groups and of actions may both have dots: the longest name of a group counts. *action is the
 * rest. */
static Group *
find (SsActionGroups  *self,
      const char      *method,
      const char     **action)
{
  g_autofree char *name = NULL;
  char *dot;

  if (g_hash_table_size (self->by_name) == 0)
    return NULL;

  name = g_strdup (method);
  while ((dot = strrchr (name, '.')) != NULL)
    {
      Group *group;

      *dot = '\0';
      group = g_hash_table_lookup (self->by_name, name);
      if (group != NULL)
        {
          *action = method + (dot - name) + 1;
          return group;
        }
    }

  return NULL;
}

const char *
ss_action_groups_find (SsActionGroups *self,
                       const char     *method)
{
  const char *action;
  const Group *group = find (self, method, &action);

  return group != NULL ? group->name : NULL;
}

static void
fail (ServerSignalCall *call,
      const char       *code,
      const char       *message)
{
  ss_call_settle (call, ss_outcome_new_error (code, message, NULL));
}

static gboolean
has (const SsValue *arguments,
     const char    *key)
{
  return ss_object_get (arguments, key, strlen (key)) != NULL;
}

/* Reads the member of the arguments of that name, which has to be of the type, or absent where type is
 * NULL. */
static gboolean
read_variant (ServerSignalCall    *call,
              const SsValue       *arguments,
              const char          *key,
              const GVariantType  *type,
              GVariant           **variant)
{
  if (type != NULL && arguments != NULL)
    *variant = ss_variant_member_get (arguments, key, type);

  if ((type != NULL && *variant == NULL) ||
      (type == NULL && arguments != NULL && has (arguments, key)))
    {
      fail (call, "invalid-arguments", "the action takes another type of value, or none");
      return FALSE;
    }

  return TRUE;
}

gboolean
ss_action_groups_take (SsActionGroups   *self,
                       ServerSignalCall *call)
{
  const SsValue *arguments = ss_call_peek (call);
  const char *action;
  Group *entry = find (self, server_signal_call_get_method (call), &action);
  GActionGroup *group;
  g_autoptr (GObject) keep = NULL;
  g_autoptr (GVariant) variant = NULL;
  const GVariantType *parameter_type;
  const GVariantType *state_type;
  gboolean enabled;

  if (entry == NULL)
    return FALSE;

  /* The group is there meanwhile, even if the action removes it. */
  group = entry->group;
  keep = g_object_ref (G_OBJECT (group));
  if (!g_action_group_query_action (group, action, &enabled, &parameter_type, &state_type, NULL,
                                    NULL))
    return FALSE;

  if (arguments != NULL && ss_value_kind (arguments) == SS_VALUE_NULL)
    arguments = NULL;

  if (arguments != NULL && ss_value_kind (arguments) != SS_VALUE_OBJECT)
    {
      fail (call, "invalid-arguments", "the arguments of an action are an object");
    }
  else if (!enabled)
    {
      fail (call, "disabled", "the action is disabled");
    }
  else if (arguments != NULL && has (arguments, SS_ACTION_STATE))
    {
      if (state_type == NULL)
        {
          fail (call, "invalid-arguments", "the action has no state");
        }
      else if (read_variant (call, arguments, SS_ACTION_STATE, state_type, &variant))
        {
          g_action_group_change_action_state (group, action, variant);
          ss_call_settle (call, ss_outcome_new (ss_value_new_null ()));
        }
    }
  else if (read_variant (call, arguments, SS_ACTION_PARAMETER, parameter_type, &variant))
    {
      g_action_group_activate_action (group, action, variant);
      ss_call_settle (call, ss_outcome_new (ss_value_new_null ()));
    }

  return TRUE;
}
