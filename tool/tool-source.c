/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-source.h"

#include <string.h>

#include <glib/gi18n.h>

#include "tool-loop.h"
#include "tool-output.h"
#include "tool-systemd.h"
#include "tool-target.h"

/* When it is told that another process has a signal. */
#define OWN_NOTE_SECONDS 1
/* The service manager waits as long for a process that stands by, which says so in time. */
#define STANDBY_SECONDS 30
/* A store that does not answer is not waited for any longer at the end. */
#define CLOSE_MS 5000

typedef struct
{
  gpointer       data;
  GDestroyNotify destroy;
} Kept;

static void
kept_free (gpointer data)
{
  Kept *self = data;

  self->destroy (self->data);
  g_free (self);
}

static void
store_error_cb (ServerSignalStore *store)
{
  const GError *error = server_signal_store_get_error (store);

  if (error != NULL)
    tool_note (_("The store: %s"), error->message);
  else
    tool_note (_("The store keeps the signals again"));
}

/* Started anew it stands by. */
static void
lost_cb (ServerSignalStore *store,
         ServerSignal      *signal,
         const GError      *error)
{
  tool_complain ("%s: %s", server_signal_get_name (signal), error->message);
  tool_quit (TOOL_TROUBLE);
}

ToolSources *
tool_sources_new (ToolHub           *hub,
                  ServerSignalStore *store)
{
  ToolSources *self = g_new0 (ToolSources, 1);

  self->hub = hub;
  if (store != NULL)
    {
      self->store = g_object_ref (store);
      g_signal_connect (store, "notify::error", G_CALLBACK (store_error_cb), NULL);
      g_signal_connect (store, "lost", G_CALLBACK (lost_cb), NULL);
    }
  self->kept = g_ptr_array_new_with_free_func (kept_free);

  return self;
}

static gboolean
cancel_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);

  return G_SOURCE_CONTINUE;
}

static void
closed_cb (GObject      *store,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!server_signal_store_close_finish (SERVER_SIGNAL_STORE (store), result, &error))
    tool_complain ("%s", error->message);
  *(gboolean *) user_data = TRUE;
}

/* All commits are kept, and the signals are free for other processes at once. */
static void
close_store (ServerSignalStore *store)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint timeout = g_timeout_add (CLOSE_MS, cancel_cb, cancellable);
  gboolean closed = FALSE;

  server_signal_store_close_async (store, cancellable, closed_cb, &closed);
  while (!closed)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
}

void
tool_sources_free (ToolSources *self)
{
  while (self->kept->len > 0)
    g_ptr_array_set_size (self->kept, (int) self->kept->len - 1);
  g_ptr_array_unref (self->kept);
  if (self->store != NULL)
    close_store (self->store);
  g_clear_object (&self->store);
  g_free (self);
}

void
tool_sources_keep (ToolSources    *self,
                   gpointer        data,
                   GDestroyNotify  destroy)
{
  Kept *kept = g_new0 (Kept, 1);

  kept->data = data;
  kept->destroy = destroy;
  g_ptr_array_add (self->kept, kept);
}

static void
source_failed_cb (ServerSignal *signal,
                  const char   *pointer,
                  const GError *error)
{
  tool_complain ("%s%s: %s", server_signal_get_name (signal), pointer, error->message);
}

typedef struct
{
  ServerSignal *signal;
  GError       *error;
} Owning;

static void
owned_cb (GObject      *store,
          GAsyncResult *result,
          gpointer      user_data)
{
  Owning *self = user_data;

  self->signal = server_signal_store_own_finish (SERVER_SIGNAL_STORE (store), result, &self->error);
}

static gboolean
is_owned (gpointer user_data)
{
  const Owning *self = user_data;

  return self->signal != NULL || self->error != NULL;
}

/* It does not serve yet, so it is not ready; but it has not failed to start either. */
static gboolean
stand_by_cb (gpointer name)
{
  g_autofree char *status =
    g_strdup_printf (_("Waiting for “%s”, which another process has"), (const char *) name);
  g_autofree char *state = g_strdup_printf ("EXTEND_TIMEOUT_USEC=%u\nSTATUS=%s",
                                            (guint) (2 * STANDBY_SECONDS * G_USEC_PER_SEC), status);

  tool_systemd_notify (state);

  return G_SOURCE_CONTINUE;
}

/* Waits for another process that has it. */
static ServerSignal *
own (ServerSignalStore  *store,
     const char         *name,
     GError            **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Owning owning = { 0 };
  guint timer;

  server_signal_store_own_async (store, name, NULL, cancellable, owned_cb, &owning);
  if (!tool_wait_until (is_owned, &owning, OWN_NOTE_SECONDS) && !tool_is_quitting ())
    {
      /* A store that is away says why, and not who has the signal. */
      if (server_signal_store_get_online (store))
        tool_note (_("Waiting for “%s”, which another process has"), name);
      stand_by_cb ((gpointer) name);
      timer = g_timeout_add_seconds (STANDBY_SECONDS, stand_by_cb, (gpointer) name);
      tool_wait_until (is_owned, &owning, 0);
      g_source_remove (timer);
    }
  g_cancellable_cancel (cancellable);
  while (!is_owned (&owning))
    g_main_context_iteration (NULL, TRUE);
  if (owning.error != NULL)
    g_propagate_error (error, owning.error);

  return owning.signal;
}

ServerSignal *
tool_sources_make (ToolSources  *self,
                   const char   *name,
                   GError      **error)
{
  ServerSignal *signal;

  if (!tool_name_check (name, error))
    return NULL;

  signal = self->store != NULL ? own (self->store, name, error) : server_signal_new (name, NULL);
  if (signal == NULL)
    return NULL;

  g_signal_connect (signal, "source-failed", G_CALLBACK (source_failed_cb), NULL);

  return signal;
}

ServerSignal *
tool_sources_add (ToolSources  *self,
                  const char   *name,
                  GError      **error)
{
  g_autoptr (ServerSignal) signal = tool_sources_make (self, name, error);

  if (signal == NULL || !tool_hub_add (self->hub, signal, error))
    return NULL;

  return g_steal_pointer (&signal);
}

gboolean
tool_sources_split (const char  *spec,
                    char       **name,
                    char       **rest,
                    GError     **error)
{
  const char *equals = strchr (spec, '=');

  if (equals == NULL || equals == spec || equals[1] == '\0')
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("“%s” is not the name of a signal, an equals sign, and a source"), spec);
      return FALSE;
    }

  *name = g_strndup (spec, (gsize) (equals - spec));
  *rest = g_strdup (equals + 1);

  return TRUE;
}
