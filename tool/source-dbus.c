/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "tool-output.h"
#include "tool-source.h"

/* The properties of an interface on D-Bus, or of all objects from a path on.
 *
 * Of an object and all that is below it the document has, for each path, its interfaces with their
 * properties. Which there are is asked again whenever the service emits anything else than a change of
 * properties: InterfacesAdded of an ObjectManager, DeviceAdded of UPower, and the like. Services without
 * an ObjectManager are asked by introspection. */

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"
#define INTROSPECTABLE "org.freedesktop.DBus.Introspectable"

#define LOOK_MS 200
#define CALL_MS 5000
#define MAX_INTERFACES 4096
#define MAX_DEPTH 32

typedef struct
{
  GDBusConnection *connection;
  char            *bus_name;
  char            *path;
  char            *interface;  /* NULL: all objects from the path on */
  ServerSignal    *signal;
  GHashTable      *proxies;    /* the pointer → GDBusProxy, or NULL while one is made */
  GCancellable    *cancellable;
  gboolean         is_looking;
  guint            subscription;
  guint            watch;
  guint            timeout;
  gboolean         is_away;
  gboolean         is_cut;     /* there may be more, which was said */
} Service;

static void
service_clear (gpointer data)
{
  Service *self = data;

  g_hash_table_unref (self->proxies);
  g_clear_object (&self->connection);
  g_object_unref (self->cancellable);
  g_free (self->bus_name);
  g_free (self->path);
  g_free (self->interface);
}

static void
service_unref (Service *self)
{
  g_atomic_rc_box_release_full (self, service_clear);
}

static void
proxy_free (gpointer proxy)
{
  g_clear_object ((GDBusProxy **) &proxy);
}

static char *
escape (const char *token)
{
  g_autoptr (GString) text = g_string_new (token);

  g_string_replace (text, "~", "~0", 0);
  g_string_replace (text, "/", "~1", 0);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
is_standard (const char *interface)
{
  return g_str_has_prefix (interface, "org.freedesktop.DBus.");
}

static void
note_interface (GHashTable *found,
                const char *path,
                const char *interface)
{
  GPtrArray *interfaces = g_hash_table_lookup (found, path);

  if (interfaces == NULL)
    {
      interfaces = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (found, g_strdup (path), interfaces);
    }
  g_ptr_array_add (interfaces, g_strdup (interface));
}

static GVariant *
call (Service             *self,
      const char          *path,
      const char          *interface,
      const char          *method,
      const GVariantType  *type,
      GError             **error)
{
  return g_dbus_connection_call_sync (self->connection, self->bus_name, path, interface, method,
                                      NULL, type, G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, error);
}

static gboolean
find_managed (Service    *self,
              GHashTable *found)
{
  g_autoptr (GVariant) reply = call (self, self->path, OBJECT_MANAGER, "GetManagedObjects",
                                     G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), NULL);
  g_autoptr (GVariantIter) objects = NULL;
  GVariantIter *interfaces;
  const char *interface;
  const char *path;
  guint n = 0;

  if (reply == NULL)
    return FALSE;

  g_variant_get (reply, "(a{oa{sa{sv}}})", &objects);
  while (g_variant_iter_loop (objects, "{&oa{sa{sv}}}", &path, &interfaces))
    while (g_variant_iter_loop (interfaces, "{&s@a{sv}}", &interface, NULL))
      if (!is_standard (interface) && n++ < MAX_INTERFACES)
        note_interface (found, path, interface);

  return TRUE;
}

static void
find_introspected (Service     *self,
                   GHashTable  *found,
                   const char  *path,
                   guint        depth,
                   guint       *n,
                   GError     **error)
{
  g_autoptr (GVariant) reply =
    call (self, path, INTROSPECTABLE, "Introspect", G_VARIANT_TYPE ("(s)"), error);
  g_autoptr (GDBusNodeInfo) node = NULL;
  const char *xml;

  if (reply == NULL)
    return;

  g_variant_get (reply, "(&s)", &xml);
  node = g_dbus_node_info_new_for_xml (xml, error);
  if (node == NULL)
    return;

  for (guint i = 0; node->interfaces != NULL && node->interfaces[i] != NULL; i++)
    if (node->interfaces[i]->properties != NULL && !is_standard (node->interfaces[i]->name) &&
        (*n)++ < MAX_INTERFACES)
      note_interface (found, path, node->interfaces[i]->name);

  for (guint i = 0; node->nodes != NULL && node->nodes[i] != NULL && depth < MAX_DEPTH; i++)
    {
      g_autofree char *child = NULL;

      if (node->nodes[i]->path == NULL || *n >= MAX_INTERFACES)
        continue;
      child = node->nodes[i]->path[0] == '/' ? g_strdup (node->nodes[i]->path)
                                             : g_build_path ("/", path, node->nodes[i]->path, NULL);
      /* Objects may come and go while they are looked at. */
      if (g_variant_is_object_path (child) && !g_str_equal (child, path))
        find_introspected (self, found, child, depth + 1, n, NULL);
    }
}

/* proxy: NULL with an error. Both are taken. */
static void
take_proxy (Service    *self,
            const char *pointer,
            GDBusProxy *proxy,
            GError     *error)
{
  g_autoptr (GError) taken = error;

  if (proxy != NULL && server_signal_track_dbus_proxy (self->signal, pointer, proxy, &taken))
    {
      g_hash_table_insert (self->proxies, g_strdup (pointer), proxy);
      return;
    }

  tool_complain ("%s%s: %s", server_signal_get_name (self->signal), pointer, taken->message);
  g_hash_table_remove (self->proxies, pointer);
  g_clear_object (&proxy);
}

typedef struct
{
  Service *service;
  char    *pointer;
} Making;

static void
made_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Making *making = user_data;
  g_autofree char *pointer = making->pointer;
  Service *self = making->service;
  GError *error = NULL;
  GDBusProxy *proxy = g_dbus_proxy_new_finish (result, &error);

  /* The object may have gone meanwhile. */
  if (self->signal != NULL && g_hash_table_contains (self->proxies, pointer))
    {
      take_proxy (self, pointer, proxy, error);
    }
  else
    {
      g_clear_object (&proxy);
      g_clear_error (&error);
    }
  service_unref (self);
}

static void
follow (Service    *self,
        const char *path,
        const char *interface,
        const char *pointer,
        gboolean    at_once)
{
  GDBusProxyFlags flags = G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START;
  Making *making;

  if (at_once)
    {
      GError *error = NULL;
      GDBusProxy *proxy = g_dbus_proxy_new_sync (self->connection, flags, NULL, self->bus_name,
                                                 path, interface, NULL, &error);

      take_proxy (self, pointer, proxy, error);
      return;
    }

  making = g_new0 (Making, 1);
  making->service = g_atomic_rc_box_acquire (self);
  making->pointer = g_strdup (pointer);
  g_hash_table_insert (self->proxies, g_strdup (pointer), NULL);
  g_dbus_proxy_new (self->connection, flags, NULL, self->bus_name, path, interface,
                    self->cancellable, made_cb, making);
}

/* Those that are gone are let go of first. */
static void
take_found (Service    *self,
            GHashTable *found,
            gboolean    at_once)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer key;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_autofree char *object = escape (key);

      n += ((GPtrArray *) value)->len;
      for (guint i = 0; i < ((GPtrArray *) value)->len; i++)
        g_hash_table_add (wanted, g_strdup_printf ("/%s/%s", object,
                                                   (char *) ((GPtrArray *) value)->pdata[i]));
    }

  if (n >= MAX_INTERFACES && !self->is_cut)
    {
      self->is_cut = TRUE;
      tool_complain (_("%s: no more than %d interfaces are followed"),
                        server_signal_get_name (self->signal), MAX_INTERFACES);
    }
  g_object_freeze_notify (G_OBJECT (self->signal));

  g_hash_table_iter_init (&iter, self->proxies);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (wanted, key))
      {
        server_signal_untrack (self->signal, key);
        server_signal_remove (self->signal, key, NULL);
        g_hash_table_iter_remove (&iter);
      }

  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_autofree char *object = escape (key);
      g_autofree char *parent = g_strconcat ("/", object, NULL);

      if (!server_signal_has (self->signal, parent))
        server_signal_set_json (self->signal, parent, "{}", NULL);
      for (guint i = 0; i < ((GPtrArray *) value)->len; i++)
        {
          const char *interface = ((GPtrArray *) value)->pdata[i];
          g_autofree char *pointer = g_strdup_printf ("%s/%s", parent, interface);

          if (!g_hash_table_contains (self->proxies, pointer))
            follow (self, key, interface, pointer, at_once);
        }
    }

  /* Objects without an interface left are gone. */
  {
    g_autoptr (JsonNode) node = server_signal_dup_value (self->signal, NULL);
    g_autoptr (GList) members =
      JSON_NODE_HOLDS_OBJECT (node) ? json_object_get_members (json_node_get_object (node)) : NULL;

    for (GList *member = members; member != NULL; member = member->next)
      if (!g_hash_table_contains (found, member->data))
        {
          g_autofree char *token = escape (member->data);
          g_autofree char *pointer = g_strconcat ("/", token, NULL);

          server_signal_remove (self->signal, pointer, NULL);
        }
  }

  g_object_thaw_notify (G_OBJECT (self->signal));
}

static void
interfaces_free (gpointer data)
{
  g_ptr_array_unref (data);
}

/* An error is that of the object itself, not of those below it. In any thread. */
static GHashTable *
find (Service  *self,
      GError  **error)
{
  g_autoptr (GHashTable) found =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, interfaces_free);
  g_autoptr (GError) own_error = NULL;
  guint n = 0;

  if (!find_managed (self, found))
    find_introspected (self, found, self->path, 0, &n, &own_error);
  if (own_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return NULL;
    }

  return g_steal_pointer (&found);
}

static void look_soon (Service *self);

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Service *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) found = g_task_propagate_pointer (G_TASK (result), &error);

  self->is_looking = FALSE;
  if (self->signal == NULL)
    return;

  if (found != NULL)
    {
      take_found (self, found, FALSE);
    }
  else
    {
      g_dbus_error_strip_remote_error (error);
      tool_complain ("%s: %s", server_signal_get_name (self->signal), error->message);
    }
}

static void
find_thread (GTask        *task,
             gpointer      object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  GError *error = NULL;
  GHashTable *found = find (task_data, &error);

  if (found != NULL)
    g_task_return_pointer (task, found, (GDestroyNotify) g_hash_table_unref);
  else
    g_task_return_error (task, error);
}

/* A service that does not answer holds up nobody else. */
static gboolean
look_cb (gpointer user_data)
{
  Service *self = user_data;
  g_autoptr (GTask) task = NULL;

  if (self->is_looking)
    return G_SOURCE_CONTINUE;

  self->timeout = 0;
  self->is_looking = TRUE;
  task = g_task_new (NULL, NULL, found_cb, self);
  g_task_set_source_tag (task, look_cb);
  g_task_set_task_data (task, g_atomic_rc_box_acquire (self), (GDestroyNotify) service_unref);
  g_task_run_in_thread (task, find_thread);

  return G_SOURCE_REMOVE;
}

static void
look_soon (Service *self)
{
  if (self->timeout == 0)
    self->timeout = g_timeout_add (LOOK_MS, look_cb, self);
}

static void
signal_cb (GDBusConnection *connection,
           const char      *sender,
           const char      *path,
           const char      *interface,
           const char      *name,
           GVariant        *parameters,
           gpointer         user_data)
{
  if (!g_str_equal (interface, PROPERTIES))
    look_soon (user_data);
}

static void
appeared_cb (GDBusConnection *connection,
             const char      *name,
             const char      *owner,
             gpointer         user_data)
{
  Service *self = user_data;

  if (self->is_away)
    look_soon (self);
  self->is_away = FALSE;
}

static void
vanished_cb (GDBusConnection *connection,
             const char      *name,
             gpointer         user_data)
{
  Service *self = user_data;

  if (!self->is_away)
    tool_note (_("%s: %s has left the bus"), server_signal_get_name (self->signal), name);
  self->is_away = TRUE;
}

/* Threads and answers that are under way may hold it for longer. */
static void
service_end (gpointer data)
{
  Service *self = data;

  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
  if (self->watch != 0)
    g_bus_unwatch_name (self->watch);
  if (self->timeout != 0)
    g_source_remove (self->timeout);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->signal);
  service_unref (self);
}

/* [system:|session:]NAME:PATH[:INTERFACE] */
static gboolean
parse (Service     *self,
       const char  *text,
       GBusType    *type,
       GError     **error)
{
  const char *path;
  const char *colon;

  *type = G_BUS_TYPE_SYSTEM;
  if (g_str_has_prefix (text, "session:"))
    *type = G_BUS_TYPE_SESSION;
  if (g_str_has_prefix (text, "session:") || g_str_has_prefix (text, "system:"))
    text = strchr (text, ':') + 1;

  path = strstr (text, ":/");
  if (path != NULL)
    {
      colon = strchr (path + 1, ':');
      self->bus_name = g_strndup (text, (gsize) (path - text));
      self->path =
        colon != NULL ? g_strndup (path + 1, (gsize) (colon - path) - 1) : g_strdup (path + 1);
      self->interface = colon != NULL ? g_strdup (colon + 1) : NULL;
    }

  if (path == NULL || !g_dbus_is_name (self->bus_name) || !g_variant_is_object_path (self->path) ||
      (self->interface != NULL && !g_dbus_is_interface_name (self->interface)))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("“%s” is not the name of a service, a path and perhaps an interface, as in "
                     "org.freedesktop.UPower:/org/freedesktop/UPower; session: may stand in front"),
                     text);
      return FALSE;
    }

  return TRUE;
}

/* A name that is not there, or not yet, is no error; a person may have it wrong. */
static void
note_absence (Service    *self,
              GDBusProxy *proxy)
{
  g_autofree char *owner = g_dbus_proxy_get_name_owner (proxy);
  g_auto (GStrv) names = g_dbus_proxy_get_cached_property_names (proxy);

  if (owner == NULL)
    tool_note (_("%s: %s is not on the bus; it is waited for"),
                  server_signal_get_name (self->signal), self->bus_name);
  else if (names == NULL)
    tool_note (_("%s: there are no properties of %s at “%s”"),
                  server_signal_get_name (self->signal), self->interface, self->path);
}

static gboolean
begin_interface (Service  *self,
                 GError  **error)
{
  g_autoptr (GDBusProxy) proxy =
    g_dbus_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_NONE, NULL, self->bus_name,
                           self->path, self->interface, NULL, error);

  if (proxy == NULL || !server_signal_track_dbus_proxy (self->signal, NULL, proxy, error))
    return FALSE;

  note_absence (self, proxy);
  g_hash_table_insert (self->proxies, g_strdup (""), g_steal_pointer (&proxy));

  return TRUE;
}

static gboolean
begin_tree (Service  *self,
            GError  **error)
{
  g_autoptr (GHashTable) found = NULL;

  if (!server_signal_set_json (self->signal, NULL, "{}", error))
    return FALSE;

  self->subscription =
    g_dbus_connection_signal_subscribe (self->connection, self->bus_name, NULL, NULL, NULL, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, signal_cb, self, NULL);
  self->watch =
    g_bus_watch_name_on_connection (self->connection, self->bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                    appeared_cb, vanished_cb, self, NULL);

  found = find (self, error);
  if (found == NULL)
    return FALSE;
  take_found (self, found, TRUE);
  if (g_hash_table_size (found) == 0)
    tool_note (_("%s: there are no properties at “%s” or below it"),
                  server_signal_get_name (self->signal), self->path);

  return TRUE;
}

gboolean
tool_source_dbus (ToolSources  *self,
                  const char   *spec,
                  GError      **error)
{
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;
  Service *service;
  GBusType type;

  if (!tool_sources_split (spec, &name, &text, error))
    return FALSE;

  service = g_atomic_rc_box_new0 (Service);
  service->proxies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, proxy_free);
  service->cancellable = g_cancellable_new ();
  tool_sources_keep (self, service, service_end);
  if (!parse (service, text, &type, error))
    return FALSE;

  service->connection = g_bus_get_sync (type, NULL, error);
  service->signal = service->connection != NULL ? tool_sources_make (self, name, error) : NULL;
  if (service->signal == NULL)
    return FALSE;
  g_dbus_connection_set_exit_on_close (service->connection, FALSE);

  if (!(service->interface != NULL ? begin_interface (service, error)
                                   : begin_tree (service, error)))
    {
      g_dbus_error_strip_remote_error (*error);
      return FALSE;
    }

  return tool_hub_add (self->hub, service->signal, error);
}
