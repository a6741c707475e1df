/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-via.h"

#include <string.h>

static G_DEFINE_QUARK (ss-via, via)
static G_DEFINE_QUARK (ss-via-servers, servers)

/* A hub that serves a signal. It may be there more than once, as it may serve the signal to all, and to
 * single peers besides. */
typedef struct
{
  char      *hub;
  SsViaFunc  func;
  gpointer   user_data;
} Server;

static void
server_clear (gpointer data)
{
  g_free (((Server *) data)->hub);
}

static GArray *
get_servers (ServerSignal *signal)
{
  g_assert (SERVER_IS_SIGNAL (signal));

  return g_object_get_qdata (G_OBJECT (signal), servers_quark ());
}

static gboolean
is_same (const char * const *a,
         const char * const *b)
{
  return a == NULL || b == NULL ? a == b : g_strv_equal (a, b);
}

void
ss_via_set (ServerSignal       *replica,
            const char * const *via)
{
  GArray *servers = get_servers (replica);
  g_auto (GStrv) before = NULL;
  GStrv now;

  if (is_same (ss_via_get (replica), via))
    return;

  before = g_object_steal_qdata (G_OBJECT (replica), via_quark ());
  now = g_strdupv ((char **) via);
  g_object_set_qdata_full (G_OBJECT (replica), via_quark (), now, (GDestroyNotify) g_strfreev);

  for (guint i = 0; servers != NULL && i < servers->len; i++)
    {
      const Server *server = &g_array_index (servers, Server, i);

      server->func (replica, (const char *const *) before, (const char *const *) now,
                    server->user_data);
    }
}

const char * const *
ss_via_get (ServerSignal *signal)
{
  g_assert (SERVER_IS_SIGNAL (signal));

  return g_object_get_qdata (G_OBJECT (signal), via_quark ());
}

gboolean
ss_via_has (ServerSignal *signal,
            const char   *hub)
{
  const char *const *via = ss_via_get (signal);

  return via != NULL && g_strv_contains (via, hub);
}

void
ss_via_serve (ServerSignal *signal,
              const char   *hub,
              SsViaFunc     func,
              gpointer      user_data)
{
  GArray *servers = get_servers (signal);
  Server server = { g_strdup (hub), func, user_data };

  if (servers == NULL)
    {
      servers = g_array_new (FALSE, FALSE, sizeof (Server));
      g_array_set_clear_func (servers, server_clear);
      g_object_set_qdata_full (G_OBJECT (signal), servers_quark (), servers,
                               (GDestroyNotify) g_array_unref);
    }

  g_array_append_val (servers, server);
}

void
ss_via_unserve (ServerSignal *signal,
                const char   *hub,
                gpointer      user_data)
{
  GArray *servers = get_servers (signal);

  for (guint i = 0; servers != NULL && i < servers->len; i++)
    {
      const Server *server = &g_array_index (servers, Server, i);

      if (server->user_data == user_data && strcmp (server->hub, hub) == 0)
        {
          g_array_remove_index_fast (servers, i);
          return;
        }
    }
}

gboolean
ss_via_is_circle (ServerSignal       *signal,
                  const char * const *via)
{
  GArray *servers = get_servers (signal);

  for (guint i = 0; servers != NULL && via != NULL && i < servers->len; i++)
    if (g_strv_contains (via, g_array_index (servers, Server, i).hub))
      return TRUE;

  return FALSE;
}

/* Sets */

typedef struct
{
  char  *id;
  guint  n_signals;
} Member;

/* They are few, whatever the number of signals. */
struct _SsViaSet
{
  GArray *members;
};

static void
member_clear (gpointer data)
{
  g_free (((Member *) data)->id);
}

SsViaSet *
ss_via_set_new (void)
{
  SsViaSet *self = g_new0 (SsViaSet, 1);

  self->members = g_array_new (FALSE, FALSE, sizeof (Member));
  g_array_set_clear_func (self->members, member_clear);

  return self;
}

void
ss_via_set_free (SsViaSet *self)
{
  g_array_unref (self->members);
  g_free (self);
}

static guint
find_member (SsViaSet   *self,
             const char *id)
{
  guint i;

  for (i = 0; i < self->members->len; i++)
    if (strcmp (g_array_index (self->members, Member, i).id, id) == 0)
      break;

  return i;
}

gboolean
ss_via_set_add (SsViaSet           *self,
                const char * const *via)
{
  gboolean changed = FALSE;

  for (gsize i = 0; via != NULL && via[i] != NULL; i++)
    {
      guint at = find_member (self, via[i]);

      if (at == self->members->len)
        {
          Member member = { g_strdup (via[i]), 0 };

          g_array_append_val (self->members, member);
          changed = TRUE;
        }
      g_array_index (self->members, Member, at).n_signals++;
    }

  return changed;
}

gboolean
ss_via_set_remove (SsViaSet           *self,
                   const char * const *via)
{
  gboolean changed = FALSE;

  for (gsize i = 0; via != NULL && via[i] != NULL; i++)
    {
      guint at = find_member (self, via[i]);

      g_assert (at < self->members->len);
      if (--g_array_index (self->members, Member, at).n_signals > 0)
        continue;

      g_array_remove_index (self->members, at);
      changed = TRUE;
    }

  return changed;
}

gboolean
ss_via_set_is_empty (SsViaSet *self)
{
  return self->members->len == 0;
}

void
ss_via_set_append (SsViaSet  *self,
                   GPtrArray *ids)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      const char *id = g_array_index (self->members, Member, i).id;

      if (!g_ptr_array_find_with_equal_func (ids, id, g_str_equal, NULL))
        g_ptr_array_add (ids, g_strdup (id));
    }
}
