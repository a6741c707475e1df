/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-remote-actions.h"

#include "json/ss-read.h"
#include "json/ss-variant-member.h"
#include "ss-protocol.h"

struct _SsRemoteActions
{
  GObject                     parent_instance;

  char                       *name;
  ServerSignal               *replica;
  const SsRemoteActionsFuncs *funcs;     /* NULL: the client has gone */
  gpointer                    user_data;
  GHashTable                 *actions;   /* name → Action, as they are shown */
  gboolean                    refreshing;
  gboolean                    again;     /* it changed meanwhile */
};

/* One action as it is shown, which does not change. */
typedef struct
{
  SsValue      *source;   /* the part of the document */
  gboolean      enabled;
  GVariantType *parameter_type;
  GVariantType *state_type;
  GVariant     *state;
  GVariant     *hint;
} Action;

static void
action_clear (gpointer data)
{
  Action *action = data;

  ss_value_unref (action->source);
  g_clear_pointer (&action->parameter_type, g_variant_type_free);
  g_clear_pointer (&action->state_type, g_variant_type_free);
  g_clear_pointer (&action->state, g_variant_unref);
  g_clear_pointer (&action->hint, g_variant_unref);
}

static void
action_unref (gpointer action)
{
  g_rc_box_release_full (action, action_clear);
}

static void ss_remote_actions_group_init  (GActionGroupInterface *iface);
static void ss_remote_actions_remote_init (GRemoteActionGroupInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SsRemoteActions, ss_remote_actions, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_ACTION_GROUP,
                                                      ss_remote_actions_group_init)
                               G_IMPLEMENT_INTERFACE (G_TYPE_REMOTE_ACTION_GROUP,
                                                      ss_remote_actions_remote_init))

static gboolean
is_live (SsRemoteActions *self)
{
  return self->funcs != NULL && !server_signal_get_stale (self->replica) &&
         self->funcs->is_ready (self->user_data);
}

/* NULL: this is no action. before: as it was shown, or NULL. */
static Action *
read_action (SsValue  *source,
             gboolean  live,
             Action   *before)
{
  const SsValue *enabled;
  gboolean is_enabled;
  Action *action;

  if (ss_value_kind (source) != SS_VALUE_OBJECT)
    return NULL;

  enabled = ss_object_get (source, SS_ACTION_ENABLED, sizeof SS_ACTION_ENABLED - 1);
  is_enabled = live && enabled != NULL && ss_read_boolean (enabled);
  if (before != NULL && before->source == source && before->enabled == is_enabled)
    return g_rc_box_acquire (before);

  action = g_rc_box_new0 (Action);
  action->source = ss_value_ref (source);
  action->enabled = is_enabled;
  action->parameter_type = ss_variant_member_get_type (source, SS_ACTION_PARAMETER_TYPE);
  action->state_type = ss_variant_member_get_type (source, SS_ACTION_STATE_TYPE);
  if (action->state_type != NULL)
    action->state = ss_variant_member_get (source, SS_ACTION_STATE, action->state_type);
  action->hint = ss_variant_member_get (source, SS_ACTION_STATE_HINT, NULL);

  /* A state that is none of its type would be no state at all, which nobody expects of such an
   * action. */
  if (action->state_type != NULL && action->state == NULL)
    {
      action_unref (action);
      return NULL;
    }

  return action;
}

static GHashTable *
read_actions (SsRemoteActions *self)
{
  GHashTable *actions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, action_unref);
  SsValue *document = ss_signal_peek (self->replica);
  gboolean live = is_live (self);

  if (ss_value_kind (document) != SS_VALUE_OBJECT)
    return actions;

  for (guint i = 0; i < ss_value_length (document); i++)
    {
      const char *name = ss_read_string (ss_object_key (document, i));
      Action *action = read_action (ss_object_value (document, i), live,
                                    g_hash_table_lookup (self->actions, name));

      if (action != NULL)
        g_hash_table_replace (actions, g_strdup (name), action);
    }

  return actions;
}

static gboolean
equal_types (const GVariantType *a,
             const GVariantType *b)
{
  return a == b || (a != NULL && b != NULL && g_variant_type_equal (a, b));
}

static gboolean
equal_variants (GVariant *a,
                GVariant *b)
{
  return a == b || (a != NULL && b != NULL && g_variant_equal (a, b));
}

/* An action with other types, or another hint, is another action. */
static gboolean
is_same (const Action *before,
         const Action *action)
{
  return before != NULL && action != NULL &&
         equal_types (before->parameter_type, action->parameter_type) &&
         equal_types (before->state_type, action->state_type) &&
         equal_variants (before->hint, action->hint);
}

/* Shows the actions as they are now, and tells the difference. Handlers may look, and cause more. */
static void
refresh_once (SsRemoteActions *self)
{
  g_autoptr (GHashTable) before = self->actions;
  g_autoptr (GHashTable) now = g_hash_table_ref (read_actions (self));
  GActionGroup *group = G_ACTION_GROUP (self);
  GHashTableIter iter;
  const char *name;
  Action *action;

  self->actions = now;

  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &action))
    if (!is_same (action, g_hash_table_lookup (now, name)))
      g_action_group_action_removed (group, name);

  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &action))
    {
      const Action *old = g_hash_table_lookup (before, name);

      if (!is_same (old, action))
        {
          g_action_group_action_added (group, name);
          continue;
        }
      if (old->enabled != action->enabled)
        g_action_group_action_enabled_changed (group, name, action->enabled);
      if (!equal_variants (old->state, action->state))
        g_action_group_action_state_changed (group, name, action->state);
    }
}

static void
refresh (SsRemoteActions *self)
{
  g_autoptr (SsRemoteActions) keep = NULL;

  self->again = TRUE;
  if (self->refreshing)
    return;

  keep = g_object_ref (self);
  self->refreshing = TRUE;
  while (self->again)
    {
      self->again = FALSE;
      refresh_once (self);
    }
  self->refreshing = FALSE;
}

void
ss_remote_actions_leave (SsRemoteActions *self)
{
  self->funcs = NULL;
}

static char **
ss_remote_actions_list_actions (GActionGroup *group)
{
  SsRemoteActions *self = SS_REMOTE_ACTIONS (group);
  g_autofree gpointer *names = g_hash_table_get_keys_as_array (self->actions, NULL);

  return g_strdupv ((char **) names);
}

static gboolean
ss_remote_actions_query_action (GActionGroup        *group,
                                const char          *name,
                                gboolean            *enabled,
                                const GVariantType **parameter_type,
                                const GVariantType **state_type,
                                GVariant           **state_hint,
                                GVariant           **state)
{
  SsRemoteActions *self = SS_REMOTE_ACTIONS (group);
  const Action *action = g_hash_table_lookup (self->actions, name);

  if (action == NULL)
    return FALSE;

  if (enabled != NULL)
    *enabled = action->enabled;
  if (parameter_type != NULL)
    *parameter_type = action->parameter_type;
  if (state_type != NULL)
    *state_type = action->state_type;
  if (state_hint != NULL)
    *state_hint = action->hint != NULL ? g_variant_ref (action->hint) : NULL;
  if (state != NULL)
    *state = action->state != NULL ? g_variant_ref (action->state) : NULL;

  return TRUE;
}

/* key: the member of the arguments that has the variant, which may be NULL. */
static void
call (SsRemoteActions *self,
      const char      *name,
      const char      *key,
      GVariant        *variant)
{
  g_autofree char *method = g_strconcat (self->name, ".", name, NULL);
  SsValue *arguments = NULL;

  /* As with any action, one that is disabled, or is not there, does nothing. */
  if (!g_action_group_get_action_enabled (G_ACTION_GROUP (self), name))
    return;

  if (variant != NULL)
    {
      arguments = ss_value_new_object (2);
      ss_variant_member_put (arguments, key, variant, TRUE);
    }
  self->funcs->call (method, arguments, self->user_data);
}

static void
ss_remote_actions_activate_action (GActionGroup *group,
                                   const char   *name,
                                   GVariant     *parameter)
{
  g_autoptr (GVariant) sunk = parameter != NULL ? g_variant_ref_sink (parameter) : NULL;

  call (SS_REMOTE_ACTIONS (group), name, SS_ACTION_PARAMETER, sunk);
}

static void
ss_remote_actions_change_action_state (GActionGroup *group,
                                       const char   *name,
                                       GVariant     *value)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);

  call (SS_REMOTE_ACTIONS (group), name, SS_ACTION_STATE, sunk);
}

/* Data of the platform, such as startup notifications, mean nothing on another machine. */

static void
ss_remote_actions_activate_action_full (GRemoteActionGroup *group,
                                        const char         *name,
                                        GVariant           *parameter,
                                        GVariant           *platform_data)
{
  ss_remote_actions_activate_action (G_ACTION_GROUP (group), name, parameter);
}

static void
ss_remote_actions_change_action_state_full (GRemoteActionGroup *group,
                                            const char         *name,
                                            GVariant           *value,
                                            GVariant           *platform_data)
{
  ss_remote_actions_change_action_state (G_ACTION_GROUP (group), name, value);
}

static void
ss_remote_actions_group_init (GActionGroupInterface *iface)
{
  iface->list_actions = ss_remote_actions_list_actions;
  iface->query_action = ss_remote_actions_query_action;
  iface->activate_action = ss_remote_actions_activate_action;
  iface->change_action_state = ss_remote_actions_change_action_state;
}

static void
ss_remote_actions_remote_init (GRemoteActionGroupInterface *iface)
{
  iface->activate_action_full = ss_remote_actions_activate_action_full;
  iface->change_action_state_full = ss_remote_actions_change_action_state_full;
}

static void
ss_remote_actions_finalize (GObject *object)
{
  SsRemoteActions *self = SS_REMOTE_ACTIONS (object);

  g_signal_handlers_disconnect_by_data (self->replica, self);
  g_object_unref (self->replica);
  g_hash_table_unref (self->actions);
  g_free (self->name);

  G_OBJECT_CLASS (ss_remote_actions_parent_class)->finalize (object);
}

static void
ss_remote_actions_class_init (SsRemoteActionsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ss_remote_actions_finalize;
}

static void
ss_remote_actions_init (SsRemoteActions *self)
{
  self->actions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, action_unref);
}

SsRemoteActions *
ss_remote_actions_new (const char                 *name,
                       ServerSignal               *replica,
                       const SsRemoteActionsFuncs *funcs,
                       gpointer                    user_data)
{
  SsRemoteActions *self = g_object_new (SS_TYPE_REMOTE_ACTIONS, NULL);

  self->name = g_strdup (name);
  self->replica = g_object_ref (replica);
  self->funcs = funcs;
  self->user_data = user_data;
  g_signal_connect_swapped (replica, "notify::value", G_CALLBACK (refresh), self);
  g_signal_connect_swapped (replica, "notify::stale", G_CALLBACK (refresh), self);
  refresh (self);

  return self;
}
