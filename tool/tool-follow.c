/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-follow.h"

#include "tool-document.h"

struct _ToolFollow
{
  ServerSignalClient    *client;
  GPtrArray             *all;
  gboolean               is_every;  /* follows all names of the server */
  gboolean               patches;
  gulong                 handler;
  const ToolFollowFuncs *funcs;
  gpointer               user_data;
};

static void
tell (ToolFollowed *self,
      const char   *patch)
{
  ToolFollow *follow = self->follow;
  g_autofree char *json = NULL;

  if (server_signal_get_stale (self->signal))
    return;

  json = server_signal_dup_json (self->signal, self->target->pointer);
  if (self->is_told && g_strcmp0 (json, self->last) == 0)
    return;

  self->is_told = TRUE;
  follow->funcs->changed (self, json, patch, follow->user_data);
  g_free (self->last);
  self->last = g_steal_pointer (&json);
}

/* Between two values of a part; the signal's own patch is of the whole document. */
static char *
make_patch (const char *from,
            const char *to)
{
  g_autoptr (ServerSignal) before = server_signal_new_from_json ("part", from, NULL);
  g_autoptr (ServerSignal) after = server_signal_new_from_json ("part", to, NULL);
  g_autoptr (JsonNode) before_node = server_signal_dup_value (before, NULL);
  g_autoptr (JsonNode) after_node = server_signal_dup_value (after, NULL);
  g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_diff (before_node, after_node);

  return server_signal_patch_to_json (patch);
}

/* The patch alone, and those that came while nobody vouched for the value. */
static void
tell_patch (ToolFollowed *self,
            const char   *patch)
{
  g_autofree char *joined =
    self->waiting != NULL ? tool_patch_join (self->waiting, patch) : g_strdup (patch);

  g_clear_pointer (&self->waiting, g_free);
  if (server_signal_get_stale (self->signal))
    self->waiting = g_steal_pointer (&joined);
  else
    self->follow->funcs->patched (self, joined, self->follow->user_data);
}

/* The signal's own patch, from which nothing is computed again. */
static void
patched_cb (ServerSignal      *signal,
            ServerSignalPatch *patch,
            ToolFollowed      *self)
{
  g_autofree char *text = NULL;

  if (!self->is_told)
    return;

  text = server_signal_patch_to_json (patch);
  if (self->is_by_patches)
    tell_patch (self, text);
  else
    tell (self, text);
}

static void
value_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          ToolFollowed *self)
{
  g_autofree char *json = NULL;
  g_autofree char *patch = NULL;

  /* The first value is told here, and all else by the patches. */
  if (self->is_by_patches && self->is_told)
    {
      patch = g_steal_pointer (&self->waiting);
      if (patch != NULL)
        tell_patch (self, patch);
      return;
    }

  if (self->follow->patches && self->last != NULL && !server_signal_get_stale (signal))
    {
      json = server_signal_dup_json (signal, self->target->pointer);
      if (json != NULL && g_strcmp0 (json, self->last) != 0)
        patch = make_patch (self->last, json);
    }
  tell (self, patch);
}

static void
followed_free (gpointer data)
{
  ToolFollowed *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (self->handlers); i++)
    g_clear_signal_handler (&self->handlers[i], self->signal);
  g_object_unref (self->signal);
  tool_target_free (self->target);
  g_free (self->last);
  g_free (self->waiting);
  g_free (self);
}

static void
add (ToolFollow *self,
     ToolTarget *target)
{
  ToolFollowed *followed = g_new0 (ToolFollowed, 1);

  followed->follow = self;
  followed->target = target;
  followed->signal = g_object_ref (server_signal_client_get_signal (self->client, target->name));
  followed->is_by_patches =
    self->patches && target->pointer[0] == '\0' && self->funcs->patched != NULL;
  if (self->patches && target->pointer[0] == '\0')
    followed->handlers[0] =
      g_signal_connect (followed->signal, "patched", G_CALLBACK (patched_cb), followed);
  followed->handlers[1] =
    g_signal_connect (followed->signal, "notify::value", G_CALLBACK (value_cb), followed);
  /* The first value may be the null that was there before. */
  followed->handlers[2] =
    g_signal_connect (followed->signal, "notify::stale", G_CALLBACK (value_cb), followed);
  g_ptr_array_add (self->all, followed);
  tell (followed, NULL);
}

static gboolean
has_name (ToolFollow *self,
          const char *name)
{
  for (guint i = 0; i < self->all->len; i++)
    if (g_str_equal (((const ToolFollowed *) self->all->pdata[i])->target->name, name))
      return TRUE;

  return FALSE;
}

static void
names_cb (ToolFollow *self)
{
  g_auto (GStrv) names = server_signal_client_dup_names (self->client);

  if (names == NULL)
    return;

  for (guint i = self->all->len; i-- > 0;)
    {
      ToolFollowed *followed = self->all->pdata[i];

      if (g_strv_contains ((const char *const *) names, followed->target->name) ||
          !followed->is_told)
        continue;
      if (self->funcs->removed != NULL)
        self->funcs->removed (followed, self->user_data);
      followed->is_told = FALSE;
      g_clear_pointer (&followed->last, g_free);
      g_clear_pointer (&followed->waiting, g_free);
      if (self->is_every)
        {
          server_signal_client_release (self->client, followed->target->name);
          g_ptr_array_remove_index (self->all, i);
        }
    }

  for (guint i = 0; self->is_every && names[i] != NULL; i++)
    if (!has_name (self, names[i]))
      {
        ToolTarget *target = g_new0 (ToolTarget, 1);

        target->name = g_strdup (names[i]);
        target->pointer = g_strdup ("");
        add (self, target);
      }
}

ToolFollow *
tool_follow_new (ServerSignalClient    *client,
                 GPtrArray             *targets,
                 gboolean               patches,
                 const ToolFollowFuncs *funcs,
                 gpointer               user_data)
{
  ToolFollow *self = g_new0 (ToolFollow, 1);

  self->client = g_object_ref (client);
  self->all = g_ptr_array_new_with_free_func (followed_free);
  self->is_every = targets->len == 0;
  self->patches = patches;
  self->funcs = funcs;
  self->user_data = user_data;
  while (targets->len > 0)
    add (self, g_ptr_array_steal_index (targets, 0));
  g_ptr_array_unref (targets);
  self->handler = g_signal_connect_swapped (client, "notify::names", G_CALLBACK (names_cb), self);

  return self;
}

void
tool_follow_free (ToolFollow *self)
{
  g_clear_signal_handler (&self->handler, self->client);
  g_ptr_array_unref (self->all);
  g_object_unref (self->client);
  g_free (self);
}

GPtrArray *
tool_follow_get_all (ToolFollow *self)
{
  return self->all;
}
